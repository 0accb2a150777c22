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

enum { BATCH = 64 };

struct load {
    struct edge *e;
    usec_t now;
    double seconds;         /* inside the machine */
    char text[BATCH][2048]; /* what is said, and then what was answered */
    size_t len[BATCH];
};

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Says all of a batch, one behind the other; the answers take the place of the texts. */
static void say(struct load *l, const struct edge_from *from, unsigned n)
{
    struct edge_action a;
    double began = clock_now();
    for (unsigned i = 0; i < n; i++) {
        l->now += 10;
        edge_on_message(l->e, &from[i], str_of(l->text[i], l->len[i]), l->now);
        l->len[i] = 0;
        while (edge_next(l->e, &a)) {
            if (a.what == EDGE_SEND && a.bytes.len <= sizeof l->text[i]) {
                memcpy(l->text[i], a.bytes.p, a.bytes.len);
                l->len[i] = a.bytes.len;
            }
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

static void request(struct load *l, unsigned i, unsigned phone, unsigned cseq, const char *more)
{
    int n = snprintf(
        l->text[i], sizeof l->text[i],
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
    l->len[i] = n > 0 ? (size_t)n : 0;
}

static bool credentials(struct load *l, unsigned i, unsigned phone, struct buf *b)
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
    if (sip_read(str_of(l->text[i], l->len[i]), &m, &at) != ERR_OK ||
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

/* A REGISTER pair of each of `n` phones from `first` on. */
static bool pairs(struct load *l, unsigned first, unsigned n, unsigned cseq, struct buf *b)
{
    struct edge_from from[BATCH];
    for (unsigned i = 0; i < n; i++) {
        from[i] = from_of(first + i);
        request(l, i, first + i, cseq, "");
    }
    say(l, from, n);
    for (unsigned i = 0; i < n; i++) {
        if (!credentials(l, i, first + i, b)) {
            return false;
        }
        request(l, i, first + i, cseq + 1, b->p);
    }
    say(l, from, n);
    for (unsigned i = 0; i < n; i++) {
        if (!str_starts(str_of(l->text[i], l->len[i]), STR("SIP/2.0 200"))) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    unsigned phones = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 20;
    struct edge_cfg cfg;
    static struct load l;
    struct buf b = {.limit = 4096};
    l.now = (usec_t)1700000000 * USEC_S;
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
        for (unsigned i = 0; i < phones; i += BATCH) {
            unsigned n = phones - i < BATCH ? phones - i : BATCH;
            if (!pairs(&l, i, n, 1 + 2 * r, &b)) {
                fprintf(stderr, "edgetime: phone %u and so on: no 200\n", i);
                return 3;
            }
        }
        edge_on_time(l.e, l.now);
    }
    double n = (double)phones * (rounds - 1);
    printf("%u phones, %.0f pairs, %.2f us a pair\n", phones, n, l.seconds * 1e6 / n);
    buf_clear(&b);
    edge_free(l.e);
    return 0;
}
