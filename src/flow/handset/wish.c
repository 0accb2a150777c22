/* What servers and people ask of a phone: NOTIFYs, keys, firmware, reports. */
#include "flow/handset/inside.h"

/* -- firmware: pretended */

static struct str load_of(struct str path)
{
    struct str rest = path, last = path;
    while (rest.len) {
        last = str_cut(&rest, '/');
    }
    return str_ends(last, STR(".loads")) ? str_head(last, last.len - 6) : last;
}

static void plan_upgrade(struct handset *h, const struct rule_result *to)
{
    struct str load = load_of(to->path);
    if (load.len == 0 || str_eq(load, phone_load(h->phone))) {
        return;
    }
    h->upgrade = phone_pool_text(h->phone->pool, to->url);
    h->upgrade_since = h->now;
    h->upgrade_at = h->now + h->cfg->upgrade_time * USEC_S;
    job_say(h, "Log_Upgrade_Request_Msg", "fapp-{model} {mac} -- Requesting upgrade {url}");
}

void handset_upgrade(struct handset *h, struct str url)
{
    struct str rule = url.len ? url : handset_get(h, "Upgrade_Rule");
    if (str_trim(rule).len == 0 || h->job || h->upgrade_at != USEC_NONE ||
        !phone_yes(h->phone, "Upgrade_Enable") || !job_begin(h, JOB_PROFILE)) {
        return;
    }
    if (job_eval(h, rule, RULE_UPGRADE) == ERR_OK && h->job->to.chosen && h->job->to.has_url) {
        plan_upgrade(h, &h->job->to);
    }
    job_end(h);
}

void handset_upgraded(struct handset *h)
{
    struct str url = h->upgrade;
    h->upgrade_at = USEC_NONE;
    h->upgrade = STR("");
    if (h->job) {
        h->upgrade = url;
        h->upgrade_at = h->now + USEC_S;
        return;
    }
    bool well = phone_set_load(h->phone, load_of(url)) == ERR_OK;
    if (job_begin(h, JOB_PROFILE)) {
        SAY(h, "voice", "fapp-{model} {mac} -- Successful upgrade {url} -- {error}",
            job_expand(h, STR("$PN")), job_expand(h, STR("$MAC")), url, STR(""));
        job_end(h);
    }
    phone_resulted(h->phone, PHONE_UPGRADE, well, url, STR(""), handset_date(h, h->now));
    h->changed = true;
    if (well) {
        handset_reboot(h, PHONE_REBOOT_UPGRADE, true);
    }
}

/* -- reports */

static void ask_report(struct handset *h, struct str text)
{
    struct handset_action *a = handset_push(h, HANDSET_REPORT);
    if (a) {
        a->text = handset_copy(h, text);
    }
}

void handset_on_report(struct handset *h, struct str name, usec_t now)
{
    h->now = now;
    if (h->state == HANDSET_UP && handset_get(h, "PRT_Upload_Rule").len) {
        h->archive = phone_pool_text(h->phone->pool, name);
        h->wants |= WANT_UPLOAD;
        job_next(h);
    }
}

/* -- wishes */

static void resync_once(struct handset *h, struct str rule)
{
    h->once = rule.len ? phone_pool_text(h->phone->pool, rule) : STR("");
    h->wants |= WANT_ONCE;
    h->prvst = -1;
    job_next(h);
}

void handset_do(struct handset *h, enum handset_wish what, struct str argument, usec_t now)
{
    h->now = now;
    if (h->state != HANDSET_UP && what != HANDSET_DO_FACTORY_RESET && what != HANDSET_DO_REPORT) {
        return;
    }
    switch (what) {
    case HANDSET_DO_RESYNC:
        resync_once(h, argument);
        break;
    case HANDSET_DO_UPGRADE:
        handset_upgrade(h, argument);
        break;
    case HANDSET_DO_REBOOT:
        handset_reboot(h, PHONE_REBOOT_USER, true);
        break;
    case HANDSET_DO_FACTORY_RESET:
        phone_factory_reset(h->phone);
        handset_reboot(h, PHONE_REBOOT_USER, false);
        break;
    case HANDSET_DO_REPORT:
        ask_report(h, argument);
        break;
    case HANDSET_DO_SEND_CONFIG:
        h->wants |= WANT_CONFIG;
        job_next(h);
        break;
    case HANDSET_DO_HANG_UP:
        for (unsigned i = 0; i < h->n_lines; i++) {
            agent_hang_up(&h->line[i].agent, now);
        }
        break;
    }
}

/* "<CP-8851-3PCCExecute><ExecuteItem URL=Resync:[rule]/></CP-8851-3PCCExecute>" */
static void execute(struct handset *h, struct str body)
{
    size_t at = str_ifind(body, STR("Resync:"));
    if (at == STR_NPOS) {
        return;
    }
    struct str rest = str_from(body, at + 7);
    struct str rule = str_cut(&rest, '>');
    while (rule.len && (rule.p[rule.len - 1] == '/' || rule.p[rule.len - 1] == '"' ||
                        rule.p[rule.len - 1] == ' ')) {
        rule.len--;
    }
    resync_once(h, rule);
}

void handset_obey(struct handset *h, struct str event, struct str body)
{
    struct str parameters = event;
    struct str name = str_trim(str_cut(&parameters, ';'));
    bool reboot = str_ifind(parameters, STR("reboot=true")) != STR_NPOS;
    bool may = phone_yes(h->phone, "Resync_From_SIP");
    if (str_ieq(name, STR("reboot_now")) || (str_ieq(name, STR("check-sync")) && reboot)) {
        handset_reboot(h, PHONE_REBOOT_SIP, true);
    } else if (str_ieq(name, STR("restart_now"))) {
        h->wants |= WANT_VOICE;
        job_next(h);
    } else if (may && (str_ieq(name, STR("resync")) || str_ieq(name, STR("check-sync")))) {
        resync_once(h, STR(""));
    } else if (may && str_ieq(name, STR("XML-service"))) {
        execute(h, body);
    } else if (str_ieq(name, STR("report"))) {
        h->wants |= WANT_CONFIG;
        job_next(h);
    } else if (str_ieq(name, STR("prt-gen"))) {
        ask_report(h, STR("Remote PRT Trigger"));
    }
}
