/* A phone in virtual time whose scribe writes: for the tests. */
#ifndef FLOW_SCRIBE_JOURNEY_FIXTURE_H
#define FLOW_SCRIBE_JOURNEY_FIXTURE_H

#include "flow/handset/handset_fixture.h"
#include "flow/scribe/scribe_fixture.h"

struct journey {
    struct written log; /* the first: its scribe is what hooks are given */
    struct world w;
    struct buf said; /* what was told to the scribe: "ROW value|value" */
    const struct handset_fetch *fetch;
    uint32_t fetch_id;
};

/* What a fact and the line that tells it have in common. */
static inline void journey_said(struct sink *out, size_t row, const struct str *values, size_t n)
{
    sink_fmt(out, "%zu", row);
    for (size_t i = 0; i < n; i++) {
        if (values[i].len) {
            sink_fmt(out, "|%.*s", STR_ARG(values[i]));
        }
    }
    sink_char(out, '\n');
}

static inline size_t journey_row(const struct lines *l, const char *tag, const char *text)
{
    char again[512];
    for (size_t row = 1; row <= lines_count(l); row++) {
        const struct template *t = &lines_row(l, row)->t;
        size_t n = 0;
        for (unsigned i = 0; i <= t->n; i++) {
            n += (size_t)snprintf(
                again + n, sizeof again - n, "%.*s%s%s%s", STR_ARG(t->lit[i]), i < t->n ? "{" : "",
                i < t->n ? field_name((enum field)t->hole[i].tag) : "", i < t->n ? "}" : "");
        }
        if (strcmp(again, text) == 0 && str_eq(lines_row(l, row)->tag, str_z(tag))) {
            return row;
        }
    }
    return 0;
}

static inline void journey_line(void *ctx, const char *tag, const char *text,
                                const struct str *values, size_t n, usec_t now)
{
    struct journey *j = ctx;
    struct template_match match;
    size_t row = text ? journey_row(j->log.lines, tag, text)
                      : lines_match(j->log.lines, STR(""), values[0], &match);
    struct sink out = buf_sink(&j->said);
    scribe_line(&j->log.scribe, tag, text, values, n, now);
    if (row && !text) {
        values = match.hole;
        n = lines_row(j->log.lines, row)->t.n;
    }
    if (row && lines_row(j->log.lines, row)->kind != FACT_NO_KIND) {
        journey_said(&out, row, values, n);
    }
}

/* Digests that are none. */
static inline enum err journey_digest(enum digest_algorithm algorithm, const struct str *parts,
                                      size_t n, uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    uint64_t h = 5381;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < parts[i].len; k++) {
            h = h * 33 + (unsigned char)parts[i].p[k];
        }
    }
    *ret_len = algorithm == DIGEST_MD5 ? 16 : 32;
    for (size_t i = 0; i < *ret_len; i++) {
        ret_digest[i] = (uint8_t)(h >> i % 8 * 8);
    }
    return ERR_OK;
}

static const struct crypto journey_crypto = {.digest = journey_digest};

/* What a library would show of the transfer that begins. */
static inline void journey_fetched(struct world *w, struct world_page *page)
{
    static const char *const methods[] = {"GET", "POST", "PUT"};
    const struct journey *j = w->ctx;
    const struct handset_fetch *f = j->fetch;
    char head[2048];
    if (page->code || f->scheme == HANDSET_TFTP) {
        return;
    }
    int n =
        snprintf(head, sizeof head, "%s %.*s HTTP/1.1\r\n", methods[f->method], STR_ARG(f->path));
    for (size_t i = 0; i < f->n_fields; i++) {
        n += snprintf(head + n, sizeof head - (size_t)n, "%.*s: %.*s\r\n",
                      STR_ARG(f->field[i].name), STR_ARG(f->field[i].value));
    }
    n += snprintf(head + n, sizeof head - (size_t)n, "\r\n");
    handset_on_head(&w->h, j->fetch_id, true, str_of(head, (size_t)n), w->now);
    n = snprintf(head, sizeof head, "HTTP/1.1 %u %s\r\nServer: x\r\n\r\n", page->status,
                 page->status == 200 ? "OK" : "");
    handset_on_head(&w->h, j->fetch_id, false, str_of(head, (size_t)n), w->now);
}

/* -- names: an alias, two groups of servers, both families */

