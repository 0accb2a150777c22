/* The hub beside the workers: its start and end, what it has them do, what it says of this installation. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/ca/lab.h"
#include "app/serve/house.h"
#include "domain/device/vendor.h"
#include "flow/announce/announce.h"

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

/* -- GET /setup/live */

static void say_text(const char *key, void (*write)(const struct announce *a, struct sink *out),
                     const struct announce *a, struct json *out)
{
    struct buf b = {.limit = 65536};
    struct sink s = buf_sink(&b);
    write(a, &s);
    json_kstr(out, key, buf_str(&b));
    buf_clear(&b);
}

static uint16_t port_of(const struct plan *p, enum transport t)
{
    for (size_t i = 0; i < p->n_listeners; i++) {
        if (p->listener[i].transport == t) {
            return p->listener[i].at.port;
        }
    }
    return 0;
}

/* What is known of this installation, for DHCP and DNS to say. */
static void announce_of(const struct house *h, struct announce *a)
{
    const struct plan *p = &h->plan;
    announce_init(a);
    a->vendor = device_vendor_class;
    a->url = house_provision_url(h);
    a->domain = p->edge.n_domains ? p->edge.domains[0] : STR("");
    a->tls = port_of(p, TRANSPORT_TLS);
    a->tcp = port_of(p, TRANSPORT_TCP);
    a->udp = port_of(p, TRANSPORT_UDP);
    struct str host = {0};
    uint16_t port = 0;
    bool tls = false;
    struct addr address;
    bool named = announce_url(a->url, &host, &port, &tls) && !addr_read(host, &address);
    a->edge[a->n_edges++] = (struct announce_edge){named ? host : a->domain, 5, 50};
    a->dhcp_domain = named ? a->domain : STR("");
}

static void live(void *ctx, const char *language, struct json *out)
{
    const struct house *h = ctx;
    struct announce a;
    char why[ANNOUNCE_WHY] = "";
    (void)language;
    announce_of(h, &a);
    json_open(out, '{');
    json_kstr(out, "provisioning_url", a.url);
    json_kstr(out, "domain", a.domain);
    json_kint(out, "tls_port", a.tls);
    json_kint(out, "tcp_port", a.tcp);
    json_kint(out, "udp_port", a.udp);
    json_kbool(out, "lab", h->lab != NULL);
    json_kz(out, "authority", h->lab ? h->lab->ca : NULL);
    bool ok = announce_check(&a, why);
    json_kz(out, "problem", ok ? NULL : why);
    json_key(out, "snippets");
    json_open(out, '{');
    for (const struct announce_writer *w = announce_writers; ok && w->name; w++) {
        say_text(w->name, w->write, &a, out);
    }
    json_close(out, '}');
    json_close(out, '}');
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
                          .realm = h->plan.realm,
                          .provision_realm = h->plan.phones.policy.realm,
                          .domain = h->plan.edge.domains[0],
                          .workers = h->plan.n_workers,
                          .order = post,
                          .ctx = h,
                          .live = live,
                          .session_hours = (unsigned)s->session_hours,
                          .code_hours = (unsigned)s->code_hours,
                          .password_hours = (unsigned)s->password_hours,
                          .offline_days = (unsigned)s->offline_days,
                          .report_most = (size_t)s->report_most << 20,
                          .reports_most = (size_t)s->reports_most << 20};
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
