/* Requests on the loopback: what is told of answers, and of every way of failing. */
#include "io/fetch/fetch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum { WAIT = 10000, SHORT = 100 };

/* What a server does once it has read a request (or a first flight). */
enum then { ANSWERS, RESETS, CLOSES, STAYS };

struct server {
    int fd;
    struct endpoint at;
    const char *answer;
    enum then then;
    SSL_CTX *ctx; /* NULL: without TLS */
    pthread_t thread;
    char seen[4096]; /* what was asked, without TLS */
};

static EVP_PKEY *key;
static X509 *authority;
static char trusted[256];
static char stranger[256];

static void end(int c, enum then then)
{
    char room[4096];
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (then == RESETS) {
        (void)setsockopt(c, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    } else if (then != STAYS) {
        (void)shutdown(c, SHUT_WR);
    }
    while (then != RESETS && read(c, room, sizeof room) > 0) {
    }
    (void)close(c);
}

static void serve_plain(struct server *s, int c)
{
    ssize_t n = read(c, s->seen, sizeof s->seen - 1);
    s->seen[n > 0 ? n : 0] = '\0';
    if (s->answer) {
        (void)!write(c, s->answer, strlen(s->answer));
    }
}

static void serve_tls(struct server *s, int c)
{
    char room[4096];
    SSL *ssl = SSL_new(s->ctx);
    (void)SSL_set_fd(ssl, c);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, room, sizeof room) > 0) {
        (void)SSL_write(ssl, s->answer, (int)strlen(s->answer));
        (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
}

static void *serve(void *arg)
{
    struct server *s = arg;
    int c = accept(s->fd, NULL, NULL);
    if (c >= 0) {
        (s->ctx ? serve_tls : serve_plain)(s, c);
        end(c, s->then);
    }
    return NULL;
}

static void listen_at(struct server *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
    assert_int_equal(listen(s->fd, 1), 0);
    s->at = (struct endpoint){addr4(INADDR_LOOPBACK), ntohs(a.sin_port)};
}

static struct fetch_answer get(struct server *s, const struct fetch_cfg *cfg, unsigned wait_ms)
{
    struct fetch_answer a;
    char url[128];
    listen_at(s);
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
    (void)snprintf(url, sizeof url, "%s://prov.example.com:%u/a?b=c", s->ctx ? "https" : "http",
                   s->at.port);
    struct fetch_ask ask = {.url = url, .at = s->at, .wait_ms = wait_ms, .body_most = 16};
    assert_int_equal(fetch_get(cfg, &ask, &a), ERR_OK);
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    (void)close(s->fd);
    return a;
}

static void answers_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum then then;
        unsigned status;
        const char *body;
        enum fetch_fault fault;
        int code;
    } cases[] = {
        {"HTTP/1.1 200 Fine\r\nContent-Type: text/xml\r\nContent-Length: 4\r\nServer: "
         "x\r\n\r\n<a/>",
         ANSWERS, 200, "<a/>", FETCH_NO_FAULT, 0},
        {"HTTP/1.1 200 OK\r\n\r\n0123456789abcdefghij", ANSWERS, 200, "0123456789abcdef",
         FETCH_NO_FAULT, 0},
        {"HTTP/1.1 511 Login\r\nContent-Length: 0\r\n\r\n", ANSWERS, 511, "", FETCH_NO_FAULT, 0},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CLOSES, 200, "abc", FETCH_CLOSED, 18},
        {NULL, RESETS, 0, "", FETCH_RESET, 56},
        {NULL, CLOSES, 0, "", FETCH_CLOSED, 52},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct server s = {.answer = cases[i].answer, .then = cases[i].then};
        struct fetch_cfg cfg = {.user_agent = "test"};
        struct fetch_answer a = get(&s, &cfg, WAIT);
        if (a.status != cases[i].status || a.fault != cases[i].fault || a.code != cases[i].code ||
            !str_eq(buf_str(&a.body), str_z(cases[i].body))) {
            fail_msg("%zu: status %u, fault %d, code %d: %s", i, a.status, (int)a.fault, a.code,
                     a.text);
        }
        assert_true(a.connect_us >= 0 && a.tls_us == -1 && a.total_us >= a.connect_us);
        assert_int_equal(a.first_us >= 0, a.status != 0);
        fetch_answer_clear(&a);
    }
}

