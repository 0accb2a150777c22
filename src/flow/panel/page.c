/* The frame of pages: heading, tabs, forms. */
#include "base/esc.h"
#include "flow/panel/inside.h"

static const struct {
    const char *path, *text;
    enum panel_role least;
} tabs[] = {
    {"/", "Status", PANEL_VISITOR},
    {"/debug", "Debug Info", PANEL_VISITOR},
    {"/downloads", "Download Status", PANEL_VISITOR},
    {"/screen", "Screen", PANEL_VISITOR},
    {"/voice", "Voice", PANEL_ADMIN},
    {"/admin/advanced", "Administration", PANEL_ADMIN},
};

/* What "?done=" may name, for a line of ours. */
static const struct {
    const char *name, *text;
} done[] = {
    {"report", "The problem report is being made."},
    {"resync", "The phone fetches its configuration."},
    {"upgrade", "The phone fetches its firmware."},
    {"restart", "The phone restarts."},
    {"factory-reset", "The phone forgets everything, then restarts."},
};

void page_text(struct visit *v, struct str text)
{
    esc_html(&v->out, text);
}

static void put_tabs(struct visit *v, const char *here)
{
    sink_z(&v->out, "<nav aria-label=\"Pages\"><ul>\n");
    for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++) {
        if (v->role >= tabs[i].least) {
            sink_fmt(&v->out, "<li><a href=\"%s\"%s>%s</a></li>\n", tabs[i].path,
                     strcmp(here, tabs[i].path) == 0 ? " aria-current=\"page\"" : "", tabs[i].text);
        }
    }
    sink_z(&v->out, "</ul></nav>\n");
}

static void put_who(struct visit *v)
{
    if (v->session) {
        sink_fmt(&v->out, "<form method=\"post\" action=\"/logout\"><span>%s</span> ",
                 v->role == PANEL_ADMIN ? "admin" : "user");
        page_token(v);
        sink_z(&v->out, "<button>Log out</button></form>\n");
    } else if (who_has_password(v, PANEL_ADMIN)) {
        sink_z(&v->out, "<a href=\"/login\">Log in</a>\n");
    }
}

void page_begin(struct visit *v, const char *title, const char *here)
{
    const struct phone *p = v->f->seen->phone;
    char mac[MAC_TEXT];
    mac_write(p->mac, mac);
    sink_z(&v->out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    sink_z(&v->out, title);
    sink_z(&v->out, " - CP-");
    page_text(v, phone_model(p));
    sink_z(&v->out, "</title>\n<link rel=\"stylesheet\" href=\"/theme.css\">\n"
                    "<link rel=\"stylesheet\" href=\"/phone.css\">\n</head><body>\n"
                    "<a class=\"skip\" href=\"#main\">To the content</a>\n<header><p><strong>CP-");
    page_text(v, phone_model(p));
    sink_fmt(&v->out, "</strong> <span class=\"mono\">%s</span></p>\n", mac);
    put_who(v);
    sink_z(&v->out, "</header>\n");
    put_tabs(v, here);
    sink_fmt(&v->out, "<main id=\"main\"><h1>%s</h1>\n", title);
}

void page_end(struct visit *v)
{
    sink_z(&v->out, "</main></body></html>\n");
}

void page_h2(struct visit *v, const char *title)
{
    sink_fmt(&v->out, "<h2>%s</h2>\n", title);
}

void page_token(struct visit *v)
{
    char hex[TOKEN_HEX];
    if (who_token(v, hex)) {
        sink_fmt(&v->out, "<input type=\"hidden\" name=\"token\" value=\"%.*s\">", TOKEN_HEX, hex);
    }
}

void page_refuse(struct visit *v, unsigned status, const char *title, const char *text)
{
    v->a->status = status;
    page_begin(v, title, "");
    sink_fmt(&v->out, "<p role=\"alert\">%s</p>\n", text);
    page_end(v);
}

void page_go(struct visit *v, const char *where)
{
    struct sink out = buf_sink(&v->a->fields);
    v->a->status = 303;
    v->a->type = NULL;
    sink_fmt(&out, "Location: %s\r\n", where);
}

void page_done(struct visit *v)
{
    char room[32];
    struct str name;
    if (!form_field(v->query, "done", room, sizeof room, &name)) {
        return;
    }
    for (size_t i = 0; i < sizeof done / sizeof *done; i++) {
        if (str_eq(name, str_z(done[i].name))) {
            sink_fmt(&v->out, "<p class=\"done\" role=\"status\">%s</p>\n", done[i].text);
        }
    }
}
