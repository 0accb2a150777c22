/* Line templates with typed holes: "forwarded {host} to {server}". One table of them is what a
 * reader matches by and a writer writes by. No regular expressions: a hole ends where the text
 * behind it begins, so a match costs one pass. */
#ifndef PROTO_TEXT_TEMPLATE_H
#define PROTO_TEXT_TEMPLATE_H

#include "base/arena.h"
#include "base/sink.h"

enum hole_type {
    HOLE_WORD, /* no blanks */
    HOLE_HOST, /* a name or an address, no blanks, quotes or commas */
    HOLE_ADDR, /* an IP address, in brackets or not */
    HOLE_MAC,  /* may be empty, where a redaction was stripped as markup */
    HOLE_INT,  /* decimal digits */
    HOLE_HEX,  /* hexadecimal digits */
    HOLE_REST, /* anything, up to the text behind it or the end; may be empty */
};
/* In place of a value every type also takes what stands for a redaction: <MAC_ADDRESS>, [..],
 * XXXX, xx, ****. */

enum { TEMPLATE_HOLES = 8 };

struct template
{
    struct str lit[TEMPLATE_HOLES + 1]; /* lit[i] stands before hole i, lit[n] at the end */
    struct {
        uint8_t type; /* enum hole_type */
        uint16_t tag; /* the caller's number for the hole's name */
    } hole[TEMPLATE_HOLES];
    uint8_t n; /* holes */
};

/* Names of holes are the caller's: tells number and type of `name`; false when there is none. */
typedef bool (*template_name)(void *ctx, struct str name, uint16_t *ret_tag,
                              enum hole_type *ret_type);

/* Compiles "text {name} text". "{{" is a brace. ERR_MALFORMED with what is wrong: unknown name, no
 * closing brace, two holes without text between them, more than TEMPLATE_HOLES. `text` must live
 * as long as the template. */
enum err template_read(struct template *t, struct str text, struct arena *a, template_name name,
                       void *ctx, struct err_at *reterr_at) MUST_CHECK;

struct template_match {
    struct str hole[TEMPLATE_HOLES];
    size_t len; /* bytes of the line that the template covered */
    bool cut;   /* the line ends before the template does */
};

/* Whether `line` is of the template's shape. A line that ends early still matches when at least
 * its first literal text, or 8 bytes of it, stand there: the holes left are empty. */
bool template_match(const struct template *t, struct str line, struct template_match *ret_match);

/* Writes the line with `values` in the holes. */
void template_write(const struct template *t, const struct str *values, struct sink *out);

/* Whether `s` stands for a value that somebody took out. */
bool template_redacted(struct str s);

/* Many templates, found by the text that they begin with. */
struct template_set;
struct template_set *template_set_new(struct arena *a);
/* `id` is handed back by the search. Templates added first are tried first. */
enum err template_set_add(struct template_set *s, const struct template *t, uint16_t id) MUST_CHECK;
/* The id of a template that matches, or -1. */
int template_set_match(const struct template_set *s, struct str line,
                       struct template_match *ret_match);

#endif
