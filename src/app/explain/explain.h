/* `dialtone explain`: the long text of a finding. */
#ifndef APP_EXPLAIN_EXPLAIN_H
#define APP_EXPLAIN_EXPLAIN_H

#include "app/cli/cli.h"

extern const struct cli_command explain_command;

#endif
