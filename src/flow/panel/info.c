/* The pages of the tab Info, the screen, style sheets and files. */
#include "base/esc.h"
#include "flow/panel/inside.h"
#include "proto/http/http_uri.h"
#include "share/share.h"

void on_status(struct visit *v)
{
    struct walk w = {.out = &v->out};
    page_begin(v, "Status", "/");
    page_done(v);
    sink_z(&v->out, "<div class=\"sections\">\n");
    panel_walk_status(&w, v->f);
    panel_walk_end(&w);
    sink_z(&v->out, "</div>\n");
    page_end(v);
}

void on_downloads(struct visit *v)
{
    struct walk w = {.out = &v->out};
    page_begin(v, "Download Status", "/downloads");
    page_done(v);
    sink_z(&v->out, "<div class=\"sections\">\n");
    panel_walk_downloads(&w, v->f);
    panel_walk_end(&w);
    sink_z(&v->out, "</div>\n");
    page_end(v);
}

void on_status_xml(struct visit *v)
{
    struct walk w = {.out = &v->out, .xml = true};
    v->a->type = "text/xml; charset=utf-8";
    sink_z(&v->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<status>\n");
    panel_walk_status(&w, v->f);
    panel_walk_end(&w);
    sink_z(&v->out, "</status>\n");
}

/* -- Debug Info */

static void put_file(struct visit *v, const char *folder, struct str name, const char *text,
                     usec_t date, uint64_t len)
{
    char stamp[SCREEN_DATE];
    sink_fmt(&v->out, "<tr><td><a href=\"%s", folder);
    http_percent_write(&v->out, name);
    sink_z(&v->out, "\" download>");
    page_text(v, text ? str_z(text) : name);
    sink_z(&v->out, "</a></td><td>");
    sink_str(&v->out, date == USEC_NONE ? STR("-") : screen_date(date, stamp));
    if (len != UINT64_MAX) {
        sink_fmt(&v->out, "</td><td class=\"number\">%llu", (unsigned long long)len);
    }
    sink_z(&v->out, "</td></tr>\n");
}

static void put_logs(struct visit *v)
{
    page_h2(v, "Console Logs");
    if (v->f->n_logs == 0) {
        sink_z(&v->out, "<p>There is no log yet.</p>\n");
        return;
    }
    sink_z(&v->out, "<table><thead><tr><th scope=\"col\">Log</th><th scope=\"col\">Date (UTC)</th>"
                    "<th scope=\"col\" class=\"number\">Bytes</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < v->f->n_logs; i++) {
        put_file(v, "/log/", v->f->log[i].name, NULL, v->f->log[i].date, v->f->log[i].len);
    }
    sink_z(&v->out, "</tbody></table>\n");
}

static void put_report_form(struct visit *v)
{
    char text[SCREEN_DATE];
    struct str now = screen_date(v->f->seen->date, text);
    sink_z(&v->out, "<form method=\"post\" action=\"/report\" class=\"fields\">\n");
    page_token(v);
    sink_fmt(&v->out,
             "<p><label for=\"date\">Date (UTC)</label> <input id=\"date\" name=\"date\" "
             "type=\"date\" required value=\"%.*s\"></p>\n"
             "<p><label for=\"time\">Time (UTC)</label> <input id=\"time\" name=\"time\" "
             "type=\"time\" required value=\"%.*s\"></p>\n",
             STR_ARG(str_head(now, 10)), STR_ARG(str_head(str_from(now, 11), 5)));
    sink_z(&v->out, "<p><label for=\"text\">Select problem</label> <select id=\"text\" "
                    "name=\"text\" required>\n<option value=\"\"></option>\n");
    for (size_t i = 0; screen_problems[i]; i++) {
        sink_z(&v->out, "<option>");
        page_text(v, str_z(screen_problems[i]));
        sink_z(&v->out, "</option>\n");
    }
    sink_z(&v->out,
           "</select></p>\n<p><button class=\"primary\">Generate PRT</button></p></form>\n");
}

static void put_reports(struct visit *v)
{
    const struct screen_facts *f = v->f->seen;
    page_h2(v, "Problem Reports");
    if (v->role < PANEL_USER) {
        sink_z(&v->out, "<p>Log in to make or fetch a problem report.</p>\n");
        return;
    }
    put_report_form(v);
    if (f->n_reports == 0) {
        sink_z(&v->out, "<p>No problem report was made yet.</p>\n");
        return;
    }
    sink_z(&v->out, "<table><thead><tr><th scope=\"col\">Report</th><th scope=\"col\">Date (UTC)"
                    "</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < f->n_reports; i++) {
        put_file(v, "/report/", f->report[i].name, i == 0 ? "Download the PRT log" : NULL,
                 f->report[i].date, UINT64_MAX);
    }
    sink_z(&v->out, "</tbody></table>\n");
}

void on_debug(struct visit *v)
{
    page_begin(v, "Debug Info", "/debug");
    page_done(v);
    if (v->role < PANEL_USER) {
        page_h2(v, "Console Logs");
        sink_z(&v->out, "<p>Log in to read the logs.</p>\n");
    } else {
        put_logs(v);
    }
    put_reports(v);
    if (v->role == PANEL_ADMIN) {
        page_h2(v, "Factory Reset");
        sink_z(&v->out, v->f->busy ? "<p>Not while a call stands.</p>\n"
                                   : "<p><a class=\"button\" href=\"/admin/factory-reset\">"
                                     "Factory Reset</a></p>\n");
    }
    page_end(v);
}

/* -- files */

static bool plain_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.p[i];
        if (!ascii_alnum(c) && c != '.' && c != '-' && c != '_') {
            return false;
        }
    }
    return name.len && name.p[0] != '.';
}

