/* Answers of the API: JSON, problems (RFC 9457), ETags. */
#include <stdio.h>
#include <stdlib.h>

#include "app/hub/api.h"

enum { RETRY_BUSY = 2, RETRY_STORAGE = 5 };

static const struct problem {
    const char *code;
    unsigned status;
    const char *title;
} problems[] = {
#define PROBLEM(code, status, title) {code, status, title},
#include "app/hub/problem.def"
#undef PROBLEM
};

static const struct problem *problem_of(const char *code)
{
    size_t n = sizeof problems / sizeof *problems;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(problems[i].code, code) == 0) {
            return &problems[i];
        }
    }
    return &problems[n - 1];
}

/* -- sending */

static bool reads(const struct call *c)
{
    return web_method(c->x) == HTTP_GET;
}

/* A change's ETag is told, not compared: it was when the change was made. */
static void send(struct call *c)
{
    struct web_answer a = {.status = c->status, .body = buf_str(&c->out)};
    if (a.body.len) {
        a.type = c->type ? c->type : "application/json";
        a.release = free;
        a.owner = c->out.p;
        c->out.p = NULL;
    }
    if (*c->etag && reads(c) && c->status == 200) {
        a.etag = str_z(c->etag);
        call_field(c, "Cache-Control", "no-cache, private");
    } else {
        call_field(c, "Cache-Control", "no-store");
        if (*c->etag) {
            call_field(c, "ETag", "%s", c->etag);
        }
    }
    a.fields = buf_str(&c->fields);
    if (c->status >= 400) {
        atomic_fetch_add(&c->hub->count.refused, 1);
    }
    web_answer(c->x, &a);
    call_end(c);
}

void call_told(struct call *c)
{
    if (--c->waits == 0 && c->ready) {
        send(c);
    }
}

/* The answer stands; it leaves once the workers know what changed. */
static void settle(struct call *c, unsigned status)
{
    c->status = status;
    if (!c->ready) {
        c->ready = true;
        hub_spread(c->hub, c);
    }
    if (c->waits == 0) {
        send(c);
    }
}

void call_nothing(struct call *c)
{
    buf_reset(&c->out);
    call_done(c, 204);
}

void call_removed(struct call *c, enum err e)
{
    if (e == ERR_OK || c->why.code == REFUSAL_NOT_FOUND) {
        call_nothing(c);
    } else {
        call_why(c);
    }
}

struct json *call_json(struct call *c)
{
    return &c->json;
}

void call_field(struct call *c, const char *name, const char *fmt, ...)
{
    struct sink s = buf_sink(&c->fields);
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    sink_fmt(&s, "%s: %s\r\n", name, text);
}

void call_etag(struct call *c, int64_t version)
{
    (void)snprintf(c->etag, sizeof c->etag, "\"%lld\"", (long long)version);
}

void call_location(struct call *c, const char *kind, int64_t id)
{
    call_field(c, "Location", "/api/v1/%s/%lld", kind, (long long)id);
}

/* -- problems */

static void problem_open(struct json *j, const struct problem *p, unsigned status,
                         const char *field, const char *detail)
{
    char type[64];
    (void)snprintf(type, sizeof type, "urn:dialtone:problem:%s", p->code);
    json_open(j, '{');
    json_kz(j, "type", type);
    json_kz(j, "title", p->title);
    json_kint(j, "status", status);
    if (detail && *detail) {
        json_kz(j, "detail", detail);
    }
    if (field && *field) {
        json_kz(j, "field", field);
    }
}

static void start_over(struct call *c)
{
    buf_reset(&c->out);
    buf_reset(&c->fields);
    *c->etag = 0;
    c->sink = buf_sink(&c->out);
    json_init(&c->json, &c->sink, 0);
    c->type = "application/problem+json";
}

static void refuse(struct call *c, const struct problem *p, unsigned status, const char *field,
                   const char *detail)
{
    start_over(c);
    problem_open(&c->json, p, status, field, detail);
    json_close(&c->json, '}');
    if (status == 401) {
        call_field(c, "WWW-Authenticate", "Bearer realm=\"dialtone\"");
    }
    settle(c, status);
}

void call_done(struct call *c, unsigned status)
{
    if (c->sink.err == ERR_OK) {
        settle(c, status);
    } else {
        const struct problem *p = problem_of("internal");
        refuse(c, p, p->status, NULL, "no memory for the answer");
    }
}

void call_refuse(struct call *c, const char *code, const char *field, const char *detail)
{
    const struct problem *p = problem_of(code);
    refuse(c, p, p->status, field, detail);
}

void call_later(struct call *c, const char *code, unsigned seconds, const char *detail)
{
    const struct problem *p = problem_of(code);
    start_over(c);
    call_field(c, "Retry-After", "%u", seconds);
    problem_open(&c->json, p, p->status, NULL, detail);
    json_close(&c->json, '}');
    settle(c, p->status);
}

void call_refuse_allow(struct call *c, const char *allow)
{
    if (!*allow) {
        call_refuse(c, "not-found", NULL, "no such path");
        return;
    }
    start_over(c);
    call_field(c, "Allow", "%s", allow);
    problem_open(&c->json, problem_of("method"), 405, NULL, allow);
    json_close(&c->json, '}');
    settle(c, 405);
}

/* What another thing of the inventory is called where it stands in the way. */
static void others(struct json *j, const struct refusal *why)
{
    if (!why->other) {
        return;
    }
    if (why->code == REFUSAL_MAC_USED) {
        json_id(j, "device_id", why->other);
    } else if (why->code == REFUSAL_NUMBER_USED || why->code == REFUSAL_USER_USED) {
        json_id(j, "account_id", why->other);
    }
}

/* What is refused in a body, or what a body names and is not there, is no fault of the request's form, nor of its path. */
static unsigned status_of_refusal(const struct refusal *why, const struct problem *p, bool body)
{
    static const char *const of_path[] = {"id", "device", "user", NULL};
    if (!body) {
        return p->status;
    }
    if (why->code == REFUSAL_NOT_FOUND) {
        for (size_t i = 0; of_path[i]; i++) {
            if (!why->field || strcmp(why->field, of_path[i]) == 0) {
                return p->status;
            }
        }
        return 422;
    }
    return why->code == REFUSAL_BAD_FIELD || why->code == REFUSAL_BAD_CSV ? 422 : p->status;
}

static void write_why(struct json *j, const struct refusal *why, bool body)
{
    const struct problem *p = problem_of(refusal_name(why->code));
    problem_open(j, p, status_of_refusal(why, p, body), why->field, why->what);
    others(j, why);
    json_close(j, '}');
}

void json_problem(struct json *j, const struct refusal *why)
{
    write_why(j, why, true);
}

void call_why(struct call *c)
{
    const struct problem *p = problem_of(refusal_name(c->why.code));
    unsigned status = status_of_refusal(&c->why, p, c->body_read);
    start_over(c);
    if (status == 503 || status == 429) {
        call_field(c, "Retry-After", "%d",
                   c->why.code == REFUSAL_BUSY ? RETRY_BUSY : RETRY_STORAGE);
    }
    write_why(&c->json, &c->why, c->body_read);
    settle(c, status);
}
