/* What was committed is told to the workers before the answer leaves. */
#include "app/hub/orders.h"

#include <stdlib.h>
#include <strings.h>

#include "io/inventory/accounts.h"
#include "io/inventory/devices.h"
#include "io/inventory/proof.h"

enum { GROW = 64 };

/* -- gathering; called by the inventory, which must not be asked meanwhile */

/* Room for one more at *at; false: no memory, or they are too many to be told one by one. */
static bool more(void **at, size_t n, size_t *cap, size_t size)
{
    if (n >= HUB_CHANGES) {
        return false;
    }
    if (n < *cap) {
        return true;
    }
    void *bigger = realloc(*at, (*cap + GROW) * size);
    if (bigger) {
        *at = bigger;
        *cap += GROW;
    }
    return bigger != NULL;
}

static void add_mac(struct changes *c, struct mac mac)
{
    void *at = c->mac;
    if (!more(&at, c->n, &c->cap, sizeof mac)) {
        c->all = true;
        return;
    }
    c->mac = at;
    c->mac[c->n++] = mac;
}

static void add_id(struct changes *c, struct id_list *to, int64_t id)
{
    void *at = to->id;
    if (to->n && to->id[to->n - 1] == id) {
        return;
    }
    if (!more(&at, to->n, &to->cap, sizeof id)) {
        c->everything = true;
        return;
    }
    to->id = at;
    to->id[to->n++] = id;
}

static void add_gone(struct changes *c, struct str user)
{
    void *at = c->gone;
    struct str copy = arena_str(&c->text, user);
    if (!more(&at, c->n_gone, &c->cap_gone, sizeof copy)) {
        c->everything = true;
        return;
    }
    c->gone = at;
    if (!copy.p) {
        c->everything = true;
        return;
    }
    c->gone[c->n_gone++] = copy;
}

static void device_changed(struct hub *h, const struct inventory_change *x)
{
    struct changes *c = &h->changes;
    bool moved = x->had_mac && (!x->has_mac || !mac_eq(x->mac_was, x->mac));
    if (x->had_mac) {
        add_mac(c, x->mac_was);
    }
    if (x->has_mac && (moved || !x->had_mac)) {
        add_mac(c, x->mac);
    }
    c->windows = c->windows || moved;
    if (moved && h->status) {
        status_device_gone(h->status, (uint64_t)x->id, x->mac_was);
    }
    if (x->how == INVENTORY_REMOVED) {
        events_device_gone(h, x->id);
        return;
    }
    if (x->has_mac && h->status) {
        status_device(h->status, (uint64_t)x->id, x->mac, hub_date(h));
    }
    add_id(c, &c->devices, x->id);
    events_device(h, x->id);
}

static void account_changed(struct hub *h, const struct inventory_change *x)
{
    struct changes *c = &h->changes;
    if (x->edge_was && (!x->edge || !str_eq(x->user_was, x->user))) {
        add_gone(c, x->user_was);
    }
    if (x->how != INVENTORY_REMOVED) {
        add_id(c, &c->accounts, x->id);
    }
}

void hub_changed(void *ctx, const struct inventory_change *change, size_t n)
{
    struct hub *h = ctx;
    for (size_t i = 0; i < n; i++) {
        switch (change[i].kind) {
        case INVENTORY_DEVICE:
            device_changed(h, &change[i]);
            break;
        case INVENTORY_ACCOUNT:
            account_changed(h, &change[i]);
            break;
        case INVENTORY_WINDOW:
            h->changes.windows = true;
            break;
        case INVENTORY_ALL:
            h->changes.everything = true;
            break;
        case INVENTORY_PUBLISHED:
            if (change[i].one_device) {
                add_mac(&h->changes, change[i].mac);
                break;
            }
            h->changes.all = true;
            break;
        case INVENTORY_SITE:
        case INVENTORY_OWNER:
        case INVENTORY_REGISTRAR:
        case INVENTORY_SETTING:
            h->changes.all = h->changes.all || change[i].online;
            break;
        case INVENTORY_LAYER:
        case INVENTORY_USER:
        case INVENTORY_REPORT:
        case INVENTORY_UNKNOWN:
            break;
        }
    }
}

static void start_over(struct changes *c)
{
    arena_reset(&c->text);
    c->n = c->n_gone = c->devices.n = c->accounts.n = 0;
    c->all = c->windows = c->everything = false;
}

void changes_clear(struct changes *c)
{
    free(c->mac);
    free(c->gone);
    free(c->devices.id);
    free(c->accounts.id);
    arena_clear(&c->text);
    *c = (struct changes){0};
}

