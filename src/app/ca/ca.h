/* `dialtone ca`: the certificates of a lab. */
#ifndef APP_CA_CA_H
#define APP_CA_CA_H

#include "app/cli/cli.h"

extern const struct cli_command ca_command;

#endif
