/* A JSON document from outside (RFC 8259), read by jansson into a tree and asked for members by name and type. What is wrong first is kept,
 * with the member's name: every later question answers "not there". Members that nobody asked for are refused. */
#ifndef IO_JSONIN_JSONIN_H
#define IO_JSONIN_JSONIN_H

#include "base/err.h"
#include "base/str.h"

enum { JSONIN_DEPTH = 12, JSONIN_FIELD = 96, JSONIN_DETAIL = 192, JSONIN_MEMBERS = 24 };

enum jsonin_fault {
    JSONIN_FINE,
    JSONIN_SYNTAX,  /* no JSON, too deep, a member twice, or no object */
    JSONIN_BAD,     /* a member is missing, of another type, or out of its limits */
    JSONIN_UNKNOWN, /* a member that is not known here */
};

struct jsonin {
    enum jsonin_fault fault;
    char field[JSONIN_FIELD];   /* "lines[1].n"; empty: the document */
    char detail[JSONIN_DETAIL]; /* plain words */
    struct json_t *root;        /* owned; NULL: none */
};

/* One object of it; good until jsonin_clear. */
struct jsonin_object {
    struct jsonin *doc;
    const struct json_t *at;
    char path[JSONIN_FIELD]; /* of it: "lines[1]." */
    const char *asked[JSONIN_MEMBERS];
    size_t n_asked;
};

struct jsonin_list {
    struct jsonin *doc;
    const struct json_t *at;
    char path[JSONIN_FIELD];
    size_t n;
};

/* How a member may be. */
enum {
    JSONIN_NEEDED = 1, /* its absence is a fault */
    JSONIN_NULL = 2,   /* null is an answer */
    JSONIN_LINES =
        4, /* texts: line ends and tabs are allowed; no other control character ever is */
};
enum jsonin_had { JSONIN_ABSENT, JSONIN_NOTHING, JSONIN_GIVEN }; /* JSONIN_NOTHING: it was null */

/* Reads `bytes`; *ret is its object. False: doc->fault says why. jsonin_clear in any case. */
bool jsonin_open(struct jsonin *doc, struct str bytes, struct jsonin_object *ret) MUST_CHECK;
/* Texts may have been secrets: they are overwritten. */
void jsonin_clear(struct jsonin *doc);

/* `least` and `most` count bytes. The view is good until jsonin_clear. Each `ret` is set when JSONIN_GIVEN is returned. */
enum jsonin_had jsonin_str(struct jsonin_object *o, const char *name, unsigned how, size_t least,
                           size_t most, struct str *ret);
enum jsonin_had jsonin_int(struct jsonin_object *o, const char *name, unsigned how, int64_t least,
                           int64_t most, int64_t *ret);
enum jsonin_had jsonin_bool(struct jsonin_object *o, const char *name, unsigned how, bool *ret);
/* A decimal number from 1 to INT64_MAX as a text. */
enum jsonin_had jsonin_id(struct jsonin_object *o, const char *name, unsigned how, uint64_t *ret);
/* One of `words` (NULL ends them): its place. */
enum jsonin_had jsonin_word(struct jsonin_object *o, const char *name, unsigned how,
                            const char *const *words, unsigned *ret);
enum jsonin_had jsonin_object(struct jsonin_object *o, const char *name, unsigned how,
                              struct jsonin_object *ret);
enum jsonin_had jsonin_list(struct jsonin_object *o, const char *name, unsigned how, size_t least,
                            size_t most, struct jsonin_list *ret);
/* Item `i` of it. False: a fault. */
bool jsonin_list_object(struct jsonin_list *l, size_t i, struct jsonin_object *ret);
bool jsonin_list_str(struct jsonin_list *l, size_t i, size_t most, struct str *ret);

/* All members of an object whose names are data: calls back with each, `value.p` NULL where it is null; at most `most`, texts up to
 * `text_most` bytes. What it returns other than NULL is the fault's detail, and ends it. */
void jsonin_each(struct jsonin_object *o, size_t most, size_t text_most,
                 const char *(*one)(void *ctx, struct str name, struct str value), void *ctx);

/* When all was asked: a member that was not is a fault. */
bool jsonin_end(struct jsonin_object *o);
static inline bool jsonin_fine(const struct jsonin *doc)
{
    return doc->fault == JSONIN_FINE;
}
/* A fault of the caller's own finding. */
void jsonin_refuse(struct jsonin_object *o, const char *name, const char *detail);

#endif