/* -- errands */

static void errand_free(struct errand *e)
{
    if (e->secret && e->order.row) {
        explicit_bzero((void *)(uintptr_t)e->order.row, e->order.n * sizeof *e->order.row);
    }
    arena_clear(&e->arena);
    free(e);
}

static void on_back(struct hub_order *o, void *ctx)
{
    struct errand *e = (struct errand *)(void *)o;
    struct hub *h = ctx;
    struct call *c = e->holds && !h->ending ? call_find(h, e->id) : NULL;
    h->orders--;
    if (e->then && !h->ending) {
        e->then(e, c);
    } else if (c) {
        call_told(c);
    }
    errand_free(e);
    hub_settle(h);
}

struct errand *errand_new(struct hub *h, enum hub_order_kind kind, struct call *c)
{
    struct errand *e = calloc(1, sizeof *e);
    if (e) {
        e->hub = h;
        e->order.kind = kind;
        e->holds = c != NULL;
        if (c) {
            e->id = c->id;
        }
        arena_init(&e->arena, 0);
    }
    return e;
}

void errand_send(struct errand *e)
{
    struct hub *h = e->hub;
    h->orders++;
    atomic_fetch_add(&h->count.orders, 1);
    e->order.back = h->loop;
    e->order.done = on_back;
    atomic_store(&e->order.left, h->cfg.workers);
    if (h->cfg.order && h->cfg.workers) {
        h->cfg.order(h->cfg.ctx, &e->order);
    } else {
        atomic_store(&e->order.left, 1);
        hub_order_done(&e->order);
    }
}

static void on_done_letter(struct loop_letter *l, void *ctx)
{
    struct hub_order *o = (struct hub_order *)(void *)l;
    o->done(o, ctx);
}

void hub_order_done(struct hub_order *o)
{
    if (atomic_fetch_sub(&o->left, 1) == 1) {
        o->letter.open = on_done_letter;
        loop_post(o->back, &o->letter);
    }
}

/* -- what changed, as orders */

static void send(struct errand *e, struct call *c)
{
    if (c) {
        c->waits++;
    }
    errand_send(e);
}

static void forget(struct hub *h, struct call *c)
{
    struct changes *x = &h->changes;
    if (!x->all && x->n == 0) {
        return;
    }
    struct errand *e = errand_new(h, HUB_FORGET, c);
    struct mac *mac = e && !x->all ? arena_room(&e->arena, x->n * sizeof *mac) : NULL;
    if (!e) {
        return;
    }
    if (mac) {
        memcpy(mac, x->mac, x->n * sizeof *mac);
        e->order.mac = mac;
        e->order.n = x->n;
    }
    send(e, c);
}

struct putting {
    struct errand *e;
    struct account_row *row;
    size_t n, cap;
};

static enum err put(void *ctx, const struct account_proof *p)
{
    struct putting *to = ctx;
    if (to->n == to->cap) {
        size_t cap = to->cap ? 2 * to->cap : GROW;
        struct account_row *bigger = arena_alloc(&to->e->arena, cap * sizeof *bigger);
        if (!bigger) {
            return ERR_MEMORY;
        }
        if (to->n) {
            memcpy(bigger, to->row, to->n * sizeof *bigger);
            explicit_bzero(to->row, to->n * sizeof *bigger);
        }
        to->row = bigger;
        to->cap = cap;
    }
    struct account_row *r = &to->row[to->n++];
    hub_account_row(p, r);
    r->user = arena_str(&to->e->arena, p->user);
    r->auth = arena_str(&to->e->arena, p->auth);
    return ERR_OK;
}

void hub_account_row(const struct account_proof *p, struct account_row *ret)
{
    *ret = (struct account_row){.user = p->user,
                                .auth = p->auth,
                                .has_mac = p->has_mac,
                                .mac = p->mac,
                                .has_ha1 = p->has_ha1,
                                .sha256 = p->sha256};
    _Static_assert(sizeof ret->ha1 == sizeof p->ha1, "by enum digest_algorithm, both");
    memcpy(ret->ha1, p->ha1, sizeof ret->ha1);
}

