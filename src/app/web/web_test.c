/* Requests and answers over real connections, on loopback. */
#define _GNU_SOURCE
#include "app/web/web_testing.h"

enum { LONG = 1 << 20, PART = 1 << 16 };

static char long_body[LONG];

static void on_release(void *owner)
{
    struct place *p = owner;
    p->released++;
}

/* The answer that comes later, by a letter. */
struct note {
    struct loop_letter letter;
    struct web_id id;
};

static void note_open(struct loop_letter *l, void *ctx)
{
    struct note *n = (struct note *)l;
    struct place *p = ctx;
    struct web_exchange *x = web_find(p->web, n->id);
    if (x) {
        assert_true(str_eq(http_value(web_head(x), HTTP_USER_AGENT), STR("tester/1")));
        web_answer(x, &(struct web_answer){.status = 200, .body = web_path(x)});
        assert_null(web_find(p->web, n->id));
    }
    free(n);
}

static void later(struct place *p, struct web_exchange *x)
{
    struct note *n = calloc(1, sizeof *n);
    assert_non_null(n);
    n->letter.open = note_open;
    n->id = web_id(x);
    loop_post(p->loop, &n->letter);
}

static void events(struct web_exchange *x)
{
    web_open(x, &(struct web_answer){.status = 200, .type = "text/event-stream"});
    assert_true(web_push(x, STR("data: 1\n\n")));
    assert_true(web_push(x, STR("data: 22\n\n")));
    web_close(x);
}

/* More than the connection's queue takes: goes on when there is room. */
static void flood(struct place *p, struct web_exchange *x)
{
    while (p->pushed < LONG) {
        if (!web_push(x, str_of(long_body + p->pushed, PART))) {
            p->full++;
            return;
        }
        p->pushed += PART;
    }
    web_close(x);
}

static void on_room(void *ctx, struct web_exchange *x)
{
    flood(ctx, x);
}

static void file(struct web_exchange *x)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    assert_int_equal(fwrite(long_body, 1, LONG, f), LONG);
    assert_int_equal(fflush(f), 0);
    int fd = dup(fileno(f));
    fclose(f);
    web_send_file(x, &(struct web_answer){.status = 200, .type = "application/x-tar"}, fd, LONG);
}

static void get(struct place *p, struct web_exchange *x, struct str path)
{
    if (str_eq(path, STR("/hello"))) {
        web_answer(x, &(struct web_answer){.status = 200,
                                           .type = "text/plain",
                                           .etag = STR("\"e1\""),
                                           .fields = STR("X-A: b\r\n"),
                                           .body = STR("hello"),
                                           .gzip = STR("HELLO"),
                                           .release = web_constant});
    } else if (str_eq(path, STR("/empty"))) {
        web_answer(x, &(struct web_answer){.status = 200});
    } else if (str_eq(path, STR("/later"))) {
        later(p, x);
    } else if (str_eq(path, STR("/long"))) {
        web_answer(x, &(struct web_answer){.status = 200,
                                           .body = str_of(long_body, LONG),
                                           .release = on_release,
                                           .owner = p});
    } else if (str_eq(path, STR("/copied"))) {
        web_answer(x, &(struct web_answer){.status = 200, .body = str_of(long_body, LONG)});
    } else if (str_eq(path, STR("/file"))) {
        file(x);
    } else if (str_eq(path, STR("/events"))) {
        events(x);
    } else if (str_eq(path, STR("/flood"))) {
        web_open(x, &(struct web_answer){.status = 200});
        flood(p, x);
    } else if (str_eq(path, STR("/stay"))) {
        web_open(x, &(struct web_answer){.status = 200});
    } else if (!str_eq(path, STR("/never"))) {
        web_refuse(x, 404, NULL);
    }
}

static void on_request(void *ctx, struct web_exchange *x)
{
    struct place *p = ctx;
    struct str path = web_path(x);
    p->asked++;
    assert_ptr_equal(web_connection(x), ctx);
    assert_ptr_equal(web_find(p->web, web_id(x)), x);
    if (web_method(x) == HTTP_GET) {
        get(p, x, path);
    } else if (str_eq(path, STR("/gather"))) {
        web_gather(x, 100000);
    } else if (str_eq(path, STR("/pieces"))) {
        web_pieces(x, 4 * LONG);
    } else {
        web_refuse(x, 405, NULL);
    }
}

static void on_body(void *ctx, struct web_exchange *x, struct str whole)
{
    (void)ctx;
    char text[64];
    snprintf(text, sizeof text, "%zu bytes, last %c", whole.len,
             whole.len ? whole.p[whole.len - 1] : '-');
    web_answer(x, &(struct web_answer){.status = 201, .body = str_z(text)});
}

