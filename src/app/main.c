/* dialtone: the table of its commands. */
#include <signal.h>

#include "app/ca/ca.h"
#include "app/cli/cli.h"
#include "app/device/device.h"
#include "app/diagnose/diagnose.h"
#include "app/explain/explain.h"
#include "app/export/export.h"
#include "app/fleet/fleet.h"
#include "app/lab/lab.h"
#include "app/phone/phone_command.h"
#include "app/probe/probe.h"
#include "app/redact/redact.h"
#include "app/rule/rule_command.h"
#include "app/serve/serve.h"
#include "app/why/why.h"

int main(int argc, char **argv)
{
    const struct cli_command commands[] = {
        diagnose_command, explain_command, redact_command, probe_command,
        serve_command,    config_command,  device_command, why_command,
        journal_command,  ca_command,      export_command, rule_command,
        phone_command,    fleet_command,   lab_command,    {.name = NULL}};
    /* A reader that goes away is told by write(). */
    (void)signal(SIGPIPE, SIG_IGN);
    return cli_run(commands, argc, argv);
}
