/* Inputs into groups, groups into pieces, pieces in order. */
#include "app/gather/gather.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/gather/hold.h"
#include "app/gather/order.h"

const struct gather_options gather_options_usual = {
    .archive = {.expanded = (uint64_t)16 << 30,
                .ratio_from = (uint64_t)64 << 20,
                .ratio = 300,
                .members = 100000,
                .depth = ARCHIVE_DEPTH},
    .hold_each = (size_t)8 << 20,
    .hold_all = (size_t)24 << 20,
};

struct gather_item {
    struct gather_input in;
    size_t given;      /* index of the path on the command line */
    bool found;        /* in a folder, rather than named */
    size_t folder_len; /* of the path: the folder it stands in */
    uint64_t device, inode;
    bool regular;
    struct order_keys keys;
};

struct gather {
    struct gather_options options;
    struct gather_item *items; /* owned */
    size_t n, cap;
    size_t *plan; /* owned: the indexes of the items in the order of reading */

    /* While it runs. */
    const struct gather_consumer *to;
    struct archive_probe *probe;
    size_t given;
    size_t batch;             /* in the plan: the first item of the running walk */
    struct gather_item *item; /* that is being read */
    uint64_t handed, done;
    struct hold hold;
    enum err err; /* of a call that could not return one */
};

struct gather *gather_new(const struct gather_options *options)
{
    struct gather *g = calloc(1, sizeof *g);
    if (g) {
        g->options = *options;
    }
    return g;
}

void gather_free(struct gather *g)
{
    if (!g) {
        return;
    }
    for (size_t i = 0; i < g->n; i++) {
        free(g->items[i].in.path);
    }
    free(g->items);
    free(g->plan);
    free(g);
}

size_t gather_n(const struct gather *g)
{
    return g->n;
}

const struct gather_input *gather_input(const struct gather *g, size_t i)
{
    return &g->items[i].in;
}

static void gather_note(struct gather *g, const struct gather_item *item, const char *what)
{
    if (g->to->note) {
        g->to->note(g->to->ctx, str_z(item->in.path), str_z(item->in.path), what);
    }
}

static void gather_progress(struct gather *g)
{
    if (g->to->progress) {
        g->to->progress(g->to->ctx, g->done, g->n, g->handed);
    }
}

/* Finding the inputs */

static enum err item_add(struct gather *g, const char *path, bool found)
{
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 16;
        struct gather_item *more = realloc(g->items, cap * sizeof *more);
        if (!more) {
            return ERR_MEMORY;
        }
        g->items = more;
        g->cap = cap;
    }
    char *copy = strdup(path);
    if (!copy) {
        return ERR_MEMORY;
    }
    const char *slash = strrchr(copy, '/');
    g->items[g->n++] = (struct gather_item){.in = {.path = copy},
                                            .given = g->given,
                                            .found = found,
                                            .folder_len = slash ? (size_t)(slash - copy) : 0};
    return ERR_OK;
}

/* Takes a first look at the newest item. `*ret_folder`: it is one, and no item. */
static enum err item_look(struct gather *g, bool *ret_folder)
{
    struct gather_item *item = &g->items[g->n - 1];
    struct archive_probe *p = g->probe;
    if (strcmp(item->in.path, "-") == 0) {
        item->in.kind = GATHER_STREAM;
        return ERR_OK;
    }
    enum err e = archive_probe(item->in.path, p);
    if (e == ERR_IO) {
        char what[160];
        snprintf(what, sizeof what, "cannot be opened: %s", strerror(errno));
        struct str path = str_z(item->in.path);
        item->in.kind = GATHER_UNREADABLE;
        item->in.problems++;
        g->to->problem(g->to->ctx, path, path, 0, what);
        return ERR_OK;
    }
    *ret_folder = p->folder;
    item->regular = p->regular;
    item->in.size = p->size;
    item->device = p->device;
    item->inode = p->inode;
    if (!p->regular) {
        item->in.kind = GATHER_STREAM;
    } else if (p->container) {
        item->in.kind = GATHER_ARCHIVE;
    } else if (p->kind == ARCHIVE_KIND_CAPTURE) {
        item->in.kind = GATHER_CAPTURE;
    } else {
        item->in.kind = GATHER_FILE;
        item->keys = order_keys_of(str_of(p->head, p->head_len), str_of(p->tail, p->tail_len));
    }
    return e;
}

static enum err folder_file(void *ctx, const char *path, uint64_t size)
{
    (void)size;
    bool folder = false;
    enum err e = item_add(ctx, path, true);
    return e == ERR_OK ? item_look(ctx, &folder) : e;
}

static void folder_problem(void *ctx, struct str path, uint64_t offset, const char *what)
{
    struct gather *g = ctx;
    g->to->problem(g->to->ctx, path, path, offset, what);
}

static int by_folder(const void *pa, const void *pb)
{
    const struct gather_item *a = pa, *b = pb;
    int r = str_cmp(str_of(a->in.path, a->folder_len), str_of(b->in.path, b->folder_len));
    return r ? r : strcmp(a->in.path, b->in.path);
}

