/* The service of a worker for phones: its beginning and end. */
#include "app/phones/phones.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/phones/inside.h"

/* -- telling, and time */

void phones_tell(struct phones *p)
{
    struct fact f;
    while (provision_next(p->policy, &f)) {
        p->cfg.tell(p->cfg.ctx, &f);
    }
}

/* The rules think in dates, the loop in run time. */
static void set_timer(struct phones *p)
{
    usec_t now = loop_now(p->cfg.loop), due = phones_late_deadline(p);
    usec_t date = provision_deadline(p->policy);
    if (date != USEC_NONE) {
        usec_t left = date - loop_date(p->cfg.loop);
        usec_t when = now + (left > 0 ? left : 0);
        due = due == USEC_NONE || when < due ? when : due;
    }
    loop_timer_at(p->timer, due);
}

static void on_time(void *ctx)
{
    struct phones *p = ctx;
    phones_late(p);
    provision_on_time(p->policy, loop_date(p->cfg.loop));
    phones_tell(p);
}

static void on_turn(void *ctx)
{
    set_timer(ctx);
}

/* -- bodies */

struct str phones_body(struct phones *p, const struct provision_case *c,
                       const struct prov_device *d)
{
    struct sink out = buf_sink(&p->body);
    enum provision_body form = c->reply.body;
    buf_reset(&p->body);
    switch (form) {
    case BODY_NONE:
        return str_of(NULL, 0);
    case BODY_BOOTSTRAP:
        return provision_bootstrap(p->policy);
    case BODY_RULE:
        provision_rule_write(p->policy, d, &out);
        return out.err == ERR_OK ? buf_str(&p->body) : str_of(NULL, 0);
    case BODY_PLAIN:
        return d->plain;
    case BODY_GZIP:
        return d->gzip;
    case BODY_AES_CBC:
    case BODY_AES128GCM:
        return provision_seal(p->cfg.policy->crypto, d, form, &p->body) == ERR_OK
                   ? buf_str(&p->body)
                   : str_of(NULL, 0);
    }
    return str_of(NULL, 0);
}

/* -- life */

static enum err listen_one(struct phones *p, struct phones_listener *l)
{
    int fd = l->fd;
    l->fd = -1;
    if (l->way == PROVISION_TFTP) {
        return tftpd_listen(p->tftpd, fd);
    }
    struct tls_server *tls = l->way == PROVISION_HTTPS ? p->cfg.tls : NULL;
    return web_listen(p->web, fd, tls, (unsigned)l->way, &phones_handler, p);
}

static enum err open_parts(struct phones *p)
{
    const struct phones_cfg *cfg = &p->cfg;
    enum err e = provision_new(cfg->policy, &p->policy);
    if (e == ERR_OK) {
        e = memory_new(&cfg->policy->hash, cfg->remembered_most, cfg->remembered_bytes, &p->memory);
    }
    if (e == ERR_OK) {
        e = web_new(cfg->loop, &cfg->web, &p->web);
    }
    if (e == ERR_OK) {
        e = tftpd_new(cfg->loop, &cfg->tftp, &phones_tftp, p, &p->tftpd);
    }
    if (e == ERR_OK) {
        e = loop_timer_new(cfg->loop, on_time, p, &p->timer);
    }
    return e;
}

enum err phones_new(const struct phones_cfg *cfg, struct phones **ret)
{
    struct phones *p = calloc(1, sizeof *p);
    if (!p) {
        for (size_t i = 0; i < cfg->n_listeners; i++) {
            (void)close(cfg->listener[i].fd);
        }
        return ERR_MEMORY;
    }
    p->cfg = *cfg;
    p->late_end = &p->late;
    enum err e = open_parts(p);
    for (size_t i = 0; e == ERR_OK && i < cfg->n_listeners; i++) {
        e = listen_one(p, &p->cfg.listener[i]);
    }
    if (e != ERR_OK) {
        phones_free(p);
        return e;
    }
    p->turn = (struct loop_turn){.fn = on_turn, .ctx = p};
    loop_on_turn(cfg->loop, &p->turn);
    *ret = p;
    return ERR_OK;
}

void phones_free(struct phones *p)
{
    if (!p) {
        return;
    }
    phones_ask_clear(p);
    web_free(p->web);
    tftpd_free(p->tftpd);
    for (size_t i = 0; i < p->cfg.n_listeners; i++) {
        if (p->cfg.listener[i].fd >= 0) {
            (void)close(p->cfg.listener[i].fd);
        }
    }
    loop_timer_free(p->timer);
    memory_free(p->memory);
    provision_free(p->policy);
    buf_clear(&p->body);
    free(p);
}

void phones_drain(struct phones *p)
{
    p->draining = true;
    web_drain(p->web);
    tftpd_drain(p->tftpd);
}

bool phones_asking(const struct phones *p)
{
    return p->asking != NULL;
}

void phones_tls(struct phones *p, struct tls_server *tls)
{
    p->cfg.tls = tls;
    web_tls(p->web, tls);
}

void phones_forget(struct phones *p, const struct mac *mac, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memory_forget(p->memory, mac[i]);
    }
    if (n == 0) {
        memory_forget_all(p->memory);
    }
}

void phones_windows(struct phones *p, const struct prov_window *w, size_t n)
{
    provision_windows(p->policy, w, n);
}

struct phones_counts phones_counts(const struct phones *p)
{
    struct phones_counts c = p->counts;
    const struct stream_counts *s = web_stream_counts(p->web);
    c.lost = provision_lost(p->policy);
    c.connections = web_connections(p->web);
    c.handshakes = s->handshakes;
    c.unshaken = s->handshake_failed;
    return c;
}
