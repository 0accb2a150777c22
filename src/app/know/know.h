/* Loading what the doctor knows: what the program brings along, and folders given by --rules. */
#ifndef APP_KNOW_KNOW_H
#define APP_KNOW_KNOW_H

#include "app/cli/cli.h"
#include "flow/doctor/knowledge.h"

#define KNOW_RULES                                                                         \
    {                                                                                      \
        "rules", 0, "DIR",                                                                 \
            "a folder with line templates, rules and texts of your own (repeatable)", NULL \
    }

struct know {
    struct knowledge k;
    struct arena files; /* what was read from the folders */
};

/* False after telling on standard error what is wrong and where. */
bool know_load(struct know *n, const struct cli_args *a);
void know_clear(struct know *n);
enum language know_language(const struct cli_args *a);

#endif
