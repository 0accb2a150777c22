/* Where a handset fetches its configuration from: DHCP, SRV, activation, or the rule that it was given (docs/sources.md: AGP, SMB). */
#include "flow/handset/inside.h"

#define USUAL_RULE "/$PSN.xml"

bool handset_allowed(const struct handset *h, struct str host)
{
    struct str rest = phone_fault(h->phone, PHONE_FAULT_DOMAINS_RESTRICTED)
                          ? STR("example.net")
                          : handset_get(h, "Restricted_Access_Domains");
    bool any = false;
    while (rest.len) {
        struct str name = str_trim(str_cut(&rest, ','));
        size_t more = host.len - name.len;
        if (name.len == 0) {
            continue;
        }
        any = true;
        if (host.len >= name.len && str_ieq(str_from(host, more), name) &&
            (more == 0 || host.p[more - 1] == '.')) {
            return true;
        }
    }
    return !any;
}

/* -- DHCP */

/* What options of other uses hold is taken only where it is a URL. */
static struct str option_value(const struct handset *h, uint64_t code, char room[ADDR_TEXT])
{
    const struct handset_lease *l = h->lease;
    switch (code) {
    case 66:
        return l->option66;
    case 159:
        return l->option159;
    case 160:
        return l->option160;
    case 150:
        return addr_unset(l->tftp[0]) ? STR("") : addr_write(l->tftp[0], room);
    case 43:
    case 60:
    case 125: {
        struct str v = code == 43 ? l->option43 : code == 60 ? l->option60 : l->option125;
        return str_find(v, STR("://")) != STR_NPOS && !str_has_control(v) ? v : STR("");
    }
    default:
        return STR("");
    }
}

/* The first option of DHCP_Option_To_Use that holds something; a copy in the job's arena. */
static struct str dhcp_value(struct handset *h)
{
    char room[ADDR_TEXT];
    struct str rest = phone_fault(h->phone, PHONE_FAULT_OPTIONS_ORDER)
                          ? STR("43,60,125,66,160,159,150")
                          : handset_get(h, "DHCP_Option_To_Use");
    while (rest.len && h->lease) {
        uint64_t code = 0;
        if (str_u64(str_trim(str_cut(&rest, ',')), &code)) {
            struct str v = str_trim(option_value(h, code, room));
            while (v.len && v.p[v.len - 1] == '\0') {
                v.len--;
            }
            if (v.len && !str_has_control(v)) {
                return arena_str(&h->job->arena, v);
            }
        }
    }
    return STR("");
}

/* "192.0.2.20": a TFTP server; "http://host:port": goes before the rule; with a path: all of it. */
static void take_dhcp(struct handset *h, struct str v)
{
    size_t mark = str_find(v, STR("://"));
    struct str behind = mark == STR_NPOS ? v : str_from(v, mark + 3);
    size_t slash = str_chr(behind, '/');
    bool path = slash != STR_NPOS && slash + 1 < behind.len;
    if (path) {
        h->job->whole = mark == STR_NPOS ? job_join(h, STR("tftp://"), v) : v;
    } else if (mark == STR_NPOS) {
        h->job->tftp = slash == STR_NPOS ? v : str_head(v, slash);
    } else {
        h->job->base = slash == STR_NPOS ? v : str_head(v, mark + 3 + slash);
    }
}

static bool names_server(struct str rule)
{
    return rule.len && rule.p[0] != '/';
}

static void say_dhcp(struct handset *h, struct str rule)
{
    const struct handset_job *j = h->job;
    struct str base = j->base.len ? j->base : job_join(h, STR("tftp://"), j->tftp);
    handset_say(h, "voice", "fapp-Provisioning using DHCP..", NULL, 0);
    SAY(h, "voice", "FUNCTION:fprv_update, proxy_Config:{code}", STR("0"));
    SAY(h, "voice", "fprv_eval_profile_rule assemble url={url} ,curState.profile_rule={rule}",
        j->whole.len ? j->whole : job_join(h, base, rule), rule);
    SAY(h, "voice", "DHCP pending acquired={state}", STR("1"));
}

/* -- which way */

static bool fresh(const struct handset *h)
{
    return h->phone->customization != PHONE_ABORTED && h->phone->customization != PHONE_ACQUIRED &&
           h->phone->customization != PHONE_CUSTOM_PENDING;
}

static void customize(struct handset *h, enum phone_customization c)
{
    h->changed |= h->phone->customization != c;
    h->phone->customization = (uint8_t)c;
}

static void skip(struct handset *h)
{
    handset_stage_end(h, STAGE_ACTIVATION_DNS, STAGE_SKIPPED);
    handset_stage_end(h, STAGE_ACTIVATION, STAGE_SKIPPED);
}

static void by_rule(struct handset *h)
{
    skip(h);
    job_rule(h);
}

/* False: DHCP names nothing, or it did and gave nothing before. */
static bool by_dhcp(struct handset *h, struct str rule)
{
    struct str v = dhcp_value(h);
    if (v.len == 0 || (h->cfg->dhcp_by_success && h->by_dhcp && fresh(h))) {
        h->by_dhcp = false;
        return false;
    }
    take_dhcp(h, v);
    h->by_dhcp = true;
    if (!h->cfg->dhcp_by_success && fresh(h)) {
        customize(h, PHONE_ABORTED);
    }
    say_dhcp(h, rule);
    by_rule(h);
    return true;
}

void handset_resync(struct handset *h)
{
    struct str rule = h->cfg->rule.len ? h->cfg->rule : handset_get(h, "Profile_Rule");
    if (!phone_yes(h->phone, "Provision_Enable") ||
        phone_fault(h->phone, PHONE_FAULT_PROVISION_OFF)) {
        handset_stage_end(h, STAGE_PROVISIONING, STAGE_SKIPPED);
        return;
    }
    if (!job_begin(h, JOB_PROFILE)) {
        h->resync_at = h->now + 60 * USEC_S;
        return;
    }
    if (h->wants & WANT_ONCE) {
        job_rule(h);
    } else if (names_server(rule)) {
        if (h->cfg->rule.len && fresh(h)) {
            customize(h, PHONE_ABORTED);
        }
        by_rule(h);
    } else if (!by_dhcp(h, rule)) {
        if (!fresh(h) || !str_eq(str_trim(rule), STR(USUAL_RULE))) {
            by_rule(h);
        } else {
            h->job->kind = h->lease && h->lease->domain.len ? JOB_SRV : JOB_ACTIVATION;
            job_go(h);
        }
    }
}
