/* A phone in virtual time, with name servers, web servers and a registrar that do as they are told: for the tests and the fuzz
 * target. */
#ifndef FLOW_HANDSET_FIXTURE_H
#define FLOW_HANDSET_FIXTURE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "flow/handset/handset.h"
#include "proto/dns/dns_write.h"
#include "proto/sip/sip.h"
#include "proto/sip/sip_reply.h"

enum { WORLD_TRACE = 64 * 1024, WORLD_TEXT = 8192, WORLD_EVENTS = 64 };

static inline void world_must(bool so, const char *what)
{
    if (!so) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

/* What a web server says of a URL that contains `part`: the first that fits. */
struct world_page {
    const char *part;
    int code; /* of curl */
    unsigned status;
    const char *body, *location, *coding;
};

enum world_event_kind { WORLD_ANSWER, WORLD_FETCHED, WORLD_OPENED, WORLD_BYTES, WORLD_TIMED };
struct world_event {
    enum world_event_kind kind;
    uint32_t id;
    enum handset_heard heard;
    size_t len;
    uint8_t bytes[1500];
    struct world_page page;
};

struct world {
    struct handset_cfg cfg;
    struct handset_lease lease;
    struct phone_pool *pool;
    struct phone phone;
    struct handset h;
    usec_t now;
    const struct world_page *page; /* ends with a NULL part */
    const char *silent;            /* names that contain it get no answer */
    const char *srv;       /* SRV names that contain it have a target, prov.example.com:8443 */
    unsigned sip_status;   /* of REGISTER: 200; 0: silence */
    const char *challenge; /* WWW-Authenticate for a REGISTER without credentials; NULL: none */
    /* Changes what a transfer brings; may be NULL. */
    void (*fetched)(struct world *w, struct world_page *page);
    /* Answers a question; false: as the world does. May be NULL. */
    bool (*named)(struct world *w, const struct handset_action *a, struct world_event *e);
    /* How long this takes; NULL: no time at all. */
    usec_t (*takes)(struct world *w, const struct world_event *e);
    /* Sees every action before the world does. May be NULL. */
    void (*seen)(struct world *w, const struct handset_action *a);
    void *ctx; /* of these */
    bool no_lease, quiet, lines, times;
    struct world_event *event;
    unsigned n_events;
    char last_check[300], last_head[1024], last_body[2048];
    unsigned fetches, asked, opens, sends, saves, reboots, reports, trusts, restarts;
    usec_t fetched_at;
    unsigned busy; /* questions, transfers and connections that are open */
    size_t used;
    char trace[WORLD_TRACE];
};

__attribute__((format(printf, 2, 3))) static inline void world_say(struct world *w, const char *fmt,
                                                                   ...)
{
    va_list ap;
    if (w->quiet || w->used >= sizeof w->trace - 600) {
        return;
    }
    va_start(ap, fmt);
    int n = vsnprintf(w->trace + w->used, sizeof w->trace - w->used, fmt, ap);
    va_end(ap);
    w->used += n > 0 ? (size_t)n : 0;
}

/* A line with its values in its holes. */
static inline void world_line(void *ctx, const char *tag, const char *text,
                              const struct str *values, size_t n, usec_t now)
{
    struct world *w = ctx;
    size_t hole = 0;
    (void)now;
    if (!w->lines) {
        return;
    }
    world_say(w, "%s-", tag);
    if (!text) {
        world_must(n == 1, "a raw line has one value");
        world_say(w, "%.*s\n", STR_ARG(values[0]));
        return;
    }
    for (const char *p = text; *p;) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end) {
            world_must(hole < n, "a hole without a value");
            world_say(w, "%.*s", STR_ARG(values[hole]));
            hole++;
            p = end + 1;
        } else {
            world_say(w, "%c", *p++);
        }
    }
    world_must(hole == n, "a value without a hole");
    world_say(w, "\n");
}

static inline struct world_event *world_event(struct world *w, enum world_event_kind kind,
                                              uint32_t id)
{
    world_must(w->n_events < WORLD_EVENTS, "too many events");
    struct world_event *e = &w->event[w->n_events++];
    memset(e, 0, offsetof(struct world_event, bytes));
    e->page = (struct world_page){0};
    e->kind = kind;
    e->id = id;
    return e;
}

/* -- the others */

static inline void world_name(struct world *w, const struct handset_action *a)
{
    struct world_event *e = world_event(w, WORLD_ANSWER, a->id);
    struct dns_message head = {.id = 1, .response = true, .recursive = true};
    struct dns_owner o = {DNS_ANSWER, a->text, 200};
    struct dns_writer d;
    char name[300];
    snprintf(name, sizeof name, "%.*s", STR_ARG(a->text));
    bool srv = a->type == DNS_SRV && w->srv && strstr(name, w->srv);
    w->asked++;
    e->heard = a->n_servers == 0 ? HANDSET_REFUSED : HANDSET_ANSWERED;
    if (w->silent && strstr(name, w->silent)) {
        e->heard = HANDSET_SILENT;
        return;
    }
    if (w->named && w->named(w, a, e)) {
        return;
    }
    head.rcode = a->type == DNS_A || srv ? 0 : 3;
    dns_write_begin(&d, e->bytes, sizeof e->bytes, &head);
    dns_write_question(&d, a->text, a->type);
    if (srv) {
        struct dns_srv one = {.priority = 5, .weight = 50, .port = 8443};
        dns_write_srv(&d, &o, &one, STR("prov.example.com"));
    } else if (a->type == DNS_A) {
        dns_write_addr(&d, &o, addr4(0xc6336401));
        if (strstr(name, "two.")) {
            dns_write_addr(&d, &o, addr4(0xc6336402));
        }
    }
    e->len = dns_write_end(&d);
}

