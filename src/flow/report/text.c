/* The report for people at a terminal: the verdict, the ladder, findings with their evidence. */
#include <stdio.h>

#include "base/esc.h"
#include "flow/report/report.h"

enum colour { PLAIN, BOLD, DIM, RED, GREEN, YELLOW, BLUE, CYAN };

static void paint(const struct report *r, struct sink *out, enum colour c)
{
    static const char *const codes[] = {"0", "1", "2", "1;31", "32", "1;33", "1;34", "36"};
    if (r->color) {
        sink_fmt(out, "\033[%sm", codes[c]);
    }
}

static void painted(const struct report *r, struct sink *out, enum colour c, struct str text)
{
    paint(r, out, c);
    esc_term(out, text);
    paint(r, out, PLAIN);
}

static const enum colour level_colour[LEVELS] = {CYAN, YELLOW, RED};

static void pad(struct sink *out, struct str text, size_t width)
{
    size_t w = esc_term_width(text);
    esc_term(out, text);
    sink_fill(out, ' ', w < width ? width - w : 1);
}

/* Bytes up to and with the next place where a line may be broken. */
static size_t word_len(struct str text)
{
    size_t n = 0;
    bool stop = false;
    while (n < text.len && !stop) {
        uint32_t cp = 0;
        size_t step = esc_utf8(str_from(text, n), &cp);
        stop = text.p[n] == ' ' || cp >= 0x2E80;
        n += step;
    }
    return n;
}

/* Words of a text in lines of at most `width` columns, later lines indented. Japanese text has no
 * blanks: it is broken anywhere between two wide letters. */
void report_wrap(struct sink *out, struct str text, size_t indent, size_t width)
{
    size_t column = indent;
    size_t most = width > indent + 20 ? width : indent + 20;
    bool gap = false; /* a blank is due before the next word */
    while (text.len) {
        struct str word = str_head(text, word_len(text));
        size_t w = esc_term_width(str_trim(word));
        if (column + gap + w > most && column > indent) {
            sink_char(out, '\n');
            sink_fill(out, ' ', indent);
            column = indent;
            gap = false;
        }
        sink_fill(out, ' ', gap);
        esc_term(out, str_trim(word));
        column += gap + w;
        gap = word.p[word.len - 1] == ' ';
        text = str_from(text, word.len);
    }
    sink_char(out, '\n');
}

static size_t columns(const struct report *r)
{
    return r->width >= 60 ? (r->width < 120 ? r->width : 120) : 100;
}

static void file_line(const struct report *r, struct sink *out, struct place at)
{
    if (at.file < doctor_inputs(r->doctor)) {
        esc_term(out, doctor_input(r->doctor, at.file)->name);
    }
    if (at.line && report_is_capture(r, at)) {
        sink_fmt(out, ": %.*s %u", STR_ARG(report_message(r, "text.frame")), at.line);
    } else if (at.line) {
        sink_fmt(out, ":%u", at.line);
    }
}

static void ladder(const struct report *r, const struct diagnosis *d, struct sink *out)
{
    static const enum colour colours[STAGE_STATES] = {DIM, GREEN, RED, DIM, BLUE};
    size_t width = 0;
    for (int st = 0; st < STAGES; st++) {
        size_t w = esc_term_width(report_named(r, "stage", str_z(stage_name((enum stage)st))));
        width = w > width ? w : width;
    }
    for (int st = 0; st < STAGES; st++) {
        const struct rung *g = &d->ladder.rung[st];
        struct str state = report_named(r, "state", str_z(stage_state_name(g->state)));
        sink_fmt(out, "  %2d  ", st + 1);
        pad(out, report_named(r, "stage", str_z(stage_name((enum stage)st))), width + 2);
        painted(r, out, colours[g->state], state);
        size_t w = esc_term_width(state);
        if (g->ms >= 0 && g->state == STAGE_OK) {
            sink_fill(out, ' ', w < 14 ? 14 - w : 1);
            sink_fmt(out, "%8lld ms", (long long)g->ms);
        }
        if (g->state == STAGE_FAILED && d->by[st]) {
            sink_fill(out, ' ', w < 15 ? 15 - w : 1);
            painted(r, out, RED, d->by[st]->rule->id);
        }
        sink_char(out, '\n');
    }
}

