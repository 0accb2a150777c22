/* Questions to the name service as the phone's own cache logs them, and the causes behind
 * "Couldn't resolve host". */
#include "domain/journey/inside.h"

#define SILENCE_LEAST (2 * USEC_S)

struct str url_host(struct str url)
{
    size_t at = str_find(url, STR("://"));
    struct str s = at == STR_NPOS ? url : str_from(url, at + 3);
    size_t slash = str_chr(s, '/');
    s = str_head(s, slash);
    size_t user = str_chr(s, '@');
    if (user != STR_NPOS) {
        s = str_from(s, user + 1);
    }
    if (s.len && s.p[0] == '[') {
        size_t end = str_chr(s, ']');
        struct str inside = end == STR_NPOS ? s : str_of(s.p + 1, end - 1);
        return str_chr(inside, ':') == STR_NPOS ? str_head(s, end + 1) : inside; /* "[REDACTED]" */
    }
    return str_head(s, str_chr(s, ':'));
}

/* Labels that stand for something that was taken out begin so. */
static bool is_redacted(struct str label)
{
    return label.len &&
           (label.p[0] == 'x' || label.p[0] == 'X' || label.p[0] == '*' || label.p[0] == '<');
}

/* Redacted by hand: labels agree, or one of them is x's. */
static bool alike(struct str a, struct str b)
{
    unsigned same = 0;
    while (a.len && b.len) {
        struct str la = str_cut(&a, '.');
        struct str lb = str_cut(&b, '.');
        bool xa = is_redacted(la);
        bool xb = is_redacted(lb);
        if (str_ieq(la, lb)) {
            same += !xa; /* two redactions alike say nothing */
        } else if (!(xa && la.len <= 10) && !(xb && lb.len <= 10)) {
            return false;
        }
    }
    return same > 0 && a.len == 0 && b.len == 0;
}

bool same_host(struct str a, struct str b)
{
    if (a.len && a.p[a.len - 1] == '.') {
        a.len--;
    }
    if (b.len && b.p[b.len - 1] == '.') {
        b.len--;
    }
    size_t most = a.len < b.len ? a.len : b.len;
    size_t i = 0;
    while (i + 8 <= most && memcmp(a.p + i, b.p + i, 8) == 0) {
        i += 8;
    }
    while (i < most && ascii_lower(a.p[i]) == ascii_lower(b.p[i])) {
        i++;
    }
    if (i == a.len && i == b.len) {
        return a.len != 0;
    }
    size_t label = i; /* where the first that differs begins */
    while (label > 0 && a.p[label - 1] != '.') {
        label--;
    }
    /* Nearly always two names differ in a label of which nothing was taken out. */
    bool whole = i < a.len && i < b.len && !is_redacted(str_from(a, label)) &&
                 !is_redacted(str_from(b, label));
    return !whole && alike(a, b);
}

struct lookup *lookup_find(struct slot *s, struct str host, struct str qtype)
{
    for (unsigned i = s->n_lookups; i-- > 0;) {
        struct lookup *l = &s->lookup[i];
        if ((same_host(l->host, host) || same_host(l->alias, host)) &&
            (qtype.len == 0 || str_eq(l->qtype, qtype))) {
            return l;
        }
    }
    return NULL;
}

static struct lookup *add(struct slot *s, const struct fact *f, struct str qtype, enum role role)
{
    const struct fact *kept = s->n_lookups < ATTEMPT_LOOKUPS ? slot_keep(s, f) : NULL;
    if (!kept) {
        return NULL;
    }
    struct lookup *l = &s->lookup[s->n_lookups++];
    *l = (struct lookup){.host = fact_get(kept, FIELD_HOST),
                         .qtype = arena_str(&s->arena, qtype),
                         .role = role,
                         .asked_at = f->mono,
                         .query = kept};
    return l;
}

