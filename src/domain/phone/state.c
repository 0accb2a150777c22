/* The state of a phone as lines of text, and read again. */
#include "base/sink.h"
#include "domain/phone/inside.h"
#include "domain/profile/profile.h"

enum { LINE_MOST = 4 * (PHONE_VALUE_MOST + PROFILE_NAME_MOST) + 64 };

static void put(struct sink *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c == '\\' || c == 0x7f) {
            sink_fmt(out, "\\%02x", c);
        } else {
            sink_char(out, s.p[i]);
        }
    }
}

static void put_result(struct sink *out, const struct phone *p, unsigned kind,
                       const struct phone_result *r)
{
    sink_fmt(out, "result %u %lld %d ", kind, (long long)r->date, r->ok);
    put(out, phone_text(p, r->url));
    sink_str(out, STR("\\09"));
    put(out, phone_text(p, r->why));
    sink_char(out, '\n');
}

void phone_write(const struct phone *p, struct sink *out)
{
    char mac[MAC_TEXT];
    struct str name, value;
    mac_write(p->mac, mac);
    sink_fmt(out, "mac %s\n", mac);
    sink_str(out, STR("load "));
    put(out, phone_load(p));
    sink_fmt(out, "\ncustomization %s\n",
             phone_customization_name((enum phone_customization)p->customization));
    for (unsigned i = p->n_reboots; i-- > 0;) {
        sink_fmt(out, "reboot %u %lld\n", p->reboot[i].why, (long long)p->reboot[i].date);
    }
    for (unsigned kind = 0; kind < PHONE_KINDS; kind++) {
        for (unsigned i = PHONE_RESULTS; i-- > 0;) {
            if (p->result[kind][i].date) {
                put_result(out, p, kind, &p->result[kind][i]);
            }
        }
    }
    for (size_t i = 0; phone_setting(p, i, &name, &value); i++) {
        sink_str(out, STR("set "));
        put(out, name);
        sink_char(out, ' ');
        put(out, value);
        sink_char(out, '\n');
    }
}

/* -- reading */

struct reading {
    struct phone *p;
    const char *start;
    struct err_at *at;
    char room[LINE_MOST];
};

static enum err fail(struct reading *r, struct str where, const char *what)
{
    *r->at = (struct err_at){.offset = (size_t)(where.p - r->start), .what = what};
    return ERR_MALFORMED;
}

/* `s` without its escapes, in the room. */
static bool unescape(struct reading *r, struct str s, struct str *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (n == sizeof r->room) {
            return false;
        }
        if (s.p[i] != '\\') {
            r->room[n++] = s.p[i];
            continue;
        }
        int high = i + 2 < s.len ? ascii_hex(s.p[i + 1]) : -1;
        int low = i + 2 < s.len ? ascii_hex(s.p[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        r->room[n++] = (char)(high << 4 | low);
        i += 2;
    }
    *ret = str_of(r->room, n);
    return true;
}

static enum err read_reboot(struct reading *r, struct str rest)
{
    uint64_t why = 0, date = 0;
    struct str where = rest;
    if (!str_u64(str_cut(&rest, ' '), &why) || why > PHONE_REBOOT_IP || !str_u64(rest, &date) ||
        date > INT64_MAX) {
        return fail(r, where, "a reboot without reason or date");
    }
    phone_rebooted(r->p, (enum phone_reboot)why, (usec_t)date);
    return ERR_OK;
}

static enum err read_result(struct reading *r, struct str rest)
{
    uint64_t kind = 0, date = 0, ok = 0;
    struct str where = rest;
    if (!str_u64(str_cut(&rest, ' '), &kind) || kind >= PHONE_KINDS ||
        !str_u64(str_cut(&rest, ' '), &date) || date > INT64_MAX || date == 0 ||
        !str_u64(str_cut(&rest, ' '), &ok) || ok > 1 || !unescape(r, rest, &rest)) {
        return fail(r, where, "a result without kind, date or outcome");
    }
    struct str url = str_cut(&rest, '\t');
    phone_resulted(r->p, (enum phone_kind)kind, ok != 0, url, rest, (usec_t)date);
    return ERR_OK;
}

static enum err read_setting(struct reading *r, struct str rest)
{
    bool changed = false;
    struct str where = rest, value = rest;
    struct str name = str_cut(&value, ' ');
    if (!profile_is_name(name) || !unescape(r, value, &value)) {
        return fail(r, where, "a setting without name, or with an escape that is none");
    }
    return phone_set(r->p, name, value, &changed);
}

static enum err read_customization(struct reading *r, struct str rest)
{
    for (unsigned c = PHONE_OPEN; c <= PHONE_UNAVAILABLE; c++) {
        if (str_eq(rest, str_z(phone_customization_name((enum phone_customization)c)))) {
            r->p->customization = (uint8_t)c;
            return ERR_OK;
        }
    }
    return fail(r, rest, "no state of customization");
}

static enum err read_line(struct reading *r, struct str line)
{
    struct str rest = line;
    struct str key = str_cut(&rest, ' ');
    struct mac mac;
    if (str_eq(key, STR("set"))) {
        return read_setting(r, rest);
    }
    if (str_eq(key, STR("mac"))) {
        return mac_read(rest, &mac) && mac_eq(mac, r->p->mac) ? ERR_OK : ERR_USAGE;
    }
    if (str_eq(key, STR("load"))) {
        return unescape(r, rest, &rest) ? phone_set_load(r->p, rest) : fail(r, line, "an escape");
    }
    if (str_eq(key, STR("customization"))) {
        return read_customization(r, rest);
    }
    if (str_eq(key, STR("reboot"))) {
        return read_reboot(r, rest);
    }
    return str_eq(key, STR("result")) ? read_result(r, rest) : ERR_OK;
}

enum err phone_read(struct phone *p, struct str bytes, struct err_at *reterr_at)
{
    struct reading r = {.p = p, .start = bytes.p, .at = reterr_at};
    enum err err = ERR_OK;
    uint32_t load = p->load;
    phone_factory_reset(p);
    for (struct str rest = bytes; rest.len && !err;) {
        struct str line = str_cut(&rest, '\n');
        err = line.len > LINE_MOST ? ERR_LIMIT : read_line(&r, line);
        if (err == ERR_LIMIT) {
            *reterr_at = (struct err_at){.offset = (size_t)(line.p - bytes.p), .what = "too much"};
        }
    }
    if (err) {
        phone_factory_reset(p);
        p->load = load;
    }
    return err;
}
