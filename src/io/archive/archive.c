/* Walks inputs: opens them, and joins the thread that reads with the caller's, which is told. */
#include "io/archive/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/archive/source.h"

const struct archive_limits archive_limits_usual = {
    .expanded = (uint64_t)16 << 30,
    .ratio_from = (uint64_t)64 << 20,
    .ratio = 300,
    .members = 100000,
    .depth = ARCHIVE_DEPTH,
};

struct job {
    const char *const *paths;
    size_t n;
    const struct archive_limits *limits;
    struct relay relay;
    struct walk walk;
    uint64_t read; /* bytes of the files of one folder */
    enum err err;
};

static void walk_init(struct walk *w, struct relay *relay, const struct archive_limits *limits)
{
    w->relay = relay;
    w->probe = NULL;
    w->limits = limits;
    w->members = 0;
}

static void walk_name_set(struct walk *w, struct str name)
{
    name = str_head(name, 4096);
    memcpy(w->name, name.p ? name.p : "", name.len);
    w->name_len = name.len;
    w->read = 0;
    w->made = 0;
}

static enum err walk_failed(struct walk *w, const char *lead)
{
    char what[160];
    snprintf(what, sizeof what, "%s: %s", lead, strerror(errno));
    return walk_problem(w, 0, what);
}

static enum err walk_fd(struct walk *w, int fd)
{
    struct source_file f;
    source_file_init(&f, w, fd);
    enum err e = walk_source(w, &f.s);
    return e == ERR_LIMIT ? ERR_OK : e;
}

/* A pipe may be waited for, as a person asked for it; anything else must not block. */
static int path_open(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return -1;
    }
    bool pipe = S_ISFIFO(st.st_mode);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (pipe ? 0 : O_NONBLOCK));
}

static enum err walk_file(struct job *job, const char *path, bool *ret_folder)
{
    struct walk *w = &job->walk;
    walk_name_set(w, str_z(path));
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : path_open(path);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum err e = walk_failed(w, "cannot be opened");
        if (fd >= 0 && !standard) {
            close(fd);
        }
        return e;
    }
    enum err e = ERR_OK;
    if (S_ISDIR(st.st_mode)) {
        *ret_folder = true;
    } else if (standard || S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode)) {
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
        e = walk_fd(w, fd);
    } else {
        e = walk_problem(w, 0, "a device or socket, not a file; skipped");
    }
    if (!standard) {
        close(fd);
    }
    return e;
}

static enum err folder_file(void *ctx, const char *path, uint64_t size)
{
    (void)size;
    struct job *job = ctx;
    bool folder = false;
    enum err e = walk_file(job, path, &folder);
    job->read += job->walk.read;
    return e;
}

static void folder_problem(void *ctx, struct str path, uint64_t offset, const char *what)
{
    struct job *job = ctx;
    walk_name_set(&job->walk, path);
    if (walk_problem(&job->walk, offset, what) != ERR_OK) {
        job->err = ERR_MISSING;
    }
}

static enum err walk_input(struct job *job, size_t index)
{
    bool folder = false;
    job->walk.members = 0;
    enum err e = relay_input(&job->relay, index);
    if (e == ERR_OK) {
        e = walk_file(job, job->paths[index], &folder);
        job->read = job->walk.read;
    }
    if (e == ERR_OK && folder) {
        struct archive_lister lister = {job, folder_file, folder_problem};
        e = archive_list(job->paths[index], job->limits, &lister);
    }
    return e == ERR_OK ? relay_input_end(&job->relay, index, job->read) : e;
}

static void job_run(struct job *job)
{
    for (size_t i = 0; i < job->n && job->err == ERR_OK; i++) {
        enum err e = walk_input(job, i);
        if (e != ERR_OK) {
            job->err = e;
        }
    }
    relay_done(&job->relay);
}

static void *job_main(void *arg)
{
    job_run(arg);
    return NULL;
}

/* Signals stay with the thread that called. */
static enum err job_thread(struct job *job)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&thread, NULL, job_main, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r != 0) {
        return ERR_MEMORY;
    }
    enum err e = relay_tell(&job->relay);
    pthread_join(thread, NULL);
    return e;
}

