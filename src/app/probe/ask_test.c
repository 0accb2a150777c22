/* Answers in words, and the one of several that a phone goes by. */
#include "app/probe/ask.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/dns/dns_write.h"

static uint8_t bytes[2048];

/* A message about one.example.com, read; `n` addresses. */
static struct ask_answer answer(enum ask_state state, uint16_t type, unsigned n, uint16_t rcode)
{
    struct ask_answer a = {.state = state, .tries = 2};
    struct dns_writer w;
    struct err_at at;
    const struct dns_owner o = {DNS_ANSWER, STR("one.example.com"), 60};
    dns_write_begin(&w, bytes, sizeof bytes,
                    &(struct dns_message){.response = true, .recursive = true, .rcode = rcode});
    dns_write_question(&w, o.name, type);
    for (unsigned i = 0; i < n; i++) {
        dns_write_addr(&w, &o, addr4(0xc0000201 + i));
    }
    dns_write_opt(&w,
                  &(struct dns_edns){.size = 512,
                                     .options = STR("\0\x0f\0\6\0\x0f"
                                                    "list")},
                  rcode);
    assert_int_equal(dns_read(str_of((char *)bytes, dns_write_end(&w)), &a.m, &at), ERR_OK);
    a.a = dns_answer(&a.m);
    return a;
}

static void is_text(const struct ask_answer *a, const char *text)
{
    char buf[300];
    assert_int_equal(ask_text(a, buf, sizeof buf).len, strlen(text));
    assert_string_equal(buf, text);
}

static void texts(void **state)
{
    (void)state;
    struct ask_answer a = answer(ASK_ANSWERED, DNS_A, 2, DNS_NOERROR);
    is_text(&a, "192.0.2.1, 192.0.2.2 (ttl 60 s)");
    a.truncated = true;
    is_text(&a, "192.0.2.1, 192.0.2.2 (ttl 60 s); by TCP, too long for UDP");
    a = answer(ASK_ANSWERED, DNS_A, 8, DNS_NOERROR);
    is_text(
        &a,
        "192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6 and 2 more (ttl 60 s)");
    a = answer(ASK_NODATA, DNS_SRV, 0, DNS_NOERROR);
    is_text(&a, "none of this type");
    a = answer(ASK_NXDOMAIN, DNS_SRV, 0, DNS_NXDOMAIN);
    is_text(&a, "NXDOMAIN: no such name");
    a = answer(ASK_ERROR, DNS_A, 0, DNS_REFUSED);
    is_text(&a, "REFUSED");
    a.has_ede = dns_ede(&a.m, &a.ede);
    is_text(&a, "REFUSED: Blocked (list)");
    a = (struct ask_answer){.state = ASK_SILENT, .tries = 1};
    is_text(&a, "no answer, asked 1 time");
    a.stray = (struct endpoint){addr4(0xc0000209), 53};
    is_text(&a,
            "no answer, asked 1 time; an answer came from 192.0.2.9:53, which phones pass over");
    a = (struct ask_answer){.state = ASK_UNREACHABLE, .os_error = EHOSTUNREACH};
    is_text(&a, "cannot be reached: No route to host");
}

/* Text that is too long ends where the buffer does. */
static void short_buffer(void **state)
{
    (void)state;
    const struct ask_answer a = answer(ASK_ANSWERED, DNS_A, 6, DNS_NOERROR);
    for (size_t cap = 1; cap < 100; cap++) {
        char *buf = malloc(cap);
        assert_non_null(buf);
        size_t len = ask_text(&a, buf, cap).len;
        assert_true(len < cap && buf[len] == '\0');
        free(buf);
    }
}

static void best(void **state)
{
    static const struct {
        enum ask_state states[3];
        size_t best;
    } rows[] = {
        {{ASK_ANSWERED, ASK_ANSWERED, ASK_ANSWERED}, 0},
        {{ASK_SILENT, ASK_ANSWERED, ASK_NXDOMAIN}, 1},
        {{ASK_ERROR, ASK_SILENT, ASK_NODATA}, 2},
        {{ASK_SILENT, ASK_ERROR, ASK_ERROR}, 1},
        {{ASK_CLOSED, ASK_NOT_SENT, ASK_SILENT}, 2},
        {{ASK_CLOSED, ASK_UNREACHABLE, ASK_CLOSED}, 0},
    };
    (void)state;
    struct probe *p = calloc(1, sizeof *p);
    assert_non_null(p);
    p->o.n_resolvers = 3;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ask_answer a[3] = {{0}};
        for (size_t k = 0; k < 3; k++) {
            a[k].state = rows[i].states[k];
        }
        assert_ptr_equal(ask_best(p, a), &a[rows[i].best]);
    }
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(short_buffer),
        cmocka_unit_test(best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
