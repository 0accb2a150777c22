/* Finds identities by where they stand: behind a key, in a header field, in a URI, in a spelling that
 * nothing else has. Between the files of this module. */
#ifndef FLOW_REDACT_FIND_H
#define FLOW_REDACT_FIND_H

#include "flow/redact/redact.h"

struct find {
    void *ctx;
    /* `at` and `len` within the line. `sure`: false for what is an identity only if something else
     * says so (12 hexadecimal digits without a word beside them). */
    void (*on)(void *ctx, enum redact_class class, size_t at, size_t len, bool sure);
    struct str line;
    bool pem;    /* inside a private key */
    bool awaits; /* a line ended behind `key="`: its value is on a next one */
    enum redact_class awaited;
    size_t call_id; /* end of a Call-ID in this line: what looks like an address there is none */
};

/* A text begins. */
void find_begin(struct find *f);
void find_line(struct find *f, struct str line);

/* Tells `v`, a view into the line, unless it is empty. */
void find_tell(struct find *f, enum redact_class class, struct str v, bool sure);

/* What stands behind the word `word` of the line; `rest` begins right behind it. */
void find_key(struct find *f, struct str word, struct str rest);
/* A word that is an identity by its own spelling. */
void find_spelled(struct find *f, struct str word);
/* "UUID_UUID" of a User-Agent whose head may stand on another line. */
void find_uuids(struct find *f, struct str word);
/* MAC addresses with separators. */
void find_macs(struct find *f);
/* URIs with their display names, and what else SIP says. */
void find_uri(struct find *f, enum redact_class class, struct str word, struct str rest);
void find_field(struct find *f, enum redact_class class, struct str word, struct str rest);
void find_call_id(struct find *f, enum redact_class class, struct str word, struct str rest);
void find_tag(struct find *f, enum redact_class class, struct str word, struct str rest);
void find_agent(struct find *f, enum redact_class class, struct str word, struct str rest);
void find_uuid(struct find *f, enum redact_class class, struct str word, struct str rest);
void find_callhome(struct find *f, enum redact_class class, struct str word, struct str rest);
void find_serial(struct find *f, enum redact_class class, struct str word, struct str rest);
void find_mac(struct find *f, enum redact_class class, struct str word, struct str rest);
/* Moves `rest` behind '=' or ':', with the quotes of JSON and blanks beside it. False without one. */
bool find_assigned(struct str *rest, bool colon);
/* The value at the start of `rest`: inside quotes, or up to what ends a word. `phrase`: blanks do not
 * end it. */
struct str find_value(struct str rest, bool phrase);
/* name@host, and numbers with a plus. */
void find_ats(struct find *f);

#endif