static inline void journey_srv(struct dns_writer *d, struct str name)
{
    static const struct {
        const char *target;
        uint16_t priority;
    } rows[] = {{"edge2a.example.com", 10}, {"edge2b.example.com", 10}, {"edge1b.example.com", 5},
                {"edge1a.example.com", 5},  {"edge1c.example.com", 5},  {"edge2c.example.com", 10}};
    struct dns_owner o = {DNS_ANSWER, name, 200};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dns_srv one = {.priority = rows[i].priority, .weight = 50, .port = 8934};
        dns_write_srv(d, &o, &one, str_z(rows[i].target));
    }
}

static inline bool journey_named(struct world *w, const struct handset_action *a,
                                 struct world_event *e)
{
    struct dns_message head = {.id = 1, .response = true, .recursive = true};
    struct dns_owner o = {DNS_ANSWER, a->text, 814};
    struct addr six = {.family = 6, .b = {0x20, 1, 0x0d, 0xb8, [15] = 1}};
    struct dns_writer d;
    char name[300];
    snprintf(name, sizeof name, "%.*s", STR_ARG(a->text));
    bool edge = strstr(name, "edge") != NULL;
    bool alias = a->type == DNS_A && strstr(name, "activate");
    bool srv = a->type == DNS_SRV && strstr(name, "_sip");
    if (a->n_servers == 0 || !(edge || alias || srv)) {
        return false;
    }
    dns_write_begin(&d, e->bytes, sizeof e->bytes, &head);
    dns_write_question(&d, a->text, a->type);
    if (srv) {
        journey_srv(&d, a->text);
    } else if (a->type == DNS_AAAA) {
        dns_write_addr(&d, &o, six);
    } else {
        if (alias) {
            dns_write_name(&d, &o, DNS_CNAME, STR("activate.site.example.com"));
            o.name = STR("activate.site.example.com");
        }
        dns_write_addr(&d, &o, addr4(0xc6336400 + (unsigned char)name[4] + (unsigned char)name[5]));
    }
    e->len = dns_write_end(&d);
    world_must(e->len > 0, "an answer that is none");
    (void)w;
    return true;
}

static inline void journey_seen(struct world *w, const struct handset_action *a)
{
    struct journey *j = w->ctx;
    if (a->what == HANDSET_RESTART) {
        scribe_restart(&j->log.scribe);
    } else if (a->what == HANDSET_REBOOT) {
        scribe_boot(&j->log.scribe);
    } else if (a->what == HANDSET_FETCH) {
        j->fetch = a->fetch;
        j->fetch_id = a->id;
    }
    j->log.offset = w->h.offset;
}

/* The phone whose MAC address ends with `last`. */
static inline void journey_begin_of(struct journey *j, struct phone_pool *pool,
                                    struct agent_work *agents, const struct world_page *pages,
                                    uint8_t last)
{
    *j = (struct journey){.said.limit = 0};
    written_begin(&j->log, 0, 5);
    world_begin(&j->w, pool, agents, last);
    j->w.page = pages;
    j->w.quiet = true;
    j->w.ctx = j;
    j->w.fetched = journey_fetched;
    j->w.named = journey_named;
    j->w.seen = journey_seen;
    j->w.cfg.crypto = &journey_crypto;
    j->w.cfg.line = journey_line;
    j->w.cfg.head = scribe_head;
    j->w.cfg.message = scribe_message;
    handset_init(&j->w.h, &j->w.cfg, &j->w.phone, &j->log.scribe, &j->log.scribe, last);
}

static inline void journey_begin(struct journey *j, struct phone_pool *pool,
                                 struct agent_work *agents, const struct world_page *pages)
{
    journey_begin_of(j, pool, agents, pages, 0x21);
}

static inline void journey_set(struct journey *j, const char *name, const char *value)
{
    bool changed = false;
    world_must(phone_set(&j->w.phone, str_z(name), str_z(value), &changed) == ERR_OK,
               "no such setting");
}

static inline void journey_run(struct journey *j, usec_t seconds)
{
    if (j->w.h.state == HANDSET_OFF) {
        handset_start(&j->w.h, j->w.now);
        j->log.offset = j->w.h.offset;
    }
    world_run(&j->w, j->w.now + seconds * USEC_S);
}

static inline void journey_end(struct journey *j)
{
    world_end(&j->w);
    written_end(&j->log);
    buf_clear(&j->said);
}

#endif
