/* A phone's own pages (docs/sources.md: MPP administration guide): what it is, what it did, its logs and problem reports, its
 * configuration without secrets, and the addresses that make it do something (/admin/resync?URL and others). Pure: a request in, an
 * answer and at most one action out. Who drives it serves HTTP, sends files and carries actions out.
 *
 * Accounts are "admin" and "user", by Admin_Password and User_Password; without the first everybody is admin, as a phone from its
 * box. Browsers log in by a form and keep a cookie; programs answer a Digest challenge, or send "&xuser=admin&xpassword=...". */
#ifndef FLOW_PANEL_PANEL_H
#define FLOW_PANEL_PANEL_H

#include "base/crypto.h"
#include "flow/screen/screen.h"
#include "proto/http/http_choose.h"

enum {
    PANEL_SESSIONS = 16,
    PANEL_SESSION = 16, /* bytes of a session's name and of tokens */
    PANEL_NONCES = 16,
    PANEL_PEERS = 32,        /* whose wrong passwords are remembered */
    PANEL_TEXT = 1024,       /* bytes of a rule or URL that is asked for */
    PANEL_BODY_MOST = 16384, /* bytes of a request's body that are to be taken */
    PANEL_TRIES = 5,         /* wrong passwords of an address before it has to wait */
    PANEL_TRIES_OF_ALL = 50, /* of all addresses together, in a minute */
    PANEL_WAIT_S = 60,       /* s that it waits then */
    PANEL_NONCE_S = 60,      /* s that a nonce is good for */
};

/* What every answer says, for the head; its own lines are panel_answer.fields. */
#define PANEL_FIELDS                                                                          \
    "Content-Security-Policy: default-src 'none'; style-src 'self'; form-action 'self'; "     \
    "base-uri 'none'; frame-ancestors 'none'\r\n"                                             \
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n" \
    "Referrer-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n"             \
    "Cross-Origin-Resource-Policy: same-origin\r\n"

/* -- what the pages show; views, good during the call */

struct panel_file {
    struct str name; /* [A-Za-z0-9._-] */
    usec_t date;     /* USEC_NONE: not known */
    uint64_t len;
};

struct panel_facts {
    const struct screen_facts
        *seen; /* what the screen shows, too: its reports can be fetched here */
    const struct screen *screen;
    const struct panel_file *log; /* newest first */
    size_t n_logs;
    const uint8_t *stage; /* enum stage_state of each of STAGES; NULL: not shown */
    uint64_t sip_sent, sip_received, sip_bytes_sent, sip_bytes_received;
    struct str report_state, upload_state; /* of the last problem report; may be empty */
    bool busy;                             /* a call stands: no factory reset */
};

/* -- requests and answers */

struct panel_request {
    const struct http_head *head;
    enum http_method method;
    struct str path, query; /* as http_target_read gives them */
    struct str body;        /* whole */
    struct addr peer;
    bool https;
};

enum panel_send {
    PANEL_BODY,
    PANEL_LOG,    /* the log called `file` */
    PANEL_REPORT, /* the problem report called `file` */
};

struct panel_answer {
    unsigned status;
    const char *type;
    enum panel_send send;
    struct str file;         /* of the facts */
    struct buf fields, body; /* owned: panel_answer_clear; fields are whole lines with CRLF */
    char text[PANEL_TEXT];   /* of action.text */
    struct screen_action action;
};
void panel_answer_clear(struct panel_answer *a);

/* -- the machine; the caller's memory, fields are the module's own */

enum panel_role {
    PANEL_NOBODY,
    PANEL_VISITOR, /* no password of "user" is set: what a phone tells everybody */
    PANEL_USER,
    PANEL_ADMIN,
};

struct panel_session {
    uint8_t name[PANEL_SESSION];
    uint8_t role; /* enum panel_role; PANEL_NOBODY: free */
    usec_t since, last;
};

struct panel {
    const struct crypto *crypto;
    uint8_t secret[32];
    uint64_t count; /* of sessions and nonces made */
    struct panel_session session[PANEL_SESSIONS];
    struct {
        uint64_t nonce; /* which */
        uint32_t used;  /* the highest nc */
    } nonce[PANEL_NONCES];
    struct {
        struct addr peer;
        uint32_t wrong;
        usec_t last;
    } peer[PANEL_PEERS];
    uint32_t wrong; /* passwords, since `wrong_since` */
    usec_t wrong_since;
};

/* `secret`: 32 bytes that nobody can guess, of this run. */
void panel_init(struct panel *p, const struct crypto *crypto, const uint8_t secret[32]);
/* Everybody has to log in again: a password was changed, the phone was reset. */
void panel_log_out_all(struct panel *p);
/* Times are those of f->seen->now. ERR_MEMORY: *ret is cleared. */
enum err panel_on_request(struct panel *p, const struct panel_facts *f,
                          const struct panel_request *r, struct panel_answer *ret) MUST_CHECK;

/* `value` without what would be a secret in it: all of a secret parameter, and in rules and URLs the arguments of --key and --pwd and
 * passwords before '@'. */
void panel_write_value(struct str name, struct str value, struct sink *out);

#endif
