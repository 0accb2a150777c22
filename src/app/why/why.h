/* `dialtone why`: one phone's journey and verdict, from the hub. */
#ifndef APP_WHY_WHY_H
#define APP_WHY_WHY_H

#include "app/cli/cli.h"

extern const struct cli_command why_command;

#endif