/* One plain file: reading it costs less than handing it over. */
static bool wants_thread(const char *const *paths, size_t n)
{
    char head[SOURCE_HEAD];
    if (n != 1) {
        return n > 1;
    }
    struct stat st;
    if (strcmp(paths[0], "-") == 0 || stat(paths[0], &st) != 0 || !S_ISREG(st.st_mode)) {
        return true;
    }
    int fd = path_open(paths[0]);
    ssize_t got = fd >= 0 ? read(fd, head, sizeof head) : 0;
    if (fd >= 0) {
        close(fd);
    }
    const char *foreign;
    enum source_form form =
        got > 0 ? source_form(str_of(head, (size_t)got), &foreign) : SOURCE_PLAIN;
    return form != SOURCE_PLAIN && form != SOURCE_CAPTURE;
}

enum err archive_walk(const char *const *paths, size_t n, const struct archive_limits *limits,
                      const struct archive_visitor *visitor)
{
    struct job *job = malloc(sizeof *job);
    if (!job) {
        return ERR_MEMORY;
    }
    job->paths = paths;
    job->n = n;
    job->limits = limits;
    job->err = ERR_OK;
    walk_init(&job->walk, &job->relay, limits);
    enum err e = relay_init(&job->relay, visitor, wants_thread(paths, n));
    if (e == ERR_OK) {
        if (job->relay.threaded) {
            e = job_thread(job);
        } else {
            job_run(job);
            e = job->relay.verdict;
        }
        if (e == ERR_OK && job->err != ERR_MISSING) {
            e = job->err;
        }
        relay_clear(&job->relay);
    }
    free(job);
    return e;
}

enum err archive_walk_memory(struct str bytes, struct str name, const struct archive_limits *limits,
                             const struct archive_visitor *visitor)
{
    struct job *job = malloc(sizeof *job);
    if (!job) {
        return ERR_MEMORY;
    }
    walk_init(&job->walk, &job->relay, limits);
    walk_name_set(&job->walk, name);
    enum err e = relay_init(&job->relay, visitor, false);
    if (e == ERR_OK) {
        struct source_memory m;
        source_memory_init(&m, &job->walk, bytes);
        e = relay_input(&job->relay, 0);
        if (e == ERR_OK) {
            e = walk_source(&job->walk, &m.s);
        }
        if (e == ERR_OK || e == ERR_LIMIT) {
            e = relay_input_end(&job->relay, 0, job->walk.read);
        }
        relay_done(&job->relay);
        if (e == ERR_OK || e == ERR_MISSING) {
            e = job->relay.verdict;
        }
        relay_clear(&job->relay);
    }
    free(job);
    return e;
}

static void probe_tail(int fd, struct archive_probe *probe)
{
    uint64_t from = probe->size > sizeof probe->tail ? probe->size - sizeof probe->tail : 0;
    ssize_t n = pread(fd, probe->tail, sizeof probe->tail, (off_t)from);
    probe->tail_len = n > 0 ? (size_t)n : 0;
}

static enum err probe_fd(int fd, struct archive_probe *probe)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return ERR_IO;
    }
    probe->regular = S_ISREG(st.st_mode);
    probe->folder = S_ISDIR(st.st_mode);
    probe->size = (uint64_t)st.st_size;
    probe->device = (uint64_t)st.st_dev;
    probe->inode = (uint64_t)st.st_ino;
    if (!probe->regular) {
        return ERR_OK;
    }
    struct walk *w = malloc(sizeof *w);
    if (!w) {
        return ERR_MEMORY;
    }
    walk_init(w, NULL, &archive_limits_usual);
    walk_name_set(w, STR(""));
    w->probe = probe;
    struct source_file f;
    source_file_init(&f, w, fd);
    enum err e = walk_source(w, &f.s);
    free(w);
    if (!probe->container && !probe->packed) {
        probe_tail(fd, probe);
    }
    return e == ERR_MEMORY ? e : ERR_OK;
}

enum err archive_probe(const char *path, struct archive_probe *ret_probe)
{
    struct archive_probe *p = ret_probe;
    p->regular = p->folder = p->container = p->packed = false;
    p->kind = ARCHIVE_KIND_FILE;
    p->size = p->device = p->inode = 0;
    p->head_len = p->tail_len = 0;
    struct stat st;
    if (stat(path, &st) != 0) {
        return ERR_IO;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        return ERR_OK;
    }
    int fd = path_open(path);
    if (fd < 0) {
        return ERR_IO;
    }
    enum err e = probe_fd(fd, p);
    close(fd);
    return e;
}
