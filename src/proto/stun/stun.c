/* Reading STUN messages (RFC 8489 5, 14). */
#include "proto/stun/stun.h"

#include "base/cursor.h"
#include "proto/stun/inside.h"

static enum err fail(size_t offset, const char *what, const char *rule, struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

bool stun_is(struct str datagram)
{
    struct cursor c = cursor_of(datagram);
    uint16_t type = cursor_u16(&c);
    cursor_skip(&c, 2);
    return datagram.len >= STUN_HEAD && type < 0x4000 && cursor_u32(&c) == STUN_COOKIE;
}

/* ITU V.42, four bits at a time. */
uint32_t stun_crc(struct str before)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < before.len; i++) {
        crc ^= (unsigned char)before.p[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return crc ^ 0xffffffff ^ 0x5354554e;
}

static bool is_known(unsigned attribute)
{
    switch ((enum stun_attribute)attribute) {
    case STUN_MAPPED_ADDRESS:
    case STUN_USERNAME:
    case STUN_INTEGRITY:
    case STUN_ERROR_CODE:
    case STUN_UNKNOWN_ATTRIBUTES:
    case STUN_REALM:
    case STUN_NONCE:
    case STUN_INTEGRITY_SHA256:
    case STUN_PASSWORD_ALGORITHM:
    case STUN_USERHASH:
    case STUN_XOR_MAPPED_ADDRESS:
    case STUN_FINGERPRINT:
        return true;
    }
    return false;
}

/* RFC 8489 14.2. The key is what stands in the header from the cookie on. */
static bool mapped_read(struct str value, struct str key, struct endpoint *ret)
{
    struct cursor c = cursor_of(value);
    cursor_skip(&c, 1);
    uint8_t family = cursor_u8(&c);
    uint16_t port = cursor_u16(&c);
    struct str bytes = cursor_take(&c, family == 1 ? 4 : 16);
    if (c.bad || (family != 1 && family != 2) || cursor_left(&c) > 0) {
        return false;
    }
    uint8_t plain[16];
    for (size_t i = 0; i < bytes.len; i++) {
        plain[i] = (uint8_t)(bytes.p[i] ^ key.p[i]);
    }
    ret->ip = addr_of(plain, bytes.len);
    ret->port = (uint16_t)(port ^ STUN_COOKIE >> 16);
    return true;
}

/* One attribute whose value begins at `offset`. */
static enum err attribute_take(struct stun *s, struct str datagram, unsigned type, struct str value,
                               size_t offset, struct err_at *reterr_at)
{
    if (type == STUN_XOR_MAPPED_ADDRESS && s->mapped.ip.family == 0 &&
        !mapped_read(value, str_from(datagram, 4), &s->mapped)) {
        return fail(offset, "XOR-MAPPED-ADDRESS is no address", "RFC 8489 14.2", reterr_at);
    }
    if (type == STUN_FINGERPRINT) {
        struct cursor c = cursor_of(value);
        uint32_t crc = cursor_u32(&c);
        if (value.len != 4 || offset + 4 != datagram.len ||
            crc != stun_crc(str_head(datagram, offset - 4))) {
            return fail(offset, "FINGERPRINT is wrong", "RFC 8489 14.7", reterr_at);
        }
        s->fingerprint = true;
    }
    if (type < 0x8000 && s->unknown == 0 && !is_known(type)) {
        s->unknown = type;
    }
    return ERR_OK;
}

static enum err attributes_read(struct stun *s, struct str datagram, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(datagram);
    cursor_skip(&c, STUN_HEAD);
    while (cursor_left(&c) > 0) {
        unsigned type = cursor_u16(&c);
        size_t len = cursor_u16(&c);
        size_t offset = c.at;
        struct str value = cursor_take(&c, len);
        cursor_skip(&c, -len & 3);
        if (c.bad) {
            return fail(offset, "an attribute goes past the end", "RFC 8489 14", reterr_at);
        }
        enum err e = attribute_take(s, datagram, type, value, offset, reterr_at);
        if (e != ERR_OK) {
            return e;
        }
    }
    return ERR_OK;
}

enum err stun_read(struct str datagram, struct stun *ret_stun, struct err_at *reterr_at)
{
    struct stun s = {.type = 0};
    if (!stun_is(datagram)) {
        return fail(0, "not a STUN message", "RFC 8489 5", reterr_at);
    }
    struct cursor c = cursor_of(datagram);
    s.type = cursor_u16(&c);
    size_t len = cursor_u16(&c);
    if (len % 4 != 0 || len != datagram.len - STUN_HEAD) {
        return fail(2, "the length is not that of the datagram", "RFC 8489 5", reterr_at);
    }
    memcpy(s.id, datagram.p + 8, STUN_ID);
    enum err e = attributes_read(&s, datagram, reterr_at);
    if (e == ERR_OK) {
        *ret_stun = s;
    }
    return e;
}
