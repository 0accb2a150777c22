/* The pages: what they show and what they do. */
#include "flow/panel/panel_testing.h"

/* -- what is shown */

static void the_state_is_shown(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "<h2>System Information</h2>",
        "<dt>Host Name</dt><dd>SEP00005E005321</dd>",
        "<dt>Domain</dt><dd>desk.example.com</dd>",
        "<h2>IPv4 Information</h2>",
        "<dt>Current IP</dt><dd>192.0.2.9</dd>",
        "<dt>Primary DNS</dt><dd>192.0.2.53</dd>",
        "<dt>DHCP Server</dt><dd>192.0.2.2</dd>",
        "<dt>Product Name</dt><dd>CP-8851-3PCC</dd>",
        "<dt>Serial Number</dt><dd>FCH00005321</dd>",
        "<dt>Customization</dt><dd>Open</dd>",
        "<dt>Elapsed Time</dt><dd>1 day 02:03:04</dd>",
        "<dt>SIP Messages Sent</dt><dd>12</dd>",
        "<dt>dhcp</dt><dd>ok</dd>",
        "<h2>Ext 1 Status</h2>",
        "<dt>Registration State</dt><dd>Registered</dd>",
        "<dt>Last Registration At</dt><dd>2023-09-04 22:50:08</dd>",
        "<dt>Next Registration In Seconds</dt><dd>1700</dd>",
        "<dt>Mapped SIP Port</dt><dd>5062</dd>",
        "<dt>Provisioning Profile</dt><dd>/$PSN.xml</dd>",
    };
    assert_int_equal(ask("GET /"), 200);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!said(rows[i])) {
            fail_msg("not on the page: %s", rows[i]);
        }
    }
}

static void downloads_and_reboots_are_shown(void **state)
{
    (void)state;
    struct phone *p = &w.face.phone;
    usec_t date = w.face.facts.date;
    phone_resulted(p, PHONE_PROVISIONING, false, STR("https://tom:secret@config.example.com/x.xml"),
                   STR("404 <not there>"), date);
    phone_rebooted(p, PHONE_REBOOT_USER, date);
    assert_int_equal(ask("GET /downloads"), 200);
    assert_true(said("<dt>Provisioning Status 1</dt><dd>Failed on 09/04/23 22:51:08: "
                     "https://tom:********@config.example.com/x.xml</dd>"));
    assert_true(said("<dt>Provisioning Failure Reason</dt><dd>404 &lt;not there&gt;</dd>"));
    assert_int_equal(ask("GET /status.xml"), 200);
    assert_string_equal(w.a.type, "text/xml; charset=utf-8");
    assert_true(said("<Reboot_History>\n<Reboot_Reason_1>[09/04/23 22:51:08]User Triggered"
                     "</Reboot_Reason_1>"));
    assert_true(said("<Registration_State>Registered</Registration_State>"));
    assert_true(said("<PRT_Generation_Status></PRT_Generation_Status>"));
    assert_true(said("<Provisioning_Failure_Reason>404 &lt;not there&gt;<"));
    assert_false(said("secret"));
}

static void a_call_is_shown(void **state)
{
    (void)state;
    w.face.call[0] = (struct screen_call){.line = 1,
                                          .state = AGENT_TALKING,
                                          .number = STR("2002"),
                                          .name = STR("<script>"),
                                          .since = w.face.facts.now - 61 * USEC_S};
    w.face.facts.n_calls = 1;
    assert_int_equal(ask("GET /"), 200);
    assert_true(said("<h2>Line 1 Call 1 Status</h2>"));
    assert_true(said("<dt>Peer Name</dt><dd>&lt;script&gt;</dd>"));
    assert_true(said("<dt>Duration</dt><dd>00:01:01</dd>"));
}

static void parameters_are_shown_without_secrets(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "GPP_SA", "sa-secret"));
    assert_true(face_set(&w.face, "Some_New_Password", "new-secret"));
    assert_true(face_set(&w.face, "Profile_Rule",
                         "[--key $B --uid me --pwd 'pwd secret'] https://a:b-secret@h/x"));
    assert_true(face_set(&w.face, "GPP_B", "plain"));
    assert_int_equal(ask("GET /voice?ext=1"), 200);
    assert_true(said("<th scope=\"row\">User_ID_1_</th><td class=\"set\">2001"));
    assert_true(said("<th scope=\"row\">Password_1_</th><td class=\"set\">********"));
    assert_true(said("<th scope=\"row\">SIP_Transport_1_</th><td>UDP</td>"));
    assert_false(said("Profile_Rule"));
    assert_int_equal(ask("GET /voice?tab=2"), 200);
    assert_true(said("[--key ******** --uid me --pwd ********] https://a:********@h/x"));
    assert_true(said("<th scope=\"row\">GPP_B</th><td class=\"set\">plain"));
    assert_false(said("secret"));
    assert_int_equal(ask("GET /voice"), 200);
    assert_true(said("Some_New_Password</th><td class=\"set\">********"));
    assert_int_equal(ask("GET /admin/cfg.xml"), 200);
    assert_true(said("<User_ID_1_ ua=\"na\">2001</User_ID_1_>\n"));
    assert_true(said("<Password_1_ ua=\"na\">********</Password_1_>\n"));
    assert_true(said("<Resync_Periodic ua=\"na\">3600</Resync_Periodic>\n"));
    assert_true(said("</flat-profile>\n"));
    assert_false(said("secret"));
}

