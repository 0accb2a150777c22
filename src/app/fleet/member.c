/* One phone of the fleet: its agent's wishes carried out, and what came of them counted. */
#include <stdio.h>

#include "app/fleet/inside.h"
#include "base/random.h"

enum err member_init(struct worker *w, struct member *m, uint64_t k)
{
    const struct fleet_cfg *cfg = &w->fleet->cfg;
    uint64_t random = cfg->seed + k * UINT64_C(0x9e3779b97f4a7c15);
    (void)snprintf(m->user, sizeof m->user, "%llu", (unsigned long long)cfg->first_user + k);
    m->line = (struct agent_line){.user = str_z(m->user), .mac = fleet_mac(cfg->seed, k)};
    if (!secrets_password(cfg->secrets, m->line.user, &m->line.password)) {
        return ERR_MISSING;
    }
    for (unsigned i = 0; i < sizeof m->line.uuid; i++) {
        m->line.uuid[i] = (uint8_t)random_next(&random);
    }
    m->worker = w;
    m->socket = (uint8_t)(m->number % cfg->froms);
    m->asked = USEC_NONE;
    agent_init(&m->agent, &w->fleet->agent, &m->line, w->work, NULL, random_next(&random));
    index_add(&w->by_user, m->number, (uint32_t)hash_str(&w->key, m->line.user));
    return ERR_OK;
}

/* -- counting */

static void settled(struct worker *w, struct member *m)
{
    if (!m->was_up && !m->failed) {
        w->settled++;
    }
}

static void went_up(struct worker *w, struct member *m, usec_t now)
{
    if (m->asked != USEC_NONE) {
        spread_add(&w->tally.spread[TALLY_REGISTER], (uint64_t)(now - m->asked));
        m->asked = USEC_NONE;
    }
    if (m->up) {
        w->tally.count[TALLY_REFRESHED]++;
        return;
    }
    settled(w, m);
    m->up = true;
    w->tally.up++;
    if (m->due != USEC_NONE) { /* the first since it began */
        spread_add(&w->tally.spread[TALLY_DIAL_TONE], (uint64_t)(now - m->due));
        w->tally.count[TALLY_REGISTERED]++;
        m->due = USEC_NONE;
    }
    m->was_up = true;
}

static void failed(struct worker *w, struct member *m, enum agent_why why)
{
    static const enum tally_count counts[] = {
        [AGENT_WELL] = TALLY_REFUSED,     [AGENT_REFUSED] = TALLY_REFUSED,
        [AGENT_SILENCE] = TALLY_SILENT,   [AGENT_BROKEN] = TALLY_BROKEN,
        [AGENT_NAMES] = TALLY_UNRESOLVED, [AGENT_SECRET] = TALLY_REFUSED,
    };
    m->asked = USEC_NONE;
    w->tally.count[counts[why]]++;
    settled(w, m);
    m->failed = true;
    if (m->up) {
        m->up = false;
        w->tally.up--;
        w->tally.count[TALLY_LOST]++;
    }
}

static void on_state(struct worker *w, struct member *m, const struct agent_action *act, usec_t now)
{
    switch (act->state) {
    case AGENT_REGISTERED:
        went_up(w, m, now);
        break;
    case AGENT_WAITING:
    case AGENT_STOPPED:
        failed(w, m, act->why);
        break;
    case AGENT_SENT:
        m->asked = now;
        break;
    case AGENT_IDLE:
    case AGENT_RESOLVING:
    case AGENT_CONNECTING:
    case AGENT_LEAVING:
        break;
    }
}

/* -- what the agent wants */

void member_cut(struct member *m)
{
    struct stream *s = m->stream;
    m->stream = NULL;
    if (s) {
        stream_end(s);
    }
}

static void open_way(struct worker *w, struct member *m, const struct agent_action *act, usec_t now)
{
    if (!w->streams) {
        w->tally.count[TALLY_CONNECTED]++;
        agent_on_open(&m->agent, w->local[m->socket], now);
        return;
    }
    char name[SELECT_NAME_MOST + 1];
    (void)snprintf(name, sizeof name, "%.*s", STR_ARG(act->text));
    member_cut(m);
    if (stream_connect(w->streams, w->way, act->peer, w->local[m->socket], name, m, &m->stream) !=
        ERR_OK) {
        m->stream = NULL;
        agent_on_closed(&m->agent, now);
    }
}

static void send_bytes(struct worker *w, struct member *m, const struct agent_action *act)
{
    if (m->stream) {
        stream_send(m->stream, act->text);
    } else if (!w->streams) {
        udp_send(w->udp[m->socket], act->peer, (struct endpoint){0}, act->text);
    }
}

