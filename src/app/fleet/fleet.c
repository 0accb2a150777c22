/* `dialtone fleet`: threads are started, looked at twice a second, ended and told of. */
#include "app/fleet/fleet.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/fleet/inside.h"
#include "io/out/out.h"
#include "io/tls/crypto.h"
#include "share/share.h"

enum {
    LOOK_MS = 500,
    LINE = 200,
    STALE_MOST =
        6, /* answers in one registration: when all come at once a server may forget its nonces */
};

/* What main does beside the threads. */
struct looking {
    struct fleet *fleet;
    struct loop *loop;
    struct loop_timer *timer;
    struct tally all;
    struct tally_course course;
    struct tally_self self;
    usec_t start, at;
    uint64_t settled;
    uint64_t before; /* bytes of memory before the phones were made */
    bool lines;      /* a JSON line each second */
    bool terminal, interrupted;
    usec_t told;
    struct out out;
    struct sink sink;
};

/* -- memory and time */

static uint64_t resident(void)
{
    char text[128] = "";
    uint64_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        struct str rest = str_z(fgets(text, sizeof text, f) ? text : "");
        (void)str_word(&rest);
        if (!str_u64(str_word(&rest), &pages)) {
            pages = 0;
        }
        (void)fclose(f);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* -- looking */

static void gather(struct looking *l)
{
    usec_t cpu = 0;
    memset(&l->all, 0, sizeof l->all);
    l->settled = 0;
    l->self = (struct tally_self){.threads = l->fleet->n};
    for (unsigned i = 0; i < l->fleet->n; i++) {
        struct worker *w = &l->fleet->worker[i];
        (void)pthread_mutex_lock(&w->lock);
        tally_merge(&l->all, &w->shown);
        l->settled += w->shown_settled;
        l->self.busy = w->shown_busiest > l->self.busy ? w->shown_busiest : l->self.busy;
        cpu += w->shown_cpu;
        (void)pthread_mutex_unlock(&w->lock);
    }
    uint64_t n = l->all.count[TALLY_REGISTERED] + l->all.count[TALLY_REFRESHED];
    l->self.cpu_us = n ? (double)cpu / (double)n : 0;
    uint64_t now = resident();
    l->self.per_phone = now > l->before ? (now - l->before) / l->fleet->cfg.phones : 0;
}

static void tell_line(struct looking *l)
{
    struct json j;
    json_init(&j, &l->sink, 0);
    tally_json(&j, &l->all, l->at, l->fleet->cfg.phones, &l->self);
    sink_char(&l->sink, '\n');
    if (out_flush(&l->out) != ERR_OK || l->out.gone) {
        loop_stop(l->loop); /* nobody reads on */
    }
}

static void tell_terminal(const struct looking *l)
{
    const struct tally *t = &l->all;
    uint64_t failures = 0;
    for (unsigned c = TALLY_REFUSED; c < TALLY_COUNTS; c++) {
        failures += c == TALLY_LOST ? 0 : t->count[c];
    }
    fprintf(stderr,
            "\r\033[K%6.1f s  begun %llu  registered %llu  up %llu  refreshes %llu  failures %llu  "
            "p50 %.1f ms  p99 %.1f ms",
            (double)l->at / USEC_S, (unsigned long long)t->count[TALLY_BEGUN],
            (unsigned long long)t->count[TALLY_REGISTERED], (unsigned long long)t->up,
            (unsigned long long)t->count[TALLY_REFRESHED], (unsigned long long)failures,
            (double)spread_at(&t->spread[TALLY_REGISTER], 0.5) / 1000,
            (double)spread_at(&t->spread[TALLY_REGISTER], 0.99) / 1000);
}

static void on_look(void *ctx)
{
    struct looking *l = ctx;
    const struct fleet_cfg *cfg = &l->fleet->cfg;
    l->at = loop_now(l->loop) - l->start;
    gather(l);
    tally_course_add(&l->course, &l->all, l->at);
    if (l->terminal) {
        tell_terminal(l);
    }
    if (l->lines && l->at >= l->told + USEC_S) {
        tell_line(l);
        l->told = l->at;
    }
    bool over = cfg->length == USEC_NONE ? l->settled >= cfg->phones : l->at >= cfg->length;
    if (over) {
        loop_stop(l->loop);
    } else {
        loop_timer_at(l->timer, loop_now(l->loop) + LOOK_MS * USEC_MS);
    }
}

static void on_signal(void *ctx, int signum)
{
    struct looking *l = ctx;
    (void)signum;
    l->interrupted = true;
    loop_stop(l->loop);
}

/* -- the end */

static void tell_text(struct looking *l)
{
    static const char *const limits[] = {
        [TALLY_FREE] = "The generator was not the limit",
        [TALLY_NEAR] = "The generator was near its limit: take the slowest times with care",
        [TALLY_LIMIT] = "The generator was the limit: what was measured is its own"};
    const struct tally *t = &l->all;
    struct sink *s = &l->sink;
    sink_fmt(s, "%llu phones, %.1f s: %llu registered, %llu now; %llu refreshes\n",
             (unsigned long long)l->fleet->cfg.phones, (double)l->at / USEC_S,
             (unsigned long long)t->count[TALLY_REGISTERED], (unsigned long long)t->up,
             (unsigned long long)t->count[TALLY_REFRESHED]);
    for (unsigned c = TALLY_REFUSED; c < TALLY_COUNTS; c++) {
        if (t->count[c]) {
            sink_fmt(s, "%s: %llu\n", tally_count_name((enum tally_count)c),
                     (unsigned long long)t->count[c]);
        }
    }
    static const char *const names[] = {[TALLY_DIAL_TONE] = "due to dial tone",
                                        [TALLY_REGISTER] = "REGISTER to 200",
                                        [TALLY_LATE] = "generator late"};
    for (unsigned i = 0; i < TALLY_SPREADS; i++) {
        const struct spread *sp = &t->spread[i];
        sink_fmt(s, "%-18s p50 %9.3f ms  p90 %9.3f  p99 %9.3f  most %9.3f\n", names[i],
                 (double)spread_at(sp, 0.5) / 1000, (double)spread_at(sp, 0.9) / 1000,
                 (double)spread_at(sp, 0.99) / 1000, (double)sp->most / 1000);
    }
    sink_fmt(
        s, "%s (busiest thread %.0f %%, %.1f us of processor a registration, %llu bytes a phone)\n",
        limits[tally_limit(t, &l->self)], 100 * l->self.busy, l->self.cpu_us,
        (unsigned long long)l->self.per_phone);
}

static struct str style(void)
{
    for (size_t i = 0; i < share_files_n; i++) {
        if (strcmp(share_files[i].name, "report/fleet.css") == 0) {
            return str_of(share_files[i].data, share_files[i].len);
        }
    }
    return STR("");
}

static int write_html(struct looking *l, const char *path)
{
    const struct fleet_cfg *cfg = &l->fleet->cfg;
    struct out_file f;
    static const char *const names[] = {
        [SELECT_UDP] = "UDP", [SELECT_TCP] = "TCP", [SELECT_TLS] = "TLS"};
    char title[LINE];
    (void)snprintf(title, sizeof title, "A fleet of %llu phones over %s",
                   (unsigned long long)cfg->phones, names[cfg->transport]);
    const struct tally_story story = {.title = str_z(title),
                                      .pace = str_z(cfg->pace_text),
                                      .target = str_z(cfg->server),
                                      .phones = cfg->phones,
                                      .length = l->at,
                                      .all = &l->all,
                                      .course = &l->course,
                                      .self = &l->self};
    if (out_file_open(&f, path, true) == ERR_OK) {
        tally_html(&f.sink, &story, style());
        if (out_file_commit(&f) == ERR_OK) {
            return CLI_OK;
        }
    }
    cli_error("--html: %s: %s", path, strerror(errno));
    out_file_abort(&f);
    return CLI_UNFINISHED;
}

static int tell_end(struct looking *l, const struct cli_args *a)
{
    const char *format = cli_value(a, "output", "text");
    const char *html = cli_value(a, "html", NULL);
    if (l->terminal) {
        fprintf(stderr, "\r\033[K");
    }
    if (strcmp(format, "text") == 0) {
        tell_text(l);
    } else {
        tell_line(l);
    }
    int code = out_flush(&l->out) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
    if (html && code == CLI_OK) {
        code = write_html(l, html);
    }
    if (code == CLI_OK && l->all.count[TALLY_REGISTERED] < l->fleet->cfg.phones) {
        code = CLI_ERRORS;
    }
    return l->interrupted ? CLI_INTERRUPTED : code;
}

/* -- a run */

static void agent_settings(struct fleet *f)
{
    const struct fleet_cfg *cfg = &f->cfg;
    agent_cfg_usual(&f->agent);
    f->agent.crypto = tls_crypto();
    f->agent.servers.servers = str_z(cfg->server);
    f->agent.servers.transport = cfg->transport;
    f->agent.domain = str_z(cfg->domain);
    f->agent.expires = cfg->expires;
    f->agent.auths_most = STALE_MOST;
    f->agent.user_agent = STR("Cisco-CP-8865-3PCC/12.0.2");
}

static enum err start_workers(struct fleet *f)
{
    f->worker = calloc(f->cfg.threads, sizeof *f->worker);
    enum err e = f->worker ? ERR_OK : ERR_MEMORY;
    for (unsigned i = 0; e == ERR_OK && i < f->cfg.threads; i++) {
        f->n = f->cfg.threads;
        e = worker_init(&f->worker[i], f, i);
    }
    return e;
}

static int run_threads(struct looking *l, const struct cli_args *a)
{
    struct fleet *f = l->fleet;
    unsigned begun = 0;
    enum err e = loop_new(&l->loop);
    e = e == ERR_OK ? loop_timer_new(l->loop, on_look, l, &l->timer) : e;
    e = e == ERR_OK ? loop_signal(l->loop, SIGINT, on_signal, l) : e;
    e = e == ERR_OK ? loop_signal(l->loop, SIGTERM, on_signal, l) : e;
    while (e == ERR_OK && begun < f->n) {
        e = pthread_create(&f->worker[begun].thread, NULL, worker_run, &f->worker[begun]) == 0
                ? ERR_OK
                : ERR_IO;
        begun += e == ERR_OK;
    }
    if (e == ERR_OK) {
        l->start = loop_now(l->loop);
        tally_course_init(&l->course, USEC_S);
        loop_timer_at(l->timer, l->start + LOOK_MS * USEC_MS);
        loop_run(l->loop);
    } else {
        cli_error("threads cannot be started: %s", err_name(e));
    }
    for (unsigned i = 0; i < begun; i++) {
        loop_stop(f->worker[i].loop);
        (void)pthread_join(f->worker[i].thread, NULL);
    }
    if (e == ERR_OK) {
        gather(l);
        tally_course_add(&l->course, &l->all, l->at);
    }
    int code = e == ERR_OK ? tell_end(l, a) : CLI_UNFINISHED;
    loop_timer_free(l->timer);
    if (l->loop) {
        loop_free(l->loop);
    }
    return code;
}

static int run(const struct cli_args *a)
{
    struct fleet f = {.n = 0};
    struct looking *l = calloc(1, sizeof *l);
    int code = CLI_USAGE;
    if (!l || !fleet_cfg_read(a, &f.cfg)) {
        secrets_free(f.cfg.secrets);
        free(l);
        return l ? CLI_USAGE : CLI_UNFINISHED;
    }
    if (cli_given(a, "list")) {
        code = fleet_list(&f.cfg);
        free(l);
        return code;
    }
    l->fleet = &f;
    l->before = resident();
    l->sink = out_init(&l->out, STDOUT_FILENO);
    l->lines = strcmp(cli_value(a, "output", "text"), "jsonl") == 0;
    l->terminal = isatty(STDERR_FILENO) == 1 && !l->lines;
    agent_settings(&f);
    enum err e = start_workers(&f);
    if (e == ERR_MISSING) {
        cli_error(
            "--secret-file: it has no line for each user, from %llu on; \"* PASSWORD\" is for all",
            (unsigned long long)f.cfg.first_user);
    } else if (e != ERR_OK) {
        cli_error("phones cannot be made: %s", e == ERR_IO ? strerror(errno) : err_name(e));
        code = CLI_UNFINISHED;
    } else {
        code = run_threads(l, a);
    }
    for (unsigned i = 0; i < f.n; i++) {
        worker_clear(&f.worker[i]);
    }
    free(f.worker);
    secrets_free(f.cfg.secrets);
    tls_client_free(f.cfg.tls);
    pki_free(f.cfg.authority);
    buf_clear(&f.cfg.trust);
    free(l);
    return code;
}

const struct cli_command fleet_command = {
    .name = "fleet",
    .args = "",
    .summary = "many phones that register and stay registered",
    .text = "Emulates phones by the thousand: each registers as a real one does, answers its "
            "challenge, refreshes before it\n"
            "expires, retries when it is refused, and says how long a person would have waited for "
            "a dial tone.\n\n"
            "Times count from when a phone was due, not from when this program came to it; so a "
            "slow server cannot hide\n"
            "behind a generator that waits for it. Where the generator itself was late or busy, it "
            "says so.\n\n"
            "A pace is a rate of phones a second, steps of them with their times, or \"storm\": "
            "0-500:60s,500:5m,storm.\n"
            "Exit code 0: every phone was registered; 1: not all.",
    .examples = "dialtone fleet -c 1000 --secret-file word  # 1,000 phones, 100 a second, against "
                "127.0.0.1\n"
                "dialtone fleet -c 50000 -p 2000 -t 10m -s 192.0.2.10 -d example.com --secret-file "
                "word --html f.html\n"
                "dialtone fleet -c 5000 -t 3m --storm 90s -o jsonl --secret-file word  # a power "
                "cut after 90 s\n",
    .options = fleet_option_table,
    .least = 0,
    .most = 0,
    .run = run,
};
