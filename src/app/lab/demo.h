/* The demonstration: a dial tone, the first failure of the guide, its diagnosis, its repair, and the dial tone again. */
#ifndef APP_LAB_DEMO_H
#define APP_LAB_DEMO_H

#include "app/lab/catalogue.h"
#include "app/lab/show.h"

/* Exit code. */
int demo_run(struct show *show, const struct catalogue *c);

#endif
