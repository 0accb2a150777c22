/* One finding: what it says, what it rests on, what to do about it. */
#include "base/esc.h"
#include "flow/report/html.h"

enum plot_level html_level(enum level l)
{
    return l == LEVEL_ERROR ? PLOT_ERROR : l == LEVEL_WARNING ? PLOT_WARNING : PLOT_INFO;
}

static void heading(struct html *h, const char *key)
{
    sink_z(h->out, "<h5>");
    html_word(h, key);
    sink_z(h->out, "</h5>\n");
}

/* A list of the finding's texts under its heading; nothing when it is empty. */
static void list(struct html *h, const struct finding *f, enum text_key key, const char *title)
{
    struct str rest = report_finding_text(h->r, f)->v[key];
    struct str item;
    bool any = false;
    while (texts_item(&rest, &h->arena, &item)) {
        if (!any) {
            sink_z(h->out, "<div>");
            heading(h, title);
            sink_z(h->out, "<ul>");
        }
        any = true;
        sink_z(h->out, "<li>");
        (void)report_fill(h->r, h->d, f, item, &h->esc);
        sink_z(h->out, "</li>\n");
    }
    sink_z(h->out, any ? "</ul></div>\n" : "");
}

static void head(struct html *h, size_t phone, unsigned i)
{
    const struct finding *f = &h->d->finding[i];
    sink_z(h->out, "<p class=\"tags\"><span class=\"badge\">");
    plot_sign(h->out, html_level(f->level));
    html_named(h, "level", str_z(level_name(f->level)));
    sink_z(h->out, "</span> <code class=\"id\">");
    esc_html(h->out, f->rule->id);
    sink_z(h->out, "</code>");
    if (f->stage < STAGES) {
        sink_z(h->out, " <span>");
        html_named(h, "stage", str_z(stage_name(f->stage)));
        sink_z(h->out, "</span>");
    }
    if (f->recovered) {
        sink_z(h->out, " <span class=\"recovered\">");
        html_word(h, "html.recovered");
        sink_z(h->out, "</span>");
    }
    if (f->rule->class == CLASS_ASSUMED) {
        sink_z(h->out, " <span class=\"assumed\">");
        html_word(h, "html.assumed");
        sink_z(h->out, "</span>");
    }
    if (f->count > 1) {
        sink_z(h->out, " <span>");
        html_say(h, "html.seen-times", &(struct html_pair){"n", html_number(&h->arena, f->count)},
                 1);
        sink_z(h->out, "</span>");
    }
    sink_fmt(h->out, "</p>\n<h4 id=\"p%zu-f%u-h\">", phone + 1, i + 1);
    (void)report_fill(h->r, h->d, f, report_finding_text(h->r, f)->v[TEXT_MESSAGE], &h->esc);
    sink_z(h->out, "</h4>\n");
}

static void commands(struct html *h, const struct finding *f)
{
    struct str rest = report_finding_text(h->r, f)->v[TEXT_NEXT];
    struct buf command = {.limit = 4096};
    bool any = false;
    while (report_next_command(h->r, h->d, f, &rest, &h->arena, &command)) {
        if (!any) {
            sink_z(h->out, "<div class=\"next\">");
            heading(h, "explain.next");
            sink_z(h->out, "<ul>");
        }
        any = true;
        sink_z(h->out, "<li><code translate=\"no\">");
        esc_html(h->out, buf_str(&command));
        sink_z(h->out, "</code><button type=\"button\" class=\"copy\" hidden data-done=\"");
        html_word(h, "html.copied");
        sink_z(h->out, "\">");
        html_word(h, "html.copy");
        sink_z(h->out, "</button></li>\n");
    }
    sink_z(h->out, any ? "</ul></div>\n" : "");
    buf_clear(&command);
}

