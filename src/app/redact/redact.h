/* `dialtone redact`: a copy that can be shared. */
#ifndef APP_REDACT_REDACT_H
#define APP_REDACT_REDACT_H

#include "app/cli/cli.h"

extern const struct cli_command redact_command;

#endif
