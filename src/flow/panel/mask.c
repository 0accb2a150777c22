/* Secrets stay out of what is shown. */
#include "domain/profile/profile.h"
#include "flow/panel/inside.h"

static const char hidden[] = "********";

/* The bytes of a word that is an argument: up to a blank, ']' or the end, or up to its closing quote. */
static size_t argument(struct str s)
{
    size_t n = 0;
    if (s.len && (s.p[0] == '"' || s.p[0] == '\'')) {
        size_t end = str_chr(str_from(s, 1), s.p[0]);
        return end == STR_NPOS ? s.len : end + 2;
    }
    while (n < s.len && !ascii_blank(s.p[n]) && s.p[n] != ']') {
        n++;
    }
    return n;
}

/* How much of `s` is "--key " or "--pwd " and its argument; *ret_head: what of it is shown. 0: none. */
static size_t option(struct str s, size_t *ret_head)
{
    static const char *const names[] = {"--key", "--pwd", "--password"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        if (!str_istarts(s, str_z(names[i])) || s.len == n ||
            (!ascii_blank(s.p[n]) && s.p[n] != '=')) {
            continue;
        }
        while (n < s.len && (ascii_blank(s.p[n]) || s.p[n] == '=')) {
            n++;
        }
        *ret_head = n;
        return n + argument(str_from(s, n));
    }
    return 0;
}

/* "://user:password@": as option. */
static size_t userinfo(struct str s, size_t *ret_head)
{
    if (!str_starts(s, STR("://"))) {
        return 0;
    }
    size_t colon = 0, at = 0;
    for (size_t i = 3; i < s.len && s.p[i] != '/' && !ascii_blank(s.p[i]) && s.p[i] != '?'; i++) {
        if (s.p[i] == ':' && !colon) {
            colon = i;
        } else if (s.p[i] == '@') {
            at = i;
        }
    }
    if (!colon || at < colon) {
        return 0;
    }
    *ret_head = colon + 1;
    return at;
}

void panel_write_value(struct str name, struct str value, struct sink *out)
{
    if (profile_is_secret(name)) {
        sink_z(out, value.len ? hidden : "");
        return;
    }
    while (value.len) {
        size_t head = 0, n = option(value, &head);
        n = n ? n : userinfo(value, &head);
        if (n > head) {
            sink_str(out, str_head(value, head));
            sink_z(out, hidden);
        } else {
            n = 1;
            sink_str(out, str_head(value, n));
        }
        value = str_from(value, n);
    }
}
