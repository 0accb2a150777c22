/* TLS: what was offered and chosen, which certificate was shown, who broke off and why, and what
 * stays hidden. */
#include <stdio.h>

#include "base/x509.h"
#include "flow/capture/inside.h"
#include "proto/tls/tls.h"
#include "proto/tls/tls_name.h"

/* Alerts that are read here (RFC 8446 6). */
enum {
    ALERT_CLOSE = 0,
    ALERT_HANDSHAKE = 40,
    ALERT_BAD_CERTIFICATE = 42,
    ALERT_UNSUPPORTED_CERTIFICATE = 43,
    ALERT_EXPIRED = 45,
    ALERT_UNKNOWN_CERTIFICATE = 46,
    ALERT_ILLEGAL_PARAMETER = 47,
    ALERT_UNKNOWN_CA = 48,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INSUFFICIENT = 71,
    ALERT_FALLBACK = 86,
    ALERT_CANCELED = 90,
    ALERT_NO_RENEGOTIATION = 100,
    ALERT_NEEDS_CERTIFICATE = 116,
};

static void tell(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                 enum fact_kind kind, enum field field, struct str text, struct str info)
{
    char port[STR_NUMBER];
    char ip[ADDR_TEXT];
    struct fact f;
    fact_init(&f, kind);
    link_facts(l, &f, port, ip);
    fact_add(&f, field, text);
    if (kind != FACT_TLS_HELLO && l->version && fact_carries(kind, FIELD_VERSION) &&
        field != FIELD_VERSION) {
        fact_add(&f, FIELD_VERSION, str_z(tls_version_name(l->version)));
    }
    host_tell(c, h, at, &f, info);
}

/* A failure of the connection, and the code that libcurl has for it. */
struct failure {
    enum fact_kind kind;
    enum field field;
    const char *code;
};

static const struct failure bad_certificates = {FACT_TLS_CERTIFICATE, FIELD_REASON, "60"};
static const struct failure bad_name = {FACT_TLS_NAME, FIELD_TEXT, "60"};
static const struct failure alerted = {FACT_TLS_ALERT, FIELD_REASON, "35"};
static const struct failure cut_off = {FACT_TLS_RESET, FIELD_TEXT, "35"};
static const struct failure mute = {FACT_TLS_SILENT, FIELD_TEXT, "28"};
static const struct failure unclear = {FACT_TLS_HIDDEN, FIELD_TEXT, "35"};
static const struct failure not_tls = {FACT_TLS_NOT_TLS, FIELD_TEXT, "35"};

/* Told once. */
static void broken(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                   struct failure f, struct str text, struct str info)
{
    if (l->failed || l->purpose == LINK_UNKNOWN || l->purpose == LINK_OTHER) {
        return;
    }
    l->failed = true;
    tell(c, h, at, l, f.kind, f.field, text, info);
    if (l->purpose == LINK_FETCH) {
        fetch_result(c, h, at, f.code);
    }
}

/* -- hellos */

static bool offers_sip(struct str alpn)
{
    struct str name;
    while (tls_alpn_next(&alpn, &name)) {
        if (str_starts(name, STR("sip"))) {
            return true;
        }
    }
    return false;
}

static void client_hello(struct capture *c, struct host *h, const struct wire_at *at,
                         struct link *l, const struct tls_hello *m)
{
    char info[200];
    const char *version = tls_version_name(m->version);
    l->hello = true;
    l->hello_at = at->time;
    if (m->sni.len && !(l->purpose == LINK_EDGE && l->host.len)) {
        l->host = arena_str(&c->arena, m->sni);
    }
    if (l->purpose == LINK_UNKNOWN) {
        bool edge = offers_sip(m->alpn) || name_role(h, m->sni) != NAME_OTHER;
        bool fetch = h->fetch.open && str_ieq(h->fetch.host, m->sni);
        l->purpose = edge ? LINK_EDGE : fetch ? LINK_FETCH : LINK_UNKNOWN;
        if (edge) {
            edge_enter(c, h, at, l->server);
        }
    }
    if (l->purpose == LINK_UNKNOWN) {
        return;
    }
    int n = snprintf(info, sizeof info, "TLS ClientHello, up to %s, name %.*s",
                     version ? version : "?", STR_ARG(str_head(m->sni, 120)));
    tell(c, h, at, l, FACT_TLS_HELLO, FIELD_VERSION, str_z(version),
         str_of(info, n > 0 ? (size_t)n : 0));
}

