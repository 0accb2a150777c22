/* What all cases together say: how often which view names a fault, by evidence class, and what such a table cannot prove. */
#ifndef APP_LAB_SCORE_H
#define APP_LAB_SCORE_H

#include "app/lab/case.h"
#include "domain/diagnosis/rules.h"

struct score_row {
    const struct fault *fault; /* NULL: a clean journey */
    const struct case_result *result;
};

struct score {
    const struct score_row *row;
    size_t n;
    const struct rules *rules; /* for the class of what names a fault */
    usec_t took;
};

/* A line for the terminal: totals and whether all is well. */
void score_text(const struct score *s, struct sink *out);
void score_markdown(const struct score *s, struct sink *out);
void score_json(const struct score *s, struct sink *out);
void score_junit(const struct score *s, struct sink *out);
/* Everything as the files say, no false alarm. */
bool score_good(const struct score *s);

#endif
