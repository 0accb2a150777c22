/* Reading forms as they come: a search for the delimiter that keeps no bytes, since what it has matched is the delimiter itself. */
#include "proto/multipart/multipart.h"

enum state {
    PREAMBLE, /* before the first delimiter: means nothing */
    AFTER,    /* behind a delimiter: blanks and CRLF, or "--" */
    AFTER_CR,
    AFTER_DASH,
    HEAD,
    DATA,
    DONE,
    BROKEN,
};

static enum err fail(struct multipart *m, enum err e, const char *what, const char *rule,
                     struct err_at *reterr_at)
{
    m->state = BROKEN;
    *reterr_at = (struct err_at){(size_t)m->read, what, rule};
    return e;
}

/* -- The type's boundary, and values as fields have them */

/* The value behind '=' at the front of `s`: a quoted text, in which \" and \\ are taken back where they stand, or all up to a ';' or a blank.
 * False: a quote without its end. */
static bool value_read(char *p, size_t len, struct str *ret_value, size_t *ret_used)
{
    if (len == 0 || p[0] != '"') {
        size_t n = 0;
        while (n < len && p[n] != ';' && p[n] != ' ' && p[n] != '\t') {
            n++;
        }
        *ret_value = str_of(p, n);
        *ret_used = n;
        return true;
    }
    size_t to = 0;
    for (size_t i = 1; i < len; i++) {
        if (p[i] == '"') {
            *ret_value = str_of(p, to);
            *ret_used = i + 1;
            return true;
        }
        bool escaped = p[i] == '\\' && i + 1 < len && (p[i + 1] == '"' || p[i + 1] == '\\');
        i += escaped;
        p[to++] = p[i];
    }
    return false;
}

/* The next "; name=value" of a field's value; the bytes are changed where they are quoted. False: none is left, or it is damaged, and *ret_bad
 * tells which. */
static bool parameter_next(char **p, size_t *len, struct str *ret_name, struct str *ret_value,
                           bool *ret_bad)
{
    char *s = *p;
    size_t n = *len;
    size_t at = 0;
    *ret_bad = false;
    while (at < n && (s[at] == ';' || s[at] == ' ' || s[at] == '\t')) {
        at++;
    }
    if (at == n) {
        return false;
    }
    struct str rest = str_of(s + at, n - at);
    size_t equals = str_chr(rest, '=');
    size_t used = 0;
    *ret_bad = equals == STR_NPOS ||
               !value_read(s + at + equals + 1, n - at - equals - 1, ret_value, &used);
    if (*ret_bad) {
        return false;
    }
    *ret_name = str_trim(str_head(rest, equals));
    used += at + equals + 1;
    *p = s + used;
    *len = n - used;
    return true;
}

/* RFC 2046 5.1.1 */
static bool is_boundary(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && (s.p[i] == '\0' || !strchr("'()+_,-./:=? ", s.p[i]))) {
            return false;
        }
    }
    return s.len > 0 && s.len <= MULTIPART_BOUNDARY && s.p[s.len - 1] != ' ';
}

enum err multipart_init(struct multipart *m, struct str type)
{
    struct str rest = type;
    struct str name;
    struct str value;
    bool bad;
    if (!str_ieq(str_trim(str_cut(&rest, ';')), STR("multipart/form-data"))) {
        return ERR_MISSING;
    }
    memset(m, 0, offsetof(struct multipart, head));
    if (rest.len > sizeof m->head) {
        return ERR_MALFORMED;
    }
    memcpy(m->head, rest.len ? rest.p : "", rest.len);
    char *p = m->head;
    size_t len = rest.len;
    while (parameter_next(&p, &len, &name, &value, &bad)) {
        if (str_ieq(name, STR("boundary")) && is_boundary(value)) {
            memcpy(m->delimiter, "\r\n--", 4);
            memcpy(m->delimiter + 4, value.p, value.len);
            m->delimiter_len = 4 + value.len;
            m->matched = m->given = 2; /* the first line needs no CRLF before it */
            return ERR_OK;
        }
    }
    return ERR_MALFORMED;
}

/* -- Heads of parts */

/* Content-Disposition (RFC 7578 4.2). */
static bool disposition_read(struct multipart *m, char *p, size_t len)
{
    struct str rest = str_of(p, len);
    struct str name;
    struct str value;
    bool bad;
    struct str kind = str_trim(str_cut(&rest, ';'));
    if (!str_ieq(kind, STR("form-data"))) {
        return false;
    }
    p += len - rest.len;
    len = rest.len;
    while (parameter_next(&p, &len, &name, &value, &bad)) {
        if (str_ieq(name, STR("name"))) {
            m->part.name = value;
        } else if (str_ieq(name, STR("filename"))) {
            m->part.filename = value;
        }
    }
    return !bad && m->part.name.len > 0;
}

static bool field_read(struct multipart *m, char *p, size_t len)
{
    struct str line = str_of(p, len);
    size_t colon = str_chr(line, ':');
    if (colon == STR_NPOS || colon == 0 || str_has_control(str_head(line, colon)) || p[0] == ' ' ||
        p[0] == '\t') {
        return false;
    }
    struct str name = str_trim(str_head(line, colon));
    struct str value = str_trim(str_from(line, colon + 1));
    if (str_ieq(name, STR("Content-Type"))) {
        m->part.type = value;
    }
    size_t start = (size_t)(value.p - p);
    return !str_ieq(name, STR("Content-Disposition")) || disposition_read(m, p + start, value.len);
}

