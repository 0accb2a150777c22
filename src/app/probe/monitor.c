/* Nagios: one line "STATE: text | figures" (Nagios Plugin Development Guidelines). Prometheus: the text
 * exposition format, for the node exporter's textfile collector. */
#include "app/probe/monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/out/out.h"

static unsigned count(const struct probe *p, enum probe_state s)
{
    unsigned n = 0;
    for (size_t i = 0; i < p->n_rows; i++) {
        n += p->row[i].state == s;
    }
    return n;
}

static enum nagios state_of(const struct probe *p, int worst)
{
    if (worst == LEVEL_ERROR) {
        return NAGIOS_CRITICAL;
    }
    if (worst == LEVEL_WARNING || count(p, PROBE_FAIL) || count(p, PROBE_WARN)) {
        return NAGIOS_WARNING;
    }
    return count(p, PROBE_OK) ? NAGIOS_OK : NAGIOS_UNKNOWN;
}

/* Text of one line without what the format takes for its own. */
static void line_text(struct sink *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        sink_char(out, c < 0x20 || c == 0x7f || c == '|' ? ' ' : s.p[i]);
    }
}

static void label(struct sink *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        sink_char(out, ascii_alnum(c) || c == '.' || c == '-' || c == '_' ? c : '_');
    }
}

static const struct probe_row *first_of(const struct probe *p, enum probe_state s)
{
    for (size_t i = 0; i < p->n_rows; i++) {
        if (p->row[i].state == s) {
            return &p->row[i];
        }
    }
    return NULL;
}

enum nagios probe_nagios(const struct probe *p, int worst, struct str verdict, struct sink *out)
{
    static const char *const names[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    enum nagios state = state_of(p, worst);
    const struct probe_row *bad = first_of(p, PROBE_FAIL);
    bad = bad ? bad : first_of(p, PROBE_WARN);
    sink_fmt(out, "DIALTONE %s: ", names[state]);
    if (state == NAGIOS_CRITICAL && verdict.len) {
        line_text(out, verdict);
    } else if (bad) {
        line_text(out, bad->subject);
        sink_z(out, ": ");
        line_text(out, bad->text);
    } else {
        sink_fmt(out, "%u observations, none of them bad", count(p, PROBE_OK));
    }
    sink_fmt(out, " | ok=%u warning=%u failed=%u", count(p, PROBE_OK), count(p, PROBE_WARN),
             count(p, PROBE_FAIL));
    for (size_t i = 0; i < p->n_metrics; i++) {
        sink_fmt(out, " '%s_", p->metric[i].name);
        label(out, p->metric[i].subject);
        bool seconds = str_ends(str_z(p->metric[i].name), STR("_seconds"));
        sink_fmt(out, "'=%.6f%s", p->metric[i].value, seconds ? "s" : "");
    }
    sink_char(out, '\n');
    return state;
}

static void quoted(struct sink *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        if (c == '\n') {
            sink_z(out, "\\n");
        } else if ((unsigned char)c < 0x80) {
            sink_z(out, c == '"' || c == '\\' ? "\\" : "");
            sink_char(out, c);
        }
    }
}

static void metric_head(struct sink *s, const char *name, const char *help)
{
    sink_fmt(s, "# HELP dialtone_probe_%s %s\n# TYPE dialtone_probe_%s gauge\n", name, help, name);
}

static void write_rows(const struct probe *p, struct sink *s)
{
    metric_head(s, "up", "1: ok or a note, 0: a warning or failed.");
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct probe_row *r = &p->row[i];
        bool twice = r->state == PROBE_SKIPPED;
        for (size_t k = 0; k < i && !twice; k++) {
            twice = p->row[k].check == r->check && str_eq(p->row[k].subject, r->subject);
        }
        if (!twice) {
            sink_fmt(s, "dialtone_probe_up{check=\"%s\",subject=\"", r->check);
            quoted(s, r->subject);
            sink_fmt(s, "\"} %d\n", r->state == PROBE_OK || r->state == PROBE_NOTE);
        }
    }
}

/* All of one name stand together. */
static void write_metrics(const struct probe *p, struct sink *s)
{
    for (size_t i = 0; i < p->n_metrics; i++) {
        const char *name = p->metric[i].name;
        bool done = false;
        for (size_t k = 0; k < i && !done; k++) {
            done = strcmp(p->metric[k].name, name) == 0;
        }
        if (!done) {
            metric_head(s, name, "As of the last round.");
        }
        for (size_t k = i; k < p->n_metrics && !done; k++) {
            if (strcmp(p->metric[k].name, name) == 0) {
                sink_fmt(s, "dialtone_probe_%s{subject=\"", name);
                quoted(s, p->metric[k].subject);
                sink_fmt(s, "\"} %.10g\n", p->metric[k].value);
            }
        }
    }
}

bool probe_prometheus(const struct probe *p, int worst, const char *path)
{
    struct out_file *f = malloc(sizeof *f);
    enum err e = f ? out_file_open(f, path, true) : ERR_MEMORY;
    if (e == ERR_OK) {
        struct sink *s = &f->sink;
        /* The reader of the file runs as somebody else. */
        (void)fchmod(f->out.fd, 0644);
        metric_head(s, "worst", "Level of the worst finding: 0 none, 1 warning, 2 error.");
        sink_fmt(s, "dialtone_probe_worst %d\n",
                 worst == LEVEL_ERROR     ? 2
                 : worst == LEVEL_WARNING ? 1
                                          : 0);
        metric_head(s, "time_seconds", "When the round ended, in seconds since 1970.");
        sink_fmt(s, "dialtone_probe_time_seconds %lld\n", (long long)(probe_now() / USEC_S));
        write_rows(p, s);
        write_metrics(p, s);
        e = out_file_commit(f);
    }
    if (e != ERR_OK) {
        cli_error("--prometheus: cannot write %s: %s", path,
                  e == ERR_IO ? strerror(errno) : err_name(e));
        if (f) {
            out_file_abort(f);
        }
    }
    free(f);
    return e == ERR_OK;
}
