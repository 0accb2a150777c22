/* Where a phone finds its configuration. */
#include "flow/activate/activate.h"

#include <stdio.h>

#include "flow/provision/name.h"
#include "flow/provision/proof.h"
#include "proto/http/http_uri.h"

enum { VALUE_MOST = 160 };

bool activate_path(struct str path)
{
    return str_starts(path, STR("/software/edos/callhome/"));
}

bool activate_id_read(struct str value, struct activate_id *ret_id)
{
    struct str word[2];
    for (unsigned i = 0; i < 2; i++) { /* from the end: a MAC may have colons of its own */
        size_t at = value.len;
        while (at > 0 && value.p[at - 1] != ':') {
            at--;
        }
        if (at == 0) {
            return false;
        }
        word[i] = str_from(value, at);
        value.len = at - 1;
    }
    ret_id->model = word[0];
    ret_id->serial = word[1];
    return mac_read(value, &ret_id->mac);
}

/* -- the request */

/* One request on its way through the rules. */
struct asked {
    struct provision *p;
    const struct provision_request *q;
    struct provision_case *c;
    struct provision_identity identity;
    struct activate_id id;
    char id_room[VALUE_MOST], code[PROV_CODE + 1], note[96];
    struct mac claimed;
    bool authentic;
    usec_t now;
};

/* 16 digits; blanks and hyphens between them do not count. */
static bool code_read(struct str text, char ret_code[PROV_CODE + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == ' ' || text.p[i] == '-') {
            continue;
        }
        if (!ascii_digit(text.p[i]) || n == PROV_CODE) {
            return false;
        }
        ret_code[n++] = text.p[i];
    }
    ret_code[n] = 0;
    return n == PROV_CODE;
}

static bool begin(struct asked *a, struct provision *p, const struct provision_request *q,
                  struct provision_case *c, usec_t now)
{
    char room[VALUE_MOST];
    struct str value;
    *a = (struct asked){.p = p, .q = q, .c = c, .now = now};
    a->identity = provision_identify(provision_cfg_of(p), q->client, now);
    a->authentic = a->identity.authentic;
    c->reply = (struct provision_reply){.status = 200, .body = BODY_NONE};
    (void)snprintf(c->reply.fields, sizeof c->reply.fields, "Cache-Control: no-store\r\n");
    if (a->authentic) {
        a->claimed = q->client->mac;
    }
    if (!http_query_find(q->query, STR("id"), a->id_room, sizeof a->id_room, &value) ||
        !activate_id_read(value, &a->id)) {
        return false;
    }
    if (!a->authentic) {
        a->claimed = a->id.mac;
    }
    return !http_query_find(q->query, STR("code"), room, sizeof room, &value) || value.len == 0 ||
           code_read(value, a->code);
}

/* -- answers */

/* Where what the phone says of itself is not what its certificate says. */
static void note_differences(struct asked *a)
{
    const struct client_cert *c = a->q->client;
    if (!c || !c->has_mac) {
        return;
    }
    if (c->serial[0] && !str_ieq(a->id.serial, str_z(c->serial))) {
        (void)snprintf(a->note, sizeof a->note, "id says serial %.*s",
                       (int)(a->id.serial.len < PROV_WORD ? a->id.serial.len : PROV_WORD),
                       a->id.serial.p);
    } else if (c->model[0] && !str_ieq(a->id.model, str_z(c->model))) {
        (void)snprintf(a->note, sizeof a->note, "id says model %.*s",
                       (int)(a->id.model.len < PROV_WORD ? a->id.model.len : PROV_WORD),
                       a->id.model.p);
    }
}

/* 200 without a body, whatever it was. */
static enum provision_step refuse(struct asked *a, const char *reason, const struct mac *about)
{
    struct provision_told t;
    provision_told_begin(a->q, FACT_ACTIVATION_REFUSED, reason, a->c->proof, about, &t);
    event_add(&t.event, FIELD_SERIAL, str_head(a->id.serial, PROV_WORD));
    event_add(&t.event, FIELD_MODEL, str_head(a->id.model, PROV_WORD));
    provision_told_client(&t, a->q->client, reason);
    event_add(&t.event, FIELD_TEXT, str_z(a->note));
    provision_tell(a->p, &t, a->authentic && about && mac_eq(*about, a->q->client->mac), 0, a->now);
    return PROVISION_ANSWERED;
}

