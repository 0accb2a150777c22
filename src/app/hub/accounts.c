/* Accounts: who may register as what. Their secrets come in and never go out. */
#include "app/hub/handlers.h"

#include "io/inventory/accounts.h"

enum { USER_MOST = 128, NUMBER_MOST = 32, NAME_MOST = 200, DOMAIN_MOST = 255, SECRET_MOST = 128 };

static void write_account(struct json *j, const struct account_entry *a)
{
    json_open(j, '{');
    json_id(j, "id", a->id);
    json_text(j, "user", a->user);
    json_text(j, "number", a->number);
    json_text(j, "display", a->display);
    json_text(j, "auth", a->auth);
    json_text(j, "domain", a->domain);
    json_id(j, "registrar_id", a->registrar);
    json_kbool(j, "has_secret", a->has_secret);
    json_kbool(j, "sha256", a->sha256);
    json_kint(j, "lines", a->lines);
    json_version(j, a->version);
    json_time(j, "created_at", a->created);
    json_close(j, '}');
}

static void show(struct call *c, int64_t id, unsigned status)
{
    struct account_entry a;
    if (inventory_account_get(c->hub->inv, id, &c->arena, &a, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    write_account(call_json(c), &a);
    call_etag(c, a.version);
    if (status == 201) {
        call_location(c, "accounts", id);
    }
    call_done(c, status);
}

void accounts_list(struct call *c)
{
    static const char *const known[] = {"q", "registrar_id", "unused", NULL};
    struct account_query q = {.registrar = -1};
    struct account_entry *a = NULL;
    size_t n = 0;
    int64_t registrar = 0;
    struct str next;
    if (!call_known(c, known) || !call_page(c, &q.page) || !call_text(c, "q", 100, &q.q) ||
        !call_query_id(c, "registrar_id", &registrar) || !call_flag(c, "unused", &q.unused)) {
        return;
    }
    q.registrar = registrar ? registrar : -1;
    if (inventory_accounts(c->hub->inv, &q, &c->arena, &a, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_account(call_json(c), &a[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

void accounts_get(struct call *c)
{
    show(c, c->number, 200);
}

static void read_account(struct jsonin_object *o, unsigned needed, struct account_entry *to,
                         struct str *ret_secret)
{
    uint64_t registrar = 0;
    (void)jsonin_str(o, "user", needed, 1, USER_MOST, &to->user);
    (void)jsonin_str(o, "number", 0, 0, NUMBER_MOST, &to->number);
    (void)jsonin_str(o, "display", 0, 0, NAME_MOST, &to->display);
    (void)jsonin_str(o, "auth", 0, 0, USER_MOST, &to->auth);
    (void)jsonin_str(o, "domain", 0, 0, DOMAIN_MOST, &to->domain);
    (void)jsonin_bool(o, "sha256", 0, &to->sha256);
    (void)jsonin_str(o, "secret", 0, 1, SECRET_MOST, ret_secret);
    enum jsonin_had had = jsonin_id(o, "registrar_id", JSONIN_NULL, &registrar);
    if (had != JSONIN_ABSENT) {
        to->registrar = had == JSONIN_GIVEN ? (int64_t)registrar : 0;
    }
}

void accounts_add(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct account_entry to = {0};
    struct str secret = {0};
    int64_t id = 0;
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_account(&o, JSONIN_NEEDED, &to, &secret);
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_account_add(c->hub->inv, &c->actor, &to, secret, &id, &c->arena, NULL, &c->why) ==
        ERR_OK) {
        show(c, id, 201);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

/* The secret is a change of its own; what it needs was looked at by the first one. */
static enum err change(struct call *c, const struct account_entry *to, struct str secret)
{
    struct inventory *inv = c->hub->inv;
    enum err e = inventory_account_change(inv, &c->actor, to, &c->why);
    if (e == ERR_OK && secret.p) {
        e = inventory_account_secret_set(inv, &c->actor, to->id, 0, secret, &c->arena, NULL,
                                         &c->why);
    }
    return e;
}

void accounts_change(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct account_entry to;
    struct str secret = {0};
    int64_t version = 0;
    if (!call_version(c, 0, &version)) {
        return;
    }
    if (inventory_account_get(c->hub->inv, c->number, &c->arena, &to, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_account(&o, 0, &to, &secret);
    if (!call_body_end(c, &o)) {
        return;
    }
    to.version = version;
    if (change(c, &to, secret) == ERR_OK) {
        show(c, c->number, 200);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

void accounts_drop(struct call *c)
{
    int64_t version = 0;
    if (call_version(c, 0, &version)) {
        call_removed(c,
                     inventory_account_remove(c->hub->inv, &c->actor, c->number, version, &c->why));
    }
}
