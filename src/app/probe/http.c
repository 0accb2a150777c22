/* Activation and provisioning over HTTP: what is asked, in which order, and how far redirects are followed. */
#include <stdio.h>

#include "app/probe/names.h"
#include "app/probe/target.h"
#include "app/probe/web.h"
#include "app/probe/web_show.h"
#include "app/probe/web_tell.h"

enum { HOPS = 5, CODE_TOO_MANY = 47 /* CURLE_TOO_MANY_REDIRECTS */ };

static bool holds_host(const struct service_list *urls, struct str host)
{
    for (size_t i = 0; i < urls->n; i++) {
        if (str_ieq(names_host_of(urls->v[i]), host)) {
            return true;
        }
    }
    return false;
}

/* A phone follows its provisioning server; this probe only where that stays in TLS or leads to a host that it was told
 * to ask. */
static bool follows(struct probe *p, const struct web *w)
{
    struct fetch_url to;
    if (w->a.status < 300 || w->a.status >= 400 || w->a.redirect[0] == '\0' ||
        fetch_url_read(w->a.redirect, &to) != ERR_OK) {
        return false;
    }
    struct str host = str_z(to.host);
    bool known =
        holds_host(&p->service->provisioning, host) || holds_host(&p->service->activation, host);
    if ((w->u.tls && to.tls) || known) {
        return true;
    }
    probe_show(p, PROBE_WARN, str_z(w->a.redirect), -1,
               "not followed: it leads out of TLS, to a host that was not given");
    return false;
}

static void tell_too_many(struct probe *p)
{
    struct fact f;
    char number[STR_NUMBER];
    fact_init(&f, FACT_FETCH_RESULT);
    fact_add(&f, FIELD_CODE, str_number(number, CODE_TOO_MANY));
    probe_tell(p, &f);
}

/* A configuration, from redirect to redirect. */
static enum err provisioning(struct probe *p, struct str url)
{
    enum err e = ERR_OK;
    for (unsigned hop = 0; hop <= HOPS && url.len > 0 && e == ERR_OK; hop++) {
        struct web w;
        e = web_get(p, url, hop == 0 ? WEB_PROVISIONING : WEB_REDIRECT, &w);
        url = str_of(NULL, 0);
        if (e == ERR_OK && w.sent) {
            web_show(p, &w);
            bool on = follows(p, &w);
            if (on && hop == HOPS) {
                probe_show(p, PROBE_FAIL, str_z(w.url), -1, "more than %d redirects", HOPS);
                tell_too_many(p);
            } else if (on) {
                url = arena_str(&p->arena, str_z(w.a.redirect));
            }
        }
        web_clear(&w);
    }
    return e;
}

static enum err activation(struct probe *p, struct str url)
{
    struct web w;
    enum err e = web_get(p, url, WEB_ACTIVATION, &w);
    if (e == ERR_OK && w.sent) {
        web_show(p, &w);
    }
    web_clear(&w);
    return e;
}

/* The URL with the phone's values in it. Where one is not known, the server alone is asked: a file of another name
 * would only be missing. */
static struct str filled(struct probe *p, struct str url)
{
    char room[FETCH_URL];
    struct str full =
        target_expand(url, p->o.model, p->o.has_mac ? &p->o.mac : NULL, room, sizeof room);
    if (str_chr(full, '$') != STR_NPOS) {
        size_t scheme = str_find(full, STR("://"));
        size_t start = scheme == STR_NPOS ? 0 : scheme + 3;
        size_t slash = str_chr(str_from(full, start), '/');
        full = slash == STR_NPOS ? full : str_head(full, start + slash + 1);
        if (!p->o.dry_run) {
            probe_show(p, PROBE_NOTE, url, -1, "only the server is asked: %s",
                       p->o.has_mac ? "not every $ name is known here" : "--mac is not given");
        }
    }
    return arena_str(&p->arena, full);
}

static enum err list(struct probe *p, const struct service_list *urls, enum stage stage,
                     enum err (*get)(struct probe *p, struct str url))
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < urls->n && e == ERR_OK; i++) {
        size_t rows = p->n_rows;
        e = get(p, filled(p, urls->v[i]));
        web_tell_end(p);
        if (e == ERR_USAGE) {
            probe_show(p, PROBE_SKIPPED, urls->v[i], -1,
                       "no URL of http or https, or the trusted certificates cannot be read");
            e = ERR_OK;
        }
        for (; rows < p->n_rows; rows++) {
            p->row[rows].stage = stage;
        }
    }
    return e;
}

/* Plain HTTP to where nothing interesting is: who answers otherwise stands in between. A phone does not ask this. */
static enum err portal(struct probe *p)
{
    struct web w;
    struct str url = p->service->portal;
    if (url.len == 0) {
        return ERR_OK;
    }
    enum err e = web_get(p, url, WEB_ASIDE, &w);
    if (e == ERR_OK && w.sent) {
        const struct fetch_answer *a = &w.a;
        if (a->fault != FETCH_NO_FAULT) {
            probe_show(p, PROBE_NOTE, url, -1, "no answer: %.200s", a->text);
        } else if (a->status == p->service->portal_status) {
            probe_show(p, PROBE_OK, url, a->total_us / 1000, "%u as expected: no login page",
                       a->status);
        } else {
            probe_show(p, PROBE_WARN, url, a->total_us / 1000,
                       "%u in place of %u%s%.120s: a login page or a proxy stands in between",
                       a->status, p->service->portal_status, a->redirect[0] ? ", to " : "",
                       a->redirect);
        }
    }
    web_clear(&w);
    return e == ERR_USAGE ? ERR_OK : e;
}

static enum err run(struct probe *p)
{
    const struct service *s = p->service;
    if (s->activation.n + s->provisioning.n + s->portal.len == 0) {
        probe_show(p, PROBE_SKIPPED, STR("http"), -1,
                   "no URL is given: `activation` or `provisioning` in the service file");
        return ERR_OK;
    }
    enum err e = portal(p);
    e = e == ERR_OK ? list(p, &s->activation, STAGE_ACTIVATION, activation) : e;
    return e == ERR_OK ? list(p, &s->provisioning, STAGE_PROVISIONING, provisioning) : e;
}

const struct check probe_http = {.name = "http", .stage = STAGE_PROVISIONING, .run = run};
