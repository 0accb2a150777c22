/* The extensions of a certificate (RFC 5280 4.2.1). */
#include <openssl/x509v3.h>
#include <stdio.h>

#include "io/pki/internal.h"

struct extension {
    int nid;
    const char *value; /* as in OpenSSL's configuration files, x509v3_config(5) */
};

static enum err add(X509 *issuer, X509 *cert, int nid, const char *value, char ret_why[PKI_WHY])
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool done = extension && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return done ? ERR_OK : pki_refused(OBJ_nid2ln(nid), ret_why);
}

/* An RSA key may also be encrypted to: the key exchange of old TLS 1.2 suites. */
static const char *usage(const struct pki_request *r)
{
    if (r->role == PKI_CA) {
        return "critical,keyCertSign,cRLSign";
    }
    return r->key == PKI_RSA_2048 ? "critical,digitalSignature,keyEncipherment"
                                  : "critical,digitalSignature";
}

static bool name_push(GENERAL_NAMES *names, const struct pki_name *n)
{
    static const int type[] = {[PKI_DNS] = GEN_DNS, [PKI_IP] = GEN_IPADD, [PKI_URI] = GEN_URI};
    GENERAL_NAME *name = a2i_GENERAL_NAME(NULL, NULL, NULL, type[n->kind], n->text, 0);
    if (name && sk_GENERAL_NAME_push(names, name) > 0) {
        return true;
    }
    GENERAL_NAME_free(name);
    return false;
}

/* Not by text: a comma in a name would begin another. */
static enum err names_add(const struct pki_request *r, X509 *cert, char ret_why[PKI_WHY])
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    bool done = names != NULL;
    for (size_t i = 0; done && i < r->n_names; i++) {
        done = name_push(names, &r->name[i]);
    }
    done = done && X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
    GENERAL_NAMES_free(names);
    return done ? ERR_OK : pki_refused("names", ret_why);
}

enum err pki_extend(const struct pki_request *r, X509 *issuer, X509 *cert, char ret_why[PKI_WHY])
{
    const struct extension extensions[] = {
        {NID_basic_constraints,
         r->role == PKI_CA ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE"},
        {NID_key_usage, usage(r)},
        {NID_ext_key_usage, r->role == PKI_SERVER ? "serverAuth" : "clientAuth"},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid:always"},
    };
    enum err e = ERR_OK;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions && e == ERR_OK; i++) {
        if (extensions[i].nid != NID_ext_key_usage || r->role != PKI_CA) {
            e = add(issuer, cert, extensions[i].nid, extensions[i].value, ret_why);
        }
    }
    return e == ERR_OK && r->n_names > 0 ? names_add(r, cert, ret_why) : e;
}
