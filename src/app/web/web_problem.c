/* Refusals as problem details (RFC 9457). */
#include <stdio.h>

#include "app/web/web.h"
#include "base/json.h"
#include "flow/httpd/httpd_write.h"

static const struct {
    unsigned status;
    const char *code;
} codes[] = {
    {400, "bad-request"},    {401, "unauthorized"},   {403, "forbidden"}, {404, "not-found"},
    {405, "bad-method"},     {408, "too-slow"},       {409, "conflict"},  {412, "precondition"},
    {413, "body-too-large"}, {414, "head-too-large"}, {429, "too-many"},  {431, "head-too-large"},
    {500, "internal"},       {503, "busy"},
};

const char *web_problem(void *ctx, unsigned status, const char *why, struct sink *out)
{
    struct json j;
    const char *code = "other";
    (void)ctx;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        code = codes[i].status == status ? codes[i].code : code;
    }
    char type[64];
    snprintf(type, sizeof type, "urn:dialtone:problem:%s", code);
    json_init(&j, out, 0);
    json_open(&j, '{');
    json_kz(&j, "type", type);
    json_kz(&j, "title", httpd_reason(status));
    json_kint(&j, "status", status);
    if (why) {
        json_kz(&j, "detail", why);
    }
    json_close(&j, '}');
    sink_char(out, '\n');
    return "application/problem+json";
}
