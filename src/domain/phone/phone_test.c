/* A phone's settings, periods, history and its state on disk. */
#include "domain/phone/phone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct phone_pool *pool;

static int set_up(void **state)
{
    (void)state;
    return phone_pool_new(10000, &pool) != ERR_OK;
}

static int tear_down(void **state)
{
    (void)state;
    phone_pool_free(pool);
    return 0;
}

static struct phone fresh(uint8_t last)
{
    struct phone p;
    struct phone_identity id = {.mac = {{0x00, 0x00, 0x5e, 0x00, 0x53, last}},
                                .serial = STR("FCH00005321"),
                                .model = STR("8851-3PCC"),
                                .load = STR("sip88xx.12-0-2MPP0001-20230510-156252b771"),
                                .hardware = STR("V03")};
    assert_int_equal(phone_init(&p, pool, &id), ERR_OK);
    return p;
}

static void set(struct phone *p, const char *name, const char *value, bool changes)
{
    bool changed = false;
    assert_int_equal(phone_set(p, str_z(name), str_z(value), &changed), ERR_OK);
    assert_int_equal(changed, changes);
}

static void is(struct str got, const char *expected)
{
    char text[256];
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(got));
    assert_string_equal(text, expected);
}

static void usual_values_stand_until_set(void **state)
{
    (void)state;
    struct phone p = fresh(0x21);
    char room[PHONE_VERSION];
    is(phone_get(&p, STR("Profile_Rule")), "/$PSN.xml");
    is(phone_of_line(&p, "SIP_Transport", 1), "UDP");
    assert_int_equal(phone_number(&p, "Resync_Random_Delay"), 2);
    assert_int_equal(phone_line_number(&p, "Register_Expires", 1), 3600);
    assert_true(phone_line_yes(&p, "Line_Enable", 1));
    set(&p, "SIP_Transport_1_", "TLS", true);
    set(&p, "SIP_Transport_1_", "TLS", false);
    set(&p, "Provision_Enable", "Yes", false); /* as it is */
    set(&p, "Proxy_1_", "sip.example.com", true);
    set(&p, "Line_Enable_1_", "no", true);
    is(phone_of_line(&p, "SIP_Transport", 1), "TLS");
    is(phone_of_line(&p, "SIP_Transport", 2), "UDP");
    assert_false(phone_line_yes(&p, "Line_Enable", 1));
    is(phone_version(&p, room), "12.0.2");
    is(phone_model(&p), "8851-3PCC");
    bool changed = false;
    assert_int_equal(phone_set(&p, STR("1x"), STR(""), &changed), ERR_USAGE);
    phone_clear(&p);
}

static void equal_settings_are_kept_once(void **state)
{
    (void)state;
    struct phone a = fresh(1), b = fresh(2);
    set(&a, "Proxy_1_", "sip.example.com", true);
    size_t before = phone_pool_memory(pool);
    set(&b, "Proxy_1_", "sip.example.com", true);
    assert_int_equal(phone_pool_memory(pool), before);
    assert_ptr_equal(phone_get(&a, STR("Proxy_1_")).p, phone_get(&b, STR("Proxy_1_")).p);
    phone_clear(&a);
    phone_clear(&b);
}

static void periods(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        unsigned step;
        uint64_t least, most;
    } t[] = {
        {"3600", 0, 3600, 3600},
        {"3600", 9, 3600, 3600},
        {"600,1200,300", 0, 600, 600},
        {"600, 1200 ,300", 1, 1200, 1200},
        {"600,1200,300", 2, 300, 300},
        {"600,1200,300", 77, 300, 300},
        {"2400+30", 0, 2400, 2430},
        {"60,2400+30", 4, 2400, 2430},
        {"60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400", 11, 86400, 86400},
        {"0", 0, 0, 0},
        {"", 3, 0, 0},
        {"soon", 0, 0, 0},
        {"60+soon", 0, 0, 0},
        {"99999999999", 0, 0, 0},
    };
    uint64_t random = 7;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        for (unsigned n = 0; n < 50; n++) {
            uint64_t s = phone_period(str_z(t[i].list), t[i].step, &random);
            assert_in_range(s, t[i].least, t[i].most);
        }
    }
}

