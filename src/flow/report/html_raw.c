/* Raw logs in the HTML report: finding a line, and the section that shows them, numbered, with anchors
 * and the way back to what speaks of a line. */
#include <stdlib.h>

#include "base/esc.h"
#include "flow/report/html.h"

enum { CHUNK = 200 }; /* lines that a browser may lay out together, or not at all while unseen */

/* Offsets of every HTML_RAW_STEP-th line. */
static bool index_lines(struct html_raw *w)
{
    size_t cap = 0;
    size_t n = 0;
    for (size_t at = 0; at < w->text.len; w->lines++) {
        if (w->lines % HTML_RAW_STEP == 0) {
            if (n == cap) {
                cap = cap ? cap * 2 : 64;
                size_t *p = realloc(w->at, cap * sizeof *p);
                if (!p) {
                    return false;
                }
                w->at = p;
            }
            w->at[n++] = at;
        }
        size_t end = str_chr(str_from(w->text, at), '\n');
        at = end == STR_NPOS ? w->text.len : at + end + 1;
    }
    return true;
}

bool html_raw_init(struct html *h)
{
    size_t n = doctor_inputs(h->r->doctor);
    size_t total = 0;
    size_t cap = 0;
    for (size_t i = 0; i < n && h->r->raw; i++) {
        struct str text = {NULL, 0};
        if (!h->r->raw(h->r->raw_ctx, i, &text) || text.len == 0) {
            continue;
        }
        if (h->n_raw == cap) {
            cap = cap ? cap * 2 : 16;
            struct html_raw *p = realloc(h->raw, cap * sizeof *p);
            if (!p) {
                return false;
            }
            h->raw = p;
        }
        struct html_raw *w = &h->raw[h->n_raw++];
        *w = (struct html_raw){.file = (uint32_t)i, .text = text};
        w->part = text.len < doctor_input(h->r->doctor, i)->bytes;
        while (w->part && w->text.len && w->text.p[w->text.len - 1] != '\n') {
            w->text.len--; /* the last line may be but the head of one */
        }
        total += w->text.len;
        if (!index_lines(w)) {
            return false;
        }
    }
    h->windows = total > HTML_RAW_MOST;
    return true;
}

void html_raw_clear(struct html *h)
{
    for (size_t i = 0; i < h->n_raw; i++) {
        free(h->raw[i].at);
    }
    free(h->raw);
}

static const struct html_raw *raw_find(const struct html *h, uint32_t file)
{
    size_t low = 0;
    size_t high = h->n_raw;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (h->raw[mid].file == file) {
            return &h->raw[mid];
        }
        if (h->raw[mid].file < file) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return NULL;
}