static inline void world_fetch(struct world *w, const struct handset_action *a)
{
    static const char *const schemes[] = {"tftp", "http", "https"};
    static const char *const methods[] = {"GET", "POST", "PUT"};
    const struct handset_fetch *f = a->fetch;
    char url[1024], room[ADDR_TEXT];
    snprintf(url, sizeof url, "%s://%.*s:%u%.*s", schemes[f->scheme], STR_ARG(f->host),
             (unsigned)f->to.port, STR_ARG(f->path));
    struct world_event *e = world_event(w, WORLD_FETCHED, a->id);
    e->page = (struct world_page){.status = 404};
    for (const struct world_page *p = w->page; p && p->part; p++) {
        if (strstr(url, p->part)) {
            e->page = *p;
            break;
        }
    }
    if (w->fetched) {
        w->fetched(w, &e->page);
    }
    if (!w->lines) {
        world_say(w, "%s%s", w->used ? " " : "", w->times ? "" : methods[f->method]);
        if (w->times) {
            world_say(w, "%lld", (long long)(w->now / USEC_S));
        } else {
            world_say(w, " %s@%.*s", url, STR_ARG(addr_write(f->to.ip, room)));
        }
    }
    snprintf(w->last_check, sizeof w->last_check, "%.*s", STR_ARG(f->check));
    size_t used = 0;
    for (size_t i = 0; i < f->n_fields; i++) {
        used += (size_t)snprintf(w->last_head + used, sizeof w->last_head - used, "%.*s: %.*s\n",
                                 STR_ARG(f->field[i].name), STR_ARG(f->field[i].value));
    }
    for (size_t i = 0; i < f->n_form; i++) {
        used += (size_t)snprintf(w->last_head + used, sizeof w->last_head - used, "%.*s=%.*s\n",
                                 STR_ARG(f->form[i].name), STR_ARG(f->form[i].value));
    }
    snprintf(w->last_body, sizeof w->last_body, "%.*s", STR_ARG(f->body));
    w->fetches++;
    w->fetched_at = w->now;
}

static inline void world_send(struct world *w, const struct handset_action *a)
{
    struct sip_msg msg;
    struct sip_core core;
    struct err_at at;
    w->sends++;
    if (str_trim(a->text).len == 0 || w->sip_status == 0 || sip_read(a->text, &msg, &at) ||
        !msg.request || sip_core_read(&msg, &core, &at)) {
        return;
    }
    struct world_event *e = world_event(w, WORLD_BYTES, a->id);
    struct buf b = {.p = (char *)e->bytes, .cap = sizeof e->bytes, .limit = sizeof e->bytes};
    struct sink s = buf_sink(&b);
    bool challenged = w->challenge && !sip_find(&msg, SIP_AUTHORIZATION);
    struct sip_reply r = {.request = &msg,
                          .core = &core,
                          .status = challenged ? 401 : w->sip_status,
                          .to_tag = STR("server")};
    struct str contact = sip_value(&msg, SIP_CONTACT);
    sip_reply_begin(&s, &r);
    if (challenged) {
        sip_field_put(&s, SIP_WWW_AUTHENTICATE, str_z(w->challenge));
    } else if (w->sip_status == 200 && contact.len) {
        size_t end = str_find(contact, STR(";expires"));
        sink_fmt(&s, "Contact: %.*s;expires=3600\r\n",
                 STR_ARG(str_head(contact, end == STR_NPOS ? contact.len : end)));
    }
    sip_body_put(&s, str_of(NULL, 0), str_of(NULL, 0));
    world_must(s.err == ERR_OK, "no room for an answer");
    e->len = b.len;
}

/* -- actions */

static inline void world_stage(struct world *w, const struct handset_action *a)
{
    if (!w->lines && !w->times && !a->begun) {
        world_say(w, "%s%s:%s", w->used ? " " : "", stage_name(a->stage),
                  stage_state_name(a->state));
    }
}

