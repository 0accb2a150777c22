/* The command line of `dialtone phone`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/phone/inside.h"
#include "base/random.h"
#include "domain/profile/profile.h"
#include "flow/fleet/pace.h"
#include "io/exchange/exchange.h"
#include "io/sockaddr/sockaddr.h"

const struct cli_option phone_option_table[] = {
    {"mac", 'm', "MAC", "its MAC address (00:00:5e:00:53:21)", NULL},
    {"serial", 0, "TEXT", "its serial number (made of the MAC address)", NULL},
    {"model", 0, "MODEL", "CP-8851-3PCC, CP-8865-3PCC, ... (CP-8851-3PCC)", NULL},
    {"load", 0, "TEXT", "its firmware (12.0.2 of its model)", NULL},
    {"interface", 'i', "NAME",
     "a lease by DHCP on this interface; needs CAP_NET_RAW and CAP_NET_ADMIN", NULL},
    {"address", 'a', "ADDR", "its address, one of this host's (the one toward its name server)",
     NULL},
    {"router", 0, "ADDR", "its way out, as the log tells it (this host's)", NULL},
    {"dns", 'd', "ADDR[:PORT]", "name server (those of this host) (repeatable)", NULL},
    {"ntp", 0, "ADDR[:PORT]", "time server (none: its clock is this host's)", NULL},
    {"domain", 0, "NAME", "domain of its lease: _ciscoprov-https._tcp is asked for there", NULL},
    {"dhcp-option", 0, "N=VALUE", "66, 150, 159, 160, 43, 60 or 125 of its lease (repeatable)",
     NULL},
    {"activation", 0, "HOST[:PORT]", "in place of activate.cisco.com", NULL},
    {"rule", 'r', "RULE", "a profile rule, typed once before all others", NULL},
    {"set", 's', "NAME=VALUE", "a parameter, as Proxy_1_=example.com (repeatable)", NULL},
    {"settings", 0, "FILE", "lines NAME=VALUE, also secrets; readable by its owner only", NULL},
    {"ca", 0, "FILE", "authorities that it believes (those of this host)", NULL},
    {"cert", 0, "FILE", "its certificate, with its chain (none)", NULL},
    {"key", 0, "FILE", "the certificate's key; readable by its owner only", NULL},
    {"expired", 0, "FILE", "certificate and key that the fault certificate-expired shows", NULL},
    {"fault", 'f', "NAME", "what is wrong with it; \"list\" names them all (repeatable)", NULL},
    {"scenario", 0, "FILE", "faults, parameters, options of the lease and a rule together", NULL},
    {"folder", 0, "DIR", "where its memory, log and reports stay (nowhere)", NULL},
    {"report", 0, NULL, "leave a problem report there when it ends", NULL},
    {"web", 'w', "[ADDR:]PORT", "its own pages by HTTPS, at its address (none)", NULL},
    {"screen", 0, NULL, "its screen: keys from the terminal, or their names line by line", NULL},
    {"until", 'u', "WHAT",
     "end when it is provisioned, or registered; settled: registered, or a stage failed",
     "provisioned,registered,settled"},
    {"time", 't', "TIME", "end after so long at most, as 90s or 10m", NULL},
    {"seed", 0, "N", "of its delays, tags and Call-IDs (by chance)", NULL},
    {"output", 'o', "FORMAT", "text, or jsonl (an event a line)", "text,jsonl"},
    KNOW_RULES,
    CLI_COLOR,
    {NULL, 0, NULL, NULL, NULL},
};
_Static_assert(sizeof phone_option_table / sizeof *phone_option_table - 1 <= CLI_OPTIONS,
               "the table of values has a row for each");

/* -- files */

bool phone_file_read(const char *option, const char *path, bool secret, struct buf *ret)
{
    char bytes[16384];
    struct stat st;
    size_t n = 0;
    FILE *f = fopen(path, "re");
    bool ok = f && fstat(fileno(f), &st) == 0;
    if (ok && secret && (st.st_mode & (S_IRWXG | S_IRWXO))) {
        cli_error("--%s: %s holds a secret and others may read it; chmod 600 it", option, path);
        (void)fclose(f);
        return false;
    }
    ret->limit = PHONE_FILE_MOST;
    enum err e = ERR_OK;
    while (ok && e == ERR_OK && (n = fread(bytes, 1, sizeof bytes, f)) > 0) {
        e = buf_add(ret, str_of(bytes, n));
    }
    if (!ok || ferror(f)) {
        cli_error("--%s: %s: %s", option, path, strerror(errno));
        ok = false;
    } else if (e != ERR_OK) {
        cli_error("--%s: %s is larger than %d MiB", option, path, PHONE_FILE_MOST >> 20);
        ok = false;
    }
    if (f) {
        (void)fclose(f);
    }
    return ok;
}

