/* What the files of this module share. */
#ifndef FLOW_WIRE_INSIDE_H
#define FLOW_WIRE_INSIDE_H

#include "flow/stream/fragment.h"
#include "flow/stream/stream.h"
#include "flow/wire/talk.h"
#include "flow/wire/wire.h"
#include "proto/packet/packet.h"
#include "proto/pcap/pcap.h"
#include "proto/tls/tls.h"
#include "proto/tls/tls_keys.h"

enum { CLIENT, SERVER }; /* the sides of a connection */

enum {
    WIRE_HASH = 16384,     /* chains of the table of connections */
    WIRE_CHAIN_MOST = 64,  /* connections of a chain; with more the oldest of it makes room */
    WIRE_RECENT = 64,      /* datagrams that are remembered, to know them when they come twice */
    WIRE_TRANSFERS = 64,   /* TFTP transfers at a time; the oldest makes room */
    WIRE_TOUCH_FRAMES = 64 /* how old the order of connections by their last packet may be */
};

/* What TLS needs of a connection. */
struct secure {
    struct tls tls;
    size_t charged; /* bytes that it holds on the heap */
    bool dead;      /* it took too much memory */
    struct talks inner;
    uint8_t sni_len;
    char sni[255];
};

/* A connection of the table, with all that it holds. */
struct conn {
    struct wire_conn c;
    struct conn *chain;         /* of the same hash */
    struct conn *newer, *older; /* by their last packet */
    uint64_t touched;           /* the frame that it was put in order for */
    uint32_t hash;
    uint32_t isn;    /* sequence number of the client's SYN, when c.syns is not 0 */
    usec_t syn;      /* when the client's last SYN came */
    bool answered;   /* there was a SYN-ACK, seen or acknowledged */
    bool up;         /* so it was told */
    bool heard;      /* a packet of the server was seen */
    bool ended;      /* reset, or closed from both sides */
    bool fin[2];     /* of that side */
    bool started[2]; /* the stream of that side was seen from its first byte, without a hole */
    struct stream stream[2];
    struct talks talks;
    struct secure *secure; /* owned; NULL: not TLS */
};

struct recent {
    uint64_t hash;
    usec_t time;
};

struct transfer {
    struct endpoint client;
    struct addr server;
    uint64_t frame; /* of the last packet */
};

struct wire {
    struct wire_visitor v;
    struct wire_cfg cfg;
    struct wire_count count;
    struct pcap pcap;
    bool begun;
    bool filtering;
    bool cut;      /* the capture cut the datagram at hand short */
    bool unwanted; /* the filter leaves the packet at hand out, unless it is DHCP of a phone */
    struct budget budget;
    struct fragments fragments;
    struct wire_at at; /* of the frame at hand */
    struct conn **table;
    struct conn *newest, *oldest;
    uint32_t n_conns;
    struct tls_keys keys;
    struct tls_cfg tls_cfg;
    uint8_t plain[TLS_RECORD_MOST];
    struct recent recent[WIRE_RECENT];
    unsigned n_recent; /* counts on; the oldest makes room */
    struct transfer transfers[WIRE_TRANSFERS];
    unsigned n_transfers;
};

/* A packet that is whole. */
void wire_udp(struct wire *w, const struct packet *p);
void wire_tcp_packet(struct wire *w, const struct packet *p);

bool wire_has_mac(const struct wire_filter *f, const struct mac *m);
/* Whether the same packet came just before: captures of several interfaces, or of both ends of a
 * mirrored link, have each twice. Remembers it. */
bool wire_twice(struct wire *w, const struct packet *p);
/* Fills addresses and what else of the packet stands in w->at. */
void wire_at_set(struct wire *w, const struct packet *p, uint16_t src, uint16_t dst);

/* The connection between w->at.src and w->at.dst, whichever is the client, or NULL. */
struct conn *conn_find(struct wire *w, bool *ret_from_client);
/* A new one; the client is w->at.src, or its destination. NULL without memory. */
struct conn *conn_add(struct wire *w, bool from_client);
/* Tells how it ended, gives out what its streams hold, and frees that. It stays in the table. */
void conn_end(struct wire *w, struct conn *c, bool reset_by_server);
/* Takes it out of the table. */
void conn_remove(struct wire *w, struct conn *c);
/* Gives back what TLS holds but its names. */
void secure_close(struct wire *w, struct conn *c);
void secure_free(struct wire *w, struct conn *c);
/* What every connection's TLS is read with. */
void secure_init(struct wire *w);
/* Ends and removes all of them, the ones that were silent for longest first. */
void conns_clear(struct wire *w);

#endif
