/* What was offered: facts as a phone would tell them of its lease, and the offers side by side. */
#include <stdio.h>

#include "app/probe/lease.h"
#include "app/probe/target.h"
#include "proto/dhcp/dhcp_held.h"
#include "proto/dhcp/dhcp_option.h"

enum { CELL = 256, ROW = 300 };

/* Options that are shown where any server gives them, and those that a lease should have. */
static const struct {
    uint8_t code;
    bool needed;
} shown[] = {
    {DHCP_OPT_MASK, false},       {DHCP_OPT_ROUTER, true},     {DHCP_OPT_DNS, true},
    {DHCP_OPT_DOMAIN, false},     {DHCP_OPT_NTP, false},       {DHCP_OPT_VENDOR, false},
    {DHCP_OPT_CLASS, false},      {DHCP_OPT_TFTP_NAME, false}, {DHCP_OPT_BOOT_FILE, false},
    {DHCP_OPT_SIP, false},        {DHCP_OPT_VIVSO, false},     {DHCP_OPT_VLAN, false},
    {DHCP_OPT_TFTP_ADDRS, false}, {DHCP_OPT_PROV_ADDR, false}, {DHCP_OPT_PROV_URL, false},
};

/* -- facts */

static void tell_option(struct probe *p, const char *key, struct str value, usec_t when)
{
    struct fact f;
    fact_init(&f, FACT_DHCP_OPTION);
    fact_add(&f, FIELD_KEY, str_z(key));
    fact_add(&f, FIELD_VALUE, value);
    probe_tell_at(p, &f, when);
}

/* "router1", "router2": as phones write their leases; `always`: also that there is none. */
static void tell_list(struct probe *p, const struct lease_offer *o, uint8_t code, const char *name,
                      bool always)
{
    enum { MOST = 2 };
    struct addr a[MOST];
    char key[24];
    char text[ADDR_TEXT];
    size_t n = dhcp_addrs(o->m, code, MOST, a);
    a[0] = n == 0 ? addr4(0) : a[0];
    n = n == 0 && always ? 1 : n < MOST ? n : MOST;
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(key, sizeof key, "%s%zu", name, i + 1);
        tell_option(p, key, addr_write(a[i], text), o->when);
    }
}

/* The offer that a phone takes: the first. */
static void tell_lease(struct probe *p, const struct lease_offer *o)
{
    static const uint8_t texts[] = {DHCP_OPT_TFTP_NAME, DHCP_OPT_PROV_ADDR, DHCP_OPT_PROV_URL};
    char text[ADDR_TEXT];
    char key[24];
    struct addr a;
    if (!addr_unset(o->m->yiaddr)) {
        tell_option(p, "ipaddr", addr_write(o->m->yiaddr, text), o->when);
    }
    tell_list(p, o, DHCP_OPT_ROUTER, "router", true);
    tell_list(p, o, DHCP_OPT_DNS, "dns", true);
    tell_list(p, o, DHCP_OPT_NTP, "ntpsvr", false);
    for (size_t i = 0; i < sizeof texts; i++) {
        struct str value = dhcp_text(o->m, texts[i]);
        (void)snprintf(key, sizeof key, "option%u", (unsigned)texts[i]);
        if (value.len > 0) {
            tell_option(p, key, value, o->when);
        }
    }
    if (dhcp_addr(o->m, DHCP_OPT_TFTP_ADDRS, &a)) {
        tell_option(p, "option150", addr_write(a, text), o->when);
    }
}

static void tell_offer(struct probe *p, const struct lease_offer *o, const struct target *t)
{
    char server[ADDR_TEXT];
    char address[ADDR_TEXT];
    struct fact f;
    fact_init(&f, FACT_DHCP_OFFER);
    fact_add(&f, FIELD_SERVER, addr_write(o->server, server));
    if (!addr_unset(o->m->yiaddr)) {
        fact_add(&f, FIELD_ADDRESS, addr_write(o->m->yiaddr, address));
    }
    if (t != NULL) {
        fact_add(&f, FIELD_URL, str_z(t->url));
        fact_add(&f, FIELD_KEY, str_z(t->key));
        fact_add(&f, FIELD_VALUE, str_z(t->value));
    }
    probe_tell_at(p, &f, o->when);
}

