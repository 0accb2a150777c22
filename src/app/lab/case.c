/* A fault, from the break to the repair. */
#define _GNU_SOURCE /* namespaces, pipe2 */
#include "app/lab/case.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/lab/boot.h"
#include "app/lab/said.h"

#define EVIDENCE SPACE_FOLDER "/evidence"
#define PRT EVIDENCE "/prt.tar.gz"
#define CAPTURE SPACE_FOLDER "/capture.pcap"
#define JOURNAL EVIDENCE "/journal.rec"
#define PROBE EVIDENCE "/probe.rec"

enum { CURE_SECONDS = 40, LATER_SECONDS = 25, TOOL_SECONDS = 90 };

static const char *const outcomes[] = {
    [OUTCOME_FIRST] = "first", [OUTCOME_NAMED] = "named", [OUTCOME_MISSED] = "missed",
    [OUTCOME_WRONG] = "wrong", [OUTCOME_BLIND] = "blind", [OUTCOME_NONE] = "none",
};
_Static_assert(sizeof outcomes / sizeof *outcomes == OUTCOMES, "every outcome has a name");

const char *case_outcome_name(enum case_outcome o)
{
    return outcomes[o];
}

bool case_good(const struct case_result *r)
{
    bool good = r->made && r->cured && r->redacted;
    for (int v = 0; v < FAULT_VIEWS; v++) {
        const struct case_look *l = &r->look[v];
        good =
            good && l->other_lang && (l->outcome == OUTCOME_FIRST || l->outcome == OUTCOME_BLIND);
    }
    return good;
}

struct run {
    struct case_ask ask;
    struct site site;
    struct case_result result;
    int out;
    void (*begun)(void *ctx); /* of a lesson: it can begin */
    void *begun_ctx;
};

/* The first reason stays. */
static void because(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void because(struct run *r, const char *fmt, ...)
{
    va_list ap;
    if (r->result.why[0]) {
        return;
    }
    va_start(ap, fmt);
    (void)vsnprintf(r->result.why, sizeof r->result.why, fmt, ap);
    va_end(ap);
}

/* -- the phone */

static bool has_later(const struct fault *f)
{
    bool later = false;
    for (size_t i = 0; f && i < f->n; i++) {
        later = later || f->step[i].later;
    }
    return later;
}

/* What happens once it has its dial tone. */
static void happen_later(struct run *r, struct server *phone)
{
    struct site *s = &r->site;
    if (!server_awaits(phone, phone->log, SITE_REGISTERED, LATER_SECONDS * USEC_S)) {
        because(r, "the phone had no dial tone when something was to happen");
    }
    s->later = true;
    if (!site_settle(s)) {
        because(r, "what was to happen later could not be made");
    }
}

/* Switched on until it is settled, or, where something happens later, for all of its time. Its exit code; -1 after telling why. */
static int phone_run(struct run *r, unsigned seconds, const char *until)
{
    struct site *s = &r->site;
    struct words w = {.n = 0};
    struct server phone;
    bool later = s->on && has_later(s->fault);
    boot_words(s, &w, later ? NULL : until, seconds);
    if (!server_start(&phone, &s->space, "phone", "phone", &w, NULL)) {
        because(r, "the phone could not be started");
        return -1;
    }
    if (later) {
        happen_later(r, &phone);
    }
    int code = server_wait(&phone, (seconds + 20) * USEC_S);
    if (code < 0 || code > CLI_ERRORS) {
        because(r, "the phone ended with %d", code);
    }
    return code;
}

/* -- the evidence */

static bool tool_out(struct run *r, const struct words *w, const char *host, const char *path)
{
    struct buf out = {0};
    int code =
        program_run(&r->site.space, host, w, SPACE_FOLDER "/tool.err", TOOL_SECONDS * USEC_S, &out);
    bool ok = code >= 0 && code <= CLI_UNFINISHED && code != CLI_USAGE &&
              (!path || file_write(path, buf_str(&out)));
    buf_clear(&out);
    return ok;
}

static bool take_journal(struct run *r)
{
    struct words w = {.n = 0};
    words_addz(&w, r->site.self);
    words_split(&w, "journal -o record -s " SPACE_FOLDER "/state");
    return tool_out(r, &w, NULL, JOURNAL);
}

static const char *transport(const struct site *s)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == WORD_PARAMETER && str_eq(step->arg[0], STR("SIP_Transport_1_"))) {
            return str_ieq(step->arg[1], STR("UDP"))   ? "udp"
                   : str_ieq(step->arg[1], STR("TCP")) ? "tcp"
                                                       : "tls";
        }
    }
    return "tls";
}

