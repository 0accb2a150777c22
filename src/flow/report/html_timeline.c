/* The plot of one phone's attempts: stages over the order of its records. Distances grow with the
 * logarithm of the time between records, so that milliseconds and hours fit one picture; where the
 * clock is not continuous only the order counts. */
#include <stdio.h>
#include <stdlib.h>

#include "flow/report/html.h"

struct moment {
    uint32_t order;
    usec_t mono;
    usec_t tod;
    double at; /* 0 to 1 */
};

enum { TICKS = 400, PAUSES = 200, BREAKS = 100, BARS = 1500 };

struct line_of_time {
    struct html *h;
    struct moment *moment; /* owned */
    size_t n;
    struct plot_note *ticks, *pauses, *breaks; /* in the arena */
    size_t n_ticks, n_pauses, n_breaks;
    struct plot_bar *bars;
    size_t n_bars;
};

static int by_order(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Every fact of every attempt, in order, one of each order. */
static bool collect(struct line_of_time *t, const struct phone *p)
{
    size_t n = 0;
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        n += a->n;
    }
    t->moment = n ? malloc(n * sizeof *t->moment) : NULL;
    if (!t->moment) {
        return false;
    }
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        for (unsigned i = 0; i < a->n; i++) {
            const struct fact *f = a->fact[i];
            t->moment[t->n++] = (struct moment){.order = f->order, .mono = f->mono, .tod = f->tod};
        }
    }
    qsort(t->moment, t->n, sizeof *t->moment, by_order);
    size_t kept = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (kept == 0 || t->moment[i].order != t->moment[kept - 1].order) {
            t->moment[kept++] = t->moment[i];
        }
    }
    t->n = kept;
    return kept > 1;
}

/* Whether run time and time of day tell the same distance between two records. */
static bool continuous(const struct moment *a, const struct moment *b)
{
    if (a->tod == USEC_NONE || b->tod == USEC_NONE || b->mono < a->mono) {
        return false;
    }
    usec_t apart = (b->mono - a->mono) - (b->tod - a->tod);
    apart = ((apart % USEC_DAY) + USEC_DAY) % USEC_DAY;
    return apart < 2 * USEC_S || apart > USEC_DAY - 2 * USEC_S;
}

static struct str clock_text(struct html *h, usec_t tod)
{
    char text[24];
    int64_t s = tod / USEC_S;
    int n = snprintf(text, sizeof text, "%02d:%02d:%02d", (int)(s / 3600 % 24), (int)(s / 60 % 60),
                     (int)(s % 60));
    return arena_str(&h->arena, str_of(text, (size_t)n));
}

/* The logarithm to base 2 of a number from 1 on, straight between the powers of 2. */
static double binary_log(double x)
{
    int n = 0;
    while (x >= 2) {
        x /= 2;
        n++;
    }
    return n + x - 1;
}

static void place_moments(struct line_of_time *t)
{
    double at = 0;
    t->moment[0].at = 0;
    for (size_t i = 1; i < t->n; i++) {
        double ms = (double)(t->moment[i].mono - t->moment[i - 1].mono) / 1000.0;
        at += continuous(&t->moment[i - 1], &t->moment[i]) ? 0.6 + binary_log(1 + ms / 4) : 10;
        t->moment[i].at = at;
    }
    for (size_t i = 0; i < t->n && at > 0; i++) {
        t->moment[i].at /= at;
    }
}

static void note(struct plot_note *notes, size_t *n, size_t most, struct plot_note one)
{
    if (*n < most) {
        notes[(*n)++] = one;
    }
}

static void annotate(struct line_of_time *t)
{
    struct html *h = t->h;
    for (size_t i = 0; i < t->n; i++) {
        const struct moment *m = &t->moment[i];
        const struct moment *b = i ? m - 1 : m;
        bool joined = i && continuous(b, m);
        double ms = (double)(m->mono - b->mono) / 1000.0;
        if (m->tod != USEC_NONE && (!joined || ms >= 1000 || i + 1 == t->n)) {
            note(t->ticks, &t->n_ticks, TICKS,
                 (struct plot_note){.at = m->at, .to = m->at, .text = clock_text(h, m->tod)});
        }
        if (joined && ms >= 1000) {
            int64_t tenths = (int64_t)(ms / 100 + 0.5);
            struct html_pair d = {"duration", html_duration(h, tenths * 100)};
            note(t->pauses, &t->n_pauses, PAUSES,
                 (struct plot_note){b->at, m->at, html_filled(h, "html.pause", &d, 1)});
        }
        if (i && !joined) {
            note(t->breaks, &t->n_breaks, BREAKS,
                 (struct plot_note){b->at, m->at, report_message(h->r, "html.clock-jump")});
        }
    }
}

/* The first moment at or behind an order. */
static size_t moment_at(const struct line_of_time *t, uint32_t order)
{
    size_t low = 0;
    size_t high = t->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (t->moment[mid].order < order) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < t->n ? low : t->n - 1;
}

/* From the deciding record so far back, or forth, as the stage took. */
static void extent(const struct line_of_time *t, const struct attempt *a, const struct rung *r,
                   struct plot_bar *ret)
{
    size_t i = moment_at(t, r->order);
    size_t first = moment_at(t, a->first_order);
    size_t last = moment_at(t, a->last_order);
    usec_t took = r->ms > 0 ? r->ms * USEC_MS : 0;
    size_t from = i;
    size_t to = i;
    if (t->moment[i].mono - t->moment[first].mono + 2 * USEC_MS >= took) {
        while (from > first && t->moment[from].mono > t->moment[i].mono - took) {
            from--;
        }
    } else { /* the deciding record began a wait */
        while (to < last && t->moment[to].mono < t->moment[i].mono + took) {
            to++;
        }
    }
    ret->from = t->moment[from].at;
    ret->to = t->moment[to].at;
}

