/* The copy: replaced, looked through, written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/redact/job.h"
#include "base/json.h"
#include "io/archive/pack.h"

/* Feeds a piece from a spool to the pass that has begun. */
static enum err feed(struct job *j, const struct spool *from, const struct job_piece *p)
{
    char buf[16384];
    for (uint64_t done = 0; done < p->len;) {
        size_t n = 0;
        uint64_t left = p->len - done;
        if (job_interrupted) {
            return ERR_MISSING;
        }
        enum err e =
            spool_read(from, p->at + done, buf, left < sizeof buf ? (size_t)left : sizeof buf, &n);
        if (e == ERR_OK) {
            e = redact_feed(j->redact, str_of(buf, n));
        }
        if (e != ERR_OK) {
            return e;
        }
        done += n;
    }
    return redact_end(j->redact);
}

enum err job_replace(struct job *j)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < j->n && e == ERR_OK; i++) {
        struct job_piece *p = &j->pieces[i];
        e = redact_name(j->redact, REDACT_REPLACE, p->name, strlen(p->name));
        if (e == ERR_OK && !p->left_out) {
            redact_begin(j->redact, REDACT_REPLACE, &j->copy.sink);
            e = feed(j, &j->original, p);
        }
    }
    if (e == ERR_OK) {
        e = spool_flush(&j->copy);
    }
    return e == ERR_OK && j->copy.len != j->original.len ? ERR_IO : e;
}

static enum err verdict(struct job *j, const char *name)
{
    struct redact_leak leak;
    if (!redact_leaked(j->redact, &leak)) {
        return ERR_OK;
    }
    if (leak.line) {
        cli_error("the copy still holds an original (%s) in line %llu of %s; nothing was written",
                  redact_class_name(leak.class), (unsigned long long)leak.line, name);
    } else {
        cli_error(
            "the copy still holds an original (%s) in the name of a file; nothing was written",
            redact_class_name(leak.class));
    }
    return ERR_MALFORMED;
}

enum err job_check(struct job *j)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < j->n && e == ERR_OK; i++) {
        struct job_piece *p = &j->pieces[i];
        e = redact_name(j->redact, REDACT_CHECK, p->name, strlen(p->name));
        e = e == ERR_OK ? verdict(j, "") : e;
        if (e == ERR_OK && !p->left_out) {
            redact_begin(j->redact, REDACT_CHECK, NULL);
            e = feed(j, &j->copy, p);
            e = e == ERR_OK ? verdict(j, p->name) : e;
        }
    }
    return e;
}

enum err job_check_text(struct job *j, const char *name, struct str text)
{
    redact_begin(j->redact, REDACT_CHECK, NULL);
    enum err e = redact_feed(j->redact, text);
    if (e == ERR_OK) {
        e = redact_end(j->redact);
    }
    return e == ERR_OK ? verdict(j, name) : e;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

bool job_plain(const struct job *j)
{
    enum gather_kind kind =
        gather_n(j->gather) == 1 ? gather_input(j->gather, 0)->kind : GATHER_ARCHIVE;
    return j->args->n == 1 && (kind == GATHER_FILE || kind == GATHER_STREAM) && j->n == 1 &&
           !j->pieces[0].left_out && !strstr(j->pieces[0].name, "!/");
}

/* Length of `name` without the ending of an archive. */
static size_t stem(const char *name)
{
    static const struct str ends[] = {STR_INIT(".tar.gz"), STR_INIT(".tgz"), STR_INIT(".tar"),
                                      STR_INIT(".zip"), STR_INIT(".gz")};
    struct str s = str_z(name);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (s.len > ends[i].len && str_ends(s, ends[i])) {
            return s.len - ends[i].len;
        }
    }
    while (s.len > 1 && s.p[s.len - 1] == '/') {
        s.len--;
    }
    return s.len;
}

enum err job_name(struct job *j, bool plain, bool whole_case, char ret_name[JOB_NAME])
{
    char name[256];
    const char *base = base_of(j->args->arg[0]);
    int n = snprintf(name, sizeof name, "%.*s", (int)stem(base), base);
    if (n < 0 || (size_t)n >= sizeof name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        snprintf(name, sizeof name, "phone");
    }
    const char *dot = strrchr(name, '.');
    const char *end = plain && dot && dot != name ? dot : "";
    enum err e = redact_name(j->redact, REDACT_REPLACE, name, strlen(name));
    snprintf(ret_name, JOB_NAME, "%.*s%s%s", (int)(strlen(name) - strlen(end)), name,
             whole_case ? ".case" : ".redacted", plain ? end : ".tar.gz");
    return e;
}

