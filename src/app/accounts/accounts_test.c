/* Accounts files, right and wrong, in a folder of the test's own. */
#include "app/accounts/accounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[4096];
static char path[4200];

static void put(const char *name, const char *text, mode_t mode)
{
    char at[4300];
    (void)snprintf(at, sizeof at, "%s/%s", dir, name);
    FILE *f = fopen(at, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(at, mode), 0);
}

static int setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(dir, sizeof dir, "%s/accounts.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/accounts.csv", dir);
    put("good", "Circle Of Life\r\nanother line\n", 0600);
    put("open", "secret\n", 0644);
    put("empty", "\nsecret\n", 0600);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    static const char *const names[] = {"good", "open", "empty", "accounts.csv"};
    char at[4300];
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(at, sizeof at, "%s/%s", dir, names[i]);
        (void)unlink(at);
    }
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static void hex(const uint8_t *b, size_t n, char *to)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(to + 2 * i, 3, "%02x", b[i]);
    }
}

/* The digests were computed apart, by md5sum and sha256sum. */
static void rows_are_read(void **state)
{
    (void)state;
    struct accounts_file f = {0};
    struct accounts_mistakes m;
    char text[65];
    put("accounts.csv",
        "\xef\xbb\xbfNumber,auth,MAC,secret_file,ha1,sha256,note\r\n"
        "1002,,0000.5e00.5302,,0123456789ABCDEF0123456789abcdef,,\"a \"\"b\"\", c\"\r\n"
        "\r\n"
        "1001,Mufasa,SEP00005E005301,good,,yes,\r\n",
        0600);
    assert_int_equal(accounts_file_read(path, STR("example.org"), 10, &f, &m), ERR_OK);
    assert_int_equal(m.n, 0);
    assert_int_equal(f.n, 2);
    assert_int_equal(f.with_mac, 2);
    assert_true(str_eq(f.row[0].user, STR("1001")));
    assert_true(str_eq(f.row[0].auth, STR("Mufasa")));
    assert_int_equal(f.row[0].mac.b[5], 1);
    assert_true(f.row[0].sha256);
    assert_int_equal(f.row[0].has_ha1, 1U << DIGEST_MD5 | 1U << DIGEST_SHA256);
    hex(f.row[0].ha1[DIGEST_MD5], 16, text);
    assert_string_equal(text, "16c64a4bc2c725c3c02ff7a3d2a7df78");
    hex(f.row[0].ha1[DIGEST_SHA256], 32, text);
    assert_string_equal(text, "859c10a18d3b21d52eb3751fa6e4c0bb8253dd3b22b6822e2c6ff19c59424ef4");
    assert_true(str_eq(f.row[1].user, STR("1002")));
    assert_int_equal(f.row[1].auth.len, 0);
    assert_int_equal(f.row[1].has_ha1, 1U << DIGEST_MD5);
    assert_int_equal(f.row[1].ha1[DIGEST_MD5][15], 0xef);
    accounts_file_clear(&f);
}

#define HA1 "0123456789abcdef0123456789abcdef"

