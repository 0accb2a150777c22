/* STUN Binding: messages of an independent writer, and damaged ones. */
#include "proto/stun/stun.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define VIEW(bytes) str_of((bytes), sizeof(bytes) - 1)

/* Written by another program; the attributes of the addresses are those of RFC 5769 2.2 and 2.3. */
static const char request[] =
    "\x00\x01\x00\x00\x21\x12\xa4\x42\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b";
static const char request_fp[] =
    "\x00\x01\x00\x14\x21\x12\xa4\x42\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
    "\x80\x22\x00\x07\x61\x20\x70\x68\x6f\x6e\x65\x00\x80\x28\x00\x04\xe9\x5d\xb0\x65";
static const char ok4[] =
    "\x01\x01\x00\x0c\x21\x12\xa4\x42\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
    "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43";
static const char ok6_fp[] =
    "\x01\x01\x00\x20\x21\x12\xa4\x42\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
    "\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\x02\x25\x44\x6b\x14\x04\x34\x24"
    "\x5c\x4c\x7c\x6c\x80\x28\x00\x04\xb1\x11\xa4\x96";
static const char change[] =
    "\x00\x01\x00\x08\x21\x12\xa4\x42\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
    "\x00\x03\x00\x04\x00\x00\x00\x04";
static const char err[] =
    "\x01\x11\x00\x2c\x21\x12\xa4\x42\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
    "\x00\x09\x00\x15\x00\x00\x04\x14\x55\x6e\x6b\x6e\x6f\x77\x6e\x20\x41\x74\x74\x72"
    "\x69\x62\x75\x74\x65\x00\x00\x00\x00\x0a\x00\x02\x00\x03\x00\x00\x80\x28\x00\x04"
    "\x5f\xc6\xe1\x3b";

static struct endpoint endpoint(const char *ip, uint16_t port)
{
    struct endpoint e = {.port = port};
    assert_true(addr_read(str_z(ip), &e.ip));
    return e;
}

static struct stun read_well(struct str datagram)
{
    struct stun s;
    struct err_at at;
    assert_true(stun_is(datagram));
    assert_int_equal(stun_read(datagram, &s, &at), ERR_OK);
    return s;
}

static void test_requests(void **state)
{
    (void)state;
    struct stun s = read_well(VIEW(request));
    assert_true(s.type == STUN_REQUEST && !s.fingerprint && s.unknown == 0);
    assert_memory_equal(s.id, "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b", STUN_ID);
    s = read_well(VIEW(request_fp));
    assert_true(s.fingerprint && s.unknown == 0);
    s = read_well(VIEW(change));
    assert_int_equal(s.unknown, 3);
}

static void test_answers(void **state)
{
    static const struct {
        struct str request;
        const char *ip;
        struct str answer;
    } cases[] = {
        {{request, sizeof request - 1}, "192.0.2.1", {ok4, sizeof ok4 - 1}},
        {{request_fp, sizeof request_fp - 1},
         "2001:db8:1234:5678:11:2233:4455:6677",
         {ok6_fp, sizeof ok6_fp - 1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {.limit = STUN_ANSWER_MOST};
        struct sink out = buf_sink(&b);
        struct stun s = read_well(cases[i].request);
        struct endpoint source = endpoint(cases[i].ip, 32853);
        stun_answer(&out, &s, source);
        assert_true(out.err == ERR_OK && str_eq(buf_str(&b), cases[i].answer));
        struct stun back = read_well(buf_str(&b));
        assert_true(back.type == STUN_SUCCESS && endpoint_eq(back.mapped, source));
        buf_clear(&b);
    }
}

static void test_unknown_attribute(void **state)
{
    struct buf b = {.limit = STUN_ANSWER_MOST};
    struct sink out = buf_sink(&b);
    struct stun s = read_well(VIEW(change));
    (void)state;
    s.fingerprint = true;
    stun_answer(&out, &s, endpoint("192.0.2.1", 1));
    assert_true(str_eq(buf_str(&b), VIEW(err)));
    s = read_well(buf_str(&b));
    assert_true(s.type == STUN_ERROR && s.mapped.ip.family == 0 && s.unknown == 0);
    buf_clear(&b);
}

static void test_no_answer(void **state)
{
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct stun s = read_well(VIEW(ok4));
    (void)state;
    stun_answer(&out, &s, endpoint("192.0.2.1", 1));
    s.type = 0x0011; /* an indication */
    stun_answer(&out, &s, endpoint("192.0.2.1", 1));
    assert_int_equal(b.len, 0);
    stun_request(&out, (const uint8_t *)request + 8);
    assert_true(str_eq(buf_str(&b), VIEW(request)));
    buf_clear(&b);
}

static void test_cut(void **state)
{
    struct stun s;
    struct err_at at;
    (void)state;
    for (size_t n = 0; n < sizeof ok6_fp - 1; n++) {
        assert_int_equal(stun_read(str_of(ok6_fp, n), &s, &at), ERR_MALFORMED);
        assert_true(at.what != NULL && at.rule != NULL && at.offset <= n);
    }
}

/* Each bit of a message with a fingerprint counts; but its type. */
static void test_flipped(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 8 * (sizeof ok6_fp - 1); bit++) {
        char copy[sizeof ok6_fp];
        struct stun s = {.fingerprint = false};
        struct err_at at;
        memcpy(copy, ok6_fp, sizeof copy);
        copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
        if (stun_read(str_of(copy, sizeof copy - 1), &s, &at) == ERR_OK) {
            /* It became an attribute of no meaning. */
            assert_true(!s.fingerprint && bit / 8 >= sizeof ok6_fp - 1 - 8);
        }
    }
}

static void test_is_none(void **state)
{
    (void)state;
    assert_false(stun_is(STR("")));
    assert_false(stun_is(STR("\r\n\r\n")));
    assert_false(stun_is(STR("REGISTER sip:example.com SIP/2.0\r\n\r\n")));
    assert_false(stun_is(str_of(request, 19)));
    assert_false(stun_is(
        STR("\x00\x01\x00\x00\x21\x12\xa4\x41\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b")));
    assert_false(stun_is(
        STR("\x40\x01\x00\x00\x21\x12\xa4\x42\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_unknown_attribute),
        cmocka_unit_test(test_no_answer),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flipped),
        cmocka_unit_test(test_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
