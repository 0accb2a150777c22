/* A download: activation, configuration or firmware, from its announcement to its outcome. */
#include "domain/journey/fetch.h"

static enum role role_of(struct str url)
{
    struct str host = url_host(url);
    if (str_find(url, STR("/callhome/")) != STR_NPOS || str_starts(host, STR("activate.")) ||
        str_starts(host, STR("webapps.cisco."))) {
        return ROLE_ACTIVATION;
    }
    return str_ends(url, STR(".loads")) ? ROLE_UPGRADE : ROLE_PROVISIONING;
}

/* Without the blanks and the full stop that a message may end in. */
static struct str clean(struct str url)
{
    url = str_trim(url);
    while (url.len && url.p[url.len - 1] == '.') {
        url.len--;
    }
    return url;
}

/* The lease named this very server: its option is evidence, and DHCP is what led here. */
static void from_lease(struct journey *j, struct slot *s, struct str host)
{
    const struct fact *target = lease_target(j);
    if (target && !s->number[N_LEASE] &&
        (host.len == 0 || same_host(url_host(str_trim(fact_get(target, FIELD_VALUE))), host))) {
        s->number[N_DHCP] = 1;
        s->number[N_LEASE] = 1;
        (void)slot_keep(s, target);
    }
}

static void start(struct journey *j, const struct fact *f, struct str url)
{
    struct slot *s = &j->s.slot[SLOT_FETCH];
    bool adopt = s->open && s->number[N_DHCP] && !s->key[KEY_START];
    if (!adopt) {
        fetch_end(j);
        lease_end(j);
        j->s.idle = false;
        slot_open(s, ATTEMPT_FETCH, role_of(url), f);
    }
    s->a.role = role_of(url);
    from_lease(j, s, url_host(url));
    s->at[AT_START] = f->mono;
    const struct fact *kept = slot_keep(s, f);
    s->key[KEY_START] = kept;
    if (kept) {
        s->url = clean(fact_get(kept, FIELD_URL));
        s->host = url_host(s->url);
    }
    enum phone_value v = s->a.role == ROLE_ACTIVATION ? PHONE_ACTIVATION : PHONE_PROVISIONING;
    if (s->a.role != ROLE_UPGRADE) {
        text_set(j->s.value[v], VALUE_MOST, url_host(url));
    }
}

/* Announced, queued, requested: the same download speaks of itself several times. */
static void announce(struct journey *j, const struct fact *f)
{
    struct slot *s = &j->s.slot[SLOT_FETCH];
    struct str url = clean(fact_get(f, FIELD_URL));
    bool same = s->open && !s->number[N_ENDED] && !s->key[KEY_STATUS] &&
                s->a.role == role_of(url) && same_host(s->host, url_host(url)) &&
                !(f->kind == FACT_FETCH_START && s->at[AT_REQUEST]);
    if (same && s->key[KEY_START] && s->key[KEY_START]->kind == f->kind) {
        same = false; /* told twice: tried twice */
    }
    if (!same) {
        start(j, f, url);
    } else {
        const struct fact *kept = slot_keep(s, f);
        s->at[AT_START] = f->mono;
        if (kept && fact_get(kept, FIELD_URL).len) {
            s->url = clean(fact_get(kept, FIELD_URL)); /* the latest is the most exact */
        }
    }
}

static void status(struct journey *j, struct slot *s, const struct fact *f)
{
    int64_t code = fact_int(f, FIELD_STATUS, 0);
    if (code < 200 || code > 699) {
        return;
    }
    const struct fact *kept = slot_keep(s, f);
    s->key[KEY_STATUS] = kept ? kept : s->key[KEY_STATUS];
    s->missing = j->s.missing;
    s->number[N_STATUS] = (unsigned)code;
    s->number[N_VOICE] = (unsigned)j->s.voice_records;
    s->at[AT_STATUS] = f->mono;
}

static void rule(struct journey *j, const struct fact *f)
{
    struct slot *s = &j->s.slot[SLOT_FETCH];
    struct str url = clean(fact_get(f, FIELD_URL));
    text_set(j->s.value[PHONE_RULE], VALUE_MOST, url);
    if (!s->open || s->a.role != ROLE_ACTIVATION) {
        /* The download itself is not in the text: its result is. */
        fetch_end(j);
        slot_open(s, ATTEMPT_FETCH, ROLE_ACTIVATION, f);
        s->at[AT_START] = f->mono;
    }
    s->key[KEY_RULE] = slot_keep(s, f);
}

/* Whether a later line shows that the download before it worked. */
static void passed(struct journey *j, const struct fact *f)
{
    struct slot *s = &j->s.slot[SLOT_FETCH];
    const struct fact *kept = s->open ? slot_keep(s, f) : NULL;
    if (kept) {
        s->key[KEY_RULE] = s->a.role == ROLE_ACTIVATION ? kept : s->key[KEY_RULE];
    }
}

static void failure(struct slot *s, const struct fact *f)
{
    const struct fact *kept = slot_keep(s, f);
    s->key[KEY_FAILURE] = s->key[KEY_FAILURE] ? s->key[KEY_FAILURE] : kept;
    if (f->kind == FACT_FETCH_RESULT) {
        s->number[N_CODE] = (unsigned)fact_int(f, FIELD_CODE, 0);
        s->key[KEY_CODE] = kept;
    } else if (f->kind == FACT_FETCH_NORESOLVE) {
        s->number[N_CODE] = 6;
        s->key[KEY_CODE] = kept;
    } else if (f->kind == FACT_RESYNC_FAILED || f->kind == FACT_PROV_STATUS) {
        s->number[N_ENDED] = 1;
        s->key[KEY_WAIT] = f->kind == FACT_PROV_STATUS ? kept : s->key[KEY_WAIT];
    }
    s->at[3] = s->at[3] ? s->at[3] : f->mono;
}