static void tell_silence(struct probe *p, const struct lease *a)
{
    char text[80];
    struct fact f;
    fact_init(&f, FACT_DHCP_TIMEOUT);
    (void)snprintf(text, sizeof text, "%u DHCPDISCOVERs in %u s, no offer", a->sent,
                   p->o.wait_ms / 1000);
    fact_add(&f, FIELD_TEXT, str_z(text));
    probe_tell(p, &f);
}

/* -- rows */

static void show_offer(struct probe *p, const struct lease_offer *o, bool rival)
{
    char server[ADDR_TEXT], address[ADDR_TEXT], relay[ADDR_TEXT], mac[MAC_TEXT], subject[CELL];
    uint32_t seconds = 0;
    mac_write(o->from, mac);
    bool relayed = !addr_unset(o->relay);
    bool lease = dhcp_number(o->m, DHCP_OPT_LEASE, 4, &seconds);
    (void)snprintf(subject, sizeof subject, "server %s", addr_write(o->server, server).p);
    (void)addr_write(o->m->yiaddr, address);
    (void)addr_write(o->relay, relay);
    char time[40] = "";
    if (lease) {
        (void)snprintf(time, sizeof time, " for %u s", (unsigned)seconds);
    }
    probe_show(p, rival ? PROBE_WARN : PROBE_OK, str_z(subject), o->ms, "%s%s%s%s%s%s%s",
               o->m->type == DHCP_OFFER ? "offers " : "answers INFORM",
               o->m->type == DHCP_OFFER ? address : "", time, o->has_from ? ", came from " : "",
               o->has_from ? mac : "", relayed ? " through the relay " : "", relayed ? relay : "");
    probe_number(p, "dhcp_offer_ms", str_z(server), (double)o->ms);
    if (lease) {
        probe_number(p, "dhcp_lease_seconds", str_z(server), seconds);
    }
}

/* The option's value as text; "-" where the server gives none. Returns whether it gives one. */
static bool cell(const struct dhcp_message *m, uint8_t code, char ret[CELL])
{
    struct buf b = {.limit = CELL - 1};
    struct sink out = buf_sink(&b);
    bool given = dhcp_has(m, code);
    if (given) {
        dhcp_option_print(m, code, &out);
    }
    (void)snprintf(ret, CELL, "%.*s%s", STR_ARG(buf_str(&b)),
                   !given              ? "-"
                   : out.err != ERR_OK ? "..."
                                       : "");
    buf_clear(&b);
    return given;
}

/* One row of all servers' values; `differing` is its state where they are not alike. */
static void show_cells(struct probe *p, const struct lease *a, struct str subject,
                       enum probe_state differing, char cells[][CELL])
{
    char row[ROW] = "";
    size_t len = 0;
    bool same = true;
    for (size_t i = 1; i < a->n; i++) {
        same = same && strcmp(cells[i], cells[0]) == 0;
    }
    for (size_t i = 0; i < a->n && !same && len < sizeof row; i++) {
        char server[ADDR_TEXT];
        int n = snprintf(row + len, sizeof row - len, "%s%s: %s", i > 0 ? " | " : "",
                         addr_write(a->offer[i].server, server).p, cells[i]);
        len += n > 0 ? (size_t)n : 0;
    }
    probe_show(p, same ? PROBE_NOTE : differing, subject, -1, "%s%s", same ? cells[0] : row,
               same && a->n > 1 ? " (all alike)" : "");
}

/* BOOTP's next server is often the server itself: a difference means nothing. */
static void show_next_server(struct probe *p, const struct lease *a)
{
    char cells[LEASE_OFFERS][CELL];
    bool given = false;
    for (size_t i = 0; i < a->n; i++) {
        (void)snprintf(cells[i], CELL, "-");
        if (!addr_unset(a->offer[i].m->siaddr)) {
            (void)addr_write(a->offer[i].m->siaddr, cells[i]);
            given = true;
        }
    }
    if (given) {
        show_cells(p, a, STR("siaddr, BOOTP's next server"), PROBE_NOTE, cells);
    }
}

static void show_options(struct probe *p, const struct lease *a)
{
    char cells[LEASE_OFFERS][CELL];
    char subject[80];
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        size_t given = 0;
        for (size_t o = 0; o < a->n; o++) {
            given += cell(a->offer[o].m, shown[i].code, cells[o]);
        }
        (void)snprintf(subject, sizeof subject, "option %u, %s", (unsigned)shown[i].code,
                       dhcp_option_name(shown[i].code));
        if (given > 0) {
            show_cells(p, a, str_z(subject), PROBE_WARN, cells);
        } else if (shown[i].needed) {
            probe_show(p, PROBE_FAIL, str_z(subject), -1, "not given");
        }
    }
    show_next_server(p, a);
}

