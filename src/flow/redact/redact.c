/* The three passes. */
#include "flow/redact/redact.h"

#include <stdlib.h>

#include "flow/redact/identity.h"
#include "flow/redact/pseudo.h"
#include "flow/redact/state.h"

enum { ROUNDS = 3 };

static void on_text(void *ctx, char *p, size_t len, unsigned flags, uint64_t line);
static void on_found(void *ctx, enum redact_class class, size_t at, size_t len, bool sure);

enum err redact_new(size_t most, struct redact **ret_r)
{
    struct redact *r = calloc(1, sizeof *r);
    if (!r) {
        return ERR_MEMORY;
    }
    r->find = (struct find){.ctx = r, .on = on_found};
    r->done = malloc(WALK_LINE + 1);
    enum err e = values_init(&r->t, most ? most : REDACT_MOST);
    if (e == ERR_OK) {
        e = walk_init(&r->walk, (struct walk_visitor){.ctx = r, .text = on_text});
    }
    if (e != ERR_OK || !r->done) {
        redact_free(r);
        return ERR_MEMORY;
    }
    *ret_r = r;
    return ERR_OK;
}

void redact_free(struct redact *r)
{
    if (r) {
        walk_clear(&r->walk);
        values_clear(&r->t);
        free(r->done);
        free(r);
    }
}

enum err redact_guard(struct redact *r, struct str text)
{
    char small[VALUE_LONGEST];
    uint32_t i = 0;
    enum err e = ERR_OK;
    while (text.len > 0 && e == ERR_OK) {
        size_t n = 0;
        while (n < text.len && ascii_alnum(text.p[n])) {
            n++;
        }
        if (n >= 4 && n <= 32) {
            e = values_add(&r->t, VALUE_GUARD, REDACT_CLASSES,
                           values_lower(str_head(text, n), small), 0, &i);
        }
        text = str_from(text, n ? n : 1);
    }
    return e;
}

enum err redact_keep(struct redact *r, struct str word)
{
    char small[VALUE_LONGEST];
    uint32_t i = 0;
    if (word.len == 0 || word.len > VALUE_LONGEST) {
        return ERR_USAGE;
    }
    return values_add(&r->t, VALUE_KEEP, REDACT_CLASSES, values_lower(word, small), 0, &i);
}

static enum err add(struct redact *r, const struct identity *id)
{
    uint32_t i = 0;
    enum err e = values_add(&r->t, id->kind, id->class, str_of(id->key, id->len), id->flags, &i);
    if (e == ERR_OK && id->kind == VALUE_TEXT) {
        r->t.v[i].flags |= id->flags & VALUE_ANYWHERE;
    }
    if (e == ERR_OK && id->kind == VALUE_PHONE) {
        r->t.v[i].flags |= id->flags & VALUE_NATIONAL;
    }
    return e;
}

enum err redact_also(struct redact *r, struct str word)
{
    struct identity id;
    if (word.len < 3 || word.len > VALUE_LONGEST) {
        return ERR_USAGE;
    }
    bool known = (word.len <= 17 && identity_read(&r->t, REDACT_MAC, word, true, &id)) ||
                 (identity_read(&r->t, REDACT_USER, word, true, &id) && id.kind != VALUE_TEXT) ||
                 identity_read(&r->t, REDACT_WORD, word, true, &id);
    if (!known) {
        return ERR_USAGE;
    }
    if (id.kind != VALUE_TEXT) {
        return add(r, &id); /* in all its spellings */
    }
    id.flags |= word.len >= 4 ? VALUE_ANYWHERE : 0U;
    return add(r, &id);
}

void redact_begin(struct redact *r, enum redact_pass pass, struct sink *out)
{
    r->pass = pass;
    r->err = ERR_OK;
    walk_begin(&r->walk, pass == REDACT_REPLACE ? out : NULL);
    find_begin(&r->find);
}

static enum err state_of(const struct redact *r)
{
    return r->err != ERR_OK ? r->err : r->walk.out ? r->walk.out->err : ERR_OK;
}

enum err redact_feed(struct redact *r, struct str bytes)
{
    walk_feed(&r->walk, bytes);
    return state_of(r);
}

enum err redact_end(struct redact *r)
{
    walk_end(&r->walk);
    return state_of(r);
}

enum err redact_name(struct redact *r, enum redact_pass pass, char *name, size_t len)
{
    if (len > WALK_LINE) {
        return ERR_LIMIT;
    }
    redact_begin(r, pass, NULL);
    on_text(r, name, len, 0, 0);
    find_begin(&r->find);
    return r->err;
}

static void leak(struct redact *r, enum redact_class class)
{
    if (!r->leaked) {
        r->leaked = true;
        r->leak = (struct redact_leak){.class = class, .line = r->line_no};
    }
}

