/* A whole SIP message: lines, fields, body (RFC 3261 7, 18.3, 25.1). */
#include "proto/sip/sip.h"

#include "proto/sip/sip_lex.h"
#include "proto/sip/sip_number.h"
#include "proto/sip/sip_start.h"

struct reader {
    struct str text;
    size_t at;
    enum sip_mode mode;
    struct sip_msg *msg;
    struct err_at *at_err;
};

static enum err fail(const struct reader *r, size_t offset, const char *what, const char *rule)
{
    *r->at_err = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

/* Control characters stand only escaped, inside quoted strings (RFC 3261 25.1 quoted-pair). */
static enum err controls_check(const struct reader *r, struct str line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.p[i];
        if (c == '\r' ||
            ((c < ' ' || c == 0x7f) && c != '\t' && (i == 0 || line.p[i - 1] != '\\'))) {
            return fail(r, r->at + i, "a control character", "RFC 3261 25.1");
        }
    }
    return ERR_OK;
}

/* A line that is odd in some way, or the last one. */
static enum err odd_line_next(struct reader *r, struct str *ret_line)
{
    struct str rest = str_from(r->text, r->at);
    size_t n = str_chr(rest, '\n');
    if (n == STR_NPOS && r->mode == SIP_STRICT) {
        return ERR_MORE;
    }
    struct str line = str_head(rest, n);
    bool cr = line.len > 0 && line.p[line.len - 1] == '\r';
    line.len -= cr;
    if (r->mode == SIP_STRICT) {
        if (!cr) {
            return fail(r, r->at + n, "a line ends without CR", "RFC 3261 7");
        }
        enum err e = controls_check(r, line);
        if (e != ERR_OK) {
            return e;
        }
    }
    r->at = n == STR_NPOS ? r->text.len : r->at + n + 1;
    *ret_line = line;
    return ERR_OK;
}

/* The line at the cursor without its end; the cursor moves behind it. In nearly all, CRLF is the first control character. */
static enum err line_next(struct reader *r, struct str *ret_line)
{
    struct str rest = str_from(r->text, r->at);
    size_t n = str_control(rest);
    if (n >= rest.len || rest.len - n < 2 || rest.p[n] != '\r' || rest.p[n + 1] != '\n') {
        return odd_line_next(r, ret_line);
    }
    *ret_line = str_head(rest, n);
    r->at += n + 2;
    return ERR_OK;
}

/* The same with the folded lines that follow (RFC 3261 7.3.1); they are spanned. */
static enum err line_unfolded(struct reader *r, struct str *ret_line)
{
    struct str line;
    enum err e = line_next(r, &line);
    bool empty = line.len == 0;
    while (e == ERR_OK && !empty) {
        if (r->at == r->text.len) {
            e = r->mode == SIP_STRICT ? ERR_MORE : ERR_OK;
            break;
        }
        char c = r->text.p[r->at];
        if (c != ' ' && c != '\t') {
            break;
        }
        struct str more;
        e = line_next(r, &more);
        if (e == ERR_OK) {
            line.len = (size_t)(more.p - line.p) + more.len;
        }
    }
    if (e == ERR_OK) {
        *ret_line = line;
    }
    return e;
}

/* "name : value" */
static enum err field_read(struct reader *r, struct str line, struct sip_field *ret_field)
{
    struct sip_lex l = lex_of(line);
    size_t start = (size_t)(line.p - r->text.p);
    struct str known = str_head(line, str_chr(line, ':'));
    enum sip_header id = known.len < line.len ? sip_header_id(known) : SIP_OTHER;
    if (id != SIP_OTHER) {
        struct str value = str_trim(str_from(line, known.len + 1));
        *ret_field = (struct sip_field){id, known, value, start, 0};
        return ERR_OK;
    }
    struct str name = lex_token(&l);
    if (name.len == 0) {
        return fail(r, start, "a header field has no name", "RFC 3261 7.3.1");
    }
    if (!lex_mark(&l, ':')) {
        return fail(r, start + name.len, "no ':' behind a header field's name", "RFC 3261 7.3.1");
    }
    *ret_field = (struct sip_field){sip_header_id(name), name, str_trim(lex_rest(&l)), start, 0};
    return ERR_OK;
}

bool msg_add(struct sip_msg *msg, const struct sip_field *field)
{
    if (msg->n == SIP_FIELDS_MOST) {
        return false;
    }
    msg->fields[msg->n++] = *field;
    uint8_t place = (uint8_t)msg->n;
    if (msg->first[field->id]) {
        msg->fields[msg->last[field->id] - 1].next = place;
    } else {
        msg->first[field->id] = place;
    }
    msg->last[field->id] = place;
    return true;
}

static enum err field_add(struct reader *r, const struct sip_field *field)
{
    if (!msg_add(r->msg, field)) {
        *r->at_err = (struct err_at){field->raw_offset, "too many header fields", NULL};
        return ERR_LIMIT;
    }
    return ERR_OK;
}