static void resume_open(struct loop_letter *l, void *ctx)
{
    struct note *note = (struct note *)l;
    struct place *p = ctx;
    struct web_exchange *x = web_find(p->web, note->id);
    if (x) {
        ((size_t *)web_mine(x))[1] = 0;
        web_resume(x);
    }
    free(note);
}

static void on_piece(void *ctx, struct web_exchange *x, struct str bytes)
{
    size_t *n = web_mine(x); /* bytes; whether it pauses */
    if (!n) {
        n = calloc(2, sizeof *n);
        web_mine_set(x, n);
    }
    assert_non_null(n);
    assert_int_equal(n[1], 0);
    *n += bytes.len;
    if (bytes.p[0] == '!') {
        free(n);
        web_refuse(x, 403, NULL);
        return;
    }
    /* No more before a letter has come. */
    struct note *note = calloc(1, sizeof *note);
    assert_non_null(note);
    note->letter.open = resume_open;
    note->id = web_id(x);
    web_pause(x);
    n[1] = 1;
    loop_post(((struct place *)ctx)->loop, &note->letter);
}

static void on_end(void *ctx, struct web_exchange *x)
{
    (void)ctx;
    size_t *n = web_mine(x);
    char text[64];
    snprintf(text, sizeof text, "%zu bytes", n ? *n : 0);
    free(n);
    web_answer(x, &(struct web_answer){.status = 200, .body = str_z(text)});
}

static void on_gone(void *ctx, struct web_exchange *x)
{
    struct place *p = ctx;
    free(web_mine(x));
    p->gone++;
}

static void *on_opened(void *ctx, struct stream *s)
{
    struct place *p = ctx;
    (void)s;
    p->opened++;
    return p;
}

static void on_closed(void *ctx, void *connection)
{
    struct place *p = ctx;
    assert_ptr_equal(connection, ctx);
    p->closed++;
}

static const struct web_handler handler = {.opened = on_opened,
                                           .closed = on_closed,
                                           .request = on_request,
                                           .body = on_body,
                                           .piece = on_piece,
                                           .end = on_end,
                                           .room = on_room,
                                           .gone = on_gone,
                                           .fields = "S: t\r\n"};

#define R(line) line " HTTP/1.1\r\nHost: a\r\nUser-Agent: tester/1\r\n"
#define LAST R("GET /empty") "Connection: close\r\n\r\n"
#define BYE "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\nS: t\r\n\r\n"

static const struct {
    const char *request, *answer; /* behind each comes LAST and its answer BYE */
} talks[] = {
    {R("GET /hello") "\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                             "5\r\nETag: \"e1\"\r\nVary: Accept-Encoding\r\n"
                             "X-A: b\r\nS: t\r\n\r\nhello"},
    {R("GET /./x/../%68ello?q") "Accept-Encoding: gzip\r\n\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nETag: \"e1-gz\"\r\n"
     "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\nX-A: b\r\nS: t\r\n\r\nHELLO"},
    {R("HEAD /hello") "\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: "
                              "5\r\nETag: \"e1\"\r\nVary: Accept-Encoding\r\n"
                              "X-A: b\r\nS: t\r\n\r\n"},
    {R("GET /hello") "If-None-Match: \"e1\"\r\n\r\n",
     "HTTP/1.1 304 Not Modified\r\nETag: \"e1\"\r\nVary: Accept-Encoding\r\nX-A: b\r\nS: "
     "t\r\n\r\n"},
    {R("GET /hello") "Accept-Encoding: gzip\r\nIf-None-Match: \"e1-gz\"\r\n\r\n",
     "HTTP/1.1 304 Not Modified\r\nETag: \"e1-gz\"\r\nContent-Encoding: gzip\r\nVary: "
     "Accept-Encoding\r\nX-A: b\r\nS: t\r\n\r\n"},
    {R("GET /hello") "If-Match: \"e2\"\r\n\r\n",
     "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\nETag: \"e1\"\r\nVary: "
     "Accept-Encoding\r\nS: t\r\n\r\n"},
    {R("GET /later") "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nS: t\r\n\r\n/later"},
    {R("GET /events") "\r\n", "HTTP/1.1 200 OK\r\nContent-Type: "
                              "text/event-stream\r\nTransfer-Encoding: chunked\r\nS: t\r\n\r\n"
                              "9\r\ndata: 1\n\n\r\na\r\ndata: 22\n\n\r\n0\r\n\r\n"},
    {R("GET /nothing") "\r\n",
     "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\n"
     "Cache-Control: no-store\r\nS: t\r\n\r\n404 Not Found\n"},
    {R("GET /a%2fb") "\r\n",
     "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 16\r\n"
     "Cache-Control: no-store\r\nS: t\r\n\r\n400 Bad Request\n"},
    {R("POST /gather") "Content-Length: 5\r\n\r\nhello",
     "HTTP/1.1 201 Created\r\nContent-Length: 15\r\nS: t\r\n\r\n5 bytes, last o"},
    {R("POST /gather") "\r\n",
     "HTTP/1.1 201 Created\r\nContent-Length: 15\r\nS: t\r\n\r\n0 bytes, last -"},
    {R("POST /gather") "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n",
     "HTTP/1.1 201 Created\r\nContent-Length: 15\r\nS: t\r\n\r\n7 bytes, last g"},
    {R("PUT /pieces") "Content-Length: 5\r\n\r\nhello",
     "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nS: t\r\n\r\n5 bytes"},
    {R("PUT /pieces") "Content-Length: 5\r\n\r\n!ello",
     "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\n"
     "Cache-Control: no-store\r\nS: t\r\n\r\n403 Forbidden\n"},
    {R("DELETE /hello") "Content-Length: 3\r\n\r\nabc",
     "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain; "
     "charset=utf-8\r\nContent-Length: 23\r\n"
     "Cache-Control: no-store\r\nS: t\r\n\r\n405 Method Not Allowed\n"},
    {R("GET /hello") "\r\n" R("GET /later") "\r\n" R("GET /later") "\r\n",
     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nETag: \"e1\"\r\nVary: "
     "Accept-Encoding\r\n"
     "X-A: b\r\nS: t\r\n\r\nhello"
     "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nS: t\r\n\r\n/later"
     "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nS: t\r\n\r\n/later"},
};

