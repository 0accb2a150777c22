/* Requests to web servers. */
#include "app/probe/web.h"

#include <stdio.h>

#include "app/probe/names.h"
#include "app/probe/trust.h"
#include "app/probe/web_tell.h"
#include "io/tls/crypto.h"
#include "proto/flat/flat.h"

enum { BODY_MOST = 1 << 16, VALUE_MOST = 1 << 14 };

/* A copy that ends with NUL, in the arena of the round. */
static const char *text_z(struct probe *p, struct str s)
{
    char *z = arena_alloc(&p->arena, s.len + 1);
    if (z != NULL && s.len > 0) {
        memcpy(z, s.p, s.len);
    }
    return z;
}

bool web_unproven(const struct probe *p, const struct web *w)
{
    return p->o.cert == NULL && w->a.asked && w->a.status == 0 &&
           (w->a.fault == FETCH_ALERT || w->a.fault == FETCH_CLOSED || w->a.fault == FETCH_RESET);
}

bool web_is_page(const struct web *w)
{
    struct str body = str_trim(buf_str(&w->a.body));
    /* Of a rule only the text counts: services that mean well send it with any type. */
    return (w->step != WEB_ACTIVATION && str_istarts(str_z(w->a.type), STR("text/html"))) ||
           str_istarts(body, STR("<!doctype html")) || str_istarts(body, STR("<html"));
}

static bool is_text(struct str body)
{
    for (size_t i = 0; i < body.len; i++) {
        unsigned char b = (unsigned char)body.p[i];
        if ((b < ' ' && b != '\t' && b != '\r' && b != '\n') || b >= 0x7F) {
            return false;
        }
    }
    return true;
}

const char *web_unreadable(const struct web *w)
{
    char room[VALUE_MOST];
    struct str rest = str_trim(buf_str(&w->a.body)), name, value;
    struct err_at at = {.what = NULL};
    enum err e = ERR_OK;
    if (w->step == WEB_ACTIVATION || w->step == WEB_ASIDE || w->a.cut) {
        return NULL;
    }
    if (rest.len == 0) {
        return "it is empty";
    }
    if (!str_starts(rest, STR("<"))) {
        return is_text(rest) ? "it is no XML" : NULL; /* sealed or packed */
    }
    while (e == ERR_OK) {
        e = flat_next(&rest, room, sizeof room, &name, &value, &at);
    }
    return e == ERR_MORE ? "it ends within a tag" : e == ERR_MALFORMED ? at.what : NULL;
}

/* Whether one of the chain was issued by who is expected to; without expectation it was. */
static bool issuer_expected(const struct probe *p, const struct fetch_answer *a)
{
    bool expected = p->service->issuer.n == 0;
    for (size_t i = 0; i < a->n_chain && !expected; i++) {
        struct x509 c;
        bool read = tls_crypto()->x509_read(a->chain[i], &c) == ERR_OK;
        for (size_t k = 0; k < p->service->issuer.n && read; k++) {
            expected = expected || trust_issuer(&c, p->service->issuer.v[k]);
        }
    }
    return expected;
}

static void judge(const struct probe *p, struct web *w)
{
    const struct fetch_answer *a = &w->a;
    w->has_own = a->n_chain > 0 && tls_crypto()->x509_read(a->chain[0], &w->own) == ERR_OK;
    if (a->verify != 0) {
        w->distrust = a->verify_text;
    } else if (w->has_own && !issuer_expected(p, a)) {
        w->distrust = "issuer is not the expected one";
    }
}

/* Nobody took the connection: the next address may. */
static bool unconnected(const struct fetch_answer *a)
{
    return a->connect_us < 0 && a->fault != FETCH_NO_FAULT;
}

static enum err ask_one(struct probe *p, const struct fetch_cfg *cfg, struct web *w)
{
    struct fetch_ask ask = {
        .url = w->url, .at = w->at, .wait_ms = probe_wait(p), .body_most = BODY_MOST};
    if (!probe_may(p, &w->at, "GET %s from", w->url)) {
        return ERR_OK;
    }
    fetch_answer_clear(&w->a);
    w->sent = true;
    w->began = probe_now();
    return fetch_get(cfg, &ask, &w->a);
}

static enum err ask_all(struct probe *p, struct web *w, const struct addr *a, size_t n)
{
    struct str agent = probe_user_agent(p);
    const struct fetch_cfg cfg = {.ca_file = p->o.ca,
                                  .cert_file = p->o.cert,
                                  .proxy = w->proxy,
                                  .user_agent = text_z(p, agent),
                                  .minimum = probe_tls_version(p->o.model->tls_minimum),
                                  .maximum = probe_tls_version(p->o.model->tls_maximum)};
    enum err e = ERR_OK;
    bool again = true;
    for (size_t i = 0; i < n && e == ERR_OK && again; i++) {
        if (a[i].family == 4 || p->o.model->ipv6) {
            w->at = (struct endpoint){a[i], w->to.port};
            e = ask_one(p, &cfg, w);
            again = w->sent && unconnected(&w->a);
        }
    }
    return e;
}

/* No address: told once a round, by whoever asked first; not where no resolver was there to answer. */
static void unresolved(struct probe *p, const struct web *w, bool told)
{
    (void)probe_may(p, NULL, "GET %s", w->url);
    if (p->o.dry_run) {
        return;
    }
    probe_show(p, told ? PROBE_SKIPPED : PROBE_FAIL, str_z(w->url), -1,
               "%s has no address that the phone uses", w->to.host);
    if (!told && w->step != WEB_ASIDE) {
        web_tell_unresolved(p, w);
    }
}

static enum err ask_told(struct probe *p, struct web *w, const struct addr *a, size_t n)
{
    enum err e = ask_all(p, w, a, n);
    if (e == ERR_OK && w->sent) {
        judge(p, w);
        if (w->step != WEB_ASIDE && !web_unproven(p, w)) {
            web_tell(p, w);
        }
    }
    return e;
}

enum err web_get(struct probe *p, struct str url, enum web_step step, struct web *ret_w)
{
    struct web *w = ret_w;
    struct names_found f = {0};
    *w = (struct web){.step = step, .a = {.alert = -1}};
    (void)snprintf(w->url, sizeof w->url, "%.*s", STR_ARG(str_head(url, FETCH_URL - 1)));
    enum err e = fetch_url_read(w->url, &w->u);
    w->to = w->u;
    if (e == ERR_OK && p->service->http_proxy.len > 0) {
        w->proxy = text_z(p, p->service->http_proxy);
        e = w->proxy ? fetch_url_read(w->proxy, &w->to) : ERR_MEMORY;
    }
    if (e != ERR_OK) {
        return e;
    }
    static const char *const roles[] = {"activation", "provisioning", "provisioning", NULL};
    const struct names_look l = {
        .host = arena_str(&p->arena, str_z(w->to.host)), .role = roles[step], .needed = true};
    bool dead = probe_dead(p, l.host);
    if ((step == WEB_ACTIVATION || step == WEB_PROVISIONING) && !dead) {
        web_tell_start(p, w);
    }
    e = dead ? ERR_MISSING : names_host(p, &l, &f);
    bool usable = f.four || (f.six && p->o.model->ipv6);
    if (e == ERR_MISSING || (e == ERR_OK && !usable)) {
        unresolved(p, w, dead || f.dead);
        return ERR_OK;
    }
    return e == ERR_OK ? ask_told(p, w, f.addr, f.n) : e;
}

void web_clear(struct web *w)
{
    fetch_answer_clear(&w->a);
}
