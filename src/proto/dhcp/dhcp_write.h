/* Writing DHCP messages: those of a client, and a server's answers (RFC 2131 3, 4.3, 4.4). */
#ifndef PROTO_DHCP_WRITE_H
#define PROTO_DHCP_WRITE_H

#include "proto/dhcp/dhcp.h"

/* A message that grows in the caller's memory. What does not fit is dropped and makes it `full`. */
struct dhcp_writer {
    uint8_t *p;
    size_t cap; /* bytes */
    size_t len;
    bool full;
};

/* The options that follow one another. A value of more than 255 bytes is written in pieces (RFC
 * 3396 4). */
void dhcp_write_option(struct dhcp_writer *w, uint8_t code, struct str value);
void dhcp_write_number(struct dhcp_writer *w, uint8_t code, size_t size, uint32_t n);
void dhcp_write_addrs(struct dhcp_writer *w, uint8_t code, const struct addr *a, size_t n);
/* Ends the options and fills up to the 300 bytes that BOOTP relays expect (RFC 1542 2.1). Returns
 * the message's length; 0 when it did not fit. */
size_t dhcp_write_end(struct dhcp_writer *w);

/* What a client says. Fields that are 0, empty or without address are left out. */
struct dhcp_client {
    uint8_t type; /* enum dhcp_type */
    uint32_t xid;
    uint16_t secs;
    bool broadcast; /* the answer shall be a broadcast */
    struct mac mac;
    struct addr ciaddr;    /* INFORM, RELEASE, a REQUEST that renews */
    struct addr requested; /* option 50: a REQUEST that takes an offer */
    struct addr server;    /* option 54: the same, and RELEASE */
    struct str hostname;   /* option 12 */
    struct str class;      /* option 60, as it stands */
    struct str client_id;  /* option 61; empty: hardware type and MAC address */
    struct str parameters; /* option 55: one code a byte */
    uint16_t max_size;     /* option 57 */
};

/* ERR_LIMIT when `cap` bytes are too few (576 hold any message with texts of ordinary length). */
enum err dhcp_write_client(const struct dhcp_client *c, void *ret_bytes, size_t cap,
                           size_t *ret_len) MUST_CHECK;

/* What a server answers before its options. */
struct dhcp_answer {
    uint8_t type;       /* DHCP_OFFER, DHCP_ACK, DHCP_NAK */
    struct addr yiaddr; /* the client's address */
    struct addr siaddr; /* the next server of the boot, for BOOTP's way to a TFTP server */
    struct addr server; /* option 54 */
    struct str sname;   /* cut to 63 bytes */
    struct str file;    /* cut to 127 bytes */
};

/* Begins the answer to `request` in `bytes`: the fixed fields, the type and the server identifier.
 * Options are added by dhcp_write_option, then dhcp_write_end. */
struct dhcp_writer dhcp_write_answer(const struct dhcp_message *request,
                                     const struct dhcp_answer *a, void *bytes, size_t cap);

#endif
