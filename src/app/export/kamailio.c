/* Kamailio: one configuration, and tables in text for its hashes. */
#include "app/export/internal.h"

static void line(struct sink *out, const char *head, const char *value)
{
    sink_fmt(out, "%s%s\n", head, value);
}

static void tls(const struct export *e, struct sink *out)
{
    const char *cert = cli_value(e->args, "cert", NULL);
    const char *key = cli_value(e->args, "key", NULL);
    if (cert && key) {
        sink_z(out, "loadmodule \"tls.so\"\nmodparam(\"tls\", \"tls_method\", \"TLSv1.2+\")\n");
        sink_fmt(out, "modparam(\"tls\", \"certificate\", \"%s\")\n", cert);
        sink_fmt(out, "modparam(\"tls\", \"private_key\", \"%s\")\n", key);
    }
}

static void fill(struct export *e, struct str hole, struct sink *out)
{
    const char *value = NULL;
    if (str_eq(hole, STR("folder"))) {
        sink_z(out, e->folder);
    } else if (str_eq(hole, STR("realm"))) {
        sink_z(out, e->realm);
    } else if (str_eq(hole, STR("expires"))) {
        sink_z(out, export_expires(e));
    } else if (str_eq(hole, STR("listen"))) {
        if (cli_given(e->args, "cert")) {
            line(out, "enable_tls=", "yes");
        }
        for (size_t i = 0; (value = cli_repeated(e->args, "listen", i)) != NULL; i++) {
            line(out, "listen=", value);
        }
    } else if (str_eq(hole, STR("alias"))) {
        for (size_t i = 0; (value = export_domain(e, i)) != NULL; i++) {
            line(out, "alias=", value);
        }
    } else if (str_eq(hole, STR("tls"))) {
        tls(e, out);
    }
}

static void config(struct export *e, struct sink *out)
{
    export_template(e, "export/kamailio.cfg", fill, out);
}

/* db_text: columns end with ':', a backslash takes the meaning away. */
static void column(struct sink *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == ':' || text.p[i] == '\\') {
            sink_char(out, '\\');
        }
        sink_char(out, text.p[i]);
    }
}

/* A table of the module htable: strings by strings. */
static const char head[] =
    "key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n";

static void row(struct sink *out, struct str key, struct str value)
{
    column(out, key);
    sink_z(out, ":0:0:");
    column(out, value);
    sink_z(out, ":0\n");
}

static void ha1(struct export *e, struct sink *out)
{
    char text[EXPORT_HA1_TEXT];
    sink_z(out, head);
    for (size_t i = 0; i < e->accounts.n; i++) {
        const struct account_row *a = &e->accounts.row[i];
        if (export_ha1(a, text)) {
            row(out, a->user, str_z(text));
        } else {
            e->left_out++;
        }
    }
}

static void auth(struct export *e, struct sink *out)
{
    sink_z(out, head);
    for (size_t i = 0; i < e->accounts.n; i++) {
        const struct account_row *a = &e->accounts.row[i];
        if (a->auth.len > 0 && !str_eq(a->auth, a->user)) {
            row(out, a->user, a->auth);
        }
    }
}

static void version(struct export *e, struct sink *out)
{
    (void)e;
    sink_z(out, "table_name(string) table_version(int)\nha1:2\nauth:2\n");
}

static const struct export_file files[] = {
    {"kamailio.cfg", config},
    {"dbtext/version", version},
    {"dbtext/ha1", ha1},
    {"dbtext/auth", auth},
    {NULL, NULL},
};

const struct export_target export_kamailio = {"kamailio", files, "dbtext"};
