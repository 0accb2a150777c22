/* The HTML report: one file that holds everything and asks for nothing. Its Content-Security-Policy
 * allows one style sheet and one script, each by its hash; all else that a browser could load or run
 * is forbidden, whatever a log holds. */
#include <stdlib.h>

#include "base/esc.h"
#include "flow/report/html.h"

static enum err escape(void *ctx, struct str text)
{
    struct sink *out = ctx;
    esc_html(out, text);
    return out->err;
}

/* -- what the page will speak of */

enum { SPOKEN_MOST = 500000, HITS_MOST = 500000 };

static bool grow(void **p, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return true;
    }
    size_t more = *cap ? *cap * 2 : 256;
    void *q = realloc(*p, more * size);
    if (!q) {
        return false;
    }
    *p = q;
    *cap = more;
    return true;
}

static void speak_of(struct html *h, struct place at, size_t phone, const struct rule *rule,
                     unsigned finding)
{
    void *p = h->line;
    if (at.line == 0 || h->n_lines == SPOKEN_MOST ||
        !grow(&p, h->n_lines, &h->cap_lines, sizeof *h->line)) {
        return;
    }
    h->line = p;
    h->line[h->n_lines++] = (struct html_line){.file = at.file,
                                               .line = at.line,
                                               .phone = (uint32_t)phone,
                                               .rule = rule,
                                               .finding = (uint16_t)finding};
}

static void hit(struct html *h, const struct finding *f, size_t phone, unsigned finding)
{
    void *p = h->hit;
    if (h->n_hits == HITS_MOST || !grow(&p, h->n_hits, &h->cap_hits, sizeof *h->hit)) {
        return;
    }
    h->hit = p;
    h->hit[h->n_hits++] = (struct html_hit){
        .rule = f->rule, .level = f->level, .phone = (uint32_t)phone, .finding = finding};
}

static void survey_phone(struct html *h, size_t i)
{
    const struct diagnosis *d = h->d;
    h->phone[i].worst = -1;
    h->phone[i].registered = d->ladder.rung[STAGE_REGISTERED].state == STAGE_OK;
    for (unsigned k = 0; k < d->n; k++) {
        const struct finding *f = &d->finding[k];
        h->phone[i].worst = (int)f->level > h->phone[i].worst ? (int)f->level : h->phone[i].worst;
        hit(h, f, i, k);
        for (unsigned e = 0; e < f->n_evidence; e++) {
            const struct evidence *ev = &f->evidence[e];
            if (ev->absence) {
                speak_of(h, ev->from, i, f->rule, k);
                speak_of(h, ev->to, i, f->rule, k);
            } else {
                speak_of(h, ev->fact->place, i, f->rule, k);
            }
        }
    }
    for (int s = 0; s < STAGES; s++) {
        speak_of(h, d->ladder.rung[s].place, i, NULL, HTML_NO_FINDING);
    }
}

static int by_place(const void *a, const void *b)
{
    const struct html_line *x = a;
    const struct html_line *y = b;
    return x->file != y->file         ? (x->file < y->file ? -1 : 1)
           : x->line != y->line       ? (x->line < y->line ? -1 : 1)
           : x->phone != y->phone     ? (x->phone < y->phone ? -1 : 1)
           : x->finding != y->finding ? (x->finding < y->finding ? -1 : 1)
                                      : 0;
}

/* Errors first, then by id and phone. */
static int by_finding(const void *a, const void *b)
{
    const struct html_hit *x = a;
    const struct html_hit *y = b;
    if (x->level != y->level) {
        return x->level > y->level ? -1 : 1;
    }
    int c = str_cmp(x->rule->id, y->rule->id);
    return c != 0 ? c : x->phone < y->phone ? -1 : x->phone > y->phone;
}

/* Who gets a section, when there are too many: who has an error, then the others. */
static void choose(struct html *h)
{
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < h->n_phones && n < HTML_PHONES_FULL; i++) {
            if (!h->phone[i].full && (h->phone[i].worst == LEVEL_ERROR || pass == 1)) {
                h->phone[i].full = true;
                n++;
            }
        }
    }
}

static bool survey(struct html *h)
{
    const struct phone *p = doctor_phones(h->r->doctor);
    for (; p; p = p->next) {
        h->n_phones++;
    }
    h->phone = calloc(h->n_phones + 1, sizeof *h->phone);
    h->d = calloc(1, sizeof *h->d);
    if (!h->phone || !h->d || !html_raw_init(h)) {
        return false;
    }
    p = doctor_phones(h->r->doctor);
    for (size_t i = 0; p; p = p->next, i++) {
        h->phone[i].p = p;
        doctor_diagnose(h->r->doctor, p, h->d);
        survey_phone(h, i);
    }
    if (h->n_lines) {
        qsort(h->line, h->n_lines, sizeof *h->line, by_place);
    }
    if (h->n_hits) {
        qsort(h->hit, h->n_hits, sizeof *h->hit, by_finding);
    }
    choose(h);
    return true;
}

