/* The table of bindings against a naive model over random operations; what it costs; records. */
#include "domain/binding/binding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct binding phone = {
    .contact = STR_INIT("sip:+815012345678@192.0.2.10:5072;transport=tls"),
    .call_id = STR_INIT("a84b4c76-e66710b2-5f0c3a12-7d@192.0.2.10"),
    .agent = STR_INIT("Cisco-CP-8865-3PCC/12.0.2_00005e005301_5f3a"),
    .instance = STR_INIT("<urn:uuid:f81d4fae-7dec-11d0-a765-00005e005301>"),
    .reg_id = 1,
    .cseq = 4711,
    .q = 1000,
    .node = 3,
    .flow = {.transport = TRANSPORT_TLS,
             .listener = 2,
             .worker = 1,
             .slot = 77,
             .serial = 9001,
             .peer = {.ip = {.family = 4, .b = {192, 0, 2, 10}}, .port = 5072}},
    .registered = 1700000000 * USEC_S,
    .refreshed = 1700000100 * USEC_S,
    .expires = 1700003700 * USEC_S,
};

static struct bindings *table(size_t most)
{
    struct bindings *t = NULL;
    assert_int_equal(bindings_new(most, &t), ERR_OK);
    return t;
}

static void same(const struct binding *a, const struct binding *b)
{
    assert_true(str_eq(a->contact, b->contact));
    assert_true(str_eq(a->call_id, b->call_id));
    assert_true(str_eq(a->instance, b->instance));
    assert_true(str_eq(binding_agent(a->agent), b->agent));
    assert_int_equal(a->reg_id, b->reg_id);
    assert_int_equal(a->cseq, b->cseq);
    assert_int_equal(a->q, b->q);
    assert_int_equal(a->node, b->node);
    assert_int_equal(a->registered, b->registered);
    assert_int_equal(a->refreshed, b->refreshed);
    assert_int_equal(a->expires, b->expires);
    assert_int_equal(a->flow.transport, b->flow.transport);
    assert_int_equal(a->flow.listener, b->flow.listener);
    assert_int_equal(a->flow.worker, b->flow.worker);
    assert_int_equal(a->flow.slot, b->flow.slot);
    assert_int_equal(a->flow.serial, b->flow.serial);
    assert_true(endpoint_eq(a->flow.peer, b->flow.peer));
}

static void test_put_and_read(void **state)
{
    (void)state;
    struct bindings *t = table(2);
    struct binding b = phone;
    struct binding got;
    uint32_t first = 0;
    b.account = 5;
    assert_int_equal(bindings_deadline(t), USEC_NONE);
    assert_int_equal(bindings_add(t, &b, &first), ERR_OK);
    bindings_read(t, first, &got);
    same(&b, &got);
    assert_int_equal(got.account, 5);
    b.contact = STR("sip:second@198.51.100.2");
    b.instance = STR("");
    b.agent = STR("");
    b.flow.serial = 0;
    b.flow.peer = (struct endpoint){.ip = {.family = 6, .b = {0x20, 1, 0xd, 0xb8, [15] = 1}}};
    assert_int_equal(bindings_add(t, &b, &first), ERR_OK);
    bindings_read(t, first, &got);
    same(&b, &got);
    bindings_read(t, bindings_next(t, first), &got);
    assert_int_equal(got.cseq, phone.cseq);
    assert_int_equal(bindings_next(t, bindings_next(t, first)), 0);
    assert_int_equal(bindings_add(t, &b, &first), ERR_LIMIT);
    assert_int_equal(bindings_count(t), 2);
    bindings_remove(t, bindings_next(t, first), &first);
    assert_int_equal(bindings_next(t, first), 0);
    bindings_remove(t, first, &first);
    assert_int_equal(first, 0);
    assert_int_equal(bindings_count(t), 0);
    bindings_free(t);
}

static void test_refresh(void **state)
{
    (void)state;
    struct bindings *t = table(10);
    struct binding b = phone;
    struct binding got;
    uint32_t first = 0;
    assert_int_equal(bindings_add(t, &b, &first), ERR_OK);
    size_t memory = bindings_memory(t);
    bindings_read(t, first, &got);
    got.cseq++;
    got.expires += 60 * USEC_S;
    assert_int_equal(bindings_set(t, first, &got), ERR_OK);
    assert_int_equal(bindings_deadline(t), phone.expires + 60 * USEC_S);
    /* Views of the row itself, put in another order. */
    bindings_read(t, first, &got);
    struct str contact = got.contact;
    got.contact = got.call_id;
    got.call_id = contact;
    assert_int_equal(bindings_set(t, first, &got), ERR_OK);
    bindings_read(t, first, &got);
    assert_true(str_eq(got.contact, phone.call_id));
    assert_true(str_eq(got.call_id, phone.contact));
    assert_int_equal(bindings_memory(t), memory);
    char big[BINDING_TEXT_MOST + 1];
    memset(big, 'x', sizeof big);
    got.instance = str_of(big, sizeof big);
    assert_int_equal(bindings_set(t, first, &got), ERR_LIMIT);
    bindings_read(t, first, &got);
    assert_true(str_eq(got.call_id, phone.contact));
    bindings_free(t);
}

