/* Programs prove themselves by Digest (RFC 7616), as the manual's own examples do: curl --digest -u admin. A nonce tells when it was made,
 * proves that it is ours, and each of its uses counts up. */
#include "flow/panel/inside.h"
#include "proto/digest/digest.h"

enum { NONCE_TIME = 16, NONCE_COUNT = 16, NONCE_HEX = NONCE_TIME + NONCE_COUNT + TOKEN_HEX };

static bool nonce_write(const struct panel *p, uint64_t second, uint64_t count, char ret[NONCE_HEX])
{
    uint8_t mac[HMAC_MOST];
    for (unsigned i = 0; i < 16; i++) {
        static const char digits[] = "0123456789abcdef";
        ret[i] = digits[second >> (60 - 4 * i) & 15];
        ret[NONCE_TIME + i] = digits[count >> (60 - 4 * i) & 15];
    }
    struct str parts[] = {STR("nonce"), str_of(ret, NONCE_TIME + NONCE_COUNT)};
    bool made = hmac_of(p, parts, 2, mac);
    hex_of(mac, PANEL_SESSION, ret + NONCE_TIME + NONCE_COUNT);
    return made;
}

static uint64_t second_of(const struct visit *v)
{
    return (uint64_t)(v->f->seen->now / USEC_S);
}

/* Ours, whatever its age. */
static bool nonce_read(const struct panel *p, struct str nonce, uint64_t *ret_second,
                       uint64_t *ret_count)
{
    char again[NONCE_HEX];
    if (nonce.len != NONCE_HEX || !str_hex64(str_head(nonce, NONCE_TIME), ret_second) ||
        !str_hex64(str_of(nonce.p + NONCE_TIME, NONCE_COUNT), ret_count)) {
        return false;
    }
    return nonce_write(p, *ret_second, *ret_count, again) && same_bytes(again, nonce.p, NONCE_HEX);
}

/* False: it was used so, or its row has gone to a younger one. */
static bool nonce_use(struct panel *p, uint64_t count, uint64_t nc)
{
    size_t row = (size_t)(count % PANEL_NONCES);
    if (p->nonce[row].nonce > count || (p->nonce[row].nonce == count && nc <= p->nonce[row].used)) {
        return false;
    }
    p->nonce[row].nonce = count;
    p->nonce[row].used = (uint32_t)nc;
    return true;
}

#define REALM "phone"

/* Whether the answer is that of who knows the password. */
static bool proven(struct visit *v, const struct digest *c, enum panel_role role)
{
    enum digest_algorithm algorithm = DIGEST_MD5;
    enum digest_verdict verdict = DIGEST_WRONG;
    bool sess = false;
    char ha1[DIGEST_HEX];
    size_t len = 0;
    struct str password = phone_get(v->f->seen->phone, role == PANEL_ADMIN ? STR("Admin_Password")
                                                                           : STR("User_Password"));
    struct str user = role == PANEL_ADMIN ? STR("admin") : STR("user");
    const struct crypto *crypto = v->panel->crypto;
    if (c->algorithm.p && !digest_algorithm_read(c->algorithm, &algorithm, &sess)) {
        return false;
    }
    return password.len && !sess && c->qop_set == DIGEST_QOP_AUTH &&
           str_eq(c->uri, v->r->head->target) &&
           digest_ha1(crypto, algorithm, user, c->realm, password, ha1, &len) == ERR_OK &&
           digest_verify(crypto, c, str_of(ha1, len), v->r->head->method, STR(""), NULL,
                         &verdict) == ERR_OK &&
           verdict == DIGEST_RIGHT;
}

enum panel_role digest_role(struct visit *v)
{
    struct digest c;
    struct err_at at;
    uint64_t second = 0, count = 0, nc = 0;
    const struct http_field *field = http_find(v->r->head, HTTP_AUTHORIZATION);
    if (!field || digest_read(field->value, &c, &at) != ERR_OK || !c.digest) {
        return PANEL_NOBODY;
    }
    enum panel_role role = str_eq(c.username, STR("admin"))  ? PANEL_ADMIN
                           : str_eq(c.username, STR("user")) ? PANEL_USER
                                                             : PANEL_NOBODY;
    if (digest_check_form(&c, NULL) != DIGEST_FORM_OK || !str_hex64(c.nc, &nc) || nc == 0 ||
        !str_eq(c.realm, STR(REALM)) || role == PANEL_NOBODY || !proven(v, &c, role)) {
        who_guessed_wrong(v);
        return PANEL_NOBODY;
    }
    if (!nonce_read(v->panel, c.nonce, &second, &count) || second_of(v) - second > PANEL_NONCE_S ||
        !nonce_use(v->panel, count, nc)) {
        v->stale = true; /* the password is right: a new nonce, and nothing is held against it */
        return PANEL_NOBODY;
    }
    return role;
}

void digest_challenge(const struct visit *v)
{
    static const char *const algorithms[] = {"SHA-256", "MD5"};
    char nonce[NONCE_HEX];
    struct sink out = buf_sink(&v->a->fields);
    if (!nonce_write(v->panel, second_of(v), ++v->panel->count, nonce)) {
        return;
    }
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        sink_fmt(&out,
                 "WWW-Authenticate: Digest realm=\"" REALM
                 "\", nonce=\"%.*s\", qop=\"auth\", algorithm=%s%s\r\n",
                 NONCE_HEX, nonce, algorithms[i], v->stale ? ", stale=true" : "");
    }
}
