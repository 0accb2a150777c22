/* Between the files of this module: the stretch of text that is being read, and its machines. */
#ifndef DOMAIN_JOURNEY_INSIDE_H
#define DOMAIN_JOURNEY_INSIDE_H

#include "domain/journey/journey.h"

/* An attempt that is under way, with the memory of its own facts. */
struct slot {
    bool open;
    bool done; /* an outcome was seen; what follows may still belong to it */
    struct arena arena;
    struct attempt a;
    struct lookup lookup[ATTEMPT_LOOKUPS];
    unsigned n_lookups;
    struct str host; /* what is being asked or chosen */
    struct str url;
    struct str call_id;      /* registration */
    const struct fact *kept; /* outlives the attempt, until the slot is opened again */
    usec_t began;            /* run time */
    struct str stray;        /* an answer to no question that was seen, and when it came */
    usec_t stray_at;
    usec_t at[6];              /* run times of the machine's own moments */
    uint64_t missing;          /* of the stretch, at a moment of the machine's own */
    const struct fact *key[8]; /* facts that the machine comes back to */
    unsigned number[8];
};

/* Lines of a phone register side by side: a slot for each that is under way. */
enum { REGISTER_SLOTS = 6 };
enum slot_name {
    SLOT_LEASE,
    SLOT_FETCH,
    SLOT_SELECT,
    SLOT_REGISTER,
    SLOTS = SLOT_REGISTER + REGISTER_SLOTS
};

enum { IDENTITY_MOST = 64, VALUE_MOST = 128 };

enum { JOURNAL_LOST = 3 }; /* connections that the machine looks back at */

/* What the servers' journal says, as far as it has to be remembered; texts of facts in `text`. */
struct journal {
    bool any;
    bool added;     /* to the inventory, and nothing came of it yet */
    bool served;    /* a configuration, and nothing came of it yet */
    bool gone;      /* the last registration ended */
    bool elsewhere; /* it registers where the journal does not see it */
    bool unlined;   /* its configuration has no line */
    unsigned bound; /* registrations that stand */
    unsigned swaps; /* the account went from one phone to another */
    usec_t served_at, added_at, gone_at;
    usec_t lost_at[JOURNAL_LOST]; /* run times, the latest first */
    unsigned lost;                /* in the worst half hour so far */
    struct fact served_fact, added_fact, gone_fact, lost_fact, swap_fact, unlined_fact;
    char text[6][ATTEMPT_TEXT_MOST];
    char server[VALUE_MOST], user[VALUE_MOST], state[24], agent[VALUE_MOST], other[VALUE_MOST];
};

/* Records of one phone between two breaks. */
struct stretch {
    struct slot slot[SLOTS];
    struct arena arena; /* attempts that are over */
    /* From here on all is cleared when a stretch begins; what is above is large. */
    bool any;    /* a record was seen */
    bool turned; /* another text of the same group began behind the last record */
    struct attempt_list attempts;
    unsigned dropped;
    bool has_mac;
    struct mac mac;
    char mac_text[MAC_TEXT]; /* as mac_write has it */
    struct place mac_place;
    char mac_from[16];
    char serial[IDENTITY_MOST];
    char model[IDENTITY_MOST];
    char firmware[IDENTITY_MOST];
    char value[PHONE_VALUES][VALUE_MOST];
    uint32_t seq_most; /* the highest number so far */
    bool has_seq;
    uint32_t voice_pid;
    uint32_t dnsmasq_pid;
    struct mark first, last;
    usec_t mono; /* run time of the last record */
    int year;
    bool has_offset;
    double offset_ms, uncertainty_ms;
    struct place offset_place;
    int64_t asked, granted;
    unsigned voice_restarts, reboots, gaps, jumps, falls, glued;
    uint64_t missing, records;
    unsigned sources;  /* 1 << enum source */
    struct slot *sent; /* the registration that sent last, or NULL */
    /* The last REGISTER that was granted. */
    char answered_call[VALUE_MOST];
    int64_t answered_cseq;
    char edge[VALUE_MOST], edge_before[VALUE_MOST]; /* servers that granted, the last two */
    unsigned edge_changes;
    struct fact edge_fact; /* the grant that changed last, its text in edge_text */
    char edge_text[ATTEMPT_TEXT_MOST];
    uint64_t voice_records;
    /* DHCP sent it to a server that served it; nothing that followed shows that it was right. */
    bool sent_away;
    struct fact sent_fact;
    char sent_text[ATTEMPT_TEXT_MOST], sent_server[VALUE_MOST], sent_url[VALUE_MOST];
    /* A server was chosen: a REGISTER should follow. */
    bool awaiting;
    usec_t awaiting_since;
    uint64_t awaiting_missing; /* st->missing then */
    struct fact awaiting_fact; /* srv.chosen, its texts in awaiting_text */
    char awaiting_text[ATTEMPT_TEXT_MOST];
    char awaiting_host[VALUE_MOST], awaiting_target[VALUE_MOST], awaiting_address[VALUE_MOST];
    char awaiting_port[24];
    /* A configuration was downloaded and no line registered: one should. */
    bool idle;
    usec_t idle_since;
    uint64_t idle_missing, idle_voice;
    struct fact idle_fact;
    char idle_text[ATTEMPT_TEXT_MOST];
    /* Registered: it should be refreshed. */
    bool bound;
    bool broke; /* the connection of a registration, at broke_at */
    usec_t broke_at;
    bool refreshing; /* a REGISTER that refreshes is under way, and nothing came back yet */
    usec_t bound_since;
    uint64_t bound_missing;
    int64_t bound_for;
    struct fact bound_fact;
    char bound_text[ATTEMPT_TEXT_MOST];
    struct place jump_place;
    char jump_from[24], jump_to[24];
    struct journal journal;
};

