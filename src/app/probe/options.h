/* The command line of `dialtone probe`. */
#ifndef APP_PROBE_OPTIONS_H
#define APP_PROBE_OPTIONS_H

#include "app/probe/probe.h"

extern const struct cli_option probe_option_table[];

/* Reads the options; what they say of the service is put into `s`. The secret is left to the caller. False
 * after telling on standard error what is wrong. */
bool probe_options_read(const struct cli_args *a, struct service *s, struct probe_options *ret_o);

#endif
