/* The command line of `dialtone fleet`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/fleet/inside.h"
#include "io/sockaddr/sockaddr.h"

const struct cli_option fleet_option_table[] = {
    {"count", 'c', "N", "so many phones (100)", NULL},
    {"server", 's', "ADDR[:PORT]", "where they register (127.0.0.1:5060)", NULL},
    {"domain", 'd', "NAME", "domain of their addresses (the server)", NULL},
    {"transport", 0, "NAME", "udp, tcp or tls (udp)", "udp,tcp,tls"},
    {"ca", 0, "FILE", "tls: authorities to believe, in place of this host's", NULL},
    {"cert", 0, "FILE", "tls: a certificate that all phones show, with its chain and key", NULL},
    {"tls", 0, "VERSION", "tls: 1.2, as nearly all phones, or 1.3 (1.2)", "1.2,1.3"},
    {"user", 'u', "NUMBER", "the first phone's user; the others count up (100000)", NULL},
    {"secret-file", 0, "FILE",
     "lines USER PASSWORD, or \"* PASSWORD\" for all; readable by its owner only", NULL},
    {"pace", 'p', "PACE", "when they begin: 500, 0-500:60s,500, storm (100)", NULL},
    {"time", 't', "TIME",
     "end after so long, as 90s or 10m (when all have been up once, or failed)", NULL},
    {"storm", 0, "TIME", "then all begin anew at the same moment", NULL},
    {"journey", 'j', "HOST[:PORT]", "whole journeys, from this activation service on", NULL},
    {"dns", 0, "ADDR[:PORT]", "journeys: the name server", NULL},
    {"authority", 0, "DIR",
     "journeys: a folder of `dialtone ca`, whose key signs a certificate for each phone", NULL},
    {"list", 0, NULL, "journeys: print the devices, as the hub imports them, and end", NULL},
    {"expires", 0, "SECONDS", "to ask for (3600)", NULL},
    {"from", 0, "ADDR[+N]", "local address, or N of them that follow one another", NULL},
    {"threads", 0, "N", "threads (1)", NULL},
    {"seed", 0, "N", "of MAC addresses, tags and delays (1)", NULL},
    {"output", 'o', "FORMAT", "text, json, or jsonl (a line each second)", "text,json,jsonl"},
    {"html", 0, "FILE", "write a report with plots", NULL},
    {NULL, 0, NULL, NULL, NULL},
};
_Static_assert(sizeof fleet_option_table / sizeof *fleet_option_table - 1 <= CLI_OPTIONS,
               "the table of values has a row for each");

static bool number(const struct cli_args *a, const char *name, uint64_t least, uint64_t most,
                   uint64_t *ret)
{
    const char *given = cli_value(a, name, NULL);
    if (given && (!str_u64(str_z(given), ret) || *ret < least || *ret > most)) {
        cli_error("--%s: %s is no number from %llu to %llu", name, given, (unsigned long long)least,
                  (unsigned long long)most);
        return false;
    }
    return true;
}

static bool length(const struct cli_args *a, const char *name, usec_t *ret)
{
    const char *given = cli_value(a, name, NULL);
    *ret = USEC_NONE;
    if (given && !pace_time(str_z(given), ret)) {
        cli_error("--%s: %s is no time; write it as 90s, 10m or 1h", name, given);
        return false;
    }
    return true;
}

static bool read_server(struct fleet_cfg *cfg)
{
    struct endpoint to;
    if (!endpoint_read(str_z(cfg->server), 5060, &to)) {
        cli_error("--server: %s is no address with or without a port", cfg->server);
        return false;
    }
    if (cfg->from.family == 0 && !sockaddr_own(to, &cfg->from)) {
        cli_error("--server: this host knows no way to %s: %s", cfg->server, strerror(errno));
        return false;
    }
    return true;
}

static bool read_from(const struct cli_args *a, struct fleet_cfg *cfg)
{
    const char *given = cli_value(a, "from", NULL);
    uint64_t n = 1;
    cfg->froms = 1;
    if (!given) {
        return true;
    }
    struct str rest = str_z(given);
    struct str addr = str_cut(&rest, '+');
    if (!addr_read(addr, &cfg->from) ||
        (rest.len && (!str_u64(rest, &n) || n < 1 || n > FLEET_SOCKETS)) ||
        cfg->from.b[cfg->from.family == 4 ? 3 : 15] + n > 256) {
        cli_error(
            "--from: %s is no address, with +N behind it where there are several (32 at most)",
            given);
        return false;
    }
    cfg->froms = (unsigned)n;
    return true;
}

static bool read_tls(const struct cli_args *a, struct fleet_cfg *cfg)
{
    struct str given = str_z(cli_value(a, "transport", "udp"));
    char why[TLS_WHY] = "";
    cfg->transport = str_eq(given, STR("tls"))   ? SELECT_TLS
                     : str_eq(given, STR("tcp")) ? SELECT_TCP
                                                 : SELECT_UDP;
    bool newer = strcmp(cli_value(a, "tls", "1.2"), "1.3") == 0;
    const struct tls_client_cfg tls = {.ca = cli_value(a, "ca", NULL),
                                       .cert = cli_value(a, "cert", NULL),
                                       .maximum = newer ? 0 : 0x0303};
    if (cfg->transport == SELECT_TLS && tls_client_new(&tls, &cfg->tls, why) != ERR_OK) {
        cli_error("--ca, --cert: %s", why);
        return false;
    }
    return true;
}

static bool read_pace(struct fleet_cfg *cfg)
{
    struct err_at at = {.offset = 0};
    if (pace_read(str_z(cfg->pace_text), &cfg->pace, &at) != ERR_OK) {
        cli_error("--pace: %s, at %s", at.what,
                  *cfg->pace_text ? cfg->pace_text + at.offset : "its start");
        return false;
    }
    if (pace_due(&cfg->pace, cfg->phones - 1) == USEC_NONE) {
        cli_error("--pace: its steps are over before all %llu phones have begun; let the last one "
                  "have no time",
                  (unsigned long long)cfg->phones);
        return false;
    }
    return true;
}

static bool read_numbers(const struct cli_args *a, struct fleet_cfg *cfg)
{
    uint64_t threads = 1, expires = 3600;
    cfg->phones = 100;
    cfg->first_user = 100000;
    cfg->seed = 1;
    bool ok = number(a, "count", 1, FLEET_PHONES, &cfg->phones) &&
              number(a, "user", 0, 999999999999, &cfg->first_user) &&
              number(a, "threads", 1, FLEET_THREADS, &threads) &&
              number(a, "expires", 1, 86400, &expires) &&
              number(a, "seed", 0, UINT64_MAX, &cfg->seed) && length(a, "time", &cfg->length) &&
              length(a, "storm", &cfg->storm_at);
    cfg->threads = (unsigned)(threads < cfg->phones ? threads : cfg->phones);
    cfg->expires = (uint32_t)expires;
    if (ok && cfg->storm_at != USEC_NONE && cfg->length == USEC_NONE) {
        cli_error("--storm needs --time: when is it over?");
        return false;
    }
    return ok;
}

enum { DNS_PORT = 53 };

/* -- whole journeys */

