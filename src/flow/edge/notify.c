/* NOTIFY to phones: client transactions over the flow of a binding (RFC 3261 17.1.2; RFC 5626 5.3), the phone's challenge answered
 * once (22.2), and what came of it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/esc.h"
#include "flow/edge/inside.h"
#include "proto/digest/digest.h"

enum { NOTICES_MOST = 4096, BRANCH_TEXT = 40 };

static const usec_t t1 = 500 * USEC_MS;
static const usec_t t2 = 4 * USEC_S;
static const usec_t timer_f = 32 * USEC_S; /* 64 * T1 */
static const struct str none = {NULL, 0};

struct notice {
    struct notice *next;
    struct arena mem; /* of ask, and the texts below */
    struct notice_ask ask;
    uint64_t number;
    char branch[BRANCH_TEXT]; /* made of the number, and of what nobody guesses */
    struct str bytes;         /* UDP: to be sent again */
    usec_t began, ends;
    usec_t again;  /* USEC_NONE: not */
    usec_t wait;   /* till the next but one */
    bool answered; /* the challenge was */
};

static struct str new_branch(struct edge *e, struct notice *n)
{
    int len = snprintf(n->branch, sizeof n->branch, "z9hG4bKdt%02xe%llx.%llx",
                       (unsigned)e->cfg.shard & 0xff, (unsigned long long)n->number,
                       (unsigned long long)(edge_random(e) >> 24));
    return str_of(n->branch, (size_t)len);
}

/* The number in a branch of new_branch. */
static bool number_of(struct str branch, uint64_t *ret_number)
{
    struct str rest = str_from(branch, sizeof "z9hG4bKdt00e" - 1);
    return str_hex64(str_cut(&rest, '.'), ret_number);
}

static void via_put(struct edge *e, struct sink *s, struct notice *n)
{
    static const char *const name[] = {
        [TRANSPORT_UDP] = "UDP", [TRANSPORT_TCP] = "TCP", [TRANSPORT_TLS] = "TLS"};
    char text[ENDPOINT_TEXT];
    struct str host = addr_unset(n->ask.local.ip) && e->cfg.n_domains
                          ? e->cfg.domains[0]
                          : endpoint_write(n->ask.local, text);
    sink_fmt(s, "Via: SIP/2.0/%s ", name[n->ask.flow.transport % 3]);
    sink_str(s, host.len ? host : STR("localhost"));
    sink_z(s, ";rport;branch=");
    sink_str(s, new_branch(e, n));
    sink_z(s, "\r\n");
}

static void write_out(struct edge *e, struct sink *s, struct notice *n, struct str credentials,
                      bool proxy)
{
    const struct notice_ask *a = &n->ask;
    sink_z(s, "NOTIFY ");
    sink_str(s, a->uri);
    sink_z(s, " SIP/2.0\r\n");
    via_put(e, s, n);
    sip_field_put(s, SIP_FROM, a->from);
    sip_field_put(s, SIP_TO, a->to);
    sip_field_put(s, SIP_CALL_ID, a->call_id);
    sip_field_fmt(s, SIP_CSEQ, "%u NOTIFY", a->cseq);
    sip_field_put(s, SIP_MAX_FORWARDS, STR("70"));
    sink_z(s, "Contact: ");
    reply_contact(e, s, &a->flow, a->local);
    sink_z(s, "\r\n");
    sink_str(s, a->fields);
    if (e->cfg.server.len) {
        sip_field_put(s, SIP_USER_AGENT, e->cfg.server);
    }
    if (credentials.len) {
        sip_field_put(s, proxy ? SIP_PROXY_AUTHORIZATION : SIP_AUTHORIZATION, credentials);
    }
    sip_field_fmt(s, SIP_CONTENT_LENGTH, "%zu", a->body.len);
    sink_z(s, "\r\n");
    sink_str(s, a->body);
}

