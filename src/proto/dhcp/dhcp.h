/* DHCP for IPv4: messages and their options (RFC 2131, RFC 2132, RFC 3396; BOOTP's fields, RFC 951). */
#ifndef PROTO_DHCP_H
#define PROTO_DHCP_H

#include "base/addr.h"
#include "base/err.h"
#include "base/mac.h"
#include "base/str.h"

enum {
    DHCP_SERVER_PORT = 67,
    DHCP_CLIENT_PORT = 68,
    DHCP_FIXED = 236,       /* bytes of the fixed fields, before the magic cookie */
    DHCP_LEAST = 240,       /* with the cookie: the shortest message */
    DHCP_MOST = 65507,      /* bytes of the longest UDP datagram */
    DHCP_JOINED_MOST = 2048 /* bytes of all options together that came in pieces */
};

enum dhcp_op {
    DHCP_BOOTREQUEST = 1,
    DHCP_BOOTREPLY = 2,
};

/* Option 53 (RFC 2132 9.6, RFC 3203, RFC 4388). */
enum dhcp_type {
    DHCP_BOOTP = 0, /* none: a BOOTP message */
    DHCP_DISCOVER = 1,
    DHCP_OFFER = 2,
    DHCP_REQUEST = 3,
    DHCP_DECLINE = 4,
    DHCP_ACK = 5,
    DHCP_NAK = 6,
    DHCP_RELEASE = 7,
    DHCP_INFORM = 8,
    DHCP_FORCERENEW = 9,
};

/* Options that the program names; dhcp_option.def has more. */
enum {
    DHCP_OPT_PAD = 0,
    DHCP_OPT_MASK = 1,
    DHCP_OPT_ROUTER = 3,
    DHCP_OPT_DNS = 6,
    DHCP_OPT_HOSTNAME = 12,
    DHCP_OPT_DOMAIN = 15,
    DHCP_OPT_NTP = 42,
    DHCP_OPT_VENDOR = 43,
    DHCP_OPT_REQUESTED = 50,
    DHCP_OPT_LEASE = 51,
    DHCP_OPT_OVERLOAD = 52,
    DHCP_OPT_TYPE = 53,
    DHCP_OPT_SERVER = 54,
    DHCP_OPT_PARAMETERS = 55,
    DHCP_OPT_MESSAGE = 56,
    DHCP_OPT_MAX_SIZE = 57,
    DHCP_OPT_T1 = 58,
    DHCP_OPT_T2 = 59,
    DHCP_OPT_CLASS = 60,
    DHCP_OPT_CLIENT_ID = 61,
    DHCP_OPT_TFTP_NAME = 66,
    DHCP_OPT_BOOT_FILE = 67,
    DHCP_OPT_FQDN = 81,
    DHCP_OPT_RELAY = 82,
    DHCP_OPT_SEARCH = 119,
    DHCP_OPT_SIP = 120,
    DHCP_OPT_ROUTES = 121,
    DHCP_OPT_VIVSO = 125,
    DHCP_OPT_VLAN = 132,
    DHCP_OPT_TFTP_ADDRS = 150,
    DHCP_OPT_PROV_ADDR = 159,
    DHCP_OPT_PROV_URL = 160,
    DHCP_OPT_PROXY = 252,
    DHCP_OPT_END = 255,
};

/* Where an option's value is. */
struct dhcp_place {
    uint16_t at;  /* offset in `all`, or in `joined` */
    uint16_t len; /* bytes */
    uint16_t n;   /* pieces; 0: the option is not there. More than one: the value is in `joined` */
};

/* A message. Views point into the bytes it was read from; it may be copied while they live. */
struct dhcp_message {
    struct str all;
    enum dhcp_op op;
    uint8_t type;  /* enum dhcp_type, or another number that option 53 holds */
    uint8_t htype; /* 1: Ethernet */
    uint8_t hlen;  /* bytes of the hardware address, at most 16 */
    uint8_t hops;
    uint32_t xid;
    uint16_t secs;
    bool broadcast; /* the client wants the answer as a broadcast */
    bool ended;     /* every field of options ends with option 255, as it should */
    struct addr ciaddr, yiaddr, siaddr, giaddr;
    struct str chaddr; /* hlen bytes */
    bool has_mac;      /* Ethernet with six bytes */
    struct mac mac;
    uint8_t overload; /* option 52: 1 file, 2 sname, 3 both hold options */
    struct str sname; /* up to the first NUL; NULL pointer when it holds options */
    struct str file;  /* the same */
    struct dhcp_place options[256];
    char joined[DHCP_JOINED_MOST];
};

/* Reads the whole of `bytes`, a UDP payload. Options continue in file and sname where option 52
 * says so, and pieces of one option are joined in that order (RFC 3396 5). ERR_MALFORMED: too
 * short, neither request nor reply, no magic cookie, an option that reaches past the end of its
 * field, a message type that is not one byte. A missing end mark is no error. ERR_LIMIT: longer than
 * DHCP_MOST, or pieces of more than DHCP_JOINED_MOST bytes together. */
enum err dhcp_read(struct str bytes, struct dhcp_message *ret_msg,
                   struct err_at *reterr_at) MUST_CHECK;

static inline bool dhcp_has(const struct dhcp_message *m, uint8_t code)
{
    return m->options[code].n > 0;
}

/* The option's value as it stands, joined where it came in pieces. NULL pointer: not there; an
 * empty one has a pointer. The view points into the message's bytes or into *m. */
struct str dhcp_option(const struct dhcp_message *m, uint8_t code);

/* The value as text: without the NUL bytes that some servers put behind it. */
struct str dhcp_text(const struct dhcp_message *m, uint8_t code);
/* The value as a big-endian number of exactly `size` bytes (1, 2 or 4). */
bool dhcp_number(const struct dhcp_message *m, uint8_t code, size_t size, uint32_t *ret_n);
/* The first address of a list of IPv4 addresses. */
bool dhcp_addr(const struct dhcp_message *m, uint8_t code, struct addr *ret_a);
/* The addresses of a list, at most `most` of them. Returns how many the option holds (may be more
 * than `most`); 0 when it is not there, empty, or no multiple of four bytes. */
size_t dhcp_addrs(const struct dhcp_message *m, uint8_t code, size_t most, struct addr *ret_a);

/* "DISCOVER"; "BOOTP" for 0, "?" for a number that no document names. */
const char *dhcp_type_name(uint8_t type);

#endif
