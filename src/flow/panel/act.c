/* What makes the phone do something: forms, and the addresses of the manual ("direct action URLs"). */
#include <stdio.h>

#include "base/esc.h"
#include "flow/panel/inside.h"
#include "proto/http/http_uri.h"

enum { PASSWORD_ROOM = 256 };

/* What is asked for outlives the request's own bytes. */
void act(struct visit *v, enum screen_do what, struct str text)
{
    struct str fits = str_head(text, sizeof v->a->text);
    if (fits.len) {
        memcpy(v->a->text, fits.p, fits.len);
    }
    v->a->action.what = what;
    v->a->action.text = str_of(v->a->text, fits.len);
}

/* The answer holds its text itself, and may have been moved since. */
static void go_done(struct visit *v, const char *where, enum screen_do what)
{
    char to[64];
    (void)snprintf(to, sizeof to, "%s?done=%s", where, screen_do_name(what));
    page_go(v, to);
}

/* -- log-in */

void on_login(struct visit *v)
{
    page_begin(v, "Log in", "/login");
    if (!who_has_password(v, PANEL_ADMIN)) {
        sink_z(&v->out, "<p>No password is set (Admin_Password): nobody has to log in.</p>\n");
        page_end(v);
        return;
    }
    if (v->guessed || v->wait) {
        sink_z(&v->out, v->wait ? "<p role=\"alert\">Too many attempts. Wait a minute, then try "
                                  "again.</p>\n"
                                : "<p role=\"alert\">That was not the password.</p>\n");
    }
    sink_z(&v->out, "<form method=\"post\" action=\"/login\" class=\"fields\">\n");
    page_token(v);
    sink_z(&v->out, "<p><label for=\"user\">User</label> <select id=\"user\" name=\"user\">"
                    "<option>admin</option><option>user</option></select></p>\n"
                    "<p><label for=\"password\">Password</label> <input id=\"password\" "
                    "name=\"password\" type=\"password\" autocomplete=\"current-password\" "
                    "required></p>\n<p><button class=\"primary\">Log in</button></p></form>\n");
    page_end(v);
}

void on_log_in(struct visit *v)
{
    char user_room[16], password_room[PASSWORD_ROOM];
    struct str user = STR(""), password = STR("");
    v->wait = who_waits(v);
    if (v->wait) {
        who_retry_after(v);
        v->a->status = 429;
        on_login(v);
        return;
    }
    bool given = form_field(v->r->body, "user", user_room, sizeof user_room, &user) &&
                 form_field(v->r->body, "password", password_room, sizeof password_room, &password);
    enum panel_role role = str_eq(user, STR("admin")) ? PANEL_ADMIN : PANEL_USER;
    bool right = given && who_password(v, role, password) &&
                 (role == PANEL_ADMIN || str_eq(user, STR("user")));
    if (right) {
        who_log_in(v, role);
        page_go(v, "/");
    } else {
        who_guessed_wrong(v);
        v->a->status = 403;
        on_login(v);
    }
}

void on_log_out(struct visit *v)
{
    who_log_out(v);
    page_go(v, "/");
}

/* -- problem reports and keys */

static bool date_of(struct str date, struct str time, usec_t *ret)
{
    uint64_t n[5] = {0};
    struct str parts[5];
    parts[0] = str_cut(&date, '-');
    parts[1] = str_cut(&date, '-');
    parts[2] = date;
    parts[3] = str_cut(&time, ':');
    parts[4] = str_cut(&time, ':');
    int y = 0, m = 0, d = 0;
    for (size_t i = 0; i < 5; i++) {
        if (!str_u64(parts[i], &n[i]) || n[i] > 9999) {
            return false;
        }
    }
    if (n[0] < 1970 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59) {
        return false;
    }
    int64_t days = time_days((int)n[0], (int)n[1], (int)n[2]);
    time_civil(days, &y, &m, &d);
    *ret = days * USEC_DAY + (usec_t)(n[3] * 60 + n[4]) * 60 * USEC_S;
    return m == (int)n[1];
}

/* A text of ours: what a report says of itself is chosen, not typed. */
static bool problem_of(struct str text)
{
    for (size_t i = 0; screen_problems[i]; i++) {
        if (str_eq(text, str_z(screen_problems[i]))) {
            return true;
        }
    }
    return false;
}

void on_report(struct visit *v)
{
    char date_room[16], time_room[16], text_room[128];
    struct str date, time, text, body = v->r->body;
    usec_t when = 0;
    if (!form_field(body, "date", date_room, sizeof date_room, &date) ||
        !form_field(body, "time", time_room, sizeof time_room, &time) ||
        !form_field(body, "text", text_room, sizeof text_room, &text) ||
        !date_of(date, time, &when) || !problem_of(text)) {
        page_refuse(v, 400, "Not so", "Date, time and a problem are needed.");
        return;
    }
    act(v, SCREEN_REPORT, text);
    v->a->action.date = when;
    go_done(v, "/debug", SCREEN_REPORT);
}

void on_press(struct visit *v)
{
    char room[SCREEN_TEXT];
    struct str text;
    if (form_field(v->r->body, "key", room, sizeof room, &text)) {
        if (!screen_key_read(text, &v->a->action.key)) {
            page_refuse(v, 400, "Not so", "The phone has no such key.");
            return;
        }
        v->a->action.what = SCREEN_PRESS;
    } else if (form_field(v->r->body, "text", room, sizeof room, &text)) {
        act(v, SCREEN_TYPE, text);
    }
    page_go(v, "/screen");
}

/* -- administration */