/* -- certificates */

/* "*.example.com" stands for one label (RFC 6125 6.4.3). SIP knows no such names (RFC 5922 7.2). */
static bool names(struct str san, struct str host, bool sip)
{
    if (!sip && str_starts(san, STR("*."))) {
        struct str rest = host;
        (void)str_cut(&rest, '.');
        return str_ieq(str_from(san, 2), rest);
    }
    return str_ieq(san, host);
}

static bool is_named(const struct host *h, const struct link *l, const struct x509 *x)
{
    struct str rest = str_z(x->names);
    bool sip = l->purpose == LINK_EDGE;
    while (rest.len) {
        struct str san = str_word(&rest);
        if (names(san, l->host, sip) || (sip && h->proxy.len && names(san, h->proxy, sip))) {
            return true;
        }
    }
    return false;
}

static bool is_address(struct str host)
{
    struct addr a;
    return addr_read(host, &a);
}

static void certificate(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                        const struct tls_certs *list)
{
    struct tls_certs rest = *list;
    struct str der;
    struct x509 x;
    if (!c->cfg.crypto || !c->cfg.crypto->x509_read || !tls_certificate_next(&rest, &der) ||
        c->cfg.crypto->x509_read(der, &x) != ERR_OK) {
        return;
    }
    l->wrong_name = l->host.len && !is_address(l->host) && !is_named(h, l, &x);
    l->expired = at->time != USEC_NONE && at->time > x.not_after;
    l->early = at->time != USEC_NONE && at->time < x.not_before;
    l->own_issuer = x.self_issued;
    struct str all = str_z(x.names);
    struct str first = str_word(&all);
    first = first.len ? first : str_z(x.subject);
    (void)snprintf(l->subject, sizeof l->subject, "%.*s%s", STR_ARG(str_head(first, 64)),
                   str_trim(all).len ? " and others" : "");
    (void)snprintf(l->issuer, sizeof l->issuer, "%.70s", x.issuer[0] ? x.issuer : x.issuer_org);
}

/* -- alerts */

static void wrong_name(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                       const char *by)
{
    char info[240];
    int n = snprintf(info, sizeof info, "the certificate is of %s, not of %.*s (%s)", l->subject,
                     STR_ARG(str_head(l->host, 80)), by);
    struct str text = str_of(info, n > 0 ? (size_t)n : 0);
    broken(c, h, at, l, bad_name, text, text);
}

static void bad_certificate(struct capture *c, struct host *h, const struct wire_at *at,
                            struct link *l, const char *reason, const char *by)
{
    char info[240];
    int n = snprintf(info, sizeof info, "TLS alert %s: certificate of %s, issued by %s", by,
                     l->subject[0] ? l->subject : "?", l->issuer[0] ? l->issuer : "?");
    broken(c, h, at, l, bad_certificates, str_z(reason), str_of(info, n > 0 ? (size_t)n : 0));
}

/* Alerts that say that the two have nothing in common (RFC 8446 6.2; 86: RFC 7507). */
static bool is_mismatch(uint8_t description)
{
    return description == ALERT_HANDSHAKE || description == ALERT_PROTOCOL_VERSION ||
           description == ALERT_INSUFFICIENT || description == ALERT_FALLBACK ||
           description == ALERT_ILLEGAL_PARAMETER;
}

static void other_alert(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                        bool from_client, uint8_t description, const char *name, struct str info)
{
    if (is_mismatch(description)) {
        broken(c, h, at, l, alerted, str_z(name), info);
    } else if (from_client) {
        broken(c, h, at, l, unclear, STR("refused"), info);
    } else {
        broken(c, h, at, l, cut_off, info, info);
    }
}

/* Of a certificate that is good by the clock of the capture: an authority that a phone does not know is an alert of its own (RFC 8446 6.2),
 * what is left is the date. */
