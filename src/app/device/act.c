/* What is done to devices. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/device/inside.h"
#include "base/esc.h"
#include "base/mac.h"

enum { FILE_MOST = 64 << 20 };

static void put(struct work *w, struct json *j, const char *member, const char *option)
{
    const char *value = cli_value(w->args, option, NULL);
    if (value) {
        json_kz(j, member, value);
    }
}

/* -- add */

/* The id of the one with exactly that name; empty: there is none. False after telling. */
static bool find_owner(struct work *w, const char *list, const char *name, char ret_id[CLIENT_ID])
{
    char path[CLIENT_PATH];
    struct buf body = {.p = NULL};
    struct jsonin doc = {.fault = JSONIN_FINE};
    struct jsonin_object root, o;
    struct jsonin_list l;
    unsigned found = 0;
    ret_id[0] = 0;
    (void)snprintf(path, sizeof path, "/%s?limit=100&q=", list);
    bool ok = client_add(path, str_z(name)) && client_read(&w->client, path, &body, &doc, &root) &&
              jsonin_list(&root, "items", JSONIN_NEEDED, 0, 1000, &l) == JSONIN_GIVEN;
    for (size_t i = 0; ok && i < l.n && jsonin_list_object(&l, i, &o); i++) {
        if (str_eq(client_text(&o, "name"), str_z(name))) {
            (void)snprintf(ret_id, CLIENT_ID, "%.*s",
                           STR_ARG(str_head(client_text(&o, "id"), CLIENT_ID - 1)));
            found++;
        }
    }
    if (found > 1) {
        cli_error("%u %s are called '%s': add the device on the page, where they can be told apart",
                  found, list, name);
        ok = false;
    }
    jsonin_clear(&doc);
    buf_clear(&body);
    return ok;
}

static bool make_owner(struct work *w, const char *list, const char *name, char ret_id[CLIENT_ID])
{
    char path[64];
    struct buf text = {.limit = 4096}, answer = {.p = NULL};
    struct sink s = buf_sink(&text);
    struct json j;
    struct jsonin doc = {.fault = JSONIN_FINE};
    struct jsonin_object o;
    json_init(&j, &s, 0);
    json_open(&j, '{');
    json_kz(&j, "name", name);
    json_close(&j, '}');
    (void)snprintf(path, sizeof path, "/%s", list);
    bool ok = client_ask(&w->client, "POST", path, NULL, buf_str(&text), &answer) &&
              jsonin_open(&doc, buf_str(&answer), &o);
    if (ok) {
        (void)snprintf(ret_id, CLIENT_ID, "%.*s",
                       STR_ARG(str_head(client_text(&o, "id"), CLIENT_ID - 1)));
    }
    jsonin_clear(&doc);
    buf_clear(&answer);
    buf_clear(&text);
    return ok && ret_id[0];
}

int device_add(struct work *w)
{
    char id[CLIENT_ID];
    const char *person = cli_value(w->args, "person", NULL);
    const char *place = cli_value(w->args, "workspace", NULL);
    const char *name = person ? person : place;
    const char *list = person ? "people" : "workspaces";
    struct buf text = {.limit = 16384};
    struct sink s = buf_sink(&text);
    struct json j;
    if (!cli_given(w->args, "model") || !person == !place) {
        cli_error("add takes --model MODEL, and either --person NAME or --workspace NAME");
        return CLI_USAGE;
    }
    if (!find_owner(w, list, name, id) || (!id[0] && !make_owner(w, list, name, id))) {
        return CLI_UNFINISHED;
    }
    json_init(&j, &s, 0);
    json_open(&j, '{');
    json_kz(&j, "mac", w->args->arg[1]);
    json_key(&j, "owner");
    json_open(&j, '{');
    json_kz(&j, "kind", person ? "person" : "workspace");
    json_kz(&j, "id", id);
    json_close(&j, '}');
    put(w, &j, "model", "model");
    put(w, &j, "number", "number");
    put(w, &j, "display", "display");
    put(w, &j, "serial", "serial");
    put(w, &j, "note", "note");
    json_close(&j, '}');
    int code = device_send(w, "POST", "/devices", buf_str(&text), device_write);
    buf_clear(&text);
    return code;
}

