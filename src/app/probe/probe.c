/* `dialtone probe`. */
#include "app/probe/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/diagnose/secret.h"
#include "app/probe/options.h"
#include "app/probe/run.h"
#include "io/dial/dial.h"

static const char examples[] =
    "  dialtone probe dns -s example                 the names of a service, as the phone asks "
    "them\n"
    "  dialtone probe dns -s my.conf -r 192.0.2.53   asked of the phone's own name server\n"
    "  dialtone probe tls -p sip.example.com         every SRV target: ports, versions, "
    "certificates\n"
    "  dialtone probe all -s my.conf --as CP-8865-3PCC -i eth0\n"
    "  dialtone probe all -s my.conf --dry-run       what that would send, and to whom\n";

/* Bit i: the check probe_checks[i]. 0 after telling what is wrong. */
static unsigned chosen(const struct cli_args *a)
{
    unsigned set = 0;
    for (size_t i = 0; i < a->n; i++) {
        unsigned before = set;
        for (unsigned c = 0; c < PROBE_CHECKS; c++) {
            bool all = strcmp(a->arg[i], "all") == 0;
            set |= all || strcmp(a->arg[i], probe_checks[c]->name) == 0 ? 1U << c : 0;
        }
        if (set == before) {
            cli_error("probe: '%s' is none of dhcp, clock, dns, http, tls, sip, all", a->arg[i]);
            return 0;
        }
    }
    return set;
}

static bool load(const struct cli_args *a, struct service *s, struct arena *arena)
{
    struct conf_error err;
    const char *name = cli_value(a, "service", NULL);
    enum err e = service_load(s, arena, name, &err);
    if (e == ERR_MALFORMED) {
        cli_error("%.*s:%zu: %s", STR_ARG(err.file), err.line, err.what);
    } else if (e != ERR_OK) {
        cli_error("--service: cannot read %s: %s", name,
                  e == ERR_MISSING ? "there is no such file, and none of that name comes along"
                  : e == ERR_IO    ? strerror(errno)
                                   : err_name(e));
    }
    return e == ERR_OK;
}

/* The password of --user. NULL secrets where none is needed. */
static bool load_secret(const struct cli_args *a, struct probe_options *o, struct secrets **ret_s)
{
    const char *path = cli_value(a, "secret-file", NULL);
    if (!o->user || !path) {
        return true;
    }
    *ret_s = secrets_load(path);
    if (*ret_s && !secrets_password(*ret_s, str_z(o->user), &o->secret)) {
        cli_error("--secret-file: %s has no line for the user %s", path, o->user);
        return false;
    }
    return *ret_s != NULL;
}

unsigned probe_tls_version(struct str s)
{
    return s.len == 3 ? 0x0301U + (unsigned)(s.p[2] - '0') : 0;
}

static bool load_tls(struct probe *p)
{
    char why[DIAL_TEXT];
    struct dial_cfg cfg = {.ca_file = p->o.ca,
                           .cert_file = p->o.cert,
                           .key_file = p->o.cert,
                           .minimum = probe_tls_version(p->o.model->tls_minimum),
                           .maximum = probe_tls_version(p->o.model->tls_maximum)};
    p->tls = dial_context_new(&cfg, why);
    if (!p->tls) {
        cli_error("TLS: %s", why);
    }
    return p->tls != NULL;
}

static int run_loaded(const struct cli_args *a, struct probe *p, const struct service *service,
                      unsigned set)
{
    struct know k;
    struct secrets *secrets = NULL;
    int code = CLI_USAGE;
    if (!know_load(&k, a)) {
        return code;
    }
    p->lines = k.k.lines;
    if (load_secret(a, &p->o, &secrets) && load_tls(p)) {
        code = probe_init(p, service) == ERR_OK ? probe_run(a, p, &k, set) : CLI_UNFINISHED;
        probe_clear(p);
        dial_context_free(p->tls);
    }
    secrets_free(secrets);
    know_clear(&k);
    return code;
}

static int run(const struct cli_args *a)
{
    static struct service service; /* large, and there is one command line */
    static struct probe probe;
    struct arena arena;
    int code = CLI_USAGE;
    unsigned set = chosen(a);
    arena_init(&arena, (size_t)4 << 20);
    if (set && load(a, &service, &arena) && probe_options_read(a, &service, &probe.o)) {
        code = run_loaded(a, &probe, &service, set);
    }
    arena_clear(&arena);
    return code;
}

const struct cli_command probe_command = {
    .name = "probe",
    .args = "dns|tls|sip|dhcp|http|clock|all...",
    .summary = "The same questions asked live from this host, as a phone would ask them",
    .text =
        "Asks the site's DHCP, name and time servers, the provisioning and the SIP servers what a\n"
        "phone asks them, and reports as `dialtone diagnose` does. Only the hosts that the "
        "service\n"
        "file and the options name are asked, and the addresses that their names have; --dry-run\n"
        "says which. dhcp needs CAP_NET_RAW, all else needs no privilege.\n",
    .examples = examples,
    .options = probe_option_table,
    .least = 1,
    .run = run,
};