static bool query(struct slot *s, const struct fact *f, enum role role)
{
    struct str host = fact_get(f, FIELD_HOST);
    struct str qtype = fact_get(f, FIELD_QTYPE);
    struct lookup *l = lookup_find(s, host, qtype);
    l = l ? l : add(s, f, qtype, role);
    if (!l) {
        return true;
    }
    l->asked++;
    l->asked_at = f->mono;
    if (l->state == LOOKUP_NEGATIVE || l->state == LOOKUP_REFUSED) {
        l->state = LOOKUP_ASKED; /* asked again */
    }
    return true;
}

/* "reply NAME is VALUE": an alias, an address, a target, or what says that there is none. */
static enum lookup_state reply_state(struct str value)
{
    if (value.len == 0 || str_eq(value, STR("<CNAME>"))) {
        return LOOKUP_ALIAS;
    }
    if (str_starts(value, STR("NXDOMAIN")) || str_starts(value, STR("NODATA"))) {
        return LOOKUP_NEGATIVE;
    }
    if (str_starts(value, STR("SERVFAIL")) || str_starts(value, STR("REFUSED"))) {
        return LOOKUP_REFUSED;
    }
    return LOOKUP_ANSWERED;
}

static bool is_ip6(struct str v)
{
    return str_chr(v, ':') != STR_NPOS;
}

static enum stage stage_of(enum role r)
{
    return r == ROLE_ACTIVATION                                   ? STAGE_ACTIVATION_DNS
           : r == ROLE_PROVISIONING                               ? STAGE_PROVISIONING_DNS
           : r == ROLE_SRV || r == ROLE_PROXY || r == ROLE_TARGET ? STAGE_SRV
                                                                  : STAGE_NONE;
}

/* The server before the one that answered. */
static void conclude_mute(struct stretch *st, struct lookup *l)
{
    char ms[24];
    enum stage stage = stage_of(l->role);
    if (!l->mute || stage == STAGE_NONE) {
        return;
    }
    struct fact c = slot_conclude(FACT_DNS_SILENT, l->mute, stage);
    fact_add(&c, FIELD_ROLE, str_z(role_name(l->role)));
    fact_add(&c, FIELD_HOST, l->host);
    fact_add(&c, FIELD_QTYPE, l->qtype);
    fact_add(&c, FIELD_SERVER, fact_get(l->mute, FIELD_SERVER));
    fact_add(&c, FIELD_OTHER, l->server);
    fact_add(&c, FIELD_MS, str_number(ms, l->mute_for / USEC_MS));
    slot_loose(st, &c, stage, true);
    l->mute = NULL;
}

static void answer(struct stretch *st, struct slot *s, struct lookup *l, const struct fact *f,
                   enum lookup_state state, struct str value)
{
    if (l->state == LOOKUP_ANSWERED && state != LOOKUP_ANSWERED) {
        return;
    }
    bool first = l->state != state;
    l->state = state;
    l->answered_at = f->mono;
    conclude_mute(st, l);
    if (first || !l->answer) {
        const struct fact *kept = slot_keep(s, f);
        if (kept) {
            l->answer = kept;
            l->value = str_of(value.p ? kept->text.p + (value.p - f->text.p) : NULL, value.len);
            if (!(value.p >= f->text.p && value.p + value.len <= f->text.p + kept->text.len)) {
                l->value = arena_str(&s->arena, value);
            }
        }
    }
    if (state == LOOKUP_ANSWERED && l->server.len) {
        text_set(st->value[PHONE_RESOLVER], VALUE_MOST, l->server);
    }
}

/* A name that follows an alias: the next reply of another name, of the family that was asked. */
static struct lookup *behind_alias(struct slot *s, struct str host, struct str value)
{
    for (unsigned i = s->n_lookups; i-- > 0;) {
        struct lookup *l = &s->lookup[i];
        bool family = str_eq(l->qtype, STR("AAAA")) == is_ip6(value);
        if (l->state == LOOKUP_ALIAS && (family || reply_state(value) != LOOKUP_ANSWERED)) {
            l->alias = arena_str(&s->arena, host);
            return l;
        }
    }
    return NULL;
}

