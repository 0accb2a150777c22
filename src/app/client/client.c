/* Requests to the hub. */
#include "app/client/client.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/esc.h"
#include "base/mac.h"
#include "io/fetch/fetch.h"

enum { WAIT_MS = 60000, BODY_MOST = 64 << 20, FOUND_MOST = 10, TEXT_MOST = 65536 };

#define PLACE "http://127.0.0.1:8080"
#define BASE "/api/v1"

/* -- where, and as whom */

static bool read_token(struct client *c, const char *path)
{
    struct stat st;
    char line[CLIENT_TOKEN - 32];
    FILE *f = fopen(path, "re");
    if (!f || fstat(fileno(f), &st) != 0) {
        cli_error("--token-file: cannot open %s: %s", path, strerror(errno));
        if (f) {
            (void)fclose(f);
        }
        return false;
    }
    bool open = st.st_mode & (S_IRWXG | S_IRWXO);
    bool ok = !open && fgets(line, sizeof line, f) != NULL;
    (void)fclose(f);
    if (open) {
        cli_error("--token-file: %s can be read by others: chmod 600 it", path);
    } else if (!ok || str_trim(str_z(line)).len == 0) {
        cli_error("--token-file: %s holds no token", path);
        ok = false;
    } else {
        struct str token = str_trim(str_z(line));
        (void)snprintf(c->token, sizeof c->token, "Authorization: Bearer %.*s", STR_ARG(token));
    }
    explicit_bzero(line, sizeof line);
    return ok;
}

/* 127.0.0.0/8, ::1. */
static bool is_loopback(struct addr a)
{
    struct addr one = {.family = 6};
    one.b[15] = 1;
    return (a.family == 4 && a.b[0] == 127) || addr_eq(a, one);
}

static bool find_place(struct client *c)
{
    struct fetch_url url;
    struct addrinfo hint = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    if (fetch_url_read(c->url, &url) != ERR_OK || !url.bare) {
        cli_error("--hub: '%s' is no URL such as https://hub.example.com", c->url);
        return false;
    }
    int code = getaddrinfo(url.host, NULL, &hint, &list);
    if (code != 0) {
        cli_error("%s: %s", url.host, gai_strerror(code));
        return false;
    }
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    if (list->ai_family == AF_INET) {
        memcpy(&in4, list->ai_addr, sizeof in4);
        c->at.ip = addr_of(&in4.sin_addr, 4);
    } else {
        memcpy(&in6, list->ai_addr, sizeof in6);
        c->at.ip = addr_of(&in6.sin6_addr, 16);
    }
    c->at.port = url.port;
    freeaddrinfo(list);
    if (c->token[0] && !url.tls && !is_loopback(c->at.ip)) {
        cli_error("--hub: a token goes over https only, or to this host");
        return false;
    }
    return true;
}

bool client_open(struct client *c, const struct cli_args *a)
{
    const char *url = cli_value(a, "hub", PLACE);
    const char *file = cli_value(a, "token-file", NULL);
    size_t len = strlen(url);
    *c = (struct client){.ca = cli_value(a, "ca", NULL), .lang = "en"};
    if (len >= sizeof c->url - 64) {
        cli_error("--hub: the URL is too long");
        return false;
    }
    (void)snprintf(c->url, sizeof c->url, "%.*s", (int)(len && url[len - 1] == '/' ? len - 1 : len),
                   url);
    return (!file || read_token(c, file)) && find_place(c);
}

void client_close(struct client *c)
{
    explicit_bzero(c->token, sizeof c->token);
}

/* -- a request */

static void tell_text(const char *what, struct str text)
{
    struct buf b = {.limit = 4096};
    struct sink s = buf_sink(&b);
    esc_term(&s, text);
    cli_error("%s%.*s", what, STR_ARG(buf_str(&b)));
    buf_clear(&b);
}

/* A problem document (RFC 9457) in a line, or the status where it is none. */
static void tell_refusal(const struct client *c, unsigned status, struct str body)
{
    struct jsonin doc;
    struct jsonin_object o;
    struct buf line = {.limit = 2048};
    struct sink s = buf_sink(&line);
    if (jsonin_open(&doc, body, &o)) {
        struct str detail = client_text(&o, "detail");
        struct str field = client_text(&o, "field");
        sink_str(&s, client_text(&o, "title"));
        if (field.len) {
            sink_fmt(&s, " (%.*s)", STR_ARG(str_head(field, 100)));
        }
        if (detail.len) {
            sink_z(&s, ": ");
            sink_str(&s, detail);
        }
    }
    jsonin_clear(&doc);
    if (line.len == 0) {
        sink_fmt(&s, "the hub answers with status %u", status);
    }
    tell_text("", buf_str(&line));
    if (status == 401) {
        cli_error("%s", c->token[0] ? "the token is not known there (any more)"
                                    : "give a token: --token-file FILE, or DIALTONE_TOKEN_FILE");
    }
    buf_clear(&line);
}

