/* An announcement in the words of dnsmasq, Kea, ISC dhcpd and BIND. The options are sent whether they were asked for or not:
 * what a phone of this family asks for in option 55 is not documented. */
#include "flow/announce/announce.h"
#include "flow/announce/records.h"

struct option {
    int code;
    const char *kea, *isc; /* their names for it */
};

static const struct option options[] = {{66, "tftp-server-name", "tftp-server-name"},
                                        {160, "provisioning-url", "provisioning-url"}};

static bool wants(const struct announce *a, const struct option *o)
{
    return a->url.len && (o->code == 66 ? a->option66 : a->option160);
}

static void say_who(const struct announce *a, const char *mark, struct sink *out)
{
    if (a->url.len && !a->vendor.len) {
        sink_fmt(out, "%s These options reach every client of the scope, other devices too.\n",
                 mark);
    } else if (a->url.len) {
        sink_fmt(out,
                 "%s Only for clients whose vendor class (option 60) begins with %.*s: phones.\n",
                 mark, STR_ARG(a->vendor));
    }
}

/* -- dnsmasq */

static void dnsmasq_record(const struct announce *a, const struct announce_record *r,
                           struct sink *out)
{
    char text[ADDR_TEXT];
    switch (r->kind) {
    case RECORD_ADDRESS:
        sink_fmt(out, "host-record=%s,%s,%u\n", r->owner, addr_write(r->at, text).p, a->ttl);
        break;
    case RECORD_SRV:
        sink_fmt(out, "srv-host=%s,%.*s,%u,%u,%u\n", r->owner, STR_ARG(r->target), r->port,
                 r->priority, r->weight);
        break;
    case RECORD_NAPTR:
        sink_fmt(out, "naptr-record=%s,%u,%u,s,%s,,%s\n", r->owner, r->priority, r->weight,
                 r->service, r->replacement);
        break;
    }
}

void announce_dnsmasq(const struct announce *a, struct sink *out)
{
    const char *tag = a->vendor.len ? "tag:mpp-phone," : "";
    sink_z(out, "# For /etc/dnsmasq.d\n");
    say_who(a, "#", out);
    if (a->url.len && a->vendor.len) {
        sink_fmt(out, "dhcp-vendorclass=set:mpp-phone,%.*s\n", STR_ARG(a->vendor));
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (wants(a, &options[i])) {
            sink_fmt(out, "dhcp-option-force=%s%d,\"%.*s\"\n", tag, options[i].code,
                     STR_ARG(a->url));
        }
    }
    announce_records(a, dnsmasq_record, out);
}

/* -- Kea */

static void kea_options(const struct announce *a, const char *indent, struct sink *out)
{
    const char *comma = "";
    sink_z(out, "\"option-data\": [");
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (wants(a, &options[i])) {
            sink_fmt(out, "%s\n%s  { \"name\": \"%s\", \"data\": \"%.*s\", \"always-send\": true }",
                     comma, indent, options[i].kea, STR_ARG(a->url));
            comma = ",";
        }
    }
    sink_fmt(out, "\n%s]", indent);
}

void announce_kea(const struct announce *a, struct sink *out)
{
    sink_z(out, "// Members of \"Dhcp4\" of Kea; merge them with those that are there.\n");
    say_who(a, "//", out);
    sink_z(out, "{ \"Dhcp4\": {\n");
    sink_z(out, "  \"option-def\": [\n"
                "    { \"name\": \"provisioning-url\", \"code\": 160, \"type\": \"string\" }\n"
                "  ]");
    if (a->url.len && !a->vendor.len) {
        sink_z(out, ",\n  ");
        kea_options(a, "  ", out);
    } else if (a->url.len) {
        sink_fmt(out,
                 ",\n  \"client-classes\": [\n"
                 "    { \"name\": \"mpp-phone\",\n"
                 "      \"test\": \"substring(option[60].hex,0,%zu) == '%.*s'\",\n"
                 "      ",
                 a->vendor.len, STR_ARG(a->vendor));
        kea_options(a, "      ", out);
        sink_z(out, " }\n  ]");
    }
    sink_z(out, "\n} }\n");
}

/* -- ISC dhcpd */

static void isc_options(const struct announce *a, const char *indent, struct sink *out)
{
    const char *requested = a->option66 && a->option160 ? "42,a0" : a->option66 ? "42" : "a0";
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (wants(a, &options[i])) {
            sink_fmt(out, "%soption %s \"%.*s\";\n", indent, options[i].isc, STR_ARG(a->url));
        }
    }
    sink_fmt(out,
             "%soption dhcp-parameter-request-list =\n"
             "%s    concat(option dhcp-parameter-request-list,%s);\n",
             indent, indent, requested);
}

void announce_isc(const struct announce *a, struct sink *out)
{
    sink_z(out, "# For dhcpd.conf, outside of any subnet.\n");
    say_who(a, "#", out);
    sink_z(out, "option provisioning-url code 160 = text;\n");
    if (a->url.len && !a->vendor.len) {
        isc_options(a, "", out);
    } else if (a->url.len) {
        sink_fmt(out,
                 "class \"mpp-phone\" {\n"
                 "    match if substring(option vendor-class-identifier, 0, %zu) = \"%.*s\";\n",
                 a->vendor.len, STR_ARG(a->vendor));
        isc_options(a, "    ", out);
        sink_z(out, "}\n");
    }
}

/* -- BIND */

static void bind_record(const struct announce *a, const struct announce_record *r, struct sink *out)
{
    char text[ADDR_TEXT];
    sink_fmt(out, "%s. %u IN ", r->owner, a->ttl);
    switch (r->kind) {
    case RECORD_ADDRESS:
        sink_fmt(out, "%s %s\n", r->at.family == 4 ? "A" : "AAAA", addr_write(r->at, text).p);
        break;
    case RECORD_SRV:
        sink_fmt(out, "SRV %u %u %u %.*s.\n", r->priority, r->weight, r->port, STR_ARG(r->target));
        break;
    case RECORD_NAPTR:
        sink_fmt(out, "NAPTR %u %u \"s\" \"%s\" \"\" %s.\n", r->priority, r->weight, r->service,
                 r->replacement);
        break;
    }
}

void announce_bind(const struct announce *a, struct sink *out)
{
    sink_z(out, "; Records for the zones that hold these names.\n");
    announce_records(a, bind_record, out);
}

const struct announce_writer announce_writers[] = {
    {"dnsmasq", true, true, announce_dnsmasq},
    {"kea", true, false, announce_kea},
    {"isc", true, false, announce_isc},
    {"bind", false, true, announce_bind},
    {NULL, false, false, NULL},
};
