/* What the phone knows of itself, as pairs in sections: for the page Info > Status and for status.xml, whose elements are the
 * same names (docs/sources.md: MPP administration guide; what it does not name stands behind what it does). */
#include <stdio.h>

#include "base/esc.h"
#include "flow/panel/inside.h"

enum { ROOM = 1024 };

/* -- sections and pairs */

/* "Next Registration In Seconds" is <Next_Registration_In_Seconds>. */
static void put_element(struct walk *w, const char *label)
{
    for (; *label; label++) {
        if (*label == ' ' || *label == '-') {
            sink_char(w->out, '_');
        } else if (ascii_alnum(*label)) {
            sink_char(w->out, *label);
        }
    }
}

static void section(struct walk *w, const char *title)
{
    panel_walk_end(w);
    w->section = title;
    if (w->xml) {
        sink_z(w->out, "<");
        put_element(w, title);
        sink_z(w->out, ">\n");
    } else {
        sink_fmt(w->out, "<section><h2>%s</h2><dl>\n", title);
    }
}

void panel_walk_end(struct walk *w)
{
    if (w->section && w->xml) {
        sink_z(w->out, "</");
        put_element(w, w->section);
        sink_z(w->out, ">\n");
    } else if (w->section) {
        sink_z(w->out, "</dl></section>\n");
    }
    w->section = NULL;
}

static void pair(struct walk *w, const char *label, struct str value)
{
    if (w->xml) {
        sink_z(w->out, "<");
        put_element(w, label);
        sink_z(w->out, ">");
        esc_html(w->out, value);
        sink_z(w->out, "</");
        put_element(w, label);
        sink_z(w->out, ">\n");
    } else {
        sink_fmt(w->out, "<div><dt>%s</dt><dd>", label);
        esc_html(w->out, value.len ? value : STR("-"));
        sink_z(w->out, "</dd></div>\n");
    }
}

static void pair_z(struct walk *w, const char *label, const char *value)
{
    pair(w, label, str_z(value));
}

static void pair_number(struct walk *w, const char *label, uint64_t n)
{
    char text[STR_NUMBER];
    pair(w, label, str_number(text, n < INT64_MAX ? (int64_t)n : INT64_MAX));
}

static void pair_addr(struct walk *w, const char *label, struct addr a)
{
    char text[ADDR_TEXT];
    pair(w, label, addr_unset(a) ? STR("") : addr_write(a, text));
}

static void pair_endpoint(struct walk *w, const char *label, struct endpoint e)
{
    char text[ENDPOINT_TEXT];
    pair(w, label, addr_unset(e.ip) ? STR("") : endpoint_write(e, text));
}

static void pair_date(struct walk *w, const char *label, usec_t date)
{
    char text[SCREEN_DATE];
    pair(w, label, date == USEC_NONE ? STR("") : screen_date(date, text));
}

/* Text of several pieces, of at most ROOM bytes. */
struct piece {
    char p[ROOM];
    struct buf buf;
    struct sink out;
};

static struct sink *piece_begin(struct piece *t)
{
    t->buf = (struct buf){.limit = ROOM};
    t->out = buf_sink(&t->buf);
    return &t->out;
}

static void piece_pair(struct walk *w, const char *label, struct piece *t)
{
    if (t->out.err == ERR_MEMORY && w->out->err == ERR_OK) {
        w->out->err = ERR_MEMORY;
    }
    pair(w, label, buf_str(&t->buf));
    buf_clear(&t->buf);
}

void put_stamp(usec_t date, struct sink *out)
{
    char text[SCREEN_DATE];
    struct str s = screen_date(date, text);
    if (s.len < 19) {
        sink_z(out, "-");
        return;
    }
    sink_fmt(out, "%.2s/%.2s/%.2s %.8s", s.p + 5, s.p + 8, s.p + 2, s.p + 11);
}

/* -- sections of Info > Status */

static void put_host(const struct phone *p, struct sink *out)
{
    struct str name = phone_get(p, STR("Host_Name"));
    if (name.len) {
        sink_str(out, name);
        return;
    }
    sink_fmt(out, "SEP%02X%02X%02X%02X%02X%02X", p->mac.b[0], p->mac.b[1], p->mac.b[2], p->mac.b[3],
             p->mac.b[4], p->mac.b[5]);
}

