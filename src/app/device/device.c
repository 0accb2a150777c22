/* The verbs and their options. */
#include "app/device/device.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/device/inside.h"
#include "io/out/out.h"

static const struct cli_option options[] = {
    {"output", 'o', "FORMAT", "text or json", "text,json"},
    CLIENT_OPTIONS,
    {"model", 'm', "MODEL", "add, replace: the phone's model; list: only these", NULL},
    {"person", 0, "NAME", "add: whose phone it is (personal usage); made where there is none",
     NULL},
    {"workspace", 0, "NAME", "add: where it stands (shared usage); made where there is none", NULL},
    {"number", 'n', "NUMBER", "add: of its first line; an account is made for it", NULL},
    {"display", 0, "NAME", "add: the name that others see", NULL},
    {"serial", 0, "SERIAL", "add: the phone's serial number", NULL},
    {"note", 0, "TEXT", "add: for people", NULL},
    {"reason", 0, "TEXT", "replace: why", NULL},
    {"status", 0, "STATUS", "list: only these",
     "unavailable,activating,online,issues,offline,expired"},
    {"hours", 0, "N", "code: how long it is good for", NULL},
    {"minutes", 0, "N", "window: how long it stays open (30)", NULL},
    {"preview", 0, NULL, "import: say what would happen, change nothing", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct verb {
    const char *name;
    size_t least, most; /* words behind it */
    int (*run)(struct work *w);
} verbs[] = {
    {"list", 0, 1, device_list},       {"show", 1, 1, device_show},
    {"add", 1, 1, device_add},         {"replace", 2, 2, device_replace},
    {"release", 1, 1, device_release}, {"resync", 1, 1, device_order},
    {"reboot", 1, 1, device_order},    {"restart", 1, 1, device_order},
    {"report", 1, 1, device_order},    {"code", 1, 1, device_code},
    {"window", 1, 1, device_window},   {"import", 1, 1, device_import},
    {"export", 0, 0, device_export},
};

static int work(const struct cli_args *a, const struct verb *v)
{
    struct work w = {.args = a};
    struct out *o = malloc(sizeof *o);
    int code = CLI_UNFINISHED;
    if (!o) {
        cli_error("no memory");
        return code;
    }
    struct sink out = out_init(o, STDOUT_FILENO);
    w.out = &out;
    w.json = strcmp(cli_value(a, "output", "text"), "json") == 0;
    code = client_open(&w.client, a) ? v->run(&w) : CLI_USAGE;
    client_close(&w.client);
    if (out_flush(o) != ERR_OK) {
        code = CLI_UNFINISHED;
    }
    free(o);
    return code;
}

static int run(const struct cli_args *a)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const struct verb *v = &verbs[i];
        if (strcmp(a->arg[0], v->name) == 0 && a->n - 1 >= v->least && a->n - 1 <= v->most) {
            return work(a, v);
        }
    }
    cli_error(
        "device takes: list [WORDS], show DEVICE, add MAC, replace DEVICE MAC, release DEVICE,");
    cli_error(
        "resync|reboot|restart|report DEVICE, code DEVICE, window DEVICE, import FILE, export");
    return CLI_USAGE;
}

const struct cli_command device_command = {
    .name = "device",
    .args = "VERB [DEVICE]",
    .summary = "The hub's devices: list, add, replace, release, ask them to do something",
    .text =
        "DEVICE is a MAC address in any spelling, or what the hub's search finds one device by.\n"
        "  list [WORDS]         all, or those that are found by the words\n"
        "  show DEVICE          what is known of one\n"
        "  add MAC              a new one: --model, --person or --workspace, --number\n"
        "  replace DEVICE MAC   another phone in its place, with its lines\n"
        "  release DEVICE       takes it out\n"
        "  resync, reboot, restart, report DEVICE\n"
        "                       asks the phone over its registration\n"
        "  code DEVICE          a new activation code, shown once\n"
        "  window DEVICE        an enrolment window: no proof is needed while it is open\n"
        "  import FILE          from comma-separated values; - for standard input\n"
        "  export               all of them as comma-separated values\n",
    .examples =
        "  dialtone device add 00:00:5e:00:53:01 -m CP-8851-3PCC --person 'Ada Example' -n 2001\n"
        "  dialtone device list --status issues\n"
        "  dialtone device replace 00:00:5e:00:53:01 00:00:5e:00:53:02\n"
        "  dialtone device import --preview phones.csv\n",
    .options = options,
    .least = 1,
    .most = 3,
    .run = run,
};