static void send(struct edge *e, struct notice *n, struct str credentials, bool proxy)
{
    struct sink s = edge_out_sink(e);
    size_t start = e->out.text.len;
    write_out(e, &s, n, credentials, proxy);
    if (s.err != ERR_OK) {
        e->out.text.len = start;
        return;
    }
    if (n->ask.flow.transport == TRANSPORT_UDP) {
        n->bytes = arena_str(&n->mem, str_from(buf_str(&e->out.text), start));
        n->again = e->now + t1;
        n->wait = 2 * t1;
    } else {
        n->again = USEC_NONE;
    }
    n->ends = e->now + timer_f;
    e->notices.due = sooner(e->notices.due, sooner(n->again, n->ends));
    edge_out_send(e, &n->ask.flow, start);
}

static void tell(struct edge *e, const struct notice_ask *ask, struct str state, unsigned status,
                 struct str reason, usec_t began)
{
    struct told t;
    if (ask->user.len == 0) {
        return;
    }
    told_begin(&t, FACT_EDGE_NOTIFIED, state);
    told_text(&t, FIELD_KEY, ask->event);
    if (status) {
        told_number(&t, FIELD_STATUS, status);
        told_text(&t, FIELD_REASON, reason);
    }
    told_user(&t, ask->user, accounts_find(e->accounts, ask->user));
    told_flow(&t, &ask->flow);
    told_number(&t, FIELD_MS, (e->now - began) / USEC_MS);
    told_end(e, &t);
}

static void drop(struct edge *e, struct notice **at)
{
    struct notice *n = *at;
    *at = n->next;
    if (--e->notices.n == 0) {
        e->notices.due = USEC_NONE;
    }
    arena_clear(&n->mem);
    free(n);
}

static void keep(struct arena *mem, struct str *s)
{
    *s = arena_str(mem, *s);
}

void notice_send(struct edge *e, const struct notice_ask *ask)
{
    struct notice *n = e->notices.n < NOTICES_MOST ? calloc(1, sizeof *n) : NULL;
    if (!n) {
        e->count[EDGE_DROPPED_FULL]++;
        return;
    }
    arena_init(&n->mem, 0);
    n->ask = *ask;
    struct str *texts[] = {&n->ask.user, &n->ask.event,   &n->ask.uri,    &n->ask.from,
                           &n->ask.to,   &n->ask.call_id, &n->ask.fields, &n->ask.body};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        keep(&n->mem, texts[i]);
    }
    n->began = e->now;
    n->number = e->notices.made++;
    struct notice **first = &e->notices.list[n->number % NOTICE_LISTS];
    n->next = *first;
    *first = n;
    e->notices.n++;
    send(e, n, none, false);
}

/* -- Answers */

/* The first challenge that the account's HA1 can answer: it is for our realm (README, 11). */
static bool challenge_find(const struct edge *e, const struct sip_msg *msg, bool proxy,
                           const struct account *a, struct digest *ret, struct str *ret_ha1,
                           char hex[DIGEST_HEX])
{
    static const char digit[] = "0123456789abcdef";
    enum sip_header id = proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE;
    const struct sip_field *f = sip_find(msg, id);
    for (; f; f = sip_find_next(msg, f)) {
        struct err_at at;
        enum digest_algorithm algorithm;
        bool sess;
        size_t len = 0;
        if (digest_read(f->value, ret, &at) != ERR_OK || !digest_answerable(ret) ||
            !str_eq(ret->realm, e->cfg.realm) ||
            !digest_algorithm_read(ret->algorithm.p ? ret->algorithm : STR("MD5"), &algorithm,
                                   &sess)) {
            continue;
        }
        const uint8_t *ha1 = account_ha1(a, algorithm, &len);
        for (size_t i = 0; ha1 && i < len; i++) {
            hex[2 * i] = digit[ha1[i] >> 4];
            hex[2 * i + 1] = digit[ha1[i] & 15];
        }
        if (ha1) {
            *ret_ha1 = str_of(hex, 2 * len);
            return true;
        }
    }
    return false;
}

