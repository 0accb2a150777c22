/* Where a body ends, and the machine that takes chunks apart (RFC 9112 6.3, 7.1). */
#include "proto/http/http_body.h"

enum state {
    SIZE_FIRST, /* the first digit of a chunk's size */
    SIZE,
    EXTENSION, /* passed over */
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER,
    TRAILER_LF,
    LAST_LF,
    DONE,
    BROKEN,
};

static enum http_kind response_kind(const struct http_head *head, struct str method)
{
    if (head->status == 101 || (str_eq(method, STR("CONNECT")) && head->status / 100 == 2)) {
        return HTTP_BODY_TUNNEL;
    }
    if (str_eq(method, STR("HEAD")) || head->status / 100 == 1 || head->status == 204 ||
        head->status == 304) {
        return HTTP_BODY_NONE;
    }
    return head->framing == HTTP_UNFRAMED ? HTTP_BODY_CLOSE : HTTP_BODY_LENGTH;
}

void http_body_init(struct http_body *b, const struct http_head *head, struct str method)
{
    enum http_kind kind = head->request ? HTTP_BODY_LENGTH : response_kind(head, method);
    if (kind == HTTP_BODY_LENGTH && head->framing == HTTP_CHUNKED) {
        kind = HTTP_BODY_CHUNKED;
    }
    *b = (struct http_body){.kind = kind, .state = SIZE_FIRST};
    if (kind == HTTP_BODY_LENGTH && head->framing == HTTP_LENGTH) {
        b->left = head->length;
    }
}

static enum err fail(struct http_body *b, enum err e, const char *what, struct err_at *reterr_at)
{
    b->state = BROKEN;
    *reterr_at = (struct err_at){(size_t)b->read, what, e == ERR_LIMIT ? NULL : "RFC 9112 7.1"};
    return e;
}

/* Data goes out as a view, as much as there is of it. */
static enum err data_next(struct http_body *b, struct str *in, uint64_t most, struct str *ret_data)
{
    size_t n = in->len < most ? in->len : (size_t)most;
    if (n == 0) {
        return ERR_MORE;
    }
    *ret_data = str_head(*in, n);
    *in = str_from(*in, n);
    b->seen += n;
    b->read += n;
    return ERR_OK;
}

static enum err digit_on(struct http_body *b, char c, struct err_at *reterr_at)
{
    int d = ascii_hex(c);
    if (d < 0) {
        return fail(b, ERR_MALFORMED, "a chunk has no size", reterr_at);
    }
    if (b->left >> 60 != 0) {
        return fail(b, ERR_MALFORMED, "a chunk's size is too large", reterr_at);
    }
    b->left = b->left << 4 | (uint64_t)d;
    b->state = SIZE;
    return ERR_OK;
}

/* One byte of a chunk's first line. */
static enum err size_on(struct http_body *b, char c, struct err_at *reterr_at)
{
    if (++b->line > HTTP_CHUNK_LINE_MOST) {
        return fail(b, ERR_LIMIT, "a chunk's extensions are too long", reterr_at);
    }
    if (b->state == SIZE_LF) {
        if (c != '\n') {
            return fail(b, ERR_MALFORMED, "CR without LF", reterr_at);
        }
        b->line = 0;
        b->state = b->left == 0 ? TRAILER_START : DATA;
        return ERR_OK;
    }
    if (b->state != SIZE_FIRST && c == '\r') {
        b->state = SIZE_LF;
        return ERR_OK;
    }
    if (b->state == SIZE && (c == ';' || c == ' ' || c == '\t')) {
        b->state = EXTENSION;
        return ERR_OK;
    }
    if (b->state == EXTENSION) {
        return (unsigned char)c < ' ' && c != '\t'
                   ? fail(b, ERR_MALFORMED, "a control character", reterr_at)
                   : ERR_OK;
    }
    return digit_on(b, c, reterr_at);
}

/* One byte of the trailers; they are passed over (RFC 9112 7.1.2). */
static enum err trailer_on(struct http_body *b, char c, struct err_at *reterr_at)
{
    if (++b->line > HTTP_TRAILER_MOST) {
        return fail(b, ERR_LIMIT, "the trailers are too long", reterr_at);
    }
    switch (b->state) {
    case TRAILER_START:
        b->state = c == '\r' ? LAST_LF : TRAILER;
        break;
    case TRAILER:
        b->state = c == '\r' ? TRAILER_LF : TRAILER;
        break;
    default:
        if (c != '\n') {
            return fail(b, ERR_MALFORMED, "CR without LF", reterr_at);
        }
        b->state = b->state == LAST_LF ? DONE : TRAILER_START;
        return ERR_OK;
    }
    return c == '\n' ? fail(b, ERR_MALFORMED, "a line ends without CR", reterr_at) : ERR_OK;
}

/* One byte of framing. */
static enum err frame_on(struct http_body *b, char c, struct err_at *reterr_at)
{
    switch (b->state) {
    case DATA_CR:
        b->state = DATA_LF;
        return c == '\r' ? ERR_OK : fail(b, ERR_MALFORMED, "a chunk is too long", reterr_at);
    case DATA_LF:
        b->state = SIZE_FIRST;
        return c == '\n' ? ERR_OK : fail(b, ERR_MALFORMED, "CR without LF", reterr_at);
    case SIZE_FIRST:
    case SIZE:
    case EXTENSION:
    case SIZE_LF:
        return size_on(b, c, reterr_at);
    default:
        return trailer_on(b, c, reterr_at);
    }
}

static enum err chunked_next(struct http_body *b, struct str *in, struct str *ret_data,
                             struct err_at *reterr_at)
{
    for (;;) {
        if (b->state == DONE) {
            return ERR_END;
        }
        if (b->state == BROKEN) {
            return fail(b, ERR_MALFORMED, "the framing was lost before", reterr_at);
        }
        if (in->len == 0) {
            return ERR_MORE;
        }
        if (b->state == DATA) {
            enum err e = data_next(b, in, b->left, ret_data);
            b->left -= ret_data->len;
            b->state = b->left == 0 ? DATA_CR : DATA;
            return e;
        }
        enum err e = frame_on(b, in->p[0], reterr_at);
        if (e != ERR_OK) {
            return e;
        }
        *in = str_from(*in, 1);
        b->read++;
    }
}

enum err http_body_next(struct http_body *b, struct str *in, struct str *ret_data,
                        struct err_at *reterr_at)
{
    enum err e = ERR_END;
    switch (b->kind) {
    case HTTP_BODY_NONE:
        return ERR_END;
    case HTTP_BODY_LENGTH:
        if (b->left == 0) {
            return ERR_END;
        }
        e = data_next(b, in, b->left, ret_data);
        b->left -= e == ERR_OK ? ret_data->len : 0;
        return e;
    case HTTP_BODY_CHUNKED:
        return chunked_next(b, in, ret_data, reterr_at);
    case HTTP_BODY_CLOSE:
    case HTTP_BODY_TUNNEL:
        return data_next(b, in, UINT64_MAX, ret_data);
    }
    return e;
}

bool http_body_may_end(const struct http_body *b)
{
    switch (b->kind) {
    case HTTP_BODY_LENGTH:
        return b->left == 0;
    case HTTP_BODY_CHUNKED:
        return b->state == DONE;
    case HTTP_BODY_NONE:
    case HTTP_BODY_CLOSE:
    case HTTP_BODY_TUNNEL:
        break;
    }
    return true;
}
