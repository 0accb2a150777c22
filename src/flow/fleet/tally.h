/* What a fleet did: counts, how times spread, and their course second by second. Each thread has a tally of its own; one puts them
 * together. */
#ifndef FLOW_FLEET_TALLY_H
#define FLOW_FLEET_TALLY_H

#include "base/json.h"
#include "base/spread.h"
#include "base/time.h"

enum tally_count {
#define TALLY_COUNT(id, text, words) TALLY_##id,
#include "flow/fleet/tally.def"
#undef TALLY_COUNT
    TALLY_COUNTS,
};

/* Microseconds. */
enum tally_spread {
    TALLY_DIAL_TONE, /* from when the phone was due to its first 200: what a person would have waited */
    TALLY_REGISTER, /* from a REGISTER that had no credentials yet to its 200, of first ones and refreshes */
    TALLY_LATE, /* from when something was due (a phone, a timer) to when it was done: this machine's own fault */
    TALLY_SPREADS,
};

struct tally {
    uint64_t count[TALLY_COUNTS];
    uint64_t up; /* phones that are registered */
    struct spread spread[TALLY_SPREADS];
};

const char *tally_count_name(enum tally_count c); /* "registered" */
void tally_merge(struct tally *to, const struct tally *from);

/* -- the course */

enum { TALLY_ROWS = 1024 };

struct tally_row {
    usec_t from, at;              /* since the start; what was counted behind `from` */
    uint64_t count[TALLY_COUNTS]; /* within it */
    uint64_t up;                  /* at its end */
};

/* Rows of `width` each; when there is no room for more, two become one. */
struct tally_course {
    usec_t width, last; /* when it was added to */
    size_t n;
    uint64_t seen[TALLY_COUNTS]; /* all that stands in the rows */
    struct tally_row row[TALLY_ROWS];
};

void tally_course_init(struct tally_course *c, usec_t width);
/* What had been counted at `at`, since the start; as often as wanted, later ones last. */
void tally_course_add(struct tally_course *c, const struct tally *t, usec_t at);

/* -- what the generator itself could do */

struct tally_self {
    double busy;        /* of the busiest thread, part of a core */
    double cpu_us;      /* of all threads, for each registration and refresh; 0: none was made */
    uint64_t per_phone; /* bytes; 0: not known */
    unsigned threads;
};

enum tally_limit { TALLY_FREE, TALLY_NEAR, TALLY_LIMIT };
/* Whether what was measured may be the generator's own: a core was as good as full, or things were done late. */
enum tally_limit tally_limit(const struct tally *t, const struct tally_self *self);

/* -- shown */

/* One object: counts, percentiles (milliseconds) and, where `self` is not NULL, the generator's part. */
void tally_json(struct json *j, const struct tally *t, usec_t at, uint64_t phones,
                const struct tally_self *self);

struct tally_story {
    struct str title;  /* "10,000 phones, TLS" */
    struct str pace;   /* as given */
    struct str target; /* where they went */
    uint64_t phones;
    usec_t length;
    const struct tally *all;
    const struct tally_course *course;
    const struct tally_self *self;
};

/* One file that holds everything, without a script. `css` is its style sheet. */
void tally_html(struct sink *out, const struct tally_story *s, struct str css);

#endif
