/* The demonstration, act by act. */
#define _GNU_SOURCE /* pipe2 */
#include "app/lab/demo.h"

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
#include "app/lab/actor.h"
#include "app/lab/door.h"

#define PRT SPACE_FOLDER "/prt.tar.gz"

enum {
    HUB_PORT = 8088,
    PHONE_WAIT = 40,        /* s */
    TOOL_WAIT = 30,         /* s */
    PAUSE = 3000,           /* ms between the acts, where somebody looks on */
    RUNG = 120,             /* ms, the same: a stage takes a thousandth of a second here */
    LINGER = 15 * 60 * 1000 /* ms */
};

struct demo {
    const struct fault *fault;
    struct show *show;
    struct site site;
    struct actor phone;
    int door; /* listens on the machine */
    char url[64];
    char why[SPACE_WHY]; /* there is no network of its own */
    usec_t start;
};

/* -- the phone */

/* Somebody at a terminal is given time to look; Enter ends it. */
static void pause_for(const struct demo *d, int ms)
{
    char line[256];
    struct pollfd p = {.fd = isatty(STDIN_FILENO) ? STDIN_FILENO : -1, .events = POLLIN};
    if (d->show->live && poll(&p, 1, ms) > 0 && p.fd >= 0 && ms != RUNG) {
        (void)!read(p.fd, line, sizeof line);
    }
}

static void on_event(void *ctx, const struct actor_event *e)
{
    struct demo *d = ctx;
    if (strcmp(e->event, "stage") == 0) {
        show_stage(d->show, e->stage, e->begun, e->state, e->ms);
        pause_for(d, RUNG);
    }
}

/* A screen without its empty rows. */
static void picture(struct demo *d, struct str screen)
{
    struct str before = {.p = NULL};
    show_text(d->show, STR("\n"));
    while (screen.len) {
        struct str row = str_cut(&screen, '\n');
        if (!str_eq(row, before)) {
            show_text(d->show, row);
            show_text(d->show, STR("\n"));
        }
        before = row;
    }
}

/* Switched on and watched until it is settled: what its screen shows then. */
static bool boot(struct demo *d, bool well)
{
    struct buf screen = {0};
    show_ladder(d->show);
    bool ok = actor_begin(&d->phone, &d->site) &&
              actor_settle(&d->phone, PHONE_WAIT * USEC_S, on_event, d, &screen);
    show_ladder_end(d->show);
    if (ok) {
        picture(d, buf_str(&screen));
    }
    ok = ok && str_find(buf_str(&screen), STR(SITE_NUMBER)) != STR_NPOS ? well : ok && !well;
    buf_clear(&screen);
    if (!ok) {
        cli_error(well ? "the phone has no dial tone"
                       : "the phone has a dial tone in spite of the fault");
    }
    return ok;
}

/* -- the acts */

static int door(void *ctx)
{
    const struct demo *d = ctx;
    struct endpoint to;
    return endpoint_read(STR("127.0.0.1:8080"), 8080, &to) && door_keep(d->door, to) == ERR_OK ? 0
                                                                                               : 1;
}

static bool act_site(struct demo *d)
{
    pid_t pid = 0;
    char seconds[32];
    show_step(d->show, 1, "site");
    if (d->site.space.flat) {
        show_say(d->show, "flat", d->why, NULL, NULL);
    }
    if (!site_open(&d->site) || !site_settle(&d->site) ||
        space_call(&d->site.space, "service", door, d, &pid) != ERR_OK) {
        return false;
    }
    (void)snprintf(seconds, sizeof seconds, "%.1f", (double)(steady_now() - d->start) / USEC_S);
    show_say(d->show, d->site.space.flat ? "servers-flat" : "servers", seconds, NULL, NULL);
    show_say(d->show, "page", d->url, d->site.hub.user, d->site.hub.password);
    show_say(d->show, "device", SITE_MAC, SITE_NUMBER, NULL);
    return true;
}

static bool act_dial_tone(struct demo *d)
{
    char seconds[32];
    show_step(d->show, 2, "boots");
    if (!boot(d, true)) {
        return false;
    }
    (void)snprintf(seconds, sizeof seconds, "%.1f", (double)(steady_now() - d->start) / USEC_S);
    show_say(d->show, "dial-tone", SITE_NUMBER, seconds, NULL);
    actor_end(&d->phone, NULL);
    return true;
}