/* The accounts of the lines of what changed are looked at too: whose phone an account is, is told with it. */
static void name_accounts(struct hub *h, struct arena *a)
{
    struct changes *x = &h->changes;
    for (size_t i = 0; i < x->devices.n; i++) {
        struct device d;
        struct refusal none;
        if (inventory_device_get(h->inv, x->devices.id[i], a, &d, &none) != ERR_OK) {
            continue;
        }
        bool here = d.n_lines == 0;
        for (size_t k = 0; k < d.n_lines; k++) {
            if (d.line[k].registrar == 0) {
                add_id(x, &x->accounts, d.line[k].account);
                here = true;
            }
            if (d.has_mac && h->status && d.line[k].registrar == 0) {
                status_user(h->status, d.line[k].user, d.mac);
            }
        }
        if (d.has_mac && h->status) {
            status_elsewhere(h->status, d.mac, !here);
        }
    }
}

/* Phones that have a line with a changed account get another configuration. */
static void name_phones(struct hub *h, struct arena *a, int64_t account)
{
    int64_t *id = NULL;
    size_t n = 0;
    struct refusal none;
    if (inventory_account_devices(h->inv, account, a, &id, &n, &none) != ERR_OK) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct device d;
        if (inventory_device_get(h->inv, id[i], a, &d, &none) == ERR_OK && d.has_mac) {
            add_mac(&h->changes, d.mac);
        }
    }
}

static void put_accounts(struct hub *h, struct call *c, struct arena *a)
{
    struct changes *x = &h->changes;
    struct errand *e = errand_new(h, HUB_ACCOUNTS, c);
    struct putting to = {.e = e};
    struct refusal none;
    if (!e) {
        return;
    }
    if (x->everything) {
        hub_note(h, inventory_account_proofs(h->inv, put, &to, &none));
    }
    for (size_t i = 0; !x->everything && i < x->accounts.n; i++) {
        struct account_proof p;
        if (inventory_account_proof(h->inv, x->accounts.id[i], STR(""), a, &p, &none) == ERR_OK) {
            (void)put(&to, &p);
            explicit_bzero(&p, sizeof p);
        }
    }
    struct str *gone = arena_room(&e->arena, (x->n_gone + 1) * sizeof *gone);
    for (size_t i = 0; gone && i < x->n_gone; i++) {
        gone[i] = arena_str(&e->arena, x->gone[i]);
    }
    e->secret = true;
    e->order.row = to.row;
    e->order.n = to.n;
    e->order.gone = gone;
    e->order.n_gone = gone ? x->n_gone : 0;
    if (e->order.n || e->order.n_gone) {
        send(e, c);
    } else {
        errand_free(e);
    }
}

static void tell_windows(struct hub *h, struct call *c,
                         void (*then)(struct errand *e, struct call *c))
{
    struct errand *e = errand_new(h, HUB_WINDOWS, c);
    struct window *w = NULL;
    struct refusal none;
    struct str next;
    size_t n = 0;
    if (!e) {
        return;
    }
    const struct page page = {.limit = PROV_WINDOWS < 1000 ? PROV_WINDOWS : 1000};
    if (inventory_windows(h->inv, hub_date(h), page, &e->arena, &w, &n, &next, &none) != ERR_OK) {
        n = 0;
    }
    struct prov_window *to = arena_alloc(&e->arena, (n + 1) * sizeof *to);
    for (size_t i = 0; to && i < n; i++) {
        struct device_keys keys;
        to[i].mac = w[i].mac;
        to[i].until = w[i].until;
        if (inventory_keys_get(h->inv, w[i].device, &e->arena, &keys, &none) == ERR_OK &&
            keys.url_key.len <= PROV_KEY_MOST) {
            memcpy(to[i].key, keys.url_key.p, keys.url_key.len);
        }
    }
    e->order.window = to;
    e->order.n = to ? n : 0;
    e->then = then;
    send(e, c);
}

void hub_tell_windows(struct hub *h, void (*then)(struct errand *e, struct call *c))
{
    tell_windows(h, NULL, then);
}

static bool anything(const struct changes *x)
{
    return x->all || x->everything || x->windows || x->n || x->n_gone || x->devices.n ||
           x->accounts.n;
}

void hub_spread(struct hub *h, struct call *c)
{
    struct changes *x = &h->changes;
    struct arena a;
    if (!anything(x)) {
        return;
    }
    arena_init(&a, 0);
    if (!x->everything) {
        name_accounts(h, &a);
        for (size_t i = 0; i < x->accounts.n; i++) {
            name_phones(h, &a, x->accounts.id[i]);
        }
    }
    x->all = x->all || x->everything;
    forget(h, c);
    if (x->everything || x->accounts.n || x->n_gone) {
        put_accounts(h, c, &a);
    }
    if (x->windows || x->everything) {
        tell_windows(h, c, NULL);
    }
    if (x->everything) {
        hub_know_devices(h);
        events_reset(h);
    }
    start_over(x);
    arena_clear(&a);
}
