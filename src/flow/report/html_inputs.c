/* What was read, and what could not be. */
#include "base/esc.h"
#include "flow/report/html.h"

static void cell(struct html *h, struct str text, bool number)
{
    sink_z(h->out, number ? "<td class=\"number\">" : "<td>");
    esc_html(h->out, text);
    sink_z(h->out, "</td>");
}

/* `first`: the first column that holds numbers, `n_numbers` of them. */
static void head(struct html *h, const char *const *columns, size_t n, size_t first,
                 size_t n_numbers)
{
    sink_z(h->out, "<thead><tr>");
    for (size_t i = 0; i < n; i++) {
        bool number = i >= first && i < first + n_numbers;
        sink_z(h->out, number ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">");
        html_word(h, columns[i]);
        sink_z(h->out, "</th>");
    }
    sink_z(h->out, "</tr></thead><tbody>\n");
}

static const char *kind_key(const struct input *in)
{
    switch (in->kind) {
    case INPUT_NOTHING:
        return "html.kind-nothing";
    case INPUT_LOG:
        return in->whole ? "html.kind-log" : "html.kind-cut";
    case INPUT_PROBE:
        return "html.kind-probe";
    case INPUT_JOURNAL:
        return "html.kind-journal";
    case INPUT_CAPTURE:
        break;
    }
    return "html.kind-capture";
}

static void inputs(struct html *h)
{
    static const char *const columns[] = {"html.column-input", "html.column-kind",
                                          "html.column-bytes", "html.column-lines",
                                          "html.column-records"};
    size_t n = doctor_inputs(h->r->doctor);
    if (n > 20) {
        sink_z(h->out, "<details><summary>");
        html_say(h, "html.inputs-many", &(struct html_pair){"n", html_number(&h->arena, n)}, 1);
        sink_z(h->out, "</summary>\n");
    }
    sink_z(h->out, "<div class=\"wide\"><table aria-labelledby=\"inputs-h\">");
    head(h, columns, 5, 2, 3);
    for (size_t i = 0; i < n; i++) {
        const struct input *in = doctor_input(h->r->doctor, i);
        sink_z(h->out, "<tr><th scope=\"row\" translate=\"no\">");
        esc_html(h->out, in->name);
        sink_z(h->out, "</th>");
        cell(h, report_message(h->r, kind_key(in)), false);
        cell(h, html_number(&h->arena, in->bytes), true);
        cell(h, html_number(&h->arena, in->lines), true);
        cell(h, html_number(&h->arena, in->records), true);
        sink_z(h->out, "</tr>\n");
        arena_reset(&h->arena);
    }
    sink_z(h->out, n > 20 ? "</tbody></table></div></details>\n" : "</tbody></table></div>\n");
}

static void problems(struct html *h)
{
    static const char *const columns[] = {"html.column-where", "html.column-offset",
                                          "html.column-problem", "html.column-damage"};
    size_t n = doctor_problems(h->r->doctor);
    if (n == 0) {
        return;
    }
    sink_z(h->out, "<h3 id=\"problems-h\">");
    html_word(h, "html.problems");
    sink_z(h->out, "</h3>\n<div class=\"wide\"><table aria-labelledby=\"problems-h\">");
    head(h, columns, 4, 1, 1);
    for (size_t i = 0; i < n; i++) {
        const struct problem *p = doctor_problem_at(h->r->doctor, i);
        sink_z(h->out, "<tr><th scope=\"row\" translate=\"no\">");
        esc_html(h->out, p->input);
        if (p->member.len) {
            sink_z(h->out, " → ");
            esc_html(h->out, p->member);
        }
        sink_z(h->out, "</th>");
        cell(h, html_number(&h->arena, p->offset), true);
        cell(h, p->what, false);
        cell(h, report_message(h->r, p->damage ? "html.damage" : "html.no-damage"), false);
        sink_z(h->out, "</tr>\n");
        arena_reset(&h->arena);
    }
    sink_z(h->out, "</tbody></table></div>\n");
}

void html_inputs(struct html *h)
{
    sink_z(h->out, "<section id=\"inputs\" aria-labelledby=\"inputs-h\"><h2 id=\"inputs-h\">");
    html_word(h, "html.inputs");
    sink_z(h->out, "</h2>\n");
    inputs(h);
    problems(h);
    sink_z(h->out, "</section>\n");
}
