/* Keys: through the menus, into fields, to what they ask for. */
#include "flow/screen/screen.h"

#include "flow/screen/inside.h"

enum { CODE_LONG = 16, CODE_SHORT = 4 /* '#' and at least three digits */ };

void screen_init(struct screen *s)
{
    *s = (struct screen){.depth = 0};
}

const struct screen_call *call_of(const struct screen *s, const struct screen_facts *f)
{
    const struct screen_call *stands = NULL;
    for (size_t i = 0; i < f->n_calls; i++) {
        const struct screen_call *c = &f->call[i];
        if (c->state == AGENT_RINGING && !c->outgoing) {
            return c;
        }
        if (c->state != AGENT_ENDED && !stands) {
            stands = c;
        }
    }
    return s->depth == 0 ? stands : NULL;
}

enum screen_field field_of(const struct screen *s, const struct screen_facts *f)
{
    struct item item;
    if (page_of(s) == PAGE_MAIN) {
        return f->wants_code                       ? SCREEN_FIELD_CODE
               : f->dials && f->power == SCREEN_ON ? SCREEN_FIELD_NUMBER
                                                   : SCREEN_FIELDS;
    }
    return menu_item(f, page_of(s), s->at[s->depth].row, &item) && item.row->kind == ROW_FIELD
               ? (enum screen_field)item.row->to
               : SCREEN_FIELDS;
}

bool code_is_whole(struct str code)
{
    return code.len && code.p[0] == '#' ? code.len >= CODE_SHORT : code.len == CODE_LONG;
}

/* -- softkeys */

static enum soft soft_of_call(const struct screen_call *c, size_t i)
{
    if (c->state == AGENT_RINGING && !c->outgoing) {
        return i == 0 ? SOFT_ANSWER : i == 1 ? SOFT_DECLINE : SOFT_NONE;
    }
    return i == 0 ? SOFT_END : SOFT_NONE;
}

static enum soft soft_of_main(const struct screen *s, enum screen_field field, size_t i)
{
    if (field == SCREEN_FIELDS || s->len[field] == 0) {
        return SOFT_NONE;
    }
    bool ready = field == SCREEN_FIELD_NUMBER || code_is_whole(field_str(s, field));
    switch (i) {
    case 0:
        return !ready ? SOFT_NONE : field == SCREEN_FIELD_NUMBER ? SOFT_CALL : SOFT_CODE;
    case 1:
        return SOFT_DELETE;
    case 3:
        return SOFT_CLEAR;
    }
    return SOFT_NONE;
}

static enum soft soft_of_page(const struct screen *s, const struct screen_facts *f, size_t i)
{
    const struct page_row *p = &pages[page_of(s)];
    struct item item;
    bool on = menu_item(f, page_of(s), s->at[s->depth].row, &item);
    bool opens = on && (item.row->kind == ROW_OPEN || item.row->kind == ROW_CHOICE ||
                        item.row->kind == ROW_PICK);
    switch (i) {
    case 0:
        return p->submit && (!p->ready || p->ready(s, f)) ? SOFT_SUBMIT
               : opens && !p->submit                      ? SOFT_SELECT
                                                          : SOFT_NONE;
    case 1:
        return on && item.row->kind == ROW_FIELD ? SOFT_DELETE
               : opens && p->submit              ? SOFT_SELECT
                                                 : SOFT_NONE;
    case 3:
        return SOFT_BACK;
    }
    return SOFT_NONE;
}

enum soft soft_of(const struct screen *s, const struct screen_facts *f, size_t i)
{
    const struct screen_call *c = call_of(s, f);
    return c                         ? soft_of_call(c, i)
           : page_of(s) == PAGE_MAIN ? soft_of_main(s, field_of(s, f), i)
                                     : soft_of_page(s, f, i);
}

