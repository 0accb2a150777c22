/* What is said over connections: SIP, HTTP, DNS, TLS, however the segments cut it. */
#include "flow/wire/wire_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct cap c;

#define OK "SIP/2.0 200 OK\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n"
#define CRLFS "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
#define NOTIFY "NOTIFY sip:a@example.org SIP/2.0\r\nl: 4\r\n\r\nbody"

/* One side's bytes, in order; seq_more: bytes that are missing before them. */
struct say {
    int side; /* 0: the client */
    uint32_t lost;
    const char *text;
    size_t len; /* 0: up to the NUL */
};

static void talk(const struct say *s, size_t n, uint16_t port)
{
    struct end end[2] = {{1, 40000, 100}, {2, port, 900}};
    cap_begin(&c);
    tcp_open(&c, &end[0], &end[1]);
    for (size_t i = 0; i < n && s[i].text; i++) {
        end[s[i].side].seq += s[i].lost;
        tcp(&c, &end[s[i].side], &end[!s[i].side], ACK,
            str_of(s[i].text, s[i].len ? s[i].len : strlen(s[i].text)));
    }
    tcp_close(&c, &end[0], &end[1]);
}

struct row {
    const char *what;
    struct say say[8];
    const char *told; /* without what TCP tells */
};

static void check(const struct row *r, uint16_t port)
{
    static struct told t;
    static char rest[sizeof t.text];
    struct wire_cfg cfg = {.memory = 0};
    talk(r->say, COUNT(r->say), port);
    read_cap(&c, &cfg, &t);
    size_t n = 0;
    for (char *line = strtok(t.text, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strstr(line, " tcp 1 ")) {
            n += (size_t)snprintf(rest + n, sizeof rest - n, "%s\n", line);
        }
    }
    rest[n] = '\0';
    if (strcmp(rest, r->told) != 0) {
        fail_msg("%s:\n%s, not\n%s", r->what, rest, r->told);
    }
}

