/* IP addresses and the ends of a connection. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include "base/str.h"

struct addr {
    uint8_t family; /* 4, 6, or 0: none */
    uint8_t b[16];  /* network order; IPv4 has four, the rest are 0 */
};

/* An address and a port; port 0: none. */
struct endpoint {
    struct addr ip;
    uint16_t port;
};

enum { ADDR_TEXT = 46, ENDPOINT_TEXT = ADDR_TEXT + 8 };

struct addr addr4(uint32_t host_order);
/* `len` is 4 or 16; anything else gives no address. */
struct addr addr_of(const void *bytes, size_t len);
/* The whole of `s`: dotted decimal, or IPv6 as RFC 4291 2.2 writes it, with or without brackets. */
bool addr_read(struct str s, struct addr *ret_a);
/* RFC 5952; "" for none. Returns the text as a view of `ret_text`, which ends with NUL. */
struct str addr_write(struct addr a, char ret_text[ADDR_TEXT]);
/* "192.0.2.1:5060", "[2001:db8::1]:5060"; without a port only the address. */
struct str endpoint_write(struct endpoint e, char ret_text[ENDPOINT_TEXT]);

/* The whole of `s`: an address, or one with a port as endpoint_write writes it. Without a port it is `port`; 0 is none. */
bool endpoint_read(struct str s, uint16_t port, struct endpoint *ret_e);

static inline bool addr_eq(struct addr a, struct addr b)
{
    return a.family == b.family && memcmp(a.b, b.b, sizeof a.b) == 0;
}

static inline bool endpoint_eq(struct endpoint a, struct endpoint b)
{
    return a.port == b.port && addr_eq(a.ip, b.ip);
}

/* 0.0.0.0, :: or none. */
bool addr_unset(struct addr a);

#endif
