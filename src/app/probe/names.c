/* Names to addresses and SRV targets, asked as the phone would ask. */
#include "app/probe/names.h"

#include <stdlib.h>

enum { TARGETS = 64 /* of one SRV answer */ };

struct str names_host_of(struct str url)
{
    size_t at = str_find(url, STR("://"));
    struct str s = at == STR_NPOS ? url : str_from(url, at + 3);
    s = str_head(s, str_chr(s, '/'));
    size_t user = str_chr(s, '@');
    s = user == STR_NPOS ? s : str_from(s, user + 1);
    if (s.len && s.p[0] == '[') {
        size_t end = str_chr(s, ']');
        return end == STR_NPOS ? s : str_head(s, end + 1);
    }
    return str_head(s, str_chr(s, ':'));
}

bool probe_dead(const struct probe *p, struct str host)
{
    for (size_t i = 0; i < p->n_dead; i++) {
        if (str_ieq(p->dead[i], host)) {
            return true;
        }
    }
    return false;
}

static void bury(struct probe *p, struct str host)
{
    if (!probe_dead(p, host) && p->n_dead < sizeof p->dead / sizeof *p->dead) {
        p->dead[p->n_dead++] = arena_str(&p->arena, host);
    }
}

/* Keeps and allows the addresses of one answer. */
static bool addresses(struct probe *p, const struct ask_answer *a, struct names_found *f)
{
    struct dns_rr rr;
    struct addr addr;
    if (a->state != ASK_ANSWERED) {
        return false;
    }
    for (struct dns_walk w = dns_walk(&a->m); dns_next(&w, &rr);) {
        if (f->n < PROBE_ADDRESSES && dns_answers(&a->m, &a->a, &rr) && dns_rr_addr(&rr, &addr)) {
            probe_allow(p, addr);
            f->addr[f->n++] = addr;
        }
    }
    return true;
}

static bool literal(struct probe *p, struct str host, struct names_found *f)
{
    struct addr a;
    if (!addr_read(host, &a)) {
        return false;
    }
    probe_allow(p, a);
    *f = (struct names_found){.addr = {a}, .n = 1, .four = a.family == 4, .six = a.family == 6};
    return true;
}

/* Beside the addresses it is of interest only where it says more than that there are none. */
static bool six_worth(const struct ask_answer *four, const struct ask_answer *six)
{
    return !(six->state == ASK_NODATA && four->state == ASK_ANSWERED) && six->state != four->state;
}

/* Whether DNS can carry the name; a row says so when it cannot. */
static bool sound(struct probe *p, const struct names_look *l)
{
    uint8_t wire[DNS_NAME_WIRE];
    size_t len;
    bool ok = dns_name_wire(l->host, wire, &len);
    if (!ok) {
        probe_show_stage(p, l->stage, PROBE_FAIL, l->host, -1, "is no name that DNS can carry");
    }
    return ok;
}

enum err names_host(struct probe *p, const struct names_look *l, struct names_found *ret_found)
{
    const struct ask q[] = {{.name = l->host, .type = DNS_A, .spare = !l->needed},
                            {.name = l->host, .type = DNS_AAAA, .spare = !l->needed}};
    struct ask_answer answers[2 * PROBE_RESOLVERS];
    struct names_found f = {0};
    if (literal(p, l->host, ret_found)) {
        return ERR_OK;
    }
    ask_resolvers(p);
    size_t each = p->o.n_resolvers;
    enum err e = each && sound(p, l) ? ask(p, q, 2, answers) : ERR_MISSING;
    if (e != ERR_OK) {
        return e;
    }
    const struct ask_answer *four = ask_best(p, answers);
    const struct ask_answer *six = ask_best(p, answers + each);
    names_tell(p, l, q, 2, answers);
    names_rows(p, l, &q[0], answers);
    if (six->state == ASK_ANSWERED || six_worth(four, six)) {
        names_rows(p, l, &q[1], answers + each);
    }
    f.four = addresses(p, four, &f);
    f.six = addresses(p, six, &f);
    f.asked = four->state != ASK_NOT_SENT;
    f.dead = ask_dead(four);
    *ret_found = f;
    if (f.n == 0 && f.asked) {
        bury(p, l->host);
    }
    return f.n ? ERR_OK : ERR_MISSING;
}

