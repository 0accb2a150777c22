/* One thread of the load: opens its lines, then registers until its time or count is over. */
#define _GNU_SOURCE
#include "sipload.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 64 };

/* Waits at most `ns` and handles what came. */
static void wait_for(struct thread *t, uint64_t ns)
{
    struct epoll_event e[EVENTS];
    struct timespec most = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    int n = epoll_pwait2(t->poll, e, EVENTS, &most, NULL);
    t->now = now_ns();
    for (int i = 0; i < n; i++) {
        line_on(e[i].data.ptr, e[i].events);
    }
}

/* Opens all lines, so many at a time; waits until each is up, or was refused. */
static void open_lines(struct thread *t)
{
    unsigned next = 0;
    uint64_t refused = 0;
    t->now = now_ns();
    while (t->f.opened + t->f.failed + refused < t->o->lines) {
        while (next < t->o->lines && next - t->f.opened - t->f.failed - refused < t->o->flight) {
            refused += line_open(&t->lines[next++]) ? 0 : 1;
        }
        wait_for(t, 100000000);
    }
    t->f.failed += refused;
}

void thread_open(struct thread *t)
{
    t->poll = epoll_create1(EPOLL_CLOEXEC);
    if (t->poll < 0) {
        die("epoll");
    }
    lines_init(t);
    phones_init(t);
    if (t->o->via == VIA_TLS) {
        t->ctx = secure_ctx(t);
    }
    if (t->o->once) {
        open_lines(t);
    }
}

void thread_talk(struct thread *t)
{
    for (t->now = now_ns(); !phones_over(t);) {
        phones_turn(t);
        lines_flush(t);
        wait_for(t, phones_wait(t));
    }
    lines_flush(t);
}

void thread_close(struct thread *t)
{
    lines_clear(t);
    phones_clear(t);
    writer_clear(&t->w);
    SSL_SESSION_free(t->session);
    SSL_CTX_free(t->ctx);
    close(t->poll);
}
