/* From a plan to running workers, and back to nothing. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "app/serve/house.h"
#include "app/serve/process.h"
#include "app/serve/tell.h"
#include "io/tls/crypto.h"

static usec_t date(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (usec_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

static bool random_bytes(void *to, size_t len)
{
    bool ok = getrandom(to, len, 0) == (ssize_t)len;
    if (!ok) {
        cli_error("no random numbers: %s", strerror(errno));
    }
    return ok;
}

void house_tell(struct house *h, const char *state, const char *fmt, ...)
{
    char text[256];
    struct fact f;
    struct buf b = {.limit = 0};
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    fact_init(&f, FACT_SERVER_STATE);
    fact_add(&f, FIELD_STATE, str_z(state));
    fact_add(&f, FIELD_TEXT, str_z(text));
    serve_tell(h->store, h->hub, date(), &f, &b);
    buf_clear(&b);
}

/* -- pieces */

static bool open_state(struct house *h)
{
    char why[STORE_WHY] = "";
    if (!h->plan.state[0]) {
        return true;
    }
    if (!state_open(&h->state, h->plan.state)) {
        return false;
    }
    if (store_open(h->plan.state, &h->plan.store, &h->store, why) != ERR_OK) {
        cli_error("%s", why);
        return false;
    }
    return true;
}

static bool open_tls(struct house *h)
{
    if (!h->plan.has_tls && !h->plan.hub.has_tls) {
        return true;
    }
    if (tls_tickets_new(&h->tickets) != ERR_OK) {
        cli_error("no keys for TLS tickets");
        return false;
    }
    return (!h->plan.has_tls || house_read_tls(&h->plan, h->tickets, &h->tls)) &&
           (!h->plan.hub.has_tls || house_read_page_tls(h, &h->page_tls));
}

static bool put_accounts(struct house *h, struct edge **edges, const struct accounts_file *f)
{
    uint16_t n = (uint16_t)h->plan.n_workers;
    for (size_t i = 0; i < f->n; i++) {
        uint16_t shard = edge_shard_of(&h->workers.key, n, f->row[i].user);
        if (edge_account_put(edges[shard], &f->row[i], h->started) != ERR_OK) {
            cli_error("%s: not all accounts fit: no memory, or a limit",
                      h->plan.settings->accounts);
            return false;
        }
    }
    return true;
}

static bool make_edges(struct house *h, struct edge **edges)
{
    struct edge_cfg cfg = h->plan.edge;
    bool ok = random_bytes(&h->workers.key, sizeof h->workers.key) &&
              random_bytes(cfg.nonce_key, sizeof cfg.nonce_key) &&
              random_bytes(cfg.flow_key, sizeof cfg.flow_key);
    cfg.crypto = tls_crypto();
    cfg.hash = h->workers.key;
    cfg.shards = (uint16_t)h->plan.n_workers;
    for (size_t i = 0; ok && i < h->plan.n_workers; i++) {
        uint64_t seed = 0;
        cfg.shard = (uint16_t)i;
        ok = random_bytes(&seed, sizeof seed);
        if (ok && edge_new(&cfg, seed, h->started, &edges[i]) != ERR_OK) {
            cli_error("no memory for the tables");
            ok = false;
        }
        for (size_t k = 0; ok && k < h->plan.n_listeners; k++) {
            edge_on_local(edges[i], (uint8_t)k, &h->plan.listener[k].at);
        }
    }
    explicit_bzero(&cfg, sizeof cfg);
    return ok;
}

static bool load_accounts(struct house *h, struct edge **edges)
{
    struct accounts_file f = {0};
    if (!h->plan.settings->accounts) {
        return true;
    }
    bool ok = house_read_accounts(&h->plan, &f);
    if (ok && (!put_accounts(h, edges, &f) || !names_of(&f, &h->names))) {
        ok = false;
    }
    accounts_file_clear(&f);
    return ok;
}

/* Takes over the edges and files that are there; those of a worker that is not made are the caller's still. */
static bool make_workers(struct house *h, struct edge **edges, struct wal **wals)
{
    h->workers.n = h->plan.n_workers;
    for (unsigned i = 0; i < h->workers.n; i++) {
        struct worker *w = NULL;
        struct worker_cfg cfg = {.plan = &h->plan,
                                 .all = &h->workers,
                                 .index = i,
                                 .edge = edges[i],
                                 .wal = wals[i],
                                 .store = h->store,
                                 .hub = h->hub,
                                 .tls = h->tls,
                                 .owner = h->loop};
        for (size_t k = 0; k < h->plan.n_listeners; k++) {
            cfg.fd[k] = h->fd[k][i];
            h->fd[k][i] = -1;
        }
        cfg.phones = h->plan.phones.n_listeners ? &h->plan.phones : NULL;
        cfg.phones_tls = h->phones_tls;
        for (size_t k = 0; k < h->plan.phones.n_listeners; k++) {
            cfg.phones_fd[k] = h->phones_fd[k][i];
            h->phones_fd[k][i] = -1;
        }
        edges[i] = NULL;
        wals[i] = NULL;
        enum err e = worker_new(&cfg, &w);
        if (e != ERR_OK) {
            cli_error("worker %u: %s", i, e == ERR_IO ? strerror(errno) : err_name(e));
            return false;
        }
    }
    return true;
}