static int by_rank(const void *x, const void *y)
{
    const struct probe_srv *a = x;
    const struct probe_srv *b = y;
    return a->priority != b->priority ? (a->priority < b->priority ? -1 : 1)
           : a->weight != b->weight   ? (a->weight > b->weight ? -1 : 1)
                                      : str_cmp(a->target, b->target);
}

/* The best `most` of them: answers come in any order. */
static size_t targets(struct probe *p, const struct ask_answer *a, struct probe_srv *ret,
                      size_t most)
{
    struct probe_srv all[TARGETS];
    char text[DNS_NAME_TEXT];
    struct dns_rr rr;
    struct dns_srv srv;
    size_t n = 0;
    for (struct dns_walk w = dns_walk(&a->m); n < TARGETS && dns_next(&w, &rr);) {
        if (dns_answers(&a->m, &a->a, &rr) && dns_rr_srv(&rr, &srv)) {
            if (dns_name_root(srv.target)) {
                continue; /* decidedly no service (RFC 2782) */
            }
            all[n++] =
                (struct probe_srv){.target = arena_str(&p->arena, dns_name_text(srv.target, text)),
                                   .priority = srv.priority,
                                   .weight = srv.weight,
                                   .ttl = rr.ttl,
                                   .port = srv.port};
        }
    }
    if (n == 0) {
        return 0;
    }
    qsort(all, n, sizeof *all, by_rank);
    n = n < most ? n : most;
    memcpy(ret, all, n * sizeof *ret);
    return n;
}

enum err names_srv(struct probe *p, const struct names_look *l, struct probe_srv *ret, size_t most,
                   size_t *ret_n)
{
    const struct ask q = {.name = l->host, .type = DNS_SRV};
    struct ask_answer answers[PROBE_RESOLVERS];
    ask_resolvers(p);
    enum err e = p->o.n_resolvers && sound(p, l) ? ask(p, &q, 1, answers) : ERR_MISSING;
    if (e != ERR_OK) {
        return e;
    }
    const struct ask_answer *best = ask_best(p, answers);
    names_tell(p, l, &q, 1, answers);
    names_rows(p, l, &q, answers);
    *ret_n = best->state == ASK_ANSWERED ? targets(p, best, ret, most) : 0;
    return *ret_n ? ERR_OK : ERR_MISSING;
}

enum err names_show(struct probe *p, const struct names_look *l, uint16_t type)
{
    const struct ask q = {.name = l->host, .type = type, .spare = true};
    struct ask_answer answers[PROBE_RESOLVERS];
    ask_resolvers(p);
    enum err e = p->o.n_resolvers && sound(p, l) ? ask(p, &q, 1, answers) : ERR_MISSING;
    if (e == ERR_OK) {
        names_rows(p, l, &q, answers);
    }
    return e == ERR_MISSING ? ERR_OK : e;
}

static bool holds(const struct service_list *urls, struct str host)
{
    for (size_t i = 0; i < urls->n; i++) {
        if (str_ieq(names_host_of(urls->v[i]), host)) {
            return true;
        }
    }
    return false;
}

static const char *role_of(const struct probe *p, struct str host)
{
    return holds(&p->service->activation, host)              ? "activation"
           : holds(&p->service->provisioning, host)          ? "provisioning"
           : str_ieq(names_host_of(p->service->proxy), host) ? "proxy"
                                                             : "target";
}

enum err probe_resolve(struct probe *p, struct str host, struct addr *ret, size_t most,
                       size_t *ret_n)
{
    struct names_found f = {0};
    const struct names_look l = {.host = host,
                                 .role = role_of(p, host),
                                 .stage = STAGE_SRV,
                                 .show = p->check == &probe_dns,
                                 .needed = true};
    if (probe_dead(p, host)) {
        return ERR_MISSING;
    }
    enum err e = names_host(p, &l, &f);
    size_t n = f.n < most ? f.n : most;
    if (e != ERR_OK || n == 0) {
        return e != ERR_OK ? e : ERR_MISSING;
    }
    memcpy(ret, f.addr, n * sizeof *ret);
    *ret_n = n;
    return ERR_OK;
}

enum err probe_resolve_srv(struct probe *p, struct str name, struct probe_srv *ret, size_t most,
                           size_t *ret_n)
{
    const struct names_look l = {.host = name,
                                 .role = "srv",
                                 .stage = STAGE_SRV,
                                 .show = p->check == &probe_dns,
                                 .needed = true};
    return names_srv(p, &l, ret, most, ret_n);
}
