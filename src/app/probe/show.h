/* What a round saw, as a table for people and as JSON for programs. */
#ifndef APP_PROBE_SHOW_H
#define APP_PROBE_SHOW_H

#include "app/probe/probe.h"
#include "base/json.h"

void probe_table(const struct probe *p, bool color, struct sink *out);
/* A line of --watch; `before` NULL: the subject is new. `lasted`: how long it was as before. */
void probe_change(const struct probe_row *r, const struct probe_row *before, usec_t lasted,
                  usec_t when, struct sink *out);
/* The key "observations", for struct report. `probe` is a struct probe. */
void probe_json(void *probe, struct json *j);
/* A JSON line: an observation, or a change from `before`. */
void probe_json_line(const struct probe_row *r, const struct probe_row *before, usec_t when,
                     struct sink *out);

#endif