static void heads_are_told(void **state)
{
    (void)state;
    struct server s = {.answer = "HTTP/1.1 302 Moved on\r\nLocation: /login\r\nVia: 1.1 gate\r\n"
                                 "WWW-Authenticate: Basic realm=\"x\"\r\nServer: portal\r\n"
                                 "Content-Type: text/html\r\nContent-Length: 0\r\n\r\n"};
    struct fetch_cfg cfg = {.user_agent = NULL};
    struct fetch_answer a = get(&s, &cfg, WAIT);
    char there[64];
    (void)snprintf(there, sizeof there, "http://prov.example.com:%u/login", s.at.port);
    assert_string_equal(a.redirect, there);
    assert_string_equal(a.reason, "Moved on");
    assert_string_equal(a.via, "1.1 gate");
    assert_string_equal(a.challenge, "Basic realm=\"x\"");
    assert_string_equal(a.server, "portal");
    assert_string_equal(a.type, "text/html");
    fetch_answer_clear(&a);
}

static void requests_are_sent(void **state)
{
    (void)state;
    struct server s = {.answer = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"};
    struct fetch_cfg cfg = {.user_agent = "test"};
    struct fetch_answer a;
    char url[64];
    static const char *const fields[] = {"Content-Type: application/json", "X-Word: a", NULL};
    listen_at(&s);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/x", s.at.port);
    struct fetch_ask ask = {.url = url,
                            .at = s.at,
                            .wait_ms = WAIT,
                            .body_most = 16,
                            .method = "PATCH",
                            .body = STR("{\"a\":1}"),
                            .fields = fields};
    assert_int_equal(fetch_get(&cfg, &ask, &a), ERR_OK);
    assert_int_equal(pthread_join(s.thread, NULL), 0);
    assert_int_equal(a.status, 201);
    assert_true(str_starts(str_z(s.seen), STR("PATCH /x HTTP/1.1\r\n")));
    assert_non_null(strstr(s.seen, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(s.seen, "\r\nX-Word: a\r\n"));
    assert_non_null(strstr(s.seen, "\r\nContent-Length: 7\r\n"));
    fetch_answer_clear(&a);
    (void)close(s.fd);
}

/* The proxy is asked, not the host; what the environment says is of no interest. */
static void proxies_are_asked(void **state)
{
    (void)state;
    struct server s = {.answer = "HTTP/1.1 407 First\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                                 "Content-Length: 0\r\n\r\n"};
    struct fetch_answer a;
    char proxy[64];
    listen_at(&s);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    assert_int_equal(setenv("http_proxy", "http://192.0.2.1:1", 1), 0);
    (void)snprintf(proxy, sizeof proxy, "http://proxy.example.com:%u", s.at.port);
    struct fetch_cfg cfg = {.proxy = proxy};
    struct fetch_ask ask = {
        .url = "http://prov.example.com/a.xml", .at = s.at, .wait_ms = WAIT, .body_most = 16};
    assert_int_equal(fetch_get(&cfg, &ask, &a), ERR_OK);
    assert_int_equal(a.status, 407);
    assert_string_equal(a.challenge, "Basic realm=\"x\"");
    fetch_answer_clear(&a);
    assert_int_equal(pthread_join(s.thread, NULL), 0);
    (void)close(s.fd);
}

static void silence_ends(void **state)
{
    (void)state;
    struct server s = {.then = STAYS};
    struct fetch_cfg cfg = {.user_agent = NULL};
    struct fetch_answer a = get(&s, &cfg, SHORT);
    assert_int_equal(a.fault, FETCH_TIMEOUT);
    assert_int_equal(a.code, 28);
    fetch_answer_clear(&a);
}

static void closed_ports_refuse(void **state)
{
    (void)state;
    struct server s = {.fd = -1};
    struct fetch_cfg cfg = {.user_agent = NULL};
    struct fetch_answer a;
    char url[64];
    listen_at(&s);
    (void)close(s.fd);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", s.at.port);
    struct fetch_ask ask = {.url = url, .at = s.at, .wait_ms = WAIT, .body_most = 16};
    assert_int_equal(fetch_get(&cfg, &ask, &a), ERR_OK);
    assert_int_equal(a.fault, FETCH_REFUSED);
    assert_int_equal(a.code, 7);
    fetch_answer_clear(&a);
    /* Nothing goes to another address than the one given. */
    ask.at.ip = addr4(0xc0000201);
    assert_int_equal(fetch_get(&cfg, &ask, &a), ERR_OK);
    assert_true(a.fault != FETCH_REFUSED && a.code != 0);
    fetch_answer_clear(&a);
}

/* -- TLS */

static X509 *certificate(const char *name, X509 *issuer, long days)
{
    X509 *cert = X509_new();
    char names[64];
    (void)snprintf(names, sizeof names, "DNS:%s", name);
    X509_EXTENSION *alt =
        X509V3_EXT_conf_nid(NULL, NULL, issuer ? NID_subject_alt_name : NID_basic_constraints,
                            issuer ? names : "critical,CA:TRUE");
    X509_NAME *subject = X509_get_subject_name(cert);
    assert_true(X509_set_version(cert, 2) && ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
                X509_gmtime_adj(X509_getm_notBefore(cert), -3 * 86400) &&
                X509_gmtime_adj(X509_getm_notAfter(cert), days * 86400) &&
                X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
                                           -1, -1, 0) &&
                X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject) &&
                X509_set_pubkey(cert, key) && X509_add_ext(cert, alt, -1) &&
                X509_sign(cert, key, EVP_sha256()));
    X509_EXTENSION_free(alt);
    return cert;
}

static void save(X509 *cert, const char *name, char ret_path[256])
{
    const char *folder = getenv("TMPDIR");
    (void)snprintf(ret_path, 256, "%s/%s", folder ? folder : "/tmp", name);
    FILE *f = fopen(ret_path, "we");
    assert_non_null(f);
    assert_true(PEM_write_X509(f, cert));
    assert_int_equal(fclose(f), 0);
}

static int group_begin(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    key = EVP_EC_gen("P-256");
    authority = certificate("Example CA", NULL, 30);
    X509 *other = certificate("Other CA", NULL, 30);
    save(authority, "trusted.pem", trusted);
    save(other, "stranger.pem", stranger);
    X509_free(other);
    return 0;
}

static int group_end(void **state)
{
    (void)state;
    X509_free(authority);
    EVP_PKEY_free(key);
    return 0;
}

static int refuse(int ok, X509_STORE_CTX *store)
{
    (void)ok;
    (void)store;
    return 0;
}

static SSL_CTX *context(const char *name, long days, int most, bool asks)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    X509 *cert = certificate(name, authority, days);
    SSL_CTX_set_security_level(ctx, 0);
    assert_true(SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) &&
                SSL_CTX_set_max_proto_version(ctx, most) && SSL_CTX_use_certificate(ctx, cert) &&
                SSL_CTX_use_PrivateKey(ctx, key));
    if (asks) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, refuse);
    }
    X509_free(cert);
    return ctx;
}

