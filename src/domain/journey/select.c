/* Choosing a SIP server: the proxy's SRV records, their targets' addresses, what is left of them. */
#include <stdio.h>

#include "domain/journey/inside.h"

enum { KEY_BEGIN, KEY_LAST, KEY_ENTRY, KEY_REFRESH, KEY_SKIP, KEY_QUERY };
enum { AT_LAST };
enum { TARGETS_MOST = 12 };

#define LEFT_WITHIN (5 * USEC_S)

static enum role role_of(const struct slot *s, struct str host)
{
    if (host.len && host.p[0] == '_') {
        return ROLE_SRV;
    }
    for (unsigned i = 0; i < s->a.n; i++) {
        if (s->a.fact[i]->kind == FACT_DNS_SRV &&
            same_host(fact_get(s->a.fact[i], FIELD_TARGET), host)) {
            return ROLE_TARGET;
        }
    }
    return same_host(host, s->host) ? ROLE_PROXY : ROLE_TARGET;
}

static void begin(struct journey *j, const struct fact *f)
{
    struct slot *s = &j->s.slot[SLOT_SELECT];
    select_end(j);
    fetch_end(j);
    lease_end(j);
    j->s.idle = false;
    j->s.sent_away = false;
    slot_open(s, ATTEMPT_SELECT, ROLE_SRV, f);
    const struct fact *kept = slot_keep(s, f);
    s->key[KEY_BEGIN] = kept;
    s->key[KEY_LAST] = kept;
    if (kept) {
        s->host = fact_get(kept, FIELD_HOST);
        if (s->host.len && s->host.p[0] == '_') { /* "_sips._tcp.proxy" */
            size_t dot = str_find(str_from(s->host, 1), STR("._"));
            struct str rest = dot == STR_NPOS ? s->host : str_from(s->host, dot + 3);
            (void)str_cut(&rest, '.');
            s->host = rest.len ? rest : s->host;
        }
        text_set(j->s.value[PHONE_PROXY], VALUE_MOST, s->host);
    }
}

static bool is_dns(unsigned kind)
{
    return kind >= FACT_DNS_QUERY && kind <= FACT_DNS_EXPIRY;
}

static bool of_sip(const struct slot *s, struct str host)
{
    if (str_starts(host, STR("_sip"))) {
        return true;
    }
    if (!s->open) {
        return false;
    }
    if (same_host(host, s->host)) {
        return true;
    }
    for (unsigned i = 0; i < s->a.n; i++) {
        if ((s->a.fact[i]->kind == FACT_DNS_SRV &&
             same_host(fact_get(s->a.fact[i], FIELD_TARGET), host)) ||
            (s->a.fact[i]->kind == FACT_SRV_REFRESH &&
             same_host(fact_get(s->a.fact[i], FIELD_HOST), host))) {
            return true;
        }
    }
    return false;
}

/* An SRV record whose target is the root: decidedly no service of that kind (RFC 2782). */
static bool says_none(const struct fact *f)
{
    static const struct str root = STR_INIT(".");
    return (f->kind == FACT_DNS_SRV && str_eq(fact_get(f, FIELD_TARGET), root)) ||
           (f->kind == FACT_DNS_REPLY && str_eq(fact_get(f, FIELD_VALUE), root));
}

static void on_dns(struct journey *j, struct slot *s, const struct fact *f)
{
    struct str host = fact_get(f, FIELD_HOST);
    struct lookup *l = lookup_find(s, host, str_of(NULL, 0));
    if (says_none(f)) {
        const struct fact *kept = slot_keep(s, f);
        if (l && l->state != LOOKUP_NEGATIVE && kept) {
            l->state = LOOKUP_NEGATIVE;
            l->answered_at = f->mono;
            l->answer = kept;
            l->value = STR("target .");
        }
        return;
    }
    if (f->kind == FACT_DNS_SRV) {
        (void)slot_keep(s, f);
        if (l && l->state != LOOKUP_ANSWERED) {
            l->state = LOOKUP_ANSWERED;
            l->answered_at = f->mono;
            l->answer = l->query;
            if (l->server.len) {
                text_set(j->s.value[PHONE_RESOLVER], VALUE_MOST, l->server);
            }
        }
        return;
    }
    if (f->kind == FACT_DNS_QUERY && role_of(s, host) == ROLE_SRV) {
        s->key[KEY_QUERY] = s->key[KEY_QUERY] ? s->key[KEY_QUERY] : f;
    }
    (void)lookup_on(&j->s, s, f, role_of(s, host));
}

