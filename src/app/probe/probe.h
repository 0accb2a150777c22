/* `dialtone probe`: what its checks have to work with. A check asks, tells what it saw as facts (the
 * same that a log's lines tell; the doctor concludes), and shows a row a subject for people. */
#ifndef APP_PROBE_PROBE_H
#define APP_PROBE_PROBE_H

#include "app/cli/cli.h"
#include "app/probe/service.h"
#include "base/addr.h"
#include "base/mac.h"
#include "domain/fact/fact.h"

extern const struct cli_command probe_command;

enum {
    PROBE_RESOLVERS = 8,
    PROBE_NTP = 4,
    PROBE_ROWS = 400,
    PROBE_METRICS = 400,
    PROBE_TARGETS = 128, /* addresses that may be sent to */
    PROBE_EDGES = 16,    /* SRV targets that are tried */
    PROBE_ADDRESSES = 8, /* of one name that are tried */
    PROBE_SENDS = 600,   /* packets, connections and requests of one round */
};

/* The command line, read. Views and pointers live as long as the program. */
struct probe_options {
    const struct service_model *model; /* never NULL */
    bool has_mac;
    struct mac mac;
    const char *interface;                     /* NULL: not given */
    struct endpoint resolver[PROBE_RESOLVERS]; /* given, with port; none: those of this host */
    size_t n_resolvers;
    const char *user;  /* SIP user, NULL: none */
    struct str secret; /* its password, from --secret-file; never shown, never recorded */
    const char *ca;    /* file of trusted certificates; NULL: those of this host */
    const char *cert;  /* file with a client certificate, its chain and its key; NULL: none */
    struct str expect; /* the provisioning server that DHCP should name; empty: not told */
    bool dry_run;
    unsigned wait_ms; /* for one answer */
    unsigned idle_s;  /* 0: how long a binding survives idle is not tested */
};

enum probe_state { PROBE_OK, PROBE_NOTE, PROBE_WARN, PROBE_FAIL, PROBE_SKIPPED };

/* A line of the table for people and programs. */
struct probe_row {
    const char *check;
    enum stage stage;
    enum probe_state state;
    struct str subject; /* "_sips._tcp.sip.example.com SRV", "192.0.2.1:5061" */
    struct str text;    /* what was seen, without a full stop */
    int64_t ms;         /* how long it took; -1 not told */
};

/* A number for monitoring: dialtone_probe_NAME{subject="..."} VALUE. */
struct probe_metric {
    const char *name; /* "tls_expiry_days": constant, [a-z_] */
    struct str subject;
    double value;
};

/* One address of one target of the outbound proxy. */
struct probe_edge {
    struct str host; /* the SRV target, or the proxy itself */
    struct endpoint at;
    unsigned priority, weight; /* 0 without SRV */
    bool used;                 /* the model would use it: IPv4, or it knows IPv6 */
    bool tried;                /* a connection was tried in this round, and told */
    bool up;                   /* it stood, and the phone would trust it */
};

struct check;
struct dial_context;
struct lines;

struct probe {
    struct probe_options o;
    const struct service *service;
    const struct lines *lines; /* of the doctor's knowledge, for reading SIP messages into facts */
    struct dial_context *tls; /* trust, versions and certificate as the options and the model say */
    struct arena arena;       /* of the round: rows, edges, what a check keeps until its end */
    usec_t deadline;          /* of the round, by probe_clock */
    unsigned left;            /* what may still be sent */
    bool exhausted;           /* a limit was reached: told once */
    bool leaving;             /* something of ours is taken back, interrupted or not */
    const struct check *check; /* the one that runs */
    struct addr target[PROBE_TARGETS];
    size_t n_targets;
    struct probe_row *row; /* [PROBE_ROWS], owned */
    size_t n_rows;
    struct probe_metric *metric; /* [PROBE_METRICS], owned */
    size_t n_metrics;
    struct buf record;   /* header and facts */
    struct buf plan;     /* --dry-run: what would be sent */
    struct str dead[16]; /* names without address in this round */
    size_t n_dead;
    unsigned mute;              /* bit i: resolver i was silent in this round (ask.c) */
    bool no_resolver;           /* there is none: told */
    char domain[256];           /* of the lease, or that this host looks in; empty: none */
    struct addr ntp[PROBE_NTP]; /* time servers of the lease */
    size_t n_ntp;
    size_t
        n_given; /* resolvers of the command line: what a lease or this host adds is of the round */
    bool has_edges;
    struct probe_edge edge[PROBE_EDGES * PROBE_ADDRESSES];
    size_t n_edges;
};

/* One row a check; `run` shows and tells what it finds. Anything but ERR_OK ends the round: ERR_MEMORY, and
 * ERR_IO where this host itself refuses. What cannot be reached or is not there is a finding, no error. */
