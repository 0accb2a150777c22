/* TFTP packets: what is read, what is refused, and that what is written is read as the same. */
#include "proto/tftp/tftp.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct tftp_message msg;
static struct err_at at;

static const struct {
    struct str bytes;
    enum tftp_op op;
    const char *file;
    uint16_t number;  /* block or code */
    const char *text; /* data, or the error's */
    size_t n;
} good[] = {
    {STR_INIT("\0\1/8865-3PCC.xml\0octet\0"), TFTP_RRQ, "/8865-3PCC.xml", 0, "", 0},
    {STR_INIT("\0\2a\0netascii\0"), TFTP_WRQ, "a", 0, "", 0},
    {STR_INIT("\0\1a\0octet\0blksize\0001428\0tsize\0000\0"), TFTP_RRQ, "a", 0, "", 2},
    {STR_INIT("\0\1\0\0"), TFTP_RRQ, "", 0, "", 0},
    {STR_INIT("\0\3\1\2<xml/>"), TFTP_DATA, "", 0x102, "<xml/>", 0},
    {STR_INIT("\0\3\0\1"), TFTP_DATA, "", 1, "", 0},
    {STR_INIT("\0\4\xff\xff"), TFTP_ACK, "", 65535, "", 0},
    {STR_INIT("\0\5\0\1File not found\0"), TFTP_ERROR, "", 1, "File not found", 0},
    {STR_INIT("\0\5\0\1File"), TFTP_ERROR, "", 1, "File", 0},
    {STR_INIT("\0\6blksize\0001428\0"), TFTP_OACK, "", 0, "", 1},
    {STR_INIT("\0\6"), TFTP_OACK, "", 0, "", 0},
};

static void packets(void **state)
{
    char copy[600];
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        size_t len;
        enum err e = tftp_read(good[i].bytes, &msg, &at);
        if (e != ERR_OK || msg.op != good[i].op || !str_eq(msg.file, str_z(good[i].file)) ||
            (msg.op == TFTP_ERROR ? msg.code : msg.block) != good[i].number ||
            !str_eq(msg.op == TFTP_ERROR ? msg.error : msg.data, str_z(good[i].text)) ||
            msg.n != good[i].n) {
            fail_msg("row %zu: %s", i, err_name(e));
        }
        assert_int_equal(tftp_write(&msg, copy, sizeof copy, &len), ERR_OK);
        assert_true(str_starts(str_of(copy, len), good[i].bytes));
        for (size_t cap = 0; cap < len; cap++) {
            assert_int_equal(tftp_write(&msg, copy, cap, &len), ERR_LIMIT);
        }
    }
}

static const struct {
    struct str bytes;
    size_t offset;
} bad[] = {
    {STR_INIT(""), 0},
    {STR_INIT("\0"), 0},
    {STR_INIT("\0\0"), 0},
    {STR_INIT("\0\7"), 0},
    {STR_INIT("\1\1a\0octet\0"), 0},
    {STR_INIT("\0\1a"), 2},
    {STR_INIT("\0\1a\0octet"), 2},
    {STR_INIT("\0\1a\0octet\0blksize\0"), 10},
    {STR_INIT("\0\1a\0octet\0blksize\0008"), 10},
    {STR_INIT("\0\3\1"), 2},
    {STR_INIT("\0\4"), 2},
    {STR_INIT("\0\5\0"), 2},
    {STR_INIT("\0\6a"), 2},
};

static void malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        enum err e = tftp_read(bad[i].bytes, &msg, &at);
        if (e != ERR_MALFORMED || at.offset != bad[i].offset || at.rule == NULL) {
            fail_msg("row %zu: %s at %zu", i, err_name(e), at.offset);
        }
    }
}

static void options(void **state)
{
    uint64_t n = 99;
    char many[2 + 17 * 4] = "\0\6";
    (void)state;
    struct str text = STR("\0\6BLKSIZE\0001428\0timeout\0000\0windowsize\00016\0tsize\0x\0");
    assert_int_equal(tftp_read(text, &msg, &at), ERR_OK);
    assert_true(tftp_option(&msg, STR("blksize"), &n));
    assert_int_equal(n, 1428);
    assert_true(tftp_option(&msg, STR("windowsize"), &n));
    assert_int_equal(n, 16);
    assert_false(tftp_option(&msg, STR("timeout"), &n));
    assert_false(tftp_option(&msg, STR("tsize"), &n));
    assert_false(tftp_option(&msg, STR("rollover"), &n));
    assert_int_equal(n, 16);
    for (size_t i = 2; i < sizeof many; i += 4) {
        memcpy(many + i, "a\0b", 4);
    }
    assert_int_equal(tftp_read(str_of(many, sizeof many), &msg, &at), ERR_LIMIT);
    assert_int_equal(at.offset, 2 + 16 * 4);
    assert_int_equal(tftp_read(str_of(many, sizeof many - 4), &msg, &at), ERR_OK);
}

static void words(void **state)
{
    size_t len;
    (void)state;
    assert_string_equal(tftp_op_name(TFTP_OACK), "OACK");
    assert_string_equal(tftp_error_text(TFTP_NOT_FOUND), "file not found");
    assert_string_equal(tftp_error_text(9), "?");
    msg = (struct tftp_message){.op = TFTP_RRQ, .file = STR("a\0b"), .mode = STR("octet")};
    assert_int_equal(tftp_write(&msg, (char[64]){0}, 64, &len), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets),
        cmocka_unit_test(malformed),
        cmocka_unit_test(options),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
