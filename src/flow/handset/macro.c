/* What the macros of rules and messages stand for in this phone. */
#include <stdio.h>

#include "domain/profile/profile.h"
#include "flow/handset/inside.h"

static const char *scheme_text(enum rule_scheme s)
{
    static const char *const names[] = {"tftp", "http", "https", "gds"};
    return names[s];
}

/* UID1, DISPLAYNAME1, AUTHID1, PROXY1. */
static bool of_line(const struct handset *h, struct str name, struct str *ret)
{
    static const struct {
        const char *name, *param;
    } rows[] = {{"UID", "User_ID"},
                {"DISPLAYNAME", "Display_Name"},
                {"AUTHID", "Auth_ID"},
                {"PROXY", "Proxy"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t line = 0;
        struct str head = str_z(rows[i].name);
        if (str_starts(name, head) && str_u64(str_from(name, head.len), &line) && line > 0 &&
            line <= HANDSET_LINES) {
            *ret = phone_of_line(h->phone, rows[i].param, (unsigned)line);
            return true;
        }
    }
    return false;
}

static bool of_request(struct handset *h, struct str name, struct str *ret)
{
    struct handset_job *j = h->job;
    const struct rule_result *to = &j->to;
    struct addr a = j->at_addr < j->n_addr ? j->addr[j->at_addr] : addr_of(NULL, 0);
    const struct {
        const char *name;
        struct str value;
    } rows[] = {
        {"SCHEME", str_z(scheme_text(to->scheme))},
        {"METH", str_z(scheme_text(to->scheme))},
        {"SERV", to->host},
        {"SERVIP", a.family ? addr_write(a, j->servip) : to->host},
        {"PORT", str_number(j->macros.text[4], to->port)},
        {"PATH", to->path},
        {"ERR", STR("Download failed")},
    };
    for (size_t i = 0; to->has_url && i < sizeof rows / sizeof *rows; i++) {
        if (str_eq(name, str_z(rows[i].name))) {
            *ret = rows[i].value;
            return true;
        }
    }
    return false;
}

static bool get(void *ctx, struct str name, bool secret, struct str *ret)
{
    struct handset *h = ctx;
    char gpp[8];
    bool letter = name.len == 1 && name.p[0] >= 'A' && name.p[0] <= 'P';
    bool hidden =
        secret && name.len == 2 && name.p[0] == 'S' && name.p[1] >= 'A' && name.p[1] <= 'D';
    if (letter || hidden) {
        int n = snprintf(gpp, sizeof gpp, "GPP_%.*s", (int)name.len, name.p);
        *ret = phone_get(h->phone, str_of(gpp, (size_t)n));
        return true;
    }
    if (str_eq(name, STR("VERSION"))) {
        *ret = str_z(h->job->version);
        return true;
    }
    return of_line(h, name, ret) || of_request(h, name, ret) ||
           rule_phone_get(&h->job->macros, name, secret, ret);
}

struct rule_values job_macros(struct handset *h)
{
    return (struct rule_values){.get = get, .ctx = h};
}

static int64_t seconds_since(const struct handset *h, usec_t t)
{
    return t == USEC_NONE ? 0 : (h->now - t) / USEC_S;
}

void job_macros_begin(struct handset *h)
{
    struct handset_job *j = h->job;
    const struct phone *p = h->phone;
    char version[PHONE_VERSION];
    j->macros = (struct rule_phone){
        .mac = p->mac,
        .model = phone_model(p),
        .serial = str_z(p->serial),
        .firmware = phone_load(p),
        .hardware = phone_hardware(p),
        .ip = h->lease ? addr_write(h->lease->address, j->ip) : STR(""),
        .certificate = !phone_fault(p, PHONE_FAULT_CERTIFICATE_MISSING),
        .customized = p->customization == PHONE_ACQUIRED,
        .resync_state = h->prvst,
        .upgrade_state = h->upgrade_errors ? 2 : 1,
        .since_resync = seconds_since(h, h->resync_since),
        .since_upgrade = seconds_since(h, h->upgrade_since),
    };
    (void)snprintf(j->version, sizeof j->version, "Cisco-CP-%.*s/%.*s", STR_ARG(phone_model(p)),
                   STR_ARG(phone_version(p, version)));
}

struct str job_expand(struct handset *h, struct str text)
{
    struct rule_values values = job_macros(h);
    struct str out = STR("");
    return rule_expand(text, &values, false, &h->job->arena, &out) ? STR("") : out;
}

void job_say(struct handset *h, const char *name, const char *row)
{
    struct str message = handset_get(h, name);
    const struct profile_param *param = profile_param(str_z(name), NULL);
    if (!h->cfg->line || message.len == 0) {
        return;
    }
    if (!param || !str_eq(message, str_z(param->usual))) {
        SAY(h, "voice", NULL, job_join(h, STR("fapp-"), job_expand(h, message)));
        return;
    }
    SAY(h, "voice", row, job_expand(h, STR("$PN")), job_expand(h, STR("$MAC")),
        job_expand(h, STR("$SCHEME://$SERVIP:$PORT$PATH")));
}
