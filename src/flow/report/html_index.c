/* Many phones: how many there are and how they fare, and which of them share a finding. */
#include "base/esc.h"
#include "flow/report/html.h"

enum { MANY = 12 }; /* phones past which each is but a line */

static void phone_link(struct html *h, size_t i)
{
    if (h->phone[i].full) {
        sink_fmt(h->out, "<a href=\"#p%zu\">", i + 1);
    }
    html_phone_name(h, h->phone[i].p);
    sink_z(h->out, h->phone[i].full ? "</a>" : "");
}

static void level_badge(struct html *h, enum level l)
{
    sink_fmt(h->out, "<span class=\"badge %s\">", level_name(l));
    plot_sign(h->out, html_level(l));
    html_named(h, "level", str_z(level_name(l)));
    sink_z(h->out, "</span>");
}

static void counts(struct html *h, const struct summary *s)
{
    struct html_pair said[] = {
        {"n", html_number(&h->arena, s->phones)},
        {"registered", html_number(&h->arena, s->registered)},
        {"errors", html_number(&h->arena, s->with_error)},
    };
    sink_z(h->out, "<p class=\"counts\">");
    html_say(h, "html.counts", said, 3);
    sink_z(h->out, "</p>\n");
}

/* The phones with hits [from, to) that a group has, each with a link to its finding. */
static void group_phones(struct html *h, size_t from, size_t to)
{
    bool many = to - from > 6;
    sink_z(h->out, many ? "<details><summary>" : "<ul class=\"names\">");
    if (many) {
        html_say(h, "html.phones", &(struct html_pair){"n", html_number(&h->arena, to - from)}, 1);
        sink_z(h->out, "</summary><ul class=\"names\">");
    }
    size_t end = to - from > HTML_LISTED ? from + HTML_LISTED : to;
    for (size_t i = from; i < end; i++) {
        const struct html_hit *hit = &h->hit[i];
        sink_z(h->out, "<li translate=\"no\">");
        if (h->phone[hit->phone].full) {
            sink_fmt(h->out, "<a href=\"#p%u-f%u\">", hit->phone + 1, hit->finding + 1);
        }
        html_phone_name(h, h->phone[hit->phone].p);
        sink_z(h->out, h->phone[hit->phone].full ? "</a></li>" : "</li>");
    }
    if (end < to) {
        sink_z(h->out, "<li>");
        html_say(h, "html.and-more", &(struct html_pair){"n", html_number(&h->arena, to - end)}, 1);
        sink_z(h->out, "</li>");
    }
    sink_z(h->out, many ? "</ul></details>" : "</ul>");
}

static void shared(struct html *h, const struct summary *s, const struct html_hit *hit)
{
    for (unsigned i = 0; i < s->n; i++) {
        const struct summary_group *g = &s->group[i];
        if (g->rule != hit->rule || g->level != hit->level || g->n_shared == 0) {
            continue;
        }
        sink_z(h->out, "<ul class=\"names\">");
        for (unsigned k = 0; k < g->n_shared; k++) {
            if (g->shared[k].phones < 2) {
                continue;
            }
            sink_z(h->out, "<li><b>");
            html_named(h, "html.shared", str_z(summary_key_name(g->shared[k].key)));
            sink_z(h->out, "</b> <span translate=\"no\">");
            esc_html(h->out, g->shared[k].value);
            sink_fmt(h->out, "</span> × %u</li>", g->shared[k].phones);
        }
        sink_z(h->out, "</ul>");
        break;
    }
}

/* One row: the hits [from, to) are of one rule and level. */
static void group(struct html *h, const struct summary *s, size_t from, size_t to)
{
    const struct html_hit *hit = &h->hit[from];
    struct finding some = {.rule = hit->rule};
    sink_z(h->out, "<tr><th scope=\"row\"><div>");
    level_badge(h, hit->level);
    sink_z(h->out, " <code class=\"id\">");
    esc_html(h->out, hit->rule->id);
    sink_z(h->out, "</code> <span>");
    esc_html(h->out, str_trim(report_finding_text(h->r, &some)->v[TEXT_TITLE]));
    sink_z(h->out, "</span></div></th><td>");
    group_phones(h, from, to);
    sink_z(h->out, "</td>");
    if (s->phones > 2) {
        sink_z(h->out, "<td>");
        shared(h, s, hit);
        sink_z(h->out, "</td>");
    }
    sink_z(h->out, "</tr>\n");
    arena_reset(&h->arena);
}

