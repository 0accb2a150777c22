/* The hub beside the workers: its start and end, what it has them do, what it says of this installation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ca/lab.h"
#include "app/serve/house.h"

/* -- certificates of our own */

bool house_lab(struct house *h)
{
    const char *name[CA_LAB_NAMES] = {"localhost", "127.0.0.1", "::1"};
    size_t n = 3;
    char host[256] = "", folder[PLAN_FOLDER + 8];
    if (!h->plan.lab_tls) {
        return true;
    }
    const struct texts *domains = &h->plan.settings->domains;
    for (size_t i = 0; i < domains->n && n < CA_LAB_NAMES - 1; i++) {
        name[n++] = domains->at[i];
    }
    if (gethostname(host, sizeof host - 1) == 0 && *host && strcmp(host, "localhost") != 0) {
        name[n++] = host;
    }
    (void)snprintf(folder, sizeof folder, "%s/lab", h->plan.state);
    h->lab = malloc(sizeof *h->lab);
    if (!h->lab || !ca_lab(folder, name, n, h->lab)) {
        return false;
    }
    if (h->lab->made) {
        cli_error("no certificate was given: an authority for a lab is made, %s", h->lab->ca);
    }
    h->plan.tls.cert[0] = h->lab->cert;
    h->plan.tls.key[0] = h->lab->key;
    return true;
}

/* -- orders */

static void post(void *ctx, struct hub_order *o)
{
    struct house *h = ctx;
    atomic_store(&o->left, h->workers.n);
    for (size_t i = 0; i < h->workers.n; i++) {
        worker_order(h->workers.at[i], o);
    }
}

/* -- its life */

static const char *url_of(struct house *h)
{
    const struct web_listener *l = &h->plan.hub.listener[0];
    char at[ENDPOINT_TEXT];
    if (h->plan.settings->hub_url) {
        return h->plan.settings->hub_url;
    }
    (void)endpoint_write(l->at, at);
    (void)snprintf(h->hub_url, sizeof h->hub_url, "%s://%s", l->tls ? "https" : "http", at);
    return h->hub_url;
}

/* In a lab no DNS says where the edge of its domain is: configurations name it. */
static void name_edge(struct house *h, struct hub_cfg *cfg)
{
    static const struct {
        enum transport transport;
        const char *name;
    } best[] = {{TRANSPORT_TLS, "TLS"}, {TRANSPORT_TCP, "TCP"}, {TRANSPORT_UDP, "UDP"}};
    for (size_t k = 0; h->lab && k < sizeof best / sizeof *best; k++) {
        for (size_t i = 0; i < h->plan.n_listeners; i++) {
            const struct listener *l = &h->plan.listener[i];
            if (l->transport == best[k].transport && !addr_unset(l->at.ip)) {
                cfg->outbound = endpoint_write(l->at, h->hub_outbound);
                cfg->outbound_transport = best[k].name;
                return;
            }
        }
    }
}

bool house_hub(struct house *h)
{
    const struct settings *s = h->plan.settings;
    char why[HUB_WHY] = "";
    if (!h->plan.hub.on) {
        return true;
    }
    struct hub_cfg cfg = {.state = h->plan.state,
                          .key = s->master_key,
                          .store = h->store,
                          .n_listeners = h->plan.hub.n_listeners,
                          .server = h->page_tls,
                          .url = url_of(h),
                          .version = cli_version,
                          .realm = h->plan.realm,
                          .provision_realm = h->plan.phones.policy.realm,
                          .domain = h->plan.edge.domains[0],
                          .workers = h->plan.n_workers,
                          .order = post,
                          .ctx = h,
                          .live = house_live,
                          .session_hours = (unsigned)s->session_hours,
                          .code_hours = (unsigned)s->code_hours,
                          .password_hours = (unsigned)s->password_hours,
                          .offline_days = (unsigned)s->offline_days,
                          .report_most = (size_t)s->report_most << 20,
                          .reports_most = (size_t)s->reports_most << 20};
    name_edge(h, &cfg);
    if (*h->plan.phones.url) {
        cfg.provision_url = h->plan.phones.url;
    }
    for (size_t i = 0; i < cfg.n_listeners; i++) {
        cfg.fd[i] = h->hub_fd[i];
        cfg.tls[i] = h->plan.hub.listener[i].tls;
        h->hub_fd[i] = -1;
    }
    if (hub_new(&cfg, &h->hub, why) != ERR_OK) {
        cli_error("%s", why);
        return false;
    }
    return true;
}

struct putting {
    struct edge **edges;
    struct house *house;
};

static enum err put_one(void *ctx, const struct account_row *row)
{
    const struct putting *p = ctx;
    const struct house *h = p->house;
    uint16_t shard = edge_shard_of(&h->workers.key, (uint16_t)h->plan.n_workers, row->user);
    return edge_account_put(p->edges[shard], row, h->started);
}

bool house_hub_accounts(struct house *h, struct edge **edges)
{
    struct putting p = {edges, h};
    if (h->hub && hub_each_account(h->hub, put_one, &p) != ERR_OK) {
        cli_error("not all accounts fit: no memory, or a limit");
        return false;
    }
    return true;
}
