/* Interfaces and the leases that hosts keep; packets are for the test in network namespaces. */
#include "io/link/link.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

static void interfaces(void **state)
{
    struct link rows[LINK_MOST];
    struct link one;
    size_t n = 0;
    (void)state;
    assert_int_equal(link_list(rows, LINK_MOST, &n), ERR_OK);
    for (size_t i = 0; i < n; i++) {
        assert_string_not_equal(rows[i].name, "lo");
        assert_int_equal(link_find(rows[i].name, &one), ERR_OK);
        assert_int_equal(one.index, rows[i].index);
    }
    assert_int_equal(link_list(rows, 0, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(link_find("no such name", &one), ERR_MISSING);
}

static void folder(const char *root, const char *below)
{
    char path[LINK_PATH * 2];
    (void)snprintf(path, sizeof path, "%s%s", root, below);
    assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
}

static void file(const char *root, const char *below, const char *text)
{
    char path[LINK_PATH * 2];
    (void)snprintf(path, sizeof path, "%s%s", root, below);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void leases(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char root[64];
    char path[LINK_PATH];
    struct buf text = {.limit = 64};
    struct link l = {.name = "eth0", .index = 7};
    (void)state;
    (void)snprintf(root, sizeof root, "%s/link-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(root));
    assert_int_equal(link_lease(root, &l, &text, path), ERR_MISSING);

    static const char *const folders[] = {"/var",
                                          "/var/lib",
                                          "/var/lib/dhcp",
                                          "/run",
                                          "/run/systemd",
                                          "/run/systemd/netif",
                                          "/run/systemd/netif/leases"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        folder(root, folders[i]);
    }
    file(root, "/var/lib/dhcp/dhclient.leases", "lease {}\n");
    assert_int_equal(link_lease(root, &l, &text, path), ERR_OK);
    assert_true(str_eq(buf_str(&text), STR("lease {}\n")));
    file(root, "/run/systemd/netif/leases/7", "ADDRESS=192.0.2.1\n");
    assert_int_equal(link_lease(root, &l, &text, path), ERR_OK);
    assert_true(str_eq(buf_str(&text), STR("ADDRESS=192.0.2.1\n")));
    assert_true(str_ends(str_z(path), STR("/run/systemd/netif/leases/7")));
    text.limit = 4;
    assert_int_equal(link_lease(root, &l, &text, path), ERR_LIMIT);
    buf_clear(&text);
}

static void chance(void **state)
{
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    (void)state;
    assert_int_equal(link_random(&a), ERR_OK);
    assert_int_equal(link_random(&b), ERR_OK);
    assert_int_equal(link_random(&c), ERR_OK);
    assert_true(a != b || b != c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interfaces),
        cmocka_unit_test(leases),
        cmocka_unit_test(chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
