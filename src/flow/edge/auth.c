/* Who says so? Challenges and their answers (RFC 3261 22, RFC 7616 3.3 to 3.4, RFC 8760). */
#include "flow/edge/inside.h"
#include "proto/digest/digest.h"

static const struct str none = {NULL, 0};

/* One set of credentials and what is known of it. */
struct claim {
    struct digest digest;
    enum digest_algorithm algorithm;
    bool found;
};

bool flow_same(const struct flow *a, const struct flow *b)
{
    if (a->transport != b->transport || !endpoint_eq(a->peer, b->peer)) {
        return false;
    }
    return a->transport == TRANSPORT_UDP || (a->serial != 0 && a->serial == b->serial &&
                                             a->slot == b->slot && a->worker == b->worker);
}

bool auth_is_known_flow(const struct edge *e, const struct account *a, const struct flow *flow)
{
    uint32_t at = a ? a->bindings : 0;
    for (; at; at = bindings_next(e->bindings, at)) {
        struct binding b;
        bindings_read(e->bindings, at, &b);
        if (b.expires > e->now && flow_same(&b.flow, flow)) {
            return true;
        }
    }
    return false;
}

/* -- The challenge */

static void challenge_put(struct edge *e, struct reply *r, enum sip_header field,
                          const char *algorithm, struct str nonce, bool stale)
{
    bool look = e->cfg.look == EDGE_BROADWORKS;
    sink_str(&r->out, sip_header_name(field));
    sink_z(&r->out, look ? ": DIGEST realm=\"" : ": Digest realm=\"");
    sink_str(&r->out, e->cfg.realm);
    sink_z(&r->out, look ? "\",qop=\"auth\",nonce=\"" : "\", qop=\"auth\", nonce=\"");
    sink_str(&r->out, nonce);
    sink_z(&r->out, look ? "\",algorithm=" : "\", algorithm=");
    sink_z(&r->out, algorithm);
    sink_z(&r->out, !stale ? "\r\n" : look ? ",stale=true\r\n" : ", stale=true\r\n");
}

/* Which algorithms a name is offered (RFC 8760 2.4). A name that nobody has is offered SHA-256 as
 * often as the others are, always the same: it must look like one. */
static void offer(const struct edge *e, const struct request *q, const struct account *a,
                  bool *ret_md5, bool *ret_sha256)
{
    if (a) {
        *ret_sha256 = a->sha256 && (a->has_ha1 & 1U << DIGEST_SHA256);
        *ret_md5 = (a->has_ha1 & 1U << DIGEST_MD5) || !*ret_sha256;
        return;
    }
    size_t n = accounts_count(e->accounts);
    *ret_md5 = true;
    *ret_sha256 = n > 0 && hash_str(&e->cfg.hash, q->user) % n < e->sha256;
}

/* BroadWorks repeats the binding in its 401. Only to who holds it: others learn nothing. */
static void own_contact_put(struct edge *e, struct reply *r, const struct account *a)
{
    uint32_t at = a ? a->bindings : 0;
    for (; at; at = bindings_next(e->bindings, at)) {
        struct binding b;
        bindings_read(e->bindings, at, &b);
        if (b.expires > e->now && flow_same(&b.flow, &r->q->from->flow)) {
            sip_field_fmt(&r->out, SIP_CONTACT, "<%.*s>;expires=%lld", STR_ARG(b.contact),
                          (long long)((b.expires - e->now + USEC_S - 1) / USEC_S));
            return;
        }
    }
}

static void challenge(struct edge *e, const struct request *q, const struct account *a, bool proxy,
                      bool stale)
{
    struct reply r;
    char text[NONCE_TEXT];
    enum sip_header field = proxy ? SIP_PROXY_AUTHENTICATE : SIP_WWW_AUTHENTICATE;
    bool md5 = true;
    bool sha256 = false;
    struct str nonce = nonce_make(e, text);
    if (nonce.len == 0) {
        reply_refuse(e, q, 500, none, STR("no HMAC"));
        return;
    }
    offer(e, q, a, &md5, &sha256);
    reply_begin(e, &r, q, proxy ? 407 : 401, none);
    if (sha256) {
        challenge_put(e, &r, field, "SHA-256", nonce, stale);
    }
    if (md5) {
        challenge_put(e, &r, field, "MD5", nonce, stale);
    }
    if (e->cfg.look == EDGE_BROADWORKS && !proxy) {
        own_contact_put(e, &r, a);
    }
    reply_end(e, &r);
    e->count[stale ? EDGE_AUTH_STALE : EDGE_CHALLENGE]++;
}

