/* What is done with one device: orders to its phone, codes, windows, passwords. */
#include <stdio.h>

#include "app/hub/handlers.h"
#include "app/hub/orders.h"
#include "io/inventory/audit.h"
#include "io/inventory/devices.h"
#include "io/inventory/proof.h"

enum { HOURS_MOST = 720, MINUTES_MOST = 1440 };

/* -- actions */

static const char *const actions[] = {"resync", "reboot", "restart", "report", "config", NULL};
/* The events of the phones' NOTIFY. A problem report is made and uploaded at "prt-gen", "report" uploads the configuration. */
static const char *const events[] = {"resync", "reboot_now", "restart_now", "prt-gen", "report"};

static void on_acted(struct errand *e, struct call *c)
{
    size_t sent = atomic_load(&e->order.sent);
    if (!c) {
        return;
    }
    struct json *j = call_json(c);
    json_open(j, '{');
    json_id(j, "device_id", c->number);
    json_kz(j, "action", e->text);
    json_kint(j, "sent", (int64_t)sent);
    json_time(j, "at", hub_date(c->hub));
    json_close(j, '}');
    call_done(c, 202);
}

/* The first line at our own edge: other registrars' phones do not hear us. */
static struct str user_of(const struct device *d)
{
    for (size_t i = 0; i < d->n_lines; i++) {
        if (d->line[i].registrar == 0) {
            return d->line[i].user;
        }
    }
    return STR("");
}

static void act(struct call *c, unsigned action, const struct device *d)
{
    struct refusal none;
    struct errand *e = errand_new(c->hub, HUB_NOTIFY, c);
    if (!e) {
        call_refuse(c, "internal", NULL, "no memory");
        return;
    }
    (void)snprintf(e->text, sizeof e->text, "%s", actions[action]);
    e->order.user = arena_str(&e->arena, user_of(d));
    e->order.event = str_z(events[action]);
    e->then = on_acted;
    hub_note(c->hub,
             inventory_audit_add(c->hub->inv, &c->actor, STR("device.action"), STR("device"), d->id,
                                 str_z(actions[action]), STR(""), &none));
    if (d->has_mac) {
        hub_tell_order(c, d->mac, actions[action], e->order.user.len ? "sent" : "no-binding");
    }
    errand_send(e);
}

void device_resync(struct call *c, int64_t id)
{
    struct device d;
    struct refusal none;
    struct errand *e = NULL;
    if (inventory_device_get(c->hub->inv, id, &c->arena, &d, &none) == ERR_OK && user_of(&d).len) {
        e = errand_new(c->hub, HUB_NOTIFY, NULL);
    }
    if (e) {
        e->order.user = arena_str(&e->arena, user_of(&d));
        e->order.event = str_z(events[0]);
        errand_send(e);
    }
}

void devices_act(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct device d;
    unsigned action = 0;
    if (!call_body(c, &doc, &o)) {
        return;
    }
    (void)jsonin_word(&o, "action", JSONIN_NEEDED, actions, &action);
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_device_get(c->hub->inv, c->number, &c->arena, &d, &c->why) != ERR_OK) {
        call_why(c);
    } else {
        act(c, action, &d);
    }
    jsonin_clear(&doc);
}

/* -- numbers that a body may give, or not */

/* False after answering. */
static bool number(struct call *c, const char *name, int64_t least, int64_t most, int64_t *io)
{
    struct jsonin doc;
    struct jsonin_object o;
    if (!call_has_body(c)) {
        return true;
    }
    if (!call_body(c, &doc, &o)) {
        return false;
    }
    (void)jsonin_int(&o, name, 0, least, most, io);
    if (!call_body_end(c, &o)) {
        return false;
    }
    jsonin_clear(&doc);
    return true;
}

/* -- activation codes */

