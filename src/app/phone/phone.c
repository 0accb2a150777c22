/* `dialtone phone`: switched on, watched, ended. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/phone/inside.h"
#include "app/phone/phone_command.h"
#include "base/esc.h"
#include "base/json.h"

/* The run of one phone. */
struct watch {
    const struct cli_args *args;
    struct phone_cfg cfg;
    struct loop *loop;
    struct loop_timer *end;
    struct desks *desks;
    struct desk desk;
    struct lan *lan; /* NULL: its addresses are given */
    struct keep keep;
    struct face *face; /* NULL: none was asked for */
    struct loop_turn turn;
    usec_t start;
    bool color, interrupted, over, failed;
    struct out out;
    struct sink sink;
};

/* -- what it tells */

static void told(struct watch *w)
{
    if (out_flush(&w->out) != ERR_OK || w->out.gone) {
        loop_stop(w->loop); /* nobody reads on */
    }
}

static void json_event(struct watch *w, struct json *j, const char *event)
{
    json_init(j, &w->sink, 0);
    json_open(j, '{');
    json_key(j, "at");
    json_real(j, (double)(loop_now(w->loop) - w->start) / USEC_S, 3);
    json_kz(j, "event", event);
}

static void json_end(struct watch *w, struct json *j)
{
    json_close(j, '}');
    sink_char(&w->sink, '\n');
    told(w);
}

static void text_event(struct watch *w, const char *what, const char *color, const char *state)
{
    sink_fmt(&w->sink, "%9.3f s  %-16s ", (double)(loop_now(w->loop) - w->start) / USEC_S, what);
    sink_z(&w->sink, w->color ? color : "");
    sink_z(&w->sink, state);
    sink_z(&w->sink, w->color ? "\033[0m" : "");
}

static void event(struct watch *w, const char *what, const char *state, struct str text)
{
    struct json j;
    if (w->cfg.json) {
        json_event(w, &j, what);
        if (*state) {
            json_kz(&j, "state", state);
        }
        json_kstr(&j, "text", text);
        json_end(w, &j);
        return;
    }
    text_event(w, what, "", state);
    if (text.len) {
        sink_z(&w->sink, *state ? "  " : "");
        esc_term(&w->sink, text);
    }
    sink_char(&w->sink, '\n');
    told(w);
}

/* Who it is at its registrar. */
static void tell_number(struct watch *w)
{
    char text[256];
    const struct phone *p = &w->desk.phone;
    int n = snprintf(text, sizeof text, "%.*s@%.*s", STR_ARG(phone_of_line(p, "User_ID", 1)),
                     STR_ARG(phone_of_line(p, "Proxy", 1)));
    event(w, "number", "",
          str_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : strlen(text)));
}

static void look_for_end(struct watch *w, enum stage s, enum stage_state state)
{
    enum phone_until until = w->cfg.until;
    bool registered = s == STAGE_REGISTERED && state == STAGE_OK;
    bool provisioned = s == STAGE_PROVISIONING && state == STAGE_OK;
    bool failed = until == UNTIL_SETTLED && state == STAGE_FAILED;
    if (failed || (registered && (until == UNTIL_REGISTERED || until == UNTIL_SETTLED)) ||
        (provisioned && until == UNTIL_PROVISIONED)) {
        w->over = !failed;
        loop_stop(w->loop);
    }
}

static void on_stage(void *ctx, struct desk *d, enum stage s, bool begun, enum stage_state state)
{
    static const char *const colors[STAGE_STATES] = {
        [STAGE_OK] = "\033[32m", [STAGE_FAILED] = "\033[31m", [STAGE_SKIPPED] = "\033[2m"};
    struct watch *w = ctx;
    struct json j;
    (void)d;
    if (w->cfg.json) {
        json_event(w, &j, "stage");
        json_kz(&j, "stage", stage_name(s));
        json_kz(&j, "state", begun ? "begun" : stage_state_name(state));
        json_end(w, &j);
    } else if (!begun) {
        text_event(w, stage_name(s), colors[state] ? colors[state] : "", stage_state_name(state));
        sink_char(&w->sink, '\n');
        told(w);
    }
    if (s == STAGE_REGISTERED && state == STAGE_OK && !begun) {
        tell_number(w);
    }
    if (w->face) {
        face_on_stage(w->face, s, begun, state);
    }
    if (!begun) {
        look_for_end(w, s, state);
    }
}

static void on_fetch(void *ctx, struct desk *d, const struct handset_fetch *f)
{
    struct watch *w = ctx;
    static const char *const methods[] = {"GET", "POST", "PUT"};
    static const char *const schemes[] = {"tftp", "http", "https"};
    char text[PHONE_PATH];
    (void)d;
    /* A query may hold a secret. */
    struct str path =
        str_head(f->path, str_chr(f->path, '?') == STR_NPOS ? f->path.len : str_chr(f->path, '?'));
    int n = snprintf(text, sizeof text, "%s %s://%.*s:%u%.*s", methods[f->method],
                     schemes[f->scheme], STR_ARG(f->host), f->to.port, STR_ARG(path));
    event(w, "fetch", "", str_of(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1));
    if (w->face) {
        face_on_fetch(w->face, f);
    }
}

