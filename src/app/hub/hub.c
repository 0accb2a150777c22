/* The hub's thread: what it is made of, its start and its end in order. */
#include "app/hub/hub.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/hub/api.h"
#include "app/hub/intake.h"
#include "app/hub/models.h"
#include "app/hub/orders.h"
#include "io/inventory/accounts.h"
#include "io/inventory/devices.h"
#include "io/tls/crypto.h"

#define MINUTE (60 * USEC_S)
#define SETUP_VALID (24 * 3600 * USEC_S)
#define SETTLE (50 * USEC_MS)
#define GUESS_EACH (30 * USEC_S)

enum { GUESSES_OF_SOURCE = 10, GUESSES_OF_USER = 30, REQUEST_S = 300 };

usec_t hub_date(struct hub *h)
{
    return loop_date(h->loop);
}

void hub_note(struct hub *h, enum err e)
{
    if (e != ERR_OK) {
        atomic_fetch_add(&h->count.failed, 1);
    }
}

/* -- folders */

static bool make_folder(const char *path, char ret_why[HUB_WHY])
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        (void)snprintf(ret_why, HUB_WHY, "%.180s: %.60s", path, strerror(errno));
        return false;
    }
    return true;
}

/* What was being received when the process ended is nobody's. */
static void sweep(const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (e->d_name[0] != '.') {
            (void)unlinkat(dirfd(d), e->d_name, 0);
        }
    }
    if (d) {
        (void)closedir(d);
    }
}

static bool open_folders(struct hub *h, char ret_why[HUB_WHY])
{
    char path[HUB_PATH];
    (void)snprintf(h->folder, sizeof h->folder, "%.4000s", h->cfg.state);
    (void)snprintf(path, sizeof path, "%.4000s/reports", h->folder);
    (void)snprintf(h->incoming, sizeof h->incoming, "%.4000s/reports/incoming", h->folder);
    if (!make_folder(path, ret_why) || !make_folder(h->incoming, ret_why)) {
        return false;
    }
    sweep(h->incoming);
    return true;
}

/* -- what it is made of */

static bool model(void *ctx, struct str name, struct str *ret_name, unsigned *ret_lines)
{
    const struct model *m = model_find(name);
    (void)ctx;
    if (m) {
        *ret_name = str_z(m->name);
        *ret_lines = m->lines;
    }
    return m != NULL;
}

static enum err open_inventory(struct hub *h, char ret_why[HUB_WHY])
{
    const struct inventory_cfg cfg = {.dir = h->folder,
                                      .key_file = h->cfg.key,
                                      .crypto = tls_crypto(),
                                      .realm = h->cfg.realm,
                                      .domain = h->cfg.domain,
                                      .provisioning_realm = h->cfg.provision_realm,
                                      .ctx = h,
                                      .model = model,
                                      .changed = hub_changed};
    _Static_assert((int)INVENTORY_WHY <= (int)HUB_WHY, "its words fit");
    return inventory_open(&cfg, &h->inv, ret_why);
}

static enum err open_knowledge(struct hub *h)
{
    struct conf_error at;
    h->know = calloc(1, sizeof *h->know);
    enum err e = h->know ? knowledge_init(h->know) : ERR_MEMORY;
    if (e == ERR_OK) {
        e = knowledge_add_share(h->know, &at);
    }
    return e == ERR_OK ? knowledge_check(h->know, &at) : e;
}

static void on_event(void *ctx, const char *name, struct str json)
{
    events_push(ctx, name, json);
}

static enum err open_status(struct hub *h)
{
    const struct status_cfg cfg = {.loop = h->loop,
                                   .store = h->cfg.store,
                                   .know = h->know,
                                   .offline_s = h->cfg.offline_days * 86400,
                                   .event = on_event,
                                   .ctx = h};
    enum err e = status_new(&cfg, &h->status);
    if (e == ERR_OK) {
        e = reports_new(h->loop, intake_diagnosed, h, &h->reports);
    }
    return e;
}

static enum err open_web(struct hub *h)
{
    struct web_limits limits = web_limits_usual;
    limits.request = REQUEST_S * USEC_S;
    enum err e = web_new(h->loop, &limits, &h->web);
    if (e == ERR_OK) {
        e = web_assets_new("web/", &h->assets);
    }
    for (size_t i = 0; e == ERR_OK && i < h->cfg.n_listeners; i++) {
        e = web_listen(h->web, h->cfg.fd[i], h->cfg.tls[i] ? h->cfg.server : NULL, (unsigned)i,
                       &api_handler, h);
        if (e == ERR_OK) {
            h->cfg.fd[i] = -1;
        }
    }
    return e;
}

static void on_pulse(void *ctx);

