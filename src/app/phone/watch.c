/* What a phone does, told line by line; what its desk asks of it. */
#include <errno.h>
#include <string.h>

#include "app/phone/inside.h"
#include "base/esc.h"
#include "base/json.h"

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

void watch_tell(struct watch *w, const char *what, const char *state, struct str text)
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
    watch_tell(w, "number", "",
               str_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : strlen(text)));
}

static void look_for_end(struct watch *w, enum stage s, enum stage_state state)
{
    enum phone_until until = w->cfg.until;
    bool registered = s == STAGE_REGISTERED && state == STAGE_OK;
    bool provisioned = s == STAGE_PROVISIONING && state == STAGE_OK;
    /* A clock that is not set keeps nobody by itself. */
    bool failed = until == UNTIL_SETTLED && state == STAGE_FAILED && s != STAGE_CLOCK;
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
    watch_tell(w, "fetch", "", str_of(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1));
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
    watch_tell(w, "fetched", "", str_of(text, n < (int)sizeof text ? (size_t)n : sizeof text - 1));
    if (w->face) {
        face_on_fetched(w->face, f);
    }
}

static void on_reboot(void *ctx, struct desk *d, enum phone_reboot why)
{
    struct watch *w = ctx;
    (void)d;
    watch_tell(w, "reboot", "", str_z(phone_reboot_name(why)));
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
    watch_tell(ctx, "connection", reason, str_z(text ? text : ""));
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
    watch_tell(w, "call", names[state], str_of(text, (size_t)n));
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
        watch_tell(w, "report", "", str_z(name));
        desk_report(d, str_z(name));
    }
}

static struct str on_archive(void *ctx, struct desk *d, struct str name)
{
    struct watch *w = ctx;
    (void)d;
    return keep_archive(&w->keep, name);
}

const struct desk_on watch_on = {.wants_lease = on_wants_lease,
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
