/* Names of DHCP's options, and their values as text. */
#include "proto/dhcp/dhcp_option.h"

#include "base/cursor.h"
#include "proto/dhcp/dhcp_inner.h"

enum form {
    NONE,
    ADDRS,
    CODES, /* a list of option codes */
    FQDN,
    HEX,
    NAMES,
    NUMBER, /* one, two or four bytes */
    RELAY,
    ROUTES,
    SIGNED, /* four bytes, two's complement */
    SIP,
    TEXT,
    TYPE,
    VENDOR,
    VIVCO,
    VIVSO,
};

static const struct {
    const char *name;
    enum form form;
} options[256] = {
#define OPTION(code, name, form) [code] = {name, form},
#include "proto/dhcp/dhcp_option.def"
#undef OPTION
};

const char *dhcp_option_name(uint8_t code)
{
    return options[code].name;
}

/* Text where all of it can be printed (NUL bytes at the end do not count), else hexadecimal. */
static void any_print(struct str value, struct sink *out)
{
    struct str text = value;
    bool printable = true;
    while (text.len > 0 && text.p[text.len - 1] == '\0') {
        text.len--;
    }
    for (size_t i = 0; i < text.len && printable; i++) {
        printable = text.p[i] >= ' ' && text.p[i] <= '~';
    }
    if (printable && text.len > 0) {
        sink_str(out, text);
        return;
    }
    for (size_t i = 0; i < value.len; i++) {
        sink_fmt(out, "%02x", (uint8_t)value.p[i]);
    }
}

static void addr_print(struct addr a, struct sink *out)
{
    char text[ADDR_TEXT];
    sink_str(out, addr_write(a, text));
}

static bool addrs_print(struct str value, struct sink *out)
{
    struct cursor c = cursor_of(value);
    if (value.len == 0 || value.len % 4 != 0) {
        return false;
    }
    while (cursor_left(&c) > 0) {
        sink_z(out, c.at > 0 ? ", " : "");
        addr_print(addr4(cursor_u32(&c)), out);
    }
    return true;
}

static bool number_print(struct str value, bool sign, struct sink *out)
{
    struct cursor c = cursor_of(value);
    if (value.len != 1 && value.len != 2 && value.len != 4) {
        return false;
    }
    uint32_t n = (uint32_t)cursor_number(&c, value.len);
    char text[STR_NUMBER];
    sink_str(out, str_number(text, sign ? (int64_t)(int32_t)n : (int64_t)n));
    return true;
}

static bool codes_print(struct str value, struct sink *out)
{
    for (size_t i = 0; i < value.len; i++) {
        sink_fmt(out, "%s%u", i > 0 ? "," : "", (unsigned)(uint8_t)value.p[i]);
    }
    return true;
}

typedef enum err sub_next(struct str *rest, struct dhcp_sub *ret_sub, struct err_at *reterr_at);

/* Nothing is written before all of it was found to be sub-options. */
static bool subs_print(struct str value, sub_next *next, struct sink *out)
{
    struct str rest = value;
    struct dhcp_sub sub;
    struct err_at at;
    enum err e;
    while ((e = next(&rest, &sub, &at)) == ERR_OK) {
    }
    if (e != ERR_END) {
        return false;
    }
    const char *between = "";
    rest = value;
    while (next(&rest, &sub, &at) == ERR_OK) {
        sink_fmt(out, "%s%u=", between, (unsigned)sub.code);
        any_print(sub.value, out);
        between = " ";
    }
    return true;
}

static bool vivso_print(struct str value, bool subs, struct sink *out)
{
    struct str rest = value;
    struct dhcp_vivso v;
    struct err_at at;
    enum err e;
    while ((e = dhcp_vivso_next(&rest, &v, &at)) == ERR_OK) {
    }
    if (e != ERR_END) {
        return false;
    }
    const char *between = "";
    rest = value;
    while (dhcp_vivso_next(&rest, &v, &at) == ERR_OK) {
        sink_fmt(out, "%senterprise %u: ", between, (unsigned)v.enterprise);
        if (!subs || !subs_print(v.data, dhcp_sub_next, out)) {
            any_print(v.data, out);
        }
        between = "; ";
    }
    return true;
}

static bool routes_print(struct str value, struct sink *out)
{
    struct dhcp_route r;
    struct err_at at;
    const char *between = "";
    struct str rest = value;
    enum err e;
    while ((e = dhcp_route_next(&rest, &r, &at)) == ERR_OK) {
    }
    if (e != ERR_END) {
        return false;
    }
    rest = value;
    while (dhcp_route_next(&rest, &r, &at) == ERR_OK) {
        sink_z(out, between);
        addr_print(r.net, out);
        sink_fmt(out, "/%u via ", (unsigned)r.bits);
        addr_print(r.router, out);
        between = ", ";
    }
    return true;
}

static bool names_print(struct str value, struct sink *out)
{
    char name[DHCP_NAME_TEXT];
    struct err_at at;
    size_t offset = 0;
    enum err e;
    while ((e = dhcp_name_next(value, &offset, name, &at)) == ERR_OK) {
    }
    if (e != ERR_END || value.len == 0) {
        return false;
    }
    const char *between = "";
    offset = 0;
    while (dhcp_name_next(value, &offset, name, &at) == ERR_OK) {
        sink_z(out, between);
        sink_z(out, name);
        between = ", ";
    }
    return true;
}

static bool sip_print(struct str value, struct sink *out)
{
    enum dhcp_sip_form form;
    struct str list;
    if (!dhcp_sip_read(value, &form, &list)) {
        return false;
    }
    return form == DHCP_SIP_ADDRS ? addrs_print(list, out) : names_print(list, out);
}

static bool fqdn_print(struct str value, struct sink *out)
{
    struct dhcp_fqdn fqdn;
    struct err_at at;
    if (dhcp_fqdn_read(value, &fqdn, &at) != ERR_OK) {
        return false;
    }
    sink_z(out, fqdn.name);
    return true;
}

static bool form_print(struct str value, enum form form, struct sink *out)
{
    switch (form) {
    case ADDRS:
        return addrs_print(value, out);
    case CODES:
        return codes_print(value, out);
    case FQDN:
        return fqdn_print(value, out);
    case NAMES:
        return names_print(value, out);
    case NUMBER:
        return number_print(value, false, out);
    case SIGNED:
        return number_print(value, value.len == 4, out);
    case RELAY:
        return subs_print(value, dhcp_sub_next, out);
    case VENDOR:
        return subs_print(value, dhcp_vendor_next, out);
    case ROUTES:
        return routes_print(value, out);
    case SIP:
        return sip_print(value, out);
    case VIVCO:
        return vivso_print(value, false, out);
    case VIVSO:
        return vivso_print(value, true, out);
    case TYPE:
        sink_z(out, value.len == 1 ? dhcp_type_name((uint8_t)value.p[0]) : "");
        return value.len == 1;
    case HEX:
    case NONE:
    case TEXT:
        return false;
    }
    return false;
}

void dhcp_option_print(const struct dhcp_message *m, uint8_t code, struct sink *out)
{
    struct str value = dhcp_option(m, code);
    if (options[code].form == TEXT) {
        sink_str(out, dhcp_text(m, code));
    } else if (!form_print(value, options[code].form, out)) {
        any_print(value, out);
    }
}
