/* Between the files of this module. */
#ifndef APP_DESK_INSIDE_H
#define APP_DESK_INSIDE_H

#include "app/desk/desk.h"
#include "io/ask/ask.h"
#include "io/datagram/datagram.h"
#include "io/stream/stream.h"
#include "io/tls/client.h"
#include "io/transfer/transfer.h"

enum {
    DESK_TRUSTS = 32, /* different sets of authorities that files brought */
    DESK_WAYS = 12,   /* different TLS settings for SIP at once */
};

/* TLS to SIP servers: connections of the same settings share a context. */
struct desks_way {
    uint32_t trust;
    unsigned minimum, maximum;
    int64_t minute; /* of the phone's date where that is not the host's; 0: it is */
    bool plain;     /* TCP */
    unsigned way;   /* of stream_connect */
    uint64_t used;
};

struct desks {
    const struct desk_cfg *cfg;
    struct handset_cfg handset;
    struct loop *loop;
    struct loop_timer *timer;
    struct loop_turn turn;
    struct wheel wheel;
    struct asks *asks;
    struct transfers *transfers;
    struct stream_server *streams;
    struct agent_work *agents;
    struct phone_pool *pool;
    struct str trust[DESK_TRUSTS + 1]; /* owned but for the first; empty text: this host's */
    unsigned n_trusts;
    struct desks_way way[DESK_WAYS];
    unsigned n_ways;
    uint64_t used;
};

/* -- desk.c */
/* Carries out what the handset wants now; after everything that it is told. */
void desk_settle(struct desk *d);

static inline usec_t desk_now(const struct desk *d)
{
    return loop_now(d->all->loop);
}

/* -- names.c */
void desk_ask(struct desk *d, const struct handset_action *a);
void desk_clock(struct desk *d, const struct handset_action *a);
void desk_ask_stop(struct desk *d, uint32_t id);
void desk_ask_stop_all(struct desk *d);

/* -- ways.c */
void desk_open(struct desk *d, const struct handset_action *a);
void desk_send(struct desk *d, const struct handset_action *a);
void desk_close(struct desk *d, uint32_t id);
void desk_close_all(struct desk *d);

/* -- fetch.c */
void desk_fetch(struct desk *d, const struct handset_action *a);
void desk_fetch_stop(struct desk *d, uint32_t id); /* 0: whatever runs */
void desk_trust(struct desk *d, struct str pem);
unsigned desk_tls_version(struct str name, unsigned otherwise); /* "TLS 1.1" */
/* The date that certificates are held against; 0: the host's will do. */
usec_t desk_tls_date(const struct desk *d);

/* -- media.c */
void desk_media(struct desk *d, const struct handset_action *a);
void desk_media_end(struct desk *d);

#endif
