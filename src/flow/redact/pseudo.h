/* Pseudonyms of texts: every character keeps its class, the last ones count. */
#ifndef FLOW_REDACT_PSEUDO_H
#define FLOW_REDACT_PSEUDO_H

#include "flow/redact/values.h"

/* The `n`-th pseudonym of the shape of `text` (small letters), into `out` (as long). False when the
 * shape has no `n`-th: nothing in it can be counted, or it is too short. */
bool pseudo_write(enum redact_class class, struct str text, uint32_t n, char *out);
/* The same in digits alone, right-aligned behind zeros. */
bool pseudo_digits(uint32_t n, char *out, size_t len);
/* Writes `pseudo` over `p`, capital letters where they stood. */
void pseudo_apply(const char *pseudo, char *p, size_t len);

/* The labels of a domain, from its end: which of them stay. */
struct pseudo_domain {
    size_t stay; /* bytes at the end that stay, their dot included */
    size_t own;  /* where the registrable domain begins */
};
/* At least two labels, the last one not a number. */
bool pseudo_is_domain(struct str name);
/* False when the name as a whole stays: no customer's, or no domain at all. `name` is in small
 * letters. */
bool pseudo_domain_read(struct str name, struct pseudo_domain *ret_d);
/* Whether a label tells only what a host does ("sip", "www", "us10"). */
bool pseudo_label_stays(struct str label);

#endif
