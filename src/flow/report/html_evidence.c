/* Evidence of a finding: its lines with their neighbours, the matched part marked, and what is missing
 * between them. */
#include "base/esc.h"
#include "flow/report/html.h"

enum { MARKS = 4, NEIGHBOURS = 6 };

struct listing {
    struct html *h;
    const struct finding *f;
    size_t phone;
    unsigned finding;
    bool open;
    uint32_t file;
    uint32_t printed; /* the last line that was shown */
    uint32_t until;   /* neighbours are wanted up to here */
};

/* Also the empty line of a message, as the phone writes it. */
static bool is_empty(struct str text)
{
    text = str_trim(text);
    return text.len == 0 || str_eq(text, STR("^M"));
}

static bool is_blank(const struct listing *l, uint32_t line)
{
    struct str text;
    return html_raw_line(l->h, l->file, line, &text) && is_empty(text);
}

static void context_line(struct listing *l, uint32_t line)
{
    struct str text;
    if (!html_raw_line(l->h, l->file, line, &text) || is_empty(text)) {
        return;
    }
    sink_z(l->h->out, "<li class=\"context\"><span class=\"no\">");
    html_raw_link(l->h, (struct place){.file = l->file, .line = line});
    sink_z(l->h->out, "</span><code>");
    esc_html(l->h->out, text);
    sink_z(l->h->out, "</code></li>\n");
}

/* The line so many neighbours (blank ones not counted) above or below `line`. */
static uint32_t neighbour(const struct listing *l, uint32_t line, unsigned near, bool above)
{
    uint32_t at = line;
    for (unsigned steps = 0; near > 0 && steps < NEIGHBOURS && !(above && at == 1); steps++) {
        at = above ? at - 1 : at + 1;
        near -= is_blank(l, at) ? 0 : 1;
    }
    return at;
}

/* The neighbours that stand before `line` (not shown yet), and a sign where lines are left out. */
static void up_to(struct listing *l, uint32_t line, unsigned near)
{
    uint32_t from = neighbour(l, line, near, true);
    uint32_t n = l->printed + 1;
    for (; n <= l->until && n < line; n++) {
        context_line(l, n);
    }
    if (n < from) {
        sink_z(l->h->out, l->printed ? "<li class=\"gap\" aria-hidden=\"true\">⋮</li>\n" : "");
        n = from;
    }
    for (; n < line; n++) {
        context_line(l, n);
    }
}

static void close(struct listing *l)
{
    if (!l->open) {
        return;
    }
    for (uint32_t n = l->printed + 1; n <= l->until; n++) {
        context_line(l, n);
    }
    sink_z(l->h->out, "</ol></figure>\n");
    l->open = false;
}

static void open(struct listing *l, uint32_t file)
{
    if (l->open && l->file == file) {
        return;
    }
    close(l);
    *l = (struct listing){
        .h = l->h, .f = l->f, .phone = l->phone, .finding = l->finding, .open = true, .file = file};
    sink_z(l->h->out, "<figure class=\"evidence\"><figcaption>");
    esc_html(l->h->out, html_input_name(l->h, file));
    sink_z(l->h->out, "</figcaption><ol lang=\"en\" translate=\"no\">\n");
}

/* Evidence i and those behind it that stand on the same line; returns how many. */
static unsigned ranges(const struct finding *f, unsigned i, uint32_t range[MARKS][2], size_t *ret_n)
{
    const struct place *at = &f->evidence[i].fact->place;
    unsigned taken = 0;
    size_t n = 0;
    for (unsigned k = i; k < f->n_evidence; k++, taken++) {
        const struct evidence *e = &f->evidence[k];
        if (e->absence || e->fact->place.line != at->line || e->fact->place.file != at->file) {
            break;
        }
        if (e->fact->place.len == 0 || n == MARKS) {
            continue;
        }
        size_t k2 = n++;
        for (; k2 > 0 && range[k2 - 1][0] > e->fact->place.col; k2--) {
            range[k2][0] = range[k2 - 1][0];
            range[k2][1] = range[k2 - 1][1];
        }
        range[k2][0] = e->fact->place.col;
        range[k2][1] = e->fact->place.col + e->fact->place.len;
    }
    *ret_n = n;
    return taken;
}

static unsigned line(struct listing *l, unsigned i)
{
    const struct evidence *e = &l->f->evidence[i];
    const struct fact *on = e->fact;
    uint32_t range[MARKS][2];
    size_t n = 0;
    unsigned taken = ranges(l->f, i, range, &n);
    bool decisive = false;
    for (unsigned k = i; k < i + taken; k++) {
        decisive = decisive || l->f->evidence[k].role == EVIDENCE_DECISIVE;
    }
    struct str text;
    if (!html_raw_line(l->h, on->place.file, on->place.line, &text)) {
        text = on->text;
    }
    open(l, on->place.file);
    up_to(l, on->place.line, decisive ? 2 : 1);
    sink_fmt(l->h->out, "<li class=\"line%s\" id=\"p%zu-f%u-e%u\"><span class=\"no\">",
             decisive ? " decisive" : "", l->phone + 1, l->finding + 1, i + 1);
    html_raw_link(l->h, on->place);
    sink_z(l->h->out, "</span><code>");
    html_marked(l->h, text, (const uint32_t(*)[2])range, n);
    sink_z(l->h->out, "</code>");
    if (decisive) {
        sink_z(l->h->out, "<span class=\"role\">");
        html_word(l->h, "html.decisive");
        sink_z(l->h->out, "</span>");
    }
    sink_z(l->h->out, "</li>\n");
    l->printed = on->place.line;
    l->until = neighbour(l, on->place.line, decisive ? 2 : 1, false);
    return taken;
}

static void absence(struct listing *l, const struct evidence *e)
{
    open(l, e->from.file);
    sink_fmt(l->h->out, "<li class=\"absence\" lang=\"%s\"><span class=\"no\">∅</span><span>",
             language_name(l->h->r->lang));
    report_absence(l->h->r, l->f, e, &l->h->esc);
    sink_z(l->h->out, "</span></li>\n");
}

void html_evidence(struct html *h, size_t phone, unsigned i)
{
    const struct finding *f = &h->d->finding[i];
    struct listing l = {.h = h, .f = f, .phone = phone, .finding = i};
    for (unsigned k = 0; k < f->n_evidence;) {
        if (f->evidence[k].absence) {
            absence(&l, &f->evidence[k]);
            k++;
        } else {
            k += line(&l, k);
        }
    }
    close(&l);
}