static void sip(void **state)
{
    (void)state;
    static char endless[70000];
    memset(endless, 'x', sizeof endless);
    memcpy(endless, "NOTIFY sip:a SIP/2.0\r\nX:", 24);
    static const struct row rows[] = {
        {"two in one segment",
         {{1, 0, OK OK, 0}},
         "4 sip tcp s 49 SIP/2.0 200 OK\n4 sip tcp s 49 SIP/2.0 200 OK\n"},
        {"in pieces",
         {{1, 0, "S", 0},
          {1, 0, "IP/2.0 200 OK\r\nContent-Le", 0},
          {1, 0, "ngth: 2\r\n\r", 0},
          {1, 0, "\nab" OK, 0}},
         "7 sip tcp s 39 SIP/2.0 200 OK\n7 sip tcp s 49 SIP/2.0 200 OK\n"},
        {"compact length, body cut",
         {{0, 0, "NOTIFY sip:a@example.org SIP/2.0\r\nl: 4\r\n\r\nbo", 0}, {0, 0, "dy", 0}},
         "5 sip tcp c 46 NOTIFY sip:a@example.org SIP/2.0\n"},
        {"keepalives",
         {{0, 0, "\r\n\r\n", 0}, {1, 0, "\r\n", 0}, {0, 0, NOTIFY "\r\n\r\n", 0}},
         "6 sip tcp c 46 NOTIFY sip:a@example.org SIP/2.0\n"},
        {"many keepalives before the first message",
         {{0, 0, CRLFS CRLFS CRLFS CRLFS, 0}, {0, 0, CRLFS CRLFS CRLFS CRLFS NOTIFY, 0}},
         "5 sip tcp c 46 NOTIFY sip:a@example.org SIP/2.0\n"},
        {"a hole, then a message",
         {{1, 0, OK, 0}, {1, 20, "rest of one\r\n\r\n", 0}, {1, 0, OK, 0}},
         "4 sip tcp s 49 SIP/2.0 200 OK\n8 sip tcp s 49 SIP/2.0 200 OK\n"},
        {"nonsense between",
         {{1, 0, OK "?????\r\n", 0}, {1, 0, OK, 0}},
         "4 sip tcp s 49 SIP/2.0 200 OK\n5 sip tcp s 49 SIP/2.0 200 OK\n"},
        {"a body of four gigabytes",
         {{1, 0, "SIP/2.0 200 OK\r\nContent-Length: 4294967296\r\n\r\nabc", 0}, {1, 0, OK, 0}},
         ""},
        {"no end of the header",
         {{0, 0, endless, 60000}, {0, 0, endless + 60000, 9000}, {0, 0, NOTIFY, 0}},
         "6 sip tcp c 46 NOTIFY sip:a@example.org SIP/2.0\n"},
        {"both ways",
         {{0, 0, NOTIFY, 0}, {1, 0, OK, 0}, {1, 0, NOTIFY, 0}},
         "4 sip tcp c 46 NOTIFY sip:a@example.org SIP/2.0\n5 sip tcp s 49 SIP/2.0 200 OK\n"
         "6 sip tcp s 46 NOTIFY sip:a@example.org SIP/2.0\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(&rows[i], 5060);
    }
}

#define GET "GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n"

static void http(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"body by its length",
         {{0, 0, GET, 0},
          {1, 0, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", 0},
          {1, 0, "56789HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0}},
         "4 http c /a 0\n5 http s OK 200\n6 http s No 404\n"},
        {"in chunks",
         {{0, 0, GET, 0},
          {1, 0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 0},
          {1, 0, "0\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0}},
         "4 http c /a 0\n5 http s OK 200\n6 http s No 404\n"},
        {"HEAD has a length and no body",
         {{0, 0, "HEAD /a HTTP/1.1\r\nHost: e\r\n\r\n" GET, 0},
          {1, 0, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nHTTP/1.1 304 Same\r\n\r\n", 0}},
         "4 http c /a 0\n4 http c /a 0\n5 http s OK 200\n5 http s Same 304\n"},
        {"a hole within a body",
         {{0, 0, GET, 0},
          {1, 0, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01", 0},
          {1, 5, "789HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0}},
         "4 http c /a 0\n5 http s OK 200\n8 http s No 404\n"},
        {"a hole within a head",
         {{0, 0, GET, 0},
          {1, 0, "HTTP/1.1 200 OK\r\nConte", 0},
          {1, 5, "ngth: 0\r\n\r\n", 0},
          {1, 0, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", 0}},
         "4 http c /a 0\n9 http s No 404\n"},
        {"through a proxy",
         {{0, 0, "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 0},
          {1, 0, "HTTP/1.1 200 Yes\r\n\r\n", 0},
          {0, 0, "\x15\x03\x03\x00\x02\x02\x30", 7}},
         "4 http c h:443 0\n5 http s Yes 200\n6 tls c alert \n"},
        {"head in pieces",
         {{0, 0, "GET /a HT", 0}, {0, 0, "TP/1.1\r\nHost: example.org\r", 0}, {0, 0, "\n\r\n", 0}},
         "6 http c /a 0\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(&rows[i], 8080);
    }
}

static void dns(void **state)
{
    (void)state;
#define MESSAGE "\0\23\0\7\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"
    static const struct row rows[] = {
        {"two at once", {{0, 0, MESSAGE MESSAGE, 42}}, "4 dns 7 tcp\n4 dns 7 tcp\n"},
        {"in pieces",
         {{0, 0, "\0", 1}, {0, 0, "\23\0\7\1", 4}, {0, 0, &MESSAGE[5], 16}},
         "6 dns 7 tcp\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(&rows[i], 53);
    }
}

/* A ClientHello that names "a.example". */
static const char hello[] =
    "\x16\x03\x01\x00\x41\x01\x00\x00\x3d\x03\x03"
    "01234567890123456789012345678901\x00\x00\x02\x13\x01\x01\x00\x00\x12\x00\x00\x00\x0e\x00\x0c"
    "\x00\x00\x09"
    "a.example";

static void tls(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a name, an alert",
         {{0, 0, hello, sizeof hello - 1}, {1, 0, "\x15\x03\x03\x00\x02\x02\x28", 7}},
         "4 tls c client-hello a.example\n5 tls s alert a.example\n"},
        {"in pieces",
         {{0, 0, hello, 3}, {0, 0, hello + 3, 40}, {0, 0, hello + 43, sizeof hello - 44}},
         "6 tls c client-hello a.example\n"},
        {"something else on its port", {{0, 0, "\x16\x09junk", 6}, {0, 0, "more", 0}}, ""},
        {"a server that speaks first", {{1, 0, "220 mail.example.org\r\n", 0}, {0, 0, GET, 0}}, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(&rows[i], 443);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sip),
        cmocka_unit_test(http),
        cmocka_unit_test(dns),
        cmocka_unit_test(tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
