/* Many cases, some at once, each in a space of its own. */
#ifndef APP_LAB_CREW_H
#define APP_LAB_CREW_H

#include "app/lab/case.h"

/* Runs `n` cases, `jobs` at once; `told` with each result as it comes (in any order; `i` is its place). False: interrupted. */
bool crew_run(const struct case_ask *ask, size_t n, unsigned jobs, struct case_result *ret,
              void (*told)(void *ctx, size_t i, const struct case_result *r), void *ctx);

#endif
