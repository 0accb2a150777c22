/* SIP from the wire and out of logs: views stay inside, a stream's answer does not depend on its
 * cuts, and what a log's text becomes is read again as the same. */
#include <stdlib.h>

#include "proto/sip/sip_contact.h"
#include "proto/sip/sip_identity.h"
#include "proto/sip/sip_number.h"
#include "proto/sip/sip_uri.h"
#include "proto/sip/sip_via.h"
#include "proto/sip/siplog.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void inside(struct str all, struct str view)
{
    must(view.p == NULL || (view.p >= all.p && view.p + view.len <= all.p + all.len));
}

static void field(struct str value, enum sip_mode mode)
{
    struct err_at at;
    struct sip_via via;
    struct sip_contact contact;
    struct sip_uri uri;
    struct sip_cseq cseq;
    struct sip_agent agent;
    struct sip_session session;
    struct str rest = value;
    while (sip_via_next(&rest, &via, &at) == ERR_OK) {
        inside(value, via.host);
        inside(value, via.params);
    }
    rest = value;
    while (sip_contact_next(&rest, mode, &contact, &at) == ERR_OK) {
        inside(value, contact.addr.raw);
        inside(value, contact.addr.tag);
        if (sip_uri_read(contact.addr.uri, &uri, &at) == ERR_OK) {
            static char user[SIPLOG_ROOM(SIP_MESSAGE_MOST)];
            struct addr addr;
            inside(value, uri.host);
            must(sip_uri_eq(&uri, &uri));
            must(uri.user.len > sizeof user || sip_uri_user(&uri, user).len <= uri.user.len);
            must(!sip_host_addr(uri.host, &addr) || addr.family != 0);
        }
    }
    if (sip_cseq_read(value, &cseq, &at) == ERR_OK) {
        inside(value, cseq.method);
    }
    if (sip_agent_read(value, &agent)) {
        inside(value, agent.mac_text);
    }
    if (sip_session_read(value, &session)) {
        inside(value, session.remote);
    }
}

static void message(struct str text, const struct sip_msg *msg)
{
    inside(text, msg->start);
    inside(text, msg->body);
    for (size_t i = 0; i < msg->n; i++) {
        inside(text, msg->fields[i].name);
        inside(text, msg->fields[i].value);
        field(msg->fields[i].value, msg->mode);
    }
}

static void wire(struct str text)
{
    static struct sip_msg msg;
    struct err_at at = {0, NULL, NULL};
    enum err e = sip_read(text, &msg, &at);
    must((e != ERR_MALFORMED && e != ERR_LIMIT) || (at.what != NULL && at.offset <= text.len));
    if (e != ERR_OK) {
        return;
    }
    size_t len = msg.len;
    must(len <= text.len);
    message(text, &msg);
    must(sip_check(&msg, &at) == ERR_OK || at.what != NULL);
    if (msg.has_length) {
        must(sip_read(str_head(text, len), &msg, &at) == ERR_OK && msg.len == len);
        e = sip_read(str_head(text, len / 2), &msg, &at);
        must(e == ERR_MORE || e == ERR_END);
    }
}

static void log_text(struct str raw)
{
    static struct siplog log;
    struct err_at at = {0, NULL, NULL};
    size_t cap = SIPLOG_ROOM(raw.len);
    char *out = malloc(cap);
    must(out != NULL);
    enum err e = siplog_read(raw, out, cap, &log, &at);
    must(e == ERR_OK || at.what != NULL);
    must(log.map.len <= raw.len && log.text.len <= cap);
    if (e == ERR_OK) {
        message(log.text, &log.msg);
        for (size_t i = 0; i < log.msg.n; i++) {
            must(log.msg.fields[i].raw_offset < raw.len);
            must(log.map.n == SIPLOG_PIECES ||
                 raw.p[log.msg.fields[i].raw_offset] == log.msg.fields[i].name.p[0]);
        }
    }
    must(siplog_unfold(raw, out, cap / 8, &log.map) <= cap / 8);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    wire(text);
    log_text(text);
    return 0;
}