/* -- What it says */

/* The first credentials for our realm whose algorithm we know; others are for others (RFC 3261 22.3). */
static void claim_find(const struct edge *e, const struct request *q, bool proxy, struct claim *c)
{
    enum sip_header id = proxy ? SIP_PROXY_AUTHORIZATION : SIP_AUTHORIZATION;
    const struct sip_field *f = sip_find(q->msg, id);
    c->found = false;
    for (; f && !c->found; f = sip_find_next(q->msg, f)) {
        struct err_at at;
        bool sess = false;
        struct digest *d = &c->digest;
        if (digest_read(f->value, d, &at) != ERR_OK || !d->digest) {
            continue;
        }
        struct str name = d->algorithm.p ? d->algorithm : STR("MD5");
        c->found = (!d->realm.p || str_eq(d->realm, e->cfg.realm)) &&
                   digest_algorithm_read(name, &c->algorithm, &sess);
    }
}

static struct str hex_of(char text[DIGEST_HEX], const uint8_t *p, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = hex[p[i] >> 4];
        text[2 * i + 1] = hex[p[i] & 15];
    }
    return str_of(text, 2 * n);
}

/* The same work for a name that nobody has. */
static bool is_right(struct edge *e, const struct request *q, const struct account *a,
                     const struct claim *c)
{
    static const uint8_t nobody[DIGEST_MOST] = {0};
    char text[DIGEST_HEX];
    char name[2 * ACCOUNT_USER_MOST];
    const uint8_t *ha1 = NULL;
    size_t len = 0;
    enum digest_verdict verdict = DIGEST_WRONG;
    struct str username = c->digest.username;
    username = username.len <= sizeof name ? digest_unquote(username, name) : none;
    if (a && str_eq(username, a->auth.len ? a->auth : a->user)) {
        ha1 = account_ha1(a, c->algorithm, &len);
    }
    bool known = ha1 != NULL;
    if (!known) {
        ha1 = nobody;
        len = digest_hex_len(c->algorithm) / 2;
    }
    enum err err = digest_verify(e->cfg.crypto, &c->digest, hex_of(text, ha1, len), q->msg->method,
                                 q->msg->body, &e->a2, &verdict);
    return err == ERR_OK && verdict == DIGEST_RIGHT && known;
}

/* RFC 7616 3.4.6: the resource must be that of the request. For REGISTER that is this registrar, by whichever of its
 * names: some phones take the address that they send to. */
static bool is_uri_right(const struct edge *e, const struct request *q, const struct claim *c)
{
    struct sip_uri uri;
    struct err_at at;
    if (str_eq(c->digest.uri, q->msg->uri)) {
        return true;
    }
    if (sip_uri_read(c->digest.uri, &uri, &at) != ERR_OK) {
        return false;
    }
    return sip_uri_eq(&uri, &q->core.target) ||
           (str_eq(q->msg->method, STR("REGISTER")) && uri.sip && request_is_domain(e, q, &uri));
}

static uint32_t count_of(const struct claim *c)
{
    uint64_t nc = 1; /* the form of RFC 2069 has none: once, then */
    if (c->digest.nc.p && !str_hex64(c->digest.nc, &nc)) {
        return 0;
    }
    return nc > UINT32_MAX ? 0 : (uint32_t)nc;
}

/* -- The verdict */

static void tell_lock(struct edge *e, const struct request *q, struct str state,
                      const struct guard_verdict *v, unsigned count)
{
    struct told t;
    e->count[EDGE_THROTTLED]++;
    told_begin(&t, FACT_EDGE_THROTTLED, state);
    told_user(&t, q->user, NULL);
    told_text(&t, FIELD_SERVER, addr_write(q->from->flow.peer.ip, t.addr));
    told_number(&t, FIELD_COUNT, count);
    told_number(&t, FIELD_RETRY, v->seconds);
    told_end(e, &t);
}

static void on_wrong(struct edge *e, const struct request *q, const struct account *a, bool proxy)
{
    struct addr source = q->from->flow.peer.ip;
    bool suspect = guard_suspect(&e->guard, &e->cfg.hash, source, e->now);
    struct guard_verdict v = guard_wrong(&e->guard, &e->cfg.hash, source, q->user, e->now);
    e->count[EDGE_AUTH_WRONG]++;
    if (v.pair) {
        tell_lock(e, q, STR("pair"), &v, GUARD_PAIR_MOST);
    }
    if (v.source) {
        tell_lock(e, q, STR("source"), &v, GUARD_SOURCE_MOST);
    }
    if (v.user) {
        tell_lock(e, q, STR("user"), &v, GUARD_USER_MOST);
    }
    edge_refused(e, q, proxy ? 407 : 401, a ? STR("wrong digest") : STR("no such account"));
    if (suspect && !guard_answer(&e->guard, &e->cfg.hash, source, e->now)) {
        e->count[EDGE_DROPPED_SUSPECT]++;
        return;
    }
    challenge(e, q, a, proxy, false);
}

