/* There and back. */
#include "io/sockaddr/sockaddr.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_there_and_back(void **state)
{
    static const struct {
        const char *text;
        socklen_t len;
    } rows[] = {{"192.0.2.1", sizeof(struct sockaddr_in)},
                {"2001:db8::1", sizeof(struct sockaddr_in6)},
                {"0.0.0.0", sizeof(struct sockaddr_in)},
                {"::", sizeof(struct sockaddr_in6)}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        union sockaddr_any a;
        struct endpoint e = {.port = 5060};
        assert_true(addr_read(str_z(rows[i].text), &e.ip));
        assert_int_equal(sockaddr_put(e, &a), rows[i].len);
        assert_true(endpoint_eq(sockaddr_get(&a), e));
    }
}

static void test_none(void **state)
{
    union sockaddr_any a;
    (void)state;
    assert_int_equal(sockaddr_put((struct endpoint){.port = 0}, &a), sizeof a.v4);
    assert_int_equal(a.v4.sin_addr.s_addr, INADDR_ANY);
    a.any.sa_family = AF_UNIX;
    assert_true(addr_unset(sockaddr_get(&a).ip));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_there_and_back),
                                       cmocka_unit_test(test_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
