/* Facts: what an observation says, whatever its source. Kinds are rows of fact.def, fields of
 * field.def. A fact's fields are views; fact_copy gives it memory of its own. */
#ifndef DOMAIN_FACT_FACT_H
#define DOMAIN_FACT_FACT_H

#include "base/arena.h"
#include "base/time.h"
#include "domain/stage/stage.h"

enum field {
#define FIELD(id, text, type, secret) FIELD_##id,
#include "domain/fact/field.def"
#undef FIELD
    FIELDS,
};

enum fact_kind {
    FACT_NO_KIND = 0,
#define FACT(number, id, text, stage, fields) FACT_##id = (number),
#include "domain/fact/fact.def"
#undef FACT
    FACT_KINDS = 300, /* above every number */
};

enum { FACT_FIELDS = 18 };

/* Who saw it. */
enum source { SOURCE_LOG, SOURCE_CAPTURE, SOURCE_PROBE, SOURCE_JOURNAL, SOURCES };

/* Where an observation stands. */
struct place {
    uint32_t file; /* index of the input's file */
    uint32_t line; /* from 1, of a capture the frame's number; 0: no line */
    uint32_t col;  /* byte of the matched part within the line, from 0 */
    uint32_t len;  /* bytes of the matched part */
};

enum fact_flag {
    FACT_GLUED = 1 << 0,    /* two records stood on one line */
    FACT_REDACTED = 1 << 1, /* a field holds a redaction in place of its value */
    FACT_FOREIGN = 1 << 2,  /* stood in prose, not in a record */
};

struct fact {
    uint16_t kind;  /* enum fact_kind */
    uint8_t stage;  /* enum stage; set from the kind, or by who concluded it */
    uint8_t flags;  /* enum fact_flag */
    uint8_t source; /* enum source */
    uint8_t n;      /* fields in use */
    uint16_t rule;  /* which line template made it (flow/dissect), 0 for none */
    uint32_t seq;   /* the record's sequence number */
    uint32_t pid;   /* process that wrote the record, 0 where the record tells none */
    uint32_t order; /* ordinal within the input, rising */
    usec_t tod;     /* time of day of the record; USEC_NONE without one */
    usec_t mono;    /* run time: rises with tod, survives jumps of the date */
    struct place place;
    struct str text; /* the line as it stands, without its line end */
    struct {
        uint16_t field; /* enum field */
        struct str v;
    } f[FACT_FIELDS];
};

/* The head of a record, whether or not the record tells a fact: what order and time rest on. */
struct mark {
    uint32_t file;
    uint32_t line;
    uint32_t order;
    uint32_t seq;
    bool has_seq;
    bool glued;
    bool voice;     /* written by the voice process */
    bool dnsmasq;   /* written by the phone's name cache */
    uint8_t source; /* enum source */
    uint8_t month;  /* 1 to 12; 0: no date */
    uint8_t day;
    uint16_t year; /* 0: not told */
    uint32_t pid;
    usec_t tod; /* USEC_NONE: no time */
};

/* The kind's row. Names are NULL for numbers that no row has. */
struct fact_row {
    const char *name;
    enum stage stage;
    const char *fields; /* names, separated by blanks */
};
const struct fact_row *fact_row(unsigned kind);
/* FACT_NO_KIND when no row has that name. */
enum fact_kind fact_kind_read(struct str name);

/* "log", "capture", "probe", "journal". */
const char *source_name(enum source s);
const char *field_name(enum field f);
bool field_secret(enum field f);
/* FIELDS when there is none of that name. */
enum field field_read(struct str name);
/* Whether `kind` may carry `f`. */
bool fact_carries(unsigned kind, enum field f);

/* An empty fact of `kind`. */
void fact_init(struct fact *f, enum fact_kind kind);
/* An empty fact of `kind` that was read where `base` was: its place, time, order and line. */
void fact_like(struct fact *f, enum fact_kind kind, const struct fact *base);
/* Adds a field; an empty value is not added; past FACT_FIELDS it is dropped (assert). */
void fact_add(struct fact *f, enum field field, struct str v);
/* The field's value; an empty view (p == NULL) when the fact has none. */
struct str fact_get(const struct fact *f, enum field field);
/* As a number; `otherwise` when there is none or it is no number. */
int64_t fact_int(const struct fact *f, enum field field, int64_t otherwise);
/* A copy whose text and fields live in `a`; text is cut at `text_most` bytes. NULL at the limit. */
struct fact *fact_copy(struct arena *a, const struct fact *f, size_t text_most);

#endif
