/* `dialtone phone`: one emulated desk phone. */
#ifndef APP_PHONE_PHONE_COMMAND_H
#define APP_PHONE_PHONE_COMMAND_H

#include "app/cli/cli.h"

extern const struct cli_command phone_command;

#endif
