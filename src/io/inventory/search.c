/* Search: rows of the index that fit, the first of them in the wanted order. The whole index is gone through each time, which for
 * 100,000 devices takes a few milliseconds, and a heap keeps the rows of the page. */
#include "io/inventory/inside.h"

enum { KEY_MOST = 48, CURSOR_MOST = 2 * KEY_MOST + 32 };

/* What rows are ordered by: text, then number, then id. */
struct place {
    struct str text;
    uint64_t number;
    int64_t id;
};

struct pick {
    void **heap; /* the last in order stands first */
    size_t n, most;
    bool backwards;
    void (*place)(const struct find *f, int order, const void *row, struct place *ret);
    const struct find *find;
    int order;
    bool has_after;
    struct place after; /* the page begins behind it */
    char after_text[KEY_MOST];
};

static int compare(const struct place *a, const struct place *b)
{
    int order = str_cmp(a->text, b->text);
    if (order == 0) {
        order = (a->number > b->number) - (a->number < b->number);
    }
    return order ? order : (a->id > b->id) - (a->id < b->id);
}

/* Whether row `a` comes before row `b`. */
static bool before(const struct pick *p, const struct place *a, const struct place *b)
{
    int order = compare(a, b);
    return p->backwards ? order > 0 : order < 0;
}

static bool row_before(const struct pick *p, const void *a, const void *b)
{
    struct place x, y;
    p->place(p->find, p->order, a, &x);
    p->place(p->find, p->order, b, &y);
    return before(p, &x, &y);
}

static void sift_down(struct pick *p, size_t at)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= p->n) {
            return;
        }
        if (child + 1 < p->n && row_before(p, p->heap[child], p->heap[child + 1])) {
            child++;
        }
        if (!row_before(p, p->heap[at], p->heap[child])) {
            return;
        }
        void *row = p->heap[at];
        p->heap[at] = p->heap[child];
        p->heap[child] = row;
        at = child;
    }
}

static void sift_up(struct pick *p, size_t at)
{
    while (at && row_before(p, p->heap[(at - 1) / 2], p->heap[at])) {
        void *row = p->heap[at];
        p->heap[at] = p->heap[(at - 1) / 2];
        p->heap[(at - 1) / 2] = row;
        at = (at - 1) / 2;
    }
}

/* A row that fits. */
static void pick_row(struct pick *p, void *row)
{
    struct place mine, last;
    p->place(p->find, p->order, row, &mine);
    if (p->has_after && !before(p, &p->after, &mine)) {
        return;
    }
    if (p->n < p->most) {
        p->heap[p->n++] = row;
        sift_up(p, p->n - 1);
        return;
    }
    p->place(p->find, p->order, p->heap[0], &last);
    if (before(p, &mine, &last)) {
        p->heap[0] = row;
        sift_down(p, 0);
    }
}

/* Heap sort: the heap becomes a list in order. */
static void pick_sort(struct pick *p)
{
    size_t n = p->n;
    while (p->n > 1) {
        void *row = p->heap[0];
        p->heap[0] = p->heap[--p->n];
        p->heap[p->n] = row;
        sift_down(p, 0);
    }
    p->n = n;
}

/* -- cursors: "id.number.text", the text as hexadecimal digits */

static struct str cursor_write(const struct place *at, struct arena *a)
{
    char text[CURSOR_MOST + 32], hex[2 * KEY_MOST + 1];
    hex_write((const uint8_t *)at->text.p, at->text.len, hex);
    (void)snprintf(text, sizeof text, "%llx.%llx.%s", (unsigned long long)at->id,
                   (unsigned long long)at->number, hex);
    return keep(a, str_z(text));
}

