/* `dialtone phone`: switched on, watched, ended. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/phone/inside.h"
#include "app/phone/phone_command.h"

/* -- the run */

static void on_end(void *ctx)
{
    struct watch *w = ctx;
    loop_stop(w->loop);
}

static void on_signal(void *ctx, int signum)
{
    struct watch *w = ctx;
    (void)signum;
    w->interrupted = true;
    loop_stop(w->loop);
}

static void on_turn(void *ctx)
{
    struct watch *w = ctx;
    keep_flush(&w->keep);
}

static enum err prepare(struct watch *w)
{
    struct handset_cfg *h = &w->cfg.desk.handset;
    h->line = scribe_line;
    h->message = scribe_message;
    h->head = scribe_head;
    w->turn = (struct loop_turn){.fn = on_turn, .ctx = w};
    enum err e = loop_new(&w->loop);
    e = e == ERR_OK ? loop_timer_new(w->loop, on_end, w, &w->end) : e;
    e = e == ERR_OK ? loop_signal(w->loop, SIGINT, on_signal, w) : e;
    e = e == ERR_OK ? loop_signal(w->loop, SIGTERM, on_signal, w) : e;
    e = e == ERR_OK ? desks_new(w->loop, &w->cfg.desk, &w->desks) : e;
    e = e == ERR_OK ? desk_init(&w->desk, w->desks, &w->cfg.identity, &watch_on, w, &w->keep.scribe,
                                w->cfg.seed)
                    : e;
    if (e == ERR_OK) {
        loop_on_turn(w->loop, &w->turn);
    }
    return e;
}

static int finish(const struct watch *w)
{
    if (w->failed) {
        return CLI_UNFINISHED;
    }
    if (w->over) {
        return CLI_OK;
    }
    if (w->cfg.until == UNTIL_STOPPED && w->interrupted) {
        return CLI_OK;
    }
    if (w->interrupted) {
        return CLI_INTERRUPTED;
    }
    return w->cfg.until == UNTIL_STOPPED && handset_registered(&w->desk.handset) ? CLI_OK
                                                                                 : CLI_ERRORS;
}

/* False after telling. */
static bool plug_in(struct watch *w)
{
    enum err e = lan_new(w->loop, w->cfg.interface, &w->desk, w->cfg.seed, &w->lan);
    if (e == ERR_MISSING) {
        cli_error("--interface: there is no %s with Ethernet", w->cfg.interface);
    } else if (e != ERR_OK) {
        cli_error("--interface: %s: %s%s", w->cfg.interface,
                  e == ERR_IO ? strerror(errno) : err_name(e),
                  e == ERR_IO && errno == EPERM
                      ? "; DHCP below the routing table needs CAP_NET_RAW and CAP_NET_ADMIN"
                      : "");
    }
    return e == ERR_OK;
}

/* -- its face */

static void on_face_flush(void *ctx)
{
    struct watch *w = ctx;
    keep_flush(&w->keep);
}

static void on_face_picture(void *ctx, struct str text)
{
    watch_tell(ctx, "screen", "", text);
}

static void on_face_ended(void *ctx, bool well)
{
    struct watch *w = ctx;
    w->failed = w->failed || !well;
    loop_stop(w->loop);
}

/* False after telling. */
static bool show(struct watch *w)
{
    char text[ENDPOINT_TEXT + 16], at[ENDPOINT_TEXT];
    const struct face_cfg cfg = {.folder = w->keep.folder,
                                 .scribe = &w->keep.scribe,
                                 .pages = w->cfg.web,
                                 .at = w->cfg.web_at,
                                 .screen = w->cfg.screen,
                                 .color = w->color,
                                 .flush = on_face_flush,
                                 .picture = w->cfg.json ? on_face_picture : NULL,
                                 .ended = on_face_ended,
                                 .ctx = w};
    if (!cfg.pages && !cfg.screen) {
        return true;
    }
    if (!face_open(w->loop, &w->desk, &cfg, &w->face)) {
        return false;
    }
    if (cfg.pages) {
        (void)endpoint_write(face_pages(w->face), at);
        (void)snprintf(text, sizeof text, "https://%s/", at);
        watch_tell(w, "pages", "", str_z(text));
    }
    return true;
}

