/* One piece of work after the other: rules in turn, what came of them, what comes next. */
#include <stdlib.h>

#include "flow/handset/inside.h"

enum { JOB_MEMORY = 8 * 1024 * 1024, CHAIN_MOST = 5 };

bool job_begin(struct handset *h, enum job_kind kind)
{
    struct handset_job *j = calloc(1, sizeof *j);
    if (!j) {
        return false;
    }
    job_end(h);
    j->kind = kind;
    j->until = USEC_NONE;
    arena_init(&j->arena, JOB_MEMORY);
    h->job = j;
    job_macros_begin(h);
    return true;
}

void job_end(struct handset *h)
{
    if (h->job) {
        arena_clear(&h->job->arena);
        free(h->job);
        h->job = NULL;
    }
}

struct str job_join(struct handset *h, struct str a, struct str b)
{
    char *p = arena_alloc(&h->job->arena, a.len + b.len + 1);
    if (!p) {
        return STR("");
    }
    if (a.len) {
        memcpy(p, a.p, a.len);
    }
    if (b.len) {
        memcpy(p + a.len, b.p, b.len);
    }
    return str_of(p, a.len + b.len);
}

enum err job_eval(struct handset *h, struct str rule, enum rule_kind kind)
{
    struct handset_job *j = h->job;
    struct rule_cfg cfg = {.kind = kind, .values = job_macros(h), .tftp_server = j->tftp};
    struct err_at at;
    struct str text = rule;
    if (j->base.len && rule.len && rule.p[0] == '/') {
        text = job_join(h, j->base, rule);
    }
    enum err err = rule_eval(text, &cfg, &j->arena, &j->to, &at);
    bool changed = false, any = false;
    for (size_t i = 0; !err && j->to.chosen && i < j->to.n_assigns; i++) {
        err = phone_set(h->phone, j->to.assign[i].name, j->to.assign[i].value, &changed);
        any |= changed;
    }
    h->changed |= any;
    h->wants = (uint8_t)(h->wants | (any ? WANT_VOICE : 0));
    return err;
}

/* -- profile rules */

static struct str rule_text(struct handset *h)
{
    static const char *const names[] = {"Profile_Rule", "Profile_Rule_B", "Profile_Rule_C",
                                        "Profile_Rule_D"};
    const struct handset_job *j = h->job;
    if (h->wants & WANT_ONCE && h->once.len) {
        return j->rule == 0 ? h->once : STR("");
    }
    if (j->rule == 0 && h->cfg->rule.len) {
        return h->cfg->rule;
    }
    return j->rule == 0 && j->whole.len ? j->whole : handset_get(h, names[j->rule]);
}

static void all_done(struct handset *h)
{
    struct phone *p = h->phone;
    enum phone_customization before = (enum phone_customization)p->customization;
    bool chained = h->job->chained;
    if (before == PHONE_CUSTOM_PENDING) {
        p->customization = PHONE_ACQUIRED;
    } else if (before != PHONE_ACQUIRED) {
        p->customization = PHONE_ABORTED;
    }
    h->changed |= before != p->customization;
    h->wants = (uint8_t)(h->wants & ~WANT_ONCE);
    h->once = STR("");
    handset_stage_end(h, STAGE_PROVISIONING, STAGE_OK);
    job_end(h);
    handset_plan_success(h);
    if (chained && h->chain < CHAIN_MOST) {
        h->chain++;
        h->resync_at = h->now + USEC_S;
    } else {
        h->chain = 0;
    }
    job_wants_trust(h);
    handset_plan_report(h);
    if (!chained) {
        handset_upgrade(h, STR(""));
    }
}

/* What a log may say of a rule: one with options is its URL alone, they hold keys and passwords. */
static struct str shown(struct str rule)
{
    struct str rest = str_trim(rule);
    if (str_find(rest, STR("--")) == STR_NPOS) {
        return rest;
    }
    while (rest.len) {
        struct str word = str_word(&rest);
        if (str_find(word, STR("://")) != STR_NPOS || (word.len && word.p[0] == '/')) {
            return word;
        }
    }
    return STR("");
}

static void say_queue(struct handset *h, struct str rule)
{
    if (!h->by_dhcp) {
        SAY(h, "voice", "QPE:RESYNC profile=[{url} ]", shown(rule));
        SAY(h, "voice", "FUNCTION:fprv_update, proxy_Config:{code}", STR("0"));
    }
    handset_say(h, "voice", "fapp-[resync] fprv_eval_profile_rule - must resync", NULL, 0);
}

void job_rule(struct handset *h)
{
    for (; h->job->rule < 4; h->job->rule++) {
        struct str rule = rule_text(h);
        if (str_trim(rule).len == 0) {
            continue;
        }
        enum err err = job_eval(h, rule, RULE_PROFILE);
        if (err) {
            job_failed(h, err == ERR_MISSING ? "no server" : "rule not understood", false);
            return;
        }
        if (h->job->to.chosen && h->job->to.has_url) {
            say_queue(h, rule);
            job_go(h);
            return;
        }
    }
    all_done(h);
    h->job_due = true;
}

/* -- other work */

static void eval_and_go(struct handset *h, struct str rule, enum rule_kind kind)
{
    if (job_eval(h, rule, kind) || !h->job->to.chosen || !h->job->to.has_url) {
        job_failed(h, "rule not understood", false);
    } else {
        job_go(h);
    }
}

void job_wants_trust(struct handset *h)
{
    if (!h->trusts && (handset_get(h, "Custom_CA_Rule").len ||
                       phone_fault(h->phone, PHONE_FAULT_CA_RULE_BROKEN))) {
        h->wants |= WANT_TRUST;
    }
}

