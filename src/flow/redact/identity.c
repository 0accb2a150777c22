/* Sorts what was found: a user name may be a phone number or a MAC, a realm may be a domain. */
#include "flow/redact/identity.h"

#include "flow/redact/address.h"
#include "flow/redact/match.h"
#include "flow/redact/pseudo.h"

/* Realms that come with a product and tell nothing about who runs it; findings name them. */
static const struct str realms[] = {
    STR_INIT("broadworks"), STR_INIT("asterisk"), STR_INIT("kamailio"), STR_INIT("freeswitch"),
    STR_INIT("opensips"),   STR_INIT("cisco"),    STR_INIT("dialtone"),
};

/* What stands where a name could, and is none. */
static const struct str plain[] = {
    STR_INIT("phone"), STR_INIT("dialstring"), STR_INIT("anonymous"), STR_INIT("unknown"),
    STR_INIT("none"),  STR_INIT("null"),       STR_INIT("true"),      STR_INIT("false"),
    STR_INIT("yes"),   STR_INIT("localhost"),  STR_INIT("invalid"),   STR_INIT("restricted"),
};

static bool among(const struct str *list, size_t n, struct str s)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(list[i], s)) {
            return true;
        }
    }
    return false;
}

bool identity_redacted(struct str v)
{
    size_t marks = 0;
    if (v.len == 0 || v.p[0] == '<' || v.p[0] == '[' || str_istarts(v, STR("redacted")) ||
        str_istarts(v, STR("mac_address"))) {
        return true;
    }
    for (size_t i = 0; i < v.len; i++) {
        char c = ascii_lower(v.p[i]);
        if (c == 'x' || c == '*' || c == '#') {
            marks++;
        } else if (!ascii_digit(c) && !strchr("+-.:_ ", c)) {
            return false;
        }
    }
    return marks >= 2 || marks == v.len;
}

/* "$MA", "$PSN": a macro of a profile rule, which the phone fills in. */
static bool macro(struct str v)
{
    for (size_t i = 1; i < v.len; i++) {
        if (!ascii_digit(v.p[i]) && (v.p[i] < 'A' || v.p[i] > 'Z')) {
            return false;
        }
    }
    return v.len > 1 && v.len <= 5 && v.p[0] == '$';
}

static bool kept(const struct values *t, struct str small)
{
    for (size_t i = 0; i < small.len; i++) {
        bool start = i == 0 || small.p[i - 1] == '.';
        if (start && values_find(t, VALUE_KEEP, str_from(small, i))) {
            return true;
        }
    }
    return false;
}

/* Digits of a country code at the start of an international number (ITU-T E.164, list of codes). */
static size_t country(const char *d)
{
    static const char two[] =
        "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 "
        "57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ";
    const char code[] = {d[0], d[1], ' ', 0};
    return d[0] == '1' || d[0] == '7' ? 1 : strstr(two, code) ? 2 : 3;
}

static bool phone(struct str v, struct identity *id)
{
    size_t n = 0;
    char d[PHONE_MOST + 2] = {0};
    bool plus = str_starts(v, STR("+")) || str_istarts(v, STR("%2b"));
    v = plus ? str_from(v, v.p[0] == '+' ? 1 : 3) : v;
    for (size_t i = 0; i < v.len; i++) {
        if (ascii_digit(v.p[i]) && n < PHONE_MOST) {
            d[n++] = v.p[i];
        } else if (ascii_digit(v.p[i]) || !strchr(" -.()/", v.p[i]) || !v.p[i]) {
            return false;
        }
    }
    size_t code = plus && n > 3 ? country(d) : 0;
    if (n < PHONE_LEAST + code) {
        code = 0;
    }
    if (n < PHONE_LEAST) {
        return false;
    }
    id->kind = VALUE_PHONE;
    id->class = REDACT_PHONE;
    id->flags = code ? VALUE_NATIONAL : 0;
    id->len = n - code;
    memcpy(id->key, d + code, id->len);
    return true;
}

