/* The lines of a phone: their agents begun, told, asked what they want. */
#include "flow/handset/lines.h"

#include <stdlib.h>

#include "flow/handset/inside.h"

void handset_lines_clear(struct handset *h)
{
    for (unsigned i = 0; i < h->n_lines; i++) {
        struct handset_line *l = &h->line[i];
        if (l->connection) {
            struct handset_action *a = handset_push(h, HANDSET_CLOSE);
            if (a) {
                a->id = l->connection;
            }
        }
        agent_clear(&l->agent);
        free(l->cfg);
    }
    free(h->line);
    h->line = NULL;
    h->n_lines = h->to_start = 0;
}

static bool begin(struct handset *h, unsigned number, struct handset_line *l)
{
    l->cfg = calloc(1, sizeof *l->cfg);
    if (!l->cfg) {
        return false;
    }
    line_cfg(h, number, l->cfg);
    line_who(h, number, &l->line);
    l->question_until = USEC_NONE;
    agent_init(&l->agent, l->cfg, &l->line, h->cfg->agents, h->scribe, random_next(&h->random));
    return true;
}

/* They are started one after the other, as their actions are taken: agents share their working memory. */
void handset_voice(struct handset *h)
{
    unsigned n = 0;
    handset_lines_clear(h);
    for (unsigned i = 1; h->cfg->registers && i <= HANDSET_LINES; i++) {
        n += line_is_set(h, i);
    }
    h->line = n ? calloc(n, sizeof *h->line) : NULL;
    for (unsigned i = 1; h->line && i <= HANDSET_LINES && h->n_lines < n; i++) {
        if (line_is_set(h, i) && begin(h, i, &h->line[h->n_lines])) {
            h->n_lines++;
        }
    }
}

usec_t handset_lines_deadline(const struct handset *h)
{
    usec_t t = h->to_start < h->n_lines ? h->now : USEC_NONE;
    for (unsigned i = 0; i < h->to_start; i++) {
        t = handset_sooner(t, agent_deadline(&h->line[i].agent));
        t = handset_sooner(t, h->line[i].question_until);
    }
    return t;
}

static bool due(usec_t t, usec_t now)
{
    return t != USEC_NONE && t <= now;
}

/* One line at a time, for the sake of their working memory. */
void handset_lines_time(struct handset *h)
{
    for (unsigned i = 0; i < h->to_start; i++) {
        struct handset_line *l = &h->line[i];
        if (due(l->question_until, h->now)) {
            l->question = 0;
            l->question_until = USEC_NONE;
            agent_on_answer(&l->agent, SELECT_SILENT, STR(""), h->now);
            return;
        }
        if (due(agent_deadline(&l->agent), h->now)) {
            agent_on_time(&l->agent, h->now);
            return;
        }
    }
}

struct handset_line *handset_line_of(struct handset *h, uint32_t id, bool question)
{
    for (unsigned i = 0; id && i < h->n_lines; i++) {
        if ((question ? h->line[i].question : h->line[i].connection) == id) {
            return &h->line[i];
        }
    }
    return NULL;
}

/* -- stages: those of the first line */

static void failed(struct handset *h, const struct agent_action *a)
{
    enum stage s = a->why == AGENT_NAMES    ? STAGE_SRV
                   : a->why == AGENT_BROKEN ? STAGE_CONNECT
                                            : STAGE_REGISTER;
    if (a->why != AGENT_WELL) {
        handset_stage_end(h, s, STAGE_FAILED);
    }
}

static void stages(struct handset *h, struct handset_line *l, const struct agent_action *a)
{
    enum agent_state was = (enum agent_state)l->state;
    l->state = (uint8_t)a->state;
    if (l != h->line) {
        return;
    }
    if (was == AGENT_RESOLVING && (a->state == AGENT_CONNECTING || a->state == AGENT_SENT)) {
        handset_stage_end(h, STAGE_SRV, STAGE_OK);
    }
    if (was == AGENT_CONNECTING && a->state == AGENT_SENT) {
        handset_stage_end(h, STAGE_CONNECT, STAGE_OK);
    }
    switch (a->state) {
    case AGENT_RESOLVING:
        handset_stage(h, STAGE_SRV);
        break;
    case AGENT_CONNECTING:
        handset_stage(h, STAGE_CONNECT);
        break;
    case AGENT_SENT:
        handset_stage(h, STAGE_REGISTER);
        break;
    case AGENT_REGISTERED:
        handset_stage_end(h, STAGE_REGISTER, STAGE_OK);
        handset_stage_end(h, STAGE_REGISTERED, STAGE_OK);
        break;
    case AGENT_WAITING:
    case AGENT_STOPPED:
        failed(h, a);
        break;
    case AGENT_IDLE:
    case AGENT_LEAVING:
        break;
    }
}

/* -- what agents want */

static void open_it(struct handset *h, struct handset_line *l, const struct agent_action *a,
                    struct handset_action *to)
{
    if (l->connection) {
        struct handset_action *gone = handset_push(h, HANDSET_CLOSE);
        if (gone) {
            gone->id = l->connection;
        }
    }
    l->connection = handset_id(h);
    *to = (struct handset_action){
        .what = HANDSET_OPEN,
        .id = l->connection,
        .transport = a->transport,
        .peer = a->peer,
        .text = a->text,
        .port_least = a->port_least,
        .port_most = a->port_most,
        .tls_least = handset_tls_least(h),
        .tls_most = handset_tls_most(h),
    };
}

