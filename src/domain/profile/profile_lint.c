/* What of a configuration will keep a phone from its dial tone, or surprises whoever wrote it. */
#include <stdarg.h>
#include <stdio.h>

#include "domain/profile/profile.h"

struct lint {
    const struct profile_value *v;
    size_t n;
    const struct profile_lint_cfg *cfg;
    void (*note)(void *ctx, const struct profile_note *note);
    void *ctx;
};

static void tell(const struct lint *l, enum profile_severity severity, const char *code,
                 struct str name, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void tell(const struct lint *l, enum profile_severity severity, const char *code,
                 struct str name, const char *fmt, ...)
{
    struct profile_note note = {.severity = severity, .code = code, .name = name};
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(note.text, sizeof note.text, fmt, ap);
    va_end(ap);
    l->note(l->ctx, &note);
}

static struct str value_of(const struct lint *l, struct str name)
{
    for (size_t i = 0; i < l->n; i++) {
        if (str_eq(l->v[i].name, name)) {
            return str_trim(l->v[i].value);
        }
    }
    return str_of(NULL, 0);
}

static struct str line_value(const struct lint *l, const char *name, unsigned line)
{
    char full[PROFILE_NAME_MOST + 1];
    (void)snprintf(full, sizeof full, "%s_%u_", name, line);
    return value_of(l, str_z(full));
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.p[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* -- each value by itself */

static void lint_known(const struct lint *l, const struct profile_value *v,
                       const struct profile_param *p, unsigned line)
{
    char why[PROFILE_WHY];
    if (!profile_value_check(p, v->value, why)) {
        tell(l, PROFILE_ERROR, "value", v->name, "%s", why);
    }
    if (line > 0 && l->cfg->lines && line > l->cfg->lines) {
        tell(l, PROFILE_WARNING, "line", v->name,
             "this model has %u lines: the phone passes it over", l->cfg->lines);
    }
    bool own = str_starts(v->name, STR("User_ID_")) || str_starts(v->name, STR("Auth_ID_"));
    if ((own || p->kind == PROFILE_SECRET) && v->rank < l->cfg->device_rank && v->value.len) {
        tell(l, PROFILE_WARNING, "shared", v->name, "%s stands in a layer that many phones share",
             own ? "a line's identity" : "a secret");
    }
}

/* A name that is right but for its letters' case is not known to the phone. */
static const struct profile_param *nearly(struct str name)
{
    for (const struct profile_param *p = profile_params; p->name; p++) {
        if (str_ieq(name, str_z(p->name))) {
            return p;
        }
    }
    return NULL;
}

static void lint_value(const struct lint *l, const struct profile_value *v)
{
    unsigned line = 0;
    const struct profile_param *p = profile_param(v->name, &line);
    if (!profile_is_name(v->name)) {
        tell(l, PROFILE_ERROR, "name", v->name, "is no name of a parameter");
        return;
    }
    if (p) {
        lint_known(l, v, p, line);
    } else {
        const struct profile_param *near = nearly(v->name);
        if (near) {
            tell(l, PROFILE_ERROR, "case", v->name, "is written %s: phones tell letters by case",
                 near->name);
        } else {
            tell(l, PROFILE_INFO, "unknown", v->name,
                 "is not in the table: a name that the phone does not know either is passed over");
        }
    }
    if (!is_ascii(v->value)) {
        tell(l, PROFILE_INFO, "ascii", v->name,
             "older firmware shows ASCII only; its documents say both UTF-8 and ASCII");
    }
}

/* -- what does not go together */

static void lint_provisioning(const struct lint *l)
{
    if (str_eq(value_of(l, STR("Provision_Enable")), STR("No"))) {
        tell(l, PROFILE_ERROR, "no-provisioning", STR("Provision_Enable"),
             "the phone never asks for a configuration again, not even when told to");
    }
    if (str_eq(value_of(l, STR("Resync_Error_Retry_Delay")), STR("0"))) {
        tell(l, PROFILE_WARNING, "no-retry", STR("Resync_Error_Retry_Delay"),
             "after one failed download the phone does not try again");
    }
    if (str_eq(value_of(l, STR("Resync_On_Reset")), STR("No"))) {
        tell(l, PROFILE_WARNING, "no-reset", STR("Resync_On_Reset"),
             "a restart does not bring a new configuration");
    }
    if (str_eq(value_of(l, STR("Resync_From_SIP")), STR("No"))) {
        tell(l, PROFILE_WARNING, "no-notify", STR("Resync_From_SIP"),
             "the phone cannot be told to resync from here");
    }
    if (str_eq(value_of(l, STR("Resync_Periodic")), STR("0")) &&
        value_of(l, STR("Resync_At__HHmm_")).len == 0) {
        tell(l, PROFILE_INFO, "no-period", STR("Resync_Periodic"),
             "changes arrive only by a restart or when told");
    }
}

static bool in_domain(struct str host, struct str domain)
{
    return str_ieq(host, domain) ||
           (host.len > domain.len + 1 && host.p[host.len - domain.len - 1] == '.' &&
            str_ieq(str_from(host, host.len - domain.len), domain));
}

static void lint_restricted(const struct lint *l)
{
    struct str rest = value_of(l, STR("Restricted_Access_Domains"));
    if (rest.len == 0 || l->cfg->host.len == 0) {
        return;
    }
    while (rest.len) {
        if (in_domain(l->cfg->host, str_trim(str_cut(&rest, ',')))) {
            return;
        }
    }
    tell(l, PROFILE_ERROR, "restricted", STR("Restricted_Access_Domains"),
         "does not hold %.*s: the phone would refuse to come back", STR_ARG(l->cfg->host));
}

/* Whether it is a bare name that only SRV can lead further from. */
static bool has_port(struct str proxy)
{
    return str_chr(proxy, ':') != STR_NPOS;
}

static void lint_line(const struct lint *l, unsigned line)
{
    char name[PROFILE_NAME_MOST + 1];
    struct str user = line_value(l, "User_ID", line);
    struct str proxy = line_value(l, "Proxy", line);
    struct str outbound = line_value(l, "Outbound_Proxy", line);
    bool srv = str_eq(line_value(l, "Use_DNS_SRV", line), STR("Yes"));
    if (user.len == 0 || str_eq(line_value(l, "Line_Enable", line), STR("No"))) {
        return;
    }
    if (proxy.len == 0) {
        (void)snprintf(name, sizeof name, "Proxy_%u_", line);
        tell(l, PROFILE_ERROR, "no-proxy", str_z(name), "the line has a user, but no server");
    }
    if (line_value(l, "Password", line).len == 0) {
        (void)snprintf(name, sizeof name, "Password_%u_", line);
        tell(l, PROFILE_WARNING, "no-password", str_z(name),
             "the line has a user, but no password: registration will be refused");
    }
    struct str first = outbound.len ? outbound : proxy;
    if (srv && has_port(first)) {
        (void)snprintf(name, sizeof name, "Use_DNS_SRV_%u_", line);
        tell(l, PROFILE_WARNING, "srv-port", str_z(name),
             "SRV is not asked for a server that is written with a port");
    } else if (srv && first.len && first.p[0] != '_' &&
               !str_eq(line_value(l, "DNS_SRV_Auto_Prefix", line), STR("Yes"))) {
        (void)snprintf(name, sizeof name, "DNS_SRV_Auto_Prefix_%u_", line);
        tell(l, PROFILE_WARNING, "srv-prefix", str_z(name),
             "should be Yes: without it the phone asks for SRV of the bare name, which has none");
    }
    if (str_eq(line_value(l, "Register", line), STR("No"))) {
        (void)snprintf(name, sizeof name, "Register_%u_", line);
        tell(l, PROFILE_WARNING, "no-register", str_z(name), "the line never registers");
    }
}

void profile_lint(const struct profile_value *v, size_t n, const struct profile_lint_cfg *cfg,
                  void (*note)(void *ctx, const struct profile_note *note), void *ctx)
{
    const struct lint l = {v, n, cfg, note, ctx};
    for (size_t i = 0; i < n; i++) {
        lint_value(&l, &v[i]);
    }
    lint_provisioning(&l);
    lint_restricted(&l);
    unsigned lines = cfg->lines ? cfg->lines : PROFILE_LINES_MOST;
    for (unsigned line = 1; line <= lines && line <= PROFILE_LINES_MOST; line++) {
        lint_line(&l, line);
    }
}
