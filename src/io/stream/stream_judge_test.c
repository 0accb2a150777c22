/* Clients' certificates that are judged: nobody is kept out, and each hears its own verdict. */
#define _GNU_SOURCE
#include "base/client.h"
#include "io/stream/stream_testing.h"

/* The verdict, the index of the authority and whether a MAC was found, as six characters. */
static void *greet(void *ctx, struct stream *s)
{
    char text[32];
    const struct client_cert *c = stream_client(s);
    assert_non_null(c);
    assert_int_equal(stream_certificate(s).len, 0);
    int n =
        snprintf(text, sizeof text, "%u %+d %u", (unsigned)c->verdict, c->ca, (unsigned)c->has_mac);
    stream_send(s, str_of(text, (size_t)n));
    return house_opened(ctx, s);
}

static size_t echo_all(void *ctx, struct stream *s, struct str bytes)
{
    (void)ctx;
    stream_send(s, bytes);
    return bytes.len;
}

static char failed_with[64];

static void unshaken(void *ctx, struct stream *s, const char *reason, const char *text)
{
    struct house *h = ctx;
    (void)s;
    (void)text;
    snprintf(failed_with, sizeof failed_with, "%s", reason);
    h->closed++;
}

static const struct stream_on on_greet = {greet, echo_all, house_closed, unshaken, NULL};

static char ctx[] = "ctx";
static unsigned identified; /* calls: a certificate that comes again is not read again */

static void identify(void *given, int ca, const struct x509 *x, struct client_cert *ret_client)
{
    assert_ptr_equal(given, ctx);
    identified++;
    ret_client->has_mac = ca >= 0 && strcmp(x->subject, "SEP00005E005301") == 0;
}

static void write_ca(const char *path, const struct issued *ca)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    PEM_write_X509(f, ca->cert);
    fclose(f);
}

static void judge_by(struct house *h, const struct issued *first, const struct issued *second,
                     bool old)
{
    char own[80], a[80], b[80], why[TLS_WHY];
    test_certificate(h->folder, "p256");
    snprintf(own, sizeof own, "%s/p256.pem", h->folder);
    snprintf(a, sizeof a, "%s/a.pem", h->folder);
    snprintf(b, sizeof b, "%s/b.pem", h->folder);
    write_ca(a, first);
    write_ca(b, second);
    struct tls_server_cfg cfg = {.cert = {own},
                                 .judge = true,
                                 .phone_ca = {a, b},
                                 .client_old = old,
                                 .identify = identify,
                                 .identify_ctx = ctx};
    struct tls_server *t = NULL;
    if (tls_server_new(&cfg, h->tickets, &t, why) != ERR_OK) {
        fail_msg("%s", why);
    }
    assert_true(tls_server_judges(t) && tls_server_asks_clients(t));
    unlink(own);
    unlink(a);
    unlink(b);
    house_new_tls(h, t);
}

