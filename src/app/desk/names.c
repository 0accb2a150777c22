/* Names and the time: questions over UDP, over TCP where the answer does not fit; the next server where one is silent or refuses. */
#include <stdlib.h>
#include <sys/random.h>

#include "app/desk/inside.h"
#include "proto/dns/dns.h"
#include "proto/dns/dns_write.h"
#include "proto/ntp/ntp.h"

enum {
    TRY = 2000 /* ms for one server, as long as there are others and time */,
};

struct desk_question {
    struct desk_question *next;
    struct desk *desk;
    struct ask ask;
    uint32_t id; /* of the handset; 0: the clock's */
    bool clock;  /* its address stands: NTP is asked */
    usec_t until;
    struct addr server[HANDSET_SERVERS];
    unsigned n, at, refused;
    uint16_t number; /* of the DNS message */
    uint64_t cookie;
    struct buf kept; /* owned: the answer of a server that could not say */
    size_t len;
    uint8_t bytes[DNS_QUERY_MOST];
};

static void ask_on(struct desk_question *q);

static uint64_t chance(void)
{
    uint64_t n = 0;
    while (n == 0 && getrandom(&n, sizeof n, 0) < 0) {
    }
    return n | 1;
}

/* One that is in no list any more. */
static void end_question(struct desk_question *q)
{
    ask_stop(&q->ask);
    buf_clear(&q->kept);
    free(q);
}

static void forget(struct desk_question *q)
{
    for (struct desk_question **at = &q->desk->questions; *at; at = &(*at)->next) {
        if (*at == q) {
            *at = q->next;
            break;
        }
    }
    end_question(q);
}

static struct desk_question *question(struct desk *d, uint32_t id, uint32_t wait)
{
    struct desk_question *q = calloc(1, sizeof *q);
    if (q) {
        q->desk = d;
        q->id = id;
        q->until = desk_now(d) + wait * USEC_S;
        q->next = d->questions;
        d->questions = q;
    }
    return q;
}

/* -- the time */

static void clock_told(struct desk_question *q, usec_t offset)
{
    struct desk *d = q->desk;
    forget(q);
    handset_on_clock(&d->handset, offset, desk_now(d));
    desk_settle(d);
}

static void clock_heard(struct desk_question *q)
{
    struct ntp_message m;
    struct err_at at;
    usec_t offset = USEC_NONE, delay = 0;
    struct str answer = exchange_answer(&q->ask.x);
    if (q->ask.x.end == EXCHANGE_ANSWERED && ntp_read(answer, &m, &at) == ERR_OK &&
        ntp_check(&m, q->cookie) == NTP_GOOD) {
        ntp_offset(&m, q->ask.x.last, q->ask.x.arrived, &offset, &delay);
        offset += loop_date(q->desk->all->loop) - desk_now(q->desk);
    }
    clock_told(q, offset);
}

static bool clock_fits(const void *ctx, struct str answer)
{
    const struct desk_question *q = ctx;
    struct ntp_message m;
    struct err_at at;
    return ntp_read(answer, &m, &at) == ERR_OK && ntp_check(&m, q->cookie) != NTP_FOREIGN;
}

static void on_clock(struct ask *a)
{
    clock_heard((struct desk_question *)((char *)a - offsetof(struct desk_question, ask)));
}

static void clock_ask(struct desk_question *q, struct addr server)
{
    const struct desk *d = q->desk;
    q->clock = true;
    q->cookie = chance();
    ntp_request(q->cookie, q->bytes);
    usec_t left = q->until - desk_now(d);
    q->ask = (struct ask){.done = on_clock};
    q->ask.x = (struct exchange){
        .to = {server, d->all->cfg->ntp_port},
        .bytes = str_of((char *)q->bytes, NTP_HEADER),
        .fits = clock_fits,
        .ctx = q,
        .tries = 2,
        .wait_ms = (unsigned)(left > 0 ? left / 2 / USEC_MS : 1),
    };
    if (ask_begin(d->all->asks, &q->ask) != ERR_OK) {
        clock_told(q, USEC_NONE);
    }
}

/* The server's address came. */
static void clock_named(struct desk_question *q, struct str answer)
{
    struct dns_message m;
    struct err_at at;
    struct dns_rr rr;
    struct addr ip;
    if (dns_read(answer, &m, &at) == ERR_OK && m.has_question) {
        struct dns_answer about = dns_answer(&m);
        struct dns_walk walk = dns_walk(&m);
        while (dns_next(&walk, &rr)) {
            if (dns_answers(&m, &about, &rr) && dns_rr_addr(&rr, &ip)) {
                clock_ask(q, ip);
                return;
            }
        }
    }
    clock_told(q, USEC_NONE);
}

/* -- names */

static void told(struct desk_question *q, enum handset_heard heard, struct str answer)
{
    struct desk *d = q->desk;
    uint32_t id = q->id;
    if (id == 0) {
        clock_named(q, heard == HANDSET_ANSWERED ? answer : STR(""));
        return;
    }
    /* The answer belongs to what is forgotten. */
    handset_on_answer(&d->handset, id, heard, answer, desk_now(d));
    forget(q);
    desk_settle(d);
}