static void test_exact_expiry(void **state)
{
    (void)state;
    struct bindings *t = table(10);
    struct binding b = phone;
    uint32_t first = 0;
    assert_int_equal(bindings_add(t, &b, &first), ERR_OK);
    assert_int_equal(bindings_deadline(t), b.expires);
    assert_int_equal(bindings_expired(t, b.expires - 1), 0);
    assert_int_equal(bindings_expired(t, b.expires), first);
    assert_int_equal(bindings_expired(t, b.expires), first);
    bindings_remove(t, first, &first);
    assert_int_equal(bindings_expired(t, b.expires), 0);
    bindings_free(t);
}

static void test_flow_lost(void **state)
{
    (void)state;
    struct bindings *t = table(1000);
    struct binding got;
    uint32_t one = 0;
    uint32_t firsts[100] = {0};
    for (uint32_t i = 0; i < 100; i++) {
        struct binding b = phone;
        b.flow.slot = i % 10;
        b.flow.serial = 1 + i % 20;
        assert_int_equal(bindings_add(t, &b, &firsts[i]), ERR_OK);
    }
    struct flow f = {.worker = 1, .slot = 3, .serial = 4};
    assert_int_equal(bindings_flow_lost(t, &f, &one), 5);
    bindings_read(t, one, &got);
    assert_int_equal(got.flow.slot, 3);
    assert_int_equal(bindings_flow_lost(t, &f, &one), 0);
    bindings_read(t, firsts[3], &got);
    assert_int_equal(got.flow.serial, 0);
    bindings_read(t, firsts[13], &got);
    assert_int_equal(got.flow.serial, 14);
    f.worker = 2;
    f.serial = 14;
    assert_int_equal(bindings_flow_lost(t, &f, &one), 0);
    f.serial = 0;
    assert_int_equal(bindings_flow_lost(t, &f, &one), 0);
    /* A binding that found a new connection is found by that one. */
    got.flow.slot = 500;
    assert_int_equal(bindings_set(t, firsts[13], &got), ERR_OK);
    assert_int_equal(bindings_flow_lost(t, &got.flow, &one), 1);
    bindings_free(t);
}

/* -- against a model */

enum { PHONES = 300, ROWS_MOST = 1000 };

struct model {
    bool there;
    struct binding b;
    char contact[48];
    char agent[48];
};

