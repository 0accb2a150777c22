/* Names, values, and what is told of a whole configuration. */
#include "domain/profile/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void test_names(void **state)
{
    static const struct {
        const char *name, *row; /* NULL: not in the table */
        unsigned line;
        bool good, secret;
    } rows[] = {
        {"Profile_Rule", "Profile_Rule", 0, true, false},
        {"Proxy_1_", "Proxy_n_", 1, true, false},
        {"Proxy_12_", "Proxy_n_", 12, true, false},
        {"Password_3_", "Password_n_", 3, true, true},
        {"Auth_Resync-Reboot_1_", "Auth_Resync-Reboot_n_", 1, true, false},
        {"Speed_Dial_7_Name", "Speed_Dial_n_Name", 7, true, false},
        {"Speed_Dial_7_Password", NULL, 0, true, true},
        {"GPP_SA", "GPP_SA", 0, true, true},
        {"Proxy_01_", NULL, 0, true, false},
        {"Proxy_0_", NULL, 0, true, false},
        {"Proxy_1234_", NULL, 0, true, false},
        {"Proxy__", NULL, 0, true, false},
        {"Proxy_n_", NULL, 0, true, false},
        {"proxy_1_", NULL, 0, true, false},
        {"Proxy_1_x", NULL, 0, true, false},
        {"1Proxy", NULL, 0, false, false},
        {"Pro xy", NULL, 0, false, false},
        {"Pro<xy", NULL, 0, false, false},
        {"", NULL, 0, false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned line = 0;
        const struct profile_param *p = profile_param(str_z(rows[i].name), &line);
        if ((p != NULL) != (rows[i].row != NULL)) {
            fail_msg("%s", rows[i].name);
        }
        if (p) {
            assert_string_equal(p->name, rows[i].row);
            assert_int_equal(line, rows[i].line);
        }
        assert_int_equal(profile_is_name(str_z(rows[i].name)), rows[i].good);
        assert_int_equal(profile_is_secret(str_z(rows[i].name)), rows[i].secret);
    }
}

static void test_values(void **state)
{
    static const struct {
        const char *name, *value;
        bool good;
    } rows[] = {
        {"Resync_On_Reset", "Yes", true},
        {"Resync_On_Reset", " No ", true},
        {"Resync_On_Reset", "yes", false},
        {"Resync_On_Reset", "", true},
        {"Proxy_Port", "0", false},
        {"Proxy_Port", "65536", false},
        {"Proxy_Port", "-1", false},
        {"DHCP_Option_To_Use", "66,160,159,150", true},
        {"DHCP_Option_To_Use", "66, 160", true},
        {"DHCP_Option_To_Use", "66,,160", false},
        {"DHCP_Option_To_Use", "66,", false},
        {"DHCP_Option_To_Use", "0", false},
        {"Resync_Periodic", "3600", true},
        {"Resync_Periodic", "600,1200,300", true},
        {"Resync_Periodic", "2400+30", true},
        {"Resync_Periodic", "2400+", false},
        {"Resync_Periodic", "+30", false},
        {"Resync_Periodic", "1h", false},
        {"Resync_At__HHmm_", "0330", true},
        {"Resync_At__HHmm_", "2400", true},
        {"Resync_At__HHmm_", "2401", false},
        {"Resync_At__HHmm_", "0360", false},
        {"Resync_At__HHmm_", "330", false},
        {"SIP_T1", ".5", true},
        {"SIP_T1", "0.5", true},
        {"SIP_T1", "4", true},
        {"SIP_T1", "4.", true},
        {"SIP_T1", ".", false},
        {"SIP_T1", "65", false},
        {"SIP_T1", "1.5s", false},
        {"SIP_Transport_2_", "TLS", true},
        {"SIP_Transport_2_", "SCTP", false},
        {"Profile_Authentication_Type", "Basic Http Authentication", true},
        {"Profile_Rule", "/$PSN.xml\n", true},
        {"Profile_Rule", "/$PSN\x01.xml", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char why[PROFILE_WHY] = "";
        const struct profile_param *p = profile_param(str_z(rows[i].name), NULL);
        assert_non_null(p);
        if (profile_value_check(p, str_z(rows[i].value), why) != rows[i].good ||
            (*why != 0) != !rows[i].good) {
            fail_msg("%s '%s': %s", rows[i].name, rows[i].value, why);
        }
    }
}

/* Every row: a name once, a default that it takes itself, choices where it is a choice. */
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < profile_params_n; i++) {
        char why[PROFILE_WHY] = "";
        const struct profile_param *p = &profile_params[i];
        if (!profile_value_check(p, str_z(p->usual), why)) {
            fail_msg("%s: its default '%s' %s", p->name, p->usual, why);
        }
        assert_int_equal(p->kind == PROFILE_CHOICE, *p->choices != 0);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(profile_params[k].name, p->name);
        }
    }
}

