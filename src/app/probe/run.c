/* Rounds of checks and what becomes of them: a report, a record, figures, changes. */
#include "app/probe/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/probe/monitor.h"
#include "app/probe/show.h"
#include "flow/report/report.h"
#include "io/out/out.h"
#include "io/tls/crypto.h"

#define ROUND_LONGEST (180 * USEC_S)

const struct check *const probe_checks[PROBE_CHECKS] = {
    &probe_dhcp, &probe_clock_check, &probe_dns, &probe_http, &probe_tls, &probe_sip};

/* Rows of the round before, with memory of their own. */
struct history {
    struct arena arena;
    struct probe_row row[PROBE_ROWS];
    usec_t since[PROBE_ROWS]; /* run time at which it came to be so */
    size_t n;
    bool any;
};

struct session {
    const struct cli_args *a;
    struct probe *p;
    const struct know *k;
    unsigned set;
    struct sink *out;
    struct history *history; /* NULL without --watch */
};

static enum err round_run(struct session *s)
{
    struct probe *p = s->p;
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    enum err e = probe_begin(p, ROUND_LONGEST + p->o.idle_s * USEC_S, host);
    for (unsigned c = 0; c < PROBE_CHECKS && e == ERR_OK && !probe_interrupted(); c++) {
        if (s->set >> c & 1) {
            p->check = probe_checks[c];
            e = p->check->run(p);
        }
    }
    probe_end(p);
    return e;
}

static bool save(const struct session *s)
{
    const char *path = cli_value(s->a, "save", NULL);
    struct out_file *f = path ? malloc(sizeof *f) : NULL;
    if (!path) {
        return true;
    }
    enum err e = f ? out_file_open(f, path, true) : ERR_MEMORY;
    if (e == ERR_OK) {
        sink_str(&f->sink, buf_str(&s->p->record));
        e = out_file_commit(f);
    }
    if (e != ERR_OK) {
        cli_error("--save: cannot write %s: %s", path, e == ERR_IO ? strerror(errno) : err_name(e));
        if (f) {
            out_file_abort(f);
        }
    }
    free(f);
    return e == ERR_OK;
}

/* The doctor reads the record of the round, as it would read the file. NULL without memory. */
static struct doctor *consult(const struct session *s)
{
    struct doctor_cfg cfg = {.expect = s->p->o.expect};
    struct doctor *d = doctor_new(&s->k->k, &cfg);
    if (d) {
        const char *path = cli_value(s->a, "save", "probe");
        (void)doctor_begin(d, str_z(path), INPUT_NOTHING, 0);
        doctor_feed(d, buf_str(&s->p->record));
        doctor_end(d, true);
        doctor_finish(d);
    }
    return d;
}

static bool raw_text(void *ctx, size_t input, struct str *ret_text)
{
    const struct probe *p = ctx;
    *ret_text = buf_str(&p->record);
    return input == 0;
}

static bool is_format(const struct session *s, const char *name)
{
    return strcmp(cli_value(s->a, "output", "text"), name) == 0;
}

static void write_report(const struct session *s, const struct report *r)
{
    if (is_format(s, "json")) {
        report_json(r, s->out, 2);
    } else if (is_format(s, "html")) {
        report_html(r, s->out);
    } else if (is_format(s, "jsonl")) {
        for (size_t i = 0; i < s->p->n_rows; i++) {
            probe_json_line(&s->p->row[i], NULL, probe_now(), s->out);
        }
        report_jsonl(r, s->out);
    } else {
        probe_table(s->p, r->color, s->out);
        sink_char(s->out, '\n');
        report_text(r, s->out);
    }
}

static const struct probe_row *row_find(const struct probe_row *row, size_t n,
                                        const struct probe_row *r)
{
    for (size_t i = 0; i < n; i++) {
        if (row[i].check == r->check && str_eq(row[i].subject, r->subject)) {
            return &row[i];
        }
    }
    return NULL;
}

/* States and texts count as changes; how long something took does not. */
static bool is_same(const struct probe_row *a, const struct probe_row *b)
{
    return a->state == b->state && str_eq(a->text, b->text);
}

static void write_change(struct session *s, const struct probe_row *r,
                         const struct probe_row *before)
{
    usec_t lasted = before ? probe_clock() - s->history->since[before - s->history->row] : 0;
    if (is_format(s, "text")) {
        probe_change(r, before, lasted, probe_now(), s->out);
    } else {
        probe_json_line(r, before, probe_now(), s->out);
    }
}

static void write_changes(struct session *s)
{
    const struct history *h = s->history;
    for (size_t i = 0; i < s->p->n_rows; i++) {
        const struct probe_row *r = &s->p->row[i];
        const struct probe_row *before = row_find(h->row, h->n, r);
        if (!before || !is_same(before, r)) {
            write_change(s, r, before);
        }
    }
    for (size_t i = 0; i < h->n; i++) {
        if (!row_find(s->p->row, s->p->n_rows, &h->row[i])) {
            struct probe_row gone = h->row[i];
            gone.state = PROBE_SKIPPED;
            gone.text = STR("was not come to");
            write_change(s, &gone, &h->row[i]);
        }
    }
}