enum err job_write_plain(struct job *j, struct sink *out)
{
    return spool_copy(&j->copy, 0, j->copy.len, out);
}

void job_member_name(const struct job *j, size_t i, bool below, char out[JOB_NAME])
{
    const char *name = j->pieces[i].name;
    const char *bang = strstr(name, "!/");
    size_t at = 0;
    if (!bang || j->args->n > 1) {
        while (*name == '/' || strncmp(name, "./", 2) == 0 || strncmp(name, "../", 3) == 0) {
            name += *name == '/' ? 1 : name[1] == '/' ? 2 : 3;
        }
    } else {
        name = bang + 2;
    }
    at += (size_t)snprintf(out, JOB_NAME, "%s", below ? "logs/" : "");
    for (; *name && at < JOB_NAME - 16; name++) {
        bool parent = strncmp(name, "..", 2) == 0 && (name[2] == '/' || !name[2]);
        if (*name != '!' || name[1] != '/') {
            out[at++] = parent || (unsigned char)*name < 0x20 ? '_' : *name;
        }
    }
    out[at] = '\0';
    for (size_t k = 0; k < i && i < 2000; k++) {
        if (strcmp(j->pieces[k].name, j->pieces[i].name) == 0) {
            snprintf(out + at, 16, ".%zu", i + 1);
            break;
        }
    }
}

struct pack_target {
    struct pack *pack;
};

static enum err to_pack(void *ctx, struct str s)
{
    struct pack_target *t = ctx;
    return pack_bytes(t->pack, s);
}

/* Manifest and reports. All are looked through before the first byte of the archive is written. */
static enum err add_case(struct job *j, struct pack *p)
{
    static const char *const names[] = {"manifest.json", "report.txt", "report.json"};
    enum { TEXTS = sizeof names / sizeof names[0] };
    struct buf text[TEXTS] = {{.limit = JOB_REPORT}, {.limit = JOB_REPORT}, {.limit = JOB_REPORT}};
    enum err e = job_manifest(j, &text[0]);
    e = e == ERR_OK ? job_report(j, false, &text[1]) : e;
    e = e == ERR_OK ? job_report(j, true, &text[2]) : e;
    for (size_t i = 0; i < TEXTS && e == ERR_OK; i++) {
        e = job_check_text(j, names[i], buf_str(&text[i]));
    }
    for (size_t i = 0; i < TEXTS && e == ERR_OK; i++) {
        e = pack_begin(p, names[i], text[i].len);
        e = e == ERR_OK ? pack_bytes(p, buf_str(&text[i])) : e;
    }
    for (size_t i = 0; i < TEXTS; i++) {
        buf_clear(&text[i]);
    }
    return e;
}

enum err job_write_archive(struct job *j, bool whole_case, struct sink *out)
{
    struct pack_target t = {.pack = pack_new(out)};
    struct sink s = {.write = to_pack, .ctx = &t};
    char name[JOB_NAME];
    if (!t.pack) {
        return ERR_MEMORY;
    }
    enum err e = whole_case ? add_case(j, t.pack) : ERR_OK;
    for (size_t i = 0; i < j->n && e == ERR_OK; i++) {
        const struct job_piece *p = &j->pieces[i];
        if (p->left_out) {
            continue;
        }
        job_member_name(j, i, whole_case, name);
        e = pack_begin(t.pack, name, p->len);
        e = e == ERR_OK ? spool_copy(&j->copy, p->at, p->len, &s) : e;
        e = e == ERR_OK && job_interrupted ? ERR_MISSING : e;
    }
    e = e == ERR_OK ? pack_finish(t.pack) : e;
    pack_free(t.pack);
    return e;
}

static void map_line(void *ctx, enum redact_class class, struct str original, struct str pseudonym)
{
    struct json line;
    json_init(&line, ctx, 0);
    json_open(&line, '{');
    json_kz(&line, "class", redact_class_name(class));
    json_kstr(&line, "original", original);
    json_kstr(&line, "pseudonym", pseudonym);
    json_close(&line, '}');
    sink_char(ctx, '\n');
}

void job_write_map(struct job *j, struct sink *out)
{
    redact_each(j->redact, map_line, out);
}
