/* Connections to SIP servers. The facts are those that a phone's log would hold of the same. */
#include "app/probe/connect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/tls/crypto.h"

enum { ALERT_MS = 300 }; /* TLS 1.3: a refusal comes behind the handshake */

struct str probe_domain(const struct probe *p)
{
    struct str host = p->service->proxy;
    uint16_t port = 0;
    if (p->service->domain.len) {
        return p->service->domain;
    }
    (void)probe_proxy_read(p->service->proxy, &host, &port);
    return host;
}

const char *probe_transport(const struct probe *p)
{
    static const char *const names[] = {"TLS", "TCP", "UDP"};
    return names[p->service->transport];
}

struct str probe_edge_text(const struct probe_edge *e, char *to, size_t room)
{
    char at[ENDPOINT_TEXT];
    struct addr a;
    (void)endpoint_write(e->at, at);
    if (addr_read(e->host, &a)) {
        snprintf(to, room, "%s", at);
    } else {
        snprintf(to, room, "%.*s %s", STR_ARG(str_head(e->host, 255)), at);
    }
    return str_z(to);
}

/* A fact about the end: host, server and port, as far as its kind carries them. */
static void tell(struct probe *p, const struct probe_line *l, enum fact_kind kind, enum field field,
                 struct str value)
{
    char at[ADDR_TEXT], port[STR_NUMBER];
    struct fact f;
    if (!l->edge->used || l->edge->tried) {
        return;
    }
    fact_init(&f, kind);
    struct str ip = addr_write(l->edge->at.ip, at);
    bool address = kind == FACT_CONNECT_TIMEOUT || kind == FACT_CONNECT_REFUSED;
    if (fact_carries(kind, FIELD_HOST)) {
        fact_add(&f, FIELD_HOST,
                 address                 ? ip
                 : kind == FACT_TLS_NAME ? probe_domain(p)
                                         : l->edge->host);
    }
    if (fact_carries(kind, FIELD_SERVER)) {
        fact_add(&f, FIELD_SERVER, ip);
    }
    if (fact_carries(kind, FIELD_PORT)) {
        fact_add(&f, FIELD_PORT, str_number(port, l->edge->at.port));
    }
    if (field != FIELDS && fact_carries(kind, field) && value.len) {
        fact_add(&f, field, value);
    }
    probe_tell(p, &f);
}

static void tell_number(struct probe *p, const struct probe_line *l, enum fact_kind kind,
                        enum field field, int64_t n)
{
    char text[STR_NUMBER];
    tell(p, l, kind, field, str_number(text, n));
}

static bool tcp_failed(struct probe *p, struct probe_line *l)
{
    const char *why = l->d.error ? strerror(l->d.error) : dial_outcome_name(l->outcome);
    snprintf(l->text, sizeof l->text, "%s", why);
    switch (l->outcome) {
    case DIAL_REFUSED:
        snprintf(l->text, sizeof l->text, "refused: nothing listens there, or a firewall says so");
        tell(p, l, FACT_CONNECT_REFUSED, FIELD_TEXT, str_z(why));
        break;
    case DIAL_TIMEOUT:
        snprintf(l->text, sizeof l->text,
                 "no answer in %lld ms: the port is blocked, or the host is down",
                 (long long)(l->d.connect_us / 1000));
        tell(p, l, FACT_CONNECT_TIMEOUT, FIELD_TEXT, str_z(why));
        break;
    case DIAL_UNREACHABLE:
    case DIAL_RESET:
    case DIAL_LOCAL:
    default:
        tell(p, l, FACT_CONNECT_TIMEOUT, FIELD_TEXT, str_z(why));
        break;
    }
    return false;
}

static bool tls_failed(struct probe *p, struct probe_line *l)
{
    const char *alert = dial_alert_name(l->d.alert);
    const char *name = dial_outcome_name(l->outcome);
    char reason[160];
    (void)dial_peer(&l->d, &l->peer);
    const char *refusal = !l->peer.asked ? ""
                          : p->o.cert    ? ", after it was shown the client certificate"
                                         : ", after it asked for a client certificate";
    snprintf(l->text, sizeof l->text, "TLS: %s", l->d.text[0] ? l->d.text : name);
    switch (l->outcome) {
    case DIAL_ALERT:
        snprintf(l->text, sizeof l->text, "TLS: the server ends it with the alert \"%s\" (%d)%s",
                 alert, l->d.alert, refusal);
        snprintf(reason, sizeof reason, "%s%s", alert, refusal);
        tell(p, l, FACT_TLS_ALERT, FIELD_REASON, str_z(reason));
        break;
    case DIAL_REJECTED:
        tell(p, l, FACT_TLS_ALERT, FIELD_REASON, str_z(l->d.text));
        break;
    case DIAL_NOT_TLS:
        snprintf(l->text, sizeof l->text, "answers, but not in TLS");
        tell(p, l, FACT_TLS_NOT_TLS, FIELD_TEXT, str_z(l->d.text));
        break;
    case DIAL_TIMEOUT:
        snprintf(l->text, sizeof l->text, "TLS: no answer to the hello in %lld ms",
                 (long long)(l->d.handshake_us / 1000));
        tell_number(p, l, FACT_TLS_SILENT, FIELD_MS, l->d.handshake_us / 1000);
        break;
    case DIAL_RESET:
    case DIAL_CLOSED:
    default:
        snprintf(l->text, sizeof l->text, "TLS: %s during the handshake", name);
        tell(p, l, FACT_TLS_RESET, FIELD_TEXT, str_z(name));
        break;
    }
    return false;
}

