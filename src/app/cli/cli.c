/* Parsing a command line by the tables of the commands. */
#include "app/cli/cli.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/esc.h"
#include "io/out/out.h"

const char cli_version[] = "0.1.0";

void cli_error(const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return;
    }
    struct sink s = out_init(o, STDERR_FILENO);
    sink_z(&s, "dialtone: ");
    esc_term(&s, str_z(text));
    sink_char(&s, '\n');
    if (out_flush(o) != ERR_OK) {
        /* Nobody can be told. */
    }
    free(o);
}

static int row_of(const struct cli_command *c, const char *name)
{
    for (int i = 0; c->options && c->options[i].name; i++) {
        if (strcmp(c->options[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static const char *from_environment(const char *name)
{
    char key[64] = "DIALTONE_";
    size_t n = strlen(key);
    for (; *name && n < sizeof key - 1; name++) {
        char c = *name;
        key[n++] = c == '-' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    key[n] = 0;
    const char *v = getenv(key);
    return v && *v ? v : NULL;
}

const char *cli_value(const struct cli_args *a, const char *name, const char *otherwise)
{
    int row = row_of(a->command, name);
    assert(row >= 0);
    if (a->given[row]) {
        return a->value[row][a->given[row] - 1];
    }
    const char *v = from_environment(name);
    return v ? v : otherwise;
}

bool cli_given(const struct cli_args *a, const char *name)
{
    return cli_value(a, name, NULL) != NULL;
}

const char *cli_repeated(const struct cli_args *a, const char *name, size_t i)
{
    int row = row_of(a->command, name);
    assert(row >= 0);
    if (a->given[row] == 0) {
        return i == 0 ? from_environment(name) : NULL;
    }
    return i < a->given[row] ? a->value[row][i] : NULL;
}

bool cli_color(const struct cli_args *a, int fd)
{
    const char *when = cli_value(a, "color", "auto");
    if (strcmp(when, "auto") != 0) {
        return strcmp(when, "always") == 0;
    }
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return !(no && *no) && isatty(fd) && term && strcmp(term, "dumb") != 0;
}

unsigned cli_width(int fd)
{
    struct winsize w;
    return isatty(fd) && ioctl(fd, TIOCGWINSZ, &w) == 0 ? w.ws_col : 0;
}

static int usage(const struct cli_command *c)
{
    cli_error("see: dialtone %s --help", c->name);
    return CLI_USAGE;
}

static bool is_choice(const char *choices, const char *v)
{
    size_t n = strlen(v);
    for (const char *p = choices; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        if (strncmp(p, v, n) == 0 && (p[n] == ',' || p[n] == 0) && n) {
            return true;
        }
    }
    return false;
}

static bool take(struct cli_args *a, int row, const char *value)
{
    const struct cli_option *o = &a->command->options[row];
    if (o->choices && !is_choice(o->choices, value)) {
        cli_error("--%s takes one of %s, not '%s'", o->name, o->choices, value);
        return false;
    }
    if (a->given[row] == CLI_REPEATS) {
        cli_error("--%s is given more than %d times", o->name, CLI_REPEATS);
        return false;
    }
    a->value[row][a->given[row]++] = value;
    return true;
}

/* "--name", "--name=value", "--name value". Moves *at past a value of its own. */
static bool long_option(struct cli_args *a, const char *word, char **argv, int argc, int *at)
{
    char name[64];
    const char *eq = strchr(word, '=');
    size_t n = eq ? (size_t)(eq - word) : strlen(word);
    if (n >= sizeof name) {
        cli_error("no option is called --%.60s", word);
        return false;
    }
    memcpy(name, word, n);
    name[n] = 0;
    int row = row_of(a->command, name);
    if (row < 0) {
        cli_error("%s has no option --%s", a->command->name, name);
        return false;
    }
    bool wants = a->command->options[row].arg != NULL;
    if (!wants && eq) {
        cli_error("--%s takes no value", name);
        return false;
    }
    if (wants && !eq && *at + 1 >= argc) {
        cli_error("--%s needs a value: %s", name, a->command->options[row].arg);
        return false;
    }
    return take(a, row, !wants ? "" : eq ? eq + 1 : argv[++*at]);
}

/* "-o", "-ojson", "-o json", several without value in one. */
static bool short_options(struct cli_args *a, const char *word, char **argv, int argc, int *at)
{
    for (const char *p = word; *p; p++) {
        int row = -1;
        for (int i = 0; a->command->options && a->command->options[i].name && row < 0; i++) {
            row = a->command->options[i].letter == *p ? i : -1;
        }
        if (row < 0) {
            cli_error("%s has no option -%c", a->command->name, *p);
            return false;
        }
        if (!a->command->options[row].arg) {
            if (!take(a, row, "")) {
                return false;
            }
            continue;
        }
        if (!p[1] && *at + 1 >= argc) {
            cli_error("-%c needs a value: %s", *p, a->command->options[row].arg);
            return false;
        }
        return take(a, row, p[1] ? p + 1 : argv[++*at]);
    }
    return true;
}

static int print(void (*write)(const struct cli_command *, struct sink *),
                 const struct cli_command *c)
{
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    struct sink s = out_init(o, STDOUT_FILENO);
    write(c, &s);
    int code = out_flush(o) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
    free(o);
    return code;
}

/* What the environment gives must be as right as what the command line gives. */
static bool environment_fits(const struct cli_args *a)
{
    for (int i = 0; a->command->options && a->command->options[i].name; i++) {
        const struct cli_option *o = &a->command->options[i];
        const char *v = o->choices && !a->given[i] ? from_environment(o->name) : NULL;
        if (v && !is_choice(o->choices, v)) {
            cli_error("the environment's value for --%s must be one of %s, not '%s'", o->name,
                      o->choices, v);
            return false;
        }
    }
    return true;
}

static int run_command(const struct cli_command *c, int argc, char **argv)
{
    static struct cli_args a; /* large, and there is one command line */
    bool options = true;
    const char **arg = calloc((size_t)argc + 1, sizeof *arg);
    if (!arg) {
        return CLI_UNFINISHED;
    }
    a = (struct cli_args){.command = c, .arg = arg};
    bool ok = true;
    for (int i = 0; i < argc && ok; i++) {
        const char *w = argv[i];
        if (options && strcmp(w, "--") == 0) {
            options = false;
        } else if (options && strcmp(w, "--help") == 0) {
            free(arg);
            return print(cli_help_command, c);
        } else if (options && w[0] == '-' && w[1] == '-') {
            ok = long_option(&a, w + 2, argv, argc, &i);
        } else if (options && w[0] == '-' && w[1]) {
            ok = short_options(&a, w + 1, argv, argc, &i);
        } else {
            arg[a.n++] = w;
        }
    }
    int code = CLI_USAGE;
    if (!ok || !environment_fits(&a)) {
        (void)usage(c);
    } else if (a.n < c->least) {
        cli_error("%s needs %s", c->name, c->args);
        (void)usage(c);
    } else if (c->most && a.n > c->most) {
        cli_error("%s takes at most %zu arguments, %zu are given", c->name, c->most, a.n);
        (void)usage(c);
    } else {
        code = c->run(&a);
    }
    free(arg);
    return code;
}

int cli_run(const struct cli_command *commands, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "--help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        if (argc > 2 && strcmp(argv[2], "--man") == 0) {
            return print(cli_man, commands);
        }
        if (argc > 2 && strcmp(argv[2], "--completion") == 0) {
            return print(cli_completion, commands);
        }
        for (const struct cli_command *c = commands; argc > 2 && c->name; c++) {
            if (strcmp(c->name, argv[2]) == 0) {
                return print(cli_help_command, c);
            }
        }
        int code = print(cli_help, commands);
        return argc > 1 ? code : CLI_USAGE;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("dialtone %s\n", cli_version);
        return fflush(stdout) == 0 ? CLI_OK : CLI_UNFINISHED;
    }
    for (const struct cli_command *c = commands; c->name; c++) {
        if (strcmp(c->name, name) == 0) {
            return run_command(c, argc - 2, argv + 2);
        }
    }
    cli_error("there is no command '%s'; see: dialtone --help", name);
    return CLI_USAGE;
}