void select_on(struct journey *j, const struct fact *f)
{
    struct slot *s = &j->s.slot[SLOT_SELECT];
    if (f->kind == FACT_SRV_START || (!s->open && f->kind == FACT_SRV_LOOKUP) ||
        (!s->open && f->kind == FACT_DNS_QUERY)) {
        begin(j, f);
        if (f->kind == FACT_DNS_QUERY) {
            s->a.n = 0; /* kept again as a question */
            on_dns(j, s, f);
        }
        return;
    }
    if (!s->open) {
        if (f->kind < FACT_SRV_START || f->kind > FACT_SRV_SAVE) {
            return;
        }
        begin(j, f);
        s->host = str_of(NULL, 0);
        j->s.value[PHONE_PROXY][0] = 0;
    }
    if (is_dns(f->kind)) {
        on_dns(j, s, f);
        return;
    }
    const struct fact *kept = slot_keep(s, f);
    s->at[AT_LAST] = f->mono;
    s->missing = j->s.missing;
    switch (f->kind) {
    case FACT_SRV_ENTRY:
        s->key[KEY_ENTRY] = kept ? kept : s->key[KEY_ENTRY];
        break;
    case FACT_SRV_REFRESH:
    case FACT_SRV_REFRESHED:
        s->key[KEY_REFRESH] = kept ? kept : s->key[KEY_REFRESH];
        break;
    case FACT_SRV_SKIP6:
        s->key[KEY_SKIP] = kept;
        break;
    default:
        break;
    }
}

bool select_wants(const struct journey *j, const struct fact *f)
{
    return of_sip(&j->s.slot[SLOT_SELECT], fact_get(f, FIELD_HOST));
}

/* The lowest priority of the targets, how many have it, and the priority of `host`. */
struct targets {
    int64_t least;
    unsigned n, n_least;
    int64_t of_host;
    struct str port;
    struct str first; /* one of the lowest */
};

static struct targets read_targets(const struct slot *s, struct str host)
{
    struct targets t = {.least = -1, .of_host = -1};
    for (unsigned i = 0; i < s->a.n; i++) {
        const struct fact *f = s->a.fact[i];
        int64_t prio = fact_int(f, FIELD_PRIORITY, -1);
        struct str name = fact_get(f, FIELD_TARGET);
        if (f->kind == FACT_SRV_GROUP) { /* hexadecimal here, decimal in the cache's lines */
            uint64_t hex = 0;
            name = fact_get(f, FIELD_HOST);
            prio = str_hex64(fact_get(f, FIELD_PRIORITY), &hex) ? (int64_t)hex : -1;
            for (unsigned k = 0; k < i; k++) {
                if (s->a.fact[k]->kind == FACT_DNS_SRV &&
                    same_host(fact_get(s->a.fact[k], FIELD_TARGET), name)) {
                    prio = -1; /* counted already */
                }
            }
        } else if (f->kind != FACT_DNS_SRV) {
            continue;
        }
        if (prio < 0) {
            continue;
        }
        t.n++;
        if (t.least < 0 || prio < t.least) {
            t.least = prio;
            t.n_least = 0;
            t.first = name;
        }
        t.n_least += prio == t.least;
        if (same_host(name, host)) {
            t.of_host = prio;
            t.port = fact_get(f, FIELD_PORT);
        }
    }
    return t;
}

