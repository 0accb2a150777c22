/* From a phone's attempts to findings: the rule table applied, what excludes what, how sure it is. */
#ifndef DOMAIN_DIAGNOSIS_DIAGNOSIS_H
#define DOMAIN_DIAGNOSIS_DIAGNOSIS_H

#include "domain/diagnosis/rules.h"
#include "domain/journey/journey.h"

enum { FINDINGS_MOST = 40, EVIDENCE_MOST = 16, REASONS_MOST = 8 };

enum evidence_role { EVIDENCE_DECISIVE, EVIDENCE_WITH, EVIDENCE_CONTEXT };

struct evidence {
    enum evidence_role role;
    bool absence;            /* not a line but the lack of one, between `from` and `to` */
    const struct fact *fact; /* its place, text and matched part */
    struct place from, to;
};

/* Why the confidence is what it is: a message key and what fills it in. */
struct reason {
    const char *key; /* "reason.gap" ... */
    int64_t a, b, c;
};

struct finding {
    const struct rule *rule;
    enum level level; /* as it counts now: a recovered error is a warning */
    bool recovered;
    double confidence; /* 0 to 1 */
    enum stage stage;
    const struct fact *decisive;
    const struct attempt *attempt;
    unsigned count;           /* how often it was seen */
    unsigned sources;         /* 1 << enum source, of all that show it */
    struct place first, last; /* of the decisive line */
    unsigned n_evidence;
    struct evidence evidence[EVIDENCE_MOST];
    unsigned n_reasons;
    struct reason reason[REASONS_MOST];
};

struct diagnosis {
    struct ladder ladder;
    const struct phone *phone;
    unsigned n;
    unsigned dropped;                      /* findings past FINDINGS_MOST */
    struct finding finding[FINDINGS_MOST]; /* the most important first */
    const struct finding *by[STAGES];      /* what explains a failed stage, or NULL */
};

/* Applies the table to one phone. What a live probe of the same site says of the same condition
 * raises or lowers the confidence; `probe` may be NULL. */
void diagnose(const struct rules *r, const struct phone *p, const struct phone *probe,
              struct diagnosis *ret_d);
/* A value for the texts of `f`: a field of the decisive fact, or one of the phone. `buf` holds
 * numbers that have to be written. */
struct str finding_value(const struct diagnosis *d, const struct finding *f, struct str name);

#endif
