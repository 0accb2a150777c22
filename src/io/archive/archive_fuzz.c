/* The walk over any bytes at all, with limits that keep one run short. */
#include <stdlib.h>

#include "io/archive/archive.h"

struct fuzz {
    bool inside;
    uint64_t bytes;
};

static enum err on_begin(void *ctx, struct str name, enum archive_kind kind)
{
    struct fuzz *f = ctx;
    if (f->inside || name.len == 0 || (kind != ARCHIVE_KIND_FILE && kind != ARCHIVE_KIND_CAPTURE)) {
        abort();
    }
    if (name.p[name.len - 1] == '~') {
        return ERR_END;
    }
    f->inside = true;
    return ERR_OK;
}

static enum err on_bytes(void *ctx, struct str bytes)
{
    struct fuzz *f = ctx;
    if (!f->inside || bytes.len == 0) {
        abort();
    }
    f->bytes += bytes.len;
    return bytes.p[0] == '~' ? ERR_END : ERR_OK;
}

static void on_end(void *ctx, bool whole)
{
    struct fuzz *f = ctx;
    (void)whole;
    if (!f->inside) {
        abort();
    }
    f->inside = false;
}

static void on_problem(void *ctx, struct str member, uint64_t offset, const char *what)
{
    (void)ctx;
    (void)offset;
    if (member.len == 0 || what[0] == '\0') {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct archive_limits limits = {
        .expanded = 4 << 20, .ratio_from = 1 << 20, .ratio = 100, .members = 100, .depth = 3};
    struct fuzz f = {false, 0};
    struct archive_visitor visitor = {
        .ctx = &f, .begin = on_begin, .bytes = on_bytes, .end = on_end, .problem = on_problem};
    enum err e = archive_walk_memory(str_of((const char *)data, len), STR("in"), &limits, &visitor);
    if (e != ERR_OK || f.inside || f.bytes > len + limits.expanded) {
        abort();
    }
    return 0;
}
