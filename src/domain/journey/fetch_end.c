/* What became of a download: the causes behind its failure, as far as its lines carry them. */
#include "domain/journey/fetch.h"

enum stage fetch_stage(enum role r)
{
    return r == ROLE_ACTIVATION     ? STAGE_ACTIVATION
           : r == ROLE_PROVISIONING ? STAGE_PROVISIONING
                                    : STAGE_NONE;
}

static enum stage dns_stage(enum role r)
{
    return r == ROLE_ACTIVATION     ? STAGE_ACTIVATION_DNS
           : r == ROLE_PROVISIONING ? STAGE_PROVISIONING_DNS
                                    : STAGE_NONE;
}

static void rung(struct slot *s, enum stage stage, enum stage_state state, int64_t ms,
                 const struct fact *f)
{
    if (stage != STAGE_NONE) {
        slot_rung(s, stage, state, ms, f);
    }
}

static bool is_address(struct str host)
{
    for (size_t i = 0; i < host.len; i++) {
        if (!ascii_digit(host.p[i]) && host.p[i] != '.') {
            return str_chr(host, ':') != STR_NPOS;
        }
    }
    return host.len != 0;
}

/* A capture may end before the phone goes on: judged when it did. */
static void sent_away(struct stretch *st, const struct slot *s, const struct fact *base)
{
    if (s->a.source == SOURCE_CAPTURE) {
        st->sent_away = true;
        st->sent_fact = fact_bare(base, st->sent_text, sizeof st->sent_text);
        text_set(st->sent_server, VALUE_MOST, s->host);
        text_set(st->sent_url, VALUE_MOST, s->url);
    }
}

static void conclude_target(struct journey *j, struct slot *s, bool worked)
{
    struct str server = s->host;
    bool expected = j->cfg.expect.len && same_host(j->cfg.expect, server);
    const struct fact *base = s->key[KEY_START] ? s->key[KEY_START] : s->a.fact[0];
    if (!s->number[N_DHCP] || !server.len || expected) {
        return;
    }
    if (worked && !j->cfg.expect.len) {
        sent_away(&j->s, s, base);
        return;
    }
    /* The option that named the server, where the lease is in the text. */
    struct fact c = slot_conclude(FACT_TARGET_DHCP, base, STAGE_DHCP);
    fact_add(&c, FIELD_STATE, j->cfg.expect.len ? STR("other") : STR("used"));
    fact_add(&c, FIELD_OTHER, j->cfg.expect);
    fact_add(&c, FIELD_SERVER, server);
    fact_add(&c, FIELD_URL, s->url);
    slot_add(s, &c, true);
    bool dead = false;
    for (unsigned i = 0; i < s->a.n; i++) {
        dead |= s->a.fact[i]->kind == FACT_TFTP_TIMEOUT;
    }
    if (dead) {
        struct fact d = slot_conclude(FACT_TARGET_DHCP, base, STAGE_DHCP);
        fact_add(&d, FIELD_STATE, STR("dead"));
        fact_add(&d, FIELD_SERVER, server);
        fact_add(&d, FIELD_URL, s->url);
        slot_add(s, &d, false);
    }
    if (s->a.rung[STAGE_ACTIVATION].state == STAGE_UNKNOWN) {
        slot_rung(s, STAGE_ACTIVATION_DNS, STAGE_SKIPPED, -1, base);
        slot_rung(s, STAGE_ACTIVATION, STAGE_SKIPPED, -1, base);
    }
}

