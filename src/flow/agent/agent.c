/* The user agent of a line: its life, and what is told to it. */
#include "flow/agent/agent.h"

void agent_cfg_usual(struct agent_cfg *cfg)
{
    *cfg = (struct agent_cfg){
        .registers = true,
        .name_validate = true,
        .auth_notify = true,
        .language = STR("en"),
        .expires = 3600,
        .expires_least = 1,
        .expires_most = 7200,
        .retry = 30,
        .retry_long = 1200,
        .auths_most = 2,
        .redirects_most = 5,
        .t1_ms = 500,
        .t2_ms = 4000,
        .t4_ms = 5000,
        .timer_f_ms = 16000,
        .sip_port = 5060,
        .tcp_port_least = 5060,
        .tcp_port_most = 5080,
    };
    cfg->servers.fallback = 3600;
}

void agent_init(struct agent *a, const struct agent_cfg *cfg, const struct agent_line *line,
                struct agent_work *work, struct scribe *scribe, uint64_t seed)
{
    *a = (struct agent){.cfg = cfg, .line = line, .work = work, .scribe = scribe, .random = seed};
    select_init(&a->select, &cfg->servers, scribe, seed);
}

void agent_clear(struct agent *a)
{
    select_clear(&a->select);
}
