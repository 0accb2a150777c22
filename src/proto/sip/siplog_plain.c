/* The short way through a message of a log that nothing happened to. */
#include "proto/sip/siplog_plain.h"

#include "proto/sip/sip_start.h"
#include "proto/sip/siplog_scan.h"

/* The line at `*at` without its end; false when it does not end in "^M", blanks and LF. */
static bool line_next(struct str raw, size_t *at, struct str *ret_line)
{
    struct str rest = str_from(raw, *at);
    size_t n = str_chr(rest, '\n');
    if (n == STR_NPOS || !rest.p) {
        return false;
    }
    *at += n + 1;
    while (n > 0 && rest.p[n - 1] == ' ') {
        n--;
    }
    if (n < 2 || rest.p[n - 1] != 'M' || rest.p[n - 2] != '^') {
        return false;
    }
    *ret_line = str_head(rest, n - 2);
    return true;
}

static bool quotes_pair(struct str line)
{
    bool open = false;
    for (size_t at; (at = str_chr(line, '"')) != STR_NPOS; line = str_from(line, at + 1)) {
        open = !open;
    }
    return !open;
}

/* Printable ASCII, no "<CAPITALS", quotes in pairs, no "^M" within. */
static bool is_plain(struct str line)
{
    unsigned seen = scan_line(line);
    size_t open = seen & SCAN_ANGLE ? str_chr(line, '<') : STR_NPOS;
    return !(seen & SCAN_ODD) && (!(seen & SCAN_QUOTE) || quotes_pair(line)) &&
           (open == STR_NPOS || open + 1 >= line.len || line.p[open + 1] < 'A' ||
            line.p[open + 1] > 'Z');
}

static bool field_add(struct sip_msg *m, struct str raw, struct str line)
{
    size_t colon = str_chr(str_head(line, 40), ':');
    if (colon == STR_NPOS || colon < 2) {
        return false;
    }
    struct str name = str_head(line, colon);
    enum sip_header id = sip_header_id(name);
    struct str value = str_trim(str_from(line, colon + 1));
    if (id == SIP_OTHER || value.len == 0) {
        return false;
    }
    return msg_add(m, &(struct sip_field){id, name, value, (size_t)(line.p - raw.p), 0});
}

/* All that is left are blanks, "^M" and line ends. */
static bool is_over(struct str rest)
{
    for (size_t i = 0; i < rest.len; i++) {
        if (!strchr(" ^M\n", rest.p[i])) {
            return false;
        }
    }
    return true;
}

bool siplog_plain(struct str raw, struct siplog *ret_log)
{
    struct sip_msg *m = &ret_log->msg;
    struct err_at at_err;
    struct str line;
    size_t at = 0;
    while (at < raw.len && raw.p[at] == ' ') {
        at++;
    }
    size_t start = at;
    if (raw.len > SIPLOG_MOST || !line_next(raw, &at, &line) || !is_plain(line)) {
        return false;
    }
    memset(m, 0, offsetof(struct sip_msg, fields)); /* the table is not worth clearing */
    m->mode = SIP_LENIENT;
    m->body = str_of(NULL, 0);
    m->has_length = m->cut = false;
    if (start_read(line, SIP_LENIENT, m, &at_err) != ERR_OK) {
        return false;
    }
    m->start_raw = start;
    while (at < raw.len) {
        if (!line_next(raw, &at, &line)) {
            return false;
        }
        if (line.len == 0) {
            break;
        }
        if (!is_plain(line) || !field_add(m, raw, line)) {
            return false;
        }
    }
    const struct sip_field *length = sip_find(m, SIP_CONTENT_LENGTH);
    if (!length || !str_eq(length->value, STR("0")) || !is_over(str_from(raw, at)) ||
        !sip_find(m, SIP_VIA) || !sip_find(m, SIP_CALL_ID) || !sip_find(m, SIP_CSEQ) ||
        !sip_find(m, SIP_FROM) || !sip_find(m, SIP_TO)) {
        return false;
    }
    m->has_length = true;
    m->len = at;
    ret_log->text = raw;
    ret_log->map.n = 1;
    ret_log->map.runs[0].clean = 0;
    ret_log->map.runs[0].raw = 0;
    ret_log->map.len = at;
    ret_log->map.cut = false;
    return true;
}
