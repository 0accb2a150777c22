/* What a host asks the name service, and what comes back: as the phone's own cache would log it. */
#include <stdio.h>

#include "flow/capture/inside.h"
#include "proto/dns/dns.h"

struct str name_of(const struct host *h, struct addr ip)
{
    unsigned n = h->n_names < NAMES_MOST ? h->n_names : NAMES_MOST;
    for (unsigned i = 1; i <= n; i++) { /* the latest first */
        const struct name *e = &h->name[(h->n_names - i) % NAMES_MOST];
        if (addr_eq(e->ip, ip)) {
            return e->host;
        }
    }
    return str_of(NULL, 0);
}

static bool is_target(const struct host *h, struct str host)
{
    unsigned most = sizeof h->targets / sizeof *h->targets;
    for (unsigned i = 0; i < h->n_targets && i < most; i++) {
        if (str_ieq(h->targets[i], host)) {
            return true;
        }
    }
    return false;
}

enum name_role name_role(const struct host *h, struct str host)
{
    return is_target(h, host)                    ? NAME_TARGET
           : host.len && str_ieq(h->proxy, host) ? NAME_PROXY
                                                 : NAME_OTHER;
}

static void learn(struct capture *c, struct host *h, struct str host, struct addr ip)
{
    if (str_ieq(name_of(h, ip), host)) {
        return;
    }
    h->name[h->n_names % NAMES_MOST] = (struct name){.host = arena_str(&c->arena, host), .ip = ip};
    h->n_names++;
}

static void learn_target(struct capture *c, struct host *h, struct str host)
{
    unsigned most = sizeof h->targets / sizeof *h->targets;
    if (!is_target(h, host)) {
        h->targets[h->n_targets % most] = arena_str(&c->arena, host);
        h->n_targets++;
    }
}

/* Names of time servers are no place to download from: "0.pool.ntp.org", "time.example.com". */
static bool of_clock(struct str host)
{
    struct str rest = host;
    while (rest.len) {
        struct str label = str_cut(&rest, '.');
        if (str_istarts(label, STR("ntp")) || str_ieq(label, STR("time"))) {
            return true;
        }
    }
    return false;
}

/* "proxy.example.com" of "_sips._tcp.proxy.example.com". */
static struct str behind_labels(struct str host)
{
    while (host.len && host.p[0] == '_') {
        (void)str_cut(&host, '.');
    }
    return host;
}

static struct asked *question(struct host *h, uint16_t id, struct str host, uint16_t type,
                              struct endpoint server)
{
    unsigned n = h->n_asked < ASKED_MOST ? h->n_asked : ASKED_MOST;
    for (unsigned i = 1; i <= n; i++) {
        struct asked *a = &h->asked[(h->n_asked - i) % ASKED_MOST];
        if (a->id == id && a->type == type && addr_eq(a->server.ip, server.ip) &&
            str_ieq(a->host, host)) {
            return a;
        }
    }
    return NULL;
}

/* What an answer is to that repeats no question (a refusal may be its head alone): to the number, and where it was asked from. */
static struct asked *numbered(struct host *h, uint16_t id, const struct wire_at *at)
{
    unsigned n = h->n_asked < ASKED_MOST ? h->n_asked : ASKED_MOST;
    for (unsigned i = 1; i <= n; i++) {
        struct asked *a = &h->asked[(h->n_asked - i) % ASKED_MOST];
        if (!a->answered && a->id == id && endpoint_eq(a->server, at->src) &&
            endpoint_eq(a->last.src, at->dst)) {
            return a;
        }
    }
    return NULL;
}

/* The same question, whatever its number, that this server has not answered. */
static struct asked *open_question(struct host *h, struct str host, uint16_t type,
                                   struct endpoint server)
{
    unsigned n = h->n_asked < ASKED_MOST ? h->n_asked : ASKED_MOST;
    for (unsigned i = 1; i <= n; i++) {
        struct asked *a = &h->asked[(h->n_asked - i) % ASKED_MOST];
        if (!a->answered && !a->told && a->type == type && addr_eq(a->server.ip, server.ip) &&
            str_ieq(a->host, host)) {
            return a;
        }
    }
    return NULL;
}

static bool asked_before(const struct host *h, struct str host, uint16_t type)
{
    unsigned n = h->n_asked < ASKED_MOST ? h->n_asked : ASKED_MOST;
    for (unsigned i = 1; i <= n; i++) {
        const struct asked *a = &h->asked[(h->n_asked - i) % ASKED_MOST];
        if (!a->answered && !a->told && a->type == type && str_ieq(a->host, host)) {
            return true;
        }
    }
    return false;
}

