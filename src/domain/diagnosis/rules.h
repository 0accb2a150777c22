/* The rule table: which facts make which finding. Rows come from files "*.rules" (share/rules). */
#ifndef DOMAIN_DIAGNOSIS_RULES_H
#define DOMAIN_DIAGNOSIS_RULES_H

#include "base/conf.h"
#include "domain/fact/fact.h"

enum level { LEVEL_INFO, LEVEL_WARNING, LEVEL_ERROR, LEVELS };
enum evidence_class { CLASS_ASSUMED, CLASS_SHAPE, CLASS_SEEN, CLASSES };

const char *level_name(enum level l);
const char *evidence_class_name(enum evidence_class c);

enum { CONDITIONS_MOST = 6, WHEN_MOST = 6, WITH_MOST = 8, UNLESS_MOST = 6, EXCLUDES_MOST = 6 };

enum operator{ OP_IS, OP_IS_NOT, OP_CONTAINS, OP_BELOW, OP_ABOVE, OP_THERE, OP_ABSENT };

struct condition {
    uint16_t field; /* enum field */
    uint8_t op;     /* enum operator */
    struct str v;   /* as written: alternatives with commas */
};

/* A kind of fact and what its fields must be. */
struct pattern {
    uint16_t kind; /* enum fact_kind, or an added kind */
    uint8_t n;
    struct condition c[CONDITIONS_MOST];
};

struct rule {
    struct str id;
    enum level level;
    enum evidence_class class;
    struct str actor; /* "lan", "hub", "provider", "service", "support", "user" */
    bool fallback;
    struct pattern when[WHEN_MOST];
    struct pattern with[WITH_MOST];
    struct pattern unless[UNLESS_MOST];
    struct {
        struct str id;
        struct str reason; /* key excluded.REASON of the messages */
    } excludes[EXCLUDES_MOST];
    uint8_t n_when, n_with, n_unless, n_excludes;
    struct rule *next;
};

struct rules {
    struct arena *arena;
    struct rule *first, *last;
    size_t n;
    /* The number of an added kind of fact, 0 for none (flow/dissect/lines.h). May be NULL. */
    unsigned (*added_kind)(void *ctx, struct str name);
    void *ctx;
};

/* Adds the rows of one file; a row with the id of an earlier one takes its place. ERR_MALFORMED
 * with file, line and what. */
enum err rules_add(struct rules *r, struct str file, struct str text,
                   struct conf_error *reterr) MUST_CHECK;
const struct rule *rules_find(const struct rules *r, struct str id);
bool pattern_holds(const struct pattern *p, const struct fact *f);

#endif