static void confidence(struct html *h, const struct finding *f)
{
    int percent = (int)(f->confidence * 100 + 0.5);
    sink_z(h->out, "<div class=\"confidence\">");
    heading(h, "html.confidence");
    sink_z(h->out, "<p class=\"sure\"><svg viewBox=\"0 0 100 6\" aria-hidden=\"true\" "
                   "preserveAspectRatio=\"none\"><rect class=\"all\" width=\"100\" height=\"6\"/>");
    sink_fmt(h->out, "<rect class=\"part\" width=\"%d\" height=\"6\"/></svg> ", percent);
    html_word(h, percent >= 85   ? "html.confidence-high"
                 : percent >= 60 ? "html.confidence-medium"
                                 : "html.confidence-low");
    sink_fmt(h->out, " (%d %%)</p>\n", percent);
    if (f->n_reasons) {
        sink_z(h->out, "<ul>");
        for (unsigned i = 0; i < f->n_reasons; i++) {
            sink_z(h->out, "<li>");
            report_reason(h->r, &f->reason[i], &h->esc);
            sink_z(h->out, "</li>\n");
        }
        sink_z(h->out, "</ul>");
    }
    sink_z(h->out, "</div>\n");
}

static void excluded(struct html *h, const struct finding *f)
{
    if (f->rule->n_excludes == 0) {
        return;
    }
    sink_z(h->out, "<div>");
    heading(h, "html.excluded");
    sink_z(h->out, "<ul>");
    for (unsigned i = 0; i < f->rule->n_excludes; i++) {
        sink_z(h->out, "<li><code>");
        esc_html(h->out, f->rule->excludes[i].id);
        sink_z(h->out, "</code> ");
        html_named(h, "excluded", f->rule->excludes[i].reason);
        sink_z(h->out, "</li>\n");
    }
    sink_z(h->out, "</ul></div>\n");
}

static void background(struct html *h, const struct finding *f)
{
    struct str rest = report_finding_text(h->r, f)->v[TEXT_EXPLAIN];
    struct str paragraph;
    sink_z(h->out, "<details class=\"more\"><summary>");
    html_word(h, "html.background");
    sink_z(h->out, "</summary>\n<div class=\"prose\">");
    while (texts_paragraph(&rest, h->r->lang == LANG_JA, &h->arena, &paragraph)) {
        sink_z(h->out, "<p>");
        (void)report_fill(h->r, h->d, f, paragraph, &h->esc);
        sink_z(h->out, "</p>\n");
    }
    sink_z(h->out, "</div>\n<div class=\"columns\">");
    list(h, f, TEXT_CAUSES, "explain.causes");
    list(h, f, TEXT_CONFIRM, "explain.confirm");
    sink_z(h->out, "</div></details>\n");
}

void html_finding(struct html *h, size_t phone, unsigned i)
{
    const struct finding *f = &h->d->finding[i];
    bool minor = f->level == LEVEL_INFO;
    sink_fmt(h->out,
             "<article class=\"finding %s\" id=\"p%zu-f%u\" aria-labelledby=\"p%zu-f%u-h\">\n",
             level_name(f->level), phone + 1, i + 1, phone + 1, i + 1);
    head(h, phone, i);
    if (minor) {
        sink_z(h->out, "<details class=\"minor\"><summary>");
        html_word(h, "html.details");
        sink_z(h->out, "</summary>\n");
    }
    html_evidence(h, phone, i);
    sink_z(h->out, "<div class=\"columns\">\n");
    list(h, f, TEXT_REMEDY, "explain.remedy");
    list(h, f, TEXT_SIDE_EFFECTS, "explain.side-effects");
    sink_z(h->out, "</div>\n<p class=\"actor\"><b>");
    html_word(h, "explain.actor");
    sink_z(h->out, "</b> ");
    html_named(h, "actor", f->rule->actor);
    sink_z(h->out, "</p>\n");
    commands(h, f);
    sink_z(h->out, "<div class=\"columns\">\n");
    confidence(h, f);
    excluded(h, f);
    sink_z(h->out, "</div>\n");
    background(h, f);
    sink_z(h->out, minor ? "</details></article>\n" : "</article>\n");
}
