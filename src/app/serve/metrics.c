/* /metrics (Prometheus text format 0.0.4, base units, nothing that names a device) and /healthz. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/serve/house.h"
#include "app/serve/worker_inside.h"

enum { ALIVE_MOST_S = 5 };

struct row {
    const char *name, *type, *labels, *help;
};

static const struct row rows[TALLIES] = {
#define TALLY(id, name, type, labels, help) {name, type, labels, help},
#include "app/serve/tally.def"
#undef TALLY
#define COUNT(id, name, labels, help) {name, NULL, labels, help},
#include "flow/edge/edge_count.def"
#undef COUNT
};

static const char *type_of(const struct row *r)
{
    return r->type ? r->type : str_ends(str_z(r->name), STR("_total")) ? "counter" : "gauge";
}

static void head(struct sink *out, const struct row *r)
{
    sink_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", r->name, r->help, r->name, type_of(r));
}

static uint64_t sum(const struct house *h, unsigned tally)
{
    uint64_t n = 0;
    for (size_t i = 0; i < h->workers.n; i++) {
        n += worker_tally(h->workers.at[i], tally);
    }
    return n;
}

static bool first_of_name(unsigned i)
{
    for (unsigned k = 0; k < i; k++) {
        if (strcmp(rows[k].name, rows[i].name) == 0) {
            return false;
        }
    }
    return true;
}

/* All rows of one name stand together, as the format asks. */
static void tallies(const struct house *h, struct sink *out)
{
    for (unsigned i = 0; i < TALLIES; i++) {
        if (!first_of_name(i) || strcmp(type_of(&rows[i]), "internal") == 0) {
            continue;
        }
        head(out, &rows[i]);
        for (unsigned k = i; k < TALLIES; k++) {
            const struct row *r = &rows[k];
            if (strcmp(r->name, rows[i].name) == 0) {
                bool labels = *r->labels != 0;
                sink_fmt(out, "%s%s%s%s %llu\n", r->name, labels ? "{" : "", r->labels,
                         labels ? "}" : "", (unsigned long long)sum(h, k));
            }
        }
    }
}

static void one(struct sink *out, const char *name, const char *type, const char *help,
                double value)
{
    head(out, &(struct row){name, type, "", help});
    sink_fmt(out, "%s %.9g\n", name, value);
}

static void seconds(const struct house *h, struct sink *out)
{
    uint64_t lag = 0;
    for (size_t i = 0; i < h->workers.n; i++) {
        uint64_t l = worker_tally(h->workers.at[i], TALLY_LAG_US);
        lag = l > lag ? l : lag;
    }
    one(out, "dialtone_busy_seconds_total", "counter",
        "Time in turns of the loops, over all workers", (double)sum(h, TALLY_BUSY_US) / 1e6);
    one(out, "dialtone_turn_seconds", "gauge", "Length of a turn, smoothed, of the slowest worker",
        (double)lag / 1e6);
}

static void journal(const struct house *h, struct sink *out)
{
    if (!h->store) {
        return;
    }
    struct store_counts c = store_counts(h->store);
    head(out, &(struct row){"dialtone_journal_rows_total", "counter", "", "Rows for the journal"});
    sink_fmt(out,
             "dialtone_journal_rows_total{result=\"written\"} %llu\n"
             "dialtone_journal_rows_total{result=\"dropped\"} %llu\n"
             "dialtone_journal_rows_total{result=\"failed\"} %llu\n",
             (unsigned long long)c.written, (unsigned long long)c.dropped,
             (unsigned long long)c.failed);
    one(out, "dialtone_journal_waiting", "gauge", "Rows that wait to be written",
        (double)c.waiting);
}

static double resident(void)
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
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double of_timeval(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void process(const struct house *h, struct sink *out)
{
    struct rusage u;
    if (getrusage(RUSAGE_SELF, &u) == 0) {
        one(out, "process_cpu_seconds_total", "counter", "Processor time, user and system",
            of_timeval(u.ru_utime) + of_timeval(u.ru_stime));
    }
    one(out, "process_resident_memory_bytes", "gauge", "Resident memory", resident());
    head(out, &(struct row){"process_start_time_seconds", "gauge", "", "Start, since 1970"});
    sink_fmt(out, "process_start_time_seconds %lld\n", (long long)(h->started / USEC_S));
    one(out, "dialtone_workers", "gauge", "Threads that serve", (double)h->workers.n);
    if (h->tls) {
        head(out, &(struct row){"dialtone_certificate_end_seconds", "gauge", "",
                                "When the first of our certificates ends, since 1970"});
        sink_fmt(out, "dialtone_certificate_end_seconds %lld\n",
                 (long long)(tls_server_ends(h->tls) / USEC_S));
    }
    head(out, &(struct row){"dialtone_build_info", "gauge", "", "Which program this is"});
    sink_fmt(out, "dialtone_build_info{version=\"%s\"} 1\n", cli_version);
}

void house_metrics(const struct house *h, struct sink *out)
{
    tallies(h, out);
    seconds(h, out);
    journal(h, out);
    process(h, out);
}

bool house_alive(const struct house *h, struct sink *out)
{
    usec_t now = worker_clock();
    for (size_t i = 0; i < h->workers.n; i++) {
        usec_t silent = now - worker_alive(h->workers.at[i]);
        if (silent > ALIVE_MOST_S * USEC_S) {
            sink_fmt(out, "worker %zu has been silent for %lld s\n", i,
                     (long long)(silent / USEC_S));
            return false;
        }
    }
    return true;
}

bool house_healthy(const struct house *h, struct sink *out)
{
    if (!house_alive(h, out)) {
        return false;
    }
    if (sum(h, TALLY_WAL_FAILING) > 0) {
        sink_z(out, "bindings cannot be written to disk\n");
        return false;
    }
    if (h->phase != PHASE_SERVING) {
        sink_z(out, h->phase == PHASE_START ? "starting\n" : "draining\n");
        return false;
    }
    sink_z(out, "ok\n");
    return true;
}
