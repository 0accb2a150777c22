/* Connections of a server: their table, their deadlines, their end. */
#include "io/stream/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "io/stream/inside.h"

enum { TICK = 50000, FIRST_SLOTS = 64 };

const struct stream_limits stream_limits_usual = {
    .most = 16000,
    .most_of_peer = 4096,
    .handshaking = 2000,
    .input_most = 65535,
    .output_most = 256 * 1024,
    .handshake = 10 * USEC_S,
    .piece = 10 * USEC_S,
    .idle = 0,
    .first = 30 * USEC_S,
    .write = 20 * USEC_S,
};

static const char *const too_late[DUES] = {
    [DUE_FIRST] = "nothing came in time",
    [DUE_PIECE] = "a message did not end in time",
    [DUE_WRITE] = "the peer does not read",
    [DUE_IDLE] = "nothing was said for long",
};

static void entry_set(struct stream *s)
{
    usec_t first = USEC_NONE;
    for (size_t i = 0; i < DUES; i++) {
        if (s->due[i] != USEC_NONE && (first == USEC_NONE || s->due[i] < first)) {
            first = s->due[i];
        }
    }
    struct stream_server *sv = s->server;
    if (first == USEC_NONE) {
        wheel_unset(&sv->wheel, &s->entry);
    } else if (!wheel_has(&s->entry) || s->entry.due != first) {
        wheel_set(&sv->wheel, &s->entry, first);
    }
}

void stream_due_set(struct stream *s, enum stream_due what, usec_t when)
{
    if (s->due[what] != when) {
        s->due[what] = when;
        entry_set(s);
    }
}

/* A deadline is over: which one, and what that means. */
static void expired(struct stream *s, usec_t now)
{
    for (unsigned i = 0; i < DUES; i++) {
        if (s->due[i] == USEC_NONE || s->due[i] > now) {
            continue;
        }
        if (s->state == STREAM_HALF && s->out.len > s->out.at) {
            stream_end(s); /* what is under way to it still gets out */
            s->due[DUE_FIRST] = USEC_NONE;
            break;
        }
        bool ours = s->state == STREAM_LINGER || s->state == STREAM_HALF;
        struct stream_counts *c = &s->server->counts;
        uint64_t *count = i == DUE_FIRST || i == DUE_IDLE ? &c->silent : &c->slow;
        *count += ours ? 0 : 1;
        if (s->state == STREAM_HANDSHAKE) {
            stream_unshaken(s, "timeout", "");
        }
        stream_kill(s, ours ? NULL : too_late[i]);
        return;
    }
    entry_set(s);
}

static void unlink_dirty(struct stream_server *sv, struct stream *s)
{
    for (struct stream **at = &sv->dirty; *at; at = &(*at)->next_dirty) {
        if (*at == s) {
            *at = s->next_dirty;
            return;
        }
    }
}

static void unlink_again(struct stream_server *sv, struct stream *s)
{
    for (struct stream **at = &sv->again; *at; at = &(*at)->next_again) {
        if (*at == s) {
            *at = s->next_again;
            return;
        }
    }
}

void stream_kill(struct stream *s, const char *why)
{
    if (s->state == STREAM_DEAD) {
        return;
    }
    struct stream_server *sv = s->server;
    if (s->state == STREAM_HANDSHAKE && s->ssl) {
        sv->handshaking--;
    }
    s->state = STREAM_DEAD;
    s->why = why;
    if (s->dirty) {
        unlink_dirty(sv, s);
    }
    if (s->again) {
        unlink_again(sv, s);
    }
    wheel_unset(&sv->wheel, &s->entry);
    loop_watch_free(s->watch);
    s->watch = NULL;
    s->next_dead = sv->dead;
    sv->dead = s;
    stream_wake(sv, 0);
}

static void destroy(struct stream *s)
{
    struct stream_server *sv = s->server;
    if (!s->ours) {
        stream_peer_remove(sv, s->peer.ip);
    }
    sv->slots[s->slot] = NULL;
    sv->free_slot[sv->free_slots++] = s->slot;
    sv->n--;
    SSL_free(s->ssl);
    (void)close(s->fd);
    free(s->in.p);
    free(s->out.p);
    free(s->certificate);
    free(s->client);
    free(s);
}

