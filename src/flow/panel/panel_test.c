/* The pages: what they show and to whom, what they do and for whom. */
#include "flow/panel/panel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/panel/panel_fixture.h"
#include "proto/digest/digest.h"

static struct place w;
static char text[262144];

static int set_up(void **state)
{
    (void)state;
    return !place_open(&w);
}

static int tear_down(void **state)
{
    (void)state;
    place_close(&w);
    return 0;
}

static unsigned ask_with(const char *line, const char *fields, const char *body)
{
    assert_true(place_ask(&w, line, fields, str_z(body)));
    assert_true(w.a.body.len < sizeof text);
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(buf_str(&w.a.body)));
    return w.a.status;
}

static unsigned ask(const char *line)
{
    return ask_with(line, "", "");
}

static bool said(const char *what)
{
    return strstr(text, what) != NULL;
}

static bool head_says(const char *what)
{
    return str_find(buf_str(&w.a.fields), str_z(what)) != STR_NPOS;
}

/* A form as the page at `page` gives it, with its token. */
static unsigned post(const char *page, const char *line, const char *cookie, const char *fields)
{
    char head[512], body[2048], get[128];
    (void)snprintf(get, sizeof get, "GET %s", page);
    (void)ask_with(get, cookie, "");
    const char *token = strstr(text, "name=\"token\" value=\"");
    (void)snprintf(body, sizeof body, "token=%.32s&%s", token ? token + 20 : "", fields);
    (void)snprintf(head, sizeof head,
                   "%sOrigin: https://192.0.2.9\r\nSec-Fetch-Site: same-origin\r\n"
                   "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n",
                   cookie, strlen(body));
    return ask_with(line, head, body);
}

/* Logs in and gives the head's line with its cookie. */
static const char *log_in(const char *user, const char *password)
{
    static char cookie[128];
    char fields[128];
    (void)snprintf(fields, sizeof fields, "user=%s&password=%s", user, password);
    (void)post("/login", "POST /login", "", fields);
    size_t at = str_find(buf_str(&w.a.fields), STR("Set-Cookie: phone="));
    if (at == STR_NPOS) {
        return NULL;
    }
    (void)snprintf(cookie, sizeof cookie, "Cookie: phone=%.32s\r\n", w.a.fields.p + at + 18);
    return cookie;
}

static void is_action(enum screen_do what, const char *of)
{
    char got[PANEL_TEXT + 1];
    assert_int_equal(w.a.action.what, what);
    (void)snprintf(got, sizeof got, "%.*s", STR_ARG(w.a.action.text));
    assert_string_equal(got, of);
}

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
    assert_int_equal(ask_with("GET /admin/reboot", "Sec-Fetch-Site: none\r\n", ""), 200);
    static const char form[] = "Content-Type: application/x-www-form-urlencoded\r\n"
                               "Content-Length: 10\r\n";
    assert_int_equal(ask_with("POST /admin/do", form, "do=restart"), 403); /* no token */
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
}

/* -- who may */

static void without_a_log_in_little_is_shown(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "Admin_Password", "letmein"));
    assert_int_equal(ask("GET /"), 200);
    assert_false(said("/voice"));
    assert_int_equal(ask("GET /debug"), 200);
    assert_false(said("/log/"));
    assert_int_equal(ask("GET /log/messages"), 401);
    assert_int_equal(ask("GET /voice"), 303);
    assert_true(head_says("Location: /login\r\n"));
    assert_int_equal(ask("GET /admin/cfg.xml"), 401);
    assert_int_equal(ask("GET /admin/reboot"), 401);
    assert_true(head_says("WWW-Authenticate: Digest realm=\"phone\", nonce=\""));
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
    assert_true(face_set(&w.face, "User_Password", "user-word"));
    assert_int_equal(ask("GET /"), 303);
    assert_int_equal(ask("GET /status.xml"), 401);
}

