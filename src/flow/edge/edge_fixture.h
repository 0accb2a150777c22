/* An edge in virtual time, with phones that talk to it: for the tests and the fuzz target. */
#ifndef FLOW_EDGE_FIXTURE_H
#define FLOW_EDGE_FIXTURE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow/edge/edge.h"
#include "proto/digest/digest.h"
#include "proto/sip/sip.h"

enum { FIX_SENT = 64, FIX_TEXT = 1 << 18 };

struct fix_sent {
    struct flow flow;
    struct str bytes;
};

struct fix {
    struct edge *e;
    usec_t now;
    struct edge_from from;
    struct fix_sent sent[FIX_SENT];
    size_t n_sent, n_closed, n_stored, n_told, n_found;
    uint32_t ticket;
    struct str found;
    char told[8192]; /* "edge.registered state=new user=1001 ...\n" */
    struct sip_msg msg;
    size_t used;
    char text[FIX_TEXT];
    char nonce[128];
    unsigned branch;
};

/* -- Digests that are none: what is hashed is what is tested; the functions are io/tls's business. */
static inline uint64_t fix_mix(uint64_t h, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3U;
    }
    return h;
}

static inline void fix_spread(uint64_t h, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9U + i;
        out[i] = (uint8_t)(h >> 56);
    }
}

static inline enum err fix_digest(enum digest_algorithm algorithm, const struct str *parts,
                                  size_t n, uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    uint64_t h = 0xcbf29ce484222325U + (uint64_t)algorithm;
    for (size_t i = 0; i < n; i++) {
        h = fix_mix(h, parts[i]);
    }
    *ret_len = algorithm == DIGEST_MD5 ? 16 : 32;
    fix_spread(h, ret_digest, *ret_len);
    return ERR_OK;
}

static inline enum err fix_hmac(enum hmac_algorithm algorithm, struct str key,
                                const struct str *parts, size_t n, uint8_t ret_mac[HMAC_MOST],
                                size_t *ret_len)
{
    uint64_t h = fix_mix(0x84222325U + (uint64_t)algorithm, key);
    for (size_t i = 0; i < n; i++) {
        h = fix_mix(h, parts[i]);
    }
    *ret_len = 32;
    fix_spread(h, ret_mac, *ret_len);
    return ERR_OK;
}

static const struct crypto fix_crypto = {.digest = fix_digest, .hmac = fix_hmac};

/* -- Life */
static const struct endpoint fix_phone = {{4, {192, 0, 2, 10}}, 5060};
static const struct endpoint fix_server = {{4, {192, 0, 2, 1}}, 5060};

static inline void fix_cfg(struct edge_cfg *cfg)
{
    edge_cfg_usual(cfg);
    cfg->crypto = &fix_crypto;
    cfg->realm = STR("example.com");
    cfg->domains[0] = STR("example.com");
    cfg->n_domains = 1;
    cfg->hash = (struct hash_key){{1, 2}};
    memset(cfg->nonce_key, 7, sizeof cfg->nonce_key);
    memset(cfg->flow_key, 8, sizeof cfg->flow_key);
}

static inline enum err fix_account(struct fix *f, const char *user, const char *password,
                                   unsigned algorithms)
{
    struct account_row row = {.user = str_z(user), .sha256 = (algorithms & 2) != 0};
    const struct str parts[] = {str_z(user), STR(":"), STR("example.com"), STR(":"),
                                str_z(password)};
    for (unsigned i = 0; i < ACCOUNT_ALGORITHMS; i++) {
        size_t len = 0;
        if (algorithms & 1U << i) {
            (void)fix_digest((enum digest_algorithm)i, parts, 5, row.ha1[i], &len);
            row.has_ha1 |= (uint8_t)(1U << i);
        }
    }
    return edge_account_put(f->e, &row, f->now);
}

static inline struct str fix_keep(struct fix *f, struct str s)
{
    if (s.len > sizeof f->text - f->used) {
        abort();
    }
    char *p = f->text + f->used;
    if (s.len) {
        memcpy(p, s.p, s.len);
    }
    f->used += s.len;
    return str_of(p, s.len);
}