/* Moves `a` into *to, or into the queue; false: nothing to be handed out of it directly. */
static bool take(struct handset *h, struct handset_line *l, const struct agent_action *a,
                 struct handset_action *to)
{
    switch (a->what) {
    case AGENT_ASK:
        l->question = handset_id(h);
        l->question_until = h->now + (h->cfg->name_wait + 2) * USEC_S;
        handset_ask(h, l->question, a->text, a->type);
        return false;
    case AGENT_OPEN:
        open_it(h, l, a, to);
        return true;
    case AGENT_SEND:
        *to = (struct handset_action){
            .what = HANDSET_SEND, .id = l->connection, .text = a->text, .peer = a->peer};
        return l->connection != 0;
    case AGENT_CLOSE:
        *to = (struct handset_action){.what = HANDSET_CLOSE, .id = l->connection};
        l->connection = 0;
        return to->id != 0;
    case AGENT_STATE:
        stages(h, l, a);
        return false;
    case AGENT_NOTIFY:
        handset_obey(h, a->text, a->body);
        return false;
    case AGENT_CALL:
        *to = (struct handset_action){
            .what = HANDSET_MEDIA, .id = l->line.index + 1u, .call = a->call, .media = a->media};
        return true;
    }
    return false;
}

bool handset_lines_next(struct handset *h, struct handset_action *ret_action)
{
    struct agent_action a;
    for (unsigned i = 0; h->state == HANDSET_UP && i < h->n_lines; i++) {
        if (i == h->to_start) {
            h->to_start++;
            agent_start(&h->line[i].agent, h->now);
        }
        while (h->state == HANDSET_UP && i < h->n_lines && agent_next(&h->line[i].agent, &a)) {
            if (take(h, &h->line[i], &a, ret_action)) {
                return true;
            }
            if (h->out && handset_pop(h, ret_action)) {
                return true;
            }
        }
    }
    return false;
}

/* -- what agents are told */

static bool asks(const struct handset *h, uint32_t id)
{
    return h->job && h->job->id == id && (h->job->wait == JOB_NAME || h->job->wait == JOB_SRV_NAME);
}

void handset_answered(struct handset *h, uint32_t id, enum handset_heard heard, struct str bytes)
{
    static const enum select_heard as[] = {
        [HANDSET_ANSWERED] = SELECT_ANSWERED,
        [HANDSET_SILENT] = SELECT_SILENT,
        [HANDSET_REFUSED] = SELECT_REFUSED,
    };
    struct handset_line *l = handset_line_of(h, id, true);
    if (h->state != HANDSET_UP) {
        return;
    }
    if (l) {
        l->question = 0;
        l->question_until = USEC_NONE;
        agent_on_answer(&l->agent, as[heard], bytes, h->now);
    } else if (asks(h, id)) {
        job_answer(h, heard, bytes);
    }
}

void handset_on_answer(struct handset *h, uint32_t id, enum handset_heard heard, struct str bytes,
                       usec_t now)
{
    h->now = now;
    if (h->state != HANDSET_UP || !(handset_line_of(h, id, true) || asks(h, id))) {
        return;
    }
    handset_tell_answer(h, heard, bytes);
    if (heard == HANDSET_ANSWERED) {
        handset_cache_put(h, bytes);
    }
    handset_answered(h, id, heard, bytes);
}

void handset_on_open(struct handset *h, uint32_t id, struct endpoint local, usec_t now)
{
    struct handset_line *l = handset_line_of(h, id, false);
    h->now = now;
    if (l) {
        agent_on_open(&l->agent, local, now);
    }
}

void handset_on_closed(struct handset *h, uint32_t id, usec_t now)
{
    struct handset_line *l = handset_line_of(h, id, false);
    h->now = now;
    if (l) {
        l->connection = 0;
        agent_on_closed(&l->agent, now);
    }
}

void handset_on_bytes(struct handset *h, uint32_t id, struct str bytes, usec_t now)
{
    struct handset_line *l = handset_line_of(h, id, false);
    h->now = now;
    if (l) {
        agent_on_bytes(&l->agent, bytes, now);
    }
}

void handset_on_media(struct handset *h, uint32_t line, struct endpoint local, usec_t now)
{
    h->now = now;
    for (unsigned i = 0; i < h->n_lines; i++) {
        struct handset_line *l = &h->line[i];
        if (l->line.index + 1u == line && local.port) {
            agent_answer(&l->agent, local, now);
        } else if (l->line.index + 1u == line) {
            agent_refuse(&l->agent, 486, now);
        }
    }
}

bool handset_busy(const struct handset *h)
{
    for (unsigned i = 0; i < h->n_lines; i++) {
        if (h->line[i].agent.calling) {
            return true;
        }
    }
    return false;
}

bool handset_registered(const struct handset *h)
{
    bool any = false;
    for (unsigned i = 0; i < h->n_lines; i++) {
        bool registers = h->line[i].cfg->registers;
        any |= registers;
        if (registers && h->line[i].state != AGENT_REGISTERED) {
            return false;
        }
    }
    return any;
}
