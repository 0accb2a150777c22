/* The JSON writer. */
#include "base/json.h"

#include <assert.h>

#include "base/esc.h"

void json_init(struct json *j, struct sink *out, int indent)
{
    *j = (struct json){.out = out, .indent = indent};
}

static void line(struct json *j)
{
    if (j->indent) {
        sink_char(j->out, '\n');
        sink_fill(j->out, ' ', (size_t)j->indent * j->depth);
    }
}

static void before(struct json *j)
{
    if (j->keyed) {
        j->keyed = false;
        return;
    }
    if (j->more[j->depth]) {
        sink_char(j->out, ',');
    }
    if (j->depth) {
        line(j);
    }
    j->more[j->depth] = true;
}

void json_open(struct json *j, char bracket)
{
    before(j);
    sink_char(j->out, bracket);
    assert(j->depth + 1 < JSON_DEPTH);
    j->depth++;
    j->more[j->depth] = false;
}

void json_close(struct json *j, char bracket)
{
    assert(j->depth > 0);
    bool any = j->more[j->depth];
    j->depth--;
    if (any) {
        line(j);
    }
    sink_char(j->out, bracket);
}

void json_key(struct json *j, const char *key)
{
    before(j);
    sink_char(j->out, '"');
    esc_json(j->out, str_z(key));
    sink_z(j->out, j->indent ? "\": " : "\":");
    j->keyed = true;
}

void json_str(struct json *j, struct str s)
{
    before(j);
    sink_char(j->out, '"');
    esc_json(j->out, s);
    sink_char(j->out, '"');
}

void json_int(struct json *j, int64_t n)
{
    before(j);
    sink_fmt(j->out, "%lld", (long long)n);
}

void json_real(struct json *j, double x, int decimals)
{
    before(j);
    sink_fmt(j->out, "%.*f", decimals, x);
}

void json_bool(struct json *j, bool b)
{
    before(j);
    sink_z(j->out, b ? "true" : "false");
}

void json_null(struct json *j)
{
    before(j);
    sink_z(j->out, "null");
}

void json_kstr(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    if (s.p) {
        json_str(j, s);
    } else {
        json_null(j);
    }
}

void json_kz(struct json *j, const char *key, const char *z)
{
    json_kstr(j, key, str_z(z));
}

void json_kint(struct json *j, const char *key, int64_t n)
{
    json_key(j, key);
    json_int(j, n);
}

void json_kbool(struct json *j, const char *key, bool b)
{
    json_key(j, key);
    json_bool(j, b);
}