static bool mac(struct str v, bool sure, struct identity *id)
{
    static const char *const groups[] = {"000000", "ffffff"};
    if (!match_mac_digits(v, id->key) || memcmp(id->key, groups[0], 6) == 0 ||
        memcmp(id->key, groups[1], 6) == 0) {
        return false;
    }
    id->kind = VALUE_MAC;
    id->class = REDACT_MAC;
    id->flags = sure ? 0 : VALUE_MAYBE;
    id->len = 12;
    return true;
}

/* Letters, digits and other bytes of a text. */
struct makeup {
    size_t letters, digits, marks, wide;
};

static struct makeup makeup_of(struct str s)
{
    struct makeup m = {0};
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = (uint8_t)s.p[i];
        m.digits += ascii_digit(s.p[i]);
        m.letters += ascii_alnum(s.p[i]) && !ascii_digit(s.p[i]);
        m.wide += c >= 0x80;
        m.marks += c < 0x80 && !ascii_alnum(s.p[i]);
    }
    return m;
}

/* Whether a text is so much its own that it can be looked for outside of its place. */
static bool distinct(const struct values *t, enum redact_class class, struct str small)
{
    struct makeup m = makeup_of(small);
    if (small.len < 6 || values_find(t, VALUE_GUARD, small)) {
        return class == REDACT_WORD && small.len >= 4;
    }
    if (class == REDACT_WORD || class == REDACT_SERIAL || m.wide >= 6) {
        return true;
    }
    if (m.letters == 0 && m.wide == 0) {
        return m.digits >= PHONE_LEAST && small.len >= 10;
    }
    if (m.digits > 0 || m.marks > 0) {
        return small.len >= 8 && (m.digits > 0 || m.letters >= 6);
    }
    return small.len >= (class == REDACT_SECRET ? 12U : class == REDACT_USER ? 6U : 8U);
}

static bool text(const struct values *t, enum redact_class class, struct str v, struct identity *id)
{
    struct str small = values_lower(v, id->key);
    struct makeup m = makeup_of(small);
    size_t least = class == REDACT_SECRET ? 1 : 3;
    if (v.len < least || m.letters + m.digits + m.wide == 0 ||
        (class != REDACT_SECRET && among(plain, sizeof plain / sizeof plain[0], small)) ||
        (class == REDACT_REALM && among(realms, sizeof realms / sizeof realms[0], small))) {
        return false;
    }
    id->kind = VALUE_TEXT;
    id->class = class;
    id->len = small.len;
    id->flags = distinct(t, class, small) ? VALUE_ANYWHERE : 0;
    /* Long ones are found also where they touch other text. */
    bool loose = small.len >= 10 && m.digits > 0 && m.letters > 0;
    id->flags |= loose && class != REDACT_DOMAIN && class != REDACT_NAME ? 0U : VALUE_WHOLE;
    return true;
}

bool identity_read(const struct values *t, enum redact_class class, struct str v, bool sure,
                   struct identity *ret_id)
{
    char small[VALUE_LONGEST];
    struct pseudo_domain d;
    struct str low = values_lower(v, small);
    if (identity_redacted(v) || macro(v) || kept(t, low)) {
        return false;
    }
    if (class == REDACT_MAC) {
        return mac(v, sure, ret_id);
    }
    bool person = class == REDACT_USER || class == REDACT_NAME || class == REDACT_DEVICE;
    if (person && phone(v, ret_id)) {
        return true;
    }
    struct str bare = str_istarts(v, STR("SEP")) ? str_from(v, 3) : v;
    if ((person || class == REDACT_SERIAL) && bare.len >= 12 && bare.len <= 17 &&
        mac(bare, true, ret_id)) {
        return true;
    }
    uint8_t a[4];
    bool named = class == REDACT_REALM || class == REDACT_DEVICE || class == REDACT_DOMAIN;
    if (named && pseudo_is_domain(low)) {
        *ret_id = (struct identity){.kind = VALUE_TEXT,
                                    .class = REDACT_DOMAIN,
                                    .flags = VALUE_ANYWHERE | VALUE_WHOLE,
                                    .len = low.len};
        memcpy(ret_id->key, low.p, low.len);
        return pseudo_domain_read(low, &d);
    }
    if (named && address_read4(low, '.', a) == low.len) {
        return false; /* found as an address */
    }
    return class != REDACT_DOMAIN && text(t, class, v, ret_id);
}
