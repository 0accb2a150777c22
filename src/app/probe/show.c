/* What a round saw, as a table for people and as JSON for programs. */
#include "app/probe/show.h"

#include "base/esc.h"
#include "domain/stage/stage.h"

enum { SUBJECT = 44 }; /* columns */

static const char *mark_of(enum probe_state s)
{
    static const char *const marks[] = {"ok", "-", "warn", "FAIL", "skip"};
    return marks[s];
}

static const char *color_of(enum probe_state s)
{
    static const char *const colors[] = {"\033[32m", "", "\033[33m", "\033[31m", "\033[2m"};
    return colors[s];
}

static void table_row(const struct probe_row *r, bool color, struct sink *out)
{
    size_t width = esc_term_width(r->subject);
    sink_fmt(out, "%s%-4s%s  ", color ? color_of(r->state) : "", mark_of(r->state),
             color ? "\033[0m" : "");
    esc_term(out, r->subject);
    if (r->text.len) {
        sink_fill(out, ' ', width < SUBJECT ? SUBJECT - width + 2 : 2);
        esc_term(out, r->text);
    }
    if (r->ms >= 0) {
        sink_fmt(out, "%s(%lld ms)", r->text.len ? " " : "  ", (long long)r->ms);
    }
    sink_char(out, '\n');
}

void probe_table(const struct probe *p, bool color, struct sink *out)
{
    const char *check = "";
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct probe_row *r = &p->row[i];
        sink_fmt(out, "%-6s", r->check == check ? "" : r->check);
        table_row(r, color, out);
        check = r->check;
    }
}

void probe_change(const struct probe_row *r, const struct probe_row *before, usec_t lasted,
                  usec_t when, struct sink *out)
{
    char time[TIME_TEXT];
    time_write(when, time);
    sink_fmt(out, "%s  %s  ", time, r->check);
    esc_term(out, r->subject);
    sink_fmt(out, ": %s -> %s", before ? probe_state_name(before->state) : "not there",
             probe_state_name(r->state));
    if (r->text.len) {
        sink_z(out, ": ");
        esc_term(out, r->text);
    }
    if (before) {
        sink_fmt(out, " (for %lld s: ", (long long)(lasted / USEC_S));
        esc_term(out, before->text);
        sink_char(out, ')');
    }
    sink_char(out, '\n');
}

static void json_fields(const struct probe_row *r, struct json *j)
{
    json_kz(j, "check", r->check);
    json_kz(j, "stage", r->stage < STAGES ? stage_name(r->stage) : "none");
    json_kz(j, "state", probe_state_name(r->state));
    json_kstr(j, "subject", r->subject);
    json_kstr(j, "text", r->text);
    if (r->ms >= 0) {
        json_kint(j, "ms", r->ms);
    }
}

void probe_json(void *probe, struct json *j)
{
    const struct probe *p = probe;
    json_key(j, "observations");
    json_open(j, '[');
    for (size_t i = 0; i < p->n_rows; i++) {
        json_open(j, '{');
        json_fields(&p->row[i], j);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void probe_json_line(const struct probe_row *r, const struct probe_row *before, usec_t when,
                     struct sink *out)
{
    struct json j;
    char time[TIME_TEXT];
    time_write(when, time);
    json_init(&j, out, 0);
    json_open(&j, '{');
    json_kz(&j, "type", before ? "change" : "observation");
    json_kz(&j, "time", time);
    json_fields(r, &j);
    if (before) {
        json_kz(&j, "was", probe_state_name(before->state));
        json_kstr(&j, "was_text", before->text);
    }
    json_close(&j, '}');
    sink_char(out, '\n');
}
