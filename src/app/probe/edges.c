/* The targets of the outbound proxy: SRV, then addresses (RFC 3263 4.2), as a phone finds them. */
#include <stdio.h>

#include "app/probe/ask.h"

bool probe_proxy_read(struct str proxy, struct str *ret_host, uint16_t *ret_port)
{
    uint64_t port = 0;
    struct str host = proxy;
    struct addr a;
    if (proxy.len && proxy.p[0] == '[') {
        size_t end = str_chr(proxy, ']');
        host = str_from(str_head(proxy, end), 1);
        proxy = end == STR_NPOS ? STR("?") : str_from(proxy, end + 1);
    } else if (!addr_read(proxy, &a)) {
        host = str_head(proxy, str_chr(proxy, ':'));
        proxy = str_from(proxy, host.len);
    } else {
        proxy = str_of(NULL, 0);
    }
    if (host.len == 0 || (proxy.len && proxy.p[0] != ':')) {
        return false;
    }
    if (proxy.len && (!str_u64(str_from(proxy, 1), &port) || port == 0 || port > 65535)) {
        return false;
    }
    *ret_host = host;
    *ret_port = (uint16_t)port;
    return true;
}

uint16_t probe_default_port(enum service_transport t)
{
    return t == SERVICE_TLS ? 5061 : 5060;
}

/* The name that a phone prefixes (RFC 3263 4.1): _sips._tcp stands for TLS. */
static struct str srv_name(struct probe *p, struct str host)
{
    static const char *const prefix[] = {"_sips._tcp.", "_sip._tcp.", "_sip._udp."};
    char name[300];
    snprintf(name, sizeof name, "%s%.*s", prefix[p->service->transport], STR_ARG(host));
    return arena_str(&p->arena, str_z(name));
}

static void tell_start(struct probe *p, struct str host, uint16_t port)
{
    char number[STR_NUMBER];
    struct fact f;
    fact_init(&f, FACT_SRV_START);
    fact_add(&f, FIELD_HOST, host);
    if (port) {
        fact_add(&f, FIELD_PORT, str_number(number, port));
    }
    probe_tell(p, &f);
}

/* Which of them the phone would turn to first. */
static void tell_choice(struct probe *p)
{
    char number[STR_NUMBER];
    char at[ADDR_TEXT];
    struct fact f;
    for (size_t i = 0; i < p->n_edges; i++) {
        const struct probe_edge *e = &p->edge[i];
        struct addr literal;
        if (!e->used) {
            continue;
        }
        if (!addr_read(e->host, &literal)) {
            fact_init(&f, FACT_SRV_REFRESH);
            fact_add(&f, FIELD_HOST, e->host);
            probe_tell(p, &f);
        }
        fact_init(&f, FACT_SRV_ENTRY);
        fact_add(&f, FIELD_ADDRESS, addr_write(e->at.ip, at));
        fact_add(&f, FIELD_PORT, str_number(number, e->at.port));
        fact_add(&f, FIELD_STATE, STR("up"));
        probe_tell(p, &f);
        return;
    }
}

static void show_target(struct probe *p, const struct probe_srv *t, bool srv, size_t n4, size_t n6,
                        int64_t ms)
{
    char subject[300];
    char how[80] = "";
    snprintf(subject, sizeof subject, "%.*s:%u", STR_ARG(str_head(t->target, 255)), t->port);
    if (srv) {
        snprintf(how, sizeof how, "priority %u, weight %u, TTL %u s: ", t->priority, t->weight,
                 t->ttl);
    }
    bool six = p->o.model->ipv6;
    enum probe_state state = n4 || (n6 && six) ? PROBE_OK : PROBE_FAIL;
    if (n4 + n6 == 0) {
        probe_show_stage(p, STAGE_SRV, state, str_z(subject), ms, "%sno address", how);
    } else if (n4 == 0 && !six) {
        probe_show_stage(p, STAGE_SRV, state, str_z(subject), ms,
                         "%sonly IPv6, which the phone does not use", how);
    } else {
        probe_show_stage(p, STAGE_SRV, state, str_z(subject), ms, "%s%zu IPv4, %zu IPv6", how, n4,
                         n6);
    }
}

static enum err add_target(struct probe *p, const struct probe_srv *t, bool srv)
{
    struct addr a[PROBE_ADDRESSES];
    size_t n = 0, n4 = 0;
    usec_t began = probe_clock();
    enum err e = probe_resolve(p, t->target, a, PROBE_ADDRESSES, &n);
    if (e != ERR_OK && e != ERR_MISSING) {
        return e;
    }
    n = e == ERR_OK ? n : 0;
    for (size_t i = 0; i < n && p->n_edges < sizeof p->edge / sizeof *p->edge; i++) {
        n4 += a[i].family == 4;
        p->edge[p->n_edges++] = (struct probe_edge){.host = t->target,
                                                    .at = {a[i], t->port},
                                                    .priority = t->priority,
                                                    .weight = t->weight,
                                                    .used = a[i].family == 4 || p->o.model->ipv6};
    }
    struct addr literal;
    if (!p->o.dry_run && !addr_read(t->target, &literal)) {
        show_target(p, t, srv, n4, n - n4, (probe_clock() - began) / USEC_MS);
    }
    return ERR_OK;
}

static enum err by_srv(struct probe *p, struct str host)
{
    struct probe_srv t[PROBE_EDGES];
    size_t n = 0;
    struct str name = srv_name(p, host);
    usec_t began = probe_clock();
    enum err e = probe_resolve_srv(p, name, t, PROBE_EDGES, &n);
    int64_t ms = (probe_clock() - began) / USEC_MS;
    if (p->o.dry_run) {
        return e == ERR_MISSING ? ERR_OK : e;
    }
    if (e == ERR_MISSING) { /* RFC 3263 4.2: the name itself is left, at the usual port */
        const struct probe_srv self = {.target = arena_str(&p->arena, host),
                                       .port = probe_default_port(p->service->transport)};
        probe_show_stage(p, STAGE_SRV, PROBE_WARN, name, ms, "nothing was found by SRV");
        return ask_mute(p) ? ERR_OK : add_target(p, &self, false);
    }
    if (e == ERR_OK) {
        probe_show_stage(p, STAGE_SRV, PROBE_OK, name, ms, "%zu target%s", n, n == 1 ? "" : "s");
    }
    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        e = add_target(p, &t[i], true);
    }
    return e;
}

enum err probe_edges(struct probe *p)
{
    struct str host = {NULL, 0};
    uint16_t port = 0;
    struct addr a;
    if (p->has_edges) {
        return ERR_OK;
    }
    p->has_edges = true;
    if (p->service->proxy.len == 0) {
        probe_show_stage(p, STAGE_SRV, PROBE_SKIPPED, STR("outbound proxy"), -1,
                         "none is given: --proxy, or `proxy` in the service file");
        return ERR_OK;
    }
    if (!probe_proxy_read(p->service->proxy, &host, &port)) {
        probe_show_stage(p, STAGE_SRV, PROBE_FAIL, p->service->proxy, -1, "is no host:port");
        return ERR_OK;
    }
    bool literal = addr_read(host, &a);
    tell_start(p, host, port);
    enum err e = ERR_OK;
    if (!literal && port == 0) {
        e = by_srv(p, host);
    } else {
        struct probe_srv t = {.target = arena_str(&p->arena, host),
                              .port = port ? port : probe_default_port(p->service->transport)};
        e = add_target(p, &t, false);
    }
    tell_choice(p);
    return e;
}
