/* TLS of a server's connections: certificates of clients, tickets, versions, keys. */
#define _GNU_SOURCE
#include "io/stream/stream_testing.h"
#include "io/tls/tickets.h"

/* Says of the client's certificate how long it is, then gives back what it is told. */
static void *greet(void *ctx, struct stream *s)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%05zu", stream_certificate(s).len);
    stream_send(s, str_of(text, (size_t)n));
    return house_opened(ctx, s);
}

static size_t echo_all(void *ctx, struct stream *s, struct str bytes)
{
    (void)ctx;
    stream_send(s, bytes);
    return bytes.len;
}

static const struct stream_on on_greet = {greet, echo_all, house_closed, NULL, NULL};

/* The house asks for certificates of `ca` from now on. */
static void ask_for(struct house *h, const struct issued *ca, bool must, bool old)
{
    char own[80], theirs[80], why[TLS_WHY];
    test_certificate(h->folder, "p256");
    snprintf(own, sizeof own, "%s/p256.pem", h->folder);
    snprintf(theirs, sizeof theirs, "%s/ca.pem", h->folder);
    FILE *f = fopen(theirs, "w");
    assert_non_null(f);
    PEM_write_X509(f, ca->cert);
    fclose(f);
    struct tls_server_cfg cfg = {
        .cert = {own}, .client_ca = theirs, .client_must = must, .client_old = old};
    struct tls_server *t = NULL;
    if (tls_server_new(&cfg, h->tickets, &t, why) != ERR_OK) {
        fail_msg("%s", why);
    }
    assert_true(tls_server_asks_clients(t));
    unlink(own);
    unlink(theirs);
    house_new_tls(h, t);
}

/* Whether it got in; *ret_seen is the length of its certificate as the server saw it. */
static bool visit(struct house *h, int version, const struct issued *with, size_t *ret_seen)
{
    struct guest g;
    guest_come(&g, h, false);
    g.ctx = SSL_CTX_new(TLS_client_method());
    assert_non_null(g.ctx);
    SSL_CTX_set_security_level(g.ctx, 0);
    SSL_CTX_set_max_proto_version(g.ctx, version);
    if (with) {
        assert_int_equal(SSL_CTX_use_certificate(g.ctx, with->cert), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(g.ctx, with->key), 1);
    }
    g.ssl = SSL_new(g.ctx);
    assert_non_null(g.ssl);
    SSL_set_fd(g.ssl, g.fd);
    char text[6] = "";
    bool in = SSL_connect(g.ssl) == 1 && SSL_read(g.ssl, text, 5) == 5;
    if (in) {
        *ret_seen = strtoul(text, NULL, 10);
        /* The connection goes on behind it, new keys and all. */
        for (unsigned i = 0; i < 3; i++) {
            guest_say(&g, "hello", 5);
            guest_hear(&g, text, 5);
            if (version == TLS1_3_VERSION) {
                SSL_key_update(g.ssl, SSL_KEY_UPDATE_REQUESTED);
            }
        }
    }
    ERR_clear_error();
    guest_leave(&g);
    return in;
}

static void clients_show_certificates(void **state)
{
    (void)state;
    struct issued ca = issue(NULL, "ca.example.com", EVP_sha256(), 3600);
    struct issued other = issue(NULL, "other.example.com", EVP_sha256(), 3600);
    struct issued good = issue(&ca, "phone.example.com", EVP_sha256(), 3600);
    struct issued old = issue(&ca, "old.example.com", EVP_sha1(), 3600);
    struct issued over = issue(&ca, "over.example.com", EVP_sha256(), -3600);
    struct issued foreign = issue(&other, "phone.example.com", EVP_sha256(), 3600);
    const struct {
        bool must, old;
        const struct issued *with;
        bool in;
    } cases[] = {
        {true, false, &good, true},     {true, false, NULL, false},    {false, false, NULL, true},
        {true, false, &foreign, false}, {true, false, &over, false},   {true, false, &old, false},
        {true, true, &old, true},       {true, true, &foreign, false}, {false, false, &good, true},
    };
    struct house h;
    house_open(&h, NULL, "p256", &on_greet);
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        size_t c = i / 2, seen = 0;
        ask_for(&h, &ca, cases[c].must, cases[c].old);
        bool in = visit(&h, i % 2 ? TLS1_3_VERSION : TLS1_2_VERSION, cases[c].with, &seen);
        if (in != cases[c].in) {
            fail_msg("case %zu: %s", c, in ? "let in" : "refused");
        }
        assert_int_equal(seen, in && cases[c].with ? i2d_X509(cases[c].with->cert, NULL) : 0);
    }
    house_wait_closed(&h, h.opened);
    house_close(&h);
    struct issued *all[] = {&ca, &other, &good, &old, &over, &foreign};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        issued_free(all[i]);
    }
}

/* Comes with `session` (may be NULL); whether it was resumed. *ret_session: what the server gave. */
static bool come_again(struct house *h, int version, SSL_SESSION *session,
                       SSL_SESSION **ret_session)
{
    struct guest g;
    char text[5];
    guest_come_with(&g, h,
                    &(struct guest_wish){.tls = true, .version = version, .session = session});
    guest_hear(&g, text, 5);
    bool resumed = SSL_session_reused(g.ssl);
    *ret_session = SSL_get1_session(g.ssl);
    guest_leave(&g);
    return resumed;
}

