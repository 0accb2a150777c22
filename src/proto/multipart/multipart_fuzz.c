/* A form from outside: its first line is the type. The same parts and bytes for every cut, views inside. */
#include <stdlib.h>

#include "proto/multipart/multipart.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

struct outcome {
    enum err err;
    size_t offset, hash, bytes;
    bool whole;
};

static void mix(struct outcome *o, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        o->hash = o->hash * 31 + (unsigned char)s.p[i];
    }
}

static void inside(const struct multipart *m, struct str s)
{
    must(s.p == NULL || s.len == 0 || (s.p >= m->head && s.p + s.len <= m->head + sizeof m->head));
}

static struct outcome hear(struct str type, struct str body, size_t step)
{
    static struct multipart m;
    struct outcome o = {.err = multipart_init(&m, type)};
    if (o.err != ERR_OK) {
        return o;
    }
    o.err = ERR_MORE;
    while (o.err == ERR_MORE && body.len > 0) {
        struct str in = str_head(body, step);
        enum multipart_event event;
        struct str data = {NULL, 0};
        struct err_at at = {0, NULL, NULL};
        body = str_from(body, step);
        while ((o.err = multipart_next(&m, &in, &event, &data, &at)) == ERR_OK) {
            if (event == MULTIPART_PART) {
                inside(&m, m.part.name);
                inside(&m, m.part.filename);
                inside(&m, m.part.type);
                must(m.part.name.len > 0);
                mix(&o, m.part.name);
                mix(&o, m.part.filename);
                mix(&o, m.part.type);
            } else if (event == MULTIPART_DATA) {
                must(data.len > 0);
                o.bytes += data.len;
                mix(&o, data);
            }
        }
        must((o.err != ERR_MALFORMED && o.err != ERR_LIMIT) || at.what != NULL);
        o.offset = at.offset;
    }
    o.whole = multipart_whole(&m);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str body = str_of((const char *)data, len);
    struct str type = str_cut(&body, '\n');
    struct outcome whole = hear(type, body, body.len ? body.len : 1);
    for (size_t step = 1; step < 9; step += 3) {
        struct outcome cut = hear(type, body, step);
        must(whole.err == cut.err && whole.offset == cut.offset && whole.hash == cut.hash);
        must(whole.bytes == cut.bytes && whole.whole == cut.whole && whole.bytes <= len);
    }
    return 0;
}
