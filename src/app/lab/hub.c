/* What the lab does at its hub, as a person at its page would: over the API, from the service's own host. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/lab/site.h"
#include "base/json.h"
#include "io/fetch/fetch.h"
#include "io/jsonin/jsonin.h"
#include <sys/random.h>

enum { ANSWER_MOST = 1 << 20, WAIT_MS = 10000, REQUEST = 1024 };

/* One request. `more`: a header field, NULL: none. False after telling; buf_clear(ret) and the cookie are the caller's. */
static bool ask(const struct site *s, const char *method, const char *path, struct str body,
                const char *const *more, struct fetch_answer *ret)
{
    char url[REQUEST];
    char token[SITE_TOKEN + 32], origin[96];
    const char *fields[5] = {"Content-Type: application/json", origin, NULL, NULL, NULL};
    (void)snprintf(url, sizeof url, SITE_HUB "/api/v1%s", path);
    (void)snprintf(origin, sizeof origin, "Origin: %s", s->hub.url[0] ? s->hub.url : SITE_HUB);
    (void)snprintf(token, sizeof token, "Authorization: Bearer %s", s->hub.token);
    fields[2] = s->hub.token[0] ? token : more ? more[0] : NULL;
    fields[3] = !s->hub.token[0] && more ? more[1] : NULL;
    struct fetch_cfg cfg = {0};
    struct fetch_ask a = {.url = url,
                          .wait_ms = WAIT_MS,
                          .body_most = ANSWER_MOST,
                          .method = method,
                          .body = body,
                          .fields = fields};
    bool ok = endpoint_read(STR("127.0.0.1:8080"), 8080, &a.at) &&
              space_enter(&s->space, "service") == ERR_OK;
    enum err e = ok ? fetch_get(&cfg, &a, ret) : ERR_IO;
    space_leave(&s->space);
    ok = e == ERR_OK && ret->fault == FETCH_NO_FAULT && ret->status >= 200 && ret->status < 300;
    if (!ok) {
        cli_error("hub: %s %s: %u %s %.*s", method, path, ret->status, ret->text,
                  STR_ARG(str_head(buf_str(&ret->body), 300)));
    }
    return ok;
}

/* A request and a member of its answer. False after telling. */
static bool ask_for(const struct site *s, const char *method, const char *path, struct str body,
                    const char *member, char *ret, size_t cap)
{
    struct fetch_answer answer = {0};
    struct jsonin doc = {0};
    struct jsonin_object o;
    struct str value = {0};
    bool ok = ask(s, method, path, body, NULL, &answer);
    if (ok && member) {
        ok = jsonin_open(&doc, buf_str(&answer.body), &o) &&
             jsonin_str(&o, member, JSONIN_NEEDED, 1, cap - 1, &value) == JSONIN_GIVEN;
        (void)snprintf(ret, cap, "%.*s", STR_ARG(value));
        jsonin_clear(&doc);
    }
    fetch_answer_clear(&answer);
    return ok;
}

/* -- the first administrator */

/* Of the link that the first start of the service printed. */
static bool link_token(const struct site *s, char ret[SITE_TOKEN])
{
    struct buf b = {0};
    static const struct str head = STR_INIT("/setup#");
    bool ok = file_read(s->part[PART_SERVE].server.log, &b);
    size_t at = ok ? str_find(buf_str(&b), head) : STR_NPOS;
    if (at != STR_NPOS) {
        struct str rest = str_from(buf_str(&b), at + head.len);
        size_t n = 0;
        while (n < rest.len && !ascii_blank(rest.p[n]) && n < SITE_TOKEN - 1) {
            n++;
        }
        (void)snprintf(ret, SITE_TOKEN, "%.*s", (int)n, rest.p);
    }
    buf_clear(&b);
    if (at == STR_NPOS) {
        cli_error("the hub printed no link for its first administrator");
    }
    return at != STR_NPOS;
}

static bool password_make(char ret[40])
{
    static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    uint8_t bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        cli_error("no random numbers");
        return false;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        ret[i] = letters[bytes[i] % (sizeof letters - 1)];
    }
    ret[sizeof bytes] = 0;
    return true;
}

