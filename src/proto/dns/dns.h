/* DNS messages, read (RFC 1035; EDNS: RFC 6891). Nothing is copied: all of it are views of the
 * message. */
#ifndef PROTO_DNS_H
#define PROTO_DNS_H

#include "base/addr.h"
#include "base/err.h"
#include "proto/dns/dns_name.h"

enum dns_type {
#define DNS_TYPE(number, name) DNS_##name = (number),
#include "proto/dns/dns_type.def"
#undef DNS_TYPE
};

enum dns_rcode {
#define DNS_RCODE(number, name) DNS_##name = (number),
#include "proto/dns/dns_rcode.def"
#undef DNS_RCODE
};

enum { DNS_CLASS_IN = 1, DNS_HEADER = 12 /* bytes */, DNS_PORT = 53 };

enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL, DNS_SECTIONS };

struct dns_question {
    struct dns_name name;
    uint16_t type;
    uint16_t class;
};

/* What the OPT record says (RFC 6891 6.1). */
struct dns_edns {
    bool present;
    uint16_t size; /* bytes of UDP that the sender takes */
    uint8_t version;
    bool dnssec;        /* DO */
    struct str options; /* dns_option_next */
};

struct dns_message {
    struct str bytes; /* the whole message */
    uint16_t id;
    bool response;      /* QR */
    bool authoritative; /* AA */
    bool truncated;     /* TC: the answer did not fit, ask again over TCP */
    bool recurse;       /* RD: recursion is wanted */
    bool recursive;     /* RA: recursion is available */
    bool authentic;     /* AD */
    bool unchecked;     /* CD */
    uint8_t opcode;     /* 0: query */
    uint16_t rcode;     /* with the upper bits of OPT */
    uint16_t questions; /* as the header counts them */
    bool has_question;
    struct dns_question question; /* the first */
    uint16_t count[DNS_SECTIONS]; /* records, as the header counts them */
    unsigned whole;               /* records that are there, all sections together */
    size_t records;               /* offset of the first record */
    struct dns_edns edns;
    bool cut; /* the bytes end before the message does: what is there was read */
};

/* Reads a message of UDP, or of TCP behind its length. A message of which the end is missing (a
 * capture that kept only the start of each packet, an answer with TC) is ERR_OK with `cut` set; ERR_MORE
 * where even the header is not whole. Bytes behind the last record are ignored. ERR_MALFORMED: a
 * name that is none. */
enum err dns_read(struct str bytes, struct dns_message *ret_m, struct err_at *reterr_at) MUST_CHECK;

struct dns_rr {
    struct str message;
    struct dns_name owner;
    enum dns_section section;
    uint16_t type;
    uint16_t class;
    uint32_t ttl;    /* seconds; 0 where the sign bit was set (RFC 2181 8) */
    struct str data; /* as it stands; names in it may be compressed */
};

struct dns_walk {
    const struct dns_message *m;
    unsigned n; /* records handed out */
    size_t at;
};

/* Every whole record of `m`, which has to stay where it is; OPT is one of them. */
struct dns_walk dns_walk(const struct dns_message *m);
bool dns_next(struct dns_walk *w, struct dns_rr *ret_rr);

/* -- typed data. All are false for another type and for data that breaks the type's form. */

/* A and AAAA (RFC 3596). */
bool dns_rr_addr(const struct dns_rr *rr, struct addr *ret_addr);
/* CNAME, NS, PTR, DNAME. */
bool dns_rr_name(const struct dns_rr *rr, struct dns_name *ret_name);

struct dns_srv { /* RFC 2782; the target "." says: not here */
    uint16_t priority;
    uint16_t weight;
    uint16_t port;
    struct dns_name target;
};
bool dns_rr_srv(const struct dns_rr *rr, struct dns_srv *ret_srv);

struct dns_naptr { /* RFC 3403 4.1 */
    uint16_t order;
    uint16_t preference;
    struct str flags;
    struct str services;
    struct str regexp;
    struct dns_name replacement;
};
bool dns_rr_naptr(const struct dns_rr *rr, struct dns_naptr *ret_naptr);

struct dns_soa { /* RFC 1035 3.3.13; seconds */
    struct dns_name mname;
    struct dns_name rname;
    uint32_t serial;
    uint32_t refresh;
    uint32_t retry;
    uint32_t expire;
    uint32_t minimum;
};
bool dns_rr_soa(const struct dns_rr *rr, struct dns_soa *ret_soa);

struct dns_mx {
    uint16_t preference;
    struct dns_name exchange;
};
bool dns_rr_mx(const struct dns_rr *rr, struct dns_mx *ret_mx);

/* The strings of a TXT record: `rest` begins as its data. False at the end. */
bool dns_txt_next(struct str *rest, struct str *ret_text);

/* -- EDNS options: `rest` begins as edns.options. False at the end. */
enum { DNS_OPTION_EDE = 15 };
bool dns_option_next(struct str *rest, uint16_t *ret_code, struct str *ret_data);

struct dns_ede { /* an extended error (RFC 8914) */
    uint16_t code;
    struct str text; /* UTF-8 from outside; may be empty */
};
/* The first extended error of the message. */
bool dns_ede(const struct dns_message *m, struct dns_ede *ret_ede);

/* -- what the answer section says about the question */

enum { DNS_ALIASES = 16 }; /* followed at most */

struct dns_answer {
    struct dns_name name; /* the question's, or the last one of its CNAMEs */
    unsigned aliases;     /* CNAMEs that were followed */
    bool loop;            /* they lead back, or there are too many */
    unsigned n;           /* records of `name` with the type that was asked */
    uint32_t ttl;         /* seconds: the least of these and the CNAMEs; with n 0 and has_soa, how
                             long "no such" may be kept (RFC 2308 5) */
    bool has_soa;         /* the authority section tells the zone (RFC 2308 2) */
};
/* Follows the CNAMEs of the answer in whatever order they stand. `m` has a question. With rcode
 * NOERROR, n 0 and no cut, the answer says that there is no such record (NODATA, RFC 2308 2.2). */
struct dns_answer dns_answer(const struct dns_message *m);
/* Whether `rr` is one of the n. */
bool dns_answers(const struct dns_message *m, const struct dns_answer *a, const struct dns_rr *rr);

/* -- over TCP (RFC 1035 4.2.2) */

/* The next message of a stream; `*rest` is moved behind it. ERR_MORE: not whole yet, `*rest` stays. */
enum err dns_frame_next(struct str *rest, struct str *ret_message) MUST_CHECK;

/* -- words */

enum { DNS_WORD = 16 };
/* "SRV"; "TYPE65400" for one without a name (RFC 3597 5). In `buf` or constant. */
const char *dns_type_name(uint16_t type, char buf[DNS_WORD]);
/* In any case, also "TYPE65400". False where there is no such type. */
bool dns_type_find(struct str name, uint16_t *ret_type);
/* "NXDOMAIN"; "RCODE77" for one without a name. */
const char *dns_rcode_name(uint16_t rcode, char buf[DNS_WORD]);
/* "Blocked" (RFC 8914 5.2); NULL for one without a name. */
const char *dns_ede_name(uint16_t code);

#endif
