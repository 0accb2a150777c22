/* Adding devices, changing, replacing and releasing them. */
#include "app/hub/handlers.h"

#include "io/inventory/devices.h"

enum {
    MAC_BYTES = 64,
    MODEL_MOST = 64,
    SERIAL_MOST = 64,
    NUMBER_MOST = 32,
    NAME_MOST = 200,
    NOTE_MOST = 2000
};

void owner_read(struct jsonin_object *o, unsigned how, struct device *ret)
{
    static const char *const kinds[] = {"person", "workspace", NULL};
    struct jsonin_object owner;
    unsigned kind = 0;
    uint64_t id = 0;
    if (jsonin_object(o, "owner", how, &owner) != JSONIN_GIVEN) {
        return;
    }
    (void)jsonin_word(&owner, "kind", JSONIN_NEEDED, kinds, &kind);
    (void)jsonin_id(&owner, "id", JSONIN_NEEDED, &id);
    if (jsonin_end(&owner)) {
        ret->person = kind == 0 ? (int64_t)id : 0;
        ret->workspace = kind == 1 ? (int64_t)id : 0;
    }
}

static void read_site(struct jsonin_object *o, int64_t *to)
{
    uint64_t id = 0;
    enum jsonin_had had = jsonin_id(o, "site_id", JSONIN_NULL, &id);
    if (had != JSONIN_ABSENT) {
        *to = had == JSONIN_GIVEN ? (int64_t)id : 0;
    }
}

/* Lines without a number stand in their order. */
static void read_lines(struct call *c, struct jsonin_list *list, struct device *to)
{
    struct device_line *line = arena_alloc(&c->arena, DEVICE_LINES_MOST * sizeof *line);
    struct jsonin_object o;
    for (size_t i = 0; line && i < list->n && jsonin_list_object(list, i, &o); i++) {
        int64_t n = (int64_t)i + 1;
        uint64_t account = 0;
        bool shared = false;
        (void)jsonin_int(&o, "n", 0, 1, DEVICE_LINES_MOST, &n);
        (void)jsonin_id(&o, "account_id", JSONIN_NEEDED, &account);
        (void)jsonin_str(&o, "label", 0, 0, NAME_MOST, &line[i].label);
        (void)jsonin_bool(&o, "shared", 0, &shared);
        (void)jsonin_end(&o);
        line[i].n = (unsigned)n;
        line[i].account = (int64_t)account;
    }
    to->line = line;
    to->n_lines = line ? list->n : 0;
}

/* -- adding */

static void read_new(struct call *c, struct jsonin_object *o, struct device_new *to)
{
    struct jsonin_list list;
    uint64_t account = 0, registrar = 0;
    (void)jsonin_str(o, "mac", JSONIN_NULL, 1, MAC_BYTES, &to->mac);
    (void)jsonin_str(o, "model", JSONIN_NEEDED, 1, MODEL_MOST, &to->device.model);
    owner_read(o, 0, &to->device);
    read_site(o, &to->device.site);
    (void)jsonin_str(o, "serial", 0, 0, SERIAL_MOST, &to->device.serial);
    (void)jsonin_str(o, "number", 0, 1, NUMBER_MOST, &to->number);
    (void)jsonin_str(o, "display", 0, 0, NAME_MOST, &to->display);
    (void)jsonin_str(o, "note", 0, 0, NOTE_MOST, &to->device.note);
    if (jsonin_id(o, "registrar_id", JSONIN_NULL, &registrar) == JSONIN_GIVEN) {
        to->registrar = (int64_t)registrar;
    }
    bool lines = jsonin_list(o, "lines", 0, 0, DEVICE_LINES_MOST, &list) == JSONIN_GIVEN;
    if (lines) {
        read_lines(c, &list, &to->device);
    }
    if (jsonin_id(o, "account_id", 0, &account) == JSONIN_GIVEN) {
        struct device_line *line = arena_alloc(&c->arena, sizeof *line);
        if (lines || !line) {
            jsonin_refuse(o, "account_id", "lines say it already");
            return;
        }
        *line = (struct device_line){.n = 1, .account = (int64_t)account};
        to->device.line = line;
        to->device.n_lines = 1;
    }
}