/* What the server says of what was shown, into ret_said. */
static void visit(struct house *h, int version, const struct issued *with, const struct issued *via,
                  char ret_said[8])
{
    struct guest g;
    char text[8] = "";
    guest_come(&g, h, false);
    g.ctx = SSL_CTX_new(TLS_client_method());
    assert_non_null(g.ctx);
    SSL_CTX_set_security_level(g.ctx, 0);
    SSL_CTX_set_max_proto_version(g.ctx, version);
    if (with) {
        assert_int_equal(SSL_CTX_use_certificate(g.ctx, with->cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(g.ctx, with->key), 1);
    }
    if (via) {
        assert_int_equal(SSL_CTX_add1_chain_cert(g.ctx, via->cert), 1);
    }
    g.ssl = SSL_new(g.ctx);
    assert_non_null(g.ssl);
    SSL_set_fd(g.ssl, g.fd);
    if (SSL_connect(g.ssl) != 1 || SSL_read(g.ssl, ret_said, 6) != 6) {
        fail_msg("kept out");
    }
    ret_said[6] = 0;
    guest_say(&g, "hello", 5);
    guest_hear(&g, text, 5);
    assert_memory_equal(text, "hello", 5);
    guest_leave(&g);
}

/* Another's certificate beside a key of one's own; its bytes are still the other's. */
static struct issued steal(const struct issued *from)
{
    struct issued i = {X509_dup(from->cert), EVP_EC_gen("P-256")};
    assert_int_equal(X509_set_pubkey(i.cert, i.key), 1);
    return i;
}

static void each_hears_its_verdict(void **state)
{
    (void)state;
    static const char phone[] = "SEP00005E005301";
    struct issued ca = issue(NULL, "ca.example.com", EVP_sha256(), 3600);
    struct issued second = issue(NULL, "second.example.com", EVP_sha256(), 3600);
    struct issued other = issue(NULL, "other.example.com", EVP_sha256(), 3600);
    struct issued between = test_issue_ca(&ca, "between.example.com", EVP_sha256(), 3600);
    struct issued good = issue(&ca, phone, EVP_sha256(), 3600);
    struct issued nameless = issue(&second, "somebody", EVP_sha256(), 3600);
    struct issued old = issue(&ca, phone, EVP_sha1(), 3600);
    struct issued over = issue(&ca, phone, EVP_sha256(), -3600);
    struct issued old_over = issue(&ca, phone, EVP_sha1(), -3600);
    struct issued early = test_issue(&ca, phone, EVP_sha256(), 3600, 7200);
    struct issued foreign = issue(&other, phone, EVP_sha256(), 3600);
    struct issued foreign_over = issue(&other, phone, EVP_sha256(), -3600);
    struct issued deep = issue(&between, phone, EVP_sha256(), 3600);
    struct issued self = issue(NULL, phone, EVP_sha256(), 3600);
    struct issued forged = steal(&good);
    /* It is written anew: the foreign key stands in it. */
    assert_true(i2d_re_X509_tbs(forged.cert, NULL) > 0);
    const struct {
        const char *name;
        const struct issued *with, *via;
        const char *strict, *old; /* verdict, authority, MAC */
    } cases[] = {
        {"none", NULL, NULL, "7 -1 0", "7 -1 0"},
        {"good", &good, NULL, "0 +0 1", "0 +0 1"},
        {"of the second", &nameless, NULL, "0 +1 0", "0 +1 0"},
        {"SHA-1", &old, NULL, "3 +0 1", "0 +0 1"},
        {"expired", &over, NULL, "1 +0 1", "1 +0 1"},
        {"SHA-1 and expired", &old_over, NULL, "3 +0 1", "1 +0 1"},
        {"not yet", &early, NULL, "2 +0 1", "2 +0 1"},
        {"foreign", &foreign, NULL, "5 -1 0", "5 -1 0"},
        {"foreign and expired", &foreign_over, NULL, "5 -1 0", "5 -1 0"},
        {"foreign with its authority", &foreign, &other, "5 -1 0", "5 -1 0"},
        {"by one between", &deep, &between, "0 +0 1", "0 +0 1"},
        {"by one between, not shown", &deep, NULL, "5 -1 0", "5 -1 0"},
        {"self-signed", &self, NULL, "5 -1 0", "5 -1 0"},
        {"with another key than was signed", &forged, NULL, "6 -1 0", "6 -1 0"},
        {"good once more", &good, NULL, "0 +0 1", "0 +0 1"},
    };
    struct house h;
    house_open(&h, NULL, "p256", &on_greet);
    for (unsigned old_too = 0; old_too < 2; old_too++) {
        judge_by(&h, &ca, &second, old_too);
        for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
            char said[8];
            size_t c = i / 2;
            const char *want = old_too ? cases[c].old : cases[c].strict;
            visit(&h, i % 2 ? TLS1_3_VERSION : TLS1_2_VERSION, cases[c].with, cases[c].via, said);
            if (strcmp(said, want) != 0) {
                fail_msg("%s: '%s', not '%s'", cases[c].name, said, want);
            }
        }
        /* 13 chains, each twice and the good one again later: another may have its place by then. */
        assert_in_range(identified, 13, 14);
        identified = 0;
    }
    house_wait_closed(&h, h.opened);
    house_close(&h);
    struct issued *all[] = {&ca,       &second,       &other, &between,  &good,
                            &nameless, &old,          &over,  &old_over, &early,
                            &foreign,  &foreign_over, &deep,  &self,     &forged};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        issued_free(all[i]);
    }
}

