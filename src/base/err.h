/* Errors: what the caller would do differently, and where in the input something was wrong. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

enum err {
    ERR_OK = 0,
    ERR_MORE,      /* the input ends before the thing does: call again with more */
    ERR_MALFORMED, /* the input breaks a rule; struct err_at tells which and where */
    ERR_LIMIT,     /* a limit of ours was reached; the one thing is refused, the rest goes on */
    ERR_MEMORY,    /* no memory */
    ERR_IO,        /* the system refused: errno or the library's text tells why */
    ERR_MISSING,   /* what was asked for is not there */
    ERR_USAGE,     /* the person's words are off */
    ERR_END,       /* a regular end: nothing more to read */
};

/* Where in the input something was wrong. Set only together with ERR_MALFORMED or ERR_LIMIT. */
struct err_at {
    size_t offset;    /* bytes from the start of what was given */
    const char *what; /* plain words, constant */
    const char *rule; /* the rule that says so, as "RFC 3261 20.42", or NULL */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* A short constant name for messages of our own bugs and for tests: "malformed". */
const char *err_name(enum err e);

#endif