static void values_are_masked(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *shown;
    } rows[] = {
        {"Proxy_1_", "sip.example.com", "sip.example.com"},
        {"Password_1_", "x", "********"},
        {"Password_1_", "", ""},
        {"Profile_Rule", "[--key abc]http://h/x", "[--key ********]http://h/x"},
        {"Profile_Rule", "[--key=abc --uid u]http://h/x", "[--key=******** --uid u]http://h/x"},
        {"Profile_Rule", "[--key \"a b\"]/x", "[--key ********]/x"},
        {"Profile_Rule", "[--key \"a b", "[--key ********"},
        {"Profile_Rule", "--key", "--key"},
        {"Profile_Rule", "[--key ]/x", "[--key ]/x"},
        {"Upgrade_Rule", "http://u:p@h:80/a@b", "http://u:********@h:80/a@b"},
        {"Upgrade_Rule", "http://u:p:q@r@h/", "http://u:********@h/"},
        {"Upgrade_Rule", "http://h:80/a@b", "http://h:80/a@b"},
        {"Upgrade_Rule", "http://u@h:80/", "http://u@h:80/"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = {.p = NULL};
        struct sink out = buf_sink(&b);
        panel_write_value(str_z(rows[i].name), str_z(rows[i].value), &out);
        (void)snprintf(text, sizeof text, "%.*s", STR_ARG(buf_str(&b)));
        assert_string_equal(text, rows[i].shown);
        buf_clear(&b);
    }
}

static void files_are_sent_by_their_names(void **state)
{
    (void)state;
    assert_int_equal(ask("GET /debug"), 200);
    assert_true(said("<a href=\"/log/messages.1\" download>messages.1</a>"));
    assert_true(said("<a href=\"/report/probrep-20230904-225108.tar.gz\" download>Download the "
                     "PRT log</a>"));
    assert_int_equal(ask("GET /log/messages.1"), 200);
    assert_int_equal(w.a.send, PANEL_LOG);
    assert_true(str_eq(w.a.file, STR("messages.1")));
    assert_int_equal(ask("GET /report/probrep-20230904-225108.tar.gz"), 200);
    assert_int_equal(w.a.send, PANEL_REPORT);
    assert_true(head_says("attachment; filename=\"probrep-20230904-225108.tar.gz\"\r\n"));
    assert_int_equal(ask("GET /log/other"), 404);
    assert_int_equal(ask("GET /report/messages"), 404);
    assert_int_equal(ask("GET /nothing"), 404);
    assert_int_equal(ask("DELETE /"), 405);
    w.log[0].name = STR("a\"b");
    assert_int_equal(ask("GET /log/a%22b"), 404);
}

static void styles_come_from_the_program(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "Admin_Password", "letmein"));
    assert_true(face_set(&w.face, "User_Password", "user-word"));
    assert_int_equal(ask("GET /phone.css"), 200);
    assert_true(said(".screen mark"));
    assert_int_equal(ask("GET /theme.css"), 200);
    assert_true(said("prefers-color-scheme: dark"));
}

/* -- what is done */

static void a_problem_is_reported(void **state)
{
    (void)state;
    assert_int_equal(post("/debug", "POST /report", "",
                          "date=2023-09-04&time=22%3A40&text=The+phone+is+not+registered"),
                     303);
    is_action(SCREEN_REPORT, "The phone is not registered");
    assert_int_equal(w.a.action.date, INT64_C(1693867200) * USEC_S);
    assert_true(head_says("Location: /debug?done=report\r\n"));
    assert_int_equal(ask("GET /debug?done=report"), 200);
    assert_true(said("The problem report is being made."));
    assert_int_equal(ask("GET /debug?done=%3Cb%3E"), 200);
    assert_false(said("<b>"));
    static const char *const wrong[] = {
        "date=2023-02-30&time=22%3A40&text=The+phone+is+not+registered",
        "date=2023-09-04&time=24%3A40&text=The+phone+is+not+registered",
        "date=2023-09-04&time=22%3A40&text=Something+of+mine",
        "date=2023-09-04&text=The+phone+is+not+registered",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(post("/debug", "POST /report", "", wrong[i]), 400);
        assert_int_equal(w.a.action.what, SCREEN_NOTHING);
    }
}