static void give_up(struct desk_question *q)
{
    if (q->kept.len) {
        told(q, HANDSET_ANSWERED, buf_str(&q->kept));
    } else {
        told(q, q->refused ? HANDSET_REFUSED : HANDSET_SILENT, STR(""));
    }
}

static bool answers_us(const void *ctx, struct str answer)
{
    const struct desk_question *q = ctx;
    struct dns_message m;
    struct err_at at;
    return dns_read(answer, &m, &at) == ERR_OK && m.response && m.id == q->number;
}

/* Each server is told of once: what is asked of it again is the same question. */
static void tell_asked(struct desk_question *q)
{
    struct dns_message m;
    struct err_at at;
    char name[DNS_NAME_TEXT];
    struct str bytes = str_of((char *)q->bytes, q->len);
    if (q->id && q->at < q->n && dns_read(bytes, &m, &at) == ERR_OK && m.has_question) {
        handset_on_asked(&q->desk->handset, dns_name_text(m.question.name, name), q->server[q->at],
                         desk_now(q->desk));
    }
}

static void next_server(struct desk_question *q)
{
    q->at++;
    if (desk_now(q->desk) >= q->until || (q->at >= q->n && (q->refused >= q->n || q->kept.len))) {
        give_up(q);
    } else {
        q->ask = (struct ask){.done = q->ask.done};
        tell_asked(q);
        ask_on(q);
    }
}

static void heard(struct desk_question *q)
{
    struct dns_message m = {.id = 0};
    struct err_at at;
    struct str answer = exchange_answer(&q->ask.x);
    bool well = dns_read(answer, &m, &at) == ERR_OK;
    if (well && m.truncated && !q->ask.x.tcp) {
        q->ask = (struct ask){.done = q->ask.done, .x.tcp = true};
        ask_on(q);
    } else if (well && m.rcode != DNS_SERVFAIL && m.rcode != DNS_REFUSED) {
        told(q, HANDSET_ANSWERED, answer);
    } else {
        buf_reset(&q->kept);
        if (buf_add(&q->kept, answer) != ERR_OK) {
            buf_reset(&q->kept);
        }
        next_server(q);
    }
}

static void on_answer(struct ask *a)
{
    struct desk_question *q =
        (struct desk_question *)((char *)a - offsetof(struct desk_question, ask));
    if (a->x.end == EXCHANGE_ANSWERED) {
        heard(q);
    } else {
        q->refused += a->x.end == EXCHANGE_REFUSED;
        next_server(q);
    }
}

static void ask_on(struct desk_question *q)
{
    const struct desk *d = q->desk;
    usec_t left = (q->until - desk_now(d)) / USEC_MS;
    usec_t wait = left < TRY ? left : TRY;
    q->ask.x = (struct exchange){
        .to = {q->server[q->at % q->n], d->all->cfg->dns_port},
        .tcp = q->ask.x.tcp,
        .bytes = str_of((char *)q->bytes, q->len),
        .fits = answers_us,
        .ctx = q,
        .tries = 1,
        .wait_ms = (unsigned)(wait > 0 ? wait : 1),
    };
    if (ask_begin(d->all->asks, &q->ask) != ERR_OK) {
        q->ask.asks = NULL;
        give_up(q);
    }
}

static void begin(struct desk_question *q, struct str name, uint16_t type,
                  const struct addr *server, size_t n)
{
    q->number = (uint16_t)(chance() >> 8);
    const struct dns_query query = {.id = q->number, .name = name, .type = type, .recurse = true};
    q->len = dns_query_write(&query, q->bytes);
    q->n = (unsigned)(n < HANDSET_SERVERS ? n : HANDSET_SERVERS);
    for (unsigned i = 0; i < q->n; i++) {
        q->server[i] = server[i];
    }
    q->ask = (struct ask){.done = on_answer};
    if (q->n == 0 || q->len == 0) {
        q->refused = 1;
        give_up(q);
    } else {
        ask_on(q);
    }
}

void desk_ask(struct desk *d, const struct handset_action *a)
{
    struct desk_question *q = question(d, a->id, a->wait);
    if (q) {
        begin(q, a->text, a->type, a->server, a->n_servers);
    } /* else the handset's own timer ends it */
}

void desk_clock(struct desk *d, const struct handset_action *a)
{
    struct desk_question *q = question(d, 0, a->wait);
    const struct handset_lease *l = d->handset.lease;
    struct addr server;
    size_t n = 0;
    if (!q) {
        return;
    }
    if (addr_read(a->text, &server)) {
        clock_ask(q, server);
        return;
    }
    while (l && n < HANDSET_SERVERS && !addr_unset(l->dns[n])) {
        n++;
    }
    begin(q, a->text, DNS_A, l ? l->dns : NULL, n);
}

void desk_ask_stop(struct desk *d, uint32_t id)
{
    for (struct desk_question *q = d->questions; id && q; q = q->next) {
        if (q->id == id) {
            forget(q);
            return;
        }
    }
}

void desk_ask_stop_all(struct desk *d)
{
    struct desk_question *q = d->questions;
    d->questions = NULL;
    while (q) {
        struct desk_question *next = q->next;
        end_question(q);
        q = next;
    }
}