/* The line at the head of `rest`, which moves behind it. */
static struct str next_line(struct str *rest)
{
    struct str line = str_cut(rest, '\n');
    if (line.len && line.p[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

static struct str text_from(const struct html_raw *w, size_t line)
{
    struct str rest = str_from(w->text, w->at[(line - 1) / HTML_RAW_STEP]);
    for (size_t i = (line - 1) % HTML_RAW_STEP; i > 0; i--) {
        (void)str_cut(&rest, '\n');
    }
    return rest;
}

bool html_raw_line(const struct html *h, uint32_t file, uint32_t line, struct str *ret_text)
{
    const struct html_raw *w = raw_find(h, file);
    if (!w || line == 0 || line > w->lines) {
        return false;
    }
    struct str rest = text_from(w, line);
    *ret_text = next_line(&rest);
    return true;
}

/* The first of h->line at or behind a place. */
static size_t first_at(const struct html *h, uint32_t file, uint32_t line)
{
    size_t low = 0;
    size_t high = h->n_lines;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct html_line *l = &h->line[mid];
        if (l->file < file || (l->file == file && l->line < line)) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* Whether something that the report speaks of stands within `near` lines. */
static bool is_near(const struct html *h, uint32_t file, uint32_t line, uint32_t near)
{
    size_t i = first_at(h, file, line > near ? line - near : 1);
    return i < h->n_lines && h->line[i].file == file && h->line[i].line <= line + near;
}

bool html_raw_shown(const struct html *h, uint32_t file, uint32_t line)
{
    const struct html_raw *w = raw_find(h, file);
    if (!w || line == 0 || line > w->lines) {
        return false;
    }
    return !h->windows || is_near(h, file, line, HTML_WINDOW);
}

void html_raw_link(struct html *h, struct place at)
{
    if (html_raw_shown(h, at.file, at.line)) {
        sink_fmt(h->out, "<a href=\"#L%u-%u\">%u</a>", at.file, at.line, at.line);
    } else {
        sink_fmt(h->out, "%u", at.line);
    }
}

/* -- the section */

/* Links from a line back to the findings that speak of it, each once. */
static void backs(struct html *h, uint32_t file, uint32_t line)
{
    uint32_t phone = UINT32_MAX;
    uint16_t finding = HTML_NO_FINDING;
    for (size_t i = first_at(h, file, line); i < h->n_lines; i++) {
        const struct html_line *l = &h->line[i];
        if (l->file != file || l->line != line) {
            break;
        }
        if (l->finding == HTML_NO_FINDING || (l->phone == phone && l->finding == finding) ||
            !h->phone[l->phone].full) {
            continue;
        }
        phone = l->phone;
        finding = l->finding;
        sink_fmt(h->out, " <a class=\"back\" href=\"#p%u-f%u\" aria-label=\"", phone + 1,
                 finding + 1U);
        html_say(h, "html.back", &(struct html_pair){"id", l->rule->id}, 1);
        sink_z(h->out, "\">↑ ");
        esc_html(h->out, l->rule->id);
        sink_z(h->out, "</a>");
    }
}

static void one_line(struct html *h, uint32_t file, uint32_t line, struct str text)
{
    size_t i = first_at(h, file, line);
    bool spoken = i < h->n_lines && h->line[i].file == file && h->line[i].line == line;
    bool near = spoken || is_near(h, file, line, HTML_NEAR);
    sink_fmt(h->out, "<span id=\"L%u-%u\" data-n=\"%u\"%s>", file, line, line,
             spoken ? " class=\"near spoken\""
             : near ? " class=\"near\""
                    : "");
    esc_html(h->out, text);
    if (spoken) {
        backs(h, file, line);
    }
    sink_z(h->out, "\n</span>");
}

/* Lines from..to of one input. */
static void lines(struct html *h, const struct html_raw *w, size_t from, size_t to)
{
    struct str rest = text_from(w, from);
    for (size_t n = from; n <= to; n++) {
        if ((n - from) % CHUNK == 0) {
            sink_z(h->out, n == from ? "" : "</span>");
            sink_z(h->out,
                   to - n + 1 >= CHUNK ? "<span class=\"chunk\">" : "<span class=\"rest\">");
        }
        one_line(h, w->file, (uint32_t)n, next_line(&rest));
    }
    sink_z(h->out, "</span>");
}

static void left_out(struct html *h, size_t n)
{
    sink_z(h->out, "<span class=\"cut\">");
    struct arena a;
    arena_init(&a, 0);
    html_say(h, "html.lines-left-out", &(struct html_pair){"n", html_number(&a, n)}, 1);
    arena_clear(&a);
    sink_z(h->out, "\n</span>");
}

/* Stretches round the lines that the report speaks of. */
static void windows(struct html *h, const struct html_raw *w)
{
    size_t done = 0; /* lines shown or told to be left out */
    size_t i = first_at(h, w->file, 0);
    while (i < h->n_lines && h->line[i].file == w->file && h->line[i].line <= w->lines) {
        size_t from = h->line[i].line > HTML_WINDOW ? h->line[i].line - HTML_WINDOW : 1;
        size_t to = h->line[i].line;
        while (i < h->n_lines && h->line[i].file == w->file &&
               h->line[i].line <= to + 2 * HTML_WINDOW + 1) {
            to = h->line[i++].line;
        }
        to = to + HTML_WINDOW < w->lines ? to + HTML_WINDOW : w->lines;
        from = from > done ? from : done + 1;
        if (from > done + 1) {
            left_out(h, from - done - 1);
        }
        lines(h, w, from, to);
        done = to;
    }
    if (done < w->lines) {
        left_out(h, w->lines - done);
    }
}

static void search_form(struct html *h)
{
    sink_z(h->out, "<form class=\"search\" role=\"search\" hidden><label for=\"q\">");
    html_word(h, "html.search");
    sink_z(h->out,
           "</label><input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\">"
           "<button type=\"button\" id=\"prev\">");
    html_word(h, "html.search-previous");
    sink_z(h->out, "</button><button type=\"submit\" id=\"next\">");
    html_word(h, "html.search-next");
    sink_z(h->out, "</button><output id=\"count\" for=\"q\" aria-live=\"polite\" data-none=\"");
    html_word(h, "html.search-none");
    sink_z(h->out, "\"></output></form>\n");
}

void html_raw_section(struct html *h)
{
    sink_z(h->out, "<section id=\"log\" aria-labelledby=\"log-h\"><h2 id=\"log-h\">");
    html_word(h, "html.log");
    sink_z(h->out, "</h2>\n");
    if (h->n_raw == 0) {
        sink_z(h->out, "<p>");
        html_word(h, "html.log-none");
        sink_z(h->out, "</p></section>\n");
        return;
    }
    if (h->windows) {
        sink_z(h->out, "<p class=\"notice\">");
        html_word(h, "html.log-windows");
        sink_z(h->out, "</p>\n");
    }
    sink_z(h->out, "<p class=\"notice paper\">");
    html_word(h, "html.log-paper");
    sink_z(h->out, "</p>\n");
    search_form(h);
    for (size_t i = 0; i < h->n_raw; i++) {
        const struct html_raw *w = &h->raw[i];
        sink_fmt(h->out, "<h3 id=\"L%u\">", w->file);
        esc_html(h->out, html_input_name(h, w->file));
        sink_z(h->out, "</h3>\n");
        if (w->part) {
            sink_z(h->out, "<p class=\"notice\">");
            html_word(h, "html.log-part");
            sink_z(h->out, "</p>\n");
        }
        sink_z(h->out, "<pre class=\"log\" lang=\"en\" translate=\"no\">");
        if (h->windows) {
            windows(h, w);
        } else {
            lines(h, w, 1, w->lines);
        }
        sink_z(h->out, "</pre>\n");
    }
    sink_z(h->out, "</section>\n");
}
