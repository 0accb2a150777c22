/* What SIP says of people and phones: URIs, display names, Call-ID, tags, User-Agent (RFC 3261 20). */
#include "flow/redact/find.h"
#include "proto/sip/sip_identity.h"

static bool host_char(char c)
{
    return ascii_alnum(c) || c == '.' || c == '-' || c == '_';
}

static struct str host_at(struct str rest)
{
    size_t n = 0;
    while (n < rest.len && host_char(rest.p[n])) {
        n++;
    }
    while (n > 0 && (rest.p[n - 1] == '.' || rest.p[n - 1] == '-')) {
        n--;
    }
    return str_head(rest, n);
}

/* A name without dots is the name of a machine. */
static void tell_host(struct find *f, struct str host)
{
    enum redact_class class = str_chr(host, '.') == STR_NPOS ? REDACT_DEVICE : REDACT_DOMAIN;
    find_tell(f, class, host, true);
}

/* "Name" in front of the "<" that the URI at `word` stands behind. */
static void quoted_name(struct find *f, struct str word)
{
    size_t at = (size_t)(word.p - f->line.p);
    if (at == 0 || f->line.p[--at] != '<') {
        return;
    }
    while (at > 0 && f->line.p[at - 1] == ' ') {
        at--;
    }
    if (at < 2 || f->line.p[at - 1] != '"') {
        return;
    }
    size_t end = --at;
    while (at > 0 && f->line.p[at - 1] != '"') {
        at--;
    }
    if (at > 0) {
        find_tell(f, REDACT_NAME, str_of(f->line.p + at, end - at), true);
    }
}

void find_uri(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    if (str_starts(rest, STR(":"))) {
        rest = str_from(rest, 1);
    } else if (str_istarts(rest, STR("%3a"))) {
        rest = str_from(rest, 3);
    } else {
        return;
    }
    quoted_name(f, word);
    size_t n = 0;
    while (n < rest.len && n < 256 && rest.p[n] > ' ' && !strchr("\"<>,@", rest.p[n])) {
        n++;
    }
    if (n < rest.len && rest.p[n] == '@') {
        struct str password = str_head(rest, n);
        password = str_head(password, str_chr(password, ';'));
        struct str user = str_cut(&password, ':');
        find_tell(f, class, user, true);
        find_tell(f, REDACT_SECRET, password, true);
        tell_host(f, host_at(str_from(rest, n + 1)));
    } else if (str_ieq(word, STR("tel"))) {
        find_tell(
            f, class,
            str_head(rest, str_chr(str_head(rest, n), ';') == STR_NPOS ? n : str_chr(rest, ';')),
            true);
    } else {
        struct str host = host_at(rest);
        if (str_chr(host, '.') != STR_NPOS) {
            find_tell(f, REDACT_DOMAIN, host, true);
        }
    }
}

/* From: Name <sip:...> */
void find_field(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (!str_starts(rest, STR(":"))) {
        return;
    }
    rest = str_from(rest, 1);
    size_t open = str_chr(rest, '<');
    struct str uri = open == STR_NPOS ? str_of(NULL, 0) : str_from(rest, open + 1);
    if (str_istarts(uri, STR("sip")) || str_istarts(uri, STR("tel:"))) {
        struct str name = str_trim(str_head(rest, open));
        if (name.len > 0 && name.p[0] != '"' && str_chr(name, ':') == STR_NPOS) {
            find_tell(f, class, name, true);
        }
    }
}

/* `n` hexadecimal digits, nothing more. */
static bool hex_run(struct str s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i >= s.len || ascii_hex(s.p[i]) < 0) {
            return false;
        }
    }
    return s.len == n || ascii_hex(s.p[n]) < 0;
}

/* Enterprise loads: the first 12 digits of "00005e00-5302000a-...-...@host" are the MAC. */
void find_call_id(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    bool compact = word.len == 1 && word.p != f->line.p;
    if (compact || !find_assigned(&rest, true)) {
        return;
    }
    struct str id = find_value(rest, false);
    f->call_id = (size_t)(id.p - f->line.p) + id.len;
    bool groups = true;
    for (size_t i = 0; i < 4; i++) {
        struct str g = str_from(id, 9 * i);
        groups = groups && hex_run(g, 8) && (i == 3 || (g.len > 8 && g.p[8] == '-'));
    }
    if (groups) {
        find_tell(f, class, str_head(id, 13), true);
    }
    size_t at = str_chr(id, '@');
    if (at != STR_NPOS) {
        tell_host(f, host_at(str_from(id, at + 1)));
    }
}

/* Enterprise loads: 24 digits, a hyphen and 8 more, the first 12 the MAC. */
void find_tag(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    (void)word;
    if (find_assigned(&rest, false) && hex_run(rest, 24) &&
        str_starts(str_from(rest, 24), STR("-")) && hex_run(str_from(rest, 25), 8)) {
        find_tell(f, class, str_head(rest, 12), true);
    }
}

void find_agent(struct find *f, enum redact_class class, struct str word, struct str rest)
{
    struct sip_agent a;
    (void)word;
    if (!find_assigned(&rest, true)) {
        return;
    }
    rest = str_trim(rest);
    if (str_ends(rest, STR("^M"))) {
        rest = str_trim(str_head(rest, rest.len - 2));
    }
    if (sip_agent_read(rest, &a) && a.has_mac) {
        find_tell(f, class, a.mac_text, true);
    }
}

static bool call_id_like(struct str local)
{
    size_t hex = 0;
    for (size_t i = 0; i < local.len; i++) {
        if (ascii_hex(local.p[i]) >= 0) {
            hex++;
        } else if (local.p[i] != '-') {
            return false;
        }
    }
    return str_chr(local, '-') != STR_NPOS || hex >= 16;
}

static bool local_char(char c)
{
    return host_char(c) || c == '+' || c == '%';
}

/* "+15551234567" needs no word beside it. */
static void plus(struct find *f, size_t at)
{
    size_t n = at + 1;
    while (n < f->line.len && ascii_digit(f->line.p[n])) {
        n++;
    }
    bool alone = (at == 0 || !ascii_alnum(f->line.p[at - 1])) &&
                 (n == f->line.len || !ascii_alnum(f->line.p[n]));
    if (alone && n - at > 8 && n - at <= 16) {
        find_tell(f, REDACT_USER, str_of(f->line.p + at, n - at), true);
    }
}

void find_ats(struct find *f)
{
    struct str line = f->line;
    for (size_t i = 0; i + 1 < line.len; i++) {
        if (line.p[i] == '+') {
            plus(f, i);
        }
        if (line.p[i] != '@' || i == 0 || i < f->call_id) {
            continue;
        }
        size_t from = i;
        while (from > 0 && local_char(line.p[from - 1])) {
            from--;
        }
        struct str local = str_of(line.p + from, i - from);
        struct str host = host_at(str_from(line, i + 1));
        if (local.len > 0 && str_chr(host, '.') != STR_NPOS && !call_id_like(local)) {
            find_tell(f, REDACT_USER, local, true);
            find_tell(f, REDACT_DOMAIN, host, true);
        }
    }
}
