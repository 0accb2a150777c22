/* What a phone's configuration may say: the parameters, their values, and what of a whole configuration will keep a phone from its
 * dial tone. A parameter that the table does not know is taken all the same: firmware knows hundreds more. */
#ifndef DOMAIN_PROFILE_PROFILE_H
#define DOMAIN_PROFILE_PROFILE_H

#include "base/sink.h"

enum { PROFILE_WHY = 200, PROFILE_NAME_MOST = 80, PROFILE_LINES_MOST = 32 };

enum profile_kind {
    PROFILE_TEXT,
    PROFILE_YES,     /* Yes or No */
    PROFILE_NUMBER,  /* decimal, of a range */
    PROFILE_NUMBERS, /* of a range, with commas */
    PROFILE_REAL,    /* decimal with a point */
    PROFILE_PERIODS, /* seconds: "3600", "600,1200,300", each also "2400+30" (a random part) */
    PROFILE_TIME,    /* 0000 to 2400 */
    PROFILE_CHOICE,
    PROFILE_RULE, /* a rule with a URL in it */
    PROFILE_SECRET,
};

struct profile_param {
    const char *name; /* with "_n_" where a line's or a key's number stands */
    enum profile_kind kind;
    const char *usual;
    uint64_t least, most;
    const char *choices;
};

/* Ends with a NULL name; in the order of param.def. */
extern const struct profile_param profile_params[];
extern const size_t profile_params_n;
const char *profile_kind_name(enum profile_kind k); /* "number" */

/* The parameter of that name: "Proxy_2_" is "Proxy_n_" of line 2 (*ret_line, may be NULL; 0 for one of the whole phone). Letters count
 * with case, as the phone does. NULL: not in the table. */
const struct profile_param *profile_param(struct str name, unsigned *ret_line);
/* Whether it can be the name of an element: a letter, then letters, digits, '_', '-', '.'; PROFILE_NAME_MOST at most. */
bool profile_is_name(struct str name);
/* Whether what it holds is a secret: by the table, or by its name where that does not know it. */
bool profile_is_secret(struct str name);
/* Whether the phone can make something of that value; an empty one is always right (its default). `why`: what it should be. */
bool profile_value_check(const struct profile_param *p, struct str value,
                         char ret_why[PROFILE_WHY]);

/* -- a whole configuration */

struct profile_value {
    struct str name, value;
    unsigned
        rank; /* of the layer it comes from: 0 holds for the most phones; see profile_lint_cfg */
};

enum profile_severity { PROFILE_ERROR, PROFILE_WARNING, PROFILE_INFO };

struct profile_note {
    enum profile_severity severity;
    const char *
        code; /* "value", "unknown", "line", "secret-shared", "no-retry", ...: constant, for translations */
    struct str name; /* of the parameter; empty: of all */
    char text[PROFILE_WHY];
};

struct profile_lint_cfg {
    unsigned lines;       /* of the model; 0: not known */
    unsigned device_rank; /* from this rank on a value is of one phone alone */
    struct str
        host; /* where phones are to fetch their configuration: for Restricted_Access_Domains; may be empty */
};

/* Values may stand in any order, a name once. Calls back for each thing that is wrong or odd, in the order of the values, then what
 * concerns all of them. */
void profile_lint(const struct profile_value *v, size_t n, const struct profile_lint_cfg *cfg,
                  void (*note)(void *ctx, const struct profile_note *note), void *ctx);

/* The document: flat-profile, one element a line in the order given, values escaped. */
void profile_write(const struct profile_value *v, size_t n, struct sink *out);

#endif
