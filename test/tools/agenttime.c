/* agenttime [PHONES [SECONDS]]: lines of phones (flow/agent) registered at an edge (flow/edge) and kept registered for a stretch of
 * virtual time; no sockets, real digests. Each is notified once, and challenges that. One line of figures: microseconds of
 * a registration (REGISTER, 401, REGISTER, 200) on the phone's side and on the edge's, bytes of a phone at rest. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "flow/agent/agent.h"
#include "flow/edge/edge.h"
#include "io/tls/crypto.h"

static const struct str realm = STR_INIT("example.com");
static const struct endpoint server = {{4, {192, 0, 2, 1}}, 5060};

struct phone {
    struct agent a;
    struct agent_line line;
    char user[12];
};

struct load {
    struct edge *e;
    struct agent_cfg cfg;
    struct agent_work *work;
    struct phone *phones;
    unsigned n;
    usec_t now;
    unsigned long registered, notified, wrong;
    double phones_s, edge_s;
    unsigned from; /* whose message is under way */
    size_t len;    /* 0: none is */
    char text[4096];
};

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct endpoint local_of(unsigned i)
{
    return (struct endpoint){addr4(0x0a000000U + i), 5060};
}

/* What a phone wants; what it says waits for settle(). */
static void drain_phone(struct load *l, unsigned i)
{
    struct agent *a = &l->phones[i].a;
    struct agent_action x;
    while (agent_next(a, &x)) {
        switch (x.what) {
        case AGENT_SEND:
            l->from = i;
            l->len = x.text.len < sizeof l->text ? x.text.len : 0;
            memcpy(l->text, x.text.p, l->len);
            break;
        case AGENT_OPEN:
            agent_on_open(a, local_of(i), l->now);
            break;
        case AGENT_STATE:
            l->registered += x.state == AGENT_REGISTERED;
            l->wrong += x.state == AGENT_WAITING || x.state == AGENT_STOPPED;
            break;
        case AGENT_NOTIFY:
            l->notified++;
            break;
        case AGENT_ASK:
        case AGENT_CLOSE:
        case AGENT_CALL:
            l->wrong++;
            break;
        }
    }
}

static void to_edge(struct load *l)
{
    struct edge_from from = {.flow = {.transport = TRANSPORT_UDP, .peer = local_of(l->from)}};
    from.local = server;
    size_t len = l->len;
    double began = clock_now();
    l->len = 0;
    edge_on_message(l->e, &from, str_of(l->text, len), l->now);
    l->edge_s += clock_now() - began;
}

static void to_phone(struct load *l, const struct edge_action *x)
{
    const uint8_t *b = x->flow.peer.ip.b;
    unsigned i = (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3];
    double began = clock_now();
    agent_on_bytes(&l->phones[i].a, x->bytes, l->now);
    drain_phone(l, i);
    l->phones_s += clock_now() - began;
}

/* Until nobody has anything to say. One message is under way at a time. */
static void settle(struct load *l)
{
    struct edge_action x;
    bool more = true;
    while (more) {
        more = edge_next(l->e, &x);
        if (more && x.what == EDGE_SEND) {
            to_phone(l, &x);
        } else if (!more && l->len > 0) {
            to_edge(l);
            more = true;
        }
    }
}

static bool account(struct load *l, unsigned i)
{
    size_t len;
    struct account_row row = {.user = str_z(l->phones[i].user), .has_ha1 = 1};
    const struct str parts[] = {row.user, STR(":"), realm, STR(":secret")};
    return tls_crypto()->digest(DIGEST_MD5, parts, 4, row.ha1[0], &len) == ERR_OK &&
           edge_account_put(l->e, &row, l->now) == ERR_OK;
}

static bool setup(struct load *l)
{
    struct edge_cfg edge;
    l->now = (usec_t)1700000000 * USEC_S;
    edge_cfg_usual(&edge);
    edge.crypto = tls_crypto();
    edge.realm = edge.domains[0] = realm;
    edge.n_domains = 1;
    edge.look = EDGE_BROADWORKS;
    edge.hash = (struct hash_key){{1, 2}};
    agent_cfg_usual(&l->cfg);
    l->cfg.crypto = tls_crypto();
    l->cfg.domain = realm;
    l->cfg.user_agent = STR("Cisco-CP-8865-3PCC/12.0.2");
    l->cfg.servers.servers = STR("192.0.2.1");
    l->phones = calloc(l->n, sizeof *l->phones);
    if (!l->phones || edge_new(&edge, 1, l->now, &l->e) != ERR_OK ||
        agent_work_new(&l->work) != ERR_OK) {
        return false;
    }
    for (unsigned i = 0; i < l->n; i++) {
        struct phone *p = &l->phones[i];
        snprintf(p->user, sizeof p->user, "%u", 10000000 + i);
        p->line = (struct agent_line){.user = str_z(p->user), .password = STR("secret")};
        agent_init(&p->a, &l->cfg, &p->line, l->work, NULL, i);
        if (!account(l, i)) {
            return false;
        }
    }
    return true;
}

static void notify_all(struct load *l)
{
    for (unsigned i = 0; i < l->n; i++) {
        if (edge_notify(l->e, str_z(l->phones[i].user), STR("check-sync"), l->now) != ERR_OK) {
            l->wrong++;
        }
        settle(l);
    }
}

/* Everyone begins within a minute; then time goes by in steps of 10 ms. */
static void run(struct load *l, unsigned seconds)
{
    for (unsigned i = 0; i < l->n; i++) {
        l->now += 60 * USEC_S / l->n;
        agent_start(&l->phones[i].a, l->now);
        drain_phone(l, i);
        settle(l);
    }
    notify_all(l);
    for (usec_t end = l->now + seconds * USEC_S; l->now < end; l->now += 100 * USEC_MS) {
        for (unsigned i = 0; i < l->n; i++) {
            usec_t due = agent_deadline(&l->phones[i].a);
            if (due != USEC_NONE && due <= l->now) {
                double began = clock_now();
                agent_on_time(&l->phones[i].a, l->now);
                drain_phone(l, i);
                l->phones_s += clock_now() - began;
                settle(l);
            }
        }
        edge_on_time(l->e, l->now);
        settle(l);
    }
}

int main(int argc, char **argv)
{
    static struct load l;
    l.n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
    unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 600;
    if (l.n == 0 || l.n > 1 << 24 || !setup(&l)) {
        fprintf(stderr, "agenttime: it cannot begin\n");
        return 3;
    }
    size_t rest = 0;
    run(&l, seconds);
    for (unsigned i = 0; i < l.n; i++) {
        struct agent *a = &l.phones[i].a;
        rest +=
            sizeof *a + a->auth_room + (a->select.list ? malloc_usable_size(a->select.list) : 0);
        agent_clear(a);
    }
    if (l.registered == 0 || l.n == 0) {
        fprintf(stderr, "agenttime: nobody registered\n");
        return 1;
    }
    printf("%u phones, %lu registrations, %.2f us each (edge: %.2f us), %zu bytes a phone, %lu "
           "notified, "
           "%lu wrong\n",
           l.n, l.registered, l.phones_s * 1e6 / (double)l.registered,
           l.edge_s * 1e6 / (double)l.registered, rest / l.n, l.notified, l.wrong);
    agent_work_free(l.work);
    edge_free(l.e);
    free(l.phones);
    return l.wrong || l.notified != l.n || l.registered < l.n ? 1 : 0;
}
