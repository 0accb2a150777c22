/* Who gets which configuration. */
#include "flow/provision/provision.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/esc.h"
#include "flow/provision/inside.h"

enum { RETRY_S = 30 };

/* -- the machine */

static void write_bootstrap(struct provision *p)
{
    struct buf b = {.limit = BOOTSTRAP_MOST};
    struct sink out = buf_sink(&b);
    sink_z(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n"
                 "<Profile_Rule ua=\"na\">");
    esc_html(&out, p->cfg.rule);
    sink_z(&out, "</Profile_Rule>\n<Resync_On_Reset ua=\"na\">Yes</Resync_On_Reset>\n"
                 "</flat-profile>\n");
    if (out.err == ERR_OK && b.p) {
        memcpy(p->bootstrap, b.p, b.len);
        p->bootstrap_len = b.len;
    }
    buf_clear(&b);
}

enum err provision_new(const struct provision_cfg *cfg, struct provision **ret)
{
    struct provision *p = calloc(1, sizeof *p);
    enum err e = p ? guard_new(&p->guard) : ERR_MEMORY;
    if (e == ERR_OK) {
        p->cfg = *cfg;
        p->window = calloc(PROV_WINDOWS, sizeof *p->window);
        e = p->window ? telling_new(&cfg->hash, &p->telling) : ERR_MEMORY;
    }
    if (e != ERR_OK) {
        provision_free(p);
        return e;
    }
    write_bootstrap(p);
    *ret = p;
    return ERR_OK;
}

void provision_free(struct provision *p)
{
    if (p) {
        guard_free(&p->guard);
        telling_free(p->telling);
        free(p->window);
        free(p);
    }
}

struct str provision_bootstrap(const struct provision *p)
{
    return str_of(p->bootstrap, p->bootstrap_len);
}

bool provision_next(struct provision *p, struct fact *ret_fact)
{
    return telling_next(p->telling, ret_fact);
}

usec_t provision_deadline(const struct provision *p)
{
    return telling_deadline(p->telling);
}

void provision_on_time(struct provision *p, usec_t now)
{
    telling_on_time(p->telling, now);
}

uint64_t provision_lost(const struct provision *p)
{
    return telling_lost(p->telling);
}

/* What a connection comes to before, or after, anybody said who it is. */
static void nobody(struct provision_told *t, enum fact_kind kind, struct endpoint peer,
                   const char *reason, const char *text)
{
    char address[ADDR_TEXT];
    *t = (struct provision_told){.has_mac = false};
    t->like = (struct telling_like){.kind = (uint16_t)kind, .word = reason, .source = peer.ip};
    event_init(&t->event, kind);
    event_add(&t->event, FIELD_REASON, str_z(reason));
    event_add(&t->event, FIELD_SERVER, addr_write(peer.ip, address));
    event_number(&t->event, FIELD_PORT, peer.port);
    event_add(&t->event, FIELD_TEXT, str_head(str_z(text), 160));
}

void provision_unshaken(struct provision *p, struct endpoint peer, const char *reason,
                        const char *text, usec_t now)
{
    struct provision_told t;
    nobody(&t, FACT_PROVISION_TLS, peer, reason, text);
    provision_tell(p, &t, false, 0, now);
}

bool provision_report_proven(const struct provision *p, const struct provision_request *q,
                             usec_t now, const char **ret_reason)
{
    struct provision_identity i = provision_identify(&p->cfg, q->client, now);
    *ret_reason = q->way == PROVISION_HTTPS ? i.reason : "policy";
    return i.proof != PROOF_NONE;
}

void provision_report_refused(struct provision *p, const struct provision_request *q,
                              unsigned status, const char *reason, usec_t now)
{
    struct provision_told t;
    struct provision_identity i = provision_identify(&p->cfg, q->client, now);
    provision_told_begin(q, FACT_REPORT_REFUSED, reason, i.proof,
                         i.authentic ? &q->client->mac : NULL, &t);
    event_number(&t.event, FIELD_STATUS, status);
    event_add(&t.event, FIELD_PATH, str_head(q->path, 100));
    provision_tell(p, &t, i.authentic, 0, now);
}

void provision_cut(struct provision *p, struct endpoint peer, uint64_t bytes, const char *why,
                   usec_t now)
{
    struct provision_told t;
    nobody(&t, FACT_PROVISION_CUT, peer, "timeout", why);
    event_add(&t.event, FIELD_TRANSPORT, STR("tftp"));
    event_number(&t.event, FIELD_BYTES, (int64_t)bytes);
    provision_tell(p, &t, false, 0, now);
}

/* -- the rules, before anything is looked up */

static enum provision_step look_up(struct asked *a, struct mac mac, enum provision_proof proof)
{
    provision_question(a->q, mac, proof == PROOF_CERTIFICATE, &a->c->question);
    a->c->proof = proof;
    return PROVISION_LOOK_UP;
}