static enum err gather_find(struct gather *g, const char *path)
{
    bool folder = false;
    size_t before = g->n;
    enum err e = item_add(g, path, false);
    if (e == ERR_OK) {
        e = item_look(g, &folder);
    }
    if (e != ERR_OK || !folder) {
        return e;
    }
    free(g->items[--g->n].in.path);
    struct archive_lister lister = {g, folder_file, folder_problem};
    e = archive_list(path, &g->options.archive, &lister);
    if (e == ERR_OK && g->n > before) {
        qsort(g->items + before, g->n - before, sizeof *g->items, by_folder);
    }
    return e;
}

/* Planning */

struct gather_seen {
    uint64_t device, inode;
    size_t index;
};

static int by_file(const void *pa, const void *pb)
{
    const struct gather_seen *a = pa, *b = pb;
    if (a->device != b->device) {
        return a->device < b->device ? -1 : 1;
    }
    if (a->inode != b->inode) {
        return a->inode < b->inode ? -1 : 1;
    }
    return (a->index > b->index) - (a->index < b->index);
}

/* The same file by two names (a link, or given twice) would count its evidence twice. */
static enum err duplicates_drop(struct gather *g)
{
    struct gather_seen *seen = calloc(g->n + 1, sizeof *seen);
    if (!seen) {
        return ERR_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++) {
        if (g->items[i].regular) {
            seen[n++] = (struct gather_seen){g->items[i].device, g->items[i].inode, i};
        }
    }
    qsort(seen, n, sizeof *seen, by_file);
    for (size_t i = 1; i < n; i++) {
        if (seen[i].device == seen[i - 1].device && seen[i].inode == seen[i - 1].inode) {
            g->items[seen[i].index].in.kind = GATHER_DUPLICATE;
        }
    }
    free(seen);
    for (size_t i = 0; i < g->n; i++) {
        if (g->items[i].in.kind == GATHER_DUPLICATE) {
            gather_note(g, &g->items[i], "the same file as one before; read once");
        }
    }
    return ERR_OK;
}

static bool item_alone(const struct gather_item *item)
{
    return item->in.kind == GATHER_ARCHIVE || item->in.kind == GATHER_STREAM;
}

static bool item_read(const struct gather_item *item)
{
    return item->in.kind != GATHER_UNREADABLE && item->in.kind != GATHER_DUPLICATE;
}

/* Whether two plain files belong together: both were named, or both were found in one folder. */
static bool together(const struct gather_item *a, const struct gather_item *b)
{
    if (!a->found || !b->found) {
        return a->found == b->found;
    }
    return a->given == b->given &&
           str_eq(str_of(a->in.path, a->folder_len), str_of(b->in.path, b->folder_len));
}

/* Groups in the order of their first files. Files found in one folder stand close together, with only
 * archives between them. */
static size_t plan_groups(struct gather *g)
{
    unsigned group = 0;
    const struct gather_item *named = NULL, *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++) {
        struct gather_item *item = &g->items[i];
        const struct gather_item **peer = item->found ? &found : &named;
        if (!item_read(item)) {
            continue;
        }
        g->plan[n++] = i;
        if (item_alone(item)) {
            item->in.group = group++;
        } else if (*peer && together(*peer, item)) {
            item->in.group = (*peer)->in.group;
        } else {
            item->in.group = group++;
            *peer = item;
        }
    }
    return n;
}

struct plan_entry {
    unsigned group;
    size_t index;
};

static int by_group(const void *pa, const void *pb)
{
    const struct plan_entry *a = pa, *b = pb;
    int r = (a->group > b->group) - (a->group < b->group);
    return r ? r : (a->index > b->index) - (a->index < b->index);
}

static enum err plan_make(struct gather *g, size_t *ret_n)
{
    g->plan = calloc(g->n + 1, sizeof *g->plan);
    struct plan_entry *entries = calloc(g->n + 1, sizeof *entries);
    if (!g->plan || !entries) {
        free(entries);
        return ERR_MEMORY;
    }
    size_t n = plan_groups(g);
    for (size_t i = 0; i < n; i++) {
        entries[i] = (struct plan_entry){g->items[g->plan[i]].in.group, g->plan[i]};
    }
    qsort(entries, n, sizeof *entries, by_group);
    for (size_t i = 0; i < n; i++) {
        g->plan[i] = entries[i].index;
    }
    free(entries);
    *ret_n = n;
    return ERR_OK;
}

/* Reading */

static void read_problem(void *ctx, struct str member, uint64_t offset, const char *what)
{
    struct gather *g = ctx;
    g->item->in.problems++;
    g->to->problem(g->to->ctx, str_z(g->item->in.path), member, offset, what);
}

static void alone_input(void *ctx, size_t index)
{
    struct gather *g = ctx;
    g->item = &g->items[g->plan[g->batch + index]];
    hold_start(&g->hold, &g->item->in, g->item->in.group);
}