static struct lookup *of_reply(struct slot *s, struct str host, struct str value)
{
    /* A and AAAA are asked together: an address tells which of them was answered. */
    enum lookup_state state = reply_state(value);
    if (state == LOOKUP_ANSWERED && is_ip6(value)) {
        return lookup_find(s, host, STR("AAAA"));
    }
    if (str_eq(value, STR("NODATA-IPv6"))) {
        return lookup_find(s, host, STR("AAAA"));
    }
    struct lookup *l = NULL;
    for (unsigned i = 0; i < s->n_lookups && !l; i++) {
        struct lookup *c = &s->lookup[i];
        bool mine = same_host(c->host, host) || same_host(c->alias, host);
        bool six = str_eq(c->qtype, STR("AAAA"));
        if (mine && !six && (c->state <= LOOKUP_ALIAS || state == LOOKUP_ANSWERED)) {
            l = c;
        }
    }
    return l ? l : lookup_find(s, host, str_of(NULL, 0));
}

/* The question itself is not in the text: what is said of its name tells that it was asked. */
static struct lookup *unasked(struct slot *s, const struct fact *f, struct str value,
                              enum role role)
{
    struct str host = fact_get(f, FIELD_HOST);
    bool ours = same_host(host, s->host) || role == ROLE_SRV || role == ROLE_TARGET ||
                lookup_find(s, host, str_of(NULL, 0));
    bool six = is_ip6(value) || str_eq(value, STR("NODATA-IPv6"));
    if (!ours) {
        return NULL;
    }
    return add(s, f, role == ROLE_SRV ? STR("SRV") : six ? STR("AAAA") : STR("A"), role);
}

/* A log's cache asks the next server where one says nothing; both at once where it may choose. */
static void pass_over(struct lookup *l, const struct fact *f)
{
    usec_t waited = f->mono - l->forwarded_at;
    if (f->source == SOURCE_LOG && l->state == LOOKUP_FORWARDED && l->forward && !l->mute &&
        waited >= SILENCE_LEAST &&
        !str_eq(fact_get(l->forward, FIELD_SERVER), fact_get(f, FIELD_SERVER))) {
        l->mute = l->forward;
        l->mute_for = waited;
    }
}

static bool forwarded(struct slot *s, const struct fact *f, enum role role)
{
    struct str host = fact_get(f, FIELD_HOST);
    struct lookup *l = NULL;
    for (unsigned i = s->n_lookups; i-- > 0 && !l;) {
        struct lookup *c = &s->lookup[i];
        l = same_host(c->host, host) && c->state <= LOOKUP_FORWARDED ? c : NULL;
    }
    if (!l && lookup_find(s, host, str_of(NULL, 0))) {
        return true;
    }
    l = l ? l : unasked(s, f, str_of(NULL, 0), role);
    if (!l) {
        return false;
    }
    l->forwarded++;
    pass_over(l, f);
    if (l->state == LOOKUP_ASKED) {
        l->state = LOOKUP_FORWARDED;
        l->forwarded_at = f->mono;
    }
    l->forward = l->forward ? l->forward : slot_keep(s, f);
    if (l->forward) {
        l->server = arena_str(&s->arena, fact_get(f, FIELD_SERVER));
    }
    return true;
}

#define NEAR (50 * USEC_MS)

static bool take(struct stretch *st, struct slot *s, const struct fact *f, enum role role)
{
    struct str host = fact_get(f, FIELD_HOST);
    struct str value = fact_get(f, FIELD_VALUE);
    struct lookup *l = NULL;
    switch (f->kind) {
    case FACT_DNS_QUERY:
        return query(s, f, role);
    case FACT_DNS_FORWARD:
        return forwarded(s, f, role);
    case FACT_DNS_REPLY:
        l = of_reply(s, host, value);
        l = l ? l : behind_alias(s, host, value);
        l = l ? l : unasked(s, f, value, role);
        if (!l) {
            s->stray = arena_str(&s->arena, value);
            s->stray_at = f->mono;
            return false;
        }
        answer(st, s, l, f, reply_state(value), value);
        if (l->state == LOOKUP_ALIAS && s->stray.len && f->mono - s->stray_at < NEAR) {
            l->state = reply_state(s->stray); /* two lines out of step */
            l->value = s->stray;
        }
        return true;
    case FACT_DNS_ERROR: /* names no host: it is of the last question without an answer */
        for (unsigned i = s->n_lookups; i-- > 0;) {
            if (s->lookup[i].state <= LOOKUP_ALIAS) {
                answer(st, s, &s->lookup[i], f, LOOKUP_REFUSED, fact_get(f, FIELD_ERROR));
                return true;
            }
        }
        return false;
    default:
        return false;
    }
}

