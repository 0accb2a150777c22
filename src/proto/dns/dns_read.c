/* The header, the question and the frame of every record (RFC 1035 4.1). */
#include "base/cursor.h"
#include "proto/dns/dns.h"

/* Runs a reader of names at the cursor. */
static enum err name_read(struct cursor *c, struct str bytes, struct dns_name *ret_name,
                          struct err_at *reterr_at)
{
    return dns_name_read(bytes, &c->at, ret_name, reterr_at);
}

static enum err question_read(struct cursor *c, struct dns_message *m, struct dns_question *ret_q,
                              struct err_at *reterr_at)
{
    struct dns_question q;
    enum err e = name_read(c, m->bytes, &q.name, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    q.type = cursor_u16(c);
    q.class = cursor_u16(c);
    if (c->bad) {
        return ERR_MORE;
    }
    *ret_q = q;
    return ERR_OK;
}

static enum err rr_read(struct cursor *c, struct str bytes, struct dns_rr *ret_rr,
                        struct err_at *reterr_at)
{
    struct dns_rr rr = {.message = bytes};
    enum err e = name_read(c, bytes, &rr.owner, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    rr.type = cursor_u16(c);
    rr.class = cursor_u16(c);
    rr.ttl = cursor_u32(c);
    rr.data = cursor_take(c, cursor_u16(c));
    if (c->bad) {
        return ERR_MORE;
    }
    if (rr.type != DNS_OPT && rr.ttl > INT32_MAX) {
        rr.ttl = 0;
    }
    *ret_rr = rr;
    return ERR_OK;
}

static void header_read(struct cursor *c, struct dns_message *m)
{
    m->id = cursor_u16(c);
    uint16_t flags = cursor_u16(c);
    m->response = flags >> 15;
    m->opcode = flags >> 11 & 15;
    m->authoritative = flags >> 10 & 1;
    m->truncated = flags >> 9 & 1;
    m->recurse = flags >> 8 & 1;
    m->recursive = flags >> 7 & 1;
    m->authentic = flags >> 5 & 1;
    m->unchecked = flags >> 4 & 1;
    m->rcode = flags & 15;
    m->questions = cursor_u16(c);
    for (int i = 0; i < DNS_SECTIONS; i++) {
        m->count[i] = cursor_u16(c);
    }
}

static enum err questions_read(struct cursor *c, struct dns_message *m, struct err_at *reterr_at)
{
    for (unsigned i = 0; i < m->questions; i++) {
        struct dns_question q;
        enum err e = question_read(c, m, &q, reterr_at);
        if (e != ERR_OK) {
            return e;
        }
        if (i == 0) {
            m->question = q;
            m->has_question = true;
        }
    }
    return ERR_OK;
}

/* The fields of OPT lie in the class and the TTL (RFC 6891 6.1.2, 6.1.3). */
static void edns_read(struct dns_message *m, const struct dns_rr *rr)
{
    m->edns = (struct dns_edns){.present = true,
                                .size = rr->class,
                                .version = rr->ttl >> 16 & 255,
                                .dnssec = rr->ttl >> 15 & 1,
                                .options = rr->data};
    m->rcode = (uint16_t)(m->rcode | (rr->ttl >> 24) << 4);
}

static unsigned counted(const struct dns_message *m)
{
    return (unsigned)m->count[DNS_ANSWER] + m->count[DNS_AUTHORITY] + m->count[DNS_ADDITIONAL];
}

static enum dns_section section_of(const struct dns_message *m, unsigned n)
{
    unsigned answers = m->count[DNS_ANSWER];
    return n < answers                             ? DNS_ANSWER
           : n < answers + m->count[DNS_AUTHORITY] ? DNS_AUTHORITY
                                                   : DNS_ADDITIONAL;
}

static enum err records_read(struct cursor *c, struct dns_message *m, struct err_at *reterr_at)
{
    m->records = c->at;
    while (m->whole < counted(m)) {
        struct dns_rr rr;
        enum err e = rr_read(c, m->bytes, &rr, reterr_at);
        if (e != ERR_OK) {
            return e;
        }
        if (rr.type == DNS_OPT && section_of(m, m->whole) == DNS_ADDITIONAL && !m->edns.present) {
            edns_read(m, &rr);
        }
        m->whole++;
    }
    return ERR_OK;
}

enum err dns_read(struct str bytes, struct dns_message *ret_m, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(bytes);
    struct dns_message m = {.bytes = bytes};
    header_read(&c, &m);
    if (c.bad) {
        return ERR_MORE;
    }
    enum err e = questions_read(&c, &m, reterr_at);
    e = e == ERR_OK ? records_read(&c, &m, reterr_at) : e;
    if (e == ERR_MORE) {
        m.cut = true;
    } else if (e != ERR_OK) {
        return e;
    }
    *ret_m = m;
    return ERR_OK;
}

struct dns_walk dns_walk(const struct dns_message *m)
{
    return (struct dns_walk){.m = m, .at = m->records};
}

bool dns_next(struct dns_walk *w, struct dns_rr *ret_rr)
{
    struct cursor c = cursor_of(w->m->bytes);
    struct err_at at;
    c.at = w->at;
    if (w->n >= w->m->whole || rr_read(&c, w->m->bytes, ret_rr, &at) != ERR_OK) {
        return false;
    }
    ret_rr->section = section_of(w->m, w->n);
    w->n++;
    w->at = c.at;
    return true;
}

enum err dns_frame_next(struct str *rest, struct str *ret_message)
{
    struct cursor c = cursor_of(*rest);
    struct str m = cursor_take(&c, cursor_u16(&c));
    if (c.bad) {
        return ERR_MORE;
    }
    *ret_message = m;
    *rest = str_from(*rest, c.at);
    return ERR_OK;
}
