/* Session descriptions: read, written, read again. */
#include "proto/sdp/sdp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

static void reads(void **state)
{
    static const struct {
        const char *text, *at;
        enum sdp_way way;
        unsigned n, first, streams, index;
    } rows[] = {
        {HEAD "m=audio 4000 RTP/AVP 0 8\r\n", "192.0.2.1:4000", SDP_SENDRECV, 2, 0, 1, 0},
        {HEAD "m=audio 4000 RTP/AVP 8\r\nc=IN IP4 192.0.2.2/127\r\na=sendonly\r\n",
         "192.0.2.2:4000", SDP_SENDONLY, 1, 8, 1, 0},
        {HEAD "a=inactive\r\nm=audio 4000/2 RTP/AVP 9 200 x\r\n", "192.0.2.1:4000", SDP_INACTIVE, 1,
         9, 1, 0},
        {HEAD "m=video 1 RTP/AVP 96\r\na=recvonly\r\nm=audio 4000 RTP/AVP 0\r\n", "192.0.2.1:4000",
         SDP_SENDRECV, 1, 0, 2, 1},
        {HEAD "m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/AVP 0\r\nm=audio 5000 RTP/AVP 8\r\n",
         "192.0.2.1:4000", SDP_SENDRECV, 1, 0, 3, 1},
        {"v=0\nc=IN IP6 2001:db8::1\nm=audio 4000 RTP/AVP 0\n\n", "[2001:db8::1]:4000",
         SDP_SENDRECV, 1, 0, 1, 0},
        {"v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", "0.0.0.0:4000", SDP_SENDRECV, 1,
         0, 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sdp s;
        struct err_at at;
        char text[ENDPOINT_TEXT];
        assert_int_equal(sdp_read(str_z(rows[i].text), &s, &at), ERR_OK);
        assert_true(str_eq(endpoint_write(s.at, text), str_z(rows[i].at)));
        assert_int_equal(s.way, rows[i].way);
        assert_int_equal(s.n, rows[i].n);
        assert_int_equal(s.format[0], rows[i].first);
        assert_int_equal(s.streams, rows[i].streams);
        assert_int_equal(s.audio_index, rows[i].index);
        assert_int_equal(s.events, SDP_NO_EVENTS);
    }
}

static void refuses(void **state)
{
    static const struct {
        const char *text;
        enum err err;
        size_t offset;
    } rows[] = {
        {"", ERR_MALFORMED, 0},
        {"hello", ERR_MALFORMED, 0},
        {"s=-\r\nv=0\r\n", ERR_MALFORMED, 0},
        {"v=0\r\nno line\r\n", ERR_MALFORMED, 5},
        {"v=0\r\n", ERR_MISSING, 0},
        {HEAD "m=audio 4000 RTP/SAVP 0\r\n", ERR_MISSING, 0},
        {HEAD "m=audio x RTP/AVP 0\r\n", ERR_MISSING, 0},
        {HEAD "m=audio 70000 RTP/AVP 0\r\n", ERR_MISSING, 0},
        {HEAD "m=\r\n", ERR_MISSING, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sdp s;
        struct err_at at = {0};
        assert_int_equal(sdp_read(str_z(rows[i].text), &s, &at), rows[i].err);
        assert_int_equal(at.offset, rows[i].offset);
    }
}

static void writes(void **state)
{
    struct buf b = {.limit = 4096};
    struct sink out = buf_sink(&b);
    struct sdp_write w = {.session = 7,
                          .version = 2,
                          .at = {addr4(0xc0000206), 16384},
                          .way = SDP_RECVONLY,
                          .format = {8},
                          .n = 1,
                          .events = 101,
                          .streams = 2,
                          .audio_index = 1};
    struct sdp s;
    struct err_at at;
    (void)state;
    sdp_write(&out, &w);
    assert_true(
        str_eq(buf_str(&b),
               STR("v=0\r\no=- 7 2 IN IP4 192.0.2.6\r\ns=-\r\nc=IN IP4 192.0.2.6\r\nt=0 0\r\n"
                   "m=audio 0 RTP/AVP 0\r\nm=audio 16384 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
                   "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
                   "a=recvonly\r\n")));
    assert_int_equal(sdp_read(buf_str(&b), &s, &at), ERR_OK);
    assert_true(endpoint_eq(s.at, w.at));
    assert_int_equal(s.events, 101);
    assert_int_equal(s.way, SDP_RECVONLY);
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses),
                                       cmocka_unit_test(writes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
