/* A tree over the first literal texts of many templates (a radix tree: an edge is a text). */
#include "proto/text/template.h"

#include "proto/text/match.h"

struct entry {
    const struct template *t;
    uint16_t id;
    struct entry *next; /* in the order added */
};

struct node {
    struct str edge;     /* text between the parent and this node */
    struct node *child;  /* first child; children differ in their first byte */
    struct node *next;   /* sibling */
    struct node *parent; /* NULL at the root */
    struct entry *entries;
};

struct template_set {
    struct arena *arena;
    struct node root;
    struct node *first[256]; /* the root's children by first byte */
};

struct template_set *template_set_new(struct arena *a)
{
    struct template_set *s = arena_alloc(a, sizeof *s);
    if (s) {
        s->arena = a;
    }
    return s;
}

static size_t common(struct str a, struct str b)
{
    size_t n = 0;
    while (n < a.len && n < b.len && a.p[n] == b.p[n]) {
        n++;
    }
    return n;
}

static struct node *add_child(struct template_set *s, struct node *parent, struct str edge)
{
    struct node *c = arena_alloc(s->arena, sizeof *c);
    struct node **at = &parent->child;
    if (c) {
        c->edge = edge;
        c->parent = parent;
        while (*at) { /* what was added first is tried first */
            at = &(*at)->next;
        }
        *at = c;
    }
    return c;
}

/* Cuts the edge above `n` after `len` bytes; returns the new node in the middle. */
static struct node *split(struct template_set *s, struct node *n, size_t len)
{
    struct node *low = arena_alloc(s->arena, sizeof *low);
    if (!low) {
        return NULL;
    }
    *low = *n;
    low->edge = str_from(n->edge, len);
    low->next = NULL;
    low->parent = n;
    for (struct node *c = low->child; c; c = c->next) {
        c->parent = low;
    }
    n->edge = str_head(n->edge, len);
    n->child = low;
    n->entries = NULL;
    return n;
}

static struct node *child_of(const struct node *n, char first)
{
    for (struct node *c = n->child; c; c = c->next) {
        if (c->edge.p[0] == first) {
            return c;
        }
    }
    return NULL;
}

/* The node for `key`, made where it is missing. */
static struct node *place(struct template_set *s, struct str key)
{
    struct node *n = &s->root;
    while (n && key.len) {
        struct node *c = child_of(n, key.p[0]);
        if (!c) {
            return add_child(s, n, key);
        }
        size_t same = common(c->edge, key);
        n = same < c->edge.len ? split(s, c, same) : c;
        key = str_from(key, same);
    }
    return n;
}

enum err template_set_add(struct template_set *s, const struct template *t, uint16_t id)
{
    struct node *n = place(s, t->lit[0]);
    struct entry *e = n ? arena_alloc(s->arena, sizeof *e) : NULL;
    if (!e) {
        return ERR_MEMORY;
    }
    *e = (struct entry){.t = t, .id = id};
    struct entry **at = &n->entries;
    while (*at) {
        at = &(*at)->next;
    }
    *at = e;
    for (struct node *c = s->root.child; c; c = c->next) {
        s->first[(unsigned char)c->edge.p[0]] = c;
    }
    return ERR_OK;
}

static int try(const struct node *n, struct str line, struct template_match *ret_match)
{
    for (const struct entry *e = n->entries; e; e = e->next) {
        if (template_match(e->t, line, ret_match)) {
            return e->id;
        }
    }
    return -1;
}

/* A line that ends inside the edge above `top` may still be a template cut short: `top` and all
 * below it are tried. */
static int try_below(const struct node *top, struct str line, struct template_match *ret_match)
{
    for (const struct node *n = top; n;) {
        int id = try(n, line, ret_match);
        if (id >= 0) {
            return id;
        }
        if (n->child) {
            n = n->child;
            continue;
        }
        while (n != top && !n->next) {
            n = n->parent;
        }
        n = n == top ? NULL : n->next;
    }
    return -1;
}

/* Of templates that begin alike, one that stands there whole goes before one that the line cuts short. */
static int try_alike(const struct entry *e, struct str line, struct template_match *ret_match)
{
    const struct entry *cut = NULL;
    for (; e; e = e->next) {
        if (template_match_holes(e->t, line, ret_match)) {
            if (!ret_match->cut) {
                return e->id;
            }
            cut = cut ? cut : e;
        }
    }
    return cut && template_match_holes(cut->t, line, ret_match) ? cut->id : -1;
}

/* The line begins with the texts of `n` and all above it: the longest first. */
static int try_above(const struct node *n, struct str line, struct template_match *ret_match)
{
    int id = -1;
    for (; n && id < 0; n = n->parent) {
        id = try_alike(n->entries, line, ret_match);
    }
    return id;
}

int template_set_match(const struct template_set *s, struct str line,
                       struct template_match *ret_match)
{
    const struct node *n = &s->root;
    const struct node *c = line.len ? s->first[(unsigned char)line.p[0]] : NULL;
    struct str rest = line;
    int id = -1;
    while (c && str_starts(rest, c->edge)) {
        n = c;
        rest = str_from(rest, c->edge.len);
        c = rest.len ? child_of(n, rest.p[0]) : NULL;
    }
    if (c && line.len >= 8 && str_starts(c->edge, rest)) {
        id = try_below(c, line, ret_match);
    }
    return id >= 0 ? id : try_above(n, line, ret_match);
}
