/* An authority and a certificate for a server that was given none. */
#include "app/ca/lab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/ca/internal.h"
#include "base/addr.h"
#include "base/x509.h"
#include "io/pki/pki.h"
#include "io/tls/x509.h"

enum { AUTHORITY_DAYS = 3650, SERVER_DAYS = 825, RENEW_DAYS = 30, URI = 264 };

static const usec_t early = 3600 * USEC_S;

struct names {
    struct pki_name at[2 * CA_LAB_NAMES];
    char uri[CA_LAB_NAMES][URI];
    size_t n;
};

/* Host names also as SIP domains (RFC 5922 7.1). */
static void names_make(const char *const *name, size_t n, struct names *ret)
{
    struct addr ip;
    ret->n = 0;
    for (size_t i = 0; i < n && i < CA_LAB_NAMES; i++) {
        bool address = addr_read(str_z(name[i]), &ip);
        ret->at[ret->n++] = (struct pki_name){address ? PKI_IP : PKI_DNS, name[i]};
        if (!address) {
            (void)snprintf(ret->uri[i], URI, "sip:%s", name[i]);
            ret->at[ret->n++] = (struct pki_name){PKI_URI, ret->uri[i]};
        }
    }
}

static bool write_pair(const struct pki_pair *p, const char *cert, const char *key)
{
    return ca_file(p, key, true, true) == CLI_OK && ca_file(p, cert, false, true) == CLI_OK;
}

static bool make(const struct pki_request *r, const struct pki_pair *issuer, const char *cert,
                 const char *key)
{
    char why[PKI_WHY];
    struct pki_pair *p = NULL;
    if (pki_make(r, issuer, &p, why) != ERR_OK) {
        cli_error("%s: %s", cert, why);
        return false;
    }
    bool ok = write_pair(p, cert, key);
    pki_free(p);
    return ok;
}

static bool authority(const char *cert, const char *key, bool *ret_made)
{
    struct pki_request r = {.role = PKI_CA,
                            .key = PKI_P256,
                            .subject = {{"CN", "dialtone lab CA"}},
                            .n_subject = 1,
                            .from = ca_now() - early,
                            .until = ca_now() + AUTHORITY_DAYS * USEC_DAY};
    *ret_made = access(cert, F_OK) != 0;
    return !*ret_made || make(&r, NULL, cert, key);
}

/* What the certificate there was made for is kept beside it: reading names back out of one would be a reader more. */
static bool same_names(const char *path, const char *const *name, size_t n)
{
    char line[URI];
    size_t i = 0;
    FILE *f = fopen(path, "re");
    bool same = f != NULL;
    for (; same && fgets(line, sizeof line, f); i++) {
        line[strcspn(line, "\n")] = 0;
        same = i < n && strcmp(line, name[i]) == 0;
    }
    if (f) {
        (void)fclose(f);
    }
    return same && i == n;
}

static bool keep_names(const char *path, const char *const *name, size_t n)
{
    FILE *f = fopen(path, "we");
    bool ok = f != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        ok = fprintf(f, "%s\n", name[i]) > 0;
    }
    if (f && fclose(f) != 0) {
        ok = false;
    }
    if (!ok) {
        cli_error("%s: %s", path, strerror(errno));
    }
    return ok;
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

static bool ends_soon(const char *cert)
{
    char why[PKI_WHY];
    usec_t until = 0;
    return pki_each(cert, until_read, &until, why) != ERR_END ||
           until < ca_now() + RENEW_DAYS * USEC_DAY;
}

static bool server(const struct ca_lab *lab, const char *ca_key, const char *const *name, size_t n)
{
    char why[PKI_WHY];
    struct names names;
    struct pki_pair *ca = NULL;
    struct pki_request r = {.role = PKI_SERVER,
                            .key = PKI_P256,
                            .subject = {{"CN", "dialtone"}},
                            .n_subject = 1,
                            .name = names.at,
                            .from = ca_now() - early,
                            .until = ca_now() + SERVER_DAYS * USEC_DAY};
    names_make(name, n, &names);
    r.n_names = names.n;
    if (pki_load_ca(lab->ca, ca_key, &ca, why) != ERR_OK) {
        cli_error("%s", why);
        return false;
    }
    bool ok = make(&r, ca, lab->cert, lab->key);
    pki_free(ca);
    return ok;
}

bool ca_lab(const char *folder, const char *const *name, size_t n, struct ca_lab *ret)
{
    char ca_key[CA_LAB_PATH], list[CA_LAB_PATH];
    n = n < CA_LAB_NAMES ? n : CA_LAB_NAMES;
    (void)snprintf(ret->ca, sizeof ret->ca, "%s/ca.crt", folder);
    (void)snprintf(ca_key, sizeof ca_key, "%s/ca.key", folder);
    (void)snprintf(ret->cert, sizeof ret->cert, "%s/server.crt", folder);
    (void)snprintf(ret->key, sizeof ret->key, "%s/server.key", folder);
    (void)snprintf(list, sizeof list, "%s/server.names", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        cli_error("%s: %s", folder, strerror(errno));
        return false;
    }
    if (!authority(ret->ca, ca_key, &ret->made)) {
        return false;
    }
    if (!ret->made && same_names(list, name, n) && !ends_soon(ret->cert)) {
        return true;
    }
    return server(ret, ca_key, name, n) && keep_names(list, name, n);
}