static inline void fix_tell(struct fix *f, const struct fact *fact)
{
    size_t at = strlen(f->told);
    int n = snprintf(f->told + at, sizeof f->told - at, "%s", fact_row(fact->kind)->name);
    at += n > 0 ? (size_t)n : 0;
    for (unsigned i = 0; i < fact->n && at < sizeof f->told; i++) {
        enum field field = (enum field)fact->f[i].field;
        if (!fact_carries(fact->kind, field)) {
            abort();
        }
        n = snprintf(f->told + at, sizeof f->told - at, " %s=%.*s", field_name(field),
                     STR_ARG(fact->f[i].v));
        at += n > 0 ? (size_t)n : 0;
    }
    if (at < sizeof f->told) {
        snprintf(f->told + at, sizeof f->told - at, "\n");
    }
}

static inline void fix_take(struct fix *f, const struct edge_action *a)
{
    switch (a->what) {
    case EDGE_SEND:
        if (f->n_sent == FIX_SENT) {
            abort();
        }
        f->sent[f->n_sent++] = (struct fix_sent){a->flow, fix_keep(f, a->bytes)};
        break;
    case EDGE_CLOSE:
        f->n_closed++;
        break;
    case EDGE_STORE:
        f->n_stored++;
        break;
    case EDGE_TELL:
        f->n_told++;
        fix_tell(f, a->fact);
        break;
    case EDGE_FIND:
        f->n_found++;
        f->ticket = a->ticket;
        f->found = fix_keep(f, a->user);
        break;
    }
}

static inline void fix_drain(struct fix *f)
{
    struct edge_action a;
    while (edge_next(f->e, &a)) {
        fix_take(f, &a);
    }
}

/* What was seen is forgotten. */
static inline void fix_forget(struct fix *f)
{
    f->n_sent = f->n_closed = f->n_stored = f->n_told = f->n_found = 0;
    f->used = 0;
    f->told[0] = '\0';
}

static inline void fix_open(struct fix *f, const struct edge_cfg *cfg)
{
    memset(f, 0, sizeof *f);
    f->now = (usec_t)1700000000 * USEC_S;
    f->from.flow = (struct flow){.transport = TRANSPORT_UDP, .peer = fix_phone};
    f->from.local = fix_server;
    if (edge_new(cfg, 42, f->now, &f->e) != ERR_OK ||
        fix_account(f, "1001", "secret1", 1) != ERR_OK ||
        fix_account(f, "1002", "secret2", 1) != ERR_OK) {
        abort();
    }
}

static inline void fix_close(struct fix *f)
{
    edge_free(f->e);
}

static inline void fix_say(struct fix *f, struct str bytes)
{
    fix_forget(f);
    /* A copy of its own, so that a view that is kept too long is found. */
    char *copy = malloc(bytes.len ? bytes.len : 1);
    if (!copy) {
        abort();
    }
    if (bytes.len) {
        memcpy(copy, bytes.p, bytes.len);
    }
    edge_on_message(f->e, &f->from, str_of(copy, bytes.len), f->now);
    fix_drain(f);
    free(copy);
}

static inline void fix_wait(struct fix *f, usec_t time)
{
    fix_forget(f);
    f->now += time;
    edge_on_time(f->e, f->now);
    fix_drain(f);
}

/* -- What came of it */
static inline const struct sip_msg *fix_read(struct fix *f, size_t i)
{
    struct err_at at;
    if (i >= f->n_sent || sip_read(f->sent[i].bytes, &f->msg, &at) != ERR_OK) {
        return NULL;
    }
    return &f->msg;
}

/* The status of the only answer; 0: there is none, or several. */
static inline unsigned fix_status(struct fix *f)
{
    const struct sip_msg *m = f->n_sent == 1 ? fix_read(f, 0) : NULL;
    return m ? m->status : 0;
}

static inline struct str fix_value(struct fix *f, enum sip_header id)
{
    const struct sip_msg *m = fix_read(f, 0);
    return m ? sip_value(m, id) : str_of(NULL, 0);
}

static inline unsigned fix_fields(struct fix *f, enum sip_header id)
{
    const struct sip_msg *m = fix_read(f, 0);
    unsigned n = 0;
    for (size_t i = 0; m && i < m->n; i++) {
        n += m->fields[i].id == id;
    }
    return n;
}

static inline bool fix_told(const struct fix *f, const char *what)
{
    return strstr(f->told, what) != NULL;
}

