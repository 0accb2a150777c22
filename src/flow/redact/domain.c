/* Names of domains: what is the customer's in them. */
#include "flow/redact/pseudo.h"

/* Reserved for documentation and tests (RFC 2606, RFC 6761), and roots that are nobody's. */
static const struct str nobody[] = {
    STR_INIT("example.com"), STR_INIT("example.net"), STR_INIT("example.org"),
    STR_INIT("example"),     STR_INIT("invalid"),     STR_INIT("test"),
    STR_INIT("localhost"),   STR_INIT("arpa"),        STR_INIT("localdomain"),
};

/* Providers and vendors whose own names tell nothing about a customer; what a customer gets below
 * them does. The seventh and eighth are how edited logs spell the first and the third. */
static const struct str providers[] = {
    STR_INIT("cisco.com"),      STR_INIT("webex.com"),     STR_INIT("sipflash.com"),
    STR_INIT("broadcloud.com"), STR_INIT("broadcloud.eu"), STR_INIT("broadsoft.com"),
    STR_INIT("cisco.x"),        STR_INIT("sipflash.x"),    STR_INIT("ciscospark.com"),
    STR_INIT("cisco-bcld.com"), STR_INIT("wbx2.com"),      STR_INIT("ringcentral.com"),
    STR_INIT("8x8.com"),        STR_INIT("pool.ntp.org"),  STR_INIT("letsencrypt.org"),
};

/* Second-level labels that belong to the registry when two letters follow. */
static const struct str second[] = {
    STR_INIT("co"), STR_INIT("com"), STR_INIT("net"), STR_INIT("org"), STR_INIT("ac"),
    STR_INIT("ne"), STR_INIT("or"),  STR_INIT("go"),  STR_INIT("gov"), STR_INIT("edu"),
};

static const struct str roles[] = {
    STR_INIT("sip"),    STR_INIT("sips"),  STR_INIT("sbc"),      STR_INIT("pbx"),
    STR_INIT("voip"),   STR_INIT("proxy"), STR_INIT("obp"),      STR_INIT("edge"),
    STR_INIT("reg"),    STR_INIT("www"),   STR_INIT("ntp"),      STR_INIT("dns"),
    STR_INIT("tftp"),   STR_INIT("prov"),  STR_INIT("calls"),    STR_INIT("call"),
    STR_INIT("hosted"), STR_INIT("voice"), STR_INIT("phone"),    STR_INIT("phones"),
    STR_INIT("bcld"),   STR_INIT("mail"),  STR_INIT("dhcp"),     STR_INIT("config"),
    STR_INIT("xglb"),   STR_INIT("cloud"), STR_INIT("activate"),
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

/* Whether `name` is one of the list or below it; tells how long that is. */
static bool below(const struct str *list, size_t n, struct str name, size_t *ret_len)
{
    for (size_t i = 0; i < n; i++) {
        if (str_ends(name, list[i]) &&
            (name.len == list[i].len || name.p[name.len - list[i].len - 1] == '.')) {
            *ret_len = list[i].len;
            return true;
        }
    }
    return false;
}

/* Where the label that ends before `end` begins. */
static size_t label_from(struct str name, size_t end)
{
    while (end > 0 && name.p[end - 1] != '.') {
        end--;
    }
    return end;
}

bool pseudo_label_stays(struct str label)
{
    size_t n = label.len;
    while (n > 0 && ascii_digit(label.p[n - 1])) {
        n--;
    }
    bool x = label.len > 0;
    for (size_t i = 0; i < label.len; i++) {
        x &= label.p[i] == 'x' || label.p[i] == '*' || label.p[i] == '_';
    }
    return x || (n > 0 && n <= 2 && label.len - n <= 3) || label.p[0] == '_' ||
           among(roles, sizeof roles / sizeof roles[0], str_head(label, n));
}

bool pseudo_is_domain(struct str name)
{
    size_t top = label_from(name, name.len), letters = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.p[i];
        if (!ascii_alnum(c) && c != '-' && c != '_' && c != '.') {
            return false;
        }
        if (c == '.' && (i == 0 || i + 1 == name.len || name.p[i - 1] == '.')) {
            return false;
        }
        letters += i >= top && !ascii_digit(c);
    }
    return top > 0 && letters > 0 && name.len <= 253;
}

bool pseudo_domain_read(struct str name, struct pseudo_domain *ret_d)
{
    size_t len = 0;
    if (!pseudo_is_domain(name) || below(nobody, sizeof nobody / sizeof nobody[0], name, &len)) {
        return false;
    }
    if (below(providers, sizeof providers / sizeof providers[0], name, &len)) {
        /* A short label with a number is a machine of the provider's, a longer one a customer. */
        size_t end = str_chr(name, '.');
        bool host = len == name.len || pseudo_label_stays(str_head(name, end)) || end <= 6 ||
                    str_chr(str_head(name, end), '-') != STR_NPOS;
        *ret_d = (struct pseudo_domain){.stay = name.len - end, .own = 0};
        return !host;
    }
    size_t top = label_from(name, name.len);
    size_t label = label_from(name, top - 1);
    if (label > 0 && name.len - top == 2 &&
        among(second, sizeof second / sizeof second[0], str_of(name.p + label, top - 1 - label))) {
        top = label;
        label = label_from(name, top - 1);
    }
    *ret_d = (struct pseudo_domain){.stay = name.len - top + 1, .own = label};
    return true;
}
