/* Making certificates: what is asked for, and the files they end in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/ca/internal.h"
#include "base/addr.h"
#include "domain/device/cert.h"
#include "io/out/out.h"
#include "io/pki/pki.h"
#include "io/tls/x509.h"

enum { PATH = 512, NAMES = 128, NAME_MOST = 253, DAYS_MOST = 36500 };

/* The clocks of phones and servers in a lab differ a little. */
static const usec_t early = 3600 * USEC_S;

static bool path_join(char ret_path[PATH], const char *folder, const char *name, const char *end)
{
    int n = snprintf(ret_path, PATH, "%s/%s%s", folder, name, end);
    if (n < 0 || n >= PATH) {
        cli_error("%.60s...: the path is too long", folder);
        return false;
    }
    return true;
}

static bool days_read(const struct cli_args *a, int64_t otherwise, int64_t *ret_days)
{
    const char *text = cli_value(a, "days", NULL);
    uint64_t n = 0;
    if (text && (!str_u64(str_z(text), &n) || n < 1 || n > DAYS_MOST)) {
        cli_error("--days takes 1 to %d, not '%s'", DAYS_MOST, text);
        return false;
    }
    *ret_days = text ? (int64_t)n : otherwise;
    return true;
}

/* Validity and signature, as the options say. False: told. */
static bool request_init(const struct cli_args *a, enum pki_role role, int64_t days,
                         struct pki_request *r)
{
    *r = (struct pki_request){.role = role, .sha1 = cli_given(a, "sha1")};
    if (!days_read(a, days, &days)) {
        return false;
    }
    if (cli_given(a, "expired") && cli_given(a, "not-yet")) {
        cli_error("--expired and --not-yet exclude each other");
        return false;
    }
    usec_t now = ca_now();
    if (cli_given(a, "expired")) {
        r->until = now - USEC_DAY;
        r->from = r->until - days * USEC_DAY;
    } else {
        r->from = cli_given(a, "not-yet") ? now + USEC_DAY : now - early;
        r->until = r->from + days * USEC_DAY;
    }
    return true;
}

static int told(enum err e, const char *what)
{
    if (e == ERR_IO && errno == EEXIST) {
        cli_error("%s is there already; --force replaces it", what);
    } else {
        cli_error("%s: %s", what, e == ERR_MEMORY ? "no memory" : strerror(errno));
    }
    return CLI_UNFINISHED;
}

int ca_file(const struct pki_pair *p, const char *path, bool is_key, bool replace)
{
    struct out_file *f = malloc(sizeof *f);
    enum err e = f ? out_file_open(f, path, replace) : ERR_MEMORY;
    if (e == ERR_OK) {
        e = is_key ? pki_write_key(p, &f->sink) : pki_write_cert(p, &f->sink);
        if (e == ERR_OK && !is_key && fchmod(f->out.fd, 0644) != 0) {
            e = ERR_IO;
        }
        if (e == ERR_OK) {
            e = out_file_commit(f);
        } else {
            int why = errno;
            out_file_abort(f);
            errno = why;
        }
    }
    free(f);
    return e == ERR_OK ? CLI_OK : told(e, path);
}

/* DIR/NAME.crt and DIR/NAME.key, the key first: a certificate without its key is of no use. */
static int pair_write(const struct cli_args *a, const struct pki_pair *p, const char *folder,
                      const char *name)
{
    char cert[PATH];
    char key[PATH];
    if (!path_join(cert, folder, name, ".crt") || !path_join(key, folder, name, ".key")) {
        return CLI_USAGE;
    }
    bool force = cli_given(a, "force");
    if (!force && access(cert, F_OK) == 0) {
        errno = EEXIST;
        return told(ERR_IO, cert);
    }
    int code = ca_file(p, key, true, force);
    code = code == CLI_OK ? ca_file(p, cert, false, force) : code;
    if (code == CLI_OK) {
        (void)printf("%s\n%s\n", cert, key);
    }
    return code;
}

static int make(const struct cli_args *a, const struct pki_request *r, const struct pki_pair *ca,
                const char *folder, const char *name)
{
    char why[PKI_WHY];
    struct pki_pair *p = NULL;
    if (pki_make(r, ca, &p, why) != ERR_OK) {
        cli_error("%s: %s", name, why);
        return CLI_UNFINISHED;
    }
    int code = pair_write(a, p, folder, name);
    pki_free(p);
    return code;
}

int ca_init(const struct cli_args *a)
{
    struct pki_request r;
    const char *folder = a->arg[1];
    if (!request_init(a, PKI_CA, 3650, &r)) {
        return CLI_USAGE;
    }
    if (cli_given(a, "rsa")) {
        r.key = PKI_RSA_2048;
    }
    r.subject[r.n_subject++] =
        (struct pki_attribute){"CN", cli_value(a, "name", "dialtone lab CA")};
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        cli_error("%s: %s", folder, strerror(errno));
        return CLI_UNFINISHED;
    }
    return make(a, &r, NULL, folder, "ca");
}

static enum err until_read(void *ctx, struct str der)
{
    struct x509 x;
    enum err e = tls_x509_read(der, &x);
    if (e == ERR_OK) {
        *(usec_t *)ctx = x.not_after;
    }
    return e == ERR_OK ? ERR_END : e;
}