static void carry_out(struct worker *w, struct member *m, const struct agent_action *act,
                      usec_t now)
{
    switch (act->what) {
    case AGENT_ASK:
        agent_on_answer(&m->agent, SELECT_REFUSED, STR(""), now);
        break;
    case AGENT_OPEN:
        open_way(w, m, act, now);
        break;
    case AGENT_SEND:
        send_bytes(w, m, act);
        break;
    case AGENT_STATE:
        on_state(w, m, act, now);
        break;
    case AGENT_CALL:
        if (act->call == AGENT_RINGING) {
            agent_refuse(&m->agent, 486, now);
        }
        break;
    case AGENT_CLOSE:
        member_cut(m);
        break;
    case AGENT_NOTIFY:
        break;
    }
}

void member_settle(struct worker *w, struct member *m, usec_t now)
{
    struct agent_action act;
    while (agent_next(&m->agent, &act)) {
        carry_out(w, m, &act, now);
    }
    usec_t wakes = agent_deadline(&m->agent);
    if (wakes == USEC_NONE) {
        wheel_unset(&w->wheel, &m->timer);
    } else if (wakes != m->wakes || !wheel_has(&m->timer)) {
        wheel_set(&w->wheel, &m->timer, wakes);
    }
    m->wakes = wakes;
}

void member_start(struct worker *w, struct member *m, usec_t due, usec_t now)
{
    spread_add(&w->tally.spread[TALLY_LATE], (uint64_t)(now > due ? now - due : 0));
    w->tally.count[TALLY_BEGUN]++;
    m->due = due;
    m->begun = true;
    agent_start(&m->agent, now);
    member_settle(w, m, now);
}

void member_on_time(struct worker *w, struct member *m, usec_t now)
{
    /* A tick of the wheel is no lateness. */
    usec_t late = now - m->wakes - w->wheel.tick;
    spread_add(&w->tally.spread[TALLY_LATE], (uint64_t)(late > 0 ? late : 0));
    agent_on_time(&m->agent, now);
    member_settle(w, m, now);
}

/* -- whose message it is */

/* The user of To: the phone's own in an answer to its REGISTER and in a request to it. */
static struct str user_of(struct str message)
{
    size_t at = str_ifind(message, STR("\nTo:"));
    if (at == STR_NPOS) {
        at = str_ifind(message, STR("\nt:"));
    }
    if (at == STR_NPOS) {
        return STR("");
    }
    struct str line = str_head(str_from(message, at), FLEET_TEXT);
    size_t sip = str_ifind(line, STR("sip"));
    struct str rest = sip == STR_NPOS ? STR("") : str_from(line, sip);
    size_t colon = str_chr(rest, ':');
    rest = colon == STR_NPOS ? STR("") : str_from(rest, colon + 1);
    size_t end = str_chr(rest, '@');
    return end == STR_NPOS ? STR("") : str_head(rest, end);
}

struct member *member_find(struct worker *w, struct str message)
{
    struct str user = user_of(message);
    uint32_t hash = (uint32_t)hash_str(&w->key, user);
    for (uint32_t at = index_first(&w->by_user, hash); at; at = index_next(&w->by_user, at)) {
        struct member *m = rows_at(&w->members, at - 1);
        if (str_eq(m->line.user, user)) {
            return m;
        }
    }
    return NULL;
}

void member_on_datagram(void *ctx, struct udp *u, struct endpoint peer, struct endpoint local,
                        struct str bytes)
{
    struct worker *w = ctx;
    struct member *m = member_find(w, bytes);
    (void)u;
    (void)peer;
    (void)local;
    if (m && m->begun) {
        usec_t now = loop_now(w->loop);
        agent_on_bytes(&m->agent, bytes, now);
        member_settle(w, m, now);
    }
}

/* -- connections: what was given up by the phone is no longer its own */

static void *on_opened(void *server_ctx, struct stream *s)
{
    struct worker *w = server_ctx;
    struct member *m = stream_ctx(s);
    if (m->stream == s) {
        usec_t now = loop_now(w->loop);
        w->tally.count[TALLY_CONNECTED]++;
        agent_on_open(&m->agent, stream_local(s), now);
        member_settle(w, m, now);
    }
    return m;
}

static size_t on_bytes(void *ctx, struct stream *s, struct str bytes)
{
    struct member *m = ctx;
    struct worker *w = m->worker;
    if (m->stream == s) {
        usec_t now = loop_now(w->loop);
        agent_on_bytes(&m->agent, bytes, now);
        member_settle(w, m, now);
    }
    return bytes.len;
}

static void gone(struct worker *w, struct member *m, const struct stream *s)
{
    if (m->stream == s) {
        usec_t now = loop_now(w->loop);
        m->stream = NULL;
        agent_on_closed(&m->agent, now);
        member_settle(w, m, now);
    }
}

static void on_closed(void *ctx, struct stream *s, const char *why)
{
    struct member *m = ctx;
    (void)why;
    gone(m->worker, m, s);
}

static void on_unshaken(void *server_ctx, struct stream *s, const char *reason, const char *text)
{
    (void)reason;
    (void)text;
    gone(server_ctx, stream_ctx(s), s);
}

const struct stream_on member_on_stream = {
    .opened = on_opened, .bytes = on_bytes, .closed = on_closed, .unshaken = on_unshaken};
