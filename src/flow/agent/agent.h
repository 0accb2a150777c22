/* The user agent of one line of a phone: registers and stays registered, is notified, is called (RFC 3261 8, 10, 17, 22; message
 * shapes as phones show them in their logs). Pure: what came in, actions out, time as an argument; no allocation for a message.
 *
 *     agent_init(a, &cfg, &line, work, scribe, seed); agent_start(a, now);
 *     agent_on_x(a, ..., now);
 *     while (agent_next(a, &action)) ...     // what it points at is good until the next agent_on_x of any agent of that work
 *     wait until agent_deadline(a), then agent_on_time(a, now) */
#ifndef FLOW_AGENT_AGENT_H
#define FLOW_AGENT_AGENT_H

#include "base/crypto.h"
#include "base/mac.h"
#include "flow/select/select.h"

enum { AGENT_URI = 320 }; /* bytes of a URI that is kept */

/* Codes as "5??,486": Try_Backup_RSC, Retry_Reg_RSC. */
enum agent_alive { AGENT_ALIVE_NOTIFY, AGENT_ALIVE_REGISTER, AGENT_ALIVE_BLANK };

/* What lines of a fleet share; texts must outlive them. agent_cfg_usual gives the defaults of the comments. */
struct agent_cfg {
    const struct crypto *crypto;
    struct select_cfg servers; /* where it goes: the outbound proxy, else the proxy */
    struct str domain;         /* host[:port] of the proxy: REGISTER's Request-URI, To, From */
    bool registers;            /* Register: true */
    bool name_validate;        /* TLS_Name_Validate: true */
    bool rfc8760;              /* Auth_Support_RFC8760: false; then only MD5 is answered */
    bool auth_notify;          /* NOTIFYs that act are challenged: true */
    struct str reverse_realm;  /* Reversed_Auth_Realm; empty: the domain's host */
    struct str user_agent;     /* "Cisco-CP-8865-3PCC/12.0.2" */
    struct str language;       /* Accept-Language: "en" */
    uint32_t expires;          /* Register_Expires, s: 3600 */
    uint32_t expires_least, expires_most; /* Reg_Min_Expires 1, Reg_Max_Expires 7200 */
    uint32_t retry, retry_random,
        retry_cap; /* Reg_Retry_Intvl 30, _Random_Delay 0, _Cap 0 (no backoff), s */
    uint32_t retry_long, retry_long_random; /* Reg_Retry_Long_Intvl 1200 (0: no more), s */
    struct str
        retry_codes; /* Retry_Reg_RSC: codes that are retried after `retry`; others after `retry_long` */
    struct str backup_codes; /* Try_Backup_RSC: codes upon which the next server is tried */
    uint32_t auths_most;     /* answers to challenges in one registration: 2 */
    uint32_t redirects_most; /* 5 */
    uint32_t t1_ms, t2_ms, t4_ms, timer_f_ms; /* 500, 4000, 5000, 16000 */
    uint16_t sip_port;                        /* UDP: 5060 */
    uint16_t tcp_port_least, tcp_port_most;   /* 5060, 5080 */
    uint32_t alive; /* NAT_Keep_Alive_Intvl where it is enabled, s; 0: off */
    enum agent_alive alive_with;
    /* Messages for the phone's log, told to the scribe of agent_init: as select_cfg.line. What came over TLS is called TCP there, as
     * phones do. */
    void (*message)(void *scribe, bool sent, struct str transport, struct endpoint peer,
                    struct str text, usec_t now);
};
void agent_cfg_usual(struct agent_cfg *cfg);

/* Of one line; texts must outlive the agent. */
struct agent_line {
    struct str user;     /* User_ID */
    struct str auth;     /* Auth_ID; empty: the user */
    struct str password; /* empty: challenges are not answered */
    struct str display;  /* Display_Name; may be empty */
    struct mac mac;
    uint8_t uuid[16]; /* the phone's own; in User-Agent */
    uint8_t index;    /* 0: the first line */
};

/* What the agents of one thread share while one of them works: its text is overwritten when another is told something, so an
 * agent's actions are taken first. */
struct agent_work;
enum err agent_work_new(struct agent_work **ret) MUST_CHECK;
void agent_work_free(struct agent_work *work);

enum agent_state {
    AGENT_IDLE,       /* not started, or told not to register */
    AGENT_RESOLVING,  /* a server is looked for */
    AGENT_CONNECTING, /* a connection is asked for */
    AGENT_SENT,       /* REGISTER waits for its answer */
    AGENT_REGISTERED, /* until the refresh */
    AGENT_WAITING,    /* failed; until the retry */
    AGENT_LEAVING,    /* unregisters */
    AGENT_STOPPED,    /* failed for good (retry_long 0), or unregistered */
};

