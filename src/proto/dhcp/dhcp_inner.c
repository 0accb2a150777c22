/* What options of DHCP hold inside. */
#include "proto/dhcp/dhcp_inner.h"

#include "base/cursor.h"

static enum err malformed(size_t offset, const char *what, const char *rule,
                          struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){offset, what, rule};
    return ERR_MALFORMED;
}

enum err dhcp_sub_next(struct str *rest, struct dhcp_sub *ret_sub, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(*rest);
    if (c.len == 0) {
        return ERR_END;
    }
    struct dhcp_sub sub = {.code = cursor_u8(&c)};
    sub.value = cursor_take(&c, cursor_u8(&c));
    if (c.bad) {
        return malformed(0, "a sub-option reaches past the end", "RFC 3046 2.0", reterr_at);
    }
    *rest = str_from(*rest, c.at);
    *ret_sub = sub;
    return ERR_OK;
}

enum err dhcp_vendor_next(struct str *rest, struct dhcp_sub *ret_sub, struct err_at *reterr_at)
{
    while (rest->len > 0 && (uint8_t)rest->p[0] == DHCP_OPT_PAD) {
        *rest = str_from(*rest, 1);
    }
    if (rest->len > 0 && (uint8_t)rest->p[0] == DHCP_OPT_END) {
        return ERR_END;
    }
    enum err e = dhcp_sub_next(rest, ret_sub, reterr_at);
    if (e == ERR_MALFORMED) {
        reterr_at->rule = "RFC 2132 8.4";
    }
    return e;
}

enum err dhcp_vivso_next(struct str *rest, struct dhcp_vivso *ret_vivso, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(*rest);
    if (c.len == 0) {
        return ERR_END;
    }
    struct dhcp_vivso v = {.enterprise = cursor_u32(&c)};
    v.data = cursor_take(&c, cursor_u8(&c));
    if (c.bad) {
        return malformed(0, "a vendor's part reaches past the end", "RFC 3925 4", reterr_at);
    }
    *rest = str_from(*rest, c.at);
    *ret_vivso = v;
    return ERR_OK;
}

/* Only the significant bytes of the destination are there (RFC 3442 "Classless Route Option
 * Format"). */
enum err dhcp_route_next(struct str *rest, struct dhcp_route *ret_route, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(*rest);
    if (c.len == 0) {
        return ERR_END;
    }
    uint8_t bits = cursor_u8(&c);
    if (bits > 32) {
        return malformed(0, "a prefix is longer than an address", "RFC 3442", reterr_at);
    }
    size_t bytes = (bits + 7U) / 8;
    uint32_t net = (uint32_t)(cursor_number(&c, bytes) << 8 * (4 - bytes));
    struct addr router = addr4(cursor_u32(&c));
    if (c.bad) {
        return malformed(0, "a route reaches past the end", "RFC 3442", reterr_at);
    }
    *rest = str_from(*rest, c.at);
    *ret_route = (struct dhcp_route){addr4(net), bits, router};
    return ERR_OK;
}

static const char rule_name[] = "RFC 1035 3.1";

/* The text of one name, as it grows. */
struct name {
    char *text; /* DHCP_NAME_TEXT bytes */
    size_t len;
};

static bool label_add(struct name *n, struct str label)
{
    if (n->len + (n->len > 0) + label.len >= DHCP_NAME_TEXT) {
        return false;
    }
    if (n->len > 0) {
        n->text[n->len++] = '.';
    }
    for (size_t i = 0; i < label.len; i++) {
        char c = label.p[i];
        n->text[n->len++] = c > ' ' && c <= '~' && c != '.' ? c : '?';
    }
    return true;
}

/* Follows the name that begins at `*at`, and leaves *at behind its first part. A pointer must go
 * before every part read so far, so this ends. */
