/* What the phone knows, for its screen and pages. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/face/inside.h"

/* -- files of the folder */

static int by_date(const struct face_file *a, const struct face_file *b)
{
    return a->date != b->date ? (a->date < b->date ? 1 : -1) : strcmp(b->name, a->name);
}

/* Into its place, newest first; the oldest goes where there are too many. */
static void file_add(struct face_file files[FACE_FILES], size_t *n, const struct face_file *one)
{
    size_t at = *n;
    if (at == FACE_FILES && by_date(one, &files[at - 1]) > 0) {
        return;
    }
    at = at == FACE_FILES ? at - 1 : at;
    *n = at + 1;
    while (at && by_date(one, &files[at - 1]) < 0) {
        files[at] = files[at - 1];
        at--;
    }
    files[at] = *one;
}

static bool is_report(struct str name)
{
    return str_starts(name, STR("probrep-")) && str_ends(name, STR(".tar.gz"));
}

static void file_take(struct face *f, int folder, const char *name, size_t *n_logs,
                      size_t *n_reports)
{
    struct face_file one = {.len = 0};
    struct stat st;
    struct str s = str_z(name);
    bool log = str_starts(s, STR("logcat")), report = is_report(s);
    if ((!log && !report) || s.len >= sizeof one.name ||
        fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) {
        return;
    }
    memcpy(one.name, name, s.len + 1);
    one.date = (usec_t)st.st_mtim.tv_sec * USEC_S;
    one.len = (uint64_t)st.st_size;
    file_add(log ? f->facts.log_file : f->facts.report_file, log ? n_logs : n_reports, &one);
}

static void look_at_files(struct face *f)
{
    struct face_facts *a = &f->facts;
    size_t n_logs = 0, n_reports = 0;
    DIR *d = opendir(f->cfg.folder);
    const struct dirent *e = NULL;
    while (d && (e = readdir(d)) != NULL) {
        file_take(f, dirfd(d), e->d_name, &n_logs, &n_reports);
    }
    if (d) {
        (void)closedir(d);
    }
    for (size_t i = 0; i < n_logs; i++) {
        a->log[i] = (struct panel_file){str_z(a->log_file[i].name), a->log_file[i].date,
                                        a->log_file[i].len};
    }
    for (size_t i = 0; i < n_reports; i++) {
        struct str name = str_z(a->report_file[i].name);
        a->report[i] = (struct screen_report){.name = name, .date = a->report_file[i].date};
        if (str_eq(name, str_z(f->report_name))) {
            a->report[i].text = str_z(f->report_text);
            a->report[i].uploaded = str_z(f->upload);
        }
    }
    a->panel.log = a->log;
    a->panel.n_logs = n_logs;
    a->seen.report = a->report;
    a->seen.n_reports = n_reports;
}

/* -- lines and calls */

static enum screen_registration registration(const struct handset_line *l)
{
    switch ((enum agent_state)l->agent.state) {
    case AGENT_REGISTERED:
        return SCREEN_LINE_REGISTERED;
    case AGENT_IDLE:
    case AGENT_LEAVING:
        return SCREEN_LINE_OFF;
    case AGENT_WAITING:
    case AGENT_STOPPED:
        return SCREEN_LINE_FAILED;
    case AGENT_RESOLVING:
    case AGENT_CONNECTING:
    case AGENT_SENT:
        break;
    }
    /* A refresh is under way while the binding still stands. */
    return l->agent.registered_at != USEC_NONE && l->agent.expiry != USEC_NONE &&
                   l->agent.expiry > l->agent.now
               ? SCREEN_LINE_REGISTERED
               : SCREEN_LINE_TRYING;
}

static void look_at_line(struct face *f, size_t i, usec_t now)
{
    const struct handset *h = &f->desk->handset;
    const struct agent *a = &h->line[i].agent;
    struct screen_line *l = &f->facts.line[i];
    usec_t next = a->state == AGENT_REGISTERED ? a->refresh : a->retry;
    *l = (struct screen_line){.line = h->line[i].line.index + 1U,
                              .state = registration(&h->line[i]),
                              .status = a->status,
                              .server = a->peer,
                              .local = a->local,
                              .registered_at = USEC_NONE,
                              .next_in = USEC_NONE};
    if (a->registered_at != USEC_NONE && a->registered_at) {
        l->registered_at = handset_date(h, a->registered_at);
    }
    if (next != USEC_NONE && (a->state == AGENT_REGISTERED || a->state == AGENT_WAITING)) {
        l->next_in = next > now ? next - now : 0;
    }
}

static void look_at_calls(struct face *f)
{
    struct handset *h = &f->desk->handset;
    size_t n = 0;
    for (unsigned i = 0; i < h->n_lines && i < HANDSET_LINES; i++) {
        struct screen_call *c = &f->facts.call[n];
        *c = (struct screen_call){.line = h->line[i].line.index + 1U};
        if (f->call[i].state != AGENT_ENDED &&
            agent_caller(&h->line[i].agent, &c->number, &c->name)) {
            c->state = f->call[i].state;
            c->since = f->call[i].since;
            n++;
        }
    }
    f->facts.seen.call = f->facts.call;
    f->facts.seen.n_calls = n;
}

/* -- all of it */

static enum screen_power power(const struct handset *h)
{
    return h->state == HANDSET_OFF         ? SCREEN_OFF
           : h->state == HANDSET_REBOOTING ? SCREEN_RESTARTING
                                           : SCREEN_ON;
}

void face_look(struct face *f, bool files)
{
    const struct handset *h = &f->desk->handset;
    struct screen_facts *s = &f->facts.seen;
    usec_t now = loop_now(f->loop);
    s->power = power(h);
    if (s->power == SCREEN_ON && f->up_since == USEC_NONE) {
        f->up_since = now;
    }
    s->now = now;
    s->date = desk_date(f->desk);
    s->up = f->up_since == USEC_NONE ? 0 : now - f->up_since;
    s->doing = f->doing;
    s->phone = &f->desk->phone;
    s->lease = h->lease;
    s->dhcp_server = h->lease ? f->dhcp_server : (struct addr){.family = 0};
    s->n_lines = h->n_lines < HANDSET_LINES ? h->n_lines : HANDSET_LINES;
    for (size_t i = 0; i < s->n_lines; i++) {
        look_at_line(f, i, now);
    }
    s->line = f->facts.line;
    s->wants_code = s->n_lines == 0 &&
                    str_istarts(phone_get(&f->desk->phone, STR("Profile_Rule")), STR("gds://"));
    s->notice = str_z(f->notice);
    look_at_calls(f);
    f->facts.panel.seen = s;
    f->facts.panel.screen = &f->screen;
    f->facts.panel.stage = f->stage;
    f->facts.panel.busy = handset_busy(h);
    f->facts.panel.report_state = f->report_failed ? STR("Failed")
                                  : f->report_made ? STR("Succeeded")
                                                   : STR("");
    f->facts.panel.upload_state = str_z(f->upload);
    if (f->cfg.scribe) {
        f->facts.panel.sip_sent = f->cfg.scribe->sip_sent;
        f->facts.panel.sip_received = f->cfg.scribe->sip_received;
        f->facts.panel.sip_bytes_sent = f->cfg.scribe->sip_bytes_sent;
        f->facts.panel.sip_bytes_received = f->cfg.scribe->sip_bytes_received;
    }
    if (files) {
        look_at_files(f);
    }
}
