/* A message copied on is read again, has the Vias that it must have, and all else as it was; its response
 * goes back the same way. */
#include <stdlib.h>

#include "proto/sip/sip_forward.h"
#include "proto/sip/sip_reply.h"
#include "proto/sip/sip_via.h"

static const struct endpoint source = {{4, {203, 0, 113, 7}}, 40000};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Values of all Vias that can be read, up to the first that cannot. */
static size_t vias(const struct sip_msg *msg)
{
    size_t n = 0;
    for (const struct sip_field *f = sip_find(msg, SIP_VIA); f; f = sip_find_next(msg, f)) {
        struct str rest = f->value;
        struct sip_via via;
        struct err_at at;
        while (sip_via_next(&rest, &via, &at) == ERR_OK) {
            n++;
        }
        if (rest.len > 0) {
            break;
        }
    }
    return n;
}

static struct sip_via top(const struct sip_msg *msg)
{
    struct sip_via via;
    struct err_at at;
    must(sip_via_read(sip_value(msg, SIP_VIA), &via, &at) == ERR_OK);
    return via;
}

static void read_again(struct buf *b, struct sip_msg *msg)
{
    struct err_at at;
    must(sip_read(buf_str(b), msg, &at) == ERR_OK && msg->len == b->len);
    must(sip_check(msg, &at) == ERR_OK);
}

static void same_but_vias(const struct sip_msg *a, const struct sip_msg *b)
{
    must(str_eq(a->body, b->body) && str_eq(sip_value(a, SIP_CALL_ID), sip_value(b, SIP_CALL_ID)));
    const struct sip_field *x = a->fields;
    const struct sip_field *y = b->fields;
    for (;; x++, y++) {
        while (x < a->fields + a->n && (x->id == SIP_VIA || x->id == SIP_MAX_FORWARDS)) {
            x++;
        }
        while (y < b->fields + b->n && (y->id == SIP_VIA || y->id == SIP_MAX_FORWARDS)) {
            y++;
        }
        if (x == a->fields + a->n) {
            break;
        }
        must(y < b->fields + b->n && x->id == y->id && str_eq(x->value, y->value));
    }
}

static void request(const struct sip_msg *msg)
{
    static struct sip_msg on;
    static struct sip_msg reply;
    static struct sip_msg back;
    struct buf b = {.limit = 0};
    struct buf c = {.limit = 0};
    struct buf d = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct sip_forward f = {.msg = msg,
                            .via = STR("SIP/2.0/TCP us.example.net;branch=z9hG4bKus"),
                            .source = source,
                            .max_forwards = 9};
    must(sip_forward_write(&out, &f) == ERR_OK);
    read_again(&b, &on);
    struct sip_via ours = top(&on);
    must(vias(&on) == vias(msg) + 1 && str_eq(ours.branch, STR("z9hG4bKus")));
    must(str_eq(sip_value(&on, SIP_MAX_FORWARDS), STR("9")));
    same_but_vias(msg, &on);

    struct sip_reply r = {.request = &on, .status = 200, .to_tag = STR("1"), .source = source};
    out = buf_sink(&c);
    sip_reply_begin(&out, &r);
    sip_body_put(&out, STR(""), STR(""));
    read_again(&c, &reply);
    f.msg = &reply;
    out = buf_sink(&d);
    must(sip_forward_write(&out, &f) == ERR_OK);
    read_again(&d, &back);
    struct sip_via theirs = top(msg);
    struct sip_via via = top(&back);
    must(vias(&back) == vias(msg) && str_eq(via.host, theirs.host) && via.port == theirs.port);
    must(str_eq(via.branch, theirs.branch) && via.has_rport == theirs.has_rport);
    must(!via.has_rport || (via.rport == 40000 && str_eq(via.received, STR("203.0.113.7"))));
    buf_clear(&b);
    buf_clear(&c);
    buf_clear(&d);
}

static void response(const struct sip_msg *msg)
{
    static struct sip_msg on;
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct sip_forward f = {.msg = msg};
    if (sip_forward_write(&out, &f) == ERR_OK) {
        struct err_at at;
        must(sip_read(buf_str(&b), &on, &at) == ERR_OK);
        must(vias(&on) + 1 == vias(msg) || vias(msg) == 1);
        same_but_vias(msg, &on);
    } else {
        must(b.len == 0);
    }
    buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct sip_msg msg;
    struct str text = str_of((const char *)data, len);
    struct err_at at;
    /* Room for what is put in. */
    if (len > SIP_MESSAGE_MOST - 1000 || sip_read(text, &msg, &at) != ERR_OK ||
        msg.n > SIP_FIELDS_MOST - 4 || sip_check(&msg, &at) != ERR_OK) {
        return 0;
    }
    if (msg.request) {
        request(&msg);
    } else {
        response(&msg);
    }
    return 0;
}
