/* Connections that we begin, toward a house in another thread. */
#include "io/stream/stream_testing.h"
#include "io/tls/client.h"

static size_t echo_all(void *ctx, struct stream *s, struct str bytes)
{
    (void)ctx;
    stream_send(s, bytes);
    return bytes.len;
}

static const struct stream_on on_house = {house_opened, echo_all, house_closed, NULL, NULL};

/* What came of one connection. */
struct trip {
    struct loop *loop;
    struct stream_server *server;
    struct loop_turn turn;
    char heard[16], reason[40], text[128];
    bool opened, closed;
    struct endpoint local;
};

static void *trip_opened(void *server_ctx, struct stream *s)
{
    struct trip *t = stream_ctx(s);
    assert_ptr_equal(t, server_ctx);
    t->opened = true;
    t->local = stream_local(s);
    stream_send(s, STR("hello"));
    return NULL; /* not its context: that is known */
}

static size_t trip_bytes(void *ctx, struct stream *s, struct str bytes)
{
    struct trip *t = ctx;
    if (bytes.len < 5) {
        return 0;
    }
    snprintf(t->heard, sizeof t->heard, "%.*s", STR_ARG(bytes));
    stream_end(s);
    return bytes.len;
}

static void trip_closed(void *ctx, struct stream *s, const char *why)
{
    struct trip *t = ctx;
    (void)s;
    (void)why;
    t->closed = true;
    loop_stop(t->loop);
}

static void trip_unshaken(void *server_ctx, struct stream *s, const char *reason, const char *text)
{
    struct trip *t = server_ctx;
    assert_ptr_equal(stream_ctx(s), t);
    snprintf(t->reason, sizeof t->reason, "%s", reason);
    snprintf(t->text, sizeof t->text, "%s", text);
    loop_stop(t->loop);
}

static const struct stream_on on_trip = {trip_opened, trip_bytes, trip_closed, trip_unshaken, NULL};

static void trip_turn(void *ctx)
{
    struct trip *t = ctx;
    stream_flush(t->server);
}

struct wish {
    struct endpoint to, from;
    const struct tls_client_cfg *tls;
    const char *name;
    usec_t handshake;
};

/* Connects, says hello, hears it back and leaves; or is told why not. */
static void travel(struct trip *t, const struct wish *w)
{
    struct stream_limits limits = stream_limits_usual;
    struct tls_client *tls = NULL;
    struct stream *s = NULL;
    char why[TLS_WHY];
    unsigned way = 99;
    limits.handshake = w->handshake ? w->handshake : limits.handshake;
    *t = (struct trip){.opened = false};
    assert_int_equal(loop_new(&t->loop), ERR_OK);
    assert_int_equal(stream_server_new(t->loop, &limits, &t->server), ERR_OK);
    if (w->tls && tls_client_new(w->tls, &tls, why) != ERR_OK) {
        fail_msg("%s", why);
    }
    assert_int_equal(stream_way(t->server, tls, 5, &on_trip, t, &way), ERR_OK);
    t->turn = (struct loop_turn){trip_turn, t, NULL};
    loop_on_turn(t->loop, &t->turn);
    assert_int_equal(stream_connect(t->server, way, w->to, w->from, w->name, t, &s), ERR_OK);
    assert_int_equal(stream_tag(s), 5);
    loop_run(t->loop);
    stream_server_free(t->server);
    tls_client_free(tls);
    loop_free(t->loop);
    assert_true(t->opened ? t->closed && strcmp(t->heard, "hello") == 0
                          : t->reason[0] && !t->closed);
}

static void test_plain(void **state)
{
    (void)state;
    struct house h;
    struct trip t;
    house_open(&h, NULL, NULL, &on_house);
    travel(&t, &(struct wish){.to = h.at});
    assert_true(t.opened && t.local.port != 0 && t.local.ip.b[0] == 127);
    travel(&t, &(struct wish){.to = h.at, .from = {.ip = addr4(0x7f000009)}});
    assert_true(t.opened && t.local.ip.b[3] == 9);
    house_close(&h);
    travel(&t, &(struct wish){.to = h.at}); /* nobody listens any more */
    assert_string_equal(t.reason, "refused");
}

/* The house's certificate, also as a file that clients believe. */
static void tls_house(struct house *h, char path[80])
{
    char why[TLS_WHY];
    struct tls_server *t = NULL;
    test_certificate(h->folder, "p256");
    snprintf(path, 80, "%s/p256.pem", h->folder);
    struct tls_server_cfg cfg = {.cert = {path}};
    assert_int_equal(tls_server_new(&cfg, h->tickets, &t, why), ERR_OK);
    house_new_tls(h, t);
}

static void names_and_trust(void **state)
{
    (void)state;
    struct house h;
    struct trip t;
    char path[80];
    house_open(&h, NULL, "p256", &on_house);
    tls_house(&h, path);
    const struct tls_client_cfg knows = {.ca = path}, stranger = {.ca = NULL},
                                blind = {.blind = true}, old = {.ca = path, .maximum = 0x0303};
    const struct {
        const struct tls_client_cfg *cfg;
        const char *name, *reason;
    } rows[] = {
        {&knows, "edge.example.com", NULL},           {&knows, "", NULL},
        {&knows, "EDGE.example.com", NULL},           {&old, "edge.example.com", NULL},
        {&knows, "other.example.com", "untrusted"},   {&knows, "192.0.2.1", "untrusted"},
        {&stranger, "edge.example.com", "untrusted"}, {&blind, "other.example.com", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        travel(&t, &(struct wish){.to = h.at, .tls = rows[i].cfg, .name = rows[i].name});
        assert_string_equal(t.reason, rows[i].reason ? rows[i].reason : "");
        assert_int_equal(t.opened, rows[i].reason == NULL);
        assert_true(t.opened || t.text[0]);
    }
    unlink(path);
    house_close(&h);
}

/* A server that never says anything, and one that does not speak TLS. */
static void test_no_tls_there(void **state)
{
    (void)state;
    static const struct tls_client_cfg blind = {.blind = true};
    struct trip t;
    struct house h;
    int fd = -1;
    struct endpoint at;
    assert_int_equal(stream_bind((struct endpoint){.ip = addr4(0x7f000001)}, &fd, &at), ERR_OK);
    travel(&t, &(struct wish){.to = at, .tls = &blind, .handshake = 200 * USEC_MS});
    assert_string_equal(t.reason, "timeout");
    close(fd);
    house_open(&h, NULL, NULL, &on_house); /* it gives the ClientHello back */
    travel(&t, &(struct wish){.to = h.at, .tls = &blind});
    assert_true(!t.opened);
    house_close(&h);
}

static void test_bad_files(void **state)
{
    (void)state;
    struct tls_client *t = NULL;
    char why[TLS_WHY] = "";
    assert_int_equal(tls_client_new(&(struct tls_client_cfg){.ca = "/nowhere/ca.pem"}, &t, why),
                     ERR_IO);
    assert_non_null(strstr(why, "/nowhere/ca.pem"));
    assert_int_equal(
        tls_client_new(&(struct tls_client_cfg){.blind = true, .cert = "/nowhere/a.crt"}, &t, why),
        ERR_IO);
    assert_non_null(strstr(why, "/nowhere/a.crt"));
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(names_and_trust),
        cmocka_unit_test(test_no_tls_there),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
