/* Reports of a diagnosis: for people (text, HTML) and for programs (JSON). Same input, same bytes. */
#ifndef FLOW_REPORT_REPORT_H
#define FLOW_REPORT_REPORT_H

#include "base/crypto.h"
#include "base/json.h"
#include "flow/doctor/doctor.h"

struct report {
    const struct doctor *doctor;
    enum language lang;
    const char *version; /* of the program */
    bool color;          /* text: with colours */
    unsigned width;      /* text: columns of the terminal; 0 unknown */
    bool verbose;        /* text: also what is only information, in full */
    /* Raw text of an input, as far as the caller kept it; NULL when it kept none. */
    bool (*raw)(void *ctx, size_t input, struct str *ret_text);
    void *raw_ctx;
    /* JSON: keys that the caller adds to the object behind the inputs; NULL for none. */
    void (*more)(void *ctx, struct json *j);
    void *more_ctx;
    const struct crypto *crypto; /* for content hashes in HTML */
};

void report_text(const struct report *r, struct sink *out);
/* One object; `indent` 0 writes it on one line. Schema: docs/json.md. */
void report_json(const struct report *r, struct sink *out, int indent);
/* A line for each phone, and first one for the inputs and problems. */
void report_jsonl(const struct report *r, struct sink *out);
void report_html(const struct report *r, struct sink *out);
/* The long text of one finding. False when there is none of that id. */
bool report_explain(const struct knowledge *k, enum language lang, struct str id, bool color,
                    unsigned width, struct sink *out);
/* A table of all findings in Markdown: docs/findings.md. */
void report_findings_table(const struct knowledge *k, struct sink *out);
/* A table of all kinds of facts: docs/facts.md. */
void report_facts_table(struct sink *out);

enum { SCHEMA_VERSION = 1 };

/* -- pieces that several reports are made of (parts.c) */

/* Whether a place is a frame of a capture rather than a line. */
bool report_is_capture(const struct report *r, struct place at);
/* A message of the catalogue in the report's language. */
struct str report_message(const struct report *r, const char *key);
/* "prefix.name" of the catalogue. */
struct str report_named(const struct report *r, const char *prefix, struct str name);
/* The finding's texts in the report's language, English where it lacks them. */
const struct finding_text *report_finding_text(const struct report *r, const struct finding *f);
/* One of its texts with the values filled in; false when a value was missing. */
bool report_fill(const struct report *r, const struct diagnosis *d, const struct finding *f,
                 struct str text, struct sink *out);
/* The verdict in one sentence or two, without line ends. */
void report_verdict(const struct report *r, const struct diagnosis *d, struct sink *out);
/* One reason of a confidence, as a sentence. */
void report_reason(const struct report *r, const struct reason *why, struct sink *out);
/* "reason.absence": no line between two lines, for so long. */
void report_absence(const struct report *r, const struct finding *f, const struct evidence *e,
                    struct sink *out);
/* The next command of a list whose values are known and safe to paste into a shell. False at the
 * end. Written into `out`, which is emptied first. */
bool report_next_command(const struct report *r, const struct diagnosis *d, const struct finding *f,
                         struct str *rest, struct arena *a, struct buf *out);
/* The level that counts for the exit code: the highest over all phones; -1: no phone. */
int report_worst(const struct doctor *d);
/* "CP-8865-3PCC 2c:01:..." or what else the phone is known by. */
void report_phone_name(const struct phone *p, struct sink *out);
/* The i-th fact about a phone for people: key of the catalogue and value. False at the end. */
bool report_fact(const struct phone *p, unsigned i, const char **ret_key, struct str *ret_value,
                 char buf[96]);

/* Words in lines of at most `width` columns, the later ones indented, for a terminal. */
void report_wrap(struct sink *out, struct str text, size_t indent, size_t width);

/* -- many phones (summary.c) */

enum { SUMMARY_GROUPS = 64, SUMMARY_SHARED = 6 };

struct summary_group {
    const struct rule *rule;
    enum level level;
    bool recovered;
    unsigned phones;
    struct {
        enum phone_value key; /* PHONE_VALUES: the firmware */
        struct str value;
        unsigned phones;
    } shared[SUMMARY_SHARED]; /* values that more than one of the group have, most first */
    unsigned n_shared;
};

struct summary {
    unsigned phones;
    unsigned registered;
    unsigned with_error;
    unsigned n;
    struct summary_group group[SUMMARY_GROUPS]; /* most phones first, errors before warnings */
};

void summary_read(const struct doctor *d, struct summary *ret_s);
const char *summary_key_name(enum phone_value v);
enum { FLEET_LEAST = 3 }; /* phones that fail alike and share a value: probably one cause */
/* Writes what the rule table says of such a group, and gives the rule; NULL when the group is none. */
const struct rule *summary_fleet(const struct report *r, const struct summary_group *g,
                                 struct sink *out);
void summary_text(const struct report *r, const struct summary *s, struct sink *out);

#endif
