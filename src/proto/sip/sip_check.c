/* The rules that span header fields (RFC 3261 7.3.1, 8.1.1, 8.2). */
#include "proto/sip/sip_core.h"
#include "proto/sip/sip_lex.h"

struct must {
    enum sip_header id;
    bool once;    /* a second one is refused */
    bool request; /* mandatory only in requests */
    const char *missing;
    const char *twice;
    const char *rule;
};

/* Max-Forwards: mandatory by RFC 3261 8.1.1.6, but 16.3 tells a proxy to accept without, for RFC
 * 2543's sake. */
static const struct must musts[] = {
    {SIP_VIA, false, false, "Via is missing", NULL, "RFC 3261 8.1.1.7"},
    {SIP_FROM, true, false, "From is missing", "From stands twice", "RFC 3261 8.1.1.3"},
    {SIP_TO, true, false, "To is missing", "To stands twice", "RFC 3261 8.1.1.2"},
    {SIP_CALL_ID, true, false, "Call-ID is missing", "Call-ID stands twice", "RFC 3261 8.1.1.4"},
    {SIP_CSEQ, true, false, "CSeq is missing", "CSeq stands twice", "RFC 3261 8.1.1.5"},
    {SIP_MAX_FORWARDS, true, true, NULL, "Max-Forwards stands twice", "RFC 3261 8.1.1.6"},
    {SIP_EXPIRES, true, true, NULL, "Expires stands twice", "RFC 3261 7.3.1"},
    {SIP_MIN_EXPIRES, true, true, NULL, "Min-Expires stands twice", "RFC 3261 7.3.1"},
};

static size_t offset_of(const struct sip_msg *msg, const char *p)
{
    return p != NULL ? (size_t)(p - msg->start.p) : 0;
}

static enum err fail(const struct sip_msg *msg, const char *p, const char *what, const char *rule,
                     struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset_of(msg, p), what, rule};
    return ERR_MALFORMED;
}

static enum err presence_check(const struct sip_msg *msg, struct err_at *reterr_at)
{
    for (size_t i = 0; i < sizeof musts / sizeof *musts; i++) {
        const struct must *m = &musts[i];
        const struct sip_field *f = sip_find(msg, m->id);
        if (f == NULL) {
            if (m->missing != NULL) {
                return fail(msg, NULL, m->missing, m->rule, reterr_at);
            }
            continue;
        }
        const struct sip_field *second = m->once ? sip_find_next(msg, f) : NULL;
        if (second != NULL) {
            return fail(msg, second->name.p, m->twice, m->rule, reterr_at);
        }
    }
    return ERR_OK;
}

/* Moves an error of a field reader from its value to the message. */
static enum err moved(const struct sip_msg *msg, struct str value, enum err e,
                      struct err_at *reterr_at)
{
    if (e != ERR_OK) {
        reterr_at->offset += offset_of(msg, value.p);
    }
    return e;
}

static enum err addr_check(const struct sip_msg *msg, enum sip_header id, struct sip_addr *ret_addr,
                           struct sip_uri *ret_uri, struct err_at *reterr_at)
{
    struct str value = sip_value(msg, id);
    enum err e = sip_addr_read(value, SIP_STRICT, ret_addr, reterr_at);
    if (e != ERR_OK) {
        return moved(msg, value, e, reterr_at);
    }
    return moved(msg, ret_addr->uri, sip_uri_read(ret_addr->uri, ret_uri, reterr_at), reterr_at);
}

static enum err via_check(const struct sip_msg *msg, struct sip_via *ret_via,
                          struct err_at *reterr_at)
{
    struct str value = sip_value(msg, SIP_VIA);
    return moved(msg, value, sip_via_read(value, ret_via, reterr_at), reterr_at);
}

static enum err cseq_check(const struct sip_msg *msg, struct sip_cseq *ret_cseq,
                           struct err_at *reterr_at)
{
    struct str value = sip_value(msg, SIP_CSEQ);
    enum err e = sip_cseq_read(value, ret_cseq, reterr_at);
    if (e != ERR_OK) {
        return moved(msg, value, e, reterr_at);
    }
    /* Methods are case-sensitive (RFC 3261 7.1). */
    if (msg->request && !str_eq(ret_cseq->method, msg->method)) {
        return fail(msg, ret_cseq->method.p, "CSeq's method is not that of the request",
                    "RFC 3261 8.1.1.5", reterr_at);
    }
    return ERR_OK;
}

static enum err call_id_check(const struct sip_msg *msg, struct err_at *reterr_at)
{
    struct str value = sip_value(msg, SIP_CALL_ID);
    if (value.len == 0) {
        return fail(msg, value.p, "Call-ID is empty", "RFC 3261 20.8", reterr_at);
    }
    size_t blank = lex_find_blank(value);
    if (blank != STR_NPOS) {
        return fail(msg, value.p + blank, "a blank in Call-ID", "RFC 3261 25.1", reterr_at);
    }
    return ERR_OK;
}

static enum err hops_check(const struct sip_msg *msg, struct err_at *reterr_at)
{
    struct str value = sip_value(msg, SIP_MAX_FORWARDS);
    uint32_t hops;
    if (value.p == NULL) {
        return ERR_OK;
    }
    return moved(msg, value, sip_number_read(value, 255, &hops, reterr_at), reterr_at);
}

/* Any scheme will do here (416 is the caller's matter); one of ours is looked into. */
static enum err target_check(const struct sip_msg *msg, struct sip_uri *ret_uri,
                             struct err_at *reterr_at)
{
    if (!msg->request) {
        *ret_uri = (struct sip_uri){.sip = false};
        return ERR_OK;
    }
    enum err e = sip_uri_read(msg->uri, ret_uri, reterr_at);
    if (e != ERR_OK) {
        return moved(msg, msg->uri, e, reterr_at);
    }
    if (ret_uri->headers.p != NULL) {
        return fail(msg, ret_uri->headers.p, "header fields in the Request-URI", "RFC 3261 19.1.1",
                    reterr_at);
    }
    return ERR_OK;
}

enum err sip_core_read(const struct sip_msg *msg, struct sip_core *ret_core,
                       struct err_at *reterr_at)
{
    struct sip_core *c = ret_core;
    if (!str_ieq(msg->version, STR("SIP/2.0"))) {
        return fail(msg, msg->version.p, "the version is not SIP/2.0", "RFC 3261 7.1", reterr_at);
    }
    enum err e = presence_check(msg, reterr_at);
    e = e == ERR_OK ? target_check(msg, &c->target, reterr_at) : e;
    e = e == ERR_OK ? via_check(msg, &c->via, reterr_at) : e;
    e = e == ERR_OK ? addr_check(msg, SIP_FROM, &c->from, &c->from_uri, reterr_at) : e;
    e = e == ERR_OK ? addr_check(msg, SIP_TO, &c->to, &c->to_uri, reterr_at) : e;
    e = e == ERR_OK ? call_id_check(msg, reterr_at) : e;
    e = e == ERR_OK ? cseq_check(msg, &c->cseq, reterr_at) : e;
    return e == ERR_OK ? hops_check(msg, reterr_at) : e;
}

enum err sip_check(const struct sip_msg *msg, struct err_at *reterr_at)
{
    struct sip_core core;
    return sip_core_read(msg, &core, reterr_at);
}
