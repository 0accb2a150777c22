/* Problem reports and reports of configurations that phones bring. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "app/phones/inside.h"
#include "base/client.h"

enum { UPLOADS = 16, CONFIG_MOST = 1 << 20, PATH_MOST = 4400, AN_HOUR = 5 };

/* A report that is being received. */
struct upload {
    struct phones *phones;
    int fd;
    char path[PATH_MOST];
    uint64_t size;
    bool full; /* the disk took no more */
    struct form form;
};

/* -- may it? */

/* Those that prove nothing bring a few an hour from one address. */
static bool is_few(struct phones *p, struct addr from)
{
    usec_t now = loop_now(p->cfg.loop);
    struct few *oldest = p->few;
    for (size_t i = 0; i < PHONES_FEW; i++) {
        struct few *f = &p->few[i];
        if (f->n && addr_eq(f->from, from) && now - f->since < 3600 * USEC_S) {
            return f->n++ < AN_HOUR;
        }
        if (f->n == 0 || f->since < oldest->since) {
            oldest = f;
        }
    }
    *oldest = (struct few){.from = from, .since = now, .n = 1};
    return true;
}

static void refuse(struct phones *p, struct web_exchange *x, unsigned status, const char *reason)
{
    struct provision_request q = phones_request(x);
    provision_report_refused(p->policy, &q, status, reason, loop_date(p->cfg.loop));
    phones_tell(p);
    p->counts.refused++;
    if (status == 503) {
        web_answer(x, &(struct web_answer){.status = 503, .fields = STR("Retry-After: 60\r\n")});
    } else {
        web_refuse(x, status, NULL);
    }
}

static bool may(struct phones *p, struct web_exchange *x, bool config)
{
    struct provision_request q = phones_request(x);
    enum http_method m = web_method(x);
    const char *reason = "";
    if (m != HTTP_POST && m != HTTP_PUT) {
        refuse(p, x, 405, "bad-request");
    } else if (!provision_report_proven(p->policy, &q, loop_date(p->cfg.loop), &reason) &&
               (config || !p->cfg.reports_unproven)) {
        refuse(p, x, 403, reason);
    } else if (!provision_report_proven(p->policy, &q, loop_date(p->cfg.loop), &reason) &&
               !is_few(p, q.peer.ip)) {
        refuse(p, x, 429, "throttled");
    } else if (!p->cfg.hub || p->uploads >= UPLOADS) {
        refuse(p, x, 503, "throttled");
    } else {
        return true;
    }
    return false;
}

/* -- receiving */

static void upload_free(struct upload *u, bool keep)
{
    if (u->fd >= 0) {
        (void)close(u->fd);
    }
    if (!keep && u->path[0]) {
        (void)unlink(u->path);
    }
    u->phones->uploads--;
    free(u);
}

static struct upload *upload_new(struct phones *p, struct web_exchange *x)
{
    struct upload *u = calloc(1, sizeof *u);
    uint64_t name = 0;
    if (!u) {
        return NULL;
    }
    u->phones = p;
    u->fd = -1;
    p->uploads++;
    bool form = web_method(x) == HTTP_POST;
    if (!form_init(&u->form, form ? http_value(web_head(x), HTTP_CONTENT_TYPE) : STR("")) ||
        getrandom(&name, sizeof name, 0) != sizeof name) {
        upload_free(u, false);
        return NULL;
    }
    (void)snprintf(u->path, sizeof u->path, "%s/%016llx", hub_incoming(p->cfg.hub),
                   (unsigned long long)name);
    u->fd = open(u->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (u->fd < 0) {
        u->path[0] = 0;
        upload_free(u, false);
        return NULL;
    }
    return u;
}

/* What belongs to the file goes to it. */
static void keep(void *ctx, struct str bytes)
{
    struct upload *u = ctx;
    while (bytes.len && !u->full) {
        ssize_t n = write(u->fd, bytes.p, bytes.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            u->full = true;
            return;
        }
        u->size += (uint64_t)n;
        bytes = str_from(bytes, (size_t)n);
    }
}

bool phones_report(struct phones *p, struct web_exchange *x)
{
    struct str path = web_path(x);
    bool config = str_eq(path, STR("/config-report")) || str_starts(path, STR("/config-report/"));
    if (!config && !str_eq(path, STR("/reports")) && !str_starts(path, STR("/reports/"))) {
        return false;
    }
    if (!may(p, x, config)) {
        return true;
    }
    if (config) {
        web_gather(x, CONFIG_MOST);
        return true;
    }
    struct upload *u = upload_new(p, x);
    if (!u) {
        refuse(p, x, 503, "bad-request");
        return true;
    }
    web_mine_set(x, u);
    web_pieces(x, p->cfg.report_most);
    return true;
}

void phones_report_piece(struct phones *p, struct web_exchange *x, struct str bytes)
{
    struct upload *u = web_mine(x);
    if (!u) {
        return;
    }
    bool ok = form_take(&u->form, bytes, keep, u);
    if (!ok || u->full) {
        unsigned status = u->full ? 507 : 400;
        web_mine_set(x, NULL);
        upload_free(u, false);
        refuse(p, x, status, "bad-request");
    }
}

/* The file's name in the path, where it was put. */
static struct str name_of(const struct upload *u, struct str path)
{
    size_t at = path.len;
    while (at > 0 && path.p[at - 1] != '/') {
        at--;
    }
    return u->form.name[0] ? str_z(u->form.name) : str_from(path, at);
}

void phones_report_end(struct phones *p, struct web_exchange *x)
{
    struct upload *u = web_mine(x);
    struct provision_request q = phones_request(x);
    char source[ADDR_TEXT];
    const char *reason = "";
    if (!u) {
        return;
    }
    web_mine_set(x, NULL);
    struct hub_upload what = {.path = u->path,
                              .size = u->size,
                              .name = name_of(u, q.path),
                              .serial = str_z(u->form.serial),
                              .username = str_z(u->form.username),
                              .source = addr_write(q.peer.ip, source)};
    what.proven = provision_report_proven(p->policy, &q, loop_date(p->cfg.loop), &reason);
    what.has_mac = what.proven || mac_read(str_z(u->form.device), &what.mac);
    if (what.proven) {
        what.mac = q.client->mac;
    }
    bool whole = form_whole(&u->form) && u->size > 0;
    bool taken = whole && hub_upload(p->cfg.hub, &what);
    upload_free(u, taken);
    if (!taken) {
        refuse(p, x, whole ? 503 : 400, whole ? "throttled" : "bad-request");
        return;
    }
    p->counts.reports++;
    web_answer(x, &(struct web_answer){.status = 200});
}

void phones_report_body(struct phones *p, struct web_exchange *x, struct str whole)
{
    struct provision_request q = phones_request(x);
    char source[ADDR_TEXT];
    if (!hub_config_report(p->cfg.hub, q.client->mac, true, whole, addr_write(q.peer.ip, source))) {
        refuse(p, x, 503, "throttled");
        return;
    }
    p->counts.reports++;
    web_answer(x, &(struct web_answer){.status = 200});
}

void phones_report_gone(struct phones *p, struct web_exchange *x)
{
    struct upload *u = web_mine(x);
    (void)p;
    if (u) {
        upload_free(u, false);
    }
}
