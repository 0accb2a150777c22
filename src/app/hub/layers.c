/* Layers of configuration values: organisation, site, model, device. */
#include <stdio.h>

#include "app/hub/handlers.h"
#include "app/hub/render.h"
#include "io/inventory/config.h"

const char *layer_scope(const struct layer_ref *ref, char room[LAYER_SCOPE])
{
    switch (ref->kind) {
    case LAYER_ORGANISATION:
        return "organisation";
    case LAYER_SITE:
        (void)snprintf(room, LAYER_SCOPE, "site/%lld", (long long)ref->id);
        break;
    case LAYER_MODEL:
        (void)snprintf(room, LAYER_SCOPE, "model/%.*s", STR_ARG(ref->model));
        break;
    case LAYER_DEVICE:
        (void)snprintf(room, LAYER_SCOPE, "device/%lld", (long long)ref->id);
        break;
    }
    return room;
}

bool layer_read_scope(struct str s, struct layer_ref *ret)
{
    struct str kind = str_cut(&s, '/');
    *ret = (struct layer_ref){.kind = LAYER_ORGANISATION};
    if (str_eq(kind, STR("organisation"))) {
        return s.len == 0;
    }
    if (str_eq(kind, STR("model"))) {
        *ret = (struct layer_ref){.kind = LAYER_MODEL, .model = s};
        return s.len > 0;
    }
    ret->kind = str_eq(kind, STR("site")) ? LAYER_SITE : LAYER_DEVICE;
    return (ret->kind == LAYER_SITE || str_eq(kind, STR("device"))) && str_i64(s, &ret->id) &&
           ret->id > 0;
}

static void write_layer(struct call *c, const struct layer *l, bool values)
{
    struct json *j = call_json(c);
    char room[LAYER_SCOPE];
    json_open(j, '{');
    json_kz(j, "scope", layer_scope(&l->ref, room));
    if (values) {
        json_key(j, "values");
        json_open(j, '{');
        for (size_t i = 0; i < l->n; i++) {
            char name[PROFILE_NAME_MOST + 1];
            (void)snprintf(name, sizeof name, "%.*s", STR_ARG(l->value[i].name));
            json_kstr(j, name,
                      l->value[i].secret ? str_of(NULL, 0)
                                         : str_of(l->value[i].value.p ? l->value[i].value.p : "",
                                                  l->value[i].value.len));
        }
        json_close(j, '}');
    }
    json_version(j, l->version);
    json_kbool(j, "draft", l->version != l->published);
    json_time(j, "changed_at", l->changed);
    json_text_or_null(j, "changed_by", l->changed_by);
    json_time(j, "published_at", l->published_at);
    json_text_or_null(j, "published_by", l->published_by);
    json_close(j, '}');
}

static void show(struct call *c, const struct layer_ref *ref)
{
    struct layer l;
    if (inventory_layer_get(c->hub->inv, ref, false, &c->arena, &l, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    write_layer(c, &l, true);
    call_etag(c, l.version);
    call_done(c, 200);
}

/* -- a new draft */

struct reading {
    const struct layer *was;
    struct config_value *value;
    size_t n;
};

static const char *read_value(void *ctx, struct str name, struct str value)
{
    struct reading *r = ctx;
    if (!profile_is_name(name)) {
        return "is no name of a parameter";
    }
    if (value.p) {
        r->value[r->n++] =
            (struct config_value){.name = name, .value = value, .secret = profile_is_secret(name)};
        return NULL;
    }
    for (size_t i = 0; i < r->was->n; i++) {
        if (r->was->value[i].secret && str_eq(r->was->value[i].name, name)) {
            r->value[r->n++] = r->was->value[i];
            return NULL;
        }
    }
    return "is null, and has no secret value that could stay";
}

static void put_values(struct call *c, const struct layer_ref *ref, const struct layer *was,
                       int64_t version)
{
    struct jsonin doc;
    struct jsonin_object o, values;
    struct reading r = {.was = was};
    r.value = arena_alloc(&c->arena, LAYER_VALUES_MOST * sizeof *r.value);
    if (!r.value) {
        call_refuse(c, "internal", NULL, "no memory");
        return;
    }
    if (!call_body(c, &doc, &o)) {
        return;
    }
    if (jsonin_object(&o, "values", JSONIN_NEEDED, &values) == JSONIN_GIVEN) {
        jsonin_each(&values, LAYER_VALUES_MOST, LAYER_VALUE_MOST, read_value, &r);
    }
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_layer_put(c->hub->inv, &c->actor, ref, version, r.value, r.n, &version,
                            &c->why) == ERR_OK) {
        show(c, ref);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

static void put(struct call *c, const struct layer_ref *ref)
{
    struct layer was;
    int64_t version = -1;
    if (!call_version(c, -1, &version)) {
        return;
    }
    if (inventory_layer_get(c->hub->inv, ref, false, &c->arena, &was, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    put_values(c, ref, &was, version);
}

static const struct layer_ref organisation = {.kind = LAYER_ORGANISATION};

static struct layer_ref numbered(const struct call *c, enum layer_kind kind)
{
    return (struct layer_ref){.kind = kind, .id = c->number};
}

static struct layer_ref of_model(const struct call *c)
{
    return (struct layer_ref){.kind = LAYER_MODEL, .model = c->segment[0]};
}

void layers_organisation_get(struct call *c)
{
    show(c, &organisation);
}

void layers_organisation_put(struct call *c)
{
    put(c, &organisation);
}

void layers_site_get(struct call *c)
{
    const struct layer_ref ref = numbered(c, LAYER_SITE);
    show(c, &ref);
}

void layers_site_put(struct call *c)
{
    const struct layer_ref ref = numbered(c, LAYER_SITE);
    put(c, &ref);
}

void layers_model_get(struct call *c)
{
    const struct layer_ref ref = of_model(c);
    show(c, &ref);
}

void layers_model_put(struct call *c)
{
    const struct layer_ref ref = of_model(c);
    put(c, &ref);
}

void layers_device_get(struct call *c)
{
    const struct layer_ref ref = numbered(c, LAYER_DEVICE);
    show(c, &ref);
}

void layers_device_put(struct call *c)
{
    const struct layer_ref ref = numbered(c, LAYER_DEVICE);
    put(c, &ref);
}

void layers_list(struct call *c)
{
    static const char *const known[] = {"unpublished", NULL};
    struct layer *l = NULL;
    struct page page;
    struct str next;
    size_t n = 0;
    bool unpublished = false;
    if (!call_known(c, known) || !call_page(c, &page) ||
        !call_flag(c, "unpublished", &unpublished)) {
        return;
    }
    if (inventory_layers(c->hub->inv, unpublished, page, &c->arena, &l, &n, &next, &c->why) !=
        ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_layer(c, &l[i], false);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}