void devices_add(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct device_new to = {.mac = {NULL, 0}};
    int64_t id = 0;
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_new(c, &o, &to);
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_device_add(c->hub->inv, &c->actor, &to, &id, &c->why) == ERR_OK) {
        hub_tell_device(c, "added", id, 0);
        if (to.device.n_lines == 0 && to.number.len == 0) {
            hub_tell_lines(c, id);
        }
        device_answer(c, id, 201);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

/* -- changing */

/* The device as it is, to be changed; false after answering. */
static bool find(struct call *c, struct device *ret, int64_t *ret_version)
{
    if (!call_version(c, 0, ret_version)) {
        return false;
    }
    if (inventory_device_get(c->hub->inv, c->number, &c->arena, ret, &c->why) != ERR_OK) {
        call_why(c);
        return false;
    }
    return true;
}

static bool change(struct call *c, struct device *d, int64_t version)
{
    d->version = version;
    if (inventory_device_change(c->hub->inv, &c->actor, d, &c->why) != ERR_OK) {
        call_why(c);
        return false;
    }
    hub_tell_device(c, "changed", d->id, 0);
    device_answer(c, d->id, 200);
    return true;
}

void devices_change(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct device d;
    int64_t version = 0;
    if (!find(c, &d, &version) || !call_body(c, &doc, &o)) {
        return;
    }
    (void)jsonin_str(&o, "model", 0, 1, MODEL_MOST, &d.model);
    owner_read(&o, 0, &d);
    read_site(&o, &d.site);
    (void)jsonin_str(&o, "serial", 0, 0, SERIAL_MOST, &d.serial);
    (void)jsonin_str(&o, "note", 0, 0, NOTE_MOST, &d.note);
    if (!call_body_end(c, &o)) {
        return;
    }
    (void)change(c, &d, version);
    jsonin_clear(&doc);
}

void devices_lines(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct jsonin_list list = {0};
    struct device d;
    int64_t version = 0;
    if (!find(c, &d, &version) || !call_body(c, &doc, &o)) {
        return;
    }
    if (jsonin_list(&o, "lines", JSONIN_NEEDED, 0, DEVICE_LINES_MOST, &list) == JSONIN_GIVEN) {
        read_lines(c, &list, &d);
    }
    if (!call_body_end(c, &o)) {
        return;
    }
    if (change(c, &d, version)) {
        hub_tell_lines(c, d.id);
    }
    jsonin_clear(&doc);
}

static void replace(struct call *c, int64_t version, struct str mac, struct str model)
{
    struct inventory *inv = c->hub->inv;
    struct device was, is;
    if (inventory_device_get(inv, c->number, &c->arena, &was, &c->why) != ERR_OK ||
        inventory_device_replace(inv, &c->actor, c->number, version, mac, model, &c->why) !=
            ERR_OK ||
        inventory_device_get(inv, c->number, &c->arena, &is, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    if (was.has_mac) {
        hub_tell_replaced(c, was.mac, &is);
    }
    device_answer(c, c->number, 200);
}

void devices_replace(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct str mac = {0}, model = {0};
    int64_t version = 0;
    if (!call_version(c, 0, &version) || !call_body(c, &doc, &o)) {
        return;
    }
    if (jsonin_str(&o, "mac", JSONIN_NULL, 1, MAC_BYTES, &mac) == JSONIN_ABSENT) {
        jsonin_refuse(&o, "mac", "is missing");
    }
    (void)jsonin_str(&o, "model", 0, 1, MODEL_MOST, &model);
    if (!call_body_end(c, &o)) {
        return;
    }
    replace(c, version, mac, model);
    jsonin_clear(&doc);
}

void devices_remove(struct call *c)
{
    int64_t version = 0;
    bool accounts = false;
    struct device d;
    struct refusal none;
    if (!call_version(c, 0, &version) || !call_flag(c, "accounts", &accounts)) {
        return;
    }
    bool there = inventory_device_get(c->hub->inv, c->number, &c->arena, &d, &none) == ERR_OK;
    enum err e =
        inventory_device_remove(c->hub->inv, &c->actor, c->number, version, accounts, &c->why);
    if (e == ERR_OK && there && d.has_mac) {
        hub_tell_mac(c, "released", d.mac, 0);
    }
    call_removed(c, e);
}