static void bar(struct line_of_time *t, const struct attempt *a, enum stage s)
{
    static const enum plot_mark marks[STAGE_STATES] = {
        [STAGE_UNKNOWN] = PLOT_UNKNOWN,    [STAGE_OK] = PLOT_OK,
        [STAGE_FAILED] = PLOT_FAILED,      [STAGE_SKIPPED] = PLOT_SKIPPED,
        [STAGE_NOT_REACHED] = PLOT_BEYOND,
    };
    const struct rung *r = &a->rung[s];
    struct html *h = t->h;
    if (r->state == STAGE_UNKNOWN || r->state == STAGE_NOT_REACHED || t->n_bars == BARS) {
        return;
    }
    struct html_pair said[] = {
        {"stage", report_named(h->r, "stage", str_z(stage_name(s)))},
        {"state", report_named(h->r, "state", str_z(stage_state_name(r->state)))},
        {"duration", html_duration(h, r->ms)},
        {"line", html_number(&h->arena, r->place.line)},
    };
    struct plot_bar *b = &t->bars[t->n_bars++];
    *b = (struct plot_bar){.lane = (unsigned)s, .mark = marks[r->state]};
    b->title = html_filled(h, report_is_capture(h->r, r->place) ? "html.bar-frame" : "html.bar",
                           said, sizeof said / sizeof *said);
    extent(t, a, r, b);
}

static int by_position(const void *a, const void *b)
{
    const struct plot_flag *x = a;
    const struct plot_flag *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Warnings and errors, and what is only information as far as it belongs to a stage. */
static size_t flags(struct line_of_time *t, size_t phone, struct plot_flag *flag)
{
    struct html *h = t->h;
    size_t n = 0;
    for (unsigned i = 0; i < h->d->n; i++) {
        const struct finding *f = &h->d->finding[i];
        if ((f->stage >= STAGES && f->level == LEVEL_INFO) || f->decisive->order == 0) {
            continue;
        }
        char href[48];
        int len = snprintf(href, sizeof href, "#p%zu-f%u", phone + 1, i + 1);
        flag[n++] = (struct plot_flag){
            .lane = (unsigned)f->stage,
            .level = html_level(f->level),
            .at = t->moment[moment_at(t, f->decisive->order)].at,
            .label = f->rule->id,
            .title = report_finding_text(h->r, f)->v[TEXT_TITLE],
            .href = arena_str(&h->arena, str_of(href, (size_t)len)),
        };
        flag[n - 1].title = str_trim(flag[n - 1].title);
    }
    qsort(flag, n, sizeof *flag, by_position);
    return n;
}

static bool room(struct line_of_time *t)
{
    struct arena *a = &t->h->arena;
    t->ticks = arena_alloc(a, TICKS * sizeof *t->ticks);
    t->pauses = arena_alloc(a, PAUSES * sizeof *t->pauses);
    t->breaks = arena_alloc(a, BREAKS * sizeof *t->breaks);
    t->bars = arena_alloc(a, BARS * sizeof *t->bars);
    return t->ticks && t->pauses && t->breaks && t->bars;
}

static void draw(struct line_of_time *t, size_t phone)
{
    struct html *h = t->h;
    struct str lanes[STAGES];
    struct plot_flag flag[FINDINGS_MOST];
    place_moments(t);
    annotate(t);
    for (const struct attempt *a = h->d->phone->attempts.first; a; a = a->next) {
        for (int s = 0; s < STAGES; s++) {
            bar(t, a, (enum stage)s);
        }
    }
    for (int s = 0; s < STAGES; s++) {
        lanes[s] = report_named(h->r, "stage", str_z(stage_name((enum stage)s)));
    }
    struct html_pair said[] = {
        {"n", html_number(&h->arena, h->d->phone->attempts.n)},
        {"breaks", html_number(&h->arena, t->n_breaks)},
    };
    struct plot_timeline plot = {
        .title = report_message(h->r, "html.timeline"),
        .text = html_filled(h, "html.timeline-text", said, 2),
        .lanes = lanes,
        .n_lanes = STAGES,
        .bars = t->bars,
        .n_bars = t->n_bars,
        .flags = flag,
        .n_flags = flags(t, phone, flag),
        .ticks = t->ticks,
        .n_ticks = t->n_ticks,
        .pauses = t->pauses,
        .n_pauses = t->n_pauses,
        .breaks = t->breaks,
        .n_breaks = t->n_breaks,
    };
    plot_timeline(h->out, &plot);
}

void html_timeline(struct html *h, size_t phone)
{
    struct line_of_time t = {.h = h};
    if (collect(&t, h->d->phone) && room(&t)) {
        sink_fmt(h->out, "<section aria-labelledby=\"p%zu-time\"><h3 id=\"p%zu-time\">", phone + 1,
                 phone + 1);
        html_word(h, "html.timeline");
        sink_z(h->out, "</h3>\n<p class=\"hint\">");
        html_word(h, "html.timeline-hint");
        sink_fmt(h->out,
                 "</p>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
                 "aria-labelledby=\"p%zu-time\">\n",
                 phone + 1);
        draw(&t, phone);
        sink_z(h->out, "</div></section>\n");
    }
    free(t.moment);
}
