#define _GNU_SOURCE
#include "io/loop/loop.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct loop *new_loop(void)
{
    struct loop *l = NULL;
    assert_int_equal(loop_new(&l), ERR_OK);
    return l;
}

struct fired {
    struct loop *loop;
    usec_t due[3], at[3];
    unsigned n, last;
};

struct one {
    struct fired *f;
    unsigned number;
};

static void on_timer(void *ctx)
{
    struct one *o = ctx;
    o->f->at[o->number] = loop_now(o->f->loop);
    assert_true(o->f->at[o->number] >= o->f->due[o->number]);
    assert_true(o->number >= o->f->last);
    o->f->last = o->number;
    if (++o->f->n == 3) {
        loop_stop(o->f->loop);
    }
}

static void timers_fire_in_their_order_and_never_early(void **state)
{
    (void)state;
    struct loop *l = new_loop();
    struct fired f = {.loop = l};
    struct one o[4];
    struct loop_timer *t[4];
    usec_t now = loop_now(l);
    for (unsigned i = 0; i < 4; i++) {
        o[i] = (struct one){&f, i};
        assert_int_equal(loop_timer_new(l, on_timer, &o[i], &t[i]), ERR_OK);
    }
    for (unsigned i = 0; i < 3; i++) {
        f.due[i] = now + (usec_t)(i + 1) * 5300;
    }
    loop_timer_at(t[3], now + 4000); /* set, moved, unset: nothing */
    loop_timer_at(t[3], now + 9000);
    loop_timer_at(t[3], USEC_NONE);
    loop_timer_at(t[2], now); /* moved later */
    for (unsigned i = 3; i-- > 0;) {
        loop_timer_at(t[i], f.due[i]);
    }
    loop_run(l);
    assert_int_equal(f.n, 3);
    for (unsigned i = 0; i < 4; i++) {
        loop_timer_free(t[i]);
    }
    loop_free(l);
}

struct turns {
    struct loop *loop;
    struct loop_timer *timer;
    unsigned in_turn, order, ends;
};

