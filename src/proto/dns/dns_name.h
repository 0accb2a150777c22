/* Domain names inside a message: compression (RFC 1035 4.1.4), text (RFC 1035 5.1), comparing
 * without case (RFC 4343). */
#ifndef PROTO_DNS_NAME_H
#define PROTO_DNS_NAME_H

#include "base/err.h"
#include "base/str.h"

enum {
    DNS_NAME_WIRE = 255,  /* bytes of the longest name, its length bytes included (RFC 1035 3.1) */
    DNS_LABEL = 63,       /* bytes of the longest label */
    DNS_NAME_TEXT = 1024, /* room for any name as text, with NUL */
};

/* A name that was read and found sound. */
struct dns_name {
    struct str message; /* compression points into it */
    size_t at;          /* where the name begins */
};

/* The name that begins at `*at`, which is moved behind it (behind the first pointer where there is
 * one). ERR_MORE: the message ends within the name. ERR_MALFORMED: a pointer that does not lead
 * back, a label of an unknown type, over 255 bytes. */
enum err dns_name_read(struct str message, size_t *at, struct dns_name *ret_name,
                       struct err_at *reterr_at) MUST_CHECK;
/* The next label; false at the root. Moves `rest`, which begins as a copy of the name. */
bool dns_label_next(struct dns_name *rest, struct str *ret_label);
/* Dotted text without the dot at the end, "." for the root, as a view of `ret_text`, which ends with
 * NUL. Inside a label '.' and '\' stand behind a backslash, and what is no printable ASCII
 * character is written as \DDD. */
struct str dns_name_text(struct dns_name name, char ret_text[DNS_NAME_TEXT]);
bool dns_name_eq(struct dns_name a, struct dns_name b);
bool dns_name_root(struct dns_name name);

/* Text as dns_name_text writes it, with or without the dot at the end, as the bytes of a name without
 * compression; *ret_len of them. False: an empty label, a label over 63 or a name over 255 bytes, an
 * escape that is none. */
bool dns_name_wire(struct str text, uint8_t ret_wire[DNS_NAME_WIRE], size_t *ret_len);

#endif