static void groups(struct html *h, const struct summary *s, size_t from, size_t to)
{
    static const char *const columns[] = {"html.column-finding", "html.column-phones",
                                          "html.column-shared"};
    sink_z(h->out, "<div class=\"wide\"><table class=\"groups\"><thead><tr>");
    for (size_t i = 0; i < (s->phones > 2 ? 3 : 2); i++) {
        sink_z(h->out, "<th scope=\"col\">");
        html_word(h, columns[i]);
        sink_z(h->out, "</th>");
    }
    sink_z(h->out, "</tr></thead><tbody>\n");
    while (from < to) {
        const struct html_hit *hit = &h->hit[from];
        size_t end = from;
        while (end < to && h->hit[end].rule == hit->rule && h->hit[end].level == hit->level) {
            end++;
        }
        group(h, s, from, end);
        from = end;
    }
    sink_z(h->out, "</tbody></table></div>\n");
}

/* What is only information is folded away. */
static void by_finding(struct html *h, const struct summary *s)
{
    size_t info = 0;
    while (info < h->n_hits && h->hit[info].level != LEVEL_INFO) {
        info++;
    }
    if (h->n_hits) {
        sink_z(h->out, "<h3>");
        html_word(h, "html.findings");
        sink_z(h->out, "</h3>\n");
    }
    if (info) {
        groups(h, s, 0, info);
    }
    if (info < h->n_hits) {
        sink_z(h->out, "<details class=\"all\"><summary>");
        html_word(h, "html.findings-info");
        sink_z(h->out, "</summary>\n");
        groups(h, s, info, h->n_hits);
        sink_z(h->out, "</details>\n");
    }
}

static void phone_row(struct html *h, size_t i, bool verdict)
{
    sink_z(h->out, "<li>");
    if (h->phone[i].worst > LEVEL_INFO) {
        level_badge(h, (enum level)h->phone[i].worst);
    } else {
        sink_z(h->out, "<span class=\"badge plain\">");
        html_word(h, h->phone[i].registered ? "html.registered" : "html.open");
        sink_z(h->out, "</span>");
    }
    sink_z(h->out, " <div><span translate=\"no\">");
    phone_link(h, i);
    sink_z(h->out, "</span>");
    if (verdict) {
        sink_z(h->out, "<br>");
        doctor_diagnose(h->r->doctor, h->phone[i].p, h->d);
        report_verdict(h->r, h->d, &h->esc);
    }
    sink_z(h->out, "</div></li>\n");
}

static void phones(struct html *h)
{
    bool many = h->n_phones > MANY;
    size_t left = 0;
    sink_z(h->out, many ? "<details class=\"all\"><summary>" : "<h3 class=\"unseen\">");
    html_word(h, "html.all-phones");
    sink_z(h->out, many ? "</summary>" : "</h3>");
    sink_z(h->out, "<ul class=\"phones\">\n");
    for (size_t i = 0; i < h->n_phones; i++) {
        phone_row(h, i, !many);
        left += h->phone[i].full ? 0 : 1;
    }
    sink_z(h->out, many ? "</ul></details>\n" : "</ul>\n");
    if (left) {
        sink_z(h->out, "<p class=\"notice\">");
        html_say(h, "html.phones-left-out", &(struct html_pair){"n", html_number(&h->arena, left)},
                 1);
        sink_z(h->out, "</p>\n");
    }
}

/* Few phones: each with its verdict first. Many: what they have in common first. */
void html_index(struct html *h)
{
    struct summary s;
    summary_read(h->r->doctor, &s);
    sink_z(h->out, "<section id=\"index\" aria-labelledby=\"index-h\"><h2 id=\"index-h\">");
    html_word(h, "html.index");
    sink_z(h->out, "</h2>\n");
    counts(h, &s);
    if (h->n_phones <= MANY) {
        phones(h);
    }
    by_finding(h, &s);
    if (h->n_phones > MANY) {
        phones(h);
    }
    sink_z(h->out, "</section>\n");
}
