/* The picture for a terminal and for a page. */
#include "base/esc.h"
#include "flow/screen/inside.h"

static void put_cp(struct sink *out, uint32_t cp, bool html)
{
    char b[4];
    size_t n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const unsigned char heads[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1;) {
        b[i] = (char)(0x80 | (cp & 0x3f));
        cp >>= 6;
    }
    b[0] = (char)(heads[n == 1 ? 0 : n] | cp);
    if (html) {
        esc_html(out, str_of(b, n));
    } else {
        esc_term(out, str_of(b, n));
    }
}

/* Columns of a row without the blanks at its end, which are kept where they are marked. */
static size_t row_len(const struct screen_cell *row, bool marks)
{
    size_t n = SCREEN_COLUMNS;
    while (n && row[n - 1].cp == ' ' && !(marks && row[n - 1].mark)) {
        n--;
    }
    return n;
}

static void put_row(const struct screen_cell *row, size_t n, const char *const *begin,
                    const char *const *end, bool html, struct sink *out)
{
    uint8_t mark = SCREEN_PLAIN;
    for (size_t c = 0; c < n; c++) {
        if (row[c].mark != mark && begin) {
            sink_z(out, end[mark]);
            mark = row[c].mark;
            sink_z(out, begin[mark]);
        }
        if (row[c].cp) {
            put_cp(out, row[c].cp, html);
        }
    }
    if (begin) {
        sink_z(out, end[mark]);
    }
}

static void put_edge(struct sink *out, const char *left, const char *right)
{
    sink_z(out, left);
    for (size_t c = 0; c < SCREEN_COLUMNS; c++) {
        sink_z(out, "\xe2\x94\x80");
    }
    sink_z(out, right);
    sink_char(out, '\n');
}

void screen_write_text(const struct screen_image *image, unsigned how, struct sink *out)
{
    static const char *const begin[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[7m", "\x1b[7m"};
    static const char *const end[] = {"", "\x1b[0m", "\x1b[0m", "\x1b[0m", "\x1b[0m"};
    bool ansi = how & SCREEN_ANSI, box = how & SCREEN_BOX;
    if (box) {
        put_edge(out, "\xe2\x94\x8c", "\xe2\x94\x90");
    }
    for (size_t r = 0; r < SCREEN_ROWS; r++) {
        const struct screen_cell *row = image->cell[r];
        size_t n = box ? SCREEN_COLUMNS : row_len(row, ansi);
        sink_z(out, box ? "\xe2\x94\x82" : "");
        put_row(row, n, ansi ? begin : NULL, end, false, out);
        sink_z(out, box ? "\xe2\x94\x82\n" : "\n");
    }
    if (box) {
        put_edge(out, "\xe2\x94\x94", "\xe2\x94\x98");
    }
}

void screen_write_html(const struct screen_image *image, struct sink *out)
{
    static const char *const begin[] = {"", "<b>", "<small>", "<mark>", "<kbd>"};
    static const char *const end[] = {"", "</b>", "</small>", "</mark>", "</kbd>"};
    sink_z(out, "<pre class=\"screen\" tabindex=\"0\" aria-label=\"The screen\">");
    for (size_t r = 0; r < SCREEN_ROWS; r++) {
        put_row(image->cell[r], row_len(image->cell[r], true), begin, end, true, out);
        sink_char(out, '\n');
    }
    sink_z(out, "</pre>\n");
}

static void put_button(enum screen_key k, const char *text, bool off, struct sink *out)
{
    sink_fmt(out, "<button name=\"key\" value=\"%s\"%s>%s</button>\n", screen_key_name(k),
             off ? " disabled" : "", text);
}

void screen_write_keys(const struct screen_image *image, struct sink *out)
{
    static const uint8_t pad[] = {SCREEN_KEY_1, SCREEN_KEY_2,    SCREEN_KEY_3, SCREEN_KEY_4,
                                  SCREEN_KEY_5, SCREEN_KEY_6,    SCREEN_KEY_7, SCREEN_KEY_8,
                                  SCREEN_KEY_9, SCREEN_KEY_STAR, SCREEN_KEY_0, SCREEN_KEY_HASH};
    sink_z(out, "<fieldset class=\"soft\"><legend>Softkeys</legend>\n");
    for (unsigned i = 0; i < SCREEN_SOFTKEYS; i++) {
        bool off = image->soft[i][0] == '\0';
        put_button((enum screen_key)(SCREEN_KEY_SOFT1 + i), off ? "-" : image->soft[i], off, out);
    }
    sink_z(out, "</fieldset>\n<fieldset class=\"move\"><legend>Keys</legend>\n");
    for (unsigned k = SCREEN_KEY_UP; k <= SCREEN_KEY_SETTINGS; k++) {
        put_button((enum screen_key)k, screen_key_label((enum screen_key)k), false, out);
    }
    put_button(SCREEN_KEY_RELEASE, screen_key_label(SCREEN_KEY_RELEASE), false, out);
    sink_z(out, "</fieldset>\n<fieldset class=\"pad\"><legend>Digits</legend>\n");
    for (size_t i = 0; i < sizeof pad; i++) {
        put_button((enum screen_key)pad[i], screen_key_label((enum screen_key)pad[i]), false, out);
    }
    sink_z(out, "</fieldset>\n");
}
