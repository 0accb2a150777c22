/* A report's way: digest on a helper thread, row, place, diagnosis. */
#include "app/hub/intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "domain/fact/fact.h"
#include "io/inventory/devices.h"
#include "io/inventory/inbox.h"
#include "io/tls/file.h"

enum {
    NAME_MOST = 200,
    SERIAL_MOST = 64,
    USER_MOST = 200,
    SURPLUS_MOST = 16,
    REPORTS_MOST = 100000
};

struct intake {
    struct loop_work work;
    struct hub *hub;
    struct web_id id;
    bool asked;     /* by the exchange `id` */
    int64_t device; /* said by who uploads; 0: not */
    char path[HUB_PATH];
    char sha256[TLS_SHA256_TEXT];
    bool read;
    uint64_t size;
    struct hub_upload u;
    char who[96], source[ADDR_TEXT], name[NAME_MOST + 1], serial[SERIAL_MOST + 1],
        username[USER_MOST + 1];
};

void report_path(const struct hub *h, int64_t id, const char *tail, char ret_path[HUB_PATH])
{
    (void)snprintf(ret_path, HUB_PATH, "%.4000s/reports/%lld%s", h->folder, (long long)id, tail);
}

static void remove_files(const struct hub *h, int64_t id)
{
    static const char *const tails[] = {"", ".json", ".html", ".log"};
    char path[HUB_PATH];
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        report_path(h, id, tails[i], path);
        (void)unlink(path);
    }
}

enum err report_drop(struct hub *h, const struct actor *who, int64_t id, struct refusal *reterr)
{
    enum err e = inventory_report_remove(h->inv, who, id, reterr);
    if (e == ERR_OK) {
        remove_files(h, id);
    }
    return e;
}

/* -- as JSON */

static const char *const states[] = {"received", "done", "failed"};

static void write_digest(struct json *j, const uint8_t sha256[32])
{
    char text[65];
    for (size_t i = 0; i < 32; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", sha256[i]);
    }
    json_kz(j, "sha256", text);
}

static void write_verdict(struct json *j, const struct problem_report *r)
{
    static const char *const severity[] = {NULL, "info", "warning", "error"};
    json_key(j, "verdict");
    if (r->finding.len == 0) {
        json_null(j);
        return;
    }
    json_open(j, '{');
    json_text(j, "finding", r->finding);
    json_text(j, "title", r->title.len ? r->title : r->finding);
    json_text(j, "stage", r->stage.len ? r->stage : STR("none"));
    json_kz(j, "severity", r->severity >= 0 && r->severity < 4 ? severity[r->severity] : NULL);
    json_close(j, '}');
}

void report_write(struct json *j, const struct problem_report *r)
{
    json_open(j, '{');
    json_id(j, "id", r->id);
    json_id(j, "device_id", r->device);
    json_mac(j, "mac", r->has_mac, r->mac);
    json_text(j, "name", r->name);
    json_kint(j, "size", (int64_t)r->size);
    write_digest(j, r->sha256);
    json_text(j, "source", r->source);
    json_text(j, "by", r->by);
    json_text(j, "serial", r->serial);
    json_text(j, "username", r->user);
    json_time(j, "received_at", r->at);
    json_kz(j, "state", states[r->state]);
    write_verdict(j, r);
    json_kint(j, "findings", (int64_t)r->findings);
    json_close(j, '}');
}

static void push(struct hub *h, const char *event, const struct problem_report *r)
{
    struct buf b = {.limit = 2048};
    struct sink s = buf_sink(&b);
    struct json j;
    json_init(&j, &s, 0);
    report_write(&j, r);
    if (s.err == ERR_OK) {
        events_push(h, event, buf_str(&b));
    }
    buf_clear(&b);
}

/* -- the way */

static struct intake *intake_of(struct loop_work *w)
{
    return (struct intake *)(void *)((char *)w - offsetof(struct intake, work));
}

static void run(struct loop_work *w)
{
    struct intake *in = intake_of(w);
    in->read = tls_path_sha256(in->path, in->sha256, &in->size) == ERR_OK;
}

static void read_digest(const char *text, uint8_t ret[32])
{
    for (size_t i = 0; i < 32; i++) {
        ret[i] = (uint8_t)(ascii_hex(text[2 * i]) * 16 + ascii_hex(text[2 * i + 1]));
    }
}

/* The name alone: no path, nothing that a file's name may not hold. */
static struct str name_of(struct str s)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.p[i - 1] == '/' || s.p[i - 1] == '\\') {
            s = str_from(s, i);
            break;
        }
    }
    return s.len && !str_has_control(s) ? s : STR("report");
}

/* Too many, or too large all together: the oldest go. */
static void retain(struct hub *h, const struct actor *who)
{
    struct arena a;
    struct refusal none;
    int64_t *id = NULL;
    size_t n = 0;
    arena_init(&a, 0);
    if (inventory_reports_surplus(h->inv, REPORTS_MOST, h->cfg.reports_most, &a, &id, &n, &none) ==
        ERR_OK) {
        for (size_t i = 0; i < n && i < SURPLUS_MOST; i++) {
            hub_note(h, report_drop(h, who, id[i], &none));
        }
    }
    arena_clear(&a);
}

