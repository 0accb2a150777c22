/* Beginning: the one-time link of the first start, and sessions of browsers. */
#include <stdio.h>

#include "app/hub/handlers.h"
#include "app/hub/hash.h"

enum { PASSWORD_LEAST = 10, PASSWORD_MOST = 256, USER_MOST = 64 };

/* What takes the place of the hash of a user who is not there: the answer takes as long. */
static const char nobody[] = "$scrypt$15$8$1$00000000000000000000000000000000$"
                             "0000000000000000000000000000000000000000000000000000000000000000";

bool user_name_good(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_alnum(s.p[i]) && !memchr("._@-", s.p[i], 4)) {
            return false;
        }
    }
    return s.len >= 1 && s.len <= USER_MOST;
}

static usec_t length(const struct hub *h)
{
    return (usec_t)h->cfg.session_hours * 3600 * USEC_S;
}

/* An IPv6 host has as many addresses as it likes: its /64 counts. */
static struct str source_of(const struct call *c, char room[ADDR_TEXT])
{
    struct addr a = stream_peer(web_stream(c->x)).ip;
    if (a.family == 6) {
        memset(a.b + 8, 0, 8);
    }
    return addr_write(a, room);
}

/* False after answering. */
static bool may_try(struct call *c, struct str user)
{
    struct hub *h = c->hub;
    char room[ADDR_TEXT];
    usec_t a = throttle_wait(&h->by_source, source_of(c, room), loop_now(h->loop));
    usec_t b = throttle_wait(&h->by_user, user, loop_now(h->loop));
    usec_t wait = a > b ? a : b;
    if (wait == 0) {
        return true;
    }
    hub_tell_login(c, user, "throttled");
    call_later(c, "too-many", (unsigned)(wait / USEC_S) + 1, "too many wrong passwords");
    return false;
}

static void failed(struct call *c, struct str user)
{
    struct hub *h = c->hub;
    char room[ADDR_TEXT];
    throttle_failed(&h->by_source, source_of(c, room), loop_now(h->loop));
    throttle_failed(&h->by_user, user, loop_now(h->loop));
    hub_tell_login(c, user, "refused");
}

static void write_session(struct call *c, struct str name, enum role role, const char *csrf,
                          usec_t until)
{
    struct json *j = call_json(c);
    json_open(j, '{');
    json_text(j, "user", name);
    json_kz(j, "role", api_role_name(role));
    json_kz(j, "csrf", csrf);
    json_time(j, "expires_at", until);
    json_close(j, '}');
}

