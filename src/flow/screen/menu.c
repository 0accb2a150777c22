/* The menus: a row for each item (docs/sources.md: the guide, MPP administration guide; items that show more than those documents name
 * stand behind them). */
#include "flow/screen/inside.h"
#include "flow/screen/value.h"

#define OPEN(label, to) ROW_OPEN, to, label, NULL, NULL, NULL, NULL
#define OPEN_IF(label, to, shown) ROW_OPEN, to, label, shown, NULL, NULL, NULL
#define SHOW(label, value) ROW_SHOW, 0, label, NULL, NULL, NULL, value
#define SHOW_IF(label, value, shown) ROW_SHOW, 0, label, shown, NULL, NULL, value
#define EACH(count, labels, value) ROW_EACH, 0, NULL, NULL, count, labels, value
#define FIELD(label, field) ROW_FIELD, field, label, NULL, NULL, NULL, NULL
#define NOTE(text) ROW_NOTE, 0, text, NULL, NULL, NULL, NULL
#define NOTE_IF(text, shown) ROW_NOTE, 0, text, shown, NULL, NULL, NULL

const struct row menu[] = {
    {PAGE_APPLICATIONS, OPEN("Status", PAGE_STATUS)},
    {PAGE_APPLICATIONS, OPEN("Device administration", PAGE_ADMIN)},

    {PAGE_SETTINGS, OPEN("Status", PAGE_STATUS)},
    {PAGE_SETTINGS, OPEN("Device administration", PAGE_ADMIN)},

    {PAGE_STATUS, OPEN("Product information", PAGE_PRODUCT)},
    {PAGE_STATUS, OPEN("Network status", PAGE_NETWORK)},
    {PAGE_STATUS, OPEN("Phone status", PAGE_PHONE)},
    {PAGE_STATUS, OPEN("Line status", PAGE_LINES)},
    {PAGE_STATUS, OPEN("Provisioning", PAGE_PROVISIONING)},
    {PAGE_STATUS, OPEN("Reboot history", PAGE_REBOOTS)},
    {PAGE_STATUS, OPEN_IF("Report problem", PAGE_REPORT, may_report)},
    {PAGE_STATUS, OPEN_IF("Last problem report info", PAGE_LAST_REPORT, may_report)},

    {PAGE_NETWORK, OPEN("IPv4 status", PAGE_IPV4)},
    {PAGE_NETWORK, SHOW("Host name", value_host)},
    {PAGE_NETWORK, SHOW_IF("Domain", value_domain, has_lease)},

    {PAGE_IPV4, NOTE_IF("The phone has no address.", has_no_lease)},
    {PAGE_IPV4, SHOW_IF("Connection type", value_connection, has_lease)},
    {PAGE_IPV4, SHOW_IF("IP address", value_address, has_lease)},
    {PAGE_IPV4, SHOW_IF("Subnet mask", value_mask, has_lease)},
    {PAGE_IPV4, SHOW_IF("Default router", value_router, has_lease)},
    {PAGE_IPV4, EACH(count_dns, label_dns, value_dns)},
    {PAGE_IPV4, SHOW_IF("DHCP server", value_dhcp_server, has_server)},
    {PAGE_IPV4, EACH(count_ntp, label_ntp, value_ntp)},
    {PAGE_IPV4, EACH(count_tftp, label_tftp, value_tftp)},

    {PAGE_PRODUCT, SHOW("Product name", value_product)},
    {PAGE_PRODUCT, SHOW("Serial number", value_serial)},
    {PAGE_PRODUCT, SHOW("MAC address", value_mac)},
    {PAGE_PRODUCT, SHOW("Software version", value_software)},
    {PAGE_PRODUCT, SHOW("Hardware version", value_hardware)},
    {PAGE_PRODUCT, SHOW("Customization", value_customization)},

    {PAGE_PHONE, SHOW("Current time", value_time)},
    {PAGE_PHONE, SHOW("Elapsed time", value_up)},

    {PAGE_LINES, EACH(count_lines, label_line, value_line)},

    {PAGE_PROVISIONING, NOTE_IF("Nothing was fetched yet.", has_no_provisioning)},
    {PAGE_PROVISIONING, EACH(count_provisioning, label_provisioning, value_provisioning)},

    {PAGE_REBOOTS, NOTE_IF("No restart is remembered.", has_no_reboots)},
    {PAGE_REBOOTS, EACH(count_reboots, label_reboot, value_reboot)},

    {PAGE_REPORT, FIELD("Date", SCREEN_FIELD_DATE)},
    {PAGE_REPORT, FIELD("Time", SCREEN_FIELD_TIME)},
    {PAGE_REPORT, ROW_CHOICE, PAGE_PROBLEM, "Select problem", NULL, NULL, NULL, NULL},

    {PAGE_PROBLEM, ROW_PICK, 0, NULL, NULL, count_problems, label_problem, NULL},

    {PAGE_LAST_REPORT, NOTE_IF("No problem was reported.", has_no_report)},
    {PAGE_LAST_REPORT, SHOW_IF("Report", value_report_name, has_report)},
    {PAGE_LAST_REPORT, SHOW_IF("Made", value_report_date, has_report)},
    {PAGE_LAST_REPORT, SHOW_IF("Problem", value_report_text, has_report)},
    {PAGE_LAST_REPORT, SHOW_IF("Upload", value_report_uploaded, has_report)},

    {PAGE_ADMIN, OPEN_IF("Profile rule", PAGE_RULE, may_resync)},
    {PAGE_ADMIN, OPEN("Restart", PAGE_RESTART)},
    {PAGE_ADMIN, OPEN("Factory reset", PAGE_RESET)},

    {PAGE_RULE, FIELD("Rule", SCREEN_FIELD_RULE)},
    {PAGE_RULE, NOTE("The configuration is fetched from there once. Without a rule: from where it "
                     "usually is.")},

    {PAGE_RESTART, NOTE("The phone restarts. Calls end.")},

    {PAGE_RESET, NOTE("All settings and the history of this phone are erased. Then it "
                      "restarts as it left its box.")},
};
const size_t menu_n = sizeof menu / sizeof *menu;