static enum err open_all(struct hub *h, char ret_why[HUB_WHY])
{
    struct hash_key key;
    uint64_t epoch = 0;
    if (!open_folders(h, ret_why)) {
        return ERR_IO;
    }
    if (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key ||
        getrandom(&epoch, sizeof epoch, 0) != (ssize_t)sizeof epoch) {
        return ERR_IO;
    }
    throttle_init(&h->by_source, &key, GUESSES_OF_SOURCE, GUESS_EACH);
    throttle_init(&h->by_user, &key, GUESSES_OF_USER, GUESS_EACH);
    events_init(&h->events, epoch);
    enum err e = loop_new(&h->loop);
    if (e == ERR_OK) {
        loop_on_letter(h->loop, h);
        h->began = loop_date(h->loop);
        e = loop_timer_new(h->loop, on_pulse, h, &h->pulse);
    }
    if (e == ERR_OK) {
        e = open_inventory(h, ret_why);
    }
    if (e == ERR_OK) {
        e = open_knowledge(h);
    }
    if (e == ERR_OK) {
        e = open_status(h);
    }
    return e == ERR_OK ? open_web(h) : e;
}

/* Nobody can use it yet: whoever started it makes the first administrator. */
static void say_setup(struct hub *h)
{
    char token[ACCESS_TOKEN_TEXT];
    struct refusal why;
    if (inventory_setup_make(h->inv, h->began, SETUP_VALID, token, &why) == ERR_OK) {
        cli_error("first start: %s/setup#%s makes the first administrator, once, within a day",
                  h->cfg.url ? h->cfg.url : "", token);
        explicit_bzero(token, sizeof token);
    }
}

static void with_defaults(struct hub_cfg *c)
{
    c->session_hours = c->session_hours ? c->session_hours : 12;
    c->code_hours = c->code_hours ? c->code_hours : 168;
    c->password_hours = c->password_hours ? c->password_hours : 24;
    c->offline_days = c->offline_days ? c->offline_days : 30;
    c->report_most = c->report_most ? c->report_most : (size_t)256 << 20;
    c->reports_most = c->reports_most ? c->reports_most : (size_t)8 << 30;
}

static void hub_free(struct hub *h)
{
    h->ending = true;
    web_free(h->web);
    web_assets_free(h->assets);
    for (size_t i = 0; i < h->cfg.n_listeners; i++) {
        if (h->cfg.fd[i] >= 0) {
            (void)close(h->cfg.fd[i]);
        }
    }
    reports_free(h->reports);
    status_free(h->status);
    loop_timer_free(h->pulse);
    loop_free(h->loop);
    inventory_close(h->inv);
    if (h->know) {
        knowledge_clear(h->know);
    }
    free(h->know);
    free(h->record);
    events_clear(&h->events);
    changes_clear(&h->changes);
    free(h);
}

enum err hub_new(const struct hub_cfg *cfg, struct hub **ret, char ret_why[HUB_WHY])
{
    struct hub *h = calloc(1, sizeof *h);
    *ret_why = 0;
    if (!h) {
        return ERR_MEMORY;
    }
    h->cfg = *cfg;
    with_defaults(&h->cfg);
    h->record = malloc(sizeof *h->record);
    enum err e = h->record ? open_all(h, ret_why) : ERR_MEMORY;
    if (e != ERR_OK) {
        if (!*ret_why) {
            (void)snprintf(ret_why, HUB_WHY, "the hub cannot begin: %s", err_name(e));
        }
        hub_free(h);
        return e;
    }
    say_setup(h);
    *ret = h;
    return ERR_OK;
}

/* -- before the thread begins */

struct each {
    enum err (*fn)(void *ctx, const struct account_row *row);
    void *ctx;
};

static enum err on_proof(void *ctx, const struct account_proof *p)
{
    const struct each *to = ctx;
    struct account_row row;
    hub_account_row(p, &row);
    enum err e = to->fn(to->ctx, &row);
    explicit_bzero(&row, sizeof row);
    return e;
}

enum err hub_each_account(struct hub *h, enum err (*each)(void *ctx, const struct account_row *row),
                          void *ctx)
{
    struct each to = {each, ctx};
    struct refusal why;
    return inventory_account_proofs(h->inv, on_proof, &to, &why);
}

/* -- what is known at the start */

static void know_device(void *ctx, int64_t id, const struct mac *mac, int64_t site)
{
    struct hub *h = ctx;
    (void)site;
    if (mac) {
        status_device(h->status, (uint64_t)id, *mac, h->began);
    }
}

static enum err know_account(void *ctx, const struct account_proof *p)
{
    struct hub *h = ctx;
    if (p->has_mac) {
        status_user(h->status, p->user, p->mac);
    }
    return ERR_OK;
}

void hub_know_devices(struct hub *h)
{
    struct refusal none;
    inventory_device_each(h->inv, know_device, h);
    hub_note(h, inventory_account_proofs(h->inv, know_account, h, &none));
    atomic_store(&h->count.devices, inventory_counts(h->inv).devices);
}

/* -- letters from and to the owner */

struct note {
    struct loop_letter letter;
    void (*fn)(void *ctx);
    struct tls_server *tls;
    unsigned seconds;
};

static void on_note(struct loop_letter *l, void *ctx)
{
    struct note *n = (struct note *)(void *)l;
    void (*fn)(void *c) = n->fn;
    free(n);
    if (fn) {
        fn(ctx);
    }
}

