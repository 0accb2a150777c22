/* The report of a fleet: what was done, how long it took, and whether the generator can be trusted. */
#include "base/esc.h"
#include "flow/fleet/chart.h"
#include "flow/fleet/tally.h"

static const char *const words[] = {
#define TALLY_COUNT(id, text, words) [TALLY_##id] = (words),
#include "flow/fleet/tally.def"
#undef TALLY_COUNT
};

/* -- the course as lines */

static double rate(const void *ctx, size_t i, enum tally_count c)
{
    const struct tally_course *course = ctx;
    const struct tally_row *r = &course->row[i];
    return r->at > r->from ? (double)r->count[c] * USEC_S / (double)(r->at - r->from) : 0;
}

static double rate_begun(const void *ctx, size_t i)
{
    return rate(ctx, i, TALLY_BEGUN);
}

static double rate_registered(const void *ctx, size_t i)
{
    return rate(ctx, i, TALLY_REGISTERED);
}

static double rate_refreshed(const void *ctx, size_t i)
{
    return rate(ctx, i, TALLY_REFRESHED);
}

static double rate_failed(const void *ctx, size_t i)
{
    double sum = 0;
    for (unsigned c = TALLY_REFUSED; c < TALLY_COUNTS; c++) {
        sum += c == TALLY_LOST ? 0 : rate(ctx, i, (enum tally_count)c);
    }
    return sum;
}

static double level_up(const void *ctx, size_t i)
{
    const struct tally_course *course = ctx;
    return (double)course->row[i].up;
}

/* -- sections */

static void write_verdict(struct sink *out, const struct tally_story *s)
{
    const struct tally *t = s->all;
    sink_fmt(out,
             "<p class=\"verdict\">%llu phones began %llu times and got a dial tone %llu times",
             (unsigned long long)s->phones, (unsigned long long)t->count[TALLY_BEGUN],
             (unsigned long long)t->count[TALLY_REGISTERED]);
    if (t->count[TALLY_REGISTERED]) {
        sink_fmt(out,
                 ", half of those within %.1f ms, 99 of 100 within %.1f ms of when they were due",
                 (double)spread_at(&t->spread[TALLY_DIAL_TONE], 0.5) / 1000,
                 (double)spread_at(&t->spread[TALLY_DIAL_TONE], 0.99) / 1000);
    }
    sink_fmt(out, "; %llu are registered now.</p>\n", (unsigned long long)t->up);
}

static void write_limit(struct sink *out, const struct tally_story *s)
{
    static const char *const say[] = {
        [TALLY_FREE] = "The generator was not the limit",
        [TALLY_NEAR] = "The generator was near its limit: take the slowest times with care",
        [TALLY_LIMIT] = "The generator was the limit: what was measured is its own",
    };
    sink_fmt(out,
             "<p class=\"limit n%d\">%s (busiest thread %.0f %% of a core, 99 of 100 things done "
             "within %.1f ms of when "
             "they were due",
             (int)tally_limit(s->all, s->self), say[tally_limit(s->all, s->self)],
             100 * s->self->busy, (double)spread_at(&s->all->spread[TALLY_LATE], 0.99) / 1000);
    if (s->self->cpu_us > 0) {
        sink_fmt(out, ", %.1f us of processor a registration", s->self->cpu_us);
    }
    if (s->self->per_phone) {
        sink_fmt(out, ", %llu bytes a phone", (unsigned long long)s->self->per_phone);
    }
    sink_z(out, ").</p>\n");
}

static void write_funnel(struct sink *out, const struct tally *t)
{
    struct chart_bar bar[TALLY_COUNTS];
    size_t n = 0;
    for (unsigned c = TALLY_BEGUN; c <= TALLY_REGISTERED; c++) {
        if (t->count[c] || c == TALLY_REGISTERED) {
            bar[n++] = (struct chart_bar){.label = words[c], .value = (double)t->count[c]};
        }
    }
    chart_funnel(out, "From the first packet to the dial tone", bar, n);
}

static void write_course(struct sink *out, const struct tally_story *s)
{
    double seconds = (double)s->length / USEC_S;
    chart_lines(out, &(struct chart){.title = "What happened, a second",
                                     .unit = "a second",
                                     .n = s->course->n,
                                     .seconds = seconds,
                                     .ctx = s->course,
                                     .line = {{"begun", rate_begun},
                                              {"registered", rate_registered},
                                              {"refreshes", rate_refreshed},
                                              {"failures", rate_failed}},
                                     .n_lines = 4});
    chart_lines(out, &(struct chart){.title = "Phones that are registered",
                                     .unit = "phones",
                                     .n = s->course->n,
                                     .seconds = seconds,
                                     .ctx = s->course,
                                     .line = {{"registered", level_up}},
                                     .n_lines = 1});
}

static void write_times(struct sink *out, const struct tally *t)
{
    static const struct {
        const char *name;
        enum tally_spread spread;
    } rows[] = {{"due to dial tone", TALLY_DIAL_TONE},
                {"REGISTER to 200", TALLY_REGISTER},
                {"due to done, the generator's own", TALLY_LATE}};
    sink_z(
        out,
        "<table><caption>Times in milliseconds</caption><tr><th scope=\"col\"></th><th "
        "scope=\"col\">number</th>"
        "<th scope=\"col\">half within</th><th scope=\"col\">90 %</th><th scope=\"col\">99 %</th>"
        "<th scope=\"col\">99.9 %</th><th scope=\"col\">most</th></tr>\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct spread *s = &t->spread[rows[i].spread];
        sink_fmt(out, "<tr><th scope=\"row\">%s</th><td>%llu</td>", rows[i].name,
                 (unsigned long long)s->n);
        static const double shares[] = {0.5, 0.9, 0.99, 0.999, 1};
        for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
            sink_fmt(out, "<td>%.2f</td>", (double)spread_at(s, shares[k]) / 1000);
        }
        sink_z(out, "</tr>\n");
    }
    sink_z(out, "</table>\n<table><caption>Counts</caption>\n");
    for (unsigned c = 0; c < TALLY_COUNTS; c++) {
        sink_fmt(out, "<tr><th scope=\"row\">%s</th><td>%llu</td></tr>\n", words[c],
                 (unsigned long long)t->count[c]);
    }
    sink_z(out, "</table>\n");
}

void tally_html(struct sink *out, const struct tally_story *s, struct str css)
{
    sink_z(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width\">"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'\"><title>");
    esc_html(out, s->title);
    sink_z(out, "</title><style>\n");
    sink_str(out, css);
    sink_z(out, "</style></head><body><main><h1>");
    esc_html(out, s->title);
    sink_z(out, "</h1>\n<p class=\"soft\">Pace ");
    esc_html(out, s->pace);
    sink_z(out, ", toward ");
    esc_html(out, s->target);
    sink_fmt(out, ", %.1f s.</p>\n", (double)s->length / USEC_S);
    write_verdict(out, s);
    write_limit(out, s);
    write_funnel(out, s->all);
    write_course(out, s);
    write_times(out, s->all);
    sink_z(out, "</main></body></html>\n");
}