/* A word at an open end of the text is not whole: it is looked at with its other half. */
static bool cut(const struct redact *r, size_t at, size_t len)
{
    return (at == 0 && (r->flags & WALK_OPEN_START)) ||
           (at + len == r->line.len && (r->flags & WALK_OPEN_END));
}

/* Takes the bytes for a replacement, unless something else was replaced there. */
static bool claim(struct redact *r, uint32_t i, size_t at, size_t len)
{
    const struct value *v = &r->t.v[i];
    if (!v->pseudo || (v->flags & VALUE_DEAD) || r->spare[v->class]) {
        return false;
    }
    if (memchr(r->done + at, 1, len)) {
        r->overlap = true;
        return false;
    }
    memset(r->done + at, 1, len);
    r->places[v->class]++;
    return true;
}

/* The last digits of a number in any grouping. */
static void write_phone(const struct value *v, char *p, size_t len)
{
    size_t n = v->text.len;
    while (len > 0 && n > 0) {
        if (ascii_digit(p[--len])) {
            p[len] = v->pseudo[--n];
        }
    }
}

static void replace(struct redact *r, uint32_t i, size_t at, size_t len)
{
    const struct value *v = &r->t.v[i];
    if (!claim(r, i, at, len)) {
        return;
    }
    if (v->kind == VALUE_MAC) {
        match_mac_write(v->pseudo, r->p + at, len);
    } else if (v->kind == VALUE_PHONE) {
        write_phone(v, r->p + at, len);
    } else {
        pseudo_apply(v->pseudo, r->p + at, len);
    }
}

/* A known value stands there. */
static void on_hit(void *ctx, uint32_t i, size_t at, size_t len)
{
    struct redact *r = ctx;
    if (r->pass == REDACT_CHECK) {
        leak(r, (enum redact_class)r->t.v[i].class);
    } else if (r->pass == REDACT_REPLACE && !cut(r, at, len)) {
        replace(r, i, at, len);
    }
}

/* A number is known by what it ends with. */
static uint32_t known(const struct redact *r, const struct identity *id)
{
    uint32_t i = values_find(&r->t, id->kind, str_of(id->key, id->len));
    return i && !(r->t.v[i].flags & VALUE_DEAD) ? i : 0;
}

static void found_part(struct redact *r, enum redact_class class, size_t at, size_t len, bool sure)
{
    struct identity id;
    if (!identity_read(&r->t, class, str_of(r->line.p + at, len), sure, &id)) {
        return;
    }
    if (r->pass == REDACT_COLLECT) {
        enum err e = add(r, &id);
        struct pseudo_domain d;
        if (e == ERR_OK && id.class == REDACT_DOMAIN &&
            pseudo_domain_read(str_of(id.key, id.len), &d) && d.own > 0) {
            id.len -= d.own;
            memmove(id.key, id.key + d.own, id.len);
            e = add(r, &id);
        }
        r->err = r->err == ERR_OK ? e : r->err;
        return;
    }
    uint32_t i = known(r, &id);
    if (i && r->pass == REDACT_CHECK) {
        leak(r, (enum redact_class)r->t.v[i].class);
    } else if (i) {
        replace(r, i, at, len);
    }
}

/* What is longer than a value can be goes piece by piece. */
static void found_all(struct redact *r, enum redact_class class, size_t at, size_t len, bool sure)
{
    for (size_t done = 0; done < len; done += VALUE_LONGEST) {
        size_t n = len - done < VALUE_LONGEST ? len - done : VALUE_LONGEST;
        found_part(r, class, at + done, n, sure);
    }
}

static void on_found(void *ctx, enum redact_class class, size_t at, size_t len, bool sure)
{
    struct redact *r = ctx;
    if (cut(r, at, len) && !(class == REDACT_SECRET && len >= VALUE_LONGEST)) {
        return;
    }
    size_t name = str_chr(str_of(r->line.p + at, len), '@');
    if ((class == REDACT_USER || class == REDACT_NAME) && name != STR_NPOS && name > 0) {
        found_all(r, class, at, name, sure);
        found_all(r, REDACT_DOMAIN, at + name + 1, len - name - 1, sure);
    } else {
        found_all(r, class, at, len, sure);
    }
}

/* The table's entry for an address, 0 when it has none. */
static uint32_t address_entry(const struct redact *r, const struct match_address *m)
{
    char key[16];
    size_t len = m->form == MATCH_IP6 ? 16 : 4;
    memcpy(key, m->a, sizeof key);
    return values_find(&r->t, len == 16 ? VALUE_IP6 : VALUE_IP4, str_of(key, len));
}