static inline void world_do(struct world *w, const struct handset_action *a)
{
    if (w->seen) {
        w->seen(w, a);
    }
    switch (a->what) {
    case HANDSET_LEASE:
        if (!w->no_lease) {
            (void)world_event(w, WORLD_TIMED, 0);
        }
        break;
    case HANDSET_ADDRESS:
        world_must(a->lease != NULL, "an address without a lease");
        break;
    case HANDSET_CLOCK:
        (void)world_event(w, WORLD_TIMED, 1);
        break;
    case HANDSET_ASK:
        world_must(a->id && a->text.len && a->wait, "a question without name");
        world_name(w, a);
        break;
    case HANDSET_FETCH:
        world_must(a->id && a->fetch->host.len && a->fetch->to.port && a->fetch->to.ip.family,
                   "a transfer without target");
        world_fetch(w, a);
        break;
    case HANDSET_OPEN:
        w->opens++;
        (void)world_event(w, WORLD_OPENED, a->id);
        break;
    case HANDSET_SEND:
        world_must(a->id && a->text.len, "nothing is sent, or nowhere");
        world_send(w, a);
        break;
    case HANDSET_TRUST:
        w->trusts++;
        break;
    case HANDSET_REPORT:
        w->reports++;
        break;
    case HANDSET_SAVE:
        w->saves++;
        break;
    case HANDSET_STAGE:
        world_stage(w, a);
        break;
    case HANDSET_RESTART:
        w->restarts++;
        break;
    case HANDSET_REBOOT:
        w->reboots++;
        w->n_events = 0;
        break;
    case HANDSET_CLOSE:
    case HANDSET_STOP:
    case HANDSET_MEDIA:
        break;
    }
}

static inline void world_tell(struct world *w, struct world_event *e)
{
    struct str bytes = str_of((char *)e->bytes, e->len);
    struct handset_fetched f = {.code = e->page.code,
                                .status = e->page.status,
                                .content_encoding = str_z(e->page.coding),
                                .location = str_z(e->page.location),
                                .body = str_z(e->page.body)};
    switch (e->kind) {
    case WORLD_ANSWER:
        handset_on_answer(&w->h, e->id, e->heard, bytes, w->now);
        break;
    case WORLD_FETCHED:
        handset_on_fetched(&w->h, e->id, &f, w->now);
        break;
    case WORLD_OPENED:
        handset_on_open(&w->h, e->id, (struct endpoint){w->lease.address, 5072}, w->now);
        break;
    case WORLD_BYTES:
        handset_on_bytes(&w->h, e->id, bytes, w->now);
        break;
    case WORLD_TIMED:
        if (e->id) {
            handset_on_clock(&w->h, time_days(2026, 3, 1) * USEC_DAY - w->now, w->now);
        } else {
            world_must(handset_on_lease(&w->h, &w->lease, w->now) == ERR_OK, "no memory");
        }
        break;
    }
}

/* All that follows at this moment; silence takes its 8 s. */
static inline void world_settle(struct world *w)
{
    struct handset_action a;
    for (;;) {
        while (handset_next(&w->h, &a)) {
            world_do(w, &a);
        }
        if (w->n_events == 0) {
            return;
        }
        struct world_event e = w->event[0];
        memmove(w->event, w->event + 1, --w->n_events * sizeof *w->event);
        if (e.kind == WORLD_ANSWER && e.heard == HANDSET_SILENT) {
            w->now += 8 * USEC_S;
        } else if (w->takes) {
            w->now += w->takes(w, &e);
        }
        world_tell(w, &e);
    }
}

/* Until `end`, from deadline to deadline. */
static inline void world_run(struct world *w, usec_t end)
{
    unsigned stuck = 0;
    world_settle(w);
    for (;;) {
        usec_t next = handset_deadline(&w->h);
        if (next == USEC_NONE || next > end) {
            break;
        }
        stuck = next > w->now ? 0 : stuck + 1;
        world_must(stuck < 1000, "a deadline that does not pass");
        w->now = next > w->now ? next : w->now;
        handset_on_time(&w->h, w->now);
        world_settle(w);
    }
    w->now = end > w->now ? end : w->now;
}

static inline void world_begin(struct world *w, struct phone_pool *pool, struct agent_work *agents,
                               uint8_t last)
{
    struct phone_identity id = {.mac = {{0x00, 0x00, 0x5e, 0x00, 0x53, last}},
                                .serial = STR("FCH00005321"),
                                .model = STR("8851-3PCC"),
                                .load = STR("sip88xx.12-0-2MPP0001-20230510-156252b771")};
    static const struct world_page none[] = {{0}};
    *w = (struct world){.pool = pool, .page = none, .sip_status = 200};
    handset_cfg_usual(&w->cfg);
    w->cfg.agents = agents;
    w->cfg.at_once = true;
    w->cfg.line = world_line;
    w->lease = (struct handset_lease){.address = addr4(0xc0000264),
                                      .mask = addr4(0xffffff00),
                                      .router = addr4(0xc0000201),
                                      .dns = {addr4(0xc0000235)},
                                      .domain = STR("")};
    w->event = calloc(WORLD_EVENTS, sizeof *w->event);
    world_must(w->event && phone_init(&w->phone, pool, &id) == ERR_OK, "no memory");
    handset_init(&w->h, &w->cfg, &w->phone, NULL, w, last);
}

static inline void world_end(struct world *w)
{
    handset_clear(&w->h);
    phone_clear(&w->phone);
    free(w->event);
}

#endif
