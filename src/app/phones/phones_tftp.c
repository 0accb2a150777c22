/* Phones that come by TFTP: they prove nothing, and hear little. */
#include <stdio.h>

#include "app/phones/inside.h"

void phones_reply_tftp(struct phones *p, struct tftpd_id id, const struct provision_case *c,
                       const struct prov_device *d)
{
    struct str body = c->reply.status == 200 ? phones_body(p, c, d) : str_of(NULL, 0);
    if (body.p) {
        p->counts.served++;
        (void)tftpd_give(p->tftpd, id, body, NULL, NULL);
        return;
    }
    p->counts.refused++;
    if (c->reply.status == 404) {
        tftpd_refuse(p->tftpd, id, TFTP_NOT_FOUND, "File not found");
    } else {
        tftpd_refuse(p->tftpd, id, TFTP_ACCESS, "Access violation");
    }
}

static void on_open(void *ctx, struct tftpd *d, const struct tftpd_ask *ask)
{
    struct phones *p = ctx;
    struct waiter w = {.tftp = true, .transfer = ask->id, .peer = ask->peer};
    (void)d;
    p->counts.requests++;
    if (ask->name.len >= sizeof w.name) {
        tftpd_refuse(p->tftpd, ask->id, TFTP_NOT_FOUND, "File not found");
        return;
    }
    (void)snprintf(w.name, sizeof w.name, "%.*s", STR_ARG(ask->name));
    struct provision_request q = {.way = PROVISION_TFTP, .peer = ask->peer, .path = str_z(w.name)};
    phones_take(p, &w, &q, NULL);
}

static void on_done(void *ctx, struct tftpd_id id, struct endpoint peer, uint64_t bytes,
                    const char *why)
{
    struct phones *p = ctx;
    (void)id;
    p->counts.transfers++;
    if (why) {
        provision_cut(p->policy, peer, bytes, why, loop_date(p->cfg.loop));
        phones_tell(p);
    }
}

const struct tftpd_on phones_tftp = {.open = on_open, .done = on_done};
