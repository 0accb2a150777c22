/* What a request says: body, query, conditions. */
#include <stdio.h>
#include <stdlib.h>

#include "app/hub/api.h"
#include "proto/http/http_choose.h"
#include "proto/http/http_uri.h"

enum { LIMIT_MOST = 500, LIMIT_USUAL = 50, CURSOR_MOST = 400 };

/* -- body */

static bool faulty(struct call *c, struct jsonin *doc)
{
    static const char *const code[] = {[JSONIN_SYNTAX] = "bad-json",
                                       [JSONIN_BAD] = "bad-field",
                                       [JSONIN_UNKNOWN] = "unknown-field"};
    if (jsonin_fine(doc)) {
        return false;
    }
    call_refuse(c, code[doc->fault], doc->field, doc->detail);
    return true;
}

bool call_body(struct call *c, struct jsonin *doc, struct jsonin_object *ret)
{
    c->body_read = true;
    if (!jsonin_open(doc, c->body, ret)) {
        (void)faulty(c, doc);
        jsonin_clear(doc);
        return false;
    }
    return true;
}

bool call_body_end(struct call *c, struct jsonin_object *o)
{
    if (!jsonin_end(o)) {
        struct jsonin *doc = o->doc;
        (void)faulty(c, doc);
        jsonin_clear(doc);
        return false;
    }
    return true;
}

bool call_has_body(const struct call *c)
{
    return c->body.len > 0;
}

/* -- query */

static bool bad(struct call *c, const char *name, const char *detail)
{
    call_refuse(c, "bad-field", name, detail);
    return false;
}

bool call_text(struct call *c, const char *name, size_t most, struct str *ret)
{
    char room[CALL_ROOM];
    struct str value = {0};
    *ret = STR("");
    if (!http_query_find(web_query(c->x), str_z(name), room, sizeof room, &value)) {
        return true;
    }
    if (value.len > most || str_has_control(value)) {
        return bad(c, name, value.len > most ? "is too long" : "has control characters");
    }
    *ret = arena_str(&c->arena, value);
    return true;
}

bool call_flag(struct call *c, const char *name, bool *ret)
{
    struct str s;
    *ret = false;
    if (!call_text(c, name, 8, &s)) {
        return false;
    }
    if (s.len && !str_eq(s, STR("0")) && !str_eq(s, STR("1"))) {
        return bad(c, name, "must be 0 or 1");
    }
    *ret = str_eq(s, STR("1"));
    return true;
}

bool call_query_id(struct call *c, const char *name, int64_t *ret)
{
    struct str s;
    *ret = 0;
    if (!call_text(c, name, 20, &s)) {
        return false;
    }
    if (s.len && (!str_i64(s, ret) || *ret < 1)) {
        return bad(c, name, "must be an id");
    }
    return true;
}

static bool digits(struct str s, size_t at, size_t n, int *ret)
{
    uint64_t v = 0;
    if (at + n > s.len || !str_u64(str_of(s.p + at, n), &v)) {
        return false;
    }
    *ret = (int)v;
    return true;
}

/* RFC 3339 5.6, in UTC, as this API writes it: "2026-03-02T08:15:30Z" with or without a fraction, which is not counted. */
static bool read_time(struct str s, usec_t *ret)
{
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, se = 0;
    bool ok = s.len >= 20 && digits(s, 0, 4, &y) && digits(s, 5, 2, &mo) && digits(s, 8, 2, &d) &&
              digits(s, 11, 2, &h) && digits(s, 14, 2, &mi) && digits(s, 17, 2, &se) &&
              s.p[4] == '-' && s.p[7] == '-' && (s.p[10] == 'T' || s.p[10] == 't') &&
              s.p[13] == ':' && s.p[16] == ':' && (s.p[s.len - 1] == 'Z' || s.p[s.len - 1] == 'z');
    if (!ok || y < 1970 || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || se > 60) {
        return false;
    }
    *ret = (time_days(y, mo, d) * 86400 + h * 3600 + mi * 60 + se) * USEC_S;
    return true;
}

bool call_time(struct call *c, const char *name, usec_t *ret)
{
    struct str s;
    *ret = 0;
    if (!call_text(c, name, 40, &s)) {
        return false;
    }
    if (s.len && !read_time(s, ret)) {
        return bad(c, name, "must be a time as 2026-03-02T08:15:30Z");
    }
    return true;
}

bool call_query_word(struct call *c, const char *name, const char *const *words, unsigned *ret)
{
    struct str s;
    *ret = 0;
    if (!call_text(c, name, 64, &s)) {
        return false;
    }
    for (unsigned i = 0; s.len && words[i]; i++) {
        if (str_eq(s, str_z(words[i]))) {
            *ret = i + 1;
        }
    }
    return s.len == 0 || *ret ? true : bad(c, name, "is no word that stands there");
}

bool call_page(struct call *c, struct page *ret)
{
    struct str s;
    uint64_t limit = LIMIT_USUAL;
    if (!call_text(c, "limit", 20, &s)) {
        return false;
    }
    if (s.len && (!str_u64(s, &limit) || limit < 1 || limit > LIMIT_MOST)) {
        return bad(c, "limit", "must be a whole number from 1 to 500");
    }
    ret->limit = (size_t)limit;
    return call_text(c, "cursor", CURSOR_MOST, &ret->cursor);
}

static bool named(struct str name, const char *const *names)
{
    for (; *names; names++) {
        if (str_eq(name, str_z(*names))) {
            return true;
        }
    }
    return false;
}

bool call_known(struct call *c, const char *const *names)
{
    static const char *const everywhere[] = {"limit", "cursor", "lang", NULL};
    struct str rest = web_query(c->x), name, value;
    for (;;) {
        char room[CALL_ROOM], text[80];
        enum err e = http_query_next(&rest, room, sizeof room, &name, &value);
        if (e == ERR_END) {
            return true;
        }
        if (e != ERR_OK) {
            return bad(c, NULL, "the query cannot be read");
        }
        if (!named(name, everywhere) && !named(name, names)) {
            (void)snprintf(text, sizeof text, "%.*s", (int)(name.len < 64 ? name.len : 64), name.p);
            call_refuse(c, "unknown-field", text, "is no parameter here");
            return false;
        }
    }
}

/* -- conditions */

/* One ETag, of this API's form. Others, and lists of them, are of nothing that there is. */
bool call_version(struct call *c, int64_t any, int64_t *ret)
{
    struct str s = http_value(web_head(c->x), HTTP_IF_MATCH);
    *ret = any;
    if (s.len == 0 || str_eq(s, STR("*"))) {
        return true;
    }
    if (s.len > 2 && s.p[0] == '"' && s.p[s.len - 1] == '"' &&
        str_i64(str_of(s.p + 1, s.len - 2), ret) && *ret >= 0) {
        return true;
    }
    call_refuse(c, "precondition", NULL, "If-Match names no version of this");
    return false;
}