static enum err name_walk(struct str all, size_t *at, struct name *n, struct err_at *reterr_at)
{
    struct cursor c = cursor_of(all);
    size_t begin = *at;
    bool moved = false;
    c.at = begin;
    for (;;) {
        size_t here = c.at;
        uint8_t len = cursor_u8(&c);
        if (len >= 0xc0) {
            size_t to = (size_t)(len & 0x3f) << 8 | cursor_u8(&c);
            *at = moved ? *at : c.at;
            moved = true;
            if (c.bad || to >= begin) {
                return malformed(here, "a name points forward", "RFC 1035 4.1.4", reterr_at);
            }
            begin = c.at = to;
            continue;
        }
        struct str label = cursor_take(&c, len);
        if (c.bad || len > 63) {
            return malformed(here, "a name reaches past the end", rule_name, reterr_at);
        }
        if (len == 0) {
            *at = moved ? *at : c.at;
            return ERR_OK;
        }
        if (!label_add(n, label)) {
            return malformed(here, "a name is longer than 255 bytes", rule_name, reterr_at);
        }
    }
}

enum err dhcp_name_next(struct str all, size_t *at, char ret_text[DHCP_NAME_TEXT],
                        struct err_at *reterr_at)
{
    struct name n = {.text = ret_text};
    if (*at >= all.len) {
        return ERR_END;
    }
    enum err e = name_walk(all, at, &n, reterr_at);
    ret_text[n.len] = '\0';
    return e;
}

bool dhcp_sip_read(struct str option, enum dhcp_sip_form *ret_form, struct str *ret_list)
{
    if (option.len < 2 || (uint8_t)option.p[0] > DHCP_SIP_ADDRS) {
        return false;
    }
    enum dhcp_sip_form form = (enum dhcp_sip_form)option.p[0];
    struct str list = str_from(option, 1);
    if (form == DHCP_SIP_ADDRS && list.len % 4 != 0) {
        return false;
    }
    *ret_form = form;
    *ret_list = list;
    return true;
}

/* The wire form of a name that fits its field; a partial one has no root label at its end (RFC 4702
 * 2.3.1). */
static bool labels_read(struct str name, struct name *n)
{
    while (name.len > 0 && name.p[0] != 0) {
        size_t len = (uint8_t)name.p[0];
        if (len > 63 || len >= name.len || !label_add(n, str_of(name.p + 1, len))) {
            return false;
        }
        name = str_from(name, len + 1);
    }
    return true;
}

enum err dhcp_fqdn_read(struct str option, struct dhcp_fqdn *ret_fqdn, struct err_at *reterr_at)
{
    enum { HEAD = 3, WIRE = 4 };
    struct dhcp_fqdn f = {0};
    struct name n = {.text = f.name};
    if (option.len < HEAD) {
        return malformed(0, "the FQDN option is shorter than its flags", "RFC 4702 2", reterr_at);
    }
    struct str name = str_from(option, HEAD);
    f.flags = (uint8_t)option.p[0];
    if (!(f.flags & WIRE)) {
        name = str_head(name, DHCP_NAME_TEXT - 1);
        memcpy(f.name, name.p, name.len);
    } else if (!labels_read(name, &n)) {
        return malformed(HEAD, "the FQDN is no name", "RFC 1035 3.1", reterr_at);
    }
    *ret_fqdn = f;
    return ERR_OK;
}

static bool vlan_of(uint64_t n, uint16_t *ret_vlan)
{
    if (n == 0 || n > 4094) {
        return false;
    }
    *ret_vlan = (uint16_t)n;
    return true;
}

bool dhcp_vlan_read(struct str option, uint16_t *ret_vlan)
{
    uint64_t n;
    struct str text = option;
    while (text.len > 0 && (text.p[text.len - 1] == '\0' || text.p[text.len - 1] == ';')) {
        text.len--;
    }
    if (str_istarts(text, STR("VLAN-A="))) {
        text = str_from(text, sizeof "VLAN-A=" - 1);
    }
    if (str_u64(text, &n)) {
        return vlan_of(n, ret_vlan);
    }
    if (option.len != 2 && option.len != 4) {
        return false;
    }
    struct cursor c = cursor_of(option);
    return vlan_of(cursor_number(&c, option.len), ret_vlan);
}
