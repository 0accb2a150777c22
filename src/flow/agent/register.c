/* Registering and staying registered (RFC 3261 10.2, 17.1.2; MPP administration guide for servers and intervals). */
#include "flow/agent/inside.h"
#include "proto/sip/sip_contact.h"

static void proceed(struct agent *a);

/* The one writer of the state. */
static void state_set(struct agent *a, enum agent_state state, enum agent_why why, unsigned status,
                      usec_t until)
{
    a->state = (uint8_t)state;
    a->why = (uint8_t)why;
    a->status = (uint16_t)status;
    struct agent_action *to = agent_push(a, AGENT_STATE);
    to->state = state;
    to->why = why;
    to->status = status;
    to->until = until;
}

static void timers_stop(struct agent *a)
{
    a->timer_e = a->timer_f = a->refresh = a->retry = USEC_NONE;
}

/* What was wanted is done, or never will be: nothing stays open. */
static void stop(struct agent *a, enum agent_why why, unsigned status)
{
    agent_disconnect(a);
    state_set(a, AGENT_STOPPED, why, status, USEC_NONE);
}

/* -- one REGISTER */

static void transmit(struct agent *a)
{
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    agent_write_register(a, &s, a->leaving ? 0 : a->expires, str_of(a->auth, a->auth_len));
    agent_send(a, &s, from);
}

/* A new transaction; with a->auth where there is one (17.1.2.2: Timer E over UDP only). */
static void request(struct agent *a)
{
    const struct agent_cfg *c = a->cfg;
    a->cseq++;
    a->branch = (uint32_t)(random_next(&a->random) >> 32);
    timers_stop(a);
    a->timer_e_step = (usec_t)c->t1_ms * USEC_MS;
    a->timer_e = a->transport == SELECT_UDP ? a->now + a->timer_e_step : USEC_NONE;
    a->timer_f = a->now + (usec_t)c->timer_f_ms * USEC_MS;
    transmit(a);
}

static void request_first(struct agent *a)
{
    a->auth_len = 0;
    a->auths = 0;
    state_set(a, a->leaving ? AGENT_LEAVING : AGENT_SENT, AGENT_WELL, 0, USEC_NONE);
    request(a);
}

/* -- how it ends */

static void fail(struct agent *a, enum agent_why why, unsigned status, uint32_t after)
{
    timers_stop(a);
    a->auth_len = 0;
    select_go_home(&a->select);
    a->failures = a->failures < UINT8_MAX ? (uint8_t)(a->failures + 1) : UINT8_MAX;
    usec_t delay = agent_retry_delay(a, why, status, after);
    if (a->leaving || delay == USEC_NONE) {
        stop(a, why, status);
        return;
    }
    a->retry = a->now + delay;
    state_set(a, AGENT_WAITING, why, status, a->retry);
}

void agent_register_lost(struct agent *a, enum agent_why why, unsigned status)
{
    struct select_server next;
    timers_stop(a);
    if (why == AGENT_SILENCE && a->transport != SELECT_UDP) {
        agent_disconnect(a); /* nothing more is hoped of that connection */
    }
    select_down(&a->select, a->now);
    select_go_home(&a->select);
    if (a->leaving || !select_pick(&a->select, &next)) {
        fail(a, why, status, 0);
        return;
    }
    a->why = (uint8_t)why;
    a->status = (uint16_t)status;
    proceed(a);
}

static void done(struct agent *a, const struct sip_msg *msg)
{
    timers_stop(a);
    a->auth_len = 0;
    if (a->leaving) {
        a->granted = 0;
        a->expiry = USEC_NONE;
        stop(a, AGENT_WELL, msg->status);
        return;
    }
    a->granted = agent_granted_read(a, msg);
    if (a->granted == 0) {
        fail(a, AGENT_REFUSED, msg->status, 0); /* a 200 without our contact binds nothing */
        return;
    }
    select_good(&a->select);
    a->failures = 0;
    a->registered_at = a->now;
    a->expiry = a->now + (usec_t)a->granted * USEC_S;
    a->refresh = a->now + agent_refresh_delay(a->cfg, a->granted);
    state_set(a, AGENT_REGISTERED, AGENT_WELL, msg->status, a->refresh);
}

/* -- the way to a server */

static void connect(struct agent *a, const struct select_server *to)
{
    const struct agent_cfg *c = a->cfg;
    bool udp = to->transport == SELECT_UDP;
    bool same =
        a->open && a->transport == (uint8_t)to->transport && (udp || endpoint_eq(a->peer, to->at));
    if (!same) {
        agent_disconnect(a);
    }
    a->peer = to->at;
    a->transport = (uint8_t)to->transport;
    if (same) {
        request_first(a);
        return;
    }
    a->opening = true;
    state_set(a, AGENT_CONNECTING, (enum agent_why)a->why, a->status, USEC_NONE);
    struct agent_action *open = agent_push(a, AGENT_OPEN);
    open->transport = to->transport;
    open->peer = to->at;
    open->text = c->name_validate && to->transport == SELECT_TLS ? to->name : str_of(NULL, 0);
    open->port_least = udp ? c->sip_port : c->tcp_port_least;
    open->port_most = udp ? c->sip_port : c->tcp_port_most;
}