static bool read_authority(const struct cli_args *a, struct fleet_cfg *cfg)
{
    const char *folder = cli_value(a, "authority", NULL);
    char cert[FLEET_TEXT], key[FLEET_TEXT], why[PKI_WHY] = "";
    if (!folder) {
        return true;
    }
    int n = snprintf(cert, sizeof cert, "%s/ca.crt", folder);
    int m = snprintf(key, sizeof key, "%s/ca.key", folder);
    if (n < 0 || m < 0 || n >= FLEET_TEXT || m >= FLEET_TEXT) {
        cli_error("--authority: the path is too long");
        return false;
    }
    if (pki_load_ca(cert, key, &cfg->authority, why) != ERR_OK) {
        cli_error("--authority: %s", why);
        return false;
    }
    return true;
}

/* Certificates, one behind the other. */
static bool read_trust(const struct cli_args *a, struct fleet_cfg *cfg)
{
    const char *path = cli_value(a, "ca", NULL);
    char bytes[4096];
    FILE *f = path ? fopen(path, "re") : NULL;
    size_t n = 0;
    bool ok = !path || f;
    while (f && ok && (n = fread(bytes, 1, sizeof bytes, f)) > 0) {
        ok = buf_add(&cfg->trust, str_of(bytes, n)) == ERR_OK;
    }
    if (!ok || (f && ferror(f))) {
        cli_error("--ca: %s: %s", path, strerror(errno));
    }
    if (f) {
        (void)fclose(f);
    }
    cfg->desk.trust = buf_str(&cfg->trust);
    return ok;
}

