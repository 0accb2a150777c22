/* Accounts and certificates, at the start and again at SIGHUP. */
#include <stdlib.h>
#include <string.h>

#include "app/serve/house.h"

bool house_read_accounts(const struct plan *p, struct accounts_file *ret)
{
    const char *path = p->settings->accounts;
    struct accounts_mistakes *m = calloc(1, sizeof *m);
    enum err e =
        m ? accounts_file_read(path, p->realm, p->settings->accounts_most, ret, m) : ERR_MEMORY;
    for (size_t i = 0; m && i < m->n && i < ACCOUNTS_MISTAKES; i++) {
        if (m->at[i].line) {
            cli_error("%s:%zu: %s", path, m->at[i].line, m->at[i].what);
        } else {
            cli_error("%s: %s", path, m->at[i].what);
        }
    }
    if (m && m->n > ACCOUNTS_MISTAKES) {
        cli_error("%s: and %zu more mistakes", path, m->n - ACCOUNTS_MISTAKES);
    }
    if (e == ERR_MEMORY) {
        cli_error("%s: no memory", path);
    }
    free(m);
    return e == ERR_OK;
}

bool house_read_tls(const struct plan *p, struct tls_tickets *tickets, struct tls_server **ret)
{
    char why[256] = "";
    enum err e = tls_server_new(&p->tls, tickets, ret, why);
    if (e != ERR_OK) {
        cli_error("%s", *why ? why : err_name(e));
    }
    return e == ERR_OK;
}

bool house_read_page_tls(struct house *h, struct tls_server **ret)
{
    struct plan p = h->plan;
    p.tls.client_ca = NULL;
    p.tls.client_must = false;
    return house_read_tls(&p, h->tickets, ret);
}

/* -- names */

bool names_of(const struct accounts_file *f, struct names *ret)
{
    struct names n = {.at = calloc(f->n ? f->n : 1, sizeof *n.at)};
    arena_init(&n.text, 0);
    for (size_t i = 0; n.at && i < f->n; i++) {
        n.at[n.n++] = arena_str(&n.text, f->row[i].user);
        if (!n.at[i].p) {
            names_clear(&n);
        }
    }
    *ret = n;
    return n.at != NULL;
}

void names_clear(struct names *n)
{
    free(n->at);
    arena_clear(&n->text);
    *n = (struct names){0};
}

/* Those of `old` that `new` lacks; both in order. */
static size_t missing(const struct names *old, const struct names *new, struct str *to)
{
    size_t n = 0, k = 0;
    for (size_t i = 0; i < old->n; i++) {
        while (k < new->n && str_cmp(new->at[k], old->at[i]) < 0) {
            k++;
        }
        if (k == new->n || !str_eq(new->at[k], old->at[i])) {
            to[n++] = old->at[i];
        }
    }
    return n;
}

/* -- SIGHUP */

/* One that was asked for while another was on its way begins when that is over. */
static void settle(struct house *h)
{
    if (h->again && !h->loading && !h->tls_coming) {
        h->again = false;
        loop_timer_at(h->reload, loop_now(h->loop));
    }
}

static void on_put(void *ctx, struct worker_accounts *a)
{
    struct house *h = ctx;
    size_t failed = atomic_load(&a->failed);
    if (failed) {
        cli_error("%s: %zu accounts were not taken: a limit is reached", h->plan.settings->accounts,
                  failed);
    }
    cli_error("accounts: %zu, %zu of them no longer there are removed", a->n, a->n_gone);
    house_tell(h, "accounts", "%zu accounts, %zu removed", a->n, a->n_gone);
    names_clear(&h->names);
    h->names = h->coming_names;
    h->coming_names = (struct names){0};
    accounts_file_clear(&h->coming);
    free(h->gone);
    h->gone = NULL;
    h->loading = false;
    settle(h);
}

static void keep_old(struct house *h, const char *what)
{
    cli_error("%s: the old ones stay in use", what);
    house_tell(h, "refused", "%s: the old ones stay in use", what);
}

static bool reload_accounts(struct house *h)
{
    if (!house_read_accounts(&h->plan, &h->coming)) {
        return false;
    }
    h->gone = calloc(h->names.n ? h->names.n : 1, sizeof *h->gone);
    if (!h->gone || !names_of(&h->coming, &h->coming_names)) {
        free(h->gone);
        h->gone = NULL;
        accounts_file_clear(&h->coming);
        return false;
    }
    h->put = (struct worker_accounts){.row = h->coming.row,
                                      .n = h->coming.n,
                                      .gone = h->gone,
                                      .n_gone = missing(&h->names, &h->coming_names, h->gone),
                                      .done = on_put,
                                      .left = h->workers.n};
    for (size_t i = 0; i < h->workers.n; i++) {
        worker_put_accounts(h->workers.at[i], &h->put);
    }
    return true;
}

static void on_tls(void *ctx)
{
    struct house *h = ctx;
    if (--h->tls_left == 0) {
        if (h->tls_new) {
            tls_server_free(h->tls);
            h->tls = h->tls_new;
        }
        if (h->phones_tls_new) {
            tls_server_free(h->phones_tls);
            h->phones_tls = h->phones_tls_new;
        }
        if (h->page_tls_new) {
            tls_server_free(h->page_tls);
            h->page_tls = h->page_tls_new;
        }
        h->tls_new = h->phones_tls_new = h->page_tls_new = NULL;
        h->tls_coming = false;
        cli_error("certificates: read anew");
        house_tell(h, "certificates", "read anew");
        settle(h);
    }
}

static void reload_tls(struct house *h)
{
    bool edge = h->plan.has_tls, phones = h->plan.phones.has_tls, page = h->plan.hub.has_tls;
    if ((!edge && !phones && !page) || h->tls_coming) {
        return;
    }
    if ((edge && !house_read_tls(&h->plan, h->tickets, &h->tls_new)) ||
        (phones && !(h->phones_tls_new = house_phones_tls(h))) ||
        (page && !house_read_page_tls(h, &h->page_tls_new))) {
        tls_server_free(h->tls_new);
        tls_server_free(h->phones_tls_new);
        h->tls_new = h->phones_tls_new = h->page_tls_new = NULL;
        keep_old(h, "certificates");
        return;
    }
    h->tls_coming = true;
    h->tls_left = h->workers.n + page;
    if (page) {
        hub_tls(h->hub, h->page_tls_new, on_tls);
    }
    for (size_t i = 0; i < h->workers.n; i++) {
        worker_tls(h->workers.at[i], h->tls_new, h->phones_tls_new, on_tls);
    }
}

void house_reload(struct house *h)
{
    if (h->loading || h->tls_coming) {
        h->again = true;
        return;
    }
    reload_tls(h);
    if (!h->plan.settings->accounts) {
        return;
    }
    h->loading = reload_accounts(h);
    if (!h->loading) {
        keep_old(h, "accounts");
    }
}
