/* What the hub's page says of this installation: its names, and the ways for phones to find it. */
#include <stdio.h>

#include "app/serve/house.h"
#include "domain/device/vendor.h"
#include "flow/announce/announce.h"

enum { NAME = 512 };

static uint16_t port_of(const struct plan *p, enum transport t)
{
    for (size_t i = 0; i < p->n_listeners; i++) {
        if (p->listener[i].transport == t) {
            return p->listener[i].at.port;
        }
    }
    return 0;
}

/* What is known of this installation, for DHCP and DNS to say. */
static void announce_of(const struct house *h, struct announce *a)
{
    const struct plan *p = &h->plan;
    announce_init(a);
    a->vendor = device_vendor_class;
    a->url = house_provision_url(h);
    a->domain = p->edge.n_domains ? p->edge.domains[0] : STR("");
    a->tls = port_of(p, TRANSPORT_TLS);
    a->tcp = port_of(p, TRANSPORT_TCP);
    a->udp = port_of(p, TRANSPORT_UDP);
    struct str host = {0};
    uint16_t port = 0;
    bool tls = false;
    struct addr address;
    bool named = announce_url(a->url, &host, &port, &tls) && !addr_read(host, &address);
    a->edge[a->n_edges++] = (struct announce_edge){named ? host : a->domain, 5, 50};
    a->dhcp_domain = named ? a->domain : STR("");
}

/* -- names */

static void say_edge(const struct announce *a, struct json *out)
{
    char text[NAME];
    const struct str at = a->domain;
    if (a->tls) {
        (void)snprintf(text, sizeof text, "%.*s (TLS %u)", STR_ARG(at), a->tls);
    } else if (a->tcp) {
        (void)snprintf(text, sizeof text, "%.*s (TCP %u)", STR_ARG(at), a->tcp);
    } else {
        (void)snprintf(text, sizeof text, "%.*s (UDP %u)", STR_ARG(at), a->udp);
    }
    json_kz(out, "edge", text);
}

static void say_names(const struct house *h, const struct announce *a, struct json *out)
{
    char text[NAME];
    json_key(out, "names");
    json_open(out, '{');
    json_kstr(out, "provisioning_url", a->url);
    (void)snprintf(text, sizeof text, "%.*s/software/edos/callhome/rc", STR_ARG(a->url));
    json_kz(out, "activation_url", text);
    say_edge(a, out);
    json_kstr(out, "realm", h->plan.realm);
    json_close(out, '}');
}

/* -- ways */

static void say_snippet(const struct announce_writer *w, const struct announce *a, struct json *out)
{
    struct buf b = {.limit = 65536};
    struct sink s = buf_sink(&b);
    w->write(a, &s);
    json_open(out, '{');
    json_kz(out, "for", w->name);
    json_kstr(out, "text", str_of(b.p ? b.p : "", b.len));
    json_close(out, '}');
    buf_clear(&b);
}

/* A way with what is given out or typed; snippets of the writers that can say it. */
static void say_way(const char *way, const char *value, bool dhcp, bool dns,
                    const struct announce *a, struct json *out)
{
    json_open(out, '{');
    json_kz(out, "way", way);
    json_kz(out, "value", value);
    json_key(out, "snippets");
    json_open(out, '[');
    for (const struct announce_writer *w = announce_writers; a && w->name; w++) {
        if ((dhcp && w->dhcp) || (dns && w->dns)) {
            say_snippet(w, a, out);
        }
    }
    json_close(out, ']');
    json_close(out, '}');
}

static void say_option(const char *way, bool option66, const struct announce *a, struct json *out)
{
    char text[NAME];
    struct announce one = *a;
    one.option66 = option66;
    one.option160 = !option66;
    one.domain = STR("");
    one.dhcp_domain = STR("");
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(a->url));
    say_way(way, text, true, false, &one, out);
}

static void say_ways(const struct house *h, const struct announce *a, struct json *out)
{
    char text[NAME];
    json_key(out, "ways");
    json_open(out, '[');
    say_option("dhcp-160", false, a, out);
    say_option("dhcp-66", true, a, out);
    if (a->dhcp_domain.len) {
        (void)snprintf(text, sizeof text, "_ciscoprov-https._tls.%.*s", STR_ARG(a->dhcp_domain));
        say_way("srv", text, true, true, a, out);
    }
    (void)snprintf(text, sizeof text, "%.*s/$MA.xml", STR_ARG(a->url));
    say_way("rule", text, false, false, NULL, out);
    say_way("redirect", text, false, false, NULL, out);
    if (h->lab) {
        say_way("lab", h->lab->ca, false, false, NULL, out);
    }
    json_close(out, ']');
}

void house_live(void *ctx, const char *language, struct json *out)
{
    const struct house *h = ctx;
    struct announce a;
    char why[ANNOUNCE_WHY] = "";
    (void)language; /* nothing here is in any: the page has the words */
    announce_of(h, &a);
    json_open(out, '{');
    say_names(h, &a, out);
    if (a.url.len && announce_check(&a, why)) {
        say_ways(h, &a, out);
    } else {
        json_kz(out, "problem", a.url.len ? why : "nothing is served to phones");
    }
    json_close(out, '}');
}
