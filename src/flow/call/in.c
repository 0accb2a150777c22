/* The server transaction (RFC 3261 17.2, RFC 6026 7.1): what answers the phone that asked. */
#include "flow/call/inside.h"

static void say(struct call *c, const struct in *in, struct str bytes)
{
    if (!in->lost) {
        send_to(c, &in->flow, bytes);
    }
}

void in_provisional(struct call *c, struct in *in, struct str bytes)
{
    say(c, in, bytes);
    /* Without memory a retransmission is absorbed instead of answered again. */
    (void)call_text_set(c, &in->last, bytes);
}

/* How long who asked may still ask again. */
static void linger(struct in *in, unsigned status, usec_t now)
{
    bool stream = is_stream(&in->flow);
    in->timed.again = USEC_NONE;
    if (!in->invite) {
        in->state = IN_COMPLETED;
        in->timed.over = stream ? now : now + CALL_LONG; /* Timer J */
        return;
    }
    in->state = status < 300 ? IN_ACCEPTED : IN_COMPLETED;
    in->timed.over = now + CALL_LONG; /* Timers L and H */
    if (in->state == IN_COMPLETED && !stream) {
        in->timed.step = CALL_T1; /* Timer G */
        in->timed.again = now + CALL_T1;
    }
}

void in_final(struct call *c, struct in *in, unsigned status, struct str bytes, usec_t now)
{
    in_provisional(c, in, bytes);
    linger(in, status, now);
    timed_set(c, &in->timed);
}

void in_answer(struct call *c, struct in *in, unsigned status, usec_t now)
{
    struct sip_msg msg;
    struct err_at at;
    struct call_from from = {in->flow, in->local};
    struct str bytes = {NULL, 0};
    if (sip_read(text_str(&in->request), &msg, &at) == ERR_OK) {
        bytes = text_reply(c, &from, &msg, status);
    }
    in_final(c, in, status, bytes, now);
}

void in_again(struct call *c, struct in *in)
{
    /* A 2xx is sent again by who made it. */
    if (in->state == IN_PROCEEDING || in->state == IN_COMPLETED) {
        say(c, in, text_str(&in->last));
    }
}

void in_on_ack(struct call *c, struct in *in, usec_t now)
{
    if (in->state == IN_COMPLETED) {
        in->state = IN_CONFIRMED;
        in->timed.again = USEC_NONE;
        in->timed.over = is_stream(&in->flow) ? now : now + CALL_T4; /* Timer I */
        timed_set(c, &in->timed);
    }
}

void in_release(struct call *c, struct in *in)
{
    if (in->done && in->outs == NULL) {
        in_free(c, in);
    }
}

/* Once more what waits for an ACK; or a late 100 to a request that is no INVITE. */
static void again(struct call *c, struct in *in, usec_t now)
{
    struct timed *t = &in->timed;
    if (in->state == IN_COMPLETED) {
        say(c, in, text_str(&in->last));
        t->step = 2 * t->step < CALL_T2 ? 2 * t->step : CALL_T2;
        t->again = now + t->step;
        return;
    }
    struct sip_msg msg;
    struct err_at at;
    struct call_from from = {in->flow, in->local};
    t->again = USEC_NONE;
    if (in->state == IN_PROCEEDING && sip_read(text_str(&in->request), &msg, &at) == ERR_OK) {
        in_provisional(c, in, text_reply(c, &from, &msg, 100));
    }
}

void in_on_time(struct call *c, struct in *in, usec_t now)
{
    if (is_due(in->timed.over, now)) {
        in->done = true;
        in->timed.over = in->timed.again = USEC_NONE;
        in_release(c, in);
        return;
    }
    if (is_due(in->timed.again, now)) {
        again(c, in, now);
    }
    timed_set(c, &in->timed);
}
