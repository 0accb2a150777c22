/* Problem reports by people: taken as they come, to the disk; shown with their diagnosis. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/hub/handlers.h"
#include "app/hub/intake.h"
#include "io/inventory/inbox.h"
#include "proto/multipart/multipart.h"

enum { VALUE_MOST = 200, FORM_MORE = 65536, LOG_PIECE = 1024 * 1024 };

/* -- taking */

enum part { PART_NONE, PART_FILE, PART_MAC, PART_SERIAL, PART_USER };

struct taking {
    char path[HUB_PATH];
    int fd;
    uint64_t size;
    bool form; /* multipart; else the body is the file */
    bool failed, done;
    enum part part;
    struct multipart reader;
    char name[VALUE_MOST + 1];
    char value[PART_USER + 1][VALUE_MOST + 1];
    int64_t device;
};

static void clear(struct call *c)
{
    struct taking *t = c->mine;
    c->mine = NULL;
    if (t->fd >= 0) {
        (void)close(t->fd);
    }
    if (!t->done) {
        (void)unlink(t->path);
    }
    free(t);
}

static bool open_file(struct call *c, struct taking *t)
{
    (void)snprintf(t->path, sizeof t->path, "%.4000s/page-%llx-%u-%u-%u", c->hub->incoming,
                   (unsigned long long)c->hub->events.epoch, c->id.slot, c->id.serial, c->id.nth);
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return t->fd >= 0;
}

/* False after answering. */
static bool read_query(struct call *c, struct taking *t)
{
    static const char *const known[] = {"name", "device_id", NULL};
    struct str name;
    if (!call_known(c, known) || !call_text(c, "name", VALUE_MOST, &name) ||
        !call_query_id(c, "device_id", &t->device)) {
        return false;
    }
    (void)snprintf(t->name, sizeof t->name, "%.*s", STR_ARG(name));
    return true;
}

static void begin(struct call *c)
{
    struct str type = http_value(web_head(c->x), HTTP_CONTENT_TYPE);
    uint64_t len = web_length(c->x);
    struct taking *t = calloc(1, sizeof *t);
    if (!t) {
        call_refuse(c, "internal", NULL, "no memory");
        return;
    }
    t->fd = -1;
    c->mine = t;
    t->form = str_istarts(type, STR("multipart/form-data"));
    if (!read_query(c, t)) {
        return;
    }
    if (len != UINT64_MAX && len > c->hub->cfg.report_most + FORM_MORE) {
        call_refuse(c, "body-too-large", NULL, "a report may not be so large");
    } else if (t->form && multipart_init(&t->reader, type) != ERR_OK) {
        call_refuse(c, "media-type", NULL, "multipart/form-data with a boundary");
    } else if (!open_file(c, t)) {
        call_later(c, "storage", 5, "no file can be made");
    } else {
        web_pieces(c->x, c->hub->cfg.report_most + FORM_MORE);
    }
}

static void write_file(struct call *c, struct taking *t, struct str s)
{
    t->size += s.len;
    if (t->size > c->hub->cfg.report_most) {
        t->failed = true;
        errno = EFBIG;
    }
    while (!t->failed && s.len) {
        ssize_t n = write(t->fd, s.p, s.len);
        if (n < 0 && errno != EINTR) {
            t->failed = true;
        } else if (n > 0) {
            s = str_from(s, (size_t)n);
        }
    }
}

static enum part part_of(struct str name)
{
    static const char *const names[] = {
        [PART_FILE] = "prt_file", "devicename", "serialno", "username"};
    for (enum part p = PART_FILE; p <= PART_USER; p++) {
        if (str_eq(name, str_z(names[p]))) {
            return p;
        }
    }
    return PART_NONE;
}

static void on_part(struct taking *t)
{
    const struct multipart_part *part = &t->reader.part;
    t->part = part_of(part->name);
    if (t->part == PART_NONE && part->filename.len) {
        t->part = PART_FILE;
    }
    if (t->part == PART_FILE && part->filename.len) {
        (void)snprintf(t->name, sizeof t->name, "%.*s",
                       (int)(part->filename.len < VALUE_MOST ? part->filename.len : VALUE_MOST),
                       part->filename.p);
    }
}

static void on_data(struct call *c, struct taking *t, struct str data)
{
    if (t->part == PART_FILE) {
        write_file(c, t, data);
    } else if (t->part != PART_NONE) {
        char *to = t->value[t->part];
        size_t len = strlen(to);
        (void)snprintf(to + len, VALUE_MOST + 1 - len, "%.*s",
                       (int)(data.len < VALUE_MOST ? data.len : VALUE_MOST), data.p);
    }
}

/* False after answering. */
static bool read_form(struct call *c, struct taking *t, struct str *in)
{
    for (;;) {
        struct err_at at = {0};
        struct str data = {0};
        enum multipart_event event = MULTIPART_END;
        switch (multipart_next(&t->reader, in, &event, &data, &at)) {
        case ERR_OK:
            if (event == MULTIPART_PART) {
                on_part(t);
            } else if (event == MULTIPART_DATA) {
                on_data(c, t, data);
            }
            break;
        case ERR_MORE:
            return true;
        case ERR_END:
            *in = STR("");
            return true;
        default:
            call_refuse(c, "bad-request", NULL, at.what ? at.what : "the form is damaged");
            return false;
        }
        if (t->failed) {
            return true;
        }
    }
}

