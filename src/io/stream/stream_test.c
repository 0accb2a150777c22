#define _GNU_SOURCE
#include <assert.h>

#include "io/stream/stream_testing.h"

/* Lines come back as they went, whole ones only; "bye" ends. */
static size_t echo(void *ctx, struct stream *s, struct str bytes)
{
    struct house *h = ctx;
    size_t used = 0;
    for (size_t end; (end = str_chr(str_from(bytes, used), '\n')) != STR_NPOS;) {
        struct str line = str_of(bytes.p + used, end + 1);
        assert(line.p);
        stream_send(s, line);
        used += line.len;
        h->pieces++;
        if (str_eq(line, STR("bye\n"))) {
            stream_end(s);
        }
    }
    return used;
}

static const struct stream_on on_echo = {house_opened, echo, house_closed, NULL, NULL};

static void lines_come_back(void **state)
{
    (void)state;
    for (int tls = 0; tls < 2; tls++) {
        struct house h;
        house_open(&h, NULL, tls ? "p256" : NULL, &on_echo);
        struct guest g;
        guest_come(&g, &h, tls);
        static char text[3000], back[sizeof text];
        for (size_t i = 0; i < sizeof text; i++) {
            text[i] = i % 100 == 99 ? '\n' : (char)('a' + i % 26);
        }
        /* Cut at every place, and byte by byte. */
        for (size_t cut = 1; cut < 210; cut += 7) {
            guest_say(&g, text, cut);
            guest_say(&g, text + cut, sizeof text - cut);
            guest_hear(&g, back, sizeof back);
            assert_memory_equal(text, back, sizeof text);
        }
        for (size_t i = 0; i < 300; i++) {
            guest_say(&g, text + i, 1);
        }
        guest_hear(&g, back, 300);
        assert_memory_equal(text, back, 300);
        guest_say(&g, "bye\n", 4);
        guest_hear(&g, back, 4);
        guest_hear_end(&g);
        guest_leave(&g);
        house_wait_closed(&h, 1);
        assert_string_equal(h.why, "");
        house_close(&h);
    }
}

/* One line at a time: each is answered by LONG bytes, sent in parts as the kernel takes them, and the next is not heard before. */
enum { LONG = 1 << 20, PART = 64 * 1024 };

static size_t answer_long(void *ctx, struct stream *s, struct str bytes)
{
    struct house *h = ctx;
    static const char part[PART];
    size_t end = str_chr(bytes, '\n');
    if (end == STR_NPOS) {
        return 0;
    }
    h->pieces = 1;
    stream_hold(s, true);
    stream_send(s, str_of(part, PART));
    return end + 1;
}

static void answer_on(void *ctx, struct stream *s)
{
    struct house *h = ctx;
    static const char part[PART];
    assert(stream_waiting(s) == 0);
    if (h->pieces * PART < LONG) {
        h->pieces++;
        stream_send(s, str_of(part, PART));
    } else {
        stream_hold(s, false);
    }
}

static void who_is_on_hold_is_heard_later(void **state)
{
    (void)state;
    static const struct stream_on on = {house_opened, answer_long, house_closed, NULL, answer_on};
    for (int tls = 0; tls < 2; tls++) {
        struct house h;
        house_open(&h, NULL, tls ? "p256" : NULL, &on);
        struct guest g;
        guest_come(&g, &h, tls);
        static char back[LONG];
        guest_say(&g, "one\ntwo\nthr", 11);
        guest_hear(&g, back, LONG);
        guest_hear(&g, back, LONG);
        guest_say(&g, "ee\n", 3);
        guest_hear(&g, back, LONG);
        guest_leave(&g);
        house_wait_closed(&h, 1);
        assert_string_equal(h.why, "");
        house_close(&h);
    }
}

static void what_is_left_is_answered_after_a_half_close(void **state)
{
    (void)state;
    struct house h;
    house_open(&h, NULL, NULL, &on_echo);
    struct guest g;
    guest_come(&g, &h, false);
    char back[6];
    guest_say(&g, "hello\nrest", 10);
    assert_int_equal(shutdown(g.fd, SHUT_WR), 0);
    guest_hear(&g, back, 6);
    assert_memory_equal(back, "hello\n", 6);
    guest_hear_end(&g);
    guest_leave(&g);
    house_wait_closed(&h, 1);
    house_close(&h);
}

