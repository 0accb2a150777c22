/* The faults that the lab knows: those that the program brings along, and those of a folder (--faults). */
#ifndef APP_LAB_CATALOGUE_H
#define APP_LAB_CATALOGUE_H

#include "app/lab/fault.h"

enum { CATALOGUE_MOST = 256 };

struct catalogue {
    struct arena a;
    struct fault *fault; /* sorted by id */
    size_t n;
};
/* `folder` NULL: none. False after telling. catalogue_clear in any case. */
bool catalogue_open(struct catalogue *c, const char *folder);
void catalogue_clear(struct catalogue *c);
/* Letter case aside; NULL: there is none. */
const struct fault *catalogue_find(const struct catalogue *c, struct str id);

#endif
