/* People who may use the hub, and tokens of programs. */
#include <stdio.h>

#include "app/hub/handlers.h"
#include "app/hub/hash.h"

enum {
    PASSWORD_LEAST = 10,
    PASSWORD_MOST = 256,
    USER_MOST = 64,
    NAME_MOST = 200,
    DAYS_MOST = 3650
};

static void write_user(struct json *j, const struct user *u)
{
    json_open(j, '{');
    json_id(j, "id", u->id);
    json_text(j, "user", u->name);
    json_kz(j, "role", api_role_name(u->role));
    json_kbool(j, "disabled", u->disabled);
    json_time(j, "created_at", u->created);
    json_time(j, "last_login", u->last_login);
    json_version(j, u->version);
    json_close(j, '}');
}

static void show(struct call *c, int64_t id, unsigned status)
{
    struct user u;
    if (inventory_user_get(c->hub->inv, id, &c->arena, &u, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    write_user(call_json(c), &u);
    call_etag(c, u.version);
    if (status == 201) {
        call_location(c, "users", id);
    }
    call_done(c, status);
}

void users_list(struct call *c)
{
    static const char *const known[] = {NULL};
    struct user *u = NULL;
    size_t n = 0;
    struct str next;
    struct page page;
    if (!call_known(c, known) || !call_page(c, &page)) {
        return;
    }
    if (inventory_users(c->hub->inv, page, &c->arena, &u, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_user(call_json(c), &u[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

void users_get(struct call *c)
{
    show(c, c->number, 200);
}

static void on_add(struct call *c, struct hash_job *j)
{
    int64_t id = 0;
    struct user u = {.name = str_z(j->name), .role = j->role, .hash = str_z(j->text)};
    if (!j->good) {
        call_refuse(c, "internal", NULL, "the password could not be kept");
    } else if (inventory_user_add(c->hub->inv, &c->actor, &u, &id, &c->why) != ERR_OK) {
        call_why(c);
    } else {
        show(c, id, 201);
    }
}

void users_add(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct hash_job job = {.then = on_add, .make = true};
    struct str name = {0}, password = {0};
    if (!call_body(c, &doc, &o)) {
        return;
    }
    if (jsonin_str(&o, "user", JSONIN_NEEDED, 1, USER_MOST, &name) == JSONIN_GIVEN &&
        !user_name_good(name)) {
        jsonin_refuse(&o, "user", "letters, digits and . _ @ - only");
    }
    (void)jsonin_str(&o, "password", JSONIN_NEEDED, PASSWORD_LEAST, PASSWORD_MOST, &password);
    (void)api_role_read(&o, JSONIN_NEEDED, &job.role);
    if (!call_body_end(c, &o)) {
        return;
    }
    (void)snprintf(job.name, sizeof job.name, "%.*s", STR_ARG(name));
    hash_start(c, &job, password);
    jsonin_clear(&doc);
}

static void change(struct call *c, const struct hash_job *j, struct str hash)
{
    struct user u;
    if (inventory_user_get(c->hub->inv, j->user, &c->arena, &u, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    u.version = j->version;
    u.hash = hash;
    u.role = j->role_given ? j->role : u.role;
    u.disabled = j->disabled_given ? j->disabled : u.disabled;
    if (inventory_user_change(c->hub->inv, &c->actor, &u, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    show(c, j->user, 200);
}

static void on_change(struct call *c, struct hash_job *j)
{
    if (j->good) {
        change(c, j, str_z(j->text));
    } else {
        call_refuse(c, "internal", NULL, "the password could not be kept");
    }
}

void users_change(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct hash_job job = {.then = on_change, .make = true, .user = c->number};
    struct str password = {0};
    if (!call_version(c, 0, &job.version) || !call_body(c, &doc, &o)) {
        return;
    }
    bool anew =
        jsonin_str(&o, "password", 0, PASSWORD_LEAST, PASSWORD_MOST, &password) == JSONIN_GIVEN;
    job.role_given = api_role_read(&o, 0, &job.role);
    job.disabled_given = jsonin_bool(&o, "disabled", 0, &job.disabled) == JSONIN_GIVEN;
    if (!call_body_end(c, &o)) {
        return;
    }
    if (anew) {
        hash_start(c, &job, password);
    } else {
        change(c, &job, STR(""));
    }
    jsonin_clear(&doc);
}

void users_remove(struct call *c)
{
    int64_t version = 0;
    if (call_version(c, 0, &version)) {
        call_removed(c, inventory_user_remove(c->hub->inv, &c->actor, c->number, version, &c->why));
    }
}

/* -- tokens */

static void write_token(struct json *j, const struct token *t)
{
    json_open(j, '{');
    json_id(j, "id", t->id);
    json_text(j, "name", t->name);
    json_kz(j, "role", api_role_name(t->role));
    json_text(j, "by", t->by);
    json_time(j, "created_at", t->created);
    json_time(j, "expires_at", t->expires);
    json_time(j, "last_used", t->last_used);
    json_close(j, '}');
}

void tokens_list(struct call *c)
{
    static const char *const known[] = {NULL};
    struct token *t = NULL;
    size_t n = 0;
    struct str next;
    struct page page;
    if (!call_known(c, known) || !call_page(c, &page)) {
        return;
    }
    if (inventory_tokens(c->hub->inv, page, &c->arena, &t, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_token(call_json(c), &t[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

void tokens_add(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct token t = {0};
    int64_t days = 0, id = 0;
    char secret[ACCESS_TOKEN_TEXT];
    if (!call_body(c, &doc, &o)) {
        return;
    }
    (void)jsonin_str(&o, "name", JSONIN_NEEDED, 1, NAME_MOST, &t.name);
    (void)api_role_read(&o, JSONIN_NEEDED, &t.role);
    (void)jsonin_int(&o, "days", 0, 1, DAYS_MOST, &days);
    if (!call_body_end(c, &o)) {
        return;
    }
    t.expires = days ? c->actor.now + days * USEC_DAY : 0;
    t.by = c->actor.who;
    enum err e = inventory_token_add(c->hub->inv, &c->actor, &t, &id, secret, &c->why);
    if (e == ERR_OK) {
        struct json *j = call_json(c);
        json_open(j, '{');
        json_id(j, "id", id);
        json_text(j, "name", t.name);
        json_kz(j, "role", api_role_name(t.role));
        json_time(j, "expires_at", t.expires);
        json_kz(j, "token", secret);
        json_close(j, '}');
        call_location(c, "tokens", id);
        call_done(c, 201);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

void tokens_remove(struct call *c)
{
    call_removed(c, inventory_token_remove(c->hub->inv, &c->actor, c->number, &c->why));
}