static void bury(struct stream_server *sv)
{
    while (sv->dead) {
        struct stream *s = sv->dead;
        sv->dead = s->next_dead;
        if (s->opened && s->listener->on->closed) {
            s->listener->on->closed(s->ctx, s, s->why);
        }
        destroy(s);
    }
}

void stream_wake(struct stream_server *sv, usec_t when)
{
    loop_timer_at(sv->timer, when);
}

/* Everything that is not a descriptor's doing: deadlines, ends, reads that were put off, accepts. */
static void on_time(void *ctx)
{
    struct stream_server *sv = ctx;
    usec_t now = loop_now(sv->loop);
    for (struct wheel_entry *e; (e = wheel_next(&sv->wheel, now));) {
        expired((struct stream *)e, now);
    }
    struct stream *s = sv->again;
    sv->again = NULL;
    while (s) {
        struct stream *next = s->next_again;
        s->again = false;
        stream_redeliver(s);
        stream_read(s);
        s = next;
    }
    bury(sv);
    stream_accept_again(sv);
}

static void set_timer(struct stream_server *sv)
{
    usec_t when = sv->dead || sv->again || sv->dirty ? 0 : wheel_deadline(&sv->wheel);
    if (sv->paused && sv->resume != USEC_NONE && (when == USEC_NONE || sv->resume < when)) {
        when = sv->resume;
    }
    loop_timer_at(sv->timer, when);
}

enum err stream_server_new(struct loop *l, const struct stream_limits *limits,
                           struct stream_server **ret)
{
    struct stream_server *sv = calloc(1, sizeof *sv);
    if (!sv) {
        return ERR_MEMORY;
    }
    sv->loop = l;
    sv->limits = *limits;
    sv->resume = USEC_NONE;
    sv->n_slots = FIRST_SLOTS;
    sv->peers_cap = FIRST_SLOTS;
    sv->room = malloc(STREAM_READ);
    sv->slots = calloc(sv->n_slots, sizeof(struct stream *));
    sv->free_slot = calloc(sv->n_slots, sizeof *sv->free_slot);
    sv->peers = calloc(sv->peers_cap, sizeof *sv->peers);
    wheel_init(&sv->wheel, TICK, loop_now(l));
    enum err e = ERR_MEMORY;
    if (sv->room && sv->slots && sv->free_slot && sv->peers) {
        for (uint32_t i = 0; i < sv->n_slots; i++) {
            sv->free_slot[sv->free_slots++] = sv->n_slots - 1 - i;
        }
        e = getrandom(&sv->peer_key, sizeof sv->peer_key, 0) == sizeof sv->peer_key ? ERR_OK
                                                                                    : ERR_IO;
    }
    if (!e) {
        e = loop_timer_new(l, on_time, sv, &sv->timer);
    }
    if (e) {
        free(sv->room);
        free(sv->slots);
        free(sv->free_slot);
        free(sv->peers);
        free(sv);
        return e;
    }
    *ret = sv;
    return ERR_OK;
}

void stream_server_free(struct stream_server *sv)
{
    if (!sv) {
        return;
    }
    stream_flush(sv);
    for (uint32_t i = 0; i < sv->n_slots; i++) {
        if (sv->slots[i]) {
            stream_kill(sv->slots[i], NULL);
        }
    }
    bury(sv);
    for (size_t i = 0; i < sv->n_listeners; i++) {
        struct stream_listener *l = &sv->listener[i];
        loop_watch_free(l->watch);
        if (l->fd >= 0) {
            (void)close(l->fd);
        }
        SSL_CTX_free(l->ctx);
        SSL_SESSION_free(l->shared);
    }
    loop_timer_free(sv->timer);
    free(sv->room);
    free(sv->slots);
    free(sv->free_slot);
    free(sv->peers);
    free(sv);
}

static bool more_slots(struct stream_server *sv)
{
    uint32_t n = sv->n_slots * 2;
    struct stream **slots = realloc(sv->slots, n * sizeof(struct stream *));
    if (!slots) {
        return false;
    }
    sv->slots = slots;
    uint32_t *stack = realloc(sv->free_slot, n * sizeof *stack);
    if (!stack) {
        return false;
    }
    sv->free_slot = stack;
    for (uint32_t i = n; i-- > sv->n_slots;) {
        slots[i] = NULL;
        stack[sv->free_slots++] = i;
    }
    sv->n_slots = n;
    return true;
}

