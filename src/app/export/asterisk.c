/* Asterisk: one file, pjsip.conf. */
#include "app/export/internal.h"

/* "udp:192.0.2.1:5060" as a transport of chan_pjsip. */
static void transport(const struct export *e, size_t n, const char *listen, struct sink *out)
{
    struct str address = str_z(listen);
    struct str protocol = str_cut(&address, ':');
    sink_fmt(out, "[transport-%zu]\ntype=transport\nprotocol=%.*s\nbind=%.*s\n", n,
             STR_ARG(protocol), STR_ARG(address));
    if (str_eq(protocol, STR("tls"))) {
        sink_fmt(out, "cert_file=%s\npriv_key_file=%s\nmethod=tlsv1_2\n",
                 cli_value(e->args, "cert", ""), cli_value(e->args, "key", ""));
    }
    sink_char(out, '\n');
}

static void fill(struct export *e, struct str hole, struct sink *out)
{
    const char *value = NULL;
    if (str_eq(hole, STR("realm"))) {
        sink_z(out, e->realm);
    } else if (str_eq(hole, STR("expires"))) {
        sink_z(out, export_expires(e));
    } else if (str_eq(hole, STR("listen"))) {
        size_t n = 0;
        for (; (value = cli_repeated(e->args, "listen", n)) != NULL; n++) {
            transport(e, n + 1, value, out);
        }
        if (n == 0) {
            transport(e, 1, "udp:0.0.0.0:5060", out);
            transport(e, 2, "tcp:0.0.0.0:5060", out);
        }
    }
}

/* What the reader of Asterisk's files would take for a comment, an end, or a name of our own. */
static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && strchr("-_.+*", s.p[i]) == NULL) {
            return false;
        }
    }
    return !str_starts(s, STR("phone")) && !str_starts(s, STR("transport-")) &&
           !str_eq(s, STR("global")) && !str_eq(s, STR("general"));
}

static void account(const struct account_row *a, const char *ha1, struct sink *out)
{
    struct str auth = a->auth.len > 0 ? a->auth : a->user;
    int n = (int)a->user.len;
    sink_fmt(out, "\n[%.*s](phone-aor)\n\n", n, a->user.p);
    sink_fmt(out, "[%.*s](phone-auth)\nusername=%.*s\nmd5_cred=%s\n\n", n, a->user.p, STR_ARG(auth),
             ha1);
    sink_fmt(out, "[%.*s](phone)\naors=%.*s\nauth=%.*s\n", n, a->user.p, n, a->user.p, n,
             a->user.p);
}

static void pjsip(struct export *e, struct sink *out)
{
    char ha1[EXPORT_HA1_TEXT];
    export_template(e, "export/pjsip.conf", fill, out);
    for (size_t i = 0; i < e->accounts.n; i++) {
        const struct account_row *a = &e->accounts.row[i];
        if (export_ha1(a, ha1) && is_name(a->user) && (a->auth.len == 0 || is_name(a->auth))) {
            account(a, ha1, out);
        } else {
            e->left_out++;
        }
    }
}

static const struct export_file files[] = {
    {"pjsip.conf", pjsip},
    {NULL, NULL},
};

const struct export_target export_asterisk = {"asterisk", files, NULL};
