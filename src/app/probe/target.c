/* Where a lease sends a phone. */
#include "app/probe/target.h"

#include <stdio.h>

/* Text that grows in the caller's memory and always ends with NUL; what does not fit is dropped. */
struct text {
    char *p;
    size_t cap, len;
};

static void text_add(struct text *t, struct str s)
{
    size_t n = s.len < t->cap - 1 - t->len ? s.len : t->cap - 1 - t->len;
    if (n > 0) {
        memcpy(t->p + t->len, s.p, n);
    }
    t->len += n;
    t->p[t->len] = '\0';
}

/* What stands for a name in a rule or a template. */
struct macro {
    struct str name;
    struct str value; /* NULL pointer: not known, the name stays */
};

enum { MACROS = 6 };

struct names {
    char mac[MAC_TEXT], bare[MAC_TEXT], upper[MAC_TEXT];
    struct macro macro[MACROS]; /* a name before those that it begins with */
};

static void names_of(struct names *n, const struct service_model *model, const struct mac *mac)
{
    struct str product = str_eq(model->name, STR("any")) ? str_of(NULL, 0) : model->name;
    bool prefixed = str_istarts(product, STR("CP-"));
    *n = (struct names){.mac = ""};
    if (mac != NULL) {
        mac_write(*mac, n->mac);
        for (size_t i = 0; i < sizeof mac->b; i++) {
            (void)snprintf(n->bare + 2 * i, 3, "%02x", mac->b[i]);
            (void)snprintf(n->upper + 2 * i, 3, "%02X", mac->b[i]);
        }
    }
    struct macro all[MACROS] = {
        {STR("PSN"), prefixed ? str_from(product, 3) : product},
        {STR("PN"), product},
        {STR("MAU"), mac != NULL ? str_z(n->upper) : str_of(NULL, 0)},
        {STR("MAC"), mac != NULL ? str_z(n->mac) : str_of(NULL, 0)},
        {STR("MA"), mac != NULL ? str_z(n->bare) : str_of(NULL, 0)},
        {STR("$"), STR("$")},
    };
    memcpy(n->macro, all, sizeof all);
}

/* Replaces $NAME and $(NAME) as a phone does (docs/sources.md, provisioning guide); names that it does not
 * know stay as they are. */
static void expand(struct text *t, struct str rule, const struct names *n)
{
    while (rule.len > 0) {
        size_t dollar = str_chr(rule, '$');
        text_add(t, str_head(rule, dollar));
        rule = dollar == STR_NPOS ? str_of(NULL, 0) : str_from(rule, dollar);
        size_t used = rule.len > 0;
        struct str value = str_head(rule, used);
        for (size_t i = 0; i < MACROS && used == 1; i++) {
            const struct macro *m = &n->macro[i];
            bool inside = rule.len > 1 && rule.p[1] == '(';
            struct str rest = str_from(rule, 1 + (size_t)inside);
            bool closed = !inside || (rest.len > m->name.len && rest.p[m->name.len] == ')');
            if (m->value.p != NULL && str_starts(rest, m->name) && closed) {
                value = m->value;
                used = 1 + m->name.len + 2 * (size_t)inside;
            }
        }
        text_add(t, value);
        rule = str_from(rule, used);
    }
}

struct str target_fill(struct str text, const struct service_model *model, const struct mac *mac,
                       char *ret, size_t cap)
{
    struct names n;
    struct text t = {.p = ret, .cap = cap};
    names_of(&n, model, mac);
    const struct macro known[] = {
        {STR("{model}"), model->name}, {STR("{mac}"), str_z(n.bare)}, {STR("{nul}"), STR("\0")}};
    ret[0] = '\0';
    while (text.len > 0) {
        size_t open = str_chr(text, '{');
        text_add(&t, str_head(text, open));
        text = open == STR_NPOS ? str_of(NULL, 0) : str_from(text, open);
        size_t used = text.len > 0;
        struct str value = str_head(text, used);
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (str_starts(text, known[i].name)) {
                value = known[i].value;
                used = known[i].name.len;
            }
        }
        text_add(&t, value);
        text = str_from(text, used);
    }
    return str_of(ret, t.len);
}

