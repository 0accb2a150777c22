/* A phone's way along the journey, put together from facts: attempts, their outcomes, the ladder.
 * Facts of one text come in their order; stretches that contradict each other become different
 * phones; stretches of the same phone are joined. */
#ifndef DOMAIN_JOURNEY_JOURNEY_H
#define DOMAIN_JOURNEY_JOURNEY_H

#include "base/mac.h"
#include "domain/fact/fact.h"

enum attempt_kind { ATTEMPT_LEASE, ATTEMPT_FETCH, ATTEMPT_SELECT, ATTEMPT_REGISTER, ATTEMPT_LOOSE };

enum role {
    ROLE_NONE,
    ROLE_ACTIVATION,
    ROLE_PROVISIONING,
    ROLE_UPGRADE,
    ROLE_SRV,    /* the SRV records of the outbound proxy */
    ROLE_PROXY,  /* its own address */
    ROLE_TARGET, /* the address of one of the SRV targets */
    ROLES,
};

enum { ATTEMPT_FACTS = 64, ATTEMPT_TEXT_MOST = 400, ATTEMPT_LOOKUPS = 12 };

/* What became of one question to the name service. */
enum lookup_state {
    LOOKUP_ASKED,     /* no server was asked */
    LOOKUP_FORWARDED, /* a server was asked and has not answered */
    LOOKUP_ALIAS,     /* an alias came back, not yet an address */
    LOOKUP_ANSWERED,
    LOOKUP_NEGATIVE, /* NXDOMAIN or NODATA */
    LOOKUP_REFUSED,  /* REFUSED, SERVFAIL and the like */
};

struct lookup {
    struct str host;
    struct str qtype;
    struct str alias;
    struct str server; /* the last one asked */
    struct str value;  /* the answer, or the error */
    enum lookup_state state;
    enum role role;
    unsigned asked;      /* how often in all */
    unsigned forwarded;  /* how often passed on */
    usec_t asked_at;     /* run time */
    usec_t forwarded_at; /* run time, the first */
    usec_t answered_at;
    uint64_t missing; /* records missing in the stretch when it was last spoken of */
    const struct fact *query;
    const struct fact *forward;
    const struct fact *answer;
    const struct fact
        *mute; /* the forward to a server that said nothing, so that another one was asked */
    usec_t mute_for;
};

/* How a stage went in one attempt. */
struct rung {
    enum stage_state state; /* STAGE_UNKNOWN: nothing was seen of it here */
    int64_t ms;             /* how long it took; -1 unknown */
    uint32_t order;         /* of the deciding fact */
    usec_t when;            /* its run time; of a phone, UTC (see align.c) */
    struct place place;
};

/* One try of one part of the journey. */
struct attempt {
    struct attempt *next; /* in the order of their first time */
    struct attempt *like; /* the one before it in the same bucket */
    uint64_t key;         /* what makes two attempts the same */
    enum attempt_kind kind;
    enum role role;
    uint8_t source;     /* enum source: who saw it */
    bool failed;        /* a conclusion says so */
    uint64_t line;      /* of a registration: which line of the phone; 0 unknown */
    uint32_t voice_pid; /* of a registration: the process that wrote of it; 0 unknown */
    struct rung rung[STAGES];
    unsigned n;       /* facts */
    unsigned dropped; /* facts past ATTEMPT_FACTS */
    const struct fact *concluded[8];
    unsigned n_concluded;
    unsigned count;               /* how often the same was seen; 1 for once */
    uint32_t first_order;         /* of the first time */
    uint32_t last_order;          /* of the last fact of the last time */
    usec_t first_when, last_when; /* their run times; of a phone, UTC */
    usec_t base;                  /* UTC of run time 0 of its facts */
    struct place last;            /* where the last time ended */
    unsigned missing;             /* records that the sequence numbers say are missing inside */
    struct place gap_before, gap_after;
    bool edited; /* glued records or a jump of the date inside */
    /* As read, in order; kept. Of attempts in a list only those in use are there. */
    const struct fact *fact[ATTEMPT_FACTS];
};