static const char *doubt(const struct link *l, uint8_t description)
{
    return description == ALERT_BAD_CERTIFICATE && l->subject[0]
               ? "certificate is not yet valid by the phone's clock"
               : "certificate verify failed";
}

/* The phone broke off: what it saw in the certificate is seen here as well. */
static void client_alert(struct capture *c, struct host *h, const struct wire_at *at,
                         struct link *l, uint8_t description, const char *name, struct str info)
{
    switch (description) {
    case ALERT_UNKNOWN_CA:
        bad_certificate(c, h, at, l,
                        l->own_issuer ? "self-signed certificate"
                                      : "unable to get local issuer certificate",
                        name);
        return;
    case ALERT_EXPIRED:
        bad_certificate(c, h, at, l,
                        l->early ? "certificate is not yet valid" : "certificate has expired",
                        name);
        return;
    case ALERT_BAD_CERTIFICATE:
    case ALERT_UNSUPPORTED_CERTIFICATE:
    case ALERT_UNKNOWN_CERTIFICATE:
        if (l->expired || l->early) {
            bad_certificate(c, h, at, l,
                            l->early ? "certificate is not yet valid" : "certificate has expired",
                            name);
        } else if (l->wrong_name) {
            wrong_name(c, h, at, l, name);
        } else {
            bad_certificate(c, h, at, l, doubt(l, description), name);
        }
        return;
    default:
        other_alert(c, h, at, l, true, description, name, info);
    }
}

static bool is_of_certificate(uint8_t description)
{
    return (description >= ALERT_BAD_CERTIFICATE && description <= ALERT_UNKNOWN_CERTIFICATE) ||
           description == ALERT_UNKNOWN_CA || description == ALERT_NEEDS_CERTIFICATE;
}

static void server_alert(struct capture *c, struct host *h, const struct wire_at *at,
                         struct link *l, uint8_t description, const char *name, struct str info)
{
    char text[120];
    bool of_client = description == ALERT_NEEDS_CERTIFICATE ||
                     (l->asked_client && (is_of_certificate(description) || l->client_empty));
    if (of_client) {
        int n = snprintf(text, sizeof text, "the phone's certificate was refused%s (%s)",
                         l->client_empty ? ": it showed none" : "", name);
        broken(c, h, at, l, alerted, str_of(text, n > 0 ? (size_t)n : 0), info);
        return;
    }
    other_alert(c, h, at, l, false, description, name, info);
}

static void alert(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                  bool from_client, const struct tls_alert *a)
{
    char info[120];
    const char *name = tls_alert_name(a->description);
    if (a->hidden || a->description == ALERT_CLOSE || a->description == ALERT_CANCELED ||
        a->description == ALERT_NO_RENEGOTIATION) {
        return;
    }
    if (l->up && l->data[1]) {
        return; /* how the connection ended, after it had done its work */
    }
    name = name ? name : "unknown alert";
    l->answered = l->answered || !from_client;
    int n = snprintf(info, sizeof info, "TLS alert %u %s, sent by the %s", a->description, name,
                     from_client ? "phone" : "server");
    struct str line = str_of(info, n > 0 ? (size_t)n : 0);
    if (from_client) {
        client_alert(c, h, at, l, a->description, name, line);
    } else {
        server_alert(c, h, at, l, a->description, name, line);
    }
}

/* -- the rest of the handshake */

static void stands(struct capture *c, struct host *h, const struct wire_at *at, struct link *l)
{
    char info[120];
    char port[STR_NUMBER];
    char ip[ADDR_TEXT];
    char ms[STR_NUMBER];
    struct fact f;
    const char *version = tls_version_name(l->version);
    if (l->up || l->failed || l->purpose == LINK_UNKNOWN) {
        return;
    }
    l->up = true;
    fact_init(&f, FACT_TLS_UP);
    link_facts(l, &f, port, ip);
    fact_add(&f, FIELD_VERSION, str_z(version));
    fact_add(&f, FIELD_MS, str_number(ms, (at->time - l->hello_at) / USEC_MS));
    int n = snprintf(info, sizeof info, "TLS handshake done, %s", version ? version : "?");
    host_tell(c, h, at, &f, str_of(info, n > 0 ? (size_t)n : 0));
}