static enum err collect_address(struct redact *r, const struct match_address *m)
{
    char key[16];
    uint32_t i = 0;
    enum err e = ERR_OK;
    memcpy(key, m->a, sizeof key);
    if (m->form != MATCH_IP6) {
        r->seen.first[m->a[0]] = true;
        return m->sure && address_public4(m->a)
                   ? values_add(&r->t, VALUE_IP4, REDACT_IP4, str_of(key, 4), 0, &i)
                   : ERR_OK;
    }
    bool db8 = memcmp(key, "\x20\x01\x0d\xb8", 4) == 0;
    r->seen.doc6 |= db8 || (memcmp(key, "\x3f\xff", 2) == 0 && (m->a[2] & 0xf0) == 0);
    struct identity id = {.kind = VALUE_MAC, .class = REDACT_MAC, .len = 12};
    if (address_mac(m->a, id.key) && memcmp(id.key, "000000", 6) != 0 && !(m->a[8] & 1)) {
        e = add(r, &id);
    }
    if (e == ERR_OK && address_public6(m->a)) {
        e = values_add(&r->t, VALUE_IP6, REDACT_IP6, str_of(key, 16), 0, &i);
    }
    return e;
}

/* The pseudonym of an address; where a MAC stands in it, that of the MAC. */
static bool address_new(const struct redact *r, const struct match_address *m, uint32_t i,
                        uint8_t out[16])
{
    char mac[12];
    memcpy(out, m->a, 16);
    if (i && r->t.v[i].pseudo) {
        memcpy(out, r->t.v[i].pseudo, r->t.v[i].text.len);
    }
    uint32_t v = m->form == MATCH_IP6 && address_mac(m->a, mac)
                     ? values_find(&r->t, VALUE_MAC, str_of(mac, sizeof mac))
                     : 0;
    if (v && r->t.v[v].pseudo && !r->spare[REDACT_MAC]) {
        const char *d = r->t.v[v].pseudo;
        memcpy(out + 8, m->a + 8, 8);
        for (size_t k = 0; k < 3; k++) {
            out[13 + k] = (uint8_t)((unsigned)ascii_hex(d[6 + 2 * k]) << 4 |
                                    (unsigned)ascii_hex(d[7 + 2 * k]));
        }
    }
    if (m->form == MATCH_REVERSED) {
        const uint8_t turned[4] = {out[3], out[2], out[1], out[0]};
        memcpy(out, turned, sizeof turned);
    }
    return i || v;
}

static void on_address(void *ctx, const struct match_address *m)
{
    struct redact *r = ctx;
    uint8_t out[16];
    if (cut(r, m->at, m->len)) {
        return;
    }
    if (r->pass == REDACT_COLLECT) {
        enum err e = collect_address(r, m);
        r->err = r->err == ERR_OK ? e : r->err;
        return;
    }
    enum redact_class class = m->form == MATCH_IP6 ? REDACT_IP6 : REDACT_IP4;
    uint32_t i = address_entry(r, m);
    if (!address_new(r, m, i, out)) {
        return;
    }
    if (r->pass == REDACT_CHECK) {
        leak(r, i ? class : REDACT_MAC);
    } else if (memchr(r->done + m->at, 1, m->len)) {
        r->overlap = true;
    } else if (!r->spare[class]) {
        memset(r->done + m->at, 1, m->len);
        r->places[class]++;
        if (m->form == MATCH_IP6) {
            address_write6(out, r->p + m->at, m->len);
        } else {
            address_write4(out, r->p + m->at, m->len);
        }
    }
}

/* Everything that is found in the line, each thing once. */
static void look(struct redact *r)
{
    struct match m = {.ctx = r, .hit = on_hit};
    if (r->pass != REDACT_COLLECT) {
        match_texts(&r->t, r->line, &m);
        match_macs(&r->t, r->line, &m);
    }
    match_addresses(r->line, on_address, r);
    if (r->pass != REDACT_COLLECT) {
        match_phones(&r->t, r->phone_lengths, r->line, &m);
    }
}

static void on_text(void *ctx, char *p, size_t len, unsigned flags, uint64_t line)
{
    struct redact *r = ctx;
    r->p = p;
    r->line = str_of(p, len);
    r->flags = flags;
    r->line_no = line;
    r->overlap = false;
    memset(r->done, 0, len);
    find_line(&r->find, r->line);
    look(r);
    for (unsigned rest = 0; r->overlap && rest < ROUNDS; rest++) {
        /* Two stood in each other; what is left of the second one must go as well. */
        r->overlap = false;
        memset(r->done, 0, len);
        look(r);
    }
}

bool redact_leaked(const struct redact *r, struct redact_leak *ret_leak)
{
    if (r->leaked) {
        *ret_leak = r->leak;
    }
    return r->leaked;
}

void redact_spare(struct redact *r, enum redact_class class)
{
    r->spare[class] = true;
}