static void a_log_in_lasts_as_long_as_settings_say(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "Admin_Password", "let me in"));
    assert_true(face_set(&w.face, "Session_Idle_Timeout", "100"));
    assert_true(face_set(&w.face, "Session_Max_Timeout", "150"));
    assert_null(log_in("admin", "wrong"));
    assert_int_equal(w.a.status, 403);
    const char *cookie = log_in("admin", "let+me+in");
    assert_non_null(cookie);
    assert_true(head_says("; Path=/; HttpOnly; SameSite=Strict; Secure\r\n"));
    assert_int_equal(ask_with("GET /voice", cookie, ""), 200);
    assert_int_equal(post("/admin/advanced", "POST /admin/do", cookie, "do=restart"), 303);
    is_action(SCREEN_RESTART, "");
    assert_int_equal(ask_with("GET /voice", "Cookie: phone=0123\r\n", ""), 303);
    w.face.facts.now += 90 * USEC_S;
    assert_int_equal(ask_with("GET /voice", cookie, ""), 200);
    w.face.facts.now += 70 * USEC_S;
    assert_int_equal(ask_with("GET /voice", cookie, ""), 303); /* 160 s */
    cookie = log_in("admin", "let+me+in");
    w.face.facts.now += 101 * USEC_S;
    assert_int_equal(ask_with("GET /voice", cookie, ""), 303); /* idle */
    cookie = log_in("admin", "let+me+in");
    assert_int_equal(post("/voice", "POST /logout", cookie, ""), 303);
    assert_true(head_says("Max-Age=0"));
    assert_int_equal(ask_with("GET /voice", cookie, ""), 303);
    cookie = log_in("admin", "let+me+in");
    panel_log_out_all(&w.panel);
    assert_int_equal(ask_with("GET /voice", cookie, ""), 303);
}

static void user_may_report_but_not_administer(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "Admin_Password", "letmein"));
    assert_true(face_set(&w.face, "User_Password", "user-word"));
    const char *cookie = log_in("user", "user-word");
    assert_non_null(cookie);
    assert_int_equal(ask_with("GET /log/messages", cookie, ""), 200);
    assert_int_equal(
        post("/debug", "POST /report", cookie, "date=2023-09-04&time=22:40&text=Something+else"),
        303);
    assert_int_equal(w.a.action.what, SCREEN_REPORT);
    assert_int_equal(ask_with("GET /voice", cookie, ""), 303);
    assert_int_equal(ask_with("GET /admin/reboot", cookie, ""), 401);
    assert_int_equal(post("/debug", "POST /screen", cookie, "key=applications"), 403);
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
    assert_null(log_in("user", "letmein"));
}

static void web_admin_access_can_be_off(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "Enable_Web_Admin_Access", "No"));
    assert_int_equal(ask("GET /"), 200);
    assert_int_equal(ask("GET /voice"), 403);
    assert_int_equal(ask("GET /admin/reboot"), 403);
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
}

static void guessing_is_slow(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "Admin_Password", "letmein"));
    for (unsigned i = 0; i < PANEL_TRIES; i++) {
        assert_null(log_in("admin", "wrong"));
        assert_int_equal(w.a.status, 403);
    }
    assert_null(log_in("admin", "letmein")); /* the right one comes too late */
    assert_int_equal(w.a.status, 429);
    assert_true(head_says("Retry-After: 61\r\n"));
    assert_int_equal(ask("GET /admin/reboot?&xuser=admin&xpassword=letmein"), 429);
    w.peer = addr4(0xc0000264);
    assert_non_null(log_in("admin", "letmein"));
    w.peer = addr4(0xc0000263);
    w.face.facts.now += 61 * USEC_S;
    assert_non_null(log_in("admin", "letmein"));
}

static void a_crowd_guesses_slowly_too(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "Admin_Password", "letmein"));
    for (unsigned i = 0; i < PANEL_TRIES_OF_ALL; i++) {
        w.peer = addr4(0xcb007100 + i);
        assert_null(log_in("admin", "wrong"));
    }
    w.peer = addr4(0xc0000263);
    assert_null(log_in("admin", "letmein"));
    assert_int_equal(w.a.status, 429);
}

