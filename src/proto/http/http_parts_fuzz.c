/* Targets, queries, credentials and preferences from outside: nothing leaves its room, what a path became stays what it is. */
#include <stdlib.h>

#include "proto/http/http_auth.h"
#include "proto/http/http_choose.h"
#include "proto/http/http_uri.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void target(struct str text)
{
    char room[256];
    struct str path;
    struct str query;
    if (http_target_read(text, room, sizeof room, &path, &query) != ERR_OK) {
        return;
    }
    must(path.len > 0 && path.p == room && room[0] == '/' && path.len <= sizeof room);
    struct str rest = path;
    struct str segment;
    while (http_path_next(&rest, &segment)) {
        must(!str_eq(segment, STR(".")) && !str_eq(segment, STR("..")));
        must(!str_has_control(segment) && str_chr(segment, '/') == STR_NPOS);
    }
    must(rest.len == 0);
    char small[256];
    struct str name;
    struct str value;
    while (http_query_next(&query, small, sizeof small, &name, &value) == ERR_OK) {
        must(name.len + value.len <= sizeof small);
    }
}

static void field(struct str value)
{
    static struct http_head head;
    static const char *const offers[] = {"en", "ja"};
    struct str s;
    struct str t;
    char room[64];
    head.method = STR("GET");
    head.n = 5;
    for (size_t i = 0; i < head.n; i++) {
        static const enum http_header ids[] = {HTTP_ACCEPT_ENCODING, HTTP_ACCEPT_LANGUAGE,
                                               HTTP_IF_MATCH, HTTP_IF_NONE_MATCH, HTTP_COOKIE};
        head.fields[i] = (struct http_field){ids[i], http_header_name(ids[i]), value};
    }
    (void)http_takes_gzip(&head);
    must(http_language(&head, offers, 2) < 2);
    (void)http_condition(&head, STR("\"a\""));
    if (http_cookie_find(&head, STR("a"), &s)) {
        must(s.p >= value.p && s.p + s.len <= value.p + value.len);
    }
    if (http_basic_read(value, room, sizeof room, &s, &t) == ERR_OK) {
        must(s.len + 1 + t.len <= sizeof room);
    }
    (void)http_bearer_read(value, &s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    target(text);
    field(str_trim(text));
    return 0;
}
