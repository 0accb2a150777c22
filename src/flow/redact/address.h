/* IP addresses in text, and which of them tell where somebody is. */
#ifndef FLOW_REDACT_ADDRESS_H
#define FLOW_REDACT_ADDRESS_H

#include "flow/redact/values.h"

enum { ADDRESS_SPELLED = 39 }; /* bytes of the longest IPv6 address */

/* Four numbers from 0 to 255 with `sep` between them, at the start of `s`; what stands behind them
 * is not looked at. Returns the length, or 0. */
size_t address_read4(struct str s, char sep, uint8_t ret_a[4]);
/* An IPv6 address without an embedded IPv4 one. Returns the length, or 0. */
size_t address_read6(struct str s, uint8_t ret_a[16]);
/* False for private, shared, loopback, link-local, multicast, documentation and reserved space. */
bool address_public4(const uint8_t a[4]);
bool address_public6(const uint8_t a[16]);
/* The MAC address in an interface identifier (RFC 4291 appendix A), as 12 small digits. */
bool address_mac(const uint8_t a[16], char ret_mac[12]);

/* What pseudonyms of addresses have to mind. */
struct address_seen {
    bool first[256]; /* first octets of all addresses of the input */
    bool doc6;       /* 2001:db8::/32 or 3fff::/20 is in the input */
};

/* The pseudonym of value `i` (VALUE_IP4 or VALUE_IP6): every number keeps how many digits it has,
 * addresses that share a prefix still do. ERR_LIMIT, ERR_MEMORY. */
enum err address_pseudonym(struct values *t, const struct address_seen *seen,
                           uint32_t i) MUST_CHECK;
/* Writes `a` over the `len` bytes at `p` that spell another one, in their spelling. */
void address_write4(const uint8_t a[4], char *p, size_t len);
void address_write6(const uint8_t a[16], char *p, size_t len);

#endif