/* -- what is done to one that is there */

/* "/devices/ID" + tail. Exit code that is not CLI_OK after telling. */
static int path_of(struct work *w, const char *tail, char path[CLIENT_PATH])
{
    char id[CLIENT_ID];
    if (!client_device(&w->client, w->args->arg[1], id)) {
        return CLI_UNFINISHED;
    }
    (void)snprintf(path, CLIENT_PATH, "/devices/%s%s", id, tail);
    return CLI_OK;
}

int device_replace(struct work *w)
{
    char path[CLIENT_PATH];
    struct buf text = {.limit = 4096};
    struct sink s = buf_sink(&text);
    struct json j;
    int code = path_of(w, "/replace", path);
    json_init(&j, &s, 0);
    json_open(&j, '{');
    json_kz(&j, "mac", w->args->arg[2]);
    put(w, &j, "model", "model");
    put(w, &j, "reason", "reason");
    json_close(&j, '}');
    code = code == CLI_OK ? device_send(w, "POST", path, buf_str(&text), device_write) : code;
    buf_clear(&text);
    return code;
}

int device_release(struct work *w)
{
    char path[CLIENT_PATH];
    int code = path_of(w, "", path);
    return code == CLI_OK ? device_send(w, "DELETE", path, str_of(NULL, 0), NULL) : code;
}

static void show_sent(struct work *w, struct str body)
{
    struct jsonin doc;
    struct jsonin_object o;
    int64_t n = 0;
    if (jsonin_open(&doc, body, &o) &&
        jsonin_int(&o, "sent", JSONIN_NEEDED, 0, INT64_MAX, &n) == JSONIN_GIVEN) {
        sink_fmt(w->out, n ? "sent over %lld connection%s\n" : "not sent: it is not registered\n",
                 (long long)n, n == 1 ? "" : "s");
    }
    jsonin_clear(&doc);
}

int device_order(struct work *w)
{
    char path[CLIENT_PATH], text[64];
    int code = path_of(w, "/actions", path);
    int n = snprintf(text, sizeof text, "{\"action\":\"%s\"}", w->args->arg[0]);
    return code == CLI_OK ? device_send(w, "POST", path, str_of(text, (size_t)n), show_sent) : code;
}

/* A whole number that an option gives; `otherwise` where it is not given. False after telling. */
static bool number_of(struct work *w, const char *option, uint64_t otherwise, uint64_t *ret)
{
    const char *value = cli_value(w->args, option, NULL);
    *ret = otherwise;
    if (value && (!str_u64(str_z(value), ret) || *ret == 0)) {
        cli_error("--%s: '%s' is no number of %s", option, value, option);
        return false;
    }
    return true;
}

static void show_members(struct work *w, struct str body)
{
    static const char *const members[] = {"code", "mac", "expires_at"};
    struct jsonin doc;
    struct jsonin_object o;
    if (jsonin_open(&doc, body, &o)) {
        for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
            struct str value = client_text(&o, members[i]);
            if (value.len) {
                sink_fmt(w->out, "%-14s", members[i]);
                esc_term(w->out, value);
                sink_char(w->out, '\n');
            }
        }
    }
    jsonin_clear(&doc);
}

int device_code(struct work *w)
{
    char path[CLIENT_PATH], text[64];
    uint64_t hours = 0;
    if (!number_of(w, "hours", 0, &hours)) {
        return CLI_USAGE;
    }
    int code = path_of(w, "/code", path);
    int n = hours ? snprintf(text, sizeof text, "{\"hours\":%llu}", (unsigned long long)hours)
                  : snprintf(text, sizeof text, "{}");
    return code == CLI_OK ? device_send(w, "POST", path, str_of(text, (size_t)n), show_members)
                          : code;
}