/* -- the page */

static void policy(struct html *h, struct str style, struct str script)
{
    sink_z(h->out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                   "base-uri 'none'; form-action 'none'; img-src data:; style-src 'sha256-");
    (void)html_hash(h, style, h->out);
    sink_z(h->out, "'; script-src 'sha256-");
    (void)html_hash(h, script, h->out);
    sink_z(h->out, "'\">\n");
}

static void title(struct html *h)
{
    if (h->n_phones == 1) {
        html_phone_name(h, h->phone[0].p);
        sink_z(h->out, " – ");
    }
    html_word(h, "html.title");
}

/* Without hashes there is no script, and the policy says so. */
static void head(struct html *h, struct str style, struct str script, bool hashed)
{
    sink_fmt(h->out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
             language_name(h->r->lang));
    if (hashed) {
        policy(h, style, script);
    } else {
        sink_z(h->out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "base-uri 'none'; form-action 'none'; img-src data:; "
                       "style-src 'unsafe-inline'\">\n");
    }
    sink_z(h->out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n"
                   "<meta name=\"robots\" content=\"noindex\">\n"
                   "<link rel=\"icon\" href=\"data:,\">\n<title>");
    title(h);
    sink_z(h->out, "</title>\n<style>");
    sink_str(h->out, style);
    sink_z(h->out, "</style>\n</head>\n");
}

static void nav_link(struct html *h, const char *href, const char *key)
{
    sink_fmt(h->out, "<li><a href=\"%s\">", href);
    html_word(h, key);
    sink_z(h->out, "</a></li>\n");
}

static void banner(struct html *h)
{
    sink_z(h->out, "<body>\n<a class=\"skip\" href=\"#main\">");
    html_word(h, "html.skip");
    sink_z(h->out, "</a>\n<header><h1>");
    html_word(h, "html.title");
    sink_z(h->out, "</h1>\n<nav aria-label=\"");
    html_word(h, "html.nav");
    sink_z(h->out, "\"><ul>\n");
    if (h->n_phones > 1) {
        nav_link(h, "#index", "html.index");
    }
    for (size_t i = 0; i < h->n_phones && h->n_phones <= 6; i++) {
        sink_fmt(h->out, "<li translate=\"no\"><a href=\"#p%zu\">", i + 1);
        html_phone_name(h, h->phone[i].p);
        sink_z(h->out, "</a></li>\n");
    }
    nav_link(h, "#inputs", "html.inputs");
    nav_link(h, "#log", "html.log");
    sink_z(h->out, "</ul></nav></header>\n<main id=\"main\">\n");
}

static void body(struct html *h)
{
    banner(h);
    if (h->n_phones == 0) {
        sink_z(h->out, "<section class=\"phone\"><p class=\"verdict open\"><span>");
        html_word(h, "html.no-phone");
        sink_z(h->out, "</span></p></section>\n");
    }
    if (h->n_phones > 1) {
        html_index(h);
    }
    for (size_t i = 0; i < h->n_phones && h->out->err == ERR_OK; i++) {
        if (h->phone[i].full) {
            doctor_diagnose(h->r->doctor, h->phone[i].p, h->d);
            html_phone_section(h, i);
            arena_reset(&h->arena);
        }
    }
    html_inputs(h);
    html_raw_section(h);
    sink_z(h->out, "</main>\n<footer><p>");
    html_say(h, "html.footer", &(struct html_pair){"version", str_z(h->r->version)}, 1);
    sink_z(h->out, "</p></footer>\n");
}

void report_html(const struct report *r, struct sink *out)
{
    struct html h = {.r = r, .out = out, .esc = {.write = escape, .ctx = out}};
    struct str style = html_share("report/report.css");
    struct str script = html_share("report/report.js");
    struct sink nowhere = {.err = ERR_END};
    bool hashed = html_hash(&h, script, &nowhere);
    arena_init(&h.arena, (size_t)8 << 20);
    if (survey(&h)) {
        head(&h, style, script, hashed);
        body(&h);
        if (hashed) {
            sink_z(out, "<script>");
            sink_str(out, script);
            sink_z(out, "</script>\n");
        }
        sink_z(out, "</body>\n</html>\n");
    } else if (out->err == ERR_OK) {
        out->err = ERR_MEMORY;
    }
    html_raw_clear(&h);
    free(h.phone);
    free(h.line);
    free(h.hit);
    free(h.d);
    arena_clear(&h.arena);
}
