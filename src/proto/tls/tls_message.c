/* Handshake messages, put together out of records (RFC 8446 4, 5.1). */
#include "base/cursor.h"
#include "proto/tls/tls_inside.h"

enum message {
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    CERTIFICATE = 11,
    CERTIFICATE_REQUEST = 13,
    FINISHED = 20,
    KEY_UPDATE = 24,
};

enum { HEAD = 4 }; /* bytes: type and length */

static void client_hello_on(struct tls *t, const struct tls_hello *h)
{
    memcpy(t->client_random, h->random.p, sizeof t->client_random);
    t->has_client = true;
}

/* A HelloRetryRequest chooses too; keys come with the real one. */
static void server_hello_on(const struct flow *f, const struct tls_hello *h)
{
    struct tls *t = f->t;
    t->version = h->version;
    t->cipher = h->cipher;
    t->etm = h->etm;
    if (!h->retry) {
        memcpy(t->server_random, h->random.p, sizeof t->server_random);
        t->has_server = true;
        tls_seal_hello(f);
    }
}

static void finished_on(const struct flow *f)
{
    if (!f->side->finished) {
        f->side->finished = true;
        tls_seal_finished(f);
    }
}

/* Reads the message into `e`, and lets the connection learn from it. */
static enum err message_read(const struct flow *f, struct tls_event *e)
{
    enum err err = ERR_OK;
    switch (e->message) {
    case CLIENT_HELLO:
        e->kind = TLS_CLIENT_HELLO;
        err = tls_client_hello_read(e->body, &e->hello, &e->at);
        if (err == ERR_OK) {
            client_hello_on(f->t, &e->hello);
        }
        break;
    case SERVER_HELLO:
        e->kind = TLS_SERVER_HELLO;
        err = tls_server_hello_read(e->body, &e->hello, &e->at);
        if (err == ERR_OK) {
            server_hello_on(f, &e->hello);
        }
        break;
    case CERTIFICATE:
        e->kind = TLS_CERTIFICATE;
        err = tls_certificate_read(e->body, f->decrypted ? f->t->version : 0, &e->certificates,
                                   &e->at);
        break;
    case CERTIFICATE_REQUEST:
        e->kind = TLS_CERTIFICATE_REQUEST;
        break;
    case FINISHED:
        e->kind = TLS_FINISHED;
        finished_on(f);
        break;
    case KEY_UPDATE:
        tls_seal_update(f);
        break;
    default:
        break;
    }
    return err;
}

static void message_on(const struct flow *f, struct str message)
{
    struct tls_event e = {
        .kind = TLS_HANDSHAKE, .message = (uint8_t)message.p[0], .body = str_from(message, HEAD)};
    if (message_read(f, &e) != ERR_OK) {
        e.kind = TLS_MALFORMED;
    }
    tls_emit(f, &e);
}

/* Bytes of the message that begins with these; 0 when its head is not all there. */
static size_t message_len(struct str s)
{
    struct cursor c = cursor_of(s);
    cursor_skip(&c, 1);
    size_t len = HEAD + (size_t)cursor_u24(&c);
    return c.bad ? 0 : len;
}

/* Adds to the message at hand what it lacks; true when it is complete. What comes behind something
 * lost is dropped. */
static bool gather(const struct flow *f, struct str *bytes)
{
    struct buf *b = &f->side->message;
    size_t len = message_len(buf_str(b));
    size_t want = (len != 0 ? len : HEAD) - b->len;
    struct str part = str_head(*bytes, want);
    *bytes = str_from(*bytes, part.len);
    const char *what = buf_add(b, part) == ERR_OK ? NULL : "no memory for a handshake message";
    len = message_len(buf_str(b));
    if (len > TLS_MESSAGE_MOST) {
        what = "a handshake message is too long";
    }
    if (what != NULL) {
        tls_lost(f, 0, what, NULL);
        *bytes = str_of(NULL, 0);
        return false;
    }
    return len == b->len;
}

void tls_messages_on(const struct flow *f, struct str bytes)
{
    struct buf *b = &f->side->message;
    while (bytes.len > 0) {
        size_t len = b->len == 0 ? message_len(bytes) : 0;
        if (len != 0 && len <= bytes.len && len <= TLS_MESSAGE_MOST) {
            message_on(f, str_head(bytes, len));
            bytes = str_from(bytes, len);
        } else if (gather(f, &bytes)) {
            message_on(f, buf_str(b));
            buf_clear(b);
        }
    }
}
