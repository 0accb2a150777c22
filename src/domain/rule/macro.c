/* Macros: expansion, and what a phone has for them. */
#include <stdio.h>
#include <stdlib.h>

#include "domain/rule/rule.h"

struct macro {
    struct str name;
    uint64_t from, len;
    bool cut, bounded;
    size_t used; /* bytes of the text */
};

static bool is_name_byte(char c)
{
    return ascii_alnum(c) || c == '_';
}

/* "(NAME)", "(NAME:p)", "(NAME:p:q)" behind the "$". */
static bool read_braced(struct str s, struct macro *m)
{
    size_t close = str_chr(s, ')');
    if (close == STR_NPOS) {
        return false;
    }
    struct str inner = str_of(s.p + 1, close - 1);
    struct str rest = inner;
    m->name = str_cut(&rest, ':');
    m->used = close + 1;
    m->cut = m->name.len < inner.len;
    if (m->cut) {
        struct str offset = str_cut(&rest, ':');
        m->bounded = rest.len > 0;
        if (!str_u64(offset, &m->from) || (m->bounded && !str_u64(rest, &m->len))) {
            return false;
        }
    }
    return m->name.len > 0;
}

/* The longest run of letters, digits and "_". */
static bool read_bare(struct str s, struct macro *m)
{
    size_t n = 0;
    while (n < s.len && is_name_byte(s.p[n])) {
        n++;
    }
    m->name = str_head(s, n);
    m->used = n;
    return n > 0;
}

/* The name as written, else what stands before its first "_": "$PN_$MA.xml". */
static bool lookup(struct macro *m, const struct rule_values *values, bool secret, struct str *ret)
{
    size_t under = str_chr(m->name, '_');
    if (values->get(values->ctx, m->name, secret, ret)) {
        return true;
    }
    if (under == STR_NPOS || m->cut ||
        !values->get(values->ctx, str_head(m->name, under), secret, ret)) {
        return false;
    }
    m->used -= m->name.len - under;
    return true;
}

static struct str substring(struct str value, const struct macro *m)
{
    if (!m->cut) {
        return value;
    }
    struct str tail = str_from(value, m->from < value.len ? (size_t)m->from : value.len);
    return m->bounded ? str_head(tail, m->len < tail.len ? (size_t)m->len : tail.len) : tail;
}

struct room {
    char *p;
    size_t len;
};

static bool put(struct room *to, struct str s)
{
    if (s.len > RULE_EXPANDED - to->len) {
        return false;
    }
    if (s.len) {
        memcpy(to->p + to->len, s.p, s.len);
    }
    to->len += s.len;
    return true;
}

/* What stands behind a "$": writes its value, returns how many bytes it took; 0: it is no macro. */
static size_t one(struct str behind, const struct rule_values *values, bool secret, struct room *to,
                  bool *ok)
{
    struct macro m = {.used = 0};
    struct str value;
    bool braced = behind.len && behind.p[0] == '(';
    if (behind.len && behind.p[0] == '$') {
        *ok = put(to, STR("$"));
        return 1;
    }
    if (!(braced ? read_braced(behind, &m) : read_bare(behind, &m)) ||
        !lookup(&m, values, secret, &value)) {
        return 0;
    }
    *ok = put(to, substring(value, &m));
    return m.used;
}

enum err rule_expand(struct str text, const struct rule_values *values, bool secret,
                     struct arena *a, struct str *ret)
{
    struct room to = {.p = arena_alloc(a, RULE_EXPANDED)};
    bool ok = true;
    if (!to.p) {
        return ERR_MEMORY;
    }
    for (struct str rest = text; ok && rest.len;) {
        size_t dollar = str_chr(rest, '$');
        size_t plain = dollar == STR_NPOS ? rest.len : dollar;
        ok = put(&to, str_head(rest, plain));
        rest = str_from(rest, plain);
        if (ok && rest.len) {
            size_t used = one(str_from(rest, 1), values, secret, &to, &ok);
            ok = ok && (used || put(&to, STR("$")));
            rest = str_from(rest, 1 + used);
        }
    }
    *ret = str_of(to.p, to.len);
    return ok ? ERR_OK : ERR_LIMIT;
}

/* -- a phone's */

static struct str mac_text(const struct mac *m, const char *digits, bool colons, char *room)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof m->b; i++) {
        if (colons && i) {
            room[n++] = ':';
        }
        room[n++] = digits[m->b[i] >> 4];
        room[n++] = digits[m->b[i] & 15];
    }
    return str_of(room, n);
}

static struct str with_prefix(const struct rule_phone *p, char *room, size_t cap)
{
    struct str bare = str_starts(p->model, STR("CP-")) ? str_from(p->model, 3) : p->model;
    int n = snprintf(room, cap, "CP-%.*s", (int)(bare.len < 40 ? bare.len : 40), bare.p);
    return bare.len ? str_of(room, (size_t)n) : bare;
}

static bool general(struct rule_phone *p, struct str name, bool secret, struct str *ret)
{
    if (name.len == 1 && name.p[0] >= 'A' && name.p[0] < 'A' + RULE_GPP) {
        *ret = p->gpp[name.p[0] - 'A'];
        return true;
    }
    if (secret && name.len == 2 && name.p[0] == 'S' && name.p[1] >= 'A' &&
        name.p[1] < 'A' + RULE_GPS) {
        *ret = p->gps[name.p[1] - 'A'];
        return true;
    }
    return false;
}

bool rule_phone_get(void *rule_phone, struct str name, bool secret, struct str *ret)
{
    static const char small[] = "0123456789abcdef";
    struct rule_phone *p = rule_phone;
    for (size_t i = 0; i < p->n_extra; i++) {
        if (str_eq(name, p->extra[i][0])) {
            *ret = p->extra[i][1];
            return true;
        }
    }
    if (general(p, name, secret, ret)) {
        return true;
    }
    const struct {
        const char *name;
        struct str value;
    } rows[] = {
        {"MA", mac_text(&p->mac, small, false, p->text[0])},
        {"MAU", mac_text(&p->mac, "0123456789ABCDEF", false, p->text[1])},
        {"MAC", mac_text(&p->mac, small, true, p->text[2])},
        {"PN", with_prefix(p, p->text[3], sizeof p->text[3])},
        {"PSN", str_starts(p->model, STR("CP-")) ? str_from(p->model, 3) : p->model},
        {"SN", p->serial},
        {"SERIAL_NUMBER", p->serial},
        {"CCERT", p->certificate ? STR("Installed") : STR("Not Installed")},
        {"IP", p->ip},
        {"EXTIP", p->external_ip},
        {"SWVER", p->firmware},
        {"HWVER", p->hardware},
        {"PRVST", str_number(p->text[4], p->resync_state)},
        {"UPGST", str_number(p->text[5], p->upgrade_state)},
        {"PRVTMR", str_number(p->text[6], p->since_resync)},
        {"UPGTMR", str_number(p->text[7], p->since_upgrade)},
        {"ISCUST", p->customized ? STR("1") : STR("0")},
        {"UPGCOND", STR("1")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (str_eq(name, str_z(rows[i].name))) {
            *ret = rows[i].value;
            return true;
        }
    }
    return false;
}
