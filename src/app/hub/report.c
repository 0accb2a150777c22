/* Reports that wait, one after the other through a child process; on a thread that may wait for it. */
#define _GNU_SOURCE 1 /* unshare, close_range, pidfd_open */

#include "app/hub/report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "domain/diagnosis/rules.h"

enum {
    CPU_S = 120,
    DEADLINE_S = 180, /* of each child */
    FILES = 64,
    JSON_MOST = 8 << 20, /* bytes that are read again */
};
#define MEMORY ((rlim_t)1 << 30)
#define OUTPUT ((rlim_t)64 << 20)

struct job {
    uint64_t id;
    char path[REPORT_PATH];
};

struct reports {
    struct loop_work work;
    struct loop *loop;
    void (*done)(void *ctx, const struct report_done *d);
    void *ctx;
    struct job *queue[REPORTS_QUEUE];
    size_t n;
    struct job *running; /* NULL: none */
    atomic_bool end;
    bool gone; /* reports_free was called */
    /* What the thread found. */
    bool ok;
    struct report_text text;
    struct report_done told;
};

/* -- the child */

static void limit(int what, rlim_t most)
{
    const struct rlimit r = {.rlim_cur = most, .rlim_max = most};
    (void)setrlimit((__rlimit_resource_t)what, &r);
}

/* Between fork and exec: only what is safe there. Without a network where the kernel lets us. */
static _Noreturn void become(int in, int out, const char *format)
{
    char *const argv[] = {(char[]){"dialtone"},      (char[]){"diagnose"}, (char[]){"-o"},
                          (char *)(uintptr_t)format, (char[]){"-"},        NULL};
    char *const none[] = {NULL};
    int null = open("/dev/null", O_WRONLY);
    sigset_t all;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)setsid();
    if (unshare(CLONE_NEWNET) != 0) {
        (void)unshare(CLONE_NEWUSER | CLONE_NEWNET);
    }
    limit(RLIMIT_CPU, CPU_S);
#ifndef __SANITIZE_ADDRESS__ /* which takes addresses for all the memory there could be */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    limit(RLIMIT_AS, MEMORY); /* sanitizers reserve far more than they use */
#endif
#endif
    limit(RLIMIT_FSIZE, OUTPUT);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, FILES);
    (void)sigemptyset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, NULL);
    if (null >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(null, 2) == 2) {
        (void)close_range(3, ~0U, 0);
        (void)execve("/proc/self/exe", argv, none);
    }
    _exit(127);
}

static bool is_over(const struct timespec *began)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec - began->tv_sec > DEADLINE_S;
}

/* Its exit code; -1: it was ended, by us or by a limit. */
static int wait_for(struct reports *r, pid_t pid)
{
    struct timespec began;
    int status = 0;
    int fd = pidfd_open(pid, 0);
    bool ended = false;
    (void)clock_gettime(CLOCK_MONOTONIC, &began);
    while (fd >= 0 && !ended && !atomic_load(&r->end) && !is_over(&began)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ended = poll(&p, 1, 200) > 0;
    }
    if (!ended) {
        (void)kill(pid, SIGKILL);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* PATH + tail, made by a child; not there unless the child ended well. */
static bool make(struct reports *r, const char *path, const char *tail, const char *format)
{
    char to[REPORT_PATH + 16];
    (void)snprintf(to, sizeof to, "%s%s", path, tail);
    int in = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    pid_t pid = in >= 0 && out >= 0 ? fork() : -1;
    if (pid == 0) {
        become(in, out, format);
    }
    int code = pid > 0 ? wait_for(r, pid) : -1;
    if (in >= 0) {
        (void)close(in);
    }
    if (out >= 0) {
        (void)close(out);
    }
    bool ok = code == 0 || code == 1 || code == 3;
    if (!ok && out >= 0) {
        (void)unlink(to);
    }
    return ok;
}

/* -- what it says */

static void read_made(struct reports *r, const char *path)
{
    char from[REPORT_PATH + 16];
    struct stat st;
    (void)snprintf(from, sizeof from, "%s.json", path);
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= JSON_MOST) {
        size_t len = (size_t)st.st_size;
        char *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p != MAP_FAILED) {
            r->ok = report_read(str_of(p, len), &r->text, &r->told);
            (void)munmap(p, len);
        }
    }
    (void)close(fd);
}

static void run(struct loop_work *w)
{
    struct reports *r = (struct reports *)w;
    const char *path = r->running->path;
    if (make(r, path, ".json", "json")) {
        read_made(r, path);
    }
    if (r->ok) {
        (void)make(r, path, ".log", "log");
        (void)make(r, path, ".html", "html");
    }
}

/* -- the queue */

static void begin_next(struct reports *r);

static void on_done(struct loop_work *w, bool cancelled)
{
    struct reports *r = (struct reports *)w;
    struct job *job = r->running;
    r->running = NULL;
    if (!cancelled && !r->gone) {
        r->told.id = job->id;
        r->told.ok = r->ok;
        r->done(r->ctx, &r->told);
    }
    free(job);
    if (r->gone) {
        free(r);
    } else {
        begin_next(r);
    }
}

static void begin_next(struct reports *r)
{
    if (r->running || r->n == 0) {
        return;
    }
    r->running = r->queue[0];
    r->ok = false;
    r->told = (struct report_done){.level = -1};
    r->work = (struct loop_work){.fn = run, .done = on_done};
    if (loop_work(r->loop, &r->work) != ERR_OK) {
        r->running = NULL; /* at the next one that is added */
        return;
    }
    r->n--;
    memmove(r->queue, r->queue + 1, r->n * sizeof *r->queue);
}

enum err reports_new(struct loop *l, void (*done)(void *ctx, const struct report_done *d),
                     void *ctx, struct reports **ret)
{
    struct reports *r = calloc(1, sizeof *r);
    if (!r) {
        return ERR_MEMORY;
    }
    r->loop = l;
    r->done = done;
    r->ctx = ctx;
    *ret = r;
    return ERR_OK;
}

void reports_free(struct reports *r)
{
    if (!r) {
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        free(r->queue[i]);
    }
    r->n = 0;
    r->gone = true;
    atomic_store(&r->end, true);
    if (!r->running) {
        free(r);
    }
}

enum err reports_add(struct reports *r, uint64_t id, const char *path)
{
    struct job *job = NULL;
    if (strlen(path) >= sizeof job->path) {
        return ERR_USAGE;
    }
    if (r->n == REPORTS_QUEUE) {
        return ERR_LIMIT;
    }
    job = calloc(1, sizeof *job);
    if (!job) {
        return ERR_MEMORY;
    }
    job->id = id;
    (void)snprintf(job->path, sizeof job->path, "%s", path);
    r->queue[r->n++] = job;
    begin_next(r);
    return ERR_OK;
}
