/* A worker's part for phones: activation, configurations, reports. */
#include "app/serve/tell.h"
#include "app/serve/worker_inside.h"

static void tell(void *ctx, const struct fact *f)
{
    struct worker *w = ctx;
    serve_tell(w->cfg.store, w->cfg.hub, loop_date(w->loop), f, &w->line);
}

enum err worker_phones(struct worker *w)
{
    const struct plan_phones *plan = w->cfg.phones;
    const struct settings *s = w->cfg.plan->settings;
    if (!plan) {
        return ERR_OK;
    }
    struct phones_cfg cfg = {.loop = w->loop,
                             .policy = &plan->policy,
                             .hub = w->cfg.hub,
                             .tls = w->cfg.phones_tls,
                             .n_listeners = plan->n_listeners,
                             .web = plan->web,
                             .tftp = plan->tftp,
                             .remembered_most = s->remembered,
                             .remembered_bytes = (size_t)s->remembered_bytes << 20,
                             .report_most = s->report_most << 20,
                             .reports_unproven = s->reports_unproven,
                             .tell = tell,
                             .ctx = w};
    for (size_t i = 0; i < plan->n_listeners; i++) {
        cfg.listener[i] = (struct phones_listener){plan->listener[i].way, w->cfg.phones_fd[i]};
        w->cfg.phones_fd[i] = -1;
    }
    return phones_new(&cfg, &w->phones);
}
