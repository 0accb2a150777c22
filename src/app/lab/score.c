/* Totals and tables. */
#include "app/lab/score.h"

#include "app/cli/cli.h"
#include "base/esc.h"
#include "base/json.h"

struct total {
    unsigned first, nearest, named, missed, wrong, blind;
};

/* The class of the line that decides what is expected there. */
static enum evidence_class class_of(const struct score *s, const struct score_row *row,
                                    enum fault_view v)
{
    const struct fault_see *see = &row->fault->see[v];
    const struct rule *r = see->blind ? NULL : rules_find(s->rules, see->id);
    return r ? r->class : CLASSES;
}

static void count(struct total *t, const struct score_row *row, enum fault_view v)
{
    enum case_outcome o = row->result->look[v].outcome;
    bool nearest = o == OUTCOME_FIRST && fault_is_nearest(row->fault, v);
    t->nearest += nearest;
    t->first += o == OUTCOME_FIRST && !nearest;
    t->named += o == OUTCOME_NAMED;
    t->missed += o == OUTCOME_MISSED || o == OUTCOME_NONE;
    t->wrong += o == OUTCOME_WRONG;
    t->blind += o == OUTCOME_BLIND;
}

static bool is_fault(const struct score_row *row)
{
    return row->fault && !row->result->skipped;
}

static struct total total_of(const struct score *s, enum fault_view v, enum evidence_class c)
{
    struct total t = {0};
    for (size_t i = 0; i < s->n; i++) {
        if (is_fault(&s->row[i]) && class_of(s, &s->row[i], v) == c) {
            count(&t, &s->row[i], v);
        }
    }
    return t;
}

struct heads {
    unsigned faults, good, cured, skipped, clean, alarms, redacted;
};

static struct heads heads_of(const struct score *s)
{
    struct heads h = {0};
    for (size_t i = 0; i < s->n; i++) {
        const struct case_result *r = s->row[i].result;
        bool fault = s->row[i].fault != NULL;
        h.skipped += r->skipped;
        h.faults += fault && !r->skipped;
        h.good += fault && !r->skipped && case_good(r);
        h.cured += fault && r->cured;
        h.redacted += fault && r->redacted;
        h.clean += !fault;
        h.alarms += !fault && !case_good(r);
    }
    return h;
}

bool score_good(const struct score *s)
{
    struct heads h = heads_of(s);
    return h.good == h.faults && h.alarms == 0;
}

/* -- for people */

void score_text(const struct score *s, struct sink *out)
{
    struct heads h = heads_of(s);
    sink_fmt(out, "%u of %u faults came out as their files say, %u mended", h.good, h.faults,
             h.cured);
    if (h.skipped) {
        sink_fmt(out, ", %u skipped", h.skipped);
    }
    sink_fmt(out, "; %u clean journeys, %u false alarms", h.clean, h.alarms);
    sink_fmt(out, "; %.0f s\n", (double)s->took / USEC_S);
    sink_fmt(out, "  %-8s %11s %8s %13s %7s %6s %14s\n", "view", "named first", "nearest",
             "behind others", "missed", "wrong", "does not show");
    for (int v = 0; v < FAULT_VIEWS; v++) {
        struct total t = {0};
        for (int c = 0; c <= CLASSES; c++) {
            struct total u = total_of(s, (enum fault_view)v, (enum evidence_class)c);
            t.first += u.first;
            t.nearest += u.nearest;
            t.named += u.named;
            t.missed += u.missed;
            t.wrong += u.wrong;
            t.blind += u.blind;
        }
        sink_fmt(out, "  %-8s %11u %8u %13u %7u %6u %14u\n", fault_view_name((enum fault_view)v),
                 t.first, t.nearest, t.named, t.missed, t.wrong, t.blind);
    }
}

static void markdown_head(const struct score *s, struct sink *out)
{
    struct heads h = heads_of(s);
    sink_z(out,
           "# Accuracy\n\n"
           "Written by `dialtone lab run --all --report docs` ([lab.md](lab.md)): every fault was "
           "made on a network of this machine, suffered by the emulated phone, and\n"
           "diagnosed from the phone's problem report alone, the hub's journal alone, a capture of "
           "the phone's port alone, a live probe from its place alone, and all of them.\n\n");
    sink_z(out,
           "## What this table can prove, and what it cannot\n\n"
           "* It proves that the chain holds: a cause, made in real servers and a real network "
           "stack, leads to evidence that leads back to the cause; and that the repair\n"
           "  that the finding names brings the dial tone.\n"
           "* It does not prove that a real phone writes these lines. The emulated phone writes "
           "its log by the same templates that the reader knows; a template that is wrong is\n"
           "  wrong on both sides. The class of the deciding line says how far it can be trusted: "
           "*seen* in a public log; a *shape* that was seen with another value;\n"
           "  *assumed* from documents. That is why the classes are counted each for itself and "
           "never added up.\n"
           "* Captures, probes and the journal do not depend on the phone's log: what they name "
           "was on the wire.\n"
           "* Who made the faults knew the rules. Faults that nobody thought of are not here.\n\n");
    sink_fmt(out,
             "%u faults, of which %u came out as their files say; %u mended by the repair that is "
             "named; the problem report says the same after `dialtone redact` in %u.\n"
             "Every diagnosis was made in English and Japanese and had to name the same. ",
             h.faults, h.good, h.cured, h.redacted);
    sink_fmt(out, "%u clean journeys in real time, %u false alarms", h.clean, h.alarms);
    sink_z(out, ".\n\n");
}

