/* Hosts of a laboratory on this machine: network namespaces in a process tree of its own, which is gone, with every process, file system and
 * interface in it, when its first process or the one that began it ends, however that is. Root is not needed where user namespaces may be made
 * (user_namespaces(7), pid_namespaces(7)). Single-threaded programs only: a namespace is a thread's own. */
#ifndef IO_SPACE_SPACE_H
#define IO_SPACE_SPACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum { SPACE_WHY = 160, SPACE_HOSTS = 8, SPACE_NAME = 16 };

/* Where files of the space are: a file system in memory that nobody else sees. */
#define SPACE_FOLDER "/run/lab"

/* Whether such a space can be made here. False: `ret_why` says what is missing, in plain words. */
bool space_possible(char ret_why[SPACE_WHY]);

/* Calls `inside` in a new process, the first of a space, and returns at once with the process to wait for. What `inside` returns is its exit
 * code; 125: the space could not be made, which was told on standard error. ERR_IO: errno. */
enum err space_begin(int (*inside)(void *ctx), void *ctx, pid_t *ret_pid) MUST_CHECK;

/* The same without namespaces: SPACE_FOLDER is made on this machine, and gone at the end; what was left by one that was killed is removed first.
 * What is started ends with it all the same. ERR_IO: errno. */
enum err space_begin_flat(int (*inside)(void *ctx), void *ctx, pid_t *ret_pid) MUST_CHECK;

/* Within a space: */
struct space {
    bool flat; /* one without namespaces: every host is this one */
    struct {
        char name[SPACE_NAME];
        int net; /* descriptor of its network namespace */
    } host[SPACE_HOSTS];
    size_t n;
    int home; /* the network that the space began with: nobody's */
};
/* ERR_IO: errno. */
enum err space_open(struct space *s) MUST_CHECK;
void space_close(struct space *s);
/* A host with nothing but its own loopback, up; `ip -n NAME` finds it. ERR_IO, ERR_LIMIT. */
enum err space_host(struct space *s, const char *name) MUST_CHECK;
/* What this process opens from now on, until space_leave, is in that host's network. ERR_MISSING, ERR_IO. */
enum err space_enter(const struct space *s, const char *host) MUST_CHECK;
void space_leave(const struct space *s);

/* A program to start. */
struct space_job {
    const char *host; /* NULL: as we are */
    const char *const
        *argv; /* found as a shell finds it, also in /usr/sbin and /sbin; ended by NULL */
    const char *const *env; /* "NAME=value" beside ours; NULL: none */
    int in, out, err;       /* descriptors; -1: /dev/null */
    bool foreground;        /* somebody's shell: it has the terminal, and its signals */
};
/* Starts it; it ends with this process. ERR_IO: errno; a program that is not there ends with 127. `s` may be NULL without a host. */
enum err space_start(const struct space *s, const struct space_job *job, pid_t *ret_pid) MUST_CHECK;
/* Calls `fn` in a process of its own at that host, which ends with this one; its exit code is what that returns. ERR_IO: errno. */
enum err space_call(const struct space *s, const char *host, int (*fn)(void *ctx), void *ctx,
                    pid_t *ret_pid) MUST_CHECK;

#endif