/* The round becomes the one before. */
static void remember(struct history *h, const struct probe *p)
{
    static usec_t since[PROBE_ROWS];
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct probe_row *before = row_find(h->row, h->n, &p->row[i]);
        bool same = before && is_same(before, &p->row[i]);
        since[i] = same ? h->since[before - h->row] : probe_clock();
    }
    arena_reset(&h->arena);
    h->n = p->n_rows;
    h->any = true;
    for (size_t i = 0; i < p->n_rows; i++) {
        h->row[i] = p->row[i];
        h->row[i].subject = arena_str(&h->arena, p->row[i].subject);
        h->row[i].text = arena_str(&h->arena, p->row[i].text);
        h->since[i] = since[i];
    }
}

static int nagios(const struct session *s, const struct report *r, int worst)
{
    static struct diagnosis d; /* large */
    struct buf verdict = {.limit = 4096};
    struct sink to = buf_sink(&verdict);
    const struct phone *phone = doctor_phones(r->doctor);
    if (phone) {
        doctor_diagnose(r->doctor, phone, &d);
        report_verdict(r, &d, &to);
    }
    int code = (int)probe_nagios(s->p, worst, buf_str(&verdict), s->out);
    buf_clear(&verdict);
    return code;
}

/* What a round came to, in the forms that were asked for. Returns the exit code. */
static int conclude(struct session *s)
{
    struct doctor *d = consult(s);
    if (!d) {
        cli_error("no memory");
        return CLI_UNFINISHED;
    }
    struct report r = {.doctor = d,
                       .lang = know_language(s->a),
                       .version = cli_version,
                       .color = cli_color(s->a, STDOUT_FILENO),
                       .width = cli_width(STDOUT_FILENO),
                       .raw = raw_text,
                       .raw_ctx = s->p,
                       .more = probe_json,
                       .more_ctx = s->p,
                       .crypto = tls_crypto()};
    const char *figures = cli_value(s->a, "prometheus", NULL);
    int worst = report_worst(d);
    int code = worst == LEVEL_ERROR ? CLI_ERRORS : CLI_OK;
    if (cli_given(s->a, "nagios")) {
        code = nagios(s, &r, worst);
    } else if (s->history && s->history->any) {
        write_changes(s);
    } else {
        write_report(s, &r);
    }
    bool written = save(s) && (!figures || probe_prometheus(s->p, worst, figures));
    doctor_free(d);
    return written ? code : CLI_UNFINISHED;
}

static int one_round(struct session *s)
{
    enum err e = round_run(s);
    if (s->p->o.dry_run) {
        sink_str(s->out, buf_str(&s->p->plan));
        return CLI_OK;
    }
    int code = conclude(s);
    if (e != ERR_OK) {
        cli_error("a check could not finish: %s", e == ERR_IO ? strerror(errno) : err_name(e));
        code = code == CLI_OK ? CLI_UNFINISHED : code;
    }
    return probe_interrupted() ? CLI_INTERRUPTED : code;
}

/* A whole number of an option; 0 when it is not given or none. */
static unsigned number(const struct cli_args *a, const char *name)
{
    uint64_t n = 0;
    const char *given = cli_value(a, name, NULL);
    return given && str_u64(str_z(given), &n) && n < 1000000 ? (unsigned)n : 0;
}

static int watch(struct session *s, struct out *o)
{
    unsigned every = number(s->a, "watch");
    unsigned most = number(s->a, "rounds");
    int code = CLI_OK;
    if (every == 0) {
        cli_error("--watch: %s is no number of seconds", cli_value(s->a, "watch", ""));
        return CLI_USAGE;
    }
    for (unsigned i = 0; !probe_interrupted() && (most == 0 || i < most); i++) {
        s->p->deadline = probe_clock() + (every + 1) * USEC_S;
        if (i && !probe_pause(s->p, every)) {
            break;
        }
        code = one_round(s);
        if (out_flush(o) != ERR_OK || o->gone) {
            break;
        }
        remember(s->history, s->p);
    }
    return probe_interrupted() ? CLI_INTERRUPTED : code;
}

int probe_run(const struct cli_args *a, struct probe *p, const struct know *k, unsigned set)
{
    static struct history history; /* large */
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    struct sink out = out_init(o, STDOUT_FILENO);
    struct session s = {.a = a, .p = p, .k = k, .set = set, .out = &out};
    bool again = cli_given(a, "watch") && !p->o.dry_run;
    if (again) {
        arena_init(&history.arena, (size_t)4 << 20);
        s.history = &history;
    }
    if (!p->o.dry_run) {
        /* The second one ends the program. */
        struct sigaction act = {.sa_handler = probe_interrupt, .sa_flags = (int)SA_RESETHAND};
        (void)sigaction(SIGINT, &act, NULL);
        (void)sigaction(SIGTERM, &act, NULL);
    }
    int code = again ? watch(&s, o) : one_round(&s);
    if (out_flush(o) != ERR_OK) {
        cli_error("cannot write the report: %s", strerror(o->error));
        code = CLI_UNFINISHED;
    }
    if (again) {
        arena_clear(&history.arena);
    }
    free(o);
    return code;
}
