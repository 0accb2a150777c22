/* Which phone a certificate is about: subjects differ from one authority to the next, so their shapes
 * are rows of a table. It is read here and written by `dialtone ca`. */
#ifndef DOMAIN_DEVICE_CERT_H
#define DOMAIN_DEVICE_CERT_H

#include "base/mac.h"
#include "base/x509.h"

struct device_cert {
    struct mac mac;
    struct str
        model; /* "CP-8865-3PCC"; empty where the shape has none. A view of the certificate */
    struct str serial; /* the phone's own */
    const char *shape; /* the row's name: "sep" */
};

/* Whether the subject has a shape that carries a MAC, and what stands in it. Each attribute of the
 * shape must be there exactly once, whole, and agree with the others; attributes that the shape
 * does not name do not matter. False too where the subject was too long to be read whole. Nothing
 * is said of the certificate's validity. */
bool device_cert_read(const struct x509 *x, struct device_cert *ret_cert);

/* The same, of some shapes alone: which ones an authority may use. A set of them, by their order. */
#define DEVICE_CERT_ANY UINT32_MAX
bool device_cert_read_as(const struct x509 *x, uint32_t shapes, struct device_cert *ret_cert);
/* "sep,ou-l-s", or "any". False: there is no such shape. */
bool device_cert_shapes(struct str names, uint32_t *ret_shapes);

/* The attributes of a subject of that shape. Returns how many, 0 when there is no such shape or a
 * text does not fit. `model` and `serial` may be empty where the shape does not name them. */
size_t device_cert_subject(const char *shape, const struct device_cert *c,
                           struct x509_attribute ret_attribute[X509_ATTRIBUTES]);

/* Names of the shapes in turn; NULL behind the last. */
const char *device_cert_shape(size_t i);

#endif