/* Asked live from the phone's place, as its engineer would. */
static bool take_probe(struct run *r)
{
    struct words w = {.n = 0};
    struct buf pem = {0};
    char service[512];
    (void)snprintf(
        service, sizeof service,
        "activation "
        "https://activate.example.com/software/edos/callhome/rc?id=00005e005321:" SITE_SERIAL
        ":" SITE_MODEL "&sw=sip88xx.12-0-2MPP0001-20230510&orig=orig_mpp&authstatus=none\n"
        "provisioning https://config.example.net/00005e005321.xml\nproxy example.com\ndomain "
        "example.com\ntransport %s\nmodel " SITE_MODEL "\n  tls 1.2 1.2\n",
        transport(&r->site));
    bool ok = file_write(SPACE_FOLDER "/service.conf", str_z(service)) &&
              file_write(SPACE_FOLDER "/secrets", STR(SITE_NUMBER " a-secret-of-the-lab\n")) &&
              file_read(SPACE_FOLDER "/phone.crt", &pem) &&
              file_read(SPACE_FOLDER "/phone.key", &pem) &&
              file_write(SPACE_FOLDER "/phone.pem", buf_str(&pem)) && site_address(&r->site);
    buf_clear(&pem);
    words_addz(&w, r->site.self);
    words_split(&w, "probe all -o json --service " SPACE_FOLDER
                    "/service.conf --timeout 1 --as " SITE_MODEL " --mac " SITE_MAC
                    " --interface eth0 --ca " SPACE_FOLDER "/ca/ca.crt --cert " SPACE_FOLDER
                    "/phone.pem --user " SITE_NUMBER " --secret-file " SPACE_FOLDER
                    "/secrets --save " PROBE);
    return ok && tool_out(r, &w, "phone", EVIDENCE "/probe.json");
}

/* -- what it is worth */

/* A diagnosis of files (NULL ends them). False: none came. */
static bool diagnose(struct run *r, const char *lang, const char *const *files, struct said *ret)
{
    struct words w = {.n = 0};
    struct buf out = {0};
    words_addz(&w, r->site.self);
    words_split(&w, "diagnose -o json -l");
    words_addz(&w, lang);
    for (; *files; files++) {
        words_addz(&w, *files);
    }
    int code = program_run(&r->site.space, NULL, &w, SPACE_FOLDER "/diagnose.err",
                           TOOL_SECONDS * USEC_S, &out);
    bool ok =
        code >= 0 && code <= CLI_UNFINISHED && code != CLI_USAGE && said_read(ret, buf_str(&out));
    buf_clear(&out);
    return ok;
}

static void look(struct run *r, enum fault_view v, const char *const *files)
{
    static struct said en, ja; /* large */
    struct case_look *l = &r->result.look[v];
    *l = (struct case_look){.outcome = OUTCOME_NONE};
    if (!diagnose(r, "en", files, &en) || !diagnose(r, "ja", files, &ja)) {
        because(r, "%s: no diagnosis", fault_view_name(v));
        return;
    }
    (void)said_judge(&en, r->ask.fault ? &r->ask.fault->see[v] : NULL, l);
    l->other_lang = said_same(&en, &ja, true);
}

static void look_redacted(struct run *r)
{
    static struct said plain, redacted;
    struct words w = {.n = 0};
    words_addz(&w, r->site.self);
    words_split(&w, "redact --output " EVIDENCE "/redacted.tar.gz " PRT);
    r->result.redacted =
        tool_out(r, &w, NULL, NULL) &&
        diagnose(r, "en", (const char *const[]){PRT, NULL}, &plain) &&
        diagnose(r, "en", (const char *const[]){EVIDENCE "/redacted.tar.gz", NULL}, &redacted) &&
        said_same(&plain, &redacted, false);
}

