/* Requests to the API, from app/web's callbacks to their handlers. */
#include "app/hub/api.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/http/http_auth.h"
#include "proto/http/http_choose.h"
#include "proto/http/http_uri.h"

#define BASE "/api/v1"

/* -- the call */

struct call *call_find(struct hub *h, struct web_id id)
{
    struct web_exchange *x = web_find(h->web, id);
    return x ? web_mine(x) : NULL;
}

void call_end(struct call *c)
{
    if (c) {
        if (c->route && c->route->stream && c->mine) {
            c->route->stream->clear(c);
        }
        arena_clear(&c->arena);
        buf_clear(&c->out);
        buf_clear(&c->fields);
        free(c);
    }
}

static struct call *new_call(struct hub *h, struct web_exchange *x)
{
    static const char *const languages[] = {"en", "ja"};
    struct call *c = calloc(1, sizeof *c);
    if (!c) {
        return NULL;
    }
    c->hub = h;
    c->x = x;
    c->id = web_id(x);
    c->lang = (enum language)http_language(web_head(x), languages, 2);
    arena_init(&c->arena, CALL_ARENA);
    c->sink = buf_sink(&c->out);
    json_init(&c->json, &c->sink, 0);
    (void)addr_write(stream_peer(web_stream(x)).ip, c->source);
    c->actor = (struct actor){.source = str_z(c->source), .now = hub_date(h)};
    web_mine_set(x, c);
    return c;
}

/* -- finding the operation */

static bool same_path(struct str path, const char *template, struct str *ret_segment)
{
    struct str rest = str_z(template), want, have;
    size_t n = 0;
    while (http_path_next(&rest, &want)) {
        if (!http_path_next(&path, &have)) {
            return false;
        }
        if (want.len && want.p[0] == '{') {
            ret_segment[n++] = have;
        } else if (!str_eq(want, have)) {
            return false;
        }
    }
    return !http_path_next(&path, &have);
}

/* An {id} is a number; what is none is no path of the API. */
static bool fits(struct call *c, const struct route *r, struct str path)
{
    if (!same_path(path, r->path, c->segment)) {
        return false;
    }
    if (!strstr(r->path, "{id}")) {
        return true;
    }
    struct str s = c->segment[0];
    return str_i64(s, &c->number) && c->number > 0 && s.p[0] != '0' && s.p[0] != '+';
}

/* False after answering. */
static bool find_route(struct call *c)
{
    struct str path = str_from(web_path(c->x), sizeof BASE - 1);
    struct str method = web_head(c->x)->method;
    char allow[96] = "";
    if (str_eq(method, STR("HEAD"))) {
        method = STR("GET");
    }
    for (const struct route *r = routes; r->method; r++) {
        if (!fits(c, r, path)) {
            continue;
        }
        if (str_eq(method, str_z(r->method))) {
            c->route = r;
            return true;
        }
        size_t len = strlen(allow);
        (void)snprintf(allow + len, sizeof allow - len, "%s%s%s", len ? ", " : "", r->method,
                       strcmp(r->method, "GET") == 0 ? ", HEAD" : "");
    }
    call_refuse_allow(c, allow);
    return false;
}

/* -- the body */

static bool type_fits(const struct call *c)
{
    struct str type = http_value(web_head(c->x), HTTP_CONTENT_TYPE);
    struct str name = str_trim(str_cut(&type, ';'));
    const char *want = c->route->type ? c->route->type : "application/json";
    return str_ieq(name, str_z(want));
}

static void read_body(struct call *c)
{
    const struct route *r = c->route;
    uint64_t len = web_length(c->x);
    bool some = len != 0;
    if (r->stream) {
        r->stream->begin(c);
    } else if (r->body == 0 || (!some && r->optional)) {
        r->handle(c);
    } else if (!type_fits(c)) {
        call_refuse(c, "media-type", NULL, r->type ? r->type : "application/json");
    } else if (len != UINT64_MAX && len > r->body) {
        char text[64];
        (void)snprintf(text, sizeof text, "at most %zu bytes", r->body);
        call_refuse(c, "body-too-large", NULL, text);
    } else if (!some) {
        r->handle(c);
    } else {
        web_gather(c->x, r->body);
    }
}

static bool language(struct call *c)
{
    static const char *const words[] = {"en", "ja", NULL};
    unsigned i = 0;
    if (!call_query_word(c, "lang", words, &i)) {
        return false;
    }
    c->lang = i ? (enum language)(i - 1) : c->lang;
    return true;
}

static void ask(struct hub *h, struct web_exchange *x)
{
    struct call *c = new_call(h, x);
    if (!c) {
        web_refuse(x, 503, "no memory");
        return;
    }
    if (h->phase != HUB_SERVING) {
        call_later(c, "busy", 5, "it is ending, or not begun");
        return;
    }
    if (find_route(c) && who_asks(c) && language(c)) {
        read_body(c);
    }
}

/* -- what app/web calls */

/* The page is in share/web. */
static void page(struct hub *h, struct web_exchange *x)
{
    if (!web_assets_answer(h->assets, x)) {
        web_refuse(x, 404, "no such page");
    }
}

static void on_request(void *ctx, struct web_exchange *x)
{
    struct hub *h = ctx;
    struct str path = web_path(x);
    atomic_fetch_add(&h->count.requests, 1);
    if (str_starts(path, STR(BASE "/")) || str_eq(path, STR(BASE)) || str_eq(path, STR("/api"))) {
        ask(h, x);
    } else {
        page(h, x);
    }
}

static void on_body(void *ctx, struct web_exchange *x, struct str whole)
{
    struct call *c = web_mine(x);
    (void)ctx;
    c->body = whole;
    c->route->handle(c);
}

static void on_piece(void *ctx, struct web_exchange *x, struct str bytes)
{
    struct call *c = web_mine(x);
    (void)ctx;
    c->route->stream->piece(c, bytes);
}

static void on_end(void *ctx, struct web_exchange *x)
{
    struct call *c = web_mine(x);
    (void)ctx;
    c->route->stream->end(c);
}

static void on_room(void *ctx, struct web_exchange *x)
{
    struct hub *h = ctx;
    struct call *c = web_mine(x);
    if (c && c->route->room) {
        c->route->room(h, c);
    }
}

static void on_gone(void *ctx, struct web_exchange *x)
{
    struct hub *h = ctx;
    struct call *c = web_mine(x);
    if (c && c->route && c->route->gone) {
        c->route->gone(h, c);
    }
    call_end(c);
}

const struct web_handler api_handler = {
    .request = on_request,
    .body = on_body,
    .piece = on_piece,
    .end = on_end,
    .room = on_room,
    .gone = on_gone,
    .refusal = web_problem,
    .fields = WEB_FIELDS_PAGES,
};
