/* Subjects of certificates: what is found stands in the certificate, and is found again in what is
 * written of it. */
#include <stdlib.h>

#include "domain/device/cert.h"

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool is_within(struct str s, const struct x509 *x)
{
    bool within = s.len == 0;
    for (size_t i = 0; i < x->n_attributes; i++) {
        within = within || str_find(str_z(x->attribute[i].value), s) != STR_NPOS;
    }
    return within;
}

/* "CN=x", a line each. */
static void subject_read(struct str text, struct x509 *x)
{
    while (text.len > 0 && x->n_attributes < X509_ATTRIBUTES) {
        struct str value = str_cut(&text, '\n');
        struct str type = str_cut(&value, '=');
        struct x509_attribute *a = &x->attribute[x->n_attributes++];
        type = str_head(type, sizeof a->type - 1);
        value = str_head(value, sizeof a->value - 1);
        memcpy(a->type, type.p ? type.p : "", type.len);
        memcpy(a->value, value.p ? value.p : "", value.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct x509 x;
    static struct x509 again;
    struct device_cert c;
    struct device_cert same;
    x = again = (struct x509){0};
    subject_read(str_of((const char *)data, size), &x);
    if (!device_cert_read(&x, &c)) {
        return 0;
    }
    must(is_within(c.model, &x) && is_within(c.serial, &x));
    again.n_attributes = device_cert_subject(c.shape, &c, again.attribute);
    must(again.n_attributes > 0 && device_cert_read(&again, &same));
    must(mac_eq(c.mac, same.mac) && strcmp(c.shape, same.shape) == 0);
    must(str_eq(c.model, same.model) && str_eq(c.serial, same.serial));
    return 0;
}