static void conclude_dns(struct journey *j, struct slot *s, bool failed)
{
    enum stage stage = dns_stage(s->a.role);
    const struct fact *base = s->key[KEY_FAILURE] ? s->key[KEY_FAILURE] : s->key[KEY_START];
    usec_t end = s->at[3] ? s->at[3] : j->s.mono;
    bool concluded = false;
    for (unsigned i = 0; i < s->n_lookups; i++) {
        struct lookup *l = &s->lookup[i];
        bool own = s->host.len == 0 || same_host(l->host, s->host);
        if (own && l->state == LOOKUP_ANSWERED && l->answer) {
            rung(s, stage, STAGE_OK, (l->answered_at - l->asked_at) / USEC_MS, l->answer);
        }
    }
    bool six = failed && s->number[N_CODE] == 6;
    for (unsigned i = 0; i < s->n_lookups && !concluded; i++) {
        struct lookup *l = &s->lookup[i];
        bool other = !str_eq(l->qtype, STR("A")) || (s->host.len && !same_host(l->host, s->host));
        if (other || (!six && s->key[KEY_REQUEST])) {
            continue; /* of something else, or it went on anyway */
        }
        if (six || (l->state != LOOKUP_ANSWERED && end - l->asked_at > 5 * USEC_S)) {
            concluded = lookup_conclude(&j->s, s, l, six, end, stage, base ? base : l->query);
        }
    }
    if (six && !concluded && base) {
        char ms[24];
        usec_t took = end - s->at[AT_START];
        /* Without the cache's lines the time alone tells: a resolver that says nothing costs the
         * time-out, any answer comes at once. */
        bool silent =
            s->n_lookups == 0 && took > 4 * USEC_S && took < 60 * USEC_S && s->key[KEY_START];
        struct fact c = slot_conclude(silent ? FACT_DNS_SILENT : FACT_DNS_UNRESOLVED, base, stage);
        fact_add(&c, FIELD_ROLE, str_z(role_name(s->a.role)));
        fact_add(&c, FIELD_HOST, s->host);
        if (silent) {
            fact_add(&c, FIELD_MS, str_number(ms, took / USEC_MS));
        }
        slot_add(s, &c, true);
    }
}

static void conclude_transfer(struct slot *s, const struct fact *on, enum fact_kind kind,
                              enum field field, int64_t n)
{
    char text[24];
    struct fact c = slot_conclude(kind, on, fetch_stage(s->a.role));
    fact_add(&c, FIELD_ROLE, str_z(role_name(s->a.role)));
    fact_add(&c, FIELD_HOST, s->host);
    fact_add(&c, FIELD_URL, s->url);
    fact_add(&c, field, str_number(text, n));
    if (kind == FACT_HTTP_ANSWER) {
        fact_add(&c, FIELD_REASON, fact_get(on, FIELD_REASON));
    }
    slot_add(s, &c, true);
}

/* The answer itself says that nothing is in it. */
static bool told_empty(const struct slot *s)
{
    for (unsigned i = 0; i < s->a.n; i++) {
        const struct fact *f = s->a.fact[i];
        if (f->kind == FACT_HTTP_HEADER && str_ieq(fact_get(f, FIELD_KEY), STR("content-length")) &&
            str_eq(fact_get(f, FIELD_VALUE), STR("0"))) {
            return true;
        }
    }
    return false;
}

static void conclude_empty(struct journey *j, struct slot *s)
{
    char ms[24];
    usec_t quiet = j->s.mono - s->at[AT_STATUS];
    bool failed = s->key[KEY_FAILURE] != NULL;
    if (!failed && !told_empty(s) && (quiet < 30 * USEC_S || j->s.missing > s->missing)) {
        return; /* the text ends too early to tell, or the rule may be among what is missing */
    }
    struct fact c = slot_conclude(FACT_ACTIVATION_EMPTY, s->key[KEY_STATUS], STAGE_ACTIVATION);
    fact_add(&c, FIELD_HOST, s->host);
    fact_add(&c, FIELD_SERIAL, str_z(j->s.serial));
    fact_add(&c, FIELD_MODEL, str_z(j->s.model));
    char mac[MAC_TEXT];
    if (j->s.has_mac) {
        mac_write(j->s.mac, mac);
        fact_add(&c, FIELD_MAC, str_z(mac));
    }
    if (!failed) {
        fact_add(&c, FIELD_MS, str_number(ms, quiet / USEC_MS));
    }
    slot_add(s, &c, true);
}

static bool has_kind(const struct slot *s, enum fact_kind kind)
{
    for (unsigned i = 0; i < s->a.n; i++) {
        if (s->a.fact[i]->kind == kind) {
            return true;
        }
    }
    return false;
}

