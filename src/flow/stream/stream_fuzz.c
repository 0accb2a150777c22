/* Segments and fragments in any order: what comes out is, byte by byte, what came first. Each
 * operation is four bytes: position, length, and what to do. */
#include <stdlib.h>

#include "flow/stream/fragment.h"
#include "flow/stream/stream.h"

enum { SPACE = 8192, HOLE = -1 };

struct model {
    int first[SPACE]; /* the operation that brought this byte first; HOLE: none */
    uint32_t base;    /* sequence number of position 0 */
    uint32_t at;      /* position of the next byte that comes out */
};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static char value(int op, size_t position)
{
    return (char)(op * 37 + (int)position * 11);
}

static void on_data(void *ctx, struct str bytes)
{
    struct model *m = ctx;
    for (size_t i = 0; i < bytes.len; i++, m->at++) {
        must(m->at < SPACE && m->first[m->at] != HOLE &&
             bytes.p[i] == value(m->first[m->at], m->at));
    }
}

static void on_hole(void *ctx, uint32_t len)
{
    struct model *m = ctx;
    must(len > 0 && m->at + len <= SPACE);
    m->at += len;
}

static void segments(const uint8_t *data, size_t size)
{
    static struct model m;
    struct stream s = {.next = 0};
    struct budget b = {.limit = 3000};
    struct stream_sink sink = {&m, on_data, on_hole};
    for (int i = 0; i < SPACE; i++) {
        m.first[i] = HOLE;
    }
    m.base = 0xFFFFFC00; /* wraps soon */
    m.at = 0;
    stream_begin(&s, m.base);
    for (int op = 1; size >= 4; op++, data += 4, size -= 4) {
        uint32_t at = (uint32_t)(data[0] << 8 | data[1]) % (SPACE - 1024);
        uint32_t len = data[2] * 4U;
        bool segment = data[3] != 1 && data[3] != 2;
        uint32_t captured = !segment ? 0 : data[3] & 0x80 ? len / 2 : len;
        char bytes[1024];
        for (uint32_t i = 0; i < captured; i++) {
            bytes[i] = value(op, at + i);
        }
        for (uint32_t i = 0; i < captured; i++) {
            if (m.first[at + i] == HOLE) {
                m.first[at + i] = op;
            }
        }
        if (data[3] == 1) {
            stream_acked(&s, &b, m.base + at, &sink);
        } else if (data[3] == 2) {
            stream_rest(&s, &b, &sink);
        } else {
            stream_on(&s, &b, m.base + at, str_of(bytes, captured), len, &sink);
        }
        must(s.next == m.base + m.at && b.used <= b.limit);
    }
    stream_rest(&s, &b, &sink);
    stream_clear(&s, &b);
    must(b.used == 0 && s.head == NULL);
}

static void fragments(const uint8_t *data, size_t size)
{
    static const uint8_t ends[2][4] = {{192, 0, 2, 1}, {192, 0, 2, 2}};
    struct fragments f = {.round = 0};
    struct budget b = {.limit = 200000};
    for (int op = 1; size >= 4; op++, data += 4, size -= 4) {
        char bytes[1024];
        struct packet p = {.version = 4,
                           .src = ends[0],
                           .dst = ends[1],
                           .proto = PACKET_UDP,
                           .id = data[3] & 3,
                           .fragment = true,
                           .more = data[3] & 4,
                           .at = (uint32_t)(data[0] << 8 | data[1]) % 8192 * 8,
                           .len = data[2] * 4U};
        memset(bytes, op, sizeof bytes);
        p.payload = str_of(bytes, data[3] & 8 ? p.len / 2 : p.len);
        if (fragments_on(&f, &b, &p, (usec_t)(data[3] >> 4) * 10 * USEC_S)) {
            must(p.payload.len == p.len && p.len <= FRAGMENT_BYTES_MOST && !p.fragment);
            volatile char last = p.payload.p[p.len - 1];
            (void)last;
        }
        must(b.used <= b.limit);
    }
    fragments_clear(&f, &b);
    must(b.used == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) {
        return 0;
    }
    segments(data, size);
    fragments(data, size);
    return 0;
}
