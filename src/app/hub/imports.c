/* Devices in from comma-separated values, and out. */
#include <stdlib.h>

#include "app/hub/handlers.h"
#include "domain/fact/fact.h"
#include "io/inventory/import.h"

enum { SHOWN_MOST = 1000, EXPORT_ROWS = 200 };

/* -- in: rows are written by a helper thread, in one transaction */

struct import_job {
    struct loop_work work;
    struct hub *hub;
    struct web_id id;
    struct import *import;
    bool preview;
};

static struct import_job *job_of(struct loop_work *w)
{
    return (struct import_job *)(void *)((char *)w - offsetof(struct import_job, work));
}

static void run(struct loop_work *w)
{
    inventory_import_run(job_of(w)->import);
}

static void write_row(struct json *j, const struct import_row *r, bool done)
{
    bool good = r->refused.code == REFUSAL_NONE;
    json_open(j, '{');
    json_kint(j, "line", (int64_t)r->line);
    json_mac(j, "mac", r->has_mac, r->mac);
    json_kz(j, "result", good ? "good" : "refused");
    json_kbool(j, "new_owner", r->new_owner);
    json_kbool(j, "new_site", r->new_site);
    json_kbool(j, "new_account", r->new_account);
    json_id(j, "device_id", done ? r->device : 0);
    json_key(j, "problem");
    if (good) {
        json_null(j);
    } else {
        json_problem(j, &r->refused);
    }
    json_close(j, '}');
}

/* The first ones of a kind. */
static void write_rows(struct json *j, const struct import_row *row, uint64_t n, bool good,
                       bool done)
{
    size_t shown = 0;
    for (uint64_t i = 0; i < n && shown < SHOWN_MOST; i++) {
        if ((row[i].refused.code == REFUSAL_NONE) == good) {
            write_row(j, &row[i], done);
            shown++;
        }
    }
}

static void answer(struct call *c, const struct import_job *job, const struct import_result *r,
                   const struct import_row *row)
{
    struct json *j = call_json(c);
    json_open(j, '{');
    json_kbool(j, "preview", job->preview);
    json_kbool(j, "done", r->done);
    json_kint(j, "rows", (int64_t)r->rows);
    json_kint(j, "good", (int64_t)r->good);
    json_kint(j, "refused", (int64_t)r->refused);
    json_key(j, "items");
    json_open(j, '[');
    write_rows(j, row, r->rows, false, r->done);
    write_rows(j, row, r->rows, true, r->done);
    json_close(j, ']');
    json_close(j, '}');
    call_done(c, 200);
}

static void done(struct loop_work *w, bool cancelled)
{
    struct import_job *job = job_of(w);
    struct hub *h = job->hub;
    struct call *c = cancelled ? NULL : call_find(h, job->id);
    struct import_result result = {0};
    const struct import_row *row = NULL;
    struct refusal why = {.code = REFUSAL_STORAGE};
    enum err e = cancelled ? ERR_IO : inventory_import_end(job->import, &result, &row, &why);
    h->importing = false;
    if (c && e == ERR_OK) {
        answer(c, job, &result, row);
    } else if (c) {
        c->why = why;
        call_why(c);
    } else if (e == ERR_OK) {
        hub_spread(h, NULL);
    }
    inventory_import_free(job->import);
    free(job);
    hub_settle(h);
}

void imports_add(struct call *c)
{
    static const char *const known[] = {"preview", "partial", NULL};
    struct hub *h = c->hub;
    bool preview = false, partial = false;
    if (!call_known(c, known) || !call_flag(c, "preview", &preview) ||
        !call_flag(c, "partial", &partial)) {
        return;
    }
    struct import_job *job = h->importing ? NULL : calloc(1, sizeof *job);
    if (!job) {
        call_later(c, "busy", 2, "another import is being written");
        return;
    }
    c->body_read = true;
    *job = (struct import_job){
        .work = {.fn = run, .done = done}, .hub = h, .id = c->id, .preview = preview};
    if (inventory_import_new(h->inv, &c->actor, c->body, preview, partial, &job->import, &c->why) !=
        ERR_OK) {
        free(job);
        call_why(c);
        return;
    }
    if (loop_work(h->loop, &job->work) != ERR_OK) {
        inventory_import_free(job->import);
        free(job);
        call_later(c, "busy", 2, "much is being worked on");
        return;
    }
    h->importing = true;
}

/* -- out, in pieces as the reader takes them */

/* The next piece into c->out; false: it is over, or failed. */
static bool next_piece(struct call *c)
{
    struct str cursor = c->cursor;
    struct arena a;
    arena_init(&a, 0);
    buf_reset(&c->out);
    c->sink = buf_sink(&c->out);
    enum err e = c->over
                     ? ERR_END
                     : inventory_export(c->hub->inv, &a, &cursor, EXPORT_ROWS, &c->sink, &c->why);
    c->over = e != ERR_OK || cursor.len == 0;
    struct buf keep = {.limit = 1024};
    bool kept = buf_add(&keep, cursor) == ERR_OK;
    arena_clear(&a);
    arena_reset(&c->arena);
    c->cursor = kept ? arena_str(&c->arena, buf_str(&keep)) : STR("");
    buf_clear(&keep);
    return e == ERR_OK;
}

void exports_room(struct hub *h, struct call *c)
{
    (void)h;
    for (;;) {
        if (c->out.len && !web_push(c->x, buf_str(&c->out))) {
            return;
        }
        if (!next_piece(c)) {
            break;
        }
    }
    web_close(c->x);
    call_end(c);
}

void exports_get(struct call *c)
{
    static const struct web_answer head = {
        .status = 200,
        .type = "text/csv; charset=utf-8",
        .fields = STR_INIT("Cache-Control: no-store\r\n"
                           "Content-Disposition: attachment; filename=\"devices.csv\"\r\n")};
    static const char *const known[] = {NULL};
    if (!call_known(c, known)) {
        return;
    }
    c->cursor = STR("");
    if (str_eq(web_head(c->x)->method, STR("HEAD"))) {
        c->type = head.type;
        call_done(c, 200);
        return;
    }
    web_open(c->x, &head);
    exports_room(c->hub, c);
}
