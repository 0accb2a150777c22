/* One phone's section: verdict, ladder, findings, timeline, facts. */
#include <stdio.h>

#include "base/esc.h"
#include "flow/report/html.h"

void html_phone_name(struct html *h, const struct phone *p)
{
    report_phone_name(p, &h->esc);
}

static void heading(struct html *h, size_t i, const char *suffix, const char *key)
{
    sink_fmt(h->out, "<h3 id=\"p%zu-%s\">", i + 1, suffix);
    html_word(h, key);
    sink_z(h->out, "</h3>\n");
}

/* What colours the verdict: the worst finding, or that all is well. */
static const char *tone(const struct html *h)
{
    const struct diagnosis *d = h->d;
    if (d->n && d->finding[0].level == LEVEL_ERROR) {
        return "error";
    }
    if (d->ladder.failed < STAGES) {
        return "error";
    }
    return d->ladder.rung[STAGE_REGISTERED].state == STAGE_OK ? "fine" : "open";
}

static void verdict(struct html *h)
{
    const char *t = tone(h);
    sink_fmt(h->out, "<p class=\"verdict %s\">", t);
    if (*t == 'e') {
        plot_sign(h->out, PLOT_ERROR);
    } else if (*t == 'f') {
        sink_z(h->out, "<svg class=\"sign fine\" viewBox=\"-8 -8 16 16\" aria-hidden=\"true\">"
                       "<circle r=\"7\"/><path class=\"in\" d=\"M-3.2 .4l2.2 2.4 4.2-5\"/></svg>");
    } else {
        plot_sign(h->out, PLOT_INFO);
    }
    sink_z(h->out, "<span>");
    report_verdict(h->r, h->d, &h->esc);
    sink_z(h->out, "</span></p>\n");
}

static enum plot_mark mark_of(enum stage_state s)
{
    switch (s) {
    case STAGE_OK:
        return PLOT_OK;
    case STAGE_FAILED:
        return PLOT_FAILED;
    case STAGE_NOT_REACHED:
        return PLOT_BEYOND;
    case STAGE_SKIPPED:
        return PLOT_SKIPPED;
    case STAGE_UNKNOWN:
    case STAGE_STATES:
        break;
    }
    return PLOT_UNKNOWN;
}

/* Where the rung's line stands, or, for the failed one, what explains it. */
static void rung_link(struct html *h, size_t phone, enum stage s, struct plot_rung *ret)
{
    const struct rung *r = &h->d->ladder.rung[s];
    char text[48];
    int n = 0;
    if (r->state == STAGE_FAILED && h->d->by[s]) {
        ret->link = h->d->by[s]->rule->id;
        n = snprintf(text, sizeof text, "#p%zu-f%u", phone + 1,
                     (unsigned)(h->d->by[s] - h->d->finding) + 1);
        ret->href = arena_str(&h->arena, str_of(text, (size_t)n));
    } else if (r->place.line && r->state != STAGE_NOT_REACHED) {
        struct html_pair line = {"n", html_number(&h->arena, r->place.line)};
        ret->link = html_filled(h, report_is_capture(h->r, r->place) ? "html.frame" : "html.line",
                                &line, 1);
        if (html_raw_shown(h, r->place.file, r->place.line)) {
            n = snprintf(text, sizeof text, "#L%u-%u", r->place.file, r->place.line);
            ret->href = arena_str(&h->arena, str_of(text, (size_t)n));
        }
    }
}

static void ladder(struct html *h, size_t i)
{
    struct plot_rung rungs[STAGES];
    for (int s = 0; s < STAGES; s++) {
        const struct rung *r = &h->d->ladder.rung[s];
        rungs[s] = (struct plot_rung){
            .mark = mark_of(r->state),
            .label = report_named(h->r, "stage", str_z(stage_name((enum stage)s))),
            .state = report_named(h->r, "state", str_z(stage_state_name(r->state))),
        };
        if (r->state == STAGE_OK || r->state == STAGE_FAILED) {
            rungs[s].note = html_duration(h, r->ms);
        }
        rung_link(h, i, (enum stage)s, &rungs[s]);
    }
    sink_fmt(h->out, "<section class=\"way\" aria-labelledby=\"p%zu-ladder\">", i + 1);
    heading(h, i, "ladder", "html.ladder");
    plot_ladder(h->out, report_message(h->r, "html.ladder-text"), rungs, STAGES);
    sink_z(h->out, "</section>\n");
}

static void facts(struct html *h, size_t i, const struct phone *p)
{
    const char *key = NULL;
    char buf[96];
    sink_fmt(h->out, "<section class=\"facts\" aria-labelledby=\"p%zu-facts\">", i + 1);
    heading(h, i, "facts", "html.facts");
    sink_fmt(h->out, "<table aria-labelledby=\"p%zu-facts\"><tbody>\n", i + 1);
    struct str value = {NULL, 0};
    for (unsigned n = 0; report_fact(p, n, &key, &value, buf); n++) {
        if (value.len == 0) {
            continue;
        }
        sink_z(h->out, "<tr><th scope=\"row\">");
        html_word(h, key);
        sink_z(h->out, "</th><td translate=\"no\">");
        esc_html(h->out, value);
        sink_z(h->out, "</td></tr>\n");
        value = str_of(NULL, 0);
    }
    sink_z(h->out, "</tbody></table></section>\n");
}

static void findings(struct html *h, size_t i)
{
    sink_fmt(h->out, "<section class=\"findings\" aria-labelledby=\"p%zu-findings\">", i + 1);
    heading(h, i, "findings", "html.findings");
    if (h->d->n == 0) {
        sink_z(h->out, "<p>");
        html_word(h, "html.findings-none");
        sink_z(h->out, "</p>\n");
    }
    for (unsigned f = 0; f < h->d->n; f++) {
        html_finding(h, i, f);
    }
    if (h->d->dropped) {
        sink_z(h->out, "<p class=\"notice\">");
        html_say(h, "html.findings-dropped",
                 &(struct html_pair){"n", html_number(&h->arena, h->d->dropped)}, 1);
        sink_z(h->out, "</p>\n");
    }
    sink_z(h->out, "</section>\n");
}

void html_phone_section(struct html *h, size_t i)
{
    const struct phone *p = h->phone[i].p;
    sink_fmt(h->out, "<section class=\"phone\" id=\"p%zu\" aria-labelledby=\"p%zu-h\">\n", i + 1,
             i + 1);
    sink_fmt(h->out, "<h2 id=\"p%zu-h\" translate=\"no\">", i + 1);
    html_phone_name(h, p);
    sink_z(h->out, "</h2>\n");
    verdict(h);
    sink_z(h->out, "<div class=\"overview\">\n");
    ladder(h, i);
    facts(h, i, p);
    sink_z(h->out, "</div>\n");
    findings(h, i);
    html_timeline(h, i);
    sink_z(h->out, "</section>\n");
}