static bool has_no_address(const struct slot *s, struct str host)
{
    for (unsigned i = 0; i < s->n_lookups; i++) {
        const struct lookup *l = &s->lookup[i];
        if (l->state == LOOKUP_NEGATIVE && str_eq(l->qtype, STR("A")) && same_host(l->host, host)) {
            return true;
        }
    }
    return false;
}

/* Whether a target of the best priority was looked at too: which one is used then is not told. */
static bool tried_best(const struct slot *s, int64_t least)
{
    for (unsigned i = 0; i < s->a.n; i++) {
        const struct fact *f = s->a.fact[i];
        if (f->kind == FACT_SRV_REFRESH &&
            read_targets(s, fact_get(f, FIELD_HOST)).of_host == least &&
            !has_no_address(s, fact_get(f, FIELD_HOST))) {
            return true;
        }
    }
    return false;
}

static void chosen(struct journey *j, struct slot *s)
{
    char prio[24];
    char count[24];
    const struct fact *entry = s->key[KEY_ENTRY];
    struct str target =
        s->key[KEY_REFRESH] ? fact_get(s->key[KEY_REFRESH], FIELD_HOST) : str_of(NULL, 0);
    struct targets t = read_targets(s, target);
    struct fact c = slot_conclude(FACT_SRV_CHOSEN, entry ? entry : s->key[KEY_REFRESH], STAGE_SRV);
    fact_add(&c, FIELD_HOST, s->host);
    fact_add(&c, FIELD_TARGET, target);
    if (entry) {
        fact_add(&c, FIELD_ADDRESS, fact_get(entry, FIELD_ADDRESS));
        fact_add(&c, FIELD_PORT, fact_get(entry, FIELD_PORT));
    }
    if (t.of_host >= 0) {
        fact_add(&c, FIELD_PRIORITY, str_number(prio, t.of_host));
        fact_add(&c, FIELD_COUNT, str_number(count, t.of_host == t.least ? t.n_least : 1));
    }
    slot_add(s, &c, false);
    struct stretch *st = &j->s;
    if (t.of_host >= 0) {
        char text[VALUE_MOST];
        int n = snprintf(text, sizeof text, "%.*s (prio=%lld, 1/%u)", STR_ARG(str_head(target, 90)),
                         (long long)t.of_host, t.of_host == t.least ? t.n_least : 1);
        text_set(st->value[PHONE_TARGET], VALUE_MOST, str_of(text, (size_t)n));
    }
    st->awaiting = true;
    st->awaiting_since = s->at[AT_LAST];
    st->awaiting_missing = s->missing;
    st->awaiting_fact = fact_bare(&c, st->awaiting_text, sizeof st->awaiting_text);
    text_set(st->awaiting_host, VALUE_MOST, s->host);
    text_set(st->awaiting_target, VALUE_MOST, target);
    text_set(st->awaiting_address, VALUE_MOST, fact_get(&c, FIELD_ADDRESS));
    text_set(st->awaiting_port, sizeof st->awaiting_port, fact_get(&c, FIELD_PORT));
    bool left = st->broke && s->at[AT_LAST] - st->broke_at < LEFT_WITHIN; /* it had the best */
    if (t.of_host > t.least && t.least >= 0 && s->a.missing == 0 && !left &&
        !tried_best(s, t.least)) {
        struct fact b = slot_conclude(FACT_SRV_BACKUP, &c, STAGE_SRV);
        fact_add(&b, FIELD_HOST, s->host);
        fact_add(&b, FIELD_TARGET, target);
        fact_add(&b, FIELD_PRIORITY, str_number(prio, t.of_host));
        fact_add(&b, FIELD_OTHER, t.first);
        slot_add(s, &b, false);
    }
}