static bool read_pem(const struct cli_args *a, const char *name, bool secret, struct buf *room,
                     struct str *ret)
{
    const char *path = cli_value(a, name, NULL);
    if (path && !phone_file_read(name, path, secret, room)) {
        return false;
    }
    *ret = buf_str(room);
    if (path && str_find(*ret, STR("-----BEGIN ")) == STR_NPOS) {
        cli_error("--%s: %s is no PEM file", name, path);
        return false;
    }
    return true;
}

static bool read_certificates(const struct cli_args *a, struct phone_cfg *cfg)
{
    struct desk_cfg *d = &cfg->desk;
    bool alone = cli_value(a, "cert", NULL) && !cli_value(a, "key", NULL);
    return read_pem(a, "ca", false, &cfg->file[0], &d->trust) &&
           read_pem(a, "cert", alone, &cfg->file[1], &d->cert) &&
           read_pem(a, "key", true, &cfg->file[2], &d->key) &&
           read_pem(a, "expired", true, &cfg->file[3], &d->cert_expired);
}

/* -- who it is */

static void make_serial(struct mac m, char room[PHONE_SERIAL])
{
    unsigned n = (unsigned)m.b[3] << 16 | (unsigned)m.b[4] << 8 | m.b[5];
    (void)snprintf(room, PHONE_SERIAL, "FCH%08u", n);
}

/* The load of a family of models (docs/sources.md). */
static const char *usual_load(struct str model)
{
    static const struct {
        const char *begins, *load;
    } rows[] = {{"8845", "sip8845_65.12-0-2MPP0001-20230510"},
                {"8865", "sip8845_65.12-0-2MPP0001-20230510"},
                {"88", "sip88xx.12-0-2MPP0001-20230510"},
                {"78", "sip78xx.12-0-2MPP0001-20230510"},
                {"68", "sip68xx.12-0-2MPP0001-20230510"},
                {"", "sip88xx.12-0-2MPP0001-20230510"}};
    size_t i = 0;
    while (!str_starts(model, str_z(rows[i].begins))) {
        i++;
    }
    return rows[i].load;
}

static bool read_identity(const struct cli_args *a, struct phone_cfg *cfg)
{
    static char serial[PHONE_SERIAL];
    const char *mac = cli_value(a, "mac", "00:00:5e:00:53:21");
    struct str model = str_z(cli_value(a, "model", "CP-8851-3PCC"));
    uint64_t random = cfg->seed;
    if (!mac_read(str_z(mac), &cfg->identity.mac)) {
        cli_error("--mac: %s is no MAC address; write it as 00:00:5e:00:53:21", mac);
        return false;
    }
    make_serial(cfg->identity.mac, serial);
    cfg->identity.serial = str_z(cli_value(a, "serial", serial));
    cfg->identity.model = str_starts(model, STR("CP-")) ? str_from(model, 3) : model;
    cfg->identity.load = str_z(cli_value(a, "load", usual_load(cfg->identity.model)));
    cfg->identity.hardware = STR("V01");
    for (size_t i = 0; i < sizeof cfg->identity.uuid; i++) {
        cfg->identity.uuid[i] = (uint8_t)(random_next(&random) ^ cfg->identity.mac.b[i % 6]);
    }
    return true;
}

static bool read_faults(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *name = NULL;
    for (size_t i = 0; (name = cli_repeated(a, "fault", i)) != NULL; i++) {
        enum phone_fault f = PHONE_FAULTS;
        if (!phone_fault_read(str_z(name), &f)) {
            cli_error("--fault: there is no fault %s; --fault list names them", name);
            return false;
        }
        cfg->faults |= UINT32_C(1) << f;
    }
    return true;
}

/* -- its lease */

static bool read_endpoint(const char *option, const char *text, uint16_t *port, struct addr *ret)
{
    struct endpoint e;
    if (!endpoint_read(str_z(text), *port, &e)) {
        cli_error("--%s: %s is no address with or without a port", option, text);
        return false;
    }
    *port = e.port;
    *ret = e.ip;
    return true;
}

static bool read_names(const struct cli_args *a, struct phone_cfg *cfg)
{
    struct endpoint own[EXCHANGE_RESOLVERS];
    char domain[EXCHANGE_DOMAIN];
    const char *text = NULL;
    size_t n = 0;
    for (size_t i = 0; (text = cli_repeated(a, "dns", i)) != NULL; i++) {
        if (i == HANDSET_SERVERS) {
            cli_error("--dns: a lease names %d name servers at most", HANDSET_SERVERS);
            return false;
        }
        if (!read_endpoint("dns", text, &cfg->desk.dns_port, &cfg->lease.dns[i])) {
            return false;
        }
        n++;
    }
    if (n == 0 && exchange_resolvers(NULL, own, &n, domain) == ERR_OK) {
        for (size_t i = 0; i < n && i < HANDSET_SERVERS; i++) {
            cfg->lease.dns[i] = own[i].ip;
        }
    }
    return true;
}