static void handshakes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *ca;
        const char *name;
        long days;
        int most; /* version of the server */
        bool asks;
        enum fetch_fault fault;
        int code;
        int alert;
        unsigned version;
    } cases[] = {
        {trusted, "prov.example.com", 9, TLS1_3_VERSION, false, FETCH_NO_FAULT, 0, -1, 0x0304},
        {trusted, "*.example.com", 9, TLS1_2_VERSION, false, FETCH_NO_FAULT, 0, -1, 0x0303},
        {trusted, "www.example.org", 9, TLS1_2_VERSION, false, FETCH_NAME, 60, -1, 0x0303},
        {stranger, "prov.example.com", 9, TLS1_2_VERSION, false, FETCH_UNTRUSTED, 60, -1, 0},
        {trusted, "prov.example.com", -1, TLS1_3_VERSION, false, FETCH_UNTRUSTED, 60, -1, 0},
        {trusted, "prov.example.com", 9, TLS1_1_VERSION, false, FETCH_ALERT, 35, 70, 0},
        {trusted, "prov.example.com", 9, TLS1_2_VERSION, true, FETCH_ALERT, 35, 40, 0},
        {trusted, "prov.example.com", 9, TLS1_3_VERSION, true, FETCH_ALERT, 56, 116, 0x0304},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct server s = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
        struct fetch_cfg cfg = {.ca_file = cases[i].ca, .minimum = 0x0303};
        s.ctx = context(cases[i].name, cases[i].days, cases[i].most, cases[i].asks);
        struct fetch_answer a = get(&s, &cfg, WAIT);
        if (a.fault != cases[i].fault || a.code != cases[i].code || a.alert != cases[i].alert ||
            a.version != cases[i].version) {
            fail_msg("%zu: fault %d, code %d, alert %d, version %04x: %s", i, (int)a.fault, a.code,
                     a.alert, a.version, a.text);
        }
        assert_int_equal(a.asked, cases[i].asks);
        assert_true(a.connect_us >= 0 && a.connect_us <= a.total_us);
        assert_int_equal(a.status, a.fault == FETCH_NO_FAULT ? 200 : 0);
        assert_int_equal(a.verify != 0, a.fault == FETCH_UNTRUSTED);
        assert_int_equal(a.verify_text[0] != '\0', a.verify != 0);
        assert_int_equal(a.n_chain, cases[i].most == TLS1_1_VERSION ? 0 : 1);
        assert_true(a.n_chain == 0 || a.chain[0].p[0] == 0x30);
        fetch_answer_clear(&a);
        SSL_CTX_free(s.ctx);
    }
}

