/* A captured frame, taken apart down to the headers of TCP, UDP and ICMP. Views into the frame;
 * nothing is copied but MAC addresses. A capture may keep only the first bytes of each frame
 * (snaplen): what is missing so is a state, not an error. */
#ifndef PROTO_PACKET_PACKET_H
#define PROTO_PACKET_PACKET_H

#include "base/addr.h"
#include "base/mac.h"
#include "base/str.h"

enum packet_state {
    PACKET_OK,
    PACKET_CUT,     /* the capture ends within the headers */
    PACKET_BROKEN,  /* a header breaks a rule */
    PACKET_FOREIGN, /* not IP; `ethertype` tells what */
    PACKET_NO_LINK, /* the link type is not known */
};

enum {
    PACKET_ICMP = 1,
    PACKET_TCP = 6,
    PACKET_UDP = 17,
    PACKET_FRAGMENT = 44,
    PACKET_ICMPV6 = 58,
};

enum { PACKET_TAGS_MOST = 4 };        /* VLAN tags of a frame */
enum { PACKET_EXTENSIONS_MOST = 16 }; /* IPv6 extension headers of a packet */

struct packet {
    struct mac src_mac, dst_mac; /* all zero where the link layer tells none */
    bool has_mac;                /* src_mac is told */
    bool fragment;               /* of an IP packet: `payload` is a part, from `at` on */
    bool more;                   /* parts follow */
    uint8_t version;             /* 4, 6; 0: no IP header seen */
    uint8_t proto;               /* of the payload: IPv4 protocol, IPv6 next header */
    uint8_t ttl;                 /* or hop limit */
    uint16_t vlan;               /* the outermost VLAN identifier; 0: none */
    uint16_t ethertype;          /* 0: the link layer has none */
    uint32_t id;                 /* of the fragments of one packet */
    uint32_t at;                 /* bytes of the whole payload before this part */
    const uint8_t *src, *dst;    /* 4 or 16 bytes, by `version` */
    struct str payload;          /* of IP as captured, without padding of the link layer */
    uint32_t len;                /* bytes of the payload on the wire; at least payload.len */
};

/* `link`: a LINKTYPE_ number. `wire`: bytes that the frame had on the wire. Understands Ethernet
 * with 802.1Q and 802.1ad tags and SNAP, Linux cooked v1 and v2, NULL and LOOP, raw IP. *ret_p is
 * set as far as reading went, whatever is returned. */
enum packet_state packet_read(uint16_t link, struct str frame, uint32_t wire, struct packet *ret_p);

/* The same from an IP header on, as ICMP quotes it. */
enum packet_state packet_read_ip(struct str bytes, uint32_t wire, struct packet *ret_p);

/* Steps over the IPv6 extension headers that p->payload begins with. For a packet put together
 * from fragments; packet_read has done it for others. */
enum packet_state packet_extensions(struct packet *p);

static inline struct addr packet_addr(const struct packet *p, const uint8_t *bytes)
{
    return addr_of(bytes, p->version == 4 ? 4 : 16);
}

struct packet_udp {
    uint16_t src, dst;
    struct str data; /* as captured */
    uint32_t len;    /* bytes of data on the wire */
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

struct packet_tcp {
    uint16_t src, dst;
    uint8_t flags;
    uint32_t seq;
    uint32_t ack;
    struct str data;
    uint32_t len;
};

/* Errors of ICMP (RFC 792, RFC 4884) and ICMPv6 (RFC 4443), and what they quote. */
struct packet_icmp {
    uint8_t type;
    uint8_t code;
    bool error;           /* one of those that quote a packet; what follows is set only then */
    uint32_t mtu;         /* 0: none told */
    struct packet quoted; /* version 0: too little of it is there */
    uint16_t src, dst;    /* ports of the packet quoted; 0: none */
};

/* The header that p->payload begins with; p->proto must be the right one. */
enum packet_state packet_read_udp(const struct packet *p, struct packet_udp *ret_u);
enum packet_state packet_read_tcp(const struct packet *p, struct packet_tcp *ret_t);
enum packet_state packet_read_icmp(const struct packet *p, struct packet_icmp *ret_i);

struct packet_arp {
    uint16_t op; /* 1: request, 2: reply */
    struct mac sender_mac, target_mac;
    struct addr sender, target;
};

/* Of a PACKET_FOREIGN with ethertype 0x0806, for IPv4 on Ethernet (RFC 826). */
enum packet_state packet_read_arp(const struct packet *p, struct packet_arp *ret_a);

#endif
