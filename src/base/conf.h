/* The one form of our own text files (line templates, rules, findings, messages): a keyword at the
 * start of a line, words or "quoted text" behind it, # comments, indented lines belong to the line
 * above. Every mistake has a file and a line. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include "base/arena.h"

struct conf_error {
    struct str file;
    size_t line;    /* from 1 */
    char what[160]; /* plain words, NUL-terminated */
};

struct conf {
    struct str file; /* its name, for messages */
    struct str rest; /* what was not read yet */
    size_t line;     /* of the current line, from 1 */
    bool indented;   /* the current line starts with a blank */
    struct str text; /* the current line without comment and outer blanks */
    struct conf_error *error;
};

/* `text` must outlive the reader; `error` is filled by conf_fail. */
void conf_init(struct conf *c, struct str file, struct str text, struct conf_error *error);
/* Moves to the next line that is not empty. ERR_END at the end. A line over 4,096 bytes, a NUL or
 * another control character is ERR_MALFORMED. */
enum err conf_line(struct conf *c) MUST_CHECK;
/* The next word of the current line, or the inside of "quoted text" (with \" and \\ resolved into
 * `a`). ERR_END when the line has no more; ERR_MALFORMED for a missing closing quote. */
enum err conf_word(struct conf *c, struct arena *a, struct str *ret_word) MUST_CHECK;
/* Notes what is wrong with the current line; returns ERR_MALFORMED. */
enum err conf_fail(struct conf *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
