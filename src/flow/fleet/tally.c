/* Counting, and the figures as JSON. */
#include "flow/fleet/tally.h"

static const char *const names[] = {
#define TALLY_COUNT(id, text, words) [TALLY_##id] = (text),
#include "flow/fleet/tally.def"
#undef TALLY_COUNT
};

static const char *const spread_names[] = {
    [TALLY_DIAL_TONE] = "dial_tone_ms", [TALLY_REGISTER] = "register_ms", [TALLY_LATE] = "late_ms"};

const char *tally_count_name(enum tally_count c)
{
    return names[c];
}

void tally_merge(struct tally *to, const struct tally *from)
{
    for (unsigned i = 0; i < TALLY_COUNTS; i++) {
        to->count[i] += from->count[i];
    }
    to->up += from->up;
    for (unsigned i = 0; i < TALLY_SPREADS; i++) {
        spread_merge(&to->spread[i], &from->spread[i]);
    }
}

/* -- the course */

void tally_course_init(struct tally_course *c, usec_t width)
{
    *c = (struct tally_course){.width = width};
}

static void add_counts(uint64_t *to, const uint64_t *from)
{
    for (unsigned i = 0; i < TALLY_COUNTS; i++) {
        to[i] += from[i];
    }
}

static void halve(struct tally_course *c)
{
    for (size_t i = 0; i < TALLY_ROWS / 2; i++) {
        struct tally_row *to = &c->row[i];
        *to = c->row[2 * i];
        add_counts(to->count, c->row[2 * i + 1].count);
        to->at = c->row[2 * i + 1].at;
        to->up = c->row[2 * i + 1].up;
    }
    c->n = TALLY_ROWS / 2;
    c->width *= 2;
}

void tally_course_add(struct tally_course *c, const struct tally *t, usec_t at)
{
    struct tally_row *r = c->n ? &c->row[c->n - 1] : NULL;
    usec_t begin = (usec_t)(c->n ? c->n - 1 : 0) * c->width;
    if (!r || at > begin + c->width) {
        if (c->n == TALLY_ROWS) {
            halve(c);
        }
        r = &c->row[c->n++];
        *r = (struct tally_row){.from = c->last};
    }
    for (unsigned i = 0; i < TALLY_COUNTS; i++) {
        r->count[i] += t->count[i] - c->seen[i];
        c->seen[i] = t->count[i];
    }
    r->at = c->last = at;
    r->up = t->up;
}

/* -- the generator */

enum tally_limit tally_limit(const struct tally *t, const struct tally_self *self)
{
    uint64_t late = spread_at(&t->spread[TALLY_LATE], 0.99);
    if (self->busy > 0.95 || late > 100000) {
        return TALLY_LIMIT;
    }
    return self->busy > 0.8 || late > 10000 ? TALLY_NEAR : TALLY_FREE;
}

/* -- JSON */

static void write_spread(struct json *j, const char *name, const struct spread *s)
{
    static const struct {
        const char *name;
        double share;
    } at[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
    json_key(j, name);
    json_open(j, '{');
    json_kint(j, "n", (int64_t)s->n);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        json_key(j, at[i].name);
        json_real(j, (double)spread_at(s, at[i].share) / 1000, 3);
    }
    json_key(j, "most");
    json_real(j, (double)s->most / 1000, 3);
    json_close(j, '}');
}

static void write_self(struct json *j, const struct tally *t, const struct tally_self *self)
{
    static const char *const words[] = {
        [TALLY_FREE] = "no", [TALLY_NEAR] = "nearly", [TALLY_LIMIT] = "yes"};
    json_key(j, "generator");
    json_open(j, '{');
    json_kz(j, "limit", words[tally_limit(t, self)]);
    json_key(j, "busy");
    json_real(j, self->busy, 3);
    json_key(j, "cpu_us_per_registration");
    json_real(j, self->cpu_us, 2);
    json_kint(j, "bytes_per_phone", (int64_t)self->per_phone);
    json_kint(j, "threads", self->threads);
    json_close(j, '}');
}

void tally_json(struct json *j, const struct tally *t, usec_t at, uint64_t phones,
                const struct tally_self *self)
{
    json_open(j, '{');
    json_key(j, "at_s");
    json_real(j, (double)at / USEC_S, 3);
    json_kint(j, "phones", (int64_t)phones);
    json_kint(j, "up", (int64_t)t->up);
    for (unsigned i = 0; i < TALLY_COUNTS; i++) {
        json_kint(j, names[i], (int64_t)t->count[i]);
    }
    for (unsigned i = 0; i < TALLY_SPREADS; i++) {
        write_spread(j, spread_names[i], &t->spread[i]);
    }
    if (self) {
        write_self(j, t, self);
    }
    json_close(j, '}');
}
