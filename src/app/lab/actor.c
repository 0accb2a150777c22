/* A phone that is watched. */
#define _GNU_SOURCE /* pipe2 */
#include "app/lab/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/lab/boot.h"
#include "io/jsonin/jsonin.h"

#define LOG SPACE_FOLDER "/phone.log"

enum { END_WAIT = 5 };

bool actor_begin(struct actor *a, const struct site *s)
{
    struct words w = {.n = 0};
    int keys[2] = {-1, -1}, events[2] = {-1, -1};
    *a = (struct actor){.pid = 0};
    if (pipe2(keys, O_CLOEXEC) != 0 || pipe2(events, O_CLOEXEC) != 0) {
        cli_error("no pipe: %s", strerror(errno));
        return false;
    }
    int log = open(LOG, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    boot_words(s, &w, NULL, 0);
    words_addz(&w, "--screen");
    struct space_job job = {
        .host = "phone", .argv = w.argv, .in = keys[0], .out = events[1], .err = log};
    bool ok = space_start(&s->space, &job, &a->pid) == ERR_OK;
    (void)close(log);
    (void)close(keys[0]);
    (void)close(events[1]);
    a->keys = keys[1];
    a->events = events[0];
    /* Its screen when there is something to see. */
    ok = ok && write(a->keys, "wait\n", 5) == 5;
    if (!ok) {
        cli_error("the phone cannot be started: %s", strerror(errno));
    }
    return ok;
}

/* A line of its events. True: it was its screen, now in `screen`. */
static bool event(struct str line, void (*on_event)(void *ctx, const struct actor_event *e),
                  void *ctx, struct buf *screen)
{
    struct jsonin doc = {0};
    struct jsonin_object o;
    struct actor_event e = {.stage = STAGE_NONE};
    struct str name = {0}, stage = {0}, state = {0}, text = {0};
    double at = 0;
    bool is_screen = false;
    if (jsonin_open(&doc, line, &o)) {
        (void)jsonin_str(&o, "event", JSONIN_NEEDED, 0, 23, &name);
        (void)jsonin_str(&o, "stage", 0, 0, 32, &stage);
        (void)jsonin_str(&o, "state", 0, 0, 32, &state);
        (void)jsonin_str(&o, "text", JSONIN_LINES, 0, 60000, &text);
        is_screen = str_eq(name, STR("screen")) && buf_add(screen, text) == ERR_OK;
        (void)snprintf(e.event, sizeof e.event, "%.*s", STR_ARG(name));
        (void)stage_read(stage, &e.stage);
        e.begun = str_eq(state, STR("begun"));
        for (int i = 0; i < STAGE_STATES; i++) {
            e.state = str_eq(state, str_z(stage_state_name((enum stage_state)i)))
                          ? (enum stage_state)i
                          : e.state;
        }
        size_t found = str_find(line, STR("\"at\":"));
        at = found != STR_NPOS ? strtod(line.p + found + 5, NULL) : 0;
        e.ms = (int64_t)(at * 1000);
        on_event(ctx, &e);
    }
    jsonin_clear(&doc);
    return is_screen;
}

bool actor_settle(struct actor *a, usec_t wait,
                  void (*on_event)(void *ctx, const struct actor_event *e), void *ctx,
                  struct buf *ret_screen)
{
    usec_t end = steady_now() + wait;
    for (;;) {
        struct pollfd p = {.fd = a->events, .events = POLLIN};
        char *newline = memchr(a->line, '\n', a->n);
        if (newline) {
            size_t n = (size_t)(newline - a->line);
            *newline = 0;
            bool seen = event(str_of(a->line, n), on_event, ctx, ret_screen);
            a->n -= n + 1;
            memmove(a->line, newline + 1, a->n);
            if (seen) {
                return true;
            }
            continue;
        }
        usec_t left = end - steady_now();
        int ready = left > 0 ? poll(&p, 1, (int)(left / 1000) + 1) : 0;
        ssize_t got = ready > 0 ? read(a->events, a->line + a->n, sizeof a->line - a->n - 1) : -1;
        if (ready == 0 || got == 0 || (got < 0 && errno != EINTR)) {
            struct buf said = {0};
            (void)file_read(LOG, &said);
            cli_error("the phone %s: %.*s", got == 0 ? "ended" : "is not settled in time",
                      STR_ARG(str_trim(buf_str(&said))));
            buf_clear(&said);
            return false;
        }
        a->n += got > 0 ? (size_t)got : 0;
    }
}

/* Its events are read on, so that it does not wait for us. */
static void drain(struct actor *a)
{
    usec_t end = steady_now() + END_WAIT * USEC_S;
    struct pollfd p = {.fd = a->events, .events = POLLIN};
    ssize_t got = 1;
    while (got != 0 && steady_now() < end) {
        if (poll(&p, 1, 100) > 0) {
            got = read(a->events, a->line, sizeof a->line);
            got = got < 0 && errno == EINTR ? 1 : got < 0 ? 0 : got;
        }
    }
}

void actor_end(struct actor *a, const char *report)
{
    if (a->pid <= 0) {
        return;
    }
    (void)kill(a->pid, SIGTERM);
    drain(a);
    (void)kill(-a->pid, SIGKILL);
    (void)waitpid(a->pid, NULL, 0);
    (void)close(a->keys);
    (void)close(a->events);
    a->pid = 0;
    (void)boot_report(report ? report : SPACE_FOLDER "/report.tar.gz");
}

void actor_forget(void)
{
    (void)unlink(SPACE_FOLDER "/phone/phone");
    (void)unlink(SPACE_FOLDER "/phone/logcat");
    (void)unlink(SPACE_FOLDER "/phone/logcat.1");
}