static void requests_are_answered(void **state)
{
    (void)state;
    struct place p;
    place_open(&p, NULL, &handler);
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        /* At once, and in two pieces at some places. */
        char request[1000], want[2000], got[4000];
        snprintf(request, sizeof request, "%s" LAST, talks[i].request);
        snprintf(want, sizeof want, "%s" BYE, talks[i].answer);
        for (size_t cut = 0; cut < strlen(request); cut += 37) {
            int fd = client_come(&p);
            client_say(fd, str_of(request, cut));
            client_say(fd, str_z(request + cut));
            client_hear_all(fd, got, sizeof got);
            if (strcmp(got, want) != 0) {
                fail_msg("case %zu, cut at %zu:\n%s", i, cut, got);
            }
        }
    }
    place_close(&p);
    assert_int_equal(p.opened, p.closed);
    assert_int_equal(p.gone, 0);
}

static void hear_long(struct place *p, const char *target)
{
    static char got[LONG + 1000];
    char request[200];
    int fd = client_come(p);
    snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", target);
    client_say(fd, str_z(request));
    size_t n = client_hear_all(fd, got, sizeof got);
    assert_true(n > LONG);
    assert_memory_equal(got + n - LONG, long_body, LONG);
}

static void long_answers_go_out_as_they_are_taken(void **state)
{
    (void)state;
    struct place p;
    for (size_t i = 0; i < LONG; i++) {
        long_body[i] = (char)('a' + i % 23);
    }
    place_open(&p, NULL, &handler);
    hear_long(&p, "/long");
    place_until(p.released == 1);
    hear_long(&p, "/copied");
    hear_long(&p, "/file");
    /* Who leaves early, and who asks for many without reading. */
    int fd = client_come(&p);
    client_say(fd, STR(R("GET /long") "\r\n"));
    close(fd);
    place_until(p.released == 2);
    fd = client_come(&p);
    for (unsigned i = 0; i < 20; i++) {
        client_say(fd, STR(R("GET /long") "\r\n"));
    }
    client_say(fd, STR(LAST));
    static char all[21 * (LONG + 1000)];
    size_t n = client_hear_all(fd, all, sizeof all);
    assert_true(n > 20 * (size_t)LONG);
    assert_memory_equal(all + n - strlen(BYE), BYE, strlen(BYE));
    assert_int_equal(p.released, 22);
    place_close(&p);
}

