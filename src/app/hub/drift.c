/* A report held against the values that hold. */
#include "app/hub/drift.h"

#include <stdlib.h>

#include "proto/flat/flat.h"

enum { VALUE_MOST = 8192, DRIFT_MOST = 1000 };

/* The value that holds under that name; NULL: none is published. */
static const struct render_value *find(const struct render *r, struct str name)
{
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t at = low + (high - low) / 2;
        if (str_cmp(r->value[at].name, name) < 0) {
            low = at + 1;
        } else {
            high = at;
        }
    }
    return low < r->n && str_eq(r->value[low].name, name) ? &r->value[low] : NULL;
}

static bool differs(const struct render_value *v, struct str reported)
{
    return v && !v->secret && !str_eq(str_trim(v->value), str_trim(reported));
}

/* What stands twice counts as it stands last, as the phone takes it. False: there are too many. */
static bool put(struct drift *d, const struct render_value *v, bool other, struct str reported,
                struct arena *a)
{
    size_t i = 0;
    while (i < d->n && d->value[i].published != v) {
        i++;
    }
    if (!other) {
        if (i < d->n) {
            d->n--;
            memmove(&d->value[i], &d->value[i + 1], (d->n - i) * sizeof *d->value);
        }
        return true;
    }
    if (i == DRIFT_MOST) {
        return false;
    }
    struct str keep = arena_str(a, reported);
    d->value[i] =
        (struct drift_value){.published = v, .reported = str_of(keep.p ? keep.p : "", keep.len)};
    d->n = i < d->n ? d->n : i + 1;
    return true;
}

enum err drift_find(struct str report, const struct render *published, struct arena *a,
                    struct drift *ret)
{
    struct str name, value;
    struct err_at at;
    char *room = arena_room(a, VALUE_MOST);
    *ret = (struct drift){.value = arena_alloc(a, DRIFT_MOST * sizeof *ret->value)};
    if (!room || !ret->value) {
        return ERR_MEMORY;
    }
    if (!str_starts(str_trim(report), STR("<"))) {
        return ERR_MALFORMED;
    }
    for (;;) {
        enum err e = flat_next(&report, room, VALUE_MOST, &name, &value, &at);
        if (e != ERR_OK && e != ERR_LIMIT) {
            return e == ERR_END ? ERR_OK : ERR_MALFORMED;
        }
        const struct render_value *v = e == ERR_OK ? find(published, name) : NULL;
        if (v && !put(ret, v, differs(v, value), value, a)) {
            return ERR_OK;
        }
    }
}
