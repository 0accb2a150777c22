/* The tab Voice, and the configuration as a file: every parameter and its value, but for secrets. */
#include <stdio.h>

#include "base/esc.h"
#include "domain/profile/profile.h"
#include "flow/panel/inside.h"

enum tab { TAB_SYSTEM, TAB_SIP, TAB_PROVISIONING, TAB_PHONE, TAB_USER, TAB_EXT, TABS = TAB_EXT };

static const char *const tab_names[] = {"System", "SIP", "Provisioning", "Phone", "User"};

/* Where a parameter is looked for, by how its name begins; the first that fits. */
static const struct {
    const char *head;
    enum tab tab;
} heads[] = {
    {"Report_Problem_Menu", TAB_PHONE},
    {"Provision_", TAB_PROVISIONING},
    {"Resync_", TAB_PROVISIONING},
    {"Profile_", TAB_PROVISIONING},
    {"Forced_Resync", TAB_PROVISIONING},
    {"User_Configurable_Resync", TAB_PROVISIONING},
    {"DHCP_Option_To_Use", TAB_PROVISIONING},
    {"DHCPv6_Option_To_Use", TAB_PROVISIONING},
    {"Log_", TAB_PROVISIONING},
    {"Report_", TAB_PROVISIONING},
    {"HTTP_", TAB_PROVISIONING},
    {"Periodic_Upload", TAB_PROVISIONING},
    {"Upload_Delay", TAB_PROVISIONING},
    {"Upgrade_", TAB_PROVISIONING},
    {"Downgrade_", TAB_PROVISIONING},
    {"Peer_Firmware", TAB_PROVISIONING},
    {"Custom_CA", TAB_PROVISIONING},
    {"PRT_", TAB_PROVISIONING},
    {"GPP_", TAB_PROVISIONING},
    {"IKM_", TAB_PROVISIONING},
    {"MIC_", TAB_PROVISIONING},
    {"Webex_", TAB_PROVISIONING},
    {"Trans", TAB_PROVISIONING},
    {"SIP_", TAB_SIP},
    {"Reg_", TAB_SIP},
    {"RTP_", TAB_SIP},
    {"Max_Forward", TAB_SIP},
    {"Try_Backup", TAB_SIP},
    {"Retry_Reg", TAB_SIP},
    {"NAT_", TAB_SIP},
    {"Survivability_Test", TAB_SIP},
    {"Station_", TAB_PHONE},
    {"Extension_", TAB_PHONE},
    {"Short_Name", TAB_PHONE},
    {"Share_Call", TAB_PHONE},
    {"Extended_Function", TAB_PHONE},
    {"Speed_Dial", TAB_USER},
};

/* The number in "Proxy_2_"; 0: none. */
static unsigned line_in(struct str name)
{
    uint64_t n = 0;
    if (name.len < 3 || name.p[name.len - 1] != '_') {
        return 0;
    }
    size_t at = name.len - 1;
    while (at && ascii_digit(name.p[at - 1])) {
        at--;
    }
    return at && name.p[at - 1] == '_' && str_u64(str_of(name.p + at, name.len - 1 - at), &n) &&
                   n <= PROFILE_LINES_MOST
               ? (unsigned)n
               : 0;
}

static enum tab tab_of(struct str name, unsigned *ret_line)
{
    *ret_line = 0;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (str_starts(name, str_z(heads[i].head)) &&
            (heads[i].tab != TAB_SIP || line_in(name) == 0)) {
            return heads[i].tab;
        }
    }
    *ret_line = line_in(name);
    return *ret_line ? TAB_EXT : TAB_SYSTEM;
}

/* -- every parameter once: those of the table for the whole phone, for each line that it has, then what else was set */

struct each {
    void (*one)(void *ctx, struct str name, struct str value, bool set);
    void *ctx;
};

static void each_of_lines(const struct phone *p, const struct profile_param *param, unsigned lines,
                          const struct each *e)
{
    char name[PROFILE_NAME_MOST + 8];
    const char *at = strstr(param->name, "_n_");
    for (unsigned line = 1; line <= lines; line++) {
        int n = snprintf(name, sizeof name, "%.*s_%u_%s", (int)(at - param->name), param->name,
                         line, at + 3);
        struct str s = str_of(name, n > 0 ? (size_t)n : 0);
        e->one(e->ctx, s, phone_get(p, s), phone_has(p, s));
    }
}

/* Settings that the table does not know, or of lines behind `lines`. */
static void each_other(const struct phone *p, unsigned lines, const struct each *e)
{
    struct str name, value;
    for (size_t i = 0; phone_setting(p, i, &name, &value); i++) {
        unsigned line = 0;
        const struct profile_param *param = profile_param(name, &line);
        if (!param || line > lines) {
            e->one(e->ctx, name, value, true);
        }
    }
}

