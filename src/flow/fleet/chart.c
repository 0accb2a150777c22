/* Pictures of a fleet. */
#include "flow/fleet/chart.h"

#include "base/esc.h"

enum { WIDTH = 860, HEIGHT = 260, LEFT = 70, RIGHT = 16, TOP = 14, FOOT = 34, TICKS = 5 };

/* 1, 2 or 5 times a power of ten: the least that `ticks` of reach `most`. */
static double step_for(double most, int ticks)
{
    double step = 1e-3;
    for (int i = 0; step * ticks < most && i < 60; i++) {
        step *= i % 3 == 1 ? 2.5 : 2;
    }
    return step;
}

static double highest(const struct chart *c)
{
    double most = 0;
    for (size_t l = 0; l < c->n_lines; l++) {
        for (size_t i = 0; i < c->n; i++) {
            double v = c->line[l].at(c->ctx, i);
            most = v > most ? v : most;
        }
    }
    return most;
}

static double x_of(const struct chart *c, double place)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * (c->n > 1 ? place / (double)(c->n - 1) : 0);
}

static double y_of(double part)
{
    return HEIGHT - FOOT - part * (HEIGHT - FOOT - TOP);
}

static void write_axes(struct sink *out, const struct chart *c, double step, double top)
{
    for (int i = 0; i <= TICKS; i++) {
        double v = i * step;
        double y = y_of(v / top);
        sink_fmt(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, y, WIDTH - RIGHT);
        sink_fmt(out, "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.10g</text>\n",
                 LEFT - 8, y + 4, v);
    }
    double each = step_for(c->seconds, 8);
    for (int i = 0; c->seconds > 0 && i * each <= c->seconds * 1.0001; i++) {
        double t = i * each;
        double x = LEFT + (WIDTH - LEFT - RIGHT) * t / c->seconds;
        sink_fmt(out,
                 "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.10g s</text>\n",
                 x, HEIGHT - 12, t);
    }
}

static void write_line(struct sink *out, const struct chart *c, size_t l, double top)
{
    sink_fmt(out, "<path class=\"line n%zu\" d=\"", l + 1);
    for (size_t i = 0; i < c->n; i++) {
        double v = c->line[l].at(c->ctx, i);
        sink_fmt(out, "%c%.1f %.1f", i ? 'L' : 'M', x_of(c, (double)i),
                 y_of(top > 0 ? v / top : 0));
    }
    sink_z(out, "\"/>\n");
}

void chart_lines(struct sink *out, const struct chart *c)
{
    double step = step_for(highest(c), TICKS);
    double top = step * TICKS;
    sink_z(out, "<figure><figcaption>");
    esc_html(out, str_z(c->title));
    sink_z(out, "</figcaption><ul class=\"key\">");
    for (size_t l = 0; l < c->n_lines; l++) {
        sink_fmt(out,
                 "<li><svg viewBox=\"0 0 28 8\" aria-hidden=\"true\"><path class=\"line n%zu\" "
                 "d=\"M0 4H28\"/></svg>",
                 l + 1);
        esc_html(out, str_z(c->line[l].label));
        sink_z(out, "</li>");
    }
    sink_fmt(out, "</ul><svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
             WIDTH, HEIGHT);
    esc_html(out, str_z(c->title));
    sink_fmt(out, ", at most %.10g ", highest(c));
    esc_html(out, str_z(c->unit));
    sink_z(out, "\">\n");
    write_axes(out, c, step, top);
    for (size_t l = 0; l < c->n_lines; l++) {
        write_line(out, c, l, top);
    }
    sink_z(out, "</svg></figure>\n");
}

enum { BAR = 30, BAR_LEFT = 190, BAR_RIGHT = 150 };

void chart_funnel(struct sink *out, const char *title, const struct chart_bar *bar, size_t n)
{
    double whole = n && bar[0].value > 0 ? bar[0].value : 1;
    sink_z(out, "<figure><figcaption>");
    esc_html(out, str_z(title));
    sink_fmt(out,
             "</figcaption><svg class=\"plot\" viewBox=\"0 0 %d %zu\" role=\"img\" aria-label=\"",
             WIDTH, n * BAR + 6);
    for (size_t i = 0; i < n; i++) {
        sink_z(out, i ? ", " : "");
        esc_html(out, str_z(bar[i].label));
        sink_fmt(out, " %.10g", bar[i].value);
    }
    sink_z(out, "\">\n");
    for (size_t i = 0; i < n; i++) {
        double part = bar[i].value / whole;
        double width = (part > 1 ? 1 : part) * (WIDTH - BAR_LEFT - BAR_RIGHT);
        int y = (int)i * BAR;
        sink_fmt(out, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">", BAR_LEFT - 12,
                 y + 20);
        esc_html(out, str_z(bar[i].label));
        sink_fmt(
            out,
            "</text><rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"20\" rx=\"3\"/>",
            BAR_LEFT, y + 5, width);
        sink_fmt(out, "<text class=\"label\" x=\"%.1f\" y=\"%d\">%.10g (%.1f %%)</text>\n",
                 BAR_LEFT + width + 10, y + 20, bar[i].value, 100 * part);
    }
    sink_z(out, "</svg></figure>\n");
}
