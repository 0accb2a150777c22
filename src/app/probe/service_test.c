/* Service files: what comes along is right, and what a person writes is read or refused with a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "app/probe/probe.h"
#include "share/share.h"

static struct service service; /* large */

static enum err read_text(const char *text, struct arena *a, struct conf_error *err)
{
    service = (struct service){.n_models = 0};
    return service_read(&service, a, STR("x.conf"), str_z(text), err);
}

static void test_all_that_come_along(void **state)
{
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < share_files_n; i++) {
        struct str name = str_z(share_files[i].name);
        struct arena a;
        struct conf_error err;
        char word[64];
        if (!str_starts(name, STR("services/"))) {
            continue;
        }
        name = str_from(name, 9);
        assert_true(name.len < sizeof word);
        memcpy(word, name.p, name.len - 5);
        word[name.len - 5] = 0;
        arena_init(&a, 1 << 20);
        assert_int_equal(service_load(&service, &a, word, &err), ERR_OK);
        assert_true(str_eq(service.name, str_z(word)));
        const struct service_model *m = service_model_find(&service, STR("cp-8865-3pcc"));
        assert_non_null(m);
        assert_true(str_eq(m->dhcp.v[0], STR("66")) && m->dhcp.n == 7);
        assert_true(m->user_agent.len && m->tls_minimum.len == 3);
        arena_clear(&a);
        n++;
    }
    assert_true(n >= 4);
}

static void test_every_word(void **state)
{
    struct arena a;
    struct conf_error err;
    (void)state;
    arena_init(&a, 1 << 20);
    assert_int_equal(service_load(&service, &a, "example", &err), ERR_OK);
    assert_true(str_eq(service.activation.v[0], STR("https://activate.example.com/")));
    assert_true(str_eq(service.proxy, STR("sip.example.com")));
    assert_int_equal(service.transport, SERVICE_TLS);
    assert_int_equal(service.portal_status, 204);
    assert_int_equal(service.n_ports, 1);
    assert_int_equal(service.port[0].port, 443);
    assert_true(str_eq(service.issuer.v[0], STR("Example CA")));
    assert_int_equal(service_load(&service, &a, "nothing", &err), ERR_MISSING);
    arena_clear(&a);
}

static void test_models(void **state)
{
    struct arena a;
    struct conf_error err;
    (void)state;
    arena_init(&a, 1 << 20);
    assert_int_equal(read_text("model any\n  tls 1.1 1.2\n  dhcp 66 160\n"
                               "model A\n  dhcp 150\nproxy p\nmodel B\n  wildcard yes\n"
                               "model a\n  tls 1.2 1.3\n",
                               &a, &err),
                     ERR_OK);
    assert_int_equal(service.n_models, 3);
    const struct service_model *m = service_model_find(&service, STR("A"));
    assert_true(m->dhcp.n == 1 && str_eq(m->tls_maximum, STR("1.3")) && !m->wildcard);
    m = service_model_find(&service, STR("B"));
    assert_true(m->dhcp.n == 2 && str_eq(m->tls_minimum, STR("1.1")) && m->wildcard);
    assert_null(service_model_find(&service, STR("C")));
    arena_clear(&a);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } rows[] = {
        {"proxy\n", 1},
        {"proxy a b\n", 1},
        {"\nspeed 3\n", 2},
        {"transport sctp\n", 1},
        {"port a 0 tcp x\n", 1},
        {"port a 65536 tcp x\n", 1},
        {"port a 1 tcp\n", 1},
        {"portal http://a 700\n", 1},
        {"  tls 1.1 1.2\n", 1},
        {"model A\n  tls 1.1\n", 2},
        {"model A\n  tls 1.1 1.9\n", 2},
        {"model A\n  tls 1.1 .1 \n", 2},
        {"model A\n  ipv6 perhaps\n", 2},
        {"model A\n  proxy a\n", 2},
        {"model A\nproxy a\n  ipv6 yes\n", 3},
        {"proxy \"a\n", 1},
        {"ntp 1\nntp 2\nntp 3\nntp 4\nntp 5\nntp 6\nntp 7\nntp 8\nntp 9\nntp a\nntp b\nntp c\nntp "
         "d\n"
         "ntp e\nntp f\nntp g\nntp h\n",
         17},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a;
        struct conf_error err;
        arena_init(&a, 1 << 20);
        assert_int_equal(read_text(rows[i].text, &a, &err), ERR_MALFORMED);
        assert_int_equal(err.line, rows[i].line);
        assert_true(err.what[0] != 0);
        arena_clear(&a);
    }
}

static void test_proxy(void **state)
{
    static const struct {
        const char *text, *host; /* NULL: refused */
        unsigned port;
    } rows[] = {
        {"sip.example.com", "sip.example.com", 0},
        {"sip.example.com:5061", "sip.example.com", 5061},
        {"192.0.2.1", "192.0.2.1", 0},
        {"192.0.2.1:5060", "192.0.2.1", 5060},
        {"2001:db8::1", "2001:db8::1", 0},
        {"[2001:db8::1]", "2001:db8::1", 0},
        {"[2001:db8::1]:5061", "2001:db8::1", 5061},
        {"[2001:db8::1", NULL, 0},
        {"[2001:db8::1]x", NULL, 0},
        {"sip.example.com:", NULL, 0},
        {"sip.example.com:0", NULL, 0},
        {"sip.example.com:65536", NULL, 0},
        {"sip.example.com:x", NULL, 0},
        {":5060", NULL, 0},
        {"", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str host = {NULL, 0};
        uint16_t port = 0;
        bool ok = probe_proxy_read(str_z(rows[i].text), &host, &port);
        assert_int_equal(ok, rows[i].host != NULL);
        if (ok) {
            assert_true(str_eq(host, str_z(rows[i].host)));
            assert_int_equal(port, rows[i].port);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_that_come_along),
        cmocka_unit_test(test_every_word),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
