/* What a phone keeps: memory, log, reports. */
#define _GNU_SOURCE /* mkostemp's family */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/phone/inside.h"
#include "io/archive/pack.h"

enum {
    LOG_MOST = 8 << 20,      /* bytes of a log until it begins anew */
    REPORT_MOST = 32 << 20,  /* bytes of a report */
    DESCRIPTION_MOST = 2000, /* bytes */
    SYSLOG_PORT = 514,
};

static bool path_of(const struct keep *k, const char *name, char ret[PHONE_PATH])
{
    int n = snprintf(ret, PHONE_PATH, "%s/%s", k->folder, name);
    return n > 0 && n < PHONE_PATH;
}

/* -- the log */

static bool log_open(struct keep *k)
{
    char path[PHONE_PATH];
    if (!path_of(k, "logcat", path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    k->log = fd >= 0 ? fdopen(fd, "a") : NULL;
    struct stat st;
    k->log_bytes = k->log && fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
    return k->log != NULL;
}

static void log_turn(struct keep *k)
{
    char path[PHONE_PATH], old[PHONE_PATH];
    if (path_of(k, "logcat", path) && path_of(k, "logcat.1", old)) {
        (void)fclose(k->log);
        (void)rename(path, old);
        if (!log_open(k)) {
            cli_error("%s: %s; the log ends here", path, strerror(errno));
        }
    }
}

static void on_record(void *ctx, struct str text)
{
    struct keep *k = ctx;
    if (!k->log) {
        return;
    }
    k->log_bytes += fwrite(text.p, 1, text.len, k->log);
    if (k->log_bytes >= LOG_MOST) {
        log_turn(k);
    }
}

static void on_heard(void *ctx, struct endpoint peer, struct str bytes)
{
    (void)ctx;
    (void)peer;
    (void)bytes;
}

static void on_syslog(void *ctx, struct str text)
{
    struct keep *k = ctx;
    const struct handset_lease *l = k->desk->handset.lease;
    struct endpoint to;
    if (!l || !endpoint_read(str_trim(phone_get(&k->desk->phone, STR("Syslog_Server"))),
                             SYSLOG_PORT, &to)) {
        return;
    }
    if (!k->syslog &&
        datagram_new(k->loop, l->address, 0, 0, 1, on_heard, k, &k->syslog) != ERR_OK) {
        return; /* lost, as a datagram may be */
    }
    datagram_send(k->syslog, to, text);
}

void keep_flush(struct keep *k)
{
    if (k->log) {
        (void)fflush(k->log);
    }
}

/* -- the folder */

static bool folder_make(struct keep *k, const char *folder)
{
    const char *tmp = getenv("TMPDIR");
    int n = folder ? snprintf(k->folder, sizeof k->folder, "%s", folder)
                   : snprintf(k->folder, sizeof k->folder, "%s/dialtone-phone-XXXXXX",
                              tmp && *tmp ? tmp : "/tmp");
    if (n < 0 || (size_t)n >= sizeof k->folder) {
        cli_error("--folder: the path is too long");
        return false;
    }
    k->own = !folder;
    bool ok = folder ? mkdir(k->folder, 0700) == 0 || errno == EEXIST : mkdtemp(k->folder) != NULL;
    if (!ok) {
        cli_error("%s: %s", k->folder, strerror(errno));
        k->own = false;
    }
    return ok;
}

static void folder_remove(const struct keep *k)
{
    DIR *d = opendir(k->folder);
    const struct dirent *e = NULL;
    while (d && (e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            (void)unlinkat(dirfd(d), e->d_name, 0);
        }
    }
    if (d) {
        (void)closedir(d);
    }
    (void)rmdir(k->folder);
}

bool keep_open(struct keep *k, const struct cli_args *a, const char *folder, struct loop *l,
               struct desk *d, uint64_t seed)
{
    k->loop = l;
    k->desk = d;
    if (!folder_make(k, folder)) {
        return false;
    }
    if (!log_open(k)) {
        cli_error("%s/logcat: %s", k->folder, strerror(errno));
        return false;
    }
    k->knows = know_load(&k->know, a);
    if (!k->knows) {
        return false;
    }
    const struct scribe_out out = {.record = on_record, .syslog = on_syslog, .ctx = k};
    if (scribe_init(&k->scribe, k->know.k.lines, out, &d->handset.offset, seed) != ERR_OK) {
        cli_error("no memory");
        return false;
    }
    return true;
}

void keep_close(struct keep *k)
{
    scribe_clear(&k->scribe);
    datagram_free(k->syslog);
    buf_clear(&k->archive);
    if (k->knows) {
        know_clear(&k->know);
    }
    if (k->log) {
        (void)fclose(k->log);
    }
    if (k->own) {
        folder_remove(k);
    }
}

/* -- the phone's memory */

static enum err file_read(const char *path, size_t most, struct buf *ret)
{
    char bytes[16384];
    FILE *f = fopen(path, "re");
    enum err e = f ? ERR_OK : ERR_IO;
    size_t n = 0;
    ret->limit = most;
    while (e == ERR_OK && (n = fread(bytes, 1, sizeof bytes, f)) > 0) {
        e = buf_add(ret, str_of(bytes, n));
    }
    if (f) {
        e = e == ERR_OK && ferror(f) ? ERR_IO : e;
        (void)fclose(f);
    }
    return e;
}

bool keep_recall(const struct keep *k, struct phone *p)
{
    char path[PHONE_PATH];
    struct buf text = {.len = 0};
    struct err_at at = {.what = "it cannot be read"};
    if (!path_of(k, "phone", path) || access(path, F_OK) != 0) {
        return true;
    }
    enum err e = file_read(path, PHONE_FILE_MOST, &text);
    e = e == ERR_OK ? phone_read(p, buf_str(&text), &at) : e;
    buf_clear(&text);
    if (e == ERR_USAGE) {
        cli_error("%s is the memory of a phone with another MAC address; give each its own folder",
                  path);
    } else if (e != ERR_OK) {
        cli_error("%s: %s, at byte %zu; without the file the phone begins as from its box", path,
                  at.what, at.offset);
    }
    return e == ERR_OK;
}

bool keep_save(const struct keep *k, const struct phone *p)
{
    char path[PHONE_PATH];
    struct out_file f;
    bool ok = path_of(k, "phone", path);
    if (!ok || k->own) {
        return ok;
    }
    ok = out_file_open(&f, path, true) == ERR_OK;
    if (ok) {
        phone_write(p, &f.sink);
        ok = out_file_commit(&f) == ERR_OK;
    }
    if (!ok) {
        cli_error("%s: %s", path, strerror(errno));
        out_file_abort(&f);
    }
    return ok;
}

/* -- problem reports */

static bool pack_file(struct pack *p, const struct keep *k, const char *name)
{
    char path[PHONE_PATH];
    struct buf text = {.len = 0};
    bool ok = path_of(k, name, path) && file_read(path, REPORT_MOST, &text) == ERR_OK &&
              pack_begin(p, name, text.len) == ERR_OK && pack_bytes(p, buf_str(&text)) == ERR_OK;
    buf_clear(&text);
    return ok;
}

static bool pack_text(struct pack *p, const char *name, struct str text)
{
    return pack_begin(p, name, text.len) == ERR_OK && pack_bytes(p, text) == ERR_OK;
}

static bool pack_all(struct keep *k, struct sink *out, struct str description)
{
    char old[PHONE_PATH];
    struct pack *p = pack_new(out);
    bool ok = p != NULL;
    keep_flush(k);
    if (ok && path_of(k, "logcat.1", old) && access(old, F_OK) == 0) {
        ok = pack_file(p, k, "logcat.1");
    }
    ok = ok && pack_file(p, k, "logcat") &&
         pack_text(p, "description.txt",
                   str_head(description, description.len < DESCRIPTION_MOST ? description.len
                                                                            : DESCRIPTION_MOST)) &&
         pack_finish(p) == ERR_OK;
    pack_free(p);
    return ok;
}

bool keep_report(struct keep *k, usec_t date, struct str description, char ret_name[PHONE_PATH])
{
    char path[PHONE_PATH];
    struct out_file f;
    int year = 0, month = 0, day = 0;
    int64_t days = date / USEC_DAY - (date % USEC_DAY < 0);
    int s = (int)((date - days * USEC_DAY) / USEC_S);
    time_civil(days, &year, &month, &day);
    (void)snprintf(ret_name, PHONE_PATH, "probrep-%04d%02d%02d-%02d%02d%02d.tar.gz", year, month,
                   day, s / 3600, s / 60 % 60, s % 60);
    bool ok = path_of(k, ret_name, path) && out_file_open(&f, path, true) == ERR_OK;
    if (ok) {
        ok = pack_all(k, &f.sink, description) && out_file_commit(&f) == ERR_OK;
        if (!ok) {
            out_file_abort(&f);
        }
    }
    if (!ok) {
        cli_error("%s/%s: %s", k->folder, ret_name, strerror(errno));
    }
    return ok;
}

struct str keep_archive(struct keep *k, struct str name)
{
    char path[PHONE_PATH], text[PHONE_PATH];
    int n = snprintf(text, sizeof text, "%.*s", STR_ARG(name));
    buf_clear(&k->archive);
    if (n < 0 || n >= PHONE_PATH || strchr(text, '/') || !path_of(k, text, path) ||
        file_read(path, REPORT_MOST, &k->archive) != ERR_OK) {
        cli_error("the report %.*s cannot be read", STR_ARG(name));
        buf_reset(&k->archive);
    }
    return buf_str(&k->archive);
}
