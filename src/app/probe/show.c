/* The table of what a round saw, for people. */
#include "app/probe/show.h"

#include "base/esc.h"

static const char *mark_of(enum probe_state s)
{
    static const char *const marks[] = {"ok", "-", "!", "FAIL", "skip"};
    return marks[s];
}

static const char *color_of(enum probe_state s)
{
    static const char *const colors[] = {"\033[32m", "", "\033[33m", "\033[31m", "\033[2m"};
    return colors[s];
}

void probe_table(const struct probe *p, bool color, struct sink *out)
{
    const char *check = "";
    for (size_t i = 0; i < p->n_rows; i++) {
        const struct probe_row *r = &p->row[i];
        sink_fmt(out, "%-6s %s%-5s%s", r->check == check ? "" : r->check,
                 color ? color_of(r->state) : "", mark_of(r->state), color ? "\033[0m" : "");
        esc_term(out, r->subject);
        size_t width = esc_term_width(r->subject);
        sink_fill(out, ' ', width < 40 ? 40 - width : 1);
        if (r->ms >= 0) {
            sink_fmt(out, "%5lld ms  ", (long long)r->ms);
        } else {
            sink_fill(out, ' ', 10);
        }
        esc_term(out, r->text);
        sink_char(out, '\n');
        check = r->check;
    }
}
