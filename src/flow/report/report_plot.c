/* Ladder, timeline and signs as SVG. */
#include "flow/report/report_plot.h"

#include "base/esc.h"

static const char *const mark_class[] = {
    [PLOT_UNKNOWN] = "unknown", [PLOT_OK] = "ok",           [PLOT_FAILED] = "failed",
    [PLOT_BEYOND] = "beyond",   [PLOT_SKIPPED] = "skipped",
};

static const char *const level_class[] = {
    [PLOT_INFO] = "info",
    [PLOT_WARNING] = "warning",
    [PLOT_ERROR] = "error",
};

/* -- the ladder */

enum { RUNG = 44, LADDER_WIDTH = 340, NODE_X = 24 };

static void node(struct sink *out, enum plot_mark mark, int y)
{
    sink_fmt(out, "<g class=\"node %s\" transform=\"translate(%d %d)\">", mark_class[mark], NODE_X,
             y);
    switch (mark) {
    case PLOT_OK:
        sink_z(out, "<circle r=\"10\"/><path d=\"M-4.5 .5l3 3.2 6-7\"/>");
        break;
    case PLOT_FAILED:
        sink_z(out, "<path class=\"body\" d=\"M-5-12H5L12-5V5L5 12H-5L-12 5V-5z\"/>"
                    "<path d=\"M-4.5-4.5l9 9m0-9l-9 9\"/>");
        break;
    case PLOT_UNKNOWN:
        sink_z(out, "<circle r=\"9.5\"/><text y=\"4.5\" text-anchor=\"middle\">?</text>");
        break;
    case PLOT_BEYOND:
        sink_z(out, "<circle r=\"9.5\"/><path d=\"M-4 0h8\"/>");
        break;
    case PLOT_SKIPPED:
        sink_z(out,
               "<circle r=\"9.5\"/><path d=\"M-4.5-3.5l3.5 3.5-3.5 3.5m5-7l3.5 3.5-3.5 3.5\"/>");
        break;
    }
    sink_z(out, "</g>");
}

static void rung_text(struct sink *out, const struct plot_rung *r, int y)
{
    sink_fmt(out, "<text class=\"label\" x=\"48\" y=\"%d\">", y - 2);
    esc_html(out, r->label);
    sink_fmt(out, "</text><text class=\"state\" x=\"48\" y=\"%d\">", y + 14);
    esc_html(out, r->state);
    sink_z(out, "</text>");
    if (r->note.len) {
        sink_fmt(out, "<text class=\"time\" x=\"%d\" y=\"%d\" text-anchor=\"end\">",
                 LADDER_WIDTH - 12, y - 2);
        esc_html(out, r->note);
        sink_z(out, "</text>");
    }
    if (r->link.len) {
        sink_z(out, r->href.len ? "<a href=\"" : "<g>");
        if (r->href.len) {
            esc_html(out, r->href);
            sink_z(out, "\">");
        }
        sink_fmt(out, "<text class=\"line\" x=\"%d\" y=\"%d\" text-anchor=\"end\">",
                 LADDER_WIDTH - 12, y + 14);
        esc_html(out, r->link);
        sink_z(out, r->href.len ? "</text></a>" : "</text></g>");
    }
}

void plot_ladder(struct sink *out, struct str title, const struct plot_rung *rungs, size_t n)
{
    int height = (int)n * RUNG + 4;
    sink_fmt(out,
             "<svg class=\"ladder\" viewBox=\"0 0 %d %d\" role=\"group\" "
             "aria-label=\"",
             LADDER_WIDTH, height);
    esc_html(out, title);
    sink_z(out, "\">\n");
    for (size_t i = 0; i < n; i++) {
        const struct plot_rung *r = &rungs[i];
        int y = (int)i * RUNG + RUNG / 2 + 2;
        if (r->mark == PLOT_FAILED) {
            sink_fmt(out,
                     "<rect class=\"here\" x=\"1\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>",
                     y - RUNG / 2 + 1, LADDER_WIDTH - 2, RUNG - 2);
        }
        if (i + 1 < n) {
            bool on = r->mark == PLOT_OK && rungs[i + 1].mark != PLOT_BEYOND;
            sink_fmt(out, "<path class=\"rail%s\" d=\"M%d %dV%d\"/>", on ? " on" : "", NODE_X,
                     y + 13, y + RUNG - 13);
        }
        sink_z(out, "<g role=\"img\" aria-label=\"");
        esc_html(out, r->label);
        sink_z(out, ": ");
        esc_html(out, r->state);
        if (r->note.len) {
            sink_z(out, ", ");
            esc_html(out, r->note);
        }
        sink_z(out, "\">");
        node(out, r->mark, y);
        sink_z(out, "</g>");
        rung_text(out, r, y);
        sink_char(out, '\n');
    }
    sink_z(out, "</svg>\n");
}

