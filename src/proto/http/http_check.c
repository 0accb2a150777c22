/* What a server refuses of a request that reads well (RFC 9112 3.2). */
#include "proto/http/http.h"

static enum err fail(const struct http_head *head, struct str place, const char *what,
                     const char *rule, struct err_at *reterr_at)
{
    *reterr_at = (struct err_at){(size_t)(place.p - head->method.p), what, rule};
    return ERR_MALFORMED;
}

/* The characters of uri-host and port (RFC 3986 3.2); whether the name exists is not asked. */
static bool is_authority(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && (s.p[i] == '\0' || !strchr("-._~%!$&'()*+,;=:[]", s.p[i]))) {
            return false;
        }
    }
    return true;
}

static bool is_target(struct str method, struct str target)
{
    if (str_eq(method, STR("CONNECT"))) {
        return is_authority(target) && str_chr(target, ':') != STR_NPOS;
    }
    if (str_eq(target, STR("*"))) {
        return str_eq(method, STR("OPTIONS"));
    }
    return target.p[0] == '/' || str_istarts(target, STR("http://")) ||
           str_istarts(target, STR("https://"));
}

enum err http_request_check(const struct http_head *head, struct err_at *reterr_at)
{
    const struct http_field *host = http_find(head, HTTP_HOST);
    if (!is_target(head->method, head->target)) {
        return fail(head, head->target, "a target that the method cannot have", "RFC 9112 3.2",
                    reterr_at);
    }
    if (host == NULL && head->minor > 0) {
        return fail(head, head->method, "HTTP/1.1 without Host", "RFC 9112 3.2", reterr_at);
    }
    if (host != NULL && !is_authority(host->value)) {
        return fail(head, host->name, "Host is no host", "RFC 9110 7.2", reterr_at);
    }
    return ERR_OK;
}
