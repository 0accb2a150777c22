/* Sites, and registrars other than our edge. */
#include "app/hub/handlers.h"

#include "io/inventory/accounts.h"
#include "io/inventory/people.h"

enum { NAME_MOST = 200, HOST_MOST = 255, NOTE_MOST = 2000 };

/* -- sites */

static void write_site(struct json *j, const struct site *s)
{
    json_open(j, '{');
    json_id(j, "id", s->id);
    json_text(j, "name", s->name);
    json_text(j, "note", s->note);
    json_kint(j, "devices", (int64_t)s->devices);
    json_version(j, s->version);
    json_time(j, "created_at", s->created);
    json_close(j, '}');
}

static void show_site(struct call *c, int64_t id, unsigned status)
{
    struct site s;
    if (inventory_site_get(c->hub->inv, id, &c->arena, &s, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    write_site(call_json(c), &s);
    call_etag(c, s.version);
    if (status == 201) {
        call_location(c, "sites", id);
    }
    call_done(c, status);
}

void sites_list(struct call *c)
{
    static const char *const known[] = {"q", NULL};
    struct site *s = NULL;
    size_t n = 0;
    struct str q, next;
    struct page page;
    if (!call_known(c, known) || !call_page(c, &page) || !call_text(c, "q", 100, &q)) {
        return;
    }
    if (inventory_sites(c->hub->inv, q, page, &c->arena, &s, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_site(call_json(c), &s[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

void sites_get(struct call *c)
{
    show_site(c, c->number, 200);
}

static void read_site(struct jsonin_object *o, unsigned name, struct site *to)
{
    (void)jsonin_str(o, "name", name, 1, NAME_MOST, &to->name);
    (void)jsonin_str(o, "note", 0, 0, NOTE_MOST, &to->note);
}

void sites_add(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct site to = {0};
    int64_t id = 0;
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_site(&o, JSONIN_NEEDED, &to);
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_site_add(c->hub->inv, &c->actor, &to, &id, &c->why) == ERR_OK) {
        show_site(c, id, 201);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

void sites_change(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct site to;
    int64_t version = 0;
    if (!call_version(c, 0, &version)) {
        return;
    }
    if (inventory_site_get(c->hub->inv, c->number, &c->arena, &to, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_site(&o, 0, &to);
    if (!call_body_end(c, &o)) {
        return;
    }
    to.version = version;
    if (inventory_site_change(c->hub->inv, &c->actor, &to, &c->why) == ERR_OK) {
        show_site(c, c->number, 200);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

void sites_remove(struct call *c)
{
    int64_t version = 0;
    if (call_version(c, 0, &version)) {
        call_removed(c, inventory_site_remove(c->hub->inv, &c->actor, c->number, version, &c->why));
    }
}

/* -- registrars */

static const char *const transports[] = {"any", "udp", "tcp", "tls", NULL};

static void write_registrar(struct json *j, const struct registrar *r)
{
    json_open(j, '{');
    json_id(j, "id", r->id);
    json_text(j, "name", r->name);
    json_text(j, "proxy", r->proxy);
    json_text(j, "outbound_proxy", r->outbound_proxy);
    json_kz(j, "transport", transports[r->transport]);
    json_text(j, "realm", r->realm);
    json_kint(j, "accounts", (int64_t)r->accounts);
    json_version(j, r->version);
    json_close(j, '}');
}

static void show_registrar(struct call *c, int64_t id, unsigned status)
{
    struct registrar r;
    if (inventory_registrar_get(c->hub->inv, id, &c->arena, &r, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    write_registrar(call_json(c), &r);
    call_etag(c, r.version);
    if (status == 201) {
        call_location(c, "registrars", id);
    }
    call_done(c, status);
}

void registrars_list(struct call *c)
{
    static const char *const known[] = {NULL};
    struct registrar *r = NULL;
    size_t n = 0;
    struct str next;
    struct page page;
    if (!call_known(c, known) || !call_page(c, &page)) {
        return;
    }
    if (inventory_registrars(c->hub->inv, page, &c->arena, &r, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        write_registrar(call_json(c), &r[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

void registrars_get(struct call *c)
{
    show_registrar(c, c->number, 200);
}

static void read_registrar(struct jsonin_object *o, unsigned needed, struct registrar *to)
{
    unsigned transport = 0;
    (void)jsonin_str(o, "name", needed, 1, NAME_MOST, &to->name);
    (void)jsonin_str(o, "proxy", needed, 1, HOST_MOST, &to->proxy);
    (void)jsonin_str(o, "outbound_proxy", 0, 0, HOST_MOST, &to->outbound_proxy);
    (void)jsonin_str(o, "realm", 0, 0, HOST_MOST, &to->realm);
    if (jsonin_word(o, "transport", 0, transports, &transport) == JSONIN_GIVEN) {
        to->transport = (enum registrar_transport)transport;
    }
}

void registrars_add(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct registrar to = {0};
    int64_t id = 0;
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_registrar(&o, JSONIN_NEEDED, &to);
    if (!call_body_end(c, &o)) {
        return;
    }
    if (inventory_registrar_add(c->hub->inv, &c->actor, &to, &id, &c->why) == ERR_OK) {
        show_registrar(c, id, 201);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

void registrars_change(struct call *c)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct registrar to;
    int64_t version = 0;
    if (!call_version(c, 0, &version)) {
        return;
    }
    if (inventory_registrar_get(c->hub->inv, c->number, &c->arena, &to, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    if (!call_body(c, &doc, &o)) {
        return;
    }
    read_registrar(&o, 0, &to);
    if (!call_body_end(c, &o)) {
        return;
    }
    to.version = version;
    if (inventory_registrar_change(c->hub->inv, &c->actor, &to, &c->why) == ERR_OK) {
        show_registrar(c, c->number, 200);
    } else {
        call_why(c);
    }
    jsonin_clear(&doc);
}

void registrars_remove(struct call *c)
{
    int64_t version = 0;
    if (call_version(c, 0, &version)) {
        call_removed(
            c, inventory_registrar_remove(c->hub->inv, &c->actor, c->number, version, &c->why));
    }
}
