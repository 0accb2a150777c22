/* Lines over time and bars of a funnel as SVG inside an HTML page. Colours come from the page's style sheet by class; lines differ by
 * their dashes too, and what a picture shows is said in words beside it. No style attributes, no script. */
#ifndef FLOW_FLEET_CHART_H
#define FLOW_FLEET_CHART_H

#include "base/sink.h"

enum { CHART_LINES = 4 };

struct chart_line {
    const char *label;
    /* The value at place `i` of the chart's `n`. */
    double (*at)(const void *ctx, size_t i);
};

struct chart {
    const char *title, *unit; /* of the values: "a second" */
    size_t n;                 /* places, evenly spread over `seconds` */
    double seconds;
    const void *ctx;
    struct chart_line line[CHART_LINES];
    size_t n_lines;
};

void chart_lines(struct sink *out, const struct chart *c);

struct chart_bar {
    const char *label;
    double value;
};
/* Parts of the first one's value. */
void chart_funnel(struct sink *out, const char *title, const struct chart_bar *bar, size_t n);

#endif
