/* The record reader: four dialects, what copies do to logs, and any cut of the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/sink.h"
#include "proto/logcat/logcat.h"

/* Everything that the reader tells, a line each. */
struct told {
    struct buf b;
    struct sink out;
};

static void on_record(void *ctx, const struct logcat_record *r)
{
    struct told *t = ctx;
    sink_fmt(&t->out, "R%u %llu@%llu+%u ", r->dialect, (unsigned long long)r->line_no,
             (unsigned long long)r->offset, r->col);
    if (r->has_seq) {
        sink_fmt(&t->out, "#%u ", r->seq);
    }
    sink_fmt(&t->out, "%s %u/%u ", logcat_level_name(r->level), r->month, r->day);
    if (r->tod != USEC_NONE) {
        sink_fmt(&t->out, "%lld ", (long long)r->tod);
    }
    sink_fmt(&t->out, "(%u-%u)%s%s ", r->pid, r->tid, r->glued ? " glued" : "",
             r->daemon ? " daemon" : "");
    sink_fmt(&t->out, "[%.*s] [%.*s]\n", STR_ARG(r->tag), STR_ARG(r->text));
}

static void on_other(void *ctx, struct str line, uint64_t line_no, uint64_t offset)
{
    struct told *t = ctx;
    sink_fmt(&t->out, "O %llu@%llu [%.*s]\n", (unsigned long long)line_no,
             (unsigned long long)offset, STR_ARG(str_head(line, 200)));
}

/* Reads `text` in pieces of `step` bytes, each in memory of its own. */
static void read_text(struct told *t, struct str text, size_t step)
{
    struct logcat l;
    struct logcat_visitor v = {.ctx = t, .record = on_record, .other = on_other};
    *t = (struct told){.b = {.limit = 0}};
    t->out = buf_sink(&t->b);
    assert_int_equal(logcat_init(&l, v), ERR_OK);
    while (text.len) {
        struct str piece = str_head(text, step);
        char *copy = malloc(piece.len);
        assert_non_null(copy);
        memcpy(copy, piece.p, piece.len);
        logcat_feed(&l, str_of(copy, piece.len));
        free(copy);
        text = str_from(text, piece.len);
    }
    logcat_end(&l);
    logcat_clear(&l);
    sink_char(&t->out, 0);
}

struct row {
    const char *text, *told;
};

static void all(const struct row *rows, size_t n)
{
    static const size_t steps[] = {1, 3, 64, 100000};
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
            struct told t;
            read_text(&t, str_z(rows[i].text), steps[s]);
            assert_string_equal(t.b.p, rows[i].told);
            buf_clear(&t.b);
        }
    }
}

