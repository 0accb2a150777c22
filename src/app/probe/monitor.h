/* A round in the forms of two monitoring systems. */
#ifndef APP_PROBE_MONITOR_H
#define APP_PROBE_MONITOR_H

#include "app/probe/probe.h"
#include "domain/diagnosis/diagnosis.h"

/* What a round came to, as a plugin of Nagios says it (its plugin guidelines: exit codes). */
enum nagios { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN };

/* `verdict`: one sentence of the diagnosis, empty when nothing is wrong; `worst`: level of the worst finding, -1 none. */
enum nagios probe_nagios(const struct probe *p, int worst, struct str verdict, struct sink *out);
/* Text exposition format, to a file that appears whole. False after telling what is wrong. */
bool probe_prometheus(const struct probe *p, int worst, const char *path);

#endif
