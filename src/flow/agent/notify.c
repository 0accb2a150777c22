/* NOTIFY: what a server wants of the phone, proven by the line's password where that is asked for (MPP administration guide,
 * "Auth Resync-Reboot"). */
#include "flow/agent/inside.h"

enum kind {
    KIND_ACTS,  /* the phone does something */
    KIND_HEARD, /* 200, nothing else */
    KIND_UNKNOWN,
};

static enum kind kind_of(struct str event)
{
    static const struct {
        struct str name;
        enum kind kind;
    } known[] = {
        {STR_INIT("check-sync"), KIND_ACTS},
        {STR_INIT("resync"), KIND_ACTS},
        {STR_INIT("reboot_now"), KIND_ACTS},
        {STR_INIT("reboot"), KIND_ACTS},
        {STR_INIT("restart_now"), KIND_ACTS},
        {STR_INIT("report"), KIND_ACTS},
        {STR_INIT("prt-gen"), KIND_ACTS},
        {STR_INIT("XML-service"), KIND_ACTS},
        {STR_INIT("message-summary"), KIND_HEARD},
        {STR_INIT("keep-alive"), KIND_HEARD},
        {STR_INIT("talk"), KIND_HEARD},
        {STR_INIT("hold"), KIND_HEARD},
        {STR_INIT("conference"), KIND_HEARD},
        {STR_INIT("refer"), KIND_HEARD},
    };
    struct str name = str_trim(str_head(event, str_chr(event, ';')));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_ieq(name, known[i].name)) {
            return known[i].kind;
        }
    }
    return KIND_UNKNOWN;
}

static void challenge(struct agent *a, const struct heard *h)
{
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    agent_reply_begin(a, &s, h, 401);
    sink_str(&s, STR("WWW-Authenticate: "));
    agent_auth_challenge_write(a, &s);
    sink_str(&s, STR("\r\n"));
    sip_body_put(&s, str_of(NULL, 0), str_of(NULL, 0));
    agent_send(a, &s, from);
}

/* A copy that stays until the actions are taken. */
static struct str copy(struct agent *a, struct str text)
{
    struct sink s = agent_out(a);
    size_t from = s.buf->len;
    sink_str(&s, text);
    return s.err == ERR_OK ? str_of(s.buf->p + from, text.len) : str_of(NULL, 0);
}

/* One that is sent again is answered again, and not done twice. */
static bool is_new(struct agent *a, const struct heard *h)
{
    struct hash_key key = {{a->tag, a->session}};
    uint64_t hash = hash_pair(&key, h->core.via.branch, sip_value(h->msg, SIP_CALL_ID)) | 1;
    bool fresh = hash != a->notified;
    a->notified = hash;
    return fresh;
}

void agent_notify_on(struct agent *a, const struct heard *h)
{
    struct str event = sip_value(h->msg, SIP_EVENT);
    enum kind kind = kind_of(event);
    if (kind == KIND_UNKNOWN) {
        agent_reply_plain(a, h, 489);
        return;
    }
    if (kind == KIND_ACTS && a->cfg->auth_notify && !agent_auth_proven(a, h->msg)) {
        challenge(a, h);
        return;
    }
    agent_reply_plain(a, h, 200);
    if (kind == KIND_ACTS && is_new(a, h)) {
        struct str text = copy(a, event), body = copy(a, h->msg->body);
        struct agent_action *to = agent_push(a, AGENT_NOTIFY);
        to->text = text;
        to->body = body;
    }
}