/* An alert without padding, under the tag of 16 bytes or of 8. */
static bool as_long_as_alert(uint32_t len)
{
    return len == 2 + 1 + 16 || len == 2 + 1 + 8;
}

static void hidden(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                   bool from_client, const struct tls_event *e)
{
    bool data = e->content == TLS_CONTENT_DATA;
    if (l->version == TLS_1_3 && from_client && !l->up && data) {
        l->refused = as_long_as_alert(e->len);
        if (!l->refused) {
            stands(c, h, at, l); /* the first that a client says is Finished */
        }
        return;
    }
    if (l->up && data && from_client && !l->data[0]) {
        tell(c, h, at, l, FACT_TLS_HIDDEN, FIELD_TEXT, STR("content"),
             STR("TLS: what is said from here on is encrypted"));
    }
    l->data[!from_client] |= l->up && data;
}

static void changed(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                    bool from_client)
{
    l->changed[!from_client] = true;
    if (l->version && l->version <= TLS_1_2 && l->changed[0] && l->changed[1]) {
        stands(c, h, at, l);
    }
}

void link_settle(struct capture *c, struct host *h, struct link *l, const struct wire_at *at)
{
    if (!l->hello || l->failed || !l->closed || !at->frame) {
        return;
    }
    if (l->wrong_name && !l->data[0] && (l->up || l->closed_by_client)) {
        wrong_name(c, h, at, l, "the phone closed the connection");
    } else if (!l->up && l->answered && l->closed_by_client) {
        broken(c, h, at, l, unclear, STR("refused"),
               l->refused ? STR("TLS: the phone broke off the handshake; TLS 1.3 hides why")
                          : STR("TLS: the phone closed within the handshake, without an alert"));
    } else if (!l->up && !l->closed_by_client && at->time - l->hello_at >= GAVE_UP) {
        broken(c, h, at, l, mute, STR(""),
               STR("TLS: no more within the handshake, until the server's side gave up"));
    } else if (!l->up && !l->closed_by_client) {
        broken(c, h, at, l, cut_off, STR("closed by the server's side within the TLS handshake"),
               STR("TCP closed by the server's side within the TLS handshake"));
    }
}

void trail_tls(void *ctx, const struct wire_at *at, const struct wire_conn *conn, bool from_client,
               const struct tls_event *e)
{
    struct capture *c = ctx;
    c->now = at->time;
    struct host *h = host_of(c, conn->client.ip, conn->has_mac ? &conn->client_mac : NULL);
    struct link *l = h ? link_of(c, h, at, conn) : NULL;
    if (!l) {
        return;
    }
    l->answered |= !from_client;
    switch (e->kind) {
    case TLS_CLIENT_HELLO:
        client_hello(c, h, at, l, &e->hello);
        break;
    case TLS_SERVER_HELLO:
        l->version = e->hello.retry ? l->version : e->hello.version;
        break;
    case TLS_CERTIFICATE:
        if (!from_client) {
            certificate(c, h, at, l, &e->certificates);
        } else {
            l->client_empty = e->certificates.rest.len == 0;
        }
        break;
    case TLS_CERTIFICATE_REQUEST:
        l->asked_client = true;
        break;
    case TLS_CHANGE_CIPHER:
        changed(c, h, at, l, from_client);
        break;
    case TLS_FINISHED:
        if (from_client && l->version == TLS_1_3) {
            stands(c, h, at, l);
        }
        break;
    case TLS_ALERT:
        alert(c, h, at, l, from_client, &e->alert);
        break;
    case TLS_HIDDEN:
        hidden(c, h, at, l, from_client, e);
        break;
    case TLS_DATA:
        l->data[!from_client] = true;
        break;
    case TLS_NOT_TLS:
        if (!from_client && l->hello) {
            broken(c, h, at, l, not_tls, STR("the server does not speak TLS on this port"),
                   STR("the answer to the TLS hello is not TLS"));
        }
        break;
    case TLS_HANDSHAKE:
    case TLS_MALFORMED:
    case TLS_LOST:
        break;
    }
}