static bool answer(struct edge *e, struct notice *n, const struct sip_msg *msg)
{
    struct digest challenge;
    char hex[DIGEST_HEX];
    char cnonce[24];
    bool proxy = msg->status == 407;
    const struct account *a = n->ask.user.len ? accounts_find(e->accounts, n->ask.user) : NULL;
    struct digest_answer how = {.method = STR("NOTIFY"), .uri = n->ask.uri, .count = 1};
    if (!a || n->answered || !challenge_find(e, msg, proxy, a, &challenge, &how.ha1, hex)) {
        return false;
    }
    snprintf(cnonce, sizeof cnonce, "%016llx", (unsigned long long)edge_random(e));
    how.cnonce = str_z(cnonce);
    how.username = a->auth.len ? a->auth : a->user;
    struct buf b = {.limit = 4096};
    struct sink s = buf_sink(&b);
    n->answered = true;
    n->ask.cseq++;
    enum err err = digest_answer_write(e->cfg.crypto, &challenge, &how, &s);
    if (err == ERR_OK) {
        send(e, n, buf_str(&b), proxy);
    }
    buf_clear(&b);
    return err == ERR_OK;
}

static void on_answer(struct edge *e, struct notice **at, const struct sip_msg *msg)
{
    struct notice *n = *at;
    if (msg->status < 200) {
        n->wait = t2;
        return;
    }
    if ((msg->status == 401 || msg->status == 407) && answer(e, n, msg)) {
        return;
    }
    bool ok = msg->status < 300;
    e->count[ok ? EDGE_NOTIFY_OK : EDGE_NOTIFY_REFUSED]++;
    tell(e, &n->ask, ok ? STR("ok") : STR("refused"), msg->status, msg->reason, n->began);
    drop(e, at);
}

bool notice_on_response(struct edge *e, const struct sip_msg *msg)
{
    struct sip_via via;
    struct err_at at_err;
    uint64_t number;
    if (sip_via_read(sip_value(msg, SIP_VIA), &via, &at_err) != ERR_OK ||
        !number_of(via.branch, &number)) {
        return false;
    }
    struct notice **at = &e->notices.list[number % NOTICE_LISTS];
    for (; *at; at = &(*at)->next) {
        if (str_eq(via.branch, str_z((*at)->branch))) {
            on_answer(e, at, msg);
            return true;
        }
    }
    return false;
}

static void close_some(struct edge *e, struct notice **at, const struct flow *flow)
{
    while (*at) {
        if (!flow_same(&(*at)->ask.flow, flow)) {
            at = &(*at)->next;
            continue;
        }
        e->count[EDGE_NOTIFY_NO_FLOW]++;
        tell(e, &(*at)->ask, STR("no-flow"), 0, none, (*at)->began);
        drop(e, at);
    }
}

void notice_on_closed(struct edge *e, const struct flow *flow)
{
    for (size_t i = 0; e->notices.n && i < NOTICE_LISTS; i++) {
        close_some(e, &e->notices.list[i], flow);
    }
}

/* RFC 3261 17.1.2.2: Timer E, doubled up to T2. */
static void send_again(struct edge *e, struct notice *n)
{
    struct sink s = edge_out_sink(e);
    size_t start = e->out.text.len;
    sink_str(&s, n->bytes);
    edge_out_send(e, &n->ask.flow, start);
    n->again = e->now + n->wait;
    n->wait = 2 * n->wait < t2 ? 2 * n->wait : t2;
}

static void time_some(struct edge *e, struct notice **at)
{
    while (*at) {
        struct notice *n = *at;
        if (n->ends <= e->now) {
            e->count[EDGE_NOTIFY_SILENT]++;
            tell(e, &n->ask, STR("silent"), 0, none, n->began);
            drop(e, at);
            continue;
        }
        if (n->again != USEC_NONE && n->again <= e->now) {
            send_again(e, n);
        }
        e->notices.due = sooner(e->notices.due, sooner(n->again, n->ends));
        at = &n->next;
    }
}

void notice_on_time(struct edge *e)
{
    if (e->notices.due == USEC_NONE || e->now < e->notices.due) {
        return;
    }
    e->notices.due = USEC_NONE;
    for (size_t i = 0; e->notices.n && i < NOTICE_LISTS; i++) {
        time_some(e, &e->notices.list[i]);
    }
}