/* What curl, OpenSSL or TFTP say while a download is under way: its stage is the download's. */
static void trouble(struct slot *s, const struct fact *f)
{
    struct fact copy;
    fact_like(&copy, (enum fact_kind)f->kind, f);
    copy.rule = f->rule;
    for (unsigned i = 0; i < f->n; i++) {
        fact_add(&copy, (enum field)f->f[i].field, f->f[i].v);
    }
    copy.stage = (uint8_t)fetch_stage(s->a.role);
    bool tls = f->kind >= FACT_TLS_CERTIFICATE && f->kind <= FACT_TLS_NOT_TLS;
    if (tls && fact_get(f, FIELD_HOST).len == 0) {
        fact_add(&copy, FIELD_HOST, s->host); /* the line itself does not name it */
    }
    if (f->kind == FACT_HTTP_HEADER) {
        fact_add(&copy, FIELD_ROLE, str_z(role_name(s->a.role)));
    }
    const struct fact *kept = slot_keep(s, &copy);
    s->key[KEY_ERROR] = kept ? kept : s->key[KEY_ERROR];
}

static bool is_dns(unsigned kind)
{
    return kind >= FACT_DNS_QUERY && kind <= FACT_DNS_EXPIRY;
}

/* What begins a download or belongs before it: true, and nothing is left to be done with `f`. */
static bool begins(struct journey *j, struct slot *s, const struct fact *f)
{
    switch (f->kind) {
    case FACT_PROV_QUEUE:
        if (s->open && s->a.role == ROLE_ACTIVATION) {
            passed(j, f);
        }
        announce(j, f);
        return true;
    case FACT_FETCH_START:
    case FACT_RESYNC_REQUEST:
    case FACT_PROV_ASSEMBLE:
    case FACT_UPGRADE_REQUEST:
        announce(j, f);
        return true;
    case FACT_PROV_DHCP:
        fetch_end(j);
        lease_end(j);
        slot_open(s, ATTEMPT_FETCH, ROLE_PROVISIONING, f);
        from_lease(j, s, str_of(NULL, 0));
        s->number[N_DHCP] = 1;
        (void)slot_keep(s, f);
        return true;
    case FACT_PROV_RULE:
        rule(j, f);
        return true;
    default:
        return false;
    }
}

/* A log may begin behind the announcement: true where `f` shows that a download is under way. */
static bool begun(struct slot *s, const struct fact *f)
{
    bool unresolved = f->kind == FACT_FETCH_NORESOLVE;
    if (!unresolved && f->kind != FACT_HTTP_REQUEST && f->kind != FACT_RESYNC_FAILED &&
        f->kind != FACT_RESYNC_OK) {
        return false;
    }
    struct str of = fact_get(f, unresolved ? FIELD_HOST : FIELD_PATH);
    slot_open(s, ATTEMPT_FETCH, role_of(of), f);
    s->at[AT_START] = f->mono;
    if (unresolved) {
        s->host = arena_str(&s->arena, of);
    }
    return true;
}

/* What came of it, as the phone says: true if `f` says so. */
static bool comes_out(struct journey *j, struct slot *s, const struct fact *f)
{
    switch (f->kind) {
    case FACT_FETCH_RESULT:
        if (fact_int(f, FIELD_CODE, 0) == 0) {
            (void)slot_keep(s, f);
        } else {
            failure(s, f);
        }
        return true;
    case FACT_FETCH_NORESOLVE:
    case FACT_RESYNC_FAILED:
    case FACT_UPGRADE_FAILED:
        failure(s, f);
        return true;
    case FACT_PROV_STATUS:
        failure(s, f);
        fetch_end(j);
        return true;
    case FACT_RESYNC_OK:
    case FACT_UPGRADE_OK:
        s->key[KEY_RULE] = slot_keep(s, f);
        s->missing = j->s.missing;
        s->number[N_VOICE] = (unsigned)j->s.voice_records;
        fetch_end(j);
        return true;
    default:
        return false;
    }
}

/* What happens on the way. */
static void goes_on(struct journey *j, struct slot *s, const struct fact *f)
{
    switch (f->kind) {
    case FACT_HTTP_REQUEST:
        s->key[KEY_REQUEST] = slot_keep(s, f);
        s->key[KEY_STATUS] = NULL;
        s->number[N_STATUS] = 0;
        s->at[AT_REQUEST] = f->mono;
        break;
    case FACT_HTTP_STATUS:
        status(j, s, f);
        break;
    case FACT_PROV_PENDING:
    case FACT_PROV_MUST:
    case FACT_TLS_MINIMUM:
    case FACT_TLS_HELLO:
    case FACT_TLS_UP:
    case FACT_TLS_HIDDEN:
    case FACT_CONNECT_UP:
    case FACT_CONNECT_WAIT:
        (void)slot_keep(s, f);
        break;
    default:
        if (!is_dns(f->kind)) {
            trouble(s, f);
        }
        break;
    }
}

void fetch_on(struct journey *j, const struct fact *f)
{
    struct slot *s = &j->s.slot[SLOT_FETCH];
    if (begins(j, s, f)) {
        return;
    }
    /* A probe goes on to something else; a log does not say so. */
    if (f->kind == FACT_HTTP_MARK && str_eq(fact_get(f, FIELD_STATE), STR("end"))) {
        fetch_end(j);
        return;
    }
    if ((s->open || begun(s, f)) && !comes_out(j, s, f)) {
        goes_on(j, s, f);
    }
}
