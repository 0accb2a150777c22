/* TFTP packets, read and written. */
#include "proto/tftp/tftp.h"

#include "base/cursor.h"

static enum err malformed(size_t offset, const char *what, const char *rule,
                          struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

/* The text up to the next NUL, which is stepped over. Without one the cursor is bad. */
static struct str text_take(struct cursor *c)
{
    struct str left = str_of((const char *)c->p + c->at, cursor_left(c));
    size_t end = str_chr(left, '\0');
    if (c->bad || end == STR_NPOS) {
        c->bad = true;
        return str_of(NULL, 0);
    }
    cursor_skip(c, end + 1);
    return str_head(left, end);
}

static enum err options_read(struct cursor *c, struct tftp_message *m, struct err_at *reterr_at)
{
    while (cursor_left(c) > 0) {
        size_t at = c->at;
        struct tftp_option o = {.name = text_take(c)};
        o.value = text_take(c);
        if (c->bad) {
            return malformed(at, "an option has no end", "RFC 2347", reterr_at);
        }
        if (m->n == TFTP_OPTIONS_MOST) {
            *reterr_at = (struct err_at){at, "too many options", NULL};
            return ERR_LIMIT;
        }
        m->options[m->n++] = o;
    }
    return ERR_OK;
}

static enum err request_read(struct cursor *c, struct tftp_message *m, struct err_at *reterr_at)
{
    m->file = text_take(c);
    m->mode = text_take(c);
    if (c->bad) {
        return malformed(2, "file name or mode has no end", "RFC 1350 5", reterr_at);
    }
    return options_read(c, m, reterr_at);
}

static void error_read(struct cursor *c, struct tftp_message *m)
{
    m->code = cursor_u16(c);
    struct str text = cursor_take(c, cursor_left(c));
    size_t end = str_chr(text, '\0');
    m->error = end == STR_NPOS ? text : str_head(text, end);
}

static enum err body_read(struct cursor *c, struct tftp_message *m, struct err_at *reterr_at)
{
    switch (m->op) {
    case TFTP_RRQ:
    case TFTP_WRQ:
        return request_read(c, m, reterr_at);
    case TFTP_DATA:
        m->block = cursor_u16(c);
        m->data = cursor_take(c, cursor_left(c));
        break;
    case TFTP_ACK:
        m->block = cursor_u16(c);
        break;
    case TFTP_ERROR:
        error_read(c, m);
        break;
    case TFTP_OACK:
        return options_read(c, m, reterr_at);
    }
    return c->bad ? malformed(2, "the packet ends too early", "RFC 1350 5", reterr_at) : ERR_OK;
}

enum err tftp_read(struct str bytes, struct tftp_message *ret_msg, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(bytes);
    uint16_t op = cursor_u16(&c);
    if (c.bad || op < TFTP_RRQ || op > TFTP_OACK) {
        return malformed(0, "no such operation", "RFC 1350 5", reterr_at);
    }
    memset(ret_msg, 0, sizeof *ret_msg);
    ret_msg->op = (enum tftp_op)op;
    return body_read(&c, ret_msg, reterr_at);
}

bool tftp_option(const struct tftp_message *m, struct str name, uint64_t *ret_value)
{
    static const struct {
        struct str name;
        uint64_t least, most;
    } known[] = {
        {STR_INIT("blksize"), 8, 65464},
        {STR_INIT("timeout"), 1, 255},
        {STR_INIT("tsize"), 0, UINT64_MAX},
        {STR_INIT("windowsize"), 1, 65535},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        for (size_t i = 0; i < m->n && str_ieq(name, known[k].name); i++) {
            uint64_t n;
            if (str_ieq(m->options[i].name, name)) {
                bool good =
                    str_u64(m->options[i].value, &n) && n >= known[k].least && n <= known[k].most;
                *ret_value = good ? n : *ret_value;
                return good;
            }
        }
    }
    return false;
}

struct writer {
    uint8_t *p;
    size_t cap, len;
    enum err err;
};

static void bytes_add(struct writer *w, struct str s)
{
    if (w->err != ERR_OK || w->cap - w->len < s.len) {
        w->err = w->err != ERR_OK ? w->err : ERR_LIMIT;
        return;
    }
    if (s.len > 0) {
        memcpy(w->p + w->len, s.p, s.len);
    }
    w->len += s.len;
}

static void text_add(struct writer *w, struct str s)
{
    if (str_chr(s, '\0') != STR_NPOS && w->err == ERR_OK) {
        w->err = ERR_USAGE;
    }
    bytes_add(w, s);
    bytes_add(w, str_of("", 1));
}

static void u16_add(struct writer *w, unsigned n)
{
    char b[2] = {(char)(uint8_t)(n >> 8), (char)(uint8_t)n};
    bytes_add(w, str_of(b, sizeof b));
}

static void body_add(struct writer *w, const struct tftp_message *m)
{
    switch (m->op) {
    case TFTP_RRQ:
    case TFTP_WRQ:
        text_add(w, m->file);
        text_add(w, m->mode);
        break;
    case TFTP_DATA:
        u16_add(w, m->block);
        bytes_add(w, m->data);
        break;
    case TFTP_ACK:
        u16_add(w, m->block);
        break;
    case TFTP_ERROR:
        u16_add(w, m->code);
        text_add(w, m->error);
        break;
    case TFTP_OACK:
        break;
    }
    for (size_t i = 0; i < m->n && i < TFTP_OPTIONS_MOST; i++) {
        text_add(w, m->options[i].name);
        text_add(w, m->options[i].value);
    }
}

enum err tftp_write(const struct tftp_message *m, void *bytes, size_t cap, size_t *ret_len)
{
    struct writer w = {.p = bytes, .cap = cap};
    u16_add(&w, m->op);
    body_add(&w, m);
    if (w.err == ERR_OK) {
        *ret_len = w.len;
    }
    return w.err;
}

const char *tftp_op_name(enum tftp_op op)
{
    static const char *const names[] = {"?", "RRQ", "WRQ", "DATA", "ACK", "ERROR", "OACK"};
    return op < sizeof names / sizeof *names ? names[op] : "?";
}

const char *tftp_error_text(uint16_t code)
{
    static const char *const texts[] = {
        "not defined",         "file not found",    "access violation",
        "disk full",           "illegal operation", "unknown transfer ID",
        "file exists already", "no such user",      "options refused",
    };
    return code < sizeof texts / sizeof *texts ? texts[code] : "?";
}