static void begin(struct call *c, int64_t user, struct str name, enum role role)
{
    char cookie[ACCESS_TOKEN_TEXT], csrf[ACCESS_TOKEN_TEXT];
    int64_t id = 0;
    if (inventory_session_add(c->hub->inv, &c->actor, user, length(c->hub), &id, cookie, csrf,
                              &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    hub_tell_login(c, name, "ok");
    who_cookie(c, cookie, length(c->hub));
    write_session(c, name, role, csrf, c->actor.now + length(c->hub));
    call_done(c, 201);
}

static void name_user(struct call *c, const char *name)
{
    char text[80];
    (void)snprintf(text, sizeof text, "user:%s", name);
    c->actor.who = arena_str(&c->arena, str_z(text));
}

/* -- POST /session */

static void on_compared(struct call *c, struct hash_job *j)
{
    struct str name = str_z(j->name);
    if (!j->good || !j->known) {
        failed(c, name);
        call_refuse(c, "unauthorized", NULL, "user or password is wrong");
        return;
    }
    char room[ADDR_TEXT];
    throttle_forget(&c->hub->by_user, name);
    throttle_forget(&c->hub->by_source, source_of(c, room));
    name_user(c, j->name);
    begin(c, j->user, name, j->role);
}

void session_begin(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct str name = {0}, password = {0};
    struct user u = {0};
    if (!call_body(c, &doc, &o)) {
        return;
    }
    (void)jsonin_str(&o, "user", JSONIN_NEEDED, 1, USER_MOST, &name);
    (void)jsonin_str(&o, "password", JSONIN_NEEDED, 1, PASSWORD_MOST, &password);
    if (!call_body_end(c, &o)) {
        return;
    }
    if (may_try(c, name)) {
        struct hash_job job = {.then = on_compared};
        enum err e = inventory_user_find(c->hub->inv, name, &c->arena, &u, &c->why);
        (void)snprintf(job.name, sizeof job.name, "%.*s", STR_ARG(name));
        job.known = e == ERR_OK && !u.disabled;
        job.user = u.id;
        job.role = u.role;
        (void)snprintf(job.text, sizeof job.text, "%.*s", (int)(e == ERR_OK ? u.hash.len : 0),
                       e == ERR_OK ? u.hash.p : "");
        if (e != ERR_OK) {
            (void)snprintf(job.text, sizeof job.text, "%s", nobody);
        }
        hash_start(c, &job, password);
    }
    jsonin_clear(&doc);
}

/* -- GET, DELETE /session */

void session_get(struct call *c)
{
    char csrf[ACCESS_TOKEN_TEXT] = "";
    if (c->who.by_cookie &&
        inventory_session_csrf(c->hub->inv, c->who.cookie, csrf, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    write_session(c, c->who.name, c->who.role, *csrf ? csrf : NULL, 0);
    call_done(c, 200);
}

void session_end(struct call *c)
{
    if (c->who.session &&
        inventory_session_end(c->hub->inv, &c->actor, c->who.session, &c->why) != ERR_OK &&
        c->why.code != REFUSAL_NOT_FOUND) {
        call_why(c);
        return;
    }
    if (c->who.by_cookie) {
        who_cookie(c, NULL, 0);
    }
    call_nothing(c);
}

/* -- POST /setup */

static void on_made(struct call *c, struct hash_job *j)
{
    int64_t id = 0;
    struct str name = str_z(j->name);
    if (!j->good) {
        call_refuse(c, "internal", NULL, "the password could not be kept");
        return;
    }
    name_user(c, j->name);
    if (inventory_setup_use(c->hub->inv, &c->actor, str_z(j->token), name, str_z(j->text), &id,
                            &c->why) != ERR_OK) {
        if (c->why.code == REFUSAL_NOT_FOUND || c->why.code == REFUSAL_EXPIRED) {
            call_refuse(c, "unauthorized", "token", "the link is used, or its time is over");
        } else {
            call_why(c);
        }
        return;
    }
    begin(c, id, name, ROLE_ADMIN);
}

void setup_use(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct hash_job job = {.then = on_made, .make = true};
    struct str token = {0}, name = {0}, password = {0};
    if (!call_body(c, &doc, &o)) {
        return;
    }
    (void)jsonin_str(&o, "token", JSONIN_NEEDED, 16, sizeof job.token - 1, &token);
    if (jsonin_str(&o, "user", JSONIN_NEEDED, 1, USER_MOST, &name) == JSONIN_GIVEN &&
        !user_name_good(name)) {
        jsonin_refuse(&o, "user", "letters, digits and . _ @ - only");
    }
    (void)jsonin_str(&o, "password", JSONIN_NEEDED, PASSWORD_LEAST, PASSWORD_MOST, &password);
    if (!call_body_end(c, &o)) {
        return;
    }
    if (!may_try(c, STR("setup"))) {
    } else if (inventory_setup_check(c->hub->inv, token, c->actor.now, &c->why) != ERR_OK) {
        failed(c, STR("setup"));
        call_refuse(c, "unauthorized", "token", "the link is used, or its time is over");
    } else {
        (void)snprintf(job.token, sizeof job.token, "%.*s", STR_ARG(token));
        (void)snprintf(job.name, sizeof job.name, "%.*s", STR_ARG(name));
        hash_start(c, &job, password);
    }
    jsonin_clear(&doc);
}
