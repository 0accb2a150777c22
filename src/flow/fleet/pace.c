/* Reading a pace and inverting it. */
#include "flow/fleet/pace.h"

enum { RATE_MOST = 1000000, DAYS_MOST = 100 };

/* -- reading */

static bool read_rate(struct str s, double *ret)
{
    uint64_t n = 0;
    if (!str_u64(s, &n) || n > RATE_MOST) {
        return false;
    }
    *ret = (double)n;
    return true;
}

bool pace_time(struct str text, usec_t *ret)
{
    static const struct {
        const char *unit;
        usec_t length;
    } units[] = {{"ms", USEC_MS}, {"s", USEC_S}, {"m", 60 * USEC_S}, {"h", 3600 * USEC_S}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint64_t n = 0;
        struct str unit = str_z(units[i].unit);
        if (str_ends(text, unit) && str_u64(str_head(text, text.len - unit.len), &n)) {
            *ret = n <= (uint64_t)(DAYS_MOST * USEC_DAY / units[i].length)
                       ? (usec_t)n * units[i].length
                       : -1;
            return *ret >= 0;
        }
    }
    return false;
}

/* What is wrong with it, or NULL. */
static const char *read_step(struct str s, struct pace_step *ret)
{
    *ret = (struct pace_step){.length = USEC_NONE};
    if (str_eq(s, STR("storm"))) {
        ret->storm = true;
        return NULL;
    }
    size_t colon = str_chr(s, ':');
    struct str rates = colon == STR_NPOS ? s : str_head(s, colon);
    struct str from = str_cut(&rates, '-');
    if (!read_rate(from, &ret->from)) {
        return "a rate is a whole number of phones a second, 1000000 at most, or \"storm\"";
    }
    ret->to = ret->from;
    if (rates.len && !read_rate(rates, &ret->to)) {
        return "the rate behind the hyphen is no whole number, 1000000 at most";
    }
    if (colon != STR_NPOS &&
        (!pace_time(str_from(s, colon + 1), &ret->length) || ret->length == 0)) {
        return "behind the colon stands how long, as 90s, 2m or 1h";
    }
    if (ret->length == USEC_NONE && ret->from != ret->to) {
        return "a rate that changes needs a time: 0-500:60s";
    }
    return NULL;
}

enum err pace_read(struct str text, struct pace *ret, struct err_at *reterr_at)
{
    struct pace p = {.n = 0};
    struct str rest = text;
    do {
        size_t at = text.len - rest.len;
        struct str s = str_trim(str_cut(&rest, ','));
        if (p.n == PACE_STEPS) {
            *reterr_at = (struct err_at){.offset = at, .what = "too many steps"};
            return ERR_LIMIT;
        }
        const char *what = read_step(s, &p.step[p.n]);
        bool open = p.step[p.n].length == USEC_NONE;
        if (!what && open && rest.len) {
            what = "only the last step may be without a time";
        }
        if (!what && open && !p.step[p.n].storm && p.step[p.n].from == 0) {
            what = "a rate of 0 needs a time";
        }
        if (what) {
            *reterr_at = (struct err_at){.offset = at, .what = what};
            return ERR_MALFORMED;
        }
        p.n++;
    } while (rest.len);
    *ret = p;
    return ERR_OK;
}

/* -- due times */

/* By Newton's method, which doubles the right digits with each round. */
static double square_root(double x)
{
    double r = x > 1 ? x : 1;
    for (int i = 0; i < 60 && r * r - x > x * 1e-12; i++) {
        r = (r + x / r) / 2;
    }
    return x > 0 ? r : 0;
}

/* Phones that have begun `t` seconds after the start of the step. */
static double begun(const struct pace_step *s, double t)
{
    double length = (double)s->length / USEC_S;
    double change = s->length == USEC_NONE ? 0 : (s->to - s->from) / length;
    return s->from * t + change * t * t / 2;
}

/* Seconds into the step until `n` have begun, fewer than in all of it: from*t + change*t^2/2 = n, in the form that stands a change
 * of 0. */
static double until(const struct pace_step *s, double n)
{
    double length = (double)s->length / USEC_S;
    double change = s->length == USEC_NONE ? 0 : (s->to - s->from) / length;
    double root = square_root(s->from * s->from + 2 * change * n);
    return s->from + root > 0 ? 2 * n / (s->from + root) : 0;
}

usec_t pace_due(const struct pace *p, uint64_t k)
{
    usec_t at = 0;
    double left = (double)k;
    for (size_t i = 0; i < p->n; i++) {
        const struct pace_step *s = &p->step[i];
        if (s->storm) {
            return at;
        }
        double all = s->length == USEC_NONE ? 0 : begun(s, (double)s->length / USEC_S);
        if (left < all || s->length == USEC_NONE) {
            return at + (usec_t)(until(s, left) * USEC_S + 0.5);
        }
        left -= all;
        at += s->length;
    }
    return USEC_NONE;
}
