/* `dialtone fleet`: many phones that register and stay registered, and what it was like for them. */
#ifndef APP_FLEET_FLEET_H
#define APP_FLEET_FLEET_H

#include "app/cli/cli.h"

extern const struct cli_command fleet_command;

#endif