static void test_dialects(void **state)
{
    static const struct row rows[] = {
        /* Multiplatform: with thread, of a daemon, bare. */
        {"1154 NOT Aug 10 16:56:46.142687 (975-1286) voice-text of it\n",
         "R0 1@0+0 #1154 NOT 8/10 61006142687 (975-1286) [voice] [text of it]\n"},
        {"1154 INF Aug 10 16:56:46.142687 dnsmasq[564]: forwarded a to b\n",
         "R0 1@0+0 #1154 INF 8/10 61006142687 (564-0) daemon [dnsmasq] [forwarded a to b]\n"},
        {"1154 NOT Aug 10 16:56:46.142687 Couldn't resolve host 'a'\n",
         "R0 1@0+0 #1154 NOT 8/10 61006142687 (0-0) [] [Couldn't resolve host 'a']\n"},
        {"1154 NOT Aug 10 16:56:46.142687\n", "R0 1@0+0 #1154 NOT 8/10 61006142687 (0-0) [] []\n"},
        /* Enterprise: a colon; or no thread field at all. */
        {"4711 WRN Apr 05 00:00:00.000001 (618:927) JAVA-SIPCC-text\n",
         "R1 1@0+0 #4711 WRN 4/5 1 (618-927) [JAVA] [SIPCC-text]\n"},
        {"0407 DEB Apr 05 00:00:00.000001 dgetfile(123)-text\n",
         "R0 1@0+0 #407 DEB 4/5 1 (0-0) [dgetfile(123)] [text]\n"},
        /* 79xx: no date, a colon behind the number. */
        {"12: NOT 03:43:03.823432 SECD: tlsRequest\n",
         "R2 1@0+0 #12 NOT 0/0 13383823432 (0-0) [SECD] [tlsRequest]\n"},
        {"4137 ERR 03:43:03.823432  CDP-text\n",
         "R2 1@0+0 #4137 ERR 0/0 13383823432 (0-0) [CDP] [text]\n"},
        /* Network syslog: the text of a Log_*_Msg template. */
        {"<134>Aug 10 16:56:46 host CP-8851-3PCC 00:00:5e:00:53:01 -- Requesting resync tftp://x\n",
         "R3 1@0+0 NOT 8/10 61006000000 (0-0) [voice] [CP-8851-3PCC 00:00:5e:00:53:01 -- "
         "Requesting resync tftp://x]\n"},
        {"CP-8851-3PCC 00:00:5e:00:53:01 -- Requesting resync tftp://x\n",
         "R3 1@0+0 NOT 0/0 (0-0) [voice] [CP-8851-3PCC 00:00:5e:00:53:01 -- Requesting resync "
         "tftp://x]\n"},
        {"<134>1 2026-01-01T00:00:00Z host - - - - CP-8851-3PCC 00005e005301 -- Resync failed: x\n",
         "R3 1@0+0 NOT 0/0 (0-0) [voice] [CP-8851-3PCC 00005e005301 -- Resync failed: x]\n"},
        {"The phone wrote: CP-8851-3PCC 00005e005301 -- Requesting resync tftp://x\n",
         "O 1@0 [The phone wrote: CP-8851-3PCC 00005e005301 -- Requesting resync tftp://x]\n"},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

static void test_levels(void **state)
{
    static const char *const names[] = {"DEB", "INF", "NOT", "WRN", "ERR", "CRT", "ALR", "EMG"};
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        char line[80];
        struct logcat_record r;
        static char clean[LOGCAT_LINE_MOST];
        snprintf(line, sizeof line, "0001 %s Jan 01 00:00:00.000000 x", names[i]);
        assert_true(logcat_read(str_z(line), clean, &r));
        assert_int_equal(r.level, i);
        assert_string_equal(logcat_level_name(i), names[i]);
    }
    assert_string_equal(logcat_level_name(8), "?");
}

static void test_no_records(void **state)
{
    static const char *const rows[] = {
        "",
        "prose between the lines",
        "1154 NOT Aug 10 16:56:46.14268",
        "1154 NOT Aug 10 16:56:46,142687 (1-2) voice-x",
        "1154 NOT Aug 32 16:56:46.142687 (1-2) voice-x",
        "1154 NOT Aug 00 16:56:46.142687 (1-2) voice-x",
        "1154 NOT Agu 10 16:56:46.142687 (1-2) voice-x",
        "1154 NOT Aug 10 24:56:46.142687 (1-2) voice-x",
        "1154 NOT Aug 10 16:60:46.142687 (1-2) voice-x",
        "1154 XXX Aug 10 16:56:46.142687 (1-2) voice-x",
        "1154 ERX Aug 10 16:56:46.142687 (1-2) voice-x",
        "NOT 16:56:46.142687 voice-x",
        "1234567890 NOT Aug 10 16:56:46.142687 voice-x",
        "Aug 10 16:56:46 host dnsmasq[564]: query[A] a.example.com from 192.0.2.1",
        "[   12.345678] usb 1-1: new device",
        "08-10 16:56:46.142  975  1286 I Tag: text",
        "##### 18:32:35 || what the author saw",
    };
    static char clean[LOGCAT_LINE_MOST];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct logcat_record r;
        if (logcat_read(str_z(rows[i]), clean, &r)) {
            fail_msg("taken for a record: %s", rows[i]);
        }
    }
}

#define HEAD "1154 NOT Aug 10 16:56:46.142687 "
#define TOLD(line) "R0 " line "+0 #1154 NOT 8/10 61006142687 "

