/* What happened, for the journal and for who shows it live. */
#ifndef APP_SERVE_TELL_H
#define APP_SERVE_TELL_H

#include "app/hub/hub.h"
#include "domain/fact/fact.h"
#include "io/store/store.h"

/* The fact as a line, made in `line`: to the journal's queue, and a copy to the hub; both may be NULL. Its subject is its MAC
 * address, else its user; its source the address in FIELD_SERVER. */
void serve_tell(struct store *store, struct hub *hub, usec_t now, const struct fact *f,
                struct buf *line);

#endif
