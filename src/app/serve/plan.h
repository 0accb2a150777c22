/* What the settings come to: addresses, limits, names; everything that can be said without opening a port. */
#ifndef APP_SERVE_PLAN_H
#define APP_SERVE_PLAN_H

#include "app/hub/hub.h"
#include "app/phones/phones.h"
#include "app/serve/settings.h"
#include "base/addr.h"
#include "flow/edge/edge.h"
#include "io/store/store.h"
#include "io/stream/stream.h"
#include "io/tls/server.h"

enum { LISTENERS_MOST = 16, WORKERS_MOST = EDGE_SHARDS, PLAN_FOLDER = 4096, PLAN_URL = 400 };

struct listener {
    enum transport transport;
    struct endpoint at; /* port 0 until it is bound, where any is right */
};

struct web_listener {
    bool tls;
    struct endpoint at;
};

/* The hub: page and API. */
struct plan_hub {
    bool on;
    bool has_tls;
    struct web_listener listener[HUB_LISTENERS];
    size_t n_listeners;
};

/* Activation and provisioning. */
struct plan_phones {
    struct {
        enum provision_way way;
        struct endpoint at;
    } listener[PHONES_LISTENERS];
    size_t n_listeners;
    bool has_tls;
    struct tls_server_cfg tls;
    uint32_t shapes[TLS_PHONE_CAS]; /* which subjects an authority's certificates may have */
    struct provision_cfg policy;    /* rule and keys come when the ports are open */
    char url[PLAN_URL], rule[PLAN_URL + 64];
    struct web_limits web;
    struct tftpd_limits tftp;
};

/* Texts are views of the settings. */
struct plan {
    const struct settings *settings;
    struct str realm;
    struct listener listener[LISTENERS_MOST];
    size_t n_listeners;
    bool has_tls;
    size_t n_workers;
    bool has_admin;
    struct endpoint admin;
    char state[PLAN_FOLDER]; /* folder; empty: nothing is kept */
    struct edge_cfg edge;    /* of every worker, but for shard and keys */
    struct stream_limits stream;
    struct store_cfg store;
    struct tls_server_cfg tls;
    struct plan_hub hub;
    struct plan_phones phones;
    bool lab_tls; /* no certificate was given: one of an authority of our own (state folder, lab) */
};

/* False after telling on standard error what is wrong. */
bool plan_make(const struct settings *s, struct plan *ret) MUST_CHECK;
/* Where bindings and the journal are: `given`, or the usual place of this user. False after telling. */
bool plan_state_folder(const char *given, char ret_folder[PLAN_FOLDER]) MUST_CHECK;
/* "http:192.0.2.1:8080", "https:[2001:db8::1]:443". */
bool plan_web_listener(const char *text, struct web_listener *ret);
/* plan_phones.c: where the hub is on. False after telling. */
bool plan_phones(struct plan *p) MUST_CHECK;
const char *way_name(enum provision_way way);
/* "192.0.2.1:5060", "[2001:db8::1]:5060"; the port is needed. */
bool plan_endpoint(struct str s, struct endpoint *ret);
const char *transport_name(enum transport t);

#endif