/* "214 | text" with the matched part marked below. */
static void evidence_line(const struct report *r, const struct finding *f, const struct evidence *e,
                          unsigned width, struct sink *out)
{
    const struct fact *g = e->fact;
    struct str text = str_trim(g->text);
    size_t cut = (size_t)(text.p - g->text.p);
    size_t col = g->place.col > cut ? g->place.col - cut : 0;
    size_t len = g->place.len;
    if (str_ends(text, STR("^M"))) {
        text.len -= 2;
    }
    col = col < text.len ? col : 0;
    len = len < text.len - col ? len : text.len - col;
    paint(r, out, BLUE);
    sink_fmt(out, "%*u | ", (int)width, g->place.line);
    paint(r, out, PLAIN);
    esc_term(out, text);
    sink_char(out, '\n');
    if (len) {
        enum colour c = e->role == EVIDENCE_DECISIVE ? level_colour[f->level] : DIM;
        paint(r, out, BLUE);
        sink_fmt(out, "%*s | ", (int)width, "");
        paint(r, out, PLAIN);
        sink_fill(out, ' ', esc_term_width(str_head(text, col)));
        paint(r, out, c);
        sink_fill(out, e->role == EVIDENCE_DECISIVE ? '^' : '-',
                  esc_term_width(str_of(text.p + col, len)));
        paint(r, out, PLAIN);
        sink_char(out, '\n');
    }
}

static unsigned number_width(const struct finding *f)
{
    uint32_t most = 1;
    for (unsigned i = 0; i < f->n_evidence; i++) {
        uint32_t line = f->evidence[i].absence ? 0 : f->evidence[i].fact->place.line;
        most = line > most ? line : most;
    }
    char text[16];
    return (unsigned)snprintf(text, sizeof text, "%u", most);
}

static void evidence(const struct report *r, const struct finding *f, struct sink *out)
{
    unsigned width = number_width(f);
    uint32_t file = f->first.file;
    paint(r, out, BLUE);
    sink_fmt(out, "%*s--> ", (int)width, "");
    paint(r, out, PLAIN);
    file_line(r, out, f->first);
    if (f->count > 1) {
        struct reason again = {.key = "text.count", .a = f->count, .b = f->last.line};
        sink_char(out, ' ');
        report_reason(r, &again, out);
    }
    sink_char(out, '\n');
    for (unsigned i = 0; i < f->n_evidence; i++) {
        const struct evidence *e = &f->evidence[i];
        if (e->absence) {
            paint(r, out, BLUE);
            sink_fmt(out, "%*s | ", (int)width, "");
            paint(r, out, level_colour[f->level]);
            sink_z(out, "... ");
            report_absence(r, f, e, out);
            paint(r, out, PLAIN);
            sink_char(out, '\n');
            continue;
        }
        if (e->fact->place.file != file) {
            file = e->fact->place.file;
            sink_fmt(out, "%*s::: ", (int)width, "");
            file_line(r, out, e->fact->place);
            sink_char(out, '\n');
        }
        evidence_line(r, f, e, width, out);
    }
}

/* "   = help: text", wrapped below itself. */
static void note(const struct report *r, const char *key, struct str text, struct sink *out)
{
    struct str label = report_message(r, key);
    sink_z(out, "   = ");
    painted(r, out, BOLD, label);
    sink_z(out, ": ");
    report_wrap(out, text, 5 + esc_term_width(label) + 2, columns(r));
}

static void notes(const struct report *r, const char *key, struct str list, struct sink *out)
{
    struct arena a;
    struct str item;
    arena_init(&a, (size_t)1 << 20);
    while (texts_item(&list, &a, &item)) {
        note(r, key, item, out);
    }
    arena_clear(&a);
}

static void confidence(const struct report *r, const struct finding *f, struct sink *out)
{
    struct buf b = {.limit = 4096};
    struct sink s = buf_sink(&b);
    sink_fmt(&s, "%.2f (", f->confidence);
    for (unsigned i = 0; i < f->n_reasons; i++) {
        sink_z(&s, i ? "; " : "");
        report_reason(r, &f->reason[i], &s);
    }
    sink_char(&s, ')');
    note(r, "text.confidence", buf_str(&b), out);
    buf_clear(&b);
}

static void excluded(const struct report *r, const struct finding *f, struct sink *out)
{
    struct buf b = {.limit = 4096};
    struct sink s = buf_sink(&b);
    for (unsigned i = 0; i < f->rule->n_excludes; i++) {
        sink_z(&s, i ? "; " : "");
        sink_str(&s, f->rule->excludes[i].id);
        sink_z(&s, " (");
        sink_str(&s, report_named(r, "excluded", f->rule->excludes[i].reason));
        sink_char(&s, ')');
    }
    if (b.len) {
        note(r, "text.excluded", buf_str(&b), out);
    }
    buf_clear(&b);
}

static void commands(const struct report *r, const struct diagnosis *d, const struct finding *f,
                     const struct finding_text *t, struct sink *out)
{
    struct arena a;
    struct buf b = {.limit = 4096};
    struct str rest = t->v[TEXT_NEXT];
    arena_init(&a, (size_t)1 << 20);
    while (report_next_command(r, d, f, &rest, &a, &b)) {
        struct str label = report_message(r, "text.next");
        sink_z(out, "   = ");
        painted(r, out, BOLD, label);
        sink_z(out, ": ");
        esc_term(out, buf_str(&b));
        sink_char(out, '\n');
    }
    buf_clear(&b);
    arena_clear(&a);
}

