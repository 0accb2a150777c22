/* Who asks: sessions by a cookie, tokens of forms, passwords that were wrong. */
#include "flow/panel/inside.h"
#include "proto/http/http_auth.h"
#include "proto/http/http_uri.h"

bool same_bytes(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a, *y = b;
    unsigned differ = 0;
    for (size_t i = 0; i < n; i++) {
        differ |= (unsigned)(x[i] ^ y[i]);
    }
    return differ == 0;
}

void hex_of(const uint8_t *bytes, size_t n, char *ret_hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        ret_hex[2 * i] = digits[bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[bytes[i] & 15];
    }
}

bool hmac_of(const struct panel *p, const struct str *parts, size_t n, uint8_t ret[HMAC_MOST])
{
    size_t len = 0;
    struct str key = str_of((const char *)p->secret, sizeof p->secret);
    memset(ret, 0, HMAC_MOST);
    return p->crypto->hmac(HMAC_SHA256, key, parts, n, ret, &len) == ERR_OK;
}

/* "phone-00005e005321": browsers keep cookies by address, not by port, and many phones may live at one address. */
enum { COOKIE = 18 };
static struct str cookie_name(const struct visit *v, char room[COOKIE])
{
    const struct mac *m = &v->f->seen->phone->mac;
    memcpy(room, "phone-", 6);
    hex_of(m->b, sizeof m->b, room + 6);
    return str_of(room, COOKIE);
}

static usec_t now_of(const struct visit *v)
{
    return v->f->seen->now;
}

/* -- passwords */

static struct str password_of(const struct visit *v, enum panel_role role)
{
    return phone_get(v->f->seen->phone,
                     role == PANEL_ADMIN ? STR("Admin_Password") : STR("User_Password"));
}

bool who_has_password(const struct visit *v, enum panel_role role)
{
    return password_of(v, role).len != 0;
}

bool who_password(const struct visit *v, enum panel_role role, struct str password)
{
    uint8_t given[HMAC_MOST], known[HMAC_MOST];
    struct str right = password_of(v, role);
    struct str a[] = {STR("password"), password}, b[] = {STR("password"), right};
    return right.len && hmac_of(v->panel, a, 2, given) && hmac_of(v->panel, b, 2, known) &&
           same_bytes(given, known, sizeof given);
}

/* -- wrong ones */

usec_t who_waits(const struct visit *v)
{
    const struct panel *p = v->panel;
    usec_t now = now_of(v);
    if (p->wrong >= PANEL_TRIES_OF_ALL && now - p->wrong_since < PANEL_WAIT_S * USEC_S) {
        return PANEL_WAIT_S * USEC_S - (now - p->wrong_since);
    }
    for (size_t i = 0; i < PANEL_PEERS; i++) {
        usec_t since = now - p->peer[i].last;
        if (p->peer[i].wrong >= PANEL_TRIES && addr_eq(p->peer[i].peer, v->r->peer) &&
            since < PANEL_WAIT_S * USEC_S) {
            return PANEL_WAIT_S * USEC_S - since;
        }
    }
    return 0;
}

void who_retry_after(const struct visit *v)
{
    struct sink out = buf_sink(&v->a->fields);
    unsigned seconds = (unsigned)(v->wait / USEC_S) + 1;
    sink_fmt(&out, "Retry-After: %u\r\n", seconds);
}

void who_guessed_wrong(struct visit *v)
{
    struct panel *p = v->panel;
    usec_t now = now_of(v);
    size_t at = 0;
    for (size_t i = 0; i < PANEL_PEERS; i++) {
        if (addr_eq(p->peer[i].peer, v->r->peer)) {
            at = i;
            break;
        }
        at = p->peer[i].last < p->peer[at].last ? i : at;
    }
    if (!addr_eq(p->peer[at].peer, v->r->peer) || now - p->peer[at].last > PANEL_WAIT_S * USEC_S) {
        p->peer[at].wrong = 0;
    }
    p->peer[at].peer = v->r->peer;
    p->peer[at].last = now;
    p->peer[at].wrong++;
    if (p->wrong == 0 || now - p->wrong_since >= PANEL_WAIT_S * USEC_S) {
        p->wrong = 0;
        p->wrong_since = now;
    }
    p->wrong++;
    v->guessed = true;
}

/* -- sessions */

static bool session_over(const struct visit *v, const struct panel_session *s)
{
    const struct phone *phone = v->f->seen->phone;
    usec_t most = (usec_t)phone_number(phone, "Session_Max_Timeout") * USEC_S;
    usec_t idle = (usec_t)phone_number(phone, "Session_Idle_Timeout") * USEC_S;
    return (most && now_of(v) - s->since > most) || (idle && now_of(v) - s->last > idle);
}