static void the_slow_the_silent_and_the_greedy_are_ended(void **state)
{
    (void)state;
    struct stream_limits l = stream_limits_usual;
    l.piece = l.write = 100 * USEC_MS;
    l.first = 400 * USEC_MS;
    l.input_most = 1000;
    static const struct {
        bool tls, shake;
        const char *say;
        size_t len;
        const char *why;
    } cases[] = {
        {false, false, "", 0, "nothing came in time"},
        {false, false, "half", 4, "a message did not end in time"},
        {false, false, "one\nhalf", 8, "a message did not end in time"},
        {true, true, "", 0, "nothing came in time"},
        {true, true, "half", 4, "a message did not end in time"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct house h;
        house_open(&h, &l, cases[i].tls ? "p256" : NULL, &on_echo);
        struct guest g;
        guest_come(&g, &h, cases[i].shake);
        if (cases[i].len) {
            guest_say(&g, cases[i].say, cases[i].len);
        }
        house_wait_closed(&h, 1);
        assert_string_equal(h.why, cases[i].why);
        guest_leave(&g);
        house_close(&h);
    }
    /* Too long, at once. */
    struct house h;
    house_open(&h, &l, NULL, &on_echo);
    struct guest g;
    guest_come(&g, &h, false);
    static char much[3000];
    memset(much, 'x', sizeof much);
    guest_say(&g, much, sizeof much);
    house_wait_closed(&h, 1);
    assert_string_equal(h.why, "a message was too long");
    assert_int_equal(stream_counts(h.server)->overflow, 1);
    guest_leave(&g);
    house_close(&h);
}

static void a_handshake_that_does_not_come_is_ended(void **state)
{
    (void)state;
    struct stream_limits l = stream_limits_usual;
    l.handshake = 100 * USEC_MS;
    static const char *const words[] = {"", "\x16\x03\x01", "GET / HTTP/1.1\r\n\r\n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct house h;
        house_open(&h, &l, "p256", &on_echo);
        struct guest g;
        guest_come(&g, &h, false);
        guest_say(&g, words[i], strlen(words[i]));
        guest_hear_end(&g);
        guest_leave(&g);
        house_close(&h);
        assert_int_equal(h.opened, 0);
        assert_int_equal(h.closed, 0);
    }
}

static void who_does_not_read_is_ended(void **state)
{
    (void)state;
    struct stream_limits l = stream_limits_usual;
    l.output_most = 100000;
    struct house h;
    house_open(&h, &l, NULL, &on_echo);
    struct guest g;
    guest_come(&g, &h, false);
    static char line[1000];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    /* Until nothing goes any more: the server has ended it, or the kernel's buffers are full on both sides. */
    for (size_t i = 0; i < 20000 && guest_try(&g, line, sizeof line); i++) {
    }
    guest_leave(&g);
    house_wait_closed(&h, 1);
    house_close(&h);
}

static void limits_of_connections_hold(void **state)
{
    (void)state;
    struct stream_limits l = stream_limits_usual;
    l.most_of_peer = 3;
    struct house h;
    house_open(&h, &l, NULL, &on_echo);
    struct guest g[4];
    for (size_t i = 0; i < 3; i++) {
        guest_come(&g[i], &h, false);
        char back[2];
        guest_say(&g[i], "a\n", 2);
        guest_hear(&g[i], back, 2);
    }
    guest_come(&g[3], &h, false);
    guest_hear_end(&g[3]);
    for (size_t i = 0; i < 4; i++) {
        guest_leave(&g[i]);
    }
    house_wait_closed(&h, 3);
    /* There is room again. */
    guest_come(&g[0], &h, false);
    char back[2];
    guest_say(&g[0], "b\n", 2);
    guest_hear(&g[0], back, 2);
    guest_leave(&g[0]);
    house_close(&h);
}

static void a_ticket_resumes_and_a_new_certificate_disturbs_nobody(void **state)
{
    (void)state;
    struct house h;
    house_open(&h, NULL, "p256", &on_echo);
    struct guest g, old;
    char back[2];
    guest_come_with(&g, &h, &(struct guest_wish){.tls = true, .version = TLS1_2_VERSION});
    guest_say(&g, "a\n", 2);
    guest_hear(&g, back, 2);
    SSL_SESSION *ticket = SSL_get1_session(g.ssl);
    assert_non_null(ticket);
    guest_leave(&g);
    guest_come_with(
        &g, &h, &(struct guest_wish){.tls = true, .version = TLS1_2_VERSION, .session = ticket});
    assert_true(SSL_session_reused(g.ssl));
    guest_leave(&g);
    guest_come(&old, &h, true);
    house_new_certificate(&h, "rsa");
    guest_come(&g, &h, true);
    assert_int_equal(guest_key_type(&g), EVP_PKEY_RSA);
    assert_int_equal(guest_key_type(&old), EVP_PKEY_EC);
    guest_say(&old, "b\n", 2);
    guest_hear(&old, back, 2);
    guest_leave(&old);
    guest_leave(&g);
    SSL_SESSION_free(ticket);
    house_close(&h);
    assert_int_equal(h.resumed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_back),
        cmocka_unit_test(who_is_on_hold_is_heard_later),
        cmocka_unit_test(what_is_left_is_answered_after_a_half_close),
        cmocka_unit_test(the_slow_the_silent_and_the_greedy_are_ended),
        cmocka_unit_test(a_handshake_that_does_not_come_is_ended),
        cmocka_unit_test(who_does_not_read_is_ended),
        cmocka_unit_test(limits_of_connections_hold),
        cmocka_unit_test(a_ticket_resumes_and_a_new_certificate_disturbs_nobody),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
