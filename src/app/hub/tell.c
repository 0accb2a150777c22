/* What people did, told to the journal and to the status as facts. */
#include <stdio.h>

#include "app/hub/api.h"
#include "domain/fact/fact.h"
#include "flow/record/record.h"
#include "io/inventory/devices.h"

void hub_tell_row(struct hub *h, const struct journal_row *row)
{
    if (h->cfg.store) {
        (void)store_journal(h->cfg.store, row);
    }
    status_on_row(h->status, row);
}

void hub_tell_fact(struct hub *h, usec_t now, const struct fact *f, struct str source)
{
    struct buf line = {.limit = RECORD_LINE};
    struct sink out = buf_sink(&line);
    record_write(&out, now, f);
    if (out.err == ERR_OK) {
        hub_tell_row(h, &(struct journal_row){.when = now,
                                              .subject = fact_get(f, FIELD_MAC),
                                              .source = source,
                                              .kind = f->kind,
                                              .line = str_trim(buf_str(&line))});
    }
    buf_clear(&line);
}

static void tell(struct call *c, struct fact *f, const struct mac *mac)
{
    char text[MAC_TEXT];
    if (mac) {
        mac_write(*mac, text);
        fact_add(f, FIELD_MAC, str_z(text));
    }
    hub_tell_fact(c->hub, c->actor.now, f, str_z(c->source));
}

void hub_tell_login(struct call *c, struct str user, const char *state)
{
    struct fact f;
    fact_init(&f, FACT_HUB_LOGIN);
    fact_add(&f, FIELD_STATE, str_z(state));
    fact_add(&f, FIELD_USER, user);
    fact_add(&f, FIELD_SERVER, str_z(c->source));
    tell(c, &f, NULL);
}

void hub_tell_mac(struct call *c, const char *state, struct mac mac, usec_t valid)
{
    struct fact f;
    char seconds[STR_NUMBER];
    fact_init(&f, FACT_DEVICE_CHANGED);
    fact_add(&f, FIELD_STATE, str_z(state));
    fact_add(&f, FIELD_USER, c->who.name);
    if (valid) {
        fact_add(&f, FIELD_COUNT, str_number(seconds, valid / USEC_S));
    }
    tell(c, &f, &mac);
}

void hub_tell_device(struct call *c, const char *state, int64_t id, usec_t valid)
{
    struct device d;
    struct refusal none;
    if (inventory_device_get(c->hub->inv, id, &c->arena, &d, &none) == ERR_OK && d.has_mac) {
        hub_tell_mac(c, state, d.mac, valid);
    }
}

void hub_tell_lines(struct call *c, int64_t id)
{
    struct fact f;
    struct device d;
    struct refusal none;
    char lines[STR_NUMBER];
    if (inventory_device_get(c->hub->inv, id, &c->arena, &d, &none) == ERR_OK && d.has_mac) {
        fact_init(&f, FACT_CONFIG_PUBLISHED);
        fact_add(&f, FIELD_STATE, STR("lines"));
        fact_add(&f, FIELD_USER, c->who.name);
        fact_add(&f, FIELD_COUNT, str_number(lines, (int64_t)d.n_lines));
        tell(c, &f, &d.mac);
    }
}

void hub_tell_replaced(struct call *c, struct mac old, const struct device *d)
{
    struct fact f;
    char text[MAC_TEXT];
    hub_tell_mac(c, "released", old, 0);
    if (d->has_mac) {
        mac_write(old, text);
        fact_init(&f, FACT_DEVICE_CHANGED);
        fact_add(&f, FIELD_STATE, STR("replaced"));
        fact_add(&f, FIELD_OTHER, str_z(text));
        fact_add(&f, FIELD_USER, c->who.name);
        tell(c, &f, &d->mac);
    }
}

void hub_tell_order(struct call *c, struct mac mac, const char *what, const char *state)
{
    struct fact f;
    fact_init(&f, FACT_DEVICE_ORDERED);
    fact_add(&f, FIELD_KEY, str_z(what));
    fact_add(&f, FIELD_STATE, str_z(state));
    fact_add(&f, FIELD_USER, c->who.name);
    tell(c, &f, &mac);
}
