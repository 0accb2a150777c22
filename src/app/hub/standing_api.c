/* Where phones stand, as app/hub/status tells it. */
#include "app/hub/handlers.h"
#include "io/inventory/devices.h"

enum { FACTS_MOST = 500 };

void overview_get(struct call *c)
{
    static const char *const known[] = {NULL};
    if (call_known(c, known)) {
        status_overview(c->hub->status, c->lang, &c->sink);
        call_done(c, 200);
    }
}

/* The device's addresses, the one that holds first. False after answering. */
static bool macs(struct call *c, struct device *d, struct mac was[DEVICE_MACS_MOST], size_t *ret_n)
{
    *ret_n = 0;
    if (inventory_device_get(c->hub->inv, c->number, &c->arena, d, &c->why) != ERR_OK) {
        call_why(c);
        return false;
    }
    for (size_t i = 0; i < d->n_was && *ret_n < DEVICE_MACS_MOST; i++) {
        if (d->was[i].until) {
            was[(*ret_n)++] = d->was[i].mac;
        }
    }
    return true;
}

/* It waits for its phone: nothing can be known. */
static void write_waiting(struct json *j)
{
    json_open(j, '{');
    json_kz(j, "mac", NULL);
    json_kz(j, "status", standing_status_name(STANDING_ACTIVATING));
    json_key(j, "boot");
    json_null(j);
    json_key(j, "good");
    json_null(j);
    json_key(j, "verdict");
    json_null(j);
    json_key(j, "findings");
    json_open(j, '[');
    json_close(j, ']');
    json_close(j, '}');
}

void journey_get(struct call *c)
{
    static const char *const known[] = {NULL};
    struct device d;
    struct mac was[DEVICE_MACS_MOST];
    size_t n = 0;
    if (!call_known(c, known) || !macs(c, &d, was, &n)) {
        return;
    }
    if (!d.has_mac) {
        write_waiting(call_json(c));
    } else if (status_journey(c->hub->status, d.mac, was, n, c->lang, &c->sink) != ERR_OK) {
        call_later(c, "storage", 5, "the journal cannot be read");
        return;
    }
    call_done(c, 200);
}

void facts_list(struct call *c)
{
    static const char *const known[] = {NULL};
    struct device d;
    struct mac was[DEVICE_MACS_MOST];
    struct page page;
    int64_t before = 0;
    size_t n = 0;
    if (!call_known(c, known) || !call_page(c, &page) || !call_query_id(c, "cursor", &before) ||
        !macs(c, &d, was, &n)) {
        return;
    }
    if (!d.has_mac) {
        json_items(call_json(c));
        json_next(call_json(c), STR(""));
    } else if (status_facts(c->hub->status, d.mac, page.limit, before, &c->sink) != ERR_OK) {
        call_later(c, "storage", 5, "the journal cannot be read");
        return;
    }
    call_done(c, 200);
}