static void keys_are_pressed(void **state)
{
    (void)state;
    assert_int_equal(ask("GET /screen"), 200);
    assert_true(said("<b>22:51  Mon 2023-09-04</b>"));
    assert_int_equal(post("/screen", "POST /screen", "", "key=applications"), 303);
    assert_int_equal(w.a.action.what, SCREEN_PRESS);
    assert_int_equal(w.a.action.key, SCREEN_KEY_APPLICATIONS);
    assert_int_equal(post("/screen", "POST /screen", "", "text=https%3A%2F%2Fh%2F"), 303);
    is_action(SCREEN_TYPE, "https://h/");
    assert_int_equal(post("/screen", "POST /screen", "", "key=none"), 400);
}

static void administration_does_what_settings_allow(void **state)
{
    (void)state;
    assert_int_equal(post("/admin/advanced", "POST /admin/do", "", "do=resync&text=+https://h/x+"),
                     303);
    is_action(SCREEN_RESYNC, "https://h/x");
    assert_int_equal(post("/admin/advanced", "POST /admin/do", "", "do=restart"), 303);
    is_action(SCREEN_RESTART, "");
    assert_int_equal(post("/admin/factory-reset", "POST /admin/do", "", "do=factory-reset"), 303);
    is_action(SCREEN_FACTORY_RESET, "");
    w.facts.busy = true;
    assert_int_equal(ask("GET /admin/factory-reset"), 409);
    assert_int_equal(post("/admin/advanced", "POST /admin/do", "", "do=factory-reset"), 409);
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
    assert_true(face_set(&w.face, "Provision_Enable", "No"));
    assert_int_equal(post("/admin/advanced", "POST /admin/do", "", "do=resync"), 403);
    assert_int_equal(post("/admin/advanced", "POST /admin/do", "", "do=dance"), 400);
}

static void addresses_make_it_do_something(void **state)
{
    (void)state;
    assert_int_equal(ask("GET /admin/resync"), 200);
    is_action(SCREEN_RESYNC, "");
    assert_int_equal(
        ask("GET /admin/resync?%5B--uid+admin+--pwd+555%5Dhttp://config.example.com/a.xml"), 200);
    is_action(SCREEN_RESYNC, "[--uid admin --pwd 555]http://config.example.com/a.xml");
    assert_int_equal(ask("GET /admin/resync?/a.xml"), 200);
    is_action(SCREEN_RESYNC, "tftp://192.0.2.99/a.xml");
    assert_int_equal(ask("GET /admin/upgrade?http://h/load.loads"), 200);
    is_action(SCREEN_UPGRADE, "http://h/load.loads");
    assert_int_equal(ask("GET /admin/reboot"), 200);
    is_action(SCREEN_RESTART, "");
    assert_int_equal(ask("GET /admin/factory-reset"), 200);
    assert_int_equal(w.a.action.what, SCREEN_NOTHING); /* asks first */
    assert_int_equal(ask("GET /admin/resync?%0a"), 400);
    assert_true(face_set(&w.face, "Enable_Direct_Action_Url", "No"));
    assert_int_equal(ask("GET /admin/reboot"), 403);
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
}

static void other_sites_do_nothing(void **state)
{
    (void)state;
    assert_int_equal(ask_with("GET /admin/reboot", "Sec-Fetch-Site: cross-site\r\n", ""), 403);
    assert_int_equal(ask_with("GET /admin/reboot", "Sec-Fetch-Site: same-site\r\n", ""), 403);
    assert_int_equal(ask_with("GET /admin/reboot", "Origin: https://example.net\r\n", ""), 403);
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
    assert_int_equal(ask("HEAD /admin/reboot"), 403);
    assert_int_equal(ask_with("GET /admin/reboot", "Sec-Purpose: prefetch;prerender\r\n", ""), 403);
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
    assert_int_equal(ask("HEAD /status.xml"), 200);
    assert_int_equal(ask_with("GET /admin/reboot", "Sec-Fetch-Site: none\r\n", ""), 200);
    static const char form[] = "Content-Type: application/x-www-form-urlencoded\r\n"
                               "Content-Length: 10\r\n";
    assert_int_equal(ask_with("POST /admin/do", form, "do=restart"), 403); /* no token */
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(the_state_is_shown),
        T(downloads_and_reboots_are_shown),
        T(a_call_is_shown),
        T(parameters_are_shown_without_secrets),
        T(values_are_masked),
        T(files_are_sent_by_their_names),
        T(styles_come_from_the_program),
        T(a_problem_is_reported),
        T(keys_are_pressed),
        T(administration_does_what_settings_allow),
        T(addresses_make_it_do_something),
        T(other_sites_do_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
