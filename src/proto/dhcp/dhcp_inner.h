/* What options hold inside: sub-options, routes, names (RFC 2132 8.4, RFC 3046, RFC 3361, RFC 3397,
 * RFC 3442, RFC 3925, RFC 4702). Every walk moves `rest` behind what it returns and ends with
 * ERR_END. */
#ifndef PROTO_DHCP_INNER_H
#define PROTO_DHCP_INNER_H

#include "proto/dhcp/dhcp.h"

struct dhcp_sub {
    uint8_t code;
    struct str value;
};

/* The next sub-option of option 43. A pad byte is stepped over and an end mark ends it (RFC 2132
 * 8.4). ERR_MALFORMED: it reaches past the end; option 43 may hold anything, so this means that the
 * vendor does not use sub-options. */
enum err dhcp_vendor_next(struct str *rest, struct dhcp_sub *ret_sub,
                          struct err_at *reterr_at) MUST_CHECK;
/* The next sub-option of option 82, or of what a dhcp_vivso holds: neither pad nor end (RFC 3046
 * 2.0, RFC 3925 4). */
enum err dhcp_sub_next(struct str *rest, struct dhcp_sub *ret_sub,
                       struct err_at *reterr_at) MUST_CHECK;

/* One vendor's part of option 124 or 125. */
struct dhcp_vivso {
    uint32_t enterprise; /* IANA private enterprise number: 9 Cisco, 3561 Broadband Forum */
    struct str data;     /* of option 125: sub-options for dhcp_sub_next; of 124: opaque */
};

enum err dhcp_vivso_next(struct str *rest, struct dhcp_vivso *ret_vivso,
                         struct err_at *reterr_at) MUST_CHECK;

/* One route of option 121. */
struct dhcp_route {
    struct addr net;
    uint8_t bits; /* length of the prefix, at most 32 */
    struct addr router;
};

enum err dhcp_route_next(struct str *rest, struct dhcp_route *ret_route,
                         struct err_at *reterr_at) MUST_CHECK;

enum { DHCP_NAME_TEXT = 256 };

/* The next name of a list of names in the form of RFC 1035 3.1: options 119, 141, and 120 behind its
 * first byte. `all` is the whole list, which a compression pointer of option 119 counts from, `at`
 * where the name begins; it is moved. The text has dots between the labels and ends with NUL; a dot
 * or a byte that cannot be printed inside a label becomes '?'. ERR_MALFORMED: past the end, a
 * pointer that does not point back, longer than 255 bytes. */
enum err dhcp_name_next(struct str all, size_t *at, char ret_text[DHCP_NAME_TEXT],
                        struct err_at *reterr_at) MUST_CHECK;

/* The SIP servers of option 120 (RFC 3361): either names or addresses. */
enum dhcp_sip_form { DHCP_SIP_NAMES = 0, DHCP_SIP_ADDRS = 1 };
/* `ret_list` is for dhcp_name_next, or addresses of four bytes each. False for another form. */
bool dhcp_sip_read(struct str option, enum dhcp_sip_form *ret_form, struct str *ret_list);

/* Option 81. */
struct dhcp_fqdn {
    uint8_t flags; /* 1 the server updates A, 2 it overrode that, 4 wire form, 8 no updates */
    char name[DHCP_NAME_TEXT];
};
enum err dhcp_fqdn_read(struct str option, struct dhcp_fqdn *ret_fqdn,
                        struct err_at *reterr_at) MUST_CHECK;

/* The VLAN of option 132, as the makers of phones write it: decimal digits, "VLAN-A=42;", or a
 * number of two or four bytes. False for anything else, and for 0 and numbers above 4094. */
bool dhcp_vlan_read(struct str option, uint16_t *ret_vlan);

#endif
