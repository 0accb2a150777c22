/* Captures to events: a capture file goes in, as bytes; what phones and servers said to each other
 * comes out, message by message, in the order of the frames. Nothing is known here of phones,
 * stages or findings. Memory is bounded, whatever comes in. */
#ifndef FLOW_WIRE_WIRE_H
#define FLOW_WIRE_WIRE_H

#include "base/addr.h"
#include "base/mac.h"
#include "base/str.h"
#include "base/time.h"

struct crypto;
struct dhcp_message;
struct dns_message;
struct http_head;
struct ntp_message;
struct packet_arp;
struct tftp_message;
struct tls_event;

enum {
    WIRE_MEMORY = 24 << 20,   /* bytes for all connections and buffers together */
    WIRE_CONNS_MOST = 8192,   /* TCP connections at a time; the one idle for longest makes room */
    WIRE_PROBLEMS_MOST = 100, /* problems told of a file; more are counted */
    WIRE_TWICE_MS = 20, /* the same datagram or SYN again within this time was captured twice */
};

/* Where and when something was seen. */
struct wire_at {
    uint64_t frame;           /* from 1, within the file */
    usec_t time;              /* UTC; USEC_NONE: the frame has none */
    struct endpoint src, dst; /* of this packet */
    struct mac src_mac;       /* all zero where the link layer tells none */
    struct mac dst_mac;       /* the same */
    bool has_mac;             /* src_mac is told */
    uint16_t vlan;            /* the outermost; 0: none */
    uint8_t proto;            /* 1, 6, 17, 58 */
    uint8_t ttl;              /* or hop limit */
};

enum wire_what {
    WIRE_UNKNOWN,
    WIRE_TLS,
    WIRE_HTTP,
    WIRE_SIP,
    WIRE_DNS,
    WIRE_OTHER, /* looked at and passed over */
};

/* A TCP connection. */
struct wire_conn {
    uint32_t id; /* from 1, within the file */
    struct endpoint client, server;
    struct mac client_mac;
    bool has_mac;         /* client_mac is told */
    usec_t began;         /* its first SYN, or its first packet when the capture began later */
    usec_t up;            /* the handshake was done; USEC_NONE: not, or not seen */
    uint64_t first_frame; /* of `began` */
    unsigned syns;        /* SYNs of the client; 0: the capture began within the connection */
    uint64_t bytes[2];    /* of payload; [0] from the client, [1] from the server */
    bool lost[2];         /* bytes are missing in that direction */
    struct str sni;       /* empty until known */
    uint8_t what;         /* enum wire_what; of what is inside TLS, see `decrypted` of the events */
};

enum wire_tcp {
    WIRE_TCP_SYN,       /* the first SYN */
    WIRE_TCP_SYN_AGAIN, /* the same, repeated */
    WIRE_TCP_UP,        /* the client acknowledged the server's SYN */
    WIRE_TCP_REFUSED,   /* a SYN was answered by RST */
    WIRE_TCP_RESET,     /* RST later on; `from_client` tells whose */
    WIRE_TCP_FIN,       /* the first FIN of that side */
    /* Told when the connection or the capture ends, at the frame that ended it: */
    WIRE_TCP_SILENT,     /* the client sent bytes and never got one; packets of the server came */
    WIRE_TCP_UNANSWERED, /* SYNs only */
};

/* An ICMP or ICMPv6 error, and the packet that it is about. */
struct wire_icmp {
    uint8_t version; /* 4: ICMP (RFC 792), 6: ICMPv6 (RFC 4443) */
    uint8_t type;
    uint8_t code;
    uint8_t proto;            /* of the packet quoted */
    uint32_t mtu;             /* of the next hop; 0: none told */
    struct endpoint src, dst; /* of the packet quoted; ports 0 where they were cut off */
};

/* A NULL function is not called. Views are good until the call returns. `conn` is NULL where a
 * message came by UDP. `at` is the packet that completed the message; one behind a hole is told
 * when the hole is given up, a few packets later or at the end of the connection. */
