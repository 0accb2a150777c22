/* What is told of a certificate (RFC 5280); read by base/crypto.h's table. */
#ifndef BASE_X509_H
#define BASE_X509_H

#include "base/time.h"

enum { X509_NAME_TEXT = 128, X509_NAMES_TEXT = 1024, X509_WORD_TEXT = 64 }; /* bytes with NUL */
enum { X509_ATTRIBUTES = 12, X509_TYPE_TEXT = 24 };

/* One part of a name: "CN", "OU", "L", "ST" (state), "SN" (surname), "serialNumber", ... */
struct x509_attribute {
    char type[X509_TYPE_TEXT];
    char value[X509_NAME_TEXT];
};

/* Texts end with NUL and are cut where they are longer than their room. They are bytes of the
 * certificate: UTF-8 for names, but whatever its maker put there. */
struct x509 {
    char subject[X509_NAME_TEXT];     /* common name; "" without */
    char subject_org[X509_NAME_TEXT]; /* organisation */
    char issuer[X509_NAME_TEXT];
    char issuer_org[X509_NAME_TEXT];
    struct x509_attribute attribute[X509_ATTRIBUTES]; /* of the subject, in its order */
    size_t n_attributes;
    bool attributes_cut;         /* there are more, or longer ones, which are not among them */
    char names[X509_NAMES_TEXT]; /* DNS names and addresses it is for, blanks between them */
    bool names_cut;              /* there are more */
    char uris[X509_NAMES_TEXT];  /* URIs it is for (RFC 5922 7.1), blanks between them */
    char serial[X509_WORD_TEXT]; /* hexadecimal */
    usec_t not_before;
    usec_t not_after;
    bool self_issued;               /* subject and issuer are the same name */
    bool ca;                        /* may issue certificates (basicConstraints) */
    char key[X509_WORD_TEXT];       /* "RSA 2048", "EC P-256" */
    char signature[X509_WORD_TEXT]; /* "sha256WithRSAEncryption" */
};

#endif
