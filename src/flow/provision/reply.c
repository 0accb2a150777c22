/* Answers to phones, and what is told of them. */
#include <stdio.h>

#include "flow/provision/inside.h"
#include "proto/http/http_choose.h"

#define WRONG_DELAY (250 * USEC_MS)     /* hides how long a wrong password took */
#define CHALLENGE_DELAY (300 * USEC_MS) /* a phone with a password comes first without */

/* -- refusing */

void provision_reply_with(struct provision_case *c, unsigned status)
{
    c->reply = (struct provision_reply){.status = status, .body = BODY_NONE};
}

void provision_reply_fields(struct provision_case *c, const char *text)
{
    size_t at = strlen(c->reply.fields);
    (void)snprintf(c->reply.fields + at, sizeof c->reply.fields - at, "%s", text);
}

void provision_reply_tell_refusal(struct asked *a, const char *reason, usec_t delay)
{
    struct provision_told t;
    provision_told_begin(a->q, FACT_PROVISION_REFUSED, reason, a->c->proof, a->claimed, &t);
    event_number(&t.event, FIELD_STATUS, a->c->reply.status);
    event_add(&t.event, FIELD_PATH, str_head(a->q->path, 100));
    if (a->name.kind == PROVISION_NAME_MAC && a->claimed && !mac_eq(a->name.mac, *a->claimed)) {
        event_mac(&t.event, FIELD_OTHER, a->name.mac);
    }
    if (a->c->proof == PROOF_NONE || a->c->proof == PROOF_EXPIRED) {
        provision_told_client(&t, a->q->client, reason);
    }
    provision_tell(a->p, &t, a->authentic, delay, a->now);
}

enum provision_step provision_reply_refuse(struct asked *a, unsigned status, const char *reason)
{
    provision_reply_with(a->c, status);
    provision_reply_tell_refusal(a, reason, 0);
    return PROVISION_ANSWERED;
}

/* Nobody proved anything: what everybody gets who does not. */
enum provision_step provision_reply_refuse_unproven(struct asked *a, const char *reason, bool stale)
{
    bool ask = a->p->cfg.passwords && a->q->way == PROVISION_HTTPS;
    provision_reply_with(a->c, ask ? 401 : 403);
    if (ask) {
        challenges_write(a->p, stale, a->now, a->c->reply.fields, sizeof a->c->reply.fields);
    }
    if (!stale) {
        bool may_come_again = ask && reason == a->identity.reason;
        provision_reply_tell_refusal(a, reason, may_come_again ? CHALLENGE_DELAY : 0);
    }
    return PROVISION_ANSWERED;
}

enum provision_step provision_reply_wrong_password(struct asked *a)
{
    char user[PROV_USER];
    prov_user(a->c->question.mac, user);
    (void)guard_wrong(&a->p->guard, &a->p->cfg.hash, a->q->peer.ip, str_z(user), a->now);
    provision_reply_with(a->c, 401);
    challenges_write(a->p, false, a->now, a->c->reply.fields, sizeof a->c->reply.fields);
    a->c->reply.delay = WRONG_DELAY;
    provision_reply_tell_refusal(a, "password", 0);
    return PROVISION_ANSWERED;
}

/* -- serving */

static void tell_served(struct asked *a, const char *state, struct str key)
{
    struct provision_told t;
    provision_told_begin(a->q, FACT_PROVISION_SERVED, state, a->c->proof, a->claimed, &t);
    event_number(&t.event, FIELD_STATUS, a->c->reply.status);
    event_add(&t.event, FIELD_PATH, str_head(a->q->path, 100));
    event_add(&t.event, FIELD_METHOD, a->q->head ? a->q->head->method : STR("GET"));
    event_add(&t.event, FIELD_KEY, key);
    if (a->c->proof == PROOF_EXPIRED) {
        provision_told_client(&t, a->q->client, "expired");
    }
    provision_tell(a->p, &t, a->authentic, 0, a->now);
}

/* Whether the phone has these bytes already. */
static bool has_already(const struct asked *a)
{
    return a->q->head && http_condition(a->q->head, str_z(a->c->reply.etag)) == HTTP_NOT_MODIFIED;
}

bool provision_reply_is_head(const struct asked *a)
{
    return a->q->head && str_eq(a->q->head->method, STR("HEAD"));
}

enum provision_step provision_reply_bootstrap(struct asked *a)
{
    provision_reply_with(a->c, 200);
    a->c->reply.body = BODY_BOOTSTRAP;
    a->c->reply.type = "text/xml; charset=utf-8";
    provision_reply_fields(a->c, "Cache-Control: no-cache\r\n");
    tell_served(a, "bootstrap", str_of(NULL, 0));
    return PROVISION_ANSWERED;
}

/* Which form the configuration has for this request. */
static enum provision_body body_of(const struct asked *a, const struct prov_device *d)
{
    enum prov_cipher cipher = a->c->sealed ? PROV_AES_CBC : d->cipher;
    if (cipher == PROV_AES_CBC && d->pass.len) {
        return BODY_AES_CBC;
    }
    /* A coding of HTTP: TFTP cannot tell it. */
    bool takes = a->q->head && http_lists(a->q->head, HTTP_ACCEPT_ENCODING, STR("aes128gcm"));
    if (d->ikm.len && a->q->head && (cipher == PROV_AES128GCM || takes)) {
        return BODY_AES128GCM;
    }
    return d->gzip.len && a->q->head && http_takes_gzip(a->q->head) ? BODY_GZIP : BODY_PLAIN;
}

static void describe(struct asked *a, const struct prov_device *d, enum provision_body body)
{
    static const char *const ends[] = {
        [BODY_GZIP] = "-gz", [BODY_AES_CBC] = "-cbc", [BODY_AES128GCM] = "-gcm"};
    struct provision_reply *r = &a->c->reply;
    const char *end = body > BODY_PLAIN ? ends[body] : "";
    r->body = body;
    r->type = body == BODY_AES_CBC ? "application/octet-stream" : "text/xml; charset=utf-8";
    (void)snprintf(r->etag, sizeof r->etag, "\"%.*s%s\"",
                   (int)(d->etag.len < 64 ? d->etag.len : 64), d->etag.p ? d->etag.p : "", end);
    provision_reply_fields(a->c, "Cache-Control: private, no-cache\r\n");
    if (d->gzip.len && body <= BODY_GZIP) {
        provision_reply_fields(a->c, "Vary: Accept-Encoding\r\n");
    }
    if (body == BODY_GZIP) {
        provision_reply_fields(a->c, "Content-Encoding: gzip\r\n");
    } else if (body == BODY_AES128GCM) {
        provision_reply_fields(a->c, "Content-Encoding: aes128gcm\r\n");
    }
}

void provision_reply_serve(struct asked *a, const struct prov_device *d)
{
    enum provision_body body = body_of(a, d);
    provision_reply_with(a->c, 200);
    describe(a, d, body);
    if (has_already(a)) {
        a->c->reply.status = 304;
        a->c->reply.body = BODY_NONE;
        tell_served(a, "unchanged", d->etag);
    } else {
        tell_served(a,
                    provision_reply_is_head(a) ? "head"
                    : body >= BODY_AES_CBC     ? "encrypted"
                                               : "whole",
                    d->etag);
    }
}