/* Why a phone would not trust what it was shown; NULL: it would. */
static const char *fault_of(const struct probe *p, struct probe_line *l)
{
    if (l->peer.verify) {
        return l->peer.verify_text;
    }
    bool expected = p->service->issuer.n == 0;
    for (size_t i = 0; i < l->peer.n_chain && !expected; i++) {
        struct x509 c;
        bool read = tls_crypto()->x509_read(l->peer.chain[i], &c) == ERR_OK;
        for (size_t k = 0; k < p->service->issuer.n && read; k++) {
            expected = expected || trust_issuer(&c, p->service->issuer.v[k]);
        }
    }
    return expected ? NULL : "issuer is not the expected one";
}

static bool name_fits(const struct probe *p, enum trust t)
{
    return t == TRUST_DOMAIN || t == TRUST_COMMON || t == TRUST_TARGET ||
           (t == TRUST_WILDCARD && p->o.model->wildcard);
}

/* The certificate: who it is for, who issued it, and whether the phone would take it. */
static bool judge(struct probe *p, struct probe_line *l)
{
    l->seen =
        dial_peer(&l->d, &l->peer) && tls_crypto()->x509_read(l->peer.chain[0], &l->own) == ERR_OK;
    if (!l->seen) {
        return true; /* none was shown: a cipher without one; the phone decides on nothing here */
    }
    l->trust = trust_of(&l->own, probe_domain(p), l->edge->host);
    l->fault = fault_of(p, l);
    if (l->fault) {
        snprintf(l->text, sizeof l->text, "%s", l->fault);
        tell(p, l, FACT_TLS_CERTIFICATE, FIELD_REASON, str_z(l->fault));
        return false;
    }
    if (!name_fits(p, l->trust)) {
        l->fault = l->trust == TRUST_WILDCARD
                       ? "the certificate fits by a wildcard only, which SIP forbids (RFC 5922 7.2)"
                       : "the certificate is not one for this domain";
        snprintf(l->text, sizeof l->text, "%s", l->fault);
        tell(p, l, FACT_TLS_NAME, FIELD_TEXT,
             str_z(l->own.names[0] ? l->own.names : l->own.subject));
        return false;
    }
    return true;
}

/* Whether the server takes it back at once: with TLS 1.3 it sees the client's certificate (or that there is none) only
 * when the client is done. */
static bool withdrawn(struct probe_line *l)
{
    char one;
    size_t n = 0;
    struct dial_peer peer;
    if (!dial_peer(&l->d, &peer) || !peer.asked) {
        return false;
    }
    enum dial_outcome o = dial_receive(&l->d, &one, 1, &n, ALERT_MS);
    if (o == DIAL_OK || o == DIAL_TIMEOUT) {
        return false;
    }
    l->outcome = o;
    return true;
}

static bool secure(struct probe *p, struct probe_line *l)
{
    char name[256];
    snprintf(name, sizeof name, "%.*s", STR_ARG(str_head(probe_domain(p), 255)));
    tell(p, l, FACT_TLS_HELLO, FIELDS, str_of(NULL, 0));
    l->outcome = dial_secure(&l->d, p->tls, name, probe_wait(p));
    if (l->outcome != DIAL_OK) {
        return tls_failed(p, l);
    }
    bool trusted = judge(p, l);
    if (trusted && withdrawn(l)) {
        return tls_failed(p, l);
    }
    l->secure = true;
    if (trusted) {
        char ms[STR_NUMBER];
        char at[ADDR_TEXT], port[STR_NUMBER];
        struct fact f;
        fact_init(&f, FACT_TLS_UP);
        fact_add(&f, FIELD_HOST, l->edge->host);
        fact_add(&f, FIELD_SERVER, addr_write(l->edge->at.ip, at));
        fact_add(&f, FIELD_PORT, str_number(port, l->edge->at.port));
        fact_add(&f, FIELD_VERSION, str_z(l->peer.version_text));
        fact_add(&f, FIELD_TEXT, str_z(l->peer.cipher));
        fact_add(&f, FIELD_MS, str_number(ms, l->d.handshake_us / 1000));
        if (l->edge->used && !l->edge->tried) {
            probe_tell(p, &f);
        }
    }
    return trusted;
}

bool probe_connect(struct probe *p, struct probe_edge *e, struct probe_line *ret_l)
{
    struct probe_line *l = ret_l;
    bool udp = p->service->transport == SERVICE_UDP;
    *l = (struct probe_line){.d.fd = -1, .edge = e, .trust = TRUST_NONE};
    if (!probe_may(p, &e->at, "%s connection to", probe_transport(p))) {
        return false;
    }
    l->outcome = dial_open(&l->d, udp ? DIAL_UDP : DIAL_TCP, NULL, e->at, probe_wait(p));
    l->open = l->outcome == DIAL_OK;
    if (!l->open) {
        e->up = tcp_failed(p, l);
    } else if (udp) {
        e->up = true;
    } else {
        tell_number(p, l, FACT_CONNECT_UP, FIELD_MS, l->d.connect_us / 1000);
        e->up = p->service->transport != SERVICE_TLS || secure(p, l);
    }
    e->tried = true;
    return true;
}

void probe_broken(struct probe *p, struct probe_line *l)
{
    bool tried = l->edge->tried;
    bool udp = l->d.transport == DIAL_UDP;
    if (!udp &&
        (l->outcome == DIAL_ALERT || l->outcome == DIAL_RESET || l->outcome == DIAL_CLOSED)) {
        l->edge->tried = false; /* what was told of the connection was how it came to stand */
        (void)tls_failed(p, l);
        l->edge->tried = tried;
    }
}

void probe_disconnect(struct probe_line *l)
{
    dial_close(&l->d);
    l->open = l->secure = l->seen = false;
}
