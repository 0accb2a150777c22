/* The reader of our own text files. */
#include "base/conf.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_MOST = 4096 };

void conf_init(struct conf *c, struct str file, struct str text, struct conf_error *error)
{
    *c = (struct conf){.file = file, .rest = text, .error = error};
    *error = (struct conf_error){.file = file};
}

enum err conf_fail(struct conf *c, const char *fmt, ...)
{
    va_list ap;
    c->error->file = c->file;
    c->error->line = c->line;
    va_start(ap, fmt);
    (void)vsnprintf(c->error->what, sizeof c->error->what, fmt, ap);
    va_end(ap);
    return ERR_MALFORMED;
}

/* The line without its comment: a # at its start or behind a blank, outside quotes. */
static struct str without_comment(struct str line)
{
    bool quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        char c = line.p[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == '#' && !quoted && (i == 0 || line.p[i - 1] == ' ')) {
            return str_head(line, i);
        }
    }
    return line;
}

enum err conf_line(struct conf *c)
{
    while (c->rest.len) {
        struct str line = str_cut(&c->rest, '\n');
        c->line++;
        if (line.len && line.p[line.len - 1] == '\r') {
            line.len--;
        }
        if (line.len > LINE_MOST) {
            return conf_fail(c, "the line is longer than %d bytes", LINE_MOST);
        }
        for (size_t i = 0; i < line.len; i++) {
            unsigned char b = (unsigned char)line.p[i];
            if (b < 0x20 && b != '\t') {
                return conf_fail(c, "a control character (0x%02X) stands at byte %zu", b, i + 1);
            }
        }
        struct str text = str_trim(without_comment(line));
        if (text.len) {
            c->indented = line.p[0] == ' ' || line.p[0] == '\t';
            c->text = text;
            return ERR_OK;
        }
    }
    return ERR_END;
}

static enum err quoted(struct conf *c, struct arena *a, struct str *ret_word)
{
    struct str raw = str_from(c->text, 1);
    char *out = arena_alloc(a, raw.len + 1);
    size_t n = 0;
    if (!out) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.p[i] == '"') {
            c->text = str_from(raw, i + 1);
            *ret_word = str_of(out, n);
            return ERR_OK;
        }
        if (raw.p[i] == '\\' && i + 1 < raw.len) {
            i++;
        }
        out[n++] = raw.p[i];
    }
    return conf_fail(c, "a closing quotation mark is missing");
}

enum err conf_word(struct conf *c, struct arena *a, struct str *ret_word)
{
    c->text = str_trim(c->text);
    if (c->text.len == 0) {
        return ERR_END;
    }
    if (c->text.p[0] == '"') {
        return quoted(c, a, ret_word);
    }
    *ret_word = str_word(&c->text);
    return ERR_OK;
}
