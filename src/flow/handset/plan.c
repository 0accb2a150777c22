/* When a handset fetches its configuration: on reset, by period, at a time of day, after failures, never while a call stands. */
#include "flow/handset/inside.h"

enum { RANDOM_UNIT = 20, LOOK_AGAIN = 10, AT_LEAST = 600, DAY = 86400 };

static void next_period(struct handset *h);

void handset_plan_first(struct handset *h)
{
    uint64_t units = phone_number(h->phone, "Resync_Random_Delay");
    uint32_t most = (uint32_t)(units > 65535 ? 65535 : units) * RANDOM_UNIT;
    h->prvst = 0;
    h->resync_at = USEC_NONE;
    if (!phone_yes(h->phone, "Resync_On_Reset") && h->phone->customization != PHONE_OPEN) {
        next_period(h);
        return;
    }
    h->resync_at = h->now;
    if (!h->cfg->at_once && most) {
        h->resync_at += (usec_t)(random_next(&h->random) % ((uint64_t)most * USEC_S + 1));
    }
}

/* "0130": seconds of a day. */
static bool time_of_day(struct str s, uint32_t *ret)
{
    uint64_t n = 0;
    if (s.len != 4 || !str_u64(s, &n) || n > 2400 || n % 100 > 59) {
        return false;
    }
    *ret = (uint32_t)(n / 100 * 3600 + n % 100 * 60);
    return true;
}

/* The next time that it is so late, and a random part of the window. */
static usec_t at_time(struct handset *h, uint32_t at)
{
    uint64_t delay = phone_number(h->phone, "Resync_At_Random_Delay");
    uint32_t window = (uint32_t)((delay < AT_LEAST ? AT_LEAST : delay) + 30) / 60 * 60;
    usec_t date = handset_date(h, h->now);
    usec_t day = date - ((date % USEC_DAY) + USEC_DAY) % USEC_DAY;
    usec_t next = day + at % DAY * USEC_S;
    if (next <= date) {
        next += USEC_DAY;
    }
    return next - h->offset + random_below(&h->random, window + 1) * USEC_S;
}

/* The next one by time of day or period. */
static void next_period(struct handset *h)
{
    uint32_t at = 0;
    h->forced_at = h->resync_at = USEC_NONE;
    h->prvst = 1;
    if (time_of_day(str_trim(handset_get(h, "Resync_At__HHmm_")), &at)) {
        h->resync_at = at_time(h, at);
        return;
    }
    uint64_t s = phone_period(handset_get(h, "Resync_Periodic"), h->periods, &h->random);
    h->periods++;
    if (s) {
        h->resync_at = h->now + (usec_t)s * USEC_S;
    }
}

void handset_plan_success(struct handset *h)
{
    h->errors = 0;
    next_period(h);
}

void handset_plan_failure(struct handset *h, bool connection)
{
    char count[STR_NUMBER], delay[STR_NUMBER];
    bool zero = phone_fault(h->phone, PHONE_FAULT_RETRY_ZERO);
    uint64_t s =
        zero ? 0 : phone_period(handset_get(h, "Resync_Error_Retry_Delay"), h->errors, &h->random);
    if (connection) {
        SAY(h, "voice",
            "fapp-fprv_eval_profile_rule return status={state} err_count:{count}, "
            "retry_delay:{retry}",
            STR("FPRV_ERR_SERVER_CONNECTION_FAILED"), str_number(count, h->errors),
            str_number(delay, (int64_t)s));
    }
    h->forced_at = h->resync_at = USEC_NONE;
    h->prvst = 2;
    h->errors++;
    if (s) {
        h->resync_at = h->now + (usec_t)s * USEC_S;
    }
}

void handset_plan_report(struct handset *h)
{
    uint64_t minutes = phone_number(h->phone, "PRT_Max_Timer");
    h->report_at = h->prt_at = USEC_NONE;
    if (str_ieq(handset_get(h, "Report_To_Server"), STR("Periodically"))) {
        uint64_t s = phone_number(h->phone, "Periodic_Upload_To_Server");
        h->report_at = h->now + (usec_t)(s < 600 ? 600 : s > 2592000 ? 2592000 : s) * USEC_S;
    }
    if (minutes && handset_get(h, "PRT_Upload_Rule").len) {
        h->prt_at = h->now + (usec_t)(minutes < 15     ? 15
                                      : minutes > 1440 ? 1440
                                                       : minutes) *
                                 60 * USEC_S;
    }
}

/* A call stands: wait until it ends, Forced_Resync_Delay at most. */
static bool waits_for_call(struct handset *h)
{
    if (!handset_busy(h)) {
        return false;
    }
    if (h->forced_at == USEC_NONE) {
        uint64_t most = phone_number(h->phone, "Forced_Resync_Delay");
        h->forced_at = h->now + (usec_t)(most > INT32_MAX ? INT32_MAX : most) * USEC_S;
    }
    if (h->now >= h->forced_at) {
        return false;
    }
    h->resync_at = handset_sooner(h->now + LOOK_AGAIN * USEC_S, h->forced_at);
    return true;
}

/* Both triggers are empty, or one of them holds. */
static bool triggered(struct handset *h)
{
    struct str one = handset_get(h, "Resync_Trigger_1"), two = handset_get(h, "Resync_Trigger_2");
    bool any = str_trim(one).len || str_trim(two).len;
    if (!any || !job_begin(h, JOB_PROFILE)) {
        return true;
    }
    bool holds = (job_eval(h, one, RULE_TRIGGER) == ERR_OK && h->job->to.chosen) ||
                 (job_eval(h, two, RULE_TRIGGER) == ERR_OK && h->job->to.chosen);
    job_end(h);
    return holds;
}

void handset_resync_due(struct handset *h)
{
    if (h->job) {
        h->resync_at = h->now + USEC_S;
    } else if (h->prvst >= 0 && h->prvst <= 1 && !triggered(h)) {
        next_period(h);
    } else if (!waits_for_call(h)) {
        h->forced_at = h->resync_at = USEC_NONE;
        handset_resync(h);
    }
}
