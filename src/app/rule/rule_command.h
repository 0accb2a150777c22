/* `dialtone rule`: what a phone makes of a profile rule. */
#ifndef APP_RULE_RULE_COMMAND_H
#define APP_RULE_RULE_COMMAND_H

#include "app/cli/cli.h"

extern const struct cli_command rule_command;

#endif