struct told {
    char text[512];
};

static void on_note(void *ctx, const struct profile_note *note)
{
    struct told *t = ctx;
    size_t at = strlen(t->text);
    (void)snprintf(t->text + at, sizeof t->text - at, "%s%s", at ? " " : "", note->code);
    assert_true(note->text[0] != 0);
}

enum { SHARED = 1, OWN = 4 };

static void test_lint(void **state)
{
    static const struct {
        struct profile_value v[6];
        const char *told;
    } rows[] = {
        {{{STR_INIT("Resync_Periodic"), STR_INIT("3600"), SHARED}}, ""},
        {{{STR_INIT("Resync_Periodic"), STR_INIT("often"), SHARED}}, "value"},
        {{{STR_INIT("resync_periodic"), STR_INIT("3600"), SHARED}}, "case"},
        {{{STR_INIT("Wallpaper"), STR_INIT("blue"), SHARED}}, "unknown"},
        {{{STR_INIT("Wall paper"), STR_INIT("blue"), SHARED}}, "name"},
        {{{STR_INIT("Station_Name"), STR_INIT("\xe7\x94\xb0"), SHARED}}, "ascii"},
        {{{STR_INIT("Proxy_3_"), STR_INIT("example.com"), OWN}}, "line"},
        {{{STR_INIT("GPP_SA"), STR_INIT("x"), SHARED}}, "shared"},
        {{{STR_INIT("GPP_SA"), STR_INIT("x"), OWN}}, ""},
        {{{STR_INIT("Provision_Enable"), STR_INIT("No"), SHARED},
          {STR_INIT("Resync_Error_Retry_Delay"), STR_INIT("0"), SHARED},
          {STR_INIT("Resync_On_Reset"), STR_INIT("No"), SHARED},
          {STR_INIT("Resync_From_SIP"), STR_INIT("No"), SHARED},
          {STR_INIT("Resync_Periodic"), STR_INIT("0"), SHARED}},
         "no-provisioning no-retry no-reset no-notify no-period"},
        {{{STR_INIT("Restricted_Access_Domains"), STR_INIT("example.net, example.com"), SHARED}},
         ""},
        {{{STR_INIT("Restricted_Access_Domains"), STR_INIT("xample.com"), SHARED}}, "restricted"},
        {{{STR_INIT("User_ID_1_"), STR_INIT("1001"), OWN}}, "no-proxy no-password"},
        {{{STR_INIT("User_ID_1_"), STR_INIT("1001"), OWN},
          {STR_INIT("Password_1_"), STR_INIT("x"), OWN},
          {STR_INIT("Proxy_1_"), STR_INIT("example.com:5061"), SHARED},
          {STR_INIT("Use_DNS_SRV_1_"), STR_INIT("Yes"), SHARED}},
         "srv-port"},
        {{{STR_INIT("User_ID_1_"), STR_INIT("1001"), OWN},
          {STR_INIT("Password_1_"), STR_INIT("x"), OWN},
          {STR_INIT("Proxy_1_"), STR_INIT("example.com"), SHARED},
          {STR_INIT("Use_DNS_SRV_1_"), STR_INIT("Yes"), SHARED},
          {STR_INIT("Register_1_"), STR_INIT("No"), SHARED}},
         "srv-prefix no-register"},
    };
    const struct profile_lint_cfg cfg = {
        .lines = 2, .device_rank = OWN, .host = STR("prov.example.com")};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct told t = {""};
        size_t n = 0;
        while (n < COUNT(rows[i].v) && rows[i].v[n].name.len) {
            n++;
        }
        profile_lint(rows[i].v, n, &cfg, on_note, &t);
        if (strcmp(t.text, rows[i].told) != 0) {
            fail_msg("row %zu: '%s', not '%s'", i, t.text, rows[i].told);
        }
    }
}

static void test_write(void **state)
{
    static const struct profile_value v[] = {
        {STR_INIT("Display_Name_1_"), STR_INIT("Jim & <Joe> \"x\""), 0},
        {STR_INIT("GPP_A"), STR_INIT(""), 0},
    };
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    (void)state;
    profile_write(v, COUNT(v), &out);
    sink_str(&out, str_of("", 1));
    assert_int_equal(out.err, ERR_OK);
    assert_string_equal(b.p, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n"
                             "  <Display_Name_1_>Jim &amp; &lt;Joe&gt; &quot;x&quot;"
                             "</Display_Name_1_>\n  <GPP_A></GPP_A>\n</flat-profile>\n");
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_table), cmocka_unit_test(test_lint),
                                       cmocka_unit_test(test_write)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
