/* `dialtone lab`: the whole journey on one machine, with any failure injected. */
#ifndef APP_LAB_LAB_H
#define APP_LAB_LAB_H

#include "app/cli/cli.h"

extern const struct cli_command lab_command;

#endif
