/* Pseudonyms of addresses: a tree of their prefixes, in which children are numbered as they come.
 * A number keeps how many digits it has, so that every spelling keeps its length. */
#include "flow/redact/address.h"

/* The numbers that have `digits` digits. */
struct range {
    uint32_t from, n;
};

static struct range range4(unsigned width)
{
    static const struct range ranges[] = {{0, 1}, {0, 10}, {10, 90}, {100, 156}};
    return ranges[width];
}

static struct range range6(unsigned width)
{
    static const struct range ranges[] = {
        {0, 1}, {1, 15}, {0x10, 0xf0}, {0x100, 0xf00}, {0x1000, 0xf000}};
    return ranges[width];
}

static unsigned width_of(unsigned n, unsigned base)
{
    unsigned width = 0;
    for (; n > 0; n /= base) {
        width++;
    }
    return base == 10 && width == 0 ? 1 : width;
}

/* The number of the prefix `key` among those of its width below `parent`; new ones get the next. */
static enum err numbered(struct values *t, struct str key, struct str parent, bool *ret_new,
                         uint32_t *ret_prefix, uint32_t *ret_number)
{
    uint32_t counter = 0;
    *ret_prefix = values_find(t, VALUE_PREFIX, key);
    *ret_new = *ret_prefix == 0;
    if (!*ret_new) {
        *ret_number = t->v[*ret_prefix].number;
        return ERR_OK;
    }
    enum err e = values_add(t, VALUE_COUNTER, REDACT_CLASSES, parent, 0, &counter);
    if (e == ERR_OK) {
        e = values_add(t, VALUE_PREFIX, REDACT_CLASSES, key, 0, ret_prefix);
    }
    if (e == ERR_OK) {
        *ret_number = t->v[counter].number++;
    }
    return e;
}

/* First numbers, by number of digits: documentation ranges where the rest of the address fits into
 * them, then reserved space, then space that is hardly ever seen in the Internet. */
static uint8_t first_octet(const struct address_seen *seen, const uint8_t a[4], uint32_t k)
{
    static const uint8_t one[] = {6, 7, 9, 3, 4, 1, 2, 5, 8};
    static const uint8_t two[] = {11, 21, 22, 26, 28, 29, 30, 33, 55, 19, 48, 53, 56, 57};
    unsigned width = width_of(a[0], 10), w1 = width_of(a[1], 10), w2 = width_of(a[2], 10);
    uint8_t doc = w1 == 1 && w2 == 3 ? 203 : w1 == 2 && w2 == 3 ? 198 : 0;
    if (width == 3 && doc && !seen->first[doc] && k == 0) {
        return doc;
    }
    struct range r = range4(width);
    for (uint32_t tries = 0, free = 0; tries < r.n + 16; tries++) {
        unsigned n = r.from + tries % r.n;
        if (width == 3) {
            n = tries < 16 ? 240 + tries : 100 + (tries - 16) % 124;
        } else if (width == 2 && tries < sizeof two) {
            n = two[tries];
        } else if (width == 1) {
            n = one[tries % sizeof one];
        }
        const uint8_t probe[4] = {(uint8_t)n, 255, 255, 1};
        if ((n >= 240 || address_public4(probe)) && !seen->first[n] && free++ == k) {
            return (uint8_t)n;
        }
    }
    return (uint8_t)(r.from + k % (width == 3 ? 26 : r.n));
}

/* Where numbering starts below a documentation prefix. */
static uint32_t start4(const uint8_t *path, size_t depth, unsigned width)
{
    if (depth == 1) {
        return path[0] == 198 && width == 2 ? 41 : 0;
    }
    if (depth == 2) {
        return path[0] == 203 && path[1] == 0 && width == 3 ? 13 : 0;
    }
    return depth == 3 && width == 1 ? 1 : 0;
}

static enum err pseudonym4(struct values *t, const struct address_seen *seen, const uint8_t a[4],
                           uint8_t out[4])
{
    for (size_t d = 0; d < 4; d++) {
        unsigned width = width_of(a[d], 10);
        char key[8] = {4, (char)d}, parent[8] = {4, (char)d, (char)width};
        uint32_t prefix = 0, k = 0;
        bool fresh = false;
        memcpy(key + 2, a, d + 1);
        memcpy(parent + 3, a, d);
        enum err e = numbered(t, str_of(key, d + 3), str_of(parent, d + 3), &fresh, &prefix, &k);
        if (e != ERR_OK) {
            return e;
        }
        if (fresh) {
            struct range r = range4(width);
            t->v[prefix].number =
                d == 0 ? first_octet(seen, a, k) : r.from + (k + start4(out, d, width)) % r.n;
        }
        out[d] = (uint8_t)t->v[prefix].number;
    }
    return ERR_OK;
}

/* The first two groups together: 2001:db8 for the first that fits, 3fff:0 to 3fff:fff. */
static uint32_t first_groups(const struct address_seen *seen, unsigned width, uint32_t k)
{
    if (width >= 3 && k == 0 && !seen->doc6) {
        return 0x20010db8;
    }
    struct range r = range6(width < 4 ? width : 3);
    return 0x3fff0000 | (r.from + k % r.n);
}

static enum err pseudonym6(struct values *t, const struct address_seen *seen, const uint8_t a[16],
                           uint8_t out[16])
{
    memset(out, 0, 16);
    for (size_t g = 1; g < 8; g++) {
        unsigned own = (unsigned)(a[2 * g] << 8 | a[2 * g + 1]);
        unsigned width = width_of(own, 16);
        char key[20] = {6, (char)g}, parent[20] = {6, (char)g, (char)width};
        uint32_t prefix = 0, k = 0;
        bool fresh = false;
        size_t above = g == 1 ? 0 : 2 * g;
        memcpy(key + 2, a, 2 * g + 2);
        memcpy(parent + 3, a, above);
        enum err e =
            numbered(t, str_of(key, 2 * g + 4), str_of(parent, above + 3), &fresh, &prefix, &k);
        if (e != ERR_OK) {
            return e;
        }
        struct range r = range6(width);
        if (fresh) {
            t->v[prefix].number = g == 1 ? first_groups(seen, width, k) : r.from + k % r.n;
        }
        uint32_t n = t->v[prefix].number;
        if (g == 1) {
            out[0] = (uint8_t)(n >> 24);
            out[1] = (uint8_t)(n >> 16);
        }
        out[2 * g] = (uint8_t)(n >> 8);
        out[2 * g + 1] = (uint8_t)n;
    }
    return ERR_OK;
}

enum err address_pseudonym(struct values *t, const struct address_seen *seen, uint32_t i)
{
    char out[16];
    uint8_t a[16], p[16];
    size_t len = t->v[i].text.len;
    memcpy(a, t->v[i].text.p, len);
    enum err e = t->v[i].kind == VALUE_IP4 ? pseudonym4(t, seen, a, p) : pseudonym6(t, seen, a, p);
    if (e != ERR_OK) {
        return e;
    }
    memcpy(out, p, len);
    t->v[i].pseudo = arena_alloc(&t->arena, len);
    if (!t->v[i].pseudo) {
        return ERR_MEMORY;
    }
    memcpy(t->v[i].pseudo, out, len);
    return ERR_OK;
}
