/* Requests that were written are read again, and hold no line of somebody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "proto/sip/sip.h"
#include "proto/sip/sip_contact.h"
#include "proto/sip/sip_via.h"
#include "proto/sip/sip_write.h"

static const struct sip_request usual = {.method = STR_INIT("REGISTER"),
                                         .uri = STR_INIT("sip:sip.example.com"),
                                         .transport = STR_INIT("TLS"),
                                         .sent_by = STR_INIT("[2001:db8::10]:5061"),
                                         .branch = STR_INIT("z9hG4bK1a2b"),
                                         .rport = true,
                                         .from = STR_INIT("sip:1001@sip.example.com"),
                                         .from_tag = STR_INIT("77"),
                                         .to = STR_INIT("sip:1001@sip.example.com"),
                                         .call_id = STR_INIT("c1"),
                                         .cseq = 2147483647,
                                         .contact = STR_INIT("sip:1001@[2001:db8::10]:5061"),
                                         .expires = 3600,
                                         .user_agent = STR_INIT("probe"),
                                         .authorization = STR_INIT("Digest username=\"1001\"")};

static void test_read_again(void **state)
{
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    struct sip_msg m;
    struct sip_via via;
    struct sip_contact c;
    struct err_at at;
    (void)state;
    assert_int_equal(sip_request_write(&s, &usual), ERR_OK);
    assert_int_equal(sip_read(buf_str(&b), &m, &at), ERR_OK);
    assert_int_equal(sip_check(&m, &at), ERR_OK);
    assert_int_equal(m.len, b.len);
    assert_true(m.request && str_eq(m.method, usual.method) && str_eq(m.uri, usual.uri));
    assert_int_equal(sip_via_read(sip_value(&m, SIP_VIA), &via, &at), ERR_OK);
    assert_true(str_eq(via.host, STR("2001:db8::10")) && via.port == 5061 && via.has_rport);
    struct str rest = sip_value(&m, SIP_CONTACT);
    assert_int_equal(sip_contact_next(&rest, SIP_STRICT, &c, &at), ERR_OK);
    assert_true(str_eq(c.addr.uri, usual.contact) && c.expires == 3600);
    assert_true(str_eq(sip_value(&m, SIP_AUTHORIZATION), usual.authorization));
    assert_null(sip_value(&m, SIP_ACCEPT).p);
    buf_clear(&b);
}

static void test_options(void **state)
{
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    struct sip_request r = usual;
    struct sip_msg m;
    struct err_at at;
    (void)state;
    r.method = STR("OPTIONS");
    r.contact = r.authorization = str_of(NULL, 0);
    r.expires = SIP_EXPIRES_NONE;
    r.accept = STR("application/sdp");
    r.rport = false;
    assert_int_equal(sip_request_write(&s, &r), ERR_OK);
    assert_int_equal(sip_read(buf_str(&b), &m, &at), ERR_OK);
    assert_int_equal(sip_check(&m, &at), ERR_OK);
    assert_null(sip_value(&m, SIP_EXPIRES).p);
    assert_true(str_find(buf_str(&b), STR("rport")) == STR_NPOS);
    buf_clear(&b);
}

static void test_407(void **state)
{
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    struct sip_request r = usual;
    (void)state;
    r.proxy = true;
    assert_int_equal(sip_request_write(&s, &r), ERR_OK);
    assert_true(str_find(buf_str(&b), STR("\r\nProxy-Authorization: Digest")) != STR_NPOS);
    buf_clear(&b);
}

static void test_no_line_of_others(void **state)
{
    static const struct str bad[] = {STR_INIT("a\r\nVia: x"), STR_INIT("a\nb"), STR_INIT("a\0b")};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf b = {.limit = 0};
        struct sink s = buf_sink(&b);
        struct sip_request r = usual;
        r.user_agent = bad[i];
        assert_int_equal(sip_request_write(&s, &r), ERR_MALFORMED);
        assert_int_equal(b.len, 0);
        r = usual;
        r.to = bad[i];
        assert_int_equal(sip_request_write(&s, &r), ERR_MALFORMED);
        buf_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_again),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_407),
        cmocka_unit_test(test_no_line_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
