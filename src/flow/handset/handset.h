/* One phone: from power to a number on its screen, and on (docs/sources.md: AGP, AGF, AGM, SMB). Boot, target by DHCP, SRV or
 * activation, profile rules A to D, resync by every timer, configuration applied, lines registered, NOTIFYs obeyed, firmware pretended,
 * factory reset. Pure: what happened in, actions out, time as an argument.
 *
 *     handset_init(h, &cfg, &phone, seed); handset_start(h, now);
 *     handset_on_x(h, ..., now);
 *     while (handset_next(h, &action)) ...     // what it points at is good until the next handset_on_x, handset_do or handset_next
 *     wait until handset_deadline(h), then handset_on_time(h, now)
 *
 * What it does in words goes to cfg.line: text of a row of share/lines and the values of its holes. */
#ifndef FLOW_HANDSET_HANDSET_H
#define FLOW_HANDSET_HANDSET_H

#include "base/crypto.h"
#include "base/inflate.h"
#include "domain/phone/phone.h"
#include "domain/stage/stage.h"
#include "flow/agent/agent.h"

struct scribe;

enum {
    HANDSET_SERVERS = 4,   /* name servers, time servers and TFTP servers of a lease */
    HANDSET_ADDRESSES = 8, /* of a host, tried one after the other */
    HANDSET_FIELDS = 10,   /* of a request's head, and of a form */
    HANDSET_LINES = 16,
    HANDSET_BODY = 1024 * 1024, /* bytes of a configuration, also uncompressed */
};

/* What a lease says, or a person who sets addresses by hand. Texts are copied. */
struct handset_lease {
    struct addr address, mask, router;
    struct addr dns[HANDSET_SERVERS];
    struct addr ntp[HANDSET_SERVERS];
    struct addr tftp[HANDSET_SERVERS]; /* option 150, else siaddr */
    struct str domain;                 /* 15 */
    struct str option43, option60, option66, option125, option159, option160; /* empty: none */
};

/* What phones share; it outlives them. handset_cfg_usual gives the defaults of the comments. */
struct handset_cfg {
    const struct crypto *crypto;
    const struct inflate *inflate; /* NULL: compressed configurations are refused */
    struct agent_work *agents;
    struct str activation_host;     /* "activate.cisco.com" */
    struct str activation_old_host; /* "webapps.cisco.com": with the fault firmware-old */
    uint16_t activation_port;       /* 443 */
    struct str rule; /* typed once: a profile rule that goes before all others; empty: none */
    bool
        dhcp_by_success; /* false: a server that DHCP names ends activation; true: only one that gave a configuration */
    bool at_once;          /* no random delay before the first resync */
    bool registers;        /* true; false: the journey ends with the configuration */
    uint32_t name_wait;    /* s without an answer until a name counts as not found: 8 */
    uint32_t names_kept;   /* names whose addresses are not asked for again while they hold: 24 */
    uint32_t fetch_wait;   /* s for a whole transfer: 60 */
    uint32_t clock_wait;   /* s: 5 */
    uint32_t reboot_time;  /* s from power to the first packet: 30 */
    uint32_t upgrade_time; /* s that a pretended upgrade takes: 20 */
    usec_t born;           /* the date of a fresh phone's clock: 2023-05-10 */
    /* NULL: nothing is written. `text` is that of the row of share/lines ("forwarded {host} to {server}"), `values` as its holes;
     * text NULL: values[0] is all of the line, a library's own words (tag "raw") or a message as Log_*_Msg words it ("voice"). */
    void (*line)(void *ctx, const char *tag, const char *text, const struct str *values, size_t n,
                 usec_t now);
    /* Heads as they were sent and received. May be NULL. */
    void (*head)(void *ctx, bool sent, struct str head, usec_t now);
    /* SIP, as agent_cfg says; it and what server lists tell to `line` get the scribe of handset_init. May be NULL. */
    void (*message)(void *scribe, bool sent, struct str transport, struct endpoint peer,
                    struct str text, usec_t now);
};
void handset_cfg_usual(struct handset_cfg *cfg);

/* -- actions */
enum handset_method { HANDSET_GET, HANDSET_POST, HANDSET_PUT };
enum handset_scheme { HANDSET_TFTP, HANDSET_HTTP, HANDSET_HTTPS };
enum handset_certificate { HANDSET_CERT_OWN, HANDSET_CERT_EXPIRED, HANDSET_CERT_NONE };

