/* What the service says of itself, and the catalogues. */
#include "app/hub/handlers.h"
#include "app/hub/models.h"
#include "domain/profile/profile.h"
#include "io/inventory/access.h"
#include "share/share.h"

void health_get(struct call *c)
{
    struct user *u = NULL;
    struct str next;
    size_t n = 0;
    const struct page page = {.limit = 1};
    enum err e = inventory_users(c->hub->inv, page, &c->arena, &u, &n, &next, &c->why);
    struct json *j = call_json(c);
    json_open(j, '{');
    json_kz(j, "status", e == ERR_OK ? "ok" : "degraded");
    json_kz(j, "version", c->hub->cfg.version ? c->hub->cfg.version : "");
    json_time(j, "started_at", c->hub->began);
    json_kbool(j, "setup", e == ERR_OK && n == 0);
    json_close(j, '}');
    call_done(c, e == ERR_OK ? 200 : 503);
}

void openapi_get(struct call *c)
{
    for (size_t i = 0; i < share_files_n; i++) {
        if (strcmp(share_files[i].name, "api/openapi.json") == 0) {
            sink_str(&c->sink, str_of(share_files[i].data, share_files[i].len));
            call_done(c, 200);
            return;
        }
    }
    call_refuse(c, "not-found", NULL, NULL);
}

void live_get(struct call *c)
{
    if (c->hub->cfg.live) {
        c->hub->cfg.live(c->hub->cfg.ctx, language_name(c->lang), call_json(c));
    } else {
        json_open(call_json(c), '{');
        json_close(call_json(c), '}');
    }
    call_done(c, 200);
}

void models_list(struct call *c)
{
    struct json *j = call_json(c);
    json_items(j);
    for (size_t i = 0; i < models_n; i++) {
        const struct model *m = &models[i];
        json_open(j, '{');
        json_kz(j, "name", m->name);
        json_kz(j, "psn", m->psn);
        json_kz(j, "title", m->title);
        json_kz(j, "family", m->family);
        json_kint(j, "lines", m->lines);
        json_kbool(j, "by_code", m->by_code);
        json_kbool(j, "by_mac", true);
        json_close(j, '}');
    }
    json_next(j, STR(""));
    call_done(c, 200);
}

static void write_parameter(struct json *j, const struct profile_param *p)
{
    json_open(j, '{');
    json_kz(j, "name", p->name);
    json_kz(j, "type", profile_kind_name(p->kind));
    json_kz(j, "default", p->usual ? p->usual : "");
    if (*p->choices) {
        struct str rest = str_z(p->choices);
        json_key(j, "choices");
        json_open(j, '[');
        while (rest.len) {
            json_str(j, str_cut(&rest, '|'));
        }
        json_close(j, ']');
    }
    if (p->most) {
        json_kint(j, "least", (int64_t)p->least);
        json_kint(j, "most", (int64_t)p->most);
    }
    json_kbool(j, "secret", p->kind == PROFILE_SECRET);
    json_close(j, '}');
}

/* The table is small: the cursor is a place in it. */
void parameters_list(struct call *c)
{
    static const char *const known[] = {"q", NULL};
    struct page page;
    struct str q, next = STR("");
    uint64_t at = 0;
    char room[STR_NUMBER];
    size_t shown = 0;
    if (!call_known(c, known) || !call_page(c, &page) || !call_text(c, "q", 100, &q)) {
        return;
    }
    if (page.cursor.len && (!str_u64(page.cursor, &at) || at > profile_params_n)) {
        call_refuse(c, "bad-field", "cursor", "is none of ours");
        return;
    }
    json_items(call_json(c));
    for (; at < profile_params_n && shown < page.limit; at++) {
        if (str_ifind(str_z(profile_params[at].name), q) != STR_NPOS || q.len == 0) {
            write_parameter(call_json(c), &profile_params[at]);
            shown++;
        }
    }
    if (at < profile_params_n) {
        next = str_number(room, (int64_t)at);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}