/* A certificate that is good: the name must not be another's. */
static enum provision_step ask_proven(struct asked *a)
{
    struct mac mac = a->q->client->mac;
    a->c->proof = a->identity.proof;
    if (a->name.kind == PROVISION_NAME_MAC && !mac_eq(a->name.mac, mac)) {
        return provision_reply_refuse(a, 403, "name");
    }
    return look_up(a, mac, a->identity.proof);
}

/* Whether this source may try a password of this phone now. */
static bool may_try(struct asked *a, struct mac mac)
{
    struct provision *p = a->p;
    char user[PROV_USER];
    prov_user(mac, user);
    struct addr from = a->q->peer.ip;
    return guard_locked(&p->guard, &p->cfg.hash, from, str_z(user), a->now) == 0 &&
           (!guard_suspect(&p->guard, &p->cfg.hash, from, a->now) ||
            guard_answer(&p->guard, &p->cfg.hash, from, a->now));
}

static enum provision_step ask_password(struct asked *a, struct mac mac)
{
    a->claimed_mac = mac;
    a->claimed = &a->claimed_mac;
    if (!may_try(a, mac)) {
        char retry[48];
        (void)provision_reply_refuse(a, 429, "throttled");
        (void)snprintf(retry, sizeof retry, "Retry-After: %d\r\n", RETRY_S);
        provision_reply_fields(a->c, retry);
        return PROVISION_ANSWERED;
    }
    if (a->name.kind == PROVISION_NAME_MAC && !mac_eq(a->name.mac, mac)) {
        return provision_reply_refuse(a, 403, "name");
    }
    return look_up(a, mac, PROOF_PASSWORD);
}

/* The window that is open for whom this request is about. */
static const struct prov_window *window_of(const struct asked *a)
{
    struct provision_agent agent;
    struct str none = str_of(NULL, 0);
    switch (a->name.kind) {
    case PROVISION_NAME_MAC:
        return provision_window(a->p, &a->name.mac, none, a->now);
    case PROVISION_NAME_KEY:
        return provision_window(a->p, NULL, a->name.word, a->now);
    case PROVISION_NAME_ROOT:
    case PROVISION_NAME_MODEL:
        break;
    }
    provision_agent_read(a->q->head ? http_value(a->q->head, HTTP_USER_AGENT) : none, &agent);
    return agent.has_mac ? provision_window(a->p, &agent.mac, none, a->now) : NULL;
}

static enum provision_step ask_https(struct asked *a)
{
    struct mac mac;
    if (a->identity.proof != PROOF_NONE) {
        return ask_proven(a);
    }
    enum claim claim = a->p->cfg.passwords ? claim_read(a->p, a->q, a->now, &mac) : CLAIM_NONE;
    if (claim == CLAIM_MADE) {
        return ask_password(a, mac);
    }
    const struct prov_window *w = window_of(a);
    if (w) {
        return look_up(a, w->mac, PROOF_WINDOW);
    }
    if (a->name.kind == PROVISION_NAME_MODEL && a->p->cfg.bootstrap) {
        return provision_reply_bootstrap(a);
    }
    if (claim == CLAIM_BROKEN) {
        return provision_reply_refuse_unproven(a, "password", false);
    }
    return provision_reply_refuse_unproven(a, a->identity.reason, claim == CLAIM_STALE);
}

/* Without TLS nothing proves anything: a window, the public file, or what only the phone can read. */
static enum provision_step ask_plain(struct asked *a, enum provision_plain policy)
{
    const struct prov_window *w = window_of(a);
    if (w) {
        return look_up(a, w->mac, PROOF_WINDOW);
    }
    if (a->name.kind == PROVISION_NAME_MODEL && a->p->cfg.bootstrap &&
        policy != PROVISION_NOTHING) {
        return provision_reply_bootstrap(a);
    }
    if (a->name.kind == PROVISION_NAME_MAC && policy == PROVISION_SEALED) {
        a->c->sealed = true;
        return look_up(a, a->name.mac, PROOF_NONE);
    }
    return provision_reply_refuse(a, 403, "policy");
}

/* Who the request is about, for the journal. */
static void find_claim(struct asked *a)
{
    struct provision_agent agent;
    const struct client_cert *client = a->q->client;
    a->authentic = a->identity.authentic;
    if (a->authentic) {
        a->claimed_mac = client->mac;
        a->claimed = &a->claimed_mac;
        return;
    }
    provision_agent_read(a->q->head ? http_value(a->q->head, HTTP_USER_AGENT) : str_of(NULL, 0),
                         &agent);
    if (a->name.kind == PROVISION_NAME_MAC) {
        a->claimed_mac = a->name.mac;
        a->claimed = &a->claimed_mac;
    } else if (agent.has_mac) {
        a->claimed_mac = agent.mac;
        a->claimed = &a->claimed_mac;
    }
}

