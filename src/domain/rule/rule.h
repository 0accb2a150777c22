/* Profile rules, as phones evaluate them (docs/sources.md, MPP administration guide): alternatives with conditions, assignments, options
 * and a URL; report rules, upgrade rules, and the bare conditions of triggers.
 *
 *     rule       = alt *( "|" alt )
 *     alt        = [ "(" expr ")" "?" ] [ "(" 1*( name "=" value ";" ) ")" "!" ] [ "[" options "]" ] [ url ]
 *     expr       = comparison *( "and" comparison )
 *     comparison = operand op operand
 *     op         = "=" / "!=" / "<" / "<=" / ">" / ">=" / "eq" / "ne" / "lt" / "le" / "gt" / "ge"
 *     operand    = integer / version / quoted string
 *     url        = [ scheme "://" ] [ server [ ":" port ] ] path
 *
 * The rule is cut first, macros are expanded in the pieces: no value of a macro can become an operator. */
#ifndef DOMAIN_RULE_RULE_H
#define DOMAIN_RULE_RULE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/mac.h"
#include "base/str.h"

enum {
    RULE_MOST = 4096, /* bytes of a rule */
    RULE_ALTERNATIVES = 32,
    RULE_COMPARISONS = 16, /* of a condition */
    RULE_ASSIGNS = 32,     /* of an alternative */
    RULE_EXPANDED = 8192   /* bytes of an expanded text */
};

enum rule_kind { RULE_PROFILE, RULE_REPORT, RULE_UPGRADE, RULE_TRIGGER };

/* -- macros */

/* The value of a macro, without "$"; false where there is no such macro: it stays as it is. GPP_SA to GPP_SD ("SA" to "SD") are asked
 * for only where `secret`: in --key, --uid, --pwd. */
struct rule_values {
    bool (*get)(void *ctx, struct str name, bool secret, struct str *ret_value);
    void *ctx;
};

/* `text` with $NAME, $(NAME), $(NAME:p), $(NAME:p:q) and $$ replaced, once. ERR_LIMIT: longer than RULE_EXPANDED; ERR_MEMORY. */
enum err rule_expand(struct str text, const struct rule_values *values, bool secret,
                     struct arena *a, struct str *ret) MUST_CHECK;

/* What a phone has for its macros. */
enum { RULE_GPP = 16, RULE_GPS = 4 };
struct rule_phone {
    struct mac mac;
    struct str model; /* "8851-3PCC" or "CP-8851-3PCC"; PN and PSN are made of it */
    struct str serial, firmware, hardware, ip, external_ip;
    bool certificate;  /* CCERT */
    bool customized;   /* ISCUST */
    int resync_state;  /* PRVST: -1 asked for, 0 power-up, 1 periodic, 2 after a failure */
    int upgrade_state; /* UPGST */
    int64_t since_resync, since_upgrade; /* PRVTMR, UPGTMR: s */
    struct str gpp[RULE_GPP], gps[RULE_GPS];
    /* More, and above all those: name and value in turn. */
    const struct str (*extra)[2];
    size_t n_extra;
    char text[8][48]; /* room of rule_phone_get's */
};
bool rule_phone_get(void *rule_phone, struct str name, bool secret, struct str *ret_value);

/* -- evaluation */

enum rule_step_kind {
    RULE_STEP_COMPARED,  /* left, op, right: holds or not */
    RULE_STEP_CONDITION, /* text: holds or not */
    RULE_STEP_ASSIGNED,  /* left = right */
    RULE_STEP_OPTION,    /* left: its name, right: its value (empty for secrets) */
    RULE_STEP_URL,       /* text: as written, right: complete */
    RULE_STEP_NOTE,      /* text: something odd that was taken all the same */
};

struct rule_step {
    enum rule_step_kind kind;
    size_t alternative; /* from 0 */
    struct str text, left, op, right;
    bool holds;
};

struct rule_cfg {
    enum rule_kind kind;
    struct rule_values values;
    struct str tftp_server; /* of the lease: where a rule names no server; empty: none */
    /* May be NULL. */
    void (*step)(void *ctx, const struct rule_step *s);
    void *step_ctx;
};

struct rule_assign {
    struct str name, value; /* XML name ("GPP_A" for a); expanded */
};

enum rule_scheme { RULE_TFTP, RULE_HTTP, RULE_HTTPS, RULE_GDS };

struct rule_result {
    bool chosen;        /* an alternative held (a trigger: its condition) */
    size_t alternative; /* its number, from 0 */
    struct rule_assign assign[RULE_ASSIGNS];
    size_t n_assigns;
    struct str key, uid, pwd; /* expanded; NULL pointers: not given */
    char post, alias;         /* 'a' to 'p'; 0: not given */
    bool srv, delta, status;
    bool has_url;
    enum rule_scheme scheme;
    struct str host;
    uint16_t port;
    struct str path; /* begins with "/" */
    struct str url;  /* all of it: "tftp://192.0.2.1:69/8851-3PCC.xml" */
};

/* Texts are of the arena. ERR_MALFORMED: *reterr_at tells where in `rule` and why; ERR_MISSING: no server is named and the lease has
 * none; ERR_LIMIT; ERR_MEMORY. */
enum err rule_eval(struct str rule, const struct rule_cfg *cfg, struct arena *a,
                   struct rule_result *ret, struct err_at *reterr_at) MUST_CHECK;

/* A report rule is up to two rules with a blank between them: the one at the start of *rest, which moves behind it. False at the end. */
bool rule_report_next(struct str *rest, struct str *ret_rule);

/* -- versions of firmware: "sip8845_65.12-0-2MPP0001-20230510" */

/* Below, at or above 0. False: one of them has another form. The model's prefix does not count. */
bool rule_version_compare(struct str a, struct str b, int *ret);

/* -- what a phone makes of an HTTP status */

enum rule_http {
    RULE_HTTP_OK,
    RULE_HTTP_REDIRECT, /* at once, elsewhere */
    RULE_HTTP_LOGIN,    /* at once with credentials, twice at most */
    RULE_HTTP_MISSING, /* no such file: again after the retry delay, or good where Resync_Fails_On_FNF is No */
    RULE_HTTP_FAILED, /* again after the retry delay */
};
enum rule_http rule_http_class(unsigned status);

#endif