/* The session's cookie and its token against forgery become one request for a token of the API. */
static bool token_make(struct site *s, const struct fetch_answer *session)
{
    char cookie[FETCH_FIELD + 16], csrf[FETCH_FIELD];
    struct jsonin doc = {0};
    struct jsonin_object o;
    struct str value = {0};
    struct fetch_answer answer = {0};
    (void)snprintf(cookie, sizeof cookie, "Cookie: %.*s", (int)strcspn(session->cookie, ";"),
                   session->cookie);
    bool ok = jsonin_open(&doc, buf_str(&session->body), &o) &&
              jsonin_str(&o, "csrf", JSONIN_NEEDED, 1, 128, &value) == JSONIN_GIVEN;
    (void)snprintf(csrf, sizeof csrf, "X-CSRF-Token: %.*s", STR_ARG(value));
    jsonin_clear(&doc);
    const char *const more[] = {cookie, csrf};
    ok = ok &&
         ask(s, "POST", "/tokens", STR("{\"name\": \"lab\", \"role\": \"admin\"}"), more, &answer);
    ok = ok && jsonin_open(&doc, buf_str(&answer.body), &o) &&
         jsonin_str(&o, "token", JSONIN_NEEDED, 1, SITE_TOKEN - 1, &value) == JSONIN_GIVEN;
    if (ok) {
        (void)snprintf(s->hub.token, sizeof s->hub.token, "%.*s", STR_ARG(value));
    }
    jsonin_clear(&doc);
    fetch_answer_clear(&answer);
    return ok;
}

static bool administrator(struct site *s)
{
    char link[SITE_TOKEN], body[REQUEST];
    struct fetch_answer session = {0};
    if (!link_token(s, link) || !password_make(s->hub.password)) {
        return false;
    }
    (void)snprintf(s->hub.user, sizeof s->hub.user, "lab");
    int n =
        snprintf(body, sizeof body, "{\"token\": \"%s\", \"user\": \"%s\", \"password\": \"%s\"}",
                 link, s->hub.user, s->hub.password);
    bool ok = ask(s, "POST", "/setup", str_of(body, (size_t)n), NULL, &session) &&
              token_make(s, &session);
    fetch_answer_clear(&session);
    return ok;
}

/* -- the device */

/* The MAC address that is entered; empty: none is. */
static struct str mac_entered(const struct site *s)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == WORD_DEVICE && site_has(s, step)) {
            return str_eq(step->arg[0], STR("none")) ? STR("") : step->arg[0];
        }
    }
    return STR(SITE_MAC);
}

static bool device_add(struct site *s, struct str mac)
{
    char body[REQUEST];
    int n =
        snprintf(body, sizeof body,
                 "{\"mac\": \"%.*s\", \"model\": \"" SITE_MODEL
                 "\", \"owner\": {\"kind\": \"person\", \"id\": \"%s\"}, \"account_id\": \"%s\"}",
                 STR_ARG(mac), s->hub.person, s->hub.account);
    return ask_for(s, "POST", "/devices", str_of(body, (size_t)n), "id", s->hub.device,
                   sizeof s->hub.device);
}

/* A service that phones reach by SRV and TLS says so in their configuration. */
static const struct {
    const char *name, *value;
} own[] = {
    {"SIP_Transport_1_", "TLS"}, {"Use_DNS_SRV_1_", "Yes"}, {"DNS_SRV_Auto_Prefix_1_", "Yes"}};

static const struct fault_step *said_of(const struct site *s, const char *name)
{
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == WORD_PARAMETER && site_has(s, step) &&
            str_eq(step->arg[0], str_z(name))) {
            return step;
        }
    }
    return NULL;
}

static void write_parameters(const struct site *s, struct json *j)
{
    char name[128];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (!said_of(s, own[i].name)) {
            json_kz(j, own[i].name, own[i].value);
        }
    }
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == WORD_PARAMETER && site_has(s, step)) {
            (void)snprintf(name, sizeof name, "%.*s", STR_ARG(step->arg[0]));
            json_kstr(j, name, step->arg[1]);
        }
    }
}