static void ntp(struct walk *w, const struct screen_facts *f, const char *label,
                const char *setting, size_t i)
{
    struct str set = phone_get(f->phone, str_z(setting));
    if (set.len) {
        pair(w, label, set);
    } else {
        pair_addr(w, label, f->lease ? f->lease->ntp[i] : (struct addr){.family = 0});
    }
}

static void system_information(struct walk *w, const struct screen_facts *f)
{
    struct piece t;
    section(w, "System Information");
    put_host(f->phone, piece_begin(&t));
    piece_pair(w, "Host Name", &t);
    struct str domain = phone_get(f->phone, STR("Domain"));
    pair(w, "Domain", domain.len || !f->lease ? domain : f->lease->domain);
    ntp(w, f, "Primary NTP Server", "Primary_NTP_Server", 0);
    ntp(w, f, "Secondary NTP Server", "Secondary_NTP_Server", 1);
}

static void ipv4_information(struct walk *w, const struct screen_facts *f)
{
    static const struct handset_lease none;
    const struct handset_lease *l = f->lease ? f->lease : &none;
    section(w, "IPv4 Information");
    pair_z(w, "IP Status", f->lease ? "OK" : "No address");
    pair_z(w, "Connection Type",
           !f->lease                    ? ""
           : addr_unset(f->dhcp_server) ? "Static IP"
                                        : "DHCP");
    pair_addr(w, "Current IP", l->address);
    pair_addr(w, "Current Netmask", l->mask);
    pair_addr(w, "Current Gateway", l->router);
    pair_addr(w, "Primary DNS", l->dns[0]);
    pair_addr(w, "Secondary DNS", l->dns[1]);
    pair_addr(w, "DHCP Server", f->dhcp_server);
}

static void reboot_history(struct walk *w, const struct phone *p)
{
    section(w, "Reboot History");
    for (unsigned i = 0; i < PHONE_REBOOTS; i++) {
        char label[32];
        struct piece t;
        struct sink *out = piece_begin(&t);
        (void)snprintf(label, sizeof label, "Reboot Reason %u", i + 1);
        if (i < p->n_reboots) {
            sink_z(out, "[");
            put_stamp(p->reboot[i].date, out);
            sink_z(out, w->xml ? "]" : "] ");
            sink_z(out, phone_reboot_name((enum phone_reboot)p->reboot[i].why));
        }
        piece_pair(w, label, &t);
    }
}

static void product_information(struct walk *w, const struct phone *p)
{
    char mac[MAC_TEXT];
    struct piece t;
    section(w, "Product Information");
    struct sink *out = piece_begin(&t);
    sink_z(out, "CP-");
    sink_str(out, phone_model(p));
    piece_pair(w, "Product Name", &t);
    pair(w, "Software Version", phone_load(p));
    mac_write(p->mac, mac);
    pair_z(w, "MAC Address", mac);
    pair_z(w, "Customization",
           phone_customization_name((enum phone_customization)p->customization));
    pair_z(w, "Serial Number", p->serial);
    pair(w, "Hardware Version", phone_hardware(p));
}

static void phone_status(struct walk *w, const struct panel_facts *f)
{
    char span[SCREEN_SPAN];
    section(w, "Phone Status");
    pair_date(w, "Current Time", f->seen->date);
    pair(w, "Elapsed Time", screen_span(f->seen->up, span));
    pair_number(w, "SIP Messages Sent", f->sip_sent);
    pair_number(w, "SIP Messages Recv", f->sip_received);
    pair_number(w, "SIP Bytes Sent", f->sip_bytes_sent);
    pair_number(w, "SIP Bytes Recv", f->sip_bytes_received);
}

static void journey(struct walk *w, const struct panel_facts *f)
{
    if (!f->stage) {
        return;
    }
    section(w, "Journey");
    for (unsigned s = 0; s < STAGES; s++) {
        pair_z(w, stage_name((enum stage)s),
               s == (unsigned)f->seen->doing ? "under way"
                                             : stage_state_name((enum stage_state)f->stage[s]));
    }
}

