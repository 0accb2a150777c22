/* Keys pressed, and what is on the screen then. */
#include "flow/screen/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/screen/screen_fixture.h"

static struct face d;
static struct screen s;

static int set_up(void **state)
{
    (void)state;
    screen_init(&s);
    return !face_open(&d);
}

static int tear_down(void **state)
{
    (void)state;
    face_close(&d);
    return 0;
}

/* "settings 1 2 select": the action of the last key. */
static struct screen_action press(const char *keys)
{
    struct screen_action a = {.what = SCREEN_NOTHING};
    for (struct str rest = str_z(keys), word; (word = str_word(&rest)).len;) {
        enum screen_key k = SCREEN_KEYS;
        assert_true(screen_key_read(word, &k));
        screen_on_key(&s, k, &d.facts, &a);
    }
    return a;
}

static void draw(char *text, size_t cap, unsigned how)
{
    struct screen_image image;
    struct buf b = {.p = NULL};
    struct sink out = buf_sink(&b);
    screen_draw(&s, &d.facts, &image);
    screen_write_text(&image, how, &out);
    assert_int_equal(out.err, ERR_OK);
    (void)snprintf(text, cap, "%.*s", STR_ARG(buf_str(&b)));
    buf_clear(&b);
}

static void shows(const char *line)
{
    char text[8192];
    draw(text, sizeof text, SCREEN_BARE);
    if (!strstr(text, line)) {
        print_error("not on the screen: %s\n%s", line, text);
        fail();
    }
}

static void hides(const char *line)
{
    char text[8192];
    draw(text, sizeof text, SCREEN_BARE);
    assert_null(strstr(text, line));
}

static void is(struct str got, const char *expected)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(got));
    assert_string_equal(text, expected);
}

static void keys_lead_to_pages(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *line;
    } rows[] = {
        {"", " 22:51  Mon 2023-09-04                Reception\n"},
        {"", " 1  2001  Alice                      Registered\n"},
        {"applications", "> Status\n  Device administration\n"},
        {"applications down", "  Status\n> Device administration\n"},
        {"applications up", "> Device administration\n"},
        {"applications down down", "> Status\n"},
        {"settings", " Settings "},
        {"settings select", " Status "},
        {"settings select back back", "Reception"},
        {"settings select applications", " Applications "},
        {"settings 1 2", "> IPv4 status\n"},
        {"settings 1 2", "  Host name                     SEP00005E005321\n"},
        {"settings soft1 2 select", " IPv4 status                             1 of 7\n"},
        {"settings 1 2 1", "  IP address                          192.0.2.9\n"},
        {"settings 1 2 1", "  Subnet mask                     255.255.255.0\n"},
        {"settings 1 2 1", "  Default router                      192.0.2.1\n"},
        {"settings 1 2 1", "  DNS server 2                       192.0.2.54\n"},
        {"settings 1 2 1", "  DHCP server                         192.0.2.2\n"},
        {"applications 1 1", "> Product name                     CP-8851-3PCC\n"},
        {"applications 1 1", "    sip88xx.12-0-2MPP0001-20230510-156252b771\n"},
        {"applications 1 1", "  MAC address                 00:00:5e:00:53:21\n"},
        {"applications 1 1", "  Serial number                     FCH00005321\n"},
        {"applications 1 3", "  Elapsed time                   1 day 02:03:04\n"},
        {"applications 1 4", "> Line 1 2001                        Registered\n"},
        {"applications 1 5", " Nothing was fetched yet.\n"},
        {"applications 1 7", "> Date                               2023-09-04\n"},
        {"applications 1 7", "  Time                                    22:51\n"},
        {"applications 1 8", " No problem was reported.\n"},
        {"applications 2", "> Profile rule\n  Restart\n  Factory reset\n"},
        {"applications 2 3", " All settings and the history of this phone\n are erased."},
        {"applications 2 3", "   Reset                               Cancel\n"},
        {"applications 2 3 soft4", " Device administration"},
        {"applications release", "Reception"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        screen_init(&s);
        assert_int_equal(press(rows[i].keys).what, SCREEN_NOTHING);
        shows(rows[i].line);
    }
}

static void a_problem_is_reported(void **state)
{
    (void)state;
    (void)press("applications 1 7");
    hides("Submit");
    assert_int_equal(press("soft1").what, SCREEN_NOTHING); /* not before a choice */
    (void)press("up select");
    shows("The phone does not get its configuration");
    (void)press("down select");
    shows("    The phone is not registered\n");
    shows("Submit");
    struct screen_action a = press("soft1");
    assert_int_equal(a.what, SCREEN_REPORT);
    is(a.text, "The phone is not registered");
    assert_int_equal(a.date, INT64_C(1693867860) * USEC_S);
    shows("The problem is being reported.");
}

