/* Targets, paths, queries and forms: taken apart and decoded (RFC 3986). */
#include "proto/http/http_uri.h"

/* The byte at the front of `in`, decoded; how many bytes it took, 0: no two digits behind '%'. */
static size_t decode_one(struct str in, char *ret)
{
    if (in.p[0] != '%') {
        *ret = in.p[0];
        return 1;
    }
    int high = in.len > 2 ? ascii_hex(in.p[1]) : -1;
    int low = in.len > 2 ? ascii_hex(in.p[2]) : -1;
    if (high < 0 || low < 0) {
        return 0;
    }
    *ret = (char)(high << 4 | low);
    return 3;
}

enum err http_percent_read(struct str in, bool plus, char *room, size_t cap, struct str *ret)
{
    size_t len = 0;
    while (in.len > 0) {
        char c;
        size_t n = decode_one(in, &c);
        if (n == 0 || c == '\0') {
            return ERR_MALFORMED;
        }
        if (len == cap) {
            return ERR_LIMIT;
        }
        room[len++] = plus && n == 1 && c == '+' ? ' ' : c;
        in = str_from(in, n);
    }
    *ret = str_of(room, len);
    return ERR_OK;
}

void http_percent_write(struct sink *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (ascii_alnum(s.p[i]) || (s.p[i] != '\0' && strchr("-._~", s.p[i]))) {
            sink_char(out, s.p[i]);
        } else {
            sink_fmt(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
        }
    }
}

/* What stands behind scheme and authority of an absolute form. */
static struct str without_authority(struct str target)
{
    size_t scheme = str_istarts(target, STR("http://"))    ? 7
                    : str_istarts(target, STR("https://")) ? 8
                                                           : 0;
    if (scheme == 0) {
        return target;
    }
    target = str_from(target, scheme);
    while (target.len > 0 && target.p[0] != '/' && target.p[0] != '?') {
        target = str_from(target, 1);
    }
    return target.len == 0 ? STR("/") : target;
}

/* Whether a path may have `c`; `plain`: it stood there as it is. */
static bool path_char(char c, bool plain)
{
    return (unsigned char)c >= ' ' && c != 0x7f && c != '\\' && (plain ? c != '#' : c != '/');
}

/* Takes "." and ".." out of a path, where it stands (RFC 3986 5.2.4). False: above the root. */
static bool dots_resolve(char *room, size_t *len)
{
    struct str rest = str_of(room, *len);
    struct str segment;
    size_t n = 0;
    while (http_path_next(&rest, &segment)) {
        bool up = str_eq(segment, STR(".."));
        if (!up && !str_eq(segment, STR("."))) {
            room[n++] = '/';
            memmove(room + n, segment.p, segment.len);
            n += segment.len;
            continue;
        }
        if (up && n == 0) {
            return false;
        }
        while (up && room[--n] != '/') {
        }
        if (rest.len == 0) {
            room[n++] = '/';
        }
    }
    *len = n;
    return true;
}

static enum err path_read(struct str in, char *room, size_t cap, struct str *ret_path)
{
    size_t len = 0;
    while (in.len > 0) {
        char c;
        size_t n = decode_one(in, &c);
        if (n == 0 || !path_char(c, n == 1)) {
            return ERR_MALFORMED;
        }
        if (len == cap) {
            return ERR_LIMIT;
        }
        room[len++] = c;
        in = str_from(in, n);
    }
    if (!dots_resolve(room, &len)) {
        return ERR_MALFORMED;
    }
    *ret_path = str_of(room, len);
    return ERR_OK;
}

enum err http_target_read(struct str target, char *room, size_t cap, struct str *ret_path,
                          struct str *ret_query)
{
    struct str rest = without_authority(target);
    struct str path = str_cut(&rest, '?');
    if (path.len == 0 && rest.p != target.p) {
        path = STR("/"); /* "http://example.com?a" */
    }
    if (path.len == 0 || path.p[0] != '/' || str_chr(rest, '#') != STR_NPOS) {
        return ERR_MALFORMED;
    }
    *ret_query = rest;
    return path_read(path, room, cap, ret_path);
}

bool http_path_next(struct str *rest, struct str *ret_segment)
{
    if (rest->len == 0 || rest->p[0] != '/') {
        return false;
    }
    struct str behind = str_from(*rest, 1);
    size_t n = str_chr(behind, '/');
    *ret_segment = str_head(behind, n);
    *rest = str_from(behind, n == STR_NPOS ? behind.len : n);
    return true;
}

enum err http_query_next(struct str *rest, char *room, size_t cap, struct str *ret_name,
                         struct str *ret_value)
{
    struct str pair = {NULL, 0};
    while (pair.len == 0) {
        if (rest->len == 0) {
            return ERR_END;
        }
        pair = str_cut(rest, '&');
    }
    struct str name = str_cut(&pair, '=');
    enum err e = http_percent_read(name, true, room, cap, ret_name);
    if (e != ERR_OK) {
        return e;
    }
    size_t used = ret_name->len;
    return http_percent_read(pair, true, room + used, cap - used, ret_value);
}

bool http_query_find(struct str query, struct str name, char *room, size_t cap,
                     struct str *ret_value)
{
    struct str one;
    struct str value;
    while (http_query_next(&query, room, cap, &one, &value) == ERR_OK) {
        if (str_eq(one, name)) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}
