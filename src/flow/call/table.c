/* The transactions: where they are kept, how they are found, what they may cost, and what is to be sent. */
#include <stdlib.h>

#include "flow/call/inside.h"
#include "proto/sip/sip_addr.h"
#include "proto/sip/sip_number.h"
#include "proto/sip/sip_via.h"

enum { USUAL_MOST = 20000, TEXT_SHARE = 4096, QUEUE_MOST = 65536 };

uint64_t hash_more(const struct call *c, uint64_t h, struct str s)
{
    char before[sizeof h];
    memcpy(before, &h, sizeof h);
    return hash_pair(&c->cfg.hash, str_of(before, sizeof before), s);
}

bool call_text_set(struct call *c, struct text *t, struct str s)
{
    c->bytes -= t->len;
    free(t->p);
    *t = (struct text){NULL, 0};
    if (s.len == 0) {
        return true;
    }
    if (c->bytes + s.len > c->cfg.most * TEXT_SHARE || (t->p = malloc(s.len)) == NULL) {
        return false;
    }
    memcpy(t->p, s.p, s.len);
    t->len = s.len;
    c->bytes += s.len;
    return true;
}

/* -- Connections */

static uint64_t flow_hash(const struct call *c, const struct flow *flow)
{
    const uint32_t name[] = {flow->worker, flow->slot, flow->serial};
    return hash_str(&c->cfg.hash, str_of((const char *)name, sizeof name));
}

struct tie **tie_chain(const struct call *c, const struct flow *flow)
{
    return &c->ties[flow_hash(c, flow) & c->mask];
}

void tie_to(struct call *c, struct tie *tie, const struct flow *flow)
{
    if (!is_stream(flow)) {
        return;
    }
    struct tie **head = tie_chain(c, flow);
    tie->next = *head;
    tie->prev = head;
    if (tie->next != NULL) {
        tie->next->prev = &tie->next;
    }
    *head = tie;
}

static void tie_cut(struct tie *tie)
{
    if (tie->prev == NULL) {
        return;
    }
    *tie->prev = tie->next;
    if (tie->next != NULL) {
        tie->next->prev = tie->prev;
    }
}

/* -- Requests that came in */

/* What a request, its retransmissions, its ACK and its CANCEL have in common (RFC 3261 17.2.3, 9.2), and
 * nobody else's: a keyed hash of 64 bits stands for it. Who sends from another address is somebody else. */
static uint64_t key_of(const struct call *c, const struct call_from *from,
                       const struct sip_msg *msg)
{
    struct sip_via via;
    struct sip_cseq cseq;
    struct sip_addr addr;
    struct err_at at;
    bool invite = str_eq(msg->method, STR("ACK")) || str_eq(msg->method, STR("CANCEL"));
    uint64_t h = hash_str(&c->cfg.hash, invite ? STR("INVITE") : msg->method);
    const struct addr *ip = &from->flow.peer.ip;
    h = hash_more(c, h, str_of((const char *)ip->b, sizeof ip->b));
    struct str top = sip_value(msg, SIP_VIA);
    if (sip_via_read(top, &via, &at) == ERR_OK && sip_via_magic(&via)) {
        char port[STR_NUMBER];
        h = hash_more(c, h, via.branch);
        h = hash_more(c, h, via.host);
        return hash_more(c, h, str_number(port, via.port));
    }
    h = hash_more(c, h, top);
    h = hash_more(c, h, sip_value(msg, SIP_CALL_ID));
    if (sip_addr_read(sip_value(msg, SIP_FROM), SIP_LENIENT, &addr, &at) == ERR_OK) {
        h = hash_more(c, h, addr.tag);
    }
    if (sip_cseq_read(sip_value(msg, SIP_CSEQ), &cseq, &at) == ERR_OK) {
        char number[STR_NUMBER];
        h = hash_more(c, h, str_number(number, cseq.number));
    }
    return h;
}

static struct in *in_of_key(const struct call *c, uint64_t key)
{
    struct in *in = c->ins[key & c->mask];
    while (in != NULL && in->key != key) {
        in = in->chain;
    }
    return in;
}

struct in *in_find(const struct call *c, const struct call_from *from, const struct sip_msg *msg)
{
    return in_of_key(c, key_of(c, from, msg));
}

struct in *in_new(struct call *c, const struct call_from *from, const struct sip_msg *msg)
{
    struct in *in = c->n < c->cfg.most ? calloc(1, sizeof *in) : NULL;
    if (in == NULL) {
        return NULL;
    }
    struct str bytes = str_of(msg->start.p, msg->len - msg->start_raw);
    if (!call_text_set(c, &in->request, bytes)) {
        free(in);
        return NULL;
    }
    in->timed = (struct timed){.again = USEC_NONE, .step = CALL_T1, .over = USEC_NONE};
    in->key = key_of(c, from, msg);
    in->flow = from->flow;
    in->local = from->local;
    in->invite = str_eq(msg->method, STR("INVITE"));
    in->tie.owner = &in->timed;
    tie_to(c, &in->tie, &in->flow);
    struct in **bucket = &c->ins[in->key & c->mask];
    in->chain = *bucket;
    *bucket = in;
    c->n++;
    return in;
}

