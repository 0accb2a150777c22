/* Time servers, errors of routers, and who the phone says that it is. */
#include <stdio.h>

#include "flow/capture/inside.h"
#include "proto/ntp/ntp.h"
#include "proto/packet/packet.h"
#include "proto/sip/sip_identity.h"

static struct clock_asked *clock_of(struct host *h, struct endpoint server)
{
    unsigned n = h->n_clocks < TIMES_MOST ? h->n_clocks : TIMES_MOST;
    for (unsigned i = 0; i < n; i++) {
        if (addr_eq(h->clock[i].server.ip, server.ip)) {
            return &h->clock[i];
        }
    }
    struct clock_asked *a = &h->clock[h->n_clocks++ % TIMES_MOST];
    *a = (struct clock_asked){.server = server};
    return a;
}

static void clock_fact(const struct host *h, enum fact_kind kind, struct addr server,
                       struct fact *f, char ip[ADDR_TEXT])
{
    fact_init(f, kind);
    fact_add(f, FIELD_HOST, name_of(h, server));
    fact_add(f, FIELD_SERVER, addr_write(server, ip));
}

void trail_ntp(void *ctx, const struct wire_at *at, const struct ntp_message *m)
{
    struct capture *c = ctx;
    char ip[ADDR_TEXT];
    char ms[STR_NUMBER];
    struct fact f;
    c->now = at->time;
    if (m->mode == NTP_CLIENT) {
        struct host *h = host_of(c, at->src.ip, at->has_mac ? &at->src_mac : NULL);
        struct clock_asked *a = h ? clock_of(h, at->dst) : NULL;
        if (a) {
            a->at = a->asked ? a->at : *at;
            a->asked++;
        }
        return;
    }
    struct host *h = m->mode == NTP_SERVER ? host_find(c, at->dst.ip) : NULL;
    struct clock_asked *a = h ? clock_of(h, at->src) : NULL;
    if (!a || !a->asked || a->answered || m->stratum == 0) {
        return; /* a kiss of death is no time */
    }
    a->answered = true;
    clock_fact(h, FACT_CLOCK_ANSWER, at->src.ip, &f, ip);
    fact_add(&f, FIELD_MS, str_number(ms, (at->time - a->at.time) / USEC_MS));
    host_tell(c, h, at, &f, STR("NTP answer"));
}

void clock_settle(struct capture *c, struct host *h)
{
    char ip[ADDR_TEXT];
    char count[STR_NUMBER];
    unsigned n = h->n_clocks < TIMES_MOST ? h->n_clocks : TIMES_MOST;
    for (unsigned i = 0; i < n; i++) {
        const struct clock_asked *a = &h->clock[i];
        struct fact f;
        if (a->asked && !a->answered && c->now - a->at.time >= SILENCE) {
            clock_fact(h, FACT_CLOCK_SILENT, a->server.ip, &f, ip);
            fact_add(&f, FIELD_COUNT, str_number(count, a->asked));
            host_tell(c, h, &a->at, &f, STR("NTP question, no answer"));
        }
    }
}

enum { ROUTER_ASKED = 3 }; /* so often a host asks before it gives up */
/* One that had an answer, seen here or not, does not ask again so soon. */
#define ROUTER_SOON (5 * USEC_S)

void trail_arp(void *ctx, const struct wire_at *at, const struct packet_arp *m)
{
    struct capture *c = ctx;
    bool answer = m->op == 2;
    c->now = at->time;
    struct host *h = host_find(c, answer ? m->target : m->sender);
    if (!h || !h->router.family || !addr_eq(h->router, answer ? m->sender : m->target)) {
        return;
    }
    h->router_heard |= answer;
    if (h->router_asked < ROUTER_ASKED && at->time - h->router_last > ROUTER_SOON) {
        h->router_asked = 0;
    }
    h->router_last = at->time;
    h->router_at = h->router_asked ? h->router_at : *at;
    h->router_asked += !answer;
}