static enum err alone_begin(void *ctx, struct str name, enum archive_kind kind)
{
    struct gather *g = ctx;
    return g->err == ERR_OK ? hold_begin(&g->hold, name, kind) : g->err;
}

static enum err alone_bytes(void *ctx, struct str bytes)
{
    struct gather *g = ctx;
    enum err e = hold_bytes(&g->hold, bytes);
    gather_progress(g);
    return e;
}

static void alone_end(void *ctx, bool whole)
{
    struct gather *g = ctx;
    hold_end(&g->hold, whole);
}

static void alone_input_end(void *ctx, size_t index, uint64_t size)
{
    (void)index;
    struct gather *g = ctx;
    if (g->item->in.kind == GATHER_STREAM) {
        g->item->in.size = size;
    }
    if (g->err == ERR_OK) {
        g->err = hold_flush(&g->hold);
    }
    if (g->err == ERR_OK) {
        g->to->group_end(g->to->ctx, g->item->in.group);
        g->done++;
        gather_progress(g);
    }
}

/* Archives and streams, `n` of them, each a group. */
static enum err read_alone(struct gather *g, size_t first, size_t n)
{
    const char **paths = calloc(n, sizeof *paths);
    if (!paths) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        paths[i] = g->items[g->plan[first + i]].in.path;
    }
    struct archive_visitor visitor = {.ctx = g,
                                      .input = alone_input,
                                      .begin = alone_begin,
                                      .bytes = alone_bytes,
                                      .end = alone_end,
                                      .input_end = alone_input_end,
                                      .problem = read_problem};
    g->batch = first;
    enum err e = archive_walk(paths, n, &g->options.archive, &visitor);
    free(paths);
    return e == ERR_OK ? g->err : e;
}

static enum err plain_begin(void *ctx, struct str name, enum archive_kind kind)
{
    struct gather *g = ctx;
    return hold_hand_begin(&g->hold, name, kind);
}

static enum err plain_bytes(void *ctx, struct str bytes)
{
    struct gather *g = ctx;
    enum err e = hold_hand_bytes(&g->hold, bytes);
    gather_progress(g);
    return e;
}

static void plain_end(void *ctx, bool whole)
{
    struct gather *g = ctx;
    g->to->piece_end(g->to->ctx, whole);
}

static enum err read_one(struct gather *g, struct gather_item *item)
{
    struct archive_visitor visitor = {.ctx = g,
                                      .begin = plain_begin,
                                      .bytes = plain_bytes,
                                      .end = plain_end,
                                      .problem = read_problem};
    const char *path = item->in.path;
    g->item = item;
    hold_start(&g->hold, &item->in, item->in.group);
    enum err e = archive_walk(&path, 1, &g->options.archive, &visitor);
    if (e == ERR_OK) {
        g->done++;
        gather_progress(g);
    }
    return e;
}

/* Plain files that belong together, `n` of them. */
static enum err read_together(struct gather *g, size_t first, size_t n)
{
    struct order_piece *pieces = calloc(n, sizeof *pieces);
    size_t *places = calloc(n, sizeof *places);
    enum err e = pieces && places ? ERR_OK : ERR_MEMORY;
    if (e == ERR_OK) {
        for (size_t i = 0; i < n; i++) {
            pieces[i].keys = g->items[g->plan[first + i]].keys;
        }
        e = order_pieces(pieces, n, places);
    }
    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        e = read_one(g, &g->items[g->plan[first + places[i]]]);
    }
    free(places);
    free(pieces);
    if (e == ERR_OK) {
        g->to->group_end(g->to->ctx, g->items[g->plan[first]].in.group);
    }
    return e;
}

static enum err gather_read(struct gather *g, size_t n)
{
    enum err e = ERR_OK;
    for (size_t i = 0, end; i < n && e == ERR_OK; i = end) {
        const struct gather_item *item = &g->items[g->plan[i]];
        bool alone = item_alone(item);
        for (end = i + 1; end < n; end++) {
            const struct gather_item *next = &g->items[g->plan[end]];
            if (item_alone(next) != alone || (!alone && next->in.group != item->in.group)) {
                break;
            }
        }
        e = alone ? read_alone(g, i, end - i) : read_together(g, i, end - i);
    }
    return e;
}

enum err gather_run(struct gather *g, const char *const *paths, size_t n,
                    const struct gather_consumer *consumer)
{
    size_t planned = 0;
    enum err e = ERR_OK;
    g->to = consumer;
    g->probe = malloc(sizeof *g->probe);
    if (!g->probe) {
        return ERR_MEMORY;
    }
    for (g->given = 0; g->given < n && e == ERR_OK; g->given++) {
        e = gather_find(g, paths[g->given]);
    }
    free(g->probe);
    g->probe = NULL;
    if (e == ERR_OK) {
        e = duplicates_drop(g);
    }
    if (e == ERR_OK) {
        e = plan_make(g, &planned);
    }
    if (e == ERR_OK) {
        g->done = g->n - planned;
        hold_init(&g->hold, &g->options, consumer, &g->handed);
        e = gather_read(g, planned);
        hold_clear(&g->hold);
    }
    return e;
}
