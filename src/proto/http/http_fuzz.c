/* HTTP from outside: views stay inside, a head's answer does not depend on what follows, a body's
 * does not depend on the cuts. */
#include <stdlib.h>

#include "proto/http/http_body.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void inside(struct str all, struct str view)
{
    must(view.p == NULL || (view.p >= all.p && view.p + view.len <= all.p + all.len));
}

struct outcome {
    enum err err;
    size_t offset;
    size_t hash; /* of the body's bytes */
};

static struct outcome body(const struct http_head *head, struct str rest, size_t step)
{
    struct http_body b;
    struct err_at at = {0, NULL, NULL};
    struct outcome o = {ERR_MORE, 0, 0};
    http_body_init(&b, head, STR("GET"));
    while (o.err == ERR_MORE && rest.len > 0) {
        struct str in = str_head(rest, step);
        struct str all = in;
        struct str data = in;
        rest = str_from(rest, step);
        while ((o.err = http_body_next(&b, &in, &data, &at)) == ERR_OK) {
            inside(all, data);
            for (size_t i = 0; i < data.len; i++) {
                o.hash = o.hash * 31 + (unsigned char)data.p[i];
            }
        }
        must(o.err != ERR_MALFORMED || at.what != NULL);
    }
    o.offset = (size_t)b.read;
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct http_head head;
    struct str text = str_of((const char *)data, len);
    struct err_at at = {0, NULL, NULL};
    enum err e = http_head_read(text, &head, &at);
    must((e != ERR_MALFORMED && e != ERR_LIMIT) || (at.what != NULL && at.offset <= len));
    if (e != ERR_OK) {
        return 0;
    }
    struct str rest = str_from(text, head.len);
    struct outcome whole = body(&head, rest, len);
    struct outcome cut = body(&head, rest, 1);
    must(whole.err == cut.err && whole.offset == cut.offset && whole.hash == cut.hash);
    inside(text, head.method);
    inside(text, head.target);
    inside(text, head.reason);
    for (size_t i = 0; i < head.n; i++) {
        inside(text, head.fields[i].name);
        inside(text, head.fields[i].value);
    }
    if (head.request) {
        must(http_request_check(&head, &at) == ERR_OK || at.offset < len);
    }
    size_t n = head.len;
    must(http_head_read(str_head(text, n), &head, &at) == ERR_OK && head.len == n);
    e = http_head_read(str_head(text, n - 1), &head, &at);
    must(e == ERR_MORE || e == ERR_END);
    return 0;
}
