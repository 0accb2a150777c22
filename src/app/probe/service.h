/* What a probe is to ask, and of whom: the files of share/services and those of a person (docs/probe.md). */
#ifndef APP_PROBE_SERVICE_H
#define APP_PROBE_SERVICE_H

#include "base/arena.h"
#include "base/conf.h"

enum { SERVICE_LIST = 16, SERVICE_MODELS = 64 };

enum service_transport { SERVICE_TLS, SERVICE_TCP, SERVICE_UDP };

/* "tls", "tcp", "udp". */
const char *service_transport_name(enum service_transport t);
bool service_transport_read(struct str s, enum service_transport *ret_t);

struct service_list {
    struct str v[SERVICE_LIST];
    size_t n;
};

/* A port that must be open, beside those that follow from the rest. */
struct service_port {
    struct str host;
    uint16_t port;
    enum service_transport transport; /* SERVICE_TLS: with a handshake */
    struct str purpose;
};

/* What a phone model does that others do not. Empty and 0: not told. */
struct service_model {
    struct str name;          /* "CP-8865-3PCC" */
    struct str tls_minimum;   /* "1.0" to "1.3" */
    struct str tls_maximum;   /* the same */
    struct str vendor_class;  /* DHCP option 60 */
    struct str user_agent;    /* of HTTP and SIP; {mac} is replaced */
    struct str rule;          /* profile rule where DHCP names a server without path: "/$PSN.xml" */
    struct service_list dhcp; /* option numbers as text, the first that is given is followed */
    bool ipv6;                /* uses AAAA */
    bool wildcard;            /* takes *.example.com for a SIP server (RFC 5922 7.2 forbids it) */
};

struct service {
    struct str name; /* of the file, without folder and ending */
    struct str about;
    struct service_list activation;   /* URLs */
    struct service_list provisioning; /* URLs */
    struct str proxy;                 /* outbound proxy: host, or host:port (then without SRV) */
    enum service_transport transport;
    struct str domain; /* SIP domain of the Request-URI and the certificate; empty: the proxy */
    struct service_list ntp;   /* hosts */
    struct service_list names; /* more names to resolve */
    struct service_list
        issuer;            /* who is expected to have issued the certificates; part of the name */
    struct str http_proxy; /* URL of the proxy that phones are set to; empty: none */
    struct str portal;     /* plain http URL that answers `portal_status` where no portal is */
    unsigned portal_status;
    struct service_port port[SERVICE_LIST];
    size_t n_ports;
    struct service_model model[SERVICE_MODELS];
    size_t n_models;
};

/* Adds the lines of one file. `text` and `a` must outlive the service; what is read last holds.
 * ERR_MALFORMED with file, line and what. */
enum err service_read(struct service *s, struct arena *a, struct str file, struct str text,
                      struct conf_error *reterr) MUST_CHECK;
/* The phone models that the program brings along, then the service: a file's path, or the name of one
 * that the program brings along ("example"); NULL: none, which names nobody to ask. ERR_MISSING, ERR_IO (errno) or ERR_MALFORMED. */
enum err service_load(struct service *s, struct arena *a, const char *name,
                      struct conf_error *reterr) MUST_CHECK;
/* The row of that model, letter case aside; NULL when there is none. */
const struct service_model *service_model_find(const struct service *s, struct str name);

#endif
