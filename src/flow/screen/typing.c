/* Typing by the keys of a phone: digits into dates and numbers; letters by pressing a key again and again. */
#include "flow/screen/inside.h"

enum { TAP_WAIT = 1200 * 1000 }; /* us: the same key later begins a new letter */

/* What a key gives in a field for text, in turn. The signs are those that profile rules need. */
static const char *const letters[] = {"0 ",      "1./:@_%&?=", "abc2ABC",    "def3DEF",
                                      "ghi4GHI", "jkl5JKL",    "mno6MNO",    "pqrs7PQRS",
                                      "tuv8TUV", "wxyz9WXYZ",  "*.$-()[]|!", "#,;+'\""};

void field_set(struct screen *s, enum screen_field field, struct str text)
{
    struct str fits = str_head(text, SCREEN_TEXT);
    s->len[field] = (uint16_t)fits.len;
    if (fits.len) {
        memcpy(s->text[field], fits.p, fits.len);
    }
    s->tapped = 0;
}

/* How long a field may be. */
static size_t most_of(enum screen_field field)
{
    switch (field) {
    case SCREEN_FIELD_DATE:
        return 10;
    case SCREEN_FIELD_TIME:
        return 5;
    case SCREEN_FIELD_CODE:
        return 17;
    case SCREEN_FIELD_NUMBER:
        return 32;
    case SCREEN_FIELD_RULE:
    case SCREEN_FIELDS:
        break;
    }
    return SCREEN_TEXT;
}

static void add(struct screen *s, enum screen_field field, char c)
{
    if (s->len[field] < most_of(field)) {
        s->text[field][s->len[field]++] = c;
    }
}

/* "2023-09-04", "22:51": what stands between the digits comes by itself; one more digit begins anew. */
static void add_digit(struct screen *s, enum screen_field field, char c)
{
    bool dated = field == SCREEN_FIELD_DATE || field == SCREEN_FIELD_TIME;
    if (dated && s->len[field] == most_of(field)) {
        s->len[field] = 0;
    }
    size_t at = s->len[field];
    if (field == SCREEN_FIELD_DATE && (at == 4 || at == 7)) {
        add(s, field, '-');
    } else if (field == SCREEN_FIELD_TIME && at == 2) {
        add(s, field, ':');
    }
    add(s, field, c);
}

static void tap(struct screen *s, enum screen_field field, enum screen_key key, usec_t now)
{
    const char *turn = letters[key];
    bool again = s->tapped == key + 1 && now - s->tapped_at < TAP_WAIT && s->len[field];
    unsigned next = again ? s->taps + 1U : 0;
    s->taps = (uint8_t)(turn[next] ? next : 0);
    if (again) {
        s->text[field][s->len[field] - 1] = turn[s->taps];
    } else {
        add(s, field, turn[0]);
    }
    s->tapped = (uint8_t)(key + 1);
    s->tapped_at = now;
}

static bool takes(const struct screen *s, enum screen_field field, char c)
{
    switch (field) {
    case SCREEN_FIELD_DATE:
    case SCREEN_FIELD_TIME:
        return ascii_digit(c);
    case SCREEN_FIELD_CODE: /* a short code begins with '#' */
        return ascii_digit(c) || (c == '#' && s->len[field] == 0);
    case SCREEN_FIELD_NUMBER:
        return ascii_digit(c) || c == '*' || c == '#' || (c == '+' && s->len[field] == 0);
    case SCREEN_FIELD_RULE:
        return c >= ' ' && c != 0x7f;
    case SCREEN_FIELDS:
        break;
    }
    return false;
}

void type_key(struct screen *s, enum screen_field field, enum screen_key key, usec_t now)
{
    char c = screen_key_label(key)[0];
    if (field == SCREEN_FIELD_RULE) {
        tap(s, field, key, now);
    } else if (takes(s, field, c)) {
        add_digit(s, field, c);
    }
}

void type_delete(struct screen *s, enum screen_field field)
{
    s->tapped = 0;
    /* Whole letters of UTF-8, and with a digit what stands before it by itself. */
    while (s->len[field] && ((unsigned char)s->text[field][s->len[field] - 1] & 0xc0) == 0x80) {
        s->len[field]--;
    }
    if (s->len[field]) {
        s->len[field]--;
    }
    if ((field == SCREEN_FIELD_DATE || field == SCREEN_FIELD_TIME) && s->len[field] &&
        !ascii_digit(s->text[field][s->len[field] - 1])) {
        s->len[field]--;
    }
}

void type_text(struct screen *s, enum screen_field field, struct str text)
{
    s->tapped = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if (takes(s, field, c) || (field == SCREEN_FIELD_RULE && (c & 0x80))) {
            add_digit(s, field, c);
        }
    }
}

/* Digits of `s` from `at` as a number. */
static int digits(struct str s, size_t at, size_t n)
{
    uint64_t value = 0;
    return str_u64(str_head(str_from(s, at), n), &value) ? (int)value : -1;
}

bool type_date(const struct screen *s, const struct screen_facts *f, usec_t *ret_date)
{
    struct str d = field_str(s, SCREEN_FIELD_DATE), t = field_str(s, SCREEN_FIELD_TIME);
    int year = digits(d, 0, 4), month = digits(d, 5, 2), day = digits(d, 8, 2);
    int hour = digits(t, 0, 2), minute = digits(t, 3, 2), y = 0, m = 0, back = 0;
    if (d.len != 10 || t.len != 5 || year < 1970 || month < 1 || month > 12 || day < 1 ||
        hour < 0 || hour > 23 || minute < 0 || minute > 59) {
        return false;
    }
    int64_t days = time_days(year, month, day);
    time_civil(days, &y, &m, &back);
    if (m != month || back != day) {
        return false;
    }
    *ret_date = days * USEC_DAY + (hour * 60 + minute) * 60 * USEC_S - screen_zone(f->phone);
    return true;
}
