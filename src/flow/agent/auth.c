/* Digests in both directions: challenges answered, and NOTIFYs challenged (RFC 3261 22; RFC 7616; RFC 8760). */
#include <stdlib.h>

#include "flow/agent/inside.h"

static struct str name_of(const struct agent_line *l)
{
    return l->auth.len ? l->auth : l->user;
}

static bool allowed(const struct agent *a, const struct digest *d)
{
    enum digest_algorithm algorithm;
    bool sess;
    if (!digest_answerable(d) ||
        !digest_algorithm_read(d->algorithm.p ? d->algorithm : STR("MD5"), &algorithm, &sess)) {
        return false;
    }
    return a->cfg->rfc8760 || algorithm == DIGEST_MD5;
}

/* The topmost challenge that we can and may answer (RFC 8760 2.4). */
static bool challenge_find(const struct agent *a, const struct sip_msg *msg, bool proxy,
                           struct digest *ret)
{
    const struct sip_field *f =
        sip_find(msg, proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE);
    for (unsigned n = 0; f && n < 16; f = sip_find_next(msg, f)) {
        struct str rest = f->value;
        struct err_at at;
        while (n++ < 16 && digest_next(&rest, ret, &at) == ERR_OK) {
            if (allowed(a, ret)) {
                return true;
            }
        }
    }
    return false;
}

bool agent_auth_stale(const struct sip_msg *msg, bool proxy)
{
    struct digest d;
    struct err_at at;
    struct str value = sip_value(msg, proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE);
    return digest_read(value, &d, &at) == ERR_OK && str_ieq(d.stale, STR("true"));
}

static void quoted(struct sink *s, struct str name, struct str value)
{
    sink_str(s, name);
    sink_str(s, STR("=\""));
    sink_str(s, value);
    sink_char(s, '"');
}

/* In the order and the spelling of the phone's log. */
static void credentials_write(struct sink *s, const struct digest *c)
{
    sink_str(s, STR("Digest "));
    quoted(s, STR("username"), c->username);
    quoted(s, STR(",realm"), c->realm);
    quoted(s, STR(",nonce"), c->nonce);
    quoted(s, STR(",uri"), c->uri);
    sink_str(s, STR(",algorithm="));
    sink_str(s, c->algorithm.p ? c->algorithm : STR("MD5"));
    quoted(s, STR(",response"), c->response);
    if (c->opaque.p) {
        quoted(s, STR(",opaque"), c->opaque);
    }
    if (c->qop.p) {
        sink_str(s, STR(",qop="));
        sink_str(s, c->qop);
        sink_str(s, STR(",nc="));
        sink_str(s, c->nc);
    }
    if (c->cnonce.p) {
        quoted(s, STR(",cnonce"), c->cnonce);
    }
}

/* What was written is kept: it may have to be sent again. */
static bool keep(struct agent *a, struct str text)
{
    if (text.len > AUTH_MOST) {
        return false;
    }
    if (text.len > a->auth_room) {
        char *p = realloc(a->auth, text.len + 16);
        if (!p) {
            return false;
        }
        a->auth = p;
        a->auth_room = (uint32_t)text.len + 16;
    }
    memcpy(a->auth, text.p, text.len);
    a->auth_len = (uint32_t)text.len;
    return true;
}

bool agent_auth_answer(struct agent *a, const struct sip_msg *msg, bool proxy, struct str method,
                       struct str uri)
{
    struct digest d;
    struct digest_made made;
    char cnonce[8];
    if (a->line->password.len == 0 || !challenge_find(a, msg, proxy, &d)) {
        return false;
    }
    uint32_t n = (uint32_t)(random_next(&a->random) >> 32);
    for (unsigned i = 0; i < sizeof cnonce; i++, n >>= 4) {
        cnonce[i] = "0123456789abcdef"[n & 15];
    }
    struct digest_answer with = {.username = name_of(a->line),
                                 .password = a->line->password,
                                 .method = method,
                                 .uri = uri,
                                 .cnonce = str_of(cnonce, sizeof cnonce),
                                 .count = 1};
    if (digest_answer_make(a->cfg->crypto, &d, &with, &made) != ERR_OK) {
        return false;
    }
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    credentials_write(&s, &made.c);
    bool kept = s.err == ERR_OK && keep(a, str_of(s.buf->p + from, s.buf->len - from));
    s.buf->len = from;
    return kept;
}

/* -- the other direction */

static struct str own_realm(const struct agent_cfg *c)
{
    if (c->reverse_realm.len) {
        return c->reverse_realm;
    }
    bool ip6 = str_starts(c->domain, STR("["));
    return ip6 ? c->domain : str_head(c->domain, str_chr(c->domain, ':'));
}

/* 8 digits of seconds, 16 that nobody else can make. */
enum { NONCE_TEXT = 24 };

static void nonce_write(const struct agent *a, uint32_t seconds, char ret[NONCE_TEXT])
{
    struct hash_key key = {{a->tag, (uint64_t)a->call_id[0] << 32 | a->call_id[1]}};
    uint64_t seal = hash_str(&key, str_of((const char *)&seconds, sizeof seconds));
    for (unsigned i = 0; i < 8; i++) {
        ret[i] = "0123456789abcdef"[seconds >> (28 - 4 * i) & 15];
    }
    for (unsigned i = 0; i < 16; i++) {
        ret[8 + i] = "0123456789abcdef"[seal >> (60 - 4 * i) & 15];
    }
}

void agent_auth_challenge_write(struct agent *a, struct sink *s)
{
    char nonce[NONCE_TEXT];
    nonce_write(a, (uint32_t)(a->now / USEC_S), nonce);
    sink_str(s, STR("Digest "));
    quoted(s, STR("realm"), own_realm(a->cfg));
    quoted(s, STR(",nonce"), str_of(nonce, sizeof nonce));
    sink_str(s, STR(",algorithm=MD5,qop=\"auth\""));
}

static bool nonce_ours(const struct agent *a, struct str nonce)
{
    char right[NONCE_TEXT];
    uint64_t seconds = 0;
    uint64_t now = (uint32_t)(a->now / USEC_S);
    if (nonce.len != NONCE_TEXT || !str_hex64(str_head(nonce, 8), &seconds)) {
        return false;
    }
    nonce_write(a, (uint32_t)seconds, right);
    return str_eq(nonce, str_of(right, sizeof right)) && seconds <= now &&
           now - seconds < NONCE_LIFE;
}

bool agent_auth_proven(struct agent *a, const struct sip_msg *msg)
{
    struct digest d;
    struct err_at at;
    char ha1[DIGEST_HEX];
    size_t len = 0;
    enum digest_verdict verdict = DIGEST_WRONG;
    const struct crypto *crypto = a->cfg->crypto;
    struct str realm = own_realm(a->cfg);
    if (digest_read(sip_value(msg, SIP_AUTHORIZATION), &d, &at) != ERR_OK ||
        digest_check_form(&d, NULL) != DIGEST_FORM_OK || !str_eq(d.realm, realm) ||
        !(str_eq(d.username, name_of(a->line)) || str_eq(d.username, a->line->user)) ||
        !nonce_ours(a, d.nonce)) {
        return false;
    }
    return digest_ha1(crypto, DIGEST_MD5, d.username, realm, a->line->password, ha1, &len) ==
               ERR_OK &&
           digest_verify(crypto, &d, str_of(ha1, len), msg->method, msg->body, NULL, &verdict) ==
               ERR_OK &&
           verdict == DIGEST_RIGHT;
}
