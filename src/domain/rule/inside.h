/* What the files of this module share. */
#ifndef DOMAIN_RULE_INSIDE_H
#define DOMAIN_RULE_INSIDE_H

#include "domain/rule/rule.h"

/* A rule being evaluated. */
struct reading {
    struct str all;  /* for offsets */
    struct str rest; /* not read yet */
    const struct rule_cfg *cfg;
    struct arena *arena;
    struct rule_result *to;
    struct err_at *at;
    size_t alternative;
};

#define RULE_GUIDE "MPP administration guide, provisioning formats"

/* Says where and why; ERR_MALFORMED. */
enum err reading_fail(struct reading *r, const char *where, const char *what);
void reading_step(const struct reading *r, struct rule_step s);
void reading_blank(struct reading *r);
/* Text between quotation marks (also curly ones, which is noted) at the start of the rest, which moves behind it. */
bool reading_quoted(struct reading *r, struct str *ret, bool *ret_whole);
enum err reading_expand(struct reading *r, struct str text, bool secret,
                        struct str *ret) MUST_CHECK;

/* condition.c: all of an expression, up to the end of `expr`. */
enum err rule_condition(struct reading *r, struct str expr, bool *ret_holds) MUST_CHECK;
/* url.c: "[options] url" at the start of the rest, to its end. */
enum err rule_target(struct reading *r) MUST_CHECK;

#endif
