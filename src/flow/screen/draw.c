/* The picture: rows of a page, what is marked, softkeys. */
#include "base/esc.h"
#include "flow/screen/inside.h"

enum {
    TOP = 2,                   /* first row of what a page shows */
    BOTTOM = SCREEN_ROWS - 2,  /* the row behind its last: what is said stands there */
    INSET = 2,                 /* columns left of an item: the mark */
    WIDE = SCREEN_COLUMNS - 1, /* the last column stays free */
};

static enum err room_write(void *ctx, struct str s)
{
    struct room *r = ctx;
    struct str fits = str_head(s, sizeof r->p - r->len);
    if (fits.len) {
        memcpy(r->p + r->len, fits.p, fits.len);
        r->len += fits.len;
    }
    return ERR_OK;
}

struct sink room_sink(struct room *r)
{
    r->len = 0;
    return (struct sink){.write = room_write, .ctx = r};
}

/* Columns of one code point; what a terminal would not show as one letter is shown as U+FFFD. */
static size_t columns(struct str letter, uint32_t *cp)
{
    size_t width = esc_term_width(letter);
    if (*cp < ' ' || *cp == 0x7f || width == 0 || width > 2) {
        *cp = 0xfffd;
        return 1;
    }
    return width;
}

size_t image_put(struct screen_image *image, size_t row, size_t column, size_t width,
                 struct str text, enum screen_mark mark)
{
    size_t at = 0;
    if (row >= SCREEN_ROWS || column >= SCREEN_COLUMNS) {
        return 0;
    }
    width = width < SCREEN_COLUMNS - column ? width : SCREEN_COLUMNS - column;
    while (text.len && width) {
        uint32_t cp;
        size_t n = esc_utf8(text, &cp);
        size_t wide = columns(str_head(text, n), &cp);
        bool last = text.len == n;
        if (at + wide + (last ? 0 : 1) > width) {
            image->cell[row][column + at++] = (struct screen_cell){0x2026, (uint8_t)mark};
            break;
        }
        image->cell[row][column + at] = (struct screen_cell){cp, (uint8_t)mark};
        if (wide == 2) {
            image->cell[row][column + at + 1] = (struct screen_cell){0, (uint8_t)mark};
        }
        at += wide;
        text = str_from(text, n);
    }
    return at;
}

void image_put_right(struct screen_image *image, size_t row, size_t end, size_t width,
                     struct str text, enum screen_mark mark)
{
    struct screen_image scratch;
    size_t took = image_put(&scratch, 0, 0, width < end ? width : end, text, mark);
    for (size_t i = 0; i < took; i++) {
        image->cell[row][end - took + i] = scratch.cell[0][i];
    }
}

/* -- items */

static void item_texts(const struct screen *s, const struct screen_facts *f, const struct item *it,
                       struct room *label, struct room *value)
{
    struct sink l = room_sink(label), v = room_sink(value);
    const struct row *r = it->row;
    if (r->labels) {
        r->labels(f, it->i, &l);
    } else {
        sink_z(&l, r->label);
    }
    switch ((enum row_kind)r->kind) {
    case ROW_FIELD:
        sink_str(&v, field_str(s, (enum screen_field)r->to));
        break;
    case ROW_CHOICE:
        sink_z(&v, s->problem ? screen_problems[s->problem - 1] : "-");
        break;
    case ROW_PICK:
        sink_z(&v, s->problem == it->i + 1 ? "\xe2\x9c\x93" : "");
        break;
    case ROW_SHOW:
    case ROW_EACH:
        if (r->value) {
            r->value(f, it->i, &v);
        }
        break;
    case ROW_OPEN:
    case ROW_NOTE:
        break;
    }
}

/* The bytes of `text` that fit into `width` columns; broken behind a blank where there is one. */
static size_t line_of(struct str text, size_t width)
{
    size_t at = 0, taken = 0, blank = 0;
    while (at < text.len) {
        uint32_t cp;
        size_t n = esc_utf8(str_from(text, at), &cp);
        size_t wide = columns(str_of(text.p + at, n), &cp);
        if (taken + wide > width) {
            return blank ? blank : at;
        }
        at += n;
        taken += wide;
        blank = cp == ' ' ? at : blank;
    }
    return at;
}

/* Writes `text` over several rows from `row` on; how many. NULL: only counts. */
static size_t put_lines(struct screen_image *image, size_t row, struct str text, size_t column,
                        enum screen_mark mark)
{
    size_t n = 0;
    while (text.len && n < BOTTOM - TOP) {
        size_t len = line_of(text, WIDE - column);
        if (image && row + n < BOTTOM) {
            (void)image_put(image, row + n, column, WIDE - column, str_trim(str_head(text, len)),
                            mark);
        }
        text = str_from(text, len ? len : 1);
        n++;
    }
    return n;
}