static bool cursor_read(struct str s, struct pick *p)
{
    uint64_t id = 0;
    struct str first = str_cut(&s, '.'), second = str_cut(&s, '.');
    if (!str_hex64(first, &id) || id == 0 || id > INT64_MAX ||
        !str_hex64(second, &p->after.number) || s.len % 2 || s.len > 2 * KEY_MOST) {
        return false;
    }
    for (size_t i = 0; i < s.len / 2; i++) {
        int high = ascii_hex(s.p[2 * i]), low = ascii_hex(s.p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        p->after_text[i] = (char)(high << 4 | low);
    }
    p->after.id = (int64_t)id;
    p->after.text = str_of(p->after_text, s.len / 2);
    p->has_after = true;
    return true;
}

/* One row more than the page has: it tells that there is a next one. */
static enum err pick_begin(struct edit *e, struct pick *p, struct str cursor, size_t limit,
                           struct arena *a)
{
    p->most = limit + 1;
    p->heap = arena_alloc(a, p->most * sizeof *p->heap);
    if (!p->heap) {
        return out_of_memory(e);
    }
    if (cursor.len && !cursor_read(cursor, p)) {
        return refuse(e, REFUSAL_BAD_FIELD, "cursor", 0, "this is no cursor of ours");
    }
    return ERR_OK;
}

static void pick_end(struct pick *p, size_t limit, struct arena *a, struct picked *ret)
{
    pick_sort(p);
    ret->row = p->heap;
    ret->n = p->n < limit ? p->n : limit;
    ret->next = STR("");
    if (p->n > limit) {
        struct place last;
        p->place(p->find, p->order, p->heap[limit - 1], &last);
        ret->next = cursor_write(&last, a);
    }
}

/* -- owners */

static struct str piece(const struct find *f, uint32_t text, size_t len)
{
    return text ? str_head(str_of(slab_at(&f->text, text), len), KEY_MOST) : STR("");
}

static void owner_place(const struct find *f, int order, const void *row, struct place *ret)
{
    const struct find_name *n = row;
    (void)order;
    *ret = (struct place){.text = piece(f, n->text, n->name_len), .id = n->id};
}

static enum err words(struct inventory *inv, struct str q, struct find_query *ret)
{
    struct find *f = &inv->find;
    if (!find_ready(inv)) {
        return out_of_memory(&inv->edit);
    }
    f->asked++;
    if (!find_query(q, ret)) {
        return refuse(&inv->edit, REFUSAL_BAD_FIELD, "q", 0, "more than %d words, or too long",
                      FIND_WORDS);
    }
    return ERR_OK;
}

enum err pick_owners(struct inventory *inv, const struct owner_query *q, struct picked *p,
                     struct arena *a)
{
    struct find *f = &inv->find;
    struct find_query w;
    struct pick pick = {.place = owner_place, .find = f};
    enum err e = words(inv, q->q, &w);
    if (e == ERR_OK) {
        e = pick_begin(&inv->edit, &pick, q->page.cursor, p->limit, a);
    }
    for (uint32_t i = 0; e == ERR_OK && i < f->owners.used; i++) {
        struct find_name *n = rows_at(&f->owners, i);
        if (n->id && n->kind == q->kind && (q->site == 0 || n->site == q->site) &&
            find_name_fits(f, &w, n)) {
            pick_row(&pick, n);
        }
    }
    if (e == ERR_OK) {
        pick_end(&pick, p->limit, a, p);
    }
    return e;
}

/* -- devices */

static void device_place(const struct find *f, int order, const void *row, struct place *ret)
{
    const struct find_device *d = row;
    const struct find_name *owner = find_owner_of(f, d);
    *ret = (struct place){.id = d->id};
    switch ((enum device_order)order) {
    case DEVICE_BY_ID:
        break;
    case DEVICE_BY_MAC:
        ret->number = d->mac;
        break;
    case DEVICE_BY_OWNER:
        ret->text = owner ? piece(f, owner->text, owner->name_len) : STR("");
        break;
    case DEVICE_BY_MODEL:
        ret->text = piece(f, d->text, d->model_len);
        break;
    }
}

/* The query as the index compares it. */
struct wanted {
    const struct device_query *q;
    struct find_query words;
    char model_room[256];
    struct str model;
    uint64_t fragment;
    uint8_t digits;
};

static enum err want(struct inventory *inv, const struct device_query *q, struct wanted *ret)
{
    ret->q = q;
    ret->digits = 0;
    enum err e = words(inv, q->q, &ret->words);
    if (e == ERR_OK && q->mac.len && !find_fragment(q->mac, &ret->fragment, &ret->digits)) {
        e = refuse(&inv->edit, REFUSAL_BAD_FIELD, "mac", 0,
                   "a part of a MAC address is up to twelve hexadecimal digits");
    }
    ret->model = str_of(ret->model_room, fold(q->model, ret->model_room, sizeof ret->model_room));
    return e;
}

static bool mac_fits(const struct wanted *w, uint64_t mac)
{
    uint64_t mask = ((uint64_t)1 << 4 * w->digits) - 1;
    if (w->digits == 0) {
        return true;
    }
    if (mac == FIND_NO_MAC) {
        return false;
    }
    if (w->q->mac_prefix) {
        return mac >> (48 - 4 * w->digits) == w->fragment;
    }
    return w->q->mac_suffix ? (mac & mask) == w->fragment
                            : find_mac_has(mac, w->fragment, w->digits);
}

static bool fits(struct find *f, const struct wanted *w, const struct find_device *d)
{
    const struct device_query *q = w->q;
    const struct find_name *site = find_site_of(f, d), *owner = find_owner_of(f, d);
    if (d->id == 0 || (q->site && (!site || site->id != q->site)) ||
        (q->owner && (!owner || owner->id != q->owner)) || !mac_fits(w, d->mac)) {
        return false;
    }
    if (w->model.len &&
        !str_eq(d->text ? str_of(slab_at(&f->text, d->text), d->model_len) : STR(""), w->model)) {
        return false;
    }
    if (!find_fits(f, &w->words, d)) {
        return false;
    }
    struct mac mac = mac_of((int64_t)d->mac);
    return !q->wanted || q->wanted(q->ctx, d->id, d->mac == FIND_NO_MAC ? NULL : &mac);
}

static enum err pick_devices(struct inventory *inv, const struct device_query *q,
                             struct picked *ret, uint64_t *ret_count, struct arena *a)
{
    struct find *f = &inv->find;
    struct wanted w;
    struct pick p = {
        .place = device_place, .find = f, .order = (int)q->order, .backwards = q->backwards};
    enum err e = want(inv, q, &w);
    if (e == ERR_OK) {
        e = pick_begin(&inv->edit, &p, q->page.cursor, ret->limit, a);
    }
    if (e != ERR_OK) {
        return e;
    }
    uint64_t count = 0;
    for (uint32_t i = 0; i < f->devices.used; i++) {
        struct find_device *d = rows_at(&f->devices, i);
        if (fits(f, &w, d)) {
            pick_row(&p, d);
            count++;
        }
    }
    *ret_count = count;
    pick_end(&p, ret->limit, a, ret);
    return ERR_OK;
}

static enum err read_picked(struct edit *e, const struct picked *p, struct arena *a,
                            struct device **ret, size_t *ret_n)
{
    struct device *list = arena_alloc(a, (p->n + 1) * sizeof *list);
    size_t n = 0;
    if (!list) {
        return out_of_memory(e);
    }
    for (size_t i = 0; i < p->n; i++) {
        const struct find_device *d = p->row[i];
        enum err err = device_read(e, d->id, a, &list[n]);
        if (err != ERR_OK) {
            return err;
        }
        n++;
    }
    *ret = list;
    *ret_n = n;
    return ERR_OK;
}

enum err inventory_devices(struct inventory *inv, const struct device_query *q, struct arena *a,
                           struct device **ret, size_t *ret_n, struct str *ret_next,
                           uint64_t *ret_count, struct refusal *reterr)
{
    struct picked picked = {.limit = page_limit(&q->page)};
    uint64_t count = 0;
    struct edit *e = read_begin(inv, reterr);
    if (!e) {
        return edit_not_begun(reterr);
    }
    enum err err = pick_devices(inv, q, &picked, &count, a);
    if (err == ERR_OK) {
        err = read_picked(e, &picked, a, ret, ret_n);
    }
    err = read_end(inv, err);
    if (err == ERR_OK) {
        *ret_next = picked.next;
        if (ret_count) {
            *ret_count = count;
        }
    }
    return err;
}

void inventory_device_each(struct inventory *inv,
                           void (*each)(void *ctx, int64_t id, const struct mac *mac, int64_t site),
                           void *ctx)
{
    const struct find *f = &inv->find;
    for (uint32_t i = 0; find_ready(inv) && i < f->devices.used; i++) {
        const struct find_device *d = rows_at(&f->devices, i);
        const struct find_name *site = find_site_of(f, d);
        struct mac mac = mac_of((int64_t)d->mac);
        if (d->id) {
            each(ctx, d->id, d->mac == FIND_NO_MAC ? NULL : &mac, site ? site->id : 0);
        }
    }
}
