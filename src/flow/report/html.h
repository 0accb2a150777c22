/* Between the files of the HTML report: what is known of the whole page while it is written. */
#ifndef FLOW_REPORT_HTML_H
#define FLOW_REPORT_HTML_H

#include "base/arena.h"
#include "flow/report/report.h"
#include "flow/report/report_plot.h"

enum {
    HTML_RAW_MOST = 4 << 20, /* bytes of raw log shown whole; past it only lines round evidence */
    HTML_NEAR = 3,           /* lines round evidence that are printed on paper */
    HTML_WINDOW = 60,        /* lines round evidence that are shown of a log too long */
    HTML_PHONES_FULL = 300,  /* phones with a section of their own */
    HTML_LISTED = 60,        /* phones listed in one group */
    HTML_RAW_STEP = 64,      /* every so many lines the index knows an offset */
    HTML_NO_FINDING = 0xFFFF,
};

/* A line that the report speaks of: who does. */
struct html_line {
    uint32_t file;
    uint32_t line;
    uint32_t phone;
    const struct rule *rule; /* of the finding, or NULL */
    uint16_t finding;        /* index, or HTML_NO_FINDING: the ladder or the facts speak of it */
};

/* One finding of one phone, for the list by finding. */
struct html_hit {
    const struct rule *rule;
    enum level level;
    uint32_t phone;
    uint32_t finding;
};

struct html_phone {
    const struct phone *p;
    int worst; /* enum level; -1: no finding */
    bool registered;
    bool full; /* has a section of its own */
};

/* The kept text of one input, with offsets for finding lines. */
struct html_raw {
    uint32_t file;
    struct str text;
    size_t *at; /* offset of lines 1, 1 + HTML_RAW_STEP, ...; owned */
    size_t lines;
    bool part; /* the input is longer than what was kept */
};

struct html {
    const struct report *r;
    struct sink *out;   /* markup */
    struct sink esc;    /* text: escapes into `out` */
    struct arena arena; /* for one phone */
    struct diagnosis *d;
    struct html_phone *phone; /* owned, as are the next three */
    size_t n_phones;
    struct html_line *line; /* by file and line */
    size_t n_lines, cap_lines;
    struct html_hit *hit;
    size_t n_hits, cap_hits;
    struct html_raw *raw; /* by file */
    size_t n_raw;
    bool windows; /* the logs are too long to be shown whole */
};

/* -- words (html_words.c) */

/* A message of the catalogue, escaped. */
void html_word(struct html *h, const char *key);
/* The same with {name} filled in from `n` pairs of names and values. */
struct html_pair {
    const char *name;
    struct str value;
};
void html_say(struct html *h, const char *key, const struct html_pair *pairs, size_t n);
/* The same, not escaped, in h->arena. */
struct str html_filled(struct html *h, const char *key, const struct html_pair *pairs, size_t n);
/* "prefix.name" of the catalogue, escaped. */
void html_named(struct html *h, const char *prefix, struct str name);
/* A number as text in `a`. */
struct str html_number(struct arena *a, uint64_t n);
/* A duration for people: "33 ms", "8.003 s", "2 s", "2 h 5 min"; empty below 0. */
struct str html_duration(struct html *h, int64_t ms);
/* Escaped text whose bytes [from, to) are marked. */
void html_marked(struct html *h, struct str text, const uint32_t (*range)[2], size_t n);
/* Name of an input; "?" for one that there is not. */
struct str html_input_name(const struct html *h, uint32_t file);
/* base64 (RFC 4648 section 4) of the SHA-256 of `text`; false without crypto. */
bool html_hash(const struct html *h, struct str text, struct sink *out);
/* A file of share/; empty when it is not there. */
struct str html_share(const char *name);

/* -- raw logs (html_raw.c) */

bool html_raw_init(struct html *h);
void html_raw_clear(struct html *h);
/* A line without its line end. False when it was not kept. */
bool html_raw_line(const struct html *h, uint32_t file, uint32_t line, struct str *ret_text);
/* Whether the page has an anchor for the line: "#L<file>-<line>". */
bool html_raw_shown(const struct html *h, uint32_t file, uint32_t line);
/* The line's number, as a link where there is something to link to. */
void html_raw_link(struct html *h, struct place at);
void html_raw_section(struct html *h);

/* -- sections */

/* Many phones: counts, the list by finding, the phones without a section (html_index.c). */
void html_index(struct html *h);
/* One phone, whose diagnosis is in h->d (html_phone.c). */
void html_phone_section(struct html *h, size_t i);
void html_phone_name(struct html *h, const struct phone *p);
void html_finding(struct html *h, size_t phone, unsigned i);
void html_evidence(struct html *h, size_t phone, unsigned i);
void html_timeline(struct html *h, size_t phone);
enum plot_level html_level(enum level l);
/* Inputs and what went wrong with them (html_inputs.c). */
void html_inputs(struct html *h);

#endif
