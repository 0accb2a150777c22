/* Writing JSON (RFC 8259) into a sink. Reading is a library's work. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/sink.h"

enum { JSON_DEPTH = 32 };

struct json {
    struct sink *out;
    int indent; /* blanks per level; 0 writes everything on one line */
    unsigned depth;
    bool more[JSON_DEPTH]; /* per level: a comma is due before the next item */
    bool keyed;            /* a key was just written: the value follows on its line */
};

void json_init(struct json *j, struct sink *out, int indent);
/* Nesting past JSON_DEPTH is a bug of the caller (assert). */
void json_open(struct json *j, char bracket);  /* '{' or '[' */
void json_close(struct json *j, char bracket); /* '}' or ']' */
void json_key(struct json *j, const char *key);
void json_str(struct json *j, struct str s);
void json_int(struct json *j, int64_t n);
/* `decimals` digits behind the point (0 to 6). */
void json_real(struct json *j, double x, int decimals);
void json_bool(struct json *j, bool b);
void json_null(struct json *j);
/* Key and value in one call. json_kstr writes null for an empty view with a NULL pointer. */
void json_kstr(struct json *j, const char *key, struct str s);
void json_kz(struct json *j, const char *key, const char *z);
void json_kint(struct json *j, const char *key, int64_t n);
void json_kbool(struct json *j, const char *key, bool b);

#endif