static void look_all(struct run *r)
{
    look(r, VIEW_PRT, (const char *const[]){PRT, NULL});
    look(r, VIEW_JOURNAL, (const char *const[]){JOURNAL, NULL});
    look(r, VIEW_CAPTURE, (const char *const[]){CAPTURE, NULL});
    look(r, VIEW_PROBE, (const char *const[]){PROBE, NULL});
    look(r, VIEW_ALL, (const char *const[]){PRT, JOURNAL, CAPTURE, PROBE, NULL});
    look_redacted(r);
}

/* -- from the break to the repair */

static bool suffer(struct run *r)
{
    const struct fault *f = r->ask.fault;
    struct site *s = &r->site;
    s->fault = f;
    s->on = f != NULL;
    s->seed = r->ask.seed;
    if (!site_settle(s) || !site_capture(s, CAPTURE)) {
        because(r, "the fault could not be made");
        return false;
    }
    /* A clean one stays for a while, some longer than others. */
    unsigned seconds = f ? f->seconds : 1 + (unsigned)(s->seed * 7 % 11);
    int code = phone_run(r, seconds, f && !f->waits ? "settled" : NULL);
    bool boots = !f || f->boots;
    if (code != (boots ? CLI_OK : CLI_ERRORS)) {
        because(r, boots ? "the phone did not get its dial tone"
                         : "the phone got its dial tone in spite of it");
    }
    site_capture_end(s);
    if (!boot_report(PRT) || !take_journal(r) || !take_probe(r)) {
        because(r, "some of the evidence is missing");
        return false;
    }
    return r->result.why[0] == 0;
}

static void mend(struct run *r)
{
    static struct said said;
    struct site *s = &r->site;
    s->on = s->later = false;
    if (!site_settle(s)) {
        because(r, "the fault could not be undone");
        return;
    }
    if (r->ask.fault->reset) {
        (void)rename(SPACE_FOLDER "/phone", SPACE_FOLDER "/phone.before");
    }
    /* What it writes from now on is to show that it is well. */
    (void)unlink(SPACE_FOLDER "/phone/logcat");
    (void)unlink(SPACE_FOLDER "/phone/logcat.1");
    int code = phone_run(r, CURE_SECONDS, "registered");
    if (code != CLI_OK || !boot_report(EVIDENCE "/cured.tar.gz") ||
        !diagnose(r, "en", (const char *const[]){EVIDENCE "/cured.tar.gz", NULL}, &said)) {
        because(r, "the phone did not register after the repair");
        return;
    }
    r->result.cured = said.green;
    if (!said.green) {
        because(r, "after the repair the ladder is not green");
    }
}

static void keep(struct run *r)
{
    struct words w = {.n = 0};
    if (!r->ask.keep) {
        return;
    }
    words_split(&w, "sh -c");
    words_addz(&w,
               "mkdir -p \"$0\" && cd " SPACE_FOLDER " && "
               "for f in evidence phone capture.pcap *.log *.err *.conf; do [ ! -e $f ] || cp -r "
               "$f \"$0\" || exit; done");
    words_addz(&w, r->ask.keep);
    if (program_run(NULL, NULL, &w, NULL, TOOL_SECONDS * USEC_S, NULL) != 0) {
        cli_error("%s: the evidence could not be left there", r->ask.keep);
    }
}

/* -- a lesson */

