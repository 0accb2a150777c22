/* `dialtone ca show`: what is in a certificate. */
#include <stdlib.h>
#include <unistd.h>

#include "app/ca/internal.h"
#include "base/esc.h"
#include "domain/device/cert.h"
#include "io/out/out.h"
#include "io/pki/pki.h"
#include "io/tls/x509.h"

struct show {
    struct sink *out;
    const char *path;
    usec_t now;
};

static void row(struct sink *out, const char *head, const char *value)
{
    sink_fmt(out, "  %-10s ", head);
    esc_term(out, str_z(value));
    sink_char(out, '\n');
}

static void subject_show(struct sink *out, const struct x509 *x)
{
    sink_fmt(out, "  %-10s ", "subject");
    for (size_t i = 0; i < x->n_attributes; i++) {
        sink_fmt(out, "%s%s=", i ? ", " : "", x->attribute[i].type);
        esc_term(out, str_z(x->attribute[i].value));
    }
    sink_z(out, x->attributes_cut ? ", ...\n" : "\n");
}

/* Without fractions of a second, which a certificate has not. */
static void time_show(struct sink *out, usec_t t)
{
    char text[TIME_TEXT];
    time_write(t, text);
    struct str s = str_z(text);
    sink_str(out, str_head(s, str_chr(s, '.')));
    sink_char(out, 'Z');
}

static void validity_show(struct sink *out, const struct x509 *x, usec_t now)
{
    sink_fmt(out, "  %-10s ", "valid");
    time_show(out, x->not_before);
    sink_z(out, " to ");
    time_show(out, x->not_after);
    sink_z(out, now < x->not_before  ? ", not yet valid\n"
                : now > x->not_after ? ", expired\n"
                                     : "\n");
}

static void phone_show(struct sink *out, const struct x509 *x)
{
    struct device_cert c;
    char mac[MAC_TEXT];
    if (x->ca || !device_cert_read(x, &c)) {
        return;
    }
    mac_write(c.mac, mac);
    sink_fmt(out, "  %-10s %s", "MAC", mac);
    if (c.model.len > 0) {
        sink_z(out, ", model ");
        esc_term(out, c.model);
    }
    if (c.serial.len > 0) {
        sink_z(out, ", serial number ");
        esc_term(out, c.serial);
    }
    sink_fmt(out, " (shape %s)\n", c.shape);
}

static enum err cert_show(void *ctx, struct str der)
{
    struct show *s = ctx;
    struct x509 x;
    enum err e = tls_x509_read(der, &x);
    if (e != ERR_OK) {
        return e;
    }
    esc_term(s->out, str_z(s->path));
    sink_z(s->out, x.ca ? ": authority\n" : "\n");
    subject_show(s->out, &x);
    row(s->out, "issuer", x.self_issued ? "itself" : x.issuer);
    row(s->out, "serial", x.serial);
    validity_show(s->out, &x, s->now);
    if (x.names[0] != '\0') {
        row(s->out, "names", x.names);
    }
    if (x.uris[0] != '\0') {
        row(s->out, "URIs", x.uris);
    }
    row(s->out, "key", x.key);
    row(s->out, "signature", x.signature);
    phone_show(s->out, &x);
    return s->out->err;
}

int ca_show(const struct cli_args *a)
{
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    char why[PKI_WHY] = "";
    int code = CLI_OK;
    struct sink out = out_init(o, STDOUT_FILENO);
    struct show s = {.out = &out, .now = ca_now()};
    for (size_t i = 1; i < a->n; i++) {
        s.path = a->arg[i];
        if (pki_each(s.path, cert_show, &s, why) != ERR_OK) {
            cli_error("%s", out.err ? "standard output" : why);
            code = CLI_UNFINISHED;
        }
    }
    if (out_flush(o) != ERR_OK) {
        code = CLI_UNFINISHED;
    }
    free(o);
    return code;
}
