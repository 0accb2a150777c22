/* Namespaces: the process tree, its hosts. */
#define _GNU_SOURCE /* namespaces, pipe2 */
#include "io/space/space.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_MADE = 125 };

static enum err put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return ERR_IO;
    }
    ssize_t n = write(fd, text, strlen(text));
    int error = errno;
    (void)close(fd);
    errno = error;
    return n == (ssize_t)strlen(text) ? ERR_OK : ERR_IO;
}

/* -- the process tree */

static enum err become_root(uid_t uid, gid_t gid)
{
    char map[64];
    enum err e = put("/proc/self/setgroups", "deny");
    if (e == ERR_OK) {
        (void)snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
        e = put("/proc/self/uid_map", map);
    }
    if (e == ERR_OK) {
        (void)snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
        e = put("/proc/self/gid_map", map);
    }
    return e;
}

/* User namespaces where we are not root. ERR_IO; *ret_what: what it was that failed. */
static enum err leave(const char **ret_what)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
    *ret_what = uid == 0 ? "namespaces cannot be made" : "user namespaces cannot be made";
    if (unshare(uid == 0 ? flags : flags | CLONE_NEWUSER) != 0) {
        return ERR_IO;
    }
    *ret_what = "no user of the space can be made";
    return uid == 0 ? ERR_OK : become_root(uid, gid);
}

/* Files of ours: what programs leave in /run stays with us. */
static enum err furnish(const char **ret_what)
{
    *ret_what = "no file system can be mounted";
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0 ||
        mkdir("/run/netns", 0755) != 0 || mkdir(SPACE_FOLDER, 0755) != 0) {
        return ERR_IO;
    }
    /* Without it the programs see the processes of the machine: untidy, no more. */
    (void)mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    *ret_what = "packets cannot be passed on (/proc/sys is read-only)";
    return put("/proc/sys/net/ipv4/ip_forward", "1");
}

/* We end with who began us: who has ended already began nothing. */
static void follow(pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(NOT_MADE);
    }
}

