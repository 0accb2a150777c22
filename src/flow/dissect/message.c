/* A SIP message of the log becomes a fact: what matters of its header fields. */
#include "base/mac.h"
#include "flow/dissect/dissect.h"
#include "proto/digest/digest.h"
#include "proto/sip/sip_contact.h"
#include "proto/sip/sip_epoch.h"
#include "proto/sip/sip_identity.h"
#include "proto/sip/sip_number.h"
#include "proto/sip/sip_via.h"
#include "proto/sip/siplog.h"

/* Room for numbers written as text until the fact was told. */
struct scratch {
    char text[6][STR_NUMBER];
    unsigned n;
};

/* Three or four a message: too often for printf. */
static void add_number(struct fact *f, struct scratch *s, enum field field, int64_t n)
{
    char *end = s->text[s->n % 6] + sizeof s->text[0];
    char *p = end;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    s->n++;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (n < 0) {
        *--p = '-';
    }
    fact_add(f, field, str_of(p, (size_t)(end - p)));
}

static void add_common(struct fact *f, struct scratch *s, const struct sip_msg *m)
{
    struct err_at at;
    struct sip_cseq cseq;
    struct sip_via via;
    fact_add(f, FIELD_CALL_ID, sip_value(m, SIP_CALL_ID));
    if (sip_cseq_read(sip_value(m, SIP_CSEQ), &cseq, &at) == ERR_OK) {
        add_number(f, s, FIELD_CSEQ, cseq.number);
        fact_add(f, FIELD_METHOD, m->request ? m->method : cseq.method);
    } else if (m->request) {
        fact_add(f, FIELD_METHOD, m->method);
    }
    if (sip_via_read(sip_value(m, SIP_VIA), &via, &at) == ERR_OK) {
        fact_add(f, FIELD_BRANCH, via.branch);
        fact_add(f, FIELD_VIA, via.host);
    }
}

/* The lifetime that a message asks or grants: Contact's expires before Expires. Of several contacts
 * the one that is ours counts (its `host` is our Via's); a server lists all. */
static int64_t lifetime(const struct sip_msg *m, struct str host, struct str *ret_contact,
                        struct str *ret_other)
{
    struct err_at at;
    struct sip_contact c;
    uint32_t seconds = 0;
    int64_t found = -1;
    bool have_ours = false;
    for (const struct sip_field *h = sip_find(m, SIP_CONTACT); h; h = sip_find_next(m, h)) {
        struct str rest = h->value;
        while (sip_contact_next(&rest, SIP_LENIENT, &c, &at) == ERR_OK) {
            bool ours = host.len && str_find(c.addr.uri, host) != STR_NPOS;
            if (c.has_expires && (found < 0 || (ours && !have_ours))) {
                found = c.expires;
            }
            if (ret_contact->len == 0 || (ours && !have_ours)) {
                *ret_contact = c.addr.uri;
            }
            have_ours = have_ours || ours;
            *ret_other = ours ? *ret_other : c.addr.uri;
        }
    }
    if (!have_ours) {
        *ret_other = str_of(NULL, 0); /* one contact, rewritten on the way */
    }
    if (found < 0 && sip_seconds_read(sip_value(m, SIP_EXPIRES), &seconds, &at) == ERR_OK) {
        found = seconds;
    }
    return found;
}

static void request(struct fact *f, struct scratch *s, const struct sip_msg *m)
{
    struct digest dg;
    struct str contact = str_of(NULL, 0);
    struct str other = contact;
    struct str auth = sip_value(m, SIP_AUTHORIZATION);
    if (!auth.p) {
        auth = sip_value(m, SIP_PROXY_AUTHORIZATION);
    }
    fact_add(f, FIELD_HOST, m->uri);
    if (auth.p && digest_read_cut(auth, &dg) && dg.digest) {
        fact_add(f, FIELD_REALM, dg.realm);
        fact_add(f, FIELD_NONCE, dg.nonce.len ? dg.nonce : STR("?"));
        fact_add(f, FIELD_RESPONSE, dg.response);
        /* An empty user name is a fact of its own: "?" stands for none. */
        bool none = dg.username.p && dg.username.len == 0;
        fact_add(f, FIELD_USER, none ? STR("?") : dg.username);
    }
    int64_t asked = lifetime(m, fact_get(f, FIELD_VIA), &contact, &other);
    if (asked >= 0) {
        add_number(f, s, FIELD_ASKED, asked);
    }
    fact_add(f, FIELD_CONTACT, contact);
}

static void challenge(struct fact *f, const struct sip_msg *m)
{
    struct digest dg;
    struct str value = sip_value(m, SIP_WWW_AUTHENTICATE);
    if (!value.p) {
        value = sip_value(m, SIP_PROXY_AUTHENTICATE);
    }
    if (value.p && digest_read_cut(value, &dg) && dg.digest) {
        fact_add(f, FIELD_REALM, dg.realm);
        fact_add(f, FIELD_NONCE, dg.nonce);
        fact_add(f, FIELD_STALE, dg.stale);
        if (dg.algorithm.p && !str_ieq(dg.algorithm, STR("MD5"))) {
            fact_add(f, FIELD_ALGORITHM, dg.algorithm); /* told where it is not the usual one */
        }
    }
}