static bool fits_beside(const struct room *label, const struct room *value)
{
    return esc_term_width(room_str(label)) + esc_term_width(room_str(value)) + 2 <= WIDE - INSET;
}

/* Rows that the item takes; drawn where `image` is not NULL. */
static size_t put_item(struct screen_image *image, const struct screen *s,
                       const struct screen_facts *f, const struct item *it, size_t row, bool marked)
{
    struct room label, value;
    enum screen_mark mark = marked && it->row->kind != ROW_NOTE ? SCREEN_MARKED : SCREEN_PLAIN;
    item_texts(s, f, it, &label, &value);
    if (it->row->kind == ROW_NOTE) {
        return put_lines(image, row, room_str(&label), 1, SCREEN_PLAIN) + 1;
    }
    bool beside = fits_beside(&label, &value);
    if (image && row < BOTTOM) {
        if (mark == SCREEN_MARKED) {
            for (size_t c = 0; c < SCREEN_COLUMNS; c++) {
                image->cell[row][c] = (struct screen_cell){' ', SCREEN_MARKED};
            }
            image->cell[row][0].cp = '>';
        }
        (void)image_put(image, row, INSET, WIDE - INSET, room_str(&label), mark);
        if (beside) {
            image_put_right(image, row, WIDE, WIDE, room_str(&value), mark);
        }
    }
    return 1 + (beside ? 0 : put_lines(image, row + 1, room_str(&value), 2 * INSET, SCREEN_PLAIN));
}

/* -- pages */

/* The first item that is shown, so that the marked one is seen whole. */
static size_t first_of(const struct screen *s, const struct screen_facts *f, size_t marked)
{
    struct item it;
    size_t first = marked, taken = 0;
    for (size_t i = marked + 1; i-- > 0;) {
        if (!menu_item(f, page_of(s), i, &it)) {
            break;
        }
        taken += put_item(NULL, s, f, &it, 0, false);
        if (taken > BOTTOM - TOP && i != marked) {
            break;
        }
        first = i;
    }
    return first;
}

static void draw_page(const struct screen *s, const struct screen_facts *f,
                      struct screen_image *image)
{
    size_t n = menu_count(f, page_of(s)), marked = s->at[s->depth].row;
    struct item it;
    (void)image_put(image, 0, 1, WIDE - 10, str_z(pages[page_of(s)].title), SCREEN_STRONG);
    marked = marked < n ? marked : n ? n - 1 : 0;
    size_t row = TOP;
    for (size_t i = first_of(s, f, marked); i < n && row < BOTTOM; i++) {
        if (menu_item(f, page_of(s), i, &it)) {
            row += put_item(image, s, f, &it, row, i == marked);
        }
    }
    if (n > 1) {
        struct room room;
        struct sink out = room_sink(&room);
        sink_fmt(&out, "%zu of %zu", marked + 1, n);
        image_put_right(image, 0, WIDE, 9, room_str(&room), SCREEN_SOFT);
    }
}

static void draw_softkeys(const struct screen *s, const struct screen_facts *f,
                          struct screen_image *image)
{
    const size_t width = SCREEN_COLUMNS / SCREEN_SOFTKEYS;
    for (size_t i = 0; i < SCREEN_SOFTKEYS; i++) {
        struct str text = str_z(soft_text(s, soft_of(s, f, i)));
        memcpy(image->soft[i], text.p, text.len);
        image->soft[i][text.len] = '\0';
        if (text.len) {
            for (size_t c = 0; c + 2 < width; c++) {
                image->cell[SCREEN_ROWS - 1][i * width + 1 + c].mark = SCREEN_KEYCAP;
            }
            (void)image_put(image, SCREEN_ROWS - 1, i * width + 1 + (width - 2 - text.len) / 2,
                            width - 2, text, SCREEN_KEYCAP);
        }
    }
}

void screen_draw(const struct screen *s, const struct screen_facts *f, struct screen_image *ret)
{
    *ret = (struct screen_image){.soft = {""}};
    for (size_t r = 0; r < SCREEN_ROWS; r++) {
        for (size_t c = 0; c < SCREEN_COLUMNS; c++) {
            ret->cell[r][c].cp = ' ';
        }
    }
    if (f->power == SCREEN_OFF) {
        return;
    }
    const struct screen_call *c = call_of(s, f);
    if (f->power == SCREEN_RESTARTING) {
        (void)image_put(ret, SCREEN_ROWS / 2, 1, WIDE, STR("The phone is starting."),
                        SCREEN_STRONG);
        return;
    }
    if (c) {
        draw_call(f, c, ret);
    } else if (page_of(s) == PAGE_MAIN) {
        draw_main(s, f, ret);
    } else {
        draw_page(s, f, ret);
    }
    if (s->said) {
        (void)image_put(ret, BOTTOM, 1, WIDE - 1, str_z(s->said), SCREEN_STRONG);
    }
    draw_softkeys(s, f, ret);
}