const char *soft_text(const struct screen *s, enum soft what)
{
    static const char *const texts[SOFTS] = {"",       "Select", "Back",    "",
                                             "Delete", "Answer", "Decline", "End call",
                                             "Call",   "Cancel", "Continue"};
    if (what == SOFT_BACK && pages[page_of(s)].submit) {
        return "Cancel";
    }
    return what == SOFT_SUBMIT ? pages[page_of(s)].submit : texts[what];
}

/* -- moving about */

static void back(struct screen *s)
{
    if (s->depth) {
        s->depth--;
    }
    s->tapped = 0;
}

static void open_page(struct screen *s, const struct screen_facts *f, uint8_t page)
{
    if (s->depth + 1 < SCREEN_DEPTH) {
        s->depth++;
        s->at[s->depth].page = page;
        s->at[s->depth].row = 0;
        s->tapped = 0;
        if (pages[page].opened) {
            pages[page].opened(s, f);
        }
    }
}

static void home(struct screen *s, const struct screen_facts *f, uint8_t page)
{
    s->depth = 0;
    s->tapped = 0;
    if (page != PAGE_MAIN) {
        open_page(s, f, page);
    }
}

static void move(struct screen *s, const struct screen_facts *f, bool down)
{
    size_t n = menu_count(f, page_of(s));
    uint16_t *row = &s->at[s->depth].row;
    if (*row >= n) {
        *row = n ? (uint16_t)(n - 1) : 0;
    }
    if (n) {
        *row = (uint16_t)((*row + (down ? 1 : n - 1)) % n);
    }
    s->tapped = 0;
}

static void choose(struct screen *s, const struct screen_facts *f)
{
    struct item item;
    if (!menu_item(f, page_of(s), s->at[s->depth].row, &item)) {
        return;
    }
    switch ((enum row_kind)item.row->kind) {
    case ROW_OPEN:
    case ROW_CHOICE:
        open_page(s, f, item.row->to);
        break;
    case ROW_PICK:
        s->problem = (uint8_t)(item.i + 1);
        back(s);
        break;
    case ROW_FIELD: /* on to the next one */
        move(s, f, true);
        break;
    case ROW_SHOW:
    case ROW_EACH:
    case ROW_NOTE:
        break;
    }
}

static void submit(struct screen *s, const struct screen_facts *f, struct screen_action *ret)
{
    if (pages[page_of(s)].done(s, f, ret)) {
        back(s);
    }
}

/* -- keys */

/* The field's text goes out and is empty then; its bytes stay until the next key. */
static void send_field(struct screen *s, enum screen_field field, enum screen_do what,
                       struct screen_action *ret)
{
    ret->what = what;
    ret->text = field_str(s, field);
    s->len[field] = 0;
}

static void on_soft(struct screen *s, const struct screen_facts *f, enum soft what,
                    struct screen_action *ret)
{
    const struct screen_call *c = call_of(s, f);
    enum screen_field field = field_of(s, f);
    switch (what) {
    case SOFT_SELECT:
        choose(s, f);
        break;
    case SOFT_BACK:
        back(s);
        break;
    case SOFT_SUBMIT:
        submit(s, f, ret);
        break;
    case SOFT_DELETE:
        type_delete(s, field);
        break;
    case SOFT_CLEAR:
        field_set(s, field, STR(""));
        break;
    case SOFT_CALL:
        send_field(s, SCREEN_FIELD_NUMBER, SCREEN_DIAL, ret);
        break;
    case SOFT_CODE:
        send_field(s, SCREEN_FIELD_CODE, SCREEN_CODE, ret);
        break;
    case SOFT_ANSWER:
    case SOFT_DECLINE:
    case SOFT_END:
        ret->what = what == SOFT_ANSWER ? SCREEN_ANSWER : SCREEN_HANG_UP;
        ret->line = c ? c->line : 0;
        break;
    case SOFT_NONE:
    case SOFTS:
        break;
    }
}

