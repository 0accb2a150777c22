/* Activation and provisioning over HTTP. */
#include "app/probe/probe.h"

static enum err run(struct probe *p)
{
    probe_show(p, PROBE_SKIPPED, STR("http"), -1, "this version does not ask");
    return ERR_OK;
}

const struct check probe_http = {.name = "http", .stage = STAGE_PROVISIONING, .run = run};
