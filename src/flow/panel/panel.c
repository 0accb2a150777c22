/* Requests: which page, who may, what it answers. */
#include "flow/panel/panel.h"

#include "flow/panel/inside.h"
#include "proto/http/http_uri.h"

void panel_init(struct panel *p, const struct crypto *crypto, const uint8_t secret[32])
{
    *p = (struct panel){.crypto = crypto};
    memcpy(p->secret, secret, sizeof p->secret);
    for (size_t i = 0; i < PANEL_PEERS; i++) {
        p->peer[i].last = USEC_NONE / 2;
    }
}

void panel_answer_clear(struct panel_answer *a)
{
    buf_clear(&a->fields);
    buf_clear(&a->body);
}

bool form_field(struct str form, const char *name, char *room, size_t cap, struct str *ret)
{
    char decoded[2 * PANEL_TEXT];
    struct str key, value;
    while (http_query_next(&form, decoded, sizeof decoded, &key, &value) == ERR_OK) {
        if (!str_eq(key, str_z(name))) {
            continue;
        }
        if (value.len > cap) {
            return false;
        }
        if (value.len) {
            memcpy(room, value.p, value.len);
        }
        *ret = str_of(room, value.len);
        return true;
    }
    return false;
}

/* -- routes */

enum {
    GET = 1,     /* and HEAD */
    POST = 2,    /* a form with its token */
    BELOW = 4,   /* paths below it as well */
    PROGRAM = 8, /* who is not let in gets a challenge, not the page to log in */
    ACTS = 16,   /* GET does something, too: not for other sites */
    FREE = 32,   /* before a log-in */
};

struct route {
    const char *path;
    uint8_t how;
    enum panel_role least;
    void (*on)(struct visit *v);
};

static const struct route routes[] = {
    {"/", GET, PANEL_VISITOR, on_status},
    {"/debug", GET, PANEL_VISITOR, on_debug},
    {"/downloads", GET, PANEL_VISITOR, on_downloads},
    {"/voice", GET, PANEL_ADMIN, on_voice},
    {"/screen", GET, PANEL_VISITOR, on_screen},
    {"/screen", POST, PANEL_ADMIN, on_press},
    {"/report", POST, PANEL_USER, on_report},
    {"/report/", GET | BELOW | PROGRAM, PANEL_USER, on_report_file},
    {"/log/", GET | BELOW | PROGRAM, PANEL_USER, on_log},
    {"/login", GET | FREE, PANEL_NOBODY, on_login},
    {"/login", POST | FREE, PANEL_NOBODY, on_log_in},
    {"/logout", POST | FREE, PANEL_NOBODY, on_log_out},
    {"/theme.css", GET | FREE, PANEL_NOBODY, on_style},
    {"/phone.css", GET | FREE, PANEL_NOBODY, on_style},
    {"/status.xml", GET | PROGRAM, PANEL_VISITOR, on_status_xml},
    {"/cfg.xml", GET | PROGRAM, PANEL_ADMIN, on_cfg_xml},
    {"/admin", GET, PANEL_ADMIN, on_admin},
    {"/admin/", GET, PANEL_ADMIN, on_admin},
    {"/admin/advanced", GET, PANEL_ADMIN, on_admin},
    {"/admin/do", POST, PANEL_ADMIN, on_do},
    {"/admin/status.xml", GET | PROGRAM, PANEL_ADMIN, on_status_xml},
    {"/admin/cfg.xml", GET | PROGRAM, PANEL_ADMIN, on_cfg_xml},
    {"/admin/spacfg.xml", GET | PROGRAM, PANEL_ADMIN, on_cfg_xml},
    {"/admin/resync", GET | PROGRAM | ACTS, PANEL_ADMIN, on_resync},
    {"/admin/upgrade", GET | PROGRAM | ACTS, PANEL_ADMIN, on_upgrade},
    {"/admin/reboot", GET | PROGRAM | ACTS, PANEL_ADMIN, on_reboot},
    {"/admin/factory-reset", GET, PANEL_ADMIN, on_factory_reset},
};

static bool is_path(const struct route *r, struct str path)
{
    struct str p = str_z(r->path);
    return r->how & BELOW ? str_starts(path, p) && path.len > p.len : str_eq(path, p);
}

/* *ret_other: the path is there, for another method. */
static const struct route *route_find(const struct visit *v, bool *ret_other)
{
    unsigned how = v->r->method == HTTP_GET || v->r->method == HTTP_HEAD ? GET
                   : v->r->method == HTTP_POST                           ? POST
                                                                         : 0;
    *ret_other = false;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (is_path(&routes[i], v->path)) {
            if (routes[i].how & how) {
                return &routes[i];
            }
            *ret_other = true;
        }
    }
    return NULL;
}

