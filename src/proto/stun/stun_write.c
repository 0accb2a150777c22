/* Writing STUN messages (RFC 8489 5, 14). */
#include "proto/stun/inside.h"
#include "proto/stun/stun.h"

struct message {
    uint8_t p[STUN_ANSWER_MOST];
    size_t len;
};

/* `n` bytes, big-endian. What is written here is shorter than a message by far. */
static void put(struct message *m, uint32_t value, size_t n)
{
    while (n > 0) {
        m->p[m->len++] = (uint8_t)(value >> 8 * --n);
    }
}

static void put_bytes(struct message *m, const void *bytes, size_t n)
{
    memcpy(m->p + m->len, bytes, n);
    m->len += n;
}

static void begin(struct message *m, unsigned type, const uint8_t id[STUN_ID])
{
    m->len = 0;
    put(m, type, 2);
    put(m, 0, 2);
    put(m, STUN_COOKIE, 4);
    put_bytes(m, id, STUN_ID);
}

static void put_mapped(struct message *m, struct endpoint e)
{
    size_t n = e.ip.family == 6 ? 16 : 4;
    put(m, STUN_XOR_MAPPED_ADDRESS, 2);
    put(m, (uint32_t)(4 + n), 2);
    put(m, e.ip.family == 6 ? 2 : 1, 2);
    put(m, e.port ^ STUN_COOKIE >> 16, 2);
    for (size_t i = 0; i < n; i++) {
        put(m, e.ip.b[i] ^ m->p[4 + i], 1);
    }
}

static void put_unknown(struct message *m, unsigned attribute)
{
    static const char words[] = "Unknown Attribute";
    size_t n = sizeof words - 1;
    put(m, STUN_ERROR_CODE, 2);
    put(m, (uint32_t)(4 + n), 2);
    put(m, 4 << 8 | 20, 4);
    put_bytes(m, words, n);
    put(m, 0, -n & 3);
    put(m, STUN_UNKNOWN_ATTRIBUTES, 2);
    put(m, 2, 2);
    put(m, attribute << 16, 4);
}

/* Fills in the length, which counts the fingerprint before there is one. */
static void end(struct message *m, bool fingerprint, struct sink *out)
{
    size_t len = m->len - STUN_HEAD + (fingerprint ? 8 : 0);
    m->p[2] = (uint8_t)(len >> 8);
    m->p[3] = (uint8_t)len;
    if (fingerprint) {
        uint32_t crc = stun_crc(str_of((const char *)m->p, m->len));
        put(m, STUN_FINGERPRINT, 2);
        put(m, 4, 2);
        put(m, crc, 4);
    }
    sink_str(out, str_of((const char *)m->p, m->len));
}

void stun_answer(struct sink *out, const struct stun *request, struct endpoint source)
{
    struct message m;
    if (request->type != STUN_REQUEST) {
        return;
    }
    if (request->unknown != 0) {
        begin(&m, STUN_ERROR, request->id);
        put_unknown(&m, request->unknown);
    } else {
        begin(&m, STUN_SUCCESS, request->id);
        put_mapped(&m, source);
    }
    end(&m, request->fingerprint, out);
}

void stun_request(struct sink *out, const uint8_t id[STUN_ID])
{
    struct message m;
    begin(&m, STUN_REQUEST, id);
    end(&m, false, out);
}
