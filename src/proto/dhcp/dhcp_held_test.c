/* Leases out of the files of DHCP clients. */
#include "proto/dhcp/dhcp_held.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct dhcp_held held;

static void networkd(void **state)
{
    (void)state;
    struct str text = STR("# This is private data. Do not parse.\n"
                          "ADDRESS=192.0.2.100\n"
                          "NETMASK=255.255.255.0\n"
                          "ROUTER=192.0.2.1\n"
                          "SERVER_ADDRESS=192.0.2.2\n"
                          "DNS=192.0.2.53 192.0.2.54\n"
                          "NTP=192.0.2.123\n"
                          "DOMAINNAME=example.com\n"
                          "OPTION_242=6162\n"
                          "OPTION_999=00\n");
    assert_true(dhcp_held_read(text, STR("eth0"), &held));
    assert_true(str_eq(held.address, STR("192.0.2.100")));
    assert_true(str_eq(held.server, STR("192.0.2.2")));
    assert_true(str_eq(held.router, STR("192.0.2.1")));
    assert_true(str_eq(held.dns, STR("192.0.2.53 192.0.2.54")));
    assert_true(str_eq(held.ntp, STR("192.0.2.123")));
    assert_true(str_eq(held.domain, STR("example.com")));
    assert_int_equal(held.n, 1);
    assert_int_equal(held.other[0].code, 242);
    assert_true(str_eq(held.other[0].value, STR("6162")));
}

static const char leases[] = "lease {\n"
                             "  interface \"eth0\";\n"
                             "  fixed-address 192.0.2.99;\n"
                             "  option unknown-160 \"old\";\n"
                             "}\n"
                             "lease {\n"
                             "  interface \"eth0\";\n"
                             "  fixed-address 192.0.2.100;\n"
                             "  filename \"/boot\";\n"
                             "  option dhcp-server-identifier 192.0.2.2;\n"
                             "  option domain-name-servers 192.0.2.53,192.0.2.54;\n"
                             "  option domain-name \"example.com\";\n"
                             "  option tftp-server-name \"tftp.example.com\";\n"
                             "  option unknown-150 c0:0:2:45;\n"
                             "  renew 1 2026/11/23 01:02:03;\n"
                             "}\n"
                             "lease {\n"
                             "  interface \"eth1\";\n"
                             "  fixed-address 198.51.100.7;\n"
                             "}\n";

static void dhclient(void **state)
{
    (void)state;
    assert_true(dhcp_held_read(str_z(leases), STR("eth0"), &held));
    assert_true(str_eq(held.address, STR("192.0.2.100")));
    assert_true(str_eq(held.server, STR("192.0.2.2")));
    assert_true(str_eq(held.dns, STR("192.0.2.53,192.0.2.54")));
    assert_true(str_eq(held.domain, STR("example.com")));
    assert_true(str_eq(held.tftp_name, STR("tftp.example.com")));
    assert_true(str_eq(held.boot_file, STR("/boot")));
    assert_int_equal(held.n, 1);
    assert_int_equal(held.other[0].code, 150);
    assert_true(str_eq(held.other[0].value, STR("c0:0:2:45")));
    assert_true(dhcp_held_read(str_z(leases), STR("eth1"), &held));
    assert_true(str_eq(held.address, STR("198.51.100.7")));
    assert_false(dhcp_held_read(str_z(leases), STR("eth2"), &held));
}

/* However it is cut or damaged, it is read to its end. */
static void cut(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof leases; len++) {
        (void)dhcp_held_read(str_of(leases, len), STR("eth0"), &held);
        (void)dhcp_held_read(str_of(leases + len, sizeof leases - 1 - len), STR("eth0"), &held);
    }
    assert_false(dhcp_held_read(STR("interface\nADDRESS=\n=\n;\n\"\n"), STR("eth0"), &held));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networkd),
        cmocka_unit_test(dhclient),
        cmocka_unit_test(cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
