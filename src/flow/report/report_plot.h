/* Pictures as SVG 1.1 inside an HTML page: the ladder of stages and the plot of a phone's attempts.
 * Colours come from the page's style sheet by class; a state is told by shape and words as well. No
 * style attributes, no script, no name spaces (HTML knows them), nothing that a Content-Security-Policy would have to allow. */
#ifndef FLOW_REPORT_REPORT_PLOT_H
#define FLOW_REPORT_REPORT_PLOT_H

#include "base/sink.h"

/* How a part of the journey went; the shapes differ as well as the colours. */
enum plot_mark {
    PLOT_UNKNOWN, /* dashed ring, question mark */
    PLOT_OK,      /* disc, tick */
    PLOT_FAILED,  /* octagon, cross */
    PLOT_BEYOND,  /* ring, dash: not reached */
    PLOT_SKIPPED, /* ring, arrow */
};

enum plot_level { PLOT_INFO, PLOT_WARNING, PLOT_ERROR };

struct plot_rung {
    enum plot_mark mark;
    struct str label;
    struct str state; /* in words */
    struct str note;  /* how long it took; may be empty */
    struct str href;  /* where its line stands: "#..."; empty: nowhere */
    struct str link;  /* words of that link */
};

/* All text is escaped here; `href` must be made by the caller of letters, digits, '#' and '-'. */
void plot_ladder(struct sink *out, struct str title, const struct plot_rung *rungs, size_t n);

/* Positions on the plot are parts of its width, 0 to 1. */
struct plot_bar {
    unsigned lane;
    enum plot_mark mark;
    double from, to;
    struct str title;
};

struct plot_flag {
    unsigned lane; /* the number of lanes: belongs to none */
    enum plot_level level;
    double at;
    struct str label;
    struct str title;
    struct str href;
};

struct plot_note {
    double at, to; /* a pause reaches from one to the other */
    struct str text;
};

struct plot_timeline {
    struct str title;
    struct str text;         /* what the picture shows, for who cannot see it */
    const struct str *lanes; /* their names */
    size_t n_lanes;
    const struct plot_bar *bars;
    size_t n_bars;
    const struct plot_flag *flags; /* by position, rising */
    size_t n_flags;
    const struct plot_note *ticks; /* by position, rising; those that would overlap are left out */
    size_t n_ticks;
    const struct plot_note *pauses;
    size_t n_pauses;
    const struct plot_note *breaks; /* the clock is not continuous here */
    size_t n_breaks;
};

void plot_timeline(struct sink *out, const struct plot_timeline *t);

/* The small sign of a level, one line high. */
void plot_sign(struct sink *out, enum plot_level level);

#endif
