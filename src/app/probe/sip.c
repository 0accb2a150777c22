/* SIP server: sip. */
#include "app/probe/probe.h"

static enum err run(struct probe *p)
{
    return probe_edges(p);
}

const struct check probe_sip = {.name = "sip", .stage = STAGE_REGISTER, .run = run};
