/* Requests: what every one of them must have, and answers to those that lack it (RFC 3261 8.2, 16.3). */
#include "flow/edge/inside.h"

static const struct str none = {NULL, 0};

/* RFC 3261 17.2.3: branch, sent-by and method; without the magic cookie as RFC 2543 did. The source is part of it: a stolen
 * request from elsewhere gets no answer that was meant for its owner. */
static uint64_t key_of(const struct edge *e, const struct request *q)
{
    const struct hash_key *k = &e->cfg.hash;
    const struct flow *f = &q->from->flow;
    uint64_t part[6] = {0};
    static const size_t cookie = sizeof "z9hG4bK" - 1;
    if (sip_via_magic(&q->core.via) && q->core.via.branch.len > cookie) {
        part[0] = hash_pair(k, q->core.via.branch, q->core.via.host);
    } else {
        part[0] = hash_pair(k, q->msg->uri, sip_value(q->msg, SIP_VIA)) +
                  hash_pair(k, q->call_id, sip_value(q->msg, SIP_CSEQ)) +
                  hash_pair(k, q->core.from.tag, q->core.to.tag);
    }
    struct str method = str_head(q->msg->method, sizeof part[1]);
    memcpy(&part[1], method.p, method.len);
    memcpy(&part[2], f->peer.ip.b, sizeof f->peer.ip.b);
    part[4] = (uint64_t)f->peer.port << 48 ^ (uint64_t)f->transport << 32 ^ f->serial;
    part[5] = q->core.via.port;
    return hash_str(k, str_of((const char *)part, sizeof part));
}

static void user_take(struct request *q)
{
    bool registers = str_eq(q->msg->method, STR("REGISTER"));
    const struct sip_uri *uri = registers ? &q->core.to_uri : &q->core.from_uri;
    bool fits = uri->user.len <= sizeof q->user_text;
    q->user = fits ? sip_uri_user(uri, q->user_text) : str_head(uri->user, sizeof q->user_text);
}

/* What an answer would copy holds a control character: a lenient reader saw it through. */
static bool is_unfit(const struct sip_field *f)
{
    for (size_t i = 0; i < f->value.len; i++) {
        unsigned char c = (unsigned char)f->value.p[i];
        if (c == 0x7f || (c < ' ' && c != '\t' && c != '\r' && c != '\n')) {
            return true;
        }
    }
    return false;
}

/* Enough of it for an answer that finds its transaction (RFC 3261 17.1.3). */
static bool is_answerable(const struct sip_msg *m)
{
    static const enum sip_header must[] = {SIP_VIA, SIP_CSEQ};
    for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
        if (sip_value(m, must[i]).len == 0) {
            return false;
        }
    }
    for (size_t i = 0; i < m->n; i++) {
        if (is_unfit(&m->fields[i])) {
            return false;
        }
    }
    return m->request && m->method.len && !str_eq(m->method, STR("ACK"));
}

static void answer_broken(struct edge *e, const struct edge_from *from, const struct sip_msg *m,
                          unsigned status, struct str why)
{
    struct err_at at;
    struct request q = {.from = from, .msg = m};
    if (!is_answerable(m)) {
        e->count[EDGE_DROPPED_BROKEN]++;
        return;
    }
    q.call_id = sip_value(m, SIP_CALL_ID);
    if (sip_via_read(sip_value(m, SIP_VIA), &q.core.via, &at) != ERR_OK) {
        q.core.via = (struct sip_via){.has_rport = true};
    }
    q.key = hash_pair(&e->cfg.hash, q.call_id, sip_value(m, SIP_CSEQ));
    /* The method is looked at first (8.2.1): who does not know it cannot judge the rest. */
    if (status == 400 && !edge_knows_method(m->method)) {
        status = 501;
        why = none;
    }
    reply_refuse(e, &q, status, why, none);
}

void request_broken(struct edge *e, const struct edge_from *from, struct str bytes, unsigned status,
                    struct str why)
{
    struct err_at at = {0, NULL, NULL};
    e->count[EDGE_IN_BROKEN]++;
    enum err err = sip_read_lenient(bytes, &e->other, &at);
    if (err != ERR_OK && err != ERR_LIMIT) {
        e->count[EDGE_DROPPED_BROKEN]++;
        return;
    }
    answer_broken(e, from, &e->other, status, why);
}

bool request_read(struct edge *e, struct request *q, const struct edge_from *from,
                  const struct sip_msg *msg)
{
    struct err_at at = {0, NULL, NULL};
    if (!str_ieq(msg->version, STR("SIP/2.0"))) {
        e->count[EDGE_IN_BROKEN]++;
        answer_broken(e, from, msg, 505, none);
        return false;
    }
    if (sip_core_read(msg, &q->core, &at) != ERR_OK) {
        e->count[EDGE_IN_BROKEN]++;
        answer_broken(e, from, msg, 400, str_z(at.what));
        return false;
    }
    q->read = true;
    q->from = from;
    q->msg = msg;
    q->call_id = sip_value(msg, SIP_CALL_ID);
    user_take(q);
    q->key = key_of(e, q);
    return true;
}

bool request_is_domain(const struct edge *e, const struct request *q, const struct sip_uri *uri)
{
    struct addr a;
    for (size_t i = 0; i < e->cfg.n_domains; i++) {
        if (str_ieq(uri->host, e->cfg.domains[i])) {
            return true;
        }
    }
    return addr_read(uri->host, &a) &&
           (addr_unset(q->from->local.ip) || addr_eq(a, q->from->local.ip));
}

static bool is_optional(struct str disposition)
{
    struct sip_param p;
    size_t at = str_chr(disposition, ';');
    return at != STR_NPOS && sip_param_find(str_from(disposition, at), STR("handling"), &p) &&
           str_ieq(p.value, STR("optional"));
}

/* No extension is asked of us that we would have to know (RFC 3261 8.2.2.3). */
bool request_requires_nothing(struct edge *e, const struct request *q, enum sip_header id)
{
    const struct sip_field *f = sip_find(q->msg, id);
    struct reply r;
    if (!f) {
        return true;
    }
    reply_begin(e, &r, q, 420, none);
    for (; f; f = sip_find_next(q->msg, f)) {
        if (f->value.len && sip_value_clean(f->value)) {
            sip_field_put(&r.out, SIP_UNSUPPORTED, f->value);
        }
    }
    reply_end(e, &r);
    edge_refused(e, q, 420, STR("an extension is required"));
    return false;
}

bool request_is_understood(struct edge *e, const struct request *q)
{
    if (!request_requires_nothing(e, q, SIP_REQUIRE)) {
        return false;
    }
    if (q->msg->body.len && !is_optional(sip_value(q->msg, SIP_CONTENT_DISPOSITION))) {
        reply_refuse(e, q, 415, none, none);
        return false;
    }
    return true;
}
