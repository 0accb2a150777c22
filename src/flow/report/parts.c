/* What the reports of every form have in common: sentences, values, names. */
#include <stdio.h>

#include "flow/report/report.h"

struct str report_message(const struct report *r, const char *key)
{
    return texts_message(&doctor_knowledge(r->doctor)->texts[r->lang], key);
}

struct str report_named(const struct report *r, const char *prefix, struct str name)
{
    char key[96];
    snprintf(key, sizeof key, "%s.%.*s", prefix, STR_ARG(str_head(name, 60)));
    const struct message *m = doctor_knowledge(r->doctor)->texts[r->lang].messages;
    for (; m; m = m->next) {
        if (str_eq(m->key, str_z(key))) {
            return m->text;
        }
    }
    return name;
}

const struct finding_text *report_finding_text(const struct report *r, const struct finding *f)
{
    const struct knowledge *k = doctor_knowledge(r->doctor);
    const struct finding_text *t = texts_find(&k->texts[r->lang], f->rule->id);
    return t ? t : texts_find(&k->texts[LANG_EN], f->rule->id);
}

bool report_is_capture(const struct report *r, struct place at)
{
    return at.file < doctor_inputs(r->doctor) &&
           doctor_input(r->doctor, at.file)->kind == INPUT_CAPTURE;
}

struct values {
    const struct diagnosis *d;
    const struct finding *f;
    bool unsafe; /* a value holds what a shell could take for more than text */
    bool shell;
};

static bool is_safe(struct str v, bool url)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.p[i];
        if (!ascii_alnum(c) && !strchr(url ? "._:-/?&=@,~+" : "._:-/", c)) {
            return false;
        }
    }
    return v.len == 0 || v.p[0] != '-';
}

static struct str value_of(void *ctx, struct str name)
{
    struct values *v = ctx;
    struct str s = finding_value(v->d, v->f, name);
    if (v->shell && !is_safe(s, str_eq(name, STR("url")))) {
        v->unsafe = true;
    }
    return s;
}

bool report_fill(const struct report *r, const struct diagnosis *d, const struct finding *f,
                 struct str text, struct sink *out)
{
    bool whole = true;
    struct values v = {.d = d, .f = f};
    texts_fill(str_trim(text), value_of, &v, report_message(r, "value.unknown"), out, &whole);
    return whole;
}

bool report_next_command(const struct report *r, const struct diagnosis *d, const struct finding *f,
                         struct str *rest, struct arena *a, struct buf *out)
{
    struct str item;
    while (texts_item(rest, a, &item)) {
        bool whole = true;
        struct values v = {.d = d, .f = f, .shell = true};
        buf_reset(out);
        struct sink s = buf_sink(out);
        texts_fill(item, value_of, &v, report_message(r, "value.unknown"), &s, &whole);
        if (whole && !v.unsafe) {
            return true;
        }
    }
    return false;
}

/* Values for the short messages: numbered or named. */
struct words {
    struct str name[4];
    struct str value[4];
};

static struct str word_of(void *ctx, struct str name)
{
    const struct words *w = ctx;
    for (int i = 0; i < 4; i++) {
        if (str_eq(w->name[i], name)) {
            return w->value[i];
        }
    }
    return str_of(NULL, 0);
}

static void say(const struct report *r, const char *key, struct words *w, struct sink *out)
{
    bool whole = true;
    texts_fill(report_message(r, key), word_of, w, report_message(r, "value.unknown"), out, &whole);
}

static const struct finding *first_error(const struct diagnosis *d)
{
    return d->n && d->finding[0].level == LEVEL_ERROR ? &d->finding[0] : NULL;
}

/* The last stage that was passed, or STAGES. */
static enum stage furthest(const struct diagnosis *d)
{
    for (int st = STAGES - 1; st >= 0; st--) {
        if (d->ladder.rung[st].state == STAGE_OK) {
            return (enum stage)st;
        }
    }
    return STAGES;
}

void report_verdict(const struct report *r, const struct diagnosis *d, struct sink *out)
{
    const struct finding *f = first_error(d);
    enum stage st = d->ladder.failed;
    if (f && f->stage < STAGES) {
        st = f->stage;
    }
    struct words w = {.name = {STR_INIT("stage"), STR_INIT("message"), STR_INIT("actor")}};
    struct buf text = {.limit = 4096};
    if (f) {
        struct sink s = buf_sink(&text);
        (void)report_fill(r, d, f, report_finding_text(r, f)->v[TEXT_MESSAGE], &s);
        w.value[1] = buf_str(&text);
        w.value[2] = report_named(r, "actor", f->rule->actor);
    }
    if (st < STAGES) {
        w.value[0] = report_named(r, "stage", str_z(stage_name(st)));
        say(r, f ? "verdict.failed" : "verdict.failed-unknown", &w, out);
    } else if (f) {
        say(r, "verdict.error", &w, out);
    } else if (d->ladder.rung[STAGE_REGISTERED].state == STAGE_OK) {
        say(r, "verdict.registered", &w, out);
    } else if (furthest(d) < STAGES) {
        w.value[0] = report_named(r, "stage", str_z(stage_name(furthest(d))));
        say(r, d->phone->sources == 1U << SOURCE_PROBE ? "verdict.asked" : "verdict.open", &w, out);
    } else {
        say(r, "verdict.nothing", &w, out);
    }
    buf_clear(&text);
}