static const struct {
    const char *text;
    size_t line; /* of the first mistake */
    size_t n;
    const char *what;
} wrong[] = {
    {"", 0, 1, "is empty"},
    {"user;ha1\n", 1, 1, "no column 'user;ha1'"},
    {"auth,ha1\n1,2\n", 1, 1, "no column user"},
    {"user,ha1,number\n", 1, 1, "stands twice"},
    {"user,ha1\n1001," HA1 "\n1002\n", 3, 1, "1 fields"},
    {"user,ha1\n1001,0123\n", 2, 1, "32 hexadecimal digits"},
    {"user,ha1\n1001,0123456789abcdef0123456789abcdeg\n", 2, 1, "32 hexadecimal digits"},
    {"user,ha1_sha256\n1001," HA1 "\n", 2, 1, "64 hexadecimal digits"},
    {"user,ha1\n1001,\n", 2, 1, "neither a secret file nor an HA1"},
    {"user,ha1\n," HA1 "\n", 2, 1, "1 to 128 bytes"},
    {"user,ha1,mac\n1001," HA1 ",00:00:5e:00:53\n", 2, 1, "no MAC address"},
    {"user,ha1,sha256\n1001," HA1 ",maybe\n", 2, 1, "yes or no"},
    {"user,ha1\n1001," HA1 "\n1002," HA1 "\n1001," HA1 "\n", 4, 1, "in line 2 already"},
    {"user,ha1\n1001,\"" HA1 "\n", 2, 1, "closing quotation mark"},
    {"user,ha1\n10\"01," HA1 "\n1002," HA1 "\n", 2, 1, "does not begin with one"},
    {"user,ha1\n\"1001\"x," HA1 "\n", 2, 1, "behind a closing"},
    {"user,ha1\n1\t001," HA1 "\n10\x01"
     "01," HA1 "\n",
     3, 1, "control character"},
    {"user,secret_file\n1001,none\n", 2, 1, "No such file"},
    {"user,secret_file\n1001,open\n", 2, 1, "can be read by others"},
    {"user,secret_file\n1001,empty\n", 2, 1, "no password"},
    {"user,secret_file\n1001,.\n", 2, 1, "no file"},
    {"user,ha1\n1,x\n2," HA1 "\n2," HA1 "\n3,y\n", 2, 3, "32 hexadecimal"},
    {"user,ha1\n1," HA1 "\n2," HA1 "\n3," HA1 "\n4," HA1 "\n5," HA1 "\n", 6, 1, "more than 4"},
};

static void mistakes_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct accounts_file f = {0};
        struct accounts_mistakes m;
        put("accounts.csv", wrong[i].text, 0600);
        assert_int_equal(accounts_file_read(path, STR("example.org"), 4, &f, &m), ERR_MALFORMED);
        if (m.n != wrong[i].n || m.at[0].line != wrong[i].line ||
            !strstr(m.at[0].what, wrong[i].what)) {
            fail_msg("case %zu: %zu mistakes, line %zu: %s", i, m.n, m.at[0].line, m.at[0].what);
        }
        assert_null(strstr(m.at[0].what, "0123456789abcdef"));
        assert_null(strstr(m.at[0].what, "secret\n"));
    }
}

static void many_mistakes_are_counted(void **state)
{
    (void)state;
    struct accounts_file f = {0};
    struct accounts_mistakes m;
    char text[4096] = "user,ha1\n";
    for (int i = 0; i < 100; i++) {
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%d,zz\n", i);
    }
    put("accounts.csv", text, 0600);
    assert_int_equal(accounts_file_read(path, STR("example.org"), 1000, &f, &m), ERR_MALFORMED);
    assert_int_equal(m.n, 100);
    assert_int_equal(m.at[ACCOUNTS_MISTAKES - 1].line, ACCOUNTS_MISTAKES + 1);
}

static void ha1s_are_secrets(void **state)
{
    (void)state;
    struct accounts_file f = {0};
    struct accounts_mistakes m;
    put("accounts.csv", "user,ha1\n1," HA1 "\n2," HA1 "\n", 0644);
    assert_int_equal(accounts_file_read(path, STR("example.org"), 10, &f, &m), ERR_MALFORMED);
    assert_int_equal(m.n, 1);
    assert_non_null(strstr(m.at[0].what, "chmod 600"));
    put("accounts.csv", "user,secret_file\n1,good\n", 0644);
    assert_int_equal(accounts_file_read(path, STR("example.org"), 10, &f, &m), ERR_OK);
    accounts_file_clear(&f);
    (void)unlink(path);
    assert_int_equal(accounts_file_read(path, STR("example.org"), 10, &f, &m), ERR_IO);
    assert_non_null(strstr(m.at[0].what, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_read),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(many_mistakes_are_counted),
        cmocka_unit_test(ha1s_are_secrets),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
