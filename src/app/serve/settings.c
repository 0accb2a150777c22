/* The table of settings, and their file. */
#define _GNU_SOURCE /* asprintf */

#include "app/serve/settings.h"

#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/serve/settings_table.h"

#define DEFAULT_FILE "/etc/dialtone/dialtone.conf"

enum { SECTION_MOST = 24 };

/* -- libconfuse's tables out of ours */

struct tables {
    cfg_opt_t top[SECTION_MOST + SETTINGS_SECTIONS];
    cfg_opt_t section[SETTINGS_SECTIONS][SECTION_MOST];
};

static cfg_opt_t option_of(const struct setting *row)
{
    char *list = NULL;
    switch (row->kind) {
    case SETTING_NUMBER:
        return (cfg_opt_t)CFG_INT(row->name, (long)row->number, CFGF_NONE);
    case SETTING_YES:
        return (cfg_opt_t)CFG_BOOL(row->name, row->number ? cfg_true : cfg_false, CFGF_NONE);
    case SETTING_TEXTS:
    case SETTING_PATHS:
        return (cfg_opt_t)CFG_STR_LIST(row->name, list, CFGF_NONE);
    case SETTING_TEXT:
    case SETTING_PATH:
        break;
    }
    return (cfg_opt_t)CFG_STR(row->name, row->text, CFGF_NONE);
}

static void fill(struct tables *t)
{
    size_t n[SETTINGS_SECTIONS] = {0};
    size_t top = 0;
    const cfg_opt_t end = CFG_END();
    for (const struct setting *row = settings_table; row->name; row++) {
        cfg_opt_t *to = row->section == SETTINGS_TOP ? &t->top[top++]
                                                     : &t->section[row->section][n[row->section]++];
        *to = option_of(row);
    }
    for (int i = SETTINGS_TOP + 1; i < SETTINGS_SECTIONS; i++) {
        t->section[i][n[i]] = end;
        t->top[top++] = (cfg_opt_t)CFG_SEC(settings_section[i], t->section[i], CFGF_NONE);
    }
    t->top[top] = end;
}

/* -- the file */

/* What is read: libconfuse's sections do not know their file. */
static const char *reading = "";

