/* Letters from the workers: questions, facts, problem reports. */
#include <stdio.h>
#include <stdlib.h>

#include "app/hub/drift.h"
#include "app/hub/inside.h"
#include "app/hub/intake.h"
#include "domain/fact/fact.h"
#include "flow/record/record.h"
#include "io/inventory/config.h"
#include "io/inventory/devices.h"
#include "io/inventory/inbox.h"
#include "io/inventory/proof.h"

enum { MAIL_MOST = 16 * 1024 * 1024, NAMES = 4, NAMES_TEXT = 400 };

/* -- one phone */

static void on_answered(struct loop_letter *l, void *ctx)
{
    struct hub_ask *a = (struct hub_ask *)(void *)l;
    a->answered(a, ctx);
}

static void on_ask(struct loop_letter *l, void *ctx)
{
    struct hub_ask *a = (struct hub_ask *)(void *)l;
    struct hub *h = ctx;
    if (h->ending) { /* the asker is no more */
        return;
    }
    atomic_fetch_add(&h->count.asked, 1);
    a->ret = hub_prov_device(h, &a->q);
    a->letter.open = on_answered;
    loop_post(a->back, &a->letter);
}

void hub_ask(struct hub *h, struct hub_ask *a)
{
    a->ret = NULL;
    a->letter.open = on_ask;
    loop_post(h->loop, &a->letter);
}

/* -- rows of the journal */

struct told {
    struct loop_letter letter;
    struct journal_row row;
    size_t len;
    char text[];
};

static char *copy(char *to, struct str s, struct str *ret)
{
    if (s.len) {
        memcpy(to, s.p, s.len);
    }
    *ret = str_of(to, s.len);
    return to + s.len;
}

/* An enrolment window was made use of. */
static void on_served(struct hub *h, const struct fact *f)
{
    struct mac mac;
    int64_t id = 0;
    if (str_eq(fact_get(f, FIELD_PROOF), STR("window")) && mac_read(fact_get(f, FIELD_MAC), &mac) &&
        inventory_device_of_mac(h->inv, mac, &id)) {
        inventory_window_used(h->inv, id);
    }
}

/* A guess without proof: one row of the inbox for its source. */
static void on_refused(struct hub *h, const struct fact *f)
{
    struct str proof = fact_get(f, FIELD_PROOF);
    struct unknown_phone u = {.source = fact_get(f, FIELD_SERVER),
                              .model = fact_get(f, FIELD_MODEL),
                              .serial = fact_get(f, FIELD_SERIAL)};
    struct str reason = fact_get(f, FIELD_REASON);
    if (u.source.len == 0 || (proof.len && !str_eq(proof, STR("none"))) ||
        str_eq(reason, STR("unknown"))) {
        return;
    }
    int64_t id = 0;
    u.has_mac = mac_read(fact_get(f, FIELD_MAC), &u.mac);
    if (u.has_mac && !str_eq(reason, STR("no-proof")) &&
        inventory_device_of_mac(h->inv, u.mac, &id)) {
        return; /* what is wrong with a known phone's proof, its own page tells */
    }
    u.how = f->kind == FACT_ACTIVATION_REFUSED ? STR("activation") : fact_get(f, FIELD_TRANSPORT);
    hub_unknown(h, &u);
}

static void on_fact(void *ctx, const struct fact *f)
{
    if (f->kind == FACT_PROVISION_SERVED || f->kind == FACT_ACTIVATION_SERVED) {
        on_served(ctx, f);
    } else if (f->kind == FACT_PROVISION_REFUSED || f->kind == FACT_ACTIVATION_REFUSED) {
        on_refused(ctx, f);
    }
}

static void on_mark(void *ctx, const struct mark *m)
{
    (void)ctx;
    (void)m;
}

static void look(struct hub *h, const struct journal_row *row)
{
    bool served = row->kind == FACT_PROVISION_SERVED || row->kind == FACT_ACTIVATION_SERVED;
    if (served ? str_find(row->line, STR(" proof=window")) == STR_NPOS
               : row->kind != FACT_PROVISION_REFUSED && row->kind != FACT_ACTIVATION_REFUSED) {
        return;
    }
    uint32_t order = 0;
    const struct record_sink sink = {.ctx = h, .mark = on_mark, .fact = on_fact};
    record_begin(h->record, sink, 0, &order);
    record_feed(h->record, row->line);
    record_end(h->record);
}

static void on_told(struct loop_letter *l, void *ctx)
{
    struct told *t = (struct told *)(void *)l;
    struct hub *h = ctx;
    atomic_fetch_sub(&h->mail, t->len);
    if (!h->ending) {
        atomic_fetch_add(&h->count.told, 1);
        status_on_row(h->status, &t->row);
        look(h, &t->row);
    }
    free(t);
}