static void line_status(struct walk *w, const struct screen_facts *f, const struct screen_line *l)
{
    char title[32];
    (void)snprintf(title, sizeof title, "Ext %u Status", l->line);
    section(w, title);
    pair(w, "User ID", phone_of_line(f->phone, "User_ID", l->line));
    pair_z(w, "Registration State",
           l->state == SCREEN_LINE_REGISTERED ? "Registered" : "Not Registered");
    if (l->state == SCREEN_LINE_FAILED && l->status) {
        pair_number(w, "Last Answer", l->status);
    }
    pair_date(w, "Last Registration At", l->registered_at);
    if (l->next_in != USEC_NONE) {
        pair_number(w, "Next Registration In Seconds",
                    l->next_in > 0 ? (uint64_t)(l->next_in / USEC_S) : 0);
    } else {
        pair_z(w, "Next Registration In Seconds", "");
    }
    if (l->local.port) {
        pair_number(w, "Mapped SIP Port", l->local.port);
    }
    pair_endpoint(w, "SIP Server", l->server);
    panel_walk_end(w); /* `title` ends with this function */
}

static void call_status(struct walk *w, const struct screen_facts *f)
{
    static const char *const states[] = {"Ringing", "Connected", "Held", "Ended"};
    for (size_t i = 0; i < f->n_calls; i++) {
        const struct screen_call *c = &f->call[i];
        char title[40], span[SCREEN_SPAN];
        (void)snprintf(title, sizeof title, "Line %u Call %zu Status", c->line, i + 1);
        section(w, title);
        pair_z(w, "Call State", states[c->state]);
        pair_z(w, "Type", c->outgoing ? "Outbound" : "Inbound");
        pair(w, "Peer Phone", c->number);
        pair(w, "Peer Name", c->name);
        pair(w, "Duration", screen_span(f->now - c->since, span));
        panel_walk_end(w);
    }
}

static void report_status(struct walk *w, const struct panel_facts *f)
{
    section(w, "PRT Status");
    pair(w, "PRT Generation Status", f->report_state);
    pair(w, "PRT Upload Status", f->upload_state);
}

/* -- what was fetched: Info > Download Status */

static void results(struct walk *w, const struct phone *p, enum phone_kind kind, const char *what)
{
    for (unsigned i = 0; i < PHONE_RESULTS; i++) {
        const struct phone_result *r = &p->result[kind][i];
        char label[48];
        struct piece t;
        (void)snprintf(label, sizeof label, "%s Status %u", what, i + 1);
        struct sink *out = piece_begin(&t);
        if (r->date) {
            sink_z(out, r->ok ? "Succeeded on " : "Failed on ");
            put_stamp(r->date, out);
            sink_z(out, ": ");
            panel_write_value(STR("Profile_Rule"), phone_text(p, r->url), out);
        }
        piece_pair(w, label, &t);
    }
}

static void why(struct walk *w, const struct phone *p, enum phone_kind kind, const char *label)
{
    const struct phone_result *r = &p->result[kind][0];
    pair(w, label, r->date && !r->ok ? phone_text(p, r->why) : STR(""));
}

void panel_walk_downloads(struct walk *w, const struct panel_facts *f)
{
    const struct phone *p = f->seen->phone;
    struct piece t;
    section(w, "Firmware Upgrade Status");
    results(w, p, PHONE_UPGRADE, "Firmware Upgrade");
    section(w, "Provisioning Status");
    panel_write_value(STR("Profile_Rule"), phone_get(p, STR("Profile_Rule")), piece_begin(&t));
    piece_pair(w, "Provisioning Profile", &t);
    results(w, p, PHONE_PROVISIONING, "Provisioning");
    why(w, p, PHONE_PROVISIONING, "Provisioning Failure Reason");
    section(w, "Custom CA Status");
    results(w, p, PHONE_CA, "Custom CA Provisioning");
    why(w, p, PHONE_CA, "Custom CA Failure Reason");
    panel_walk_end(w);
}

void panel_walk_status(struct walk *w, const struct panel_facts *f)
{
    system_information(w, f->seen);
    ipv4_information(w, f->seen);
    product_information(w, f->seen->phone);
    phone_status(w, f);
    journey(w, f);
    for (size_t i = 0; i < f->seen->n_lines; i++) {
        line_status(w, f->seen, &f->seen->line[i]);
    }
    call_status(w, f->seen);
    reboot_history(w, f->seen->phone);
    report_status(w, f);
    panel_walk_downloads(w, f);
}