static void server_clock(struct fact *f, struct scratch *s, const struct sip_msg *m)
{
    struct sip_addr to;
    struct err_at at;
    usec_t t = 0;
    if ((sip_addr_read(sip_value(m, SIP_TO), SIP_LENIENT, &to, &at) == ERR_OK &&
         sip_epoch_tag(to.tag, &t)) ||
        sip_epoch_nonce(fact_get(f, FIELD_NONCE), &t) ||
        time_read_http(sip_value(m, SIP_DATE), &t)) {
        add_number(f, s, FIELD_EPOCH, t / USEC_MS);
    }
}

static void response(struct fact *f, struct scratch *s, const struct sip_msg *m)
{
    struct err_at at;
    struct str contact = str_of(NULL, 0);
    struct str other = contact;
    uint32_t seconds = 0;
    if (m->status) {
        add_number(f, s, FIELD_STATUS, m->status);
    }
    fact_add(f, FIELD_REASON, m->reason);
    challenge(f, m);
    server_clock(f, s, m);
    int64_t granted = lifetime(m, fact_get(f, FIELD_VIA), &contact, &other);
    if (granted >= 0) {
        add_number(f, s, FIELD_GRANTED, granted);
    }
    if (sip_seconds_read(sip_value(m, SIP_RETRY_AFTER), &seconds, &at) == ERR_OK ||
        sip_seconds_read(sip_value(m, SIP_MIN_EXPIRES), &seconds, &at) == ERR_OK) {
        add_number(f, s, FIELD_RETRY, seconds);
    }
    fact_add(f, FIELD_CONTACT, contact);
    fact_add(f, FIELD_OTHER, other);
    fact_add(f, FIELD_TEXT, sip_value(m, SIP_WARNING));
}

/* The phone's own MAC address stands at the end of its Session-ID. */
static void session(struct dissect *d, const struct fact *base, const struct sip_msg *m, bool sent)
{
    struct sip_session id;
    struct mac mac;
    char text[MAC_TEXT];
    struct fact f;
    if (!sip_session_read(sip_value(m, SIP_SESSION_ID), &id) ||
        !sip_session_mac(sent ? id.local : id.remote, &mac)) {
        return;
    }
    fact_like(&f, FACT_PHONE_MODEL, base);
    mac_write(mac, text);
    fact_add(&f, FIELD_MAC, str_z(text));
    dissect_tell(d, &f);
}

/* The response recomputed from a secret that was given: the password is right, or it is not. */
static void secret(struct dissect *d, const struct fact *base, const struct sip_msg *m)
{
    struct digest dg;
    struct str value = sip_value(m, SIP_AUTHORIZATION);
    if (!d->sink.secret || !value.p || !digest_read_cut(value, &dg) || !dg.digest) {
        return;
    }
    enum dissect_secret s = d->sink.secret(d->sink.secret_ctx, &dg, m->method);
    if (s == DISSECT_SECRET_UNKNOWN) {
        return;
    }
    struct fact f;
    fact_like(&f, FACT_REGISTER_SECRET, base);
    fact_add(&f, FIELD_STATE, s == DISSECT_SECRET_RIGHT ? STR("right") : STR("wrong"));
    fact_add(&f, FIELD_USER, dg.username);
    fact_add(&f, FIELD_REALM, dg.realm);
    dissect_tell(d, &f);
}

void dissect_message(struct dissect *d, const struct fact *head, struct str message)
{
    message = str_head(message, DISSECT_MESSAGE_MOST - 1);
    dissect_sip_flush(d);
    d->sip.open = true;
    d->sip.fact = *head;
    d->sip.len = message.len;
    if (message.len) {
        memcpy(d->sip.raw, message.p, message.len);
    }
    d->sip.raw[d->sip.len++] = '\n';
    dissect_sip_flush(d);
}

void dissect_sip_flush(struct dissect *d)
{
    struct siplog log;
    struct err_at at;
    struct scratch s = {.n = 0};
    if (!d->sip.open) {
        return;
    }
    d->sip.open = false;
    struct str raw = str_of(d->sip.raw, d->sip.len);
    if (siplog_read(raw, d->sip.clean, SIPLOG_ROOM(DISSECT_MESSAGE_MOST), &log, &at) != ERR_OK) {
        return;
    }
    const struct fact *head = &d->sip.fact;
    bool sent = head->kind == FACT_SIP_REQUEST; /* by the direction of the head line */
    struct fact f;
    fact_like(&f, log.msg.request ? FACT_SIP_REQUEST : FACT_SIP_RESPONSE, head);
    fact_add(&f, FIELD_SERVER, fact_get(head, FIELD_ADDRESS));
    fact_add(&f, FIELD_PORT, fact_get(head, FIELD_PORT));
    fact_add(&f, FIELD_TRANSPORT, fact_get(head, FIELD_TRANSPORT));
    fact_add(&f, FIELD_STATE, sent ? STR("sent") : STR("received"));
    add_common(&f, &s, &log.msg);
    if (log.msg.request) {
        request(&f, &s, &log.msg);
    } else {
        response(&f, &s, &log.msg);
    }
    dissect_tell(d, &f);
    if (sent && log.msg.request) {
        secret(d, &f, &log.msg);
    }
    session(d, &f, &log.msg, sent);
    if (sent && log.msg.request) {
        struct str agent = sip_value(&log.msg, SIP_USER_AGENT);
        if (agent.p) {
            dissect_agent(d, &f, agent);
        }
    }
}