/* -- the timeline */

enum { WIDTH = 960, LEFT = 190, RIGHT = 20, LANE = 22, FLAG_ROW = 20, FLAG_ROWS = 6, FOOT = 42 };

static double across(double at)
{
    double a = at < 0 ? 0 : at > 1 ? 1 : at;
    return LEFT + a * (WIDTH - LEFT - RIGHT);
}

/* Pixels of a text of the small size; letters outside ASCII are taken as wide. */
static double wide(struct str text)
{
    return 6.6 * (double)esc_term_width(text);
}

/* Bold, behind its sign. */
static double label_width(const struct plot_flag *f)
{
    return 1.2 * wide(f->label) + 26;
}

/* The row of every flag's label so that none overlaps; returns how many rows there are. A flag with
 * row FLAG_ROWS has no label. */
static int flag_rows(const struct plot_timeline *t, unsigned char *rows)
{
    double end[FLAG_ROWS];
    int used = 0;
    for (int i = 0; i < FLAG_ROWS; i++) {
        end[i] = 0;
    }
    for (size_t i = 0; i < t->n_flags; i++) {
        double x = across(t->flags[i].at);
        x = x + label_width(&t->flags[i]) > WIDTH ? WIDTH - label_width(&t->flags[i]) : x;
        int row = 0;
        while (row < FLAG_ROWS && end[row] > x - 6) {
            row++;
        }
        rows[i] = (unsigned char)row;
        if (row < FLAG_ROWS) {
            end[row] = x + label_width(&t->flags[i]);
            used = row + 1 > used ? row + 1 : used;
        }
    }
    return used;
}

static void sign_shape(struct sink *out, enum plot_level level)
{
    switch (level) {
    case PLOT_ERROR:
        sink_z(out, "<path d=\"M-2.5-6H2.5L6-2.5V2.5L2.5 6H-2.5L-6 2.5V-2.5z\"/>"
                    "<path class=\"in\" d=\"M-2.3-2.3l4.6 4.6m0-4.6l-4.6 4.6\"/>");
        break;
    case PLOT_WARNING:
        sink_z(out,
               "<path d=\"M0-6.2L6.6 5.4H-6.6z\"/><path class=\"in\" d=\"M0-2.2v3.4m0 1.6v.6\"/>");
        break;
    case PLOT_INFO:
        sink_z(out, "<circle r=\"6\"/><path class=\"in\" d=\"M0-3.2v.7m0 2v3.6\"/>");
        break;
    }
}

static void lanes(struct sink *out, const struct plot_timeline *t, int top)
{
    for (size_t i = 0; i < t->n_lanes; i++) {
        int y = top + (int)i * LANE;
        sink_fmt(out, "<text class=\"lane\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 14,
                 y + 15);
        esc_html(out, t->lanes[i]);
        sink_fmt(out, "</text><path class=\"grid\" d=\"M%d %dH%d\"/>\n", LEFT - 6, y + LANE / 2,
                 WIDTH - RIGHT + 6);
    }
}

static void bars(struct sink *out, const struct plot_timeline *t, int top)
{
    for (size_t i = 0; i < t->n_bars; i++) {
        const struct plot_bar *b = &t->bars[i];
        double x = across(b->from);
        double w = across(b->to) - x;
        w = w < 7 ? 7 : w;
        x = x + w > WIDTH - RIGHT + 4 ? WIDTH - RIGHT + 4 - w : x;
        double y = top + (double)b->lane * LANE + 5;
        sink_fmt(out,
                 "<g class=\"bar %s\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"12\" "
                 "rx=\"3\"/>",
                 mark_class[b->mark], x, y, w);
        if (b->mark == PLOT_FAILED) {
            sink_fmt(out, "<path d=\"M%.1f %.1fl6 6m0-6l-6 6\"/>", x + w / 2 - 3, y + 3);
        }
        sink_z(out, "<title>");
        esc_html(out, b->title);
        sink_z(out, "</title></g>\n");
    }
}

