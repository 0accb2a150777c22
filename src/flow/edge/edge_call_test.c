/* A call between two bindings, whose accounts are in one shard or in two: every message is brought to the shard that
 * edge_shard names, as the program does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/edge/edge_fixture.h"
#include "proto/sip/sip_param.h"
#include "proto/sip/sip_reply.h"

enum { SHARDS = 2, GOT = 8192 };

struct phone {
    char user[8];
    struct edge_from from;
    char got[GOT]; /* the last message that came */
    size_t len;
    char dialog[1024]; /* Route fields, turned round for who called */
    char remote[128];  /* To of its requests */
    unsigned cseq;
};

static struct fix fix[SHARDS];
static uint16_t shards;
static struct phone alice, bob;
static const struct hash_key key = {{1, 2}};

static void phone_is(struct phone *p, uint16_t shard, unsigned transport)
{
    static unsigned next = 1000;
    memset(p, 0, sizeof *p);
    do {
        snprintf(p->user, sizeof p->user, "%u", next++ % 10000);
    } while (edge_shard_of(&key, shards, str_z(p->user)) != shard);
    p->from.flow.transport = (uint8_t)transport;
    p->from.flow.listener = (uint8_t)transport;
    p->from.flow.serial = transport == TRANSPORT_UDP ? 0 : next;
    p->from.flow.peer = fix_phone;
    p->from.flow.peer.port = (uint16_t)next;
    p->from.local = fix_server;
    p->from.local.port = (uint16_t)(5060 + transport);
}

static void edges_open(uint16_t n, unsigned caller, unsigned called)
{
    struct edge_cfg cfg;
    shards = n;
    phone_is(&alice, 0, caller);
    phone_is(&bob, (uint16_t)(n - 1), called);
    fix_cfg(&cfg);
    cfg.shards = n;
    for (uint16_t i = 0; i < n; i++) {
        cfg.shard = i;
        fix_open(&fix[i], &cfg);
        assert_int_equal(fix_account(&fix[i], alice.user, "secret1", 1), ERR_OK);
        assert_int_equal(fix_account(&fix[i], bob.user, "secret1", 1), ERR_OK);
    }
}

static void edges_close(void)
{
    for (uint16_t i = 0; i < shards; i++) {
        fix_close(&fix[i]);
    }
}

static void registered(struct phone *p)
{
    struct fix *f = &fix[edge_shard_of(&key, shards, str_z(p->user))];
    f->from = p->from;
    assert_int_equal(fix_login(f, &(struct fix_register){.user = p->user}), 200);
}

static void delivered(struct fix *f)
{
    alice.len = bob.len = 0;
    for (size_t i = 0; i < f->n_sent; i++) {
        bool to_bob = endpoint_eq(f->sent[i].flow.peer, bob.from.flow.peer);
        struct phone *p = to_bob ? &bob : &alice;
        assert_int_equal(f->sent[i].flow.serial, p->from.flow.serial);
        assert_int_equal(f->sent[i].flow.transport, p->from.flow.transport);
        p->len = f->sent[i].bytes.len;
        assert_true(p->len <= GOT);
        memcpy(p->got, f->sent[i].bytes.p, p->len);
    }
}

/* What the edge asks of the other shard is answered at once. */
static void found(struct fix *f)
{
    struct arena arena;
    struct edge_target target[4];
    arena_init(&arena, 0);
    uint16_t shard = edge_shard_of(&key, shards, f->found);
    size_t n = edge_contacts(fix[shard].e, f->found, &arena, target, 4);
    edge_on_found(f->e, f->ticket, target, n, f->now);
    fix_drain(f);
    arena_clear(&arena);
}

static void says(struct phone *p, const char *text)
{
    struct str bytes = str_z(text);
    struct fix *f = &fix[edge_shard(&key, shards, bytes)];
    f->from = p->from;
    fix_say(f, bytes);
    if (f->n_found) {
        found(f);
    }
    delivered(f);
}

