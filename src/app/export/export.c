/* `dialtone export`: options, and the files of a registrar. */
#include "app/export/export.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/export/internal.h"
#include "io/out/out.h"
#include "share/share.h"

enum { ACCOUNTS_MOST = 2000000, EXPIRES_MOST = 86400 };

static const struct cli_option options[] = {
    {"accounts", 0, "FILE", "the accounts, as dialtone serve takes them", NULL},
    {"realm", 0, "REALM", "the realm of their HA1s", NULL},
    {"domain", 0, "NAME", "what it is the registrar of (repeatable; the realm)", NULL},
    {"listen", 0, "ADDR", "udp:, tcp: or tls:ADDRESS:PORT (repeatable; as the system chooses)",
     NULL},
    {"cert", 0, "FILE", "certificate for tls:, PEM", NULL},
    {"key", 0, "FILE", "its key, PEM", NULL},
    {"expires", 0, "SECONDS", "the most that is granted (3600)", NULL},
    {"output", 'O', "FOLDER", "where the files go; - for standard output (asterisk)", NULL},
    {"force", 'f', NULL, "replace what is there", NULL},
    {"url", 0, "URL", "DHCP: where phones find their configuration, http(s)://HOST/PATH", NULL},
    {"option", 0, "CODE", "DHCP: the option that carries it (repeatable; both)", "66,160"},
    {"every-client", 0, NULL, "DHCP: not only for phones", NULL},
    {"dhcp-domain", 0, "NAME", "DNS: SRV for provisioning below the domain of the phones' lease",
     NULL},
    {"edge", 0, "HOST", "DNS: SIP server of the domain (repeatable)", NULL},
    {"backup", 0, "HOST", "DNS: one that is used when no other answers (repeatable)", NULL},
    {"host", 0, "NAME=ADDR", "DNS: address of a host (repeatable)", NULL},
    {"tls-port", 0, "PORT", "DNS: of SIP over TLS; 0: none (5061)", NULL},
    {"tcp-port", 0, "PORT", "DNS: of SIP over TCP; 0: none (5060)", NULL},
    {"udp-port", 0, "PORT", "DNS: of SIP over UDP; 0: none (5060)", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const char *export_domain(const struct export *e, size_t i)
{
    const char *value = cli_repeated(e->args, "domain", i);
    return value || i > 0 ? value : e->realm;
}

const char *export_expires(const struct export *e)
{
    return cli_value(e->args, "expires", "3600");
}

bool export_ha1(const struct account_row *row, char ret_text[EXPORT_HA1_TEXT])
{
    if (!(row->has_ha1 & 1U << DIGEST_MD5)) {
        return false;
    }
    for (size_t i = 0; i < 16; i++) {
        (void)snprintf(ret_text + 2 * i, 3, "%02x", row->ha1[DIGEST_MD5][i]);
    }
    return true;
}

void export_template(struct export *e, const char *name,
                     void (*fill)(struct export *e, struct str hole, struct sink *out),
                     struct sink *out)
{
    struct str rest = {0};
    for (size_t i = 0; i < share_files_n; i++) {
        if (strcmp(share_files[i].name, name) == 0) {
            rest = str_of(share_files[i].data, share_files[i].len);
        }
    }
    while (rest.len > 0) {
        sink_str(out, str_cut(&rest, '@'));
        if (rest.len > 0) {
            fill(e, str_cut(&rest, '@'), out);
        }
    }
}

/* What is put into a configuration: no quotes, no blanks, nothing that ends a line. */
static bool is_plain(const char *s)
{
    for (const char *p = s; *p; p++) {
        if (*p <= ' ' || *p >= 0x7f || strchr("\"'\\#;@!", *p) != NULL) {
            return false;
        }
    }
    return *s != 0;
}

static bool is_listen(const char *s)
{
    struct str rest = str_z(s);
    struct str protocol = str_cut(&rest, ':');
    return (str_eq(protocol, STR("udp")) || str_eq(protocol, STR("tcp")) ||
            str_eq(protocol, STR("tls"))) &&
           rest.len > 0 && is_plain(s);
}

/* Every value that stands in the files later. False: told. */
static bool check(const struct cli_args *a)
{
    static const char *const names[] = {"realm", "domain", "listen", "cert", "key", "expires"};
    uint64_t n = 0;
    bool tls = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = NULL;
        for (size_t k = 0; (value = cli_repeated(a, names[i], k)) != NULL; k++) {
            bool listen = strcmp(names[i], "listen") == 0;
            tls = tls || (listen && strncmp(value, "tls:", 4) == 0);
            if (listen ? !is_listen(value) : !is_plain(value)) {
                cli_error("--%s cannot be '%s'", names[i], value);
                return false;
            }
        }
    }
    if (!str_u64(str_z(cli_value(a, "expires", "3600")), &n) || n < 60 || n > EXPIRES_MOST) {
        cli_error("--expires takes 60 to %d seconds", EXPIRES_MOST);
        return false;
    }
    if (cli_given(a, "cert") != cli_given(a, "key") || (tls && !cli_given(a, "cert"))) {
        cli_error("TLS needs --cert and --key");
        return false;
    }
    return true;
}

static void mistakes_tell(const char *path, const struct accounts_mistakes *m)
{
    for (size_t i = 0; i < m->n && i < ACCOUNTS_MISTAKES; i++) {
        if (m->at[i].line > 0) {
            cli_error("%s:%zu: %s", path, m->at[i].line, m->at[i].what);
        } else {
            cli_error("%s: %s", path, m->at[i].what);
        }
    }
    if (m->n > ACCOUNTS_MISTAKES) {
        cli_error("%s: %zu more mistakes", path, m->n - ACCOUNTS_MISTAKES);
    }
}

static int refused(const char *path)
{
    cli_error("%s: %s", path,
              errno == EEXIST ? "is there already; --force replaces it" : strerror(errno));
    return CLI_UNFINISHED;
}

/* Readable by its owner only: HA1s are as good as passwords here. */
static int file_make(struct export *e, const struct export_file *file)
{
    char path[PATH_MAX];
    struct out_file *f = malloc(sizeof *f);
    int n = snprintf(path, sizeof path, "%s/%s", e->folder, file->name);
    if (!f || n < 0 || (size_t)n >= sizeof path) {
        free(f);
        errno = f ? ENAMETOOLONG : ENOMEM;
        return refused(e->folder);
    }
    int code = CLI_OK;
    if (out_file_open(f, path, cli_given(e->args, "force")) != ERR_OK) {
        code = refused(path);
    } else {
        file->write(e, &f->sink);
        if (out_file_commit(f) != ERR_OK) {
            code = refused(path);
        } else {
            (void)printf("%s\n", path);
        }
    }
    free(f);
    return code;
}

static bool folder_make(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

static int into_folder(struct export *e, const struct export_target *t, const char *folder)
{
    char root[PATH_MAX];
    char below[PATH_MAX + 16];
    if (!folder_make(folder) || !realpath(folder, root)) {
        return refused(folder);
    }
    if (!is_plain(root)) {
        cli_error("--output cannot be '%s'", root);
        return CLI_USAGE;
    }
    (void)snprintf(below, sizeof below, "%s/%s", root, t->subfolder ? t->subfolder : "");
    if (!folder_make(below)) {
        return refused(below);
    }
    e->folder = root;
    int code = CLI_OK;
    for (const struct export_file *f = t->file; f->name && code == CLI_OK; f++) {
        code = file_make(e, f);
    }
    e->folder = NULL;
    return code;
}

static int to_stdout(struct export *e, const struct export_target *t)
{
    if (t->file[1].name) {
        cli_error("%s needs several files: --output FOLDER", t->name);
        return CLI_USAGE;
    }
    if (isatty(STDOUT_FILENO)) {
        cli_error("what follows is as good as passwords; --output FOLDER writes it to a file");
    }
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    struct sink s = out_init(o, STDOUT_FILENO);
    t->file->write(e, &s);
    int code = out_flush(o) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
    free(o);
    return code;
}

static int write_all(struct export *e, const struct export_target *t)
{
    const char *folder = cli_value(e->args, "output", "-");
    int code = strcmp(folder, "-") == 0 ? to_stdout(e, t) : into_folder(e, t, folder);
    if (code == CLI_OK && e->left_out > 0) {
        cli_error("%zu of %zu accounts are left out: they have no MD5, or a name that %s cannot "
                  "hold",
                  e->left_out, e->accounts.n, t->name);
    }
    return code;
}

static int run(const struct cli_args *a)
{
    const char *path = cli_value(a, "accounts", NULL);
    struct export e = {.args = a, .realm = cli_value(a, "realm", NULL)};
    const struct announce_writer *site = export_site(a->arg[0]);
    if (site) {
        return export_site_run(a, site);
    }
    bool kamailio = strcmp(a->arg[0], export_kamailio.name) == 0;
    if (!kamailio && strcmp(a->arg[0], export_asterisk.name) != 0) {
        cli_error("export knows kamailio, asterisk, dnsmasq, kea, isc and bind, not '%s'",
                  a->arg[0]);
        return CLI_USAGE;
    }
    if (!path || !e.realm) {
        cli_error("export needs --accounts FILE and --realm REALM");
        return CLI_USAGE;
    }
    if (!check(a)) {
        return CLI_USAGE;
    }
    struct accounts_mistakes mistakes = {0};
    if (accounts_file_read(path, str_z(e.realm), ACCOUNTS_MOST, &e.accounts, &mistakes) != ERR_OK) {
        mistakes_tell(path, &mistakes);
        return CLI_USAGE;
    }
    int code = write_all(&e, kamailio ? &export_kamailio : &export_asterisk);
    accounts_file_clear(&e.accounts);
    return code;
}

const struct cli_command export_command = {
    .name = "export",
    .args = "kamailio|asterisk|dnsmasq|kea|isc|bind",
    .summary = "What other systems must be told: registrars, DHCP and DNS servers",
    .text =
        "For dnsmasq, Kea, ISC dhcpd and BIND: DHCP options and DNS records that lead phones "
        "here.\n"
        "For registrars: writes a configuration of Kamailio 5.6 (kamailio.cfg and its tables) or "
        "of Asterisk\n"
        "(pjsip.conf) that lets the same phones register with the same passwords. Files can be\n"
        "read by their owner only: they hold HA1s, which are as good as the passwords.\n",
    .examples =
        "  dialtone export kamailio --accounts phones.csv --realm example.com -O kamailio\n"
        "  dialtone export dnsmasq --url 'https://prov.example.com/$PSN.xml'\n"
        "  dialtone export bind --domain example.com --edge sip1.example.com --host "
        "sip1.example.com=192.0.2.1\n"
        "  dialtone export asterisk --accounts phones.csv --realm example.com >pjsip.conf\n",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
