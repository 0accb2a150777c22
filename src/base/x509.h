/* What is told of a certificate (RFC 5280); read by base/crypto.h's table. */
#ifndef BASE_X509_H
#define BASE_X509_H

#include "base/time.h"

enum { X509_NAME_TEXT = 128, X509_NAMES_TEXT = 1024, X509_WORD_TEXT = 64 }; /* bytes with NUL */

/* Texts end with NUL and are cut where they are longer than their room. They are bytes of the
 * certificate: UTF-8 for names, but whatever its maker put there. */
struct x509 {
    char subject[X509_NAME_TEXT];     /* common name; "" without */
    char subject_org[X509_NAME_TEXT]; /* organisation */
    char issuer[X509_NAME_TEXT];
    char issuer_org[X509_NAME_TEXT];
    char names[X509_NAMES_TEXT]; /* DNS names and addresses it is for, blanks between them */
    bool names_cut;              /* there are more */
    char serial[X509_WORD_TEXT]; /* hexadecimal */
    usec_t not_before;
    usec_t not_after;
    bool self_issued;               /* subject and issuer are the same name */
    bool ca;                        /* may issue certificates (basicConstraints) */
    char key[X509_WORD_TEXT];       /* "RSA 2048", "EC P-256" */
    char signature[X509_WORD_TEXT]; /* "sha256WithRSAEncryption" */
};

#endif
