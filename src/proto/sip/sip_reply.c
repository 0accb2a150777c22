/* The response to a request (RFC 3261 8.2.6; RFC 3581 4). */
#include "proto/sip/sip_reply.h"

#include <stdio.h>

#include "proto/sip/sip_lex.h"

static bool is_break(char c)
{
    return c == '\r' || c == '\n';
}

bool sip_value_clean(struct str value)
{
    if (!str_has_control(value)) {
        return true;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (is_break(value.p[i])) {
            return false;
        }
    }
    return true;
}

void sip_value_put(struct sink *out, struct str value)
{
    if (!str_has_control(value)) {
        sink_str(out, value);
        return;
    }
    size_t at = 0;
    while (at < value.len) {
        size_t n = at;
        while (n < value.len && !is_break(value.p[n])) {
            n++;
        }
        sink_str(out, str_of(value.p + at, n - at));
        at = n;
        while (at < value.len && (is_break(value.p[at]) || lex_is_blank(value.p[at]))) {
            at++;
        }
        if (at < value.len && n > 0) {
            sink_char(out, ' ');
        }
    }
}

static void name_put(struct sink *out, enum sip_header id)
{
    sink_str(out, sip_header_name(id));
    sink_str(out, STR(": "));
}

void sip_field_put(struct sink *out, enum sip_header id, struct str value)
{
    name_put(out, id);
    sink_str(out, value);
    sink_str(out, STR("\r\n"));
}

void sip_field_fmt(struct sink *out, enum sip_header id, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    size_t len = n > 0 ? (size_t)n : 0;
    sip_field_put(out, id, str_of(text, len < sizeof text ? len : sizeof text - 1));
}

void sip_body_put(struct sink *out, struct str type, struct str body)
{
    char number[STR_NUMBER];
    if (type.len == 0) {
        sink_str(out, STR("Content-Length: 0\r\n\r\n"));
        return;
    }
    sip_field_put(out, SIP_CONTENT_TYPE, type);
    sip_field_put(out, SIP_CONTENT_LENGTH, str_number(number, (int64_t)body.len));
    sink_str(out, STR("\r\n"));
    sink_str(out, body);
}

/* RFC 3261 18.2.1: a name, or an address that is not the source's; RFC 3581 4: always with rport. */
static bool received_needed(const struct sip_via *via, struct addr source)
{
    struct addr host;
    return via->has_rport || !sip_host_addr(via->host, &host) || !addr_eq(host, source);
}

static void rport_put(struct sink *out, struct endpoint source)
{
    char number[STR_NUMBER];
    sink_str(out, STR("rport="));
    sink_str(out, str_number(number, source.port));
}

static void received_put(struct sink *out, const struct sip_via *via, struct addr source)
{
    char text[ADDR_TEXT];
    if (received_needed(via, source)) {
        sink_str(out, STR(";received="));
        sink_str(out, addr_write(source, text));
    }
}

/* The parameters of a via-parm: what only a server may say is said anew. */
static void via_params_put(struct sink *out, const struct sip_via *via, struct endpoint source)
{
    struct str rest = via->params;
    struct sip_param p;
    struct err_at at;
    for (struct str before = rest; sip_param_next(&rest, &p, &at) == ERR_OK; before = rest) {
        if (str_ieq(p.name, STR("rport"))) {
            sink_char(out, ';');
            rport_put(out, source);
        } else if (!str_ieq(p.name, STR("received"))) {
            sip_value_put(out, str_trim(str_head(before, before.len - rest.len)));
        }
    }
    received_put(out, via, source.ip);
}

/* The first via-parm without its parameters; `rest` is what follows it and its comma. */
static struct str sent_by(struct str value, struct str rest, const struct sip_via *via)
{
    if (via->params.len > 0) {
        return str_trim(str_head(value, (size_t)(via->params.p - value.p)));
    }
    struct str first = str_trim(str_head(value, value.len - rest.len));
    return str_ends(first, STR(",")) ? str_trim(str_head(first, first.len - 1)) : first;
}

