/* Requests to web servers as facts. */
#include "app/probe/web_tell.h"

#include <stdio.h>

#include "io/dial/dial.h"

enum { CODE_UNRESOLVED = 6, CODE_UNTRUSTED = 60 }; /* CURLE_ */

/* A fact with where it was, as far as its kind carries that, and one field more. `us`: since the request began; -1: at
 * its end. */
static void tell(struct probe *p, const struct web *w, enum fact_kind kind, int64_t us,
                 enum field field, struct str value)
{
    char at[ADDR_TEXT];
    char port[STR_NUMBER];
    struct fact f;
    fact_init(&f, kind);
    if (fact_carries(kind, FIELD_HOST)) {
        fact_add(&f, FIELD_HOST, str_z(w->u.host));
    }
    if (fact_carries(kind, FIELD_SERVER)) {
        fact_add(&f, FIELD_SERVER, addr_write(w->at.ip, at));
    }
    if (fact_carries(kind, FIELD_PORT)) {
        fact_add(&f, FIELD_PORT, str_number(port, w->u.port));
    }
    if (field != FIELDS) {
        fact_add(&f, field, value);
    }
    int64_t end = w->a.total_us > 0 ? w->a.total_us : 0;
    probe_tell_at(p, &f, w->began + (us >= 0 && us < end ? us : end));
}

static void tell_number(struct probe *p, const struct web *w, enum fact_kind kind, int64_t us,
                        enum field field, int64_t n)
{
    char text[STR_NUMBER];
    tell(p, w, kind, us, field, str_number(text, n));
}

void web_tell_start(struct probe *p, const struct web *w)
{
    struct fact f;
    fact_init(&f, FACT_FETCH_START);
    fact_add(&f, FIELD_URL, str_z(w->url));
    probe_tell(p, &f);
}

void web_tell_unresolved(struct probe *p, const struct web *w)
{
    char number[STR_NUMBER];
    struct fact f;
    fact_init(&f, FACT_FETCH_NORESOLVE);
    fact_add(&f, FIELD_HOST, str_z(w->to.host));
    probe_tell(p, &f);
    fact_init(&f, FACT_FETCH_RESULT);
    fact_add(&f, FIELD_CODE, str_number(number, CODE_UNRESOLVED));
    probe_tell(p, &f);
}

/* An alert after the server asked for our certificate is about that (RFC 8446 4.4.2.4). */
static void tell_alert(struct probe *p, const struct web *w)
{
    char reason[96];
    const char *name = dial_alert_name(w->a.alert);
    bool named = str_find(str_z(name), STR("certificate")) != STR_NPOS;
    (void)snprintf(reason, sizeof reason, "%s%s", name,
                   w->a.asked && !named ? " for the client's certificate" : "");
    tell(p, w, FACT_TLS_ALERT, -1, FIELD_REASON, str_z(reason));
}

/* What went wrong below HTTP; false when nothing did. */
static bool tell_tls_fault(struct probe *p, const struct web *w)
{
    const struct fetch_answer *a = &w->a;
    switch (a->fault) {
    case FETCH_UNTRUSTED:
        return true; /* told by its reason */
    case FETCH_NAME:
        tell(p, w, FACT_TLS_NAME, -1, FIELD_TEXT,
             str_z(w->own.names[0] ? w->own.names : w->own.subject));
        return true;
    case FETCH_ALERT:
        tell_alert(p, w);
        return true;
    case FETCH_REJECTED:
        tell(p, w, FACT_TLS_ALERT, -1, FIELD_REASON, str_z(a->text));
        return true;
    case FETCH_NOT_TLS:
        tell(p, w, FACT_TLS_NOT_TLS, -1, FIELD_TEXT, str_z(a->text));
        return true;
    case FETCH_RESET:
    case FETCH_CLOSED:
        if (a->tls_us < 0) {
            tell(p, w, FACT_TLS_RESET, -1, FIELD_TEXT, str_z(a->text));
        }
        return a->tls_us < 0;
    case FETCH_TIMEOUT:
        if (a->tls_us < 0) {
            tell_number(p, w, FACT_TLS_SILENT, -1, FIELD_MS, (a->total_us - a->connect_us) / 1000);
        }
        return a->tls_us < 0;
    case FETCH_NO_FAULT:
    case FETCH_REFUSED:
    case FETCH_UNREACHABLE:
    case FETCH_OTHER:
        break;
    }
    return a->tls_us < 0;
}

