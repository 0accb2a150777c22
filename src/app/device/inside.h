/* Between the files of this module. */
#ifndef APP_DEVICE_INSIDE_H
#define APP_DEVICE_INSIDE_H

#include "app/client/client.h"
#include "base/json.h"

struct work {
    const struct cli_args *args;
    struct client client;
    struct sink *out;
    bool json;
    struct str lang;
};

/* Each is a verb: the words behind it are args->arg[1..]. Exit code. */
int device_list(struct work *w);
int device_show(struct work *w);
int device_add(struct work *w);
int device_replace(struct work *w);
int device_release(struct work *w);
/* resync, reboot, restart, report: the verb's own name. */
int device_order(struct work *w);
int device_code(struct work *w);
int device_window(struct work *w);
int device_import(struct work *w);
int device_export(struct work *w);

/* One device as JSON, or as lines of text. */
void device_write(struct work *w, struct str body);
/* A request whose body was written with base/json; shows the answer by `show`, or as it is with -o json. Exit code. */
int device_send(struct work *w, const char *method, const char *path, struct str body,
                void (*show)(struct work *w, struct str body));

#endif
