/* What the commands that speak with the hub share: where it is, the token, a request, its answer or its refusal in words. */
#ifndef APP_CLIENT_CLIENT_H
#define APP_CLIENT_CLIENT_H

#include "app/cli/cli.h"
#include "base/addr.h"
#include "io/jsonin/jsonin.h"

#define CLIENT_OPTIONS                                                                          \
    {"hub", 0, "URL", "where the hub is (http://127.0.0.1:8080)", NULL},                        \
        {"token-file", 0, "FILE", "a file that holds an API token, readable by its owner only", \
         NULL},                                                                                 \
    {                                                                                           \
        "ca", 0, "FILE", "certificates that the hub's one is checked with (PEM)", NULL          \
    }

enum { CLIENT_PATH = 1024, CLIENT_TOKEN = 256, CLIENT_ID = 24 };

struct client {
    char url[CLIENT_PATH];
    char token[CLIENT_TOKEN]; /* "Authorization: Bearer ..."; empty: none */
    const char *ca;
    struct endpoint at;
    const char *lang;
};

/* From --hub or DIALTONE_HUB, --token-file or DIALTONE_TOKEN_FILE. False after telling. The command's table must have
 * CLIENT_OPTIONS. */
bool client_open(struct client *c, const struct cli_args *a) MUST_CHECK;
/* Overwrites the token. */
void client_close(struct client *c);

/* One request below /api/v1; `path` begins with "/". `body` p NULL: none; `type` of it. The answer's body into `ret`
 * (buf_clear it in any case). False after telling on standard error what the hub said, or why there is none. */
bool client_ask(struct client *c, const char *method, const char *path, const char *type,
                struct str body, struct buf *ret) MUST_CHECK;
/* The same, and its object. jsonin_clear in any case. */
bool client_read(struct client *c, const char *path, struct buf *body, struct jsonin *doc,
                 struct jsonin_object *ret) MUST_CHECK;
/* Appends `value` to a path or query, escaped (RFC 3986). False: no room. */
bool client_add(char path[CLIENT_PATH], struct str value) MUST_CHECK;

/* The one device that `name` means: a MAC address in any spelling, or what the hub's search finds one of. False after
 * telling: none, or which ones there are. */
bool client_device(struct client *c, const char *name, char ret_id[CLIENT_ID]) MUST_CHECK;

/* A member as text; "" where it is not there or null. */
struct str client_text(struct jsonin_object *o, const char *name);

#endif