static int shell(struct run *r)
{
    struct words w = {.n = 0};
    pid_t pid = 0;
    int status = 0;
    char path[4096 + PROGRAM_PATH];
    const char *own = getenv("SHELL");
    struct str folder = str_z(r->site.self);
    while (folder.len && folder.p[folder.len - 1] != '/') {
        folder.len--;
    }
    (void)snprintf(path, sizeof path, "PATH=%.*s:%s", STR_ARG(folder),
                   getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
    const char *const env[] = {path, "PS1=phone$ ", NULL};
    bool plain = !own || !isatty(STDIN_FILENO);
    words_addz(&w, plain ? "/bin/sh" : own);
    if (isatty(STDIN_FILENO)) {
        words_addz(&w, "-i");
    }
    struct space_job job = {.host = "phone",
                            .argv = w.argv,
                            .env = env,
                            .in = STDIN_FILENO,
                            .out = STDOUT_FILENO,
                            .err = STDERR_FILENO,
                            .foreground = true};
    if (chdir(EVIDENCE) != 0 || !site_address(&r->site) ||
        space_start(&r->site.space, &job, &pid) != ERR_OK) {
        cli_error("no shell can be started: %s", strerror(errno));
        return CLI_UNFINISHED;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_UNFINISHED;
}

static int lesson(void *ctx)
{
    struct run *r = ctx;
    char text[CASE_ID + 8];
    int code = CLI_UNFINISHED;
    int n = snprintf(text, sizeof text, "%.*s 0\n", STR_ARG(r->ask.fault->id));
    if (!site_open(&r->site) || mkdir(EVIDENCE, 0755) != 0 || !suffer(r)) {
        cli_error("the lesson could not be made: %s", r->result.why);
    } else {
        (void)rename(CAPTURE, EVIDENCE "/capture.pcap");
        (void)rename(SPACE_FOLDER "/service.conf", EVIDENCE "/service.conf");
        (void)unlink(EVIDENCE "/probe.json");
        (void)unlink(PROBE);
        if (file_write(CASE_LESSON, str_of(text, (size_t)n))) {
            r->begun(r->begun_ctx);
            code = shell(r);
        }
    }
    site_close(&r->site);
    return code;
}

int case_lesson(const struct fault *f, void (*begun)(void *ctx), void *ctx)
{
    static struct run r; /* large */
    pid_t pid = 0;
    int status = 0;
    r = (struct run){.ask = {.fault = f}, .begun = begun, .begun_ctx = ctx};
    if (space_begin(lesson, &r, &pid) != ERR_OK) {
        cli_error("the lab cannot be begun: %s", strerror(errno));
        return CLI_UNFINISHED;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_UNFINISHED;
}

static int inside(void *ctx)
{
    struct run *r = ctx;
    usec_t start = steady_now();
    struct case_result *result = &r->result;
    (void)snprintf(result->id, sizeof result->id, "%.*s",
                   r->ask.fault ? (int)r->ask.fault->id.len : 5,
                   r->ask.fault ? r->ask.fault->id.p : "clean");
    for (int v = 0; v < FAULT_VIEWS; v++) {
        result->look[v].outcome = OUTCOME_NONE;
    }
    if (!site_open(&r->site) || mkdir(EVIDENCE, 0755) != 0) {
        because(r, "the site could not be made");
    } else {
        result->made = suffer(r);
        if (access(PRT, F_OK) == 0) {
            look_all(r);
        }
        if (r->ask.fault) {
            mend(r);
        } else {
            result->cured = true;
        }
        keep(r);
    }
    site_close(&r->site);
    result->ms = (unsigned)((steady_now() - start) / 1000);
    return write(r->out, result, sizeof *result) == (ssize_t)sizeof *result ? 0 : 1;
}

enum err case_begin(const struct case_ask *ask, pid_t *ret_pid, int *ret_fd)
{
    int ends[2];
    struct run *r = calloc(1, sizeof *r);
    if (!r || pipe2(ends, O_CLOEXEC) != 0) {
        free(r);
        return r ? ERR_IO : ERR_MEMORY;
    }
    r->ask = *ask;
    r->out = ends[1];
    enum err e = space_begin(inside, r, ret_pid);
    (void)close(ends[1]);
    free(r);
    *ret_fd = e == ERR_OK ? ends[0] : -1;
    if (e != ERR_OK) {
        (void)close(ends[0]);
    }
    return e;
}

bool case_read(int fd, struct case_result *ret)
{
    char *to = (char *)ret;
    size_t have = 0;
    ssize_t n;
    while (have < sizeof *ret &&
           ((n = read(fd, to + have, sizeof *ret - have)) > 0 || (n < 0 && errno == EINTR))) {
        have += n > 0 ? (size_t)n : 0;
    }
    return have == sizeof *ret;
}