/* Targets without an IPv4 address: none is left for a phone that does not use IPv6. */
static bool conclude_addresses(const struct stretch *st, struct slot *s)
{
    bool any4 = false;
    struct lookup *dead = NULL;
    struct lookup *six = NULL;
    for (unsigned i = 0; i < s->n_lookups; i++) {
        struct lookup *l = &s->lookup[i];
        bool aaaa = str_eq(l->qtype, STR("AAAA"));
        if (l->role != ROLE_TARGET) {
            continue;
        }
        any4 |= !aaaa && l->state == LOOKUP_ANSWERED;
        dead = !aaaa && l->state != LOOKUP_ANSWERED ? l : dead;
        six = aaaa && l->state == LOOKUP_ANSWERED ? l : six;
    }
    if (any4 || !dead) {
        return false;
    }
    const struct fact *on = s->key[KEY_SKIP] ? s->key[KEY_SKIP] : six ? six->answer : NULL;
    if (on && (dead->state == LOOKUP_NEGATIVE || s->key[KEY_SKIP])) {
        struct fact c = slot_conclude(FACT_SRV_ONLY6, on, STAGE_SRV);
        fact_add(&c, FIELD_HOST, s->host);
        fact_add(&c, FIELD_TARGET, dead->host);
        slot_add(s, &c, true);
        return true;
    }
    return lookup_conclude(st, s, dead, false, st->mono, STAGE_SRV, s->key[KEY_LAST]);
}

/* Whether a server's address was found, by what the text shows of it. */
static bool has_address(const struct slot *s)
{
    bool any = s->key[KEY_REFRESH] && s->key[KEY_REFRESH]->kind == FACT_SRV_REFRESHED;
    for (unsigned i = 0; i < s->n_lookups; i++) {
        const struct lookup *l = &s->lookup[i];
        any = any || (l->role != ROLE_SRV && l->state == LOOKUP_ANSWERED &&
                      !str_eq(l->qtype, STR("AAAA")));
    }
    return any;
}

void select_end(struct journey *j)
{
    struct slot *s = &j->s.slot[SLOT_SELECT];
    if (!s->open) {
        return;
    }
    const struct fact *entry = s->key[KEY_ENTRY];
    bool up = entry && !str_starts(fact_get(entry, FIELD_STATE), STR("down"));
    bool answered = false;
    struct lookup *bad = NULL;
    int64_t ms = -1;
    for (unsigned i = 0; i < s->n_lookups; i++) {
        struct lookup *l = &s->lookup[i];
        if (l->role == ROLE_SRV || l->role == ROLE_PROXY) {
            answered |= l->state == LOOKUP_ANSWERED;
            bad = l->state != LOOKUP_ANSWERED && !str_eq(l->qtype, STR("AAAA")) &&
                          (!bad || l->role == ROLE_SRV)
                      ? l
                      : bad;
            ms = l->state == LOOKUP_ANSWERED ? (l->answered_at - l->asked_at) / USEC_MS : ms;
        }
    }
    bool failed = false;
    bool address = has_address(s);
    if (!up && !answered && bad) {
        failed = lookup_conclude(&j->s, s, bad, false, j->s.mono, STAGE_SRV, s->key[KEY_LAST]);
    } else if (!up) {
        failed = conclude_addresses(&j->s, s);
    }
    const struct fact *on = entry ? entry : s->key[KEY_REFRESH];
    on = on ? on : s->key[KEY_LAST];
    if (!failed && on && (up || address)) {
        slot_rung(s, STAGE_SRV, STAGE_OK, ms, on);
        if (entry || s->key[KEY_REFRESH]) {
            chosen(j, s);
        }
        if (entry) {
            char text[VALUE_MOST];
            struct str a = fact_get(entry, FIELD_ADDRESS);
            struct str p = fact_get(entry, FIELD_PORT);
            if (a.len + p.len + 1 < sizeof text) {
                memcpy(text, a.p, a.len);
                text[a.len] = ':';
                if (p.len) {
                    memcpy(text + a.len + 1, p.p, p.len);
                }
                text_set(j->s.value[PHONE_EDGE], VALUE_MOST, str_of(text, a.len + 1 + p.len));
            }
        }
    }
    slot_close(&j->s, s);
}
