/* Request line and status line (RFC 3261 7.1, 7.2). */
#include "proto/sip/sip_start.h"

#include "proto/sip/sip_lex.h"

static const char rule_request[] = "RFC 3261 7.1";
static const char rule_status[] = "RFC 3261 7.2";

static enum err fail(size_t offset, const char *what, const char *rule, struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

/* SIP-Version: "SIP/" digits "." digits, letters in any case. */
static bool is_version(struct str s)
{
    uint64_t n;
    if (!str_istarts(s, STR("SIP/"))) {
        return false;
    }
    s = str_from(s, 4);
    size_t major = str_digits(s, &n);
    s = str_from(s, major);
    return major > 0 && s.len > 1 && s.p[0] == '.' && str_digits(str_from(s, 1), &n) == s.len - 1;
}

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!lex_is_token(s.p[i])) {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_capitals(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] < 'A' || s.p[i] > 'Z') {
            return false;
        }
    }
    return s.len >= 3;
}

static enum err status_strict(struct str line, struct sip_msg *msg, struct err_at *reterr_at)
{
    struct str rest = line;
    uint64_t n = 0;
    msg->version = str_cut(&rest, ' ');
    if (!is_version(msg->version)) {
        return fail(0, "not a SIP version", rule_status, reterr_at);
    }
    size_t at = line.len - rest.len;
    struct str code = str_head(rest, 3);
    if (!str_u64(code, &n) || code.len != 3 || n < 100 || n > 699) {
        return fail(at, "not a status of three digits", rule_status, reterr_at);
    }
    if (rest.len < 4 || rest.p[3] != ' ') {
        return fail(at + 3, "no blank behind the status", rule_status, reterr_at);
    }
    msg->status = (unsigned)n;
    msg->reason = str_from(rest, 4);
    return ERR_OK;
}

static enum err request_strict(struct str line, struct sip_msg *msg, struct err_at *reterr_at)
{
    struct str rest = line;
    msg->method = str_cut(&rest, ' ');
    if (!is_token(msg->method)) {
        return fail(0, "no method", rule_request, reterr_at);
    }
    size_t at = line.len - rest.len;
    msg->uri = str_cut(&rest, ' ');
    if (msg->uri.len == 0) {
        return fail(at, "no Request-URI behind one blank", rule_request, reterr_at);
    }
    if (!is_version(rest)) {
        return fail(line.len - rest.len, "no SIP version at the end of the request line",
                    rule_request, reterr_at);
    }
    msg->version = rest;
    return ERR_OK;
}

static void status_lenient(struct str line, struct sip_msg *msg)
{
    struct str rest = line;
    uint64_t n = 0;
    msg->version = str_word(&rest);
    rest = str_trim(rest);
    size_t digits = str_digits(rest, &n);
    if (digits == 3 && n >= 100 && n <= 699) {
        msg->status = (unsigned)n;
        msg->reason = str_trim(str_from(rest, digits));
    }
}

static enum err request_lenient(struct str line, struct sip_msg *msg, struct err_at *reterr_at)
{
    struct str rest = line;
    msg->method = str_word(&rest);
    rest = str_trim(rest);
    size_t last = rest.len;
    while (last > 0 && !lex_is_blank(rest.p[last - 1])) {
        last--;
    }
    if (is_version(str_from(rest, last))) {
        msg->version = str_from(rest, last);
        rest = str_trim(str_head(rest, last));
    }
    if (!is_token(msg->method) || (msg->version.len == 0 && !is_capitals(msg->method))) {
        return fail(0, "not a SIP start line", rule_request, reterr_at);
    }
    msg->uri = rest;
    return ERR_OK;
}

enum err start_read(struct str line, enum sip_mode mode, struct sip_msg *msg,
                    struct err_at *reterr_at)
{
    msg->start = line;
    msg->request = !str_istarts(line, STR("SIP/"));
    if (mode == SIP_STRICT) {
        return msg->request ? request_strict(line, msg, reterr_at)
                            : status_strict(line, msg, reterr_at);
    }
    if (msg->request) {
        return request_lenient(line, msg, reterr_at);
    }
    status_lenient(line, msg);
    return ERR_OK;
}

/* On its own, so that the message is cleared only for a line that may be one: it is large. */
static __attribute__((noinline)) bool reads_as_start(struct str line)
{
    struct sip_msg msg = {0};
    struct err_at at;
    if (start_read(line, SIP_LENIENT, &msg, &at) != ERR_OK) {
        return false;
    }
    return is_version(msg.version) && (msg.request ? is_capitals(msg.method) : msg.status != 0);
}

bool start_is(struct str line)
{
    static const struct str version = STR_INIT("SIP/2.0");
    size_t n = line.len;
    if (n < version.len) {
        return false;
    }
    bool ends = line.p[n - 1] == '0' && str_ieq(str_from(line, n - version.len), version);
    return (ends || str_istarts(line, STR("SIP/"))) && reads_as_start(line);
}