static void piece(struct call *c, struct str bytes)
{
    struct taking *t = c->mine;
    if (!t->form) {
        write_file(c, t, bytes);
    } else if (!read_form(c, t, &bytes)) {
        return;
    }
    if (t->failed && t->size > c->hub->cfg.report_most) {
        call_refuse(c, "body-too-large", NULL, "a report may not be so large");
    } else if (t->failed) {
        call_later(c, "storage", 5, "the file cannot be written");
    }
}

/* "SEP00005E005301", as phones call themselves; values may stand in quotes. */
static struct str value_of(const struct taking *t, enum part p)
{
    struct str s = str_trim(str_z(t->value[p]));
    if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"') {
        s = str_of(s.p + 1, s.len - 2);
    }
    return str_has_control(s) ? STR("") : s;
}

static void end(struct call *c)
{
    struct taking *t = c->mine;
    if (t->size == 0 || (t->form && !multipart_whole(&t->reader))) {
        call_refuse(c, "bad-field", "prt_file", t->size ? "the form has no end" : "no file came");
        return;
    }
    if (close(t->fd) != 0) {
        t->fd = -1;
        call_later(c, "storage", 5, "the file cannot be written");
        return;
    }
    t->fd = -1;
    t->done = true;
    struct hub_upload u = {.path = t->path,
                           .size = t->size,
                           .device = t->device,
                           .name = str_z(t->name),
                           .serial = value_of(t, PART_SERIAL),
                           .username = value_of(t, PART_USER)};
    u.has_mac = mac_read(value_of(t, PART_MAC), &u.mac);
    intake_begin(c->hub, &u, c);
}

const struct call_stream reports_stream = {
    .begin = begin, .piece = piece, .end = end, .clear = clear};

/* -- showing */

void reports_list(struct call *c)
{
    static const char *const known[] = {"device_id", NULL};
    struct report_query q = {0};
    struct problem_report *r = NULL;
    struct str next;
    size_t n = 0;
    if (!call_known(c, known) || !call_page(c, &q.page) ||
        !call_query_id(c, "device_id", &q.device)) {
        return;
    }
    if (inventory_reports(c->hub->inv, &q, &c->arena, &r, &n, &next, &c->why) != ERR_OK) {
        call_why(c);
        return;
    }
    json_items(call_json(c));
    for (size_t i = 0; i < n; i++) {
        report_write(call_json(c), &r[i]);
    }
    json_next(call_json(c), next);
    call_done(c, 200);
}

/* False after answering. */
static bool find(struct call *c, struct problem_report *ret)
{
    if (inventory_report_get(c->hub->inv, c->number, &c->arena, ret, &c->why) != ERR_OK) {
        call_why(c);
        return false;
    }
    return true;
}

void reports_get(struct call *c)
{
    struct problem_report r;
    if (find(c, &r)) {
        report_write(call_json(c), &r);
        call_done(c, 200);
    }
}

void reports_remove(struct call *c)
{
    call_removed(c, report_drop(c->hub, &c->actor, c->number, &c->why));
}

/* The report's file, or what was made of it; -1: it is not there. */
static int open_tail(struct call *c, const char *tail, uint64_t *ret_len)
{
    char path[HUB_PATH];
    struct stat st;
    report_path(c->hub, c->number, tail, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        (void)close(fd);
        fd = -1;
    }
    *ret_len = fd >= 0 ? (uint64_t)st.st_size : 0;
    return fd;
}

static void send_file(struct call *c, int fd, uint64_t len, const char *type, const char *fields)
{
    const struct web_answer head = {.status = 200, .type = type, .fields = str_z(fields)};
    web_send_file(c->x, &head, fd, len);
    call_end(c);
}

static void send_made(struct call *c, const char *tail, const char *type)
{
    struct problem_report r;
    uint64_t len = 0;
    if (!find(c, &r)) {
        return;
    }
    int fd = open_tail(c, tail, &len);
    if (fd >= 0) {
        send_file(c, fd, len, type, "Cache-Control: no-store\r\n");
    } else if (r.state == REPORT_RECEIVED) {
        call_later(c, "busy", 1, "it is being diagnosed");
    } else {
        call_refuse(c, "not-found", NULL, "it could not be diagnosed");
    }
}

void reports_diagnosis(struct call *c)
{
    send_made(c, ".json", "application/json");
}

void reports_log(struct call *c)
{
    send_made(c, ".log", "text/plain; charset=utf-8");
}

/* What came from outside is never shown by the browser, only saved. */
void reports_file(struct call *c)
{
    struct problem_report r;
    uint64_t len = 0;
    char fields[160];
    if (!find(c, &r)) {
        return;
    }
    int fd = open_tail(c, "", &len);
    if (fd < 0) {
        call_refuse(c, "not-found", NULL, "the file is gone");
        return;
    }
    (void)snprintf(fields, sizeof fields,
                   "Cache-Control: no-store\r\nContent-Disposition: attachment; "
                   "filename=\"report-%lld\"\r\n",
                   (long long)r.id);
    send_file(c, fd, len, "application/octet-stream", fields);
}
