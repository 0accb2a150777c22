/* Reading DHCP messages (RFC 2131 2, 4.1; RFC 3396 5 to 7). */
#include "proto/dhcp/dhcp.h"

#include "base/cursor.h"

enum {
    AT_CHADDR = 28,
    AT_SNAME = 44,
    SNAME_LEN = 64,
    AT_FILE = 108,
    FILE_LEN = 128,
    COOKIE = 0x63825363,
    OVERLOAD_FILE = 1,
    OVERLOAD_SNAME = 2,
};

static enum err malformed(size_t offset, const char *what, const char *rule,
                          struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

static struct str until_nul(struct str s)
{
    size_t end = str_chr(s, '\0');
    return end == STR_NPOS ? s : str_head(s, end);
}

static enum err fixed_read(struct cursor *c, struct dhcp_message *m, struct err_at *reterr_at)
{
    uint8_t op = cursor_u8(c);
    m->htype = cursor_u8(c);
    m->hlen = cursor_u8(c);
    m->hops = cursor_u8(c);
    m->xid = cursor_u32(c);
    m->secs = cursor_u16(c);
    m->broadcast = (cursor_u16(c) & 0x8000) != 0;
    m->ciaddr = addr4(cursor_u32(c));
    m->yiaddr = addr4(cursor_u32(c));
    m->siaddr = addr4(cursor_u32(c));
    m->giaddr = addr4(cursor_u32(c));
    struct str chaddr = cursor_take(c, AT_SNAME - AT_CHADDR);
    m->sname = until_nul(cursor_take(c, SNAME_LEN));
    m->file = until_nul(cursor_take(c, FILE_LEN));
    uint32_t cookie = cursor_u32(c);
    if (c->bad) {
        return malformed(c->len, "the message is shorter than its fixed fields", "RFC 2131 2",
                         reterr_at);
    }
    if (op != DHCP_BOOTREQUEST && op != DHCP_BOOTREPLY) {
        return malformed(0, "op is neither request nor reply", "RFC 2131 2", reterr_at);
    }
    if (m->hlen > chaddr.len) {
        return malformed(2, "hlen is longer than chaddr", "RFC 2131 2", reterr_at);
    }
    if (cookie != COOKIE) {
        return malformed(DHCP_FIXED, "the magic cookie is missing", "RFC 2131 3", reterr_at);
    }
    m->op = (enum dhcp_op)op;
    m->chaddr = str_head(chaddr, m->hlen);
    m->has_mac = m->htype == 1 && m->hlen == sizeof m->mac.b;
    if (m->has_mac) {
        memcpy(m->mac.b, m->chaddr.p, sizeof m->mac.b);
    }
    return ERR_OK;
}

/* What a walk over the fields does with each piece: notes it, or copies what belongs together. */
struct walk {
    struct dhcp_message *m;
    bool join;
    uint16_t fill[256]; /* where in `joined` the next piece of a code goes */
};

static void piece_take(struct walk *w, uint8_t code, size_t at, struct str value)
{
    struct dhcp_place *o = &w->m->options[code];
    if (!w->join) {
        o->at = o->n == 0 ? (uint16_t)at : o->at;
        o->len = (uint16_t)(o->len + value.len);
        o->n++;
    } else if (o->n > 1 && value.len > 0) {
        memcpy(w->m->joined + w->fill[code], value.p, value.len);
        w->fill[code] = (uint16_t)(w->fill[code] + value.len);
    }
}

static enum err field_walk(struct walk *w, size_t begin, size_t len, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(str_of(w->m->all.p + begin, len));
    while (cursor_left(&c) > 0) {
        size_t at = c.at;
        uint8_t code = cursor_u8(&c);
        if (code == DHCP_OPT_PAD) {
            continue;
        }
        if (code == DHCP_OPT_END) {
            return ERR_OK;
        }
        struct str value = cursor_take(&c, cursor_u8(&c));
        if (c.bad) {
            return malformed(begin + at, "an option reaches past the end of its field",
                             "RFC 2132 2", reterr_at);
        }
        piece_take(w, code, begin + at + 2, value);
    }
    w->m->ended = false;
    return ERR_OK;
}

/* The options field, then file, then sname (RFC 2131 4.1, RFC 3396 5). What option 52 says counts
 * only where it stands in the options field. */
static enum err fields_walk(struct walk *w, struct err_at *reterr_at)
{
    struct dhcp_message *m = w->m;
    enum err e = field_walk(w, DHCP_LEAST, m->all.len - DHCP_LEAST, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    if (!w->join && m->options[DHCP_OPT_OVERLOAD].len == 1) {
        m->overload = (uint8_t)m->all.p[m->options[DHCP_OPT_OVERLOAD].at];
    }
    if (m->overload & OVERLOAD_FILE) {
        e = field_walk(w, AT_FILE, FILE_LEN, reterr_at);
    }
    if (e == ERR_OK && (m->overload & OVERLOAD_SNAME)) {
        e = field_walk(w, AT_SNAME, SNAME_LEN, reterr_at);
    }
    return e;
}

/* Gives every option that came in pieces its room in `joined`. */
static enum err pieces_place(struct walk *w, bool *ret_any, struct err_at *reterr_at)
{
    size_t len = 0;
    *ret_any = false;
    for (size_t code = 0; code < 256; code++) {
        struct dhcp_place *o = &w->m->options[code];
        if (o->n <= 1) {
            continue;
        }
        if (o->len > DHCP_JOINED_MOST - len) {
            *reterr_at = (struct err_at){o->at, "options in pieces are too long", "RFC 3396 5"};
            return ERR_LIMIT;
        }
        o->at = (uint16_t)len;
        w->fill[code] = o->at;
        len += o->len;
        *ret_any = true;
    }
    return ERR_OK;
}

static enum err options_read(struct dhcp_message *m, struct err_at *reterr_at)
{
    struct walk w = {.m = m};
    bool any;
    m->ended = true;
    enum err e = fields_walk(&w, reterr_at);
    if (e != ERR_OK) {
        return e;
    }
    m->sname = m->overload & OVERLOAD_SNAME ? str_of(NULL, 0) : m->sname;
    m->file = m->overload & OVERLOAD_FILE ? str_of(NULL, 0) : m->file;
    e = pieces_place(&w, &any, reterr_at);
    if (e != ERR_OK || !any) {
        return e;
    }
    w.join = true;
    return fields_walk(&w, reterr_at);
}

enum err dhcp_read(struct str bytes, struct dhcp_message *ret_msg, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(bytes);
    if (bytes.len > DHCP_MOST) {
        *reterr_at = (struct err_at){DHCP_MOST, "longer than any UDP datagram", "RFC 768"};
        return ERR_LIMIT;
    }
    memset(ret_msg, 0, sizeof *ret_msg);
    ret_msg->all = bytes;
    enum err e = fixed_read(&c, ret_msg, reterr_at);
    if (e == ERR_OK) {
        e = options_read(ret_msg, reterr_at);
    }
    if (e != ERR_OK || !dhcp_has(ret_msg, DHCP_OPT_TYPE)) {
        return e;
    }
    struct str type = dhcp_option(ret_msg, DHCP_OPT_TYPE);
    if (type.len != 1 || type.p[0] == 0) {
        const struct dhcp_place *o = &ret_msg->options[DHCP_OPT_TYPE];
        return malformed(o->n > 1 ? DHCP_LEAST : o->at, "the message type is no type",
                         "RFC 2132 9.6", reterr_at);
    }
    ret_msg->type = (uint8_t)type.p[0];
    return ERR_OK;
}

struct str dhcp_option(const struct dhcp_message *m, uint8_t code)
{
    const struct dhcp_place *o = &m->options[code];
    if (o->n == 0) {
        return str_of(NULL, 0);
    }
    return str_of((o->n > 1 ? m->joined : m->all.p) + o->at, o->len);
}

struct str dhcp_text(const struct dhcp_message *m, uint8_t code)
{
    struct str s = dhcp_option(m, code);
    while (s.len > 0 && s.p[s.len - 1] == '\0') {
        s.len--;
    }
    return s;
}

bool dhcp_number(const struct dhcp_message *m, uint8_t code, size_t size, uint32_t *ret_n)
{
    struct cursor c = cursor_of(dhcp_option(m, code));
    if (c.len != size || size > sizeof *ret_n) {
        return false;
    }
    *ret_n = (uint32_t)cursor_number(&c, size);
    return true;
}

bool dhcp_addr(const struct dhcp_message *m, uint8_t code, struct addr *ret_a)
{
    return dhcp_addrs(m, code, 1, ret_a) > 0;
}

size_t dhcp_addrs(const struct dhcp_message *m, uint8_t code, size_t most, struct addr *ret_a)
{
    struct cursor c = cursor_of(dhcp_option(m, code));
    if (c.len % 4 != 0) {
        return 0;
    }
    for (size_t i = 0; i < most && cursor_left(&c) > 0; i++) {
        ret_a[i] = addr4(cursor_u32(&c));
    }
    return c.len / 4;
}

const char *dhcp_type_name(uint8_t type)
{
    static const char *const names[] = {
        "BOOTP", "DISCOVER", "OFFER",   "REQUEST", "DECLINE",
        "ACK",   "NAK",      "RELEASE", "INFORM",  "FORCERENEW",
    };
    return type < sizeof names / sizeof *names ? names[type] : "?";
}