static const char *text_of(const struct demo *d, const struct str text[FAULT_LANGS],
                           char room[CASE_TEXT])
{
    (void)snprintf(room, CASE_TEXT, "%.*s",
                   STR_ARG(text[d->show->lang == LANG_JA ? FAULT_JA : FAULT_EN]));
    return room;
}

static bool act_break(struct demo *d)
{
    char room[CASE_TEXT];
    show_step(d->show, 3, "break");
    show_say(d->show, "sentence", text_of(d, d->fault->about, room), NULL, NULL);
    d->site.fault = d->fault;
    d->site.on = true;
    actor_forget();
    show_say(d->show, "fresh", NULL, NULL, NULL);
    if (!site_settle(&d->site) || !boot(d, false)) {
        return false;
    }
    actor_end(&d->phone, PRT);
    return true;
}

static bool act_diagnose(struct demo *d)
{
    struct words w = {.n = 0};
    struct buf text = {0};
    show_step(d->show, 4, "diagnose");
    show_say(d->show, "command", "dialtone diagnose prt.tar.gz", NULL, NULL);
    words_addz(&w, d->site.self);
    words_split(&w, "diagnose --lang");
    words_addz(&w, language_name(d->show->lang));
    words_split(&w, d->show->color ? "--color always" : "--color never");
    words_addz(&w, PRT);
    int code = program_run(NULL, NULL, &w, SPACE_FOLDER "/diagnose.err", TOOL_WAIT * USEC_S, &text);
    char id[CASE_ID];
    (void)snprintf(id, sizeof id, "[%.*s]", STR_ARG(d->fault->see[VIEW_PRT].id));
    bool named = code == CLI_ERRORS && str_find(buf_str(&text), str_z(id)) != STR_NPOS;
    show_text(d->show, STR("\n"));
    show_text(d->show, buf_str(&text));
    buf_clear(&text);
    if (!named) {
        cli_error("the diagnosis does not name %s", id);
    }
    return named;
}

static bool act_repair(struct demo *d)
{
    char room[CASE_TEXT];
    show_step(d->show, 5, "repair");
    show_say(d->show, "sentence", text_of(d, d->fault->cure, room), NULL, NULL);
    d->site.on = false;
    if (d->fault->reset) {
        actor_forget();
    }
    if (!site_settle(&d->site) || !boot(d, true)) {
        return false;
    }
    show_say(d->show, "again", SITE_NUMBER, NULL, NULL);
    return true;
}

static void next(struct demo *d)
{
    show_step(d->show, 6, "next");
    for (char key[] = "next-1"; key[5] <= '5'; key[5]++) {
        show_say(d->show, key, NULL, NULL, NULL);
    }
    if (isatty(STDIN_FILENO) && d->show->live) {
        show_say(d->show, "stays", d->url, NULL, NULL);
        pause_for(d, LINGER);
    }
}

static int inside(void *ctx)
{
    struct demo *d = ctx;
    static bool (*const acts[])(struct demo * d) = {act_site, act_dial_tone, act_break,
                                                    act_diagnose, act_repair};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof acts / sizeof *acts; i++) {
        if (i > 0) {
            pause_for(d, PAUSE);
        }
        ok = acts[i](d);
    }
    if (ok) {
        next(d);
    }
    actor_end(&d->phone, NULL);
    site_close(&d->site);
    show_flush(d->show);
    return ok ? CLI_OK : CLI_UNFINISHED;
}

/* Who is ended by the keyboard ends all of it: the space goes with us. */
static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return CLI_UNFINISHED;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_UNFINISHED;
}

int demo_run(struct show *show, const struct catalogue *c)
{
    static struct demo d; /* large */
    uint16_t port = 0;
    pid_t pid = 0;
    d.show = show;
    d.start = steady_now();
    d.fault = catalogue_find(c, STR("DH-01-66"));
    if (!d.fault) {
        return CLI_UNFINISHED;
    }
    if (door_listen(HUB_PORT, &d.door, &port) != ERR_OK) {
        cli_error("127.0.0.1: %s", strerror(errno));
        return CLI_UNFINISHED;
    }
    (void)snprintf(d.url, sizeof d.url, "http://127.0.0.1:%u", port);
    (void)snprintf(d.site.hub.url, sizeof d.site.hub.url, "%s", d.url);
    d.site.space.flat = !space_possible(d.why);
    if ((d.site.space.flat ? space_begin_flat : space_begin)(inside, &d, &pid) != ERR_OK) {
        cli_error("the lab cannot be begun: %s", strerror(errno));
        return CLI_UNFINISHED;
    }
    (void)close(d.door);
    return wait_for(pid);
}
