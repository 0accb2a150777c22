/* The table of line templates: files "*.lines", each row a kind of fact and the text that tells it.
 * The reader of logs matches by it, whoever writes a log writes by it. */
#ifndef FLOW_DISSECT_LINES_H
#define FLOW_DISSECT_LINES_H

#include "base/conf.h"
#include "domain/fact/fact.h"
#include "proto/text/template.h"

enum { LINES_MOST = 4000, LINE_CONSTANTS = 2 };

struct line {
    struct template t;
    struct str name; /* of an added template without a kind of its own; otherwise the kind's name */
    struct str tag;  /* "voice", "raw", "any" */
    uint16_t kind;   /* enum fact_kind; FACT_NO_KIND: known, but tells no fact */
    uint8_t n_constants;
    struct {
        uint16_t field;
        struct str v;
    } constant[LINE_CONSTANTS]; /* fields whose value the row itself gives */
};

struct lines;

/* Lives in `a`. NULL without memory. */
struct lines *lines_new(struct arena *a);
/* Adds the rows of one file. A row is `line KIND TAG "text with {fields}" [field=value]`; KIND may
 * be a new name with a dot ("acme.dropped"), which rules can speak of, or "-". ERR_MALFORMED with
 * *reterr telling file, line and what; rows before it are in. */
enum err lines_add(struct lines *l, struct str file, struct str text,
                   struct conf_error *reterr) MUST_CHECK;
size_t lines_count(const struct lines *l);
/* Rows count from 1. */
const struct line *lines_row(const struct lines *l, size_t row);
/* The number by which rules know the name of a kind or of an added template; 0 when there is none.
 * Added names count from FACT_KINDS. */
unsigned lines_kind(const struct lines *l, struct str name);
/* The row that `text`, standing behind `tag`, is of: 0 for none. */
size_t lines_match(const struct lines *l, struct str tag, struct str text,
                   struct template_match *ret_match);
/* In two steps: the templates of rows for `tag` (NULL: there are none), then those and the rows of
 * "any". */
const struct template_set *lines_set(const struct lines *l, struct str tag);
size_t lines_match_set(const struct lines *l, const struct template_set *set, struct str text,
                       struct template_match *ret_match);

#endif