/* The device's own values: those of every phone here, and what a fault says. */
static bool parameters(const struct site *s)
{
    struct buf body = {0};
    struct sink out = buf_sink(&body);
    struct json j;
    char path[REQUEST];
    json_init(&j, &out, 0);
    json_open(&j, '{');
    json_key(&j, "values");
    json_open(&j, '{');
    write_parameters(s, &j);
    json_close(&j, '}');
    json_close(&j, '}');
    (void)snprintf(path, sizeof path, "/configuration/device/%s", s->hub.device);
    bool ok = ask_for(s, "PUT", path, buf_str(&body), NULL, NULL, 0) &&
              ask_for(s, "POST", "/publish", STR("{\"scope\": \"all\"}"), NULL, NULL, 0);
    buf_clear(&body);
    return ok;
}

bool hub_set_up(struct site *s)
{
    struct str mac = mac_entered(s);
    return administrator(s) &&
           ask_for(s, "POST", "/people", STR("{\"name\": \"Ada Example\"}"), "id", s->hub.person,
                   sizeof s->hub.person) &&
           ask_for(s, "POST", "/accounts",
                   STR("{\"user\": \"" SITE_NUMBER "\", \"number\": \"" SITE_NUMBER
                       "\", \"secret\": \"a-secret-of-the-lab\"}"),
                   "id", s->hub.account, sizeof s->hub.account) &&
           (mac.len == 0 || (device_add(s, mac) && parameters(s)));
}

/* -- what a fault does there */

static void replace(struct sink *out, const struct site *s, struct str text)
{
    const struct {
        struct str name;
        const char *value;
    } known[] = {{STR_INIT("{device}"), s->hub.device},
                 {STR_INIT("{account}"), s->hub.account},
                 {STR_INIT("{person}"), s->hub.person}};
    while (text.len) {
        size_t k = 0;
        while (k < 3 && !str_starts(text, known[k].name)) {
            k++;
        }
        if (k < 3) {
            sink_z(out, known[k].value);
        } else {
            sink_char(out, text.p[0]);
        }
        text = str_from(text, k < 3 ? known[k].name.len : 1);
    }
}

static bool api(const struct site *s, const struct fault_step *step)
{
    struct buf path = {0}, body = {0};
    struct sink p = buf_sink(&path), b = buf_sink(&body);
    char method[16];
    (void)snprintf(method, sizeof method, "%.*s", STR_ARG(step->arg[0]));
    replace(&p, s, step->arg[1]);
    sink_char(&p, '\0');
    replace(&b, s, step->n > 2 ? step->arg[2] : STR(""));
    bool ok =
        ask_for(s, method, path.p, body.len ? buf_str(&body) : (struct str){0}, NULL, NULL, 0);
    buf_clear(&path);
    buf_clear(&body);
    return ok;
}

/* A device that was entered wrongly, or not at all, is entered; its own values are what they are to be. */
static bool device_mend(struct site *s)
{
    char path[REQUEST];
    for (size_t i = 0; i < s->fault->n; i++) {
        enum fault_word w = s->fault->step[i].word;
        if (w == WORD_DEVICE) {
            (void)snprintf(path, sizeof path, "/devices/%s", s->hub.device);
            if (s->hub.device[0] && !ask_for(s, "DELETE", path, (struct str){0}, NULL, NULL, 0)) {
                return false;
            }
            return device_add(s, STR(SITE_MAC)) && parameters(s);
        }
        if (w == WORD_PARAMETER) {
            return parameters(s);
        }
    }
    return true;
}

bool hub_steps(struct site *s, enum fault_word word)
{
    if (word == WORD_MEND && !device_mend(s)) {
        return false;
    }
    for (size_t i = 0; i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        bool now = word == WORD_MEND || step->later == s->later;
        if (step->word == word && now && !api(s, step)) {
            return false;
        }
    }
    return true;
}