/* Nothing outlives the authority that vouches for it. NULL: told. */
static struct pki_pair *ca_load(const char *folder, struct pki_request *r)
{
    char cert[PATH];
    char key[PATH];
    char why[PKI_WHY];
    usec_t until = USEC_NONE;
    struct pki_pair *p = NULL;
    if (!path_join(cert, folder, "ca", ".crt") || !path_join(key, folder, "ca", ".key")) {
        return NULL;
    }
    if (pki_load_ca(cert, key, &p, why) != ERR_OK ||
        pki_each(cert, until_read, &until, why) != ERR_END) {
        cli_error("%s", why);
        cli_error("an authority is made by: dialtone ca init %s", folder);
        pki_free(p);
        return NULL;
    }
    if (r->until > until && r->from < until) {
        r->until = until;
    }
    return p;
}

/* Labels of letters, digits, hyphens. Also the name of a file. */
static bool is_host(struct str s)
{
    bool start = true;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '.' ? start : !ascii_alnum(s.p[i]) && (start || s.p[i] != '-')) {
            return false;
        }
        start = s.p[i] == '.';
    }
    return s.len > 0 && s.len <= NAME_MOST && !start;
}

struct names {
    struct pki_name name[NAMES];
    size_t n;
    char uri[NAMES / 2][NAME_MOST + 5];
};

static bool names_dns(const struct cli_args *a, struct names *names)
{
    for (size_t i = 2; i < a->n; i++) {
        struct addr ip;
        struct str host = str_z(a->arg[i]);
        if (addr_read(host, &ip)) {
            cli_error("%s is an address: --ip %s", a->arg[i], a->arg[i]);
            return false;
        }
        if (!is_host(host)) {
            cli_error("'%s' is no host name%s", a->arg[i],
                      str_chr(host, '*') != STR_NPOS ? ": SIP knows no wildcards (RFC 5922 7.2)"
                                                     : "");
            return false;
        }
        if (i - 2 == (NAMES - CLI_REPEATS) / 2) {
            cli_error("more than %zu names", i - 2);
            return false;
        }
        names->name[names->n++] = (struct pki_name){PKI_DNS, a->arg[i]};
        (void)snprintf(names->uri[i - 2], sizeof names->uri[0], "sip:%s", a->arg[i]);
    }
    return true;
}

/* Where a certificate names SIP domains, its DNS names count no more (RFC 5922 7.1): so every name
 * is told both ways. */
static bool names_read(const struct cli_args *a, struct names *names)
{
    if (!names_dns(a, names)) {
        return false;
    }
    for (size_t i = 2; i < a->n; i++) {
        names->name[names->n++] = (struct pki_name){PKI_URI, names->uri[i - 2]};
    }
    const char *text = NULL;
    for (size_t i = 0; (text = cli_repeated(a, "ip", i)) != NULL; i++) {
        struct addr ip;
        if (!addr_read(str_z(text), &ip) || text[0] == '[') {
            cli_error("--ip: '%s' is no address", text);
            return false;
        }
        names->name[names->n++] = (struct pki_name){PKI_IP, text};
    }
    return true;
}

static int server_make(const struct cli_args *a, struct pki_request *r, const struct pki_pair *ca)
{
    char name[NAME_MOST + 8];
    r->key = PKI_P256;
    int code = make(a, r, ca, a->arg[1], a->arg[2]);
    if (code == CLI_OK && cli_given(a, "rsa")) {
        (void)snprintf(name, sizeof name, "%s-rsa", a->arg[2]);
        r->key = PKI_RSA_2048;
        code = make(a, r, ca, a->arg[1], name);
    }
    return code;
}

int ca_server(const struct cli_args *a)
{
    struct names names = {.n = 0};
    struct pki_request r;
    if (!request_init(a, PKI_SERVER, 825, &r) || !names_read(a, &names)) {
        return CLI_USAGE;
    }
    /* A common name has room for 64 characters; it only helps those who read. */
    if (strlen(a->arg[2]) <= 64) {
        r.subject[r.n_subject++] = (struct pki_attribute){"CN", a->arg[2]};
    }
    r.name = names.name;
    r.n_names = names.n;
    struct pki_pair *ca = ca_load(a->arg[1], &r);
    int code = ca ? server_make(a, &r, ca) : CLI_UNFINISHED;
    pki_free(ca);
    return code;
}

int ca_phone(const struct cli_args *a)
{
    struct pki_request r;
    struct device_cert c = {.model = str_z(cli_value(a, "model", "CP-8865-3PCC"))};
    struct x509_attribute subject[X509_ATTRIBUTES];
    char serial[16];
    char name[16];
    if (!request_init(a, PKI_CLIENT, 3650, &r)) {
        return CLI_USAGE;
    }
    if (!mac_read(str_z(a->arg[2]), &c.mac)) {
        cli_error("'%s' is no MAC address", a->arg[2]);
        return CLI_USAGE;
    }
    const uint8_t *m = c.mac.b;
    (void)snprintf(serial, sizeof serial, "FCH%02X%02X%02X%02X", m[2], m[3], m[4], m[5]);
    (void)snprintf(name, sizeof name, "SEP%02X%02X%02X%02X%02X%02X", m[0], m[1], m[2], m[3], m[4],
                   m[5]);
    c.serial = str_z(cli_value(a, "serial", serial));
    r.key = cli_given(a, "rsa") ? PKI_RSA_2048 : PKI_P256;
    r.n_subject = device_cert_subject(cli_value(a, "shape", "sep"), &c, subject);
    if (r.n_subject == 0) {
        cli_error("--model or --serial is empty or too long");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < r.n_subject; i++) {
        r.subject[i] = (struct pki_attribute){subject[i].type, subject[i].value};
    }
    struct pki_pair *ca = ca_load(a->arg[1], &r);
    int code = ca ? make(a, &r, ca, a->arg[1], name) : CLI_UNFINISHED;
    pki_free(ca);
    return code;
}
