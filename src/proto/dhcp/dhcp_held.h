/* The files in which hosts keep the lease they hold: those of systemd-networkd and of ISC dhclient
 * (systemd's NetworkManager plugin writes the former). */
#ifndef PROTO_DHCP_HELD_H
#define PROTO_DHCP_HELD_H

#include "base/str.h"

enum { DHCP_HELD_OTHER = 16 };

/* A lease. Values as they stand in the file, without quotes, lists with their blanks or commas;
 * empty: not told. */
struct dhcp_held {
    struct str address;
    struct str server;    /* option 54 */
    struct str router;    /* 3 */
    struct str dns;       /* 6 */
    struct str domain;    /* 15 */
    struct str ntp;       /* 42 */
    struct str tftp_name; /* 66 */
    struct str boot_file; /* 67, or BOOTP's file */
    struct {
        uint8_t code;
        struct str value;
    } other[DHCP_HELD_OTHER]; /* options without a name of their own there, such as 150 and 160 */
    size_t n;                 /* further ones are dropped */
};

/* Reads the lease of `interface` out of `text`: the last one where there are several; a file that
 * names no interface is taken to be of it. Lines that are not understood are passed over. False:
 * there is none with an address. */
bool dhcp_held_read(struct str text, struct str interface, struct dhcp_held *ret_held);

#endif
