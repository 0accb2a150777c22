/* Versions of firmware: [prefix "."] major "-" minor "-" micro [ "-" build ], micro as "2MPP0001". Compared from the left; inside an element
 * digits count first, then letters. The documents say both that the build counts and that it is passed over: here it counts where both
 * have one. */
#include "domain/rule/rule.h"

enum { PARTS = 4 };

struct version {
    struct str part[PARTS]; /* major, minor, micro, build */
    size_t n;
};

static bool read_version(struct str s, struct version *ret)
{
    size_t dot = str_chr(s, '.');
    uint64_t n = 0;
    struct str rest = dot == STR_NPOS ? s : str_from(s, dot + 1);
    ret->n = 0;
    if (str_ends(rest, STR(".loads"))) {
        rest.len -= 6;
    }
    while (rest.len && ret->n < PARTS - 1) {
        ret->part[ret->n++] = str_cut(&rest, '-');
    }
    if (rest.len) {
        ret->part[ret->n++] = rest;
    }
    if (ret->n < 3 || !str_u64(ret->part[0], &n) || !str_u64(ret->part[1], &n)) {
        return false;
    }
    for (size_t i = 0; i < ret->part[2].len; i++) {
        if (!ascii_alnum(ret->part[2].p[i])) {
            return false;
        }
    }
    return str_digits(ret->part[2], &n) > 0;
}

static int compare_part(struct str a, struct str b)
{
    uint64_t x = 0, y = 0;
    size_t n = str_digits(a, &x), m = str_digits(b, &y);
    if (x != y) {
        return x < y ? -1 : 1;
    }
    int c = str_cmp(str_from(a, n), str_from(b, m));
    return c < 0 ? -1 : c > 0;
}

bool rule_version_compare(struct str a, struct str b, int *ret)
{
    struct version x, y;
    if (!read_version(a, &x) || !read_version(b, &y)) {
        return false;
    }
    int c = 0;
    size_t n = x.n < y.n ? x.n : y.n;
    for (size_t i = 0; i < n && c == 0; i++) {
        c = compare_part(x.part[i], y.part[i]);
    }
    *ret = c;
    return true;
}
