/* What is refused, and what the records come to. Real servers read the files in test/e2e/71-export-site. */
#include "flow/announce/announce.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct announce usual(void)
{
    struct announce a;
    announce_init(&a);
    a.url = STR("https://prov.example.com/$PSN.xml");
    a.vendor = STR("CP-");
    a.dhcp_domain = STR("office.example.com");
    a.domain = STR("example.com");
    a.edge[0] = (struct announce_edge){STR_INIT("sip1.example.com"), 5, 50};
    a.edge[1] = (struct announce_edge){STR_INIT("sip2.example.com"), 10, 20};
    a.n_edges = 2;
    a.host[0] = (struct announce_host){STR_INIT("sip1.example.com"), addr4(0xc0000201)};
    a.n_hosts = 1;
    return a;
}

static void test_refusals(void **state)
{
    static const struct {
        const char *url, *domain, *edge, *why; /* NULL: as usual; why NULL: taken */
    } rows[] = {
        {NULL, NULL, NULL, NULL},
        {"http://prov.example.com", NULL, NULL, NULL},
        {"https://prov.example.com:8443/a?b=$MA", NULL, NULL, NULL},
        {"tftp://prov.example.com/", NULL, NULL, "URL 'tftp:"},
        {"https:///x", NULL, NULL, "URL 'https:///x'"},
        {"https://prov.example.com:0/", NULL, NULL, "URL "},
        {"https://prov.example.com:65536/", NULL, NULL, "URL "},
        {"https://a\nb/", NULL, NULL, "URL "},
        {"https://prov.example.com/\"", NULL, NULL, "URL "},
        {"https://192.0.2.1/", NULL, NULL, "SRV records need a host name"},
        {NULL, "-example.com", NULL, "domain '-example.com'"},
        {NULL, "example..com", NULL, "domain "},
        {NULL, "example.com-", NULL, "domain "},
        {NULL, "192.0.2.1", NULL, "domain "},
        {NULL, NULL, "sip;reboot", "server 'sip;reboot'"},
        {NULL, NULL, "", "server ''"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char why[ANNOUNCE_WHY] = "";
        struct announce a = usual();
        a.url = rows[i].url ? str_z(rows[i].url) : a.url;
        a.domain = rows[i].domain ? str_z(rows[i].domain) : a.domain;
        a.edge[0].host = rows[i].edge ? str_z(rows[i].edge) : a.edge[0].host;
        assert_int_equal(announce_check(&a, why), rows[i].why == NULL);
        if (rows[i].why && str_find(str_z(why), str_z(rows[i].why)) == STR_NPOS) {
            fail_msg("row %zu: '%s' lacks '%s'", i, why, rows[i].why);
        }
    }
}

static void test_zone(void **state)
{
    static const char zone[] =
        "; Records for the zones that hold these names.\n"
        "sip1.example.com. 300 IN A 192.0.2.1\n"
        "_ciscoprov-https._tls.office.example.com. 300 IN SRV 0 50 443 prov.example.com.\n"
        "example.com. 300 IN NAPTR 10 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.example.com.\n"
        "_sips._tcp.example.com. 300 IN SRV 5 50 8934 sip1.example.com.\n"
        "_sips._tcp.example.com. 300 IN SRV 10 20 8934 sip2.example.com.\n"
        "example.com. 300 IN NAPTR 30 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.example.com.\n"
        "_sip._udp.example.com. 300 IN SRV 5 50 5060 sip1.example.com.\n"
        "_sip._udp.example.com. 300 IN SRV 10 20 5060 sip2.example.com.\n";
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct announce a = usual();
    (void)state;
    a.tls = 8934;
    a.tcp = 0;
    announce_bind(&a, &out);
    assert_int_equal(out.err, ERR_OK);
    assert_string_equal((buf_add(&b, str_of("", 1)) == ERR_OK ? b.p : ""), zone);
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refusals),
                                       cmocka_unit_test(test_zone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
