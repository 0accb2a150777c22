/* The face: opened, told, made to act. */
#include "app/face/face.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/face/inside.h"
#include "io/tls/crypto.h"

bool face_open(struct loop *l, struct desk *d, const struct face_cfg *cfg, struct face **ret)
{
    uint8_t secret[32];
    struct face *f = calloc(1, sizeof *f);
    if (!f || getentropy(secret, sizeof secret) != 0) {
        cli_error("the phone's face cannot be made: %s", f ? strerror(errno) : "no memory");
        free(f);
        return false;
    }
    f->loop = l;
    f->desk = d;
    f->cfg = *cfg;
    f->doing = STAGE_NONE;
    f->up_since = USEC_NONE;
    for (size_t i = 0; i < HANDSET_LINES; i++) {
        f->call[i].state = AGENT_ENDED;
    }
    screen_init(&f->screen);
    panel_init(&f->panel, tls_crypto(), secret);
    d->hand_calls = cfg->screen;
    *ret = f;
    return (!cfg->pages || pages_open(f)) && (!cfg->screen || keys_open(f));
}

void face_free(struct face *f)
{
    if (f) {
        keys_close(f);
        pages_close(f);
        free(f);
    }
}

struct endpoint face_pages(const struct face *f)
{
    return f->at;
}

/* -- what it is told */

void face_on_stage(struct face *f, enum stage s, bool begun, enum stage_state state)
{
    if (s < STAGES && begun) {
        f->doing = s;
        f->stage[s] = STAGE_UNKNOWN;
    } else if (s < STAGES) {
        f->doing = f->doing == s ? STAGE_NONE : f->doing;
        f->stage[s] = (uint8_t)state;
        f->notice = NULL;
    }
    keys_changed(f);
}

void face_on_call(struct face *f, unsigned line, enum agent_call_state state)
{
    if (line >= 1 && line <= HANDSET_LINES) {
        f->call[line - 1].state = state;
        f->call[line - 1].since = loop_now(f->loop);
    }
    keys_changed(f);
}

void face_on_reboot(struct face *f)
{
    f->up_since = USEC_NONE;
    f->doing = STAGE_NONE;
    screen_init(&f->screen);
    memset(f->stage, 0, sizeof f->stage);
    for (size_t i = 0; i < HANDSET_LINES; i++) {
        f->call[i].state = AGENT_ENDED;
    }
    keys_changed(f);
}

void face_on_report(struct face *f, struct str name, struct str description)
{
    f->report_made = name.len != 0;
    f->report_failed = name.len == 0;
    f->upload[0] = '\0';
    (void)snprintf(f->report_name, sizeof f->report_name, "%.*s", STR_ARG(name));
    (void)snprintf(f->report_text, sizeof f->report_text, "%.*s", STR_ARG(description));
    f->notice = name.len ? "The problem report is made." : "The problem report cannot be made.";
    keys_changed(f);
}

void face_on_fetch(struct face *f, const struct handset_fetch *fetch)
{
    f->uploading = fetch->archive.len != 0;
    if (f->uploading) {
        (void)snprintf(f->upload, sizeof f->upload, "Uploading");
    }
}

void face_on_fetched(struct face *f, const struct handset_fetched *fetched)
{
    if (!f->uploading) {
        return;
    }
    f->uploading = false;
    if (fetched->code) {
        (void)snprintf(f->upload, sizeof f->upload, "Failed: %.*s",
                       STR_ARG(str_head(fetched->text, FACE_NAME)));
    } else if (fetched->status >= 200 && fetched->status < 300) {
        (void)snprintf(f->upload, sizeof f->upload, "Succeeded");
    } else {
        (void)snprintf(f->upload, sizeof f->upload, "Failed: HTTP %u", fetched->status);
    }
    keys_changed(f);
}

void face_on_lease(struct face *f, struct addr server)
{
    f->dhcp_server = server;
    keys_changed(f);
}

/* -- what it does */

static void report(struct face *f, const struct screen_action *a)
{
    char text[FACE_TEXT], date[SCREEN_DATE];
    int n = snprintf(text, sizeof text, "%.*s (%.*s UTC)", STR_ARG(a->text),
                     STR_ARG(str_head(screen_date(a->date, date), 16)));
    desk_do(f->desk, HANDSET_DO_REPORT, str_of(text, n > 0 ? (size_t)n : 0));
}

static void carry_out(struct face *f, const struct screen_action *a)
{
    static const enum handset_wish wishes[] = {[SCREEN_RESYNC] = HANDSET_DO_RESYNC,
                                               [SCREEN_UPGRADE] = HANDSET_DO_UPGRADE,
                                               [SCREEN_RESTART] = HANDSET_DO_REBOOT,
                                               [SCREEN_FACTORY_RESET] = HANDSET_DO_FACTORY_RESET,
                                               [SCREEN_HANG_UP] = HANDSET_DO_HANG_UP};
    switch (a->what) {
    case SCREEN_REPORT:
        report(f, a);
        break;
    case SCREEN_RESYNC:
    case SCREEN_UPGRADE:
    case SCREEN_RESTART:
    case SCREEN_FACTORY_RESET:
    case SCREEN_HANG_UP:
        desk_do(f->desk, wishes[a->what], a->text);
        break;
    case SCREEN_ANSWER:
        desk_answer(f->desk, a->line);
        break;
    case SCREEN_CODE: /* the service for codes is known to its makers only */
        f->notice = "Invalid activation code";
        break;
    case SCREEN_DIAL:
    case SCREEN_PRESS:
    case SCREEN_TYPE:
    case SCREEN_NOTHING:
        break;
    }
}

void face_act(struct face *f, const struct screen_action *a)
{
    struct screen_action pressed = *a;
    if (a->what == SCREEN_PRESS) {
        face_look(f, true);
        screen_on_key(&f->screen, a->key, &f->facts.seen, &pressed);
    } else if (a->what == SCREEN_TYPE) {
        face_look(f, false);
        screen_on_text(&f->screen, a->text, &f->facts.seen);
    }
    carry_out(f, &pressed);
    keys_changed(f);
}
