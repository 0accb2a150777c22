/* What a probe was offered, and what is concluded of it: who was expected, who else answers, what is missing; and whose
 * a connection is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/doctor/doctor_fixture.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

#define AT "2023-09-04T10:00:00.100000Z "
#define HEAD "# dialtone record 1 probe host 2023-09-04T10:00:00.000000Z\n"
#define OFFER AT "dhcp.offer server=192.0.2.1 address=192.0.2.100"
#define TARGET " url=tftp://192.0.2.69/8865-3PCC.xml key=option66 value=192.0.2.69\n"
#define LEASE                                          \
    AT "dhcp.option key=ipaddr value=192.0.2.100\n" AT \
       "dhcp.option key=router1 value=192.0.2.1\n" AT "dhcp.option key=dns1 value=192.0.2.53\n"
#define RIVAL AT "dhcp.offer server=192.0.2.2 address=192.0.2.200"
#define DOWNLOAD                                          \
    AT "fetch.start url=https://config.example.net/\n" AT \
       "fetch.start url=https://config.example.net/\n" AT \
       "tls.up host=config.example.net server=198.51.100.20 port=443 version=TLSv1.2\n"
#define EDGE \
    AT "tls.certificate host=edge01.example.net port=8934 reason=\"unable to get local issuer\"\n"

static const struct {
    const char *what;
    const char *record;
    const char *expect;
    const char *ids; /* of all findings, each behind a blank, in their order */
} rows[] = {
    {"a lease and no more", HEAD OFFER "\n" LEASE, "", ""},
    {"a target, nobody was expected", HEAD OFFER TARGET LEASE, "", " DH-01"},
    {"the expected target", HEAD OFFER TARGET LEASE, "192.0.2.69", ""},
    {"another target", HEAD OFFER TARGET LEASE, "prov.example.com", " DH-01"},
    {"a rival with the same", HEAD OFFER TARGET RIVAL TARGET LEASE, "192.0.2.69", " DH-03"},
    {"a rival with another target",
     HEAD OFFER TARGET RIVAL " url=tftp://198.51.100.9/x key=option150 value=198.51.100.9\n" LEASE,
     "192.0.2.69", " DH-01 DH-03"},
    {"no way out",
     HEAD OFFER "\n" AT "dhcp.option key=ipaddr value=192.0.2.100\n" AT
                "dhcp.option key=router1 value=0.0.0.0\n",
     "", " DH-06"},
    {"an edge's certificate, behind a download that went well", HEAD DOWNLOAD EDGE, "", " TL-02"},
    {"nobody", HEAD AT "dhcp.timeout text=\"3 DISCOVERs in 5 s, no offer\"\n", "", " DH-02"},
};

static struct knowledge k;

static int setup(void **state)
{
    struct conf_error wrong = {.line = 0};
    (void)state;
    return knowledge_init(&k) == ERR_OK && knowledge_add_share(&k, &wrong) == ERR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    knowledge_clear(&k);
    return 0;
}

static void findings(const char *record, const char *expect, char *ret_ids, size_t cap)
{
    static struct diagnosis g;
    struct doctor_cfg cfg = {.expect = str_z(expect)};
    struct doctor *d = doctor_new(&k, &cfg);
    size_t len = 0;
    assert_non_null(d);
    (void)doctor_begin(d, STR("record"), INPUT_NOTHING, 0);
    doctor_feed(d, str_z(record));
    doctor_end(d, true);
    doctor_finish(d);
    ret_ids[0] = '\0';
    assert_non_null(doctor_phones(d));
    doctor_diagnose(d, doctor_phones(d), &g);
    for (unsigned i = 0; i < g.n && len < cap; i++) {
        len += (size_t)snprintf(ret_ids + len, cap - len, " %.*s", STR_ARG(g.finding[i].rule->id));
    }
    doctor_free(d);
}

static void offers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char ids[100];
        findings(rows[i].record, rows[i].expect, ids, sizeof ids);
        if (strcmp(ids, rows[i].ids) != 0) {
            fail_msg("%s:%s, not%s", rows[i].what, ids, rows[i].ids);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(offers)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