/* The gateway of this host's default route (proc(5)); none where there is none. */
static struct addr host_router(void)
{
    char line[256];
    struct addr a = {.family = 0};
    FILE *f = fopen("/proc/net/route", "re");
    while (f && !a.family && fgets(line, sizeof line, f)) {
        struct str rest = str_z(line);
        (void)str_word(&rest); /* the interface */
        struct str to = str_word(&rest);
        uint32_t gate = (uint32_t)strtoul(rest.p, NULL, 16);
        if (str_eq(to, STR("00000000")) && gate) {
            a = addr_of(&gate, sizeof gate);
        }
    }
    if (f) {
        (void)fclose(f);
    }
    return a;
}

static bool read_router(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *text = cli_value(a, "router", NULL);
    if (text && !addr_read(str_z(text), &cfg->lease.router)) {
        cli_error("--router: %s is no address", text);
        return false;
    }
    if (!text) {
        cfg->lease.router = host_router();
    }
    return true;
}

static bool read_address(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *text = cli_value(a, "address", NULL);
    if (text && !addr_read(str_z(text), &cfg->lease.address)) {
        cli_error("--address: %s is no address", text);
        return false;
    }
    struct addr toward = cfg->lease.dns[0].family ? cfg->lease.dns[0] : addr4(0xc0000201);
    if (!text && !sockaddr_own((struct endpoint){toward, 9}, &cfg->lease.address)) {
        cli_error("this host has no address toward its name server; give one with --address");
        return false;
    }
    cfg->lease.mask = addr4(0xffffff00);
    return true;
}

bool phone_lease_option(struct handset_lease *l, uint64_t code, struct str value)
{
    switch (code) {
    case 43:
        l->option43 = value;
        return true;
    case 60:
        l->option60 = value;
        return true;
    case 66:
        l->option66 = value;
        return true;
    case 125:
        l->option125 = value;
        return true;
    case 150:
        return addr_read(value, &l->tftp[0]);
    case 159:
        l->option159 = value;
        return true;
    case 160:
        l->option160 = value;
        return true;
    default:
        return false;
    }
}

static bool read_lease(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *text = NULL, *ntp = cli_value(a, "ntp", NULL);
    cfg->interface = cli_value(a, "interface", NULL);
    if (cfg->interface) {
        static const char *const others[] = {"address", "router", "dns", "domain", "dhcp-option"};
        for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
            if (cli_given(a, others[i])) {
                cli_error("--%s: with --interface that is the DHCP server's to say", others[i]);
                return false;
            }
        }
        return true;
    }
    cfg->lease.domain = str_z(cli_value(a, "domain", ""));
    for (size_t i = 0; (text = cli_repeated(a, "dhcp-option", i)) != NULL; i++) {
        struct str value = str_z(text);
        uint64_t code = 0;
        if (!str_u64(str_cut(&value, '='), &code) || value.len == 0 ||
            !phone_lease_option(&cfg->lease, code, value)) {
            cli_error("--dhcp-option: %s is none of 43, 60, 66, 125, 150, 159 and 160 with its "
                      "value, as 66=192.0.2.20",
                      text);
            return false;
        }
    }
    if (ntp && !read_endpoint("ntp", ntp, &cfg->desk.ntp_port, &cfg->lease.ntp[0])) {
        return false;
    }
    return read_names(a, cfg) && read_address(a, cfg) && read_router(a, cfg);
}

/* -- its face */

static bool read_face(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *text = cli_value(a, "web", NULL);
    uint64_t port = 0;
    cfg->screen = cli_given(a, "screen");
    cfg->web = text != NULL;
    cfg->web_at.ip = cfg->lease.address.family ? cfg->lease.address : addr4(0);
    if (!text) {
        return true;
    }
    if (str_u64(str_z(text), &port) && port <= 65535) {
        cfg->web_at.port = (uint16_t)port;
        return true;
    }
    return read_endpoint("web", text, &cfg->web_at.port, &cfg->web_at.ip);
}

/* -- the rest */

static bool read_activation(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *text = cli_value(a, "activation", NULL);
    struct handset_cfg *h = &cfg->desk.handset;
    uint64_t port = 443;
    if (!text) {
        return true;
    }
    struct str rest = str_z(text);
    struct str host = str_cut(&rest, ':');
    if (host.len == 0 || host.len >= sizeof cfg->activation ||
        (rest.len && (!str_u64(rest, &port) || port < 1 || port > 65535))) {
        cli_error("--activation: %s is no name with or without a port", text);
        return false;
    }
    h->activation_host = h->activation_old_host = host;
    h->activation_port = (uint16_t)port;
    return true;
}