void report_reason(const struct report *r, const struct reason *why, struct sink *out)
{
    char n[3][24];
    struct words w = {.name = {STR_INIT("a"), STR_INIT("b"), STR_INIT("c")}};
    int64_t v[3] = {why->a, why->b, why->c};
    for (int i = 0; i < 3; i++) {
        snprintf(n[i], sizeof n[i], "%lld", (long long)v[i]);
        w.value[i] = str_z(n[i]);
    }
    say(r, why->key, &w, out);
}

void report_absence(const struct report *r, const struct finding *f, const struct evidence *e,
                    struct sink *out)
{
    char n[3][32];
    int64_t ms = fact_int(f->decisive, FIELD_MS, -1);
    struct words w = {.name = {STR_INIT("from"), STR_INIT("to"), STR_INIT("seconds")}};
    snprintf(n[0], sizeof n[0], "%u", e->from.line);
    snprintf(n[1], sizeof n[1], "%u", e->to.line);
    snprintf(n[2], sizeof n[2], "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
    w.value[0] = str_z(n[0]);
    w.value[1] = str_z(n[1]);
    w.value[2] = ms >= 0 ? str_z(n[2]) : str_of(NULL, 0);
    say(r, "evidence.absence", &w, out);
}

int report_worst(const struct doctor *d)
{
    struct diagnosis dg;
    int worst = -1;
    for (const struct phone *p = doctor_phones(d); p; p = p->next) {
        doctor_diagnose(d, p, &dg);
        worst = worst < 0 ? LEVEL_INFO : worst;
        for (unsigned i = 0; i < dg.n; i++) {
            worst = (int)dg.finding[i].level > worst ? (int)dg.finding[i].level : worst;
        }
    }
    return worst;
}

void report_phone_name(const struct phone *p, struct sink *out)
{
    char mac[MAC_TEXT];
    bool any = false;
    if (p->model.len) {
        sink_str(out, p->model);
        any = true;
    }
    if (p->has_mac) {
        mac_write(p->mac, mac);
        sink_z(out, any ? " " : "");
        sink_z(out, mac);
        any = true;
    }
    if (p->serial.len && !p->has_mac) {
        sink_z(out, any ? " " : "");
        sink_str(out, p->serial);
        any = true;
    }
    if (!any && p->value[PHONE_USER].len) {
        sink_str(out, p->value[PHONE_USER]);
        any = true;
    }
    if (!any) {
        sink_z(out, p->sources == 1U << SOURCE_PROBE ? "probe" : "?");
    }
}

enum { KNOWN_FACTS = 11 }; /* that known_fact knows */

static bool known_fact(const struct phone *p, unsigned i, const char **ret_key,
                       struct str *ret_value, char buf[96])
{
    int n = 0;
    switch (i) {
    case 0:
        *ret_key = "fact.mac";
        if (p->has_mac) {
            char mac[MAC_TEXT];
            mac_write(p->mac, mac);
            n = snprintf(buf, 96, "%s (%.*s, %u)", mac, STR_ARG(str_head(p->mac_from, 16)),
                         p->mac_place.line);
        }
        break;
    case 1:
        *ret_key = "fact.serial";
        *ret_value = p->serial;
        return true;
    case 2:
        *ret_key = "fact.model";
        *ret_value = p->model;
        return true;
    case 3:
        *ret_key = "fact.firmware";
        *ret_value = p->firmware;
        return true;
    case 4:
        *ret_key = "fact.window";
        n = snprintf(buf, 96, "%.*s - %.*s", STR_ARG(p->first_time), STR_ARG(p->last_time));
        break;
    case 5:
        *ret_key = "fact.year";
        n = p->year ? snprintf(buf, 96, "%d", p->year) : 0;
        break;
    case 6:
        *ret_key = "fact.offset";
        n = p->has_offset
                ? snprintf(buf, 96, "%+.1f ms +/- %.1f ms", p->offset_ms, p->uncertainty_ms)
                : 0;
        break;
    case 7:
        *ret_key = "fact.expires";
        n = p->granted >= 0
                ? snprintf(buf, 96, "%lld s / %lld s", (long long)p->asked, (long long)p->granted)
                : 0;
        break;
    case 8:
        *ret_key = "fact.missing";
        n = p->missing ? snprintf(buf, 96, "%llu / %u", (unsigned long long)p->missing, p->gaps)
                       : 0;
        break;
    case 9:
        *ret_key = "fact.records";
        n = snprintf(buf, 96, "%llu", (unsigned long long)p->records);
        break;
    case 10:
        *ret_key = "fact.shift";
        n = p->aligned ? snprintf(buf, 96, "%+.3f s (%u)", p->shift_ms / 1e3, p->shared) : 0;
        break;
    default:
        return false;
    }
    *ret_value = str_of(buf, n > 0 ? (size_t)n : 0);
    return true;
}

bool report_fact(const struct phone *p, unsigned i, const char **ret_key, struct str *ret_value,
                 char buf[96])
{
    static const char *const keys[PHONE_VALUES] = {
        "fact.ip",         "fact.gateway", "fact.dns1",       "fact.dns2",         "fact.ntp",
        "fact.target",     "fact.rule",    "fact.activation", "fact.provisioning", "fact.proxy",
        "fact.srv-target", "fact.edge",    "fact.resolver",   "fact.silent",       "fact.switch",
        "fact.hostname",   "fact.user",
    };
    if (known_fact(p, i, ret_key, ret_value, buf)) {
        return true;
    }
    if (i - KNOWN_FACTS < PHONE_VALUES) {
        *ret_key = keys[i - KNOWN_FACTS];
        *ret_value = p->value[i - KNOWN_FACTS];
        return true;
    }
    return false;
}