/* The second is that of old firmware. */
static bool of_activation(struct str host)
{
    return str_istarts(host, STR("activate.")) || str_istarts(host, STR("webapps.cisco."));
}

static enum stage stage_of(const struct host *h, struct str host)
{
    return name_role(h, host) != NAME_OTHER || str_starts(host, STR("_sip")) ? STAGE_SRV
           : of_activation(host)                                             ? STAGE_ACTIVATION_DNS
                                 : STAGE_PROVISIONING_DNS;
}

static const char *role_of(const struct host *h, struct str host)
{
    enum name_role r = name_role(h, host);
    return str_starts(host, STR("_sip")) ? "srv"
           : r == NAME_TARGET            ? "target"
           : r == NAME_PROXY             ? "proxy"
           : of_activation(host)         ? "activation"
                                         : "provisioning";
}

/* One of several servers says nothing where another one answers. */
static void tell_silent(struct capture *c, struct host *h, struct asked *a, struct addr other,
                        usec_t until)
{
    char ms[STR_NUMBER];
    char server[ADDR_TEXT];
    char by[ADDR_TEXT];
    char type[DNS_WORD];
    char info[160];
    struct fact f;
    usec_t waited = until - a->at.time;
    if (a->told || waited < SILENCE) {
        return;
    }
    a->told = true;
    fact_init(&f, FACT_DNS_SILENT);
    f.stage = (uint8_t)stage_of(h, a->host);
    fact_add(&f, FIELD_ROLE, str_z(role_of(h, a->host)));
    fact_add(&f, FIELD_HOST, a->host);
    fact_add(&f, FIELD_SERVER, addr_write(a->server.ip, server));
    fact_add(&f, FIELD_OTHER, addr_write(other, by));
    fact_add(&f, FIELD_MS, str_number(ms, waited / USEC_MS));
    fact_add(&f, FIELD_QTYPE, str_z(dns_type_name(a->type, type)));
    int n = snprintf(info, sizeof info, "DNS %s %.*s? asked %u times, no answer", type,
                     STR_ARG(str_head(a->host, 90)), a->times);
    host_tell(c, h, &a->at, &f, str_of(info, n > 0 ? (size_t)n : 0));
}

/* Other servers that were asked the same and are silent since. */
static void settle_others(struct capture *c, struct host *h, const struct asked *by, usec_t until)
{
    unsigned n = h->n_asked < ASKED_MOST ? h->n_asked : ASKED_MOST;
    for (unsigned i = n; i > 0; i--) {
        struct asked *a = &h->asked[(h->n_asked - i) % ASKED_MOST];
        bool same = a->type == by->type && str_ieq(a->host, by->host) &&
                    !addr_eq(a->server.ip, by->server.ip);
        if (same && !a->answered && by->at.time - a->at.time < AGAIN) {
            tell_silent(c, h, a, by->server.ip, until);
        }
    }
}

void dns_settle(struct capture *c, struct host *h)
{
    unsigned n = h->n_asked < ASKED_MOST ? h->n_asked : ASKED_MOST;
    for (unsigned i = 0; i < n; i++) {
        if (h->asked[i].answered) {
            settle_others(c, h, &h->asked[i], c->now);
        }
    }
}

static void begin_select(struct capture *c, struct host *h, const struct wire_at *at,
                         struct str host, struct str info)
{
    struct str proxy = behind_labels(host);
    h->phone = true;
    if (h->selecting && !h->entered && str_ieq(h->proxy, proxy)) {
        return; /* the next transport of the same proxy */
    }
    fetch_settle(c, h, at);
    h->proxy = arena_str(&c->arena, proxy);
    h->selecting = true;
    h->entered = false;
    struct fact f;
    fact_init(&f, FACT_SRV_START);
    fact_add(&f, FIELD_HOST, proxy);
    host_tell(c, h, at, &f, info);
}

