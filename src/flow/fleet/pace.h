/* When each phone of a fleet begins: one after the other at a rate, in steps, or all at once. Due times depend on nothing that
 * happens, so a server that is slow does not slow the fleet down.
 *
 *     pace = step *( "," step )
 *     step = "storm" | rate [ "-" rate ] [ ":" time ]
 *     rate = number of phones a second, 0 to 1,000,000; two of them: rising or falling evenly
 *     time = number ( "ms" | "s" | "m" | "h" ); the last step may have none: it goes on */
#ifndef FLOW_FLEET_PACE_H
#define FLOW_FLEET_PACE_H

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"

enum { PACE_STEPS = 32 };

struct pace_step {
    double from, to; /* phones a second */
    usec_t length;   /* USEC_NONE: to the end */
    bool storm;      /* all that are left begin at once */
};

struct pace {
    struct pace_step step[PACE_STEPS];
    size_t n;
};

/* ERR_MALFORMED with what is wrong and where; ERR_LIMIT: too many steps. */
enum err pace_read(struct str text, struct pace *ret, struct err_at *reterr_at) MUST_CHECK;
/* "250ms", "90s", "2m", "1h"; whole numbers, up to 100 days. */
bool pace_time(struct str text, usec_t *ret);
/* Time from the beginning when phone `k`, counted from 0, is due; USEC_NONE: the steps are over before. */
usec_t pace_due(const struct pace *p, uint64_t k);

#endif
