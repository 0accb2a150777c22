/* Passwords of people, looked at on helper threads: scrypt takes a tenth of a second and 32 MiB. */
#ifndef APP_HUB_HASH_H
#define APP_HUB_HASH_H

#include "app/hub/api.h"
#include "io/tls/password.h"

enum { HASH_PASSWORD_MOST = 256 };

struct hash_job {
    struct loop_work work;
    struct hub *hub;
    struct web_id id;
    char password[HASH_PASSWORD_MOST];
    size_t len;
    bool make;                    /* else: does it fit `text`? */
    char text[TLS_PASSWORD_TEXT]; /* made, or to be compared with */
    bool good;                    /* made, or fits */
    int64_t user;
    int64_t version;
    bool known; /* the user is there and may log in */
    char name[72];
    char token[64];
    enum role role;
    bool role_given, disabled, disabled_given;
    void (*then)(struct call *c,
                 struct hash_job *j); /* on the hub's thread; the job goes afterwards */
};

/* A copy of `job` is worked on; then(): if the client is still there. Answers "busy" where too many wait. */
void hash_start(struct call *c, const struct hash_job *job, struct str password);

#endif