/* -- log-ins in the address: "/admin/resync?URL&xuser=admin&xpassword=...", "/admin/reboot&xuser=..." */

static struct str cut_login(struct visit *v, struct str s)
{
    size_t at = str_find(s, STR("&xuser="));
    if (at == STR_NPOS) {
        return s;
    }
    struct str rest = str_from(s, at + 7);
    v->xuser = str_cut(&rest, '&');
    if (str_starts(rest, STR("xpassword="))) {
        v->xpassword = str_from(rest, 10);
    }
    return str_head(s, at);
}

/* -- what is let in */

/* Browsers say where a request comes from; one that acts comes from here, or was typed. */
static bool from_elsewhere(const struct visit *v)
{
    const struct http_head *h = v->r->head;
    const struct http_field *site = http_find(h, HTTP_SEC_FETCH_SITE);
    const struct http_field *origin = http_find(h, HTTP_ORIGIN), *host = http_find(h, HTTP_HOST);
    if (site && !str_eq(site->value, STR("same-origin")) && !str_eq(site->value, STR("none"))) {
        return true;
    }
    if (!origin) {
        return false;
    }
    size_t at = str_find(origin->value, STR("://"));
    return !host || at == STR_NPOS || !str_ieq(str_from(origin->value, at + 3), host->value);
}

/* HEAD, or a browser that only guesses that the address will be asked for ("Sec-Purpose: prefetch;prerender"). */
static bool only_looks(const struct visit *v)
{
    const struct http_head *h = v->r->head;
    for (size_t i = 0; i < h->n; i++) {
        if ((str_ieq(h->fields[i].name, STR("Sec-Purpose")) ||
             str_ieq(h->fields[i].name, STR("Purpose"))) &&
            str_istarts(h->fields[i].value, STR("prefetch"))) {
            return true;
        }
    }
    return str_eq(h->method, STR("HEAD"));
}

static void let_nobody_in(struct visit *v, const struct route *r)
{
    if (v->wait) {
        who_retry_after(v);
        page_refuse(v, 429, "Too many attempts", "Wait a minute, then try again.");
    } else if (v->role >= PANEL_USER && !who_has_password(v, PANEL_ADMIN)) {
        page_refuse(v, 403, "Not allowed", "Enable_Web_Admin_Access is No.");
    } else if (r->how & PROGRAM) {
        digest_challenge(v);
        page_refuse(v, 401, "Log in", "This address needs a password.");
    } else if (r->how & POST) {
        page_refuse(v, 403, "Not allowed", "Log in first.");
    } else {
        page_go(v, "/login");
    }
}

static bool form_is_ours(const struct visit *v)
{
    char room[TOKEN_HEX];
    struct str token;
    const struct http_field *type = http_find(v->r->head, HTTP_CONTENT_TYPE);
    return type && str_istarts(type->value, STR("application/x-www-form-urlencoded")) &&
           form_field(v->r->body, "token", room, sizeof room, &token) && who_token_is(v, token);
}

static void answer(struct visit *v)
{
    bool other = false;
    const struct route *r = route_find(v, &other);
    who_find(v);
    if (!r) {
        page_refuse(v, other ? 405 : 404, other ? "Not so" : "Not here",
                    other ? "This address takes another method." : "The phone has no such page.");
    } else if (v->role < r->least && !(r->how & FREE)) {
        let_nobody_in(v, r);
    } else if (r->how & (POST | ACTS) && from_elsewhere(v)) {
        page_refuse(v, 403, "Not allowed", "The request comes from another site.");
    } else if (r->how & ACTS && only_looks(v)) {
        page_refuse(v, 403, "Not yet", "This address acts; it is not looked at in advance.");
    } else if (r->how & POST && !form_is_ours(v)) {
        page_refuse(v, 403, "Not allowed", "The form is too old. Go back, load the page again.");
    } else {
        r->on(v);
    }
}

enum err panel_on_request(struct panel *p, const struct panel_facts *f,
                          const struct panel_request *r, struct panel_answer *ret)
{
    *ret = (struct panel_answer){.status = 200, .type = "text/html; charset=utf-8"};
    struct visit v = {.panel = p, .f = f, .r = r, .a = ret, .out = buf_sink(&ret->body)};
    v.path = cut_login(&v, r->path);
    v.query = cut_login(&v, r->query);
    answer(&v);
    if (v.out.err != ERR_OK) {
        panel_answer_clear(ret);
        *ret = (struct panel_answer){.status = 500};
        return ERR_MEMORY;
    }
    return ERR_OK;
}
