/* A line's agent from the settings of its phone. */
#ifndef FLOW_HANDSET_LINES_H
#define FLOW_HANDSET_LINES_H

#include "flow/handset/handset.h"

void line_cfg(const struct handset *h, unsigned line, struct agent_cfg *cfg);
void line_who(const struct handset *h, unsigned line, struct agent_line *who);
/* It has a server that may be reached, and a user. */
bool line_is_set(const struct handset *h, unsigned line);

#endif