static void query(struct capture *c, struct host *h, const struct wire_at *at, struct str host,
                  const struct dns_message *m, struct str info)
{
    char type[DNS_WORD];
    char server[ADDR_TEXT];
    char from[ADDR_TEXT];
    uint16_t qtype = m->question.type;
    struct asked *a = open_question(h, host, qtype, at->dst);
    if (a && at->time - a->last.time < AGAIN) {
        a->id = m->id;
        a->times++;
        a->last = *at;
        h->fetch.last = h->fetch.open && str_ieq(host, h->fetch.host) ? *at : h->fetch.last;
        return;
    }
    if (str_istarts(host, STR("_sip"))) {
        begin_select(c, h, at, host, info);
    } else if (name_role(h, host) == NAME_OTHER && qtype != DNS_SRV && qtype != DNS_NAPTR) {
        fetch_want(c, h, at, host, str_of(NULL, 0), info);
    }
    bool first = !asked_before(h, host, qtype);
    struct str copy = arena_str(&c->arena, host);
    if (h->n_asked >= ASKED_MOST) {
        dns_settle(c, h); /* the oldest is forgotten */
    }
    h->asked[h->n_asked++ % ASKED_MOST] = (struct asked){.host = copy,
                                                         .type = qtype,
                                                         .id = m->id,
                                                         .server = at->dst,
                                                         .at = *at,
                                                         .last = *at,
                                                         .times = 1};
    struct fact f;
    if (first) {
        fact_init(&f, FACT_DNS_QUERY);
        fact_add(&f, FIELD_QTYPE, str_z(dns_type_name(qtype, type)));
        fact_add(&f, FIELD_HOST, host);
        fact_add(&f, FIELD_FROM, addr_write(at->src.ip, from));
        host_tell(c, h, at, &f, info);
    }
    fact_init(&f, FACT_DNS_FORWARD);
    fact_add(&f, FIELD_HOST, host);
    fact_add(&f, FIELD_SERVER, addr_write(at->dst.ip, server));
    host_tell(c, h, at, &f, info);
}

struct reply {
    struct capture *c;
    struct host *h;
    const struct wire_at *at;
    struct str host, info;
    char server[ADDR_TEXT], ms[STR_NUMBER], type[DNS_WORD];
};

static void add_common(struct reply *r, struct fact *f)
{
    fact_add(f, FIELD_SERVER, str_z(r->server));
    fact_add(f, FIELD_MS, str_z(r->ms));
    fact_add(f, FIELD_QTYPE, str_z(r->type));
}

static void tell_reply(struct reply *r, struct str value)
{
    struct fact f;
    fact_init(&f, FACT_DNS_REPLY);
    fact_add(&f, FIELD_HOST, r->host);
    fact_add(&f, FIELD_VALUE, value);
    add_common(r, &f);
    host_tell(r->c, r->h, r->at, &f, r->info);
}

static void tell_srv(struct reply *r, const struct dns_rr *rr, const struct dns_srv *s)
{
    char n[4][STR_NUMBER];
    char text[DNS_NAME_TEXT];
    struct fact f;
    struct str target = dns_name_text(s->target, text);
    if (!dns_name_root(s->target)) {
        learn_target(r->c, r->h, target);
    }
    fact_init(&f, FACT_DNS_SRV);
    fact_add(&f, FIELD_HOST, r->host);
    fact_add(&f, FIELD_TTL, str_number(n[0], rr->ttl));
    fact_add(&f, FIELD_TARGET, target);
    fact_add(&f, FIELD_PORT, str_number(n[1], s->port));
    fact_add(&f, FIELD_PRIORITY, str_number(n[2], s->priority));
    fact_add(&f, FIELD_WEIGHT, str_number(n[3], s->weight));
    fact_add(&f, FIELD_SERVER, str_z(r->server));
    host_tell(r->c, r->h, r->at, &f, r->info);
}

enum { ANSWERS_MOST = 12 };

/* The records that answer, one by one; returns how many there were. */
static unsigned answers(struct reply *r, const struct dns_message *m)
{
    char text[ADDR_TEXT];
    struct dns_answer a = dns_answer(m);
    struct dns_walk w = dns_walk(m);
    struct dns_rr rr;
    unsigned n = 0;
    while (n < ANSWERS_MOST && dns_next(&w, &rr)) {
        struct addr ip;
        struct dns_srv srv;
        if (!dns_answers(m, &a, &rr)) {
            continue;
        }
        if (dns_rr_addr(&rr, &ip)) {
            learn(r->c, r->h, r->host, ip);
            tell_reply(r, addr_write(ip, text));
            n++;
        } else if (dns_rr_srv(&rr, &srv)) {
            tell_srv(r, &rr, &srv);
            n++;
        }
    }
    return n;
}