/* To the owner: call that. */
static void to_owner(struct hub *h, void (*fn)(void *ctx))
{
    struct note *n = malloc(sizeof *n);
    if (n) {
        *n = (struct note){.letter = {.open = on_note}, .fn = fn};
        loop_post(h->owner, &n->letter);
    }
}

static void on_windows(struct errand *e, struct call *c)
{
    (void)c;
    to_owner(e->hub, e->hub->ready);
}

static void on_first(struct loop_letter *l, void *ctx)
{
    struct hub *h = ctx;
    free(l);
    h->phase = HUB_SERVING;
    hub_know_devices(h);
    if (status_rebuild(h->status) != ERR_OK) {
        cli_error("the journal cannot be read: where phones stand is not known until they come");
    }
    loop_timer_at(h->pulse, loop_now(h->loop) + USEC_S);
    hub_tell_windows(h, on_windows);
}

static void *run(void *ctx)
{
    struct hub *h = ctx;
    loop_run(h->loop);
    return NULL;
}

enum err hub_start(struct hub *h, struct loop *owner, void (*ready)(void *owner_ctx))
{
    struct note *first = malloc(sizeof *first);
    sigset_t all, was;
    if (!first) {
        return ERR_MEMORY;
    }
    h->owner = owner;
    h->ready = ready;
    *first = (struct note){.letter = {.open = on_first}};
    loop_post(h->loop, &first->letter);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &was);
    h->started = pthread_create(&h->thread, NULL, run, h) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &was, NULL);
    return h->started ? ERR_OK : ERR_LIMIT;
}

/* -- the pulse */

static void housekeeping(struct hub *h, usec_t date)
{
    inventory_tick(h->inv, date);
    h->minute = date + MINUTE;
    atomic_store(&h->count.devices, inventory_counts(h->inv).devices);
}

static void on_pulse(void *ctx)
{
    struct hub *h = ctx;
    usec_t date = hub_date(h);
    if (h->phase == HUB_QUIET) {
        hub_settle(h);
        loop_timer_at(h->pulse, loop_now(h->loop) + SETTLE);
        return;
    }
    if (date >= h->minute) {
        housekeeping(h, date);
    }
    if (atomic_load(&h->lost) && atomic_load(&h->mail) == 0) {
        atomic_store(&h->lost, false);
        status_catch_up(h->status);
        events_reset(h);
    }
    hub_spread(h, NULL); /* what time alone has changed */
    status_on_time(h->status, date);
    events_on_time(h);
    loop_timer_at(h->pulse, loop_now(h->loop) + USEC_S);
}

/* -- the end */

/* Whatever was asked has been answered, or its time is over. */
void hub_settle(struct hub *h)
{
    bool over = loop_now(h->loop) >= h->until;
    if (h->phase != HUB_QUIET || h->orders || h->importing ||
        (!over && web_connections(h->web) > 0)) {
        return;
    }
    h->phase = HUB_ENDED;
    loop_timer_at(h->pulse, USEC_NONE);
    inventory_tick(h->inv, hub_date(h));
    to_owner(h, h->quiet);
}

static void on_quiet(struct loop_letter *l, void *ctx)
{
    struct note *n = (struct note *)(void *)l;
    struct hub *h = ctx;
    h->phase = HUB_QUIET;
    h->quiet = n->fn;
    h->until = loop_now(h->loop) + n->seconds * USEC_S;
    free(n);
    events_end(h);
    web_drain(h->web);
    loop_timer_at(h->pulse, loop_now(h->loop));
}

void hub_quiet(struct hub *h, unsigned seconds, void (*done)(void *owner_ctx))
{
    struct note *n = malloc(sizeof *n);
    if (n) {
        *n = (struct note){.letter = {.open = on_quiet}, .fn = done, .seconds = seconds};
        loop_post(h->loop, &n->letter);
    }
}

void hub_join(struct hub *h)
{
    if (!h) {
        return;
    }
    if (h->started) {
        loop_stop(h->loop);
        (void)pthread_join(h->thread, NULL);
    }
    hub_free(h);
}

static void on_tls(struct loop_letter *l, void *ctx)
{
    struct note *n = (struct note *)(void *)l;
    struct hub *h = ctx;
    web_tls(h->web, n->tls);
    to_owner(h, n->fn);
    free(n);
}

void hub_tls(struct hub *h, struct tls_server *tls, void (*done)(void *owner_ctx))
{
    struct note *n = malloc(sizeof *n);
    if (n) {
        *n = (struct note){.letter = {.open = on_tls}, .fn = done, .tls = tls};
        loop_post(h->loop, &n->letter);
    }
}

struct hub_counts hub_counts(const struct hub *h)
{
    return (struct hub_counts){.requests = atomic_load(&h->count.requests),
                               .refused = atomic_load(&h->count.refused),
                               .failed = atomic_load(&h->count.failed),
                               .asked = atomic_load(&h->count.asked),
                               .told = atomic_load(&h->count.told),
                               .lost = atomic_load(&h->count.lost),
                               .orders = atomic_load(&h->count.orders),
                               .events = atomic_load(&h->count.events),
                               .devices = atomic_load(&h->count.devices)};
}
