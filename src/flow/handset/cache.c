/* The phone's own name cache: addresses that an answer brought are not asked for again while they hold. Records of other types are,
 * as logs of phones show. */
#include <stdlib.h>

#include "flow/handset/inside.h"
#include "proto/dns/dns.h"

enum { ANSWER_MOST = 2048 }; /* bytes of an answer that is kept */

/* An answer, as it came; behind it the name that was asked for. */
struct cached {
    struct cached *next;
    usec_t since, until;
    uint32_t id; /* of the question that it is to answer, in the queue */
    uint16_t type, len, name_len;
    char bytes[];
};

/* Both lists: the newest first. */
struct handset_cache {
    struct cached *kept, *queue;
};

static struct str bytes_of(const struct cached *c)
{
    return str_of(c->bytes, c->len);
}

static bool is_of(const struct cached *c, struct str name, uint16_t type)
{
    return c->type == type && str_ieq(str_of(c->bytes + c->len, c->name_len), name);
}

/* Also those whose time is over go, and what is more than `most`. */
static void remove_one(struct handset *h, struct str name, uint16_t type, uint32_t most)
{
    struct cached **at = &h->cache->kept;
    for (uint32_t n = 0; *at;) {
        struct cached *c = *at;
        if (n == most || c->until <= h->now || is_of(c, name, type)) {
            *at = c->next;
            free(c);
        } else {
            at = &c->next;
            n++;
        }
    }
}

/* The time that all addresses and aliases hold, s; 0: it has no address. */
static uint32_t lifetime(const struct dns_message *m)
{
    struct dns_walk walk = dns_walk(m);
    struct dns_rr rr;
    struct addr a;
    uint32_t least = UINT32_MAX;
    bool any = false;
    while (dns_next(&walk, &rr)) {
        if (rr.section == DNS_ANSWER) {
            least = rr.ttl < least ? rr.ttl : least;
            any |= dns_rr_addr(&rr, &a);
        }
    }
    return any ? least : 0;
}

static struct cached *cached_new(struct str bytes, struct str name, uint16_t type)
{
    struct cached *c = malloc(sizeof *c + bytes.len + name.len);
    if (c) {
        *c = (struct cached){
            .type = type, .len = (uint16_t)bytes.len, .name_len = (uint16_t)name.len};
        memcpy(c->bytes, bytes.p, bytes.len);
        if (name.len) {
            memcpy(c->bytes + bytes.len, name.p, name.len);
        }
    }
    return c;
}

void handset_cache_put(struct handset *h, struct str bytes)
{
    struct dns_message m;
    struct err_at at;
    char text[DNS_NAME_TEXT];
    if (h->cfg->names_kept == 0 || bytes.len > ANSWER_MOST || dns_read(bytes, &m, &at) || m.rcode ||
        !m.has_question || (m.question.type != DNS_A && m.question.type != DNS_AAAA)) {
        return;
    }
    uint32_t ttl = lifetime(&m);
    struct str name = dns_name_text(m.question.name, text);
    struct cached *c = ttl ? cached_new(bytes, name, m.question.type) : NULL;
    h->cache = c && !h->cache ? calloc(1, sizeof *h->cache) : h->cache;
    if (!c || !h->cache) {
        free(c);
        return;
    }
    remove_one(h, name, m.question.type, h->cfg->names_kept - 1);
    c->since = h->now;
    c->until = h->now + ttl * USEC_S;
    c->next = h->cache->kept;
    h->cache->kept = c;
}

/* The answer as it is now: `since` s later. */
static void age(struct cached *c, uint32_t since)
{
    struct dns_message m;
    struct err_at at;
    struct dns_rr rr;
    if (dns_read(bytes_of(c), &m, &at)) {
        return;
    }
    struct dns_walk walk = dns_walk(&m);
    while (dns_next(&walk, &rr)) {
        if (rr.section != DNS_ANSWER) {
            continue;
        }
        uint32_t ttl = rr.ttl - since;
        char *p = c->bytes + (rr.data.p - c->bytes) - 6; /* RFC 1035 3.2.1: TTL, RDLENGTH, RDATA */
        for (int i = 0; i < 4; i++) {
            p[i] = (char)(unsigned char)(ttl >> (24 - 8 * i));
        }
    }
}

static void say(struct handset *h, const struct cached *c)
{
    struct dns_message m;
    struct err_at at;
    struct dns_rr rr;
    struct addr a;
    char name[DNS_NAME_TEXT], room[ADDR_TEXT], ttl[STR_NUMBER];
    if (!h->cfg->line || dns_read(bytes_of(c), &m, &at)) {
        return;
    }
    struct dns_walk walk = dns_walk(&m);
    while (dns_next(&walk, &rr)) {
        struct str owner = dns_name_text(rr.owner, name);
        if (rr.section == DNS_ANSWER && rr.type == DNS_CNAME) {
            SAY(h, "dnsmasq", "cached {host} is {value}", owner, STR("<CNAME>"));
        } else if (rr.section == DNS_ANSWER && dns_rr_addr(&rr, &a)) {
            SAY(h, "dnsmasq", "found A record={host} with TTL={ttl}", owner,
                str_number(ttl, rr.ttl));
            SAY(h, "dnsmasq", "cached {host} is {value}", owner, addr_write(a, room));
        }
    }
}

bool handset_cache_take(struct handset *h, uint32_t id, struct str name, uint16_t type)
{
    struct cached *c = h->cache ? h->cache->kept : NULL;
    while (c && (c->until <= h->now || !is_of(c, name, type))) {
        c = c->next;
    }
    struct cached *copy = c ? cached_new(bytes_of(c), STR(""), type) : NULL;
    if (!copy) {
        return false;
    }
    age(copy, (uint32_t)((h->now - c->since) / USEC_S));
    say(h, copy);
    copy->id = id;
    copy->next = h->cache->queue;
    h->cache->queue = copy;
    return true;
}

bool handset_cache_next(struct handset *h)
{
    struct cached **at = h->cache ? &h->cache->queue : NULL;
    if (!at || !*at) {
        return false;
    }
    while ((*at)->next) { /* the oldest */
        at = &(*at)->next;
    }
    struct cached *c = *at;
    *at = NULL;
    handset_answered(h, c->id, HANDSET_ANSWERED, bytes_of(c));
    free(c);
    return true;
}

static void list_free(struct cached *c)
{
    while (c) {
        struct cached *next = c->next;
        free(c);
        c = next;
    }
}

void handset_cache_clear(struct handset *h)
{
    if (h->cache) {
        list_free(h->cache->kept);
        list_free(h->cache->queue);
        free(h->cache);
        h->cache = NULL;
    }
}

size_t handset_cache_memory(const struct handset *h)
{
    size_t n = h->cache ? sizeof *h->cache : 0;
    for (const struct cached *c = h->cache ? h->cache->kept : NULL; c; c = c->next) {
        n += sizeof *c + c->len + c->name_len;
    }
    return n;
}
