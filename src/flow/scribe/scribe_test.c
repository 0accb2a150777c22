/* Records as phones write them: heads, levels, threads, dumps, pieces, datagrams. */
#include "flow/scribe/scribe_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DATE ((usec_t)time_days(2023, 8, 10) * USEC_DAY + 61006 * USEC_S) /* Aug 10 16:56:46 */

static struct written w;

static void begin(void)
{
    written_begin(&w, DATE, 7);
    /* Known numbers in place of those by chance. */
    w.scribe.number = 1753;
    w.scribe.pid_names = 560;
    w.scribe.pid_system = 689;
    w.scribe.tid_system = 695;
    w.scribe.pid_voice = 968;
    w.scribe.tid_rules = 1286;
    w.scribe.tid_sip = 1290;
}

static struct str at(struct str log, unsigned line)
{
    struct str s = str_of(NULL, 0);
    for (unsigned i = 0; i <= line; i++) {
        s = str_cut(&log, '\n');
    }
    return s;
}

static void says(struct str s, const char *expected)
{
    char text[70000];
    snprintf(text, sizeof text, "%.*s", STR_ARG(s));
    assert_string_equal(text, expected);
}

struct said {
    const char *tag, *text, *value[8];
};

static void say(const struct said *t, usec_t now)
{
    struct str values[8];
    size_t n = 0;
    for (; n < 8 && t->value[n]; n++) {
        values[n] = str_z(t->value[n]);
    }
    scribe_line(&w.scribe, t->tag, t->text, values, n, now);
}

/* Level, thread and tag of every way to say something. */
static void one_record(void **state)
{
    static const struct {
        struct said said;
        const char *record;
    } t[] = {
        {{"dnsmasq",
          "query[{qtype}] {host} from {from}",
          {"A", "activate.example.com", "127.0.0.1"}},
         "INF Aug 10 16:56:46.142687 dnsmasq[560]: query[A] activate.example.com from 127.0.0.1"},
        {{"DHCP", "{key}:{value}", {"tftpsvr1", "192.0.2.20"}},
         "NOT Aug 10 16:56:46.142687 (689-695) DHCP-tftpsvr1:192.0.2.20"},
        {{"DHCP", " ******** dhcpConvConfToExtOptionFile(): Usin", {NULL}},
         "NOT Aug 10 16:56:46.142687 (689-695) DHCP- ******** dhcpConvConfToExtOptionFile(): Usin"},
        {{"voice", "QPE:RESYNC profile=[{url} ]", {"https://prov.example.com/"}},
         "NOT Aug 10 16:56:46.142687 (968-968) voice-QPE:RESYNC profile=[https://prov.example.com/ "
         "]"},
        {{"voice", "[SIP_resolveHostName] host={host} port={port}", {"sip.example.com", "0"}},
         "NOT Aug 10 16:56:46.142687 (968-1290) voice-[SIP_resolveHostName] host=sip.example.com "
         "port=0"},
        {{"voice", "RSE_DEBUG: skip AF_INET6 addr", {NULL}},
         "NOT Aug 10 16:56:46.142687 (968-1290) voice-RSE_DEBUG: skip AF_INET6 addr"},
        {{"voice", "DHCP pending acquired={state}", {"1"}},
         "NOT Aug 10 16:56:46.142687 (968-1286) voice-DHCP pending acquired=1"},
        {{"voice",
          "fapp-fprv_eval_profile_rule return status={state} err_count:{count}, "
          "retry_delay:{retry}",
          {"FPRV_ERR_SERVER_CONNECTION_FAILED", "0", "60"}},
         "ERR Aug 10 16:56:46.142687 (968-1286) voice-fapp-fprv_eval_profile_rule return "
         "status=FPRV_ERR_SERVER_CONNECTION_FAILED err_count:0, retry_delay:60"},
        {{"raw", NULL, {"Couldn't resolve host 'activate.example.com'"}},
         "NOT Aug 10 16:56:46.142687 Couldn't resolve host 'activate.example.com'"},
        {{"any", "system request reboot{reason}", {""}},
         "NOT Aug 10 16:56:46.142687 system request reboot"},
        {{"voice", NULL, {"fapp-phone 7 asks"}},
         "NOT Aug 10 16:56:46.142687 (968-1286) voice-fapp-phone 7 asks"},
        /* What comes from outside begins no line of its own. */
        {{"dnsmasq", "reply {host} is {value}", {"a.example.com", "x\r\n0001 NOT\x1b[31m"}},
         "INF Aug 10 16:56:46.142687 dnsmasq[560]: reply a.example.com is x  0001 NOT?[31m"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        char expected[400];
        begin();
        say(&t[i].said, 142687);
        snprintf(expected, sizeof expected, "1754 %s\n", t[i].record);
        says(buf_str(&w.log), expected);
        written_end(&w);
    }
}

static void no_row_no_record(void **state)
{
    static const struct said t[] = {
        {"voice", "the phone speaks {text}", {"x"}},
        {"dnsmasq", "QPE:RESYNC profile=[{url} ]", {"x"}}, /* of another tag */
        {"voice", "QPE:RESYNC profile=[{url} ]", {NULL}},  /* a hole without its value */
    };
    (void)state;
    begin();
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        say(&t[i], 0);
        say(&t[i], 0);
        assert_int_equal(w.scribe.unknown, 2 * (i + 1));
        assert_ptr_equal(w.scribe.unknown_text, t[i].text);
    }
    assert_int_equal(w.records, 0);
    assert_int_equal(w.scribe.written, 0);
    scribe_line(NULL, "voice", t[0].text, NULL, 0, 0);
    scribe_head(NULL, true, STR("GET"), 0);
    written_end(&w);
}