struct check {
    const char *name; /* the word of the command line */
    enum stage stage; /* of rows that say nothing else */
    enum err (*run)(struct probe *p);
};
extern const struct check probe_dhcp, probe_clock_check, probe_dns, probe_http, probe_tls,
    probe_sip;

/* -- time (round.c): microseconds */
usec_t probe_now(void);   /* the date */
usec_t probe_clock(void); /* run time: for waiting and measuring */
/* Milliseconds to wait for one answer: --timeout, less what is left of the round. */
unsigned probe_wait(const struct probe *p);

/* Waits. False where it was interrupted, or the round is over. */
bool probe_pause(const struct probe *p, unsigned seconds);
/* From a signal: the round ends soon, in order. */
void probe_interrupt(int sig);
bool probe_interrupted(void);

/* -- leave to send (round.c). Ask before every packet, connection or request. */

/* An address that the probe was told to ask, or that a name it was told gave. ERR_LIMIT past
 * PROBE_TARGETS (told). Broadcast and what this host's lease names is the check's own to allow. */
void probe_allow(struct probe *p, struct addr a);
/* Whether to send to `to`, described by `fmt` ("TCP connection to %s", without the address): false in a
 * dry run (the plan gets the line), past the number of sends or the deadline (a row says so), and when
 * `to` was never allowed. `to` is NULL where only a name is known: that is for the dry run. */
bool probe_may(struct probe *p, const struct endpoint *to, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* -- what was seen (round.c) */

/* Tells a fact: writes it to the record with the time that it is now. Place, order and text are set by who
 * reads the record. Secret fields are left out. */
void probe_tell(struct probe *p, const struct fact *f);
/* The same with the time at which it was (probe_now): for what is told after it happened. Times must not fall. */
void probe_tell_at(struct probe *p, const struct fact *f, usec_t when);
/* Adds a row of the running check's stage; `ms` -1: not told. Text is cut at 300 bytes. */
void probe_show(struct probe *p, enum probe_state state, struct str subject, int64_t ms,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void probe_show_stage(struct probe *p, enum stage stage, enum probe_state state, struct str subject,
                      int64_t ms, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* What cannot be done without a privilege: a row "skipped: needs CAP_NET_RAW (why)". */
void probe_needs(struct probe *p, struct str subject, const char *privilege, const char *why);
void probe_number(struct probe *p, const char *name, struct str subject, double value);

/* 0x0303 for "1.2"; 0 for an empty text. */
unsigned probe_tls_version(struct str s);
/* The User-Agent of the model with {model} and {mac} filled in; the program's own where no model is given. */
struct str probe_user_agent(struct probe *p);

/* -- names (names.c) */

struct probe_srv {
    struct str target; /* in p->arena, without the last dot */
    unsigned priority, weight, ttl;
    uint16_t port;
};

/* The addresses of `host`, asked of the resolvers as the phone would: A and AAAA, whatever it uses in the end;
 * IPv4 first. They are allowed from now on. Tells dns.query, dns.forward, dns.reply, dns.error; nothing for an
 * address in place of a name. ERR_MISSING: none (the facts say why), or a dry run (the plan has the questions);
 * at once and without a fact for a name that an earlier call of the round found none for (probe_dead). */
enum err probe_resolve(struct probe *p, struct str host, struct addr *ret, size_t most,
                       size_t *ret_n) MUST_CHECK;
bool probe_dead(const struct probe *p, struct str host);
/* The SRV records of `name` ("_sips._tcp.sip.example.com"), sorted by priority, then by weight falling; told as dns.query,
 * dns.forward and dns.srv (or dns.reply NXDOMAIN, dns.error). ERR_MISSING: none. */
enum err probe_resolve_srv(struct probe *p, struct str name, struct probe_srv *ret, size_t most,
                           size_t *ret_n) MUST_CHECK;

/* -- the outbound proxy's targets (edges.c) */

/* Finds p->edge once a round, the best first: srv.start, the lookups, srv.entry. Shows rows of the stage srv.
 * n_edges is 0 where there is no proxy or no address, and in a dry run. For dns, tls and sip. */
enum err probe_edges(struct probe *p) MUST_CHECK;

/* "sip.example.com", "sip.example.com:5061", "[2001:db8::1]:5061": port 0 without one. False when it is neither. */
bool probe_proxy_read(struct str proxy, struct str *ret_host, uint16_t *ret_port);
/* The port of a transport where neither SRV nor the proxy names one (RFC 3261 19.1.2). */
uint16_t probe_default_port(enum service_transport t);

/* -- for the command itself: a round's beginning and end (round.c) */
enum err probe_init(struct probe *p, const struct service *service) MUST_CHECK;
enum err probe_begin(struct probe *p, usec_t longest, const char *host_name) MUST_CHECK;
void probe_end(struct probe *p);
void probe_clear(struct probe *p);
const char *probe_state_name(enum probe_state s);

#endif
