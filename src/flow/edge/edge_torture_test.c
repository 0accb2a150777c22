/* RFC 4475's messages against the table of test/e2e/torture.tsv, as datagrams and on a stream; the same as test/e2e/71-edge-torture
 * shows from outside, without a socket. The messages are read from $DIALTONE_TESTDATA/rfc4475 (default ../shared/testdata beside the
 * source folder); the test is skipped where they are missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/edge/edge_fixture.h"
#include "proto/sip/sip_frame.h"

static struct fix fix;

static struct str file_read(const char *name, char *out, size_t cap)
{
    FILE *in = fopen(name, "rb");
    if (in == NULL) {
        return str_of(NULL, 0);
    }
    size_t n = fread(out, 1, cap, in);
    fclose(in);
    return str_of(out, n);
}

static struct str message_read(struct str name, char *out, size_t cap)
{
    char path[600];
    const char *data = getenv("DIALTONE_TESTDATA");
    const char *src = getenv("SRC");
    if (data != NULL) {
        snprintf(path, sizeof path, "%s/rfc4475/%.*s.dat", data, STR_ARG(name));
    } else {
        snprintf(path, sizeof path, "%s/../shared/testdata/rfc4475/%.*s.dat", src ? src : ".",
                 STR_ARG(name));
    }
    return file_read(path, out, cap);
}

static void note(char *out, size_t cap, const char *word)
{
    size_t n = strlen(out);
    snprintf(out + n, cap - n, "%s%s", n ? " " : "", word);
}

/* What was sent since the last look, as words of the table; pongs are none. */
static void note_sent(char *out, size_t cap)
{
    for (size_t i = 0; i < fix.n_sent; i++) {
        const struct sip_msg *m = fix_read(&fix, i);
        char word[16] = "unreadable";
        if (str_eq(fix.sent[i].bytes, STR("\r\n"))) {
            continue;
        }
        if (m != NULL) {
            snprintf(word, sizeof word, "%u", m->status);
        }
        note(out, cap, word);
    }
    if (fix.n_closed > 0) {
        note(out, cap, "close");
    }
}

static void broken(struct str head, enum err e, char *out, size_t cap)
{
    fix_forget(&fix);
    edge_on_broken(fix.e, &fix.from, head, e == ERR_LIMIT ? 513 : 400, fix.now);
    fix_drain(&fix);
    note_sent(out, cap);
}

/* As whoever holds the stream would do it; what lacks at the end of the text is put in, once. */
static void stream(struct str text, char *out, size_t cap)
{
    static char more[65536];
    struct sip_frame f = {0};
    enum sip_piece piece;
    size_t len;
    struct err_at at;
    for (;;) {
        enum err e = sip_frame_next(&f, text, &piece, &len, &at);
        if (e == ERR_OK) {
            fix_say(&fix, str_head(text, len));
            note_sent(out, cap);
            text = str_from(text, len);
        } else if (e != ERR_MORE) {
            broken(str_head(text, len), e, out, cap);
            return;
        } else if (f.seen == 0) {
            return;
        } else {
            size_t lack = f.head ? f.head + f.length - text.len : 2;
            assert_true(lack > 0 && text.len + lack < sizeof more);
            note(out, cap, "more");
            memset(more, 'x', sizeof more);
            memcpy(more, text.p, text.len);
            memcpy(more + text.len, f.head ? "xx" : "\r\n", 2);
            text = str_of(more, text.len + lack);
        }
    }
}

static bool judge(struct str name, struct str text, bool on_stream, struct str want)
{
    char got[100] = "";
    struct edge_cfg cfg;
    fix_cfg(&cfg);
    cfg.domains[1] = STR("example.net");
    cfg.domains[2] = STR("example.org");
    cfg.n_domains = 3;
    fix_open(&fix, &cfg);
    if (on_stream) {
        fix.from.flow.transport = TRANSPORT_TCP;
        fix.from.flow.serial = 7;
        stream(text, got, sizeof got);
    } else {
        fix_say(&fix, text);
        note_sent(got, sizeof got);
    }
    fix_close(&fix);
    if (got[0] == '\0') {
        note(got, sizeof got, "silence");
    }
    if (!str_eq(str_z(got), want)) {
        print_error("%.*s %s: %s, not %.*s\n", STR_ARG(name), on_stream ? "stream" : "datagram",
                    got, STR_ARG(want));
    }
    return str_eq(str_z(got), want);
}

static void torture(void **state)
{
    static char table[32768];
    static char text[65536];
    char path[600];
    size_t n = 0;
    size_t wrong = 0;
    (void)state;
    snprintf(path, sizeof path, "%s/test/e2e/torture.tsv", getenv("SRC") ? getenv("SRC") : ".");
    struct str rest = file_read(path, table, sizeof table);
    assert_true(rest.len > 0 && rest.len < sizeof table);
    while (rest.len > 0) {
        struct str line = str_cut(&rest, '\n');
        struct str name = str_cut(&line, '\t');
        struct str datagram = str_cut(&line, '\t');
        if (name.p[0] == '#') {
            continue;
        }
        struct str message = message_read(name, text, sizeof text);
        if (message.len == 0 && n == 0) {
            print_message("the messages of RFC 4475 are not here\n");
            skip();
        }
        assert_true(message.len > 0);
        wrong += !judge(name, message, false, datagram);
        wrong += !judge(name, message, true, str_cut(&line, '\t'));
        n++;
    }
    assert_int_equal(n, 49);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(torture)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
