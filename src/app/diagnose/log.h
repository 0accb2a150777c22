/* What was read, as text that can be shown: control characters escaped, secrets taken out. */
#ifndef APP_DIAGNOSE_LOG_H
#define APP_DIAGNOSE_LOG_H

#include "app/diagnose/diagnose.h"

enum { LOG_MOST = 1 << 20 }; /* bytes of text */

/* All inputs of which text was kept, each under its name. ERR_LIMIT: too many secrets; ERR_MEMORY. */
enum err diagnose_log(const struct doctor *d, const struct diagnose_raw *raw,
                      struct sink *out) MUST_CHECK;

#endif