static void conclude_waiting(struct slot *s)
{
    const struct fact *w = s->key[KEY_WAIT];
    if (w && fact_int(w, FIELD_RETRY, 0) > 0) {
        struct fact c = slot_conclude(FACT_FETCH_WAITING, w, STAGE_NONE);
        fact_add(&c, FIELD_ROLE, str_z(role_name(s->a.role)));
        fact_add(&c, FIELD_HOST, s->host);
        fact_add(&c, FIELD_COUNT, fact_get(w, FIELD_COUNT));
        fact_add(&c, FIELD_RETRY, fact_get(w, FIELD_RETRY));
        slot_add(s, &c, false);
    }
}

/* A web page where a configuration should be. */
static bool is_page(const struct slot *s)
{
    for (unsigned i = 0; i < s->a.n; i++) {
        const struct fact *f = s->a.fact[i];
        if (f->kind == FACT_HTTP_HEADER &&
            str_ifind(fact_get(f, FIELD_VALUE), STR("text/html")) != STR_NPOS) {
            return true;
        }
    }
    return false;
}

/* From here on the phone should look for its SIP server. */
static void await_line(struct stretch *st, const struct slot *s)
{
    const struct fact *last = s->a.n ? s->a.fact[s->a.n - 1] : NULL;
    if (s->a.role == ROLE_PROVISIONING && last && !st->bound) {
        st->idle = true;
        st->idle_since = last->mono;
        st->idle_missing = s->missing;
        st->idle_voice = s->number[N_VOICE];
        st->idle_fact = fact_bare(last, st->idle_text, sizeof st->idle_text);
    }
}

/* The download worked, as far as its lines go. */
static void conclude_ok(struct journey *j, struct slot *s)
{
    enum stage own = fetch_stage(s->a.role);
    const struct fact *status = s->key[KEY_STATUS];
    int64_t ms = s->at[AT_REQUEST] && s->at[AT_STATUS] >= s->at[AT_REQUEST]
                     ? (s->at[AT_STATUS] - s->at[AT_REQUEST]) / USEC_MS
                     : -1;
    if (s->a.role == ROLE_ACTIVATION && !s->key[KEY_RULE]) {
        if (is_page(s) && !told_empty(s)) {
            rung(s, own, STAGE_FAILED, ms, s->a.fact[0]);
            s->a.failed = true;
        } else if (status) {
            conclude_empty(j, s);
        }
        return;
    }
    bool refused = has_kind(s, FACT_PROFILE_BAD) || has_kind(s, FACT_PROFILE_KEY) || is_page(s);
    if (refused) {
        rung(s, own, STAGE_FAILED, ms, s->key[KEY_ERROR] ? s->key[KEY_ERROR] : s->a.fact[0]);
        s->a.failed = true;
    } else if (status || s->key[KEY_RULE]) {
        rung(s, own, STAGE_OK, ms, status ? status : s->key[KEY_RULE]);
        await_line(&j->s, s);
        if (dns_stage(s->a.role) != STAGE_NONE &&
            s->a.rung[dns_stage(s->a.role)].state == STAGE_UNKNOWN && s->key[KEY_REQUEST]) {
            rung(s, dns_stage(s->a.role), is_address(s->host) ? STAGE_SKIPPED : STAGE_OK, -1,
                 s->key[KEY_REQUEST]);
        }
    }
}

/* A macro that is still in a URL when it is asked for. Before that, in the rule, it belongs there. */
static void conclude_macro(struct slot *s)
{
    for (unsigned i = 0; i < s->a.n && s->a.failed && s->a.role == ROLE_PROVISIONING; i++) {
        const struct fact *f = s->a.fact[i];
        bool path = f->kind == FACT_HTTP_REQUEST;
        struct str url = fact_get(f, path ? FIELD_PATH : FIELD_URL);
        bool asked = path || f->kind == FACT_RESYNC_REQUEST || f->kind == FACT_FETCH_START;
        if (asked && str_chr(url, '$') != STR_NPOS) {
            struct fact c = slot_conclude(FACT_PROFILE_MACRO, f, STAGE_PROVISIONING);
            fact_add(&c, FIELD_URL, url);
            slot_add(s, &c, true);
            return;
        }
    }
}