static int code_of(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return NOT_MADE;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void first(int (*inside)(void *ctx), void *ctx, int parent_pipe)
{
    const char *what = "";
    char byte;
    /* Its parent is in no process namespace of ours, so its number is 0 here: that it is there still is known by the pipe. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (read(parent_pipe, &byte, 1) != 1) {
        _exit(NOT_MADE);
    }
    (void)close(parent_pipe);
    if (furnish(&what) != ERR_OK) {
        (void)fprintf(stderr, "dialtone: %s: %s\n", what, strerror(errno));
        _exit(NOT_MADE);
    }
    /* What programs put aside stays with us, too. */
    (void)setenv("TMPDIR", SPACE_FOLDER, 1);
    int code = inside(ctx);
    (void)fflush(NULL);
    _exit(code);
}

/* In the process between: it makes the namespaces, and only its child is in that of processes. */
static void between(int (*inside)(void *ctx), void *ctx, pid_t parent)
{
    const char *what = "";
    int ends[2];
    if (leave(&what) != ERR_OK || pipe2(ends, O_CLOEXEC) != 0) {
        (void)fprintf(stderr, "dialtone: %s: %s\n", what, strerror(errno));
        _exit(NOT_MADE);
    }
    follow(parent);
    /* Those that a terminal sends to all of us are for the first process. */
    (void)signal(SIGINT, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        (void)signal(SIGINT, SIG_DFL);
        (void)signal(SIGTERM, SIG_DFL);
        (void)close(ends[1]);
        first(inside, ctx, ends[0]);
    }
    (void)close(ends[0]);
    if (pid < 0 || write(ends[1], "", 1) != 1) {
        _exit(NOT_MADE);
    }
    (void)close(ends[1]);
    _exit(code_of(pid));
}

enum err space_begin(int (*inside)(void *ctx), void *ctx, pid_t *ret_pid)
{
    pid_t parent = getpid();
    (void)fflush(NULL);
    *ret_pid = fork();
    if (*ret_pid == 0) {
        between(inside, ctx, parent);
    }
    return *ret_pid > 0 ? ERR_OK : ERR_IO;
}

/* -- without namespaces */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void flat(int (*inside)(void *ctx), void *ctx, pid_t parent)
{
    follow(parent);
    (void)signal(SIGTERM, SIG_DFL);
    (void)nftw(SPACE_FOLDER, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (mkdir(SPACE_FOLDER, 0700) != 0 || setenv("TMPDIR", SPACE_FOLDER, 1) != 0) {
        (void)fprintf(stderr, "dialtone: " SPACE_FOLDER ": %s\n", strerror(errno));
        _exit(NOT_MADE);
    }
    int code = inside(ctx);
    (void)fflush(NULL);
    (void)nftw(SPACE_FOLDER, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    _exit(code);
}

enum err space_begin_flat(int (*inside)(void *ctx), void *ctx, pid_t *ret_pid)
{
    pid_t parent = getpid();
    (void)fflush(NULL);
    *ret_pid = fork();
    if (*ret_pid == 0) {
        flat(inside, ctx, parent);
    }
    return *ret_pid > 0 ? ERR_OK : ERR_IO;
}

static int nothing(void *ctx)
{
    (void)ctx;
    return 0;
}

bool space_possible(char ret_why[SPACE_WHY])
{
    pid_t pid;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        (void)snprintf(ret_why, SPACE_WHY, "%s", strerror(errno));
        return false;
    }
    pid = fork();
    if (pid == 0) {
        pid_t inner;
        (void)dup2(ends[1], STDERR_FILENO);
        _exit(space_begin(nothing, NULL, &inner) == ERR_OK ? code_of(inner) : NOT_MADE);
    }
    (void)close(ends[1]);
    ssize_t n = read(ends[0], ret_why, SPACE_WHY - 1);
    (void)close(ends[0]);
    ret_why[n > 0 ? n : 0] = 0;
    ret_why[strcspn(ret_why, "\n")] = 0;
    static const char head[] = "dialtone: ";
    if (strncmp(ret_why, head, sizeof head - 1) == 0) {
        memmove(ret_why, ret_why + sizeof head - 1, strlen(ret_why + sizeof head - 1) + 1);
    }
    return pid > 0 && code_of(pid) == 0;
}

/* -- hosts */

static int net_here(void)
{
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

enum err space_open(struct space *s)
{
    s->n = 0;
    s->home = -1;
    if (s->flat) {
        return ERR_OK;
    }
    s->home = net_here();
    return s->home >= 0 ? ERR_OK : ERR_IO;
}

void space_close(struct space *s)
{
    for (size_t i = 0; i < s->n; i++) {
        (void)close(s->host[i].net);
    }
    if (s->home >= 0) {
        (void)close(s->home);
    }
    s->n = 0;
    s->home = -1;
}

/* In its network: a name for `ip`, no addresses of version 6, which come by themselves and are not told of. */
static enum err settle(const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/run/netns/%s", name);
    int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0) {
        return ERR_IO;
    }
    (void)close(fd);
    (void)put("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    (void)put("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    if (mount("/proc/thread-self/ns/net", path, NULL, MS_BIND, NULL) != 0) {
        return ERR_IO;
    }
    return put("/proc/sys/net/ipv4/ip_forward", "1");
}

enum err space_host(struct space *s, const char *name)
{
    if (s->n == SPACE_HOSTS || strlen(name) >= SPACE_NAME) {
        return ERR_LIMIT;
    }
    if (unshare(CLONE_NEWNET) != 0) {
        return ERR_IO;
    }
    int net = net_here();
    enum err e = net >= 0 ? settle(name) : ERR_IO;
    space_leave(s);
    if (e != ERR_OK) {
        return e;
    }
    (void)snprintf(s->host[s->n].name, SPACE_NAME, "%s", name);
    s->host[s->n++].net = net;
    return ERR_OK;
}

enum err space_enter(const struct space *s, const char *host)
{
    if (s->flat) {
        return ERR_OK;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->host[i].name, host) == 0) {
            return setns(s->host[i].net, CLONE_NEWNET) == 0 ? ERR_OK : ERR_IO;
        }
    }
    return ERR_MISSING;
}

void space_leave(const struct space *s)
{
    /* Where we came from, and by a descriptor of our own: this cannot fail. */
    if (!s->flat && setns(s->home, CLONE_NEWNET) != 0) {
        abort();
    }
}

/* -- programs */

static void connect_to(int fd, int to)
{
    int null = fd < 0 ? open("/dev/null", O_RDWR) : fd;
    if (null >= 0 && null != to) {
        (void)dup2(null, to);
    } else if (null == to) {
        (void)fcntl(to, F_SETFD, 0);
    }
}

/* A child at its host, ended with its parent, in a group of its own where it is not for the terminal: what that sends is not for it then. */
static void child(const struct space *s, const char *host, bool foreground, pid_t parent)
{
    sigset_t none;
    if (host && space_enter(s, host) != ERR_OK) {
        _exit(126);
    }
    follow(parent);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGINT, foreground ? SIG_DFL : SIG_IGN);
    if (!foreground) {
        (void)setpgid(0, 0);
    }
}

static void run(const struct space *s, const struct space_job *job, pid_t parent)
{
    child(s, job->host, job->foreground, parent);
    (void)signal(SIGPIPE, SIG_DFL);
    connect_to(job->in, STDIN_FILENO);
    connect_to(job->out, STDOUT_FILENO);
    connect_to(job->err, STDERR_FILENO);
    const char *path = getenv("PATH");
    char all[4096];
    (void)snprintf(all, sizeof all, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
    (void)setenv("PATH", all, 1);
    for (size_t i = 0; job->env && job->env[i]; i++) {
        (void)putenv((char *)(uintptr_t)job->env[i]);
    }
    (void)execvp(job->argv[0], (char *const *)(uintptr_t)job->argv);
    (void)dprintf(STDERR_FILENO, "%s: %s\n", job->argv[0], strerror(errno));
    _exit(127);
}

enum err space_start(const struct space *s, const struct space_job *job, pid_t *ret_pid)
{
    pid_t parent = getpid();
    (void)fflush(NULL);
    *ret_pid = fork();
    if (*ret_pid == 0) {
        run(s, job, parent);
    }
    return *ret_pid > 0 ? ERR_OK : ERR_IO;
}

enum err space_call(const struct space *s, const char *host, int (*fn)(void *ctx), void *ctx,
                    pid_t *ret_pid)
{
    pid_t parent = getpid();
    (void)fflush(NULL);
    *ret_pid = fork();
    if (*ret_pid == 0) {
        child(s, host, false, parent);
        int code = fn(ctx);
        (void)fflush(NULL);
        _exit(code);
    }
    return *ret_pid > 0 ? ERR_OK : ERR_IO;
}