static enum err head_read(struct multipart *m, struct err_at *reterr_at)
{
    char *p = m->head;
    size_t len = m->head_len - 2; /* without the empty line */
    m->part = (struct multipart_part){.type = STR("")};
    while (len > 0) {
        size_t n = str_find(str_of(p, len), STR("\r\n"));
        if (n == STR_NPOS || !field_read(m, p, n)) {
            return fail(m, ERR_MALFORMED, "a part's head has a line that is no field",
                        "RFC 7578 4.2", reterr_at);
        }
        p += n + 2;
        len -= n + 2;
    }
    return m->part.name.len > 0
               ? ERR_OK
               : fail(m, ERR_MALFORMED, "a part without a name", "RFC 7578 4.2", reterr_at);
}

/* One byte of a head; ERR_OK: it is whole. */
static enum err head_on(struct multipart *m, char c, struct err_at *reterr_at)
{
    if (m->head_len == sizeof m->head) {
        return fail(m, ERR_LIMIT, "the head of a part is too long", NULL, reterr_at);
    }
    m->head[m->head_len++] = c;
    struct str head = str_of(m->head, m->head_len);
    if (!str_ends(head, STR("\r\n\r\n")) && !str_eq(head, STR("\r\n"))) {
        return ERR_MORE;
    }
    enum err e = head_read(m, reterr_at);
    if (e == ERR_OK) {
        m->state = DATA;
        m->matched = m->given = 2; /* the CRLF of the empty line may be the delimiter's */
    }
    return e;
}

/* -- Between parts */

/* One byte behind a delimiter. */
static enum err after_on(struct multipart *m, char c, struct err_at *reterr_at)
{
    if (m->state == AFTER_CR && c == '\n') {
        if (m->parts == MULTIPART_PARTS_MOST) {
            return fail(m, ERR_LIMIT, "too many parts", NULL, reterr_at);
        }
        m->parts++;
        m->head_len = 0;
        m->state = HEAD;
    } else if (m->state == AFTER_DASH && c == '-') {
        m->state = DONE;
    } else if (m->state == AFTER && c == '\r') {
        m->state = AFTER_CR;
    } else if (m->state == AFTER && c == '-') {
        m->state = AFTER_DASH;
    } else if (m->state != AFTER || (c != ' ' && c != '\t')) {
        return fail(m, ERR_MALFORMED, "something stands behind a delimiter", "RFC 2046 5.1.1",
                    reterr_at);
    }
    return ERR_MORE;
}

static void take(struct multipart *m, struct str *in, size_t n)
{
    *in = str_from(*in, n);
    m->read += n;
}

/* Bytes up to the delimiter. ERR_OK: *ret_data; ERR_END: the delimiter is there. */
static enum err search(struct multipart *m, struct str *in, struct str *ret_data)
{
    while (in->len > 0) {
        if (m->matched == 0) {
            size_t n = str_chr(*in, '\r');
            if (n == 0) {
                m->matched = 1;
                m->given = 0;
                take(m, in, 1);
                continue;
            }
            *ret_data = str_head(*in, n);
            take(m, in, ret_data->len);
            return ERR_OK;
        }
        if (in->p[0] == m->delimiter[m->matched]) {
            take(m, in, 1);
            if (++m->matched == m->delimiter_len) {
                m->matched = 0;
                m->state = AFTER;
                return ERR_END;
            }
            continue;
        }
        /* Not the delimiter: what looked like it is data. No CR stands within it, so the search begins anew here. */
        *ret_data = str_of(m->delimiter + m->given, m->matched - m->given);
        m->matched = 0;
        if (ret_data->len > 0) {
            return ERR_OK;
        }
    }
    return ERR_MORE;
}

enum err multipart_next(struct multipart *m, struct str *in, enum multipart_event *ret_event,
                        struct str *ret_data, struct err_at *reterr_at)
{
    enum err e = ERR_MORE;
    while (in->len > 0 && m->state != DONE) {
        switch ((enum state)m->state) {
        case PREAMBLE:
            (void)search(m, in, ret_data);
            continue;
        case DATA:
            e = search(m, in, ret_data);
            *ret_event = e == ERR_END ? MULTIPART_END : MULTIPART_DATA;
            return e == ERR_END ? ERR_OK : e;
        case HEAD:
            e = head_on(m, in->p[0], reterr_at);
            break;
        case AFTER:
        case AFTER_CR:
        case AFTER_DASH:
            e = after_on(m, in->p[0], reterr_at);
            break;
        case DONE:
        case BROKEN:
            return fail(m, ERR_MALFORMED, "the form was damaged before", NULL, reterr_at);
        }
        if (e == ERR_MALFORMED || e == ERR_LIMIT) {
            return e;
        }
        take(m, in, 1);
        if (e == ERR_OK) {
            *ret_event = MULTIPART_PART;
            return e;
        }
    }
    return m->state == DONE ? ERR_END : ERR_MORE;
}

bool multipart_whole(const struct multipart *m)
{
    return m->state == DONE;
}
