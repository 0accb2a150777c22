/* Finding header fields, and the members of their lists (RFC 9110 5). */
#include "proto/http/http.h"

static const struct str names[HTTP_HEADER_N] = {
#define HEADER(id, name) [HTTP_##id] = STR_INIT(name),
#include "proto/http/http_header.def"
#undef HEADER
};

enum http_header http_header_id(struct str name)
{
    for (unsigned id = 0; id < HTTP_HEADER_N; id++) {
        if (str_ieq(names[id], name)) {
            return (enum http_header)id;
        }
    }
    return HTTP_OTHER;
}

struct str http_header_name(enum http_header id)
{
    return id < HTTP_HEADER_N ? names[id] : STR("");
}

static const struct http_field *find_from(const struct http_head *head, size_t i,
                                          enum http_header id)
{
    for (; i < head->n; i++) {
        if (head->fields[i].id == id) {
            return &head->fields[i];
        }
    }
    return NULL;
}

const struct http_field *http_find(const struct http_head *head, enum http_header id)
{
    return find_from(head, 0, id);
}

const struct http_field *http_find_next(const struct http_head *head, const struct http_field *prev)
{
    return find_from(head, (size_t)(prev - head->fields) + 1, prev->id);
}

struct str http_value(const struct http_head *head, enum http_header id)
{
    const struct http_field *f = http_find(head, id);
    return f ? f->value : str_of(NULL, 0);
}

bool http_list_next(struct str *rest, struct str *ret_member)
{
    while (rest->len > 0) {
        struct str member = str_trim(str_cut(rest, ','));
        if (member.len > 0) {
            *ret_member = member;
            return true;
        }
    }
    return false;
}

bool http_lists(const struct http_head *head, enum http_header id, struct str member)
{
    for (const struct http_field *f = http_find(head, id); f; f = http_find_next(head, f)) {
        struct str rest = f->value;
        struct str one;
        while (http_list_next(&rest, &one)) {
            if (str_ieq(one, member)) {
                return true;
            }
        }
    }
    return false;
}
