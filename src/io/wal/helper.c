/* Waits for disks, so that nobody else does. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "io/wal/inside.h"

static int sync_fd(enum job job, int fd)
{
    return (job == JOB_DATA ? fdatasync(fd) : fsync(fd)) == 0 ? 0 : errno;
}

static void *run(void *ctx)
{
    struct helper *h = ctx;
    (void)pthread_mutex_lock(&h->lock);
    for (;;) {
        while (!h->end && (h->job == JOB_NONE || h->done)) {
            (void)pthread_cond_wait(&h->changed, &h->lock);
        }
        if (h->job == JOB_NONE || h->done) {
            break;
        }
        enum job job = h->job;
        int fd = h->fd;
        (void)pthread_mutex_unlock(&h->lock);
        int error = sync_fd(job, fd);
        (void)close(fd);
        (void)pthread_mutex_lock(&h->lock);
        h->error = error;
        h->done = true;
    }
    (void)pthread_mutex_unlock(&h->lock);
    return NULL;
}

void helper_init(struct helper *h)
{
    *h = (struct helper){.job = JOB_NONE};
    (void)pthread_mutex_init(&h->lock, NULL);
    (void)pthread_cond_init(&h->changed, NULL);
}

/* Signals are for others. */
static bool start(struct helper *h)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    h->started = pthread_create(&h->thread, NULL, run, h) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return h->started;
}

bool helper_ask(struct helper *h, enum job job, int fd)
{
    bool alone = !h->started && !start(h);
    (void)pthread_mutex_lock(&h->lock);
    /* A copy, so that nobody closes what is being synced. */
    int copy = h->job == JOB_NONE ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (copy >= 0) {
        h->job = job;
        h->fd = copy;
        h->done = false;
        (void)pthread_cond_signal(&h->changed);
    }
    if (copy >= 0 && alone) {
        h->error = sync_fd(job, copy);
        h->done = true;
        (void)close(copy);
    }
    (void)pthread_mutex_unlock(&h->lock);
    return copy >= 0;
}

enum job helper_done(struct helper *h, int *ret_error)
{
    enum job job = JOB_NONE;
    (void)pthread_mutex_lock(&h->lock);
    if (h->done) {
        job = h->job;
        *ret_error = h->error;
        h->job = JOB_NONE;
        h->done = false;
    }
    (void)pthread_mutex_unlock(&h->lock);
    return job;
}

void helper_clear(struct helper *h)
{
    if (h->started) {
        (void)pthread_mutex_lock(&h->lock);
        h->end = true;
        (void)pthread_cond_signal(&h->changed);
        (void)pthread_mutex_unlock(&h->lock);
        (void)pthread_join(h->thread, NULL);
    }
    (void)pthread_cond_destroy(&h->changed);
    (void)pthread_mutex_destroy(&h->lock);
}