bool hub_tell(struct hub *h, const struct journal_row *row)
{
    size_t len = sizeof(struct told) + row->subject.len + row->source.len + row->line.len;
    bool room = atomic_fetch_add(&h->mail, len) + len <= MAIL_MOST;
    struct told *t = room ? malloc(len) : NULL;
    if (!t) {
        atomic_fetch_sub(&h->mail, len);
        atomic_fetch_add(&h->count.lost, 1);
        atomic_store(&h->lost, true);
        return false;
    }
    *t = (struct told){.letter = {.open = on_told}, .row = *row, .len = len};
    char *at = copy(t->text, row->subject, &t->row.subject);
    at = copy(at, row->source, &t->row.source);
    (void)copy(at, row->line, &t->row.line);
    loop_post(h->loop, &t->letter);
    return true;
}

/* -- what phones upload */

struct upload {
    struct loop_letter letter;
    struct hub_upload u;
    char text[];
};

static void on_upload(struct loop_letter *l, void *ctx)
{
    struct upload *up = (struct upload *)(void *)l;
    const struct hub *h = ctx;
    if (!h->ending) { /* else it is swept away at the next start */
        intake_begin(ctx, &up->u, NULL);
    }
    free(up);
}

bool hub_upload(struct hub *h, const struct hub_upload *u)
{
    struct str path = str_of(u->path, strlen(u->path) + 1);
    size_t len = path.len + u->name.len + u->serial.len + u->username.len + u->source.len;
    struct upload *up = malloc(sizeof *up + len);
    if (!up) {
        return false;
    }
    *up = (struct upload){.letter = {.open = on_upload}, .u = *u};
    struct str p;
    char *at = copy(up->text, path, &p);
    at = copy(at, u->name, &up->u.name);
    at = copy(at, u->serial, &up->u.serial);
    at = copy(at, u->username, &up->u.username);
    (void)copy(at, u->source, &up->u.source);
    up->u.path = p.p;
    loop_post(h->loop, &up->letter);
    return true;
}

const char *hub_incoming(const struct hub *h)
{
    return h->incoming;
}

struct config_letter {
    struct loop_letter letter;
    struct mac mac;
    char source[ADDR_TEXT];
    size_t len;
    char text[];
};

/* How many parameters the phone has otherwise than published, and the first of them. */
static void tell_drift(struct hub *h, const struct config_letter *cl, const struct drift *d)
{
    struct fact f;
    char mac[MAC_TEXT], count[STR_NUMBER], names[NAMES_TEXT] = "";
    for (size_t i = 0; i < d->n && i < NAMES; i++) {
        size_t len = strlen(names);
        (void)snprintf(names + len, sizeof names - len, "%s%.*s", i ? " " : "",
                       STR_ARG(d->value[i].published->name));
    }
    mac_write(cl->mac, mac);
    fact_init(&f, FACT_CONFIG_DRIFT);
    fact_add(&f, FIELD_MAC, str_z(mac));
    fact_add(&f, FIELD_SERVER, str_z(cl->source));
    fact_add(&f, FIELD_COUNT, str_number(count, (int64_t)d->n));
    fact_add(&f, FIELD_TEXT, str_z(names));
    hub_tell_fact(h, hub_date(h), &f, str_z(cl->source));
}

static void compare_config(struct hub *h, const struct config_letter *cl, int64_t id)
{
    struct arena a;
    struct device_facts f;
    struct render r;
    struct drift d;
    struct refusal none;
    arena_init(&a, 0);
    if (inventory_device_facts(h->inv, id, false, hub_date(h), &a, &f, &none) == ERR_OK) {
        if (render_values(&h->cfg, &f, &a, &r) == ERR_OK &&
            drift_find(str_of(cl->text, cl->len), &r, &a, &d) == ERR_OK && d.n) {
            tell_drift(h, cl, &d);
        }
        device_facts_wipe(&f);
    }
    arena_clear(&a);
}

static void on_config(struct loop_letter *l, void *ctx)
{
    struct config_letter *cl = (struct config_letter *)(void *)l;
    struct hub *h = ctx;
    struct refusal why;
    int64_t id = 0;
    if (!h->ending && inventory_device_of_mac(h->inv, cl->mac, &id)) {
        hub_note(h, inventory_config_report_put(h->inv, id, hub_date(h), str_of(cl->text, cl->len),
                                                &why));
        compare_config(h, cl, id);
        events_device(h, id);
    }
    free(cl);
}

bool hub_config_report(struct hub *h, struct mac mac, bool proven, struct str xml,
                       struct str source)
{
    struct config_letter *cl = proven ? malloc(sizeof *cl + xml.len) : NULL;
    if (!cl) {
        return false;
    }
    *cl = (struct config_letter){.letter = {.open = on_config}, .mac = mac, .len = xml.len};
    (void)snprintf(cl->source, sizeof cl->source, "%.*s", STR_ARG(source));
    memcpy(cl->text, xml.p, xml.len);
    loop_post(h->loop, &cl->letter);
    return true;
}
