/* Inside the module: menus as tables, and what draws and types. */
#ifndef FLOW_SCREEN_INSIDE_H
#define FLOW_SCREEN_INSIDE_H

#include "flow/screen/screen.h"

enum page {
    PAGE_MAIN,
    PAGE_APPLICATIONS,
    PAGE_SETTINGS,
    PAGE_STATUS,
    PAGE_NETWORK,
    PAGE_IPV4,
    PAGE_PRODUCT,
    PAGE_PHONE,
    PAGE_LINES,
    PAGE_PROVISIONING,
    PAGE_REBOOTS,
    PAGE_REPORT,
    PAGE_PROBLEM,
    PAGE_LAST_REPORT,
    PAGE_ADMIN,
    PAGE_RULE,
    PAGE_RESTART,
    PAGE_RESET,
    PAGES
};

/* A text of fixed room: what does not fit is left out. */
enum { ROOM = 512 };
struct room {
    char p[ROOM];
    size_t len;
};
struct sink room_sink(struct room *r);
static inline struct str room_str(const struct room *r)
{
    return str_of(r->p, r->len);
}

enum row_kind {
    ROW_OPEN,   /* a page: `to` */
    ROW_SHOW,   /* label and value */
    ROW_EACH,   /* count() of them, label and value by their index */
    ROW_FIELD,  /* `to` is typed into */
    ROW_CHOICE, /* as ROW_OPEN, with what is chosen there as its value */
    ROW_PICK,   /* count() of them: one is chosen */
    ROW_NOTE,   /* a sentence */
};

struct row {
    uint8_t page;
    uint8_t kind; /* enum row_kind */
    uint8_t to;   /* enum page or enum screen_field */
    const char *label;
    bool (*shown)(const struct screen_facts *f);   /* NULL: always */
    size_t (*count)(const struct screen_facts *f); /* ROW_EACH, ROW_PICK */
    void (*labels)(const struct screen_facts *f, size_t i, struct sink *out); /* NULL: label */
    void (*value)(const struct screen_facts *f, size_t i, struct sink *out);  /* NULL: none */
};

struct page_row {
    const char *title;
    const char *submit; /* softkey 1, once `ready`; NULL: nothing is submitted */
    bool (*ready)(const struct screen *s, const struct screen_facts *f); /* NULL: always */
    void (*opened)(struct screen *s, const struct screen_facts *f);      /* NULL: nothing */
    /* False: s->said tells why not. */
    bool (*done)(struct screen *s, const struct screen_facts *f, struct screen_action *ret);
};

extern const struct row menu[];
extern const size_t menu_n;
extern const struct page_row pages[PAGES];

/* One row of the page as it is now. */
struct item {
    const struct row *row;
    size_t i; /* of ROW_EACH and ROW_PICK */
};
/* The row at `nth` of those that are shown; false behind the last. */
bool menu_item(const struct screen_facts *f, uint8_t page, size_t nth, struct item *ret);
size_t menu_count(const struct screen_facts *f, uint8_t page);

static inline uint8_t page_of(const struct screen *s)
{
    return s->at[s->depth].page;
}
/* The field that is typed into; SCREEN_FIELDS: none. */
enum screen_field field_of(const struct screen *s, const struct screen_facts *f);
static inline struct str field_str(const struct screen *s, enum screen_field field)
{
    return str_of(s->text[field], s->len[field]);
}
void field_set(struct screen *s, enum screen_field field, struct str text);

/* The call that the screen is about: one that rings here, or, on the main screen, any; NULL. */
const struct screen_call *call_of(const struct screen *s, const struct screen_facts *f);

/* -- typing.c */
/* A digit, '*' or '#' in that field. */
void type_key(struct screen *s, enum screen_field field, enum screen_key key, usec_t now);
void type_delete(struct screen *s, enum screen_field field);
void type_text(struct screen *s, enum screen_field field, struct str text);
/* UTC of the fields date and time. False: there is no such day or hour. */
bool type_date(const struct screen *s, const struct screen_facts *f, usec_t *ret_date);

/* -- softkeys */
enum soft {
    SOFT_NONE,
    SOFT_SELECT,
    SOFT_BACK,
    SOFT_SUBMIT,
    SOFT_DELETE,
    SOFT_ANSWER,
    SOFT_DECLINE,
    SOFT_END,
    SOFT_CALL,
    SOFT_CLEAR,
    SOFT_CODE,
    SOFTS
};
/* What softkey `i` does now. */
enum soft soft_of(const struct screen *s, const struct screen_facts *f, size_t i);
const char *soft_text(const struct screen *s, enum soft what);

/* -- main.c */
bool code_is_whole(struct str code);
void draw_main(const struct screen *s, const struct screen_facts *f, struct screen_image *image);
void draw_call(const struct screen_facts *f, const struct screen_call *c,
               struct screen_image *image);

/* -- draw.c: text into cells, cut with an ellipsis where `width` columns are too few; the columns that it took. */
size_t image_put(struct screen_image *image, size_t row, size_t column, size_t width,
                 struct str text, enum screen_mark mark);
/* Ends in front of column `end`. */
void image_put_right(struct screen_image *image, size_t row, size_t end, size_t width,
                     struct str text, enum screen_mark mark);

#endif
