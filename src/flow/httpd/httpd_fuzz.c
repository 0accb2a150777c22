/* One connection's bytes from outside: the same requests and bodies for every cut, nothing asked for that is not there. */
#include <stdlib.h>

#include "flow/httpd/httpd.h"

static const struct httpd_limits limits = {
    .head_most = 1024, .requests = 50, .head = 1, .idle = 1, .request = 1, .body = 1, .rate = 1};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

struct outcome {
    uint64_t requests;
    unsigned status;
    size_t hash;
    bool over;
};

static void mix(struct outcome *o, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        o->hash = o->hash * 31 + (unsigned char)s.p[i];
    }
}

static void answer(struct httpd *h)
{
    bool close = httpd_begin(h, 0, 0);
    must(httpd_answered(h, 0) == !close);
}

/* Its method says what becomes of a request: whether its body is wanted. */
static size_t hear(struct httpd *h, struct str bytes, struct outcome *o)
{
    static struct http_head head;
    struct str in = bytes;
    for (;;) {
        struct str piece = {NULL, 0};
        enum httpd_step step = httpd_next(h, &in, 0, &head, &piece);
        must(in.len <= bytes.len && (in.len == 0 || in.p + in.len == bytes.p + bytes.len));
        switch (step) {
        case HTTPD_HEAD:
            mix(o, head.method);
            mix(o, head.target);
            if (str_eq(head.method, STR("GET"))) {
                answer(h);
            } else {
                (void)httpd_want(h, 100, str_eq(head.method, STR("PUT")), 0);
            }
            break;
        case HTTPD_PIECE:
            must(piece.len > 0);
            mix(o, piece);
            break;
        case HTTPD_WHOLE:
            answer(h);
            break;
        case HTTPD_REFUSE:
            must(h->status >= 400 && h->why != NULL);
            o->status = h->status;
            answer(h);
            break;
        case HTTPD_OVER:
            o->over = true;
            return bytes.len;
        case HTTPD_MORE:
        case HTTPD_HOLD:
            must(in.len <= limits.head_most);
            return bytes.len - in.len;
        }
    }
}

static struct outcome converse(struct str bytes, size_t step)
{
    struct httpd h;
    struct outcome o = {.requests = 0};
    httpd_init(&h, &limits, 0);
    size_t start = 0;
    for (size_t end = 0; end < bytes.len && !o.over;) {
        end = bytes.len - end < step ? bytes.len : end + step;
        start += hear(&h, str_of(bytes.p + start, end - start), &o);
    }
    o.requests = h.requests;
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    struct outcome whole = converse(text, len ? len : 1);
    for (size_t step = 1; step < 8; step += 3) {
        struct outcome cut = converse(text, step);
        must(whole.requests == cut.requests && whole.status == cut.status);
        must(whole.hash == cut.hash);
    }
    return 0;
}
