/* From settings to what is to be done. */
#include "app/serve/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIP_PORT = 5060, SIPS_PORT = 5061, HUB_PORT = 8080, LOOPBACK = 0x7f000001 };

const char *transport_name(enum transport t)
{
    static const char *const names[] = {
        [TRANSPORT_UDP] = "udp", [TRANSPORT_TCP] = "tcp", [TRANSPORT_TLS] = "tls"};
    return names[t];
}

bool plan_endpoint(struct str s, struct endpoint *ret)
{
    size_t close = str_chr(s, ']');
    size_t from = close == STR_NPOS ? 0 : close;
    size_t colon = str_chr(str_from(s, from), ':');
    uint64_t port = 0;
    if (colon == STR_NPOS || !str_u64(str_from(s, from + colon + 1), &port) || port > 65535) {
        return false;
    }
    ret->port = (uint16_t)port;
    return addr_read(str_head(s, from + colon), &ret->ip);
}

static bool read_listener(const char *text, struct listener *ret)
{
    struct str rest = str_z(text);
    struct str name = str_cut(&rest, ':');
    for (int t = TRANSPORT_UDP; t <= TRANSPORT_TLS; t++) {
        if (str_eq(name, str_z(transport_name((enum transport)t)))) {
            ret->transport = (enum transport)t;
            return plan_endpoint(rest, &ret->at);
        }
    }
    return false;
}

bool plan_web_listener(const char *text, struct web_listener *ret)
{
    struct str rest = str_z(text);
    struct str name = str_cut(&rest, ':');
    ret->tls = str_eq(name, STR("https"));
    return (ret->tls || str_eq(name, STR("http"))) && plan_endpoint(rest, &ret->at);
}

/* Alone, the edge is there for a network; with nothing configured, all of it is there for this machine. */
static void usual_listeners(struct plan *p)
{
    const struct addr at = addr4(p->settings->edge_only ? 0 : LOOPBACK);
    p->listener[p->n_listeners++] = (struct listener){TRANSPORT_UDP, {at, SIP_PORT}};
    p->listener[p->n_listeners++] = (struct listener){TRANSPORT_TCP, {at, SIP_PORT}};
    if (p->settings->cert.n || p->lab_tls) {
        p->listener[p->n_listeners++] = (struct listener){TRANSPORT_TLS, {at, SIPS_PORT}};
    }
}

static bool plan_hub(struct plan *p)
{
    const struct texts *t = &p->settings->hub_listen;
    struct plan_hub *hub = &p->hub;
    if (t->n > HUB_LISTENERS) {
        cli_error("hub: listen: at most %d, %zu are given", HUB_LISTENERS, t->n);
        return false;
    }
    for (size_t i = 0; i < t->n; i++) {
        if (!plan_web_listener(t->at[i], &hub->listener[hub->n_listeners++])) {
            cli_error("hub: listen: '%s' is not http:ADDRESS:PORT or https:...", t->at[i]);
            return false;
        }
        hub->has_tls = hub->has_tls || hub->listener[i].tls;
    }
    if (t->n == 0) {
        hub->listener[hub->n_listeners++] =
            (struct web_listener){false, {addr4(LOOPBACK), HUB_PORT}};
    }
    return true;
}

static bool plan_listeners(struct plan *p)
{
    const struct texts *t = &p->settings->listen;
    for (size_t i = 0; i < t->n; i++) {
        struct listener *l = &p->listener[p->n_listeners++];
        if (!read_listener(t->at[i], l)) {
            cli_error("--listen: '%s' is not udp:ADDRESS:PORT, tcp:... or tls:...", t->at[i]);
            return false;
        }
        for (size_t k = 0; k < i && l->at.port; k++) {
            if (p->listener[k].transport == l->transport && endpoint_eq(p->listener[k].at, l->at)) {
                cli_error("--listen: %s stands twice", t->at[i]);
                return false;
            }
        }
    }
    if (t->n == 0) {
        usual_listeners(p);
    }
    for (size_t i = 0; i < p->n_listeners; i++) {
        p->has_tls = p->has_tls || p->listener[i].transport == TRANSPORT_TLS;
    }
    return true;
}

static bool plan_tls(struct plan *p)
{
    const struct settings *s = p->settings;
    if (s->cert.n > TLS_CERTIFICATES || s->key.n > s->cert.n ||
        (s->key.n && s->key.n < s->cert.n)) {
        cli_error("--cert and --key: up to %d pairs; %zu certificates and %zu keys are given",
                  TLS_CERTIFICATES, s->cert.n, s->key.n);
        return false;
    }
    if (p->has_tls && s->cert.n == 0 && !p->lab_tls) {
        cli_error("to listen for TLS a certificate is needed: --cert and --key (dialtone ca makes "
                  "one for a lab)");
        return false;
    }
    if (s->client_must && !s->client_ca) {
        cli_error("client_must needs client_ca: whose certificates are good?");
        return false;
    }
    for (size_t i = 0; i < s->cert.n; i++) {
        p->tls.cert[i] = s->cert.at[i];
        p->tls.key[i] = s->key.n ? s->key.at[i] : NULL;
    }
    p->tls.client_ca = s->client_ca;
    p->tls.client_must = s->client_must;
    p->tls.client_old = s->client_old;
    p->tls.minimum = strcmp(s->tls_minimum, "1.3") == 0 ? 0x0304 : 0x0303;
    return true;
}