static enum err fields_read(struct reader *r)
{
    for (;;) {
        struct str line;
        struct sip_field field;
        if (r->at == r->text.len && r->mode == SIP_LENIENT) {
            return ERR_OK;
        }
        enum err e = line_unfolded(r, &line);
        if (e != ERR_OK || line.len == 0) {
            return e;
        }
        e = field_read(r, line, &field);
        if (e == ERR_OK) {
            e = field_add(r, &field);
        } else if (r->mode == SIP_LENIENT) {
            continue;
        }
        if (e != ERR_OK) {
            return e;
        }
    }
}

/* Content-Length; twice with the same number is tolerated, with two numbers it is refused (where
 * the body ends would be anyone's guess). */
static enum err length_read(struct reader *r, uint32_t *ret_length)
{
    struct sip_msg *m = r->msg;
    const struct sip_field *f = sip_find(m, SIP_CONTENT_LENGTH);
    for (; f; f = sip_find_next(m, f)) {
        struct err_at at = {0, NULL, NULL};
        uint32_t n = 0;
        struct str value = f->value;
        size_t start = value.p ? (size_t)(value.p - r->text.p) : f->raw_offset;
        if (sip_number_read(value, SIP_MESSAGE_MOST, &n, &at) != ERR_OK) {
            if (r->mode == SIP_LENIENT) {
                continue;
            }
            return fail(r, start + at.offset, "Content-Length is no number up to 65535",
                        "RFC 3261 20.14");
        }
        if (m->has_length && n != *ret_length && r->mode == SIP_STRICT) {
            return fail(r, start, "two Content-Length that differ", "RFC 3261 20.14");
        }
        m->has_length = true;
        *ret_length = n;
    }
    return ERR_OK;
}

static enum err body_read(struct reader *r)
{
    struct sip_msg *m = r->msg;
    struct str rest = str_from(r->text, r->at);
    uint32_t length = 0;
    enum err e = length_read(r, &length);
    if (e != ERR_OK) {
        return e;
    }
    if (!m->has_length) {
        length = (uint32_t)rest.len;
    }
    if (rest.len < length) {
        if (r->mode == SIP_STRICT) {
            return ERR_MORE;
        }
        m->cut = true;
    }
    m->body = str_head(rest, length);
    m->len = r->at + m->body.len;
    return ERR_OK;
}

/* A response or request without these was cut, whatever its end looks like (RFC 3261 8.1.1). */
static bool is_whole(const struct sip_msg *m)
{
    static const enum sip_header must[] = {SIP_VIA, SIP_FROM, SIP_TO, SIP_CALL_ID, SIP_CSEQ};
    for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
        if (sip_find(m, must[i]) == NULL) {
            return false;
        }
    }
    return m->request || m->status != 0;
}

/* Empty lines before a message are passed (RFC 3261 7.5). */
static void crlf_pass(struct reader *r)
{
    while (r->at + 1 < r->text.len && r->text.p[r->at] == '\r' && r->text.p[r->at + 1] == '\n') {
        r->at += 2;
    }
}

static enum err message_read(struct reader *r)
{
    struct str line;
    crlf_pass(r);
    if (r->at == r->text.len) {
        return ERR_END;
    }
    enum err e = line_next(r, &line);
    if (e != ERR_OK) {
        return e;
    }
    r->msg->start_raw = (size_t)(line.p - r->text.p);
    e = start_read(line, r->mode, r->msg, r->at_err);
    if (e != ERR_OK) {
        r->at_err->offset += r->msg->start_raw;
        return e;
    }
    e = fields_read(r);
    return e == ERR_OK ? body_read(r) : e;
}

static enum err read_as(struct str text, enum sip_mode mode, struct sip_msg *ret_msg,
                        struct err_at *reterr_at)
{
    struct sip_msg *m = ret_msg;
    struct reader r = {str_head(text, SIP_MESSAGE_MOST), 0, mode, m, reterr_at};
    memset(m, 0, offsetof(struct sip_msg, fields)); /* the table is not worth clearing */
    m->body = str_of(NULL, 0);
    m->has_length = m->cut = false;
    m->len = 0;
    m->mode = mode;
    enum err e = message_read(&r);
    if (e == ERR_MORE && text.len >= SIP_MESSAGE_MOST) {
        *reterr_at = (struct err_at){SIP_MESSAGE_MOST, "the message is too long", NULL};
        return ERR_LIMIT;
    }
    return e;
}

enum err sip_read(struct str text, struct sip_msg *ret_msg, struct err_at *reterr_at)
{
    return read_as(text, SIP_STRICT, ret_msg, reterr_at);
}

enum err sip_read_lenient(struct str text, struct sip_msg *ret_msg, struct err_at *reterr_at)
{
    enum err e = read_as(text, SIP_LENIENT, ret_msg, reterr_at);
    if (e == ERR_END) {
        *reterr_at = (struct err_at){0, "no start line", "RFC 3261 7"};
        return ERR_MALFORMED;
    }
    if (e == ERR_OK && !is_whole(ret_msg)) {
        ret_msg->cut = true;
    }
    return e;
}
