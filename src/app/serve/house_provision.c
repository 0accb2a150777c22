/* Where phones find their configuration: names, keys and certificates of that. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "app/serve/house.h"
#include "io/tls/crypto.h"

struct str house_provision_url(const struct house *h)
{
    return str_z(h->plan.phones.url);
}

/* An address that stands for all of this host's says nothing to a phone: its name does. */
static void host_of(struct endpoint at, char host[256])
{
    if (addr_unset(at.ip) && gethostname(host, 255) == 0 && host[0]) {
        host[255] = 0;
        return;
    }
    char text[ADDR_TEXT];
    (void)addr_write(at.ip, text);
    (void)snprintf(host, 256, at.ip.family == 6 ? "[%s]" : "%s", text);
}

/* By the first of the listeners that can hold what is secret, else by the first. */
static void url_make(struct plan_phones *p)
{
    size_t best = 0;
    while (best < p->n_listeners && p->listener[best].way != PROVISION_HTTPS) {
        best++;
    }
    best = best < p->n_listeners ? best : 0;
    char host[256] = "";
    struct endpoint at = p->listener[best].at;
    bool https = p->listener[best].way == PROVISION_HTTPS;
    host_of(at, host);
    if (at.port == (https ? 443 : 80)) {
        (void)snprintf(p->url, sizeof p->url, "%s://%s", https ? "https" : "http", host);
    } else {
        (void)snprintf(p->url, sizeof p->url, "%s://%s:%u", https ? "https" : "http", host,
                       at.port);
    }
}

static void names(struct plan_phones *p, const struct settings *s)
{
    if (s->phones_url && *s->phones_url) {
        (void)snprintf(p->url, sizeof p->url, "%s", s->phones_url);
        size_t len = strlen(p->url);
        while (len > 8 && p->url[len - 1] == '/') {
            p->url[--len] = 0;
        }
    } else {
        url_make(p);
    }
    if (s->phones_rule && *s->phones_rule) {
        (void)snprintf(p->rule, sizeof p->rule, "%s", s->phones_rule);
    } else {
        (void)snprintf(p->rule, sizeof p->rule, "%s/$MA.xml", p->url);
    }
    p->policy.rule = str_z(p->rule);
}

struct tls_server *house_phones_tls(struct house *h)
{
    char why[TLS_WHY] = "";
    struct tls_server *t = NULL;
    struct tls_server_cfg *cfg = &h->plan.phones.tls;
    enum err e = tls_server_new(cfg, NULL, &t, why);
    if (e != ERR_OK) {
        cli_error("%s", *why ? why : err_name(e));
        return NULL;
    }
    return t;
}

/* The lab's own, where nothing was given. */
static void certificates(struct house *h)
{
    struct plan_phones *p = &h->plan.phones;
    p->tls.identify_ctx = p;
    if (h->lab && !p->tls.cert[0]) {
        p->tls.cert[0] = h->lab->cert;
        p->tls.key[0] = h->lab->key;
    }
    if (h->lab && !p->tls.phone_ca[0]) {
        p->tls.phone_ca[0] = h->lab->ca;
        p->shapes[0] = UINT32_MAX;
    }
}

bool house_provision(struct house *h)
{
    struct plan_phones *p = &h->plan.phones;
    struct provision_cfg *c = &p->policy;
    if (p->n_listeners == 0) {
        return true;
    }
    if (getrandom(&c->hash, sizeof c->hash, 0) != sizeof c->hash ||
        getrandom(c->nonce_key, sizeof c->nonce_key, 0) != sizeof c->nonce_key) {
        cli_error("no random numbers: %s", strerror(errno));
        return false;
    }
    c->crypto = tls_crypto();
    names(p, h->plan.settings);
    certificates(h);
    if (p->has_tls) {
        h->phones_tls = house_phones_tls(h);
    }
    return !p->has_tls || h->phones_tls;
}
