/* Settings of a phone: rows of the pool in the order of their names. */
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "domain/phone/inside.h"
#include "domain/profile/profile.h"

/* Where `name` stands, or would. */
static bool find(const struct phone *p, struct str name, size_t *ret_at)
{
    size_t low = 0, high = p->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(pool_name(p->pool, p->setting[middle]), name);
        if (order == 0) {
            *ret_at = middle;
            return true;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_at = low;
    return false;
}

static struct str usual(struct str name)
{
    const struct profile_param *param = profile_param(name, NULL);
    return param ? str_z(param->usual) : STR("");
}

struct str phone_get(const struct phone *p, struct str name)
{
    size_t at = 0;
    return find(p, name, &at) ? pool_value(p->pool, p->setting[at]) : usual(name);
}

bool phone_has(const struct phone *p, struct str name)
{
    size_t at = 0;
    return find(p, name, &at);
}

static struct str line_name(const char *name, unsigned line, char room[PROFILE_NAME_MOST])
{
    int n = snprintf(room, PROFILE_NAME_MOST, "%s_%u_", name, line);
    return str_of(room, n > 0 && n < PROFILE_NAME_MOST ? (size_t)n : 0);
}

struct str phone_of_line(const struct phone *p, const char *name, unsigned line)
{
    char room[PROFILE_NAME_MOST];
    return phone_get(p, line_name(name, line, room));
}

static bool is_yes(const struct phone *p, struct str name)
{
    struct str value = phone_get(p, name);
    return str_ieq(value.len ? value : usual(name), STR("Yes"));
}

static uint64_t number(const struct phone *p, struct str name)
{
    uint64_t n = 0;
    if (!str_u64(phone_get(p, name), &n) && !str_u64(usual(name), &n)) {
        n = 0;
    }
    return n;
}

bool phone_yes(const struct phone *p, const char *name)
{
    return is_yes(p, str_z(name));
}

uint64_t phone_number(const struct phone *p, const char *name)
{
    return number(p, str_z(name));
}

bool phone_line_yes(const struct phone *p, const char *name, unsigned line)
{
    char room[PROFILE_NAME_MOST];
    return is_yes(p, line_name(name, line, room));
}

uint64_t phone_line_number(const struct phone *p, const char *name, unsigned line)
{
    char room[PROFILE_NAME_MOST];
    return number(p, line_name(name, line, room));
}

static enum err grow(struct phone *p)
{
    if (p->n < p->room) {
        return ERR_OK;
    }
    if (p->n >= PHONE_SETTINGS_MOST) {
        return ERR_LIMIT;
    }
    uint16_t room = (uint16_t)(p->room + p->room / 4 + 16);
    uint32_t *more = realloc(p->setting, room * sizeof *more);
    if (!more) {
        return ERR_MEMORY;
    }
    p->setting = more;
    p->room = room;
    return ERR_OK;
}

enum err phone_set(struct phone *p, struct str name, struct str value, bool *ret_changed)
{
    size_t at = 0;
    uint32_t row = 0;
    if (!profile_is_name(name)) {
        return ERR_USAGE;
    }
    enum err err = pool_intern(p->pool, name, value, &row);
    if (err) {
        return err;
    }
    bool changed = !str_eq(phone_get(p, name), value);
    if (!find(p, name, &at)) {
        err = grow(p);
        if (err) {
            return err;
        }
        memmove(p->setting + at + 1, p->setting + at, (p->n - at) * sizeof *p->setting);
        p->n++;
    }
    p->setting[at] = row;
    *ret_changed = changed;
    return ERR_OK;
}

bool phone_setting(const struct phone *p, size_t i, struct str *ret_name, struct str *ret_value)
{
    if (i >= p->n) {
        return false;
    }
    *ret_name = pool_name(p->pool, p->setting[i]);
    *ret_value = pool_value(p->pool, p->setting[i]);
    return true;
}

uint64_t phone_period(struct str list, unsigned step, uint64_t *random)
{
    struct str rest = str_trim(list), item = STR("");
    uint64_t base = 0, spread = 0;
    for (unsigned i = 0; rest.len && i <= step; i++) {
        item = str_trim(str_cut(&rest, ','));
    }
    struct str more = item;
    struct str head = str_trim(str_cut(&more, '+'));
    bool has_more = head.len < item.len;
    if (!str_u64(head, &base) || base > INT32_MAX ||
        (has_more && (!str_u64(str_trim(more), &spread) || spread > INT32_MAX))) {
        return 0;
    }
    return base + (spread ? random_below(random, (uint32_t)spread + 1) : 0);
}
