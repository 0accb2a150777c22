/* Requests for files: who asks, within which limits; the table of transfers and their time. */
#include "app/tftpd/tftpd.h"

#include <stdlib.h>

#include "app/tftpd/inside.h"
#include "io/sockaddr/sockaddr.h"

enum { TICK = 20000 };

const struct tftpd_limits tftpd_limits_usual = {.most = 1024,
                                                .most_of_peer = 16,
                                                .open = 5 * USEC_S,
                                                .send = {.blksize = 1468,
                                                         .window = 16,
                                                         .wrap = 0,
                                                         .timeout = USEC_S,
                                                         .tries = 6,
                                                         .whole = 600 * USEC_S}};

static struct transfer *find(const struct tftpd *d, struct tftpd_id id)
{
    struct transfer *t = id.slot < d->limits.most ? d->at[id.slot] : NULL;
    return t && t->serial == id.serial && !t->given ? t : NULL;
}

/* -- Requests */

/* The transfer of that endpoint, how many its address has, and a free slot. */
static struct transfer *look(const struct tftpd *d, struct endpoint peer, size_t *ret_n,
                             uint32_t *ret_free)
{
    struct transfer *found = NULL;
    *ret_n = 0;
    *ret_free = UINT32_MAX;
    for (uint32_t i = 0; i < d->limits.most; i++) {
        struct transfer *t = d->at[i];
        if (!t) {
            *ret_free = *ret_free == UINT32_MAX ? i : *ret_free;
        } else if (addr_eq(t->peer.ip, peer.ip)) {
            ++*ret_n;
            found = endpoint_eq(t->peer, peer) ? t : found;
        }
    }
    return found;
}

/* With '/' for '\' and one in front. False: too long. */
static bool name_take(struct str file, char room[TFTPD_NAME], struct str *ret)
{
    size_t n = 0;
    if (file.len == 0 || (file.p[0] != '/' && file.p[0] != '\\')) {
        room[n++] = '/';
    }
    if (file.len > TFTPD_NAME - n) {
        return false;
    }
    for (size_t i = 0; i < file.len; i++) {
        room[n++] = file.p[i] == '\\' ? '/' : file.p[i];
    }
    *ret = str_of(room, n);
    return true;
}

static void ask(struct transfer *t, const struct tftp_message *m)
{
    struct tftpd *d = t->d;
    char room[TFTPD_NAME];
    struct tftpd_ask a = {.id = {t->slot, t->serial}, .peer = t->peer, .local = t->local};
    a.netascii = t->netascii = str_ieq(m->mode, STR("netascii"));
    if (m->op == TFTP_WRQ) {
        transfer_refuse(t, TFTP_ACCESS, "nothing is written here");
    } else if (!a.netascii && !str_ieq(m->mode, STR("octet"))) {
        transfer_refuse(t, TFTP_ILLEGAL, "no such mode");
    } else if (!name_take(m->file, room, &a.name)) {
        transfer_refuse(t, TFTP_NOT_FOUND, NULL);
    } else {
        d->counts.asked++;
        d->on->open(d->ctx, d, &a);
    }
}

/* Where it was sent to: the datagram tells where the socket listens on all addresses. */
static struct endpoint local_of(const struct tftpd *d, const struct udp *u, struct endpoint local)
{
    for (size_t i = 0; addr_unset(local.ip) && i < d->n_udp; i++) {
        local = d->udp[i] == u ? d->bound[i] : local;
    }
    return local;
}

static void on_datagram(void *ctx, struct udp *u, struct endpoint peer, struct endpoint local,
                        struct str bytes)
{
    struct tftpd *d = ctx;
    struct tftp_message m;
    struct err_at at;
    size_t of_peer;
    uint32_t slot;
    struct transfer *t = look(d, peer, &of_peer, &slot);
    if (t && t->send.acked == 0 && str_eq(bytes, str_of(t->request, t->request_len))) {
        return; /* asked once more: what is on the way to it answers that, too */
    }
    if (tftp_read(bytes, &m, &at) != ERR_OK || (m.op != TFTP_RRQ && m.op != TFTP_WRQ) ||
        d->draining) {
        d->counts.dropped++;
        return;
    }
    if (t) {
        transfer_free(t); /* it begins anew */
    } else if (of_peer >= d->limits.most_of_peer || slot == UINT32_MAX) {
        d->counts.dropped++;
        return;
    }
    (void)look(d, peer, &of_peer, &slot);
    t = transfer_new(d, peer, local_of(d, u, local), bytes);
    if (!t) {
        d->counts.dropped++;
        return;
    }
    t->slot = slot;
    d->at[slot] = t;
    d->n++;
    wheel_set(&d->wheel, &t->entry, loop_now(d->loop) + d->limits.open);
    ask(t, &m);
}

