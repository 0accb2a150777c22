/* `dialtone lab`: its words and options. */
#include "app/lab/lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/lab/catalogue.h"
#include "app/lab/crew.h"
#include "app/lab/demo.h"
#include "app/lab/lesson.h"
#include "app/lab/score.h"
#include "app/lab/show.h"

enum { CLEAN_MOST = 1000, CASES = CATALOGUE_MOST + CLEAN_MOST };

static const struct cli_option options[] = {
    {"all", 0, NULL, "run: every fault, and clean journeys", NULL},
    {"clean", 0, "N", "run --all: so many clean journeys (30)", NULL},
    {"jobs", 'j', "N", "run: so many at once (8: most of the time they wait)", NULL},
    {"keep", 'k', "DIR", "run: leave the evidence there, a folder for each case", NULL},
    {"report", 0, "DIR", "run: write accuracy.md, accuracy.json and junit.xml there", NULL},
    {"faults", 0, "DIR", "a folder with faults of your own", NULL},
    {"output", 'o', "FORMAT", "run: text, json or junit", "text,json,junit"},
    CLI_LANG,
    KNOW_RULES,
    CLI_COLOR,
    {NULL, 0, NULL, NULL, NULL},
};

struct lab {
    const struct cli_args *args;
    struct catalogue faults;
    struct show show;
};

/* -- list */

static int verb_list(struct lab *l)
{
    int lang = l->show.lang == LANG_JA ? FAULT_JA : FAULT_EN;
    for (size_t i = 0; i < l->faults.n; i++) {
        const struct fault *f = &l->faults.fault[i];
        const char *missing = case_missing(f);
        sink_fmt(&l->show.sink, "%-24.*s %.*s", STR_ARG(f->id), STR_ARG(f->about[lang]));
        if (missing) {
            sink_fmt(&l->show.sink, " (needs %s)", missing);
        }
        sink_char(&l->show.sink, '\n');
    }
    return CLI_OK;
}

/* -- run */

struct running {
    struct lab *lab;
    struct case_ask *ask;
    struct case_result *result;
    char (*keep)[PROGRAM_PATH];
    size_t n;
    bool lines; /* tells each as it comes */
};

static bool number(const struct cli_args *a, const char *name, const char *usual, uint64_t most,
                   unsigned *ret)
{
    uint64_t n = 0;
    const char *v = cli_value(a, name, usual);
    if (!str_u64(str_z(v), &n) || n > most) {
        cli_error("--%s: %s is no number up to %llu", name, v, (unsigned long long)most);
        return false;
    }
    *ret = (unsigned)n;
    return true;
}

static void told(void *ctx, size_t i, const struct case_result *r)
{
    struct running *run = ctx;
    struct show *s = &run->lab->show;
    bool good = r->skipped || case_good(r);
    if (!run->lines) {
        return;
    }
    sink_fmt(&s->sink, "%s%-7s%s %-24s",
             s->color ? r->skipped ? "\033[2m"
                        : good     ? "\033[32m"
                                   : "\033[1;31m"
                      : "",
             r->skipped ? "skipped"
             : good     ? "good"
                        : "NOT",
             s->color ? "\033[0m" : "", r->id);
    if (!r->skipped) {
        sink_fmt(&s->sink, " %6.1f s ", r->ms / 1000.0);
    }
    for (int v = 0; v < FAULT_VIEWS && !r->skipped; v++) {
        const struct case_look *l = &r->look[v];
        bool plain = l->outcome == OUTCOME_FIRST || l->outcome == OUTCOME_BLIND;
        const struct fault *f = run->ask[i].fault;
        bool nearest = f && l->outcome == OUTCOME_FIRST && fault_is_nearest(f, (enum fault_view)v);
        sink_fmt(&s->sink, " %s %s%s%s%s", fault_view_name((enum fault_view)v),
                 plain ? nearest ? "~" : "" : case_outcome_name(l->outcome),
                 plain || !l->id[0] ? "" : " ", l->outcome == OUTCOME_BLIND ? "-" : l->id,
                 l->other_lang ? "" : " (languages differ)");
    }
    if (!r->skipped) {
        sink_fmt(&s->sink, "%s%s%s", r->made ? "" : " not made", r->cured ? "" : " not mended",
                 r->redacted ? "" : " not the same redacted");
    }
    sink_fmt(&s->sink, "%s%s\n", r->why[0] ? ": " : "", r->why);
    show_flush(s);
}

