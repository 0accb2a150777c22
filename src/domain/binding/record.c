/* Bindings as records of a file. */
#include "domain/binding/binding.h"

enum {
    HEAD = 8,         /* length and checksum */
    REMOVE_FIXED = 4, /* change, length of user, length of contact */
    PUT_FIXED = 60,   /* bytes in front of the address */
    USER_MOST = 255,
    TEXTS_MOST = USER_MOST + BINDING_TEXT_MOST + BINDING_AGENT_MOST,
};

_Static_assert(HEAD + PUT_FIXED + 16 + TEXTS_MOST <= BINDING_RECORD_MOST, "a record");

/* Against damage, not against malice: a key known to all. */
static uint32_t checksum(struct str s)
{
    const struct hash_key key = {{0x6469616c746f6e65, 0x62696e64696e6773}};
    return (uint32_t)hash_str(&key, s);
}

/* -- writing */

struct writer {
    uint8_t *at;
};

static void put_number(struct writer *w, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *w->at++ = (uint8_t)(v >> (8 * i));
    }
}

static void put_text(struct writer *w, struct str s)
{
    if (s.len) {
        memcpy(w->at, s.p, s.len);
    }
    w->at += s.len;
}

static size_t address_len(uint8_t family)
{
    return family == 4 ? 4 : family == 6 ? 16 : 0;
}

static void put_numbers(struct writer *w, const struct binding *b, struct str agent)
{
    const struct flow *f = &b->flow;
    put_number(w, b->call_id.len, 2);
    put_number(w, b->instance.len, 2);
    put_number(w, agent.len, 1);
    put_number(w, f->transport, 1);
    put_number(w, f->listener, 1);
    put_number(w, f->peer.ip.family, 1);
    put_number(w, f->peer.port, 2);
    put_number(w, f->worker, 2);
    put_number(w, f->slot, 4);
    put_number(w, f->serial, 4);
    put_number(w, b->q, 2);
    put_number(w, b->node, 2);
    put_number(w, b->reg_id, 4);
    put_number(w, b->cseq, 4);
    put_number(w, (uint64_t)b->registered, 8);
    put_number(w, (uint64_t)b->refreshed, 8);
    put_number(w, (uint64_t)b->expires, 8);
    put_text(w, str_of((const char *)f->peer.ip.b, address_len(f->peer.ip.family)));
}

static bool fits(struct str user, const struct binding *b)
{
    size_t most = BINDING_TEXT_MOST;
    return user.len <= USER_MOST && b->contact.len <= most && b->call_id.len <= most &&
           b->instance.len <= most && b->contact.len + b->call_id.len + b->instance.len <= most;
}

void binding_record_write(struct sink *out, enum binding_change change, struct str user,
                          const struct binding *b)
{
    uint8_t record[BINDING_RECORD_MOST];
    struct writer w = {record + HEAD};
    struct str agent = binding_agent(b->agent);
    bool put = change == BINDING_PUT;
    if (put ? !fits(user, b) : user.len > USER_MOST || b->contact.len > BINDING_TEXT_MOST) {
        out->err = out->err == ERR_OK ? ERR_LIMIT : out->err;
        return;
    }
    put_number(&w, change, 1);
    put_number(&w, user.len, 1);
    put_number(&w, b->contact.len, 2);
    if (put) {
        put_numbers(&w, b, agent);
    }
    put_text(&w, user);
    put_text(&w, b->contact);
    if (put) {
        put_text(&w, b->call_id);
        put_text(&w, b->instance);
        put_text(&w, agent);
    }
    size_t len = (size_t)(w.at - record) - HEAD;
    w.at = record;
    put_number(&w, len, 4);
    put_number(&w, checksum(str_of((const char *)record + HEAD, len)), 4);
    sink_str(out, str_of((const char *)record, HEAD + len));
}

/* -- reading */

struct reader {
    struct str rest;
    bool bad;
};