static void follow(struct agent *a)
{
    struct select_question question;
    struct select_server server;
    if (select_ask(&a->select, &question)) {
        if (a->state != AGENT_RESOLVING) {
            state_set(a, AGENT_RESOLVING, (enum agent_why)a->why, a->status, USEC_NONE);
        }
        struct agent_action *ask = agent_push(a, AGENT_ASK);
        ask->text = question.name;
        ask->type = question.type;
    } else if (select_state(&a->select) == SELECT_FAILED) {
        fail(a, AGENT_NAMES, 0, 0);
    } else if (select_pick(&a->select, &server)) {
        connect(a, &server);
    } else {
        fail(a, (enum agent_why)a->why, a->status, 0);
    }
}

/* On to the server whose turn it is; its names are asked for where they are not known any more. */
static void proceed(struct agent *a)
{
    if (select_begin(&a->select, a->now) == ERR_OK) {
        follow(a);
    } else {
        fail(a, AGENT_NAMES, 0, 0);
    }
}

void agent_register_begin(struct agent *a)
{
    timers_stop(a);
    a->redirects = a->briefs = 0;
    a->why = AGENT_WELL;
    a->status = 0;
    a->leaving = false;
    select_go_home(&a->select);
    if (a->cfg->registers) {
        proceed(a);
    }
}

void agent_register_leave(struct agent *a)
{
    bool bound = a->expiry != USEC_NONE && a->now < a->expiry;
    if (a->state == AGENT_STOPPED || a->state == AGENT_LEAVING) {
        return;
    }
    timers_stop(a);
    a->leaving = true;
    if (bound && a->open) {
        request_first(a);
    } else {
        stop(a, AGENT_WELL, 0);
    }
}

void agent_register_on_names(struct agent *a)
{
    if (a->state == AGENT_RESOLVING) {
        follow(a);
    }
}

void agent_register_on_open(struct agent *a)
{
    if (a->state == AGENT_CONNECTING) {
        request_first(a);
    }
}

/* The end of a connection is the end of its server (MPP administration guide, "TCP disconnect"). */
void agent_register_on_closed(struct agent *a)
{
    switch ((enum agent_state)a->state) {
    case AGENT_CONNECTING:
    case AGENT_SENT:
    case AGENT_REGISTERED:
    case AGENT_LEAVING:
        agent_register_lost(a, AGENT_BROKEN, 0);
        break;
    case AGENT_IDLE:
    case AGENT_RESOLVING:
    case AGENT_WAITING:
    case AGENT_STOPPED:
        break;
    }
}

/* -- what a server answers */

static void on_challenge(struct agent *a, const struct sip_msg *msg)
{
    char uri[SELECT_NAME_MOST + 8];
    bool proxy = msg->status == 407;
    struct str domain = a->cfg->domain;
    bool again = a->auths > 0 && !agent_auth_stale(msg, proxy);
    if (again || a->auths >= a->cfg->auths_most || domain.len > SELECT_NAME_MOST) {
        fail(a, AGENT_SECRET, msg->status, 0);
        return;
    }
    memcpy(uri, "sip:", 4);
    memcpy(uri + 4, domain.p, domain.len);
    if (!agent_auth_answer(a, msg, proxy, STR("REGISTER"), str_of(uri, domain.len + 4))) {
        fail(a, AGENT_SECRET, msg->status, 0);
        return;
    }
    a->auths++;
    a->proxy_auth = proxy;
    request(a);
}

/* 423: once more with what the server wants, within Reg_Min_Expires and Reg_Max_Expires. */
static bool on_brief(struct agent *a, const struct sip_msg *msg)
{
    const struct agent_cfg *c = a->cfg;
    uint32_t least = 0;
    struct err_at at;
    if (a->briefs > 0 || a->leaving ||
        sip_seconds_read(sip_value(msg, SIP_MIN_EXPIRES), &least, &at) != ERR_OK) {
        return false;
    }
    least = least < c->expires_least ? c->expires_least : least;
    least = least > c->expires_most ? c->expires_most : least;
    if (least <= a->expires) {
        return false;
    }
    a->briefs++;
    a->expires = least;
    request_first(a);
    return true;
}

/* "sip:host:port;transport=tcp" of the first contact. */
static bool redirection_read(const struct agent *a, const struct sip_msg *msg,
                             struct str *ret_hostport, enum select_transport *ret_transport)
{
    struct str rest = sip_value(msg, SIP_CONTACT);
    struct sip_contact c;
    struct sip_uri uri;
    struct sip_param p;
    struct err_at at;
    if (sip_contact_next(&rest, SIP_LENIENT, &c, &at) != ERR_OK || c.star ||
        sip_uri_read(c.addr.uri, &uri, &at) != ERR_OK || !uri.sip) {
        return false;
    }
    /* Host and port stand together in the URI, in front of its parameters. */
    const char *begin = uri.ip6 ? uri.host.p - 1 : uri.host.p;
    const char *end = uri.params.len    ? uri.params.p
                      : uri.headers.len ? uri.headers.p - 1
                                        : c.addr.uri.p + c.addr.uri.len;
    *ret_hostport = str_of(begin, (size_t)(end - begin));
    *ret_transport = uri.secure ? SELECT_TLS : (enum select_transport)a->transport;
    if (sip_param_find(uri.params, STR("transport"), &p)) {
        *ret_transport = str_ieq(p.value, STR("tls"))   ? SELECT_TLS
                         : str_ieq(p.value, STR("tcp")) ? SELECT_TCP
                         : str_ieq(p.value, STR("udp")) ? SELECT_UDP
                                                        : *ret_transport;
    }
    return true;
}