static void desk_settings(struct fleet_cfg *cfg, struct str host, uint16_t port)
{
    struct handset_cfg *h = &cfg->desk.handset;
    h->activation_host = h->activation_old_host = host;
    h->activation_port = port;
    h->at_once = true;
    cfg->desk.any_port = true;
    cfg->desk.pool = (size_t)cfg->phones * 32 + 65536;
    cfg->desk.host_clock = true;
}

static bool read_journey(const struct cli_args *a, struct fleet_cfg *cfg)
{
    struct str rest = str_z(cli_value(a, "journey", ""));
    struct str host = str_cut(&rest, ':');
    const char *dns = cli_value(a, "dns", NULL);
    struct endpoint server;
    uint64_t port = 443;
    desk_cfg_usual(&cfg->desk);
    if (host.len == 0 || (rest.len && (!str_u64(rest, &port) || port < 1 || port > 65535))) {
        cli_error("--journey: it wants a name with or without a port");
        return false;
    }
    if (!dns) {
        cli_error("--journey needs --dns: whom are the names asked of?");
        return false;
    }
    if (!endpoint_read(str_z(dns), DNS_PORT, &server)) {
        cli_error("--dns: %s is no address with or without a port", dns);
        return false;
    }
    cfg->desk.dns_port = server.port;
    desk_settings(cfg, host, (uint16_t)port);
    if (cfg->from.family == 0 && !sockaddr_own(server, &cfg->from)) {
        cli_error("--dns: this host knows no way to %s: %s", dns, strerror(errno));
        return false;
    }
    for (unsigned i = 0; i < cfg->froms; i++) {
        struct handset_lease *l = &cfg->lease[i];
        uint8_t *last = &l->address.b[cfg->from.family == 4 ? 3 : 15];
        l->address = cfg->from;
        *last = (uint8_t)(*last + i);
        l->mask = addr4(0xffffff00);
        l->dns[0] = server.ip;
    }
    return read_trust(a, cfg) && read_authority(a, cfg);
}

bool fleet_cfg_read(const struct cli_args *a, struct fleet_cfg *ret)
{
    struct fleet_cfg cfg = {.server = cli_value(a, "server", "127.0.0.1:5060"),
                            .pace_text = cli_value(a, "pace", "100")};
    const char *secrets = cli_value(a, "secret-file", NULL);
    cfg.domain = cli_value(a, "domain", cfg.server);
    cfg.journeys = cli_given(a, "journey");
    if (cli_given(a, "list") || cfg.journeys) {
        bool ok = read_numbers(a, &cfg) && read_from(a, &cfg) && read_pace(&cfg) &&
                  (!cfg.journeys || read_journey(a, &cfg));
        *ret = cfg;
        ret->desk.trust = buf_str(&ret->trust);
        return ok;
    }
    if (!read_numbers(a, &cfg) || !read_from(a, &cfg) || !read_server(&cfg) || !read_pace(&cfg)) {
        return false;
    }
    if (!secrets) {
        cli_error("--secret-file is needed: a password is never given on the command line");
        return false;
    }
    cfg.secrets = secrets_load(secrets);
    *ret = cfg;
    return cfg.secrets && read_tls(a, ret);
}
