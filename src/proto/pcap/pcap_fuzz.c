/* The capture reader gives the same frames however the bytes are cut, all of them views of what was
 * given or kept, and never more than there were. */
#include <stdlib.h>

#include "proto/pcap/pcap.h"

struct seen {
    uint64_t hash;
    uint64_t bytes;
    uint64_t n;
    uint64_t last;
};

static void mix(struct seen *s, const void *p, size_t len)
{
    const unsigned char *b = p;
    for (size_t i = 0; i < len; i++) {
        s->hash = (s->hash ^ b[i]) * 0x100000001B3U;
    }
    s->n++;
}

static void on_frame(void *ctx, const struct pcap_frame *f)
{
    struct seen *s = ctx;
    uint64_t fields[] = {f->number, f->offset, (uint64_t)f->time, f->len, f->interface, f->link};
    if (f->len < f->bytes.len || f->bytes.len > PCAP_BLOCK_MOST || f->number != s->last + 1) {
        abort();
    }
    s->last = f->number;
    s->bytes += f->bytes.len;
    mix(s, fields, sizeof fields);
    mix(s, f->bytes.p, f->bytes.len);
}

static void on_secrets(void *ctx, uint32_t type, struct str text)
{
    mix(ctx, &type, sizeof type);
    mix(ctx, text.p, text.len);
}

static void on_problem(void *ctx, uint64_t offset, const char *what)
{
    mix(ctx, &offset, sizeof offset);
    mix(ctx, what, strlen(what));
}

static struct seen run(const char *p, size_t n, size_t step)
{
    struct seen s = {.hash = 1};
    struct pcap c;
    struct pcap_visitor v = {
        .ctx = &s, .frame = on_frame, .secrets = on_secrets, .problem = on_problem};
    pcap_init(&c, v);
    for (size_t at = 0; at < n; at += step) {
        size_t len = n - at < step ? n - at : step;
        char *exact = step < 64 ? NULL : malloc(len); /* so that a view past the end is seen */
        if (exact) {
            memcpy(exact, p + at, len);
        }
        pcap_feed(&c, str_of(exact ? exact : p + at, len));
        free(exact);
    }
    pcap_end(&c);
    pcap_clear(&c);
    if (s.bytes > n) {
        abort();
    }
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    struct seen whole = run(p, size, size ? size : 1);
    static const size_t steps[] = {1, 7, 64, 1000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct seen cut = run(p, size, steps[i]);
        if (cut.hash != whole.hash || cut.n != whole.n) {
            abort();
        }
    }
    return 0;
}
