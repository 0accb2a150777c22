/* The life of a handset: its memory, its clock, what is told to it. */
#include "flow/handset/handset.h"

#include <stdlib.h>

#include "flow/handset/inside.h"

/* The date of the load that a fresh phone has. */
#define BORN (INT64_C(19487) * USEC_DAY) /* 2023-05-10 */

void handset_cfg_usual(struct handset_cfg *cfg)
{
    *cfg = (struct handset_cfg){
        .activation_host = STR("activate.cisco.com"),
        .activation_old_host = STR("webapps.cisco.com"),
        .activation_port = 443,
        .registers = true,
        .name_wait = 8,
        .names_kept = 24,
        .fetch_wait = 60,
        .clock_wait = 5,
        .reboot_time = 30,
        .upgrade_time = 20,
        .born = BORN,
    };
}

void handset_init(struct handset *h, const struct handset_cfg *cfg, struct phone *phone,
                  struct scribe *scribe, void *ctx, uint64_t seed)
{
    *h = (struct handset){.cfg = cfg,
                          .phone = phone,
                          .scribe = scribe,
                          .ctx = ctx,
                          .random = seed,
                          .state_until = USEC_NONE,
                          .resync_at = USEC_NONE,
                          .forced_at = USEC_NONE,
                          .upgrade_at = USEC_NONE,
                          .report_at = USEC_NONE,
                          .prt_at = USEC_NONE,
                          .resync_since = USEC_NONE,
                          .upgrade_since = USEC_NONE};
}

void handset_clear(struct handset *h)
{
    job_end(h);
    handset_lines_clear(h);
    handset_out_clear(h);
    handset_cache_clear(h);
    free(h->lease);
    h->lease = NULL;
    h->state = HANDSET_OFF;
}

void handset_start(struct handset *h, usec_t now)
{
    h->now = now;
    bool wrong = phone_fault(h->phone, PHONE_FAULT_CLOCK_NEVER) ||
                 phone_fault(h->phone, PHONE_FAULT_CLOCK_WRONG);
    h->offset = (wrong ? BORN : h->cfg->born) - now;
    handset_boot(h);
}

usec_t handset_deadline(const struct handset *h)
{
    usec_t t = h->state_until;
    if (h->state != HANDSET_UP) {
        return t;
    }
    t = handset_sooner(t, h->resync_at);
    t = handset_sooner(t, h->upgrade_at);
    t = handset_sooner(t, h->report_at);
    t = handset_sooner(t, h->prt_at);
    t = handset_sooner(t, handset_lines_deadline(h));
    return h->job ? handset_sooner(t, h->job->until) : t;
}

static bool due(usec_t t, usec_t now)
{
    return t != USEC_NONE && t <= now;
}

/* A question or a transfer of which nobody told the end. */
static void job_time(struct handset *h)
{
    struct handset_action *a = handset_push(h, HANDSET_STOP);
    struct handset_fetched late = {.code = 28, .text = STR("Operation timed out")};
    uint32_t id = h->job->id;
    if (a) {
        a->id = id;
    }
    if (h->job->wait == JOB_FETCH) {
        handset_on_fetched(h, id, &late, h->now);
    } else {
        handset_on_answer(h, id, HANDSET_SILENT, STR(""), h->now);
    }
}

static void timers(struct handset *h, usec_t now)
{
    if (h->job && due(h->job->until, now)) {
        job_time(h);
    }
    if (h->state == HANDSET_UP && due(h->upgrade_at, now)) {
        handset_upgraded(h);
    }
    if (h->state == HANDSET_UP && due(h->report_at, now)) {
        h->wants |= WANT_CONFIG;
        handset_plan_report(h);
    }
    if (h->state == HANDSET_UP && due(h->prt_at, now)) {
        struct handset_action *a = handset_push(h, HANDSET_REPORT);
        if (a) {
            a->text = STR("");
        }
        handset_plan_report(h);
    }
    if (h->state == HANDSET_UP && due(h->resync_at, now)) {
        handset_resync_due(h);
    }
    if (h->state == HANDSET_UP) {
        handset_lines_time(h);
        job_next(h);
    }
}

void handset_on_time(struct handset *h, usec_t now)
{
    h->now = now;
    if (due(h->state_until, now)) {
        handset_on_state_time(h);
    }
    if (h->state == HANDSET_UP) {
        timers(h, now);
    }
}

bool handset_next(struct handset *h, struct handset_action *ret_action)
{
    for (;;) {
        if (h->job_due) {
            h->job_due = false;
            job_next(h);
        }
        if (handset_pop(h, ret_action)) {
            ret_action->lease = h->lease;
            if (ret_action->what != HANDSET_ADDRESS || h->lease) {
                return true;
            }
            continue;
        }
        if (h->changed) {
            h->changed = false;
            *ret_action = (struct handset_action){.what = HANDSET_SAVE};
            return true;
        }
        if (handset_lines_next(h, ret_action)) {
            return true;
        }
        if (handset_cache_next(h)) {
            continue;
        }
        if (!h->out && !h->changed) {
            return false;
        }
    }
}

void handset_on_head(struct handset *h, uint32_t id, bool sent, struct str head, usec_t now)
{
    h->now = now;
    if (h->job && h->job->id == id && h->job->wait == JOB_FETCH && h->cfg->head) {
        h->cfg->head(h->ctx, sent, head, now);
    }
}

size_t handset_memory(const struct handset *h)
{
    return h->n_lines * (sizeof *h->line + sizeof *h->line->cfg) +
           (h->lease ? sizeof *h->lease : 0) + handset_cache_memory(h) +
           (h->job ? sizeof *h->job + h->job->arena.used : 0);
}
