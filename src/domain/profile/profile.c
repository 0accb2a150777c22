/* The table of parameters: finding a row, judging a value. */
#include "domain/profile/profile.h"

#include <stdio.h>

const struct profile_param profile_params[] = {
#define PARAM(name, kind, usual, least, most, choices) \
    {name, PROFILE_##kind, usual, least, most, choices},
#include "domain/profile/param.def"
#undef PARAM
    {NULL, PROFILE_TEXT, NULL, 0, 0, NULL},
};
const size_t profile_params_n = sizeof profile_params / sizeof *profile_params - 1;

enum { SECONDS_MOST = 0x7fffffff, PERIODS_MOST = 64 };

const char *profile_kind_name(enum profile_kind k)
{
    static const char *const names[] = {
        [PROFILE_TEXT] = "text",       [PROFILE_YES] = "yes-no",    [PROFILE_NUMBER] = "number",
        [PROFILE_NUMBERS] = "numbers", [PROFILE_REAL] = "real",     [PROFILE_PERIODS] = "periods",
        [PROFILE_TIME] = "time",       [PROFILE_CHOICE] = "choice", [PROFILE_RULE] = "rule",
        [PROFILE_SECRET] = "secret"};
    return names[k];
}

/* -- names */

/* `name` is `pattern` with a number of one to three digits, none of them a leading 0, in place of its "n" between underscores. */
static bool is_numbered(struct str name, struct str pattern, size_t n_at, unsigned *ret_line)
{
    struct str tail = str_from(pattern, n_at + 1);
    uint64_t line = 0;
    if (!str_starts(name, str_head(pattern, n_at))) {
        return false;
    }
    struct str rest = str_from(name, n_at);
    size_t digits = str_digits(rest, &line);
    if (digits == 0 || digits > 3 || rest.p[0] == '0' || !str_eq(str_from(rest, digits), tail)) {
        return false;
    }
    *ret_line = (unsigned)line;
    return true;
}

const struct profile_param *profile_param(struct str name, unsigned *ret_line)
{
    unsigned line = 0;
    for (const struct profile_param *p = profile_params; p->name; p++) {
        struct str pattern = str_z(p->name);
        size_t n_at = str_find(pattern, STR("_n_"));
        if (n_at == STR_NPOS ? str_eq(name, pattern)
                             : is_numbered(name, pattern, n_at + 1, &line)) {
            if (ret_line) {
                *ret_line = line;
            }
            return p;
        }
    }
    return NULL;
}

bool profile_is_name(struct str name)
{
    char first = name.len ? ascii_lower(name.p[0]) : 0;
    if (first < 'a' || first > 'z' || name.len > PROFILE_NAME_MOST) {
        return false;
    }
    for (size_t i = 1; i < name.len; i++) {
        if (!ascii_alnum(name.p[i]) && name.p[i] != '_' && name.p[i] != '-' && name.p[i] != '.') {
            return false;
        }
    }
    return true;
}

bool profile_is_secret(struct str name)
{
    static const char *const parts[] = {"password", "passwd", "secret", "passphrase", "_pin"};
    const struct profile_param *p = profile_param(name, NULL);
    if (p) {
        return p->kind == PROFILE_SECRET;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (str_ifind(name, str_z(parts[i])) != STR_NPOS) {
            return true;
        }
    }
    return false;
}

/* -- values */

static bool is_number(struct str s, uint64_t least, uint64_t most)
{
    uint64_t n = 0;
    return str_u64(s, &n) && n >= least && n <= most;
}

static bool is_numbers(struct str s, uint64_t least, uint64_t most)
{
    for (struct str rest = s; rest.len;) {
        if (!is_number(str_trim(str_cut(&rest, ',')), least, most)) {
            return false;
        }
    }
    return s.len > 0 && s.p[s.len - 1] != ',';
}

static bool is_real(struct str s, uint64_t most)
{
    uint64_t whole = 0, part = 0;
    struct str rest = s;
    struct str head = str_cut(&rest, '.');
    bool point = head.len < s.len;
    return (head.len == 0 ? point : str_u64(head, &whole)) &&
           (rest.len == 0 ? head.len > 0 : rest.len <= 9 && str_u64(rest, &part)) && whole <= most;
}

static bool is_period(struct str s)
{
    struct str spread = s;
    struct str base = str_cut(&spread, '+');
    return is_number(base, 0, SECONDS_MOST) &&
           (base.len == s.len || is_number(spread, 0, SECONDS_MOST));
}

static bool is_periods(struct str s)
{
    size_t n = 0;
    for (struct str rest = s; rest.len; n++) {
        if (n == PERIODS_MOST || !is_period(str_trim(str_cut(&rest, ',')))) {
            return false;
        }
    }
    return n > 0 && s.p[s.len - 1] != ',';
}

static bool is_time(struct str s)
{
    uint64_t n = 0;
    return s.len == 4 && str_u64(s, &n) && n <= 2400 && n % 100 < 60;
}

static bool is_choice(struct str s, const char *choices)
{
    for (struct str rest = str_z(choices); rest.len;) {
        if (str_eq(str_cut(&rest, '|'), s)) {
            return true;
        }
    }
    return false;
}

static void should_be(const struct profile_param *p, char why[PROFILE_WHY])
{
    unsigned long long least = p->least, most = p->most;
    switch (p->kind) {
    case PROFILE_YES:
        (void)snprintf(why, PROFILE_WHY, "should be Yes or No");
        break;
    case PROFILE_NUMBER:
        (void)snprintf(why, PROFILE_WHY, "should be a number from %llu to %llu", least, most);
        break;
    case PROFILE_NUMBERS:
        (void)snprintf(why, PROFILE_WHY, "should be numbers from %llu to %llu with commas", least,
                       most);
        break;
    case PROFILE_REAL:
        (void)snprintf(why, PROFILE_WHY, "should be a number up to %llu, as .5 or 4", most);
        break;
    case PROFILE_PERIODS:
        (void)snprintf(why, PROFILE_WHY,
                       "should be seconds, as 3600, or 600,1200 or 2400+30 (a random part)");
        break;
    case PROFILE_TIME:
        (void)snprintf(why, PROFILE_WHY, "should be a time as 0330, four digits, up to 2400");
        break;
    case PROFILE_CHOICE:
        (void)snprintf(why, PROFILE_WHY, "should be one of %s", p->choices);
        break;
    case PROFILE_TEXT:
    case PROFILE_RULE:
    case PROFILE_SECRET:
        (void)snprintf(why, PROFILE_WHY, "must not hold control characters");
        break;
    }
}

static bool is_right(const struct profile_param *p, struct str value)
{
    switch (p->kind) {
    case PROFILE_YES:
        return str_eq(value, STR("Yes")) || str_eq(value, STR("No"));
    case PROFILE_NUMBER:
        return is_number(value, p->least, p->most);
    case PROFILE_NUMBERS:
        return is_numbers(value, p->least, p->most);
    case PROFILE_REAL:
        return is_real(value, p->most);
    case PROFILE_PERIODS:
        return is_periods(value);
    case PROFILE_TIME:
        return is_time(value);
    case PROFILE_CHOICE:
        return is_choice(value, p->choices);
    case PROFILE_TEXT:
    case PROFILE_RULE:
    case PROFILE_SECRET:
        break;
    }
    return !str_has_control(value);
}

bool profile_value_check(const struct profile_param *p, struct str value, char ret_why[PROFILE_WHY])
{
    /* A phone trims what stands around a value (docs/sources.md, MPP administration guide). */
    struct str inner = str_trim(value);
    if (inner.len == 0 || is_right(p, inner)) {
        return true;
    }
    should_be(p, ret_why);
    return false;
}