bool menu_item(const struct screen_facts *f, uint8_t page, size_t nth, struct item *ret)
{
    for (size_t i = 0; i < menu_n; i++) {
        const struct row *r = &menu[i];
        if (r->page != page || (r->shown && !r->shown(f))) {
            continue;
        }
        size_t n = r->count ? r->count(f) : 1;
        if (nth < n) {
            *ret = (struct item){.row = r, .i = nth};
            return true;
        }
        nth -= n;
    }
    return false;
}

size_t menu_count(const struct screen_facts *f, uint8_t page)
{
    struct item item;
    size_t n = 0;
    while (menu_item(f, page, n, &item)) {
        n++;
    }
    return n;
}

/* -- what pages that ask for something do */

static void report_opened(struct screen *s, const struct screen_facts *f)
{
    char text[SCREEN_DATE];
    struct str now = screen_date(f->date + screen_zone(f->phone), text);
    bool known = now.len > 16;
    field_set(s, SCREEN_FIELD_DATE, known ? str_head(now, 10) : STR(""));
    field_set(s, SCREEN_FIELD_TIME, known ? str_head(str_from(now, 11), 5) : STR(""));
    s->problem = 0;
}

static bool report_ready(const struct screen *s, const struct screen_facts *f)
{
    (void)f;
    return s->problem != 0;
}

static bool report_done(struct screen *s, const struct screen_facts *f, struct screen_action *ret)
{
    if (!type_date(s, f, &ret->date)) {
        s->said = "There is no such date or time.";
        return false;
    }
    ret->what = SCREEN_REPORT;
    ret->text = str_z(screen_problems[s->problem - 1]);
    s->said = "The problem is being reported.";
    return true;
}

static void rule_opened(struct screen *s, const struct screen_facts *f)
{
    (void)f;
    field_set(s, SCREEN_FIELD_RULE, STR(""));
}

static bool rule_done(struct screen *s, const struct screen_facts *f, struct screen_action *ret)
{
    (void)f;
    ret->what = SCREEN_RESYNC;
    ret->text = str_trim(field_str(s, SCREEN_FIELD_RULE));
    s->said = "The configuration is being fetched.";
    return true;
}

static bool restart_done(struct screen *s, const struct screen_facts *f, struct screen_action *ret)
{
    (void)f;
    ret->what = SCREEN_RESTART;
    s->depth = 0;
    return true;
}

static bool reset_done(struct screen *s, const struct screen_facts *f, struct screen_action *ret)
{
    (void)f;
    ret->what = SCREEN_FACTORY_RESET;
    s->depth = 0;
    return true;
}

const struct page_row pages[PAGES] = {
    [PAGE_MAIN] = {.title = ""},
    [PAGE_APPLICATIONS] = {.title = "Applications"},
    [PAGE_SETTINGS] = {.title = "Settings"},
    [PAGE_STATUS] = {.title = "Status"},
    [PAGE_NETWORK] = {.title = "Network status"},
    [PAGE_IPV4] = {.title = "IPv4 status"},
    [PAGE_PRODUCT] = {.title = "Product information"},
    [PAGE_PHONE] = {.title = "Phone status"},
    [PAGE_LINES] = {.title = "Line status"},
    [PAGE_PROVISIONING] = {.title = "Provisioning"},
    [PAGE_REBOOTS] = {.title = "Reboot history"},
    [PAGE_REPORT] = {"Report problem", "Submit", report_ready, report_opened, report_done},
    [PAGE_PROBLEM] = {.title = "Select problem"},
    [PAGE_LAST_REPORT] = {.title = "Last problem report info"},
    [PAGE_ADMIN] = {.title = "Device administration"},
    [PAGE_RULE] = {"Profile rule", "Resync", NULL, rule_opened, rule_done},
    [PAGE_RESTART] = {"Restart", "Restart", NULL, NULL, restart_done},
    [PAGE_RESET] = {"Factory reset", "Reset", NULL, NULL, reset_done},
};