static unsigned lines_of(const struct panel_facts *f)
{
    unsigned lines = 1;
    for (size_t i = 0; i < f->seen->n_lines; i++) {
        unsigned line = f->seen->line[i].line;
        lines = line > lines && line <= PROFILE_LINES_MOST ? line : lines;
    }
    return lines;
}

static void each_parameter(const struct panel_facts *f, const struct each *e)
{
    const struct phone *p = f->seen->phone;
    unsigned lines = lines_of(f);
    for (size_t i = 0; i < profile_params_n; i++) {
        struct str name = str_z(profile_params[i].name);
        if (strstr(profile_params[i].name, "_n_")) {
            each_of_lines(p, &profile_params[i], lines, e);
        } else {
            e->one(e->ctx, name, phone_get(p, name), phone_has(p, name));
        }
    }
    each_other(p, lines, e);
}

/* -- the page */

struct table {
    struct visit *v;
    enum tab tab;
    unsigned line; /* TAB_EXT */
};

static void put_row(void *ctx, struct str name, struct str value, bool set)
{
    struct table *t = ctx;
    struct visit *v = t->v;
    struct buf b = {.p = NULL};
    struct sink shown = buf_sink(&b);
    unsigned line = 0;
    if (tab_of(name, &line) != t->tab || line != t->line) {
        return;
    }
    panel_write_value(name, value, &shown);
    sink_z(&v->out, "<tr><th scope=\"row\">");
    page_text(v, name);
    sink_fmt(&v->out, "</th><td%s>", set ? " class=\"set\"" : "");
    page_text(v, buf_str(&b));
    sink_z(&v->out, set ? " <small>set</small></td></tr>\n" : "</td></tr>\n");
    if (shown.err != ERR_OK) {
        v->out.err = shown.err;
    }
    buf_clear(&b);
}

static void put_tab(struct visit *v, const char *key, unsigned n, const char *text, bool here)
{
    sink_fmt(&v->out, "<li><a href=\"/voice?%s=%u\"%s>%s", key, n,
             here ? " aria-current=\"true\"" : "", text);
    if (*key == 'e') {
        sink_fmt(&v->out, " %u", n);
    }
    sink_z(&v->out, "</a></li>\n");
}

static uint64_t number_of(struct str query, const char *name)
{
    char room[32];
    struct str value;
    uint64_t n = 0;
    return form_field(query, name, room, sizeof room, &value) && str_u64(value, &n) ? n
                                                                                    : UINT64_MAX;
}

void on_voice(struct visit *v)
{
    uint64_t tab = number_of(v->query, "tab"), ext = number_of(v->query, "ext");
    struct table t = {.v = v, .tab = tab < TABS ? (enum tab)tab : TAB_SYSTEM};
    if (ext >= 1 && ext <= PROFILE_LINES_MOST) {
        t.tab = TAB_EXT;
        t.line = (unsigned)ext;
    }
    page_begin(v, "Voice", "/voice");
    sink_z(&v->out, "<nav aria-label=\"Parameters\"><ul class=\"tabs\">\n");
    for (unsigned i = 0; i < TABS; i++) {
        put_tab(v, "tab", i, tab_names[i], t.tab == i);
    }
    for (unsigned i = 1; i <= lines_of(v->f); i++) {
        put_tab(v, "ext", i, "Ext", t.line == i);
    }
    sink_z(&v->out, "</ul></nav>\n<table class=\"values\"><thead><tr><th scope=\"col\">Parameter"
                    "</th><th scope=\"col\">Value</th></tr></thead><tbody>\n");
    each_parameter(v->f, &(struct each){put_row, &t});
    sink_z(&v->out, "</tbody></table>\n<p><a href=\"/admin/cfg.xml\">cfg.xml</a></p>\n");
    page_end(v);
}

/* -- the file */

static void put_element(void *ctx, struct str name, struct str value, bool set)
{
    struct visit *v = ctx;
    struct buf b = {.p = NULL};
    struct sink shown = buf_sink(&b);
    (void)set;
    if (!profile_is_name(name)) {
        return;
    }
    panel_write_value(name, value, &shown);
    sink_z(&v->out, "<");
    sink_str(&v->out, name);
    sink_z(&v->out, " ua=\"na\">");
    page_text(v, buf_str(&b));
    sink_z(&v->out, "</");
    sink_str(&v->out, name);
    sink_z(&v->out, ">\n");
    if (shown.err != ERR_OK) {
        v->out.err = shown.err;
    }
    buf_clear(&b);
}

void on_cfg_xml(struct visit *v)
{
    v->a->type = "text/xml; charset=utf-8";
    sink_z(&v->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n");
    each_parameter(v->f, &(struct each){put_element, v});
    sink_z(&v->out, "</flat-profile>\n");
}