bool client_ask(struct client *c, const char *method, const char *path, const char *type,
                struct str body, struct buf *ret)
{
    char url[CLIENT_PATH * 2 + 16], kind[128], lang[32];
    const char *fields[6];
    size_t n = 0;
    struct fetch_answer a;
    struct fetch_cfg cfg = {.ca_file = c->ca, .user_agent = "dialtone", .minimum = 0x0303};
    (void)snprintf(url, sizeof url, "%s" BASE "%s", c->url, path);
    (void)snprintf(kind, sizeof kind, "Content-Type: %s", type ? type : "application/json");
    (void)snprintf(lang, sizeof lang, "Accept-Language: %s", c->lang);
    fields[n++] = "Expect:";
    fields[n++] = lang;
    if (body.p) {
        fields[n++] = kind;
    }
    if (c->token[0]) {
        fields[n++] = c->token;
    }
    fields[n] = NULL;
    struct fetch_ask ask = {.url = url,
                            .at = c->at,
                            .wait_ms = WAIT_MS,
                            .body_most = BODY_MOST,
                            .method = method,
                            .body = body,
                            .fields = fields};
    enum err e = fetch_get(&cfg, &ask, &a);
    bool ok = e == ERR_OK && a.fault == FETCH_NO_FAULT && a.status >= 200 && a.status < 300;
    if (e != ERR_OK || a.fault != FETCH_NO_FAULT) {
        tell_text("the hub cannot be asked: ", e == ERR_MEMORY ? STR("no memory") : str_z(a.text));
    } else if (!ok) {
        tell_refusal(c, a.status, buf_str(&a.body));
    }
    *ret = a.body;
    a.body = (struct buf){.p = NULL};
    fetch_answer_clear(&a);
    return ok;
}

bool client_read(struct client *c, const char *path, struct buf *body, struct jsonin *doc,
                 struct jsonin_object *ret)
{
    *doc = (struct jsonin){.fault = JSONIN_FINE};
    if (!client_ask(c, "GET", path, NULL, str_of(NULL, 0), body)) {
        return false;
    }
    if (!jsonin_open(doc, buf_str(body), ret)) {
        cli_error("what answers is no hub: %s", doc->detail);
        return false;
    }
    return true;
}

bool client_add(char path[CLIENT_PATH], struct str value)
{
    size_t at = strlen(path);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char b = (unsigned char)value.p[i];
        bool plain = ascii_alnum((char)b) || (b && strchr("-._~", b));
        if (at + 4 > CLIENT_PATH) {
            cli_error("'%.40s...' is too long", value.p);
            return false;
        }
        at += (size_t)snprintf(path + at, CLIENT_PATH - at, plain ? "%c" : "%%%02X", b);
    }
    return true;
}

struct str client_text(struct jsonin_object *o, const char *name)
{
    struct str s = STR("");
    enum jsonin_had had = jsonin_str(o, name, JSONIN_NULL | JSONIN_LINES, 0, TEXT_MOST, &s);
    return had == JSONIN_GIVEN ? s : STR("");
}

/* -- which device */

static void tell_found(struct jsonin_list *l, const char *name)
{
    cli_error("'%s' may be any of %zu devices:", name, l->n);
    for (size_t i = 0; i < l->n && i < FOUND_MOST; i++) {
        struct jsonin_object o;
        struct jsonin_object owner;
        if (!jsonin_list_object(l, i, &o)) {
            return;
        }
        struct str mac = client_text(&o, "mac");
        struct str model = client_text(&o, "model");
        bool owned = jsonin_object(&o, "owner", JSONIN_NULL, &owner) == JSONIN_GIVEN;
        struct buf b = {.limit = 1024};
        struct sink s = buf_sink(&b);
        sink_fmt(&s, "%.*s  %.*s  ", STR_ARG(str_head(mac, 20)), STR_ARG(str_head(model, 40)));
        sink_str(&s, owned ? client_text(&owner, "name") : STR(""));
        tell_text("  ", buf_str(&b));
        buf_clear(&b);
    }
}

bool client_device(struct client *c, const char *name, char ret_id[CLIENT_ID])
{
    char path[CLIENT_PATH] = "/devices?limit=10&q=";
    char mac_text[MAC_TEXT];
    struct mac mac;
    struct buf body = {.p = NULL};
    struct jsonin doc = {.fault = JSONIN_FINE};
    struct jsonin_object root, one;
    struct jsonin_list l = {.n = 0};
    struct str what = str_z(name);
    if (mac_read(what, &mac)) {
        mac_write(mac, mac_text);
        what = str_z(mac_text);
    }
    bool ok = client_add(path, what) && client_read(c, path, &body, &doc, &root) &&
              jsonin_list(&root, "items", JSONIN_NEEDED, 0, 1000, &l) == JSONIN_GIVEN;
    if (ok && l.n == 0) {
        cli_error("no device is found by '%s'", name);
    } else if (ok && l.n > 1) {
        tell_found(&l, name);
    }
    ok = ok && l.n == 1 && jsonin_list_object(&l, 0, &one);
    if (ok) {
        (void)snprintf(ret_id, CLIENT_ID, "%.*s",
                       STR_ARG(str_head(client_text(&one, "id"), CLIENT_ID - 1)));
    }
    jsonin_clear(&doc);
    buf_clear(&body);
    return ok;
}