static bool start_workers(struct house *h)
{
    for (size_t i = 0; i < h->workers.n; i++) {
        if (worker_start(h->workers.at[i]) != ERR_OK) {
            cli_error("worker %zu: no thread", i);
            while (i) {
                worker_stop(h->workers.at[--i]);
            }
            return false;
        }
    }
    return true;
}

/* Serving begins when the workers know what the hub has for them. */
static bool start_hub(struct house *h)
{
    if (h->hub && hub_start(h->hub, h->loop, house_ready) != ERR_OK) {
        cli_error("hub: no thread");
        return false;
    }
    return true;
}

static size_t bindings_of(struct edge *const *edges, size_t n)
{
    size_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += edge_bindings(edges[i]);
    }
    return sum;
}

bool house_start(struct house *h)
{
    struct edge *edges[WORKERS_MOST] = {NULL};
    struct wal *wals[WORKERS_MOST] = {NULL};
    const struct settings *s = h->plan.settings;
    size_t n = h->plan.n_workers, restored = 0;
    h->started = date();
    bool ok = house_bind(h) && process_drop(s->user, h->plan.state) && open_state(h) &&
              house_lab(h) && open_tls(h) && house_provision(h) && house_hub(h) &&
              make_edges(h, edges) && load_accounts(h, edges) && house_hub_accounts(h, edges);
    if (ok && h->store) {
        ok = state_restore(&h->state, edges, &h->workers.key, n, h->started, wals);
        restored = ok ? bindings_of(edges, n) : 0;
    }
    ok = ok && make_workers(h, edges, wals) && start_workers(h) && start_hub(h);
    for (size_t i = 0; i < n; i++) {
        edge_free(edges[i]);
        wal_close(wals[i]);
    }
    if (ok) {
        cli_error("serving: realm %.*s, %zu accounts, %zu bindings restored, %zu workers",
                  STR_ARG(h->plan.realm), h->names.n, restored, n);
        house_tell(h, "started", "%zu accounts, %zu bindings restored, %zu workers", h->names.n,
                   restored, n);
    }
    return ok;
}

/* -- the end */

static void close_ports(struct house *h)
{
    for (size_t i = 0; i < h->plan.n_listeners; i++) {
        for (size_t w = 0; w < h->plan.n_workers; w++) {
            if (h->fd[i][w] >= 0) {
                (void)close(h->fd[i][w]);
            }
        }
    }
    for (size_t i = 0; i < PHONES_LISTENERS; i++) {
        for (size_t w = 0; w < h->plan.n_workers; w++) {
            if (h->phones_fd[i][w] >= 0) {
                (void)close(h->phones_fd[i][w]);
            }
        }
    }
    for (size_t i = 0; i < HUB_LISTENERS; i++) {
        if (h->hub_fd[i] >= 0) {
            (void)close(h->hub_fd[i]);
        }
    }
    if (h->admin_fd >= 0) {
        (void)close(h->admin_fd);
    }
}

void house_free(struct house *h)
{
    for (size_t i = 0; i < h->workers.n; i++) {
        worker_join(h->workers.at[i]);
    }
    hub_join(h->hub);
    h->hub = NULL;
    web_free(h->web);
    loop_timer_free(h->timer);
    loop_timer_free(h->reload);
    loop_timer_free(h->watchdog);
    loop_free(h->loop);
    close_ports(h);
    tls_server_free(h->tls);
    tls_server_free(h->tls_new);
    tls_server_free(h->page_tls);
    tls_server_free(h->page_tls_new);
    tls_server_free(h->phones_tls);
    tls_server_free(h->phones_tls_new);
    free(h->lab);
    tls_tickets_free(h->tickets);
    if (h->phase == PHASE_ENDING) {
        house_tell(h, "ended", "in order");
    }
    store_close(h->store);
    state_close(&h->state);
    names_clear(&h->names);
    names_clear(&h->coming_names);
    accounts_file_clear(&h->coming);
    free(h->gone);
}
