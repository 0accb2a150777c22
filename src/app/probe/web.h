/* One request to a web server as a phone makes it: sent, looked at, and told as facts. */
#ifndef APP_PROBE_WEB_H
#define APP_PROBE_WEB_H

#include "app/probe/probe.h"
#include "base/x509.h"
#include "io/fetch/fetch.h"

/* Where a request stands in a phone's journey. */
enum web_step {
    WEB_ACTIVATION,   /* it begins to ask that service, which sends nobody elsewhere */
    WEB_PROVISIONING, /* it begins to ask for its configuration */
    WEB_REDIRECT,     /* it was sent here by the answer before */
    WEB_ASIDE,        /* it does not do this: no facts */
};

struct web {
    enum web_step step;
    char url[FETCH_URL];
    struct fetch_url u;
    const char *proxy;   /* NULL: none */
    struct fetch_url to; /* what is connected to: u, or the proxy */
    bool sent;           /* leave was given and there was an address */
    struct endpoint at;  /* of the last address tried */
    usec_t began;        /* probe_now at its beginning */
    struct fetch_answer a;
    bool has_own;         /* a certificate was shown: own is set */
    struct x509 own;      /* the server's own certificate */
    const char *distrust; /* why a phone would not trust the chain, as a log says it; or NULL */
};

/* Resolves the host, asks its addresses one after the other until one connects, tells the facts. ERR_USAGE: no URL of
 * http or https (nothing is told), or no certificates to trust (w->a.text). Give it to web_clear in any case. */
enum err web_get(struct probe *p, struct str url, enum web_step step, struct web *ret_w) MUST_CHECK;
void web_clear(struct web *w);

/* The server wants a client certificate, and this probe has none to show: what a phone would get is not known. */
bool web_unproven(const struct probe *p, const struct web *w);
/* Whether the answer is a page for people. */
bool web_is_page(const struct web *w);
/* Why a phone could not read what should be its configuration; NULL: it could, or it is sealed, packed or not here to its end. */
const char *web_unreadable(const struct web *w);

#endif
