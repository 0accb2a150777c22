/* Writing records of many phones for loggen: heads, tags and texts by the rows of share/lines. */
#ifndef TEST_TOOLS_LOGGEN_H
#define TEST_TOOLS_LOGGEN_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "flow/doctor/knowledge.h"

enum { OUT = 1 << 20, PHONES = 250, PIECE = 1024 };

struct phone {
    char mac[32];
    char bare[32];
    char serial[32];
    char address[32];
    unsigned model;
    unsigned seq;
    usec_t now;
};

struct gen {
    const struct lines *lines;
    struct phone phone[PHONES];
    struct phone *p; /* whose turn it is */
    char *out;       /* [OUT] */
    size_t n;
    uint64_t written;
    uint64_t random;
    /* The journey that is being written. */
    unsigned pid;
    unsigned tid;
    unsigned dnsmasq;
    bool crlf;
    bool blank; /* a blank at the end of lines, as copies have it */
    bool stripped;
    /* One of how many. */
    unsigned phones, glued, split, fail, crlf_share, nbsp, stripped_share;
    uint64_t size;
};

/* SplitMix64: every number from the one before. */
static inline uint64_t any(struct gen *g)
{
    uint64_t z = g->random += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static inline unsigned below(struct gen *g, unsigned n)
{
    return (unsigned)(any(g) % n);
}

static inline bool one_of(struct gen *g, unsigned n)
{
    return n && below(g, n) == 0;
}

static inline void flush(struct gen *g)
{
    for (size_t at = 0; at < g->n;) {
        ssize_t n = write(STDOUT_FILENO, g->out + at, g->n - at);
        if (n <= 0) {
            perror("loggen");
            exit(1);
        }
        at += (size_t)n;
    }
    g->written += g->n;
    g->n = 0;
}

static inline enum err put(void *ctx, struct str s)
{
    struct gen *g = ctx;
    if (s.len > OUT - g->n) {
        flush(g);
    }
    memcpy(g->out + g->n, s.p, s.len);
    g->n += s.len;
    return ERR_OK;
}

static inline void put_z(struct gen *g, const char *z)
{
    (void)put(g, str_z(z));
}

static inline void two(char *p, unsigned n)
{
    p[0] = (char)('0' + n / 10 % 10);
    p[1] = (char)('0' + n % 10);
}

static inline void after(struct gen *g, usec_t most)
{
    g->p->now += 10 + (usec_t)(any(g) % (uint64_t)most);
}

/* "2154 NOT Aug 10 16:58:12.226653 " */
static inline void head(struct gen *g, const char *level)
{
    char text[33] = "0000 NOT Mon 00 00:00:00.000000 ";
    struct phone *p = g->p;
    int year = 0;
    int month = 0;
    int day = 0;
    unsigned s = (unsigned)(p->now / USEC_S % 86400);
    unsigned us = (unsigned)(p->now % USEC_S);
    time_civil(p->now / USEC_DAY, &year, &month, &day);
    two(text, p->seq / 100);
    two(text + 2, p->seq % 100);
    memcpy(text + 5, level, 3);
    memcpy(text + 9, time_month_name(month), 3);
    two(text + 13, (unsigned)day);
    two(text + 16, s / 3600);
    two(text + 19, s / 60 % 60);
    two(text + 22, s % 60);
    two(text + 25, us / 10000);
    two(text + 27, us / 100 % 100);
    two(text + 29, us % 100);
    (void)put(g, str_of(text, 32));
    p->seq = p->seq == 9999 ? 0 : p->seq + 1;
}

/* The end of a line; now and then the next record is glued to it. */
static inline void end(struct gen *g, bool may_glue)
{
    if (may_glue && one_of(g, g->glued)) {
        return;
    }
    if (one_of(g, g->nbsp)) {
        put_z(g, "\xc2\xa0 ");
    } else if (g->blank) {
        put_z(g, " ");
    }
    put_z(g, g->crlf ? "\r\n" : "\n");
}

enum writer { VOICE, DHCP, DNSMASQ, RAW };

static inline void tag(struct gen *g, enum writer w, unsigned tid)
{
    char text[48];
    if (w == VOICE || w == DHCP) {
        snprintf(text, sizeof text, "(%u-%u) %s", g->pid, tid, w == VOICE ? "voice-" : "DHCP-");
    } else if (w == DNSMASQ) {
        snprintf(text, sizeof text, "dnsmasq[%u]: ", g->dnsmasq);
    } else {
        text[0] = '\0';
    }
    put_z(g, text);
}

/* The row of a writer whose first literal text is `start`, or begins with it. Looked up once for
 * each place that writes it. */
static inline const struct template *row(const struct gen *g, enum writer w, const char *start)
{
    static const char *const names[] = {"voice", "DHCP", "dnsmasq", "raw"};
    const struct template *found = NULL;
    for (size_t i = 1; i <= lines_count(g->lines); i++) {
        const struct line *l = lines_row(g->lines, i);
        bool own = str_eq(l->tag, str_z(names[w])) || (w == RAW && str_eq(l->tag, STR("any")));
        if (own && str_eq(l->t.lit[0], str_z(start))) {
            return &l->t;
        }
        if (own && !found && str_starts(l->t.lit[0], str_z(start))) {
            found = &l->t;
        }
    }
    if (found) {
        return found;
    }
    fprintf(stderr, "loggen: no line template of %s begins with: %s\n", names[w], start);
    exit(1);
}

static inline void record(struct gen *g, enum writer w, const struct template *t,
                          const struct str *values)
{
    struct sink s = {.write = put, .ctx = g};
    after(g, 60);
    head(g, w == DNSMASQ ? "INF" : "NOT");
    tag(g, w, g->tid);
    template_write(t, values, &s);
    end(g, true);
}

/* One record by the row that begins with `start`, kept in *row_of_place; `values` go in its holes. */
static inline void record_z(struct gen *g, enum writer w, const struct template **row_of_place,
                            const char *start, const char *const *values, size_t n)
{
    struct str v[TEMPLATE_HOLES];
    for (size_t i = 0; i < n; i++) {
        v[i] = str_z(values[i]);
    }
    if (!*row_of_place) {
        *row_of_place = row(g, w, start);
    }
    record(g, w, *row_of_place, v);
}

/* The same, with the values of the holes as words of the macro. */
#define RECORD(g, w, start, ...)                                        \
    {                                                                   \
        static const struct template *t_;                               \
        const char *const z_[] = {"", __VA_ARGS__};                     \
        record_z(g, w, &t_, start, z_ + 1, sizeof z_ / sizeof *z_ - 1); \
    }

#endif