static const struct sip_msg *got(struct phone *p, const char *head)
{
    static struct sip_msg msg;
    struct err_at at;
    struct str bytes = str_of(p->got, p->len);
    if (!str_starts(bytes, str_z(head)) || sip_read(bytes, &msg, &at) != ERR_OK) {
        fail_msg("no %s but: %.*s", head, STR_ARG(bytes));
    }
    return &msg;
}

/* A request in the dialog, or the INVITE that opens it. */
static void asks(struct phone *p, const struct phone *whom, const char *method)
{
    static const char *const transport[] = {"UDP", "TCP", "TLS"};
    char text[GOT], at[ENDPOINT_TEXT], to[128];
    snprintf(to, sizeof to, "<sip:%s@example.com>", whom->user);
    p->cseq += strcmp(method, "ACK") != 0;
    snprintf(text, sizeof text,
             "%s sip:%s@example.com SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s%u%s\r\n%s"
             "From: <sip:%s@example.com>;tag=%s\r\nTo: %s\r\nCall-ID: the-call\r\nCSeq: %u %s\r\n"
             "Max-Forwards: 70\r\nContact: <sip:%s@192.0.2.10>\r\nContent-Length: 0\r\n\r\n",
             method, whom->user, transport[p->from.flow.transport],
             endpoint_write(p->from.flow.peer, at).p, p->user, p->cseq, method, p->dialog, p->user,
             p->user, p->remote[0] ? p->remote : to, p->cseq, method, p->user);
    says(p, text);
}

/* The answer to what `p` got last. */
static void answers(struct phone *p, unsigned status)
{
    struct sip_msg msg;
    struct err_at at;
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    char text[GOT];
    assert_int_equal(sip_read(str_of(p->got, p->len), &msg, &at), ERR_OK);
    sip_reply_begin(
        &out, &(struct sip_reply){.request = &msg, .status = status, .to_tag = str_z(p->user)});
    struct str recorded = sip_value(&msg, SIP_RECORD_ROUTE);
    if (recorded.len) {
        sip_field_put(&out, SIP_RECORD_ROUTE, recorded);
    }
    sip_body_put(&out, str_of(NULL, 0), str_of(NULL, 0));
    snprintf(text, sizeof text, "%.*s", (int)b.len, b.p);
    buf_clear(&b);
    says(p, text);
}

/* Takes what the dialog's requests need from a message that opened it. */
static void dialog(struct phone *p, const struct sip_msg *msg)
{
    struct str rest = sip_value(msg, SIP_RECORD_ROUTE), first, second;
    struct str remote = sip_value(msg, msg->request ? SIP_FROM : SIP_TO);
    assert_int_equal(sip_list_next(&rest, &first), ERR_OK);
    assert_int_equal(sip_list_next(&rest, &second), ERR_OK);
    struct str top = msg->request ? first : second;
    struct str next = msg->request ? second : first;
    snprintf(p->dialog, sizeof p->dialog, "Route: %.*s\r\nRoute: %.*s\r\n", STR_ARG(top),
             STR_ARG(next));
    snprintf(p->remote, sizeof p->remote, "%.*s", STR_ARG(remote));
}

static void talk(uint16_t n, unsigned caller, unsigned called)
{
    edges_open(n, caller, called);
    registered(&alice);
    registered(&bob);
    asks(&alice, &bob, "INVITE");
    got(&alice, "SIP/2.0 100");
    dialog(&bob, got(&bob, "INVITE sip:"));
    char invite[GOT];
    size_t len = bob.len;
    memcpy(invite, bob.got, len);
    answers(&bob, 180);
    got(&alice, "SIP/2.0 180");
    memcpy(bob.got, invite, bob.len = len);
    answers(&bob, 200);
    dialog(&alice, got(&alice, "SIP/2.0 200"));
    asks(&alice, &bob, "ACK");
    got(&bob, "ACK ");
    asks(&bob, &alice, "UPDATE");
    got(&alice, "UPDATE ");
    answers(&alice, 200);
    got(&bob, "SIP/2.0 200");
    asks(&bob, &alice, "BYE");
    got(&alice, "BYE ");
    answers(&alice, 200);
    got(&bob, "SIP/2.0 200");
    edges_close();
}