bool lookup_on(struct stretch *st, struct slot *s, const struct fact *f, enum role role)
{
    if (!take(st, s, f, role)) {
        return false;
    }
    for (unsigned i = 0; i < s->n_lookups; i++) {
        s->lookup[i].missing = st->missing;
    }
    return true;
}

/* An answer may take a moment; a probe tells that it waited as long as it was told to. */
static usec_t silence_least(const struct lookup *l)
{
    bool probe = l->forward && l->forward->source == SOURCE_PROBE;
    return probe ? 0 : SILENCE_LEAST;
}

/* A resolver that passes a question on to itself answers never, and the log fills with it. */
enum { LOOP_LEAST = 20 };

bool lookup_conclude(const struct stretch *st, struct slot *s, struct lookup *l, bool failed,
                     usec_t end, enum stage stage, const struct fact *base)
{
    char ms[24];
    char count[24];
    usec_t waited = l->forwarded_at || l->state == LOOKUP_FORWARDED ? end - l->forwarded_at : 0;
    enum fact_kind kind;
    const struct fact *on = base;
    switch (l->state) {
    case LOOKUP_ALIAS: /* a server did answer, though not to the end */
        if (!failed) {
            return false;
        }
        kind = FACT_DNS_UNRESOLVED;
        break;
    case LOOKUP_FORWARDED:
        kind =
            l->asked >= LOOP_LEAST && l->forwarded >= LOOP_LEAST ? FACT_DNS_LOOP : FACT_DNS_SILENT;
        if (waited < silence_least(l) && kind == FACT_DNS_SILENT) {
            if (!failed) {
                return false;
            }
            kind = FACT_DNS_UNRESOLVED;
        }
        if (kind == FACT_DNS_SILENT && !failed && st->missing > l->missing) {
            return false;
        }
        on = l->forward ? l->forward : on;
        break;
    case LOOKUP_NEGATIVE:
        kind = FACT_DNS_NEGATIVE;
        on = l->answer ? l->answer : on;
        break;
    case LOOKUP_REFUSED:
        kind = FACT_DNS_REFUSED;
        on = l->answer ? l->answer : on;
        break;
    case LOOKUP_ASKED:
        kind = l->asked >= LOOP_LEAST ? FACT_DNS_LOOP : FACT_DNS_UNRESOLVED;
        if (!failed && st->missing > l->missing) {
            return false;
        }
        break;
    case LOOKUP_ANSWERED:
    default:
        return false;
    }
    struct fact c = slot_conclude(kind, on, stage);
    fact_add(&c, FIELD_ROLE, str_z(role_name(l->role)));
    fact_add(&c, FIELD_HOST, l->host);
    fact_add(&c, FIELD_QTYPE, l->qtype);
    if (kind != FACT_DNS_UNRESOLVED) {
        fact_add(&c, FIELD_SERVER, l->server);
    }
    if (kind == FACT_DNS_SILENT) {
        fact_add(&c, FIELD_MS, str_number(ms, waited / USEC_MS));
    } else if (kind == FACT_DNS_LOOP) {
        fact_add(&c, FIELD_COUNT, str_number(count, l->asked));
    } else if (kind == FACT_DNS_NEGATIVE) {
        fact_add(&c, FIELD_VALUE, l->value);
    } else if (kind == FACT_DNS_REFUSED) {
        fact_add(&c, FIELD_ERROR, l->value);
    }
    slot_add(s, &c, true);
    return true;
}
