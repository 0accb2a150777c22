/* Who may see and do what: passwords, sessions, Digest, guessing. */
#include "flow/panel/panel_testing.h"
#include "proto/digest/digest.h"

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
    assert_int_equal(ask_with("GET /voice", "Cookie: phone-00005e005321=0123\r\n", ""), 303);
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