/* What the target was expected to be: --expect, or a provisioning server of the service, which is then taken
 * for what was meant. */
static bool is_expected(struct probe *p, struct str host)
{
    for (size_t i = 0; i < p->service->provisioning.n && p->o.expect.len == 0; i++) {
        struct str own = target_host(p->service->provisioning.v[i]);
        if (str_ieq(own, host)) {
            p->o.expect = own;
        }
    }
    return p->o.expect.len > 0 && str_ieq(p->o.expect, host);
}

static void show_target(struct probe *p, const struct lease_offer *o, const struct target *t)
{
    char server[ADDR_TEXT];
    char subject[80];
    struct str name = p->o.model->name;
    bool any = str_eq(name, STR("any"));
    (void)snprintf(subject, sizeof subject, "%s%.*s would follow %s", any ? "a phone" : "",
                   any ? 0 : (int)name.len, name.p, addr_write(o->server, server).p);
    if (t == NULL) {
        probe_show(p, p->o.expect.len > 0 ? PROBE_WARN : PROBE_NOTE, str_z(subject), -1,
                   "to no server: it goes on with SRV _ciscoprov-https._tls, then activation");
        return;
    }
    bool expected = is_expected(p, target_host(str_z(t->url)));
    enum probe_state state = expected ? PROBE_OK : p->o.expect.len > 0 ? PROBE_FAIL : PROBE_WARN;
    probe_show(p, state, str_z(subject), -1, "to %s, by %s%s%.*s", t->url, t->key,
               state == PROBE_FAIL ? "; expected was " : "",
               state == PROBE_FAIL ? (int)p->o.expect.len : 0, p->o.expect.p ? p->o.expect.p : "");
}

static void show_silence(struct probe *p, const struct lease *a)
{
    probe_show(p, PROBE_FAIL, str_z(a->link->name), -1, "no answer to %u %ss in %u s%s", a->sent,
               dhcp_type_name(a->type), p->o.wait_ms / 1000,
               a->refused ? "; some came that were none" : "");
}

void lease_tell(struct probe *p, const struct lease *a)
{
    probe_number(p, "dhcp_servers", str_z(a->link->name), (double)a->n);
    if (a->n == 0) {
        show_silence(p, a);
        if (a->type == DHCP_DISCOVER) {
            tell_silence(p, a);
        }
        return;
    }
    struct target t[LEASE_OFFERS];
    bool has[LEASE_OFFERS] = {false};
    for (size_t i = 0; i < a->n; i++) {
        has[i] = target_choose(p->o.model, &a->mac, a->offer[i].m, &t[i]);
        tell_offer(p, &a->offer[i], has[i] ? &t[i] : NULL);
        show_offer(p, &a->offer[i], a->n > 1);
    }
    tell_lease(p, &a->offer[0]);
    show_options(p, a);
    for (size_t i = 0; i < a->n; i++) {
        show_target(p, &a->offer[i], has[i] ? &t[i] : NULL);
    }
}

/* -- the host's own lease */

static void show_held(struct probe *p, const char *name, struct str value)
{
    char subject[80];
    if (value.len > 0) {
        (void)snprintf(subject, sizeof subject, "this host's lease: %s", name);
        probe_show(p, PROBE_NOTE, str_z(subject), -1, "%.*s", STR_ARG(value));
    }
}

bool lease_held(struct probe *p, const struct link *l)
{
    char path[LINK_PATH];
    char name[24];
    struct buf text = {.limit = (size_t)1 << 20};
    struct dhcp_held h;
    bool found = link_lease("", l, &text, path) == ERR_OK &&
                 dhcp_held_read(buf_str(&text), str_z(l->name), &h);
    if (found) {
        show_held(p, "file", str_z(path));
        show_held(p, "address", h.address);
        show_held(p, "server", h.server);
        show_held(p, "option 3", h.router);
        show_held(p, "option 6", h.dns);
        show_held(p, "option 15", h.domain);
        show_held(p, "option 42", h.ntp);
        show_held(p, "option 66", h.tftp_name);
        show_held(p, "option 67", h.boot_file);
    }
    for (size_t i = 0; found && i < h.n; i++) {
        (void)snprintf(name, sizeof name, "option %u", (unsigned)h.other[i].code);
        show_held(p, name, h.other[i].value);
    }
    buf_clear(&text);
    return found;
}
