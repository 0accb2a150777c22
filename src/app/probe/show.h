/* What a round saw, as a table for people and as JSON for programs. */
#ifndef APP_PROBE_SHOW_H
#define APP_PROBE_SHOW_H

#include "app/probe/probe.h"

void probe_table(const struct probe *p, bool color, struct sink *out);

#endif