static bool add(struct running *run, const struct fault *f, uint64_t seed)
{
    const char *folder = cli_value(run->lab->args, "keep", NULL);
    if (run->n == CASES) {
        cli_error("more than %d cases", CASES);
        return false;
    }
    run->ask[run->n] = (struct case_ask){.fault = f, .seed = seed};
    if (folder) {
        char *path = run->keep[run->n];
        int n = f ? snprintf(path, PROGRAM_PATH, "%s/%.*s", folder, STR_ARG(f->id))
                  : snprintf(path, PROGRAM_PATH, "%s/clean-%llu", folder, (unsigned long long)seed);
        if (n < 0 || n >= PROGRAM_PATH) {
            cli_error("--keep: %s is too long", folder);
            return false;
        }
        run->ask[run->n].keep = path;
    }
    run->n++;
    return true;
}

/* What was asked for. False after telling. */
static bool choose(struct running *run)
{
    struct lab *l = run->lab;
    const struct cli_args *a = l->args;
    unsigned clean = 0;
    if (!number(a, "clean", "30", CLEAN_MOST, &clean)) {
        return false;
    }
    for (size_t i = 1; i < a->n; i++) {
        const struct fault *f = catalogue_find(&l->faults, str_z(a->arg[i]));
        if (!f && strcmp(a->arg[i], "clean") != 0) {
            cli_error("there is no fault %s; see: dialtone lab list", a->arg[i]);
            return false;
        }
        if (!add(run, f, i)) {
            return false;
        }
    }
    for (size_t i = 0; cli_given(a, "all") && i < l->faults.n; i++) {
        if (!add(run, &l->faults.fault[i], 0)) {
            return false;
        }
    }
    for (unsigned i = 1; cli_given(a, "all") && i <= clean; i++) {
        if (!add(run, NULL, i)) {
            return false;
        }
    }
    if (run->n == 0) {
        cli_error("run takes faults, or --all; see: dialtone lab list");
    }
    return run->n > 0;
}

static bool folder_make(const char *option, const char *path)
{
    if (path && mkdir(path, 0755) != 0 && errno != EEXIST) {
        cli_error("--%s: %s: %s", option, path, strerror(errno));
        return false;
    }
    return true;
}

static bool write_report(const struct score *s, const char *folder)
{
    static const struct {
        const char *name;
        void (*write)(const struct score *s, struct sink *out);
    } files[] = {
        {"accuracy.md", score_markdown}, {"accuracy.json", score_json}, {"junit.xml", score_junit}};
    bool ok = true;
    for (size_t i = 0; folder && ok && i < sizeof files / sizeof *files; i++) {
        char path[4096];
        struct out_file f;
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        ok = out_file_open(&f, path, true) == ERR_OK;
        if (ok) {
            files[i].write(s, &f.sink);
            ok = f.sink.err == ERR_OK && out_file_commit(&f) == ERR_OK && chmod(path, 0644) == 0;
        }
        if (!ok) {
            cli_error("%s: %s", path, strerror(errno));
            out_file_abort(&f);
        }
    }
    return ok;
}

static int sum_up(struct running *run, usec_t took)
{
    struct lab *l = run->lab;
    const char *form = cli_value(l->args, "output", "text");
    struct score_row *row = calloc(run->n, sizeof *row);
    struct score s = {.row = row, .n = run->n, .rules = &l->show.know.k.rules, .took = took};
    for (size_t i = 0; row && i < run->n; i++) {
        row[i] = (struct score_row){run->ask[i].fault, &run->result[i]};
    }
    if (!row) {
        cli_error("no memory");
        return CLI_UNFINISHED;
    }
    (strcmp(form, "json") == 0    ? score_json
     : strcmp(form, "junit") == 0 ? score_junit
                                  : score_text)(&s, &l->show.sink);
    bool ok = write_report(&s, cli_value(l->args, "report", NULL));
    int code = !ok ? CLI_UNFINISHED : score_good(&s) ? CLI_OK : CLI_ERRORS;
    free(row);
    return code;
}

