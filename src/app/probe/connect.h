/* A connection to a SIP server: made, looked at, and told as facts. */
#ifndef APP_PROBE_CONNECT_H
#define APP_PROBE_CONNECT_H

#include "app/probe/probe.h"
#include "app/probe/trust.h"
#include "io/dial/dial.h"

struct probe_line {
    struct dial d;
    struct probe_edge *edge;
    enum dial_outcome outcome; /* of the step that came last */
    bool open;                 /* TCP stands, or UDP is bound */
    bool secure;               /* TLS stands */
    bool seen;                 /* there is a certificate: peer and own are set */
    struct dial_peer peer;
    struct x509 own;   /* the server's own certificate */
    enum trust trust;  /* its names */
    const char *fault; /* why the phone would not trust it, in the words of a log; NULL: it would */
    char text[DIAL_TEXT + 80]; /* of a failure, for people */
};

/* The SIP domain: that of the service, or the outbound proxy. */
struct str probe_domain(const struct probe *p);
/* "TLS", "TCP" or "UDP", toward the outbound proxy. */
const char *probe_transport(const struct probe *p);
/* Connects to `e` as the phone would and judges what it is shown. Facts are told for a target that the phone uses, once
 * a round (e->tried). False: leave to send was not given. */
bool probe_connect(struct probe *p, struct probe_edge *e, struct probe_line *ret_l);
/* The connection ended while a request waited for its answer: tells it, l->outcome says how. */
void probe_broken(struct probe *p, struct probe_line *l);
void probe_disconnect(struct probe_line *l);
/* "sip1.example.com 192.0.2.1:5061", or the end alone where there is no name. */
struct str probe_edge_text(const struct probe_edge *e, char *to, size_t room);

#endif
