/* The command line of `dialtone probe`. */
#include "app/probe/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/know/know.h"

const struct cli_option probe_option_table[] = {
    {"service", 's', "FILE|NAME", "what to ask, and of whom: a file, or one that comes along",
     NULL},
    {"proxy", 'p', "HOST[:PORT]", "outbound proxy of the line (with a port: no SRV)", NULL},
    {"transport", 0, "NAME", "tls, tcp or udp, toward the outbound proxy", "tls,tcp,udp"},
    {"as", 0, "MODEL", "ask as this phone model does, CP-8865-3PCC for one", NULL},
    {"mac", 0, "MAC", "the phone's MAC address, where a question holds one", NULL},
    {"interface", 'i', "NAME", "network interface for DHCP", NULL},
    {"resolver", 'r', "ADDR", "name server to ask (repeatable); those of this host", NULL},
    {"user", 'u', "USER", "SIP user to register as, with --secret-file", NULL},
    {"secret-file", 0, "FILE", "lines USER PASSWORD, readable by its owner only", NULL},
    {"ca", 0, "FILE", "certificates to trust in place of this host's", NULL},
    {"cert", 0, "FILE", "client certificate with its chain and key, where one is asked for", NULL},
    {"expect", 0, "HOST", "the provisioning server that DHCP should name", NULL},
    {"timeout", 't', "SECONDS", "to wait for one answer (5; REGISTER: as a phone does)", NULL},
    {"idle", 0, "SECONDS", "sip: test up to this long whether a silent binding is kept", NULL},
    {"dry-run", 'n', NULL, "say what would be sent, and to whom; send nothing", NULL},
    {"save", 0, "FILE", "keep what was seen, for `dialtone diagnose`", NULL},
    {"watch", 0, "SECONDS", "again and again, with this pause; shows what changes", NULL},
    {"rounds", 0, "N", "with --watch: end after so many", NULL},
    {"nagios", 0, NULL, "one line and figures, exit code 0, 1, 2 or 3", NULL},
    {"prometheus", 0, "FILE", "write figures to this text file as well", NULL},
    {"output", 'o', "FORMAT", "text, json, jsonl or html", "text,json,jsonl,html"},
    CLI_LANG,
    KNOW_RULES,
    CLI_COLOR,
    {NULL, 0, NULL, NULL, NULL},
};
_Static_assert(sizeof probe_option_table / sizeof *probe_option_table - 1 <= CLI_OPTIONS,
               "the table of values has a row for each");

/* A number of seconds within `least` and `most`, in milliseconds. */
static bool seconds(const struct cli_args *a, const char *name, unsigned least, unsigned most,
                    unsigned *ret_ms)
{
    uint64_t n = 0;
    const char *given = cli_value(a, name, NULL);
    if (!given) {
        return true;
    }
    if (!str_u64(str_z(given), &n) || n < least || n > most) {
        cli_error("--%s: %s is no number from %u to %u", name, given, least, most);
        return false;
    }
    *ret_ms = (unsigned)n * 1000;
    return true;
}

/* "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53" */
static bool read_endpoint(struct str s, uint16_t otherwise, struct endpoint *ret_e)
{
    size_t close = str_chr(s, ']');
    struct str tail = close == STR_NPOS ? s : str_from(s, close);
    size_t colon = str_chr(tail, ':');
    uint64_t port = otherwise;
    bool bare6 = close == STR_NPOS && colon != STR_NPOS &&
                 str_chr(str_from(tail, colon + 1), ':') != STR_NPOS;
    if (colon != STR_NPOS && !bare6) {
        if (!str_u64(str_from(tail, colon + 1), &port) || port == 0 || port > 65535) {
            return false;
        }
        s = str_head(s, s.len - (tail.len - colon));
    }
    ret_e->port = (uint16_t)port;
    return addr_read(s, &ret_e->ip);
}

static bool read_resolvers(const struct cli_args *a, struct probe_options *o)
{
    const char *given;
    for (size_t i = 0; (given = cli_repeated(a, "resolver", i)); i++) {
        if (i == PROBE_RESOLVERS) {
            cli_error("--resolver is given more than %d times", PROBE_RESOLVERS);
            return false;
        }
        if (!read_endpoint(str_z(given), 53, &o->resolver[i])) {
            cli_error("--resolver: %s is no address (192.0.2.53, or 192.0.2.53:53)", given);
            return false;
        }
        o->n_resolvers = i + 1;
    }
    return true;
}

static bool read_phone(const struct cli_args *a, const struct service *s, struct probe_options *o)
{
    const char *model = cli_value(a, "as", "any");
    const char *mac = cli_value(a, "mac", NULL);
    o->model = service_model_find(s, str_z(model));
    if (!o->model) {
        cli_error("--as: the model %s is not known; a service file may add it (docs/probe.md)",
                  model);
        return false;
    }
    o->has_mac = mac && mac_read(str_z(mac), &o->mac);
    if (mac && !o->has_mac) {
        cli_error("--mac: %s is no MAC address", mac);
        return false;
    }
    return true;
}

/* What the command line says of the service holds over its file. */
static bool read_service(const struct cli_args *a, struct service *s)
{
    const char *proxy = cli_value(a, "proxy", NULL);
    const char *transport = cli_value(a, "transport", NULL);
    if (proxy) {
        s->proxy = str_z(proxy);
        s->domain = str_of(NULL, 0);
    }
    if (transport && !service_transport_read(str_z(transport), &s->transport)) {
        return false;
    }
    return true;
}

bool probe_options_read(const struct cli_args *a, struct service *s, struct probe_options *ret_o)
{
    struct probe_options *o = ret_o;
    unsigned idle_ms = 0;
    *o = (struct probe_options){.interface = cli_value(a, "interface", NULL),
                                .user = cli_value(a, "user", NULL),
                                .ca = cli_value(a, "ca", NULL),
                                .cert = cli_value(a, "cert", NULL),
                                .expect = str_z(cli_value(a, "expect", NULL)),
                                .dry_run = cli_given(a, "dry-run"),
                                .wait_ms = 5000};
    bool ok = read_service(a, s) && read_phone(a, s, o) && read_resolvers(a, o) &&
              seconds(a, "timeout", 1, 60, &o->wait_ms) && seconds(a, "idle", 1, 3600, &idle_ms);
    o->idle_s = idle_ms / 1000;
    if (ok && o->user && !cli_given(a, "secret-file")) {
        cli_error("--user needs --secret-file: a password is never given on the command line");
        ok = false;
    }
    return ok;
}
