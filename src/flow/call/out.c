/* The client transaction (RFC 3261 17.1, RFC 6026 7.2): one copy of a request, sent to one phone. */
#include "flow/call/inside.h"
#include "proto/sip/sip_number.h"

static bool is_open(const struct out *out)
{
    return out->state == OUT_CALLING || out->state == OUT_PROCEEDING;
}

/* Sends `t` now, and again and again where the transport may lose it (Timers A, E). */
static void repeat(struct call *c, struct out *out, const struct text *t, usec_t now)
{
    out->timed.step = CALL_T1;
    out->timed.again = is_stream(&out->flow) ? USEC_NONE : now + CALL_T1;
    send_to(c, &out->flow, text_str(t));
}

void out_start(struct call *c, struct out *out, usec_t now)
{
    out->timed.over = now + CALL_LONG; /* Timers B, F */
    out->timer_c = now + CALL_TIMER_C;
    repeat(c, out, &out->request, now);
    timed_set(c, &out->timed);
}

static void end(struct call *c, struct out *out, enum out_state state, usec_t over)
{
    out->state = state;
    out->timed.again = USEC_NONE;
    out->timed.over = over;
    timed_set(c, &out->timed);
}

/* -- CANCEL */

static void cancel_send(struct call *c, struct out *out, usec_t now)
{
    if (out->cancelling.len != 0 || !call_text_set(c, &out->cancelling, text_cancel(c, out))) {
        return;
    }
    repeat(c, out, &out->cancelling, now);
    out->timed.over = now + CALL_LONG; /* 9.1: then it counts as cancelled */
    timed_set(c, &out->timed);
}

/* A CANCEL is not sent before the phone has been heard (9.1). */
void out_cancel(struct call *c, struct out *out, enum cancel_why why, usec_t now)
{
    if (!out->in->invite || !is_open(out) || out->cancel != CANCEL_NO) {
        return;
    }
    out->cancel = why;
    if (out->state == OUT_PROCEEDING) {
        cancel_send(c, out, now);
    }
}

/* -- Answers */

static void on_provisional(struct call *c, struct out *out, const struct sip_msg *msg, usec_t now)
{
    struct in *in = out->in;
    if (!is_open(out)) {
        return;
    }
    bool first = out->state == OUT_CALLING;
    out->state = OUT_PROCEEDING;
    if (!in->invite) {
        out->timed.step = CALL_T2;
        return;
    }
    if (msg->status > 100) {
        out->timer_c = now + CALL_TIMER_C; /* 16.7 step 2 */
    }
    if (out->cancelling.len == 0) {
        out->timed.again = USEC_NONE;
        out->timed.over = out->timer_c;
        timed_set(c, &out->timed);
    }
    if (first && out->cancel != CANCEL_NO) {
        cancel_send(c, out, now);
    }
    if (msg->status > 100) {
        fork_provisional(c, in, msg);
    }
}

static void on_success(struct call *c, struct out *out, const struct sip_msg *msg, usec_t now)
{
    bool invite = out->in->invite;
    if (is_open(out)) {
        usec_t rest = is_stream(&out->flow) ? 0 : CALL_T4; /* Timer K */
        end(c, out, invite ? OUT_ACCEPTED : OUT_COMPLETED, now + (invite ? CALL_LONG : rest));
        fork_success(c, out, msg, now);
    } else if (out->state == OUT_ACCEPTED) {
        fork_success(c, out, msg, now);
    }
}

static void on_failure(struct call *c, struct out *out, const struct sip_msg *msg, usec_t now)
{
    if (out->in->invite && (is_open(out) || out->state == OUT_COMPLETED)) {
        send_to(c, &out->flow, text_ack(c, out, msg));
    }
    if (!is_open(out)) {
        return;
    }
    bool stream = is_stream(&out->flow);
    usec_t rest = out->in->invite ? CALL_LONG : CALL_T4; /* Timers D, K */
    end(c, out, OUT_COMPLETED, stream ? now : now + rest);
    fork_failure(c, out->in, msg->status, msg, now);
}

/* An answer to a CANCEL of ours: the one to the INVITE is still to come. */
static void on_cancelled(struct call *c, struct out *out)
{
    if (is_open(out) && out->cancelling.len != 0) {
        out->timed.again = USEC_NONE;
        timed_set(c, &out->timed);
    }
}

void out_on_response(struct call *c, struct out *out, const struct sip_msg *msg, usec_t now)
{
    struct sip_cseq cseq;
    struct err_at at;
    if (sip_cseq_read(sip_value(msg, SIP_CSEQ), &cseq, &at) != ERR_OK) {
        return;
    }
    if (str_eq(cseq.method, STR("CANCEL"))) {
        on_cancelled(c, out);
    } else if (!str_starts(text_str(&out->request), cseq.method)) {
        return;
    } else if (msg->status < 200) {
        on_provisional(c, out, msg, now);
    } else if (msg->status < 300) {
        on_success(c, out, msg, now);
    } else {
        on_failure(c, out, msg, now);
    }
}

/* -- Silence */

void out_fail(struct call *c, struct out *out, unsigned status, usec_t now)
{
    if (is_open(out)) {
        end(c, out, OUT_COMPLETED, now);
        fork_failure(c, out->in, status, NULL, now);
    }
}

static void on_over(struct call *c, struct out *out, usec_t now)
{
    struct in *in = out->in;
    if (!is_open(out)) {
        out_free(c, out);
        in_release(c, in);
    } else if (!in->invite) {
        end(c, out, OUT_COMPLETED, now); /* RFC 4320 4.2: no 408 for it */
        fork_settle(c, in, now);
    } else if (out->state == OUT_PROCEEDING && out->cancelling.len == 0) {
        out_cancel(c, out, CANCEL_TIME, now); /* Timer C, 16.8 */
        out->timed.over = now + CALL_LONG;
        timed_set(c, &out->timed);
    } else {
        out_fail(c, out, out->cancel == CANCEL_CALLER ? 487 : 408, now);
    }
}

void out_on_time(struct call *c, struct out *out, usec_t now)
{
    struct timed *t = &out->timed;
    if (is_due(t->over, now)) {
        on_over(c, out, now);
        return;
    }
    if (is_due(t->again, now)) {
        bool cancelling = out->cancelling.len != 0;
        send_to(c, &out->flow, text_str(cancelling ? &out->cancelling : &out->request));
        t->step = 2 * t->step;
        if ((cancelling || !out->in->invite) && t->step > CALL_T2) {
            t->step = CALL_T2;
        }
        t->again = now + t->step;
    }
    timed_set(c, t);
}
