/* Conditions and preferences of a request. */
#include "proto/http/http_choose.h"

enum http_method http_method_of(struct str method)
{
    static const struct str names[] = {
        [HTTP_GET] = STR_INIT("GET"),         [HTTP_HEAD] = STR_INIT("HEAD"),
        [HTTP_POST] = STR_INIT("POST"),       [HTTP_PUT] = STR_INIT("PUT"),
        [HTTP_PATCH] = STR_INIT("PATCH"),     [HTTP_DELETE] = STR_INIT("DELETE"),
        [HTTP_OPTIONS] = STR_INIT("OPTIONS"),
    };
    unsigned i = 0;
    while (i < HTTP_METHOD_OTHER && !str_eq(names[i], method)) {
        i++;
    }
    return (enum http_method)i;
}

/* -- Conditions. */

/* The next entity-tag of a list: its weakness, and itself with its quotes. Its text may hold commas (RFC 9110 8.8.3). */
static bool etag_next(struct str *rest, bool *ret_weak, struct str *ret_etag)
{
    while (rest->len > 0 && (strchr(", \t", rest->p[0]) && rest->p[0] != '\0')) {
        *rest = str_from(*rest, 1);
    }
    *ret_weak = str_starts(*rest, STR("W/"));
    struct str tag = str_from(*rest, *ret_weak ? 2 : 0);
    size_t end = str_starts(tag, STR("\"")) ? str_chr(str_from(tag, 1), '"') : STR_NPOS;
    if (end == STR_NPOS) {
        return false;
    }
    *ret_etag = str_head(tag, end + 2);
    *rest = str_from(tag, end + 2);
    return true;
}

bool http_etag_listed(struct str list, struct str etag, bool strong)
{
    if (etag.len == 0) {
        return false;
    }
    if (str_eq(list, STR("*"))) {
        return true;
    }
    bool weak;
    struct str one;
    bool ours_weak = str_starts(etag, STR("W/"));
    while (etag_next(&list, &weak, &one)) {
        if (str_eq(one, str_from(etag, ours_weak ? 2 : 0)) && !(strong && (weak || ours_weak))) {
            return true;
        }
    }
    return false;
}

static bool any_lists(const struct http_head *head, enum http_header id, struct str etag,
                      bool strong)
{
    for (const struct http_field *f = http_find(head, id); f; f = http_find_next(head, f)) {
        if (http_etag_listed(f->value, etag, strong)) {
            return true;
        }
    }
    return false;
}

enum http_condition http_condition(const struct http_head *head, struct str etag)
{
    if (http_find(head, HTTP_IF_MATCH) && !any_lists(head, HTTP_IF_MATCH, etag, true)) {
        return HTTP_PRECONDITION_FAILED;
    }
    if (any_lists(head, HTTP_IF_NONE_MATCH, etag, false)) {
        enum http_method m = http_method_of(head->method);
        return m == HTTP_GET || m == HTTP_HEAD ? HTTP_NOT_MODIFIED : HTTP_PRECONDITION_FAILED;
    }
    return HTTP_GO_ON;
}

/* -- Preferences: "name;q=0.8" */

enum { Q_ONE = 1000 };

/* "0.8", "1", "1.000" in thousandths; what is no weight counts as 0. */
static unsigned weight_read(struct str s)
{
    uint64_t whole = 0;
    if (str_digits(s, &whole) != 1 || whole > 1) {
        return 0;
    }
    unsigned q = (unsigned)whole * Q_ONE;
    s = str_from(s, 1);
    unsigned part = Q_ONE / 10;
    for (size_t i = 1; i < s.len && i < 4 && s.p[0] == '.' && ascii_digit(s.p[i]); i++) {
        q += (unsigned)(s.p[i] - '0') * part;
        part /= 10;
    }
    return q > Q_ONE ? Q_ONE : q;
}

/* Cuts the member of a list into its name and its weight. */
static struct str member_cut(struct str member, unsigned *ret_q)
{
    struct str name = str_trim(str_cut(&member, ';'));
    *ret_q = Q_ONE;
    while (member.len > 0) {
        struct str one = str_trim(str_cut(&member, ';'));
        if (str_istarts(one, STR("q="))) {
            *ret_q = weight_read(str_from(one, 2));
        }
    }
    return name;
}

bool http_takes_gzip(const struct http_head *head)
{
    unsigned named = 0;
    unsigned any = 0;
    bool has = false;
    for (const struct http_field *f = http_find(head, HTTP_ACCEPT_ENCODING); f;
         f = http_find_next(head, f)) {
        struct str rest = f->value;
        struct str member;
        while (http_list_next(&rest, &member)) {
            unsigned q;
            struct str name = member_cut(member, &q);
            if (str_ieq(name, STR("gzip")) || str_ieq(name, STR("x-gzip"))) {
                has = true;
                named = q;
            } else if (str_eq(name, STR("*"))) {
                any = q;
            }
        }
    }
    return has ? named > 0 : any > 0;
}

/* "ja-JP" takes "ja" (RFC 4647 3.4: the range is cut from its end). */
static bool language_fits(struct str range, struct str offer)
{
    return str_istarts(range, offer) && (range.len == offer.len || range.p[offer.len] == '-');
}

size_t http_language(const struct http_head *head, const char *const *offers, size_t n)
{
    size_t best = 0;
    unsigned best_q = 0;
    for (const struct http_field *f = http_find(head, HTTP_ACCEPT_LANGUAGE); f;
         f = http_find_next(head, f)) {
        struct str rest = f->value;
        struct str member;
        while (http_list_next(&rest, &member)) {
            unsigned q;
            struct str range = member_cut(member, &q);
            for (size_t i = 0; i < n && q > best_q; i++) {
                if (language_fits(range, str_z(offers[i]))) {
                    best = i;
                    best_q = q;
                }
            }
        }
    }
    return best;
}
