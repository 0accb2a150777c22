/* DNS messages, written: questions, and answers for what serves names in a lab or a test. */
#ifndef PROTO_DNS_WRITE_H
#define PROTO_DNS_WRITE_H

#include "proto/dns/dns.h"

enum {
    DNS_QUERY_MOST = DNS_HEADER + DNS_NAME_WIRE + 4 + 11, /* bytes of the longest query */
    DNS_WRITE_NAMES = 32,                                 /* places that compression may point to */
};

struct dns_query {
    uint16_t id;
    struct str name; /* text as dns_name_wire takes it */
    uint16_t type;
    bool recurse;
    uint16_t edns_size; /* bytes of UDP that are taken; 0: no OPT record */
};

/* A query of class IN; returns its length in bytes, 0 where the name is none. */
size_t dns_query_write(const struct dns_query *q, uint8_t ret_bytes[DNS_QUERY_MOST]);

/* The length that goes before a message over TCP (RFC 1035 4.2.2). */
void dns_frame_head(uint16_t len, uint8_t ret_head[2]);

/* One message after the other parts of it. What does not fit or is no name makes the writer `bad`,
 * and dns_write_end tells. Sections have to come in their order. */
struct dns_writer {
    uint8_t *p; /* the caller's */
    size_t cap;
    size_t len;
    bool bad;
    uint16_t count[1 + DNS_SECTIONS]; /* questions, then the sections */
    uint16_t name[DNS_WRITE_NAMES];   /* offsets of names that stand written */
    unsigned n_names;
};

/* The owner of a record, its section and how long it holds. */
struct dns_owner {
    enum dns_section section;
    struct str name;
    uint32_t ttl; /* seconds */
};

/* Takes id, flags, opcode and rcode (its lower four bits) of `head`. */
void dns_write_begin(struct dns_writer *w, void *bytes, size_t cap, const struct dns_message *head);
void dns_write_question(struct dns_writer *w, struct str name, uint16_t type);
/* A or AAAA, by the family. */
void dns_write_addr(struct dns_writer *w, const struct dns_owner *o, struct addr a);
/* CNAME, NS, PTR, DNAME. */
void dns_write_name(struct dns_writer *w, const struct dns_owner *o, uint16_t type,
                    struct str name);
/* The target of `srv` is not read, `target` is written (never compressed: RFC 2782). */
void dns_write_srv(struct dns_writer *w, const struct dns_owner *o, const struct dns_srv *srv,
                   struct str target);
/* The same for the replacement. */
void dns_write_naptr(struct dns_writer *w, const struct dns_owner *o, const struct dns_naptr *naptr,
                     struct str replacement);
/* The same for both names. */
void dns_write_soa(struct dns_writer *w, const struct dns_owner *o, const struct dns_soa *soa,
                   struct str mname, struct str rname);
/* Any type; `data` as it stands. */
void dns_write_raw(struct dns_writer *w, const struct dns_owner *o, uint16_t type, struct str data);
/* OPT into the additional section, with the upper bits of `rcode`; `options` as edns.options. */
void dns_write_opt(struct dns_writer *w, const struct dns_edns *edns, uint16_t rcode);
/* Fills in the counts. Returns the length of the message, 0 where the writer is bad. */
size_t dns_write_end(struct dns_writer *w);

#endif