static void reply(struct reply *r, const struct dns_message *m)
{
    struct fetching *fetch = &r->h->fetch;
    bool mine = fetch->open && str_ieq(fetch->host, r->host);
    uint16_t type = m->question.type;
    fetch->last = mine ? *r->at : fetch->last;
    if (m->rcode == DNS_NOERROR) {
        unsigned n = answers(r, m);
        fetch->resolved |= mine && n > 0;
        fetch->negative |= mine && n == 0 && type == DNS_A;
        if (n == 0) {
            tell_reply(r, type == DNS_A      ? STR("NODATA-IPv4")
                          : type == DNS_AAAA ? STR("NODATA-IPv6")
                                             : STR("NODATA"));
        }
        return;
    }
    fetch->negative |= mine;
    if (m->rcode == DNS_NXDOMAIN) {
        tell_reply(r, STR("NXDOMAIN"));
        return;
    }
    char code[DNS_WORD];
    struct fact f;
    fact_init(&f, FACT_DNS_ERROR);
    fact_add(&f, FIELD_ERROR, str_z(dns_rcode_name(m->rcode, code)));
    fact_add(&f, FIELD_HOST, r->host);
    add_common(r, &f);
    host_tell(r->c, r->h, r->at, &f, r->info);
}

static void response(struct capture *c, struct host *h, const struct wire_at *at, struct asked *a,
                     struct str host, const struct dns_message *m, struct str info)
{
    if (!a || a->answered || m->truncated) {
        return; /* to no question of ours, told before, or to be asked again over TCP */
    }
    a->answered = true;
    struct reply r = {.c = c, .h = h, .at = at, .host = host, .info = info};
    (void)addr_write(at->src.ip, r.server);
    (void)str_number(r.ms, (at->time - a->last.time) / USEC_MS);
    (void)snprintf(r.type, sizeof r.type, "%s", dns_type_name(a->type, (char[DNS_WORD]){0}));
    reply(&r, m);
}

/* Without a question in it only a failure can be told. */
static void bare_response(struct capture *c, const struct wire_at *at, const struct dns_message *m)
{
    char type[DNS_WORD], code[DNS_WORD], info[200];
    struct host *server = host_find(c, at->src.ip);
    struct host *h = host_find(c, at->dst.ip);
    struct asked *a = h ? numbered(h, m->id, at) : NULL;
    if (!a || m->rcode == DNS_NOERROR) {
        return;
    }
    if (server) {
        server->server = true;
    }
    int n = snprintf(info, sizeof info, "DNS %s %.*s: %s, without the question",
                     dns_type_name(a->type, type), STR_ARG(str_head(a->host, 100)),
                     dns_rcode_name(m->rcode, code));
    response(c, h, at, a, a->host, m, str_of(info, n > 0 ? (size_t)n : 0));
}

static bool is_asked(uint16_t type)
{
    return type == DNS_A || type == DNS_AAAA || type == DNS_SRV || type == DNS_NAPTR;
}

static struct str summary(const struct dns_message *m, struct str host, char info[200])
{
    char type[DNS_WORD];
    char code[DNS_WORD];
    const char *name = dns_type_name(m->question.type, type);
    int n = m->response ? snprintf(info, 200, "DNS %s %.*s: %s, %u answers", name,
                                   STR_ARG(str_head(host, 100)), dns_rcode_name(m->rcode, code),
                                   (unsigned)m->count[DNS_ANSWER])
                        : snprintf(info, 200, "DNS %s %.*s?", name, STR_ARG(str_head(host, 100)));
    return str_of(info, n > 0 ? (size_t)n : 0);
}

void trail_dns(void *ctx, const struct wire_at *at, const struct dns_message *m, bool tcp)
{
    struct capture *c = ctx;
    char text[DNS_NAME_TEXT];
    char info[200];
    (void)tcp;
    c->now = at->time;
    if (!m->has_question && m->response && m->opcode == 0) {
        bare_response(c, at, m);
        return;
    }
    if (!m->has_question || m->opcode != 0 || !is_asked(m->question.type)) {
        return;
    }
    struct str host = dns_name_text(m->question.name, text);
    if (of_clock(host)) {
        struct host *h = host_find(c, at->dst.ip);
        struct dns_walk w = dns_walk(m);
        struct dns_rr rr;
        struct addr ip;
        while (m->response && h && dns_next(&w, &rr)) {
            if (dns_rr_addr(&rr, &ip)) {
                learn(c, h, host, ip);
            }
        }
        return;
    }
    struct str line = summary(m, host, info);
    if (!m->response) {
        struct host *h = host_of(c, at->src.ip, at->has_mac ? &at->src_mac : NULL);
        if (h) {
            h->phone |= str_istarts(host, STR("activate."));
            query(c, h, at, host, m, line);
        }
        return;
    }
    struct host *server = host_find(c, at->src.ip);
    if (server) {
        server->server = true;
    }
    struct host *h = host_find(c, at->dst.ip);
    if (h) {
        response(c, h, at, question(h, m->id, host, m->question.type, at->src), host, m, line);
    }
}
