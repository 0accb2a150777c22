/* What a phone would be given, and how that differs from what it has. */
#include "app/hub/drift.h"
#include "app/hub/handlers.h"
#include "app/hub/models.h"
#include "app/hub/render.h"
#include "io/inventory/config.h"

/* False after answering. */
static bool find(struct call *c, bool drafts, struct device_facts *ret_facts, struct render *ret)
{
    if (inventory_device_facts(c->hub->inv, c->number, drafts, c->actor.now, &c->arena, ret_facts,
                               &c->why) != ERR_OK) {
        call_why(c);
        return false;
    }
    if (render_values(&c->hub->cfg, ret_facts, &c->arena, ret) != ERR_OK) {
        call_refuse(c, "internal", NULL, "no memory");
        return false;
    }
    return true;
}

static struct str shown(const struct render_value *v)
{
    return v->secret ? str_of(NULL, 0) : str_of(v->value.p ? v->value.p : "", v->value.len);
}

static void write_values(struct json *j, const struct render *r)
{
    json_key(j, "values");
    json_open(j, '[');
    for (size_t i = 0; i < r->n;) {
        const struct render_value *v = &r->value[i];
        json_open(j, '{');
        json_text(j, "name", v->name);
        json_kstr(j, "value", shown(v));
        json_kbool(j, "secret", v->secret);
        json_text(j, "from", v->from);
        json_key(j, "over");
        json_open(j, '[');
        for (i++; i < r->n && r->value[i].over; i++) {
            json_open(j, '{');
            json_text(j, "from", r->value[i].from);
            json_kstr(j, "value", shown(&r->value[i]));
            json_close(j, '}');
        }
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* -- what will keep the phone from its dial tone */

static void write_note(void *ctx, const struct profile_note *note)
{
    static const char *const severity[] = {"error", "warning", "info"};
    struct json *j = ctx;
    json_open(j, '{');
    json_kz(j, "severity", severity[note->severity]);
    json_text(j, "name", note->name);
    json_kz(j, "rule", note->code);
    json_kz(j, "message", note->text);
    json_close(j, '}');
}

static void write_lint(struct call *c, const struct device_facts *f, const struct render *r)
{
    struct json *j = call_json(c);
    const struct model *m = model_find(f->device.model);
    const struct profile_lint_cfg cfg = {.lines = m ? m->lines : 0, .device_rank = RENDER_ALONE};
    size_t n = 0;
    struct profile_value *v = render_holding(r, &c->arena, &n);
    json_key(j, "lint");
    json_open(j, '[');
    if (v) {
        profile_lint(v, n, &cfg, write_note, j);
    }
    json_close(j, ']');
}

/* -- two sets of values, name by name */

static size_t next_name(const struct render *r, size_t i)
{
    for (i++; i < r->n && r->value[i].over; i++) {
    }
    return i;
}

static void write_change(struct json *j, struct str name, const struct render_value *was,
                         const struct render_value *is)
{
    json_open(j, '{');
    json_text(j, "name", name);
    json_kstr(j, "before", was ? shown(was) : str_of(NULL, 0));
    json_kstr(j, "after", is ? shown(is) : str_of(NULL, 0));
    json_kbool(j, "secret", (was && was->secret) || (is && is->secret));
    json_close(j, '}');
}

/* Changes are written unless `j` is NULL; how many. */
static size_t compare(struct json *j, const struct render *was, const struct render *is)
{
    size_t a = 0, b = 0, n = 0;
    while (a < was->n || b < is->n) {
        const struct render_value *x = a < was->n ? &was->value[a] : NULL;
        const struct render_value *y = b < is->n ? &is->value[b] : NULL;
        int order = !x ? 1 : !y ? -1 : str_cmp(x->name, y->name);
        bool same = order == 0 && str_eq(x->value, y->value);
        n += !same;
        if (!same && j && x && order <= 0) {
            write_change(j, x->name, x, order == 0 ? y : NULL);
        } else if (!same && j && y) {
            write_change(j, y->name, NULL, y);
        }
        a = order <= 0 ? next_name(was, a) : a;
        b = order >= 0 ? next_name(is, b) : b;
    }
    return n;
}

/* What the phone reported, if it did: when. */
static usec_t write_drift(struct call *c, const struct render *published)
{
    struct json *j = call_json(c);
    struct config_report report = {0};
    struct refusal none;
    struct drift d = {0};
    json_key(j, "drift");
    if (inventory_config_report_get(c->hub->inv, c->number, &c->arena, &report, &none) != ERR_OK ||
        report.at == 0 || drift_find(report.bytes, published, &c->arena, &d) != ERR_OK) {
        json_null(j);
        return 0;
    }
    json_open(j, '[');
    for (size_t i = 0; i < d.n; i++) {
        json_open(j, '{');
        json_text(j, "name", d.value[i].published->name);
        json_kstr(j, "before", shown(d.value[i].published));
        json_kstr(j, "after", d.value[i].reported);
        json_kbool(j, "secret", false);
        json_close(j, '}');
    }
    json_close(j, ']');
    return report.at;
}

void effective_get(struct call *c)
{
    struct device_facts draft, published;
    struct render r, was;
    if (!find(c, true, &draft, &r)) {
        return;
    }
    if (!find(c, false, &published, &was)) {
        device_facts_wipe(&draft);
        return;
    }
    struct json *j = call_json(c);
    json_open(j, '{');
    json_id(j, "device_id", c->number);
    write_values(j, &r);
    write_lint(c, &draft, &r);
    json_kbool(j, "draft", compare(NULL, &was, &r) > 0);
    json_time(j, "published_at", published.published_at);
    json_kz(j, "etag", NULL);
    json_close(j, '}');
    device_facts_wipe(&draft);
    device_facts_wipe(&published);
    call_done(c, 200);
}

void effective_diff(struct call *c)
{
    struct device_facts draft, published;
    struct render r, was;
    if (!find(c, true, &draft, &r)) {
        return;
    }
    if (!find(c, false, &published, &was)) {
        device_facts_wipe(&draft);
        return;
    }
    struct json *j = call_json(c);
    json_open(j, '{');
    json_id(j, "device_id", c->number);
    json_key(j, "draft");
    json_open(j, '[');
    (void)compare(j, &was, &r);
    json_close(j, ']');
    usec_t reported = write_drift(c, &was);
    json_time(j, "published_at", published.published_at);
    json_time(j, "reported_at", reported);
    json_close(j, '}');
    device_facts_wipe(&draft);
    device_facts_wipe(&published);
    call_done(c, 200);
}