static void history_keeps_the_newest(void **state)
{
    (void)state;
    struct phone p = fresh(3);
    for (int i = 1; i <= 7; i++) {
        phone_rebooted(&p, i % 2 ? PHONE_REBOOT_USER : PHONE_REBOOT_SIP, i * USEC_S);
    }
    assert_int_equal(p.n_reboots, PHONE_REBOOTS);
    assert_int_equal(p.reboot[0].date, 7 * USEC_S);
    assert_int_equal(p.reboot[4].date, 3 * USEC_S);
    phone_resulted(&p, PHONE_PROVISIONING, false, STR("https://a.example.com:443/"), STR("404"), 5);
    is(phone_text(&p, p.result[PHONE_PROVISIONING][0].why), "404");
    phone_factory_reset(&p);
    assert_int_equal(p.n_reboots, 0);
    assert_int_equal(p.result[PHONE_PROVISIONING][0].date, 0);
    phone_clear(&p);
}

static void state_comes_back(void **state)
{
    (void)state;
    struct phone p = fresh(4), q = fresh(4), other = fresh(5);
    struct buf first = {0}, second = {0};
    struct sink out = buf_sink(&first);
    struct err_at at;
    set(&p, "Proxy_1_", "sip.example.com", true);
    set(&p, "Dial_Plan_1_", "(a\\b|\n\tc)\x7f", true);
    set(&p, "Display_Name_1_", "\xc3\xa9t\xc3\xa9", true);
    set(&p, "GPP_A", "", false);
    p.customization = PHONE_ACQUIRED;
    phone_rebooted(&p, PHONE_REBOOT_PROVISIONING, 12);
    phone_rebooted(&p, PHONE_REBOOT_USER, 34);
    phone_resulted(&p, PHONE_UPGRADE, true, STR("http://a.example.com/\\x"), STR("a\tb"), 99);
    phone_write(&p, &out);
    assert_int_equal(phone_read(&q, buf_str(&first), &at), ERR_OK);
    out = buf_sink(&second);
    phone_write(&q, &out);
    assert_true(str_eq(buf_str(&first), buf_str(&second)));
    is(phone_get(&q, STR("Dial_Plan_1_")), "(a\\b|\n\tc)\x7f");
    assert_true(phone_has(&q, STR("GPP_A")));
    assert_int_equal(phone_read(&other, buf_str(&first), &at), ERR_USAGE);
    assert_int_equal(phone_read(&q, STR("set 1 x\n"), &at), ERR_MALFORMED);
    assert_int_equal(phone_read(&q, STR("later 1\nset GPP_A \\4"), &at), ERR_MALFORMED);
    assert_int_equal(at.offset, 12);
    assert_int_equal(q.n, 0);
    buf_clear(&first);
    buf_clear(&second);
    phone_clear(&p);
    phone_clear(&q);
    phone_clear(&other);
}

static void faults_have_names(void **state)
{
    (void)state;
    for (unsigned f = 0; f < PHONE_FAULTS; f++) {
        enum phone_fault again;
        assert_true(phone_fault_read(str_z(phone_fault_name((enum phone_fault)f)), &again));
        assert_int_equal(again, f);
        assert_true(str_ends(str_z(phone_fault_text(again)), STR(".")));
    }
    enum phone_fault none;
    assert_false(phone_fault_read(STR("none"), &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_values_stand_until_set),
        cmocka_unit_test(equal_settings_are_kept_once),
        cmocka_unit_test(periods),
        cmocka_unit_test(history_keeps_the_newest),
        cmocka_unit_test(state_comes_back),
        cmocka_unit_test(faults_have_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
