/* Many phones: which findings they share, and what else those phones have in common. */
#include "flow/report/report.h"

#include "base/esc.h"

/* What a network or a version can be blamed for. PHONE_VALUES stands for the firmware. */
static const enum phone_value keys[] = {PHONE_SILENT, PHONE_DNS1, PHONE_GATEWAY,
                                        PHONE_TFTP,   PHONE_EDGE, PHONE_VALUES};

const char *summary_key_name(enum phone_value v)
{
    return v == PHONE_VALUES ? "firmware" : phone_value_name(v);
}

static struct str value(const struct phone *p, enum phone_value v)
{
    return v == PHONE_VALUES ? p->firmware : p->value[v];
}

static struct summary_group *group_of(struct summary *s, const struct finding *f)
{
    for (unsigned i = 0; i < s->n; i++) {
        if (s->group[i].rule == f->rule && s->group[i].level == f->level) {
            return &s->group[i];
        }
    }
    if (s->n == SUMMARY_GROUPS) {
        return NULL;
    }
    struct summary_group *g = &s->group[s->n++];
    *g = (struct summary_group){.rule = f->rule, .level = f->level, .recovered = f->recovered};
    return g;
}

/* The first value seen of each key is followed: a cause shared by a site is shared by most. */
static void share(struct summary_group *g, const struct phone *p)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct str v = value(p, keys[i]);
        unsigned k = 0;
        for (; k < g->n_shared && g->shared[k].key != keys[i]; k++) {
        }
        if (v.len == 0) {
            continue;
        }
        if (k == g->n_shared && g->n_shared < SUMMARY_SHARED) {
            g->shared[g->n_shared].key = keys[i];
            g->shared[g->n_shared].value = v;
            g->shared[g->n_shared++].phones = 1;
        } else if (k < g->n_shared && str_eq(g->shared[k].value, v)) {
            g->shared[k].phones++;
        } else if (k < g->n_shared && g->shared[k].phones <= 1) {
            g->shared[k].value = v; /* nobody else had it: follow this one */
            g->shared[k].phones = 1;
        }
    }
}

static bool before(const struct summary_group *a, const struct summary_group *b)
{
    return a->level != b->level ? a->level > b->level : a->phones > b->phones;
}

static void sort(struct summary *s)
{
    for (unsigned i = 1; i < s->n; i++) {
        struct summary_group g = s->group[i];
        unsigned k = i;
        for (; k > 0 && before(&g, &s->group[k - 1]); k--) {
            s->group[k] = s->group[k - 1];
        }
        s->group[k] = g;
    }
}

void summary_read(const struct doctor *d, struct summary *ret_s)
{
    struct diagnosis dg;
    struct summary *s = ret_s;
    s->n = 0;
    s->phones = 0;
    s->registered = 0;
    s->with_error = 0;
    for (const struct phone *p = doctor_phones(d); p; p = p->next) {
        doctor_diagnose(d, p, &dg);
        s->phones++;
        s->registered += dg.ladder.rung[STAGE_REGISTERED].state == STAGE_OK;
        s->with_error += dg.n && dg.finding[0].level == LEVEL_ERROR;
        const struct rule *seen = NULL;
        for (unsigned i = 0; i < dg.n; i++) {
            const struct finding *f = &dg.finding[i];
            struct summary_group *g =
                f->level > LEVEL_INFO && f->rule != seen ? group_of(s, f) : NULL;
            seen = f->rule;
            if (g) {
                g->phones++;
                share(g, p);
            }
        }
    }
    sort(s);
}

static struct str fleet_value(void *ctx, struct str name)
{
    enum field f = field_read(name);
    return f == FIELDS ? str_of(NULL, 0) : fact_get(ctx, f);
}

/* The rule that a fact of the whole fleet decides. */
static const struct rule *fleet_rule(const struct rules *rules, const struct fact *f)
{
    for (const struct rule *u = rules->first; u; u = u->next) {
        for (unsigned i = 0; i < u->n_when; i++) {
            if (pattern_holds(&u->when[i], f)) {
                return u;
            }
        }
    }
    return NULL;
}

const struct rule *summary_fleet(const struct report *r, const struct summary_group *g,
                                 struct sink *out)
{
    const struct knowledge *k = doctor_knowledge(r->doctor);
    char count[STR_NUMBER];
    struct fact f;
    unsigned n = 0;
    while (n < g->n_shared && g->shared[n].phones < g->phones) {
        n++;
    }
    if (g->level != LEVEL_ERROR || g->phones < FLEET_LEAST || n == g->n_shared) {
        return NULL;
    }
    fact_init(&f, FACT_FLEET_SHARED);
    fact_add(&f, FIELD_COUNT, str_number(count, g->phones));
    fact_add(&f, FIELD_KEY, str_z(summary_key_name(g->shared[n].key)));
    fact_add(&f, FIELD_VALUE, g->shared[n].value);
    const struct rule *u = fleet_rule(&k->rules, &f);
    const struct finding_text *t = u ? texts_find(&k->texts[r->lang], u->id) : NULL;
    if (t) {
        bool whole = true;
        texts_fill(str_trim(t->v[TEXT_MESSAGE]), fleet_value, &f,
                   report_message(r, "value.unknown"), out, &whole);
    }
    return u;
}

static void fleet_text(const struct report *r, const struct summary_group *g, struct sink *out)
{
    struct buf b = {.limit = 4096};
    struct sink s = buf_sink(&b);
    const struct rule *u = summary_fleet(r, g, &s);
    if (u) {
        sink_fmt(out, "        %.*s[%.*s]: ",
                 STR_ARG(report_named(r, "level", str_z(level_name(u->level)))), STR_ARG(u->id));
        esc_term(out, buf_str(&b));
        sink_char(out, '\n');
    }
    buf_clear(&b);
}

void summary_text(const struct report *r, const struct summary *s, struct sink *out)
{
    const struct knowledge *k = doctor_knowledge(r->doctor);
    sink_fmt(out, "%.*s: %u, %.*s: %u, %.*s: %u\n", STR_ARG(report_message(r, "text.phones")),
             s->phones, STR_ARG(report_message(r, "text.registered")), s->registered,
             STR_ARG(report_message(r, "text.with-error")), s->with_error);
    for (unsigned i = 0; i < s->n; i++) {
        const struct summary_group *g = &s->group[i];
        const struct finding_text *t = texts_find(&k->texts[r->lang], g->rule->id);
        sink_fmt(out, "%6u  %-8s %.*s  ", g->phones, level_name(g->level), STR_ARG(g->rule->id));
        if (t) {
            sink_str(out, str_trim(t->v[TEXT_TITLE]));
        }
        sink_char(out, '\n');
        for (unsigned n = 0; n < g->n_shared; n++) {
            if (g->shared[n].phones < 2) {
                continue;
            }
            sink_fmt(out, "        %6u  %s ", g->shared[n].phones,
                     summary_key_name(g->shared[n].key));
            esc_term(out, g->shared[n].value);
            sink_char(out, '\n');
        }
        fleet_text(r, g, out);
    }
}
