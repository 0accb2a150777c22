/* What an announcement may hold, and the records that it comes to. */
#include "flow/announce/announce.h"

#include <stdio.h>

#include "flow/announce/records.h"

enum { NAME_MOST = 253, LABEL_MOST = 63, URL_MOST = 240, VENDOR_MOST = 64 };

void announce_init(struct announce *a)
{
    *a = (struct announce){
        .option66 = true, .option160 = true, .tls = 5061, .tcp = 5060, .udp = 5060, .ttl = 300};
}

/* RFC 1123 2.1: letters, digits, hyphens inside; labels of 1 to 63 bytes; no address. */
static bool is_name(struct str s)
{
    size_t label = 0;
    struct addr at;
    if (s.len == 0 || s.len > NAME_MOST || addr_read(s, &at)) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '.') {
            if (label == 0 || s.p[i - 1] == '-') {
                return false;
            }
            label = 0;
        } else if ((!ascii_alnum(s.p[i]) && (s.p[i] != '-' || label == 0)) ||
                   ++label > LABEL_MOST) {
            return false;
        }
    }
    return label > 0 && s.p[s.len - 1] != '-';
}

bool announce_url(struct str url, struct str *ret_host, uint16_t *ret_port, bool *ret_tls)
{
    bool tls = str_istarts(url, STR("https://"));
    uint64_t port = tls ? 443 : 80;
    if (!tls && !str_istarts(url, STR("http://"))) {
        return false;
    }
    struct str rest = str_from(url, tls ? 8 : 7);
    struct str host = str_cut(&rest, '/');
    struct str digits = host;
    host = str_cut(&digits, ':');
    if ((digits.len > 0 && (!str_u64(digits, &port) || port < 1 || port > 65535)) ||
        host.len == 0) {
        return false;
    }
    *ret_host = host;
    *ret_port = (uint16_t)port;
    *ret_tls = tls;
    return true;
}

/* What stands between quotes in each of the files, and means only itself there. */
static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("\"'\\,;`{}<>", s.p[i]) != NULL) {
            return false;
        }
    }
    return s.len <= URL_MOST;
}

static bool wrong(char ret_why[ANNOUNCE_WHY], const char *what, struct str value, const char *why)
{
    (void)snprintf(ret_why, ANNOUNCE_WHY, "%s '%.*s': %s", what,
                   (int)(value.len < 80 ? value.len : 80), value.len ? value.p : "", why);
    return false;
}

bool announce_check(const struct announce *a, char ret_why[ANNOUNCE_WHY])
{
    static const char *const no_name = "is no host name (letters, digits, '-', '.')";
    struct str host = {0};
    struct addr at;
    uint16_t port = 0;
    bool tls = false;
    if (a->url.len && (!announce_url(a->url, &host, &port, &tls) || !is_plain(a->url) ||
                       (!is_name(host) && !addr_read(host, &at)))) {
        return wrong(ret_why, "URL", a->url,
                     "is not http(s)://HOST[:PORT]/PATH, of 240 bytes at most, without quotes, "
                     "commas, semicolons and braces");
    }
    if (a->vendor.len > VENDOR_MOST || !is_plain(a->vendor)) {
        return wrong(ret_why, "vendor class", a->vendor, "is longer than 64 bytes, or not plain");
    }
    if (a->dhcp_domain.len && !is_name(a->dhcp_domain)) {
        return wrong(ret_why, "domain of the phones", a->dhcp_domain, no_name);
    }
    if (a->dhcp_domain.len && !is_name(host)) {
        return wrong(ret_why, "URL", a->url, "SRV records need a host name in it, not an address");
    }
    if (a->domain.len && !is_name(a->domain)) {
        return wrong(ret_why, "domain", a->domain, no_name);
    }
    for (size_t i = 0; i < a->n_edges; i++) {
        if (!is_name(a->edge[i].host)) {
            return wrong(ret_why, "server", a->edge[i].host, no_name);
        }
    }
    for (size_t i = 0; i < a->n_hosts; i++) {
        if (!is_name(a->host[i].name)) {
            return wrong(ret_why, "host", a->host[i].name, no_name);
        }
    }
    return true;
}

/* -- records */

struct service {
    const char *srv, *naptr;
    uint16_t order;
};

/* TLS first: a phone that reads NAPTR takes the lowest order that it can (RFC 3263 4.1). */
static const struct service services[] = {
    {"_sips._tcp", "SIPS+D2T", 10}, {"_sip._tcp", "SIP+D2T", 20}, {"_sip._udp", "SIP+D2U", 30}};

static uint16_t service_port(const struct announce *a, size_t i)
{
    return i == 0 ? a->tls : i == 1 ? a->tcp : a->udp;
}

static void owner_set(char *to, size_t cap, const char *head, struct str domain)
{
    (void)snprintf(to, cap, "%s%s%.*s", head, *head ? "." : "", STR_ARG(domain));
}

void announce_records(const struct announce *a,
                      void (*each)(const struct announce *a, const struct announce_record *r,
                                   struct sink *out),
                      struct sink *out)
{
    struct announce_record r;
    struct str host;
    bool tls = false;
    for (size_t i = 0; i < a->n_hosts; i++) {
        r = (struct announce_record){.kind = RECORD_ADDRESS, .at = a->host[i].at};
        owner_set(r.owner, sizeof r.owner, "", a->host[i].name);
        each(a, &r, out);
    }
    r = (struct announce_record){.kind = RECORD_SRV, .weight = 50};
    if (a->dhcp_domain.len && announce_url(a->url, &host, &r.port, &tls)) {
        r.target = host;
        owner_set(r.owner, sizeof r.owner, tls ? "_ciscoprov-https._tls" : "_ciscoprov-http._tcp",
                  a->dhcp_domain);
        each(a, &r, out);
    }
    for (size_t s = 0; a->domain.len && a->n_edges && s < 3; s++) {
        if (service_port(a, s) == 0) {
            continue;
        }
        r = (struct announce_record){.kind = RECORD_NAPTR,
                                     .service = services[s].naptr,
                                     .priority = services[s].order,
                                     .weight = 50};
        owner_set(r.owner, sizeof r.owner, "", a->domain);
        owner_set(r.replacement, sizeof r.replacement, services[s].srv, a->domain);
        each(a, &r, out);
        for (size_t i = 0; i < a->n_edges; i++) {
            r = (struct announce_record){.kind = RECORD_SRV,
                                         .target = a->edge[i].host,
                                         .port = service_port(a, s),
                                         .priority = a->edge[i].priority,
                                         .weight = a->edge[i].weight};
            owner_set(r.owner, sizeof r.owner, services[s].srv, a->domain);
            each(a, &r, out);
        }
    }
}