static void tickets_are_good_for_three_keys(void **state)
{
    (void)state;
    struct house h;
    house_open(&h, NULL, "p256", &on_greet);
    SSL_SESSION *first, *later;
    assert_false(come_again(&h, TLS1_2_VERSION, NULL, &first));
    assert_true(SSL_SESSION_has_ticket(first));
    for (unsigned turned = 0; turned < 4; turned++) {
        assert_int_equal(come_again(&h, TLS1_2_VERSION, first, &later), turned < 3);
        SSL_SESSION_free(later);
        tls_tickets_turn(h.tickets);
    }
    SSL_SESSION_free(first);
    /* In TLS 1.3 there are none: they cost each connection more than they save the next one. */
    assert_false(come_again(&h, TLS1_3_VERSION, NULL, &first));
    assert_false(SSL_SESSION_has_ticket(first));
    SSL_SESSION_free(first);
    house_close(&h);
    assert_int_equal(h.resumed, 3);
}

static void no_ticket_carries_a_certificate(void **state)
{
    (void)state;
    struct issued ca = issue(NULL, "ca.example.com", EVP_sha256(), 3600);
    struct house h;
    house_open(&h, NULL, "p256", &on_greet);
    ask_for(&h, &ca, false, false);
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t v = 0; v < 2; v++) {
        SSL_SESSION *first, *later;
        assert_false(come_again(&h, versions[v], NULL, &first));
        assert_false(SSL_SESSION_has_ticket(first));
        assert_false(come_again(&h, versions[v], first, &later));
        SSL_SESSION_free(first);
        SSL_SESSION_free(later);
    }
    house_close(&h);
    issued_free(&ca);
}

/* Clients meet the certificate whose kind they can check: P-256 where they can choose. */
static void both_certificates_are_shown(void **state)
{
    (void)state;
    struct house h;
    house_open(&h, NULL, "p256", &on_greet);
    char ec[80], rsa[80], why[TLS_WHY];
    test_certificate(h.folder, "p256");
    test_certificate(h.folder, "rsa");
    snprintf(ec, sizeof ec, "%s/p256.pem", h.folder);
    snprintf(rsa, sizeof rsa, "%s/rsa.pem", h.folder);
    struct tls_server_cfg cfg = {.cert = {ec, rsa}};
    struct tls_server *t = NULL;
    assert_int_equal(tls_server_new(&cfg, h.tickets, &t, why), ERR_OK);
    unlink(ec);
    unlink(rsa);
    house_new_tls(&h, t);
    static const struct {
        const char *ciphers;
        int type;
    } cases[] = {{"ALL", EVP_PKEY_EC}, {"aRSA", EVP_PKEY_RSA}, {"aECDSA", EVP_PKEY_EC}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct guest g;
        guest_come(&g, &h, false);
        g.ctx = SSL_CTX_new(TLS_client_method());
        assert_non_null(g.ctx);
        SSL_CTX_set_max_proto_version(g.ctx, TLS1_2_VERSION);
        assert_int_equal(SSL_CTX_set_cipher_list(g.ctx, cases[i].ciphers), 1);
        g.ssl = SSL_new(g.ctx);
        assert_non_null(g.ssl);
        SSL_set_fd(g.ssl, g.fd);
        assert_int_equal(SSL_connect(g.ssl), 1);
        assert_int_equal(guest_key_type(&g), cases[i].type);
        guest_leave(&g);
    }
    house_close(&h);
}

static void files_that_do_not_fit_are_told(void **state)
{
    (void)state;
    char folder[] = "/tmp/stream-test-XXXXXX", ec[80], rsa[80], why[TLS_WHY];
    assert_non_null(mkdtemp(folder));
    test_certificate(folder, "p256");
    test_certificate(folder, "rsa");
    snprintf(ec, sizeof ec, "%s/p256.pem", folder);
    snprintf(rsa, sizeof rsa, "%s/rsa.pem", folder);
    const struct {
        struct tls_server_cfg cfg;
        const char *why;
    } cases[] = {
        {{.cert = {"/nonexistent"}}, "/nonexistent: cannot be read"},
        {{.cert = {ec}, .key = {rsa}}, "is not the key of the certificate"},
        {{.cert = {"/dev/null"}}, "/dev/null: holds no certificate in PEM form"},
        {{.cert = {ec}, .client_ca = "/dev/null"}, "/dev/null: holds no certificates"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tls_server *t = NULL;
        assert_int_equal(tls_server_new(&cases[i].cfg, NULL, &t, why), ERR_IO);
        assert_non_null(strstr(why, cases[i].why));
    }
    unlink(ec);
    unlink(rsa);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_show_certificates),
        cmocka_unit_test(tickets_are_good_for_three_keys),
        cmocka_unit_test(no_ticket_carries_a_certificate),
        cmocka_unit_test(both_certificates_are_shown),
        cmocka_unit_test(files_that_do_not_fit_are_told),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