static uint32_t rand_of(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

static void draw(struct model *m, uint32_t *seed)
{
    m->b = phone;
    int n = snprintf(m->contact, sizeof m->contact, "sip:%.*s", (int)rand_of(seed, 40),
                     "1234567890123456789012345678901234567890");
    m->b.contact = str_of(m->contact, (size_t)n);
    n = snprintf(m->agent, sizeof m->agent, "Phone/%u", rand_of(seed, 3000));
    m->b.agent = str_of(m->agent, (size_t)n);
    m->b.cseq = rand_of(seed, 1000000);
    m->b.expires = 1000000 + rand_of(seed, 1000000);
    m->b.flow.slot = rand_of(seed, 50);
    m->b.flow.serial = rand_of(seed, 3);
}

static size_t model_lost(struct model *m, const struct flow *f)
{
    size_t n = 0;
    for (size_t i = 0; i < PHONES; i++) {
        struct flow *g = &m[i].b.flow;
        if (m[i].there && f->serial && g->slot == f->slot && g->serial == f->serial) {
            g->serial = 0;
            n++;
        }
    }
    return n;
}

static void check_model(const struct bindings *t, const struct model *m, const uint32_t *firsts)
{
    usec_t least = INT64_MAX;
    size_t n = 0;
    for (size_t i = 0; i < PHONES; i++) {
        assert_int_equal(m[i].there, firsts[i] != 0);
        if (m[i].there) {
            struct binding got;
            bindings_read(t, firsts[i], &got);
            same(&m[i].b, &got);
            least = m[i].b.expires < least ? m[i].b.expires : least;
            n++;
        }
    }
    assert_int_equal(bindings_count(t), n);
    assert_int_equal(bindings_deadline(t), n ? least : USEC_NONE);
    uint32_t cursor = 0;
    while (bindings_each(t, &cursor)) {
        n--;
    }
    assert_int_equal(n, 0);
}

static void step(struct bindings *t, struct model *m, uint32_t *firsts, uint32_t *seed)
{
    uint32_t i = rand_of(seed, PHONES);
    uint32_t what = rand_of(seed, 20);
    if (what == 0) {
        uint32_t one = 0;
        struct flow f = {.worker = 1, .slot = rand_of(seed, 50), .serial = rand_of(seed, 3)};
        assert_int_equal(bindings_flow_lost(t, &f, &one), model_lost(m, &f));
    } else if (m[i].there && what < 6) {
        bindings_remove(t, firsts[i], &firsts[i]);
        m[i].there = false;
    } else if (m[i].there) {
        draw(&m[i], seed);
        assert_int_equal(bindings_set(t, firsts[i], &m[i].b), ERR_OK);
    } else {
        draw(&m[i], seed);
        assert_int_equal(bindings_add(t, &m[i].b, &firsts[i]), ERR_OK);
        m[i].there = true;
    }
}

static void test_model(void **state)
{
    (void)state;
    static struct model m[PHONES];
    uint32_t firsts[PHONES] = {0};
    uint32_t seed = 1;
    struct bindings *t = table(ROWS_MOST);
    for (size_t i = 0; i < 20000; i++) {
        step(t, m, firsts, &seed);
        if (i % 50 == 0) {
            check_model(t, m, firsts);
        }
    }
    size_t memory = bindings_memory(t);
    for (size_t i = 0; i < 20000; i++) {
        step(t, m, firsts, &seed);
    }
    assert_true(bindings_memory(t) <= memory + 64 * 1024);
    /* All end in their order. */
    usec_t last = 0;
    for (uint32_t at; (at = bindings_expired(t, INT64_MAX)) != 0;) {
        struct binding got;
        size_t i = 0;
        bindings_read(t, at, &got);
        assert_true(got.expires >= last);
        last = got.expires;
        while (firsts[i] != at) {
            i++;
        }
        bindings_remove(t, at, &firsts[i]);
    }
    assert_int_equal(bindings_count(t), 0);
    bindings_free(t);
}

/* -- what it costs */

static size_t cost(size_t n, bool instance)
{
    struct bindings *t = table(1000000);
    uint32_t *firsts = calloc(n, sizeof *firsts);
    assert_non_null(firsts);
    for (size_t i = 0; i < n; i++) {
        char contact[80];
        char call_id[80];
        char agent[128];
        struct binding b = phone;
        int len = snprintf(contact, sizeof contact,
                           "<sip:+8150%08zu@192.0.2.10:5072;transport=tls;lr>", i);
        b.contact = str_of(contact, (size_t)len);
        len = snprintf(call_id, sizeof call_id, "%08zx-66710b25-f0c3a127-daa11ee7@192.0.2.100", i);
        b.call_id = str_of(call_id, (size_t)len);
        len = snprintf(agent, sizeof agent, "Cisco-CP-8865-3PCC/12.0.%zu_00005e%06zx_%080d", i % 5,
                       i, 7);
        b.agent = str_of(agent, (size_t)len);
        b.instance = instance ? b.instance : STR("");
        b.flow.slot = (uint32_t)i;
        b.expires += (usec_t)(i * 7919 % n);
        assert_int_equal(bindings_add(t, &b, &firsts[i]), ERR_OK);
    }
    size_t bytes = (bindings_memory(t) + n - 1) / n;
    bindings_free(t);
    free(firsts);
    return bytes;
}

static void test_cost(void **state)
{
    (void)state;
    size_t plain = cost(100000, false);
    size_t instance = cost(100000, true);
    print_message("a binding: %zu bytes, with +sip.instance %zu\n", plain, instance);
    assert_true(plain <= 260);
    assert_true(instance <= 300);
}

static void test_agent(void **state)
{
    static const struct {
        struct str agent, kept;
    } rows[] = {
        {STR_INIT(""), STR_INIT("")},
        {STR_INIT("Cisco-CP-8865-3PCC/12.0.2_00005e005301_5f3a"),
         STR_INIT("Cisco-CP-8865-3PCC/12.0.2")},
        {STR_INIT("Yealink SIP-T46S 66.86.0.15 00:00:5e:00:53:01"),
         STR_INIT("Yealink SIP-T46S 66.86.0.15")},
        {STR_INIT("Phone/1.0 (00-00-5E-00-53-01)"), STR_INIT("Phone/1.0")},
        {STR_INIT("00005e005301"), STR_INIT("")},
        {STR_INIT("Phone/00005e0053011"), STR_INIT("Phone/00005e0053011")},
        {STR_INIT("Phone/00:00:5e:00:53"), STR_INIT("Phone/00:00:5e:00:53")},
        {STR_INIT("Phone/1 (build deadbeef)"), STR_INIT("Phone/1 (build deadbeef)")},
        {STR_INIT("0123456789abcdefghij0123456789abcdefghij0123456789abcdefghijklmnopqrs"),
         STR_INIT("0123456789abcdefghij0123456789abcdefghij0123456789abcdefghijklmn")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str kept = binding_agent(rows[i].agent);
        assert_int_equal(kept.len, rows[i].kept.len);
        assert_true(str_eq(kept, rows[i].kept));
    }
}

/* -- records */

static struct str record(struct buf *b, enum binding_change change, const struct binding *what)
{
    struct sink out = buf_sink(b);
    buf_reset(b);
    binding_record_write(&out, change, STR("+815012345678"), what);
    assert_int_equal(out.err, ERR_OK);
    return buf_str(b);
}

static void test_record(void **state)
{
    (void)state;
    struct buf b = {.limit = 0};
    enum binding_change change;
    struct str user;
    struct binding got;
    size_t len = 0;
    struct str r = record(&b, BINDING_PUT, &phone);
    assert_int_equal(binding_record_read(r, &change, &user, &got, &len), ERR_OK);
    assert_int_equal(len, r.len);
    assert_int_equal(change, BINDING_PUT);
    assert_true(str_eq(user, STR("+815012345678")));
    same(&phone, &got);
    r = record(&b, BINDING_REMOVE, &phone);
    assert_int_equal(binding_record_read(r, &change, &user, &got, &len), ERR_OK);
    assert_int_equal(change, BINDING_REMOVE);
    assert_true(str_eq(got.contact, phone.contact));
    assert_int_equal(got.call_id.len, 0);
    buf_clear(&b);
}

static void test_record_damaged(void **state)
{
    (void)state;
    struct buf b = {.limit = 0};
    enum binding_change change;
    struct str user;
    struct binding got;
    size_t len = 0;
    struct str r = record(&b, BINDING_PUT, &phone);
    for (size_t i = 0; i < r.len; i++) {
        assert_int_equal(binding_record_read(str_head(r, i), &change, &user, &got, &len), ERR_MORE);
    }
    for (size_t i = 0; i < 8 * r.len; i++) {
        b.p[i / 8] = (char)(b.p[i / 8] ^ 1 << i % 8);
        enum err e = binding_record_read(r, &change, &user, &got, &len);
        assert_true(e == ERR_MALFORMED || (e == ERR_MORE && i < 32));
        b.p[i / 8] = (char)(b.p[i / 8] ^ 1 << i % 8);
    }
    const char zeros[64] = {0};
    assert_int_equal(binding_record_read(str_of(zeros, sizeof zeros), &change, &user, &got, &len),
                     ERR_MALFORMED);
    buf_clear(&b);
}

static void test_record_too_long(void **state)
{
    (void)state;
    char big[BINDING_TEXT_MOST + 1];
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    struct binding long_one = phone;
    memset(big, 'x', sizeof big);
    long_one.contact = str_of(big, sizeof big);
    binding_record_write(&out, BINDING_REMOVE, STR("user"), &long_one);
    assert_int_equal(out.err, ERR_LIMIT);
    assert_int_equal(b.len, 0);
    long_one = (struct binding){.contact = str_of(big, BINDING_TEXT_MOST)};
    out.err = ERR_OK;
    binding_record_write(&out, BINDING_PUT, str_of(big, 255), &long_one);
    assert_int_equal(out.err, ERR_OK);
    assert_true(b.len <= BINDING_RECORD_MOST);
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_read),   cmocka_unit_test(test_refresh),
        cmocka_unit_test(test_exact_expiry),   cmocka_unit_test(test_flow_lost),
        cmocka_unit_test(test_model),          cmocka_unit_test(test_cost),
        cmocka_unit_test(test_agent),          cmocka_unit_test(test_record),
        cmocka_unit_test(test_record_damaged), cmocka_unit_test(test_record_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