/* The port speaks another protocol than the URL says. */
static void others_are_not_tls(void **state)
{
    (void)state;
    struct server s = {.answer = "HTTP/1.1 400 Bad Request\r\n\r\n", .then = CLOSES};
    struct fetch_cfg cfg = {.ca_file = trusted};
    struct fetch_answer a;
    char url[64];
    listen_at(&s);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", s.at.port);
    struct fetch_ask ask = {.url = url, .at = s.at, .wait_ms = WAIT, .body_most = 16};
    assert_int_equal(fetch_get(&cfg, &ask, &a), ERR_OK);
    assert_int_equal(a.fault, FETCH_NOT_TLS);
    assert_int_equal(a.code, 35);
    fetch_answer_clear(&a);
    assert_int_equal(pthread_join(s.thread, NULL), 0);
    (void)close(s.fd);
}

static void urls_are_taken_apart(void **state)
{
    (void)state;
    struct fetch_url u;
    assert_int_equal(fetch_url_read("https://Prov.example.com", &u), ERR_OK);
    assert_true(u.tls && u.port == 443 && u.bare);
    assert_int_equal(fetch_url_read("http://[2001:db8::1]:8080/$MA.xml", &u), ERR_OK);
    assert_true(!u.tls && u.port == 8080 && !u.bare);
    assert_string_equal(u.host, "2001:db8::1");
    assert_int_equal(fetch_url_read("https://a/?x", &u), ERR_OK);
    assert_false(u.bare);
    assert_int_equal(fetch_url_read("tftp://a/b", &u), ERR_USAGE);
    assert_int_equal(fetch_url_read("prov.example.com", &u), ERR_USAGE);
    assert_int_equal(fetch_url_read("https://a:0/", &u), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_told),     cmocka_unit_test(heads_are_told),
        cmocka_unit_test(requests_are_sent),    cmocka_unit_test(silence_ends),
        cmocka_unit_test(proxies_are_asked),    cmocka_unit_test(closed_ports_refuse),
        cmocka_unit_test(handshakes_are_told),  cmocka_unit_test(others_are_not_tls),
        cmocka_unit_test(urls_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, group_begin, group_end);
}
