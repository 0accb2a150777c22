/* The user agent of a line: its life, and what is told to it. */
#include <stdlib.h>

#include "flow/agent/inside.h"

void agent_cfg_usual(struct agent_cfg *cfg)
{
    *cfg = (struct agent_cfg){
        .registers = true,
        .name_validate = true,
        .auth_notify = true,
        .language = STR("en"),
        .expires = 3600,
        .expires_least = 1,
        .expires_most = 7200,
        .retry = 30,
        .retry_long = 1200,
        .auths_most = 2,
        .redirects_most = 5,
        .t1_ms = 500,
        .t2_ms = 4000,
        .t4_ms = 5000,
        .timer_f_ms = 16000,
        .sip_port = 5060,
        .tcp_port_least = 5060,
        .tcp_port_most = 5080,
    };
    cfg->servers.fallback = 3600;
}

/* -- what agents of a thread share */

enum err agent_work_new(struct agent_work **ret)
{
    struct agent_work *w = calloc(1, sizeof *w);
    char *p = malloc(WORK_TEXT);
    if (!w || !p) {
        free(w);
        free(p);
        return ERR_MEMORY;
    }
    w->text = (struct buf){.p = p, .cap = WORK_TEXT, .limit = WORK_TEXT};
    *ret = w;
    return ERR_OK;
}

void agent_work_free(struct agent_work *work)
{
    if (work) {
        buf_clear(&work->text);
        free(work);
    }
}

/* What was told before and not taken stays only where it is this agent's own. */
void agent_told(struct agent *a, usec_t now)
{
    struct agent_work *w = a->work;
    a->now = now;
    if (w->owner != a || w->taken == w->n) {
        w->owner = a;
        w->n = w->taken = 0;
        buf_reset(&w->text);
    }
}

struct sink agent_out(struct agent *a)
{
    return buf_sink(&a->work->text);
}

struct agent_action *agent_push(struct agent *a, enum agent_do what)
{
    struct agent_work *w = a->work;
    struct agent_action *to = &w->queue[w->n < WORK_QUEUE ? w->n++ : WORK_QUEUE - 1];
    *to = (struct agent_action){.what = what, .until = USEC_NONE};
    return to;
}

void agent_send(struct agent *a, struct sink *s, size_t from)
{
    struct buf *b = &a->work->text;
    if (s->err != ERR_OK || !a->open) {
        b->len = from;
        return;
    }
    struct agent_action *to = agent_push(a, AGENT_SEND);
    to->transport = (enum select_transport)a->transport;
    to->peer = a->peer;
    to->text = str_of(b->p + from, b->len - from);
    if (a->scribe && a->cfg->message && to->text.len > 4) {
        static const struct str name[] = {STR_INIT("UDP"), STR_INIT("TCP"), STR_INIT("TLS")};
        a->cfg->message(a->scribe, true, name[a->transport % 3], a->peer, to->text, a->now);
    }
}

void agent_disconnect(struct agent *a)
{
    if (a->open || a->opening) {
        (void)agent_push(a, AGENT_CLOSE);
    }
    a->open = a->opening = false;
    agent_stream_clear(a);
}

bool agent_next(struct agent *a, struct agent_action *ret_action)
{
    struct agent_work *w = a->work;
    if (w->owner != a || w->taken == w->n) {
        return false;
    }
    *ret_action = w->queue[w->taken++];
    return true;
}

/* -- life */

void agent_init(struct agent *a, const struct agent_cfg *cfg, const struct agent_line *line,
                struct agent_work *work, struct scribe *scribe, uint64_t seed)
{
    *a = (struct agent){.cfg = cfg,
                        .line = line,
                        .work = work,
                        .scribe = scribe,
                        .random = seed,
                        .expires = cfg->expires,
                        .registered_at = USEC_NONE};
    usec_t *const times[] = {&a->timer_e, &a->timer_f, &a->refresh,
                             &a->expiry,  &a->retry,   &a->alive};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        *times[i] = USEC_NONE;
    }
    a->tag = random_next(&a->random);
    a->call_id[0] = (uint32_t)random_next(&a->random);
    a->call_id[1] = (uint32_t)random_next(&a->random);
    a->session = (uint32_t)random_next(&a->random);
    a->cseq = 1 + random_below(&a->random, 60000);
    select_init(&a->select, &cfg->servers, scribe, random_next(&a->random));
}

void agent_clear(struct agent *a)
{
    agent_call_drop(a);
    agent_stream_clear(a);
    select_clear(&a->select);
    if (a->auth) {
        memset(a->auth, 0, a->auth_room);
    }
    free(a->auth);
    a->auth = NULL;
    a->auth_len = a->auth_room = 0;
    if (a->work && a->work->owner == a) {
        a->work->owner = NULL;
    }
}

/* -- what is told to it */

void agent_start(struct agent *a, usec_t now)
{
    agent_told(a, now);
    agent_register_begin(a);
}

void agent_leave(struct agent *a, usec_t now)
{
    agent_told(a, now);
    agent_register_leave(a);
}

void agent_on_answer(struct agent *a, enum select_heard heard, struct str bytes, usec_t now)
{
    agent_told(a, now);
    select_on_answer(&a->select, heard, bytes, now);
    agent_register_on_names(a);
}

void agent_on_open(struct agent *a, struct endpoint local, usec_t now)
{
    agent_told(a, now);
    if (a->opening) {
        a->opening = false;
        a->open = true;
        a->local = local;
        a->alive = a->cfg->alive ? now + (usec_t)a->cfg->alive * USEC_S : USEC_NONE;
        agent_register_on_open(a);
    }
}

void agent_on_closed(struct agent *a, usec_t now)
{
    agent_told(a, now);
    if (a->open || a->opening) {
        a->open = a->opening = false;
        a->alive = USEC_NONE;
        agent_stream_clear(a);
        agent_register_on_closed(a);
    }
}

void agent_on_bytes(struct agent *a, struct str bytes, usec_t now)
{
    agent_told(a, now);
    if (!a->open) {
        return;
    }
    if (a->transport == SELECT_UDP) {
        agent_message_on(a, bytes);
    } else {
        agent_stream_on_bytes(a, bytes);
    }
}

/* -- time */

static void keep_alive(struct agent *a)
{
    a->alive = a->now + (usec_t)a->cfg->alive * USEC_S;
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    switch (a->cfg->alive_with) {
    case AGENT_ALIVE_NOTIFY:
        agent_write_alive(a, &s);
        agent_send(a, &s, from);
        break;
    case AGENT_ALIVE_REGISTER:
        a->refresh = a->state == AGENT_REGISTERED ? a->now : a->refresh;
        break;
    case AGENT_ALIVE_BLANK:
        sink_str(&s, STR("\r\n\r\n"));
        agent_send(a, &s, from);
        break;
    }
}

void agent_on_time(struct agent *a, usec_t now)
{
    agent_told(a, now);
    if (a->alive != USEC_NONE && a->alive <= now) {
        keep_alive(a);
    }
    agent_call_on_time(a);
    agent_register_on_time(a);
}

usec_t agent_deadline(const struct agent *a)
{
    return sooner(a->alive, sooner(agent_call_deadline(a), agent_register_deadline(a)));
}