static void via_put(struct sink *out, struct str value, const struct sip_via *via, struct str rest,
                    struct endpoint source)
{
    sip_value_put(out, sent_by(value, rest, via));
    via_params_put(out, via, source);
    if (rest.len > 0) {
        sink_str(out, STR(", "));
        sip_value_put(out, rest);
    }
}

void sip_via_put(struct sink *out, struct str value, struct endpoint source)
{
    struct str rest = value;
    struct sip_via via;
    struct err_at at;
    if (source.ip.family == 0 || sip_via_next(&rest, &via, &at) != ERR_OK) {
        sip_value_put(out, value);
        return;
    }
    via_put(out, value, &via, rest, source);
}

/* A whole value that was read, with parameters, where at most rport changes. False: it is more than that. */
static bool plain_via_put(struct sink *out, struct str value, const struct sip_via *via,
                          struct endpoint source)
{
    struct str rport = via->rport_text;
    if (via->received.p || via->has_rport != (rport.p != NULL) || str_has_control(value) ||
        str_chr(via->params, ' ') != STR_NPOS || via->params.p[-1] == ' ') {
        return false;
    }
    struct str tail = value;
    if (rport.p) {
        size_t at = (size_t)(rport.p - value.p);
        sink_str(out, str_head(value, at));
        rport_put(out, source);
        tail = str_from(value, at + rport.len);
    }
    sink_str(out, tail);
    received_put(out, via, source.ip);
    return true;
}

/* The same of the topmost, which may have been read. */
static void top_via_put(struct sink *out, const struct sip_reply *r, struct str value)
{
    const struct sip_via *via = r->core ? &r->core->via : NULL;
    if (!r->source.ip.family || !via || !via->params.len ||
        via->params.p + via->params.len != value.p + value.len) {
        sip_via_put(out, value, r->source);
    } else if (!plain_via_put(out, value, via, r->source)) {
        via_put(out, value, via, str_from(value, value.len), r->source);
    }
}

static void vias_put(struct sink *out, const struct sip_reply *r)
{
    const struct sip_field *f = sip_find(r->request, SIP_VIA);
    for (bool top = true; f != NULL; f = sip_find_next(r->request, f), top = false) {
        name_put(out, SIP_VIA);
        if (top) {
            top_via_put(out, r, f->value);
        } else {
            sip_value_put(out, f->value);
        }
        sink_str(out, STR("\r\n"));
    }
}

static bool has_tag(const struct sip_reply *r, struct str to)
{
    struct sip_addr addr;
    struct err_at at;
    if (r->core) {
        return r->core->to.tag.len > 0;
    }
    if (sip_addr_read(to, SIP_LENIENT, &addr, &at) != ERR_OK) {
        return str_ifind(to, STR(";tag=")) != STR_NPOS;
    }
    return addr.tag.len > 0;
}

static void copy_put(struct sink *out, const struct sip_reply *r, enum sip_header id)
{
    const struct sip_field *f = sip_find(r->request, id);
    if (f == NULL) {
        return;
    }
    name_put(out, id);
    sip_value_put(out, f->value);
    if (id == SIP_TO && r->to_tag.len > 0 && !has_tag(r, f->value)) {
        sink_str(out, STR(";tag="));
        sink_str(out, r->to_tag);
    }
    sink_str(out, STR("\r\n"));
}

void sip_reply_begin(struct sink *out, const struct sip_reply *r)
{
    static const enum sip_header copied[] = {SIP_FROM, SIP_TO, SIP_CALL_ID, SIP_CSEQ,
                                             SIP_TIMESTAMP};
    char number[STR_NUMBER];
    sink_str(out, STR("SIP/2.0 "));
    sink_str(out, str_number(number, r->status));
    sink_char(out, ' ');
    sink_str(out, r->reason.len ? r->reason : sip_reason(r->status));
    sink_str(out, STR("\r\n"));
    vias_put(out, r);
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        copy_put(out, r, copied[i]);
    }
}