/* Whether TLS stands and a phone would go on. */
static bool tell_tls(struct probe *p, const struct web *w)
{
    static const char *const versions[] = {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
    const struct fetch_answer *a = &w->a;
    tell(p, w, FACT_TLS_HELLO, a->connect_us, FIELDS, STR(""));
    if (w->distrust != NULL) {
        tell(p, w, FACT_TLS_CERTIFICATE, -1, FIELD_REASON, str_z(w->distrust));
        return false;
    }
    if (tell_tls_fault(p, w)) {
        return false;
    }
    if (a->version >= 0x0301 && a->version <= 0x0304) {
        tell(p, w, FACT_TLS_UP, a->tls_us, FIELD_VERSION, str_z(versions[a->version - 0x0301]));
    }
    return true;
}

static struct str path_of(const struct web *w)
{
    struct str rest = str_z(w->url);
    rest = str_from(rest, str_find(rest, STR("://")) + 3);
    size_t slash = str_chr(rest, '/');
    return slash == STR_NPOS ? STR("/") : str_from(rest, slash);
}

/* Somebody else answers than was asked: RFC 6585 6, or a redirect. */
static bool strange(unsigned status)
{
    return status == 511 || (status >= 300 && status < 400 && status != 304);
}

static void tell_header(struct probe *p, const struct web *w, struct str key, struct str value)
{
    struct fact f;
    fact_init(&f, FACT_HTTP_HEADER);
    fact_add(&f, FIELD_KEY, key);
    fact_add(&f, FIELD_VALUE, value);
    probe_tell_at(p, &f, w->began + (w->a.total_us > 0 ? w->a.total_us : 0));
}

/* The URL of a profile rule, up to the first byte that can be none of it. */
static struct str rule_of(struct str body)
{
    size_t at = str_find(body, STR("://"));
    size_t start = at == STR_NPOS ? 0 : at;
    while (start > 0 && ascii_alnum(body.p[start - 1])) {
        start--;
    }
    struct str url = str_from(body, start);
    size_t len = 0;
    while (len < url.len && url.p[len] > ' ' && url.p[len] <= '~' &&
           strchr("<>\"'", url.p[len]) == NULL) {
        len++;
    }
    return at == STR_NPOS ? str_of(NULL, 0) : str_head(url, len);
}

/* What the body shows: a page for people; of the activation service the profile rule, or nothing for a phone that it
 * does not know. */
static void tell_body(struct probe *p, const struct web *w)
{
    struct str body = buf_str(&w->a.body);
    if (web_is_page(w)) {
        tell_header(p, w, STR("Content-Type"), STR("text/html"));
    } else if (w->step == WEB_ACTIVATION && str_trim(body).len == 0) {
        tell_header(p, w, STR("Content-Length"), STR("0"));
    } else if (w->step == WEB_ACTIVATION) {
        struct fact f;
        fact_init(&f, FACT_PROV_RULE);
        fact_add(&f, FIELD_URL, rule_of(body));
        probe_tell_at(p, &f, w->began + (w->a.total_us > 0 ? w->a.total_us : 0));
    } else if (web_unreadable(w)) {
        struct fact f;
        fact_init(&f, FACT_PROFILE_BAD);
        fact_add(&f, FIELD_ERROR, str_z(web_unreadable(w)));
        probe_tell_at(p, &f, w->began + (w->a.total_us > 0 ? w->a.total_us : 0));
    }
}

static void tell_answer(struct probe *p, const struct web *w)
{
    const struct fetch_answer *a = &w->a;
    char status[STR_NUMBER];
    int64_t sent = w->u.tls ? a->tls_us : a->connect_us;
    struct fact f;
    if (w->u.bare && !strange(a->status)) {
        return;
    }
    fact_init(&f, FACT_HTTP_REQUEST);
    fact_add(&f, FIELD_METHOD, STR("GET"));
    fact_add(&f, FIELD_PATH, path_of(w));
    probe_tell_at(p, &f, w->began + (sent > 0 ? sent : 0));
    /* A redirect that a phone follows is not its last word. */
    bool on = w->step != WEB_ACTIVATION && (a->status == 301 || a->status == 302);
    if (a->status == 0 || on) {
        return;
    }
    fact_init(&f, FACT_HTTP_STATUS);
    fact_add(&f, FIELD_STATUS, str_number(status, a->status));
    fact_add(&f, FIELD_REASON, str_z(a->reason));
    probe_tell_at(p, &f, w->began + (a->first_us > 0 ? a->first_us : 0));
    if (a->status / 100 == 2) {
        tell_body(p, w);
    }
}

void web_tell(struct probe *p, const struct web *w)
{
    const struct fetch_answer *a = &w->a;
    int64_t code = a->code;
    if (a->connect_us < 0) {
        tell(p, w, FACT_FETCH_NOCONNECT, -1, FIELD_TEXT, str_z(a->text));
    } else {
        tell_number(p, w, FACT_CONNECT_UP, a->connect_us, FIELD_MS, a->connect_us / 1000);
        if (!w->u.tls || tell_tls(p, w)) {
            tell_answer(p, w);
        } else if (code == 0) {
            code = CODE_UNTRUSTED; /* the issuer is our objection, not the library's */
        }
    }
    if (code != 0) {
        tell_number(p, w, FACT_FETCH_RESULT, -1, FIELD_CODE, code);
    }
}

void web_tell_end(struct probe *p)
{
    struct fact f;
    fact_init(&f, FACT_HTTP_MARK);
    fact_add(&f, FIELD_STATE, STR("end"));
    probe_tell(p, &f);
}
