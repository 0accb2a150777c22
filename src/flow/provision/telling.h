/* What the journal is told, so that a storm is a few rows: what is alike is told at once the first time, then after a second,
 * two, four ... with how often it came. Each kind of thing has its place in a table of fixed size, whose least urgent gives way. */
#ifndef FLOW_PROVISION_TELLING_H
#define FLOW_PROVISION_TELLING_H

#include "base/addr.h"
#include "base/hash.h"
#include "base/mac.h"
#include "base/time.h"
#include "domain/fact/fact.h"

enum { EVENT_TEXT = 560, TELLING_MACS = 4 };

/* A fact with memory of its own. */
struct event {
    uint16_t kind; /* enum fact_kind */
    uint16_t n, used;
    struct {
        uint16_t field, at, len;
    } f[FACT_FIELDS];
    char text[EVENT_TEXT];
};

void event_init(struct event *e, enum fact_kind kind);
/* A copy; controls become '?'. An empty value, a field that is there already, and what does not fit is left out. */
void event_add(struct event *e, enum field field, struct str value);
void event_number(struct event *e, enum field field, int64_t n);
void event_mac(struct event *e, enum field field, struct mac mac);
/* Views into `e`. */
void event_fact(const struct event *e, struct fact *ret_fact);

struct telling;
/* ERR_MEMORY. `key`: random. */
enum err telling_new(const struct hash_key *key, struct telling **ret) MUST_CHECK;
void telling_free(struct telling *t);

/* What makes two events alike. */
struct telling_like {
    uint16_t kind;
    const char *word;   /* state or reason */
    struct addr source; /* of IPv6 its network of 64 bits; none: of no account */
    bool by_mac;        /* the MAC tells them apart: where it is proven */
    struct mac mac;
};
/* `has_mac`: it is about like->mac, claimed or proven. `delay`: the first one waits so long, as it may be taken back. */
void telling_add(struct telling *t, const struct telling_like *like, bool has_mac,
                 const struct event *e, usec_t delay, usec_t now);
/* One that still waits is not told. */
void telling_take_back(struct telling *t, const struct telling_like *like);
void telling_on_time(struct telling *t, usec_t now);
usec_t telling_deadline(const struct telling *t); /* USEC_NONE: none */
/* The next one to tell; its views are good until the next call of any of these. */
bool telling_next(struct telling *t, struct fact *ret_fact);
/* Those that were lost because nobody fetched them in time. */
uint64_t telling_lost(const struct telling *t);

#endif
