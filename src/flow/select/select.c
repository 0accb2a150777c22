/* The list of servers: its life. */
#include "flow/select/select.h"

void select_init(struct select *s, const struct select_cfg *cfg, struct scribe *scribe,
                 uint64_t seed)
{
    *s = (struct select){.cfg = cfg, .scribe = scribe, .random = seed};
}

void select_clear(struct select *s)
{
    s->list = NULL;
}