int device_window(struct work *w)
{
    char path[CLIENT_PATH], text[64];
    uint64_t minutes = 0;
    if (!number_of(w, "minutes", 30, &minutes)) {
        return CLI_USAGE;
    }
    int code = path_of(w, "/window", path);
    int n = snprintf(text, sizeof text, "{\"minutes\":%llu}", (unsigned long long)minutes);
    return code == CLI_OK ? device_send(w, "POST", path, str_of(text, (size_t)n), show_members)
                          : code;
}

/* -- files */

static bool read_file(const char *name, struct buf *ret)
{
    char bytes[16384];
    bool standard = strcmp(name, "-") == 0;
    FILE *f = standard ? stdin : fopen(name, "re");
    size_t n = 0;
    bool ok = f != NULL;
    ret->limit = FILE_MOST;
    while (ok && (n = fread(bytes, 1, sizeof bytes, f)) > 0) {
        ok = buf_add(ret, str_of(bytes, n)) == ERR_OK;
    }
    if (!f || (ok && ferror(f))) {
        cli_error("cannot read %s: %s", name, strerror(errno));
        ok = false;
    } else if (!ok) {
        cli_error("%s is larger than %d MiB", name, FILE_MOST >> 20);
    }
    if (f && !standard) {
        (void)fclose(f);
    }
    return ok;
}

/* Rows that were refused come with their problem. Whether there was one. */
static bool show_import(struct work *w, struct str body)
{
    struct jsonin doc;
    struct jsonin_object root, o, problem;
    struct jsonin_list l;
    int64_t added = 0, unchanged = 0, refused = 0, row = 0;
    bool ok = jsonin_open(&doc, body, &root);
    (void)(ok && jsonin_int(&root, "added", 0, 0, INT64_MAX, &added) &&
           jsonin_int(&root, "unchanged", 0, 0, INT64_MAX, &unchanged) &&
           jsonin_int(&root, "refused", 0, 0, INT64_MAX, &refused));
    ok = ok && jsonin_list(&root, "items", 0, 0, 1000000, &l) == JSONIN_GIVEN;
    for (size_t i = 0; ok && i < l.n && jsonin_list_object(&l, i, &o) && !w->json; i++) {
        if (jsonin_object(&o, "problem", JSONIN_NULL, &problem) == JSONIN_GIVEN &&
            jsonin_int(&o, "row", JSONIN_NEEDED, 0, INT64_MAX, &row) == JSONIN_GIVEN) {
            struct str detail = client_text(&problem, "detail");
            sink_fmt(w->out, "line %lld  ", (long long)row);
            esc_term(w->out, client_text(&o, "mac"));
            sink_z(w->out, "  ");
            esc_term(w->out, detail.len ? detail : client_text(&problem, "title"));
            sink_char(w->out, '\n');
        }
    }
    if (!w->json) {
        sink_fmt(w->out, "%lld added, %lld unchanged, %lld refused%s\n", (long long)added,
                 (long long)unchanged, (long long)refused,
                 cli_given(w->args, "preview") ? " (nothing was changed)" : "");
    }
    jsonin_clear(&doc);
    return refused > 0;
}

int device_import(struct work *w)
{
    struct buf text = {.p = NULL}, answer = {.p = NULL};
    const char *path = cli_given(w->args, "preview") ? "/imports?preview=1" : "/imports";
    int code = CLI_UNFINISHED;
    if (!read_file(w->args->arg[1], &text)) {
        code = CLI_USAGE;
    } else if (client_ask(&w->client, "POST", path, "text/csv", buf_str(&text), &answer)) {
        code = show_import(w, buf_str(&answer)) ? CLI_ERRORS : CLI_OK;
        if (w->json) {
            sink_str(w->out, buf_str(&answer));
            sink_char(w->out, '\n');
        }
    }
    buf_clear(&text);
    buf_clear(&answer);
    return code;
}

int device_export(struct work *w)
{
    struct buf answer = {.p = NULL};
    bool ok = client_ask(&w->client, "GET", "/export.csv", NULL, str_of(NULL, 0), &answer);
    if (ok) {
        sink_str(w->out, buf_str(&answer));
    }
    buf_clear(&answer);
    return ok ? CLI_OK : CLI_UNFINISHED;
}