static usec_t clock_now(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &t), 0);
    return (usec_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

/* A thread that did not run for long, in place of which the test works that long. */
static void on_slow_timer(void *ctx)
{
    struct turns *t = ctx;
    usec_t now = loop_now(t->loop);
    while (clock_now() < now + 5 * USEC_MS) {
    }
    assert_true(++t->in_turn < 1000);
    loop_timer_at(t->timer, now + 2 * USEC_MS);
    loop_stop(t->loop);
}

static void a_timer_that_is_late_does_not_hold_the_loop(void **state)
{
    (void)state;
    struct turns t = {.loop = new_loop()};
    assert_int_equal(loop_timer_new(t.loop, on_slow_timer, &t, &t.timer), ERR_OK);
    loop_timer_at(t.timer, loop_now(t.loop));
    loop_run(t.loop);
    loop_timer_free(t.timer);
    loop_free(t.loop);
}

struct letter {
    struct loop_letter head;
    unsigned sender, number;
};

enum { SENDERS = 4, LETTERS = 5000 };

struct box {
    struct loop *loop;
    unsigned next[SENDERS];
    unsigned n;
};

static void open_letter(struct loop_letter *head, void *ctx)
{
    struct letter *l = (struct letter *)head;
    struct box *b = ctx;
    assert_int_equal(l->number, b->next[l->sender]);
    b->next[l->sender]++;
    if (++b->n == SENDERS * LETTERS) {
        loop_stop(b->loop);
    }
    free(l);
}

struct sender {
    struct loop *to;
    unsigned number;
};

static void *send_letters(void *arg)
{
    struct sender *s = arg;
    for (unsigned i = 0; i < LETTERS; i++) {
        struct letter *l = malloc(sizeof *l);
        if (!l) {
            abort();
        }
        *l = (struct letter){{NULL, open_letter}, s->number, i};
        loop_post(s->to, &l->head);
    }
    return NULL;
}

static void letters_come_in_the_order_of_their_sender(void **state)
{
    (void)state;
    struct loop *l = new_loop();
    struct box b = {.loop = l};
    loop_on_letter(l, &b);
    pthread_t thread[SENDERS];
    struct sender s[SENDERS];
    for (unsigned i = 0; i < SENDERS; i++) {
        s[i] = (struct sender){l, i};
        assert_int_equal(pthread_create(&thread[i], NULL, send_letters, &s[i]), 0);
    }
    loop_run(l);
    for (unsigned i = 0; i < SENDERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(b.next[i], LETTERS);
    }
    loop_free(l);
}

static void letters_that_nobody_read_are_opened_at_the_end(void **state)
{
    (void)state;
    struct loop *l = new_loop();
    struct box b = {.loop = l};
    loop_on_letter(l, &b);
    struct letter *letter = malloc(sizeof *letter);
    assert_non_null(letter);
    *letter = (struct letter){{NULL, open_letter}, 0, 0};
    loop_post(l, &letter->head);
    loop_free(l);
    assert_int_equal(b.n, 1);
}

struct pipe_end {
    struct loop *loop;
    struct loop_watch *watch;
    int fd;
    char got;
};

static void on_readable(void *ctx, unsigned events)
{
    struct pipe_end *p = ctx;
    assert_true(events & LOOP_READ);
    assert_int_equal(read(p->fd, &p->got, 1), 1);
    loop_watch_free(p->watch);
    loop_stop(p->loop);
}

static void write_a_byte(void *ctx)
{
    const int *fd = ctx;
    assert_int_equal(write(*fd, "x", 1), 1);
}

static void a_descriptor_is_watched(void **state)
{
    (void)state;
    struct loop *l = new_loop();
    int fd[2];
    assert_int_equal(pipe2(fd, O_NONBLOCK | O_CLOEXEC), 0);
    struct pipe_end p = {.loop = l, .fd = fd[0]};
    struct loop_timer *t = NULL;
    assert_int_equal(loop_watch_new(l, fd[0], on_readable, &p, &p.watch), ERR_OK);
    assert_int_equal(loop_watch_set(p.watch, LOOP_READ), ERR_OK);
    assert_int_equal(loop_timer_new(l, write_a_byte, &fd[1], &t), ERR_OK);
    loop_timer_at(t, loop_now(l));
    loop_run(l);
    assert_int_equal(p.got, 'x');
    loop_timer_free(t);
    loop_free(l);
    close(fd[0]);
    close(fd[1]);
}

static void on_signal(void *ctx, int signum)
{
    struct fired *f = ctx;
    f->n = (unsigned)signum;
    loop_stop(f->loop);
}

static void raise_it(void *ctx)
{
    (void)ctx;
    assert_int_equal(raise(SIGUSR1), 0);
}

static void signals_arrive_in_the_loop(void **state)
{
    (void)state;
    struct loop *l = new_loop();
    struct fired f = {.loop = l};
    struct loop_timer *t = NULL;
    assert_int_equal(loop_signal(l, SIGUSR1, on_signal, &f), ERR_OK);
    assert_int_equal(loop_timer_new(l, raise_it, NULL, &t), ERR_OK);
    loop_timer_at(t, loop_now(l));
    loop_run(l);
    assert_int_equal(f.n, SIGUSR1);
    loop_timer_free(t);
    loop_free(l);
}

static void on_work(void *ctx)
{
    struct turns *t = ctx;
    t->in_turn++;
    if (t->in_turn < 3) {
        loop_timer_at(t->timer, loop_now(t->loop));
    } else {
        loop_stop(t->loop);
    }
}

static void first_end(void *ctx)
{
    struct turns *t = ctx;
    t->order = 1;
}

static void second_end(void *ctx)
{
    struct turns *t = ctx;
    assert_int_equal(t->order, 1);
    t->order = 0;
    t->ends++;
}

static void each_turn_has_its_end(void **state)
{
    (void)state;
    struct loop *l = new_loop();
    struct turns t = {.loop = l};
    struct loop_turn a = {first_end, &t, NULL}, b = {second_end, &t, NULL};
    loop_on_turn(l, &a);
    loop_on_turn(l, &b);
    assert_int_equal(loop_timer_new(l, on_work, &t, &t.timer), ERR_OK);
    loop_timer_at(t.timer, loop_now(l));
    loop_run(l);
    assert_int_equal(t.in_turn, 3);
    assert_true(t.ends >= 3);
    usec_t date = loop_date(l);
    assert_true(date > 1600000000 * USEC_S);
    loop_timer_free(t.timer);
    loop_free(l);
}

/* Each works on a number of its own on another thread, and is back on the loop's. */
struct task {
    struct loop_work work;
    struct loop *loop;
    pthread_t home;
    unsigned *left;
    unsigned number, doubled;
    bool cancelled;
};

static void task_do(struct loop_work *w)
{
    struct task *t = (struct task *)w;
    assert_false(pthread_equal(pthread_self(), t->home));
    t->doubled = t->number * 2;
}

static void task_done(struct loop_work *w, bool cancelled)
{
    struct task *t = (struct task *)w;
    assert_true(pthread_equal(pthread_self(), t->home));
    t->cancelled = cancelled;
    if (--*t->left == 0) {
        loop_stop(t->loop);
    }
}

static void tasks_begin(struct loop *l, struct task *tasks, unsigned *left)
{
    *left = LOOP_WORKS;
    for (unsigned i = 0; i < LOOP_WORKS; i++) {
        tasks[i] = (struct task){.work = {task_do, task_done},
                                 .loop = l,
                                 .home = pthread_self(),
                                 .left = left,
                                 .number = i + 1};
        assert_int_equal(loop_work(l, &tasks[i].work), ERR_OK);
    }
}

static void work_is_done_elsewhere(void **state)
{
    (void)state;
    struct loop *l = new_loop();
    struct task tasks[LOOP_WORKS];
    struct loop_work more = {task_do, task_done};
    unsigned left;
    tasks_begin(l, tasks, &left);
    assert_int_equal(loop_work(l, &more), ERR_LIMIT);
    loop_run(l);
    for (unsigned i = 0; i < LOOP_WORKS; i++) {
        assert_int_equal(tasks[i].doubled, (i + 1) * 2);
        assert_false(tasks[i].cancelled);
    }
    loop_free(l);
}

static void work_ends_with_its_loop(void **state)
{
    (void)state;
    struct loop *l = new_loop();
    struct task tasks[LOOP_WORKS];
    unsigned left;
    tasks_begin(l, tasks, &left);
    loop_free(l);
    assert_int_equal(left, 0);
    for (unsigned i = 0; i < LOOP_WORKS; i++) {
        assert_true(tasks[i].cancelled);
        assert_true(tasks[i].doubled == 0 || tasks[i].doubled == (i + 1) * 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_their_order_and_never_early),
        cmocka_unit_test(a_timer_that_is_late_does_not_hold_the_loop),
        cmocka_unit_test(letters_come_in_the_order_of_their_sender),
        cmocka_unit_test(letters_that_nobody_read_are_opened_at_the_end),
        cmocka_unit_test(a_descriptor_is_watched),
        cmocka_unit_test(signals_arrive_in_the_loop),
        cmocka_unit_test(each_turn_has_its_end),
        cmocka_unit_test(work_is_done_elsewhere),
        cmocka_unit_test(work_ends_with_its_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
