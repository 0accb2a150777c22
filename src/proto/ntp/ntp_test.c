/* The time protocol: eras, the four times, answers that are worth nothing. */
#include "proto/ntp/ntp.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    uint64_t raw;
    const char *date;
} times[] = {
    {0x83aa7e8000000000, "1970-01-01T00:00:00.000000Z"},
    {0x83aa7e7f80000000, "1969-12-31T23:59:59.500000Z"},
    {0x8000000000000000, "1968-01-20T03:14:08.000000Z"}, /* the first of RFC 4330 3 */
    {0xffffffffffffffff, "2036-02-07T06:28:15.999999Z"},
    {0x0000000000000001, "2036-02-07T06:28:16.000000Z"}, /* 0 would be none */
    {0xffffffff80000000, "2036-02-07T06:28:15.500000Z"},
    {0x0000000100000000, "2036-02-07T06:28:17.000000Z"},
    {0x7fffffff00000000, "2104-02-26T09:42:23.000000Z"},
    {0xe900000000000000, "2023-11-16T02:42:08.000000Z"},
    {0xe90000000010c6f8, "2023-11-16T02:42:08.000256Z"},
};

static void eras(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        char text[TIME_TEXT];
        usec_t t = ntp_time(times[i].raw);
        time_write(t, text);
        assert_string_equal(text, times[i].date);
        assert_int_equal(ntp_time(ntp_raw(t)), t);
    }
    assert_true(ntp_time(0) == USEC_NONE);
    assert_true(ntp_raw(USEC_NONE) == 0);
}

static const uint64_t cookie = 0x0123456789abcdef;

static struct ntp_message answer(void)
{
    return (struct ntp_message){.version = 4,
                                .mode = NTP_SERVER,
                                .stratum = 2,
                                .poll = 6,
                                .precision = -20,
                                .root_delay = -500000,
                                .root_dispersion = 250000,
                                .refid = {192, 0, 2, 1},
                                .reference = 1700000000 * USEC_S,
                                .receive = 1700000100 * USEC_S + 250000,
                                .origin_raw = cookie,
                                .transmit_raw = ntp_raw(1700000100 * USEC_S + 260000)};
}

static struct ntp_message again(const struct ntp_message *m)
{
    uint8_t bytes[NTP_HEADER];
    struct ntp_message r;
    struct err_at at;
    ntp_write(m, bytes);
    assert_int_equal(ntp_read(str_of((const char *)bytes, sizeof bytes), &r, &at), ERR_OK);
    return r;
}

static void round_trip(void **state)
{
    struct ntp_message m = answer();
    struct ntp_message r = again(&m);
    usec_t offset = 0;
    usec_t delay = 0;
    (void)state;
    assert_int_equal(r.version, 4);
    assert_int_equal(r.mode, NTP_SERVER);
    assert_int_equal(r.stratum, 2);
    assert_int_equal(r.poll, 6);
    assert_int_equal(r.precision, -20);
    assert_int_equal(r.root_delay, -500000);
    assert_int_equal(r.root_dispersion, 250000);
    assert_int_equal(r.reference, m.reference);
    assert_int_equal(r.receive, m.receive);
    assert_int_equal(r.transmit, m.receive + 10000);
    assert_true(r.origin_raw == cookie);
    assert_int_equal(ntp_check(&r, cookie), NTP_GOOD);
    /* 40 ms there, 20 ms at the server, 10 ms back; the server is 5 s ahead */
    usec_t sent = r.receive - 40000 - 5 * USEC_S;
    usec_t arrived = r.transmit + 10000 - 5 * USEC_S;
    ntp_offset(&r, sent, arrived, &offset, &delay);
    assert_int_equal(delay, 50000);
    assert_int_equal(offset, 5 * USEC_S + 15000);
}

static void request(void **state)
{
    uint8_t bytes[NTP_HEADER];
    static const uint8_t zeros[39];
    (void)state;
    ntp_request(cookie, bytes);
    assert_int_equal(bytes[0], 0x23);
    assert_memory_equal(bytes + 1, zeros, sizeof zeros);
    assert_memory_equal(bytes + 40, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
}

static void verdicts(void **state)
{
    struct ntp_message m = answer();
    (void)state;
    struct ntp_message r = again(&m);
    assert_int_equal(ntp_check(&r, cookie + 1), NTP_FOREIGN);
    r.mode = NTP_CLIENT;
    assert_int_equal(ntp_check(&r, cookie), NTP_NOT_REPLY);
    m.leap = NTP_LEAP_ALARM;
    r = again(&m);
    assert_int_equal(ntp_check(&r, cookie), NTP_UNSET);
    m.leap = 0;
    m.stratum = 16;
    r = again(&m);
    assert_int_equal(ntp_check(&r, cookie), NTP_UNSET);
    m.stratum = 1;
    m.transmit_raw = 0;
    r = again(&m);
    assert_int_equal(ntp_check(&r, cookie), NTP_UNSET);
    m.stratum = 0;
    memcpy(m.refid, "RATE", 4);
    r = again(&m);
    assert_int_equal(ntp_check(&r, cookie), NTP_KISS);
    assert_string_equal(ntp_kiss(&r), "asked too often");
    m.refid[0] = 'X';
    assert_null(ntp_kiss(&m));
}

static void refids(void **state)
{
    static const struct {
        uint8_t stratum;
        uint8_t refid[4];
        const char *text;
    } rows[] = {
        {0, "DENY", "DENY"}, {1, "GPS", "GPS"},          {1, {'G', 0, 'P', 0}, "71.0.80.0"},
        {1, {0}, "0.0.0.0"}, {2, "GOOG", "71.79.79.71"}, {3, {192, 0, 2, 255}, "192.0.2.255"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ntp_message m = {.stratum = rows[i].stratum};
        char text[NTP_REFID_TEXT];
        memcpy(m.refid, rows[i].refid, sizeof m.refid);
        assert_int_equal(ntp_refid(&m, text).len, strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
    }
}

static void refused(void **state)
{
    uint8_t bytes[NTP_HEADER];
    struct ntp_message m = answer();
    struct ntp_message r;
    struct err_at at = {0};
    (void)state;
    ntp_write(&m, bytes);
    for (size_t n = 0; n < sizeof bytes; n++) {
        assert_int_equal(ntp_read(str_of((const char *)bytes, n), &r, &at), ERR_MORE);
    }
    assert_int_equal(ntp_read(STR("\x04"), &r, &at), ERR_MALFORMED);
    assert_string_equal(at.rule, "RFC 5905 7.3");
    assert_int_equal(ntp_read(STR("\x2c"), &r, &at), ERR_MALFORMED);
    assert_int_equal(ntp_read(STR("\x16"), &r, &at), ERR_OK); /* control: not like the others */
    assert_int_equal(r.mode, NTP_CONTROL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eras),     cmocka_unit_test(round_trip), cmocka_unit_test(request),
        cmocka_unit_test(verdicts), cmocka_unit_test(refids),     cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
