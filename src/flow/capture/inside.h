/* Between the files of this module. */
#ifndef FLOW_CAPTURE_INSIDE_H
#define FLOW_CAPTURE_INSIDE_H

#include "base/arena.h"
#include "flow/capture/capture.h"
#include "flow/dissect/dissect.h"
#include "flow/wire/wire.h"

enum {
    NAMES_MOST = 24,  /* names of a host that addresses are known of; the oldest makes room */
    ASKED_MOST = 12,  /* questions of a host to the name service */
    LINKS_MOST = 8,   /* connections of a host */
    TIMES_MOST = 4,   /* time servers of a host */
    TARGETS_MOST = 8, /* provisioning targets that a lease names */
    BUCKETS = 1024,
};

/* How long nothing may come before it counts as silence. */
#define SILENCE (2 * USEC_S)
/* Who waits so long within a handshake and then closes heard nothing; who cuts it does so at once. */
#define GAVE_UP (5 * USEC_S)
/* A question for the same name that much later is of another attempt. */
#define AGAIN (15 * USEC_S)

/* A fact that waits for the end of the capture; its fields, their bytes and its text lie behind. */
struct kept {
    struct kept *before, *next;
    usec_t time;
    uint32_t frame;
    uint16_t kind;
    uint8_t stage;
    uint8_t n;
    uint16_t col, len, text_len;
};

/* A name and an address that it was answered with. */
struct name {
    struct str host;
    struct addr ip;
};

enum name_role { NAME_OTHER, NAME_PROXY, NAME_TARGET };

struct asked {
    struct str host;
    uint16_t type;
    uint16_t id;
    struct endpoint server;
    struct wire_at at, last; /* the first time, and the last */
    unsigned times;
    bool answered;
    bool told; /* its silence was told */
};

enum purpose { LINK_UNKNOWN, LINK_FETCH, LINK_EDGE, LINK_OTHER };

/* A connection, as far as its outcome is open. */
struct link {
    uint32_t id; /* 0: none */
    enum purpose purpose;
    struct str host; /* the name it was opened for; may be empty */
    struct endpoint server;
    uint16_t version; /* of TLS, once the server chose; 0 before */
    bool hello, answered, up, failed, icmp;
    bool data[2], changed[2]; /* [0] of the client */
    bool closed, closed_by_client;
    bool asked_client;   /* the server wants a certificate */
    bool client_empty;   /* and the client had none */
    bool wrong_name;     /* the server's certificate is of another name */
    bool expired, early; /* by the capture's clock */
    bool own_issuer;     /* it is its own issuer */
    bool refused;        /* an encrypted alert took the place of the client's Finished */
    char issuer[80], subject[80];
    usec_t began, hello_at;
};

/* The download under way. */
struct fetching {
    bool open;
    struct str host;
    struct wire_at began, last;
    bool resolved, negative, connected;
    unsigned asked; /* questions for its name */
    bool tftp;
    struct endpoint server; /* of TFTP; its port moves */
    size_t block;           /* bytes of a whole one */
    unsigned tries;
    bool ended;
};

struct clock_asked {
    struct endpoint server;
    struct wire_at at;
    unsigned asked;
    bool answered;
};

struct host {
    struct host *next;  /* in the order in which they were first seen */
    struct host *by_ip; /* the next in the same bucket */
    struct addr ip;     /* family 0: not known yet */
    struct mac mac;
    bool has_mac;
    bool phone;  /* it behaves like one */
    bool server; /* it answers others: a resolver, a DHCP server */
    struct kept *first, *last;
    unsigned n_facts;
    struct name name[NAMES_MOST];
    unsigned n_names; /* in all; the ring's next is n_names % NAMES_MOST */
    struct asked asked[ASKED_MOST];
    unsigned n_asked;
    struct link link[LINKS_MOST];
    unsigned n_links;
    struct fetching fetch;
    struct str proxy; /* the outbound proxy whose targets are being looked up */
    struct str targets[16];
    unsigned n_targets;
    bool selecting;   /* SRV or the proxy's address is asked for */
    bool entered;     /* and a server was taken from what came back */
    struct addr edge; /* that server */
    struct clock_asked clock[TIMES_MOST];
    unsigned n_clocks;
    /* DHCP */
    struct wire_at discover;
    unsigned discovers;
    bool offered, leased;
    struct addr router;       /* of the lease; family 0: none */
    struct wire_at router_at; /* the first question */
    usec_t router_last;
    unsigned router_asked; /* by ARP, one question soon after the other */
    bool router_heard;
    struct addr offer_from[4];
    unsigned n_offers;
};

