/* Nonces: a time, a number and an HMAC over them. */
#include "flow/edge/nonce.h"

#include <stdlib.h>

#include "flow/edge/inside.h"

/* "BroadWorksX" ms in base 36 'T' number, shard, node and code in hexadecimal "BW": proto/sip/sip_epoch.h
 * reads the time. The standard look has the same without the words. */
static const struct str head = STR_INIT("BroadWorksX");
static const struct str tail = STR_INIT("BW");

enum { NUMBER_HEX = 8, SHARD_HEX = 4, NODE_HEX = 4, CODE_HEX = 16, BEHIND = 32, TIME_MOST = 11 };

enum err nonces_new(struct nonces *n)
{
    n->last = calloc(NONCE_RING, sizeof *n->last);
    n->others = calloc(NONCE_OTHERS, sizeof *n->others);
    n->recent = calloc(NONCE_RECENT, sizeof *n->recent);
    if (!n->last || !n->others || !n->recent) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < NONCE_RECENT; i++) {
        n->recent[i].made = USEC_NONE; /* none that is read is the same */
    }
    return ERR_OK;
}

void nonces_free(struct nonces *n)
{
    free(n->last);
    free(n->others);
    free(n->recent);
}

static void put_number(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

/* The HMAC has 32 bytes, a code eight: four numbers in a row of one millisecond share one. */
static bool mac_of(struct edge *e, const struct nonce *n, const uint8_t **ret_mac)
{
    struct nonce_mac *last = &e->nonces.mac;
    struct nonce_mac m = {.made = n->made,
                          .group = n->number / NONCE_GROUP,
                          .place = (uint32_t)n->shard << 16 | n->node};
    uint8_t fixed[24];
    size_t len = 0;
    *ret_mac = last->mac;
    if (last->known && last->made == m.made && last->group == m.group && last->place == m.place) {
        return true;
    }
    put_number(fixed, (uint64_t)(m.made / USEC_MS));
    put_number(fixed + 8, m.group);
    put_number(fixed + 16, m.place);
    const struct str parts[] = {str_of((const char *)fixed, sizeof fixed), e->cfg.realm};
    struct str key = str_of((const char *)e->cfg.nonce_key, sizeof e->cfg.nonce_key);
    m.known = e->cfg.crypto->hmac(HMAC_SHA256, key, parts, 2, m.mac, &len) == ERR_OK;
    *last = m;
    return m.known;
}

static bool code_of(struct edge *e, const struct nonce *n, uint64_t *ret_code)
{
    const uint8_t *mac;
    if (!mac_of(e, n, &mac)) {
        return false;
    }
    memcpy(ret_code, mac + n->number % NONCE_GROUP * sizeof *ret_code, sizeof *ret_code);
    return true;
}

static size_t put_hex(char *p, uint64_t v, size_t digits)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = digits; i-- > 0; v >>= 4) {
        p[i] = hex[v & 15];
    }
    return digits;
}

