/* What the process is allowed: descriptors, memory images, the user it runs as; and telling systemd how far it is. */
#ifndef APP_SERVE_PROCESS_H
#define APP_SERVE_PROCESS_H

#include <stdbool.h>

#include "base/time.h"

/* Descriptors up to the hard limit; no image of memory is left behind (it holds secrets); no file is made that
 * others can read. */
void process_limits(void);
/* Becomes `user` for good: groups, group, user. `folder` (may be empty) is made first and given to it. False after
 * telling on standard error. `user` NULL: stays who it is, and warns where that is root. */
bool process_drop(const char *user, const char *folder);
/* One line for the service manager over NOTIFY_SOCKET ("READY=1"); nothing where there is none. */
void process_notify(const char *state);
/* How often it wants to hear "WATCHDOG=1": half of what WATCHDOG_USEC allows; USEC_NONE where it does not watch. */
usec_t process_watchdog(void);

#endif