struct handset_field {
    struct str name, value;
};

struct handset_fetch {
    enum handset_method method;
    enum handset_scheme scheme;
    struct str
        check; /* the name that the certificate must have, where it is not the host's; or empty */
    struct str host; /* as the URL says it: SNI, name check and the Host field */
    struct endpoint to;
    struct str path;                            /* with its query */
    struct handset_field field[HANDSET_FIELDS]; /* the head, in this order; Host among them */
    size_t n_fields;
    struct str body;
    /* A problem report is sent as multipart/form-data: these parts, then `archive` as the file "prt_file". */
    struct handset_field form[HANDSET_FIELDS];
    size_t n_form;
    struct str archive;      /* name; empty: no form */
    struct str user, secret; /* to answer Basic and Digest with; empty: none */
    struct str tls_least;    /* "TLS 1.1" */
    struct str tls_most;     /* empty: no limit */
    enum handset_certificate certificate;
    usec_t date; /* what the phone thinks it is: certificates are held against it */
    size_t most; /* bytes of the body that are taken */
};

/* What handset_next asks for. `id`: of the question, transfer or connection. */
enum handset_do_what {
    HANDSET_LEASE,   /* get a lease (again): handset_on_lease, or nothing */
    HANDSET_ADDRESS, /* lease: take these addresses */
    HANDSET_CLOCK,   /* text: a server's name or address; handset_on_clock */
    HANDSET_ASK,     /* id, text: name, type, server[], wait; handset_on_answer */
    HANDSET_FETCH,   /* id, fetch, wait; redirections are not followed; handset_on_fetched */
    HANDSET_OPEN, /* id, transport, peer, text: name to check or "", ports; handset_on_open or _closed */
    HANDSET_SEND,  /* id, text */
    HANDSET_CLOSE, /* id: a connection; nothing more is told of it */
    HANDSET_STOP,  /* id: a question or transfer whose end nobody waits for */
    HANDSET_MEDIA, /* id: of the line (from 1), call, media: an RTP port opens (AGENT_RINGING: handset_on_media), hears who, closes (AGENT_ENDED) */
    HANDSET_TRUST, /* text: certificates (PEM) to be trusted from now on, in place of those of before */
    HANDSET_REPORT,  /* make a problem report; text: its description; handset_on_report */
    HANDSET_SAVE,    /* the state changed: phone_write */
    HANDSET_STAGE,   /* stage, begun, state */
    HANDSET_RESTART, /* the voice process begins anew: its log has other process ids */
    HANDSET_REBOOT,  /* why, wait (s): end all that is open; it starts by itself then */
};

struct handset_action {
    enum handset_do_what what;
    uint32_t id;
    struct str text;
    uint16_t type;
    const struct addr *server; /* n_servers of them */
    size_t n_servers;
    uint32_t wait; /* s */
    const struct handset_fetch *fetch;
    const struct handset_lease *lease;
    enum select_transport transport;
    uint16_t port_least, port_most;
    struct endpoint peer;
    struct str tls_least, tls_most; /* of HANDSET_OPEN; most: empty: no limit */
    enum agent_call_state call;
    struct endpoint media;
    enum stage stage;
    bool begun; /* else `state` says how it ended */
    enum stage_state state;
    enum phone_reboot why;
};

/* -- what happened */
enum handset_heard { HANDSET_ANSWERED, HANDSET_SILENT, HANDSET_REFUSED };

struct handset_fetched {
    int code;        /* of libcurl; 0: an answer came */
    struct str text; /* curl's, for the log: "Couldn't resolve host 'x'" */
    unsigned status; /* of HTTP; TFTP: 200 */
    struct str content_encoding, location, etag, body;
};