static void flags(struct sink *out, const struct plot_timeline *t, const unsigned char *rows,
                  int used, int top)
{
    for (size_t i = 0; i < t->n_flags; i++) {
        const struct plot_flag *f = &t->flags[i];
        if (rows[i] >= FLAG_ROWS) {
            continue;
        }
        double x = across(f->at);
        double left = x + label_width(f) > WIDTH ? WIDTH - label_width(f) : x;
        int y = 12 + (used - 1 - rows[i]) * FLAG_ROW;
        int foot = top + (int)t->n_lanes * LANE;
        if (f->lane < t->n_lanes) {
            foot = top + (int)f->lane * LANE + 3;
        }
        sink_z(out, "<a href=\"");
        esc_html(out, f->href);
        sink_fmt(out, "\" class=\"flag %s\"><path class=\"stem\" d=\"M%.1f %dV%d\"/>",
                 level_class[f->level], x, y, foot);
        sink_fmt(out,
                 "<rect class=\"back\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"18\" rx=\"4\"/>",
                 left - 8, y - 9, label_width(f));
        sink_fmt(out, "<g class=\"sign %s\" transform=\"translate(%.1f %d)\">",
                 level_class[f->level], left, y);
        sign_shape(out, f->level);
        sink_fmt(out, "</g><text x=\"%.1f\" y=\"%d\">", left + 9, y + 4);
        esc_html(out, f->label);
        sink_z(out, "</text><title>");
        esc_html(out, f->title);
        sink_z(out, "</title></a>\n");
    }
}

static void foot(struct sink *out, const struct plot_timeline *t, int bottom)
{
    sink_fmt(out, "<path class=\"axis\" d=\"M%d %dH%d\"/>\n", LEFT - 6, bottom, WIDTH - RIGHT + 6);
    double free_from = 0;
    for (size_t i = 0; i < t->n_ticks; i++) {
        double x = across(t->ticks[i].at);
        double half = wide(t->ticks[i].text) / 2;
        x = x + half > WIDTH ? WIDTH - half : x;
        if (x - half < free_from) {
            continue;
        }
        free_from = x + half + 8;
        sink_fmt(out,
                 "<path class=\"axis\" d=\"M%.1f %dv5\"/><text class=\"tick\" x=\"%.1f\" y=\"%d\" "
                 "text-anchor=\"middle\">",
                 across(t->ticks[i].at), bottom, x, bottom + 18);
        esc_html(out, t->ticks[i].text);
        sink_z(out, "</text>\n");
    }
    free_from = 0;
    for (size_t i = 0; i < t->n_pauses; i++) {
        double x = (across(t->pauses[i].at) + across(t->pauses[i].to)) / 2;
        double half = wide(t->pauses[i].text) / 2;
        x = x + half > WIDTH ? WIDTH - half : x;
        if (x - half < free_from) {
            continue;
        }
        free_from = x + half + 8;
        sink_fmt(out, "<text class=\"pause\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", x,
                 bottom + 35);
        esc_html(out, t->pauses[i].text);
        sink_z(out, "</text>\n");
    }
}

void plot_timeline(struct sink *out, const struct plot_timeline *t)
{
    unsigned char rows[64] = {0};
    struct plot_timeline shown = *t;
    shown.n_flags = t->n_flags < sizeof rows ? t->n_flags : sizeof rows;
    int used = flag_rows(&shown, rows);
    int top = used * FLAG_ROW + 8;
    int bottom = top + (int)t->n_lanes * LANE + 2;
    sink_fmt(out,
             "<svg class=\"timeline\" viewBox=\"0 0 %d %d\" role=\"group\" "
             "aria-label=\"",
             WIDTH, bottom + FOOT);
    esc_html(out, t->title);
    sink_z(out, "\"><desc>");
    esc_html(out, t->text);
    sink_z(out, "</desc>\n");
    lanes(out, &shown, top);
    for (size_t i = 0; i < t->n_breaks; i++) {
        double x = (across(t->breaks[i].at) + across(t->breaks[i].to)) / 2;
        sink_fmt(out, "<g class=\"break\"><path d=\"M%.1f %dV%d\"/><title>", x, top, bottom);
        esc_html(out, t->breaks[i].text);
        sink_z(out, "</title></g>\n");
    }
    foot(out, &shown, bottom);
    flags(out, &shown, rows, used, top);
    bars(out, &shown, top);
    sink_z(out, "</svg>\n");
}

void plot_sign(struct sink *out, enum plot_level level)
{
    sink_fmt(out,
             "<svg class=\"sign %s\" viewBox=\"-8 -8 16 16\" aria-hidden=\"true\" "
             ">",
             level_class[level]);
    sign_shape(out, level);
    sink_z(out, "</svg>");
}