static struct panel_session *session_find(const struct visit *v)
{
    char room[COOKIE];
    struct str name;
    if (!http_cookie_find(v->r->head, cookie_name(v, room), &name) || name.len != TOKEN_HEX) {
        return NULL;
    }
    for (size_t i = 0; i < PANEL_SESSIONS; i++) {
        struct panel_session *s = &v->panel->session[i];
        char hex[TOKEN_HEX];
        hex_of(s->name, sizeof s->name, hex);
        if (s->role != PANEL_NOBODY && same_bytes(hex, name.p, TOKEN_HEX)) {
            return s;
        }
    }
    return NULL;
}

/* A free row, else the one that was used the longest ago. */
static struct panel_session *session_row(struct panel *p)
{
    struct panel_session *row = &p->session[0];
    for (size_t i = 0; i < PANEL_SESSIONS; i++) {
        if (p->session[i].role == PANEL_NOBODY) {
            return &p->session[i];
        }
        row = p->session[i].last < row->last ? &p->session[i] : row;
    }
    return row;
}

static void cookie(struct visit *v, struct str value, const char *more)
{
    struct sink out = buf_sink(&v->a->fields);
    char room[COOKIE];
    sink_z(&out, "Set-Cookie: ");
    sink_str(&out, cookie_name(v, room));
    sink_char(&out, '=');
    sink_str(&out, value);
    sink_fmt(&out, "; Path=/; HttpOnly; SameSite=Strict%s%s\r\n", v->r->https ? "; Secure" : "",
             more);
}

void who_log_in(struct visit *v, enum panel_role role)
{
    uint8_t mac[HMAC_MOST];
    char hex[TOKEN_HEX];
    struct panel *p = v->panel;
    p->count++;
    struct str parts[] = {STR("session"), str_of((const char *)&p->count, sizeof p->count)};
    if (!hmac_of(p, parts, 2, mac)) {
        return;
    }
    struct panel_session *s = session_row(p);
    *s = (struct panel_session){.role = (uint8_t)role, .since = now_of(v), .last = now_of(v)};
    memcpy(s->name, mac, sizeof s->name);
    hex_of(s->name, sizeof s->name, hex);
    cookie(v, str_of(hex, sizeof hex), "");
}

void who_log_out(struct visit *v)
{
    struct panel_session *s = session_find(v);
    if (s) {
        *s = (struct panel_session){.role = PANEL_NOBODY};
    }
    cookie(v, STR(""), "; Max-Age=0");
}

void panel_log_out_all(struct panel *p)
{
    memset(p->session, 0, sizeof p->session);
}

/* -- tokens: a page of elsewhere can send a form, but cannot read what ours carries */

bool who_token(const struct visit *v, char ret_hex[TOKEN_HEX])
{
    uint8_t mac[HMAC_MOST];
    struct str of = v->session ? str_of((const char *)v->session->name, PANEL_SESSION) : STR("");
    struct str parts[] = {STR("form"), of};
    bool made = hmac_of(v->panel, parts, 2, mac);
    hex_of(mac, PANEL_SESSION, ret_hex);
    return made;
}

bool who_token_is(const struct visit *v, struct str token)
{
    char hex[TOKEN_HEX];
    return who_token(v, hex) && token.len == TOKEN_HEX && same_bytes(hex, token.p, TOKEN_HEX);
}

/* -- all of it */

/* By "&xuser=admin&xpassword=...". */
static enum panel_role by_address(struct visit *v)
{
    char room[256];
    struct str password;
    enum panel_role role = str_eq(v->xuser, STR("admin"))  ? PANEL_ADMIN
                           : str_eq(v->xuser, STR("user")) ? PANEL_USER
                                                           : PANEL_NOBODY;
    if (role != PANEL_NOBODY &&
        http_percent_read(v->xpassword, true, room, sizeof room, &password) == ERR_OK &&
        who_password(v, role, password)) {
        return role;
    }
    who_guessed_wrong(v);
    return PANEL_NOBODY;
}

static enum panel_role by_credentials(struct visit *v)
{
    if (v->xuser.len == 0 && !http_find(v->r->head, HTTP_AUTHORIZATION)) {
        return PANEL_NOBODY;
    }
    v->wait = who_waits(v);
    return v->wait ? PANEL_NOBODY : v->xuser.len ? by_address(v) : digest_role(v);
}

void who_find(struct visit *v)
{
    struct panel_session *s = session_find(v);
    if (s && session_over(v, s)) {
        s->role = PANEL_NOBODY;
        s = NULL;
    }
    enum panel_role role = PANEL_NOBODY;
    if (s) {
        s->last = now_of(v);
        v->session = s;
        role = (enum panel_role)s->role;
    } else if (!who_has_password(v, PANEL_ADMIN)) {
        role = PANEL_ADMIN;
    } else {
        role = by_credentials(v);
        if (role == PANEL_NOBODY && !who_has_password(v, PANEL_USER)) {
            role = PANEL_VISITOR;
        }
    }
    bool admin = phone_yes(v->f->seen->phone, "Enable_Web_Admin_Access");
    v->role = role == PANEL_ADMIN && !admin ? PANEL_USER : role;
}
