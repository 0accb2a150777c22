/* The files of a folder of share/ as pages: compressed once, told apart by what is in them. */
#ifndef APP_WEB_ASSETS_H
#define APP_WEB_ASSETS_H

#include "app/web/web.h"

/* Constant once it is made: all threads may use it. */
struct web_assets;

/* Those of share/ whose names begin with `below` ("web/"). ERR_MEMORY, ERR_IO: no digests. */
enum err web_assets_new(const char *below, struct web_assets **ret) MUST_CHECK;
/* Behind the last web that answered with it. */
void web_assets_free(struct web_assets *a);

/* Answers a GET for /NAME. A path whose last segment has no '.' is a page's own address: it gets index.html. Everything is asked for
 * again each time (no-cache) and has a strong ETag, but for a query "v=...": that never changes. 405: another method. False:
 * no such file, nothing was done. */
bool web_assets_answer(const struct web_assets *a, struct web_exchange *x);

#endif
