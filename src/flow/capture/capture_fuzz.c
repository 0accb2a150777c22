/* Any bytes as a capture: no crash, facts of the kinds and fields that there are. */
#include "flow/capture/capture.h"

#include <stdlib.h>

static void on_host(void *ctx)
{
    (void)ctx;
}

static void on_mark(void *ctx, const struct mark *m)
{
    (void)ctx;
    if (m->source != SOURCE_CAPTURE) {
        abort();
    }
}

static void on_fact(void *ctx, const struct fact *f)
{
    (void)ctx;
    for (unsigned i = 0; i < f->n; i++) {
        if (!fact_carries(f->kind, (enum field)f->f[i].field)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct capture_cfg cfg = {.crypto = NULL};
    struct capture_sink sink = {.host = on_host, .mark = on_mark, .fact = on_fact};
    uint32_t order = 0;
    struct capture *c = capture_new(&cfg);
    if (!c) {
        abort();
    }
    capture_begin(c, 0);
    capture_feed(c, str_of((const char *)data, size));
    (void)capture_end(c, &sink, &order);
    capture_free(c);
    return 0;
}
