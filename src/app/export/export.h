/* `dialtone export`: other systems as the registrar for the same accounts. */
#ifndef APP_EXPORT_EXPORT_H
#define APP_EXPORT_EXPORT_H

#include "app/cli/cli.h"

extern const struct cli_command export_command;

#endif
