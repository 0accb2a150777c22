/* Between the first pass and the second: which of the found are identities, and their pseudonyms. */
#include "flow/redact/pseudo.h"
#include "flow/redact/state.h"

enum { TRIES = 1000 };

/* 12 digits alone are a MAC only where a MAC of the same vendor was found in a place of its own. */
static enum err settle_macs(struct values *t)
{
    uint32_t oui = 0;
    for (size_t i = 1, n = t->n; i <= n; i++) {
        struct value *v = &t->v[i];
        if (v->kind == VALUE_MAC && !(v->flags & VALUE_MAYBE)) {
            enum err e = values_add(t, VALUE_OUI, REDACT_CLASSES, str_head(v->text, 6), 0, &oui);
            if (e != ERR_OK) {
                return e;
            }
        }
    }
    for (size_t i = 1; i <= t->n; i++) {
        struct value *v = &t->v[i];
        if (v->kind == VALUE_MAC && (v->flags & VALUE_MAYBE) &&
            !values_find(t, VALUE_OUI, str_head(v->text, 6))) {
            v->flags |= VALUE_DEAD;
        }
    }
    return ERR_OK;
}

/* A number that ends with another known one is that one with an exit or a country code. */
static void settle_phones(struct redact *r)
{
    struct values *t = &r->t;
    for (size_t i = 1; i <= t->n; i++) {
        struct value *v = &t->v[i];
        if (v->kind != VALUE_PHONE) {
            continue;
        }
        r->phone_lengths |= 1U << v->text.len;
        for (size_t cut = 1; cut <= 5 && v->text.len - cut >= PHONE_LEAST; cut++) {
            uint32_t other = values_find(t, VALUE_PHONE, str_from(v->text, cut));
            if (other && (cut <= 2 || (t->v[other].flags & VALUE_NATIONAL))) {
                v->flags |= VALUE_DEAD;
            }
        }
    }
}

/* Whether an original stands in the candidate: the check would take it for a leak. */
static bool taken(const struct values *t, enum value_kind kind, struct str candidate)
{
    bool text = kind == VALUE_TEXT || kind == VALUE_LABEL;
    if (values_find(t, kind, candidate) || (text && values_find(t, VALUE_TEXT, candidate))) {
        return true;
    }
    for (size_t i = 0; text && i < candidate.len; i++) {
        if (values_at(t, candidate, i)) {
            return true;
        }
    }
    for (size_t i = 1; kind == VALUE_PHONE && candidate.len - i >= PHONE_LEAST; i++) {
        if (values_find(t, kind, str_from(candidate, i))) {
            return true;
        }
    }
    return false;
}

/* Nothing of the shape is free: letters and digits are crossed out. */
static void cross_out(char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        p[i] = ascii_alnum(p[i]) || (uint8_t)p[i] >= 0x80 ? 'x' : p[i];
    }
}

static bool candidate(struct redact *r, const struct value *v, enum redact_class class, char *out)
{
    uint32_t n = ++r->counters[class][v->kind == VALUE_MAC ? 0 : v->text.len];
    size_t keep = v->kind == VALUE_MAC ? 6 : 0;
    if (v->kind == VALUE_TEXT || v->kind == VALUE_LABEL) {
        return pseudo_write(class, v->text, n, out);
    }
    memcpy(out, v->text.p, v->text.len);
    return pseudo_digits(n, out + keep, v->text.len - keep);
}

static enum err name(struct redact *r, uint32_t i)
{
    struct value *v = &r->t.v[i];
    enum redact_class class = (enum redact_class)v->class;
    v->pseudo = arena_alloc(&r->t.arena, v->text.len);
    if (!v->pseudo) {
        return ERR_LIMIT;
    }
    enum value_kind kind = (enum value_kind)v->kind;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        if (!candidate(r, v, class, v->pseudo)) {
            break;
        }
        if (!taken(&r->t, kind, str_of(v->pseudo, v->text.len))) {
            return ERR_OK;
        }
    }
    memcpy(v->pseudo, v->text.p, v->text.len);
    cross_out(v->pseudo, v->text.len);
    return ERR_OK;
}

/* A domain's labels have pseudonyms of their own, so that names below one domain stay so. With
 * `out` writes them into the name, without it makes the labels known. */
static enum err domain_labels(struct redact *r, struct str text, char *out)
{
    struct pseudo_domain d;
    enum err e = ERR_OK;
    if (!pseudo_domain_read(text, &d)) {
        return ERR_OK;
    }
    for (size_t at = 0; e == ERR_OK && at < text.len - d.stay;) {
        struct str label = str_from(text, at);
        label = str_head(label, str_chr(label, '.'));
        if (at == d.own || !pseudo_label_stays(label)) {
            uint32_t l = 0;
            e = values_add(&r->t, VALUE_LABEL, REDACT_DOMAIN, label, 0, &l);
            if (e == ERR_OK && out && !r->t.v[l].pseudo) {
                e = name(r, l);
            }
            if (e == ERR_OK && out) {
                memcpy(out + at, r->t.v[l].pseudo, label.len);
            }
        }
        at += label.len + 1;
    }
    return e;
}

static enum err name_domain(struct redact *r, uint32_t i)
{
    struct str text = r->t.v[i].text;
    char *out = arena_alloc(&r->t.arena, text.len);
    if (!out) {
        return ERR_LIMIT;
    }
    memcpy(out, text.p, text.len);
    r->t.v[i].pseudo = out;
    return domain_labels(r, text, out);
}

/* What is looked for everywhere, and the labels, before the first pseudonym: none may equal one. */
static enum err prepare(struct redact *r, size_t n)
{
    enum err e = ERR_OK;
    for (uint32_t i = 1; i <= n && e == ERR_OK; i++) {
        struct value *v = &r->t.v[i];
        if (v->kind != VALUE_TEXT) {
            continue;
        }
        if ((v->flags & VALUE_ANYWHERE) && v->text.len >= 4) {
            values_literal(&r->t, i);
        }
        if (v->class == REDACT_DOMAIN) {
            e = domain_labels(r, v->text, NULL);
        }
    }
    return e;
}

enum err redact_seal(struct redact *r)
{
    struct values *t = &r->t;
    enum err e = settle_macs(t);
    settle_phones(r);
    size_t n = t->n; /* what comes now has no pseudonym of its own */
    e = e == ERR_OK ? prepare(r, n) : e;
    for (uint32_t i = 1; i <= n && e == ERR_OK; i++) {
        struct value *v = &t->v[i];
        if ((v->flags & VALUE_DEAD) || v->kind > VALUE_IP6) {
            continue;
        }
        if (v->kind == VALUE_IP4 || v->kind == VALUE_IP6) {
            e = address_pseudonym(t, &r->seen, i);
        } else if (v->class == REDACT_DOMAIN) {
            e = name_domain(r, i);
        } else {
            e = name(r, i);
        }
    }
    return e;
}