static void date_and_time_are_typed(void **state)
{
    (void)state;
    assert_true(face_set(&d, "Time_Zone", "GMT-08:00"));
    (void)press("applications 1 7");
    shows("  Time                                    14:51\n");
    (void)press("2 0 2 3 0 2 3 0");
    shows("> Date                               2023-02-30\n");
    (void)press("down down select select");
    assert_int_equal(press("soft1").what, SCREEN_NOTHING);
    shows("There is no such date or time.");
    (void)press("up up left left 2 8 down 0 8 3 0");
    shows("> Time                                    08:30\n");
    struct screen_action a = press("soft1");
    assert_int_equal(a.what, SCREEN_REPORT);
    assert_int_equal(a.date, INT64_C(1677601800) * USEC_S); /* 2023-02-28 16:30 */
}

static void a_rule_is_typed_with_keys_and_from_a_keyboard(void **state)
{
    (void)state;
    (void)press("applications 2 1");
    (void)press("8 3 3 3");
    shows("tf");
    (void)press("right 3 3 3");
    shows("tff");
    (void)press("soft2 soft2 soft2");
    screen_on_text(&s, STR("https://config.example.com/$MA.cfg\n\x1b"), &d.facts);
    shows("> Rule       https://config.example.com/$MA.cfg\n");
    struct screen_action a = press("soft1");
    assert_int_equal(a.what, SCREEN_RESYNC);
    is(a.text, "https://config.example.com/$MA.cfg");
    (void)press("1");
    shows("> Rule\n");
}

static void letters_come_in_turn_while_a_key_is_pressed_quickly(void **state)
{
    (void)state;
    (void)press("applications 2 1 2 2");
    shows("> Rule                                        b\n");
    d.facts.now += 2 * USEC_S;
    (void)press("2");
    shows("ba\n");
    (void)press("2 2 2 2 2 2 2");
    shows("ba\n");
}

static void asks_before_it_restarts_or_forgets(void **state)
{
    (void)state;
    assert_int_equal(press("applications 2 2").what, SCREEN_NOTHING);
    assert_int_equal(press("soft1").what, SCREEN_RESTART);
    assert_int_equal(press("applications 2 3 back").what, SCREEN_NOTHING);
    assert_int_equal(press("applications 2 3 select").what, SCREEN_FACTORY_RESET);
    shows("Reception");
}

static void settings_hide_items(void **state)
{
    (void)state;
    assert_true(face_set(&d, "Report_Problem_Menu", "No"));
    assert_true(face_set(&d, "User_Configurable_Resync", "No"));
    (void)press("applications 1");
    hides("Report problem");
    hides("Last problem report info");
    (void)press("back 2");
    shows("> Restart\n");
    hides("Profile rule");
}

static void a_call_rings_over_everything(void **state)
{
    (void)state;
    d.call[0] = (struct screen_call){.line = 1,
                                     .state = AGENT_RINGING,
                                     .number = STR("2002"),
                                     .name = STR("B\xc3\xb6rge \xe5\xb1\xb1\x1b[2J"),
                                     .since = d.facts.now - 65 * USEC_S};
    (void)press("applications 1 1");
    d.facts.n_calls = 1;
    shows(" Incoming call\n\n 2002\n B\xc3\xb6rge \xe5\xb1\xb1\xef\xbf\xbd[2J\n");
    shows("   Answer     Decline\n");
    struct screen_action a = press("soft1");
    assert_int_equal(a.what, SCREEN_ANSWER);
    assert_int_equal(a.line, 1);
    assert_int_equal(press("soft2").what, SCREEN_HANG_UP);
    assert_int_equal(press("select").what, SCREEN_ANSWER);
    d.call[0].state = AGENT_TALKING;
    shows(" Product information"); /* where it was before */
    (void)press("back back back");
    shows(" Connected                             00:01:05\n");
    shows("  End call\n");
    assert_int_equal(press("soft1").what, SCREEN_HANG_UP);
    assert_int_equal(press("applications release").what, SCREEN_HANG_UP);
}

static void a_number_is_dialled(void **state)
{
    (void)state;
    (void)press("2 0 0 2");
    hides("Call");
    d.facts.dials = true;
    (void)press("2 0 0 9 soft2 2");
    shows(" Call: 2002_\n");
    struct screen_action a = press("soft1");
    assert_int_equal(a.what, SCREEN_DIAL);
    is(a.text, "2002");
    hides("Call:");
    (void)press("star 9 soft4");
    hides("Call:");
}