/* Ends what stands; without a call the main screen comes back. */
static void on_release(struct screen *s, const struct screen_facts *f, struct screen_action *ret)
{
    const struct screen_call *c = call_of(s, f);
    if (!c) {
        struct screen at_main = {.depth = 0};
        c = call_of(&at_main, f);
    }
    if (c) {
        ret->what = SCREEN_HANG_UP;
        ret->line = c->line;
    } else {
        home(s, f, PAGE_MAIN);
        field_set(s, SCREEN_FIELD_NUMBER, STR(""));
    }
}

/* A digit types, or takes a menu's item by its number. */
static void on_digit(struct screen *s, enum screen_key key, const struct screen_facts *f)
{
    enum screen_field field = field_of(s, f);
    struct item item;
    if (field != SCREEN_FIELDS) {
        type_key(s, field, key, f->now);
    } else if (key >= SCREEN_KEY_1 && key <= SCREEN_KEY_9 && page_of(s) != PAGE_MAIN &&
               menu_item(f, page_of(s), (size_t)key - SCREEN_KEY_1, &item) &&
               item.row->kind != ROW_NOTE) {
        s->at[s->depth].row = (uint16_t)(key - SCREEN_KEY_1);
        if (item.row->kind != ROW_FIELD) {
            choose(s, f);
        }
    }
}

/* The middle key does what stands first. */
static void on_select(struct screen *s, const struct screen_facts *f, struct screen_action *ret)
{
    struct item item;
    bool on = menu_item(f, page_of(s), s->at[s->depth].row, &item);
    if (call_of(s, f) || page_of(s) == PAGE_MAIN || !on || item.row->kind == ROW_NOTE) {
        on_soft(s, f, soft_of(s, f, 0), ret);
    } else {
        choose(s, f);
    }
}

static void on_move(struct screen *s, enum screen_key key, const struct screen_facts *f)
{
    enum screen_field field = field_of(s, f);
    if (call_of(s, f)) {
        return;
    }
    if (key == SCREEN_KEY_LEFT && field != SCREEN_FIELDS) {
        type_delete(s, field);
    } else if (key == SCREEN_KEY_RIGHT) {
        s->tapped = 0; /* the next letter may be of the same key */
    } else if (key == SCREEN_KEY_UP || key == SCREEN_KEY_DOWN) {
        move(s, f, key == SCREEN_KEY_DOWN);
    }
}

void screen_on_key(struct screen *s, enum screen_key key, const struct screen_facts *f,
                   struct screen_action *ret_action)
{
    *ret_action = (struct screen_action){.what = SCREEN_NOTHING};
    s->said = NULL;
    if (key >= SCREEN_KEYS || f->power != SCREEN_ON) {
        s->depth = 0;
        return;
    }
    if (key <= SCREEN_KEY_HASH) {
        on_digit(s, key, f);
    } else if (key <= SCREEN_KEY_RIGHT) {
        on_move(s, key, f);
    } else if (key >= SCREEN_KEY_SOFT1 && key <= SCREEN_KEY_SOFT4) {
        on_soft(s, f, soft_of(s, f, (size_t)key - SCREEN_KEY_SOFT1), ret_action);
    } else if (key == SCREEN_KEY_SELECT) {
        on_select(s, f, ret_action);
    } else if (key == SCREEN_KEY_BACK) {
        back(s);
    } else if (key == SCREEN_KEY_RELEASE) {
        on_release(s, f, ret_action);
    } else {
        home(s, f, key == SCREEN_KEY_SETTINGS ? PAGE_SETTINGS : PAGE_APPLICATIONS);
    }
}

bool screen_types(const struct screen *s, const struct screen_facts *f)
{
    return f->power == SCREEN_ON && field_of(s, f) != SCREEN_FIELDS && !call_of(s, f);
}

void screen_on_text(struct screen *s, struct str text, const struct screen_facts *f)
{
    if (screen_types(s, f)) {
        type_text(s, field_of(s, f), text);
    }
}