static void test_irregular(void **state)
{
    static const struct row rows[] = {
        /* 1, 17: two records glued, with and without thread fields; a third one. */
        {HEAD "(1-2) voice-url /callhome/1155 INF Aug 10 16:56:47.000000 dnsmasq[5]: next\n",
         TOLD("1@0") "(1-2) glued [voice] [url /callhome/]\n"
                     "R0 1@0+58 #1155 INF 8/10 61007000000 (5-0) glued daemon [dnsmasq] [next]\n"},
        {HEAD "a1155 INF Aug 10 16:56:47.000000 b1156 INF Aug 10 16:56:48.000000 c\n",
         TOLD("1@0") "(0-0) glued [] [a]\n"
                     "R0 1@0+33 #1155 INF 8/10 61007000000 (0-0) glued [] [b]\n"
                     "R0 1@0+66 #1156 INF 8/10 61008000000 (0-0) glued [] [c]\n"},
        {"some other words1155 INF Aug 10 16:56:47.000000 (1-2) voice-b\n",
         "O 1@0 [some other words]\n"
         "R0 1@0+16 #1155 INF 8/10 61007000000 (1-2) glued [voice] [b]\n"},
        /* 2: an empty record, its text below between blanks. */
        {HEAD "\n\nCouldn't resolve host 'a'\n",
         TOLD("1@0") "(0-0) [] []\n"
                     "O 2@33 []\n"
                     "O 3@34 [Couldn't resolve host 'a']\n"},
        /* 4, 5, 6, 7: months, clocks and numbers jump; the reader takes them as they stand. */
        {"3682 NOT Aug 10 16:56:46.142687 a\n1753 NOT May 09 16:56:46.142686 b\n",
         "R0 1@0+0 #3682 NOT 8/10 61006142687 (0-0) [] [a]\n"
         "R0 2@34+0 #1753 NOT 5/9 61006142686 (0-0) [] [b]\n"},
        /* 8: redactions are text like any other. */
        {HEAD "(1-2) voice-fapp-CP-8851-3PCC <MAC_ADDRESS> -- x\n",
         TOLD("1@0") "(1-2) [voice] [fapp-CP-8851-3PCC <MAC_ADDRESS> -- x]\n"},
        /* 11: ^M as two characters, a CR, trailing blanks, odd blanks. */
        {HEAD "(1-2) voice-x^M\n", TOLD("1@0") "(1-2) [voice] [x]\n"},
        {HEAD "(1-2) voice-x^M\r\n", TOLD("1@0") "(1-2) [voice] [x]\n"},
        {HEAD "(1-2) voice-x   \t \n", TOLD("1@0") "(1-2) [voice] [x]\n"},
        {"1154\xC2\xA0NOT Aug\xE3\x80\x80"
         "10 16:56:46.142687\xE2\x80\x83(1-2)\xC2\xA0voice-a\xC2\xA0"
         "b\n",
         TOLD("1@0") "(1-2) [voice] [a b]\n"},
        {"  1154 NOT Aug 10 16:56:46.142687 (1-2) voice-x\n", TOLD("1@0") "(1-2) [voice] [x]\n"},
        {"1154 NOT Aug  4 16:56:46.142687 x\n",
         "R0 1@0+0 #1154 NOT 8/4 61006142687 (0-0) [] [x]\n"},
        {"1154 NOT Aug 4 16:56:46.142687 x\n", "R0 1@0+0 #1154 NOT 8/4 61006142687 (0-0) [] [x]\n"},
        /* 12, 19: cut within the head: no record; cut behind it: one. */
        {"1154 NOT Aug 10 16:56:46.1\n", "O 1@0 [1154 NOT Aug 10 16:56:46.1]\n"},
        {HEAD "(97\n", TOLD("1@0") "(0-0) [] [(97]\n"},
        /* 13, 14, 18: page breaks, prose in any language, remarks of an author. */
        {"<#root>\n\n\n\n\xE9\x9B\xBB\xE8\xA9\xB1\n##### 18:32:35 || why?\n",
         "O 1@0 [<#root>]\nO 2@8 []\nO 3@9 []\nO 4@10 []\nO 5@11 [\xE9\x9B\xBB\xE8\xA9\xB1]\n"
         "O 6@18 [##### 18:32:35 || why?]\n"},
        /* 15: unbalanced quotation marks stay as they are. */
        {HEAD "\"Couldn't resolve host 'a.example.com'\n",
         TOLD("1@0") "(0-0) [] [\"Couldn't resolve host 'a.example.com']\n"},
        /* The last line has no line end. */
        {HEAD "a\n" HEAD "b", TOLD("1@0") "(0-0) [] [a]\n" TOLD("2@34") "(0-0) [] [b]\n"},
        {"prose", "O 1@0 [prose]\n"},
        {"", ""},
        {"\n", "O 1@0 []\n"},
        {"\r\n", "O 1@0 []\n"},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

/* A clock time inside a text begins no record unless a whole head stands before it. */
static void test_clocks_in_texts(void **state)
{
    static const struct row rows[] = {
        {HEAD "(1-2) voice-at 10:20:30.123456 and 11:22:33.654321\n",
         TOLD("1@0") "(1-2) [voice] [at 10:20:30.123456 and 11:22:33.654321]\n"},
        {HEAD "(1-2) voice-x INF Aug 10 16:56:47.000000 y\n",
         TOLD("1@0") "(1-2) [voice] [x INF Aug 10 16:56:47.000000 y]\n"},
        {HEAD "(1-2) voice-mac 00:00:5e:00:53:01\n",
         TOLD("1@0") "(1-2) [voice] [mac 00:00:5e:00:53:01]\n"},
    };
    (void)state;
    all(rows, sizeof rows / sizeof *rows);
}

static void test_nul_bytes(void **state)
{
    static const char text[] = "1154 NOT Aug 10 16:56:46.142687 (1-2) voice-a\0b\n\0\0\n";
    (void)state;
    for (size_t step = 1; step < 60; step += 7) {
        struct told t;
        read_text(&t, str_of(text, sizeof text - 1), step);
        assert_true(str_starts(str_z(t.b.p), STR(TOLD("1@0") "(1-2) [voice] [a b]\nO 2@")));
        buf_clear(&t.b);
    }
}

/* Lines over the limit are cut; what stands behind them is found, with its true place. */
static void test_long_lines(void **state)
{
    static char text[3 * LOGCAT_LINE_MOST];
    static const size_t lengths[] = {LOGCAT_LINE_MOST - 1, LOGCAT_LINE_MOST, LOGCAT_LINE_MOST + 1,
                                     2 * LOGCAT_LINE_MOST + 5};
    static const size_t steps[] = {1000, 65536, sizeof text};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
            struct told t;
            char expected[160];
            size_t n = lengths[i];
            memset(text, 'x', n);
            memcpy(text, HEAD, strlen(HEAD));
            text[n] = '\n';
            memcpy(text + n + 1, HEAD "b\n", strlen(HEAD "b\n"));
            read_text(&t, str_of(text, n + 1 + strlen(HEAD "b\n")), steps[s]);
            snprintf(expected, sizeof expected, TOLD("2@%zu") "(0-0) [] [b]\n", n + 1);
            assert_non_null(strstr(t.b.p, expected));
            assert_true(str_starts(str_z(t.b.p), STR(TOLD("1@0"))));
            buf_clear(&t.b);
        }
    }
}

