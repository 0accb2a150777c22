/* Telling protocols apart. */
#include "flow/wire/sniff.h"

#include "flow/wire/wire.h"

/* Whether `s` begins as `lit`; sets *more where it ends too early to tell. */
static bool begins(struct str s, struct str lit, bool *more)
{
    if (s.len < lit.len) {
        *more = *more || str_istarts(lit, s);
        return false;
    }
    return str_istarts(s, lit);
}

static bool begins_any(struct str s, const struct str *lits, size_t n, bool *more)
{
    for (size_t i = 0; i < n; i++) {
        if (begins(s, lits[i], more)) {
            return true;
        }
    }
    return false;
}

/* The record header of TLS (RFC 8446 5.1) of any content, for connections that were joined late. */
static unsigned sniff_tls(struct str s)
{
    const uint8_t *b = (const uint8_t *)s.p;
    if ((s.len > 1 && b[1] != 3) || (s.len > 2 && b[2] > 4)) {
        return WIRE_OTHER;
    }
    if (s.len < 5) {
        return WIRE_UNKNOWN;
    }
    unsigned len = b[3] * 256U + b[4];
    return len == 0 || len > 16384 + 2048 ? WIRE_OTHER : WIRE_TLS;
}

/* "METHOD target": what stands behind the blank tells SIP from HTTP. */
static unsigned sniff_request(struct str s)
{
    static const struct str schemes[] = {STR_INIT("sip:"), STR_INIT("sips:"), STR_INIT("tel:"),
                                         STR_INIT("urn:")};
    static const struct str methods[] = {
        STR_INIT("GET "),     STR_INIT("POST "),    STR_INIT("HEAD "),   STR_INIT("PUT "),
        STR_INIT("CONNECT "), STR_INIT("OPTIONS "), STR_INIT("DELETE "), STR_INIT("PATCH ")};
    size_t n = 0;
    bool more = false;
    while (n < s.len && n < 32 && s.p[n] >= 'A' && s.p[n] <= 'Z') {
        n++;
    }
    if (n == s.len) {
        return WIRE_UNKNOWN;
    }
    if (n < 2 || s.p[n] != ' ') {
        return WIRE_OTHER;
    }
    if (begins_any(str_from(s, n + 1), schemes, sizeof schemes / sizeof *schemes, &more)) {
        return WIRE_SIP;
    }
    if (more) {
        return WIRE_UNKNOWN;
    }
    bool http = begins_any(s, methods, sizeof methods / sizeof *methods, &more);
    return http ? WIRE_HTTP : WIRE_OTHER;
}

unsigned sniff(struct str bytes)
{
    while (bytes.len && (bytes.p[0] == '\r' || bytes.p[0] == '\n')) {
        bytes = str_from(bytes, 1);
    }
    if (bytes.len == 0) {
        return WIRE_UNKNOWN;
    }
    uint8_t first = (uint8_t)bytes.p[0];
    if (first >= 20 && first <= 23) {
        return sniff_tls(bytes);
    }
    if (first < 'A' || first > 'Z') {
        return WIRE_OTHER;
    }
    bool more = false;
    if (begins(bytes, STR("SIP/2.0 "), &more)) {
        return WIRE_SIP;
    }
    if (begins(bytes, STR("HTTP/1."), &more)) {
        return WIRE_HTTP;
    }
    return more ? WIRE_UNKNOWN : sniff_request(bytes);
}

bool sniff_sip(struct str bytes)
{
    uint8_t first = bytes.len ? (uint8_t)bytes.p[0] : 0;
    if (first == '\r') {
        return bytes.len > 4 && sniff(bytes) == WIRE_SIP;
    }
    return first >= 'A' && first <= 'Z' && sniff(bytes) == WIRE_SIP;
}
