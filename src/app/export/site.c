/* DHCP and DNS of a site: options and records that lead phones here. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/export/internal.h"
#include "domain/device/vendor.h"
#include "flow/announce/announce.h"
#include "io/out/out.h"

const struct announce_writer *export_site(const char *name)
{
    for (const struct announce_writer *w = announce_writers; w->name; w++) {
        if (strcmp(w->name, name) == 0) {
            return w;
        }
    }
    return NULL;
}

static bool port_read(const struct cli_args *a, const char *option, uint16_t *port)
{
    const char *text = cli_value(a, option, NULL);
    uint64_t n = 0;
    if (text && (!str_u64(str_z(text), &n) || n > 65535)) {
        cli_error("--%s takes a port, 0 for none, not '%s'", option, text);
        return false;
    }
    *port = text ? (uint16_t)n : *port;
    return true;
}

static bool edges_read(const struct cli_args *a, const char *option, uint16_t priority,
                       struct announce *to)
{
    const char *value = NULL;
    for (size_t i = 0; (value = cli_repeated(a, option, i)) != NULL; i++) {
        if (to->n_edges == ANNOUNCE_EDGES) {
            cli_error("--%s: more than %d servers", option, ANNOUNCE_EDGES);
            return false;
        }
        to->edge[to->n_edges++] = (struct announce_edge){str_z(value), priority, 50};
    }
    return true;
}

static bool hosts_read(const struct cli_args *a, struct announce *to)
{
    const char *value = NULL;
    for (size_t i = 0; (value = cli_repeated(a, "host", i)) != NULL; i++) {
        struct str address = str_z(value);
        struct announce_host h = {.name = str_cut(&address, '=')};
        if (!addr_read(address, &h.at) || to->n_hosts == ANNOUNCE_HOSTS) {
            cli_error("--host takes NAME=ADDRESS, not '%s'", value);
            return false;
        }
        to->host[to->n_hosts++] = h;
    }
    return true;
}

static bool options_read(const struct cli_args *a, struct announce *to)
{
    const char *value = NULL;
    if (cli_given(a, "option")) {
        to->option66 = to->option160 = false;
    }
    for (size_t i = 0; (value = cli_repeated(a, "option", i)) != NULL; i++) {
        to->option66 = to->option66 || strcmp(value, "66") == 0;
        to->option160 = to->option160 || strcmp(value, "160") == 0;
    }
    to->vendor = cli_given(a, "every-client") ? STR("") : device_vendor_class;
    to->url = str_z(cli_value(a, "url", ""));
    to->dhcp_domain = str_z(cli_value(a, "dhcp-domain", ""));
    to->domain = str_z(cli_value(a, "domain", ""));
    return port_read(a, "tls-port", &to->tls) && port_read(a, "tcp-port", &to->tcp) &&
           port_read(a, "udp-port", &to->udp);
}

/* What is asked for and what this system can say must meet. */
static bool fits(const struct announce_writer *w, const struct announce *a)
{
    char why[ANNOUNCE_WHY];
    bool dns = a->n_hosts || a->n_edges || a->dhcp_domain.len;
    if (!announce_check(a, why)) {
        cli_error("%s", why);
        return false;
    }
    if (w->dhcp && !w->dns && !a->url.len) {
        cli_error("%s says what DHCP tells phones: --url https://HOST/PATH is needed", w->name);
        return false;
    }
    if (!a->url.len && !dns) {
        cli_error("%s: what is to be said? --url, --domain with --edge, --host", w->name);
        return false;
    }
    if (a->n_edges && !a->domain.len) {
        cli_error("--edge: of which --domain?");
        return false;
    }
    if (dns && !w->dns) {
        cli_error("%s does DHCP only: names are told by `dialtone export bind` or dnsmasq",
                  w->name);
        return false;
    }
    if (!dns && !w->dhcp) {
        cli_error("%s does names only: DHCP options are told by `dialtone export kea`, isc or "
                  "dnsmasq",
                  w->name);
        return false;
    }
    return true;
}

int export_site_run(const struct cli_args *a, const struct announce_writer *w)
{
    struct announce what;
    announce_init(&what);
    if (!options_read(a, &what) || !edges_read(a, "edge", 5, &what) ||
        !edges_read(a, "backup", 10, &what) || !hosts_read(a, &what) || !fits(w, &what)) {
        return CLI_USAGE;
    }
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    struct sink s = out_init(o, STDOUT_FILENO);
    w->write(&what, &s);
    int code = out_flush(o) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
    free(o);
    return code;
}
