/* What DHCP servers offer. */
#include "app/probe/probe.h"

static enum err run(struct probe *p)
{
    probe_show(p, PROBE_SKIPPED, STR("dhcp"), -1, "this version does not ask");
    return ERR_OK;
}

const struct check probe_dhcp = {.name = "dhcp", .stage = STAGE_DHCP, .run = run};