/* -- the machine; the caller's memory, fields are the module's own */
struct handset_job;
struct handset_out;
struct handset_cache;
struct handset_line {
    struct agent agent;
    struct agent_line line;
    struct agent_cfg *cfg;         /* owned */
    uint32_t question, connection; /* ids; 0: none */
    usec_t question_until;
    uint8_t state; /* enum agent_state as last told */
};
struct handset {
    const struct handset_cfg *cfg;
    struct phone *phone;
    struct scribe *scribe;
    void *ctx;                   /* of cfg.line and cfg.head */
    struct handset_job *job;     /* owned; NULL at rest */
    struct handset_out *out;     /* owned; NULL: nothing is to be done */
    struct handset_cache *cache; /* owned; NULL: no name is known */
    struct handset_line *line;   /* owned; n_lines */
    struct handset_lease *lease; /* owned, its texts behind it; NULL: none */
    uint64_t random;
    usec_t now, offset; /* the phone's date is now + offset */
    /* USEC_NONE: not planned. */
    usec_t state_until, resync_at, forced_at, upgrade_at, report_at, prt_at;
    usec_t resync_since, upgrade_since;        /* the last attempts */
    struct str once, upgrade, archive, report; /* of the phone's pool */
    uint32_t ids, errors, upgrade_errors, periods;
    uint8_t n_lines, to_start, state, wants, chain;
    int8_t prvst;
    bool trusts, changed, by_dhcp;
    bool job_due; /* another piece of work may begin */
};

/* At rest in the life of a handset. */
enum handset_state {
    HANDSET_OFF,
    HANDSET_LEASING,
    HANDSET_SETTING_CLOCK,
    HANDSET_UP,
    HANDSET_REBOOTING
};

/* cfg and phone outlive the handset. `scribe`: for SIP of the lines; may be NULL. `ctx`: of cfg.line and cfg.head. */
void handset_init(struct handset *h, const struct handset_cfg *cfg, struct phone *phone,
                  struct scribe *scribe, void *ctx, uint64_t seed);
void handset_clear(struct handset *h);
/* Power: everything from the lease on. */
void handset_start(struct handset *h, usec_t now);

/* A lease was bound or renewed; the same again changes nothing. ERR_MEMORY. */
enum err handset_on_lease(struct handset *h, const struct handset_lease *lease,
                          usec_t now) MUST_CHECK;
void handset_on_lease_lost(struct handset *h, usec_t now);
/* What to add to now for the date; USEC_NONE: no server answered. */
void handset_on_clock(struct handset *h, usec_t offset, usec_t now);
/* A name that it asks for was asked of `server`, since the one before said nothing or would not say. */
void handset_on_asked(struct handset *h, struct str name, struct addr server, usec_t now);
void handset_on_answer(struct handset *h, uint32_t id, enum handset_heard heard, struct str bytes,
                       usec_t now);
void handset_on_head(struct handset *h, uint32_t id, bool sent, struct str head, usec_t now);
void handset_on_fetched(struct handset *h, uint32_t id, const struct handset_fetched *f,
                        usec_t now);
void handset_on_open(struct handset *h, uint32_t id, struct endpoint local, usec_t now);
void handset_on_closed(struct handset *h, uint32_t id, usec_t now);
void handset_on_bytes(struct handset *h, uint32_t id, struct str bytes, usec_t now);
/* An RTP port stands: the call is answered; none: refused with 486. */
void handset_on_media(struct handset *h, uint32_t line, struct endpoint local, usec_t now);
/* The report lies ready under that name: it is uploaded where PRT_Upload_Rule says to. */
void handset_on_report(struct handset *h, struct str name, usec_t now);
void handset_on_time(struct handset *h, usec_t now);
usec_t handset_deadline(const struct handset *h); /* USEC_NONE: none */
bool handset_next(struct handset *h, struct handset_action *ret_action);

enum handset_wish {
    HANDSET_DO_RESYNC,  /* argument: a rule for once, or empty */
    HANDSET_DO_UPGRADE, /* argument: a URL, or empty: Upgrade_Rule */
    HANDSET_DO_REBOOT,
    HANDSET_DO_FACTORY_RESET,
    HANDSET_DO_REPORT,      /* argument: description */
    HANDSET_DO_SEND_CONFIG, /* Report_Rule */
    HANDSET_DO_HANG_UP,     /* all calls */
};
void handset_do(struct handset *h, enum handset_wish what, struct str argument, usec_t now);

/* The phone's date. */
static inline usec_t handset_date(const struct handset *h, usec_t now)
{
    return now + h->offset;
}
bool handset_busy(const struct handset *h);       /* a call stands */
bool handset_registered(const struct handset *h); /* all lines that register do */
size_t handset_memory(const struct handset *h);   /* bytes beside *h, roughly: its lines, its job */

#endif