static void bodies_come_in_pieces(void **state)
{
    (void)state;
    struct place p;
    char room[1000];
    place_open(&p, NULL, &handler);
    int fd = client_come(&p);
    char head[200];
    snprintf(head, sizeof head,
             R("PUT /pieces") "Expect: 100-continue\r\nContent-Length: %d\r\n\r\n", 3 * LONG);
    client_say(fd, str_z(head));
    client_hear_until(fd, room, sizeof room, "\r\n\r\n");
    assert_string_equal(room, "HTTP/1.1 100 Continue\r\n\r\n");
    for (unsigned i = 0; i < 3; i++) {
        client_say(fd, str_of(long_body, LONG));
    }
    client_hear_until(fd, room, sizeof room, "bytes");
    assert_non_null(strstr(room, "\r\n\r\n3145728 bytes"));
    /* One that is too long is refused before it comes, one that ends early is told as gone. */
    snprintf(head, sizeof head,
             R("PUT /pieces") "Expect: 100-continue\r\nContent-Length: %d\r\n\r\n", 5 * LONG);
    client_say(fd, str_z(head));
    client_hear_all(fd, room, sizeof room);
    assert_non_null(strstr(room, "HTTP/1.1 413 "));
    place_until(p.gone == 1);
    fd = client_come(&p);
    client_say(fd, STR(R("PUT /pieces") "Content-Length: 10\r\n\r\nabc"));
    close(fd);
    place_until(p.gone == 2);
    place_close(&p);
}

static void open_answers_wait_for_their_reader(void **state)
{
    (void)state;
    struct place p;
    place_open(&p, NULL, &handler);
    hear_long(&p, "/flood");
    place_close(&p);
    assert_true(p.full > 0);
}

static void who_goes_is_told_to_the_handler(void **state)
{
    (void)state;
    struct place p;
    place_open(&p, NULL, &handler);
    static const char *const targets[] = {R("GET /never") "\r\n", R("GET /stay") "\r\n",
                                          R("POST /gather") "Content-Length: 9\r\n\r\n"};
    for (unsigned i = 0; i < 3; i++) {
        int fd = client_come(&p);
        client_say(fd, str_z(targets[i]));
        place_until(p.opened == i + 1);
        close(fd);
        place_until(p.gone == i + 1);
    }
    int fd = client_come(&p);
    client_say(fd, STR(R("HEAD /stay") "\r\n"));
    char room[1000];
    client_hear_all(fd, room, sizeof room);
    assert_non_null(strstr(room, "Transfer-Encoding: chunked\r\nConnection: close\r\n"));
    place_until(p.gone == 4);
    place_close(&p);
}

static void the_slow_are_ended(void **state)
{
    (void)state;
    struct place p;
    struct web_limits hasty = web_limits_usual;
    char room[1000];
    hasty.head = hasty.body = hasty.request = hasty.idle = 200 * USEC_MS;
    place_open(&p, &hasty, &handler);
    static const struct {
        const char *said, *status; /* NULL: not a word */
    } cases[] = {
        {"", NULL},
        {"GET / HT", "HTTP/1.1 408 "},
        {R("POST /gather") "Content-Length: 5\r\n\r\nhel", "HTTP/1.1 408 "},
        {R("GET /never") "\r\n", "HTTP/1.1 503 "},
        {R("GET /empty") "\r\n", "HTTP/1.1 200 "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int fd = client_come(&p);
        client_say(fd, str_z(cases[i].said));
        client_hear_all(fd, room, sizeof room);
        if (cases[i].status ? strncmp(room, cases[i].status, 13) != 0 : room[0] != '\0') {
            fail_msg("case %zu: %s", i, room);
        }
    }
    assert_int_equal(p.gone, 2);
    place_close(&p);
}

static void draining_ends_what_is_idle(void **state)
{
    (void)state;
    struct place p;
    char room[1000];
    place_open(&p, NULL, &handler);
    int idle = client_come(&p);
    client_say(idle, STR(R("GET /empty") "\r\n"));
    client_hear_until(idle, room, sizeof room, "\r\n\r\n");
    int waits = client_come(&p);
    client_say(waits, STR(R("GET /never") "\r\n"));
    place_until(p.asked == 2);
    p.stop.open = place_stop;
    loop_post(p.loop, &p.stop);
    pthread_join(p.thread, NULL);
    web_drain(p.web);
    assert_int_equal(pthread_create(&p.thread, NULL, place_run, &p), 0);
    client_hear_all(idle, room, sizeof room);
    assert_string_equal(room, "");
    close(waits);
    place_until(p.gone == 1);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(long_answers_go_out_as_they_are_taken),
        cmocka_unit_test(bodies_come_in_pieces),
        cmocka_unit_test(open_answers_wait_for_their_reader),
        cmocka_unit_test(who_goes_is_told_to_the_handler),
        cmocka_unit_test(the_slow_are_ended),
        cmocka_unit_test(draining_ends_what_is_idle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
