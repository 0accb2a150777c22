/* A configuration compressed (gzip, RFC 1952), as phones take it. */
#ifndef APP_PHONES_SQUEEZE_H
#define APP_PHONES_SQUEEZE_H

#include "base/str.h"

/* Memory of the caller's (free), or an empty view: it is too small to be worth it, or does not become smaller. The same bytes every
 * time. */
struct str squeeze(struct str plain);

#endif