static int verb_run(struct lab *l)
{
    struct running run = {.lab = l,
                          .lines = strcmp(cli_value(l->args, "output", "text"), "text") == 0};
    unsigned jobs = 0;
    int code = CLI_USAGE;
    usec_t start = steady_now();
    run.ask = calloc(CASES, sizeof *run.ask);
    run.result = calloc(CASES, sizeof *run.result);
    run.keep = calloc(CASES, sizeof *run.keep);
    if (!run.ask || !run.result || !run.keep) {
        cli_error("no memory");
        code = CLI_UNFINISHED;
    } else if (number(l->args, "jobs", "8", 32, &jobs) && choose(&run) &&
               folder_make("keep", cli_value(l->args, "keep", NULL)) &&
               folder_make("report", cli_value(l->args, "report", NULL))) {
        code = crew_run(run.ask, run.n, jobs, run.result, told, &run)
                   ? sum_up(&run, steady_now() - start)
                   : CLI_INTERRUPTED;
    }
    free(run.ask);
    free(run.result);
    free(run.keep);
    return code;
}

/* -- the rest */

static int verb_demo(struct lab *l)
{
    return demo_run(&l->show, &l->faults);
}

static int verb_start(struct lab *l)
{
    return lesson_start(&l->show, &l->faults, l->args->n > 1 ? l->args->arg[1] : NULL);
}

static int verb_check(struct lab *l)
{
    if (l->args->n != 2) {
        cli_error("check takes the id of the finding that names it, as DN-01");
        return CLI_USAGE;
    }
    return lesson_check(&l->show, &l->faults, l->args->arg[1]);
}

static int verb_next(struct lab *l)
{
    for (char key[] = "next-0"; key[5] <= '5'; key[5]++) {
        show_say(&l->show, key, NULL, NULL, NULL);
    }
    return CLI_OK;
}

static const struct verb {
    const char *name;
    bool space; /* it needs network namespaces */
    int (*run)(struct lab *l);
} verbs[] = {{"list", false, verb_list},
             {"run", true, verb_run},
             {"demo", false, verb_demo},
             {"start", true, verb_start},
             {"check", false, verb_check}};

static const struct verb *verb_find(const struct cli_args *a)
{
    static const struct verb next = {"", false, verb_next};
    if (a->n == 0) {
        return &next;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(a->arg[0], verbs[i].name) == 0) {
            return &verbs[i];
        }
    }
    cli_error("lab takes: demo, list, run ID..., start [ID], check FINDING");
    return NULL;
}

static int run(const struct cli_args *a)
{
    static struct lab l; /* large */
    char why[SPACE_WHY];
    const struct verb *v = verb_find(a);
    if (!v) {
        return CLI_USAGE;
    }
    if (v->space && !space_possible(why)) {
        cli_error("no network of its own can be made here: %s; the lab's faults need one", why);
        return CLI_UNFINISHED;
    }
    l.args = a;
    int code = CLI_USAGE;
    if (catalogue_open(&l.faults, cli_value(a, "faults", NULL)) && show_open(&l.show, a)) {
        code = v->run(&l);
        show_close(&l.show);
    }
    catalogue_clear(&l.faults);
    return code;
}

const struct cli_command lab_command = {
    .name = "lab",
    .args = "[demo | list | run ID... | start [ID] | check FINDING]",
    .summary = "All of it on one machine, with any failure injected",
    .text =
        "A site in network namespaces of its own, gone when it ends: dnsmasq for leases and names, "
        "the\n"
        "whole of `dialtone serve`, and a phone. Root is not needed.\n\n"
        "demo shows a dial tone, a failure, its diagnosis and its repair. run makes faults: each "
        "is\n"
        "suffered by a phone, diagnosed from its problem report, the hub's journal, a capture, a "
        "live\n"
        "probe and all of them, in both languages, and mended. start leaves a site broken, with a\n"
        "shell at the phone's place; check scores the learner's answer there.\n",
    .examples = "  dialtone lab demo\n"
                "  dialtone lab list\n"
                "  dialtone lab run DN-01 TL-09 --keep evidence\n"
                "  dialtone lab run --all --report docs    the accuracy table\n"
                "  dialtone lab start                      find it yourself; then: dialtone lab "
                "check DN-03\n",
    .options = options,
    .run = run,
};
