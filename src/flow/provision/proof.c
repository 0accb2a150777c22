/* Certificates and windows, and how what came of a request is told. */
#include "flow/provision/proof.h"

#include "flow/provision/inside.h"

const char *provision_proof_name(enum provision_proof proof)
{
    static const char *const names[] = {
        [PROOF_NONE] = "none",
        [PROOF_CERTIFICATE] = "certificate",
        [PROOF_EXPIRED] = "expired-certificate",
        [PROOF_PASSWORD] = "password",
        [PROOF_OLD_PASSWORD] = "old-password",
        [PROOF_WINDOW] = "window",
        [PROOF_CODE] = "code",
    };
    return names[proof];
}

const struct provision_cfg *provision_cfg_of(const struct provision *p)
{
    return &p->cfg;
}

/* -- certificates */

static const char *fault_of(enum client_verdict v)
{
    switch (v) {
    case CLIENT_VALID:
        return "no-mac";
    case CLIENT_EXPIRED:
        return "expired";
    case CLIENT_NOT_YET:
        return "not-yet-valid";
    case CLIENT_WEAK:
        return "weak";
    case CLIENT_PURPOSE:
        return "purpose";
    case CLIENT_UNKNOWN:
        return "unknown-authority";
    case CLIENT_BAD:
        return "bad-certificate";
    case CLIENT_NONE:
        return "no-proof";
    }
    return "no-proof";
}

struct provision_identity provision_identify(const struct provision_cfg *cfg,
                                             const struct client_cert *client, usec_t now)
{
    struct provision_identity i = {.proof = PROOF_NONE, .reason = "no-proof"};
    if (!client) {
        return i;
    }
    i.reason = fault_of(client->verdict);
    i.authentic = client->has_mac && client->verdict < CLIENT_UNKNOWN;
    if (!client->has_mac) {
        return i;
    }
    if (client->verdict == CLIENT_VALID) {
        i.proof = PROOF_CERTIFICATE;
    } else if (client->verdict == CLIENT_EXPIRED && cfg->expired_until != USEC_NONE &&
               now < cfg->expired_until) {
        i.proof = PROOF_EXPIRED;
    }
    return i;
}

bool provision_serial_known(const struct client_cert *client, const struct prov_device *d)
{
    return client && client->serial[0] && str_ieq(str_z(client->serial), d->serial);
}

/* -- windows */

static int by_mac(struct mac a, struct mac b)
{
    return memcmp(a.b, b.b, sizeof a.b);
}

static const struct prov_window *find_mac(const struct provision *p, struct mac mac)
{
    size_t from = 0, to = p->n_windows;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int order = by_mac(mac, p->window[mid].mac);
        if (order == 0) {
            return &p->window[mid];
        }
        if (order < 0) {
            to = mid;
        } else {
            from = mid + 1;
        }
    }
    return NULL;
}

static const struct prov_window *find_key(const struct provision *p, struct str key)
{
    for (size_t i = 0; i < p->n_windows; i++) {
        if (p->window[i].key[0] && str_eq(str_z(p->window[i].key), key)) {
            return &p->window[i];
        }
    }
    return NULL;
}

const struct prov_window *provision_window(const struct provision *p, const struct mac *mac,
                                           struct str key, usec_t now)
{
    const struct prov_window *w = mac ? find_mac(p, *mac) : find_key(p, key);
    return w && now < w->until ? w : NULL;
}

void provision_windows(struct provision *p, const struct prov_window *w, size_t n)
{
    p->n_windows = 0;
    for (size_t i = 0; i < n && i < PROV_WINDOWS; i++) { /* few: put where they belong */
        size_t at = p->n_windows++;
        for (; at > 0 && by_mac(p->window[at - 1].mac, w[i].mac) > 0; at--) {
            p->window[at] = p->window[at - 1];
        }
        p->window[at] = w[i];
    }
}

/* -- what is asked about a phone */

static void word(char *to, size_t cap, struct str s)
{
    size_t n = s.len < cap ? s.len : cap - 1;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        to[i] = c < ' ' || c >= 0x7f ? '?' : s.p[i];
    }
    to[n] = 0;
}

void provision_question(const struct provision_request *q, struct mac mac, bool proven,
                        struct prov_question *ret)
{
    struct provision_agent agent;
    provision_agent_read(q->head ? http_value(q->head, HTTP_USER_AGENT) : str_of(NULL, 0), &agent);
    *ret = (struct prov_question){.mac = mac, .proven = proven, .source = q->peer.ip};
    bool told = proven && q->client;
    word(ret->model, sizeof ret->model,
         told && q->client->model[0] ? str_z(q->client->model) : agent.model);
    word(ret->serial, sizeof ret->serial, told ? str_z(q->client->serial) : str_of(NULL, 0));
    word(ret->firmware, sizeof ret->firmware, agent.firmware);
}

