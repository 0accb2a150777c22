/* Every target of the outbound proxy: does it let us in, and would a phone trust it? */
#include <stdio.h>

#include "app/probe/connect.h"
#include "io/tls/crypto.h"

enum { DAYS_WARN = 21 };

static int64_t days_left(const struct x509 *c)
{
    usec_t left = c->not_after - probe_now();
    return left / USEC_DAY - (left % USEC_DAY < 0);
}

static const char *name_note(enum trust t)
{
    switch (t) {
    case TRUST_COMMON:
        return ", named by its common name only";
    case TRUST_TARGET:
        return ", names the SRV target but not the domain";
    case TRUST_WILDCARD:
        return ", fits by a wildcard only";
    case TRUST_DOMAIN:
    case TRUST_NONE:
        break;
    }
    return "";
}

static struct str issuer_of(const struct x509 *c)
{
    return str_z(c->issuer[0] ? c->issuer : c->issuer_org[0] ? c->issuer_org : "nobody named");
}

static void show_trusted(struct probe *p, const struct probe_line *l, struct str subject)
{
    int64_t days = days_left(&l->own);
    int64_t ms = (l->d.connect_us + l->d.handshake_us) / 1000;
    bool warn = days < DAYS_WARN || l->trust == TRUST_TARGET;
    probe_show(p, warn ? PROBE_WARN : PROBE_OK, subject, ms,
               "%s, %s, certificate of %.*s, %lld days left%s%s", l->peer.version_text,
               l->peer.cipher, STR_ARG(issuer_of(&l->own)), (long long)days, name_note(l->trust),
               l->peer.asked ? ", asks for a client certificate" : "");
}

/* Every certificate that the server sent: whose it is shows who stands in between, and which one is missing. */
static void show_chain(struct probe *p, const struct probe_line *l, struct str subject)
{
    for (size_t i = 0; i < l->peer.n_chain; i++) {
        char what[320], until[TIME_TEXT];
        struct x509 c;
        if (tls_crypto()->x509_read(l->peer.chain[i], &c) != ERR_OK) {
            continue;
        }
        snprintf(what, sizeof what, "%.*s chain %zu", STR_ARG(subject), i + 1);
        time_write(c.not_after, until);
        probe_show(p, PROBE_NOTE, str_z(what), -1, "%.80s, by %.*s, %s, until %.10s",
                   c.subject[0] ? c.subject : c.subject_org, STR_ARG(issuer_of(&c)), c.key, until);
    }
}

/* What the certificate says that the phone would refuse. */
static void show_fault(struct probe *p, const struct probe_line *l, struct str subject)
{
    char date[TIME_TEXT], which[48] = "";
    const struct x509 *c = &l->own;
    struct str names = str_z(c->names[0] ? c->names : c->subject);
    time_write(c->not_after, date);
    if (l->peer.verify && l->peer.verify_depth > 0) {
        snprintf(which, sizeof which, " (certificate %d of the chain)", l->peer.verify_depth + 1);
    }
    probe_show(p, PROBE_FAIL, subject, (l->d.connect_us + l->d.handshake_us) / 1000,
               "%s%s; for %.*s, by %.*s, until %.10s", l->text, which, STR_ARG(str_head(names, 80)),
               STR_ARG(issuer_of(c)), date);
    show_chain(p, l, subject);
}

static void measure(struct probe *p, const struct probe_line *l, struct str subject)
{
    if (l->open) {
        probe_number(p, "connect_seconds", subject, (double)l->d.connect_us / 1e6);
    }
    if (l->secure) {
        probe_number(p, "handshake_seconds", subject, (double)l->d.handshake_us / 1e6);
    }
    if (l->seen) {
        probe_number(p, "certificate_days", subject, (double)days_left(&l->own));
    }
}

static void show(struct probe *p, const struct probe_line *l, struct str subject)
{
    bool tls = p->service->transport == SERVICE_TLS;
    if (!l->edge->used && !l->open) {
        probe_show(p, PROBE_NOTE, subject, -1, "%s (the phone does not use IPv6)", l->text);
    } else if (!l->open || (tls && !l->secure)) {
        probe_show(p, PROBE_FAIL, subject, -1, "%s", l->text);
    } else if (!tls) {
        probe_show(p, PROBE_OK, subject, l->d.connect_us / 1000, "TCP connects");
    } else if (l->fault) {
        show_fault(p, l, subject);
    } else if (l->seen) {
        show_trusted(p, l, subject);
    } else {
        probe_show(p, PROBE_WARN, subject, -1, "%s, no certificate", l->peer.version_text);
    }
    measure(p, l, subject);
}

