/* One redaction. Between the files of this module. */
#ifndef FLOW_REDACT_STATE_H
#define FLOW_REDACT_STATE_H

#include "flow/redact/address.h"
#include "flow/redact/find.h"
#include "flow/redact/match.h"
#include "flow/redact/walk.h"

struct redact {
    struct values t;
    struct walk walk;
    struct find find;
    enum redact_pass pass;
    enum err err; /* the first failure of this pass */
    struct address_seen seen;
    uint32_t phone_lengths; /* bit n: a number of n digits is known */
    /* The text that is looked at. */
    struct str line;
    char *p;      /* the same, to be changed */
    char *done;   /* [WALK_LINE + 1]: 1 where a byte was replaced; owned */
    bool overlap; /* something was not replaced since another thing was in the same place */
    unsigned flags;
    uint64_t line_no;
    bool leaked;
    struct redact_leak leak;
    bool spare[REDACT_CLASSES];
    uint64_t places[REDACT_CLASSES];
    uint32_t counters[REDACT_CLASSES][VALUE_LONGEST + 1]; /* pseudonyms given, by length */
};

#endif
