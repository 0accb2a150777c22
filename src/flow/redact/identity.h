/* What a found text is: its kind, and its bytes as the table has them. Between the files of this
 * module. */
#ifndef FLOW_REDACT_IDENTITY_H
#define FLOW_REDACT_IDENTITY_H

#include "flow/redact/values.h"

struct identity {
    enum value_kind kind;
    enum redact_class class;
    unsigned flags; /* VALUE_ANYWHERE ... */
    size_t len;
    char key[VALUE_LONGEST];
};

/* False when `v` (at most VALUE_LONGEST bytes) is no identity: taken out already, too short, a word
 * that means something else, to be kept. */
bool identity_read(const struct values *t, enum redact_class class, struct str v, bool sure,
                   struct identity *ret_id);
/* Whether somebody took it out before. */
bool identity_redacted(struct str v);

#endif
