/* One request to the API: who asks, what for, and its answer. */
#ifndef APP_HUB_API_H
#define APP_HUB_API_H

#include "app/hub/inside.h"
#include "io/inventory/access.h"
#include "io/jsonin/jsonin.h"

enum { CALL_ROOM = 1024, CALL_ETAG = 48, CALL_SEGMENTS = 2, CALL_ARENA = 32 * 1024 * 1024 };

/* Of those that ask: what they may. */
enum need { NEED_NOBODY, NEED_READER, NEED_OPERATOR, NEED_ADMIN };

struct call;

/* One operation. */
struct route {
    const char *method, *path; /* "/devices/{id}/lines"; below /api/v1; NULL ends the table */
    enum need need;
    void (*handle)(struct call *c);
    size_t body; /* bytes that it may have; 0: none is read */
    /* Reads the body itself (app/web's pieces); NULL: it is gathered. */
    const struct call_stream *stream;
    bool optional;    /* the body may be left out */
    const char *type; /* of the body; NULL: application/json */
    /* Of answers that stay open; may be NULL. */
    void (*room)(struct hub *h, struct call *c);
    void (*gone)(struct hub *h, struct call *c);
};

/* A body that is too large to be gathered. */
struct call_stream {
    void (*begin)(struct call *c); /* all checks are passed; may answer */
    void (*piece)(struct call *c, struct str bytes);
    void (*end)(struct call *c);
    void (*clear)(struct call *c); /* the client is gone, or it was answered: frees c->mine */
};

/* Who asks. */
struct who {
    bool known, by_cookie;
    enum role role;
    int64_t user, session, token; /* 0: none */
    struct str name;              /* "ops"; of a token its name */
    struct str cookie;
};

struct call {
    struct hub *hub;
    struct web_exchange *x;
    struct web_id id;
    const struct route *route;
    struct who who;
    struct actor actor; /* for the inventory */
    struct arena arena;
    char source[ADDR_TEXT];
    struct str segment[CALL_SEGMENTS]; /* what stands in the path's {}, in order */
    int64_t number;                    /* of {id} */
    struct str body;
    bool body_read; /* what is refused from now on, is so for what stands in it */
    enum language lang;
    struct refusal why;

    struct buf out;
    struct sink sink;
    struct json json;
    unsigned status;
    char etag[CALL_ETAG]; /* with its quotes; empty: none */
    const char *type;     /* NULL: application/json */
    struct buf fields;    /* further header lines */
    size_t waits;         /* orders that must be done before it leaves */
    bool ready;           /* the answer stands */
    struct str cursor;    /* of an answer in pieces: where it goes on */
    bool over;            /* of it: the last piece was made */
    void *mine;           /* of its handler */
};

extern const struct route routes[];

/* -- app/web's side: api.c */
extern const struct web_handler api_handler;
/* The call of an exchange that may be gone: NULL then. */
struct call *call_find(struct hub *h, struct web_id id);
void call_end(struct call *c);

/* -- The answer: answer.c. Each handler ends in one of the call_x that answer, or holds the exchange and does it later. */

/* The JSON writer of the body. */
struct json *call_json(struct call *c);
/* What was written leaves with that status, once the workers know what changed. */
void call_done(struct call *c, unsigned status);
/* One of the orders that it waited for is done. */
void call_told(struct call *c);
/* 204. */
void call_nothing(struct call *c);
/* Of a removal: 204, also where it was not there; else c->why. */
void call_removed(struct call *c, enum err e);
/* A problem; `field`, `detail` may be NULL. */
void call_refuse(struct call *c, const char *code, const char *field, const char *detail);
/* The same with Retry-After in seconds. */
void call_later(struct call *c, const char *code, unsigned seconds, const char *detail);
/* 405 with those methods; 404 where there are none. */
void call_refuse_allow(struct call *c, const char *allow);
/* The problem that c->why tells. */
void call_why(struct call *c);
/* c->why, of an answer's part: as an object. */
void json_problem(struct json *j, const struct refusal *why);
void call_etag(struct call *c, int64_t version);
void call_field(struct call *c, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "Location: /api/v1/KIND/ID". */
void call_location(struct call *c, const char *kind, int64_t id);

/* -- The question: ask.c. False: it has been answered. */

/* The body's object; doc is cleared with call_body_end. */
bool call_body(struct call *c, struct jsonin *doc, struct jsonin_object *ret) MUST_CHECK;
/* All was asked for: members that were not are refused, as is what was wrong before. */
bool call_body_end(struct call *c, struct jsonin_object *o) MUST_CHECK;
/* Whether there is a body at all. */
bool call_has_body(const struct call *c);
/* limit and cursor. */
bool call_page(struct call *c, struct page *ret) MUST_CHECK;
/* A parameter of the query: empty when it is not there. At most `most` bytes. */
bool call_text(struct call *c, const char *name, size_t most, struct str *ret) MUST_CHECK;
bool call_flag(struct call *c, const char *name, bool *ret) MUST_CHECK;
/* 0 when it is not there. */
bool call_query_id(struct call *c, const char *name, int64_t *ret) MUST_CHECK;
bool call_time(struct call *c, const char *name, usec_t *ret) MUST_CHECK;
/* One of `words`: its place plus 1; 0 when it is not there. */
bool call_query_word(struct call *c, const char *name, const char *const *words,
                     unsigned *ret) MUST_CHECK;
/* Parameters that this operation does not know are refused: names, NULL ends them. limit, cursor and lang are known everywhere. */
bool call_known(struct call *c, const char *const *names) MUST_CHECK;
/* If-Match: `any` when it is not there or "*". */
bool call_version(struct call *c, int64_t any, int64_t *ret) MUST_CHECK;

/* -- Words of the API. */
void json_id(struct json *j, const char *key, int64_t id); /* 0: null */
void json_time(struct json *j, const char *key, usec_t t); /* 0, USEC_NONE: null */
void json_mac(struct json *j, const char *key, bool has, struct mac mac);
void json_version(struct json *j, int64_t version);
void json_next(struct json *j, struct str next);               /* closes "items" and the object */
void json_items(struct json *j);                               /* opens them */
void json_text(struct json *j, const char *key, struct str s); /* "" where there is none */
void json_text_or_null(struct json *j, const char *key, struct str s); /* null where it is empty */
const char *api_role_name(enum role r);
bool api_role_read(struct jsonin_object *o, unsigned how, enum role *ret);

/* -- Who asks: who.c. False: it has been answered. */
bool who_asks(struct call *c) MUST_CHECK;
/* "Set-Cookie"; NULL: it goes. */
void who_cookie(struct call *c, const char *cookie, usec_t length);

#endif