/* More texts than there are places for. */
static void every_row_is_found(void **state)
{
    (void)state;
    begin();
    static char texts[2 * SCRIBE_KNOWN][80];
    for (unsigned i = 0; i < 2 * SCRIBE_KNOWN; i++) {
        snprintf(texts[i], sizeof texts[i], "%s",
                 i % 2 ? "nobody says this" : "DHCP pending acquired={state}");
        struct str one = STR("1");
        scribe_line(&w.scribe, "voice", texts[i], &one, 1, 0);
        assert_int_equal(w.records, i / 2 + 1);
    }
    assert_int_equal(w.scribe.unknown, SCRIBE_KNOWN);
    written_end(&w);
}

static void numbers_and_time(void **state)
{
    static const struct said line = {"voice", "RSE_DEBUG: skip AF_INET6 addr", {NULL}};
    (void)state;
    begin();
    w.scribe.number = 9997;
    for (unsigned i = 0; i < 3; i++) {
        say(&line, 0); /* at one moment: the second one later than the first */
    }
    assert_true(str_starts(at(buf_str(&w.log), 0), STR("9998 NOT Aug 10 16:56:46.000000 ")));
    assert_true(str_starts(at(buf_str(&w.log), 1), STR("9999 NOT Aug 10 16:56:46.0000")));
    assert_true(str_starts(at(buf_str(&w.log), 2), STR("0000 NOT Aug 10 16:56:46.0000")));
    assert_int_not_equal(
        str_cmp(str_from(at(buf_str(&w.log), 0), 5), str_from(at(buf_str(&w.log), 1), 5)), 0);
    written_forget(&w);
    w.offset = -USEC_S; /* before 1970, and a date of one digit */
    say(&line, 0);
    w.offset = (usec_t)time_days(2024, 2, 29) * USEC_DAY;
    say(&line, USEC_DAY + 1);
    assert_true(str_starts(at(buf_str(&w.log), 0), STR("0001 NOT Dec 31 23:59:59.0000")));
    assert_true(str_starts(at(buf_str(&w.log), 1), STR("0002 NOT Mar 01 00:00:00.000001 ")));
    written_end(&w);
}

static void processes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        written_begin(&w, DATE, seed);
        const struct scribe before = w.scribe;
        assert_in_range(before.pid_voice, 900, 999);
        assert_true(before.pid_names < before.pid_system && before.pid_system < before.pid_voice);
        assert_true(before.tid_rules > before.pid_voice && before.tid_sip > before.tid_rules);
        scribe_restart(&w.scribe);
        assert_int_equal(w.scribe.pid_names, before.pid_names);
        assert_int_equal(w.scribe.number, before.number);
        assert_true(w.scribe.pid_voice > before.tid_sip);
        assert_true(w.scribe.tid_sip > w.scribe.pid_voice);
        w.scribe.number = 77;
        scribe_boot(&w.scribe);
        assert_in_range(w.scribe.pid_voice, 900, 999);
        assert_int_equal(w.scribe.number, 0);
        written_end(&w);
    }
}

static const struct endpoint peer = {.ip = {.family = 4, .b = {192, 0, 2, 60}}, .port = 8934};

static void messages(void **state)
{
    (void)state;
    begin();
    scribe_message(&w.scribe, true, STR("TLS"), peer,
                   STR("REGISTER sip:example.com SIP/2.0\r\nCall-ID: 1\r\n\r\n"), 142687);
    says(buf_str(&w.log),
         "1754 NOT Aug 10 16:56:46.142687 (968-1290) voice- =====> Send (TLS) [192.0.2.60]:8934 "
         "SIP MSG:: REGISTER sip:example.com SIP/2.0^M\nCall-ID: 1^M\n^M\n");
    written_forget(&w);
    scribe_message(&w.scribe, false, STR("TCP"), peer, STR("SIP/2.0 200 OK\r\nA: \x07\r\n\r\nx"),
                   USEC_S);
    says(buf_str(&w.log),
         "1755 NOT Aug 10 16:56:47.000000 (968-1290) voice- <===== Recv (TCP) [192.0.2.60]:8934 "
         "SIP MSG:: SIP/2.0 200 OK^M\nA: ?^M\n^M\nx\n");
    written_end(&w);
}

