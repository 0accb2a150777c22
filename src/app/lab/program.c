/* Programs and files of the lab. */
#define _GNU_SOURCE /* namespaces, pipe2 */
#include "app/lab/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/cli/cli.h"

enum { FILE_MOST = 64 << 20, READY_WAIT = 10, STOP_WAIT = 2, TAIL = 400 };

usec_t steady_now(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

/* Milliseconds until `end`, for poll(). */
static int left(usec_t end)
{
    usec_t us = end - steady_now();
    return us <= 0 ? 0 : (int)((us + 999) / 1000);
}

/* -- words */

void words_add(struct words *w, struct str word)
{
    if (w->n == PROGRAM_WORDS || w->len + word.len + 1 > sizeof w->text) {
        w->full = true;
        return;
    }
    char *to = w->text + w->len;
    if (word.len) {
        memcpy(to, word.p, word.len);
    }
    to[word.len] = 0;
    w->len += word.len + 1;
    w->argv[w->n++] = to;
    w->argv[w->n] = NULL;
}

void words_addz(struct words *w, const char *word)
{
    words_add(w, str_z(word));
}

void words_split(struct words *w, const char *line)
{
    struct str rest = str_z(line), word;
    while ((word = str_word(&rest)).len) {
        words_add(w, word);
    }
}

/* -- files */

bool file_read(const char *path, struct buf *ret)
{
    char bytes[16384];
    ssize_t n = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ret->limit = FILE_MOST;
    while (fd >= 0 && (n = read(fd, bytes, sizeof bytes)) > 0) {
        if (buf_add(ret, str_of(bytes, (size_t)n)) != ERR_OK) {
            errno = EFBIG;
            n = -1;
            break;
        }
    }
    int error = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    errno = error;
    return n == 0;
}

bool file_write(const char *path, struct str text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0;
    while (ok && text.len) {
        ssize_t n = write(fd, text.p, text.len);
        ok = n > 0;
        text = str_from(text, ok ? (size_t)n : 0);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return ok;
}

/* -- waiting */

static int watch_of(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Whether the process ends before `end`. */
static bool ends_by(pid_t pid, usec_t end)
{
    struct pollfd p = {.fd = watch_of(pid), .events = POLLIN};
    int n = 0;
    while (p.fd >= 0 && (n = poll(&p, 1, left(end))) < 0 && errno == EINTR) {
    }
    if (p.fd >= 0) {
        (void)close(p.fd);
    }
    return n > 0;
}

static bool holds(const char *path, const char *text)
{
    struct buf b = {0};
    bool found = file_read(path, &b) && str_find(buf_str(&b), str_z(text)) != STR_NPOS;
    buf_clear(&b);
    return found;
}

bool server_awaits(const struct server *s, const char *path, const char *text, usec_t wait)
{
    usec_t end = steady_now() + wait;
    char events[4096] __attribute__((aligned(8)));
    struct pollfd p[2] = {{.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .events = POLLIN},
                          {.fd = watch_of(s->pid), .events = POLLIN}};
    bool found = false, ended = false;
    (void)inotify_add_watch(p[0].fd, path, IN_MODIFY);
    while (!(found = holds(path, text)) && !ended && left(end) > 0) {
        (void)poll(p, 2, left(end));
        ended = p[1].revents != 0;
        while (read(p[0].fd, events, sizeof events) > 0) {
        }
    }
    (void)close(p[0].fd);
    (void)close(p[1].fd);
    return found;
}

/* -- servers */

static void tell(const struct server *s, const char *what)
{
    struct buf b = {0};
    (void)file_read(s->log, &b);
    struct str text = str_trim(buf_str(&b));
    text = str_from(text, text.len > TAIL ? text.len - TAIL : 0);
    cli_error("%s %s: %.*s", s->name, what, STR_ARG(text));
    buf_clear(&b);
}

bool server_start(struct server *s, const struct space *space, const char *host, const char *name,
                  const struct words *w, const char *ready)
{
    *s = (struct server){.pid = 0};
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    (void)snprintf(s->log, sizeof s->log, SPACE_FOLDER "/%s.log", name);
    int log = open(s->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    struct space_job job = {.host = host, .argv = w->argv, .in = -1, .out = log, .err = log};
    bool ok = log >= 0 && !w->full && space_start(space, &job, &s->pid) == ERR_OK;
    if (log >= 0) {
        (void)close(log);
    }
    if (!ok) {
        cli_error("%s cannot be started: %s", name, w->full ? "too many words" : strerror(errno));
        s->pid = 0;
        return false;
    }
    if (ready && !server_awaits(s, s->log, ready, READY_WAIT * USEC_S)) {
        tell(s, "does not start");
        server_stop(s);
        return false;
    }
    return true;
}

int server_wait(struct server *s, usec_t wait)
{
    if (s->pid <= 0 || !ends_by(s->pid, steady_now() + wait)) {
        server_end(s, SIGKILL);
        return -1;
    }
    int code = reap(s->pid);
    s->pid = 0;
    return code;
}

void server_end(struct server *s, int signum)
{
    if (s->pid <= 0) {
        return;
    }
    (void)kill(-s->pid, signum);
    (void)ends_by(s->pid, steady_now() + STOP_WAIT * USEC_S);
    /* Itself, where it would not, or children that it left: until it is reaped the group is its own. */
    (void)kill(-s->pid, SIGKILL);
    (void)reap(s->pid);
    s->pid = 0;
}

void server_stop(struct server *s)
{
    server_end(s, SIGTERM);
}

bool server_runs(struct server *s)
{
    return s->pid > 0 && !ends_by(s->pid, 0);
}

/* -- commands */

/* What it writes, until it closes that; false: time is over. */
static bool drain(int fd, usec_t end, struct buf *ret)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char bytes[16384];
    for (;;) {
        int n = poll(&p, 1, left(end));
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        ssize_t got = n > 0 ? read(fd, bytes, sizeof bytes) : -1;
        if (got == 0) {
            return true;
        }
        if (got > 0 && ret && buf_add(ret, str_of(bytes, (size_t)got)) != ERR_OK) {
            return false;
        }
    }
}

int program_run(const struct space *space, const char *host, const struct words *w, const char *err,
                usec_t wait, struct buf *ret_out)
{
    usec_t end = steady_now() + wait;
    int ends[2] = {-1, -1}, messages = -1;
    pid_t pid = 0;
    if (w->full || pipe2(ends, O_CLOEXEC) != 0) {
        return -1;
    }
    if (err) {
        messages = open(err, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    }
    struct space_job job = {
        .host = host, .argv = w->argv, .in = -1, .out = ends[1], .err = messages};
    bool ok = space_start(space, &job, &pid) == ERR_OK;
    (void)close(ends[1]);
    if (messages >= 0) {
        (void)close(messages);
    }
    ok = ok && drain(ends[0], end, ret_out) && ends_by(pid, end);
    (void)close(ends[0]);
    if (pid > 0 && !ok) {
        (void)kill(-pid, SIGKILL);
    }
    int code = pid > 0 ? reap(pid) : -1;
    return ok ? code : -1;
}
