/* Persons and workspaces: who owns devices. */
#include "app/hub/handlers.h"

#include "io/inventory/people.h"

enum { NAME_MOST = 200, MAIL_MOST = 254, NOTE_MOST = 2000 };

static const char *const kinds[] = {"people", "workspaces"};

static void write_owner(struct json *j, const struct owner *o)
{
    json_open(j, '{');
    json_id(j, "id", o->id);
    json_text(j, "name", o->name);
    if (o->kind == OWNER_PERSON) {
        json_text_or_null(j, "mail", o->mail);
    }
    json_id(j, "site_id", o->site);
    json_text(j, "note", o->note);
    json_kint(j, "devices", (int64_t)o->devices);
    json_version(j, o->version);
    json_time(j, "created_at", o->created);
    json_close(j, '}');
}

static void show(struct call *c, enum owner_kind kind, int64_t id, unsigned status)
{
    struct owner o;
    if (inventory_owner_get(c->hub->inv, kind, id, &c->arena, &o, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    write_owner(call_json(c), &o);
    call_etag(c, o.version);
    if (status == 201) {
        call_location(c, kinds[kind], id);
    }
    call_done(c, status);
}

static void list(struct call *c, enum owner_kind kind)
{
    static const char *const known[] = {"q", "site_id", NULL};
    struct owner_query q = {.kind = kind};
    struct owner *o = NULL;
    size_t n = 0;
    struct str next;
    if (!call_known(c, known) || !call_page(c, &q.page) || !call_text(c, "q", 100, &q.q) ||
        !call_query_id(c, "site_id", &q.site)) {
        return;
    }
    if (inventory_owners(c->hub->inv, &q, &c->arena, &o, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_owner(call_json(c), &o[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

/* What the body says, over what there is. */
static void read_owner(struct jsonin_object *o, unsigned name, struct owner *to)
{
    uint64_t site = 0;
    (void)jsonin_str(o, "name", name, 1, NAME_MOST, &to->name);
    if (to->kind == OWNER_PERSON &&
        jsonin_str(o, "mail", JSONIN_NULL, 0, MAIL_MOST, &to->mail) == JSONIN_NOTHING) {
        to->mail = STR("");
    }
    enum jsonin_had had = jsonin_id(o, "site_id", JSONIN_NULL, &site);
    if (had != JSONIN_ABSENT) {
        to->site = had == JSONIN_GIVEN ? (int64_t)site : 0;
    }
    (void)jsonin_str(o, "note", 0, 0, NOTE_MOST, &to->note);
}

static void add(struct call *c, enum owner_kind kind)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct owner to = {.kind = kind};
    int64_t id = 0;
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_owner(&o, JSONIN_NEEDED, &to);
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_owner_add(c->hub->inv, &c->actor, &to, &id, &c->why) == ERR_OK) {
        show(c, kind, id, 201);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

static void change(struct call *c, enum owner_kind kind)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct owner to;
    int64_t version = 0;
    if (!call_version(c, 0, &version)) {
        return;
    }
    if (inventory_owner_get(c->hub->inv, kind, c->number, &c->arena, &to, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_owner(&o, 0, &to);
    if (!call_body_end(c, &o)) {
        return;
    }
    to.version = version;
    if (inventory_owner_change(c->hub->inv, &c->actor, &to, &c->why) == ERR_OK) {
        show(c, kind, c->number, 200);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

static void drop(struct call *c, enum owner_kind kind)
{
    int64_t version = 0;
    if (call_version(c, 0, &version)) {
        call_removed(
            c, inventory_owner_remove(c->hub->inv, &c->actor, kind, c->number, version, &c->why));
    }
}

void people_list(struct call *c)
{
    list(c, OWNER_PERSON);
}

void people_get(struct call *c)
{
    show(c, OWNER_PERSON, c->number, 200);
}

void people_add(struct call *c)
{
    add(c, OWNER_PERSON);
}

void people_change(struct call *c)
{
    change(c, OWNER_PERSON);
}

void people_remove(struct call *c)
{
    drop(c, OWNER_PERSON);
}

void workspaces_list(struct call *c)
{
    list(c, OWNER_WORKSPACE);
}

void workspaces_get(struct call *c)
{
    show(c, OWNER_WORKSPACE, c->number, 200);
}

void workspaces_add(struct call *c)
{
    add(c, OWNER_WORKSPACE);
}

void workspaces_change(struct call *c)
{
    change(c, OWNER_WORKSPACE);
}

void workspaces_remove(struct call *c)
{
    drop(c, OWNER_WORKSPACE);
}