usec_t notice_deadline(const struct edge *e)
{
    return e->notices.due;
}

void notice_clear(struct edge *e)
{
    for (size_t i = 0; i < NOTICE_LISTS; i++) {
        while (e->notices.list[i]) {
            drop(e, &e->notices.list[i]);
        }
    }
}

/* -- Events that phones know */

static bool is_event(struct str event)
{
    static const struct str known[] = {STR_INIT("check-sync"), STR_INIT("resync"),
                                       STR_INIT("reboot_now"), STR_INIT("restart_now"),
                                       STR_INIT("report"),     STR_INIT("prt-gen"),
                                       STR_INIT("XML-service")};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_eq(event, known[i])) {
            return true;
        }
    }
    return false;
}

/* "XML-service URL": the phone opens the URL. */
static void event_fields(struct buf *fields, struct buf *body, struct str event, struct str url)
{
    struct sink f = buf_sink(fields);
    struct sink b = buf_sink(body);
    sink_z(&f, "Event: ");
    sink_str(&f, event);
    sink_z(&f, "\r\nSubscription-State: active\r\n");
    if (url.len) {
        sink_z(&f, "Content-Type: application/xml\r\n");
        sink_z(&b, "<CiscoIPPhoneExecute><ExecuteItem URL=\"");
        esc_html(&b, url);
        sink_z(&b, "\"/></CiscoIPPhoneExecute>\r\n");
    }
}

static void notify_one(struct edge *e, const struct account *a, const struct binding *b,
                       const struct notice_ask *what)
{
    struct notice_ask one = *what;
    struct notice_ask *ask = &one;
    char id[64];
    char to[ACCOUNT_USER_MOST + 320];
    char from[sizeof to + 32];
    struct str domain = e->cfg.n_domains ? e->cfg.domains[0] : STR("localhost");
    bool plain = a->user.len <= ACCOUNT_USER_MOST && domain.len < 256;
    int n = snprintf(id, sizeof id, "%016llx@%04x", (unsigned long long)edge_random(e),
                     (unsigned)e->cfg.node);
    ask->call_id = str_of(id, (size_t)n);
    n = plain ? snprintf(to, sizeof to, "<sip:%.*s@%.*s>", STR_ARG(a->user), STR_ARG(domain)) : 0;
    ask->to = str_of(to, (size_t)n);
    n = snprintf(from, sizeof from, "%.*s;tag=%08x", STR_ARG(ask->to),
                 (unsigned)(edge_random(e) >> 32));
    ask->from = str_of(from, (size_t)n);
    ask->user = a->user;
    ask->flow = b->flow;
    ask->uri = b->contact;
    ask->cseq = 1;
    if (b->flow.transport != TRANSPORT_UDP && b->flow.serial == 0) {
        e->count[EDGE_NOTIFY_NO_FLOW]++;
        tell(e, ask, STR("no-flow"), 0, none, e->now);
    } else {
        notice_send(e, ask);
    }
}

enum err edge_notify(struct edge *e, struct str user, struct str event, usec_t now)
{
    struct buf fields = {.limit = 4096};
    struct buf body = {.limit = 4096};
    struct str url = event;
    struct str name = str_cut(&url, ' ');
    struct account *a = accounts_find(e->accounts, user);
    edge_out_begin(e, now);
    if (!is_event(name) || (url.len && !sip_value_clean(url))) {
        return ERR_USAGE;
    }
    bind_expire(e);
    if (!a || !a->bindings) {
        return ERR_MISSING;
    }
    event_fields(&fields, &body, name, url);
    struct notice_ask ask = {.event = name, .fields = buf_str(&fields), .body = buf_str(&body)};
    for (uint32_t at = a->bindings; at; at = bindings_next(e->bindings, at)) {
        struct binding b;
        bindings_read(e->bindings, at, &b);
        notify_one(e, a, &b, &ask);
    }
    buf_clear(&fields);
    buf_clear(&body);
    return ERR_OK;
}