static struct str get_text(struct reader *r, size_t n)
{
    if (r->bad || r->rest.len < n) {
        r->bad = true;
        return str_of(NULL, 0);
    }
    struct str s = str_head(r->rest, n);
    r->rest = str_from(r->rest, n);
    return s;
}

static uint64_t get_number(struct reader *r, size_t n)
{
    struct str s = get_text(r, n);
    uint64_t v = 0;
    for (size_t i = s.len; i-- > 0;) {
        v = v << 8 | (unsigned char)s.p[i];
    }
    return v;
}

static void get_flow(struct reader *r, struct flow *ret)
{
    ret->transport = (uint8_t)get_number(r, 1);
    ret->listener = (uint8_t)get_number(r, 1);
    ret->peer.ip.family = (uint8_t)get_number(r, 1);
    ret->peer.port = (uint16_t)get_number(r, 2);
    ret->worker = (uint16_t)get_number(r, 2);
    ret->slot = (uint32_t)get_number(r, 4);
    ret->serial = (uint32_t)get_number(r, 4);
    uint8_t family = ret->peer.ip.family;
    r->bad = r->bad || ret->transport > TRANSPORT_TLS || (family != 0 && !address_len(family));
}

/* What put_numbers writes, and the lengths of the texts behind it. */
static void get_numbers(struct reader *r, struct binding *b, size_t ret_len[3])
{
    ret_len[0] = (size_t)get_number(r, 2);
    ret_len[1] = (size_t)get_number(r, 2);
    ret_len[2] = (size_t)get_number(r, 1);
    get_flow(r, &b->flow);
    b->q = (uint16_t)get_number(r, 2);
    b->node = (uint16_t)get_number(r, 2);
    b->reg_id = (uint32_t)get_number(r, 4);
    b->cseq = (uint32_t)get_number(r, 4);
    b->registered = (usec_t)get_number(r, 8);
    b->refreshed = (usec_t)get_number(r, 8);
    b->expires = (usec_t)get_number(r, 8);
    struct str ip = get_text(r, address_len(b->flow.peer.ip.family));
    if (ip.len) {
        memcpy(b->flow.peer.ip.b, ip.p, ip.len);
    }
}

static enum err get_record(struct reader *r, enum binding_change *ret_change, struct str *ret_user,
                           struct binding *ret_b)
{
    struct binding b = {.q = 0};
    size_t len[3] = {0};
    uint64_t change = get_number(r, 1);
    size_t user = (size_t)get_number(r, 1);
    size_t contact = (size_t)get_number(r, 2);
    if (change == BINDING_PUT) {
        get_numbers(r, &b, len);
    }
    struct str name = get_text(r, user);
    b.contact = get_text(r, contact);
    b.call_id = get_text(r, len[0]);
    b.instance = get_text(r, len[1]);
    b.agent = get_text(r, len[2]);
    if (r->bad || r->rest.len || change > BINDING_REMOVE || !fits(name, &b) ||
        binding_agent(b.agent).len != b.agent.len) {
        return ERR_MALFORMED;
    }
    *ret_change = (enum binding_change)change;
    *ret_user = name;
    *ret_b = b;
    return ERR_OK;
}

enum err binding_record_read(struct str bytes, enum binding_change *ret_change,
                             struct str *ret_user, struct binding *ret_b, size_t *ret_len)
{
    struct reader head = {.rest = bytes};
    size_t len = (size_t)get_number(&head, 4);
    uint32_t sum = (uint32_t)get_number(&head, 4);
    if (!head.bad && (len < REMOVE_FIXED || len > BINDING_RECORD_MOST - HEAD)) {
        return ERR_MALFORMED;
    }
    struct reader body = {.rest = get_text(&head, len)};
    if (head.bad) {
        return ERR_MORE;
    }
    if (checksum(body.rest) != sum) {
        return ERR_MALFORMED;
    }
    enum err e = get_record(&body, ret_change, ret_user, ret_b);
    if (e == ERR_OK) {
        *ret_len = HEAD + len;
    }
    return e;
}
