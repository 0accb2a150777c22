/* Counting: spreads of times, CPU of this process and of others, and the line that is printed at the end. */
#include "sipload.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned bucket_of(uint64_t us)
{
    if (us < 64) {
        return (unsigned)us;
    }
    unsigned top = 63u - (unsigned)__builtin_clzll(us); /* at least 6 */
    unsigned b = (top - 5) * 32 + (unsigned)(us >> (top - 5));
    return b < BUCKETS ? b : BUCKETS - 1;
}

/* The largest microsecond of a bucket. */
static double bucket_end(unsigned b)
{
    if (b < 64) {
        return b;
    }
    unsigned shift = b / 32 - 1;
    return (double)((((uint64_t)b % 32 + 33) << shift) - 1);
}

void spread_add(struct spread *s, uint64_t ns)
{
    s->n++;
    s->most = ns > s->most ? ns : s->most;
    s->bucket[bucket_of(ns / 1000)]++;
}

void spread_join(struct spread *to, const struct spread *s)
{
    to->n += s->n;
    to->most = s->most > to->most ? s->most : to->most;
    for (unsigned i = 0; i < BUCKETS; i++) {
        to->bucket[i] += s->bucket[i];
    }
}

double spread_at(const struct spread *s, double part)
{
    uint64_t left = (uint64_t)((double)s->n * part);
    for (unsigned i = 0; i < BUCKETS; i++) {
        if (s->bucket[i] > left) {
            return bucket_end(i);
        }
        left -= s->bucket[i];
    }
    return (double)s->most / 1e3;
}

void figures_join(struct figures *to, const struct figures *f)
{
    to->begun += f->begun;
    to->done += f->done;
    to->refused += f->refused;
    to->lost += f->lost;
    to->closed += f->closed;
    to->unsent += f->unsent;
    to->missing += f->missing;
    to->counted += f->counted;
    to->again += f->again;
    to->stale += f->stale;
    to->stray += f->stray;
    to->opened += f->opened;
    to->failed += f->failed;
    to->resumed += f->resumed;
    to->broken += f->broken;
    for (unsigned i = 0; i < 7; i++) {
        to->status[i] += f->status[i];
    }
    spread_join(&to->took, &f->took);
    spread_join(&to->late, &f->late);
}

static uint64_t clock_ns(clockid_t c)
{
    struct timespec t = {0, 0};
    return clock_gettime(c, &t) == 0 ? (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec : 0;
}

uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

void clocks_read(const struct options *o, struct clocks *ret)
{
    *ret = (struct clocks){.own = clock_ns(CLOCK_PROCESS_CPUTIME_ID)};
    for (unsigned i = 0; i < o->n_watch; i++) {
        clockid_t c = 0;
        ret->watched += clock_getcpuclockid(o->watch[i], &c) == 0 ? clock_ns(c) : 0;
    }
    ret->wall = now_ns();
}

static void print_spread(FILE *f, const char *name, const struct spread *s)
{
    fprintf(f, ",\"%s_us\":{\"p50\":%.0f,\"p90\":%.0f,\"p99\":%.0f,\"p999\":%.0f,\"most\":%.0f}",
            name, spread_at(s, 0.5), spread_at(s, 0.9), spread_at(s, 0.99), spread_at(s, 0.999),
            (double)s->most / 1e3);
}

void figures_print(FILE *f, const struct options *o, const struct figures *all,
                   const struct clocks *from, const struct clocks *to)
{
    static const char *const vias[] = {"udp", "tcp", "tls"};
    double seconds = (double)(to->wall - from->wall) / 1e9;
    uint64_t done = o->silent ? all->opened : all->counted;
    double n = done ? (double)done : 1;
    fprintf(f, "{\"via\":\"%s\",\"each\":%s,\"seconds\":%.3f,\"rate\":%.0f", vias[o->via],
            o->each ? "true" : "false", seconds, seconds > 0 ? (double)done / seconds : 0);
    const struct {
        const char *name;
        uint64_t n;
    } counts[] = {
        {"begun", all->begun},
        {"done", all->done},
        {"counted", all->counted},
        {"refused", all->refused},
        {"lost", all->lost},
        {"closed", all->closed},
        {"unsent", all->unsent},
        {"missing", all->missing},
        {"again", all->again},
        {"stale", all->stale},
        {"stray", all->stray},
        {"opened", all->opened},
        {"failed", all->failed},
        {"resumed", all->resumed},
        {"broken", all->broken},
        {"status_2xx", all->status[2]},
        {"status_3xx", all->status[3]},
        {"status_4xx", all->status[4]},
        {"status_5xx", all->status[5]},
        {"status_6xx", all->status[6]},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        fprintf(f, ",\"%s\":%llu", counts[i].name, (unsigned long long)counts[i].n);
    }
    print_spread(f, "took", &all->took);
    print_spread(f, "late", &all->late);
    fprintf(f, ",\"own_cpu\":%.3f,\"own_us\":%.2f,\"watched_cpu\":%.3f,\"watched_us\":%.2f}\n",
            (double)(to->own - from->own) / 1e9 / (seconds > 0 ? seconds : 1),
            (double)(to->own - from->own) / 1e3 / n,
            (double)(to->watched - from->watched) / 1e9 / (seconds > 0 ? seconds : 1),
            (double)(to->watched - from->watched) / 1e3 / n);
    fflush(f);
}
