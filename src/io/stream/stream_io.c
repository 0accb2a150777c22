/* Bytes in and out of a connection, TCP or TLS. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/stream/inside.h"

enum { SMALL = 1024 };

bool stream_watch(struct stream *s, unsigned events)
{
    if (s->state == STREAM_DEAD) {
        return false;
    }
    if (s->watching != events) {
        if (loop_watch_set(s->watch, events) != ERR_OK) {
            stream_kill(s, "the system refuses to watch it");
            return false;
        }
        s->watching = (uint8_t)events;
    }
    return true;
}

/* -- A buffer that has no memory while nothing waits. */

static bool room_make(struct piece_buffer *b, size_t more)
{
    if (b->at > 0) {
        memmove(b->p, b->p + b->at, b->len - b->at);
        b->len -= b->at;
        b->at = 0;
    }
    if (b->len + more <= b->cap) {
        return true;
    }
    size_t cap = b->cap ? b->cap : SMALL;
    while (cap < b->len + more) {
        cap *= 2;
    }
    char *p = realloc(b->p, cap);
    if (!p) {
        return false;
    }
    b->p = p;
    b->cap = (uint32_t)cap;
    return true;
}

static bool buffer_add(struct piece_buffer *b, struct str bytes)
{
    if (!room_make(b, bytes.len)) {
        return false;
    }
    if (b->p && bytes.p) {
        memcpy(b->p + b->len, bytes.p, bytes.len);
    }
    b->len += (uint32_t)bytes.len;
    return true;
}

static void buffer_empty(struct piece_buffer *b)
{
    free(b->p);
    *b = (struct piece_buffer){.p = NULL};
}

/* -- Handshake */

/* The leaf that the client showed; its chain was verified, or the handshake had failed. */
static void certificate_keep(struct stream *s)
{
    bool asked = s->listener->asks_clients && !s->client;
    X509 *leaf = asked ? SSL_get1_peer_certificate(s->ssl) : NULL;
    unsigned char *der = NULL;
    int len = leaf ? i2d_X509(leaf, &der) : 0;
    if (len > 0 && len <= UINT16_MAX) {
        s->certificate = malloc((size_t)len);
        if (s->certificate) {
            memcpy(s->certificate, der, (size_t)len);
            s->certificate_len = (uint16_t)len;
        }
    }
    OPENSSL_free(der);
    X509_free(leaf);
}

/* What a handshake leaves behind is the session: with the server's certificate some six kilobytes for each connection that we began.
 * Nothing asks for it any more, as nothing is resumed; all connections of a way keep that of the first one. */
static void share_session(struct stream *s)
{
    struct stream_listener *l = s->listener;
    if (!l->shared) {
        l->shared = SSL_get1_session(s->ssl);
    } else if (SSL_set_session(s->ssl, l->shared) != 1) {
        ERR_clear_error(); /* it keeps its own */
    }
}

void stream_opened(struct stream *s)
{
    if (s->ours && s->ssl && s->listener->shares) {
        share_session(s);
    }
    struct stream_server *sv = s->server;
    s->state = STREAM_OPEN;
    s->opened = true;
    usec_t now = loop_now(sv->loop);
    stream_due_set(s, DUE_FIRST, sv->limits.first ? now + sv->limits.first : USEC_NONE);
    if (sv->limits.idle) {
        stream_due_set(s, DUE_IDLE, now + sv->limits.idle);
    }
    const struct stream_on *on = s->listener->on;
    void *ctx = on->opened ? on->opened(s->listener->server_ctx, s) : s->listener->server_ctx;
    s->ctx = s->ours ? s->ctx : ctx;
}

void stream_unshaken(struct stream *s, const char *reason, const char *text)
{
    const struct stream_listener *l = s->listener;
    if (l->on->unshaken) {
        l->on->unshaken(l->server_ctx, s, reason, text);
    }
}

/* "certificate expired" as RFC 8446 6.2 spells it. */
static void alert_name(int alert, char *to, size_t cap)
{
    const char *words = SSL_alert_desc_string_long(alert);
    size_t n = 0;
    for (; words[n] && n + 1 < cap; n++) {
        to[n] = words[n] == ' ' ? '_' : ascii_lower(words[n]);
    }
    to[n] = 0;
}

