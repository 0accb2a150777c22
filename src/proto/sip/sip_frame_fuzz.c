/* A stream gives the same pieces whole, byte by byte, and cut at a place that its first byte tells. */
#include <stdlib.h>

#include "proto/sip/sip_frame.h"

enum { PIECES = 64 };

struct result {
    size_t n;
    size_t len[PIECES];
    int kind[PIECES];
};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void add(struct result *r, int kind, size_t len)
{
    if (r->n < PIECES) {
        r->len[r->n] = len;
        r->kind[r->n++] = kind;
    }
}

static void cut(struct str s, size_t have, size_t step, struct result *r)
{
    struct sip_frame f = {0};
    size_t begin = 0;
    r->n = 0;
    for (;;) {
        enum sip_piece piece = SIP_PIECE_MESSAGE;
        size_t len = 0;
        struct err_at at = {0, NULL, NULL};
        struct str bytes = str_from(str_head(s, have), begin);
        enum err e = sip_frame_next(&f, bytes, &piece, &len, &at);
        if (e == ERR_OK) {
            must(len > 0 && len <= bytes.len && len <= SIP_MESSAGE_MOST);
            add(r, (int)piece, len);
            begin += len;
        } else if (e == ERR_MORE && have < s.len) {
            have += step;
        } else {
            must(e == ERR_MORE || (at.what != NULL && len <= bytes.len));
            add(r, -(int)e, len);
            return;
        }
    }
}

/* What is framed, sip_read ends at the same byte. */
static void reader_agrees(struct str s)
{
    static struct sip_msg msg;
    struct sip_frame f = {0};
    enum sip_piece piece = SIP_PIECE_MESSAGE;
    size_t len;
    struct err_at at;
    while (sip_frame_next(&f, s, &piece, &len, &at) == ERR_OK) {
        if (piece == SIP_PIECE_MESSAGE && sip_read(str_head(s, len), &msg, &at) == ERR_OK) {
            must(msg.has_length && msg.len == len);
        }
        s = str_from(s, len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct result whole;
    static struct result other;
    struct str s = str_of((const char *)data, len);
    cut(s, len, 1, &whole);
    for (size_t i = 0; i < 2; i++) {
        cut(s, i == 0 || len == 0 ? 0 : data[0] % len, i == 0 ? 1 : len, &other);
        must(whole.n == other.n);
        for (size_t k = 0; k < whole.n; k++) {
            must(whole.len[k] == other.len[k] && whole.kind[k] == other.kind[k]);
        }
    }
    reader_agrees(s);
    return 0;
}