static void on_fetched(void *ctx, struct desk *d, const struct handset_fetched *f)
{
    struct watch *w = ctx;
    char text[PHONE_PATH];
    (void)d;
    int n = f->code ? snprintf(text, sizeof text, "curl %d: %.*s", f->code, STR_ARG(f->text))
                    : snprintf(text, sizeof text, "%u, %zu bytes", f->status, f->body.len);
    event(w, "fetched", "", str_of(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1));
    if (w->face) {
        face_on_fetched(w->face, f);
    }
}

static void on_reboot(void *ctx, struct desk *d, enum phone_reboot why)
{
    struct watch *w = ctx;
    (void)d;
    event(w, "reboot", "", str_z(phone_reboot_name(why)));
    scribe_boot(&w->keep.scribe);
    if (w->lan) {
        lan_down(w->lan);
    }
    if (w->face) {
        face_on_reboot(w->face);
    }
}

static void on_unshaken(void *ctx, struct desk *d, const char *reason, const char *text)
{
    (void)d;
    event(ctx, "connection", reason, str_z(text ? text : ""));
}

static void on_call(void *ctx, struct desk *d, unsigned line, enum agent_call_state state)
{
    static const char *const names[] = {[AGENT_RINGING] = "ringing",
                                        [AGENT_TALKING] = "talking",
                                        [AGENT_HELD] = "held",
                                        [AGENT_ENDED] = "ended"};
    struct watch *w = ctx;
    char text[32];
    int n = snprintf(text, sizeof text, "line %u", line);
    (void)d;
    event(w, "call", names[state], str_of(text, (size_t)n));
    if (w->face) {
        face_on_call(w->face, line, state);
    }
}

static void on_wants_lease(void *ctx, struct desk *d)
{
    struct watch *w = ctx;
    (void)d;
    lan_wants_lease(w->lan);
}

static void on_takes(void *ctx, struct desk *d, const struct handset_lease *lease)
{
    struct watch *w = ctx;
    (void)d;
    if (w->lan && lan_takes(w->lan, lease) != ERR_OK) {
        cli_error("%s: the address of the lease cannot be taken: %s%s", w->cfg.interface,
                  strerror(errno), errno == EPERM ? " (it needs CAP_NET_ADMIN)" : "");
        w->failed = true;
        loop_stop(w->loop);
    }
    if (w->face && w->lan) {
        face_on_lease(w->face, lan_server(w->lan));
    }
}

static void on_save(void *ctx, struct desk *d)
{
    struct watch *w = ctx;
    (void)keep_save(&w->keep, &d->phone); /* told */
}

static void on_restart(void *ctx, struct desk *d)
{
    struct watch *w = ctx;
    (void)d;
    scribe_restart(&w->keep.scribe);
}

static void on_report(void *ctx, struct desk *d, struct str description)
{
    struct watch *w = ctx;
    char name[PHONE_PATH];
    bool made = keep_report(&w->keep, desk_date(d), description, name);
    if (w->face) {
        face_on_report(w->face, made ? str_z(name) : STR(""), description);
    }
    if (made) {
        event(w, "report", "", str_z(name));
        desk_report(d, str_z(name));
    }
}

static struct str on_archive(void *ctx, struct desk *d, struct str name)
{
    struct watch *w = ctx;
    (void)d;
    return keep_archive(&w->keep, name);
}

static const struct desk_on on = {.wants_lease = on_wants_lease,
                                  .takes = on_takes,
                                  .save = on_save,
                                  .restart = on_restart,
                                  .report = on_report,
                                  .archive = on_archive,
                                  .stage = on_stage,
                                  .fetch = on_fetch,
                                  .fetched = on_fetched,
                                  .reboot = on_reboot,
                                  .unshaken = on_unshaken,
                                  .call = on_call};

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
    e = e == ERR_OK
            ? desk_init(&w->desk, w->desks, &w->cfg.identity, &on, w, &w->keep.scribe, w->cfg.seed)
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
        event(w, "pages", "", str_z(text));
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
    return finish(w);
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
        if (w->cfg.screen) {
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
        "Emulates one desk phone, from power to a number on its screen: lease, clock, names, "
        "activation, configuration, server\n"
        "selection, TLS and registration, by real packets and in the order of a real one. It "
        "stays, "
        "refreshes, resyncs, obeys\n"
        "NOTIFY, reboots, answers calls and plays back what it hears, until it is stopped.\n\n"
        "Without --address it uses an address of this host and this host's name servers, and needs "
        "no privilege.\n"
        "Exit code 0: it got where --until says, or was registered when it was stopped; 1: it did "
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
