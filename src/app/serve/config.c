/* `dialtone config`: what the servers would be told, and by whom. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/serve/check.h"
#include "app/serve/plan.h"
#include "app/serve/serve.h"
#include "app/serve/settings_table.h"
#include "base/json.h"
#include "io/out/out.h"

static const struct cli_option options[] = {
    SETTINGS_OPTIONS,
    {"output", 'o', "FORMAT", "text or json, of show", "text,json"},
    {NULL, 0, NULL, NULL, NULL},
};

enum given_by { BY_DEFAULT, BY_FILE, BY_CALL };

static const char *const given_name[] = {"default", "file", "command line or environment"};

/* The settings as they come to be, one over the other. */
struct readings {
    struct settings usual, file, all;
};

static void readings_clear(struct readings *r)
{
    settings_clear(&r->usual);
    settings_clear(&r->file);
    settings_clear(&r->all);
}

static bool readings_make(const struct cli_args *a, struct readings *ret)
{
    *ret = (struct readings){0};
    return settings_read_file(NULL, &ret->usual) &&
           settings_read_file(settings_file(a), &ret->file) && settings_read(a, &ret->all);
}

static enum given_by by_whom(const struct setting *row, const struct readings *r)
{
    return !settings_same(row, &r->all, &r->file)     ? BY_CALL
           : !settings_same(row, &r->file, &r->usual) ? BY_FILE
                                                      : BY_DEFAULT;
}

static void name_write(const struct setting *row, struct sink *out)
{
    const char *section = settings_section[row->section];
    sink_fmt(out, "%s%s%s", section, *section ? "." : "", row->name);
}

/* -- show */

static void show_text(const struct readings *r, struct sink *out)
{
    for (const struct setting *row = settings_table; row->name; row++) {
        name_write(row, out);
        sink_z(out, " = ");
        settings_value(row, &r->all, out);
        enum given_by from = by_whom(row, r);
        sink_fmt(out, "%s%s\n", from == BY_DEFAULT ? "" : "  # ",
                 from == BY_DEFAULT ? "" : given_name[from]);
    }
}

static void json_text(struct json *j, const char *text)
{
    if (text) {
        json_str(j, str_z(text));
    } else {
        json_null(j);
    }
}

static void value_json(const struct setting *row, const struct settings *s, struct json *j)
{
    const void *field = (const char *)s + row->field;
    const struct texts *t = field;
    switch (row->kind) {
    case SETTING_NUMBER:
        json_int(j, (int64_t) * (const uint64_t *)field);
        return;
    case SETTING_YES:
        json_bool(j, *(const bool *)field);
        return;
    case SETTING_TEXT:
    case SETTING_PATH:
        json_text(j, *(char *const *)field);
        return;
    case SETTING_TEXTS:
    case SETTING_PATHS:
        break;
    }
    json_open(j, '[');
    for (size_t i = 0; i < t->n; i++) {
        json_text(j, t->at[i]);
    }
    json_close(j, ']');
}

static void show_json(const struct readings *r, struct sink *out)
{
    struct json j;
    json_init(&j, out, 0);
    json_open(&j, '[');
    for (const struct setting *row = settings_table; row->name; row++) {
        const char *section = settings_section[row->section];
        json_open(&j, '{');
        json_kz(&j, "section", *section ? section : NULL);
        json_kz(&j, "name", row->name);
        json_key(&j, "value");
        value_json(row, &r->all, &j);
        json_kz(&j, "from", given_name[by_whom(row, r)]);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    sink_char(out, '\n');
}

/* -- diff */

static void diff_line(char mark, const struct setting *row, const struct settings *s,
                      struct sink *out)
{
    sink_fmt(out, "%c ", mark);
    name_write(row, out);
    sink_z(out, " = ");
    settings_value(row, s, out);
    sink_char(out, '\n');
}

static void diff(const struct settings *from, const struct settings *to, struct sink *out)
{
    for (const struct setting *row = settings_table; row->name; row++) {
        if (!settings_same(row, from, to)) {
            diff_line('-', row, from, out);
            diff_line('+', row, to, out);
        }
    }
}

/* -- the command */

static int run_check(const struct cli_args *a)
{
    struct settings s;
    struct plan p;
    if (!settings_read(a, &s)) {
        return CLI_USAGE;
    }
    int code = plan_make(&s, &p) ? serve_check(&p) : CLI_USAGE;
    settings_clear(&s);
    return code;
}

static int write_out(const struct cli_args *a, const struct readings *r,
                     const struct settings *other)
{
    struct out *o = malloc(sizeof *o);
    if (!o) {
        return CLI_UNFINISHED;
    }
    struct sink s = out_init(o, STDOUT_FILENO);
    if (other) {
        diff(other, &r->all, &s);
    } else if (strcmp(cli_value(a, "output", "text"), "json") == 0) {
        show_json(r, &s);
    } else {
        show_text(r, &s);
    }
    int code = out_flush(o) == ERR_OK ? CLI_OK : CLI_UNFINISHED;
    free(o);
    return code;
}

static int run_print(const struct cli_args *a, bool is_diff)
{
    struct readings r;
    struct settings other = {0};
    bool ok =
        readings_make(a, &r) && (!is_diff || a->n < 2 || settings_read_file(a->arg[1], &other));
    int code = CLI_USAGE;
    if (ok) {
        code = write_out(a, &r, !is_diff ? NULL : a->n < 2 ? &r.usual : &other);
    }
    settings_clear(&other);
    readings_clear(&r);
    return code;
}

static int run(const struct cli_args *a)
{
    const char *what = a->arg[0];
    bool is_diff = strcmp(what, "diff") == 0;
    if (a->n > (is_diff ? 2U : 1U)) {
        cli_error("config %s: '%s' is one word too many", what, a->arg[a->n - 1]);
        return CLI_USAGE;
    }
    if (strcmp(what, "check") == 0) {
        return run_check(a);
    }
    if (is_diff || strcmp(what, "show") == 0) {
        return run_print(a, is_diff);
    }
    cli_error("config knows check, show and diff, not '%s'", what);
    return CLI_USAGE;
}

const struct cli_command config_command = {
    .name = "config",
    .args = "check | show | diff [FILE]",
    .summary = "The settings of the servers: are they right, what are they, what differs",
    .text =
        "check reads configuration, accounts and certificates and says every mistake, or what "
        "would\n"
        "happen. show prints every setting, and who gave it. diff prints what differs from the\n"
        "defaults, or from another file. It takes the options of `dialtone serve`.\n",
    .examples = "  dialtone config check --config dialtone.conf\n"
                "  dialtone config show --config dialtone.conf -o json\n"
                "  dialtone config diff --config new.conf old.conf\n",
    .options = options,
    .least = 1,
    .most = 2,
    .run = run,
};
