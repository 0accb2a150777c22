/* `dialtone device`: the hub's devices from the shell. */
#ifndef APP_DEVICE_DEVICE_H
#define APP_DEVICE_DEVICE_H

#include "app/cli/cli.h"

extern const struct cli_command device_command;

#endif