static size_t put_base36(char *p, uint64_t v)
{
    static const char digit[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char back[TIME_MOST + 3];
    size_t n = 0;
    do {
        back[n++] = digit[v % 36];
        v /= 36;
    } while (v && n < sizeof back);
    for (size_t i = 0; i < n; i++) {
        p[i] = back[n - 1 - i];
    }
    return n;
}

struct str nonce_make(struct edge *e, char text[NONCE_TEXT])
{
    bool look = e->cfg.look == EDGE_BROADWORKS;
    struct nonce n = {.made = e->now - e->now % USEC_MS,
                      .number = e->nonces.made++,
                      .shard = e->cfg.shard,
                      .node = e->cfg.node};
    size_t at = 0;
    if (!code_of(e, &n, &n.code)) {
        return str_of(NULL, 0);
    }
    e->nonces.last[n.number % NONCE_RING] = 0;
    e->nonces.recent[n.number % NONCE_RECENT] = n;
    if (look) {
        memcpy(text, head.p, head.len);
        at = head.len;
    }
    at += put_base36(text + at, (uint64_t)(n.made / USEC_MS));
    text[at++] = 'T';
    at += put_hex(text + at, n.number, NUMBER_HEX);
    at += put_hex(text + at, n.shard, SHARD_HEX);
    at += put_hex(text + at, n.node, NODE_HEX);
    at += put_hex(text + at, n.code, CODE_HEX);
    if (look) {
        memcpy(text + at, tail.p, tail.len);
        at += tail.len;
    }
    return str_of(text, at);
}

static bool take_base36(struct str s, uint64_t *ret_v)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        if (!ascii_digit(c) && (c < 'a' || c > 'z')) {
            return false;
        }
        v = v * 36 + (uint64_t)(ascii_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *ret_v = v;
    return s.len > 0;
}

static bool take_hex(struct str *rest, size_t digits, uint64_t *ret_v)
{
    struct str word = str_head(*rest, digits);
    *rest = str_from(*rest, digits);
    return str_hex64(word, ret_v);
}

static bool parts_read(struct str s, struct nonce *n)
{
    uint64_t ms = 0;
    uint64_t number = 0;
    uint64_t shard = 0;
    uint64_t node = 0;
    if (str_starts(s, head) && str_ends(s, tail)) {
        s = str_of(s.p + head.len, s.len - head.len - tail.len);
    }
    size_t t = str_chr(s, 'T');
    if (t == STR_NPOS || t > TIME_MOST || s.len - t - 1 != BEHIND ||
        !take_base36(str_head(s, t), &ms) || ms > INT64_MAX / USEC_MS) {
        return false;
    }
    s = str_from(s, t + 1);
    if (!take_hex(&s, NUMBER_HEX, &number) || !take_hex(&s, SHARD_HEX, &shard) ||
        !take_hex(&s, NODE_HEX, &node) || !take_hex(&s, CODE_HEX, &n->code)) {
        return false;
    }
    n->made = (usec_t)ms * USEC_MS;
    n->number = (uint32_t)number;
    n->shard = (uint16_t)shard;
    n->node = (uint16_t)node;
    return true;
}

/* Whether a nonce of our own is still in the ring, and not from before the start. */
static bool is_held(const struct edge *e, const struct nonce *n)
{
    return n->made >= e->started - e->started % USEC_MS &&
           (uint32_t)(e->nonces.made - 1 - n->number) < NONCE_RING;
}

static bool is_ours(struct edge *e, const struct nonce *n)
{
    const struct nonce *r = &e->nonces.recent[n->number % NONCE_RECENT];
    uint64_t code = 0;
    if (r->made == n->made && r->number == n->number && r->shard == n->shard &&
        r->node == n->node) {
        return r->code == n->code;
    }
    return code_of(e, n, &code) && code == n->code;
}

enum nonce_state nonce_read(struct edge *e, struct str text, struct nonce *ret_nonce)
{
    if (!parts_read(text, ret_nonce) || !is_ours(e, ret_nonce)) {
        return NONCE_ALIEN;
    }
    usec_t age = e->now - ret_nonce->made;
    /* The clocks of two nodes may differ a little. */
    if (age > (usec_t)e->cfg.nonce_life * USEC_S || age < -(usec_t)e->cfg.nonce_life * USEC_S) {
        return NONCE_OLD;
    }
    if (ret_nonce->node != e->cfg.node) {
        return NONCE_GOOD;
    }
    return ret_nonce->shard == e->cfg.shard && is_held(e, ret_nonce) ? NONCE_GOOD : NONCE_OLD;
}

bool nonce_use(struct edge *e, const struct nonce *n, uint32_t nc)
{
    if (nc == 0 || nc > UINT16_MAX) {
        return false;
    }
    if (n->node == e->cfg.node) {
        uint16_t *last = &e->nonces.last[n->number % NONCE_RING];
        if (nc <= *last) {
            return false;
        }
        *last = (uint16_t)nc;
        return true;
    }
    uint64_t *other = &e->nonces.others[n->code % NONCE_OTHERS];
    uint64_t name = n->code & ~(uint64_t)UINT16_MAX;
    if ((*other & ~(uint64_t)UINT16_MAX) == name && nc <= (*other & UINT16_MAX)) {
        return false;
    }
    *other = name | nc;
    return true;
}
