/* Who asks: tokens of programs, sessions of browsers; and whether the role reaches so far. */
#include <stdio.h>

#include "app/hub/api.h"
#include "proto/http/http_auth.h"

#define COOKIE "dialtone_session"
#define SESSION_IDLE (12 * 3600 * USEC_S)

static bool unsafe(const struct call *c)
{
    return web_method(c->x) != HTTP_GET;
}

static struct str field(const struct call *c, const char *name)
{
    const struct http_head *head = web_head(c->x);
    for (size_t i = 0; i < head->n; i++) {
        if (str_ieq(head->fields[i].name, str_z(name))) {
            return head->fields[i].value;
        }
    }
    return STR("");
}

/* Behind another server, browsers know it by another name: that of the settings. */
static bool is_url(const struct call *c, struct str origin)
{
    struct str url = str_z(c->hub->cfg.url);
    return str_istarts(url, origin) && (url.len == origin.len || url.p[origin.len] == '/');
}

/* A browser says from where a page asks. Ours asks from the name that it asks for. */
static bool from_ours(const struct call *c)
{
    const struct http_head *head = web_head(c->x);
    struct str origin = http_value(head, HTTP_ORIGIN), host = http_value(head, HTTP_HOST);
    struct str site = http_value(head, HTTP_SEC_FETCH_SITE);
    struct str scheme = stream_is_tls(web_stream(c->x)) ? STR("https://") : STR("http://");
    if (site.len && !str_eq(site, STR("same-origin"))) {
        return false;
    }
    return origin.len == 0 || is_url(c, origin) ||
           (str_starts(origin, scheme) && str_ieq(str_from(origin, scheme.len), host));
}

static void name_actor(struct call *c, const char *kind)
{
    struct sink s;
    struct buf b = {.limit = 256};
    s = buf_sink(&b);
    sink_fmt(&s, "%s:%.*s", kind, STR_ARG(c->who.name));
    c->actor.who = arena_str(&c->arena, buf_str(&b));
    buf_clear(&b);
}

static bool by_token(struct call *c, struct str token)
{
    struct token t;
    if (inventory_token_check(c->hub->inv, token, c->actor.now, &c->arena, &t, &c->why) != ERR_OK) {
        return false;
    }
    c->who = (struct who){.known = true, .role = t.role, .token = t.id, .name = t.name};
    name_actor(c, "token");
    return true;
}

/* False: no session, or (csrf) not from our page. */
static bool by_cookie(struct call *c, struct str cookie, bool *ret_csrf)
{
    struct session s;
    struct str token = field(c, "X-CSRF-Token");
    *ret_csrf = false;
    if (unsafe(c) && !from_ours(c)) {
        *ret_csrf = true;
        return false;
    }
    if (inventory_session_check(c->hub->inv, cookie,
                                unsafe(c) ? str_of(token.p ? token.p : "", token.len)
                                          : str_of(NULL, 0),
                                SESSION_IDLE, c->actor.now, &c->arena, &s, &c->why) != ERR_OK) {
        *ret_csrf = c->why.code == REFUSAL_PRECONDITION;
        return false;
    }
    c->who = (struct who){.known = true,
                          .by_cookie = true,
                          .role = s.role,
                          .user = s.user,
                          .session = s.id,
                          .name = s.name,
                          .cookie = arena_str(&c->arena, cookie)};
    name_actor(c, "user");
    return true;
}

/* False after answering. */
static bool find_out(struct call *c)
{
    const struct http_head *head = web_head(c->x);
    struct str value = http_value(head, HTTP_AUTHORIZATION), secret;
    bool csrf = false;
    if (http_bearer_read(value, &secret)) {
        if (by_token(c, secret)) {
            return true;
        }
    } else if (http_cookie_find(head, STR(COOKIE), &secret) && by_cookie(c, secret, &csrf)) {
        return true;
    }
    if (csrf) {
        call_refuse(c, "csrf", NULL, "X-CSRF-Token is missing or wrong, or another page asks");
    } else {
        call_refuse(c, "unauthorized", NULL, "a token or a session is needed");
    }
    return false;
}

bool who_asks(struct call *c)
{
    static const enum role least[] = {
        [NEED_READER] = ROLE_READER, [NEED_OPERATOR] = ROLE_OPERATOR, [NEED_ADMIN] = ROLE_ADMIN};
    enum need need = c->route->need;
    if (need == NEED_NOBODY) {
        if (unsafe(c) && !from_ours(c)) {
            call_refuse(c, "csrf", NULL, "another page asks");
            return false;
        }
        c->actor.who = STR("nobody");
        return true;
    }
    if (!find_out(c)) {
        return false;
    }
    if (c->who.role < least[need]) {
        char text[64];
        (void)snprintf(text, sizeof text, "the role %s is needed", api_role_name(least[need]));
        call_refuse(c, "forbidden", NULL, text);
        return false;
    }
    return true;
}

void who_cookie(struct call *c, const char *cookie, usec_t length)
{
    bool tls = stream_is_tls(web_stream(c->x)) || str_starts(str_z(c->hub->cfg.url), STR("https:"));
    const char *secure = tls ? "; Secure" : "";
    call_field(c, "Set-Cookie", COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s; Max-Age=%lld",
               cookie ? cookie : "", secure, cookie ? (long long)(length / USEC_S) : 0);
}
