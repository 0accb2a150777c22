/* edgetime [PHONES [ROUNDS]]: the time that a REGISTER pair (401, 200) takes inside the machine of the edge: no sockets, real
 * digests. One line: phones, pairs, microseconds of a pair. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "flow/edge/edge.h"
#include "io/tls/crypto.h"
#include "proto/digest/digest.h"
#include "proto/sip/sip.h"

static const struct str realm = STR_INIT("example.com");

struct load {
    struct edge *e;
    usec_t now;
    double seconds; /* inside the machine */
    char answer[4096];
    size_t len;
};

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say(struct load *l, const struct edge_from *from, struct str bytes)
{
    struct edge_action a;
    double began = clock_now();
    edge_on_message(l->e, from, bytes, l->now);
    l->len = 0;
    while (edge_next(l->e, &a)) {
        if (a.what == EDGE_SEND && a.bytes.len <= sizeof l->answer) {
            memcpy(l->answer, a.bytes.p, a.bytes.len);
            l->len = a.bytes.len;
        }
    }
    l->seconds += clock_now() - began;
}

static struct edge_from from_of(unsigned phone)
{
    struct edge_from from = {.flow = {.transport = TRANSPORT_UDP}};
    from.flow.peer = (struct endpoint){addr4(0x0a000000U + phone), 5060};
    from.local = (struct endpoint){addr4(0xc0000201U), 5060};
    return from;
}

static struct str request(char *out, size_t cap, unsigned phone, unsigned cseq, const char *more)
{
    int n = snprintf(
        out, cap,
        "REGISTER sip:example.com SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-%u-%u\r\n"
        "From: <sip:%u@example.com>;tag=fcd8304d2abdd95co0\r\nTo: <sip:%u@example.com>\r\n"
        "Call-ID: 98126dba-9df06bd9-%u@10.0.0.1\r\nCSeq: %u REGISTER\r\nMax-Forwards: 70\r\n%s"
        "Contact: <sip:%u@10.0.0.1:5060>;expires=3600\r\n"
        "User-Agent: phone/12.0.2_0000_0000\r\nPeripheral-Data: none\r\n"
        "Session-ID: 300e21a200105000a00000005e005301;remote=00000000000000000000000000000000\r\n"
        "Content-Length: 0\r\nAllow: ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, REFER, "
        "UPDATE\r\n"
        "Allow-Events: hold,talk,conference\r\nSupported: replaces, sec-agree, record-aware\r\n"
        "Accept-Language: en\r\n\r\n",
        phone, cseq, phone, phone, phone, cseq, more, phone);
    return str_of(out, n > 0 ? (size_t)n : 0);
}

static bool credentials(struct load *l, unsigned phone, struct buf *b)
{
    char name[16];
    static struct sip_msg m;
    struct digest d;
    struct err_at at;
    struct sink s = buf_sink(b);
    snprintf(name, sizeof name, "%u", phone);
    struct digest_answer a = {.username = str_z(name),
                              .password = STR("secret"),
                              .method = STR("REGISTER"),
                              .uri = STR("sip:example.com"),
                              .cnonce = STR("97d74412"),
                              .count = 1};
    buf_reset(b);
    sink_z(&s, "Authorization: ");
    if (sip_read(str_of(l->answer, l->len), &m, &at) != ERR_OK ||
        digest_read(sip_value(&m, SIP_WWW_AUTHENTICATE), &d, &at) != ERR_OK ||
        digest_answer_write(tls_crypto(), &d, &a, &s) != ERR_OK) {
        return false;
    }
    sink_z(&s, "\r\n");
    sink_str(&s, str_of("", 1));
    return s.err == ERR_OK;
}

static bool account(struct load *l, unsigned phone)
{
    char name[16];
    size_t len;
    snprintf(name, sizeof name, "%u", phone);
    struct account_row row = {.user = str_z(name), .has_ha1 = 1};
    const struct str parts[] = {row.user, STR(":"), realm, STR(":secret")};
    return tls_crypto()->digest(DIGEST_MD5, parts, 4, row.ha1[0], &len) == ERR_OK &&
           edge_account_put(l->e, &row, l->now) == ERR_OK;
}

static bool pair(struct load *l, unsigned phone, unsigned cseq, struct buf *b)
{
    char text[4096];
    struct edge_from from = from_of(phone);
    l->now += 10;
    say(l, &from, request(text, sizeof text, phone, cseq, ""));
    if (!credentials(l, phone, b)) {
        return false;
    }
    say(l, &from, request(text, sizeof text, phone, cseq + 1, b->p));
    return str_starts(str_of(l->answer, l->len), STR("SIP/2.0 200"));
}

int main(int argc, char **argv)
{
    unsigned phones = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 20;
    struct edge_cfg cfg;
    struct load l = {.now = (usec_t)1700000000 * USEC_S};
    struct buf b = {.limit = 4096};
    edge_cfg_usual(&cfg);
    cfg.crypto = tls_crypto();
    cfg.realm = realm;
    cfg.domains[0] = realm;
    cfg.n_domains = 1;
    cfg.hash = (struct hash_key){{1, 2}};
    if (edge_new(&cfg, 1, l.now, &l.e) != ERR_OK) {
        return 3;
    }
    for (unsigned i = 0; i < phones; i++) {
        if (!account(&l, i)) {
            return 3;
        }
    }
    for (unsigned r = 0; r < rounds; r++) {
        if (r == 1) {
            l.seconds = 0; /* the first round makes the bindings */
        }
        for (unsigned i = 0; i < phones; i++) {
            if (!pair(&l, i, 1 + 2 * r, &b)) {
                fprintf(stderr, "edgetime: phone %u: %.60s\n", i, l.answer);
                return 3;
            }
        }
        edge_on_time(l.e, l.now);
    }
    double pairs = (double)phones * (rounds - 1);
    printf("%u phones, %.0f pairs, %.2f us a pair\n", phones, pairs, l.seconds * 1e6 / pairs);
    buf_clear(&b);
    edge_free(l.e);
    return 0;
}
