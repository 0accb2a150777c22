/* Hellos and lists of certificates. */
#include "proto/tls/tls_hello.h"

#include "base/cursor.h"

enum extension {
    SERVER_NAME = 0,         /* RFC 6066 3 */
    ALPN = 16,               /* RFC 7301 3.1 */
    ENCRYPT_THEN_MAC = 22,   /* RFC 7366 2 */
    SUPPORTED_VERSIONS = 43, /* RFC 8446 4.2.1 */
    CLIENT_HELLO_ECH = 0xfe0d,
};

/* SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3). */
static const char retry_random[] =
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
    "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c";

static enum err fail(size_t offset, const char *what, const char *rule, struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

bool tls_is_grease(uint16_t number)
{
    return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
}

bool tls_number_next(struct str *rest, uint16_t *ret_number)
{
    struct cursor c = cursor_of(*rest);
    uint16_t number = cursor_u16(&c);
    if (c.bad) {
        return false;
    }
    *rest = str_from(*rest, 2);
    *ret_number = number;
    return true;
}

bool tls_alpn_next(struct str *rest, struct str *ret_name)
{
    struct cursor c = cursor_of(*rest);
    struct str name = cursor_take(&c, cursor_u8(&c));
    if (c.bad) {
        return false;
    }
    *rest = str_from(*rest, c.at);
    *ret_name = name;
    return true;
}

/* The first host_name of a list of names. */
static bool sni_read(struct str data, struct tls_hello *h)
{
    struct cursor c = cursor_of(data);
    struct cursor names = cursor_inside(&c, cursor_u16(&c));
    while (cursor_left(&names) > 0) {
        uint8_t type = cursor_u8(&names);
        struct str name = cursor_take(&names, cursor_u16(&names));
        if (type == 0 && h->sni.len == 0) {
            h->sni = name;
        }
    }
    return !names.bad && cursor_left(&c) == 0;
}

static bool alpn_read(struct str data, struct tls_hello *h)
{
    struct cursor c = cursor_of(data);
    struct str list = cursor_take(&c, cursor_u16(&c));
    struct str rest = list;
    struct str name;
    while (tls_alpn_next(&rest, &name)) {
    }
    h->alpn = list;
    return !c.bad && cursor_left(&c) == 0 && rest.len == 0;
}

/* The highest version of the list that is no grease; the oldest ones stand in legacy_version. */
static bool versions_read(struct str data, struct tls_hello *h)
{
    struct cursor c = cursor_of(data);
    struct str list = cursor_take(&c, cursor_u8(&c));
    struct str rest = list;
    uint16_t version;
    uint16_t highest = 0;
    while (tls_number_next(&rest, &version)) {
        if (!tls_is_grease(version) && version > highest) {
            highest = version;
        }
    }
    h->versions = list;
    h->version = highest != 0 ? highest : h->version;
    return !c.bad && cursor_left(&c) == 0 && rest.len == 0;
}

static bool version_read(struct str data, struct tls_hello *h)
{
    struct cursor c = cursor_of(data);
    h->version = cursor_u16(&c);
    return !c.bad && cursor_left(&c) == 0;
}

static bool extension_read(uint16_t type, struct str data, bool client, struct tls_hello *h)
{
    switch (type) {
    case SERVER_NAME:
        return !client || sni_read(data, h); /* a server's is empty */
    case ALPN:
        return alpn_read(data, h);
    case ENCRYPT_THEN_MAC:
        h->etm = true;
        return true;
    case SUPPORTED_VERSIONS:
        return client ? versions_read(data, h) : version_read(data, h);
    case CLIENT_HELLO_ECH:
        h->ech = client;
        return true;
    default:
        return true;
    }
}

/* All that follows in the message; nothing at all is allowed (RFC 5246 7.4.1.2). */
static enum err extensions_read(struct cursor *c, bool client, struct tls_hello *h,
                                struct err_at *reterr_at)
{
    if (c->bad) {
        return fail(c->at, "the hello is cut", "RFC 8446 4.1.2", reterr_at);
    }
    if (cursor_left(c) == 0) {
        return ERR_OK;
    }
    struct cursor in = cursor_inside(c, cursor_u16(c));
    if (c->bad || cursor_left(c) != 0) {
        return fail(c->at, "the extensions do not fill the hello", "RFC 8446 4.2", reterr_at);
    }
    size_t start = c->at - in.len;
    while (cursor_left(&in) > 0) {
        size_t at = start + in.at;
        uint16_t type = cursor_u16(&in);
        struct str data = cursor_take(&in, cursor_u16(&in));
        if (in.bad) {
            return fail(at, "an extension is cut", "RFC 8446 4.2", reterr_at);
        }
        if (!extension_read(type, data, client, h)) {
            return fail(at, "an extension breaks its form", "RFC 8446 4.2", reterr_at);
        }
    }
    return ERR_OK;
}

enum err tls_client_hello_read(struct str body, struct tls_hello *ret_hello,
                               struct err_at *reterr_at)
{
    struct tls_hello h = {0};
    struct cursor c = cursor_of(body);
    h.legacy = h.version = cursor_u16(&c);
    h.random = cursor_take(&c, 32);
    h.session = cursor_take(&c, cursor_u8(&c));
    h.ciphers = cursor_take(&c, cursor_u16(&c));
    (void)cursor_take(&c, cursor_u8(&c)); /* compression methods */
    if (!c.bad && (h.session.len > 32 || h.ciphers.len % 2 != 0)) {
        return fail(34, "a list of the hello breaks its form", "RFC 8446 4.1.2", reterr_at);
    }
    enum err e = extensions_read(&c, true, &h, reterr_at);
    if (e == ERR_OK) {
        *ret_hello = h;
    }
    return e;
}

enum err tls_server_hello_read(struct str body, struct tls_hello *ret_hello,
                               struct err_at *reterr_at)
{
    struct tls_hello h = {0};
    struct cursor c = cursor_of(body);
    h.legacy = h.version = cursor_u16(&c);
    h.random = cursor_take(&c, 32);
    h.session = cursor_take(&c, cursor_u8(&c));
    h.cipher = cursor_u16(&c);
    cursor_skip(&c, 1); /* compression method */
    if (!c.bad && h.session.len > 32) {
        return fail(34, "the session id is too long", "RFC 8446 4.1.3", reterr_at);
    }
    h.retry = str_eq(h.random, str_of(retry_random, 32));
    enum err e = extensions_read(&c, false, &h, reterr_at);
    if (e == ERR_OK) {
        *ret_hello = h;
    }
    return e;
}

bool tls_certificate_next(struct tls_certs *certs, struct str *ret_der)
{
    struct cursor c = cursor_of(certs->rest);
    struct str der = cursor_take(&c, cursor_u24(&c));
    if (certs->extensions) {
        cursor_skip(&c, cursor_u16(&c));
    }
    if (c.bad) {
        return false;
    }
    certs->rest = str_from(certs->rest, c.at);
    *ret_der = der;
    return true;
}

enum err tls_certificate_read(struct str body, uint16_t version, struct tls_certs *ret_certs,
                              struct err_at *reterr_at)
{
    struct cursor c = cursor_of(body);
    struct tls_certs certs = {.extensions = version >= TLS_1_3};
    if (certs.extensions) {
        cursor_skip(&c, cursor_u8(&c)); /* certificate_request_context */
    }
    certs.rest = cursor_take(&c, cursor_u24(&c));
    struct tls_certs all = certs;
    struct str der;
    while (tls_certificate_next(&all, &der)) {
    }
    if (c.bad || cursor_left(&c) != 0 || all.rest.len != 0) {
        return fail(c.at, "a list of certificates breaks its form", "RFC 8446 4.4.2", reterr_at);
    }
    *ret_certs = certs;
    return ERR_OK;
}