static void serve(struct asked *a, const struct prov_device *d)
{
    struct provision_told t;
    struct str rule = d->rule.len ? d->rule : provision_cfg_of(a->p)->rule;
    bool code = a->c->question.code[0] && a->c->question.code_taken;
    a->c->proof = code ? PROOF_CODE : a->c->proof;
    a->c->reply.body = BODY_RULE;
    a->c->reply.type = "text/xml; charset=utf-8";
    provision_told_begin(a->q, FACT_ACTIVATION_SERVED, code ? "code" : "rule", a->c->proof,
                         &a->claimed, &t);
    event_add(&t.event, FIELD_SERIAL, str_head(a->id.serial, PROV_WORD));
    event_add(&t.event, FIELD_MODEL, str_head(a->id.model, PROV_WORD));
    event_add(&t.event, FIELD_URL, rule);
    if (a->c->proof == PROOF_EXPIRED) {
        provision_told_client(&t, a->q->client, "expired");
    }
    event_add(&t.event, FIELD_TEXT, str_z(a->note));
    provision_tell(a->p, &t, true, 0, a->now);
}

/* -- the rules */

static enum provision_step look_up(struct asked *a, struct mac mac, enum provision_proof proof)
{
    struct prov_question *q = &a->c->question;
    provision_question(a->q, mac, proof == PROOF_CERTIFICATE, q);
    a->c->proof = proof;
    if (!q->model[0]) {
        (void)snprintf(q->model, sizeof q->model, "%.*s",
                       (int)(a->id.model.len < PROV_WORD ? a->id.model.len : PROV_WORD - 1),
                       a->id.model.p);
    }
    memcpy(q->code, a->code, sizeof q->code);
    return PROVISION_LOOK_UP;
}

enum provision_step activate_ask(struct provision *p, const struct provision_request *q, usec_t now,
                                 struct provision_case *ret_case)
{
    struct asked a;
    *ret_case = (struct provision_case){.proof = PROOF_NONE};
    bool readable = begin(&a, p, q, ret_case, now);
    bool get =
        q->head && (str_eq(q->head->method, STR("GET")) || str_eq(q->head->method, STR("HEAD")));
    if (!readable || !get) {
        return refuse(&a, "bad-request", a.authentic ? &a.claimed : NULL);
    }
    if (a.identity.proof != PROOF_NONE) {
        ret_case->proof = a.identity.proof;
        return mac_eq(a.id.mac, q->client->mac) ? look_up(&a, a.id.mac, a.identity.proof)
                                                : refuse(&a, "other-mac", &a.id.mac);
    }
    bool open = provision_window(p, &a.id.mac, str_of(NULL, 0), now) != NULL;
    if (open && !a.code[0]) {
        return look_up(&a, a.id.mac, PROOF_WINDOW);
    }
    return refuse(&a, q->way == PROVISION_HTTPS ? a.identity.reason : "policy", &a.claimed);
}

void activate_answer(struct provision *p, const struct provision_request *q,
                     struct provision_case *c, const struct prov_device *d, usec_t now)
{
    struct asked a;
    (void)begin(&a, p, q, c, now);
    a.claimed = c->question.mac;
    note_differences(&a);
    if (!d) {
        (void)refuse(&a, "throttled", &a.claimed);
    } else if (c->question.code[0] && !c->question.code_taken && !d->known) {
        (void)refuse(&a, c->question.code_why ? c->question.code_why : "code-unknown", &a.claimed);
    } else if (!d->known) {
        if (c->proof != PROOF_WINDOW) {
            provision_tell_unknown(p, q, c, now);
        }
        (void)refuse(&a, "unknown", &a.claimed);
    } else if (c->proof == PROOF_EXPIRED && !provision_serial_known(q->client, d)) {
        (void)refuse(&a, "other-serial", &a.claimed);
    } else {
        serve(&a, d);
    }
}