/* -- A phone */
struct fix_register {
    const char *user;      /* NULL: 1001 */
    const char *password;  /* NULL: secret1 */
    const char *uri;       /* NULL: sip:example.com */
    const char *contact;   /* whole fields with CRLF; NULL: one Contact of the phone */
    const char *fields;    /* more of them */
    const char *call_id;   /* NULL: c1 */
    const char *algorithm; /* asked of several; NULL: the first */
    unsigned cseq;         /* 0: 1 */
    bool bad;              /* a wrong password */
};

static inline const char *fix_or(const char *z, const char *otherwise)
{
    return z ? z : otherwise;
}

/* The request, `authorization` a whole field or empty, a new branch each time. */
static inline struct str fix_write(struct fix *f, const struct fix_register *r,
                                   const char *authorization, char *out, size_t cap)
{
    static const char *const transport[] = {"UDP", "TCP", "TLS"};
    const char *user = fix_or(r->user, "1001");
    char contact[128];
    snprintf(contact, sizeof contact, "Contact: <sip:%s@192.0.2.10:5060>\r\n", user);
    int n = snprintf(out, cap,
                     "REGISTER %s SIP/2.0\r\nVia: SIP/2.0/%s 192.0.2.10:5060;branch=z9hG4bK%u\r\n"
                     "From: <sip:%s@example.com>;tag=f1\r\nTo: <sip:%s@example.com>\r\n"
                     "Call-ID: %s\r\nCSeq: %u REGISTER\r\nMax-Forwards: 70\r\n%s%s%s"
                     "Content-Length: 0\r\n\r\n",
                     fix_or(r->uri, "sip:example.com"), transport[f->from.flow.transport],
                     ++f->branch, user, user, fix_or(r->call_id, "c1"), r->cseq ? r->cseq : 1,
                     fix_or(r->contact, contact), fix_or(r->fields, ""), authorization);
    return str_of(out, n > 0 && (size_t)n < cap ? (size_t)n : 0);
}

/* Authorization that answers the challenge in the last answer. */
static inline bool fix_answer(struct fix *f, const struct fix_register *r, const char *method,
                              unsigned nc, char *out, size_t cap)
{
    const struct sip_msg *m = fix_read(f, 0);
    bool proxy = m && m->status == 407;
    const struct sip_field *field =
        m ? sip_find(m, proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE) : NULL;
    struct digest d;
    struct err_at at;
    struct buf b = {.limit = 4096};
    struct sink s = buf_sink(&b);
    for (; field; field = sip_find_next(m, field)) {
        if (digest_read(field->value, &d, &at) != ERR_OK) {
            return false;
        }
        if (!r->algorithm || str_eq(d.algorithm, str_z(r->algorithm))) {
            break;
        }
    }
    if (!field) {
        return false;
    }
    struct digest_answer a = {.username = str_z(fix_or(r->user, "1001")),
                              .password =
                                  r->bad ? STR("wrong") : str_z(fix_or(r->password, "secret1")),
                              .method = str_z(method),
                              .uri = str_z(fix_or(r->uri, "sip:example.com")),
                              .cnonce = STR("abcd"),
                              .count = nc};
    sink_z(&s, proxy ? "Proxy-Authorization: " : "Authorization: ");
    bool ok = digest_answer_write(&fix_crypto, &d, &a, &s) == ERR_OK && b.len + 3 < cap;
    if (ok) {
        memcpy(out, b.p, b.len);
        memcpy(out + b.len, "\r\n", 3);
    }
    buf_clear(&b);
    return ok;
}

/* One REGISTER without credentials; the status. */
static inline unsigned fix_ask(struct fix *f, const struct fix_register *r)
{
    char text[4096];
    fix_say(f, fix_write(f, r, "", text, sizeof text));
    return fix_status(f);
}

/* REGISTER, 401, REGISTER with digest (CSeq one higher); the last status. */
static inline unsigned fix_login(struct fix *f, const struct fix_register *r)
{
    char text[4096];
    char credentials[1024];
    struct fix_register second = *r;
    unsigned status = fix_ask(f, r);
    if (status != 401 || !fix_answer(f, r, "REGISTER", 1, credentials, sizeof credentials)) {
        return status;
    }
    second.cseq = (r->cseq ? r->cseq : 1) + 1;
    fix_say(f, fix_write(f, &second, credentials, text, sizeof text));
    return fix_status(f);
}

#endif
