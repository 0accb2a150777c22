/* What a diagnosis says (docs/json.md), as far as the lab asks. */
#ifndef APP_LAB_SAID_H
#define APP_LAB_SAID_H

#include "app/lab/case.h"

enum { SAID_MOST = 40 };

struct said {
    struct said_finding {
        char id[CASE_ID], level[12], stage[24], class[CASE_CLASS], text[CASE_TEXT];
    } finding[SAID_MOST];
    size_t n;
    bool green; /* the ladder ends registered and no stage of it failed */
    size_t phones;
};
/* A report of `dialtone diagnose -o json` or `probe -o json`: what it says of the lab's phone, or of all when none is known to be it.
 * False: no such report. */
bool said_read(struct said *s, struct str json);
/* What it is worth beside what the fault's file says; NULL: it was a clean journey. */
enum case_outcome said_judge(const struct said *s, const struct fault_see *see,
                             struct case_look *ret);
/* Two languages: the same findings, other words. */
bool said_same(const struct said *a, const struct said *b, bool other_words);

#endif
