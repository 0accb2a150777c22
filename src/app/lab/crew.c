/* Cases at once. */
#include "app/lab/crew.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/cli/cli.h"

enum { JOBS = 32 };

struct job {
    pid_t pid;
    int fd;
    size_t i;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int signum)
{
    (void)signum;
    interrupted = 1;
}

static void listen_for(int signum)
{
    struct sigaction a = {.sa_handler = on_signal};
    (void)sigaction(signum, &a, NULL);
}

/* A case that is over: its result, or what is known of one that left none. */
static void collect(struct job *j, const struct case_ask *ask, struct case_result *r)
{
    int status = 0;
    if (!case_read(j->fd, r)) {
        *r = (struct case_result){.made = false};
        (void)snprintf(r->id, sizeof r->id, "%.*s", ask->fault ? (int)ask->fault->id.len : 5,
                       ask->fault ? ask->fault->id.p : "clean");
        (void)snprintf(r->why, sizeof r->why, "the lab ended before it was done");
        for (int v = 0; v < FAULT_VIEWS; v++) {
            r->look[v].outcome = OUTCOME_NONE;
        }
    }
    (void)close(j->fd);
    while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR) {
    }
    j->pid = 0;
}

static void end_all(struct job *job, unsigned jobs)
{
    for (unsigned i = 0; i < jobs; i++) {
        if (job[i].pid > 0) {
            (void)kill(job[i].pid, SIGKILL);
            (void)waitpid(job[i].pid, NULL, 0);
            (void)close(job[i].fd);
        }
    }
}

/* A missing program is a result without a case. */
static bool skip(const struct case_ask *ask, struct case_result *r)
{
    const char *missing = ask->fault ? case_missing(ask->fault) : NULL;
    if (missing) {
        *r = (struct case_result){.skipped = true};
        (void)snprintf(r->id, sizeof r->id, "%.*s", STR_ARG(ask->fault->id));
        (void)snprintf(r->why, sizeof r->why, "there is no %s here", missing);
    }
    return missing != NULL;
}

static unsigned seconds_of(const struct case_ask *ask)
{
    return ask->fault ? ask->fault->seconds : 0;
}

/* The longest first: none is to begin when the others are done. NULL: no memory. */
static size_t *by_length(const struct case_ask *ask, size_t n)
{
    size_t *order = calloc(n ? n : 1, sizeof *order);
    for (size_t i = 0; order && i < n; i++) {
        size_t k = i;
        while (k > 0 && seconds_of(&ask[order[k - 1]]) < seconds_of(&ask[i])) {
            order[k] = order[k - 1];
            k--;
        }
        order[k] = i;
    }
    return order;
}

bool crew_run(const struct case_ask *ask, size_t n, unsigned jobs, struct case_result *ret,
              void (*told)(void *ctx, size_t i, const struct case_result *r), void *ctx)
{
    struct job job[JOBS] = {{0}};
    struct pollfd p[JOBS];
    size_t next = 0, done = 0;
    size_t *order = by_length(ask, n);
    if (!order) {
        cli_error("no memory");
        return false;
    }
    jobs = jobs < 1 ? 1 : jobs > JOBS ? JOBS : jobs;
    interrupted = 0;
    listen_for(SIGINT);
    listen_for(SIGTERM);
    while (done < n && !interrupted) {
        for (unsigned k = 0; k < jobs; k++) {
            while (next < n && job[k].pid == 0) {
                job[k].i = order[next++];
                if (skip(&ask[job[k].i], &ret[job[k].i])) {
                    told(ctx, job[k].i, &ret[job[k].i]);
                    done++;
                } else if (case_begin(&ask[job[k].i], &job[k].pid, &job[k].fd) != ERR_OK) {
                    cli_error("a case cannot be begun: %s", strerror(errno));
                    interrupted = 1;
                    break;
                }
            }
            p[k] = (struct pollfd){.fd = job[k].pid > 0 ? job[k].fd : -1, .events = POLLIN};
        }
        if (done < n && !interrupted && poll(p, jobs, -1) < 0 && errno != EINTR) {
            break;
        }
        for (unsigned k = 0; k < jobs && !interrupted; k++) {
            if (job[k].pid > 0 && p[k].fd >= 0 && p[k].revents) {
                size_t i = job[k].i;
                collect(&job[k], &ask[i], &ret[i]);
                told(ctx, i, &ret[i]);
                done++;
            }
        }
    }
    end_all(job, jobs);
    free(order);
    return done == n;
}