/* The message again, as a reader joins it: without the heads of records. */
static size_t joined(struct str log, char *ret, unsigned *ret_records)
{
    size_t n = 0;
    bool open = false;
    *ret_records = 0;
    while (log.len) {
        struct str line = str_cut(&log, '\n');
        size_t mark = str_find(line, STR(" voice-"));
        if (mark != STR_NPOS) {
            line = str_from(line, mark + 7);
            assert_true(line.len <= SCRIBE_PIECE + 1); /* ^M stands for one byte */
            n -= *ret_records && open;                 /* goes on within the line */
            (*ret_records)++;
        }
        open = !str_ends(line, STR("^M"));
        if (line.len) {
            memcpy(ret + n, line.p, line.len);
        }
        n += line.len;
        ret[n++] = '\n';
    }
    return n;
}

/* However the pieces fall, what was cut is whole again and no piece is too long. */
static void pieces(void **state)
{
    static const char head[] = " =====> Send (TLS) [192.0.2.60]:8934 SIP MSG:: ";
    static char text[3 * SCRIBE_PIECE], expected[4 * SCRIBE_PIECE], again[4 * SCRIBE_PIECE];
    (void)state;
    for (size_t len = SCRIBE_PIECE - sizeof head - 12; len < 2 * SCRIBE_PIECE + 12; len++) {
        unsigned records = 0;
        begin();
        memset(text, 'a', len);
        memcpy(text + len, "\r\nb: c\r\n\r\n", 11);
        scribe_message(&w.scribe, true, STR("TLS"), peer, str_z(text), 0);
        memset(text + len, '\0', 1);
        snprintf(expected, sizeof expected, "%s%s^M\nb: c^M\n^M\n", head, text);
        again[joined(buf_str(&w.log), again, &records)] = '\0';
        assert_string_equal(again, expected);
        size_t whole = sizeof head - 1 + len + 10;
        assert_in_range(records, (whole - 1 + SCRIBE_PIECE) / (SCRIBE_PIECE + 1),
                        (whole + SCRIBE_PIECE - 1) / SCRIBE_PIECE);
        written_end(&w);
    }
}

static void heads(void **state)
{
    (void)state;
    begin();
    scribe_head(&w.scribe, true,
                STR("GET / HTTP/1.1\r\nUser-Agent: phone\r\nHost: prov.example.com\r\n\r\n"), 0);
    scribe_head(&w.scribe, false, STR("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"), USEC_S);
    struct str log = buf_str(&w.log);
    says(at(log, 0), "1754 NOT Aug 10 16:56:46.000000 > ");
    assert_true(str_ends(at(log, 1), STR(" GET / HTTP/1.1^M")));
    says(at(log, 2), "User-Agent: phone^M");
    says(at(log, 3), "Host: prov.example.com^M");
    says(at(log, 4), "^M");
    says(at(log, 5), "1756 NOT Aug 10 16:56:47.000000 < ");
    assert_true(str_ends(at(log, 6), STR(" HTTP/1.1 200 OK^M")));
    says(at(log, 7), "");
    assert_int_equal(w.records, 4);
    written_end(&w);
}

static void datagrams(void **state)
{
    static const struct said t[] = {
        {"voice",
         "fapp-{model} {mac} -- Requesting resync {url}",
         {"CP-8851-3PCC", "00:00:5e:00:53:21", "tftp://192.0.2.20:69/8851-3PCC.xml"}},
        {"voice", NULL, {"fapp-phone 7 asks"}},
        {"voice", "fapp-Provisioning using DHCP..", {NULL}},
        {"raw", NULL, {"fapp-x"}},
    };
    (void)state;
    begin();
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        say(&t[i], 0);
    }
    says(buf_str(&w.syslog), "<133>Aug 10 16:56:46 CP-8851-3PCC 00:00:5e:00:53:21 -- Requesting "
                             "resync tftp://192.0.2.20:69/8851-3PCC.xml\n"
                             "<133>Aug 10 16:56:46 phone 7 asks\n");
    written_forget(&w);
    static char text[5000] = "fapp-";
    memset(text + 5, 'x', sizeof text - 6);
    w.offset = (usec_t)time_days(2023, 9, 4) * USEC_DAY;
    say(&(const struct said){"voice", NULL, {text}}, 0);
    assert_true(str_starts(buf_str(&w.syslog), STR("<133>Sep  4 00:00:00 x")));
    assert_true(w.syslog.len - 1 <= 1024);
    written_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_record),
        cmocka_unit_test(no_row_no_record),
        cmocka_unit_test(every_row_is_found),
        cmocka_unit_test(numbers_and_time),
        cmocka_unit_test(processes),
        cmocka_unit_test(messages),
        cmocka_unit_test(pieces),
        cmocka_unit_test(heads),
        cmocka_unit_test(datagrams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
