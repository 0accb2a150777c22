/* What comes over a connection, cut into messages (RFC 3261 18.3). Memory is taken only while a message has not come whole. */
#include <stdlib.h>

#include "flow/agent/inside.h"

void agent_stream_clear(struct agent *a)
{
    if (a->stream) {
        buf_clear(&a->stream->rest);
        free(a->stream);
        a->stream = NULL;
    }
}

static void pong(struct agent *a)
{
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    sink_str(&s, STR("\r\n"));
    agent_send(a, &s, from);
}

/* All whole pieces of `bytes`; returns how many bytes they were. False: the connection is of no use any more. */
static bool pieces(struct agent *a, struct sip_frame *f, struct str bytes, size_t *ret_used)
{
    size_t used = 0;
    enum err e = ERR_OK;
    while (e == ERR_OK && a->open && used < bytes.len) {
        enum sip_piece piece;
        size_t len = 0;
        struct err_at at;
        e = sip_frame_next(f, str_from(bytes, used), &piece, &len, &at);
        if (e == ERR_OK && piece == SIP_PIECE_MESSAGE) {
            agent_message_on(a, str_of(bytes.p + used, len));
        } else if (e == ERR_OK && piece == SIP_PIECE_PING) {
            pong(a);
        }
        used += e == ERR_OK ? len : 0;
    }
    *ret_used = used;
    return e == ERR_OK || e == ERR_MORE;
}

static void broken(struct agent *a)
{
    agent_disconnect(a);
    agent_register_on_closed(a);
}

/* The beginning of a message is kept until the rest is there. */
static bool keep(struct agent *a, const struct sip_frame *f, struct str rest)
{
    struct agent_stream *s = calloc(1, sizeof *s);
    if (!s) {
        return false;
    }
    s->frame = *f;
    s->rest.limit = SIP_MESSAGE_MOST + 65536;
    a->stream = s;
    return buf_add(&s->rest, rest) == ERR_OK;
}

void agent_stream_on_bytes(struct agent *a, struct str bytes)
{
    struct agent_stream *s = a->stream;
    struct sip_frame f = s ? s->frame : (struct sip_frame){0};
    size_t used = 0;
    a->stream = NULL; /* taken over: what happens below may end the connection */
    bool sound = !s || buf_add(&s->rest, bytes) == ERR_OK;
    struct str all = s ? buf_str(&s->rest) : bytes;
    sound = sound && pieces(a, &f, all, &used);
    if (a->open && sound && used < all.len) {
        sound = keep(a, &f, str_from(all, used));
    }
    if (a->open && !sound) {
        broken(a);
    }
    if (s) {
        buf_clear(&s->rest);
        free(s);
    }
}
