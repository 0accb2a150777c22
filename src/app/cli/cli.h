/* Commands as tables: one row gives parsing, --help, the man page and the completion. */
#ifndef APP_CLI_CLI_H
#define APP_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sink.h"

enum cli_exit {
    CLI_OK = 0,         /* no error found */
    CLI_ERRORS = 1,     /* a finding of severity error */
    CLI_USAGE = 2,      /* the words of the call, or a configuration, are off */
    CLI_UNFINISHED = 3, /* could not finish, and no error was found */
    CLI_INTERRUPTED = 130,
};

enum { CLI_OPTIONS = 32, CLI_REPEATS = 16 };

struct cli_option {
    const char *name; /* long, without hyphens; NULL ends the table */
    char letter;      /* 0: none */
    const char *arg;  /* name of its value for the help; NULL: it takes none */
    const char *help;
    const char *choices; /* "text,json": only these; NULL: any */
};

struct cli_args;

struct cli_command {
    const char *name;
    const char *args;     /* "FILE..." */
    const char *summary;  /* one line */
    const char *text;     /* paragraphs */
    const char *examples; /* lines "command  # what" */
    const struct cli_option *options;
    size_t least; /* arguments */
    size_t most;  /* 0: any number */
    int (*run)(const struct cli_args *a);
};

struct cli_args {
    const struct cli_command *command;
    const char *value[CLI_OPTIONS][CLI_REPEATS]; /* by the option's row; "" for one without value */
    size_t given[CLI_OPTIONS];
    const char *const *arg;
    size_t n;
};

/* Options that many commands have, as rows. */
#define CLI_LANG                                                        \
    {                                                                   \
        "lang", 'l', "LANG", "language of the texts: en or ja", "en,ja" \
    }
#define CLI_COLOR                                                                 \
    {                                                                             \
        "color", 0, "WHEN", "colours: auto, always or never", "auto,always,never" \
    }

/* The last value given, from the command line or the environment (DIALTONE_NAME); `otherwise` when
 * there is none. The option must be in the command's table (assert). */
const char *cli_value(const struct cli_args *a, const char *name, const char *otherwise);
bool cli_given(const struct cli_args *a, const char *name);
/* The i-th value of an option that may be repeated; NULL at the end. */
const char *cli_repeated(const struct cli_args *a, const char *name, size_t i);
/* Whether to use colours on `fd`: --color, NO_COLOR, a terminal. */
bool cli_color(const struct cli_args *a, int fd);
/* Columns of the terminal at `fd`; 0: none. */
unsigned cli_width(int fd);

/* "dialtone: what\n" on standard error. */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Runs the command that `argv` names; returns the exit code. `commands` ends with a NULL name. */
int cli_run(const struct cli_command *commands, int argc, char **argv);

/* Generated from the tables (help.c). */
void cli_help(const struct cli_command *commands, struct sink *out);
void cli_help_command(const struct cli_command *c, struct sink *out);
void cli_man(const struct cli_command *commands, struct sink *out);
void cli_completion(const struct cli_command *commands, struct sink *out);

extern const char cli_version[];

#endif
