/* SIP server: tls. */
#include "app/probe/probe.h"

static enum err run(struct probe *p)
{
    return probe_edges(p);
}

const struct check probe_tls = {.name = "tls", .stage = STAGE_CONNECT, .run = run};