void in_free(struct call *c, struct in *in)
{
    struct in **p = &c->ins[in->key & c->mask];
    while (*p != in) {
        p = &(*p)->chain;
    }
    *p = in->chain;
    wheel_unset(&c->wheel, &in->timed.entry);
    tie_cut(&in->tie);
    (void)call_text_set(c, &in->request, str_of(NULL, 0));
    (void)call_text_set(c, &in->last, str_of(NULL, 0));
    (void)call_text_set(c, &in->best, str_of(NULL, 0));
    free(in);
    c->n--;
}

/* -- Copies sent on */

struct out *out_new(struct call *c, struct in *in, const struct flow *flow)
{
    struct out *out = c->n < c->cfg.most ? calloc(1, sizeof *out) : NULL;
    if (out == NULL) {
        return NULL;
    }
    out->timed = (struct timed){.is_out = true, .again = USEC_NONE, .over = USEC_NONE};
    out->timed.step = CALL_T1;
    out->timer_c = USEC_NONE;
    out->in = in;
    out->id = text_id(c);
    out->flow = *flow;
    out->tie.owner = &out->timed;
    tie_to(c, &out->tie, flow);
    struct out **bucket = &c->outs[out->id & c->mask];
    out->chain = *bucket;
    *bucket = out;
    out->next = in->outs;
    in->outs = out;
    c->n++;
    return out;
}

void out_free(struct call *c, struct out *out)
{
    struct out **p = &c->outs[out->id & c->mask];
    while (*p != out) {
        p = &(*p)->chain;
    }
    *p = out->chain;
    for (p = &out->in->outs; *p != out;) {
        p = &(*p)->next;
    }
    *p = out->next;
    wheel_unset(&c->wheel, &out->timed.entry);
    tie_cut(&out->tie);
    (void)call_text_set(c, &out->request, str_of(NULL, 0));
    (void)call_text_set(c, &out->cancelling, str_of(NULL, 0));
    free(out);
    c->n--;
}

struct out *out_find(const struct call *c, struct str branch)
{
    uint64_t id;
    if (!call_is_branch(branch) || !str_hex64(str_head(str_from(branch, 12), 16), &id)) {
        return NULL;
    }
    struct out *out = c->outs[id & c->mask];
    while (out != NULL && out->id != id) {
        out = out->chain;
    }
    return out;
}

/* -- Time */

void timed_set(struct call *c, struct timed *t)
{
    usec_t due = t->over;
    if (t->again != USEC_NONE && (due == USEC_NONE || t->again < due)) {
        due = t->again;
    }
    if (due == USEC_NONE) {
        wheel_unset(&c->wheel, &t->entry);
    } else {
        wheel_set(&c->wheel, &t->entry, due);
    }
}

/* -- What is to be sent */

static bool queue_grow(struct call *c)
{
    size_t room = c->room ? 2 * c->room : 16;
    struct queued *p = room <= QUEUE_MOST ? realloc(c->queue, room * sizeof *p) : NULL;
    if (p == NULL) {
        return false;
    }
    c->queue = p;
    c->room = room;
    return true;
}

/* Lost without memory, as on the way: retransmissions are there for that. */
void send_to(struct call *c, const struct flow *flow, struct str bytes)
{
    size_t at = c->text.len;
    if (bytes.len == 0 || is_dead(flow) || (c->n_queue == c->room && !queue_grow(c)) ||
        buf_add(&c->text, bytes) != ERR_OK) {
        return;
    }
    c->queue[c->n_queue++] = (struct queued){*flow, at, bytes.len};
}

bool call_next(struct call *c, struct call_send *ret)
{
    if (c->taken == c->n_queue) {
        return false;
    }
    const struct queued *q = &c->queue[c->taken++];
    *ret = (struct call_send){q->flow, str_of(c->text.p + q->at, q->len)};
    return true;
}

/* -- All of it */

static size_t buckets_for(size_t most)
{
    size_t n = 64;
    while (n < most && n < 65536) {
        n *= 2;
    }
    return n;
}

enum err call_new(const struct call_cfg *cfg, uint64_t seed, usec_t now, struct call **ret)
{
    struct call *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return ERR_MEMORY;
    }
    c->cfg = *cfg;
    c->cfg.most = cfg->most ? cfg->most : USUAL_MOST;
    c->seed = seed;
    size_t n = buckets_for(c->cfg.most);
    c->mask = n - 1;
    c->ins = calloc(n, sizeof *c->ins);
    c->outs = calloc(n, sizeof *c->outs);
    c->ties = calloc(n, sizeof *c->ties);
    if (c->ins == NULL || c->outs == NULL || c->ties == NULL) {
        call_free(c);
        return ERR_MEMORY;
    }
    wheel_init(&c->wheel, 10 * USEC_MS, now);
    *ret = c;
    return ERR_OK;
}

static void all_free(struct call *c)
{
    for (size_t i = 0; c->ins != NULL && i <= c->mask; i++) {
        while (c->ins[i] != NULL) {
            struct in *in = c->ins[i];
            while (in->outs != NULL) {
                out_free(c, in->outs);
            }
            in_free(c, in);
        }
    }
}

void call_free(struct call *c)
{
    if (c == NULL) {
        return;
    }
    all_free(c);
    buf_clear(&c->scratch);
    buf_clear(&c->text);
    free(c->queue);
    free(c->ins);
    free(c->outs);
    free(c->ties);
    free(c);
}

size_t call_count(const struct call *c)
{
    return c->n;
}

usec_t call_deadline(const struct call *c)
{
    return wheel_deadline(&c->wheel);
}
