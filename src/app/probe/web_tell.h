/* What a request shows, as the facts that a phone's log would hold of the same. */
#ifndef APP_PROBE_WEB_TELL_H
#define APP_PROBE_WEB_TELL_H

#include "app/probe/web.h"

/* A download begins. */
void web_tell_start(struct probe *p, const struct web *w);
/* Its host has no address. */
void web_tell_unresolved(struct probe *p, const struct web *w);
/* How it went: connection, TLS, answer, libcurl's number. Of a URL that names no resource the status is told only where
 * it shows that somebody else answers: a phone would not ask for it. */
void web_tell(struct probe *p, const struct web *w);

/* The download is over, whatever became of it: what follows is not of it. */
void web_tell_end(struct probe *p);

#endif
