/* For the tests: a server in a thread of its own, and guests that come from the test's. */
#ifndef IO_STREAM_STREAM_TESTING_H
#define IO_STREAM_STREAM_TESTING_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/stream/stream.h"
#include "io/tls/server.h"

struct house {
    struct loop *loop;
    struct stream_server *server;
    struct endpoint at;
    pthread_t thread;
    struct loop_turn turn;
    struct tls_tickets *tickets;
    struct tls_server *tls;
    char folder[32];
    atomic_uint pieces, opened, closed;
    uint64_t resumed;
    char why[64]; /* of the last one closed; "" for a regular end */
    struct loop_letter stop, change;
    atomic_bool changed;
    struct tls_server *tls_new;
};

/* -- Certificates of their own, made for the test. */

static inline EVP_PKEY *test_key(const char *kind)
{
    EVP_PKEY *key = strcmp(kind, "rsa") == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    assert_non_null(key);
    return key;
}

static inline void test_certificate(const char *folder, const char *kind)
{
    char path[80];
    EVP_PKEY *key = test_key(kind);
    X509 *x = X509_new();
    assert_non_null(x);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME *name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"edge.example.com",
                               -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_set_pubkey(x, key);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    snprintf(path, sizeof path, "%s/%s.pem", folder, kind);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    PEM_write_X509(f, x);
    PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
    X509_free(x);
    EVP_PKEY_free(key);
}

static inline struct tls_server *test_tls(struct house *h, const char *kind)
{
    char path[80], why[TLS_WHY];
    test_certificate(h->folder, kind);
    snprintf(path, sizeof path, "%s/%s.pem", h->folder, kind);
    struct tls_server_cfg cfg = {.cert = {path}};
    struct tls_server *t = NULL;
    if (tls_server_new(&cfg, h->tickets, &t, why) != ERR_OK) {
        fail_msg("%s", why);
    }
    unlink(path);
    return t;
}

/* One that another vouches for, or itself (`by` NULL); valid from `begins` to `ends` seconds from now. */
struct issued {
    X509 *cert;
    EVP_PKEY *key;
};

static inline struct issued test_issue_any(const struct issued *by, const char *name, bool is_ca,
                                           const EVP_MD *md, long begins, long ends)
{
    struct issued i = {X509_new(), EVP_EC_gen("P-256")};
    assert_non_null(i.cert);
    assert_non_null(i.key);
    X509_set_version(i.cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(i.cert), 3);
    X509_gmtime_adj(X509_getm_notBefore(i.cert), begins);
    X509_gmtime_adj(X509_getm_notAfter(i.cert), ends);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(i.cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(i.cert, X509_get_subject_name(by ? by->cert : i.cert));
    X509_set_pubkey(i.cert, i.key);
    X509_EXTENSION *ca =
        X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, is_ca ? "CA:TRUE" : "CA:FALSE");
    assert_non_null(ca);
    X509_add_ext(i.cert, ca, -1);
    X509_EXTENSION_free(ca);
    assert_true(X509_sign(i.cert, by ? by->key : i.key, md) > 0);
    return i;
}

static inline struct issued issue(const struct issued *by, const char *name, const EVP_MD *md,
                                  long ends)
{
    return test_issue_any(by, name, !by, md, -7200, ends);
}

static inline struct issued test_issue(const struct issued *by, const char *name, const EVP_MD *md,
                                       long begins, long ends)
{
    return test_issue_any(by, name, false, md, begins, ends);
}

static inline struct issued test_issue_ca(const struct issued *by, const char *name,
                                          const EVP_MD *md, long ends)
{
    return test_issue_any(by, name, true, md, -7200, ends);
}

static inline void issued_free(struct issued *i)
{
    X509_free(i->cert);
    EVP_PKEY_free(i->key);
}

/* -- The server's side */

static inline void *house_opened(void *ctx, struct stream *s)
{
    struct house *h = ctx;
    h->opened++;
    assert_ptr_equal(stream_find(h->server, stream_slot(s), stream_serial(s)), s);
    return h;
}

static inline void house_closed(void *ctx, struct stream *s, const char *why)
{
    struct house *h = ctx;
    assert_null(stream_find(h->server, stream_slot(s), stream_serial(s)));
    snprintf(h->why, sizeof h->why, "%s", why ? why : "");
    h->closed++;
}

static inline void house_turn(void *ctx)
{
    struct house *h = ctx;
    stream_flush(h->server);
}

static inline void house_stop(struct loop_letter *l, void *ctx)
{
    (void)l;
    struct house *h = ctx;
    loop_stop(h->loop);
}

static inline void *house_run(void *arg)
{
    struct house *h = arg;
    loop_run(h->loop);
    return NULL;
}

static inline void house_open(struct house *h, const struct stream_limits *limits, const char *kind,
                              const struct stream_on *on)
{
    *h = (struct house){.folder = "/tmp/stream-test-XXXXXX"};
    assert_non_null(mkdtemp(h->folder));
    struct endpoint any = {.ip = addr4(0x7f000001)};
    int fd;
    assert_int_equal(loop_new(&h->loop), ERR_OK);
    assert_int_equal(tls_tickets_new(&h->tickets), ERR_OK);
    assert_int_equal(stream_server_new(h->loop, limits ? limits : &stream_limits_usual, &h->server),
                     ERR_OK);
    assert_int_equal(stream_bind(any, &fd, &h->at), ERR_OK);
    h->tls = kind ? test_tls(h, kind) : NULL;
    assert_int_equal(stream_listen(h->server, fd, h->tls, 3, on, h), ERR_OK);
    h->turn = (struct loop_turn){house_turn, h, NULL};
    loop_on_turn(h->loop, &h->turn);
    loop_on_letter(h->loop, h);
    assert_int_equal(pthread_create(&h->thread, NULL, house_run, h), 0);
}

