/* The head of an HTTP/1.x message: start line, fields, framing (RFC 9112 2 to 6). */
#include "proto/http/http.h"

enum { EMPTY_LINES_MOST = 2 }; /* before the start line */

struct reader {
    struct str text;
    size_t at;
    struct http_head *head;
    struct err_at *at_err;
};

static enum err fail(const struct reader *r, size_t offset, const char *what, const char *rule)
{
    *r->at_err = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

static size_t offset_of(const struct reader *r, struct str s)
{
    return (size_t)(s.p - r->text.p);
}

/* tchar of RFC 9110 5.6.2 */
static bool is_token_char(char c)
{
    return ascii_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static size_t token_len(struct str s)
{
    size_t n = 0;
    while (n < s.len && is_token_char(s.p[n])) {
        n++;
    }
    return n;
}

/* A control character that no line holds; the CR of a line's end is looked at elsewhere. */
static bool is_control(char c)
{
    return ((unsigned char)c < ' ' && c != '\t') || c == 0x7f;
}

static enum err controls_check(const struct reader *r, struct str line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (is_control(line.p[i])) {
            return fail(r, offset_of(r, line) + i, "a control character", "RFC 9110 5.5");
        }
    }
    return ERR_OK;
}

/* The line at the cursor without its CRLF; the cursor moves behind it. */
static enum err line_next(struct reader *r, struct str *ret_line)
{
    struct str rest = str_from(r->text, r->at);
    size_t n = str_chr(rest, '\n');
    struct str line = str_head(rest, n);
    bool cr = line.len > 0 && line.p[line.len - 1] == '\r';
    line.len -= cr;
    enum err e = controls_check(r, line);
    if (e != ERR_OK) {
        return e;
    }
    if (n == STR_NPOS) {
        return ERR_MORE;
    }
    if (!cr) {
        return fail(r, r->at + n, "a line ends without CR", "RFC 9112 2.2");
    }
    r->at += n + 1;
    *ret_line = line;
    return ERR_OK;
}

/* "HTTP/1.1" */
static enum err version_read(const struct reader *r, struct str version, size_t offset)
{
    bool form = version.len == 8 && str_starts(version, STR("HTTP/")) &&
                ascii_digit(version.p[5]) && version.p[6] == '.' && ascii_digit(version.p[7]);
    if (!form) {
        return fail(r, offset, "no HTTP version", "RFC 9112 2.3");
    }
    if (version.p[5] != '1') {
        return fail(r, offset, "a version of HTTP that is not 1", "RFC 9112 2.3");
    }
    r->head->version = version;
    r->head->minor = version.p[7] == '0' ? 0 : 1;
    return ERR_OK;
}

/* "HTTP/1.1 200 OK"; the blank behind the status may be missing with the reason, as some servers
 * write it. */
static enum err status_line_read(struct reader *r, struct str line)
{
    struct http_head *h = r->head;
    size_t start = offset_of(r, line);
    enum err e = version_read(r, str_head(line, 8), start);
    if (e != ERR_OK) {
        return e;
    }
    struct str rest = str_from(line, 8);
    uint64_t status = 0;
    if (!str_starts(rest, STR(" ")) || str_digits(str_from(rest, 1), &status) != 3 ||
        status < 100) {
        return fail(r, start + 8, "no status of three digits", "RFC 9112 4");
    }
    rest = str_from(rest, 4);
    if (rest.len > 0 && rest.p[0] != ' ') {
        return fail(r, start + 12, "no blank behind the status", "RFC 9112 4");
    }
    h->status = (unsigned)status;
    h->reason = str_from(rest, 1);
    return ERR_OK;
}

/* "GET /path HTTP/1.1", one blank between the words */
static enum err request_line_read(struct reader *r, struct str line)
{
    struct http_head *h = r->head;
    size_t start = offset_of(r, line);
    size_t n = token_len(line);
    if (n == 0 || n > HTTP_METHOD_MOST || n == line.len || line.p[n] != ' ') {
        return fail(r, start + n, "no method and blank", "RFC 9112 3");
    }
    h->method = str_head(line, n);
    struct str rest = str_from(line, n + 1);
    h->target = str_cut(&rest, ' ');
    size_t target = start + n + 1;
    if (h->target.len == 0) {
        return fail(r, target, "no request target", "RFC 9112 3");
    }
    if (str_chr(h->target, '\t') != STR_NPOS) {
        return fail(r, target, "a tab in the request target", "RFC 9112 3.2");
    }
    h->request = true;
    return version_read(r, rest, target + h->target.len + 1);
}

/* Whether an unfinished start line can become one. */
static enum err start_check(const struct reader *r)
{
    struct str s = str_from(r->text, r->at);
    struct str response = STR("HTTP/1.");
    if (s.len <= response.len ? str_starts(response, s) : str_starts(s, response)) {
        return ERR_MORE;
    }
    size_t n = token_len(s);
    if (n > HTTP_METHOD_MOST || (n < s.len && (n == 0 || s.p[n] != ' '))) {
        return fail(r, r->at + n, "no method and blank", "RFC 9112 3");
    }
    return ERR_MORE;
}

static enum err start_read(struct reader *r)
{
    struct str line;
    enum err e = line_next(r, &line);
    if (e == ERR_MORE) {
        return start_check(r);
    }
    if (e != ERR_OK) {
        return e;
    }
    return str_starts(line, STR("HTTP/")) ? status_line_read(r, line) : request_line_read(r, line);
}

/* "Name: value" */
static enum err field_read(const struct reader *r, struct str line, struct http_field *ret_field)
{
    size_t start = offset_of(r, line);
    size_t n = token_len(line);
    if (line.p[0] == ' ' || line.p[0] == '\t') {
        return fail(r, start, "a folded line", "RFC 9112 5.2");
    }
    if (n == 0) {
        return fail(r, start, "a header field has no name", "RFC 9112 5");
    }
    if (n == line.len || line.p[n] != ':') {
        return fail(r, start + n, "no ':' right behind a header field's name", "RFC 9112 5.1");
    }
    struct str name = str_head(line, n);
    *ret_field = (struct http_field){http_header_id(name), name, str_trim(str_from(line, n + 1))};
    return ERR_OK;
}

static enum err fields_read(struct reader *r)
{
    struct http_head *h = r->head;
    for (;;) {
        struct str line;
        struct http_field field;
        enum err e = line_next(r, &line);
        if (e != ERR_OK || line.len == 0) {
            return e;
        }
        e = field_read(r, line, &field);
        if (e != ERR_OK) {
            return e;
        }
        if (h->n == HTTP_FIELDS_MOST) {
            *r->at_err = (struct err_at){offset_of(r, line), "too many header fields", NULL};
            return ERR_LIMIT;
        }
        h->fields[h->n++] = field;
    }
}

/* Content-Length: one number, though it may stand several times (RFC 9112 6.3). */
static enum err length_read(const struct reader *r, bool *ret_has)
{
    struct http_head *h = r->head;
    *ret_has = false;
    for (const struct http_field *f = http_find(h, HTTP_CONTENT_LENGTH); f;
         f = http_find_next(h, f)) {
        struct str rest = f->value;
        struct str member;
        bool any = false;
        while (http_list_next(&rest, &member)) {
            uint64_t n = 0;
            if (!str_u64(member, &n)) {
                return fail(r, offset_of(r, f->name), "Content-Length is no number",
                            "RFC 9112 6.3");
            }
            if (*ret_has && n != h->length) {
                return fail(r, offset_of(r, f->name), "two Content-Length that differ",
                            "RFC 9112 6.3");
            }
            h->length = n;
            *ret_has = any = true;
        }
        if (!any) {
            return fail(r, offset_of(r, f->name), "Content-Length is empty", "RFC 9112 6.3");
        }
    }
    return ERR_OK;
}

/* Transfer-Encoding: whether chunked is the last coding (RFC 9112 6.1, 7.1). */
static enum err coding_read(const struct reader *r, const struct http_field *first,
                            bool *ret_chunked)
{
    struct http_head *h = r->head;
    size_t place = offset_of(r, first->name);
    bool chunked = false;
    if (h->minor == 0) {
        return fail(r, place, "Transfer-Encoding in HTTP/1.0", "RFC 9112 6.1");
    }
    for (const struct http_field *f = first; f; f = http_find_next(h, f)) {
        struct str rest = f->value;
        struct str member;
        while (http_list_next(&rest, &member)) {
            if (chunked) {
                return fail(r, place, "a coding behind chunked", "RFC 9112 7.1");
            }
            chunked = str_ieq(member, STR("chunked"));
            if (!chunked && token_len(member) == 0) {
                return fail(r, place, "a transfer coding that is no word", "RFC 9112 6.1");
            }
        }
    }
    if (h->request && !chunked) {
        return fail(r, place, "a request's last coding is not chunked", "RFC 9112 6.3");
    }
    *ret_chunked = chunked;
    return ERR_OK;
}

static enum err framing_read(const struct reader *r)
{
    struct http_head *h = r->head;
    const struct http_field *coding = http_find(h, HTTP_TRANSFER_ENCODING);
    const struct http_field *host = http_find(h, HTTP_HOST);
    bool has_length;
    bool chunked = false;
    enum err e = length_read(r, &has_length);
    if (e == ERR_OK && coding != NULL) {
        e = has_length ? fail(r, offset_of(r, coding->name), "Transfer-Encoding and Content-Length",
                              "RFC 9112 6.1")
                       : coding_read(r, coding, &chunked);
    }
    if (e == ERR_OK && h->request && host != NULL && http_find_next(h, host) != NULL) {
        e = fail(r, offset_of(r, host->name), "two Host", "RFC 9112 3.2");
    }
    h->framing = chunked ? HTTP_CHUNKED : has_length ? HTTP_LENGTH : HTTP_UNFRAMED;
    h->close = http_lists(h, HTTP_CONNECTION, STR("close")) ||
               (h->minor == 0 && !http_lists(h, HTTP_CONNECTION, STR("keep-alive")));
    return e;
}

/* Empty lines before a message are passed (RFC 9112 2.2). */
static void crlf_pass(struct reader *r)
{
    for (int i = 0; i < EMPTY_LINES_MOST && str_starts(str_from(r->text, r->at), STR("\r\n"));
         i++) {
        r->at += 2;
    }
}

static enum err head_read(struct reader *r)
{
    crlf_pass(r);
    if (r->at == r->text.len) {
        return ERR_END;
    }
    if (str_eq(str_from(r->text, r->at), STR("\r"))) {
        return ERR_MORE;
    }
    enum err e = start_read(r);
    if (e == ERR_OK) {
        e = fields_read(r);
    }
    if (e == ERR_OK) {
        e = framing_read(r);
    }
    r->head->len = r->at;
    return e;
}

enum err http_head_read(struct str bytes, struct http_head *ret_head, struct err_at *reterr_at)
{
    struct reader r = {str_head(bytes, HTTP_HEAD_MOST), 0, ret_head, reterr_at};
    memset(ret_head, 0, offsetof(struct http_head, fields)); /* the table is not worth clearing */
    enum err e = head_read(&r);
    if (e == ERR_MORE && bytes.len >= HTTP_HEAD_MOST) {
        *reterr_at = (struct err_at){HTTP_HEAD_MOST, "the head is too long", NULL};
        return ERR_LIMIT;
    }
    return e;
}