void codes_make(struct call *c)
{
    char code[CODE_TEXT];
    usec_t expires = 0;
    int64_t hours = c->hub->cfg.code_hours;
    if (!number(c, "hours", 1, HOURS_MOST, &hours)) {
        return;
    }
    if (inventory_code_make(c->hub->inv, &c->actor, c->number, hours * 3600 * USEC_S, code,
                            &expires, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    hub_tell_device(c, "code-made", c->number, hours * 3600 * USEC_S);
    struct json *j = call_json(c);
    json_open(j, '{');
    json_id(j, "device_id", c->number);
    json_kz(j, "code", code);
    json_time(j, "expires_at", expires);
    json_close(j, '}');
    call_done(c, 201);
}

/* A new code voids the one before it; this one is over before anybody hears of it. */
void codes_end(struct call *c)
{
    char code[CODE_TEXT];
    usec_t expires = 0;
    struct code_state now = {0};
    struct inventory *inv = c->hub->inv;
    enum err e = inventory_code_state(inv, c->number, c->actor.now, &now, &c->why);
    if (e == ERR_OK && now.there) {
        e = inventory_code_make(inv, &c->actor, c->number, 1, code, &expires, &c->why);
    }
    if (e != ERR_OK) {
        call_why(c);
        return;
    }
    call_nothing(c);
}

/* -- enrolment windows */

static void write_window(struct json *j, const struct window *w)
{
    json_open(j, '{');
    json_id(j, "id", w->id);
    json_id(j, "device_id", w->device);
    json_mac(j, "mac", true, w->mac);
    json_text(j, "opened_by", w->by);
    json_time(j, "opened_at", w->opened);
    json_time(j, "expires_at", w->until);
    json_kint(j, "used", (int64_t)w->used);
    json_close(j, '}');
}

void windows_open(struct call *c)
{
    int64_t minutes = 30;
    struct window w = {.device = c->number, .by = c->actor.who, .opened = c->actor.now};
    struct device d;
    if (!number(c, "minutes", 1, MINUTES_MOST, &minutes)) {
        return;
    }
    if (inventory_window_open(c->hub->inv, &c->actor, c->number, minutes * 60 * USEC_S, &w.id,
                              &w.until, &c->why) != ERR_OK ||
        inventory_device_get(c->hub->inv, c->number, &c->arena, &d, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    w.mac = d.mac;
    hub_tell_mac(c, "window-opened", d.mac, minutes * 60 * USEC_S);
    write_window(call_json(c), &w);
    call_done(c, 201);
}

void windows_list(struct call *c)
{
    static const char *const known[] = {NULL};
    struct window *w = NULL;
    struct page page;
    struct str next;
    size_t n = 0;
    if (!call_known(c, known) || !call_page(c, &page)) {
        return;
    }
    if (inventory_windows(c->hub->inv, c->actor.now, page, &c->arena, &w, &n, &next, &c->why) !=
        ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_window(call_json(c), &w[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

void windows_close(struct call *c)
{
    call_removed(c, inventory_window_close(c->hub->inv, &c->actor, c->number, &c->why));
}

/* -- provisioning passwords */

void passwords_rotate(struct call *c)
{
    int64_t hours = c->hub->cfg.password_hours;
    struct device d;
    struct str password;
    char user[PROV_USER];
    if (!number(c, "keep_hours", 0, HOURS_MOST, &hours)) {
        return;
    }
    if (inventory_password_rotate(c->hub->inv, &c->actor, c->number, hours * 3600 * USEC_S,
                                  &c->arena, &password, &c->why) != ERR_OK ||
        inventory_device_get(c->hub->inv, c->number, &c->arena, &d, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    prov_user(d.mac, user);
    hub_tell_mac(c, "password-made", d.mac, 0);
    struct json *j = call_json(c);
    json_open(j, '{');
    json_id(j, "device_id", c->number);
    json_kz(j, "username", user);
    json_text(j, "password", password);
    json_time(j, "previous_until", hours ? c->actor.now + hours * 3600 * USEC_S : 0);
    json_close(j, '}');
    call_done(c, 201);
}

/* -- keys: what an operator writes into a rule, "[--key KEY] tftp://..." */

void keys_get(struct call *c)
{
    struct device_keys k;
    char key[2 * sizeof k.aes + 1], ikm[2 * sizeof k.ikm + 1];
    if (inventory_keys_get(c->hub->inv, c->number, &c->arena, &k, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    for (size_t i = 0; i < sizeof k.aes; i++) {
        (void)snprintf(key + 2 * i, 3, "%02x", k.aes[i]);
    }
    for (size_t i = 0; i < sizeof k.ikm; i++) {
        (void)snprintf(ikm + 2 * i, 3, "%02x", k.ikm[i]);
    }
    struct json *j = call_json(c);
    json_open(j, '{');
    json_id(j, "device_id", c->number);
    json_text(j, "url_key", k.url_key);
    json_kz(j, "key", key);
    json_kz(j, "ikm", ikm);
    json_close(j, '}');
    call_done(c, 200);
    explicit_bzero(key, sizeof key);
    explicit_bzero(ikm, sizeof ikm);
    explicit_bzero(&k, sizeof k);
}
