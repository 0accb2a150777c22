/* The commands `dialtone serve`, `dialtone journal` and `dialtone config`. */
#ifndef APP_SERVE_SERVE_H
#define APP_SERVE_SERVE_H

#include "app/cli/cli.h"

extern const struct cli_command serve_command;
/* `dialtone journal`: what it wrote down. */
extern const struct cli_command journal_command;
/* `dialtone config`: what it would be told. */
extern const struct cli_command config_command;

#endif