void router_settle(struct capture *c, struct host *h)
{
    char info[120];
    char ip[ADDR_TEXT];
    char count[STR_NUMBER];
    struct fact f;
    bool up = h->router_heard || h->router_asked < ROUTER_ASKED;
    for (unsigned i = 0; i < LINKS_MOST; i++) {
        up = up || h->link[i].up; /* somebody else's answer is enough */
    }
    if (up || c->now - h->router_at.time < SILENCE) {
        return;
    }
    fact_init(&f, FACT_ROUTER_SILENT);
    fact_add(&f, FIELD_SERVER, addr_write(h->router, ip));
    fact_add(&f, FIELD_COUNT, str_number(count, h->router_asked));
    int n = snprintf(info, sizeof info, "ARP who has %s, asked %u times, no answer", ip,
                     h->router_asked);
    struct str line = str_of(info, n > 0 ? (size_t)n : 0);
    fact_add(&f, FIELD_TEXT, line);
    host_tell(c, h, &h->router_at, &f, line);
}

static const char *unreachable(const struct wire_icmp *m)
{
    bool four = m->version == 4;
    if (m->type != (four ? 3 : 1)) {
        return NULL;
    }
    if (four ? m->code == 9 || m->code == 10 || m->code == 13 : m->code == 1 || m->code == 5) {
        return "administratively prohibited";
    }
    return (four ? m->code == 3 : m->code == 4) ? "port unreachable" : "unreachable";
}

void trail_icmp(void *ctx, const struct wire_at *at, const struct wire_icmp *m)
{
    struct capture *c = ctx;
    char text[120];
    char ip[ADDR_TEXT];
    char port[STR_NUMBER];
    char router[ADDR_TEXT];
    struct fact f;
    const char *why = unreachable(m);
    struct host *h = why && m->proto == 6 ? host_find(c, m->src.ip) : NULL;
    c->now = at->time;
    if (!h) {
        return;
    }
    unsigned n = h->n_links < LINKS_MOST ? h->n_links : LINKS_MOST;
    for (unsigned i = 0; i < n; i++) {
        struct link *l = &h->link[i];
        if (!endpoint_eq(l->server, m->dst) || l->icmp || l->answered || l->up || l->failed) {
            continue;
        }
        l->icmp = true;
        l->failed = true;
        if (l->purpose == LINK_UNKNOWN) {
            continue;
        }
        int len = snprintf(text, sizeof text, "ICMP %s, told by %s", why,
                           addr_write(at->src.ip, router).p);
        struct str line = str_of(text, len > 0 ? (size_t)len : 0);
        fact_init(&f, FACT_CONNECT_TIMEOUT);
        link_facts(l, &f, port, ip);
        fact_add(&f, FIELD_TEXT, line);
        host_tell(c, h, at, &f, line);
        if (l->purpose == LINK_FETCH) {
            fetch_result(c, h, at, "7");
        }
    }
}

void trail_agent(struct capture *c, struct host *h, const struct wire_at *at, struct str agent,
                 struct str info)
{
    struct sip_agent a;
    char mac[MAC_TEXT];
    struct fact f;
    if (!sip_agent_read(agent, &a)) {
        return;
    }
    h->phone = true;
    fact_init(&f, FACT_PHONE_MODEL);
    fact_add(&f, FIELD_MODEL, a.model);
    fact_add(&f, FIELD_FIRMWARE, a.firmware);
    if (a.has_mac) {
        mac_write(a.mac, mac);
        fact_add(&f, FIELD_MAC, str_z(mac));
    }
    host_tell(c, h, at, &f, info);
}

void trail_identity(struct capture *c, struct host *h, const struct wire_at *at,
                    const struct fact *f, struct str info)
{
    c->sip_host = h;
    c->sip_at = at;
    c->sip_info = info;
    dissect_identity(&c->sip, f);
    c->sip_at = NULL;
}
