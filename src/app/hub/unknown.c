/* The inbox: phones that asked and are not known. */
#include "app/hub/handlers.h"
#include "io/inventory/devices.h"
#include "io/inventory/inbox.h"

enum { MAC_BYTES = 64, MODEL_MOST = 64, NUMBER_MOST = 32, NOTE_MOST = 2000 };

static void write_near(struct call *c, const struct unknown_phone *u)
{
    struct json *j = call_json(c);
    struct mac known;
    const char *how = NULL;
    int64_t id = 0;
    json_key(j, "near");
    if (!u->has_mac || !status_near(c->hub->status, u->mac, &known, &how) ||
        !inventory_device_of_mac(c->hub->inv, known, &id)) {
        json_null(j);
        return;
    }
    json_open(j, '{');
    json_id(j, "device_id", id);
    json_mac(j, "mac", true, known);
    json_kz(j, "how", how);
    json_close(j, '}');
}

static void write_unknown(struct call *c, const struct unknown_phone *u)
{
    struct json *j = call_json(c);
    json_open(j, '{');
    json_id(j, "id", u->id);
    json_mac(j, "mac", u->has_mac, u->mac);
    json_key(j, "macs");
    json_open(j, '[');
    for (size_t i = 0; i < u->n_macs; i++) {
        char text[MAC_TEXT];
        mac_write(u->macs[i], text);
        json_str(j, str_z(text));
    }
    json_close(j, ']');
    json_kbool(j, "proven", u->proven);
    json_text(j, "source", u->source);
    json_text(j, "serial", u->serial);
    json_text(j, "model", u->model);
    json_text(j, "how", u->how);
    json_text_or_null(j, "certificate", u->verdict);
    json_time(j, "first_seen", u->first);
    json_time(j, "last_seen", u->last);
    json_kint(j, "count", (int64_t)u->count);
    write_near(c, u);
    json_close(j, '}');
}

void unknown_list(struct call *c)
{
    static const char *const known[] = {NULL};
    struct unknown_phone *u = NULL;
    struct page page;
    struct str next;
    size_t n = 0;
    if (!call_known(c, known) || !call_page(c, &page)) {
        return;
    }
    if (inventory_unknowns(c->hub->inv, page, &c->arena, &u, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_unknown(c, &u[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

/* What the person says, over what the phone said. */
static void read_adopt(struct call *c, struct jsonin_object *o, struct device_new *to)
{
    uint64_t account = 0, site = 0;
    owner_read(o, 0, &to->device);
    (void)jsonin_str(o, "model", 0, 1, MODEL_MOST, &to->device.model);
    (void)jsonin_str(o, "mac", 0, 1, MAC_BYTES, &to->mac);
    (void)jsonin_str(o, "number", 0, 1, NUMBER_MOST, &to->number);
    (void)jsonin_str(o, "note", 0, 0, NOTE_MOST, &to->device.note);
    if (jsonin_id(o, "site_id", JSONIN_NULL, &site) == JSONIN_GIVEN) {
        to->device.site = (int64_t)site;
    }
    if (jsonin_id(o, "account_id", 0, &account) == JSONIN_GIVEN) {
        struct device_line *line = arena_alloc(&c->arena, sizeof *line);
        if (line) {
            *line = (struct device_line){.n = 1, .account = (int64_t)account};
            to->device.line = line;
            to->device.n_lines = 1;
        }
    }
}

static void adopt(struct call *c, const struct device_new *to)
{
    struct refusal none;
    int64_t id = 0;
    if (inventory_device_add(c->hub->inv, &c->actor, to, &id, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    hub_note(c->hub, inventory_unknown_remove(c->hub->inv, &c->actor, c->number, &none));
    hub_tell_device(c, "adopted", id, 0);
    device_answer(c, id, 201);
}

void unknown_adopt(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct unknown_phone u;
    char mac[MAC_TEXT];
    if (inventory_unknown_get(c->hub->inv, c->number, &c->arena, &u, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    struct device_new to = {.device = {.model = u.model, .serial = u.serial}};
    mac_write(u.mac, mac);
    to.mac = u.has_mac ? str_z(mac) : STR("");
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_adopt(c, &o, &to);
    if (!call_body_end(c, &o)) {
        return;
    }
    adopt(c, &to);
    jsonin_clear(&doc);
}

void unknown_remove(struct call *c)
{
    call_removed(c, inventory_unknown_remove(c->hub->inv, &c->actor, c->number, &c->why));
}
