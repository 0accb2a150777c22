/* Devices: lists, search, one of them, and what MAC addresses are good for. */
#include "app/hub/handlers.h"

#include "io/inventory/accounts.h"
#include "io/inventory/config.h"
#include "io/inventory/devices.h"
#include "io/inventory/proof.h"

enum { MACS_MOST = 1000, MAC_BYTES = 64, QUERY_MOST = 100 };

static const char *const statuses[] = {"unavailable", "activating", "online", "issues",
                                       "offline",     "expired",    NULL};

/* -- as JSON */

static void write_owner(struct json *j, const struct device *d)
{
    json_key(j, "owner");
    json_open(j, '{');
    json_kz(j, "kind", d->person ? "person" : "workspace");
    json_id(j, "id", d->person ? d->person : d->workspace);
    json_text(j, "name", d->owner);
    json_close(j, '}');
}

static void write_lines(struct json *j, const struct device *d)
{
    json_key(j, "lines");
    json_open(j, '[');
    for (size_t i = 0; i < d->n_lines; i++) {
        const struct device_line *l = &d->line[i];
        json_open(j, '{');
        json_kint(j, "n", l->n);
        json_id(j, "account_id", l->account);
        json_text(j, "user", l->user);
        json_text(j, "number", l->number);
        json_text(j, "label", l->label);
        json_kbool(j, "shared", l->shared);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void write_history(struct json *j, const struct device *d)
{
    json_key(j, "mac_history");
    json_open(j, '[');
    for (size_t i = 0; i < d->n_was; i++) {
        if (d->was[i].until) {
            json_open(j, '{');
            json_mac(j, "mac", true, d->was[i].mac);
            json_time(j, "from", d->was[i].from);
            json_time(j, "until", d->was[i].until);
            json_close(j, '}');
        }
    }
    json_close(j, ']');
}

/* A device that waits for the phone that brings its code is on its way. */
static enum standing_status standing_of(struct call *c, const struct device *d,
                                        struct status_now *ret)
{
    *ret = (struct status_now){.since = USEC_NONE, .last_seen = USEC_NONE};
    if (d->has_mac) {
        status_of(c->hub->status, d->mac, c->lang, ret);
        return ret->status;
    }
    return STANDING_ACTIVATING;
}

static void write_standing(struct call *c, const struct device *d)
{
    struct json *j = call_json(c);
    struct status_now now;
    json_kz(j, "status", standing_status_name(standing_of(c, d, &now)));
    json_time(j, "status_since", now.since);
    json_time(j, "last_seen", now.last_seen);
    json_key(j, "verdict");
    if (!now.finding) {
        json_null(j);
        return;
    }
    json_open(j, '{');
    json_kz(j, "finding", now.finding);
    json_kz(j, "title", now.title ? now.title : now.finding);
    json_kz(j, "stage", stage_name(now.stage));
    json_kz(j, "severity", level_name(now.level));
    json_close(j, '}');
}

/* What only one device's page shows; NULL in lists. */
struct more {
    const char *key;
    usec_t published, code, window;
};

static void write_device(struct call *c, const struct device *d, const struct more *more)
{
    struct json *j = call_json(c);
    json_open(j, '{');
    json_id(j, "id", d->id);
    json_mac(j, "mac", d->has_mac, d->mac);
    write_history(j, d);
    json_text(j, "model", d->model);
    json_text(j, "serial", d->serial);
    write_owner(j, d);
    json_id(j, "site_id", d->site);
    write_lines(j, d);
    json_id(j, "registrar_id", d->n_lines ? d->line[0].registrar : 0);
    write_standing(c, d);
    json_time(j, "published_at", more ? more->published : 0);
    json_kz(j, "url_key", more ? more->key : NULL);
    json_time(j, "code_expires_at", more ? more->code : 0);
    json_time(j, "window_until", more ? more->window : 0);
    json_text(j, "note", d->note);
    json_version(j, d->version);
    json_time(j, "created_at", d->created);
    json_close(j, '}');
}

static bool find_more(struct call *c, int64_t id, struct more *ret, char room[40])
{
    struct device_facts f;
    struct code_state code = {0};
    if (inventory_device_facts(c->hub->inv, id, false, c->actor.now, &c->arena, &f, &c->why) !=
            ERR_OK ||
        inventory_code_state(c->hub->inv, id, c->actor.now, &code, &c->why) != ERR_OK) {
        return false;
    }
    size_t n = f.keys.url_key.len < 39 ? f.keys.url_key.len : 39;
    memcpy(room, f.keys.url_key.p ? f.keys.url_key.p : "", n);
    room[n] = 0;
    *ret = (struct more){.key = room,
                         .published = f.published_at,
                         .code = code.there ? code.expires : 0,
                         .window = f.window_until};
    device_facts_wipe(&f);
    return true;
}

void device_answer(struct call *c, int64_t id, unsigned status)
{
    struct device d;
    struct more more;
    char room[40];
    if (inventory_device_get(c->hub->inv, id, &c->arena, &d, &c->why) != ERR_OK ||
        !find_more(c, id, &more, room)) {
        call_why(c);
        return;
    }
    write_device(c, &d, &more);
    call_etag(c, d.version);
    if (status == 201) {
        call_location(c, "devices", id);
    }
    call_done(c, status);
}

void devices_get(struct call *c)
{
    device_answer(c, c->number, 200);
}

/* -- lists */

struct wanted {
    struct call *c;
    bool by_status;
    enum standing_status status;
    struct str finding; /* empty: any, or none */
};

static bool wanted(void *ctx, int64_t id, const struct mac *mac)
{
    struct wanted *w = ctx;
    struct device d = {.id = id, .has_mac = mac != NULL};
    struct status_now now;
    if (mac) {
        d.mac = *mac;
    }
    enum standing_status is = standing_of(w->c, &d, &now);
    return (!w->by_status || is == w->status) &&
           (w->finding.len == 0 || (now.finding && str_eq(w->finding, str_z(now.finding))));
}

/* False after answering. */
static bool read_query(struct call *c, struct device_query *q, struct wanted *w, bool *ret_count)
{
    static const char *const known[] = {"q",         "status", "model",    "site_id", "order",
                                        "backwards", "count",  "owner_id", "finding", NULL};
    static const char *const orders[] = {"id", "mac", "owner", "model", NULL};
    unsigned status = 0, order = 0;
    if (!call_known(c, known) || !call_page(c, &q->page) || !call_text(c, "q", QUERY_MOST, &q->q) ||
        !call_text(c, "model", 64, &q->model) || !call_query_id(c, "site_id", &q->site) ||
        !call_query_id(c, "owner_id", &q->owner) ||
        !call_query_word(c, "status", statuses, &status) ||
        !call_query_word(c, "order", orders, &order) || !call_flag(c, "backwards", &q->backwards) ||
        !call_flag(c, "count", ret_count) || !call_text(c, "finding", 16, &w->finding)) {
        return false;
    }
    q->order = order ? (enum device_order)(order - 1) : DEVICE_BY_ID;
    w->c = c;
    if (status || w->finding.len) {
        w->by_status = status > 0;
        w->status = status ? (enum standing_status)(status - 1) : STANDING_UNAVAILABLE;
        q->wanted = wanted;
        q->ctx = w;
    }
    return true;
}

void devices_list(struct call *c)
{
    struct device_query q = {0};
    struct wanted w = {0};
    struct device *d = NULL;
    size_t n = 0;
    uint64_t count = 0;
    bool wants = false;
    struct str next;
    if (!read_query(c, &q, &w, &wants)) {
        return;
    }
    if (inventory_devices(c->hub->inv, &q, &c->arena, &d, &n, &next, wants ? &count : NULL,
                          &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    struct json *j = call_json(c);
    json_items(j);
    for (size_t i = 0; i < n; i++) {
        write_device(c, &d[i], NULL);
    }
    json_close(j, ']');
    json_text_or_null(j, "next", next);
    if (wants) {
        json_kint(j, "total", (int64_t)count);
    }
    json_close(j, '}');
    call_done(c, 200);
}

/* -- MAC addresses, in the words of the vendor's service */

static void write_mac(struct json *j, struct str given, const struct mac_verdict *v)
{
    static const char good[] = "AVAILABLE";
    char text[MAC_TEXT];
    mac_write(v->mac, text);
    json_open(j, '{');
    json_kstr(j, "mac", v->has_mac ? str_z(text) : given);
    switch (v->code) {
    case REFUSAL_BAD_MAC:
        json_kz(j, "state", "INVALID");
        json_kint(j, "errorCode", 25220);
        json_kz(j, "message", "is no MAC address");
        break;
    case REFUSAL_MAC_USED:
        json_kz(j, "state", "UNAVAILABLE");
        json_kint(j, "errorCode", 5675);
        json_kz(j, "message", "another device has it");
        json_id(j, "device_id", v->other);
        break;
    case REFUSAL_MAC_DUPLICATE:
        json_kz(j, "state", "DUPLICATE_IN_LIST");
        json_kint(j, "errorCode", 5676);
        json_kz(j, "message", "stands in the list before");
        break;
    default:
        json_kz(j, "state", good);
        break;
    }
    json_close(j, '}');
}

static void write_macs(struct call *c, const struct str *mac, const struct mac_verdict *v, size_t n)
{
    struct json *j = call_json(c);
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        good = good && v[i].code == REFUSAL_NONE;
    }
    json_open(j, '{');
    json_kz(j, "status", good ? "OK" : "ERRORS");
    json_key(j, "macStatus");
    json_open(j, '[');
    for (size_t i = 0; i < n; i++) {
        write_mac(j, mac[i], &v[i]);
    }
    json_close(j, ']');
    json_close(j, '}');
}

void devices_check_macs(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct jsonin_list list = {0};
    struct str *mac = arena_alloc(&c->arena, MACS_MOST * sizeof *mac);
    struct mac_verdict *v = arena_alloc(&c->arena, MACS_MOST * sizeof *v);
    if (!mac || !v) {
        call_refuse(c, "internal", NULL, "no memory");
        return;
    }
    if (!call_body(c, &doc, &o)) {
        return;
    }
    (void)jsonin_list(&o, "macs", JSONIN_NEEDED, 1, MACS_MOST, &list);
    for (size_t i = 0; i < list.n; i++) {
        (void)jsonin_list_str(&list, i, MAC_BYTES, &mac[i]);
    }
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_macs_check(c->hub->inv, mac, list.n, v) != ERR_OK) {
        call_refuse(c, "internal", NULL, "no memory");
    } else {
        write_macs(c, mac, v, list.n);
        call_done(c, 200);
    }
    jsonin_clear(&doc);
}
