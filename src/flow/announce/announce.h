/* What DHCP and DNS of a site must say so that phones come here: provisioning options (docs/sources.md, MPP administration
 * guide and Wazo provd), SRV (RFC 2782), NAPTR (RFC 3263 4.1) and address records, in the words of the server that is to say it. */
#ifndef FLOW_ANNOUNCE_ANNOUNCE_H
#define FLOW_ANNOUNCE_ANNOUNCE_H

#include "base/addr.h"
#include "base/sink.h"

enum { ANNOUNCE_HOSTS = 32, ANNOUNCE_EDGES = 16, ANNOUNCE_WHY = 192 };

/* An address record. */
struct announce_host {
    struct str name;
    struct addr at;
};

/* A SIP server of the domain. */
struct announce_edge {
    struct str host;
    uint16_t priority, weight;
};

struct announce {
    struct str url; /* of the configurations, what options 66 and 160 carry; empty: none */
    struct str
        vendor; /* options only for clients whose vendor class (option 60) begins so; empty: all */
    bool option66;  /* in option 66 */
    bool option160; /* in option 160 */
    struct str
        dhcp_domain;   /* option 15 of the phones: for the SRV way of provisioning; empty: none */
    struct str domain; /* of the addresses of record; empty: no SIP records */
    uint16_t tls, tcp, udp; /* ports of the edges; 0: not served */
    struct announce_edge edge[ANNOUNCE_EDGES];
    size_t n_edges;
    struct announce_host host[ANNOUNCE_HOSTS];
    size_t n_hosts;
    uint32_t ttl; /* s */
};

/* Everything at its usual value: both options, priority ports 5061, 5060, 5060, 300 s. */
void announce_init(struct announce *a);
/* Whether every name, URL and number can stand in a configuration file; each of the writers takes only what passed.
 * ret_why: which does not, and why. */
bool announce_check(const struct announce *a, char ret_why[ANNOUNCE_WHY]);
/* The host, and the port (by its scheme where none is written), of a URL. False: neither http nor https, or no host. */
bool announce_url(struct str url, struct str *ret_host, uint16_t *ret_port, bool *ret_tls);

/* The writers. DHCP alone, DNS alone, or both. */
void announce_dnsmasq(const struct announce *a, struct sink *out);
void announce_kea(const struct announce *a, struct sink *out);
void announce_isc(const struct announce *a, struct sink *out);
void announce_bind(const struct announce *a, struct sink *out);

struct announce_writer {
    const char *name; /* "dnsmasq" */
    bool dhcp, dns;   /* what it says */
    void (*write)(const struct announce *a, struct sink *out);
};
/* Ends with a NULL name. */
extern const struct announce_writer announce_writers[];

#endif