static bool take_wish(struct handset *h, uint8_t wish)
{
    bool wanted = (h->wants & wish) != 0;
    h->wants = (uint8_t)(h->wants & ~wish);
    return wanted;
}

static void begin_report(struct handset *h, enum job_kind kind, const char *rule)
{
    struct str rest = handset_get(h, rule), first = STR("");
    if (rule_report_next(&rest, &first) && job_begin(h, kind)) {
        eval_and_go(h, first, RULE_REPORT);
    }
}

void job_next(struct handset *h)
{
    if (h->job || h->state != HANDSET_UP) {
        return;
    }
    if (take_wish(h, WANT_TRUST) && job_begin(h, JOB_TRUST)) {
        eval_and_go(h,
                    phone_fault(h->phone, PHONE_FAULT_CA_RULE_BROKEN)
                        ? STR("http://ca.example.net/no-such-file.pem")
                        : handset_get(h, "Custom_CA_Rule"),
                    RULE_PROFILE);
    } else if (take_wish(h, WANT_VOICE)) {
        (void)handset_push(h, HANDSET_RESTART);
        handset_voice(h);
        h->job_due = true;
    } else if (h->wants & WANT_ONCE) {
        h->prvst = -1;
        handset_resync(h);
    } else if (take_wish(h, WANT_CONFIG)) {
        begin_report(h, JOB_CONFIG, "Report_Rule");
    } else if (take_wish(h, WANT_UPLOAD)) {
        begin_report(h, JOB_UPLOAD, "PRT_Upload_Rule");
    }
}

/* -- ends */

static enum stage stage_of(const struct handset *h)
{
    const struct handset_job *j = h->job;
    if (j->kind == JOB_ACTIVATION) {
        return j->naming ? STAGE_ACTIVATION_DNS : STAGE_ACTIVATION;
    }
    return j->naming ? STAGE_PROVISIONING_DNS : STAGE_PROVISIONING;
}

static void say_failed(struct handset *h)
{
    char mac[MAC_TEXT];
    struct str model = STR("");
    (void)rule_phone_get(&h->job->macros, STR("PN"), false, &model);
    mac_write(h->phone->mac, mac);
    SAY(h, "voice", "fapp-{model} {mac} -- Resync failed: {error}", model, str_z(mac),
        STR("Download failed"));
}

static void resync_failed(struct handset *h, const char *why, bool connection)
{
    say_failed(h);
    handset_stage_end(h, stage_of(h), STAGE_FAILED);
    phone_resulted(h->phone, PHONE_PROVISIONING, false, h->job->to.url, str_z(why),
                   handset_date(h, h->now));
    h->changed = true;
    h->wants = (uint8_t)(h->wants & ~WANT_ONCE);
    h->once = STR("");
    job_end(h);
    handset_plan_failure(h, connection);
}

void job_failed(struct handset *h, const char *why, bool connection)
{
    switch (h->job->kind) {
    case JOB_SRV:
        /* Activation comes next. */
        h->job->kind = JOB_ACTIVATION;
        job_go(h);
        return;
    case JOB_ACTIVATION:
    case JOB_PROFILE:
        resync_failed(h, why, connection);
        break;
    case JOB_TRUST:
        phone_resulted(h->phone, PHONE_CA, false, h->job->to.url, str_z(why),
                       handset_date(h, h->now));
        h->changed = true;
        job_end(h);
        break;
    case JOB_CONFIG:
    case JOB_UPLOAD:
        job_end(h);
        break;
    }
    h->job_due = true;
}

static void activated(struct handset *h, const struct handset_fetched *f)
{
    bool empty = false;
    const char *why = handset_take_profile(h, f, &empty);
    struct str rule = handset_get(h, "Profile_Rule");
    if (empty) {
        h->phone->customization = PHONE_UNAVAILABLE;
        h->changed = true;
        handset_stage_end(h, STAGE_ACTIVATION, STAGE_FAILED);
        job_end(h);
        handset_plan_success(h);
        return;
    }
    if (why || rule.len == 0 || rule.p[0] == '/') {
        job_failed(h, why ? why : "no profile rule", false);
        return;
    }
    h->phone->customization = PHONE_CUSTOM_PENDING;
    h->changed = true;
    handset_stage_end(h, STAGE_ACTIVATION, STAGE_OK);
    job_end(h);
    h->by_dhcp = false;
    if (job_begin(h, JOB_PROFILE)) {
        job_rule(h);
    }
}

static void fetched_profile(struct handset *h, const struct handset_fetched *f)
{
    bool empty = false;
    bool missing = f->status == 404;
    const char *why = missing ? NULL : handset_take_profile(h, f, &empty);
    if (why || empty) {
        job_failed(h, why ? why : "an empty file", false);
        return;
    }
    job_say(h, "Log_Success_Msg", "fapp-{model} {mac} -- Successful resync {url}");
    phone_resulted(h->phone, PHONE_PROVISIONING, true, h->job->to.url, STR(""),
                   handset_date(h, h->now));
    h->changed = true;
    h->job->rule++;
    job_rule(h);
}

void job_done(struct handset *h, const struct handset_fetched *f)
{
    struct handset_action *a = NULL;
    switch (h->job->kind) {
    case JOB_SRV:
        break;
    case JOB_ACTIVATION:
        activated(h, f);
        break;
    case JOB_PROFILE:
        fetched_profile(h, f);
        break;
    case JOB_TRUST:
        phone_resulted(h->phone, PHONE_CA, true, h->job->to.url, STR(""), handset_date(h, h->now));
        h->changed = h->trusts = true;
        a = handset_push(h, HANDSET_TRUST);
        if (a) {
            a->text = handset_copy(h, f->body);
        }
        job_end(h);
        break;
    case JOB_CONFIG:
    case JOB_UPLOAD:
        job_end(h);
        break;
    }
    h->job_due = true;
}