/* -- Answers */

static void drop(void (*release)(void *owner), void *owner)
{
    if (release) {
        release(owner);
    }
}

static bool copy(struct transfer *t, struct str bytes)
{
    struct buf b = {.limit = 0};
    enum err e = t->netascii ? tftp_netascii(bytes, &b) : buf_add(&b, bytes);
    if (e != ERR_OK) {
        buf_clear(&b);
        return false;
    }
    t->bytes = buf_str(&b);
    t->owner = b.p;
    t->release = free;
    return true;
}

void tftpd_give(struct tftpd *d, struct tftpd_id id, struct str bytes, void (*release)(void *owner),
                void *owner)
{
    struct transfer *t = find(d, id);
    struct tftp_message m;
    struct err_at at;
    if (!t || tftp_read(str_of(t->request, t->request_len), &m, &at) != ERR_OK) {
        drop(release, owner);
        return;
    }
    if (!release || t->netascii) {
        bool ok = copy(t, bytes);
        drop(release, owner);
        if (!ok) {
            transfer_refuse(t, TFTP_NOT_DEFINED, "no memory");
            return;
        }
    } else {
        t->bytes = bytes;
        t->release = release;
        t->owner = owner;
    }
    t->given = true;
    tftp_send_init(&t->send, &d->limits.send, &m, t->bytes.len, loop_now(d->loop));
    transfer_go(t);
}

void tftpd_refuse(struct tftpd *d, struct tftpd_id id, enum tftp_error code, const char *text)
{
    struct transfer *t = find(d, id);
    if (t) {
        transfer_refuse(t, code, text);
    }
}

/* -- All of them */

static void on_timer(void *ctx)
{
    struct tftpd *d = ctx;
    usec_t now = loop_now(d->loop);
    for (struct wheel_entry *e; (e = wheel_next(&d->wheel, now));) {
        struct transfer *t = (struct transfer *)e;
        if (!t->given) {
            transfer_refuse(t, TFTP_NOT_DEFINED, "try again later");
            continue;
        }
        tftp_send_on_time(&t->send, now);
        transfer_go(t);
    }
}

static void on_turn(void *ctx)
{
    struct tftpd *d = ctx;
    loop_timer_at(d->timer, wheel_deadline(&d->wheel));
}

enum err tftpd_new(struct loop *l, const struct tftpd_limits *limits, const struct tftpd_on *on,
                   void *ctx, struct tftpd **ret)
{
    struct tftpd *d = calloc(1, sizeof *d);
    if (!d) {
        return ERR_MEMORY;
    }
    d->loop = l;
    d->limits = *limits;
    d->on = on;
    d->ctx = ctx;
    d->turn = (struct loop_turn){.fn = on_turn, .ctx = d};
    wheel_init(&d->wheel, TICK, loop_now(l));
    d->at = calloc(limits->most, sizeof(struct transfer *));
    d->room = malloc(TFTPD_PACKET);
    enum err e = d->at && d->room ? loop_timer_new(l, on_timer, d, &d->timer) : ERR_MEMORY;
    if (e != ERR_OK) {
        tftpd_free(d);
        return e;
    }
    loop_on_turn(l, &d->turn);
    *ret = d;
    return ERR_OK;
}

enum err tftpd_listen(struct tftpd *d, int fd)
{
    if (d->n_udp == TFTPD_LISTENERS) {
        return ERR_LIMIT;
    }
    union sockaddr_any name = {.any.sa_family = AF_UNSPEC};
    socklen_t len = sizeof name;
    if (getsockname(fd, &name.any, &len) != 0) {
        return ERR_IO;
    }
    d->bound[d->n_udp] = sockaddr_get(&name);
    enum err e = udp_new(d->loop, fd, on_datagram, d, &d->udp[d->n_udp]);
    d->n_udp += e == ERR_OK;
    return e;
}

void tftpd_drain(struct tftpd *d)
{
    d->draining = true;
}

size_t tftpd_transfers(const struct tftpd *d)
{
    return d->n;
}

const struct tftpd_counts *tftpd_counts(const struct tftpd *d)
{
    return &d->counts;
}

void tftpd_free(struct tftpd *d)
{
    if (!d) {
        return;
    }
    for (size_t i = 0; d->at && i < d->limits.most; i++) {
        if (d->at[i]) {
            transfer_free(d->at[i]);
        }
    }
    for (size_t i = 0; i < d->n_udp; i++) {
        udp_free(d->udp[i]);
    }
    loop_timer_free(d->timer);
    free(d->at);
    free(d->room);
    free(d);
}
