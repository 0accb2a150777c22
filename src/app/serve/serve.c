/* `dialtone serve`: its command line, and its life from start to end. */
#include "app/serve/serve.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/serve/check.h"
#include "app/serve/house.h"
#include "app/serve/process.h"
#include "app/serve/worker_inside.h"
#include "io/out/out.h"

#define DRAIN_LOOK (50 * USEC_MS)

enum { HUB_SECONDS = 5 }; /* for requests that are being answered at the end */

static const struct cli_option options[] = {
    SETTINGS_OPTIONS,
    {"check", 'n', NULL, "read everything and say what would happen; serve nothing", NULL},
    {"defaults", 0, NULL, "print a configuration with every setting", NULL},
    {NULL, 0, NULL, NULL, NULL},
};
_Static_assert(sizeof options / sizeof *options - 1 <= CLI_OPTIONS,
               "the table of values has a row for each");

/* -- the end: connections are ended one by one, then each worker has its last turn */

static void on_quiet(void *ctx)
{
    struct house *h = ctx;
    if (--h->quiet_left == 0) {
        for (size_t i = 0; i < h->workers.n; i++) {
            worker_stop(h->workers.at[i]);
        }
        loop_stop(h->loop);
    }
}

static void quiet_workers(void *ctx)
{
    struct house *h = ctx;
    h->quiet_left = h->workers.n;
    for (size_t i = 0; i < h->workers.n; i++) {
        worker_quiet(h->workers.at[i], on_quiet);
    }
}

/* The hub first: it has the workers do things. */
static void end(struct house *h)
{
    if (h->phase == PHASE_ENDING) {
        return;
    }
    h->phase = PHASE_ENDING;
    loop_timer_at(h->timer, USEC_NONE);
    if (h->hub) {
        hub_quiet(h->hub, HUB_SECONDS, quiet_workers);
    } else {
        quiet_workers(h);
    }
}

static size_t connections(const struct house *h)
{
    size_t n = 0;
    for (size_t i = 0; i < h->workers.n; i++) {
        n += worker_tally(h->workers.at[i], TALLY_CONNECTIONS);
    }
    return n;
}

static void on_draining(void *ctx)
{
    struct house *h = ctx;
    usec_t now = loop_now(h->loop);
    if (now >= h->until || connections(h) == 0) {
        end(h);
        return;
    }
    loop_timer_at(h->timer, now + DRAIN_LOOK);
}

static void drain(struct house *h)
{
    uint64_t seconds = h->plan.settings->drain;
    h->phase = PHASE_DRAINING;
    h->until = loop_now(h->loop) + (usec_t)seconds * USEC_S;
    process_notify("STOPPING=1");
    cli_error("ending: %zu connections within %llu s; once more: at once", connections(h),
              (unsigned long long)seconds);
    for (size_t i = 0; i < h->workers.n; i++) {
        worker_drain(h->workers.at[i], h->until, (uint32_t)seconds);
    }
    loop_timer_at(h->timer, loop_now(h->loop) + DRAIN_LOOK);
}

static void on_signal(void *ctx, int signum)
{
    struct house *h = ctx;
    if (signum == SIGHUP) {
        if (h->phase == PHASE_SERVING) {
            house_reload(h);
        }
        return;
    }
    if (h->phase == PHASE_SERVING && signum == SIGTERM) {
        drain(h);
    } else {
        h->interrupted = h->interrupted || signum == SIGINT;
        end(h);
    }
}

/* The service manager hears nothing from a process with a stuck worker, and starts it anew. */
static void on_watchdog(void *ctx)
{
    struct house *h = ctx;
    struct buf why = {.limit = 0};
    struct sink out = buf_sink(&why);
    if (house_alive(h, &out)) {
        process_notify("WATCHDOG=1");
    }
    buf_clear(&why);
    loop_timer_at(h->watchdog, loop_now(h->loop) + process_watchdog());
}

