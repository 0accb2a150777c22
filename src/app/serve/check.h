/* `dialtone serve --check`: reads everything and says what would happen. */
#ifndef APP_SERVE_CHECK_H
#define APP_SERVE_CHECK_H

#include "app/serve/plan.h"

/* Exit code. */
int serve_check(const struct plan *p);

#endif
