/* `dialtone probe`. */
#include "app/probe/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/probe/options.h"
#include "app/probe/show.h"
#include "io/out/out.h"

/* In the order of the journey, whatever the order on the command line. */
static const struct check *const checks[] = {&probe_dhcp, &probe_clock_check, &probe_dns,
                                             &probe_http, &probe_tls,         &probe_sip};
enum { CHECKS = sizeof checks / sizeof *checks };

static const char examples[] =
    "  dialtone probe dns -s example                 the names of a service, as the phone asks "
    "them\n"
    "  dialtone probe dns -s my.conf -r 192.0.2.53   asked of the phone's own name server\n"
    "  dialtone probe tls -p sip.example.com         every SRV target: ports, versions, "
    "certificates\n"
    "  dialtone probe all -s my.conf --as CP-8865-3PCC -i eth0\n"
    "  dialtone probe all -s my.conf --dry-run       what that would send, and to whom\n";

/* Bit i: the check `checks[i]`. 0 after telling what is wrong. */
static unsigned chosen(const struct cli_args *a)
{
    unsigned set = 0;
    for (size_t i = 0; i < a->n; i++) {
        unsigned before = set;
        for (unsigned c = 0; c < CHECKS; c++) {
            bool all = strcmp(a->arg[i], "all") == 0;
            set |= all || strcmp(a->arg[i], checks[c]->name) == 0 ? 1U << c : 0;
        }
        if (set == before) {
            cli_error("probe: '%s' is none of dhcp, clock, dns, http, tls, sip, all", a->arg[i]);
            return 0;
        }
    }
    return set;
}

static enum err round_run(struct probe *p, unsigned set)
{
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    enum err e = probe_begin(p, 120 * USEC_S, host);
    for (unsigned c = 0; c < CHECKS && e == ERR_OK; c++) {
        if (set >> c & 1) {
            p->check = checks[c];
            e = p->check->run(p);
        }
    }
    probe_end(p);
    return e;
}

static int rounds(const struct cli_args *a, struct probe *p, unsigned set)
{
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    struct sink s = out_init(o, STDOUT_FILENO);
    enum err e = round_run(p, set);
    if (p->o.dry_run) {
        sink_str(&s, buf_str(&p->plan));
    }
    probe_table(p, cli_color(a, STDOUT_FILENO), &s);
    int code = out_flush(o) == ERR_OK && e == ERR_OK ? CLI_OK : CLI_UNFINISHED;
    free(o);
    return code;
}

static bool load(const struct cli_args *a, struct service *s, struct arena *arena)
{
    struct conf_error err;
    const char *name = cli_value(a, "service", "dialtone");
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

static int run(const struct cli_args *a)
{
    static struct service service; /* large, and there is one command line */
    static struct probe probe;
    struct arena arena;
    int code = CLI_USAGE;
    unsigned set = chosen(a);
    arena_init(&arena, (size_t)4 << 20);
    if (set && load(a, &service, &arena) && probe_options_read(a, &service, &probe.o)) {
        code = probe_init(&probe, &service) == ERR_OK ? rounds(a, &probe, set) : CLI_UNFINISHED;
        probe_clear(&probe);
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
