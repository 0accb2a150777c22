/* What is told of a certificate, by OpenSSL. */
#include "io/tls/x509.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

/* Appends what fits, behind a blank when there is something before it; controls and blanks become
 * '?', so that texts stay apart. False when it does not fit whole. */
static bool name_add(char *room, size_t cap, const unsigned char *p, size_t len)
{
    size_t at = strlen(room);
    if (at + (at > 0) + len >= cap) {
        return false;
    }
    if (at > 0) {
        room[at++] = ' ';
    }
    for (size_t i = 0; i < len; i++) {
        room[at++] = p[i] <= ' ' || p[i] == 0x7f ? '?' : (char)p[i];
    }
    room[at] = '\0';
    return true;
}

/* The last entry of that kind, as the most specific one, in UTF-8; cut at a whole character. */
static void entry_read(const X509_NAME *name, int nid, char ret_text[X509_NAME_TEXT])
{
    int last = -1;
    for (int i = -1; (i = X509_NAME_get_index_by_NID(name, nid, i)) >= 0;) {
        last = i;
    }
    unsigned char *utf8 = NULL;
    const X509_NAME_ENTRY *entry = last >= 0 ? X509_NAME_get_entry(name, last) : NULL;
    int len = entry ? ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry)) : -1;
    size_t n = len > 0 ? (size_t)len : 0;
    if (n >= X509_NAME_TEXT) {
        n = X509_NAME_TEXT - 1;
        while (n > 0 && (utf8[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    for (size_t i = 0; i < n; i++) {
        ret_text[i] = utf8[i] < ' ' || utf8[i] == 0x7f ? '?' : (char)utf8[i];
    }
    ret_text[n] = '\0';
    OPENSSL_free(utf8);
}

/* The text in UTF-8 without controls; false when it does not fit whole. */
static bool text_read(const ASN1_STRING *from, char *room, size_t cap)
{
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, from);
    bool fits = len >= 0 && (size_t)len < cap;
    for (int i = 0; fits && i < len; i++) {
        room[i] = utf8[i] < ' ' || utf8[i] == 0x7f ? '?' : (char)utf8[i];
    }
    if (fits) {
        room[len] = '\0';
    }
    OPENSSL_free(utf8);
    return fits;
}

/* Every part of the subject that there is room for. */
static void attributes_read(const X509_NAME *name, struct x509 *x)
{
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        struct x509_attribute *a = &x->attribute[x->n_attributes];
        const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
        int nid = OBJ_obj2nid(type);
        bool fits = x->n_attributes < X509_ATTRIBUTES &&
                    text_read(X509_NAME_ENTRY_get_data(entry), a->value, sizeof a->value);
        if (!fits) {
            x->attributes_cut = true;
        } else {
            if (nid != NID_undef) {
                (void)snprintf(a->type, sizeof a->type, "%s", OBJ_nid2sn(nid));
            } else {
                (void)OBJ_obj2txt(a->type, sizeof a->type, type, 1);
            }
            x->n_attributes++;
        }
    }
}

static void address_add(const ASN1_OCTET_STRING *ip, struct x509 *x)
{
    char text[64] = "";
    const unsigned char *p = ASN1_STRING_get0_data(ip);
    int len = ASN1_STRING_length(ip);
    if (len == 4) {
        (void)snprintf(text, sizeof text, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
    } else if (len == 16) {
        for (size_t i = 0; i < 16; i += 2) {
            size_t at = strlen(text);
            (void)snprintf(text + at, sizeof text - at, "%s%x", i ? ":" : "",
                           (unsigned)(p[i] << 8 | p[i + 1]));
        }
    }
    if (!name_add(x->names, sizeof x->names, (const unsigned char *)text, strlen(text))) {
        x->names_cut = true;
    }
}

/* subjectAltName (RFC 5280 4.2.1.6): DNS names, addresses, URIs. */
static void names_read(const X509 *cert, struct x509 *x)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) {
            const ASN1_IA5STRING *dns = name->d.dNSName;
            if (!name_add(x->names, sizeof x->names, ASN1_STRING_get0_data(dns),
                          (size_t)ASN1_STRING_length(dns))) {
                x->names_cut = true;
            }
        } else if (name->type == GEN_URI) {
            const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
            (void)name_add(x->uris, sizeof x->uris, ASN1_STRING_get0_data(uri),
                           (size_t)ASN1_STRING_length(uri));
        } else if (name->type == GEN_IPADD) {
            address_add(name->d.iPAddress, x);
        }
    }
    GENERAL_NAMES_free(names);
}

static usec_t time_read(const ASN1_TIME *t)
{
    struct tm tm;
    if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1) {
        return USEC_NONE;
    }
    return time_days(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) * USEC_DAY +
           (usec_t)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) * USEC_S;
}

static void serial_read(const X509 *cert, char ret_text[X509_WORD_TEXT])
{
    BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
    char *hex = n ? BN_bn2hex(n) : NULL;
    (void)snprintf(ret_text, X509_WORD_TEXT, "%s", hex ? hex : "");
    OPENSSL_free(hex);
    BN_free(n);
}

static void key_read(const X509 *cert, char ret_text[X509_WORD_TEXT])
{
    char group[32] = "";
    EVP_PKEY *key = X509_get0_pubkey(cert);
    const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
    if (type == NULL) {
        ret_text[0] = '\0';
    } else if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1) {
        const char *nist = EC_curve_nid2nist(OBJ_txt2nid(group));
        (void)snprintf(ret_text, X509_WORD_TEXT, "%s %s", type, nist ? nist : group);
    } else {
        (void)snprintf(ret_text, X509_WORD_TEXT, "%s %d", type, EVP_PKEY_get_bits(key));
    }
}

static void fields_read(X509 *cert, struct x509 *x)
{
    const X509_NAME *subject = X509_get_subject_name(cert);
    const X509_NAME *issuer = X509_get_issuer_name(cert);
    const char *signature = OBJ_nid2ln(X509_get_signature_nid(cert));
    entry_read(subject, NID_commonName, x->subject);
    entry_read(subject, NID_organizationName, x->subject_org);
    entry_read(issuer, NID_commonName, x->issuer);
    entry_read(issuer, NID_organizationName, x->issuer_org);
    attributes_read(subject, x);
    names_read(cert, x);
    serial_read(cert, x->serial);
    key_read(cert, x->key);
    x->not_before = time_read(X509_get0_notBefore(cert));
    x->not_after = time_read(X509_get0_notAfter(cert));
    x->self_issued = X509_NAME_cmp(subject, issuer) == 0;
    x->ca = X509_check_ca(cert) == 1;
    (void)snprintf(x->signature, sizeof x->signature, "%s", signature ? signature : "");
}

enum err tls_x509_read(struct str der, struct x509 *ret_x509)
{
    const unsigned char *p = (const unsigned char *)der.p;
    X509 *cert = der.len <= INT32_MAX ? d2i_X509(NULL, &p, (long)der.len) : NULL;
    if (cert != NULL) {
        *ret_x509 = (struct x509){0};
        fields_read(cert, ret_x509);
        X509_free(cert);
    }
    ERR_clear_error();
    return cert != NULL ? ERR_OK : ERR_MALFORMED;
}
