/* Values of a device from its lines and layers. From weak to strong: what this installation says, organisation, site, model, lines,
 * device. */
#include "app/hub/render.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME = 64, TEXT = 256, RANK_HOME = 0, RANK_LINE = RENDER_ALONE, RANK_DEVICE = 5 };

struct gather {
    struct arena *arena;
    struct render *to;
    size_t cap;
    bool failed;
};

static void add(struct gather *g, struct render_value v)
{
    if (g->to->n == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 64;
        struct render_value *bigger = arena_alloc(g->arena, cap * sizeof *bigger);
        if (!bigger) {
            g->failed = true;
            return;
        }
        if (g->to->n) {
            memcpy(bigger, g->to->value, g->to->n * sizeof *bigger);
        }
        g->to->value = bigger;
        g->cap = cap;
    }
    g->to->value[g->to->n++] = v;
}

static struct str keep(struct gather *g, const char *z)
{
    struct str s = arena_str(g->arena, str_z(z));
    g->failed = g->failed || (*z && !s.p);
    return s;
}

/* -- lines */

/* A parameter of line n: "User_ID" becomes "User_ID_1_". */
static void add_line(struct gather *g, unsigned n, struct str from, const char *name,
                     struct str value, bool secret)
{
    char full[NAME];
    (void)snprintf(full, sizeof full, "%s_%u_", name, n);
    add(g, (struct render_value){.name = keep(g, full),
                                 .value = value,
                                 .from = from,
                                 .secret = secret,
                                 .rank = RANK_LINE});
}

static const char *transport_of(const struct hub_cfg *cfg, const struct facts_line *l)
{
    static const char *const names[] = {"AUTO", "UDP", "TCP", "TLS"};
    if (l->registrar) {
        return names[(unsigned)l->transport < 4 ? (unsigned)l->transport : 0];
    }
    return cfg->outbound_transport ? cfg->outbound_transport : "AUTO";
}

static void add_account(struct gather *g, const struct hub_cfg *cfg, const struct facts_line *l)
{
    char text[32];
    unsigned n = l->n;
    (void)snprintf(text, sizeof text, "line %u", n);
    struct str from = keep(g, text);
    struct str outbound = l->registrar ? l->outbound_proxy : cfg->outbound;
    struct str display = l->display.len ? l->display : l->label;
    add_line(g, n, from, "Line_Enable", STR("Yes"), false);
    add_line(g, n, from, "User_ID", l->user, false);
    add_line(g, n, from, "Display_Name", display.len ? display : l->number, false);
    add_line(g, n, from, "Password", l->secret, true);
    if (l->auth.len) {
        add_line(g, n, from, "Use_Auth_ID", STR("Yes"), false);
        add_line(g, n, from, "Auth_ID", l->auth, false);
    }
    add_line(g, n, from, "Proxy", l->registrar ? l->proxy : l->domain, false);
    if (outbound.len) {
        add_line(g, n, from, "Use_Outbound_Proxy", STR("Yes"), false);
        add_line(g, n, from, "Outbound_Proxy", outbound, false);
    }
    add_line(g, n, from, "SIP_Transport", str_z(transport_of(cfg, l)), false);
    add_line(g, n, from, "Register", STR("Yes"), false);
}

/* The line's key on the phone. */
static void add_key(struct gather *g, const struct facts_line *l)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%u", l->n);
    struct str number = keep(g, text);
    (void)snprintf(text, sizeof text, "line %u", l->n);
    struct str from = keep(g, text);
    add_line(g, l->n, from, "Extension", number, false);
    add_line(g, l->n, from, "Short_Name", l->label.len ? l->label : l->number, false);
    add_line(g, l->n, from, "Share_Call_Appearance", l->shared ? STR("shared") : STR("private"),
             false);
}

/* -- what holds for every phone of this installation */

static void add_home(struct gather *g, const struct hub_cfg *cfg, const struct device_facts *f)
{
    char text[TEXT];
    const struct render_value v = {.from = STR("installation"), .rank = RANK_HOME};
    struct render_value one = v;
    one.name = STR("Station_Name");
    one.value = f->device.owner;
    add(g, one);
    if (cfg->provision_url) {
        one.name = STR("PRT_Upload_Rule");
        (void)snprintf(text, sizeof text, "%s/reports/", cfg->provision_url);
        one.value = keep(g, text);
        add(g, one);
        one.name = STR("Report_Rule");
        (void)snprintf(text, sizeof text, "[--delta] %s/config-report", cfg->provision_url);
        one.value = keep(g, text);
        add(g, one);
    }
}

/* -- all of it */

static void add_layer(struct gather *g, const struct layer *l, unsigned rank)
{
    char room[LAYER_SCOPE];
    struct str from = keep(g, layer_scope(&l->ref, room));
    for (size_t i = 0; i < l->n; i++) {
        add(g, (struct render_value){.name = l->value[i].name,
                                     .value = l->value[i].value,
                                     .from = from,
                                     .secret = l->value[i].secret,
                                     .rank = rank});
    }
}

static int compare(const void *a, const void *b)
{
    const struct render_value *x = a, *y = b;
    int order = str_cmp(x->name, y->name);
    return order ? order : (int)y->rank - (int)x->rank;
}

enum err render_values(const struct hub_cfg *cfg, const struct device_facts *f, struct arena *a,
                       struct render *ret)
{
    *ret = (struct render){0};
    struct gather g = {.arena = a, .to = ret};
    add_home(&g, cfg, f);
    for (unsigned i = 0; i < LAYER_DEVICE; i++) {
        add_layer(&g, &f->layer[i], i + 1);
    }
    for (size_t i = 0; i < f->n_lines; i++) {
        add_account(&g, cfg, &f->line[i]);
        add_key(&g, &f->line[i]);
    }
    add_layer(&g, &f->layer[LAYER_DEVICE], RANK_DEVICE);
    if (g.failed) {
        return ERR_MEMORY;
    }
    qsort(ret->value, ret->n, sizeof *ret->value, compare);
    for (size_t i = 1; i < ret->n; i++) {
        ret->value[i].over = str_eq(ret->value[i].name, ret->value[i - 1].name);
    }
    return ERR_OK;
}

struct profile_value *render_holding(const struct render *r, struct arena *a, size_t *ret_n)
{
    struct profile_value *v = arena_alloc(a, (r->n + 1) * sizeof *v);
    size_t n = 0;
    for (size_t i = 0; v && i < r->n; i++) {
        if (!r->value[i].over) {
            v[n++] = (struct profile_value){
                .name = r->value[i].name, .value = r->value[i].value, .rank = r->value[i].rank};
        }
    }
    *ret_n = n;
    return v;
}