static void send_file(struct visit *v, enum panel_send send, struct str name, const char *type)
{
    struct sink out = buf_sink(&v->a->fields);
    v->a->send = send;
    v->a->file = name;
    v->a->type = type;
    sink_z(&out, "Content-Disposition: attachment; filename=\"");
    sink_str(&out, name);
    sink_z(&out, "\"\r\n");
}

void on_log(struct visit *v)
{
    struct str name = str_from(v->path, strlen("/log/"));
    for (size_t i = 0; i < v->f->n_logs; i++) {
        if (str_eq(v->f->log[i].name, name) && plain_name(name)) {
            send_file(v, PANEL_LOG, v->f->log[i].name, "text/plain; charset=utf-8");
            return;
        }
    }
    page_refuse(v, 404, "Not here", "There is no such log any more.");
}

void on_report_file(struct visit *v)
{
    struct str name = str_from(v->path, strlen("/report/"));
    const struct screen_facts *f = v->f->seen;
    for (size_t i = 0; i < f->n_reports; i++) {
        if (str_eq(f->report[i].name, name) && plain_name(name)) {
            send_file(v, PANEL_REPORT, f->report[i].name, "application/gzip");
            return;
        }
    }
    page_refuse(v, 404, "Not here", "There is no such problem report any more.");
}

void on_style(struct visit *v)
{
    const char *name = str_eq(v->path, STR("/theme.css")) ? "web/theme.css" : "phone/phone.css";
    v->a->type = "text/css; charset=utf-8";
    for (size_t i = 0; i < share_files_n; i++) {
        if (strcmp(share_files[i].name, name) == 0) {
            sink_str(&v->out, str_of(share_files[i].data, share_files[i].len));
        }
    }
}

/* -- the screen */

void on_screen(struct visit *v)
{
    struct screen_image image;
    screen_draw(v->f->screen, v->f->seen, &image);
    page_begin(v, "Screen", "/screen");
    sink_z(&v->out, "<div class=\"device\">\n");
    screen_write_html(&image, &v->out);
    if (v->role == PANEL_ADMIN) {
        sink_z(&v->out, "<form method=\"post\" action=\"/screen\">\n");
        page_token(v);
        screen_write_keys(&image, &v->out);
        sink_z(&v->out, "</form>\n<form method=\"post\" action=\"/screen\" class=\"fields\">\n");
        page_token(v);
        sink_z(&v->out, "<p><label for=\"type\">Type into the field that is open</label> "
                        "<input id=\"type\" name=\"text\" maxlength=\"255\" autocomplete=\"off\">"
                        " <button>Type</button></p></form>\n");
    }
    sink_z(&v->out, "</div>\n<p><a href=\"/screen\">Look again</a></p>\n");
    page_end(v);
}