/* 3xx: there instead, for this registration. The Request-URI stays: it names the registrar's domain (10.2). */
static bool on_redirect(struct agent *a, const struct sip_msg *msg)
{
    struct str hostport;
    enum select_transport transport;
    if (a->redirects >= a->cfg->redirects_most || a->leaving ||
        !redirection_read(a, msg, &hostport, &transport) ||
        select_redirect(&a->select, hostport, transport, a->now) != ERR_OK) {
        return false;
    }
    a->redirects++;
    timers_stop(a);
    a->auth_len = 0;
    follow(a);
    return true;
}

static void on_refusal(struct agent *a, const struct sip_msg *msg)
{
    uint32_t after = 0;
    struct err_at at;
    unsigned status = msg->status;
    if ((status == 423 && on_brief(a, msg)) || (status / 100 == 3 && on_redirect(a, msg))) {
        return;
    }
    if (sip_seconds_read(sip_value(msg, SIP_RETRY_AFTER), &after, &at) != ERR_OK) {
        after = 0;
    }
    if (agent_codes_have(a->cfg->backup_codes, status) && !a->leaving) {
        struct select_server next;
        select_down(&a->select, a->now);
        if (select_pick(&a->select, &next)) {
            a->why = AGENT_REFUSED;
            a->status = (uint16_t)status;
            timers_stop(a);
            proceed(a);
            return;
        }
    }
    fail(a, AGENT_REFUSED, status, after);
}

/* The server's half of the session is the first one of its answers (RFC 7989). */
static void session_take(struct agent *a, const struct sip_msg *msg)
{
    struct str value = sip_value(msg, SIP_SESSION_ID);
    uint8_t half[16];
    if (value.len < 32) {
        return;
    }
    for (size_t i = 0; i < 16; i++) {
        int high = ascii_hex(value.p[2 * i]), low = ascii_hex(value.p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return;
        }
        half[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(a->remote_session, half, sizeof half);
    a->has_remote = true;
}

void agent_register_on_response(struct agent *a, const struct sip_msg *msg, unsigned long cseq)
{
    if ((a->state != AGENT_SENT && a->state != AGENT_LEAVING) || cseq != a->cseq) {
        return;
    }
    session_take(a, msg);
    if (msg->status < 200) {
        a->timer_e_step = (usec_t)a->cfg->t2_ms * USEC_MS; /* 17.1.2.2, Proceeding */
    } else if (msg->status < 300) {
        done(a, msg);
    } else if (msg->status == 401 || msg->status == 407) {
        on_challenge(a, msg);
    } else {
        on_refusal(a, msg);
    }
}

/* -- time */

static void timer_e(struct agent *a)
{
    usec_t most = (usec_t)a->cfg->t2_ms * USEC_MS;
    a->timer_e_step = 2 * a->timer_e_step < most ? 2 * a->timer_e_step : most;
    a->timer_e = a->now + a->timer_e_step;
    transmit(a);
}

static bool is_due(const struct agent *a, usec_t when)
{
    return when != USEC_NONE && when <= a->now;
}

/* When to go back up while registered; not during a call. */
static usec_t back_at(const struct agent *a)
{
    bool may = a->state == AGENT_REGISTERED && !agent_call_is(a) && !select_back_waits(&a->select);
    return may ? select_back(&a->select) : USEC_NONE;
}

static void refresh(struct agent *a)
{
    if (!agent_call_is(a)) {
        select_return(&a->select, a->now);
    }
    agent_register_begin(a);
}

void agent_register_on_time(struct agent *a)
{
    switch ((enum agent_state)a->state) {
    case AGENT_SENT:
    case AGENT_LEAVING:
        if (is_due(a, a->timer_f)) {
            agent_register_lost(a, AGENT_SILENCE, 0);
        } else if (is_due(a, a->timer_e)) {
            timer_e(a);
        }
        break;
    case AGENT_REGISTERED:
        if (is_due(a, a->refresh) || is_due(a, back_at(a))) {
            refresh(a);
        }
        break;
    case AGENT_WAITING:
        if (is_due(a, a->retry)) {
            select_all_up(&a->select);
            agent_register_begin(a);
        }
        break;
    case AGENT_IDLE:
    case AGENT_RESOLVING:
    case AGENT_CONNECTING:
    case AGENT_STOPPED:
        break;
    }
}

usec_t agent_register_deadline(const struct agent *a)
{
    return sooner(sooner(a->timer_e, a->timer_f), sooner(sooner(a->refresh, a->retry), back_at(a)));
}
