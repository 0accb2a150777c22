/* The one call that a line may have: rung, answered or refused, held, ended by either side (RFC 3261 12, 13.3, 14, 15; RFC 3264). */
#include <stdlib.h>

#include "flow/agent/inside.h"
#include "flow/agent/talk.h"

bool agent_call_is(const struct agent *a)
{
    return a->calling && a->calling->phase < CALL_REFUSED;
}

void agent_call_drop(struct agent *a)
{
    free(a->calling);
    a->calling = NULL;
}

static void tell(struct agent *a, enum agent_call_state state)
{
    struct agent_action *to = agent_push(a, AGENT_CALL);
    to->call = state;
    to->media = a->calling->theirs;
}

static usec_t long_time(const struct agent *a)
{
    return 64 * (usec_t)a->cfg->t1_ms * USEC_MS;
}

/* Sent again after T1, 2*T1 ... T2 until `over`; `reliable`: over connections too (13.3.1.4). */
static void wait(struct agent *a, enum call_phase phase, bool reliable, usec_t over)
{
    struct agent_calling *c = a->calling;
    bool again = reliable || a->transport == SELECT_UDP;
    c->phase = phase;
    c->step = (usec_t)a->cfg->t1_ms * USEC_MS;
    c->again = again ? a->now + c->step : USEC_NONE;
    c->over = a->now + over;
}

static void talking(struct agent *a)
{
    a->calling->phase = CALL_TALKING;
    a->calling->again = a->calling->over = USEC_NONE;
    tell(a, AGENT_TALKING);
}

static void refuse(struct agent *a, unsigned status)
{
    a->calling->status = status;
    agent_talk_respond(a);
    tell(a, AGENT_ENDED);
    wait(a, CALL_REFUSED, false, long_time(a));
}

static void bye(struct agent *a)
{
    struct agent_calling *c = a->calling;
    c->cseq++;
    c->branch = (uint32_t)(random_next(&a->random) >> 32);
    agent_talk_bye(a);
    tell(a, AGENT_ENDED);
    wait(a, CALL_LEAVING, false, (usec_t)a->cfg->timer_f_ms * USEC_MS);
}

/* -- INVITE */

static void begin(struct agent *a, const struct heard *h)
{
    struct agent_calling *c = NULL;
    struct str whole = str_of(h->msg->start.p, h->msg->len);
    if (a->calling && a->calling->phase >= CALL_REFUSED) {
        agent_call_drop(a); /* what only waited for its ACK or its 200 */
    }
    if (a->calling || whole.len > CALL_INVITE_MOST) {
        agent_reply_plain(a, h, 486);
        return;
    }
    c = calloc(1, sizeof *c + whole.len);
    if (!c) {
        agent_reply_plain(a, h, 500);
        return;
    }
    memcpy(c->invite, whole.p, whole.len);
    c->len = whole.len;
    c->peer_cseq = h->core.cseq.number;
    c->session = (uint32_t)(random_next(&a->random) >> 33);
    c->cseq = 1 + random_below(&a->random, 60000);
    c->again = USEC_NONE;
    a->calling = c;
    unsigned status = agent_talk_offer(a, h->msg);
    if (status != 0) {
        agent_call_drop(a);
        agent_reply_plain(a, h, status);
        return;
    }
    c->phase = CALL_RINGING;
    c->over = a->now + CALL_RINGS * USEC_S;
    c->status = 180;
    agent_reply_plain(a, h, 100);
    agent_talk_respond(a);
    tell(a, AGENT_RINGING);
}

/* In the dialog: the media change, or are to be told anew (14.2). */
static void again(struct agent *a, const struct heard *h)
{
    struct agent_calling *c = a->calling;
    if (h->core.cseq.number == c->peer_cseq) {
        if (c->phase == CALL_RINGING || c->phase == CALL_ANSWERED || c->phase == CALL_REFUSED) {
            agent_talk_respond(a); /* sent again */
        } else if (h->core.to.tag.len) {
            agent_talk_respond_again(a, h);
        }
        return;
    }
    if (c->phase != CALL_TALKING && c->phase != CALL_ANSWERED) {
        agent_reply_plain(a, h, 491);
        return;
    }
    unsigned status = agent_talk_offer(a, h->msg);
    if (status != 0) {
        agent_reply_plain(a, h, status);
        return;
    }
    c->peer_cseq = h->core.cseq.number;
    c->version++;
    c->phase = CALL_TALKING;
    c->again = c->over = USEC_NONE;
    agent_talk_respond_again(a, h);
    tell(a, c->held ? AGENT_HELD : AGENT_TALKING);
}