struct journey {
    struct journey_cfg cfg;
    struct stretch s;
    unsigned group;
    unsigned last_group;
    struct phone *phones;
    struct phone *last_phone;
    struct phone *current; /* of the stretch before, in the same group */
    unsigned n_phones;
    uint64_t dropped;
    size_t used;                /* bytes that the phones take */
    struct mark before;         /* the last record of the stretch before */
    struct phone *before_phone; /* whose it was, in whatever group; NULL: none */
};

/* -- slots (slot.c) */
void slot_open(struct slot *s, enum attempt_kind kind, enum role role, const struct fact *f);
/* Keeps a copy of `f` in the attempt; NULL when there is no more room. */
const struct fact *slot_keep(struct slot *s, const struct fact *f);
/* A conclusion that rests on `base` (its place and text). Fields are added by the caller. */
struct fact slot_conclude(enum fact_kind kind, const struct fact *base, enum stage stage);
void slot_add(struct slot *s, const struct fact *concluded, bool failure);
void slot_rung(struct slot *s, enum stage stage, enum stage_state state, int64_t ms,
               const struct fact *f);
/* The attempt is over: hands it to the stretch and empties the slot. */
void slot_close(struct stretch *st, struct slot *s);
/* `f` without its fields and with its text in `text`. */
struct fact fact_bare(const struct fact *f, char *text, size_t cap);
/* A fact that stands alone. */
void slot_loose(struct stretch *st, const struct fact *f, enum stage stage, bool failure);
/* A fact that shows by itself that `stage` went well. */
void slot_passed(struct stretch *st, const struct fact *f, enum stage stage);
const char *role_name(enum role r);
/* Copies at most `cap`-1 bytes and ends them with NUL. */
void text_set(char *to, size_t cap, struct str v);
/* Appends a copy of `a` with its facts to a list, or adds its count to one that says the same.
 * False: there was no room. */
bool attempts_merge(struct arena *arena, struct attempt_list *l, const struct attempt *a);

/* -- machines: each takes a fact, or leaves it */
void lease_on(struct journey *j, const struct fact *f);
void lease_end(struct journey *j);
/* The option of the last lease that names a provisioning target, or NULL. */
const struct fact *lease_target(const struct journey *j);
void fetch_on(struct journey *j, const struct fact *f);
void fetch_end(struct journey *j);
void select_on(struct journey *j, const struct fact *f);
void select_end(struct journey *j);
/* Whether a dns.* fact is of the selection rather than of a download. */
bool select_wants(const struct journey *j, const struct fact *f);
void register_on(struct journey *j, const struct fact *f);
/* The servers' journal (journal.c). */
void journal_on(struct stretch *s, const struct fact *f);
void journal_end(struct stretch *s);
void register_end(struct journey *j);
/* Whether the digest just sent was recomputed right or wrong. */
void register_secret(struct journey *j, const struct fact *f);
/* Whether the server has answered in the attempt under way: the connection to it stood. */
bool register_met(const struct journey *j);

/* -- name lookups (lookup.c) */
/* Takes a dns.* fact that belongs to one of the slot's names. False: it is of another name. */
bool lookup_on(struct stretch *st, struct slot *s, const struct fact *f, enum role role);
/* The lookup of `host` (A unless qtype says otherwise), or NULL. */
struct lookup *lookup_find(struct slot *s, struct str host, struct str qtype);
/* Concludes why a name was not resolved. `failed`: the attempt did fail for it; `end`: run time
 * until which no answer came. Where nothing failed for it, silence counts only when no record is
 * missing since. */
bool lookup_conclude(const struct stretch *st, struct slot *s, struct lookup *l, bool failed,
                     usec_t end, enum stage stage, const struct fact *base);
/* The same name, as far as redactions let that be seen: activate.example.com, activate.example.x. */
bool same_host(struct str a, struct str b);
/* The host of a URL. */
struct str url_host(struct str url);

/* -- several sources of one phone (align.c) */
/* UTC of run time 0 of a stretch; without a year in it, that of `year` or, where that is 0, of 2000.
 * USEC_NONE where it tells no date. */
usec_t align_began(const struct stretch *s, int year);
/* Run times of an attempt become UTC. */
void align_base(struct attempt *a, usec_t base);
/* Puts what a log and a capture tell of the phone on one line of time. */
void align_sources(struct phone *p);

/* -- stretches and phones (phone.c) */
void stretch_init(struct stretch *s);
void stretch_clear(struct stretch *s);
/* Joins the stretch to its phone and begins a new one. */
void stretch_join(struct journey *j);
/* Whether an identity contradicts those of the stretch. */
bool stretch_conflicts(const struct stretch *s, const struct fact *f);
void stretch_identity(struct stretch *s, const struct fact *f);

#endif
