/* Writing a SIP request. */
#include "proto/sip/sip_write.h"

static bool one_line(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0') {
            return false;
        }
    }
    return true;
}

static bool all_one_line(const struct sip_request *r)
{
    const struct str all[] = {r->method,     r->uri,      r->transport,    r->sent_by, r->branch,
                              r->from,       r->from_tag, r->to,           r->call_id, r->contact,
                              r->user_agent, r->accept,   r->authorization};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!one_line(all[i])) {
            return false;
        }
    }
    return true;
}

static void field(struct sink *out, const char *name, struct str value)
{
    if (value.len) {
        sink_z(out, name);
        sink_z(out, ": ");
        sink_str(out, value);
        sink_z(out, "\r\n");
    }
}

static void address(struct sink *out, const char *name, struct str uri)
{
    sink_z(out, name);
    sink_z(out, ": <");
    sink_str(out, uri);
    sink_char(out, '>');
}

static void write_head(struct sink *out, const struct sip_request *r)
{
    sink_str(out, r->method);
    sink_char(out, ' ');
    sink_str(out, r->uri);
    sink_z(out, " SIP/2.0\r\nVia: SIP/2.0/");
    sink_str(out, r->transport);
    sink_char(out, ' ');
    sink_str(out, r->sent_by);
    sink_z(out, ";branch=");
    sink_str(out, r->branch);
    sink_z(out, r->rport ? ";rport\r\n" : "\r\n");
    address(out, "From", r->from);
    sink_z(out, ";tag=");
    sink_str(out, r->from_tag);
    sink_z(out, "\r\n");
    address(out, "To", r->to);
    sink_z(out, "\r\n");
    field(out, "Call-ID", r->call_id);
    sink_fmt(out, "CSeq: %u ", r->cseq);
    sink_str(out, r->method);
    sink_z(out, "\r\nMax-Forwards: 70\r\n");
}

enum err sip_request_write(struct sink *out, const struct sip_request *r)
{
    if (!all_one_line(r)) {
        return ERR_MALFORMED;
    }
    write_head(out, r);
    if (r->contact.len) {
        address(out, "Contact", r->contact);
        if (r->expires >= 0) {
            sink_fmt(out, ";expires=%lld", (long long)r->expires);
        }
        sink_z(out, "\r\n");
    }
    if (r->expires >= 0) {
        sink_fmt(out, "Expires: %lld\r\n", (long long)r->expires);
    }
    field(out, r->proxy ? "Proxy-Authorization" : "Authorization", r->authorization);
    field(out, "Accept", r->accept);
    field(out, "User-Agent", r->user_agent);
    sink_z(out, "Content-Length: 0\r\n\r\n");
    return out->err;
}
