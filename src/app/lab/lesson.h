/* Training: a site is left broken for a learner, whose answer is scored. */
#ifndef APP_LAB_LESSON_H
#define APP_LAB_LESSON_H

#include "app/lab/catalogue.h"
#include "app/lab/show.h"

/* `id` NULL: one by chance, which is not told. Exit code. */
int lesson_start(struct show *s, const struct catalogue *c, const char *id);
/* Within a lesson: `answer` is the id of a finding. Exit code 0: that is it. */
int lesson_check(struct show *s, const struct catalogue *c, const char *answer);

#endif