static enum err keep(struct intake *in, struct problem_report *r, struct refusal *reterr)
{
    struct hub *h = in->hub;
    const struct actor who = {
        .who = str_z(in->who), .source = str_z(in->source), .now = hub_date(h)};
    char path[HUB_PATH];
    enum err e = inventory_report_add(h->inv, &who, r, &r->id, reterr);
    if (e != ERR_OK) {
        return e;
    }
    report_path(h, r->id, "", path);
    if (rename(in->path, path) != 0 || reports_add(h->reports, (uint64_t)r->id, path) != ERR_OK) {
        r->state = REPORT_FAILED;
        hub_note(h, inventory_report_told(h->inv, r, reterr));
    }
    retain(h, &who);
    push(h, "report.added", r);
    return ERR_OK;
}

static void answer(struct intake *in, struct call *c, enum err e, const struct problem_report *r,
                   const struct refusal *why)
{
    if (!c) {
        return;
    }
    if (!in->read) {
        call_later(c, "storage", 5, "the file cannot be read again");
    } else if (e != ERR_OK) {
        c->why = *why;
        call_why(c);
    } else {
        report_write(call_json(c), r);
        call_location(c, "reports", r->id);
        call_done(c, 201);
    }
}

static void done(struct loop_work *w, bool cancelled)
{
    struct intake *in = intake_of(w);
    struct hub *h = in->hub;
    struct refusal why = {.code = REFUSAL_STORAGE};
    struct problem_report r = {.device = in->device,
                               .has_mac = in->u.has_mac,
                               .mac = in->u.mac,
                               .source = in->asked ? STR("") : str_z(in->source),
                               .by = in->asked ? str_z(in->who) : STR(""),
                               .name = name_of(str_z(in->name)),
                               .serial = str_z(in->serial),
                               .user = str_z(in->username),
                               .size = in->size,
                               .at = hub_date(h)};
    struct call *c = in->asked && !cancelled ? call_find(h, in->id) : NULL;
    enum err e = ERR_IO;
    if (r.device == 0 && r.has_mac) {
        (void)inventory_device_of_mac(h->inv, r.mac, &r.device);
    }
    if (in->read && !cancelled) {
        read_digest(in->sha256, r.sha256);
        e = keep(in, &r, &why);
    }
    if (e != ERR_OK) {
        (void)unlink(in->path);
    }
    answer(in, c, e, &r, &why);
    free(in);
}

static void keep_text(char *to, size_t cap, struct str s)
{
    (void)snprintf(to, cap, "%.*s", (int)(s.len < cap ? s.len : cap - 1), s.p ? s.p : "");
}

void intake_begin(struct hub *h, const struct hub_upload *u, struct call *c)
{
    struct intake *in = calloc(1, sizeof *in);
    if (in) {
        *in = (struct intake){.work = {.fn = run, .done = done}, .hub = h, .asked = c != NULL};
        in->u = *u;
        in->device = u->device;
        keep_text(in->path, sizeof in->path, str_z(u->path));
        keep_text(in->name, sizeof in->name, u->name);
        keep_text(in->serial, sizeof in->serial, u->serial);
        keep_text(in->username, sizeof in->username, u->username);
        keep_text(in->who, sizeof in->who, c ? c->actor.who : STR("system"));
        keep_text(in->source, sizeof in->source, c ? str_z(c->source) : u->source);
        in->id = c ? c->id : (struct web_id){0};
    }
    if (!in || loop_work(h->loop, &in->work) != ERR_OK) {
        (void)unlink(u->path);
        free(in);
        if (c) {
            call_later(c, "busy", 2, "much is being worked on");
        }
    }
}

/* -- the diagnosis is there */

static const char *outcome(const struct report_done *d)
{
    if (!d->ok) {
        return "failed";
    }
    return d->level >= 0 && d->level < LEVELS ? level_name((enum level)d->level) : "nothing";
}

static void tell(struct hub *h, const struct problem_report *r, const struct report_done *d)
{
    struct fact f;
    char mac[MAC_TEXT], index[STR_NUMBER], count[STR_NUMBER];
    mac_write(r->mac, mac);
    fact_init(&f, FACT_REPORT_DIAGNOSED);
    fact_add(&f, FIELD_INDEX, str_number(index, r->id));
    fact_add(&f, FIELD_MAC, r->has_mac ? str_z(mac) : STR(""));
    fact_add(&f, FIELD_STATE, str_z(outcome(d)));
    fact_add(&f, FIELD_RULE, r->finding);
    fact_add(&f, FIELD_ROLE, r->stage);
    fact_add(&f, FIELD_COUNT, str_number(count, d->findings));
    hub_tell_fact(h, hub_date(h), &f, r->source);
}

void intake_diagnosed(void *ctx, const struct report_done *d)
{
    struct hub *h = ctx;
    struct arena a;
    struct problem_report r;
    struct refusal none;
    arena_init(&a, 0);
    if (inventory_report_get(h->inv, (int64_t)d->id, &a, &r, &none) == ERR_OK) {
        r.state = d->ok ? REPORT_DONE : REPORT_FAILED;
        if (d->has_mac && !r.has_mac) {
            r.has_mac = true;
            r.mac = d->mac;
        }
        if (r.has_mac && !r.device) {
            (void)inventory_device_of_mac(h->inv, r.mac, &r.device);
        }
        r.finding = str_z(d->finding ? d->finding : "");
        r.stage = str_z(d->stage ? d->stage : "");
        r.severity = d->level >= 0 ? d->level + 1 : 0;
        r.findings = d->findings;
        if (d->serial && r.serial.len == 0) {
            r.serial = str_z(d->serial);
        }
        hub_note(h, inventory_report_told(h->inv, &r, &none));
        tell(h, &r, d);
        push(h, "report.changed", &r);
    }
    arena_clear(&a);
}