/* All of it came, no line tells what is wrong with it, and yet the phone speaks of a failure: it was of no use. */
static bool is_refused(const struct slot *s)
{
    unsigned status = s->number[N_STATUS];
    bool told = has_kind(s, FACT_PROFILE_BAD) || has_kind(s, FACT_PROFILE_KEY) ||
                has_kind(s, FACT_FETCH_TRUNCATED) || is_page(s);
    return s->a.role == ROLE_PROVISIONING && s->key[KEY_FAILURE] && status >= 200 && status < 300 &&
           !told;
}

static void conclude_refused(struct slot *s)
{
    struct fact c = slot_conclude(FACT_PROFILE_BAD, s->key[KEY_FAILURE], STAGE_PROVISIONING);
    slot_add(s, &c, true);
}

/* The activation service answered, no rule was taken from it, and the phone speaks of a failure. */
static void conclude_useless(struct slot *s)
{
    struct fact c = slot_conclude(FACT_ACTIVATION_BAD, s->key[KEY_FAILURE], STAGE_ACTIVATION);
    fact_add(&c, FIELD_HOST, s->host);
    fact_add(&c, FIELD_ERROR, fact_get(s->key[KEY_FAILURE], FIELD_ERROR));
    slot_add(s, &c, true);
}

void fetch_end(struct journey *j)
{
    struct slot *s = &j->s.slot[SLOT_FETCH];
    if (!s->open) {
        return;
    }
    unsigned status = s->number[N_STATUS];
    bool failed = s->key[KEY_FAILURE] != NULL;
    conclude_dns(j, s, failed);
    if (status >= 300) {
        conclude_transfer(s, s->key[KEY_STATUS] ? s->key[KEY_STATUS] : s->a.fact[0],
                          FACT_HTTP_ANSWER, FIELD_STATUS, status);
    }
    bool worked = !failed && status >= 200 && status < 300;
    if (s->number[N_CODE] && s->number[N_CODE] != 6 && status < 300) {
        conclude_transfer(s, s->key[KEY_CODE] ? s->key[KEY_CODE] : s->a.fact[0], FACT_FETCH_FAILED,
                          FIELD_CODE, s->number[N_CODE]);
    } else if (is_refused(s)) {
        conclude_refused(s);
    } else if (s->key[KEY_ERROR] && failed && status >= 200 && status < 300 &&
               s->a.role == ROLE_ACTIVATION && !s->key[KEY_RULE] && !told_empty(s)) {
        conclude_useless(s);
    } else if (s->key[KEY_ERROR] && failed) {
        rung(s, fetch_stage(s->a.role), STAGE_FAILED, -1, s->key[KEY_ERROR]);
        s->a.failed = true;
    } else if (failed && !s->a.failed && s->key[KEY_FAILURE] && status == 0) {
        struct fact c = slot_conclude(FACT_FETCH_CUT, s->key[KEY_FAILURE], fetch_stage(s->a.role));
        fact_add(&c, FIELD_ROLE, str_z(role_name(s->a.role)));
        fact_add(&c, FIELD_HOST, s->host);
        fact_add(&c, FIELD_URL, s->url);
        fact_add(&c, FIELD_ERROR, fact_get(s->key[KEY_FAILURE], FIELD_ERROR));
        slot_add(s, &c, true);
    } else if (worked || (s->key[KEY_RULE] && !failed)) {
        conclude_ok(j, s);
        worked = !s->a.failed;
    } else if (status >= 200 && status < 300 && s->a.role == ROLE_ACTIVATION) {
        conclude_empty(j, s);
    }
    if (s->a.role == ROLE_ACTIVATION && str_starts(s->host, STR("webapps.cisco.")) && s->a.failed) {
        struct fact c = slot_conclude(FACT_ACTIVATION_OLD, s->a.fact[0], STAGE_ACTIVATION);
        fact_add(&c, FIELD_HOST, s->host);
        slot_add(s, &c, false);
    }
    conclude_macro(s);
    conclude_waiting(s);
    conclude_target(j, s, worked);
    slot_close(&j->s, s);
}