struct str target_expand(struct str rule, const struct service_model *model, const struct mac *mac,
                         char *ret, size_t cap)
{
    struct names n;
    struct text t = {.p = ret, .cap = cap};
    names_of(&n, model, mac);
    ret[0] = '\0';
    expand(&t, rule, &n);
    return str_of(ret, t.len);
}

struct str target_host(struct str url)
{
    size_t scheme = str_find(url, STR("://"));
    struct str host = scheme == STR_NPOS ? url : str_from(url, scheme + 3);
    host = str_head(host, str_chr(host, '/'));
    size_t at = str_chr(host, '@');
    host = at == STR_NPOS ? host : str_from(host, at + 1);
    if (host.len > 0 && host.p[0] == '[') {
        return str_head(str_from(host, 1), str_chr(str_from(host, 1), ']'));
    }
    return str_head(host, str_chr(host, ':'));
}

static bool printable(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') {
            return false;
        }
    }
    return s.len > 0;
}

/* The URL that stands somewhere in a value that has a form of its own (options 43, 60, 125). */
static struct str url_inside(struct str value)
{
    static const struct str schemes[] = {STR_INIT("https://"), STR_INIT("http://"),
                                         STR_INIT("tftp://")};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t at = str_ifind(value, schemes[i]);
        if (at == STR_NPOS) {
            continue;
        }
        struct str url = str_from(value, at);
        size_t len = schemes[i].len;
        while (url.p != NULL && len < url.len && url.p[len] > ' ' && url.p[len] <= '~' &&
               url.p[len] != '"') {
            len++;
        }
        if (len > schemes[i].len) {
            return str_head(url, len);
        }
    }
    return str_of(NULL, 0);
}

/* The value as text; empty when it names nothing. Four bytes that are no text are an address. */
static struct str value_of(const struct dhcp_message *m, uint8_t code, char text[ADDR_TEXT])
{
    struct str value = str_trim(dhcp_text(m, code));
    bool opaque = code == DHCP_OPT_VENDOR || code == DHCP_OPT_CLASS || code == DHCP_OPT_VIVSO;
    struct addr a;
    if (opaque) {
        return url_inside(dhcp_option(m, code));
    }
    if (!printable(value)) {
        bool is_addr = dhcp_addr(m, code, &a) && !addr_unset(a);
        return is_addr ? addr_write(a, text) : str_of(NULL, 0);
    }
    return str_eq(value, STR("0.0.0.0")) ? str_of(NULL, 0) : value;
}

/* A server alone gets the scheme that phones begin with, and the rule of the model. */
static void url_of(struct str value, const struct service_model *model, const struct names *n,
                   char ret[TARGET_URL])
{
    struct text t = {.p = ret, .cap = TARGET_URL};
    size_t scheme = str_find(value, STR("://"));
    struct str behind = scheme == STR_NPOS ? value : str_from(value, scheme + 3);
    size_t slash = str_chr(behind, '/');
    ret[0] = '\0';
    text_add(&t, scheme == STR_NPOS ? STR("tftp://") : str_of(NULL, 0));
    expand(&t, value, n);
    if (slash == STR_NPOS || slash + 1 == behind.len) {
        expand(&t, slash == STR_NPOS ? model->rule : str_from(model->rule, 1), n);
    }
}

bool target_choose(const struct service_model *model, const struct mac *mac,
                   const struct dhcp_message *m, struct target *ret)
{
    struct names n;
    names_of(&n, model, mac);
    for (size_t i = 0; i < model->dhcp.n; i++) {
        char text[ADDR_TEXT];
        uint64_t code = 0;
        bool siaddr = str_eq(model->dhcp.v[i], STR("siaddr"));
        struct str value = {NULL, 0};
        if (siaddr && !addr_unset(m->siaddr)) {
            value = addr_write(m->siaddr, text);
        } else if (str_u64(model->dhcp.v[i], &code) && code > 0 && code < DHCP_OPT_END) {
            value = value_of(m, (uint8_t)code, text);
        }
        if (value.len > 0) {
            (void)snprintf(ret->key, sizeof ret->key, siaddr ? "siaddr" : "option%u",
                           (unsigned)code);
            (void)snprintf(ret->value, sizeof ret->value, "%.*s", STR_ARG(value));
            url_of(value, model, &n, ret->url);
            return true;
        }
    }
    return false;
}