static inline void house_change(struct loop_letter *l, void *ctx)
{
    (void)l;
    struct house *h = ctx;
    stream_listen_tls(h->server, h->tls_new);
    h->changed = true;
}

/* A plain look at what another thread counts up, until it is there. */
#define house_until(what)                              \
    do {                                               \
        for (unsigned tries_ = 0; !(what); tries_++) { \
            assert_true(tries_ < 20000);               \
            (void)poll(NULL, 0, 1);                    \
        }                                              \
    } while (0)

static inline void house_wait_closed(struct house *h, unsigned n)
{
    house_until(h->closed >= n);
}

/* Who comes from now on meets `t`, which is the house's then. */
static inline void house_new_tls(struct house *h, struct tls_server *t)
{
    h->tls_new = t;
    h->changed = false;
    h->change.open = house_change;
    loop_post(h->loop, &h->change);
    house_until(h->changed);
    tls_server_free(h->tls);
    h->tls = h->tls_new;
}

static inline void house_new_certificate(struct house *h, const char *kind)
{
    house_new_tls(h, test_tls(h, kind));
}

static inline void house_close(struct house *h)
{
    h->stop.open = house_stop;
    loop_post(h->loop, &h->stop);
    pthread_join(h->thread, NULL);
    h->resumed = stream_counts(h->server)->resumed;
    stream_server_free(h->server);
    loop_free(h->loop);
    tls_server_free(h->tls);
    tls_tickets_free(h->tickets);
    rmdir(h->folder);
}

/* -- Guests: blocking, but nothing waits for more than ten seconds. */

struct guest {
    int fd;
    SSL_CTX *ctx;
    SSL *ssl;
};

struct guest_wish {
    bool tls;
    int version; /* 0: any */
    SSL_SESSION *session;
};

static inline void guest_come_with(struct guest *g, const struct house *h,
                                   const struct guest_wish *w)
{
    *g = (struct guest){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(g->fd >= 0);
    struct timeval patience = {10, 0};
    setsockopt(g->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(g->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(h->at.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(g->fd, (struct sockaddr *)&to, sizeof to), 0);
    if (!w->tls) {
        return;
    }
    g->ctx = SSL_CTX_new(TLS_client_method());
    assert_non_null(g->ctx);
    if (w->version) {
        SSL_CTX_set_min_proto_version(g->ctx, w->version);
        SSL_CTX_set_max_proto_version(g->ctx, w->version);
    }
    g->ssl = SSL_new(g->ctx);
    assert_non_null(g->ssl);
    SSL_set_fd(g->ssl, g->fd);
    if (w->session) {
        SSL_set_session(g->ssl, w->session);
    }
    assert_int_equal(SSL_connect(g->ssl), 1);
}

static inline void guest_come(struct guest *g, const struct house *h, bool tls)
{
    struct guest_wish w = {.tls = tls};
    guest_come_with(g, h, &w);
}

/* False: it cannot be said any more. Does not wait for room. */
static inline bool guest_try(struct guest *g, const char *p, size_t n)
{
    ssize_t sent = send(g->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0;
}

static inline void guest_say(struct guest *g, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = g->ssl ? SSL_write(g->ssl, p, (int)n) : send(g->fd, p, n, MSG_NOSIGNAL);
        assert_true(sent > 0);
        p += sent;
        n -= (size_t)sent;
    }
}

static inline void guest_hear(struct guest *g, char *p, size_t n)
{
    while (n > 0) {
        ssize_t got = g->ssl ? SSL_read(g->ssl, p, (int)n) : recv(g->fd, p, n, 0);
        assert_true(got > 0);
        p += got;
        n -= (size_t)got;
    }
}

/* The other side ends it, regularly or by a reset, and says nothing before but perhaps an alert. */
static inline void guest_hear_end(struct guest *g)
{
    char rest[64];
    ssize_t got = g->ssl ? SSL_read(g->ssl, rest, sizeof rest) : recv(g->fd, rest, sizeof rest, 0);
    if (!g->ssl && got > 0) {
        assert_int_equal(rest[0], 0x15);
        got = recv(g->fd, rest, sizeof rest, 0);
    }
    assert_true(got <= 0);
    assert_true(got == 0 || g->ssl || errno == ECONNRESET);
}

static inline int guest_key_type(struct guest *g)
{
    X509 *x = SSL_get0_peer_certificate(g->ssl);
    assert_non_null(x);
    return EVP_PKEY_base_id(X509_get0_pubkey(x));
}

static inline void guest_leave(struct guest *g)
{
    if (g->ssl) {
        (void)SSL_shutdown(g->ssl);
    }
    SSL_free(g->ssl);
    SSL_CTX_free(g->ctx);
    close(g->fd);
}

#endif
