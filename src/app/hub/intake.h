/* Problem reports that came: from the incoming file to its place, its row, its diagnosis. */
#ifndef APP_HUB_INTAKE_H
#define APP_HUB_INTAKE_H

#include "app/hub/api.h"

/* The file at u->path is the hub's from now on, whatever happens. Views are copied. `c` (may be NULL) gets the answer. */
void intake_begin(struct hub *h, const struct hub_upload *u, struct call *c);
/* reports_new's `done`. */
void intake_diagnosed(void *ctx, const struct report_done *d);
/* The row as an answer's object. */
struct problem_report;
void report_write(struct json *j, const struct problem_report *r);
/* STATE/reports/ID with `tail` ("", ".json"). */
void report_path(const struct hub *h, int64_t id, const char *tail, char ret_path[HUB_PATH]);
/* Row, file and what was made of it. */
enum err report_drop(struct hub *h, const struct actor *who, int64_t id, struct refusal *reterr);

#endif
