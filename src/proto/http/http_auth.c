/* Credentials and cookies out of header fields. */
#include "proto/http/http_auth.h"

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (ascii_digit(c)) {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, the last `pad` of them '='; false where one is none of the alphabet's or bits are left over. */
static bool base64_group(const char *p, size_t pad, char ret_bytes[3])
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int d = i < 4 - pad ? base64_digit(p[i]) : 0;
        if (d < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)d;
    }
    ret_bytes[0] = (char)(bits >> 16);
    ret_bytes[1] = (char)(bits >> 8);
    ret_bytes[2] = (char)bits;
    return (bits & ((1U << 8 * pad) - 1)) == 0;
}

enum err http_base64_read(struct str in, char *room, size_t cap, struct str *ret)
{
    size_t pad = str_ends(in, STR("==")) ? 2 : str_ends(in, STR("=")) ? 1 : 0;
    size_t len = 0;
    if (in.len % 4 != 0) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < in.len; i += 4) {
        char bytes[3];
        size_t less = i + 4 == in.len ? pad : 0;
        if (!base64_group(in.p + i, less, bytes)) {
            return ERR_MALFORMED;
        }
        if (cap - len < 3 - less) {
            return ERR_LIMIT;
        }
        memcpy(room + len, bytes, 3 - less);
        len += 3 - less;
    }
    *ret = str_of(room, len);
    return ERR_OK;
}

/* What stands behind the name of a scheme and its blanks. */
static bool scheme_cut(struct str value, struct str scheme, struct str *ret_rest)
{
    if (!str_istarts(value, scheme)) {
        return false;
    }
    *ret_rest = str_trim(str_from(value, scheme.len));
    return value.len > scheme.len && value.p[scheme.len] == ' ';
}

enum err http_basic_read(struct str value, char *room, size_t cap, struct str *ret_user,
                         struct str *ret_password)
{
    struct str code;
    struct str both;
    if (!scheme_cut(value, STR("Basic"), &code)) {
        return ERR_MISSING;
    }
    enum err e = http_base64_read(code, room, cap, &both);
    if (e != ERR_OK) {
        return e;
    }
    size_t colon = str_chr(both, ':');
    if (colon == STR_NPOS || str_has_control(both)) {
        return ERR_MALFORMED;
    }
    *ret_user = str_head(both, colon);
    *ret_password = str_from(both, colon + 1);
    return ERR_OK;
}

bool http_bearer_read(struct str value, struct str *ret_token)
{
    struct str token;
    if (!scheme_cut(value, STR("Bearer"), &token) || token.len == 0) {
        return false;
    }
    for (size_t i = 0; i < token.len; i++) {
        if (!ascii_alnum(token.p[i]) && (token.p[i] == '\0' || !strchr("-._~+/=", token.p[i]))) {
            return false;
        }
    }
    *ret_token = token;
    return true;
}

bool http_cookie_find(const struct http_head *head, struct str name, struct str *ret_value)
{
    for (const struct http_field *f = http_find(head, HTTP_COOKIE); f;
         f = http_find_next(head, f)) {
        struct str rest = f->value;
        while (rest.len > 0) {
            struct str value = str_cut(&rest, ';');
            struct str one = str_trim(str_cut(&value, '='));
            if (!str_eq(one, name)) {
                continue;
            }
            value = str_trim(value);
            bool quoted = value.len > 1 && value.p[0] == '"' && str_ends(value, STR("\""));
            *ret_value = quoted ? str_of(value.p + 1, value.len - 2) : value;
            return true;
        }
    }
    return false;
}