struct wire_visitor {
    void *ctx;
    void (*dhcp)(void *ctx, const struct wire_at *at, const struct dhcp_message *m);
    void (*dns)(void *ctx, const struct wire_at *at, const struct dns_message *m, bool tcp);
    void (*tcp)(void *ctx, const struct wire_at *at, const struct wire_conn *conn, enum wire_tcp e,
                bool from_client);
    void (*tls)(void *ctx, const struct wire_at *at, const struct wire_conn *conn, bool from_client,
                const struct tls_event *e);
    void (*http)(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                 bool from_client, const struct http_head *h, bool decrypted);
    /* `message` is whole, as sip_read takes it. By UDP `from_client` tells that it is a request. */
    void (*sip)(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
                struct str message, bool from_client, bool decrypted);
    void (*tftp)(void *ctx, const struct wire_at *at, const struct tftp_message *m);
    void (*ntp)(void *ctx, const struct wire_at *at, const struct ntp_message *m);
    void (*icmp)(void *ctx, const struct wire_at *at, const struct wire_icmp *m);
    /* Of any host, whatever the filter. */
    void (*arp)(void *ctx, const struct wire_at *at, const struct packet_arp *m);
    /* The file is damaged there; what came before has been told, reading goes on where it can. */
    void (*problem)(void *ctx, uint64_t offset, const char *what);
};

/* What is looked at: a packet that one of the MAC addresses (of either end, or of the client that a
 * DHCP message names) or one of the IP addresses belongs to. With neither, every packet. */
struct wire_filter {
    const struct mac *macs;
    size_t n_macs;
    const struct addr *addrs;
    size_t n_addrs;
};

struct wire_cfg {
    const struct crypto *crypto; /* NULL: nothing is decrypted */
    struct str keylog;           /* a TLS key log (SSLKEYLOGFILE), as text; may be empty */
    struct wire_filter filter;
    size_t memory; /* bytes; 0: WIRE_MEMORY */
};

struct wire_count {
    uint64_t frames;
    uint64_t bytes;      /* of the file */
    uint64_t filtered;   /* frames that the filter left out */
    uint64_t malformed;  /* frames whose headers break a rule */
    uint64_t cut;        /* frames that the capture cut short (snaplen) before the message ended */
    uint64_t unknown;    /* frames of a link layer that is not known here */
    uint64_t conns;      /* TCP connections */
    uint64_t evicted;    /* of them, given up for room */
    uint64_t twice;      /* datagrams and SYNs that were captured twice, and are told once */
    uint64_t fragments;  /* of IP */
    uint64_t incomplete; /* datagrams with fragments missing */
    uint64_t lost;       /* holes in TCP streams */
    uint64_t problems;   /* of the file, also those not told */
    usec_t first, last;  /* the first and the last time of a frame; USEC_NONE: none */
    uint64_t secrets_lost; /* key logs, or blocks with secrets, that there was no room for */
    size_t memory_most;    /* bytes that connections and buffers took at most */
    uint16_t link_unseen;  /* the link type (LINKTYPE_) that was not known, if any */
};

struct wire;

/* Whether a file that begins so is a capture (pcap or pcapng). Four bytes tell. */
bool wire_is_capture(struct str head);

/* NULL without memory. The visitor and the configuration are copied, what they point to must stay.
 */
struct wire *wire_new(const struct wire_visitor *v, const struct wire_cfg *cfg);
/* A file begins; a file that had begun is ended first. */
void wire_begin(struct wire *w);
/* The next bytes of the file; however they are cut, the events are the same. */
void wire_feed(struct wire *w, struct str bytes);
/* The file ends here: open connections are told about. */
void wire_end(struct wire *w);
void wire_free(struct wire *w);
/* Of the file that was begun last. */
struct wire_count wire_count(const struct wire *w);

#endif