/* Why a registration failed. */
enum agent_why {
    AGENT_WELL,
    AGENT_REFUSED, /* by a status */
    AGENT_SILENCE, /* Timer F */
    AGENT_BROKEN,  /* the connection failed or was ended */
    AGENT_NAMES,   /* no server was found */
    AGENT_SECRET,  /* 401 after an answer, or none of its challenges can be answered: by a status */
};

enum agent_call_state { AGENT_RINGING, AGENT_TALKING, AGENT_HELD, AGENT_ENDED };

enum agent_do {
    AGENT_ASK,  /* text: name, type; then agent_on_answer */
    AGENT_OPEN, /* transport, peer, text: name to check or "", ports; ends what was open before; then agent_on_open */
    AGENT_SEND, /* text: bytes to peer by what was opened last */
    AGENT_CLOSE,  /* what was opened last; nothing is told of it */
    AGENT_STATE,  /* state, why, status, until */
    AGENT_NOTIFY, /* text: value of Event ("check-sync;reboot=false"), body: proven where that was asked for; already answered */
    AGENT_CALL, /* call, media: where the other side wants to hear; AGENT_RINGING: agent_answer or agent_refuse */
};

struct agent_action {
    enum agent_do what;
    enum select_transport transport;
    uint16_t type;
    uint16_t port_least, port_most; /* the local port is to be one of these */
    struct endpoint peer;
    struct str text, body;
    enum agent_state state;
    enum agent_why why;
    unsigned status; /* the last answer's; 0: none */
    usec_t until;    /* refresh or retry; USEC_NONE */
    enum agent_call_state call;
    struct endpoint media;
};

/* The caller's memory, some 400 bytes; fields are the module's own. */
struct agent {
    const struct agent_cfg *cfg;
    const struct agent_line *line;
    struct agent_work *work;
    struct scribe *scribe;
    struct select select;
    struct agent_stream *stream;   /* owned: a message that has not come whole; NULL */
    struct agent_calling *calling; /* owned: a call; NULL */
    char *
        auth; /* owned: the credentials of the request under way, where it may have to be sent again */
    uint32_t auth_len, auth_room;
    uint64_t random;
    uint64_t tag;
    uint64_t notified; /* hash of the last NOTIFY that was acted on, so that it is not done twice */
    usec_t now;
    usec_t timer_e, timer_f, timer_e_step;
    usec_t refresh, expiry, retry, alive;
    usec_t registered_at; /* of the last 200; USEC_NONE */
    struct endpoint local, peer;
    uint32_t call_id[2], session;
    uint32_t cseq, branch, cnonce;
    uint32_t expires, granted;
    uint16_t status;
    uint8_t remote_session[16];
    uint8_t state, why, transport;
    uint8_t auths, redirects, briefs, failures;
    bool open, opening, leaving, proxy_auth, has_remote, fresh;
};

/* Everything that is pointed at must outlive the agent. `scribe`: what cfg->message and cfg->servers.line
 * get; NULL: nothing is written. The same seed gives the same Call-ID. */
void agent_init(struct agent *a, const struct agent_cfg *cfg, const struct agent_line *line,
                struct agent_work *work, struct scribe *scribe, uint64_t seed);
void agent_clear(struct agent *a);

/* Registers, and goes on; without `registers` it is only there. */
void agent_start(struct agent *a, usec_t now);
/* Unregisters (Contact with expires=0), then AGENT_STOPPED; at once where there is nothing to be taken back. */
void agent_leave(struct agent *a, usec_t now);
void agent_on_answer(struct agent *a, enum select_heard heard, struct str bytes, usec_t now);
/* What was opened stands; `local` goes into Via and Contact. */
void agent_on_open(struct agent *a, struct endpoint local, usec_t now);
/* It could not be opened, or ended. Not for what AGENT_CLOSE ended. */
void agent_on_closed(struct agent *a, usec_t now);
/* A datagram, or what came over the connection, however it was cut. */
void agent_on_bytes(struct agent *a, struct str bytes, usec_t now);
void agent_on_time(struct agent *a, usec_t now);
usec_t agent_deadline(const struct agent *a); /* USEC_NONE: none */
bool agent_next(struct agent *a, struct agent_action *ret_action);

/* The call that rings: 200 with SDP; `media` is where this side hears. */
void agent_answer(struct agent *a, struct endpoint media, usec_t now);
/* The call that rings, with a status of 400 to 699. */
void agent_refuse(struct agent *a, unsigned status, usec_t now);
/* Who calls, as the INVITE's From says: the user of its URI, decoded by nobody, and the display name, which may be empty. Good until
 * the call ends. False: there is no call. */
bool agent_caller(struct agent *a, struct str *ret_number, struct str *ret_name);
/* BYE, or 486 while it rings. */
void agent_hang_up(struct agent *a, usec_t now);

#endif