struct stream *stream_add(struct stream_listener *l, int fd, struct endpoint peer)
{
    struct stream_server *sv = l->server;
    if (sv->free_slots == 0 && !more_slots(sv)) {
        return NULL;
    }
    struct stream *s = calloc(1, sizeof *s);
    if (!s) {
        return NULL;
    }
    s->server = sv;
    s->listener = l;
    s->fd = fd;
    s->peer = peer;
    for (size_t i = 0; i < DUES; i++) {
        s->due[i] = USEC_NONE;
    }
    if (loop_watch_new(sv->loop, fd, stream_ready, s, &s->watch) != ERR_OK) {
        free(s);
        return NULL;
    }
    s->slot = sv->free_slot[--sv->free_slots];
    sv->last_serial += sv->last_serial == UINT32_MAX ? 2 : 1; /* 0 is no connection */
    s->serial = sv->last_serial;
    sv->slots[s->slot] = s;
    sv->n++;
    return s;
}

struct stream *stream_find(struct stream_server *sv, uint32_t slot, uint32_t serial)
{
    struct stream *s = slot < sv->n_slots ? sv->slots[slot] : NULL;
    return s && s->serial == serial && s->opened && s->state != STREAM_DEAD ? s : NULL;
}

uint32_t stream_slot(const struct stream *s)
{
    return s->slot;
}

uint32_t stream_serial(const struct stream *s)
{
    return s->serial;
}

unsigned stream_tag(const struct stream *s)
{
    return s->listener->tag;
}

struct endpoint stream_peer(const struct stream *s)
{
    return s->peer;
}

struct endpoint stream_local(const struct stream *s)
{
    return s->local;
}

void *stream_ctx(const struct stream *s)
{
    return s->ctx;
}

bool stream_is_tls(const struct stream *s)
{
    return s->listener->tls;
}

struct str stream_certificate(const struct stream *s)
{
    return str_of(s->certificate, s->certificate_len);
}

const struct client_cert *stream_client(const struct stream *s)
{
    return s->client;
}

void stream_end(struct stream *s)
{
    if (s->state == STREAM_HANDSHAKE && s->ours) {
        stream_kill(s, NULL);
    } else if (s->state == STREAM_OPEN || s->state == STREAM_HALF) {
        s->state = STREAM_ENDING;
        stream_due_set(s, DUE_WRITE, loop_now(s->server->loop) + s->server->limits.write);
        if (!s->dirty) {
            s->dirty = true;
            s->next_dirty = s->server->dirty;
            s->server->dirty = s;
        }
    }
}

void stream_flush(struct stream_server *sv)
{
    sv->shaken = 0;
    for (unsigned i = 0; sv->dirty && i < STREAM_ROUNDS; i++) {
        struct stream *s = sv->dirty;
        sv->dirty = NULL;
        while (s) {
            struct stream *next = s->next_dirty;
            s->dirty = false;
            stream_write(s);
            s = next;
        }
    }
    set_timer(sv);
}

size_t stream_waiting(const struct stream *s)
{
    return s->out.len - s->out.at;
}

void stream_hold(struct stream *s, bool hold)
{
    if (s->on_hold == hold || s->state == STREAM_DEAD) {
        return;
    }
    s->on_hold = hold;
    s->due_again = !hold;
    if (hold) {
        stream_due_set(s, DUE_PIECE, USEC_NONE);
    } else {
        stream_read_later(s);
        stream_wake(s->server, 0);
    }
    if (s->state == STREAM_OPEN) {
        unsigned out = stream_waiting(s) && !s->dirty ? LOOP_WRITE : 0;
        (void)stream_watch(s, out | (hold ? 0 : LOOP_READ));
    }
}

size_t stream_count(const struct stream_server *sv)
{
    return sv->n;
}

size_t stream_end_some(struct stream_server *sv, size_t n)
{
    size_t ended = 0;
    for (uint32_t seen = 0; seen < sv->n_slots && ended < n; seen++) {
        sv->end_cursor = sv->end_cursor + 1 < sv->n_slots ? sv->end_cursor + 1 : 0;
        struct stream *s = sv->slots[sv->end_cursor];
        if (s && s->state == STREAM_OPEN && s->in.len == 0 && s->out.len == 0) {
            stream_end(s);
            ended++;
        }
    }
    return ended;
}

const struct stream_counts *stream_counts(const struct stream_server *sv)
{
    return &sv->counts;
}