static void tell(cfg_t *cfg, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void tell(cfg_t *cfg, const char *fmt, va_list ap)
{
    char text[512];
    (void)vsnprintf(text, sizeof text, fmt, ap);
    cli_error("%s:%d: %s", reading, cfg ? cfg->line : 0, text);
}

static const struct setting *row_of(cfg_t *cfg, const char *name)
{
    const char *section = cfg_name(cfg);
    for (const struct setting *row = settings_table; row->name; row++) {
        bool here = row->section == SETTINGS_TOP
                        ? strcmp(section, "root") == 0
                        : strcmp(section, settings_section[row->section]) == 0;
        if (here && strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* Called with each value as it is read. */
static int in_range(cfg_t *cfg, cfg_opt_t *opt)
{
    const struct setting *row = row_of(cfg, cfg_opt_name(opt));
    unsigned n = cfg_opt_size(opt);
    if (!row || n == 0) {
        return 0;
    }
    if (row->kind == SETTING_NUMBER) {
        long v = cfg_opt_getnint(opt, n - 1);
        if (v < 0 || (uint64_t)v < row->least || (uint64_t)v > row->most) {
            cfg_error(cfg, "%s: %ld is not from %llu to %llu", row->name, v,
                      (unsigned long long)row->least, (unsigned long long)row->most);
            return -1;
        }
    }
    if (row->choices && !settings_choice(row->choices, cfg_opt_getnstr(opt, n - 1))) {
        cfg_error(cfg, "%s: '%s' is none of %s", row->name, cfg_opt_getnstr(opt, n - 1),
                  row->choices);
        return -1;
    }
    if (n > SETTINGS_TEXTS) {
        cfg_error(cfg, "%s has more than %d values", row->name, SETTINGS_TEXTS);
        return -1;
    }
    return 0;
}

static void watch(cfg_t *cfg)
{
    char path[96];
    for (const struct setting *row = settings_table; row->name; row++) {
        bool top = row->section == SETTINGS_TOP;
        (void)snprintf(path, sizeof path, "%s%s%s", top ? "" : settings_section[row->section],
                       top ? "" : "|", row->name);
        (void)cfg_set_validate_func(cfg, path, in_range);
    }
}

/* A path in the file counts from the file's folder. */
static char *from_folder(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    char *full = NULL;
    if (path[0] == '/' || path[0] == 0 || !slash) {
        return strdup(path);
    }
    return asprintf(&full, "%.*s/%s", (int)(slash - file), file, path) < 0 ? NULL : full;
}

static bool take_texts(struct texts *to, cfg_opt_t *opt, const char *folder_of)
{
    unsigned n = cfg_opt_size(opt);
    settings_texts_clear(to);
    for (unsigned i = 0; i < n && i < SETTINGS_TEXTS; i++) {
        const char *v = cfg_opt_getnstr(opt, i);
        to->at[i] = folder_of ? from_folder(folder_of, v) : strdup(v);
        if (!to->at[i]) {
            return false;
        }
        to->n = i + 1;
    }
    return true;
}

static bool take(const struct setting *row, cfg_opt_t *opt, const char *file, struct settings *s)
{
    void *field = (char *)s + row->field;
    switch (row->kind) {
    case SETTING_NUMBER:
        *(uint64_t *)field = (uint64_t)cfg_opt_getnint(opt, 0);
        return true;
    case SETTING_YES:
        *(bool *)field = cfg_opt_getnbool(opt, 0) == cfg_true;
        return true;
    case SETTING_TEXTS:
    case SETTING_PATHS:
        return take_texts(field, opt, row->kind == SETTING_PATHS ? file : NULL);
    case SETTING_TEXT:
    case SETTING_PATH: {
        const char *v = cfg_opt_getnstr(opt, 0);
        char **to = field;
        free(*to);
        *to = !v ? NULL : row->kind == SETTING_PATH ? from_folder(file, v) : strdup(v);
        return !v || *to;
    }
    }
    return false;
}

static bool take_all(cfg_t *cfg, const char *file, struct settings *s)
{
    for (const struct setting *row = settings_table; row->name; row++) {
        bool top = row->section == SETTINGS_TOP;
        cfg_t *section = top ? cfg : cfg_getsec(cfg, settings_section[row->section]);
        cfg_opt_t *opt = section ? cfg_getopt(section, row->name) : NULL;
        if (!opt || !take(row, opt, file, s)) {
            cli_error("no memory");
            return false;
        }
    }
    return true;
}

bool settings_read_file(const char *file, struct settings *ret)
{
    struct tables *t = calloc(1, sizeof *t);
    cfg_t *cfg = NULL;
    *ret = (struct settings){0};
    if (t) {
        fill(t);
        cfg = cfg_init(t->top, CFGF_NONE);
    }
    if (!cfg) {
        cli_error("no memory");
        free(t);
        return false;
    }
    (void)cfg_set_error_function(cfg, tell);
    watch(cfg);
    reading = file ? file : "";
    int code = file ? cfg_parse(cfg, file) : CFG_SUCCESS;
    if (code == CFG_FILE_ERROR) {
        cli_error("%s: %s", file, strerror(errno));
    }
    bool ok = code == CFG_SUCCESS && take_all(cfg, reading, ret);
    (void)cfg_free(cfg);
    reading = "";
    free(t);
    if (!ok) {
        settings_clear(ret);
    }
    return ok;
}

/* -- the environment and the command line */

static bool text_option(const struct cli_args *a, const char *name, char **to)
{
    const char *v = cli_value(a, name, NULL);
    if (!v) {
        return true;
    }
    free(*to);
    *to = strdup(v);
    return *to != NULL;
}

static bool texts_option(const struct cli_args *a, const char *name, struct texts *to)
{
    const char *v = cli_repeated(a, name, 0);
    if (!v) {
        return true;
    }
    settings_texts_clear(to);
    for (size_t i = 0; i < SETTINGS_TEXTS && (v = cli_repeated(a, name, i)); i++) {
        to->at[i] = strdup(v);
        if (!to->at[i]) {
            return false;
        }
        to->n = i + 1;
    }
    return true;
}

static bool number_option(const struct cli_args *a, const char *name, uint64_t most, uint64_t *to)
{
    const char *v = cli_value(a, name, NULL);
    if (v && (!str_u64(str_z(v), to) || *to > most)) {
        cli_error("--%s: '%s' is no number up to %llu", name, v, (unsigned long long)most);
        return false;
    }
    return true;
}

static bool read_options(const struct cli_args *a, struct settings *s)
{
    bool ok = text_option(a, "realm", &s->realm) && text_option(a, "accounts", &s->accounts) &&
              text_option(a, "state", &s->state) && text_option(a, "profile", &s->profile) &&
              text_option(a, "user", &s->user) && text_option(a, "admin", &s->admin) &&
              text_option(a, "client-ca", &s->client_ca) &&
              texts_option(a, "domain", &s->domains) && texts_option(a, "listen", &s->listen) &&
              texts_option(a, "cert", &s->cert) && texts_option(a, "key", &s->key);
    if (!ok) {
        cli_error("no memory");
        return false;
    }
    s->edge_only = s->edge_only || cli_given(a, "edge-only");
    s->no_state = s->no_state || cli_given(a, "no-state");
    return number_option(a, "workers", 64, &s->workers) &&
           number_option(a, "drain", 3600, &s->drain);
}

const char *settings_file(const struct cli_args *a)
{
    return cli_value(a, "config", access(DEFAULT_FILE, F_OK) == 0 ? DEFAULT_FILE : NULL);
}

bool settings_read(const struct cli_args *a, struct settings *ret)
{
    if (!settings_read_file(settings_file(a), ret)) {
        return false;
    }
    if (!read_options(a, ret)) {
        settings_clear(ret);
        return false;
    }
    return true;
}
