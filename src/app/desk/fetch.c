/* Files: what the handset asks for, as transfers; which authorities it believes. */
#include <stdlib.h>
#include <string.h>

#include "app/desk/inside.h"

_Static_assert((int)HANDSET_PUT == (int)TRANSFER_PUT && (int)HANDSET_HTTPS == (int)TRANSFER_HTTPS,
               "the same order");

unsigned desk_tls_version(struct str name, unsigned otherwise)
{
    static const struct {
        const char *name;
        unsigned version;
    } rows[] = {{"TLS 1.0", 0x0301}, {"TLS 1.1", 0x0302}, {"TLS 1.2", 0x0303}, {"TLS 1.3", 0x0304}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (str_ieq(str_trim(name), str_z(rows[i].name))) {
            return rows[i].version;
        }
    }
    return otherwise;
}

usec_t desk_tls_date(const struct desk *d)
{
    usec_t date = desk_date(d), host = loop_date(d->all->loop);
    usec_t apart = date > host ? date - host : host - date;
    return apart > 2 * USEC_S ? date : 0;
}

/* -- trust */

void desk_trust(struct desk *d, struct str pem)
{
    struct desks *all = d->all;
    for (unsigned i = 0; i < all->n_trusts; i++) {
        if (str_eq(all->trust[i], pem)) {
            d->trust = i;
            return;
        }
    }
    char *copy = all->n_trusts <= DESK_TRUSTS ? malloc(pem.len + 1) : NULL;
    if (copy) { /* else what was believed before stays */
        memcpy(copy, pem.p ? pem.p : "", pem.len);
        all->trust[all->n_trusts] = str_of(copy, pem.len);
        d->trust = all->n_trusts++;
    }
}

/* -- transfers */

static void on_head(void *ctx, bool sent, struct str head)
{
    struct desk *d = ctx;
    handset_on_head(&d->handset, d->run_id, sent, head, desk_now(d));
}

static void on_done(void *ctx, const struct transfer_answer *a)
{
    struct desk *d = ctx;
    const struct handset_fetched f = {.code = a->code,
                                      .text = a->text,
                                      .status = a->status,
                                      .content_encoding = a->content_encoding,
                                      .location = a->location,
                                      .etag = a->etag,
                                      .body = a->body};
    d->run = NULL;
    if (d->on->fetched) {
        d->on->fetched(d->ctx, d, &f);
    }
    handset_on_fetched(&d->handset, d->run_id, &f, desk_now(d));
    desk_settle(d);
}

static const struct transfer_on on = {.head = on_head, .done = on_done};
static const struct transfer_on on_quiet = {.done = on_done};

static void set_tls(struct desk *d, const struct handset_fetch *f, struct transfer_ask *ask)
{
    const struct desk_cfg *cfg = d->all->cfg;
    ask->tls_least = desk_tls_version(f->tls_least, 0x0302);
    ask->tls_most = desk_tls_version(f->tls_most, 0);
    ask->trust = d->all->trust[d->trust];
    ask->date = desk_tls_date(d);
    if (f->certificate == HANDSET_CERT_OWN && f->scheme == HANDSET_HTTPS && d->on->certificate) {
        ask->identity = d->on->certificate(d->ctx, d);
    } else if (f->certificate == HANDSET_CERT_OWN) {
        ask->cert = cfg->cert;
        ask->key = cfg->key;
    } else if (f->certificate == HANDSET_CERT_EXPIRED) {
        ask->cert = cfg->cert_expired;
        ask->key = cfg->key_expired;
    }
}

void desk_fetch(struct desk *d, const struct handset_action *a)
{
    const struct handset_fetch *f = a->fetch;
    struct transfer_field head[HANDSET_FIELDS], form[HANDSET_FIELDS];
    struct transfer_ask ask = {
        .method = (enum transfer_method)f->method,
        .scheme = (enum transfer_scheme)f->scheme,
        .host = f->host,
        .check = f->check,
        .to = f->to,
        .from = d->handset.lease ? d->handset.lease->address : (struct addr){.family = 0},
        .path = f->path,
        .field = head,
        .n_fields = f->n_fields,
        .body = f->body,
        .form = form,
        .n_form = f->n_form,
        .file_name = f->archive,
        .user = f->user,
        .secret = f->secret,
        .wait = a->wait,
        .most = f->most,
    };
    for (size_t i = 0; i < f->n_fields; i++) {
        head[i] = (struct transfer_field){f->field[i].name, f->field[i].value};
    }
    for (size_t i = 0; i < f->n_form; i++) {
        form[i] = (struct transfer_field){f->form[i].name, f->form[i].value};
    }
    if (f->archive.len && d->on->archive) {
        ask.file = d->on->archive(d->ctx, d, f->archive);
    }
    set_tls(d, f, &ask);
    desk_fetch_stop(d, 0);
    d->run_id = a->id;
    if (d->on->fetch) {
        d->on->fetch(d->ctx, d, f);
    }
    bool logged = d->all->handset.head && d->handset.scribe;
    if (transfer_begin(d->all->transfers, &ask, logged ? &on : &on_quiet, d, &d->run) != ERR_OK) {
        const struct handset_fetched bad = {.code = 3, .text = STR("URL using bad/illegal format")};
        d->run = NULL;
        handset_on_fetched(&d->handset, a->id, &bad, desk_now(d));
    }
}

void desk_fetch_stop(struct desk *d, uint32_t id)
{
    if (d->run && (id == 0 || d->run_id == id)) {
        transfer_stop(d->run);
        d->run = NULL;
    }
}