static bool read_end(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *until = cli_value(a, "until", ""), *time = cli_value(a, "time", NULL);
    const char *seed = cli_value(a, "seed", NULL);
    cfg->until = strcmp(until, "registered") == 0    ? UNTIL_REGISTERED
                 : strcmp(until, "settled") == 0     ? UNTIL_SETTLED
                 : strcmp(until, "provisioned") == 0 ? UNTIL_PROVISIONED
                                                     : UNTIL_STOPPED;
    cfg->time = USEC_NONE;
    if (time && !pace_time(str_z(time), &cfg->time)) {
        cli_error("--time: %s is no time; write it as 90s, 10m or 1h", time);
        return false;
    }
    /* The same branches twice would make the second phone's requests repetitions of the first one's. */
    if (!seed && getentropy(&cfg->seed, sizeof cfg->seed) != 0) {
        cli_error("this host gives no random numbers: %s; give one with --seed", strerror(errno));
        return false;
    }
    if (seed && !str_u64(str_z(seed), &cfg->seed)) {
        cli_error("--seed: %s is no number", seed);
        return false;
    }
    cfg->json = strcmp(cli_value(a, "output", "text"), "jsonl") == 0;
    cfg->report = cli_given(a, "report");
    cfg->folder = cli_value(a, "folder", NULL);
    if (cfg->report && !cfg->folder) {
        cli_error("--report leaves it in --folder, which is not given");
        return false;
    }
    return true;
}

static bool read_scenario(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *path = cli_value(a, "scenario", NULL);
    return !path || phone_scenario(path, cfg);
}

bool phone_cfg_read(const struct cli_args *a, struct phone_cfg *cfg)
{
    const char *settings = cli_value(a, "settings", NULL);
    *cfg = (struct phone_cfg){.time = USEC_NONE};
    arena_init(&cfg->text, PHONE_FILE_MOST);
    desk_cfg_usual(&cfg->desk);
    cfg->desk.handset.rule = str_z(cli_value(a, "rule", ""));
    cfg->desk.handset.at_once = true;
    /* Without a time server its clock is right all the same. */
    cfg->desk.host_clock = !cli_value(a, "ntp", NULL);
    return read_end(a, cfg) && read_identity(a, cfg) && read_faults(a, cfg) && read_lease(a, cfg) &&
           read_activation(a, cfg) && read_certificates(a, cfg) && read_scenario(a, cfg) &&
           read_face(a, cfg) &&
           (!settings || phone_file_read("settings", settings, true, &cfg->settings));
}

void phone_cfg_clear(struct phone_cfg *cfg)
{
    buf_clear(&cfg->scenario);
    arena_clear(&cfg->text);
    for (size_t i = 0; i < sizeof cfg->file / sizeof *cfg->file; i++) {
        buf_clear(&cfg->file[i]);
    }
    buf_clear(&cfg->settings);
}

/* -- settings */

static bool set_one(struct phone *p, const char *option, struct str line)
{
    struct str value = line;
    struct str name = str_trim(str_cut(&value, '='));
    bool changed = false;
    if (name.len == line.len || phone_set(p, name, str_trim(value), &changed) != ERR_OK) {
        cli_error("--%s: %.*s: it wants NAME=VALUE, with a name as Proxy_1_", option,
                  STR_ARG(str_head(name, 80)));
        return false;
    }
    return true;
}

bool phone_settings(const struct cli_args *a, const struct phone_cfg *cfg, struct phone *p)
{
    const char *text = NULL;
    struct str rest = buf_str(&cfg->settings);
    bool changed = false;
    for (size_t i = 0; i < cfg->n_sets; i++) {
        enum err e = phone_set(p, cfg->set[i][0], cfg->set[i][1], &changed);
        if (e != ERR_OK) {
            cli_error("--scenario: %.*s: %s", STR_ARG(cfg->set[i][0]), err_name(e));
            return false;
        }
    }
    while (rest.len) {
        struct str line = str_trim(str_cut(&rest, '\n'));
        if (line.len && line.p[0] != '#' && !set_one(p, "settings", line)) {
            return false;
        }
    }
    for (size_t i = 0; (text = cli_repeated(a, "set", i)) != NULL; i++) {
        struct str value = str_z(text);
        struct str name = str_cut(&value, '=');
        if (profile_is_secret(name)) {
            cli_error("--set: %.*s is a secret, which no command line should hold; put it into a "
                      "file for --settings",
                      STR_ARG(name));
            return false;
        }
        if (!set_one(p, "set", str_z(text))) {
            return false;
        }
    }
    return true;
}
