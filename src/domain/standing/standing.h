/* Where a phone stands now, from the facts that the servers' journal is told: one small row a device, so that all
 * of them can be kept in memory. Times are whole seconds since 1970, 0: never. */
#ifndef DOMAIN_STANDING_STANDING_H
#define DOMAIN_STANDING_STANDING_H

#include <assert.h>

#include "base/mac.h"
#include "domain/fact/fact.h"

enum standing_status {
    STANDING_UNAVAILABLE, /* nothing is known: never heard of, or it registers where we do not see it */
    STANDING_ACTIVATING, /* it came, and has not registered since */
    STANDING_ONLINE,     /* registered */
    STANDING_ISSUES,     /* registered, and something went wrong since it last went well */
    STANDING_OFFLINE,    /* was registered, is not */
    STANDING_EXPIRED, /* offline for longer than the policy says, or its code or window ran out unused */
    STANDING_STATUSES,
};

/* What a server sees of the journey; of each the last time that it went well and that it did not. */
enum standing_part {
    STANDING_ACTIVATION,
    STANDING_PROVISIONING,
    STANDING_REGISTER, /* credentials, policy of the edge */
    STANDING_FLOW,     /* connections that were lost under a registration */
    STANDING_REPORT,   /* what its problem report said */
    STANDING_PARTS,
};

enum standing_flag {
    STANDING_ELSEWHERE =
        1 << 0, /* it registers at a foreign registrar: set by the owner of the row */
    STANDING_INVITED = 1 << 1, /* a code or a window waits for it until `until` */
};

/* All zero: nothing is known. */
struct standing {
    uint32_t seen;   /* anything that the phone itself did */
    uint32_t run;    /* begin of the last run of requests for a profile rule or a configuration */
    uint32_t asked;  /* the last request of that run */
    uint32_t boot;   /* begin of this boot */
    uint32_t good;   /* begin of the last boot that ended with a registration */
    uint32_t until;  /* with STANDING_INVITED */
    uint32_t change; /* when it registered, or ceased to be */
    struct {
        uint32_t ok, bad;
    } part[STANDING_PARTS];
    uint16_t good_s;  /* from `good` to the registration */
    uint8_t bindings; /* registered contacts, at most 255 */
    uint8_t lost;     /* connections lost, fading by one each half hour */
    uint8_t flags;    /* enum standing_flag */
};
static_assert(sizeof(struct standing) == 76, "one for each of a million devices");

enum {
    STANDING_RUN_S = 900, /* so long after a request another one belongs to the same run */
    STANDING_BOOT_S =
        180, /* so long after it a new registration beside an old one tells of a boot */
    STANDING_OFFLINE_S = 30 * 86400, /* so long a phone may be offline before it has expired */
    STANDING_FLOWS = 3,              /* so many lost connections in half an hour are an issue */
};

/* "unavailable", "activating", "online", "issues", "offline", "expired". */
const char *standing_status_name(enum standing_status s);
/* False when `name` is no status. */
bool standing_status_read(struct str name, enum standing_status *ret_status);

/* Takes a fact about the phone. Facts come in the order of their times, as far as the journal has them so; kinds
 * that say nothing of a phone are passed over. Whether it changed anything. */
bool standing_on(struct standing *s, const struct fact *f, usec_t when);
/* `offline_s` 0: STANDING_OFFLINE_S. */
enum standing_status standing_status(const struct standing *s, usec_t now, uint32_t offline_s);
/* Date since which it has that status; USEC_NONE: never anything else. */
usec_t standing_since(const struct standing *s, usec_t now, uint32_t offline_s);
/* Whether the last thing known of that part is a failure. */
bool standing_failing(const struct standing *s, enum standing_part part);

/* Whether `asked` looks like `known` mistyped: one digit is another, or two neighbours changed places. *ret_how:
 * "digit" or "swapped". */
bool standing_mistyped(struct mac asked, struct mac known, const char **ret_how);

#endif