struct capture {
    struct capture_cfg cfg;
    struct wire *wire;
    struct arena arena; /* hosts, names, facts */
    struct host *hosts, *last;
    unsigned n_hosts;
    unsigned n_nameless; /* of them, without an address so far */
    uint64_t left_out;   /* hosts past CAPTURE_HOSTS, facts past CAPTURE_MEMORY */
    struct host *bucket[BUCKETS];
    uint32_t file;
    usec_t now;         /* of the last frame that was told */
    struct dissect sip; /* reads messages as it does those of a log */
    struct host *sip_host;
    const struct wire_at *sip_at;
    struct str sip_info;
};

/* -- hosts and their facts (host.c) */
/* The host of an address; made when it is not known. NULL when there is no room. */
struct host *host_of(struct capture *c, struct addr ip, const struct mac *mac);
/* NULL when it was not seen. */
struct host *host_find(const struct capture *c, struct addr ip);
struct host *host_of_mac(struct capture *c, struct mac mac);
void host_address(struct capture *c, struct host *h, struct addr ip);
/* A fact of the host: read in the packet `at`, whose summary is `info`. With frame 0 in `at`, it
 * stands for itself and shows no packet. */
void host_tell(struct capture *c, struct host *h, const struct wire_at *at, const struct fact *f,
               struct str info);
/* Facts of the host, through `sink`. */
void host_hand_over(const struct capture *c, struct host *h, const struct capture_sink *sink,
                    uint32_t *order);
bool host_shares_mac(const struct capture *c, const struct host *h);

/* -- names (trail_dns.c) */
void trail_dns(void *ctx, const struct wire_at *at, const struct dns_message *m, bool tcp);
/* The name that the host knows the address by; empty: none. */
struct str name_of(const struct host *h, struct addr ip);
enum name_role name_role(const struct host *h, struct str host);
/* What questions are still open, at the end. */
void dns_settle(struct capture *c, struct host *h);

/* -- downloads (trail_fetch.c) */
/* A download from `host` begins, or goes on; `url` may be empty. */
void fetch_want(struct capture *c, struct host *h, const struct wire_at *at, struct str host,
                struct str url, struct str info);
/* The download is over, one way or the other. */
void fetch_settle(struct capture *c, struct host *h, const struct wire_at *at);
void fetch_result(struct capture *c, struct host *h, const struct wire_at *at, const char *code);
void trail_http(void *ctx, const struct wire_at *at, const struct wire_conn *conn, bool from_client,
                const struct http_head *m, bool decrypted);
void trail_tftp(void *ctx, const struct wire_at *at, const struct tftp_message *m);

/* -- connections (trail_tcp.c, trail_tls.c) */
struct link *link_of(struct capture *c, struct host *h, const struct wire_at *at,
                     const struct wire_conn *conn);
void link_settle(struct capture *c, struct host *h, struct link *l, const struct wire_at *at);
void link_facts(const struct link *l, struct fact *f, char port[STR_NUMBER], char ip[ADDR_TEXT]);
void trail_tcp(void *ctx, const struct wire_at *at, const struct wire_conn *conn, enum wire_tcp e,
               bool from_client);
void trail_tls(void *ctx, const struct wire_at *at, const struct wire_conn *conn, bool from_client,
               const struct tls_event *e);
/* A connection to the edge is opened: a server was chosen. */
void edge_enter(struct capture *c, struct host *h, const struct wire_at *at, struct endpoint to);

/* -- the rest (trail_dhcp.c, trail_sip.c, trail_rest.c) */
void trail_dhcp(void *ctx, const struct wire_at *at, const struct dhcp_message *m);
void dhcp_settle(struct capture *c, struct host *h);
void trail_sip(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
               struct str message, bool from_client, bool decrypted);
void trail_ntp(void *ctx, const struct wire_at *at, const struct ntp_message *m);
void clock_settle(struct capture *c, struct host *h);
/* The router of the lease, asked for by ARP: whether it is there. */
void trail_arp(void *ctx, const struct wire_at *at, const struct packet_arp *m);
void router_settle(struct capture *c, struct host *h);
void trail_icmp(void *ctx, const struct wire_at *at, const struct wire_icmp *m);
/* What a request's User-Agent says of the phone. */
void trail_agent(struct capture *c, struct host *h, const struct wire_at *at, struct str agent,
                 struct str info);
/* A fact of a request that may name the phone (a path, a host name). */
void trail_identity(struct capture *c, struct host *h, const struct wire_at *at,
                    const struct fact *f, struct str info);

#endif
