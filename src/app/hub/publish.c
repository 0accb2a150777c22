/* Publishing drafts, and taking that back. */
#include "app/hub/handlers.h"
#include "app/hub/render.h"
#include "domain/fact/fact.h"
#include "io/inventory/config.h"

enum { SCOPE_MOST = 128, NOTE_MOST = 500 };

static void write_publication(struct json *j, const struct publication *p)
{
    char room[LAYER_SCOPE];
    json_open(j, '{');
    json_id(j, "id", p->id);
    json_kz(j, "scope", p->scope == PUBLISH_ALL ? "all" : layer_scope(&p->ref, room));
    json_text(j, "note", p->note);
    json_kint(j, "layers", (int64_t)p->layers);
    json_id(j, "undoes", p->undoes);
    json_id(j, "undone_by", p->undone_by);
    json_time(j, "at", p->at);
    json_text(j, "by", p->by);
    json_close(j, '}');
}

static void tell(struct call *c, const char *state)
{
    struct fact f;
    fact_init(&f, FACT_CONFIG_PUBLISHED);
    fact_add(&f, FIELD_STATE, str_z(state));
    fact_add(&f, FIELD_USER, c->who.name);
    hub_tell_fact(c->hub, c->actor.now, &f, str_z(c->source));
}

/* The scope of a publication; false: it is none. */
static bool read_scope(struct str s, enum publish_scope *ret, struct layer_ref *ret_ref)
{
    *ret = PUBLISH_ALL;
    *ret_ref = (struct layer_ref){.kind = LAYER_ORGANISATION};
    if (str_eq(s, STR("all"))) {
        return true;
    }
    if (!layer_read_scope(s, ret_ref)) {
        return false;
    }
    *ret = ret_ref->kind == LAYER_SITE ? PUBLISH_SITE : PUBLISH_LAYER;
    return true;
}

void publish_add(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct str scope = {0};
    struct publication p = {.at = c->actor.now, .by = c->actor.who};
    bool resync = false;
    if (!call_body(c, &doc, &o)) {
        return;
    }
    if (jsonin_str(&o, "scope", JSONIN_NEEDED, 1, SCOPE_MOST, &scope) == JSONIN_GIVEN &&
        !read_scope(scope, &p.scope, &p.ref)) {
        jsonin_refuse(&o, "scope", "must be all, organisation, site/ID, model/NAME or device/ID");
    }
    (void)jsonin_str(&o, "note", 0, 0, NOTE_MOST, &p.note);
    if (jsonin_bool(&o, "resync", 0, &resync) == JSONIN_GIVEN && resync &&
        !(p.scope == PUBLISH_LAYER && p.ref.kind == LAYER_DEVICE)) {
        jsonin_refuse(&o, "resync", "one phone only can be asked: scope device/ID");
    }
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_publish(c->hub->inv, &c->actor, p.scope, &p.ref, p.note, &p.id, &p.layers,
                          &c->why) == ERR_OK) {
        tell(c, "published");
        if (resync) {
            device_resync(c, p.ref.id);
        }
        write_publication(call_json(c), &p);
        call_done(c, 201);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

/* False after answering. */
static bool read_id(struct call *c, int64_t *ret)
{
    struct jsonin doc;
    struct jsonin_object o;
    uint64_t id = 0;
    if (!call_has_body(c)) {
        return true;
    }
    if (!call_body(c, &doc, &o)) {
        return false;
    }
    (void)jsonin_id(&o, "id", 0, &id);
    if (!call_body_end(c, &o)) {
        return false;
    }
    jsonin_clear(&doc);
    *ret = (int64_t)id;
    return true;
}

/* The publication that took another back. */
static void show_newest(struct call *c, int64_t id)
{
    struct publication *p = NULL;
    struct str next;
    size_t n = 0;
    const struct page page = {.limit = 10};
    if (inventory_publications(c->hub->inv, page, &c->arena, &p, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (p[i].id == id) {
            write_publication(call_json(c), &p[i]);
            call_done(c, 200);
            return;
        }
    }
    call_refuse(c, "internal", NULL, "taken back, but not found");
}

void publish_undo(struct call *c)
{
    int64_t id = 0;
    uint64_t layers = 0;
    if (!read_id(c, &id)) {
        return;
    }
    if (inventory_publish_undo(c->hub->inv, &c->actor, id, &id, &layers, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    tell(c, "undone");
    show_newest(c, id);
}

void publish_list(struct call *c)
{
    static const char *const known[] = {NULL};
    struct publication *p = NULL;
    struct page page;
    struct str next;
    size_t n = 0;
    if (!call_known(c, known) || !call_page(c, &page)) {
        return;
    }
    if (inventory_publications(c->hub->inv, page, &c->arena, &p, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_publication(call_json(c), &p[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}
