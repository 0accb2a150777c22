/* Passwords of phones: Basic (RFC 7617) and Digest (RFC 7616), two of a phone good at a time while one replaces the other. */
#include <stdio.h>

#include "flow/provision/inside.h"
#include "proto/http/http_auth.h"

#define NONCE_LIFE (300 * USEC_S)
enum { SECRET_ROOM = 512, STAMP = 16, CODE = 32 };

void prov_user(struct mac mac, char ret_user[PROV_USER])
{
    const uint8_t *m = mac.b;
    (void)snprintf(ret_user, PROV_USER, "%02x%02x%02x%02x%02x%02x", m[0], m[1], m[2], m[3], m[4],
                   m[5]);
}

static enum err ha1_of(const struct crypto *crypto, enum digest_algorithm algorithm, struct mac mac,
                       struct str realm, struct str password, char *ret_z)
{
    char user[PROV_USER], hex[DIGEST_HEX];
    size_t len = 0;
    prov_user(mac, user);
    enum err e = digest_ha1(crypto, algorithm, str_z(user), realm, password, hex, &len);
    if (e == ERR_OK) {
        memcpy(ret_z, hex, len);
        ret_z[len] = 0;
    }
    return e;
}

enum err prov_password_make(const struct crypto *crypto, struct mac mac, struct str realm,
                            struct str password, usec_t until, struct prov_password *ret)
{
    struct prov_password p = {.until = until};
    enum err e = ha1_of(crypto, DIGEST_MD5, mac, realm, password, p.md5);
    if (e == ERR_OK) {
        e = ha1_of(crypto, DIGEST_SHA256, mac, realm, password, p.sha256);
    }
    if (e == ERR_OK) {
        *ret = p;
    }
    return e;
}

/* -- nonces: a time under an HMAC. A request that is repeated within TLS gets the same file again: no count is kept. */

static bool nonce_code(const struct provision *p, struct str stamp, char ret_code[CODE + 1])
{
    uint8_t mac[HMAC_MOST];
    size_t len = 0;
    const struct str parts[] = {stamp, p->cfg.realm};
    struct str key = str_of((const char *)p->cfg.nonce_key, sizeof p->cfg.nonce_key);
    if (p->cfg.crypto->hmac(HMAC_SHA256, key, parts, 2, mac, &len) != ERR_OK) {
        return false;
    }
    for (unsigned i = 0; i < CODE / 2; i++) {
        (void)snprintf(ret_code + (size_t)2 * i, 3, "%02x", mac[i]);
    }
    return true;
}

static bool nonce_write(const struct provision *p, usec_t now, char ret_text[NONCE_TEXT])
{
    (void)snprintf(ret_text, NONCE_TEXT, "%016llx", (unsigned long long)(now / USEC_S));
    return nonce_code(p, str_of(ret_text, STAMP), ret_text + STAMP);
}

/* Without a first difference that could be timed. */
static bool same(struct str a, struct str b)
{
    unsigned char d = a.len != b.len;
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        d |= (unsigned char)(a.p[i] ^ b.p[i]);
    }
    return d == 0;
}

static bool nonce_good(const struct provision *p, struct str nonce, usec_t now)
{
    char code[CODE + 1];
    uint64_t seconds = 0;
    if (nonce.len != STAMP + CODE || !str_hex64(str_head(nonce, STAMP), &seconds) ||
        !nonce_code(p, str_head(nonce, STAMP), code) ||
        !same(str_from(nonce, STAMP), str_of(code, CODE))) {
        return false;
    }
    usec_t made = (usec_t)seconds * USEC_S;
    return made <= now + USEC_S && now - made <= NONCE_LIFE;
}

void challenges_write(struct provision *p, bool stale, usec_t now, char *to, size_t cap)
{
    char nonce[NONCE_TEXT];
    const char *old = stale ? ", stale=true" : "";
    if (!nonce_write(p, now, nonce)) {
        to[0] = 0;
        return;
    }
    struct str realm = p->cfg.realm;
    (void)snprintf(
        to, cap,
        "WWW-Authenticate: Digest realm=\"%.*s\", nonce=\"%s\", algorithm=SHA-256, "
        "qop=\"auth\"%s\r\n"
        "WWW-Authenticate: Digest realm=\"%.*s\", nonce=\"%s\", algorithm=MD5, qop=\"auth\"%s\r\n"
        "WWW-Authenticate: Basic realm=\"%.*s\", charset=\"UTF-8\"\r\n",
        STR_ARG(realm), nonce, old, STR_ARG(realm), nonce, old, STR_ARG(realm));
}