static bool plan_names(struct plan *p)
{
    const struct settings *s = p->settings;
    if (s->domains.n > EDGE_NAMES) {
        cli_error("--domain: at most %d, %zu are given", EDGE_NAMES, s->domains.n);
        return false;
    }
    for (size_t i = 0; i < s->domains.n; i++) {
        if (s->domains.at[i][0] == 0) {
            cli_error("--domain: an empty name");
            return false;
        }
        p->edge.domains[i] = str_z(s->domains.at[i]);
    }
    p->edge.n_domains = s->domains.n;
    if (p->hub.on && s->domains.n == 0) {
        p->edge.domains[p->edge.n_domains++] = STR("localhost");
    }
    p->realm = s->realm && *s->realm ? str_z(s->realm)
               : p->edge.n_domains   ? p->edge.domains[0]
                                     : str_of(NULL, 0);
    p->edge.realm = p->realm;
    if (p->realm.len == 0) {
        cli_error("a realm is needed: --realm, or a --domain that gives it");
        return false;
    }
    if (str_chr(p->realm, '"') != STR_NPOS || str_chr(p->realm, '\\') != STR_NPOS) {
        cli_error("--realm: no quotation mark or backslash may stand in it");
        return false;
    }
    return true;
}

static bool plan_edge(struct plan *p)
{
    const struct settings *s = p->settings;
    struct edge_cfg *e = &p->edge;
    edge_cfg_usual(e);
    e->look = strcmp(s->profile, "broadworks") == 0 ? EDGE_BROADWORKS : EDGE_STANDARD;
    e->server = str_z(s->server);
    e->node = (uint16_t)s->node;
    e->expires_least = (uint32_t)s->expires_least;
    e->expires_most = s->expires_most              ? (uint32_t)s->expires_most
                      : e->look == EDGE_BROADWORKS ? 120
                                                   : 3600;
    e->expires_usual = (uint32_t)s->expires_usual;
    e->expires_spread = (uint32_t)s->expires_spread;
    e->arrivals_most = (uint32_t)s->arrivals;
    e->nonce_life = (uint32_t)s->nonce_life;
    e->contacts_most = (uint16_t)s->contacts;
    e->bindings_most = s->bindings;
    e->accounts_most = s->accounts_most;
    e->replies_bytes = (s->replies << 20) / p->n_workers;
    e->mac_must_match = s->mac_must_match;
    e->reply_to_source = s->reply_to_source;
    if (e->expires_least > e->expires_most) {
        cli_error("expires_least (%u) is above expires_most (%u)", e->expires_least,
                  e->expires_most);
        return false;
    }
    return plan_names(p);
}

static void plan_limits(struct plan *p)
{
    const struct settings *s = p->settings;
    p->stream = (struct stream_limits){.most = s->connections,
                                       .most_of_peer = s->connections_of_peer,
                                       .handshaking = s->handshaking,
                                       .input_most = s->input,
                                       .output_most = s->output,
                                       .handshake = (usec_t)s->handshake * USEC_S,
                                       .piece = (usec_t)s->piece * USEC_S,
                                       .idle = (usec_t)s->idle * USEC_S,
                                       .first = (usec_t)s->first * USEC_S,
                                       .write = (usec_t)s->write * USEC_S};
    p->store = (struct store_cfg){.queue = s->journal_queue,
                                  .per_subject = s->journal_per_subject,
                                  .most = s->journal_rows,
                                  .age = (usec_t)s->journal_days * USEC_DAY};
}

bool plan_state_folder(const char *given, char ret_folder[PLAN_FOLDER])
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = 0;
    if (given && *given) {
        n = snprintf(ret_folder, PLAN_FOLDER, "%s", given);
    } else if (geteuid() == 0) {
        n = snprintf(ret_folder, PLAN_FOLDER, "/var/lib/dialtone");
    } else if (xdg && *xdg == '/') {
        n = snprintf(ret_folder, PLAN_FOLDER, "%s/dialtone", xdg);
    } else if (home && *home == '/') {
        n = snprintf(ret_folder, PLAN_FOLDER, "%s/.local/state/dialtone", home);
    } else {
        cli_error("--state DIR is needed: there is no home folder");
        return false;
    }
    if (n < 0 || n >= PLAN_FOLDER - 64) {
        cli_error("--state: the name is too long");
        return false;
    }
    return true;
}

static bool plan_admin(struct plan *p)
{
    const char *at = p->settings->admin;
    p->has_admin = strcmp(at, "off") != 0;
    if (p->has_admin && !plan_endpoint(str_z(at), &p->admin)) {
        cli_error("--admin: '%s' is neither ADDRESS:PORT nor off", at);
        return false;
    }
    return true;
}

/* What is served, and what that needs. */
static bool plan_parts(struct plan *p)
{
    const struct settings *s = p->settings;
    p->hub.on = !s->edge_only;
    p->lab_tls = p->hub.on && s->cert.n == 0;
    if (s->edge_only && !s->accounts) {
        cli_error("who may register? --accounts FILE");
        return false;
    }
    if (p->hub.on && s->no_state) {
        cli_error("--no-state is for --edge-only: what the hub is told is kept");
        return false;
    }
    return true;
}

bool plan_make(const struct settings *s, struct plan *ret)
{
    *ret = (struct plan){.settings = s};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    ret->n_workers = s->workers ? s->workers : cores > 0 ? (size_t)cores : 1;
    ret->n_workers = ret->n_workers < WORKERS_MOST ? ret->n_workers : WORKERS_MOST;
    if (!plan_parts(ret) || !plan_listeners(ret) || (ret->hub.on && !plan_hub(ret)) ||
        !plan_tls(ret) || (ret->hub.on && !plan_phones(ret)) || !plan_edge(ret) ||
        !plan_admin(ret) || (!s->no_state && !plan_state_folder(s->state, ret->state))) {
        return false;
    }
    plan_limits(ret);
    return true;
}
