/* Lists of devices, and one of them. */
#include <stdio.h>
#include <string.h>

#include "app/device/inside.h"
#include "base/esc.h"

enum { PAGE = 200, ITEMS_MOST = 100000, COLUMNS = 6 };

static void field(struct work *w, struct str text, size_t width)
{
    size_t used = esc_term_width(text);
    esc_term(w->out, text.len ? text : STR("-"));
    used = used ? used : 1;
    sink_fill(w->out, ' ', width > used ? width - used : 1);
}

/* The numbers of its lines, "2001 2002". */
static void numbers(struct jsonin_object *d, char *to, size_t cap)
{
    struct jsonin_list l;
    struct jsonin_object line;
    size_t at = 0;
    to[0] = 0;
    if (jsonin_list(d, "lines", JSONIN_NULL, 0, 100, &l) != JSONIN_GIVEN) {
        return;
    }
    for (size_t i = 0; i < l.n && jsonin_list_object(&l, i, &line); i++) {
        struct str n = client_text(&line, "number");
        n = n.len ? n : client_text(&line, "user");
        int len = snprintf(to + at, cap - at, "%s%.*s", i ? " " : "", STR_ARG(n));
        at += len > 0 && (size_t)len < cap - at ? (size_t)len : 0;
    }
}

static struct str owner(struct jsonin_object *d)
{
    struct jsonin_object o;
    return jsonin_object(d, "owner", JSONIN_NULL, &o) == JSONIN_GIVEN ? client_text(&o, "name")
                                                                      : STR("");
}

static struct str verdict(struct jsonin_object *d, const char *member)
{
    struct jsonin_object v;
    return jsonin_object(d, "verdict", JSONIN_NULL, &v) == JSONIN_GIVEN ? client_text(&v, member)
                                                                        : STR("");
}

static void write_row(struct work *w, struct jsonin_object *d)
{
    char lines[128];
    numbers(d, lines, sizeof lines);
    field(w, client_text(d, "mac"), 19);
    field(w, client_text(d, "status"), 13);
    field(w, client_text(d, "model"), 18);
    field(w, str_z(lines), 14);
    field(w, owner(d), 28);
    esc_term(w->out, verdict(d, "finding"));
    sink_char(w->out, '\n');
}

/* Adds the page's rows to the output; the cursor of the next page into `cursor`, empty behind the last. */
static bool write_page(struct work *w, const char *path, char cursor[512], size_t *n)
{
    struct buf body = {.p = NULL};
    struct jsonin doc = {.fault = JSONIN_FINE};
    struct jsonin_object root, d;
    struct jsonin_list l;
    bool ok = client_read(&w->client, path, &body, &doc, &root) &&
              jsonin_list(&root, "items", JSONIN_NEEDED, 0, ITEMS_MOST, &l) == JSONIN_GIVEN;
    cursor[0] = 0;
    if (ok && w->json) {
        sink_str(w->out, buf_str(&body));
        sink_char(w->out, '\n');
    }
    for (size_t i = 0; ok && i < l.n && jsonin_list_object(&l, i, &d); i++) {
        if (!w->json) {
            write_row(w, &d);
        }
        (*n)++;
    }
    if (ok) {
        (void)snprintf(cursor, 512, "%.*s", STR_ARG(str_head(client_text(&root, "next"), 500)));
    }
    jsonin_clear(&doc);
    buf_clear(&body);
    return ok;
}

static bool add_filter(struct work *w, char path[CLIENT_PATH], const char *name)
{
    const char *value = cli_value(w->args, name, NULL);
    size_t len = strlen(path);
    if (!value) {
        return true;
    }
    (void)snprintf(path + len, CLIENT_PATH - len, "&%s=", name);
    return client_add(path, str_z(value));
}

int device_list(struct work *w)
{
    char first[CLIENT_PATH], path[CLIENT_PATH], cursor[512];
    size_t n = 0;
    (void)snprintf(first, sizeof first, "/devices?limit=%d", PAGE);
    if (!add_filter(w, first, "status") || !add_filter(w, first, "model")) {
        return CLI_USAGE;
    }
    if (w->args->n > 1) {
        size_t len = strlen(first);
        (void)snprintf(first + len, sizeof first - len, "&q=");
        if (!client_add(first, str_z(w->args->arg[1]))) {
            return CLI_USAGE;
        }
    }
    (void)snprintf(path, sizeof path, "%s", first);
    while (write_page(w, path, cursor, &n)) {
        if (!cursor[0]) {
            return CLI_OK;
        }
        (void)snprintf(path, sizeof path, "%.400s&cursor=", first);
        if (!client_add(path, str_z(cursor))) {
            break;
        }
    }
    return CLI_UNFINISHED;
}

static void write_pair(struct work *w, const char *name, struct str value)
{
    if (value.len) {
        sink_fmt(w->out, "%-14s", name);
        esc_term(w->out, value);
        sink_char(w->out, '\n');
    }
}

void device_write(struct work *w, struct str body)
{
    struct jsonin doc;
    struct jsonin_object d;
    char lines[128];
    if (jsonin_open(&doc, body, &d)) {
        numbers(&d, lines, sizeof lines);
        write_pair(w, "id", client_text(&d, "id"));
        write_pair(w, "mac", client_text(&d, "mac"));
        write_pair(w, "model", client_text(&d, "model"));
        write_pair(w, "serial", client_text(&d, "serial"));
        write_pair(w, "owner", owner(&d));
        write_pair(w, "lines", str_z(lines));
        write_pair(w, "status", client_text(&d, "status"));
        write_pair(w, "since", client_text(&d, "status_since"));
        write_pair(w, "last seen", client_text(&d, "last_seen"));
        write_pair(w, "published", client_text(&d, "published_at"));
        write_pair(w, "finding", verdict(&d, "finding"));
        write_pair(w, "", verdict(&d, "title"));
        write_pair(w, "note", client_text(&d, "note"));
    }
    jsonin_clear(&doc);
}

int device_send(struct work *w, const char *method, const char *path, struct str body,
                void (*show)(struct work *w, struct str body))
{
    struct buf answer = {.p = NULL};
    bool ok = client_ask(&w->client, method, path, NULL, body, &answer);
    if (ok && w->json && answer.len) {
        sink_str(w->out, buf_str(&answer));
        sink_char(w->out, '\n');
    } else if (ok && show) {
        show(w, buf_str(&answer));
    }
    buf_clear(&answer);
    return ok ? CLI_OK : CLI_UNFINISHED;
}

int device_show(struct work *w)
{
    char id[CLIENT_ID], path[CLIENT_PATH];
    if (!client_device(&w->client, w->args->arg[1], id)) {
        return CLI_UNFINISHED;
    }
    (void)snprintf(path, sizeof path, "/devices/%s", id);
    return device_send(w, "GET", path, str_of(NULL, 0), device_write);
}