enum { ATTEMPT_BUCKETS = 32 };

/* Attempts in the order of their first time, each once. */
struct attempt_list {
    struct attempt *first;
    struct attempt *last;
    unsigned n;
    struct attempt *bucket[ATTEMPT_BUCKETS]; /* by key */
};

/* Bounded text values of a phone. */
enum phone_value {
    PHONE_IP,
    PHONE_GATEWAY,
    PHONE_DNS1,
    PHONE_DNS2,
    PHONE_NTP,
    PHONE_TFTP,
    PHONE_RULE,       /* profile rule given by the activation */
    PHONE_ACTIVATION, /* host */
    PHONE_PROVISIONING,
    PHONE_PROXY,
    PHONE_TARGET,   /* which of the proxy's SRV targets, as far as the lines tell */
    PHONE_EDGE,     /* address:port */
    PHONE_RESOLVER, /* the one that answered */
    PHONE_SILENT,   /* a resolver that did not */
    PHONE_NEIGHBOR,
    PHONE_HOSTNAME,
    PHONE_USER, /* the account that it registers as */
    PHONE_VALUES,
};
const char *phone_value_name(enum phone_value v);

enum { PHONE_TIME = 40 };

struct phone {
    struct arena arena; /* owns all that follows */
    bool has_mac;
    struct mac mac;
    struct str mac_from; /* which kind of place told it: "hostname", "session-id" ... */
    struct place mac_place;
    struct str serial;
    struct str model;
    struct str firmware;
    struct str value[PHONE_VALUES];
    struct attempt_list attempts;
    unsigned dropped_attempts;
    int year; /* 0 unknown */
    bool has_offset;
    double offset_ms;      /* server's clock minus the phone's */
    double uncertainty_ms; /* half the round trip */
    struct place offset_place;
    int64_t asked;
    int64_t granted; /* -1 unknown */
    unsigned voice_restarts;
    unsigned reboots;
    unsigned sources; /* 1 << enum source, of all that told of it */
    uint64_t records;
    uint64_t voice_records; /* of them, by the voice process */
    bool aligned;           /* its sources were put on one line of time */
    double shift_ms;        /* added to the log's clock for that */
    unsigned shared; /* messages that both had seen; 0: their clocks were taken as they are */
    uint32_t first_order, last_order;
    struct place first_place, last_place;
    struct str first_time, last_time; /* as written: "Sep 04 22:51:08.236092" */
    char first_text[PHONE_TIME], last_text[PHONE_TIME];
    struct mark last;           /* its last record */
    const struct phone *beside; /* whose records stand in one text with its own, or NULL */
    unsigned gaps;              /* places where records are missing */
    uint64_t missing;           /* records missing there */
    unsigned jumps;             /* of the date */
    unsigned falls;             /* of the sequence number */
    unsigned glued;
    struct phone *next;
};

struct journey_cfg {
    struct str expect; /* the intended provisioning target; empty: not told */
};

struct journey;

enum { JOURNEY_PHONES = 20000, PHONE_ATTEMPTS = 200 };

/* NULL without memory. */
struct journey *journey_new(const struct journey_cfg *cfg);
void journey_free(struct journey *j);
void journey_mark(struct journey *j, const struct mark *m);
void journey_fact(struct journey *j, const struct fact *given);
/* One text ends: what follows belongs to the same `group` (phones without an identity are joined
 * inside a group only) when `group` is the same. */
void journey_break(struct journey *j, unsigned group);
/* All was read. The phones, in the order in which they were first seen. */
struct phone *journey_end(struct journey *j);
/* Facts or phones that limits turned away. */
uint64_t journey_dropped(const struct journey *j);

/* The ladder of a phone: for each stage its state now and which attempt says so (or NULL). */
struct ladder {
    struct rung rung[STAGES];
    const struct attempt *by[STAGES];
    enum stage failed; /* STAGES: none */
};
void ladder_read(const struct phone *p, struct ladder *ret_l);
/* Whether the phone got past what failed in `a` later on. */
bool ladder_recovered(const struct phone *p, const struct attempt *a, enum stage stage);

#endif
