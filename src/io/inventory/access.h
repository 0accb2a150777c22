/* Who may use the hub: users, tokens, browser sessions, the one-time set-up token; and settings. */
#ifndef IO_INVENTORY_ACCESS_H
#define IO_INVENTORY_ACCESS_H

#include "io/inventory/inventory.h"

enum role { ROLE_READER, ROLE_OPERATOR, ROLE_ADMIN };
enum {
    ACCESS_TOKEN_TEXT = 48
}; /* 43 letters of base64url with 256 random bits (CSRF: 40 digits), and NUL */

struct user {
    int64_t id, version;
    struct str name; /* one of it; 1 to 64 bytes */
    enum role role;
    struct str hash; /* scrypt, as the caller wrote it; user_find only */
    bool disabled;
    usec_t created, last_login; /* 0: never */
};
/* `hash` empty in a change: as it was. A new hash, `disabled` or another role ends the user's sessions. */
enum err inventory_user_add(struct inventory *inv, const struct actor *who, const struct user *u,
                            int64_t *ret_id, struct refusal *reterr) MUST_CHECK;
enum err inventory_user_change(struct inventory *inv, const struct actor *who, const struct user *u,
                               struct refusal *reterr) MUST_CHECK;
/* IN_USE: the last admin that is not disabled (change: the same). */
enum err inventory_user_remove(struct inventory *inv, const struct actor *who, int64_t id,
                               int64_t version, struct refusal *reterr) MUST_CHECK;
enum err inventory_user_get(struct inventory *inv, int64_t id, struct arena *a, struct user *ret,
                            struct refusal *reterr) MUST_CHECK;
enum err inventory_user_find(struct inventory *inv, struct str name, struct arena *a,
                             struct user *ret, struct refusal *reterr) MUST_CHECK;
enum err inventory_users(struct inventory *inv, struct page page, struct arena *a,
                         struct user **ret, size_t *ret_n, struct str *ret_next,
                         struct refusal *reterr) MUST_CHECK;

struct token {
    int64_t id;
    struct str name; /* one of it */
    enum role role;
    usec_t created, expires, last_used; /* 0: never */
    struct str by;
};
/* The token itself is told once; its SHA-256 is kept. expires 0: never. */
enum err inventory_token_add(struct inventory *inv, const struct actor *who, const struct token *t,
                             int64_t *ret_id, char ret_token[ACCESS_TOKEN_TEXT],
                             struct refusal *reterr) MUST_CHECK;
enum err inventory_token_remove(struct inventory *inv, const struct actor *who, int64_t id,
                                struct refusal *reterr) MUST_CHECK;
/* last_used is written at most once a minute. NOT_FOUND, EXPIRED. */
enum err inventory_token_check(struct inventory *inv, struct str token, usec_t now, struct arena *a,
                               struct token *ret, struct refusal *reterr) MUST_CHECK;
enum err inventory_tokens(struct inventory *inv, struct page page, struct arena *a,
                          struct token **ret, size_t *ret_n, struct str *ret_next,
                          struct refusal *reterr) MUST_CHECK;

struct session {
    int64_t id;
    int64_t user;
    struct str name; /* the user's */
    enum role role;  /* the user's, now */
    usec_t created, seen, expires;
};
/* After the password was found good. Cookie and CSRF token are told once. At most 20 of a user: the oldest goes. */
enum err inventory_session_add(struct inventory *inv, const struct actor *who, int64_t user,
                               usec_t length, int64_t *ret_id, char ret_cookie[ACCESS_TOKEN_TEXT],
                               char ret_csrf[ACCESS_TOKEN_TEXT], struct refusal *reterr) MUST_CHECK;
/* `csrf`: the token that a changing request must bring; a NULL pointer: not looked at; wrong: PRECONDITION, "csrf".
 * `idle`: a session unseen for so long is EXPIRED. */
enum err inventory_session_check(struct inventory *inv, struct str cookie, struct str csrf,
                                 usec_t idle, usec_t now, struct arena *a, struct session *ret,
                                 struct refusal *reterr) MUST_CHECK;
/* The CSRF token of a session anew (a page that was loaded again). It is derived from the cookie: the same each time. */
enum err inventory_session_csrf(struct inventory *inv, struct str cookie,
                                char ret_csrf[ACCESS_TOKEN_TEXT],
                                struct refusal *reterr) MUST_CHECK;
enum err inventory_session_end(struct inventory *inv, const struct actor *who, int64_t id,
                               struct refusal *reterr) MUST_CHECK;

/* While there is no user: a set-up token, good until `valid` from now; a new one voids the last. IN_USE: there are users. */
enum err inventory_setup_make(struct inventory *inv, usec_t now, usec_t valid,
                              char ret_token[ACCESS_TOKEN_TEXT], struct refusal *reterr) MUST_CHECK;
/* Whether it is the one, without spending it: before scrypt. */
enum err inventory_setup_check(struct inventory *inv, struct str token, usec_t now,
                               struct refusal *reterr) MUST_CHECK;
/* Spends it for the first user, an admin, in one transaction. */
enum err inventory_setup_use(struct inventory *inv, const struct actor *who, struct str token,
                             struct str name, struct str hash, int64_t *ret_user,
                             struct refusal *reterr) MUST_CHECK;

/* Settings that are changed at run time, by name; names and values are the caller's. */
struct setting {
    struct str name; /* 1 to 64 bytes */
    struct str value;
    int64_t version;
};
/* NOT_FOUND: never set. */
enum err inventory_setting_get(struct inventory *inv, struct str name, struct arena *a,
                               struct setting *ret, struct refusal *reterr) MUST_CHECK;
enum err inventory_setting_put(struct inventory *inv, const struct actor *who,
                               const struct setting *s, struct refusal *reterr) MUST_CHECK;
enum err inventory_settings(struct inventory *inv, struct arena *a, struct setting **ret,
                            size_t *ret_n, struct refusal *reterr) MUST_CHECK;

#endif
