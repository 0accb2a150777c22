/* Rows of the journal as a record (flow/record) for `dialtone diagnose`: phone by phone, each ended by the time of
 * asking, so that what did not come is known not to have come. */
#ifndef APP_SERVE_JOURNAL_RECORD_H
#define APP_SERVE_JOURNAL_RECORD_H

#include "base/sink.h"
#include "io/store/store.h"

/* The newest `most` rows of `subject` (empty: of all). `now`: date. ERR_IO, ERR_MEMORY, and what the sink says. */
enum err journal_record(struct store *s, struct str subject, uint64_t most, usec_t now,
                        struct sink *out) MUST_CHECK;

#endif
