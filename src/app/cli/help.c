/* Help, man page and completion, all from the tables. */
#include "app/cli/cli.h"

static void option_head(const struct cli_option *o, struct sink *out)
{
    if (o->letter) {
        sink_fmt(out, "-%c, ", o->letter);
    }
    sink_fmt(out, "--%s", o->name);
    if (o->arg) {
        sink_fmt(out, "=%s", o->arg);
    }
}

void cli_help(const struct cli_command *commands, struct sink *out)
{
    sink_z(out,
           "dialtone takes a desk phone from its MAC address to a dial tone, and says why when it "
           "does not get there.\n\nusage: dialtone COMMAND [OPTION]... [ARGUMENT]...\n\n");
    for (const struct cli_command *c = commands; c->name; c++) {
        sink_fmt(out, "  %-10s %s\n", c->name, c->summary);
    }
    sink_z(out, "\n  dialtone COMMAND --help   what a command does, with examples\n"
                "  dialtone --version\n"
                "  dialtone help --man        the man page\n"
                "  dialtone help --completion for bash\n");
}

void cli_help_command(const struct cli_command *c, struct sink *out)
{
    sink_fmt(out, "usage: dialtone %s [OPTION]... %s\n\n%s.\n\n", c->name, c->args, c->summary);
    sink_z(out, c->text);
    sink_z(out, "\n");
    for (const struct cli_option *o = c->options; o && o->name; o++) {
        struct buf b = {.limit = 256};
        struct sink s = buf_sink(&b);
        option_head(o, &s);
        sink_fmt(out, "  %-26.*s %s\n", STR_ARG(buf_str(&b)), o->help);
        buf_clear(&b);
    }
    sink_z(out, "  --help                     this text\n");
    if (c->examples) {
        sink_fmt(out, "\nexamples:\n%s", c->examples);
    }
    sink_z(out,
           "\nexit code: 0 no error found, 1 an error found, 2 wrong usage, 3 could not finish\n");
}

/* roff: hyphens that are options, and lines that begin with a dot. */
static void roff(struct sink *out, const char *text)
{
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\'')) {
            sink_z(out, "\\&");
        }
        if (*text == '-') {
            sink_z(out, "\\-");
        } else if (*text == '\\') {
            sink_z(out, "\\e");
        } else {
            sink_char(out, *text);
        }
        start = *text == '\n';
    }
}

static void man_command(const struct cli_command *c, struct sink *out)
{
    sink_fmt(out, ".SS dialtone %s ", c->name);
    roff(out, c->args);
    sink_z(out, "\n");
    roff(out, c->text);
    for (const struct cli_option *o = c->options; o && o->name; o++) {
        struct buf b = {.limit = 256};
        struct sink s = buf_sink(&b);
        option_head(o, &s);
        sink_char(&s, 0);
        sink_z(out, ".TP\n.B ");
        roff(out, b.p ? b.p : "");
        sink_char(out, '\n');
        roff(out, o->help);
        sink_char(out, '\n');
        buf_clear(&b);
    }
    if (c->examples) {
        sink_z(out, ".PP\nExamples:\n.PP\n.nf\n");
        roff(out, c->examples);
        sink_z(out, ".fi\n");
    }
}

void cli_man(const struct cli_command *commands, struct sink *out)
{
    sink_fmt(out,
             ".TH DIALTONE 1 \"\" \"dialtone %s\"\n.SH NAME\ndialtone \\- from a MAC address to a "
             "dial tone\n.SH SYNOPSIS\n.B dialtone\n.I COMMAND\n[OPTION]... [ARGUMENT]...\n"
             ".SH COMMANDS\n",
             cli_version);
    for (const struct cli_command *c = commands; c->name; c++) {
        man_command(c, out);
    }
    sink_z(out,
           ".SH EXIT STATUS\n0 no error found, 1 a finding of severity error, 2 wrong usage or "
           "configuration, 3 could not finish and no error was found, 130 interrupted.\n"
           ".SH ENVIRONMENT\nEvery option NAME has a variable DIALTONE_NAME; the command line "
           "wins. NO_COLOR switches colours off.\n");
}

void cli_completion(const struct cli_command *commands, struct sink *out)
{
    sink_z(out, "# bash completion for dialtone\n_dialtone() {\n"
                "    local cur=${COMP_WORDS[COMP_CWORD]} words=\n"
                "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"");
    for (const struct cli_command *c = commands; c->name; c++) {
        sink_fmt(out, "%s ", c->name);
    }
    sink_z(out, "--help --version\"\n    else\n        case ${COMP_WORDS[1]} in\n");
    for (const struct cli_command *c = commands; c->name; c++) {
        sink_fmt(out, "        %s) words=\"", c->name);
        for (const struct cli_option *o = c->options; o && o->name; o++) {
            sink_fmt(out, "--%s%s ", o->name, o->arg ? "=" : "");
        }
        sink_z(out, "--help\" ;;\n");
    }
    sink_z(out, "        esac\n    fi\n    case $cur in\n"
                "    -* | \"\") mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\") ;;\n"
                "    *)\n        if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                "            mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                "        else\n            mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                "        fi ;;\n    esac\n}\ncomplete -F _dialtone dialtone\n");
}
