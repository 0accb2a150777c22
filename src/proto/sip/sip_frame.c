/* Messages and keepalives of a stream (RFC 3261 18.3, RFC 5626 4.4.1). */
#include "proto/sip/sip_frame.h"

#include "proto/sip/sip_lex.h"

static enum err fail(size_t offset, const char *what, const char *rule, struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

/* What begins with CR is a line end. */
static enum err blank_next(struct sip_frame *f, struct str bytes, enum sip_piece *ret_piece,
                           size_t *ret_len, struct err_at *reterr_at)
{
    if (bytes.len < 2) {
        return ERR_MORE;
    }
    if (bytes.p[1] != '\n') {
        *ret_len = 0;
        return fail(1, "CR without LF in front of a message", "RFC 3261 7.5", reterr_at);
    }
    *ret_piece = f->blank ? SIP_PIECE_PING : SIP_PIECE_BLANK;
    *ret_len = 2;
    f->blank = !f->blank;
    return ERR_OK;
}

/* Something else than SIP is told from its first line, or its first byte, and not waited for. */
static enum err start_check(struct str line, struct err_at *reterr_at)
{
    if (str_ifind(line, STR("SIP/")) == STR_NPOS) {
        return fail(0, "the first line is none of SIP", "RFC 3261 7.1", reterr_at);
    }
    return ERR_OK;
}

/* Looks for the empty line. ERR_OK: f->head is set. */
static enum err head_find(struct sip_frame *f, struct str bytes, struct err_at *reterr_at)
{
    while (f->seen < bytes.len) {
        size_t n = str_chr(str_from(bytes, f->seen), '\n');
        if (n == STR_NPOS) {
            f->seen = bytes.len;
            break;
        }
        size_t end = f->seen + n;
        bool cr = end > f->line && bytes.p[end - 1] == '\r';
        size_t len = end - f->line - cr;
        if (f->line == 0) {
            enum err e = start_check(str_head(bytes, len), reterr_at);
            if (e != ERR_OK) {
                return e;
            }
        }
        if (!cr && f->bare == 0) {
            f->bare = end + 1;
        }
        f->seen = f->line = end + 1;
        if (len == 0) {
            f->head = f->seen;
            return ERR_OK;
        }
    }
    return ERR_MORE;
}

/* Whether the field at the start of `line` is Content-Length; *ret_value is what follows its colon. */
static bool is_length(struct str line, struct str *ret_value)
{
    char c = ascii_lower(line.p[0]);
    if (c != 'c' && c != 'l') {
        return false;
    }
    struct sip_lex l = lex_of(line);
    if (sip_header_id(lex_token(&l)) != SIP_CONTENT_LENGTH || !lex_mark(&l, ':')) {
        return false;
    }
    *ret_value = lex_rest(&l);
    return true;
}

/* The next field of a head that ends in an empty line, with the lines that are folded into it (RFC 3261
 * 7.3.1). Empty at the end. */
static struct str field_next(struct str *rest)
{
    size_t n = 0;
    do {
        n += str_chr(str_from(*rest, n), '\n') + 1;
    } while (n < rest->len && (rest->p[n] == ' ' || rest->p[n] == '\t'));
    struct str field = str_head(*rest, n);
    *rest = str_from(*rest, n);
    return field.len > 2 ? field : str_of(NULL, 0);
}

static enum err length_take(struct str value, size_t offset, bool *has, uint64_t *length,
                            struct err_at *reterr_at)
{
    static const char rule[] = "RFC 3261 20.14";
    uint64_t n = 0;
    value = str_trim(value);
    if (value.len == 0 || str_digits(value, &n) != value.len) {
        return fail(offset, "Content-Length is no number", rule, reterr_at);
    }
    if (*has && n != *length) {
        return fail(offset, "two Content-Length that differ", rule, reterr_at);
    }
    *has = true;
    *length = n;
    return ERR_OK;
}

/* Content-Length of the head (RFC 3261 18.3: a stream needs one). */
static enum err length_find(struct str head, uint64_t *ret_length, struct err_at *reterr_at)
{
    struct str rest = head;
    bool has = false;
    uint64_t length = 0;
    /* No field is so named in the start line: it has no colon behind its first word. */
    for (struct str line = field_next(&rest); line.len > 0; line = field_next(&rest)) {
        struct str value;
        if (is_length(line, &value)) {
            size_t offset = (size_t)(line.p - head.p);
            enum err e = length_take(value, offset, &has, &length, reterr_at);
            if (e != ERR_OK) {
                return e;
            }
        }
    }
    if (!has) {
        return fail(head.len, "no Content-Length on a stream", "RFC 3261 18.3", reterr_at);
    }
    *ret_length = length;
    return ERR_OK;
}

static enum err too_long(size_t offset, struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, "the message is too long", NULL};
    return ERR_LIMIT;
}

/* f->head is known: sets f->length. */
static enum err head_read(struct sip_frame *f, struct str head, struct err_at *reterr_at)
{
    uint64_t length = 0;
    if (f->bare != 0) {
        return fail(f->bare - 1, "a line ends without CR", "RFC 3261 7", reterr_at);
    }
    enum err e = length_find(head, &length, reterr_at);
    if (e == ERR_OK && length > SIP_MESSAGE_MOST - head.len) {
        return too_long(head.len, reterr_at);
    }
    f->length = (size_t)length;
    return e;
}

/* From the first byte of a message on, until its head was read. */
static enum err head_next(struct sip_frame *f, struct str bytes, size_t *ret_len,
                          struct err_at *reterr_at)
{
    *ret_len = 0;
    if (!lex_is_token(bytes.p[0])) {
        return fail(0, "no message of SIP begins so", "RFC 3261 7.1", reterr_at);
    }
    enum err e = head_find(f, str_head(bytes, SIP_MESSAGE_MOST), reterr_at);
    if (e == ERR_MORE && bytes.len >= SIP_MESSAGE_MOST) {
        *ret_len = SIP_MESSAGE_MOST;
        return too_long(SIP_MESSAGE_MOST, reterr_at);
    }
    if (e == ERR_OK) {
        e = head_read(f, str_head(bytes, f->head), reterr_at);
        *ret_len = e == ERR_OK ? 0 : f->head;
    }
    return e;
}

enum err sip_frame_next(struct sip_frame *f, struct str bytes, enum sip_piece *ret_piece,
                        size_t *ret_len, struct err_at *reterr_at)
{
    if (bytes.len == 0) {
        return ERR_MORE;
    }
    if (f->seen == 0 && bytes.p[0] == '\r') {
        return blank_next(f, bytes, ret_piece, ret_len, reterr_at);
    }
    if (f->head == 0) {
        enum err e = head_next(f, bytes, ret_len, reterr_at);
        if (e != ERR_OK) {
            return e;
        }
    }
    if (bytes.len - f->head < f->length) {
        return ERR_MORE;
    }
    *ret_piece = SIP_PIECE_MESSAGE;
    *ret_len = f->head + f->length;
    *f = (struct sip_frame){0};
    return ERR_OK;
}
