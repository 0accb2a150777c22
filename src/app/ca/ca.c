/* `dialtone ca`: its words and options. */
#include "app/ca/ca.h"

#include <string.h>
#include <time.h>

#include "app/ca/internal.h"

static const struct cli_option options[] = {
    {"ip", 0, "ADDR", "server: an address it is for (repeatable)", NULL},
    {"rsa", 0, NULL, "server: an RSA 2048 certificate beside; phone: RSA instead of P-256", NULL},
    {"model", 0, "MODEL", "phone: what it is (CP-8865-3PCC)", NULL},
    {"serial", 0, "SERIAL", "phone: its serial number (made of the MAC)", NULL},
    {"shape", 0, "SHAPE", "phone: how its subject is written (sep)",
     "sep,ou-l-s,ou-l-st,cn-sep,cn-model-sep,cn"},
    {"name", 0, "TEXT", "init: the authority's common name (dialtone lab CA)", NULL},
    {"days", 0, "N", "valid for N days (init, phone: 3650; server: 825)", NULL},
    {"expired", 0, NULL, "for tests: ended a day ago", NULL},
    {"not-yet", 0, NULL, "for tests: begins in a day", NULL},
    {"sha1", 0, NULL, "for tests: signed with SHA-1, as old phones are", NULL},
    {"force", 'f', NULL, "replace what is there", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct verb {
    const char *name;
    size_t least, most; /* words behind it; 0: any number */
    int (*run)(const struct cli_args *a);
} verbs[] = {
    {"init", 1, 1, ca_init},
    {"server", 2, 0, ca_server},
    {"phone", 2, 2, ca_phone},
    {"show", 1, 0, ca_show},
};

usec_t ca_now(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * USEC_S;
}

static int run(const struct cli_args *a)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const struct verb *v = &verbs[i];
        if (strcmp(a->arg[0], v->name) != 0) {
            continue;
        }
        if (a->n - 1 < v->least || (v->most && a->n - 1 > v->most)) {
            break;
        }
        return v->run(a);
    }
    cli_error("ca takes: init DIR, server DIR NAME..., phone DIR MAC, show FILE...");
    cli_error("see: dialtone ca --help");
    return CLI_USAGE;
}

const struct cli_command ca_command = {
    .name = "ca",
    .args = "init DIR | server DIR NAME... | phone DIR MAC | show FILE...",
    .summary = "Certificates for a lab: an authority, servers, phones",
    .text = "init makes an authority in DIR (ca.crt, ca.key). server and phone make certificates "
            "of it,\n"
            "with a key each, in the same folder, and print their paths. A server's is for all its "
            "names\n"
            "and addresses, also as SIP domains; a phone's carries its MAC where real ones do. "
            "show tells\n"
            "what is in a certificate. Keys can be read by their owner only, nothing is replaced "
            "without\n"
            "--force. Not for live service: the authority's key has no password.\n",
    .examples = "  dialtone ca init lab\n"
                "  dialtone ca server lab sip.example.com example.com --ip 192.0.2.1 --rsa\n"
                "  dialtone ca phone lab 00:00:5e:00:53:01 --model CP-8865-3PCC\n"
                "  dialtone ca show lab/SEP00005E005301.crt\n",
    .options = options,
    .least = 1,
    .run = run,
};
