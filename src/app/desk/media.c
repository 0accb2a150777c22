/* Calls: what is heard is sent back. */
#include <stdlib.h>

#include "app/desk/inside.h"

enum { RTP_LEAST = 16384, RTP_MOST = 16482 };

struct desk_media {
    struct desk_media *next;
    struct desk *desk;
    struct datagram *rtp;
    unsigned line;
};

static void on_rtp(void *ctx, struct endpoint peer, struct str bytes)
{
    struct desk_media *m = ctx;
    datagram_send(m->rtp, peer, bytes);
}

static struct desk_media **media_at(struct desk *d, unsigned line)
{
    struct desk_media **at = &d->media;
    while (*at && (*at)->line != line) {
        at = &(*at)->next;
    }
    return at;
}

static void media_end(struct desk_media **at)
{
    struct desk_media *m = *at;
    *at = m->next;
    datagram_free(m->rtp);
    free(m);
}

void desk_answer(struct desk *d, unsigned line)
{
    struct desk_media *m = calloc(1, sizeof *m);
    struct endpoint local = {.port = 0};
    bool any = d->all->cfg->any_port;
    if (m) {
        *m = (struct desk_media){.next = d->media, .desk = d, .line = line};
        if (*media_at(d, line) == NULL && d->handset.lease &&
            datagram_new(d->all->loop, d->handset.lease->address, any ? 0 : RTP_LEAST,
                         any ? 0 : RTP_MOST, 2, on_rtp, m, &m->rtp) == ERR_OK) {
            d->media = m;
            local = datagram_local(m->rtp);
        } else {
            free(m);
        }
    }
    handset_on_media(&d->handset, line, local, desk_now(d));
    desk_settle(d);
}

void desk_media(struct desk *d, const struct handset_action *a)
{
    struct desk_media **at = media_at(d, a->id);
    unsigned line = a->id;
    enum agent_call_state call = a->call;
    if (call == AGENT_ENDED && *at) {
        media_end(at);
    }
    if (d->on->call) {
        d->on->call(d->ctx, d, line, call);
    }
    if (call == AGENT_RINGING && !d->hand_calls) {
        desk_answer(d, line);
    }
}

void desk_media_end(struct desk *d)
{
    while (d->media) {
        media_end(&d->media);
    }
}
