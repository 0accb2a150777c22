/* Flow tokens: where the other side of a dialog is reached, sealed so that nobody makes or moves one
 * (RFC 5626 5.2). A token holds for one Call-ID and one tag, that of who opened the dialog. */
#include "flow/call/inside.h"
#include "proto/sip/sip_addr.h"
#include "proto/sip/sip_uri.h"

enum { PACKED_MOST = 33, SEAL = 10 };

static const struct str mark = STR_INIT("dt-");

struct packed {
    uint8_t b[PACKED_MOST];
    size_t len;
};

static void put(struct packed *p, uint32_t n, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;) {
        p->b[p->len++] = (uint8_t)(n >> (8 * i));
    }
}

static size_t ip_len(unsigned family)
{
    return family == 4 ? 4 : family == 6 ? 16 : 0;
}

static void pack(const struct token *t, struct packed *p)
{
    const struct flow *f = &t->flow;
    p->len = 0;
    put(p, t->to_caller, 1);
    put(p, f->transport, 1);
    put(p, f->listener, 1);
    put(p, f->worker, 2);
    put(p, f->slot, 4);
    put(p, f->serial, 4);
    put(p, f->peer.port, 2);
    put(p, f->peer.ip.family, 1);
    memcpy(p->b + p->len, f->peer.ip.b, ip_len(f->peer.ip.family));
    p->len += ip_len(f->peer.ip.family);
}

static uint32_t get(const uint8_t *b, size_t *at, unsigned bytes)
{
    uint32_t n = 0;
    while (bytes-- > 0) {
        n = n << 8 | b[(*at)++];
    }
    return n;
}

/* Of bytes whose seal was right; a token of another version of the program may still be one. */
static bool unpack(const struct packed *p, struct token *t)
{
    size_t at = 0;
    if (p->len < 16) {
        return false;
    }
    *t = (struct token){.to_caller = get(p->b, &at, 1) != 0};
    t->flow.transport = (uint8_t)get(p->b, &at, 1);
    t->flow.listener = (uint8_t)get(p->b, &at, 1);
    t->flow.worker = (uint16_t)get(p->b, &at, 2);
    t->flow.slot = get(p->b, &at, 4);
    t->flow.serial = get(p->b, &at, 4);
    t->flow.peer.port = (uint16_t)get(p->b, &at, 2);
    unsigned family = get(p->b, &at, 1);
    if (p->len - at != ip_len(family)) {
        return false;
    }
    t->flow.peer.ip = addr_of(p->b + at, p->len - at);
    return t->flow.transport <= TRANSPORT_TLS;
}

static bool seal(const struct call *c, const struct packed *p, struct str call_id, struct str tag,
                 uint8_t ret_seal[HMAC_MOST])
{
    const struct str parts[] = {STR("flow"), str_of((const char *)p->b, p->len), call_id,
                                str_of("", 1), tag};
    size_t len = 0;
    struct str key = str_of((const char *)c->cfg.flow_key, sizeof c->cfg.flow_key);
    return c->cfg.crypto->hmac(HMAC_SHA256, key, parts, sizeof parts / sizeof *parts, ret_seal,
                               &len) == ERR_OK &&
           len >= SEAL;
}

static size_t hex_put(char *out, const uint8_t *b, size_t n)
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digit[b[i] >> 4];
        out[2 * i + 1] = digit[b[i] & 15];
    }
    return 2 * n;
}

struct str token_write(const struct call *c, const struct token *t, struct str call_id,
                       struct str caller_tag, char out[TOKEN_TEXT])
{
    struct packed p;
    uint8_t mac[HMAC_MOST];
    pack(t, &p);
    if (!seal(c, &p, call_id, caller_tag, mac)) {
        return str_of(NULL, 0);
    }
    memcpy(out, mark.p, mark.len);
    size_t len = mark.len;
    len += hex_put(out + len, p.b, p.len);
    len += hex_put(out + len, mac, SEAL);
    return str_of(out, len);
}

/* Into `out`, which has room for `cap` bytes; their number, 0 when it is no such text. */
static size_t hex_get(struct str s, uint8_t *out, size_t cap)
{
    if (s.len % 2 != 0 || s.len / 2 > cap) {
        return 0;
    }
    for (size_t i = 0; i < s.len; i += 2) {
        int high = ascii_hex(s.p[i]);
        int low = ascii_hex(s.p[i + 1]);
        if (high < 0 || low < 0) {
            return 0;
        }
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return s.len / 2;
}

static struct str tag_of(const struct sip_msg *msg, enum sip_header id)
{
    struct sip_addr addr;
    struct err_at at;
    return sip_addr_read(sip_value(msg, id), SIP_LENIENT, &addr, &at) == ERR_OK ? addr.tag
                                                                                : str_of(NULL, 0);
}

enum token_kind token_read(const struct call *c, struct str user, const struct sip_msg *msg,
                           bool back, struct token *ret_token)
{
    uint8_t raw[PACKED_MOST + SEAL], mac[HMAC_MOST], differ = 0;
    if (!str_starts(user, mark)) {
        return TOKEN_NONE;
    }
    size_t len = hex_get(str_from(user, mark.len), raw, sizeof raw);
    if (len <= SEAL) {
        return TOKEN_BAD;
    }
    struct packed p = {.len = len - SEAL};
    memcpy(p.b, raw, p.len);
    bool from_called = (p.b[0] != 0) != back;
    struct str tag = tag_of(msg, from_called ? SIP_TO : SIP_FROM);
    if (!seal(c, &p, sip_value(msg, SIP_CALL_ID), tag, mac)) {
        return TOKEN_BAD;
    }
    for (size_t i = 0; i < SEAL; i++) {
        differ |= (uint8_t)(mac[i] ^ raw[p.len + i]);
    }
    return differ == 0 && unpack(&p, ret_token) ? TOKEN_OK : TOKEN_BAD;
}

/* The next Route value, over all fields; *f is the field that *rest belongs to. False at the end. */
static bool route_next(const struct sip_msg *msg, const struct sip_field **f, struct str *rest,
                       struct str *ret_user)
{
    struct sip_addr addr;
    struct sip_uri uri;
    struct err_at at;
    enum err e = sip_addr_next(rest, SIP_STRICT, &addr, &at);
    if (e == ERR_END && (*f = sip_find_next(msg, *f)) != NULL) {
        *rest = (*f)->value;
        e = sip_addr_next(rest, SIP_STRICT, &addr, &at);
    }
    if (e != ERR_OK || sip_uri_read(addr.uri, &uri, &at) != ERR_OK || !uri.sip) {
        return false;
    }
    *ret_user = uri.user;
    return true;
}

void route_read(const struct call *c, const struct sip_msg *msg, struct route *ret_route)
{
    *ret_route = (struct route){.kind = TOKEN_NONE};
    const struct sip_field *f = sip_find(msg, SIP_ROUTE);
    struct str rest = f != NULL ? f->value : str_of(NULL, 0);
    struct str user;
    struct token own;
    if (f == NULL || !route_next(msg, &f, &rest, &user)) {
        return;
    }
    ret_route->kind = token_read(c, user, msg, false, &ret_route->token);
    if (ret_route->kind != TOKEN_OK) {
        return;
    }
    /* The second is ours too (RFC 5658 5): it names the side that sends. */
    ret_route->off = 1;
    if (route_next(msg, &f, &rest, &user) && token_read(c, user, msg, true, &own) == TOKEN_OK) {
        ret_route->off = 2;
    }
}