/* Some hosts are there for activation alone. */
static bool is_activation_host(const struct asked *a)
{
    struct str host = a->q->head ? http_value(a->q->head, HTTP_HOST) : str_of(NULL, 0);
    host = str_head(host, str_chr(host, ':'));
    for (size_t i = 0; i < a->p->cfg.n_activation_hosts; i++) {
        if (str_ieq(host, a->p->cfg.activation_host[i])) {
            return true;
        }
    }
    return false;
}

static bool begin(struct asked *a, struct provision *p, const struct provision_request *q,
                  struct provision_case *c, usec_t now)
{
    *a = (struct asked){.p = p, .q = q, .c = c, .now = now};
    bool named = provision_name_read(q->path, &a->name);
    a->identity = provision_identify(&p->cfg, q->client, now);
    find_claim(a);
    return named && !is_activation_host(a);
}

enum provision_step provision_ask(struct provision *p, const struct provision_request *q,
                                  usec_t now, struct provision_case *ret_case)
{
    struct asked a;
    *ret_case = (struct provision_case){.proof = PROOF_NONE};
    bool named = begin(&a, p, q, ret_case, now);
    if (q->head && !str_eq(q->head->method, STR("GET")) && !provision_reply_is_head(&a)) {
        (void)provision_reply_refuse(&a, 405, "bad-request");
        provision_reply_fields(ret_case, "Allow: GET, HEAD\r\n");
        return PROVISION_ANSWERED;
    }
    if (!named) {
        return provision_reply_refuse(&a, 404, "no-such-name");
    }
    switch (q->way) {
    case PROVISION_HTTPS:
        return ask_https(&a);
    case PROVISION_HTTP:
        return ask_plain(&a, p->cfg.http);
    case PROVISION_TFTP:
        return ask_plain(&a, p->cfg.tftp);
    }
    return provision_reply_refuse(&a, 404, "no-such-name");
}

/* -- the rules, once the phone is known */

static enum provision_step refuse_unknown(struct asked *a)
{
    if (a->c->proof == PROOF_CERTIFICATE || a->c->proof == PROOF_EXPIRED) {
        provision_tell_unknown(a->p, a->q, a->c, a->now);
        return provision_reply_refuse(a, 404, "unknown");
    }
    return provision_reply_refuse(a, 403, a->c->sealed ? "policy" : "unknown");
}

static void password_was_right(struct asked *a, enum provision_proof proof)
{
    char user[PROV_USER];
    prov_user(a->c->question.mac, user);
    a->c->proof = proof;
    a->authentic = true;
    guard_right(&a->p->guard, &a->p->cfg.hash, a->q->peer.ip, str_z(user), a->now);
    /* It came without first, and was asked for it. */
    telling_take_back(a->p->telling, &(struct telling_like){.kind = FACT_PROVISION_REFUSED,
                                                            .word = a->identity.reason,
                                                            .source = a->q->peer.ip});
}

static void decide(struct asked *a, const struct prov_device *d)
{
    if (a->c->proof == PROOF_PASSWORD) {
        enum provision_proof proof = claim_check(a->p, a->q, d, a->now);
        if (proof == PROOF_NONE) {
            a->c->proof = PROOF_NONE;
            (void)provision_reply_wrong_password(a);
            return;
        }
        password_was_right(a, proof);
    }
    if (!d->known) {
        (void)refuse_unknown(a);
    } else if (a->c->proof == PROOF_EXPIRED && !provision_serial_known(a->q->client, d)) {
        (void)provision_reply_refuse(a, 403, "other-serial");
    } else if (a->name.kind == PROVISION_NAME_KEY &&
               (d->key.len == 0 || !str_eq(a->name.word, d->key))) {
        (void)provision_reply_refuse(a, 403, "name");
    } else if (a->c->sealed && !d->pass.len) {
        (void)provision_reply_refuse(a, 403, "policy");
    } else if (!d->plain.p) {
        (void)provision_reply_refuse(a, 404, "no-configuration");
    } else {
        provision_reply_serve(a, d);
    }
}

void provision_answer(struct provision *p, const struct provision_request *q,
                      struct provision_case *c, const struct prov_device *d, usec_t now)
{
    struct asked a;
    (void)begin(&a, p, q, c, now);
    a.claimed_mac = c->question.mac;
    a.claimed = &a.claimed_mac;
    if (!d) {
        char retry[48];
        provision_reply_with(c, 503);
        (void)snprintf(retry, sizeof retry, "Retry-After: %d\r\n", RETRY_S);
        provision_reply_fields(c, retry);
        provision_reply_tell_refusal(&a, "throttled", 0);
        return;
    }
    decide(&a, d);
}

void provision_rule_write(const struct provision *p, const struct prov_device *d, struct sink *out)
{
    sink_z(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<flat-profile>\n<Profile_Rule>");
    esc_html(out, d->rule.len ? d->rule : p->cfg.rule);
    sink_z(out, "</Profile_Rule>\n</flat-profile>\n");
}