static void calls_in_one_shard_and_over_two(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= SHARDS; n++) {
        for (unsigned caller = TRANSPORT_UDP; caller <= TRANSPORT_TLS; caller++) {
            for (unsigned called = TRANSPORT_UDP; called <= TRANSPORT_TLS; called++) {
                talk((uint16_t)n, caller, called);
            }
        }
    }
}

/* The Record-Route of each side is an address of the listener that it uses, though the shard never heard of the other's. */
static void record_route_names_the_listeners(void **state)
{
    (void)state;
    edges_open(2, TRANSPORT_TLS, TRANSPORT_UDP);
    edge_on_local(fix[0].e, TRANSPORT_UDP, &bob.from.local);
    registered(&alice);
    registered(&bob);
    asks(&alice, &bob, "INVITE");
    struct str recorded = sip_value(got(&bob, "INVITE "), SIP_RECORD_ROUTE), item;
    assert_int_equal(sip_list_next(&recorded, &item), ERR_OK);
    assert_true(str_ends(item, STR("@192.0.2.1:5060;lr>")));
    assert_int_equal(sip_list_next(&recorded, &item), ERR_OK);
    assert_true(str_ends(item, STR("@192.0.2.1:5062;transport=tls;lr>")));
    edges_close();
}

static void taken_back_in_two_shards(void **state)
{
    (void)state;
    edges_open(2, TRANSPORT_TCP, TRANSPORT_TCP);
    registered(&alice);
    registered(&bob);
    asks(&alice, &bob, "INVITE");
    got(&bob, "INVITE ");
    char invite[GOT];
    size_t len = bob.len;
    memcpy(invite, bob.got, len);
    answers(&bob, 180);
    char text[GOT], at[ENDPOINT_TEXT];
    snprintf(
        text, sizeof text,
        "CANCEL sip:%s@example.com SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%s1INVITE\r\n"
        "From: <sip:%s@example.com>;tag=%s\r\nTo: <sip:%s@example.com>\r\nCall-ID: the-call\r\n"
        "CSeq: 1 CANCEL\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        bob.user, endpoint_write(alice.from.flow.peer, at).p, alice.user, alice.user, alice.user,
        bob.user);
    says(&alice, text);
    got(&alice, "SIP/2.0 200");
    got(&bob, "CANCEL ");
    memcpy(bob.got, invite, bob.len = len);
    answers(&bob, 487);
    got(&alice, "SIP/2.0 487");
    got(&bob, "ACK ");
    edges_close();
}

static void a_phone_that_left_is_not_reached(void **state)
{
    (void)state;
    edges_open(2, TRANSPORT_UDP, TRANSPORT_TLS);
    registered(&alice);
    registered(&bob);
    asks(&alice, &bob, "INVITE");
    dialog(&bob, got(&bob, "INVITE "));
    answers(&bob, 200);
    dialog(&alice, got(&alice, "SIP/2.0 200"));
    asks(&alice, &bob, "ACK");
    asks(&alice, &bob, "INFO");
    got(&bob, "INFO ");
    for (uint16_t i = 0; i < shards; i++) {
        fix_forget(&fix[i]);
        edge_on_closed(fix[i].e, &bob.from.flow, fix[i].now);
        fix_drain(&fix[i]);
    }
    delivered(&fix[0]);
    got(&alice, "SIP/2.0 430");
    memset(alice.dialog, 0, sizeof alice.dialog);
    memset(alice.remote, 0, sizeof alice.remote);
    asks(&alice, &bob, "INVITE");
    got(&alice, "SIP/2.0 480");
    edges_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_in_one_shard_and_over_two),
        cmocka_unit_test(record_route_names_the_listeners),
        cmocka_unit_test(taken_back_in_two_shards),
        cmocka_unit_test(a_phone_that_left_is_not_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