/* -- the rest of a dialog */

static void on_ack(struct agent *a, const struct heard *h)
{
    struct agent_calling *c = a->calling;
    if (c->phase == CALL_REFUSED) {
        agent_call_drop(a);
    } else if (c->phase == CALL_ANSWERED) {
        agent_talk_ack(a, h->msg);
        talking(a);
    }
}

static void on_bye(struct agent *a, const struct heard *h)
{
    agent_reply_plain(a, h, 200);
    if (a->calling->phase < CALL_REFUSED) {
        tell(a, AGENT_ENDED);
    }
    agent_call_drop(a);
}

void agent_call_on_request(struct agent *a, const struct heard *h)
{
    struct str method = h->msg->method;
    bool ours = a->calling && agent_talk_is(a, h->msg);
    if (str_eq(method, STR("ACK"))) {
        if (ours) {
            on_ack(a, h);
        }
    } else if (str_eq(method, STR("INVITE")) && (ours || h->core.to.tag.len == 0)) {
        if (ours) {
            again(a, h);
        } else {
            begin(a, h);
        }
    } else if (!ours) {
        agent_reply_plain(a, h, 481);
    } else if (str_eq(method, STR("BYE"))) {
        on_bye(a, h);
    } else {
        agent_reply_plain(a, h, 200);
        if (str_eq(method, STR("CANCEL")) && a->calling->phase == CALL_RINGING) {
            refuse(a, 487);
        }
    }
}

void agent_call_on_response(struct agent *a, const struct sip_msg *msg, uint32_t branch)
{
    struct agent_calling *c = a->calling;
    if (c && c->phase == CALL_LEAVING && branch == c->branch && msg->status >= 200) {
        agent_call_drop(a);
    }
}

/* -- what the phone wants */

void agent_answer(struct agent *a, struct endpoint media, usec_t now)
{
    agent_told(a, now);
    struct agent_calling *c = a->calling;
    if (c && c->phase == CALL_RINGING) {
        c->media = media;
        c->status = 200;
        agent_talk_respond(a);
        wait(a, CALL_ANSWERED, true, long_time(a));
    }
}

void agent_refuse(struct agent *a, unsigned status, usec_t now)
{
    agent_told(a, now);
    if (a->calling && a->calling->phase == CALL_RINGING && status >= 400 && status < 700) {
        refuse(a, status);
    }
}

void agent_hang_up(struct agent *a, usec_t now)
{
    agent_told(a, now);
    if (!agent_call_is(a)) {
        return;
    }
    if (a->calling->phase == CALL_RINGING) {
        refuse(a, 486);
    } else {
        bye(a);
    }
}

/* -- time */

static void is_over(struct agent *a)
{
    switch (a->calling->phase) {
    case CALL_RINGING:
        refuse(a, 480);
        break;
    case CALL_ANSWERED: /* no ACK came (13.3.1.4) */
        bye(a);
        break;
    case CALL_TALKING:
        break;
    case CALL_REFUSED:
    case CALL_LEAVING:
        agent_call_drop(a);
        break;
    }
}

void agent_call_on_time(struct agent *a)
{
    struct agent_calling *c = a->calling;
    if (!c) {
        return;
    }
    if (c->over != USEC_NONE && c->over <= a->now) {
        is_over(a);
    } else if (c->again != USEC_NONE && c->again <= a->now) {
        usec_t most = (usec_t)a->cfg->t2_ms * USEC_MS;
        c->step = 2 * c->step < most ? 2 * c->step : most;
        c->again = a->now + c->step;
        if (c->phase == CALL_LEAVING) {
            agent_talk_bye(a);
        } else {
            agent_talk_respond(a);
        }
    }
}

usec_t agent_call_deadline(const struct agent *a)
{
    return a->calling ? sooner(a->calling->again, a->calling->over) : USEC_NONE;
}
