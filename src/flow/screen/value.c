/* What the rows of the menus show. */
#include "flow/screen/value.h"

#include "flow/screen/inside.h"

static void put_addr(struct addr a, struct sink *out)
{
    char text[ADDR_TEXT];
    if (addr_unset(a)) {
        sink_z(out, "-");
    } else {
        sink_str(out, addr_write(a, text));
    }
}

static void put_or_dash(struct str s, struct sink *out)
{
    sink_str(out, s.len ? s : STR("-"));
}

static void put_date(const struct screen_facts *f, usec_t date, struct sink *out)
{
    char text[SCREEN_DATE];
    usec_t zone = date == USEC_NONE ? 0 : screen_zone(f->phone);
    sink_str(out, screen_date(date == USEC_NONE ? date : date + zone, text));
}

/* -- network */

bool has_lease(const struct screen_facts *f)
{
    return f->lease != NULL;
}

bool has_no_lease(const struct screen_facts *f)
{
    return f->lease == NULL;
}

bool has_server(const struct screen_facts *f)
{
    return f->lease && !addr_unset(f->dhcp_server);
}

void value_connection(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    sink_z(out, addr_unset(f->dhcp_server) ? "Static IP" : "DHCP");
}

void value_host(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    struct str name = phone_get(f->phone, STR("Host_Name"));
    if (name.len) {
        sink_str(out, name);
        return;
    }
    sink_z(out, "SEP");
    for (size_t k = 0; k < sizeof f->phone->mac.b; k++) {
        sink_fmt(out, "%02X", f->phone->mac.b[k]);
    }
}

void value_domain(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_or_dash(f->lease->domain, out);
}

void value_address(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_addr(f->lease->address, out);
}

void value_mask(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_addr(f->lease->mask, out);
}

void value_router(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_addr(f->lease->router, out);
}

void value_dhcp_server(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_addr(f->dhcp_server, out);
}

static size_t servers(const struct addr *a)
{
    size_t n = 0;
    while (n < HANDSET_SERVERS && !addr_unset(a[n])) {
        n++;
    }
    return n;
}

size_t count_dns(const struct screen_facts *f)
{
    return f->lease ? servers(f->lease->dns) : 0;
}

void label_dns(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)f;
    sink_fmt(out, "DNS server %zu", i + 1);
}

void value_dns(const struct screen_facts *f, size_t i, struct sink *out)
{
    put_addr(f->lease->dns[i], out);
}

size_t count_ntp(const struct screen_facts *f)
{
    return f->lease ? servers(f->lease->ntp) : 0;
}

void label_ntp(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)f;
    sink_fmt(out, "NTP server %zu", i + 1);
}

void value_ntp(const struct screen_facts *f, size_t i, struct sink *out)
{
    put_addr(f->lease->ntp[i], out);
}

size_t count_tftp(const struct screen_facts *f)
{
    return f->lease ? servers(f->lease->tftp) : 0;
}

void label_tftp(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)f;
    sink_fmt(out, "TFTP server %zu", i + 1);
}

void value_tftp(const struct screen_facts *f, size_t i, struct sink *out)
{
    put_addr(f->lease->tftp[i], out);
}

/* -- product */

void value_product(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    sink_z(out, "CP-");
    sink_str(out, phone_model(f->phone));
}

void value_serial(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_or_dash(str_z(f->phone->serial), out);
}

void value_mac(const struct screen_facts *f, size_t i, struct sink *out)
{
    char text[MAC_TEXT];
    (void)i;
    mac_write(f->phone->mac, text);
    sink_z(out, text);
}

void value_software(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_or_dash(phone_load(f->phone), out);
}

void value_hardware(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_or_dash(phone_hardware(f->phone), out);
}

void value_customization(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    sink_z(out, phone_customization_name((enum phone_customization)f->phone->customization));
}

/* -- state */

void value_time(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)i;
    put_date(f, f->date, out);
}

void value_up(const struct screen_facts *f, size_t i, struct sink *out)
{
    char text[SCREEN_SPAN];
    (void)i;
    sink_str(out, screen_span(f->up, text));
}

size_t count_lines(const struct screen_facts *f)
{
    return f->n_lines;
}

void label_line(const struct screen_facts *f, size_t i, struct sink *out)
{
    struct str name = screen_line_name(f->phone, f->line[i].line);
    sink_fmt(out, "Line %u ", f->line[i].line);
    put_or_dash(name, out);
}

void value_line(const struct screen_facts *f, size_t i, struct sink *out)
{
    const struct screen_line *l = &f->line[i];
    sink_z(out, screen_registration_text(l->state));
    if (l->state == SCREEN_LINE_FAILED && l->status) {
        sink_fmt(out, " (%u)", l->status);
    }
}

size_t count_provisioning(const struct screen_facts *f)
{
    size_t n = 0;
    while (n < PHONE_RESULTS && f->phone->result[PHONE_PROVISIONING][n].date) {
        n++;
    }
    return n;
}

bool has_no_provisioning(const struct screen_facts *f)
{
    return count_provisioning(f) == 0;
}

void label_provisioning(const struct screen_facts *f, size_t i, struct sink *out)
{
    put_date(f, f->phone->result[PHONE_PROVISIONING][i].date, out);
}

void value_provisioning(const struct screen_facts *f, size_t i, struct sink *out)
{
    const struct phone_result *r = &f->phone->result[PHONE_PROVISIONING][i];
    struct str why = phone_text(f->phone, r->why);
    sink_z(out, r->ok ? "Succeeded" : "Failed");
    if (why.len) {
        sink_z(out, ": ");
        sink_str(out, why);
    }
}

size_t count_reboots(const struct screen_facts *f)
{
    return f->phone->n_reboots;
}

bool has_no_reboots(const struct screen_facts *f)
{
    return f->phone->n_reboots == 0;
}

void label_reboot(const struct screen_facts *f, size_t i, struct sink *out)
{
    put_date(f, f->phone->reboot[i].date, out);
}

void value_reboot(const struct screen_facts *f, size_t i, struct sink *out)
{
    sink_z(out, phone_reboot_name((enum phone_reboot)f->phone->reboot[i].why));
}

/* -- problem reports */

bool has_report(const struct screen_facts *f)
{
    return f->n_reports != 0;
}

bool has_no_report(const struct screen_facts *f)
{
    return f->n_reports == 0;
}

void value_report_name(const struct screen_facts *f, size_t i, struct sink *out)
{
    put_or_dash(f->report[i].name, out);
}

void value_report_date(const struct screen_facts *f, size_t i, struct sink *out)
{
    put_date(f, f->report[i].date, out);
}

void value_report_text(const struct screen_facts *f, size_t i, struct sink *out)
{
    put_or_dash(f->report[i].text, out);
}

void value_report_uploaded(const struct screen_facts *f, size_t i, struct sink *out)
{
    struct str s = f->report[i].uploaded;
    sink_str(out, s.len ? s : STR("On the phone's page"));
}

size_t count_problems(const struct screen_facts *f)
{
    size_t n = 0;
    (void)f;
    while (screen_problems[n]) {
        n++;
    }
    return n;
}

void label_problem(const struct screen_facts *f, size_t i, struct sink *out)
{
    (void)f;
    sink_z(out, screen_problems[i]);
}

/* -- what settings show and hide */

bool may_report(const struct screen_facts *f)
{
    return phone_yes(f->phone, "Report_Problem_Menu");
}

bool may_resync(const struct screen_facts *f)
{
    return phone_yes(f->phone, "User_Configurable_Resync");
}