static void on_reload(void *ctx)
{
    house_reload(ctx);
}

/* -- the beginning */

static enum err open_loop(struct house *h)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    enum err e = loop_new(&h->loop);
    if (e == ERR_OK) {
        loop_on_letter(h->loop, h);
        e = loop_timer_new(h->loop, on_draining, h, &h->timer);
    }
    if (e == ERR_OK) {
        e = loop_timer_new(h->loop, on_reload, h, &h->reload);
    }
    if (e == ERR_OK) {
        e = loop_timer_new(h->loop, on_watchdog, h, &h->watchdog);
    }
    for (size_t i = 0; e == ERR_OK && i < sizeof signals / sizeof *signals; i++) {
        e = loop_signal(h->loop, signals[i], on_signal, h);
    }
    return e;
}

void house_ready(void *house)
{
    struct house *h = house;
    if (h->phase == PHASE_START) {
        h->phase = PHASE_SERVING;
        house_say_ports(h);
        process_notify("READY=1");
        if (process_watchdog() != USEC_NONE) {
            on_watchdog(h);
        }
    }
}

static int serve(struct house *h)
{
    if (open_loop(h) != ERR_OK) {
        cli_error("no event loop");
        return CLI_UNFINISHED;
    }
    if (!house_start(h) || !house_open_admin(h)) {
        return CLI_UNFINISHED;
    }
    if (!h->hub) {
        house_ready(h);
    }
    loop_run(h->loop);
    return h->interrupted ? CLI_INTERRUPTED : CLI_OK;
}

static struct house *new_house(const struct settings *s)
{
    struct house *h = calloc(1, sizeof *h);
    if (!h || !plan_make(s, &h->plan)) {
        free(h);
        return NULL;
    }
    h->state.lock = -1;
    h->admin_fd = -1;
    for (size_t i = 0; i < HUB_LISTENERS; i++) {
        h->hub_fd[i] = -1;
    }
    for (size_t i = 0; i < PHONES_LISTENERS; i++) {
        for (size_t w = 0; w < WORKERS_MOST; w++) {
            h->phones_fd[i][w] = -1;
        }
    }
    for (size_t i = 0; i < LISTENERS_MOST; i++) {
        for (size_t w = 0; w < WORKERS_MOST; w++) {
            h->fd[i][w] = -1;
        }
    }
    return h;
}

static int print_defaults(void)
{
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    struct sink s = out_init(o, STDOUT_FILENO);
    settings_print(&s);
    int code = out_flush(o) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
    free(o);
    return code;
}

static int run(const struct cli_args *a)
{
    struct settings s;
    if (a->n) {
        cli_error("serve takes no arguments: %s", a->arg[0]);
        return CLI_USAGE;
    }
    if (cli_given(a, "defaults")) {
        return print_defaults();
    }
    if (!settings_read(a, &s)) {
        return CLI_USAGE;
    }
    struct house *h = new_house(&s);
    int code = CLI_USAGE;
    if (h && cli_given(a, "check")) {
        code = serve_check(&h->plan);
    } else if (h) {
        process_limits();
        code = serve(h);
        house_free(h);
    }
    free(h);
    settings_clear(&s);
    return code;
}

const struct cli_command serve_command = {
    .name = "serve",
    .args = "",
    .summary = "The servers of a site: the SIP edge, where phones register and call",
    .text =
        "Phones register over UDP, TCP and TLS with the accounts of a file; what they registered\n"
        "survives the end of the process. SIGHUP reads accounts and certificates anew, SIGTERM\n"
        "ends it in order, a second one at once. docs/serve.md says all of it.\n",
    .examples = "  dialtone serve --edge-only --accounts phones.csv --domain example.com\n"
                "  dialtone serve --config dialtone.conf --check\n"
                "  dialtone serve --defaults > dialtone.conf\n",
    .options = options,
    .least = 0,
    .run = run,
};
