/* One row a setting: what the configuration file may say. */
#ifndef APP_SERVE_SETTINGS_TABLE_H
#define APP_SERVE_SETTINGS_TABLE_H

#include "app/serve/settings.h"

enum settings_section {
    SETTINGS_TOP,
    SETTINGS_EDGE,
    SETTINGS_STREAM,
    SETTINGS_STATE,
    SETTINGS_HUB,
    SETTINGS_PROVISIONING,
    SETTINGS_SECTIONS
};

enum setting_kind {
    SETTING_TEXT,
    SETTING_PATH, /* a file's name: counts from the folder of the configuration file */
    SETTING_TEXTS,
    SETTING_PATHS,
    SETTING_NUMBER,
    SETTING_YES,
};

struct setting {
    enum settings_section section;
    const char *name; /* NULL ends the table */
    enum setting_kind kind;
    size_t field;     /* offset in struct settings */
    const char *text; /* default of a text; NULL: none */
    uint64_t number;  /* default of a number; 1: yes */
    uint64_t least, most;
    const char *choices; /* "a,b": only these; NULL: any */
    const char *help;
};

extern const struct setting settings_table[];
extern const char *const settings_section[SETTINGS_SECTIONS];

bool settings_choice(const char *choices, const char *value);
/* The value as the file writes it. */
void settings_value(const struct setting *row, const struct settings *s, struct sink *out);
bool settings_same(const struct setting *row, const struct settings *a, const struct settings *b);
void settings_texts_clear(struct texts *t);

#endif