static void on_locked(struct edge *e, const struct request *q, uint32_t seconds)
{
    struct reply r;
    struct addr source = q->from->flow.peer.ip;
    e->count[EDGE_AUTH_LOCKED]++;
    edge_refused(e, q, 403, STR("too many wrong digests"));
    if (guard_suspect(&e->guard, &e->cfg.hash, source, e->now) &&
        !guard_answer(&e->guard, &e->cfg.hash, source, e->now)) {
        e->count[EDGE_DROPPED_SUSPECT]++;
        return;
    }
    reply_begin(e, &r, q, 403, STR("Too Many Wrong Digests"));
    sip_field_fmt(&r.out, SIP_RETRY_AFTER, "%u", seconds);
    reply_end(e, &r);
}

/* Without credentials. A suspect source gets few challenges, but for phones that live there. */
static void on_none(struct edge *e, const struct request *q, const struct account *a, bool proxy,
                    bool known)
{
    struct addr source = q->from->flow.peer.ip;
    if (!known && guard_suspect(&e->guard, &e->cfg.hash, source, e->now) &&
        !guard_answer(&e->guard, &e->cfg.hash, source, e->now)) {
        e->count[EDGE_DROPPED_SUSPECT]++;
        return;
    }
    challenge(e, q, a, proxy, false);
}

/* The password is right, but is it the phone? Over UDP and TCP nobody can show a certificate, so
 * there it is not. */
static bool is_device(struct edge *e, const struct request *q, const struct account *a)
{
    const struct edge_from *from = q->from;
    if (!e->cfg.mac_must_match || !a->has_mac || (from->has_mac && mac_eq(from->mac, a->mac))) {
        return true;
    }
    reply_refuse(e, q, 403, none,
                 from->has_mac ? STR("the certificate is another device's")
                               : STR("no certificate with the device's MAC"));
    return false;
}

/* The digest is right: is the nonce good, and this its first use? */
static enum auth on_right(struct edge *e, const struct request *q, const struct account *a,
                          const struct claim *c, bool proxy, struct auth_use *ret_use)
{
    struct nonce n;
    enum nonce_state state = nonce_read(e, c->digest.nonce, &n);
    ret_use->nc = count_of(c);
    ret_use->made = n.made;
    if (!is_uri_right(e, q, c)) {
        e->count[EDGE_AUTH_MALFORMED]++;
        reply_refuse(e, q, 400, STR("The digest's uri is not the Request-URI"), none);
        return AUTH_DONE;
    }
    if (state != NONCE_GOOD || !nonce_use(e, &n, ret_use->nc)) {
        challenge(e, q, a, proxy, true);
        return AUTH_DONE;
    }
    guard_right(&e->guard, &e->cfg.hash, q->from->flow.peer.ip, q->user, e->now);
    e->count[EDGE_AUTH_RIGHT]++;
    return is_device(e, q, a) ? AUTH_RIGHT : AUTH_DONE;
}

enum auth auth_check(struct edge *e, const struct request *q, struct account *a, bool proxy,
                     struct auth_use *ret_use)
{
    struct claim c;
    /* While nobody is locked out it makes no difference. */
    bool known = !guard_quiet(&e->guard, e->now) && auth_is_known_flow(e, a, &q->from->flow);
    claim_find(e, q, proxy, &c);
    uint32_t locked =
        known ? 0 : guard_locked(&e->guard, &e->cfg.hash, q->from->flow.peer.ip, q->user, e->now);
    if (!c.found && !locked) {
        on_none(e, q, a, proxy, known);
        return AUTH_DONE;
    }
    if (locked) {
        on_locked(e, q, locked);
        return AUTH_DONE;
    }
    enum digest_form form = digest_check_form(&c.digest, NULL);
    if (form != DIGEST_FORM_OK) {
        e->count[EDGE_AUTH_MALFORMED]++;
        reply_refuse(e, q, 400, str_z(digest_form_text(form)), none);
        return AUTH_DONE;
    }
    if (!is_right(e, q, a, &c)) {
        on_wrong(e, q, a, proxy);
        return AUTH_DONE;
    }
    return on_right(e, q, a, &c, proxy, ret_use);
}