static void markdown_totals(const struct score *s, struct sink *out)
{
    sink_z(out, "## Totals\n\n"
                "| view | class | named first | nearest | named behind others | missed | wrong "
                "|\n| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
    for (int v = 0; v < FAULT_VIEWS; v++) {
        for (int c = CLASSES - 1; c >= 0; c--) {
            struct total t = total_of(s, (enum fault_view)v, (enum evidence_class)c);
            sink_fmt(out, "| %s | %s | %u | %u | %u | %u | %u |\n",
                     fault_view_name((enum fault_view)v),
                     evidence_class_name((enum evidence_class)c), t.first, t.nearest, t.named,
                     t.missed, t.wrong);
        }
    }
    sink_z(out,
           "\nNearest: the cause itself does not show there; the finding that tells most of what "
           "does was named first.\n");
    sink_z(out, "\nNot counted above, since the cause cannot be seen from there: ");
    for (int v = 0; v < FAULT_VIEWS; v++) {
        struct total t = total_of(s, (enum fault_view)v, CLASSES);
        sink_fmt(out, "%s%s %u", v ? ", " : "", fault_view_name((enum fault_view)v), t.blind);
        if (t.wrong || t.missed) {
            sink_fmt(out, " (and %u times something was named all the same)", t.wrong + t.missed);
        }
    }
    sink_z(out, ".\n\n");
}

static void markdown_look(const struct score_row *row, enum fault_view v, struct sink *out)
{
    const struct case_look *l = &row->result->look[v];
    const struct fault_see *see = &row->fault->see[v];
    if (l->outcome == OUTCOME_FIRST) {
        sink_fmt(out, " %s%.*s |", fault_is_nearest(row->fault, v) ? "~" : "", STR_ARG(see->id));
    } else if (l->outcome == OUTCOME_BLIND) {
        sink_z(out, " - |");
    } else {
        sink_fmt(out, " **%s** %s |", case_outcome_name(l->outcome), l->id);
    }
}

static void markdown_faults(const struct score *s, struct sink *out)
{
    sink_z(out,
           "## Fault by fault\n\nA finding's id: it was named first; behind `~`: it is "
           "the nearest that shows there. `-`: it cannot be seen from "
           "there, and nothing was made up; the reasons are below.\n\n| fault | what was done |");
    for (int v = 0; v < FAULT_VIEWS; v++) {
        sink_fmt(out, " %s |", fault_view_name((enum fault_view)v));
    }
    sink_z(out, " mended |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct score_row *row = &s->row[i];
        if (!row->fault) {
            continue;
        }
        sink_fmt(out, "| %.*s | %.*s |", STR_ARG(row->fault->id),
                 STR_ARG(row->fault->about[FAULT_EN]));
        if (row->result->skipped) {
            sink_fmt(out, " skipped: %s | | | | | |\n", row->result->why);
            continue;
        }
        for (int v = 0; v < FAULT_VIEWS; v++) {
            markdown_look(row, (enum fault_view)v, out);
        }
        sink_fmt(out, " %s |\n", row->result->cured ? "yes" : "**no**");
    }
}

/* The reasons, each once, with the faults that it holds for. */
static void markdown_reasons(const struct score *s, enum fault_view v, struct sink *out)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct fault *f = s->row[i].fault;
        bool said = !f || !f->see[v].blind;
        for (size_t k = 0; k < i && !said; k++) {
            const struct fault *g = s->row[k].fault;
            said = g && g->see[v].blind && str_eq(g->see[v].why[FAULT_EN], f->see[v].why[FAULT_EN]);
        }
        if (said) {
            continue;
        }
        sink_fmt(out, "* %s: %.*s", fault_view_name(v), STR_ARG(f->see[v].why[FAULT_EN]));
        for (size_t k = i; k < s->n; k++) {
            const struct fault *g = s->row[k].fault;
            if (g && g->see[v].blind && str_eq(g->see[v].why[FAULT_EN], f->see[v].why[FAULT_EN])) {
                sink_fmt(out, "%s%.*s", k == i ? " (" : ", ", STR_ARG(g->id));
            }
        }
        sink_z(out, ")\n");
    }
}