/* Which versions the server takes, one handshake each: what a phone with other limits would get. */
static void versions(struct probe *p, struct probe_edge *e)
{
    static const char *const names[] = {"1.0", "1.1", "1.2", "1.3"};
    char text[DIAL_TEXT], subject[300], what[320];
    char taken[32] = "";
    size_t n = 0;
    for (unsigned v = 0; v < 4; v++) {
        struct dial_cfg cfg = {.ca_file = p->o.ca, .minimum = 0x0301 + v, .maximum = 0x0301 + v};
        struct dial_context *c = dial_context_new(&cfg, text);
        struct dial d;
        struct dial_peer peer;
        if (!c || !probe_may(p, &e->at, "TLS connection (version %s only) to", names[v])) {
            dial_context_free(c);
            return;
        }
        bool up = dial_open(&d, DIAL_TCP, NULL, e->at, probe_wait(p)) == DIAL_OK &&
                  dial_secure(&d, c, NULL, probe_wait(p)) == DIAL_OK;
        if (up || dial_peer(&d, &peer) || peer.asked) {
            n += (size_t)snprintf(taken + n, sizeof taken - n, "%s%s", n ? ", " : "", names[v]);
        }
        dial_close(&d);
        dial_context_free(c);
    }
    snprintf(what, sizeof what, "%s versions", probe_edge_text(e, subject, sizeof subject).p);
    struct str least = p->o.model->tls_minimum, most = p->o.model->tls_maximum;
    bool one = str_eq(least, most);
    probe_show(p, n ? PROBE_NOTE : PROBE_WARN, str_z(what), -1,
               "takes TLS %s; the phone offers %.*s%s%.*s", n ? taken : "of no version",
               STR_ARG(least), one ? "" : " to ", STR_ARG(one ? str_of(NULL, 0) : most));
}

/* Ports that the service file names beside the proxy. Not told as facts: they belong to no step of a phone's journey. */
static enum err ports(struct probe *p)
{
    for (size_t i = 0; i < p->service->n_ports; i++) {
        const struct service_port *port = &p->service->port[i];
        struct addr a[PROBE_ADDRESSES];
        char subject[320];
        size_t n = 0;
        snprintf(subject, sizeof subject, "%.*s:%u", STR_ARG(str_head(port->host, 255)),
                 port->port);
        if (port->transport == SERVICE_UDP) {
            probe_show(p, PROBE_SKIPPED, str_z(subject), -1,
                       "a UDP port does not say whether it is open");
            continue;
        }
        enum err e = probe_resolve(p, port->host, a, PROBE_ADDRESSES, &n);
        if (e != ERR_OK && e != ERR_MISSING) {
            return e;
        }
        struct endpoint to = {n ? a[0] : (struct addr){0}, port->port};
        struct dial d = {.fd = -1};
        if (e == ERR_MISSING || !probe_may(p, &to, "TCP connection to")) {
            (void)probe_may(p, NULL, "TCP connection to %s", subject);
            continue;
        }
        enum dial_outcome o = dial_open(&d, DIAL_TCP, NULL, to, probe_wait(p));
        probe_show(p, o == DIAL_OK ? PROBE_OK : PROBE_FAIL, str_z(subject), d.connect_us / 1000,
                   "%.*s: %s", STR_ARG(port->purpose),
                   o == DIAL_OK ? "open" : dial_outcome_name(o));
        dial_close(&d);
    }
    return ERR_OK;
}

static enum err run(struct probe *p)
{
    char subject[300];
    struct probe_edge *first = NULL;
    enum err e = probe_edges(p);
    if (e == ERR_OK && p->o.dry_run && p->service->proxy.len && p->n_edges == 0) {
        (void)probe_may(p, NULL, "%s connection to each target of %.*s", probe_transport(p),
                        STR_ARG(p->service->proxy));
    }
    for (size_t i = 0; i < p->n_edges && e == ERR_OK; i++) {
        struct probe_line l;
        if (p->service->transport == SERVICE_UDP) {
            probe_show(p, PROBE_SKIPPED, STR("UDP"), -1, "has no connection; see sip");
            break;
        }
        if (!probe_connect(p, &p->edge[i], &l)) {
            continue;
        }
        show(p, &l, probe_edge_text(&p->edge[i], subject, sizeof subject));
        bool speaks = l.secure || l.outcome == DIAL_ALERT || l.outcome == DIAL_REJECTED;
        first = !first && speaks ? &p->edge[i] : first;
        probe_disconnect(&l);
    }
    if (first && p->service->transport == SERVICE_TLS) {
        versions(p, first);
    }
    return e == ERR_OK ? ports(p) : e;
}

const struct check probe_tls = {.name = "tls", .stage = STAGE_CONNECT, .run = run};
