/* Reading and writing the 48 bytes, and the arithmetic of the four times. */
#include "proto/ntp/ntp.h"

#include <stdio.h>

#include "base/cursor.h"

/* Seconds from 1900-01-01 to 1970-01-01, and of one era. */
#define EPOCH INT64_C(2208988800)
#define ERA (INT64_C(1) << 32)

usec_t ntp_time(uint64_t raw)
{
    if (raw == 0) {
        return USEC_NONE;
    }
    int64_t s = (int64_t)(raw >> 32);
    uint64_t fraction = raw & UINT32_MAX;
    s += s & INT64_C(0x80000000) ? 0 : ERA;
    return (s - EPOCH) * USEC_S + (usec_t)(fraction * 1000000 >> 32);
}

uint64_t ntp_raw(usec_t t)
{
    if (t == USEC_NONE) {
        return 0;
    }
    int64_t s = t / USEC_S - (t % USEC_S < 0);
    uint64_t usec = (uint64_t)(t - s * USEC_S);
    uint64_t raw = (uint64_t)(s + EPOCH) << 32 | ((usec << 32) + 999999) / 1000000;
    return raw ? raw : 1; /* 0 is no time: the first of an era takes the next fraction */
}

/* A 16.16 number of seconds. */
static usec_t short_time(int64_t v)
{
    return v * USEC_S / 65536;
}

static uint32_t short_raw(usec_t t)
{
    return (uint32_t)(t * 65536 / USEC_S);
}

static void body_read(struct cursor *c, struct ntp_message *m)
{
    m->stratum = cursor_u8(c);
    m->poll = (int8_t)cursor_u8(c);
    m->precision = (int8_t)cursor_u8(c);
    m->root_delay = short_time((int32_t)cursor_u32(c));
    m->root_dispersion = short_time(cursor_u32(c));
    struct str refid = cursor_take(c, sizeof m->refid);
    if (refid.len) {
        memcpy(m->refid, refid.p, sizeof m->refid);
    }
    m->reference = ntp_time(cursor_u64(c));
    m->origin_raw = cursor_u64(c);
    m->origin = ntp_time(m->origin_raw);
    m->receive = ntp_time(cursor_u64(c));
    m->transmit_raw = cursor_u64(c);
    m->transmit = ntp_time(m->transmit_raw);
}

enum err ntp_read(struct str bytes, struct ntp_message *ret_m, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(bytes);
    struct ntp_message m = {0};
    uint8_t first = cursor_u8(&c);
    m.leap = first >> 6;
    m.version = first >> 3 & 7;
    m.mode = first & 7;
    if (c.bad) {
        return ERR_MORE;
    }
    if (m.version < 1 || m.version > 4) {
        *reterr_at = (struct err_at){0, "the version is not 1 to 4", "RFC 5905 7.3"};
        return ERR_MALFORMED;
    }
    if (m.mode >= NTP_SYMMETRIC_ACTIVE && m.mode <= NTP_BROADCAST) {
        body_read(&c, &m);
    }
    if (c.bad) {
        return ERR_MORE;
    }
    *ret_m = m;
    return ERR_OK;
}

static uint8_t *put(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(v >> 8 * (n - 1 - i));
    }
    return p + n;
}

void ntp_write(const struct ntp_message *m, uint8_t ret_bytes[NTP_HEADER])
{
    uint8_t *p = ret_bytes;
    p = put(p, (m->leap & 3u) << 6 | (m->version & 7u) << 3 | (m->mode & 7u), 1);
    p = put(p, m->stratum, 1);
    p = put(p, (uint8_t)m->poll, 1);
    p = put(p, (uint8_t)m->precision, 1);
    p = put(p, short_raw(m->root_delay), 4);
    p = put(p, short_raw(m->root_dispersion), 4);
    memcpy(p, m->refid, sizeof m->refid);
    p += sizeof m->refid;
    p = put(p, ntp_raw(m->reference), 8);
    p = put(p, m->origin_raw, 8);
    p = put(p, ntp_raw(m->receive), 8);
    (void)put(p, m->transmit_raw, 8);
}

void ntp_request(uint64_t cookie, uint8_t ret_bytes[NTP_HEADER])
{
    const struct ntp_message m = {.version = 4,
                                  .mode = NTP_CLIENT,
                                  .reference = USEC_NONE,
                                  .receive = USEC_NONE,
                                  .transmit_raw = cookie};
    ntp_write(&m, ret_bytes);
}

enum ntp_verdict ntp_check(const struct ntp_message *reply, uint64_t cookie)
{
    if (reply->mode != NTP_SERVER && reply->mode != NTP_BROADCAST) {
        return NTP_NOT_REPLY;
    }
    if (reply->mode == NTP_SERVER && reply->origin_raw != cookie) {
        return NTP_FOREIGN;
    }
    if (reply->stratum == 0) {
        return NTP_KISS;
    }
    bool unset = reply->leap == NTP_LEAP_ALARM || reply->stratum > NTP_STRATUM_MOST ||
                 reply->transmit == USEC_NONE || reply->receive == USEC_NONE;
    return unset ? NTP_UNSET : NTP_GOOD;
}

void ntp_offset(const struct ntp_message *reply, usec_t sent, usec_t arrived, usec_t *ret_offset,
                usec_t *ret_delay)
{
    *ret_offset = ((reply->receive - sent) + (reply->transmit - arrived)) / 2;
    *ret_delay = (arrived - sent) - (reply->transmit - reply->receive);
}

static bool letters(const struct ntp_message *m, size_t *ret_len)
{
    size_t n = 0;
    while (n < sizeof m->refid && m->refid[n] > ' ' && m->refid[n] <= '~') {
        n++;
    }
    *ret_len = n;
    for (size_t i = n; i < sizeof m->refid; i++) {
        if (m->refid[i] != 0) {
            return false;
        }
    }
    return n > 0 && m->stratum <= 1;
}

struct str ntp_refid(const struct ntp_message *m, char ret_text[NTP_REFID_TEXT])
{
    const uint8_t *r = m->refid;
    size_t n;
    if (letters(m, &n)) {
        memcpy(ret_text, r, n);
        ret_text[n] = '\0';
        return str_of(ret_text, n);
    }
    n = (size_t)snprintf(ret_text, NTP_REFID_TEXT, "%u.%u.%u.%u", r[0], r[1], r[2], r[3]);
    return str_of(ret_text, n);
}

/* RFC 5905 7.4. */
static const struct {
    char code[5];
    const char *text;
} kisses[] = {
    {"ACST", "an anycast server"},
    {"AUTH", "server authentication failed"},
    {"AUTO", "the key exchange failed"},
    {"BCST", "a broadcast server"},
    {"CRYP", "cryptographic authentication failed"},
    {"DENY", "access denied by the server"},
    {"DROP", "the peer was lost"},
    {"RSTR", "access denied by the server's policy"},
    {"INIT", "the server has not found the time yet"},
    {"MCST", "a multicast server"},
    {"NKEY", "no such key"},
    {"RATE", "asked too often"},
    {"RMOT", "changed from a remote host"},
    {"STEP", "the server's clock was just set"},
};

const char *ntp_kiss(const struct ntp_message *m)
{
    for (size_t i = 0; i < sizeof kisses / sizeof *kisses; i++) {
        if (memcmp(m->refid, kisses[i].code, sizeof m->refid) == 0) {
            return kisses[i].text;
        }
    }
    return NULL;
}