/* -- credentials */

static struct str authorization(const struct provision_request *q)
{
    return q->head ? http_value(q->head, HTTP_AUTHORIZATION) : str_of(NULL, 0);
}

static bool is_ours(const struct provision *p, const struct provision_request *q,
                    const struct digest *c)
{
    enum digest_algorithm a = DIGEST_MD5;
    bool sess = false;
    return digest_check_form(c, NULL) == DIGEST_FORM_OK && str_eq(c->realm, p->cfg.realm) &&
           str_eq(c->uri, q->head->target) && c->qop_set == DIGEST_QOP_AUTH &&
           (!c->algorithm.p || digest_algorithm_read(c->algorithm, &a, &sess)) &&
           a != DIGEST_SHA512_256;
}

enum claim claim_read(struct provision *p, const struct provision_request *q, usec_t now,
                      struct mac *ret_mac)
{
    char room[SECRET_ROOM];
    struct str value = authorization(q), user, password;
    struct digest c;
    struct err_at at;
    if (value.len == 0) {
        return CLAIM_NONE;
    }
    if (http_basic_read(value, room, sizeof room, &user, &password) == ERR_OK) {
        return mac_read(user, ret_mac) ? CLAIM_MADE : CLAIM_BROKEN;
    }
    if (digest_read(value, &c, &at) != ERR_OK || !c.digest || !is_ours(p, q, &c) ||
        !mac_read(c.username, ret_mac)) {
        return CLAIM_BROKEN;
    }
    return nonce_good(p, c.nonce, now) ? CLAIM_MADE : CLAIM_STALE;
}

/* The HA1 that `c` was made with, of one of the phone's passwords. */
static bool digest_is(const struct provision *p, const struct provision_request *q,
                      const struct digest *c, const struct prov_password *w)
{
    enum digest_algorithm a = DIGEST_MD5;
    enum digest_verdict v = DIGEST_WRONG;
    bool sess = false;
    if (c->algorithm.p && !digest_algorithm_read(c->algorithm, &a, &sess)) {
        return false;
    }
    struct str ha1 = str_z(a == DIGEST_MD5 ? w->md5 : w->sha256);
    return digest_verify(p->cfg.crypto, c, ha1, q->head->method, str_of(NULL, 0), NULL, &v) ==
               ERR_OK &&
           v == DIGEST_RIGHT;
}

static bool basic_is(const struct provision *p, struct mac mac, struct str password,
                     const struct prov_password *w)
{
    char hex[sizeof w->sha256];
    return ha1_of(p->cfg.crypto, DIGEST_SHA256, mac, p->cfg.realm, password, hex) == ERR_OK &&
           same(str_z(hex), str_z(w->sha256));
}

/* In place of a password that is not there: as long, and nobody's. */
static const struct prov_password nobodys = {
    .md5 = "................................",
    .sha256 = "................................................................",
};

enum provision_proof claim_check(struct provision *p, const struct provision_request *q,
                                 const struct prov_device *d, usec_t now)
{
    char room[SECRET_ROOM];
    struct str value = authorization(q), user, password;
    struct digest c;
    struct err_at at;
    enum provision_proof proof = PROOF_NONE;
    bool basic = http_basic_read(value, room, sizeof room, &user, &password) == ERR_OK;
    if (!basic && digest_read(value, &c, &at) != ERR_OK) {
        return PROOF_NONE;
    }
    for (unsigned i = 0; i < PROV_PASSWORDS; i++) {
        const struct prov_password *w = &d->password[i];
        bool there = d->known && w->sha256[0] && (w->until == USEC_NONE || now < w->until);
        const struct prov_password *with = there ? w : &nobodys;
        bool right = basic ? basic_is(p, d->mac, password, with) : digest_is(p, q, &c, with);
        if (right && there && proof == PROOF_NONE) {
            proof = i == 0 ? PROOF_PASSWORD : PROOF_OLD_PASSWORD;
        }
    }
    return proof;
}