static const char *reason_of(unsigned long code)
{
    int reason = ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0;
    switch (reason) {
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
        return "no-shared-cipher";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
        return "no-shared-version";
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
        return "not-tls";
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
        return "closed";
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return "untrusted";
    }
    return code ? "other" : "closed";
}

/* Why the library gave up: the first thing it noted. */
static void failed(struct stream *s)
{
    char alert[48];
    unsigned long code = ERR_peek_error();
    int number =
        ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET : -1;
    const char *text = code ? ERR_reason_error_string(code) : NULL;
    if (number >= 0 && number < 256) {
        alert_name(number, alert, sizeof alert);
        stream_unshaken(s, alert, text ? text : "");
    } else {
        stream_unshaken(s, reason_of(code), text ? text : "");
    }
    ERR_clear_error();
}

void stream_shake(struct stream *s)
{
    struct stream_server *sv = s->server;
    /* A crowd that comes at once must not keep the others waiting: the descriptor still says in the next turn that
     * there is something to read. */
    if (sv->shaken++ >= STREAM_SHAKES) {
        return;
    }
    ERR_clear_error();
    int rc = SSL_do_handshake(s->ssl);
    if (rc == 1) {
        sv->handshaking--;
        sv->counts.handshakes++;
        sv->counts.resumed += SSL_session_reused(s->ssl) ? 1 : 0;
        certificate_keep(s);
        stream_opened(s);
        if (sv->paused) {
            stream_wake(sv, 0);
        }
        if (stream_watch(s, LOOP_READ)) {
            stream_read(s); /* what came along with the last of the handshake */
        }
        return;
    }
    switch (SSL_get_error(s->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        (void)stream_watch(s, LOOP_READ);
        break;
    case SSL_ERROR_WANT_WRITE:
        (void)stream_watch(s, LOOP_WRITE);
        break;
    default:
        sv->counts.handshake_failed++;
        if (sv->paused) {
            stream_wake(sv, 0);
        }
        failed(s);
        stream_kill(s, "the TLS handshake failed");
        break;
    }
}

/* -- In */

enum got { GOT_BYTES, GOT_NOTHING, GOT_END, GOT_ERROR };

static enum got receive(struct stream *s, size_t *ret_len)
{
    char *room = s->server->room;
    if (!s->ssl) {
        ssize_t n = recv(s->fd, room, STREAM_READ, 0);
        if (n > 0) {
            *ret_len = (size_t)n;
            return GOT_BYTES;
        }
        if (n == 0) {
            return GOT_END;
        }
        return errno == EAGAIN || errno == EINTR ? GOT_NOTHING : GOT_ERROR;
    }
    ERR_clear_error();
    int rc = SSL_read_ex(s->ssl, room, STREAM_READ, ret_len);
    if (rc == 1) {
        return GOT_BYTES;
    }
    switch (SSL_get_error(s->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: /* a reply of the library's own that does not fit: the next write takes it */
        return GOT_NOTHING;
    case SSL_ERROR_ZERO_RETURN:
        return GOT_END;
    default:
        ERR_clear_error();
        return GOT_ERROR;
    }
}

/* What is left of `bytes` waits for more; whether the connection lives on. */
static void keep_rest(struct stream *s, struct str rest, bool used)
{
    struct stream_server *sv = s->server;
    usec_t now = loop_now(sv->loop);
    if (used) {
        s->heard = now;
        stream_due_set(s, DUE_FIRST, USEC_NONE);
    }
    if (rest.len == 0) {
        stream_due_set(s, DUE_PIECE, USEC_NONE);
    } else if (s->on_hold) {
        stream_due_set(s, DUE_PIECE, USEC_NONE);
    } else if (rest.len > sv->limits.input_most) {
        sv->counts.overflow++;
        stream_kill(s, "a message was too long");
    } else if (sv->limits.piece && (used || s->due[DUE_PIECE] == USEC_NONE)) {
        stream_due_set(s, DUE_PIECE, now + sv->limits.piece);
    }
}

/* Hands over what came, behind what was left before. */
static void deliver(struct stream *s, struct str bytes)
{
    bool held = s->in.len > 0;
    if (held && !buffer_add(&s->in, bytes)) {
        stream_kill(s, "no memory");
        return;
    }
    struct str all = held ? str_of(s->in.p + s->in.at, s->in.len - s->in.at) : bytes;
    size_t used = s->listener->on->bytes(s->ctx, s, all);
    if (s->state == STREAM_DEAD) {
        return;
    }
    struct str rest = str_from(all, used);
    if (held && rest.len > 0) {
        s->in.at += (uint32_t)used;
    } else if (held) {
        buffer_empty(&s->in);
    } else if (rest.len > 0 && !buffer_add(&s->in, rest)) {
        stream_kill(s, "no memory");
        return;
    }
    keep_rest(s, rest, used > 0);
}

void stream_redeliver(struct stream *s)
{
    bool due = s->due_again && s->state == STREAM_OPEN && s->in.len > s->in.at;
    s->due_again = false;
    if (due) {
        deliver(s, STR(""));
    }
}

/* The peer has ended its side. What is being answered still gets out: an answer may be under way from another
 * thread. */
static void peer_ended(struct stream *s)
{
    if (s->state == STREAM_LINGER) {
        stream_kill(s, NULL);
        return;
    }
    if (s->state == STREAM_ENDING) {
        (void)stream_watch(s, LOOP_WRITE); /* as it would without; nothing more is read */
        return;
    }
    usec_t now = loop_now(s->server->loop);
    bool owed = s->out.len > s->out.at || (s->heard && now - s->heard < STREAM_HALF_USEC);
    if (!owed) {
        stream_kill(s, NULL);
        return;
    }
    for (unsigned i = 0; i < DUES; i++) {
        stream_due_set(s, i, USEC_NONE);
    }
    s->state = STREAM_HALF;
    stream_due_set(s, DUE_FIRST, now + STREAM_HALF_USEC);
    (void)stream_watch(s, s->out.len > s->out.at ? LOOP_WRITE : 0);
}

/* TLS may hold more than the descriptor shows. */
void stream_read_later(struct stream *s)
{
    s->held = false;
    if (s->state != STREAM_DEAD && !s->again) {
        s->again = true;
        s->next_again = s->server->again;
        s->server->again = s;
    }
}

/* Who asks without reading the answers is not read from: half of what may wait does. */
static bool full(const struct stream *s)
{
    return s->out.len - s->out.at > s->server->limits.output_most / 2;
}

/* Whether to read on at once. Where the kernel has more, the loop says so once again; what the library holds it cannot see. */
static bool has_more(const struct stream *s, size_t len)
{
    return s->ssl ? SSL_has_pending(s->ssl) != 0 : len == STREAM_READ;
}

static bool wants_bytes(const struct stream *s)
{
    return s->state == STREAM_ENDING || s->state == STREAM_LINGER ||
           (s->state == STREAM_OPEN && !s->on_hold);
}

void stream_read(struct stream *s)
{
    struct stream_server *sv = s->server;
    for (unsigned i = 0; i < STREAM_READS; i++) {
        if (!wants_bytes(s)) {
            return;
        }
        if (full(s)) {
            s->held = true;
            return;
        }
        size_t len = 0;
        enum got got = receive(s, &len);
        if (got == GOT_NOTHING) {
            return;
        }
        if (got != GOT_BYTES) {
            got == GOT_END ? peer_ended(s) : stream_kill(s, "the connection was reset");
            return;
        }
        sv->counts.bytes_in += len;
        if (s->state == STREAM_OPEN) {
            if (sv->limits.idle) {
                stream_due_set(s, DUE_IDLE, loop_now(sv->loop) + sv->limits.idle);
            }
            deliver(s, str_of(sv->room, len));
        }
        if (s->state == STREAM_DEAD || !has_more(s, len)) {
            return;
        }
    }
    stream_read_later(s);
}

/* -- Out */

void stream_send(struct stream *s, struct str bytes)
{
    struct stream_server *sv = s->server;
    if ((s->state != STREAM_OPEN && s->state != STREAM_HALF) || bytes.len == 0) {
        return;
    }
    if (s->out.len - s->out.at + bytes.len > sv->limits.output_most) {
        sv->counts.overflow++;
        stream_kill(s, "the peer does not read");
        return;
    }
    if (!buffer_add(&s->out, bytes)) {
        stream_kill(s, "no memory");
        return;
    }
    if (!s->dirty) {
        s->dirty = true;
        s->next_dirty = sv->dirty;
        sv->dirty = s;
    }
}

/* Bytes that the system took; 0: none now; -1: it is broken. */
static ssize_t transmit(struct stream *s, struct str bytes)
{
    if (!s->ssl) {
        ssize_t n = send(s->fd, bytes.p, bytes.len, MSG_NOSIGNAL);
        return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    ERR_clear_error();
    size_t n = 0;
    int rc = SSL_write_ex(s->ssl, bytes.p, bytes.len, &n);
    if (rc == 1) {
        return (ssize_t)n;
    }
    int why = SSL_get_error(s->ssl, rc);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? 0 : -1;
}

/* Everything is out: our side is shut, and the peer's end is waited for. A reset would take our last bytes away
 * from a peer that has sent more than we read. */
static void finish(struct stream *s)
{
    if (s->ssl) {
        ERR_clear_error();
        (void)SSL_shutdown(s->ssl);
        ERR_clear_error();
    }
    (void)shutdown(s->fd, SHUT_WR);
    s->state = STREAM_LINGER;
    for (unsigned i = 0; i < DUES; i++) {
        stream_due_set(s, i, USEC_NONE);
    }
    stream_due_set(s, DUE_FIRST, loop_now(s->server->loop) + STREAM_LINGER_USEC);
    if (stream_watch(s, LOOP_READ)) {
        stream_read(s);
    }
}

static void all_out(struct stream *s)
{
    buffer_empty(&s->out);
    stream_due_set(s, DUE_WRITE, USEC_NONE);
    if (s->state == STREAM_ENDING) {
        finish(s);
        return;
    }
    if (s->state == STREAM_HALF) {
        (void)stream_watch(s, 0);
    } else if (stream_watch(s, s->on_hold ? 0 : LOOP_READ) && s->held) {
        stream_read_later(s);
    }
    if (s->state != STREAM_DEAD && s->listener->on->drained) {
        s->listener->on->drained(s->ctx, s);
    }
}

void stream_write(struct stream *s)
{
    struct stream_server *sv = s->server;
    if (s->state == STREAM_DEAD || s->state == STREAM_HANDSHAKE || s->state == STREAM_LINGER) {
        return;
    }
    bool moved = false;
    while (s->out.at < s->out.len) {
        ssize_t n = transmit(s, str_of(s->out.p + s->out.at, s->out.len - s->out.at));
        if (n < 0) {
            stream_kill(s, "the connection was reset");
            return;
        }
        if (n == 0) {
            if (moved || s->due[DUE_WRITE] == USEC_NONE) {
                stream_due_set(s, DUE_WRITE, loop_now(sv->loop) + sv->limits.write);
            }
            unsigned in = s->state == STREAM_OPEN && !s->on_hold && !full(s) ? LOOP_READ : 0;
            if (stream_watch(s, LOOP_WRITE | in) && in && s->held) {
                stream_read_later(s);
            }
            return;
        }
        s->out.at += (uint32_t)n;
        sv->counts.bytes_out += (uint64_t)n;
        moved = true;
    }
    all_out(s);
}

void stream_ready(void *ctx, unsigned events)
{
    struct stream *s = ctx;
    if (s->connecting) {
        stream_connected(s);
        return;
    }
    if (s->state == STREAM_HANDSHAKE) {
        stream_shake(s);
        return;
    }
    if (events & LOOP_WRITE) {
        stream_write(s);
    }
    if (events & LOOP_READ) {
        stream_read(s);
    }
}