/* -- telling */

static struct str transport_name(enum provision_way way)
{
    static const struct str names[] = {[PROVISION_HTTPS] = STR_INIT("https"),
                                       [PROVISION_HTTP] = STR_INIT("http"),
                                       [PROVISION_TFTP] = STR_INIT("tftp")};
    return names[way];
}

static bool is_state(enum fact_kind kind)
{
    return kind == FACT_ACTIVATION_SERVED || kind == FACT_PROVISION_SERVED ||
           kind == FACT_DEVICE_UNKNOWN;
}

/* Kinds that say of a request all that there is. */
static bool is_request(enum fact_kind kind)
{
    return kind == FACT_ACTIVATION_SERVED || kind == FACT_ACTIVATION_REFUSED ||
           kind == FACT_PROVISION_SERVED || kind == FACT_PROVISION_REFUSED;
}

/* Who the phone says it is. */
static void tell_agent(struct provision_told *t, const struct provision_request *q,
                       const struct mac *mac)
{
    struct provision_agent agent;
    static const char says[] = "User-Agent says ";
    provision_agent_read(http_value(q->head, HTTP_USER_AGENT), &agent);
    event_add(&t->event, FIELD_MODEL, str_head(agent.model, PROV_WORD));
    event_add(&t->event, FIELD_FIRMWARE, str_head(agent.firmware, PROV_FIRMWARE));
    if (mac && agent.has_mac && !mac_eq(agent.mac, *mac)) {
        memcpy(t->note, says, sizeof says);
        mac_write(agent.mac, t->note + sizeof says - 1);
    }
}

void provision_told_begin(const struct provision_request *q, enum fact_kind kind, const char *what,
                          enum provision_proof proof, const struct mac *mac,
                          struct provision_told *ret)
{
    char text[ADDR_TEXT];
    struct event *e = &ret->event;
    ret->like = (struct telling_like){.kind = (uint16_t)kind, .word = what, .source = q->peer.ip};
    ret->has_mac = mac != NULL;
    ret->note[0] = 0;
    event_init(e, kind);
    event_add(e, is_state(kind) ? FIELD_STATE : FIELD_REASON, str_z(what));
    event_add(e, FIELD_PROOF, str_z(provision_proof_name(proof)));
    if (mac) {
        ret->like.mac = *mac;
        event_mac(e, FIELD_MAC, *mac);
    }
    event_add(e, FIELD_SERVER, addr_write(q->peer.ip, text));
    if (is_request(kind)) {
        event_number(e, FIELD_PORT, q->peer.port);
        event_add(e, FIELD_TRANSPORT, transport_name(q->way));
    }
    if (kind == FACT_REPORT_REFUSED) {
        return;
    }
    if (q->client && q->client->has_mac) {
        event_add(e, FIELD_SERIAL, str_z(q->client->serial));
    }
    if (q->head) {
        tell_agent(ret, q, mac);
        if (is_request(kind)) {
            event_add(e, FIELD_HOST, str_head(http_value(q->head, HTTP_HOST), 100));
        }
    }
}

void provision_told_client(struct provision_told *t, const struct client_cert *client,
                           const char *reason)
{
    char text[TIME_TEXT];
    if (!client) {
        return;
    }
    bool over = client->verdict == CLIENT_EXPIRED;
    if ((over || client->verdict == CLIENT_NOT_YET) && client->not_after != USEC_NONE) {
        time_write(over ? client->not_after : client->not_before, text);
        event_add(&t->event,
                  t->event.kind == FACT_PROVISION_SERVED || t->event.kind == FACT_ACTIVATION_SERVED
                      ? FIELD_TEXT
                      : FIELD_VALUE,
                  str_z(text));
    }
    if (strcmp(reason, "unknown-authority") == 0 || strcmp(reason, "bad-certificate") == 0) {
        event_add(&t->event, FIELD_TEXT, str_z(client->issuer));
    }
    if (client->has_mac && t->has_mac && !mac_eq(client->mac, t->like.mac)) {
        event_mac(&t->event, FIELD_OTHER, client->mac);
    }
}

void provision_tell(struct provision *p, struct provision_told *t, bool of_its_own, usec_t delay,
                    usec_t now)
{
    t->like.by_mac = of_its_own && t->has_mac;
    event_add(&t->event, FIELD_TEXT, str_z(t->note));
    telling_add(p->telling, &t->like, t->has_mac, &t->event, delay, now);
}

void provision_tell_unknown(struct provision *p, const struct provision_request *q,
                            const struct provision_case *c, usec_t now)
{
    struct provision_told t;
    provision_told_begin(q, FACT_DEVICE_UNKNOWN, "seen", c->proof, &c->question.mac, &t);
    provision_tell(p, &t, true, 0, now);
}
