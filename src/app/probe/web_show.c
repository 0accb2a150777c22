/* What a request showed, as a row for people. */
#include "app/probe/web_show.h"

#include <stdio.h>

#include "io/dial/dial.h"

enum { DAYS_WARN = 21, TEXT = 280, STATUS_TEXT = 56 };

static const char *version_of(const struct fetch_answer *a)
{
    static const char *const names[] = {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
    return a->version >= 0x0301 && a->version <= 0x0304 ? names[a->version - 0x0301] : "TLS";
}

static const char *issuer_of(const struct x509 *c)
{
    return c->issuer[0] ? c->issuer : c->issuer_org[0] ? c->issuer_org : "nobody named";
}

static int64_t days_left(const struct x509 *c)
{
    usec_t left = c->not_after - probe_now();
    return left / USEC_DAY - (left % USEC_DAY < 0);
}

/* ", TLSv1.2, certificate of Example CA, 80 days left, via 1.1 gate" */
static void manner(const struct web *w, char ret_text[TEXT])
{
    const struct fetch_answer *a = &w->a;
    size_t n = (size_t)snprintf(ret_text, TEXT, "%s%s", w->proxy ? ", through " : "",
                                w->proxy ? w->to.host : "");
    if (w->has_own && n < TEXT) {
        n += (size_t)snprintf(ret_text + n, TEXT - n, ", %s, certificate of %.80s, %lld days left",
                              version_of(a), issuer_of(&w->own), (long long)days_left(&w->own));
    }
    if (a->via[0] && n < TEXT) {
        (void)snprintf(ret_text + n, TEXT - n, ", via %.60s", a->via);
    }
}

static void show_distrust(struct probe *p, const struct web *w, struct str subject)
{
    char until[TIME_TEXT];
    const char *names = w->own.names[0] ? w->own.names : w->own.subject;
    time_write(w->own.not_after, until);
    probe_show(p, PROBE_FAIL, subject, -1,
               "%s; for %.120s, by %.80s, until %.10s, %zu in the chain",
               w->distrust ? w->distrust : "the certificate is not one for this host", names,
               issuer_of(&w->own), until, w->a.n_chain);
}

/* No answer: how far it came. */
static void show_fault(struct probe *p, const struct web *w, struct str subject)
{
    const struct fetch_answer *a = &w->a;
    long long ms = (long long)(a->total_us > 0 ? a->total_us / 1000 : 0);
    const char *step = a->connect_us < 0 ? "TCP" : w->u.tls && a->tls_us < 0 ? "TLS" : "HTTP";
    if (web_unproven(p, w)) {
        probe_show(
            p, PROBE_NOTE, subject, -1,
            "asks for a client certificate, as services for phones do; none was given (--cert)");
    } else if (a->fault == FETCH_ALERT) {
        probe_show(p, PROBE_FAIL, subject, -1,
                   "TLS: the server ends it with the alert \"%s\" (%d)%s",
                   dial_alert_name(a->alert), a->alert,
                   a->asked ? ", behind asking for a client certificate" : "");
    } else if (a->fault == FETCH_TIMEOUT) {
        probe_show(p, PROBE_FAIL, subject, -1, "%s: no answer in %lld ms", step, ms);
    } else if (a->fault == FETCH_REFUSED) {
        probe_show(p, PROBE_FAIL, subject, -1,
                   "refused: nothing listens there, or a firewall says so");
    } else if (a->fault == FETCH_NOT_TLS) {
        probe_show(p, PROBE_FAIL, subject, -1, "answers, but not in TLS");
    } else if (a->fault == FETCH_RESET || a->fault == FETCH_CLOSED) {
        probe_show(p, PROBE_FAIL, subject, -1, "%s: the connection is %s before an answer", step,
                   a->fault == FETCH_RESET ? "reset" : "closed");
    } else {
        probe_show(p, PROBE_FAIL, subject, -1, "%s: %.200s", step, a->text);
    }
}

/* "404 Not Found", or the number alone. */
static const char *status_of(const struct fetch_answer *a, char room[STATUS_TEXT])
{
    (void)snprintf(room, STATUS_TEXT, "%u%s%.40s", a->status, a->reason[0] ? " " : "", a->reason);
    return room;
}

static void show_redirect(struct probe *p, const struct web *w, struct str subject)
{
    bool activation = w->step == WEB_ACTIVATION;
    const struct fetch_answer *a = &w->a;
    char status[STATUS_TEXT];
    char how[TEXT];
    manner(w, how);
    probe_show(p, activation ? PROBE_FAIL : PROBE_NOTE, subject, a->total_us / 1000,
               "%s, to %.120s%s%s", status_of(a, status), a->redirect[0] ? a->redirect : "nowhere",
               how, activation ? ": a login page or a proxy answers in its place?" : "");
}

static void show_answer(struct probe *p, const struct web *w, struct str subject)
{
    const struct fetch_answer *a = &w->a;
    char status[STATUS_TEXT];
    char how[TEXT];
    int64_t ms = a->total_us / 1000;
    bool soon = w->has_own && days_left(&w->own) < DAYS_WARN;
    manner(w, how);
    if (a->status == 511) {
        probe_show(p, PROBE_FAIL, subject, ms, "%s: the network wants a login first%s",
                   status_of(a, status), how);
    } else if (w->u.bare) {
        probe_show(p, soon ? PROBE_WARN : PROBE_OK, subject, ms,
                   "answers (%s); phones ask for more than this%s", status_of(a, status), how);
    } else if (a->status >= 400) {
        probe_show(p, PROBE_FAIL, subject, ms, "%s%s%.80s%s", status_of(a, status),
                   a->challenge[0] ? ", " : "", a->challenge, how);
    } else if (w->step == WEB_ACTIVATION && a->body.len == 0) {
        probe_show(p, PROBE_WARN, subject, ms, "%s, but nothing in it: this phone is not known?%s",
                   status_of(a, status), how);
    } else if (web_is_page(w)) {
        probe_show(p, PROBE_FAIL, subject, ms, "%s, but a web page%s", status_of(a, status), how);
    } else if (web_unreadable(w)) {
        probe_show(p, PROBE_FAIL, subject, ms, "%s, but no phone can read it: %s%s",
                   status_of(a, status), web_unreadable(w), how);
    } else {
        probe_show(p, soon ? PROBE_WARN : PROBE_OK, subject, ms, "%s, %zu bytes%s of %.60s%s",
                   status_of(a, status), a->body.len, a->cut ? " and more" : "",
                   a->type[0] ? a->type : "no type", how);
    }
}

static void measure(struct probe *p, const struct web *w, struct str subject)
{
    if (w->a.status != 0) {
        probe_number(p, "http_seconds", subject, (double)w->a.total_us / 1e6);
        probe_number(p, "http_status", subject, (double)w->a.status);
    }
    if (w->has_own) {
        probe_number(p, "certificate_days", subject, (double)days_left(&w->own));
    }
}

void web_show(struct probe *p, const struct web *w)
{
    const struct fetch_answer *a = &w->a;
    struct str subject = str_z(w->url);
    if (w->distrust != NULL || a->fault == FETCH_NAME) {
        show_distrust(p, w, subject);
    } else if (a->fault != FETCH_NO_FAULT) {
        show_fault(p, w, subject);
    } else if (a->status >= 300 && a->status < 400) {
        show_redirect(p, w, subject);
    } else {
        show_answer(p, w, subject);
    }
    measure(p, w, subject);
}
