/* The response context (RFC 3261 16.6, 16.7, 16.10): one request to several phones, one answer back. */
#include "flow/call/inside.h"

static bool all_over(const struct in *in)
{
    for (const struct out *o = in->outs; o != NULL; o = o->next) {
        if (o->state == OUT_CALLING || o->state == OUT_PROCEEDING) {
            return false;
        }
    }
    return true;
}

/* One copy to one target; false when it cannot be sent, *ret_status tells why. */
static bool start(struct call *c, const struct call_from *from, struct in *in,
                  const struct forward *f, const struct flow *flow, usec_t now,
                  unsigned *ret_status)
{
    if (is_dead(flow)) {
        *ret_status = in->dialog ? 430 : 480;
        return false;
    }
    struct out *out = out_new(c, in, flow);
    *ret_status = 503;
    if (out == NULL) {
        return false;
    }
    if (!call_text_set(c, &out->request, text_forward(c, from, out->id, flow, f)) ||
        out->request.len == 0) {
        out_free(c, out);
        return false;
    }
    out_start(c, out, now);
    return true;
}

void fork_start(struct call *c, const struct call_from *from, struct in *in,
                const struct forward *f, const struct call_target *targets, size_t n, usec_t now)
{
    /* A SIPS URI is reached by TLS or not at all (26.2.2). */
    bool secure = !in->dialog && str_istarts(f->msg->uri, STR("sips:"));
    unsigned status = 480;
    if (in->invite) {
        in_provisional(c, in, text_reply(c, from, f->msg, 100));
    } else {
        in->timed.again = now + CALL_LATE;
        timed_set(c, &in->timed);
    }
    for (size_t i = 0; i < n && i < CALL_TARGETS; i++) {
        struct forward copy = *f;
        copy.uri = targets[i].contact;
        if (!secure || targets[i].flow.transport == TRANSPORT_TLS) {
            (void)start(c, from, in, &copy, &targets[i].flow, now, &status);
        }
    }
    if (in->outs == NULL) {
        in_answer(c, in, status, now);
    }
}

void fork_provisional(struct call *c, struct in *in, const struct sip_msg *msg)
{
    if (in->state == IN_PROCEEDING) {
        in_provisional(c, in, text_response(c, msg));
    }
}

void fork_success(struct call *c, struct out *out, const struct sip_msg *msg, usec_t now)
{
    struct in *in = out->in;
    struct str bytes = text_response(c, msg);
    if (in->state == IN_PROCEEDING) {
        in_final(c, in, msg->status, bytes, now);
        fork_cancel(c, in, out, CANCEL_ELSEWHERE, now);
    } else if (in->invite && !in->lost) {
        send_to(c, &in->flow, bytes); /* each 2xx goes up, again and again (16.7 step 5) */
    }
}

/* The lower, the better (16.7 step 6). What says least about the person called comes last. */
static unsigned rank(unsigned status)
{
    switch (status) {
    case 401:
    case 407:
    case 415:
    case 420:
    case 484:
        return 400;
    case 408:
    case 430:
    case 480:
    case 487:
        return 499;
    default:
        break;
    }
    return status >= 600 ? 0 : status / 100 * 100 + 1;
}

void fork_failure(struct call *c, struct in *in, unsigned status, const struct sip_msg *msg,
                  usec_t now)
{
    if (in->state == IN_PROCEEDING &&
        (in->best_status == 0 || rank(status) < rank(in->best_status))) {
        in->best_status = status;
        struct str bytes = msg != NULL ? text_response(c, msg) : str_of(NULL, 0);
        (void)call_text_set(c, &in->best, bytes); /* else one of our own stands for it */
    }
    if (status >= 600) {
        fork_cancel(c, in, NULL, CANCEL_ELSEWHERE, now);
    }
    fork_settle(c, in, now);
}

void fork_settle(struct call *c, struct in *in, usec_t now)
{
    if (in->state != IN_PROCEEDING || !all_over(in)) {
        return;
    }
    if (in->best_status == 0) {
        in->timed.again = USEC_NONE;
        in->timed.over = now; /* RFC 4320 4.2: nobody answered, and it is too late to say so */
        timed_set(c, &in->timed);
    } else if (in->best.len == 0 || in->best_status == 503) {
        in_answer(c, in, in->best_status == 503 ? 500 : in->best_status, now);
    } else {
        struct text best = in->best;
        in->best = (struct text){NULL, 0};
        in_final(c, in, in->best_status, text_str(&best), now);
        (void)call_text_set(c, &best, str_of(NULL, 0));
    }
}

void fork_cancel(struct call *c, struct in *in, const struct out *but, enum cancel_why why,
                 usec_t now)
{
    for (struct out *o = in->outs; o != NULL; o = o->next) {
        if (o != but) {
            out_cancel(c, o, why, now);
        }
    }
}
