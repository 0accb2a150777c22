/* The table of everything that was found: values and their pseudonyms, prefixes of addresses, labels
 * of domains, words to keep. Between the files of this module. */
#ifndef FLOW_REDACT_VALUES_H
#define FLOW_REDACT_VALUES_H

#include "base/arena.h"
#include "flow/redact/redact.h"

enum { VALUE_LONGEST = 512 }; /* bytes */

/* What the bytes of a value are. */
enum value_kind {
    VALUE_TEXT,    /* in small letters */
    VALUE_MAC,     /* 12 hexadecimal digits, small letters */
    VALUE_PHONE,   /* digits of the national number */
    VALUE_IP4,     /* 4 bytes */
    VALUE_IP6,     /* 16 bytes */
    VALUE_PREFIX,  /* of an address: family, depth, bytes */
    VALUE_COUNTER, /* how many prefixes below a prefix */
    VALUE_LABEL,   /* of a domain */
    VALUE_KEEP,
    VALUE_GUARD,
    VALUE_OUI, /* 6 hexadecimal digits of a known MAC */
    VALUE_KINDS,
};

enum {
    VALUE_ANYWHERE = 1,  /* replaced wherever it stands, not only in its place */
    VALUE_WHOLE = 2,     /* only when no letter or digit stands beside it */
    VALUE_MAYBE = 4,     /* a MAC only if its vendor prefix is a known one */
    VALUE_DEAD = 8,      /* covered by another value, or no identity after all */
    VALUE_NATIONAL = 16, /* a phone number whose country code is known */
};

struct value {
    struct str text;
    char *pseudo;     /* as long as text; NULL before the seal; owned by the arena */
    uint32_t number;  /* what a counter or prefix holds */
    uint32_t next;    /* of the same hash; 0 for none */
    uint32_t next_at; /* literals that begin alike */
    uint8_t kind;     /* enum value_kind */
    uint8_t class;    /* enum redact_class */
    uint8_t flags;
};

struct values {
    struct arena arena;
    struct value *v;     /* [most + 1], the first is unused; owned */
    uint32_t *slots;     /* [slot_n], owned */
    uint32_t *starts;    /* literals by their first four bytes, [slot_n], owned */
    uint8_t pairs[8192]; /* bit set: a literal begins with these two bytes */
    size_t n, most, slot_n;
};

enum err values_init(struct values *t, size_t most) MUST_CHECK;
void values_clear(struct values *t);
/* 0 when there is none. */
uint32_t values_find(const struct values *t, enum value_kind kind, struct str text);
/* Finds or adds. ERR_LIMIT, ERR_MEMORY. */
enum err values_add(struct values *t, enum value_kind kind, enum redact_class class,
                    struct str text, unsigned flags, uint32_t *ret_i) MUST_CHECK;
/* Makes value `i` one that values_at finds. It is at least 4 bytes long. */
void values_literal(struct values *t, uint32_t i);
/* The longest literal that stands at `at` in `line`, or 0. */
uint32_t values_at(const struct values *t, struct str line, size_t at);
/* Copies in small letters; `s` is at most VALUE_LONGEST long. */
struct str values_lower(struct str s, char buf[VALUE_LONGEST]);

#endif