static void finding(const struct report *r, const struct diagnosis *d, const struct finding *f,
                    struct sink *out)
{
    const struct finding_text *t = report_finding_text(r, f);
    struct buf b = {.limit = 4096};
    struct sink s = buf_sink(&b);
    (void)report_fill(r, d, f, t->v[TEXT_MESSAGE], &s);
    paint(r, out, level_colour[f->level]);
    sink_str(out, report_named(r, "level", str_z(level_name(f->level))));
    sink_fmt(out, "[%.*s]", STR_ARG(f->rule->id));
    paint(r, out, PLAIN);
    sink_z(out, ": ");
    paint(r, out, BOLD);
    esc_term(out, buf_str(&b));
    paint(r, out, PLAIN);
    sink_char(out, '\n');
    buf_clear(&b);
    if (f->level == LEVEL_INFO && !r->verbose) {
        return;
    }
    evidence(r, f, out);
    if (f->recovered) {
        note(r, "text.recovered", report_message(r, "text.recovered-text"), out);
    }
    confidence(r, f, out);
    excluded(r, f, out);
    notes(r, "text.remedy", t->v[TEXT_REMEDY], out);
    if (f->level == LEVEL_ERROR || r->verbose) {
        notes(r, "text.side-effects", t->v[TEXT_SIDE_EFFECTS], out);
        note(r, "text.actor", report_named(r, "actor", f->rule->actor), out);
        commands(r, d, f, t, out);
    }
    sink_fmt(out, "   = dialtone explain %.*s\n", STR_ARG(f->rule->id));
}

static void facts(const struct report *r, const struct phone *p, struct sink *out)
{
    const char *key = NULL;
    struct str v;
    char buf[96];
    size_t width = 0;
    for (unsigned i = 0; report_fact(p, i, &key, &v, buf); i++) {
        size_t w = v.len ? esc_term_width(report_message(r, key)) : 0;
        width = w > width ? w : width;
    }
    for (unsigned i = 0; report_fact(p, i, &key, &v, buf); i++) {
        if (v.len) {
            sink_z(out, "  ");
            pad(out, report_message(r, key), width + 2);
            esc_term(out, v);
            sink_char(out, '\n');
        }
    }
}

static void phone(const struct report *r, const struct diagnosis *d, struct sink *out)
{
    struct buf b = {.limit = 8192};
    struct sink s = buf_sink(&b);
    report_phone_name(d->phone, &s);
    painted(r, out, BOLD, buf_str(&b));
    sink_char(out, '\n');
    buf_reset(&b);
    report_verdict(r, d, &s);
    report_wrap(out, buf_str(&b), 0, columns(r));
    sink_char(out, '\n');
    ladder(r, d, out);
    sink_char(out, '\n');
    for (unsigned i = 0; i < d->n; i++) {
        finding(r, d, &d->finding[i], out);
        bool last = i + 1 == d->n;
        bool quiet = !last && d->finding[i].level == LEVEL_INFO && !r->verbose;
        sink_z(out, quiet ? "" : "\n");
    }
    facts(r, d->phone, out);
    buf_clear(&b);
}

static void problems(const struct report *r, struct sink *out)
{
    for (size_t i = 0; i < doctor_problems(r->doctor); i++) {
        const struct problem *p = doctor_problem_at(r->doctor, i);
        painted(r, out, YELLOW, report_message(r, "text.problem"));
        sink_z(out, ": ");
        esc_term(out, p->member.len ? p->member : p->input);
        if (p->offset) {
            sink_fmt(out, " @%llu", (unsigned long long)p->offset);
        }
        sink_z(out, ": ");
        esc_term(out, p->what);
        sink_char(out, '\n');
    }
}

void report_text(const struct report *r, struct sink *out)
{
    struct diagnosis d;
    struct summary s;
    unsigned n = 0;
    for (const struct phone *p = doctor_phones(r->doctor); p; p = p->next, n++) {
        if (n) {
            sink_z(out, "\n");
            sink_fill(out, '-', columns(r) < 80 ? columns(r) : 80);
            sink_z(out, "\n\n");
        }
        doctor_diagnose(r->doctor, p, &d);
        phone(r, &d, out);
    }
    if (n == 0) {
        sink_str(out, report_message(r, "text.no-phone"));
        sink_char(out, '\n');
    }
    if (n > 2) {
        summary_read(r->doctor, &s);
        sink_z(out, "\n");
        sink_fill(out, '=', columns(r) < 80 ? columns(r) : 80);
        sink_z(out, "\n");
        summary_text(r, &s, out);
    }
    if (doctor_problems(r->doctor)) {
        sink_char(out, '\n');
        problems(r, out);
    }
}