static void the_address_can_hold_the_log_in(void **state)
{
    (void)state;
    assert_true(face_set(&w.face, "Admin_Password", "let me in"));
    assert_int_equal(ask("GET /admin/resync?http://h/x.xml&xuser=admin&xpassword=let%20me%20in"),
                     200);
    is_action(SCREEN_RESYNC, "http://h/x.xml");
    assert_int_equal(ask("GET /admin/reboot&xuser=admin&xpassword=let+me+in"), 200);
    is_action(SCREEN_RESTART, "");
    assert_int_equal(ask("GET /admin/reboot&xuser=admin&xpassword=other"), 401);
    assert_int_equal(ask("GET /admin/reboot&xuser=root&xpassword=let+me+in"), 401);
    assert_int_equal(w.a.action.what, SCREEN_NOTHING);
}

/* The answer to the challenge of the last answer, as a line of the head. */
static const char *prove(const char *user, const char *password, const char *uri, unsigned count)
{
    static char line[1024];
    struct digest challenge;
    struct err_at at;
    struct buf b = {.p = NULL};
    struct sink out = buf_sink(&b);
    struct str fields = buf_str(&w.a.fields);
    size_t from = str_find(fields, STR("WWW-Authenticate: "));
    assert_true(from != STR_NPOS);
    struct str rest = str_from(fields, from + 18);
    assert_int_equal(digest_read(str_trim(str_cut(&rest, '\n')), &challenge, &at), ERR_OK);
    const struct digest_answer a = {.username = str_z(user),
                                    .password = str_z(password),
                                    .method = STR("GET"),
                                    .uri = str_z(uri),
                                    .cnonce = STR("0a4f113b"),
                                    .count = count};
    assert_int_equal(digest_answer_write(&fake_crypto, &challenge, &a, &out), ERR_OK);
    (void)snprintf(line, sizeof line, "Authorization: %.*s\r\n", STR_ARG(buf_str(&b)));
    buf_clear(&b);
    return line;
}

static void programs_prove_themselves_by_digest(void **state)
{
    (void)state;
    char line[1024], second[1024];
    assert_true(face_set(&w.face, "Admin_Password", "letmein"));
    assert_int_equal(ask("GET /admin/reboot"), 401);
    (void)snprintf(line, sizeof line, "%s", prove("admin", "letmein", "/admin/reboot", 1));
    (void)snprintf(second, sizeof second, "%s", prove("admin", "letmein", "/admin/reboot", 2));
    assert_int_equal(ask_with("GET /admin/reboot", line, ""), 200);
    is_action(SCREEN_RESTART, "");
    assert_int_equal(ask_with("GET /admin/reboot", line, ""), 401); /* heard before */
    assert_true(head_says("stale=true"));
    assert_int_equal(ask_with("GET /admin/reboot", second, ""), 200);
    assert_int_equal(ask_with("GET /admin/resync", second, ""), 401); /* for another address */
    assert_false(head_says("stale=true"));
    assert_int_equal(ask_with("GET /admin/reboot", prove("admin", "wrong", "/admin/reboot", 1), ""),
                     401);
    assert_int_equal(
        ask_with("GET /admin/reboot", prove("user", "letmein", "/admin/reboot", 1), ""), 401);
    (void)snprintf(line, sizeof line, "%s", prove("admin", "letmein", "/admin/reboot", 1));
    w.face.facts.now += (PANEL_NONCE_S + 1) * USEC_S;
    assert_int_equal(ask_with("GET /admin/reboot", line, ""), 401); /* too old */
    assert_true(head_says("stale=true"));
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
        T(without_a_log_in_little_is_shown),
        T(a_log_in_lasts_as_long_as_settings_say),
        T(user_may_report_but_not_administer),
        T(web_admin_access_can_be_off),
        T(guessing_is_slow),
        T(a_crowd_guesses_slowly_too),
        T(the_address_can_hold_the_log_in),
        T(programs_prove_themselves_by_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