void score_markdown(const struct score *s, struct sink *out)
{
    markdown_head(s, out);
    markdown_totals(s, out);
    markdown_faults(s, out);
    sink_z(out, "\n## What cannot be seen, and why\n\n");
    for (int v = 0; v < FAULT_VIEWS; v++) {
        markdown_reasons(s, (enum fault_view)v, out);
    }
}

/* -- for programs */

static void json_look(struct json *j, const struct score *s, const struct score_row *row,
                      enum fault_view v)
{
    const struct case_look *l = &row->result->look[v];
    json_key(j, fault_view_name(v));
    json_open(j, '{');
    json_kz(j, "outcome", case_outcome_name(l->outcome));
    json_kz(j, "said", l->id);
    json_kbool(j, "both_languages", l->other_lang);
    if (row->fault) {
        const struct fault_see *see = &row->fault->see[v];
        const enum evidence_class c = class_of(s, row, v);
        const struct str nothing = {.p = NULL};
        json_kstr(j, "expected", see->blind ? nothing : see->id);
        json_kbool(j, "nearest", fault_is_nearest(row->fault, v));
        json_kstr(j, "class", c < CLASSES ? str_z(evidence_class_name(c)) : nothing);
        json_kstr(j, "why_not", see->blind ? see->why[FAULT_EN] : nothing);
    }
    json_close(j, '}');
}

static void json_row(struct json *j, const struct score *s, const struct score_row *row)
{
    const struct case_result *r = row->result;
    json_open(j, '{');
    json_kz(j, "id", r->id);
    json_kbool(j, "good", case_good(r));
    json_kbool(j, "skipped", r->skipped);
    json_kbool(j, "made", r->made);
    json_kbool(j, "mended", r->cured);
    json_kbool(j, "same_when_redacted", r->redacted);
    json_kint(j, "ms", r->ms);
    json_kz(j, "why", r->why);
    json_key(j, "views");
    json_open(j, '{');
    for (int v = 0; v < FAULT_VIEWS; v++) {
        json_look(j, s, row, (enum fault_view)v);
    }
    json_close(j, '}');
    json_close(j, '}');
}

void score_json(const struct score *s, struct sink *out)
{
    struct json j;
    struct heads h = heads_of(s);
    json_init(&j, out, 2);
    json_open(&j, '{');
    json_kz(&j, "schema", "dialtone.accuracy/1");
    json_kz(&j, "version", cli_version);
    json_kint(&j, "faults", h.faults);
    json_kint(&j, "good", h.good);
    json_kint(&j, "skipped", h.skipped);
    json_kint(&j, "clean", h.clean);
    json_kint(&j, "false_alarms", h.alarms);
    json_key(&j, "cases");
    json_open(&j, '[');
    for (size_t i = 0; i < s->n; i++) {
        json_row(&j, s, &s->row[i]);
    }
    json_close(&j, ']');
    json_close(&j, '}');
    sink_char(out, '\n');
}

static void junit_case(const struct score_row *row, struct sink *out)
{
    const struct case_result *r = row->result;
    sink_fmt(out, "  <testcase classname=\"lab\" name=\"%s\" time=\"%.3f\">", r->id,
             r->ms / 1000.0);
    if (r->skipped) {
        sink_z(out, "<skipped message=\"");
        esc_html(out, str_z(r->why));
        sink_z(out, "\"/>");
    } else if (!case_good(r)) {
        sink_z(out, "<failure message=\"");
        esc_html(out, str_z(r->why));
        for (int v = 0; v < FAULT_VIEWS; v++) {
            sink_fmt(out, " %s: %s %s;", fault_view_name((enum fault_view)v),
                     case_outcome_name(r->look[v].outcome), r->look[v].id);
        }
        sink_z(out, "\"/>");
    }
    sink_z(out, "</testcase>\n");
}

void score_junit(const struct score *s, struct sink *out)
{
    struct heads h = heads_of(s);
    sink_fmt(out,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"dialtone lab\" "
             "tests=\"%zu\" failures=\"%u\" skipped=\"%u\" time=\"%.3f\">\n",
             s->n, h.faults - h.good + h.alarms, h.skipped, (double)s->took / USEC_S);
    for (size_t i = 0; i < s->n; i++) {
        junit_case(&s->row[i], out);
    }
    sink_z(out, "</testsuite>\n");
}