static void put_do(struct visit *v, const char *what, const char *title, const char *text,
                   const char *field)
{
    page_h2(v, title);
    sink_z(&v->out, "<form method=\"post\" action=\"/admin/do\" class=\"fields\">\n");
    page_token(v);
    sink_fmt(&v->out, "<p>%s</p>\n", text);
    if (field) {
        sink_fmt(&v->out,
                 "<p><label for=\"%s\">%s</label> <input id=\"%s\" name=\"text\" "
                 "maxlength=\"1000\" autocomplete=\"off\" spellcheck=\"false\"></p>\n",
                 what, field, what);
    }
    sink_fmt(&v->out, "<p><button name=\"do\" value=\"%s\">%s</button></p></form>\n", what, title);
}

void on_admin(struct visit *v)
{
    page_begin(v, "Administration", "/admin/advanced");
    page_done(v);
    put_do(v, "resync", "Resync",
           "Fetches the configuration. Without a rule: from where it "
           "usually is.",
           "Profile rule, for once");
    put_do(v, "upgrade", "Upgrade", "Fetches firmware. Without an address: by Upgrade_Rule.",
           "Address of the load");
    put_do(v, "restart", "Restart", "Calls end.", NULL);
    page_h2(v, "Factory Reset");
    sink_z(&v->out, "<p><a class=\"button\" href=\"/admin/factory-reset\">Factory Reset</a></p>\n");
    page_end(v);
}

static bool allowed(struct visit *v, const char *setting)
{
    char text[96];
    if (phone_yes(v->f->seen->phone, setting)) {
        return true;
    }
    (void)snprintf(text, sizeof text, "%s is No.", setting);
    page_refuse(v, 403, "Not allowed", text);
    return false;
}

static bool idle(struct visit *v)
{
    if (v->f->busy) {
        page_refuse(v, 409, "Not now", "A call stands.");
    }
    return !v->f->busy;
}

void on_do(struct visit *v)
{
    static const struct {
        enum screen_do what;
        const char *needs;
    } may[] = {{SCREEN_RESYNC, "Provision_Enable"},
               {SCREEN_UPGRADE, "Upgrade_Enable"},
               {SCREEN_RESTART, NULL},
               {SCREEN_FACTORY_RESET, NULL}};
    char room[32], text_room[PANEL_TEXT];
    struct str what, text = STR("");
    if (!form_field(v->r->body, "do", room, sizeof room, &what)) {
        what = STR("");
    }
    (void)form_field(v->r->body, "text", text_room, sizeof text_room, &text);
    for (size_t i = 0; i < sizeof may / sizeof *may; i++) {
        if (!str_eq(what, str_z(screen_do_name(may[i].what)))) {
            continue;
        }
        if ((may[i].needs && !allowed(v, may[i].needs)) ||
            (may[i].what == SCREEN_FACTORY_RESET && !idle(v))) {
            return;
        }
        act(v, may[i].what, str_trim(text));
        go_done(v, "/admin/advanced", may[i].what);
        return;
    }
    page_refuse(v, 400, "Not so", "The phone cannot do that.");
}

void on_factory_reset(struct visit *v)
{
    if (!idle(v)) {
        return;
    }
    page_begin(v, "Factory Reset", "/admin/advanced");
    put_do(v, "factory-reset", "Confirm factory reset",
           "All settings and the history of this phone are erased. Then it restarts as "
           "it left its box.",
           NULL);
    page_end(v);
}

/* -- direct action URLs */

static void did(struct visit *v, const char *title, const char *text)
{
    page_begin(v, title, "");
    sink_fmt(&v->out, "<p role=\"status\">%s</p>\n", text);
    page_end(v);
}

/* The query, decoded: a rule or a URL. Without a server, who asks is it (docs/sources.md: MPP administration guide). */
static bool rule_of(struct visit *v, char room[PANEL_TEXT], struct str *ret)
{
    char peer[ADDR_TEXT];
    struct str rule;
    int head = 0;
    if (str_starts(v->query, STR("/"))) {
        (void)addr_write(v->r->peer, peer);
        head =
            snprintf(room, PANEL_TEXT, v->r->peer.family == 6 ? "tftp://[%s]" : "tftp://%s", peer);
    }
    size_t at = (size_t)head;
    if (http_percent_read(v->query, true, room + at, PANEL_TEXT - at, &rule) != ERR_OK ||
        str_has_control(rule)) {
        page_refuse(v, 400, "Not so", "What stands behind '?' cannot be read, or is too long.");
        return false;
    }
    *ret = str_of(room, at + rule.len);
    return true;
}

void on_resync(struct visit *v)
{
    char room[PANEL_TEXT];
    struct str rule;
    if (allowed(v, "Enable_Direct_Action_Url") && allowed(v, "Provision_Enable") &&
        rule_of(v, room, &rule)) {
        act(v, SCREEN_RESYNC, rule);
        did(v, "Resync", "The phone fetches its configuration as soon as it is idle.");
    }
}

void on_upgrade(struct visit *v)
{
    char room[PANEL_TEXT];
    struct str rule;
    if (allowed(v, "Enable_Direct_Action_Url") && allowed(v, "Upgrade_Enable") &&
        rule_of(v, room, &rule)) {
        act(v, SCREEN_UPGRADE, rule);
        did(v, "Upgrade", "The phone fetches its firmware as soon as it is idle.");
    }
}

void on_reboot(struct visit *v)
{
    if (allowed(v, "Enable_Direct_Action_Url")) {
        act(v, SCREEN_RESTART, STR(""));
        did(v, "Reboot", "The phone restarts.");
    }
}
