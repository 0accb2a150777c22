/* What texts matched lately: logs say the same again and again, and comparing with a text that was
 * matched before costs a small part of matching. */
#include "flow/dissect/memo.h"

#include <stdlib.h>

enum {
    ENTRIES = 1024, /* a power of two */
    TEXT_LEAST = 8, /* bytes; matching shorter ones costs as little */
    TEXT_MOST = 96,
};

struct entry {
    const struct template_set *set;
    uint16_t row;
    uint8_t len;     /* of the text; 0: nothing is remembered */
    uint8_t covered; /* bytes of it that the template covered */
    uint8_t holes;
    bool cut;
    struct {
        uint8_t at;
        uint8_t len;
    } hole[TEMPLATE_HOLES];
    char text[TEXT_MOST];
};

struct memo {
    struct entry entry[ENTRIES];
};

struct memo *memo_new(void)
{
    return calloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
    free(m);
}

static struct entry *entry_of(struct memo *m, struct str text)
{
    uint64_t h = text.len;
    uint64_t word;
    for (size_t i = 0; i + sizeof word <= text.len; i += sizeof word) {
        memcpy(&word, text.p + i, sizeof word);
        h = (h ^ word) * 0x9E3779B97F4A7C15U;
    }
    memcpy(&word, text.p + text.len - sizeof word, sizeof word);
    h = (h ^ word) * 0x9E3779B97F4A7C15U;
    return &m->entry[h >> 32 & (ENTRIES - 1)];
}

static size_t recall(const struct entry *e, struct str text, struct template_match *ret_match)
{
    for (unsigned i = 0; i < e->holes; i++) {
        ret_match->hole[i] = str_of(text.p + e->hole[i].at, e->hole[i].len);
    }
    ret_match->len = e->covered;
    ret_match->cut = e->cut;
    return e->row;
}

static void remember(struct entry *e, const struct template_set *set, struct str text,
                     const struct line *line, size_t row, const struct template_match *match)
{
    e->set = set;
    e->row = (uint16_t)row;
    e->len = (uint8_t)text.len;
    memcpy(e->text, text.p, text.len);
    e->holes = 0;
    if (!line) {
        return;
    }
    e->covered = (uint8_t)match->len;
    e->cut = match->cut;
    for (; e->holes < line->t.n; e->holes++) {
        struct str hole = match->hole[e->holes];
        e->hole[e->holes].at = (uint8_t)(hole.p - text.p);
        e->hole[e->holes].len = (uint8_t)hole.len;
    }
}

size_t memo_match(struct memo *m, const struct lines *l, struct str tag, struct str text,
                  struct template_match *ret_match)
{
    const struct template_set *set = lines_set(l, tag);
    if (text.len < TEXT_LEAST || text.len > TEXT_MOST) {
        return lines_match_set(l, set, text, ret_match);
    }
    struct entry *e = entry_of(m, text);
    if (e->set == set && str_eq(str_of(e->text, e->len), text)) {
        return recall(e, text, ret_match);
    }
    size_t row = lines_match_set(l, set, text, ret_match);
    remember(e, set, text, row ? lines_row(l, row) : NULL, row, ret_match);
    return row;
}