/* The key of another than the certificate's: that is no question of judgement. */
static void possession_is_proven(void **state)
{
    (void)state;
    struct issued ca = issue(NULL, "ca.example.com", EVP_sha256(), 3600);
    struct issued good = issue(&ca, "SEP00005E005301", EVP_sha256(), 3600);
    struct issued thief = steal(&good);
    struct house h;
    house_open(&h, NULL, "p256", &on_greet);
    judge_by(&h, &ca, &ca, false);
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (unsigned i = 0; i < 2; i++) {
        struct guest g;
        char text[8];
        guest_come(&g, &h, false);
        g.ctx = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_max_proto_version(g.ctx, versions[i]);
        assert_int_equal(SSL_CTX_use_certificate(g.ctx, thief.cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(g.ctx, thief.key), 1);
        g.ssl = SSL_new(g.ctx);
        SSL_set_fd(g.ssl, g.fd);
        assert_false(SSL_connect(g.ssl) == 1 && SSL_read(g.ssl, text, 6) == 6);
        ERR_clear_error();
        house_wait_closed(&h, i + 1);
        guest_leave(&g);
    }
    assert_int_equal(h.opened, 0);
    house_close(&h);
    issued_free(&ca);
    issued_free(&good);
    issued_free(&thief);
}

/* What a handshake failed of is told. */
static void failures_are_told(void **state)
{
    (void)state;
    struct issued ca = issue(NULL, "ca.example.com", EVP_sha256(), 3600);
    struct house h;
    house_open(&h, NULL, "p256", &on_greet);
    judge_by(&h, &ca, &ca, false);
    static const struct {
        const char *say;
        int version;
        const char *ciphers;
        bool verify;
        const char *reason;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, NULL, false, "not-tls"},
        {"", 0, NULL, false, "closed"},
        {NULL, TLS1_1_VERSION, NULL, false, "no-shared-version"},
        {NULL, TLS1_2_VERSION, "AES128-SHA", false, "no-shared-cipher"},
        {NULL, TLS1_2_VERSION, NULL, true, "unknown_ca"},
        {NULL, TLS1_3_VERSION, NULL, true, "unknown_ca"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct guest g;
        unsigned closed = h.closed;
        guest_come(&g, &h, false);
        if (cases[i].say) {
            assert_int_equal(write(g.fd, cases[i].say, strlen(cases[i].say)),
                             (ssize_t)strlen(cases[i].say));
        } else {
            g.ctx = SSL_CTX_new(TLS_client_method());
            SSL_CTX_set_security_level(g.ctx, 0);
            SSL_CTX_set_min_proto_version(g.ctx, TLS1_VERSION);
            SSL_CTX_set_max_proto_version(g.ctx, cases[i].version);
            SSL_CTX_set_verify(g.ctx, cases[i].verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
            if (cases[i].ciphers) {
                assert_int_equal(SSL_CTX_set_cipher_list(g.ctx, cases[i].ciphers), 1);
            }
            g.ssl = SSL_new(g.ctx);
            SSL_set_fd(g.ssl, g.fd);
            assert_int_not_equal(SSL_connect(g.ssl), 1);
            ERR_clear_error();
        }
        if (cases[i].say) {
            shutdown(g.fd, SHUT_WR);
        }
        house_wait_closed(&h, closed + 1);
        if (strcmp(failed_with, cases[i].reason) != 0) {
            fail_msg("case %zu: %s, not %s", i, failed_with, cases[i].reason);
        }
        guest_leave(&g);
    }
    house_close(&h);
    issued_free(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_hears_its_verdict),
        cmocka_unit_test(possession_is_proven),
        cmocka_unit_test(failures_are_told),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