/* Any two cuts give the same records. */
static void test_every_cut(void **state)
{
    static const char text[] = HEAD "(1-2) voice-a^M\n"
                                    "\nprose \xE9\x9B\xBB 10:20:30.1\n" HEAD "\r\n" HEAD
                                    "dnsmasq[5]: a1155 INF Aug 10 16:56:47.000000 (3-4) voice-b\n"
                                    "12: NOT 03:43:03.823432 SECD: c\n"
                                    "CP-8851-3PCC 00:00:5e:00:53:01 -- Requesting resync tftp://x";
    struct told whole;
    (void)state;
    read_text(&whole, STR(text), sizeof text);
    for (size_t cut = 1; cut < sizeof text; cut++) {
        struct told t;
        read_text(&t, STR(text), cut);
        assert_string_equal(t.b.p, whole.b.p);
        buf_clear(&t.b);
    }
    buf_clear(&whole.b);
}

static void test_counts(void **state)
{
    struct logcat l;
    struct told t = {.b = {.limit = 0}};
    struct logcat_visitor v = {.ctx = &t, .record = on_record, .other = on_other};
    (void)state;
    t.out = buf_sink(&t.b);
    assert_int_equal(logcat_init(&l, v), ERR_OK);
    logcat_feed(&l, STR(HEAD "a\nprose\n" HEAD "b"));
    assert_int_equal(l.records, 1);
    logcat_end(&l);
    logcat_end(&l); /* the end is told once */
    assert_int_equal(l.records, 2);
    assert_int_equal(l.line_no, 3);
    assert_int_equal(l.cut_lines, 0);
    logcat_clear(&l);
    logcat_clear(&l);
    buf_clear(&t.b);
}

static void test_peek(void **state)
{
    static const struct {
        const char *head;
        bool valid;
        uint32_t seq;
        uint8_t month, day;
    } rows[] = {
        {HEAD "a\n", true, 1154, 8, 10},
        {"prose\n\n12: NOT 03:43:03.823432 SECD: c\n" HEAD "a\n", true, 1154, 8, 10},
        {"prose only\n", false, 0, 0, 0},
        {"12: NOT 03:43:03.823432 SECD: c\n", false, 0, 0, 0},
        {"1154 NOT Aug 10 16:56:46.1", false, 0, 0, 0},
        {"", false, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct logcat_key key;
        assert_int_equal(logcat_peek(str_z(rows[i].head), &key), rows[i].valid);
        assert_int_equal(key.valid, rows[i].valid);
        if (rows[i].valid) {
            assert_int_equal(key.seq, rows[i].seq);
            assert_int_equal(key.month, rows[i].month);
            assert_int_equal(key.day, rows[i].day);
            assert_true(key.tod == 61006142687);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialects),        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_no_records),      cmocka_unit_test(test_irregular),
        cmocka_unit_test(test_clocks_in_texts), cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_long_lines),      cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_counts),          cmocka_unit_test(test_peek),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
