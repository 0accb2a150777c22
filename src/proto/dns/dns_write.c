/* Writing messages, owners and names compressed (RFC 1035 4.1.4). */
#include "proto/dns/dns_write.h"

static bool room(struct dns_writer *w, size_t n)
{
    if (w->bad || w->cap - w->len < n) {
        w->bad = true;
        return false;
    }
    return true;
}

static void put_bytes(struct dns_writer *w, const void *p, size_t n)
{
    if (n && room(w, n)) {
        memcpy(w->p + w->len, p, n);
        w->len += n;
    }
}

static void put(struct dns_writer *w, uint32_t v, size_t n)
{
    uint8_t b[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    put_bytes(w, b + 4 - n, n);
}

static void put_string(struct dns_writer *w, struct str s)
{
    w->bad |= s.len > UINT8_MAX;
    put(w, (uint8_t)s.len, 1);
    put_bytes(w, s.p, s.len);
}

static void put_name_plain(struct dns_writer *w, struct str name)
{
    uint8_t wire[DNS_NAME_WIRE];
    size_t len = 0;
    w->bad |= !dns_name_wire(name, wire, &len);
    put_bytes(w, wire, len);
}

/* Where `rest`, the end of a name, stands written already; 0 where it does not. */
static uint16_t written(const struct dns_writer *w, struct dns_name rest)
{
    struct str message = str_of((const char *)w->p, w->len);
    for (unsigned i = 0; i < w->n_names; i++) {
        if (dns_name_eq((struct dns_name){message, w->name[i]}, rest)) {
            return w->name[i];
        }
    }
    return 0;
}

static void put_name(struct dns_writer *w, struct str name)
{
    uint8_t wire[DNS_NAME_WIRE];
    size_t len = 0;
    uint16_t to = 0;
    unsigned known = w->n_names; /* not the parts of this name itself */
    w->bad |= !dns_name_wire(name, wire, &len);
    struct dns_name rest = {str_of((const char *)wire, len), 0};
    while (!w->bad && !dns_name_root(rest) && (to = written(w, rest)) == 0) {
        struct str label;
        if (known < DNS_WRITE_NAMES && w->len <= 0x3fff) {
            w->name[known++] = (uint16_t)w->len;
        }
        (void)dns_label_next(&rest, &label);
        put_string(w, label);
    }
    w->n_names = known;
    if (to) {
        put(w, 0xc000u | to, 2);
    } else {
        put(w, 0, 1);
    }
}

/* The head of a record; returns where its length stands. */
static size_t record(struct dns_writer *w, const struct dns_owner *o, uint16_t type, uint16_t class)
{
    put_name(w, o->name);
    put(w, type, 2);
    put(w, class, 2);
    put(w, o->ttl, 4);
    put(w, 0, 2);
    w->count[1 + o->section]++;
    return w->len;
}

static void record_end(struct dns_writer *w, size_t start)
{
    size_t len = w->len - start;
    w->bad |= len > UINT16_MAX;
    if (!w->bad) {
        w->p[start - 2] = (uint8_t)(len >> 8);
        w->p[start - 1] = (uint8_t)len;
    }
}

void dns_write_begin(struct dns_writer *w, void *bytes, size_t cap, const struct dns_message *head)
{
    *w = (struct dns_writer){.p = bytes, .cap = cap};
    unsigned flags = (unsigned)head->response << 15 | (head->opcode & 15u) << 11 |
                     (unsigned)head->authoritative << 10 | (unsigned)head->truncated << 9 |
                     (unsigned)head->recurse << 8 | (unsigned)head->recursive << 7 |
                     (unsigned)head->authentic << 5 | (unsigned)head->unchecked << 4 |
                     (head->rcode & 15u);
    put(w, head->id, 2);
    put(w, flags, 2);
    put(w, 0, 4);
    put(w, 0, 4);
}

void dns_write_question(struct dns_writer *w, struct str name, uint16_t type)
{
    put_name(w, name);
    put(w, type, 2);
    put(w, DNS_CLASS_IN, 2);
    w->count[0]++;
}

void dns_write_addr(struct dns_writer *w, const struct dns_owner *o, struct addr a)
{
    size_t start = record(w, o, a.family == 6 ? DNS_AAAA : DNS_A, DNS_CLASS_IN);
    put_bytes(w, a.b, a.family == 6 ? 16 : 4);
    record_end(w, start);
}

void dns_write_name(struct dns_writer *w, const struct dns_owner *o, uint16_t type, struct str name)
{
    size_t start = record(w, o, type, DNS_CLASS_IN);
    put_name(w, name);
    record_end(w, start);
}

void dns_write_srv(struct dns_writer *w, const struct dns_owner *o, const struct dns_srv *srv,
                   struct str target)
{
    size_t start = record(w, o, DNS_SRV, DNS_CLASS_IN);
    put(w, srv->priority, 2);
    put(w, srv->weight, 2);
    put(w, srv->port, 2);
    put_name_plain(w, target);
    record_end(w, start);
}

void dns_write_naptr(struct dns_writer *w, const struct dns_owner *o, const struct dns_naptr *naptr,
                     struct str replacement)
{
    size_t start = record(w, o, DNS_NAPTR, DNS_CLASS_IN);
    put(w, naptr->order, 2);
    put(w, naptr->preference, 2);
    put_string(w, naptr->flags);
    put_string(w, naptr->services);
    put_string(w, naptr->regexp);
    put_name_plain(w, replacement);
    record_end(w, start);
}

void dns_write_soa(struct dns_writer *w, const struct dns_owner *o, const struct dns_soa *soa,
                   struct str mname, struct str rname)
{
    size_t start = record(w, o, DNS_SOA, DNS_CLASS_IN);
    put_name(w, mname);
    put_name(w, rname);
    put(w, soa->serial, 4);
    put(w, soa->refresh, 4);
    put(w, soa->retry, 4);
    put(w, soa->expire, 4);
    put(w, soa->minimum, 4);
    record_end(w, start);
}

void dns_write_raw(struct dns_writer *w, const struct dns_owner *o, uint16_t type, struct str data)
{
    size_t start = record(w, o, type, DNS_CLASS_IN);
    put_bytes(w, data.p, data.len);
    record_end(w, start);
}

void dns_write_opt(struct dns_writer *w, const struct dns_edns *edns, uint16_t rcode)
{
    uint32_t ttl = (uint32_t)(rcode >> 4 & 255) << 24 | (uint32_t)edns->version << 16 |
                   (uint32_t)edns->dnssec << 15;
    const struct dns_owner o = {DNS_ADDITIONAL, STR("."), ttl};
    size_t start = record(w, &o, DNS_OPT, edns->size);
    put_bytes(w, edns->options.p, edns->options.len);
    record_end(w, start);
}

size_t dns_write_end(struct dns_writer *w)
{
    if (w->bad) {
        return 0;
    }
    for (size_t i = 0; i < sizeof w->count / sizeof *w->count; i++) {
        w->p[4 + 2 * i] = (uint8_t)(w->count[i] >> 8);
        w->p[5 + 2 * i] = (uint8_t)w->count[i];
    }
    return w->len;
}

size_t dns_query_write(const struct dns_query *q, uint8_t ret_bytes[DNS_QUERY_MOST])
{
    const struct dns_message head = {.id = q->id, .recurse = q->recurse};
    struct dns_writer w;
    dns_write_begin(&w, ret_bytes, DNS_QUERY_MOST, &head);
    dns_write_question(&w, q->name, q->type);
    if (q->edns_size) {
        dns_write_opt(&w, &(struct dns_edns){.size = q->edns_size}, 0);
    }
    return dns_write_end(&w);
}

void dns_frame_head(uint16_t len, uint8_t ret_head[2])
{
    ret_head[0] = (uint8_t)(len >> 8);
    ret_head[1] = (uint8_t)len;
}
