/* SIP over a stream: messages by their Content-Length (RFC 3261 18.3). */
#include "flow/wire/inside.h"
#include "flow/wire/sniff.h"
#include "proto/sip/sip.h"

/* The value of Content-Length in a header field line, in either of its names. */
static bool length_of(struct str line, uint64_t *ret_n)
{
    struct str value = line;
    struct str name = str_trim(str_cut(&value, ':'));
    return (str_ieq(name, STR("Content-Length")) || str_ieq(name, STR("l"))) &&
           str_u64(str_trim(value), ret_n);
}

/* Bytes of the body that the header tells; 0 when it tells none. */
static uint64_t body_length(struct str header)
{
    uint64_t n = 0;
    while (header.len) {
        if (length_of(str_cut(&header, '\n'), &n)) {
            break;
        }
    }
    return n;
}

size_t talk_sip(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes)
{
    struct talk *s = &t->side[side];
    if (bytes.p[0] == '\r' || bytes.p[0] == '\n') {
        return 1;
    }
    unsigned what = sniff(bytes);
    if (what == WIRE_UNKNOWN && bytes.len < SNIFF_MOST) {
        return 0;
    }
    if (what != WIRE_SIP) {
        return talk_lose(s, bytes);
    }
    size_t head = talk_header_end(s, bytes);
    if (head == STR_NPOS || head > SIP_MESSAGE_MOST) {
        return bytes.len < SIP_MESSAGE_MOST ? 0 : talk_lose(s, bytes);
    }
    uint64_t body = body_length(str_head(bytes, head));
    if (body > SIP_MESSAGE_MOST - head) {
        w->count.malformed++;
        s->skip = body;
        return head;
    }
    size_t whole = head + (size_t)body;
    if (bytes.len < whole) {
        return 0;
    }
    if (w->v.sip) {
        w->v.sip(w->v.ctx, &w->at, &c->c, str_head(bytes, whole), side == CLIENT, t->inner);
    }
    return whole;
}
