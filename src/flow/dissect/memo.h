/* lines_match with a memory of the texts that it matched lately. */
#ifndef FLOW_DISSECT_MEMO_H
#define FLOW_DISSECT_MEMO_H

#include "flow/dissect/lines.h"

struct memo;

/* About 128 KiB; NULL without memory. It goes with one table of lines, which may not grow. */
struct memo *memo_new(void);
void memo_free(struct memo *m);
/* The same as lines_match. */
size_t memo_match(struct memo *m, const struct lines *l, struct str tag, struct str text,
                  struct template_match *ret_match);

#endif