/* Pictures stand where the lines of what happens would. */
static enum err drop(void *ctx, struct str text)
{
    (void)ctx;
    (void)text;
    return ERR_OK;
}

/* What somebody at the phone would make now. False after telling. */
static bool leave_report(struct watch *w)
{
    char name[PHONE_PATH];
    if (!w->cfg.report) {
        return true;
    }
    bool ok = keep_report(&w->keep, desk_date(&w->desk), STR(""), name);
    if (ok) {
        watch_tell(w, "report", "", str_z(name));
    }
    return ok;
}

static int live(struct watch *w)
{
    if (!keep_open(&w->keep, w->args, w->cfg.folder, w->loop, &w->desk, w->cfg.seed) ||
        !keep_recall(&w->keep, &w->desk.phone)) {
        return CLI_UNFINISHED;
    }
    if (!phone_settings(w->args, &w->cfg, &w->desk.phone)) {
        return CLI_USAGE;
    }
    w->desk.phone.faults = w->cfg.faults;
    w->start = loop_now(w->loop);
    if (w->cfg.time != USEC_NONE) {
        loop_timer_at(w->end, w->start + w->cfg.time);
    }
    if (!show(w)) {
        return CLI_UNFINISHED;
    }
    if (!w->cfg.interface) {
        desk_static(&w->desk, &w->cfg.lease);
    } else if (!plug_in(w)) {
        return CLI_UNFINISHED;
    }
    desk_start(&w->desk);
    loop_run(w->loop);
    return leave_report(w) ? finish(w) : CLI_UNFINISHED;
}

static int list_faults(void)
{
    for (int f = 0; f < PHONE_FAULTS; f++) {
        printf("%-22s %s\n", phone_fault_name((enum phone_fault)f),
               phone_fault_text((enum phone_fault)f));
    }
    return CLI_OK;
}

static int run(const struct cli_args *a)
{
    const char *fault = cli_value(a, "fault", "");
    if (strcmp(fault, "list") == 0) {
        return list_faults();
    }
    struct watch *w = calloc(1, sizeof *w);
    if (!w) {
        cli_error("no memory");
        return CLI_UNFINISHED;
    }
    int code = CLI_USAGE;
    w->args = a;
    if (phone_cfg_read(a, &w->cfg)) {
        w->sink = out_init(&w->out, STDOUT_FILENO);
        if (w->cfg.screen && !w->cfg.json) {
            w->sink = (struct sink){.write = drop};
        }
        w->color = !w->cfg.json && cli_color(a, STDOUT_FILENO);
        enum err e = prepare(w);
        code = e == ERR_OK ? live(w) : CLI_UNFINISHED;
        if (e != ERR_OK) {
            cli_error("the phone cannot be made: %s", e == ERR_IO ? strerror(errno) : err_name(e));
        }
        face_free(w->face);
        lan_free(w->lan);
        desk_clear(&w->desk);
        desks_free(w->desks);
        keep_close(&w->keep);
        loop_timer_free(w->end);
        if (w->loop) {
            loop_free(w->loop);
        }
    }
    phone_cfg_clear(&w->cfg);
    free(w);
    return code;
}

const struct cli_command phone_command = {
    .name = "phone",
    .args = "",
    .summary = "a desk phone that makes the whole journey",
    .text =
        "Emulates one desk phone, from power to a number on its screen: lease, clock, names,\n"
        "activation, configuration, server selection, TLS and registration, by real packets and "
        "in\n"
        "the order of a real one. It stays, refreshes, resyncs, obeys NOTIFY, reboots, answers "
        "calls\n"
        "and plays back what it hears, until it is stopped.\n\n"
        "Without --address it uses an address of this host and this host's name servers, and "
        "needs\n"
        "no privilege.\n"
        "Exit code 0: it got where --until says, or was registered when it was stopped; 1: it did\n"
        "not.",
    .examples =
        "dialtone phone --ca ca.crt --cert p.crt --key p.key --activation hub.example.com\n"
        "dialtone phone -u registered -t 60s -r 'http://192.0.2.20/$MA.xml'  # and tell by the "
        "exit code\n"
        "dialtone phone -f clock-wrong -f srv-off  # what is wrong lies in the phone\n"
        "dialtone phone --settings line.conf -s Provision_Enable=No  # registration only\n",
    .options = phone_option_table,
    .least = 0,
    .most = 0,
    .run = run,
};