static void an_activation_code_is_asked_for(void **state)
{
    (void)state;
    d.facts.wants_code = true;
    d.facts.n_lines = 0;
    d.facts.notice = STR("Invalid activation code");
    (void)press("5 4 1 4 0 1 1 2 5 6 1 7 3 8 1");
    shows(" 5414 0112 5617 381_\n Invalid activation code\n");
    shows(" Not provisioned\n");
    hides("Continue");
    (void)press("6 9");
    struct screen_action a = press("soft1");
    assert_int_equal(a.what, SCREEN_NOTHING); /* seventeen digits are none */
    a = press("soft2 soft1");
    assert_int_equal(a.what, SCREEN_CODE);
    is(a.text, "5414011256173816");
    a = press("hash 1 2 hash 3 soft1");
    assert_int_equal(a.what, SCREEN_CODE);
    is(a.text, "#123");
}

static void it_says_what_it_waits_for(void **state)
{
    (void)state;
    d.facts.n_lines = 0;
    shows(" Not provisioned\n");
    d.facts.lease = NULL;
    shows(" No address\n");
    (void)press("settings 1 2 1");
    shows(" The phone has no address.\n");
    (void)press("release");
    d.facts.doing = STAGE_PROVISIONING;
    shows(" Getting the configuration\n");
    d.facts.power = SCREEN_RESTARTING;
    shows("The phone is starting.");
    d.facts.power = SCREEN_OFF;
    hides("Reception");
    assert_int_equal(press("applications").what, SCREEN_NOTHING);
    assert_int_equal(s.depth, 0);
}

static void what_is_marked_is_seen(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PHONE_RESULTS; i++) {
        phone_resulted(&d.phone, PHONE_PROVISIONING, false, STR("https://config.example.com/"),
                       STR("a very long reason that goes on and on, over several rows of the "
                           "screen, and then over some more, until nobody reads it any longer, "
                           "which is a pity, for the end is what matters"),
                       d.facts.date - (usec_t)i * 3600 * USEC_S);
    }
    (void)press("applications 1 5");
    shows("1 of 3");
    (void)press("up");
    shows("3 of 3");
    shows("> 2023-09-04 2");
    shows("end is what matters");
}

static void marks_become_sequences_and_elements(void **state)
{
    (void)state;
    char text[16384];
    struct screen_image image;
    struct buf b = {.p = NULL};
    struct sink out = buf_sink(&b);
    assert_true(face_set(&d, "Station_Display_Name", "<b>\"&'"));
    draw(text, sizeof text, SCREEN_BOX | SCREEN_ANSI);
    assert_non_null(strstr(text, "\xe2\x94\x82 \x1b[1m22:51  Mon 2023-09-04\x1b[0m"));
    screen_draw(&s, &d.facts, &image);
    screen_write_html(&image, &out);
    screen_write_keys(&image, &out);
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(buf_str(&b)));
    assert_non_null(strstr(text, "<b>&lt;b&gt;&quot;&amp;&#39;</b>\n"));
    assert_non_null(
        strstr(text, "<button name=\"key\" value=\"applications\">Applications</button>"));
    assert_non_null(strstr(text, "<button name=\"key\" value=\"soft1\" disabled>-</button>"));
    assert_non_null(strstr(text, "<button name=\"key\" value=\"star\">*</button>"));
    buf_clear(&b);
}

static void words_of_keys_and_dates(void **state)
{
    (void)state;
    enum screen_key k = SCREEN_KEYS;
    char date[SCREEN_DATE], span[SCREEN_SPAN];
    assert_true(screen_key_read(STR("*"), &k) && k == SCREEN_KEY_STAR);
    assert_true(screen_key_read(STR("Soft3"), &k) && k == SCREEN_KEY_SOFT3);
    assert_false(screen_key_read(STR("off"), &k));
    for (unsigned i = 0; i < SCREEN_KEYS; i++) {
        assert_true(screen_key_read(str_z(screen_key_name((enum screen_key)i)), &k) && k == i);
    }
    is(screen_date(USEC_NONE, date), "-");
    is(screen_date(0, date), "1970-01-01 00:00:00");
    is(screen_span(3 * USEC_DAY + 61 * USEC_S, span), "3 days 00:01:01");
    assert_true(face_set(&d, "Time_Zone", "GMT+09:30"));
    assert_int_equal(screen_zone(&d.phone), (9 * 60 + 30) * 60 * USEC_S);
    assert_true(face_set(&d, "Time_Zone", "GMT+99:00"));
    assert_int_equal(screen_zone(&d.phone), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(keys_lead_to_pages),
        T(a_problem_is_reported),
        T(date_and_time_are_typed),
        T(a_rule_is_typed_with_keys_and_from_a_keyboard),
        T(letters_come_in_turn_while_a_key_is_pressed_quickly),
        T(asks_before_it_restarts_or_forgets),
        T(settings_hide_items),
        T(a_call_rings_over_everything),
        T(a_number_is_dialled),
        T(an_activation_code_is_asked_for),
        T(it_says_what_it_waits_for),
        T(what_is_marked_is_seen),
        T(marks_become_sequences_and_elements),
        T(words_of_keys_and_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
