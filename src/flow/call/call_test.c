/* Calls told line by line, in virtual time, over every transport. */
#include "flow/call/call_fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* A line is one of
 *     @12.5              time since the start, in seconds
 *     alice: INVITE bob  alice sends; to bob's bindings (bob,carol: to both)
 *     bob: 180           bob answers the last request that he got
 *     alice: again       the same bytes once more
 *     -bob               bob's connection ends
 *     bob< INVITE        the next thing that the proxy sends
 * and everything that the proxy sends must be told. `over`: the transports of alice, bob and carol. */
struct scenario {
    const char *name;
    const char *over;
    const char *lines;
};

#define RINGS "alice: INVITE bob\nalice< 100\nbob< INVITE\nbob: 180\nalice< 180\n"
#define TALKS RINGS "bob: 200\nalice< 200\nalice: ACK\nbob< ACK\n"
#define BOTH "alice: INVITE bob,carol\nalice< 100\nbob< INVITE\ncarol< INVITE\n"

static const struct scenario scenarios[] = {
    {"a call, ended by who called", "ssss", TALKS "alice: BYE\nbob< BYE\nbob: 200\nalice< 200\n"},
    {"a call, ended by who was called", "ssss",
     TALKS "bob: BYE\nalice< BYE\nalice: 200\nbob< 200\n"},
    {"over TCP and UDP", "tuuu", TALKS "bob: BYE\nalice< BYE\nalice: 200\nbob< 200\n"},
    {"over UDP and TLS", "usss", TALKS "alice: BYE\nbob< BYE\nbob: 200\nalice< 200\n"},
    {"every request of a dialog passes", "ssss",
     RINGS "alice: PRACK\nbob< PRACK\nbob: 200\nalice< 200\nbob: UPDATE\nalice< UPDATE\nalice: "
           "488\nbob< 488\n"},
    {"media changed within a call", "ssss",
     TALKS "alice: re-INVITE\nalice< 100\nbob< INVITE\nbob: 200\nalice< 200\nalice: ACK\nbob< ACK\n"
           "bob: INFO\nalice< INFO\nalice: 200\nbob< 200\nbob: REFER\nalice< REFER\nalice: "
           "202\nbob< 202\n"},
    {"a message, out of any dialog", "ssss",
     "alice: MESSAGE bob\nbob< MESSAGE\nbob: 200\nalice< 200\n"},
    {"busy, over streams", "ssss",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\nbob: 486\nbob< ACK\nalice< 486\nalice: ack\n"},
    {"busy, over UDP: asked for the ACK until it comes", "uuuu",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\nbob: 486\nbob< ACK\nalice< 486\n"
     "@0.6\nalice< 486\n@1.6\nalice< 486\nbob: again\nbob< ACK\nalice: again\nalice< 486\nalice: "
     "ack\n@40\n"},
    {"the answer is given up after 32 seconds", "usuu",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\nbob: 404\nbob< ACK\nalice< 404\n"
     "@3.6\nalice< 404\nalice< 404\nalice< 404\n@33\nalice< 404\nalice< 404\nalice< 404\nalice< "
     "404\nalice< "
     "404\nalice< 404\nalice< 404\n@100\n"},
    {"taken back while it rings", "ssss",
     RINGS "alice: CANCEL\nalice< 200\nbob< CANCEL\nbob: 487\nbob< ACK\nalice< 487\nalice: ack\n"},
    {"taken back before anything was heard", "ssss",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\nalice: CANCEL\nalice< 200\nbob: 180\nbob< "
     "CANCEL\n"
     "alice< 180\nbob: 487\nbob< ACK\nalice< 487\nalice: ack\n"},
    {"taken back, and never heard of", "ssss",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\nalice: CANCEL\nalice< 200\n@33\nalice< "
     "487\nalice: ack\n"},
    {"taken back over UDP: again and again", "uuuu",
     RINGS "alice: CANCEL\nalice< 200\nbob< CANCEL\n@0.6\nbob< CANCEL\nalice: CANCEL\nalice< "
           "200\n@1.6\nbob< "
           "CANCEL\nbob: 487\nbob< ACK\nalice< 487\nalice: ack\n@100\n"},
    {"taken back too late", "ssss",
     RINGS "bob: 200\nalice< 200\nalice: CANCEL\nalice< 200\nalice: ACK\nbob< ACK\n"},
    {"a CANCEL that crosses the 200", "ssss",
     RINGS "alice: CANCEL\nalice< 200\nbob< CANCEL\nbob: 200\nalice< 200\nalice: ACK\nbob< ACK\n"},
    {"one of two answers", "ssss",
     BOTH
     "bob: 180\nalice< 180\ncarol: 180\nalice< 180\nbob: 200\nalice< 200\ncarol< CANCEL\n"
     "carol: 487\ncarol< ACK\nalice: ACK\nbob< ACK\nalice: BYE\nbob< BYE\nbob: 200\nalice< 200\n"},
    {"both answer at once", "ssss",
     BOTH "bob: 180\nalice< 180\ncarol: 180\nalice< 180\nbob: 200\nalice< 200\ncarol< CANCEL\n"
          "carol: 200\nalice< 200\nalice: ACK\ncarol< ACK\n"},
    {"the better of two refusals", "ssss",
     BOTH "bob: 480\nbob< ACK\ncarol: 486\ncarol< ACK\nalice< 486\nalice: ack\n"},
    {"a challenge is better than busy", "ssss",
     BOTH "bob: 486\nbob< ACK\ncarol: 407\ncarol< ACK\nalice< 407\nalice: ack\n"},
    {"603 ends it for all", "ssss",
     BOTH "carol: 180\nalice< 180\nbob: 603\nbob< ACK\ncarol< CANCEL\ncarol: 487\ncarol< "
          "ACK\nalice< 603\n"
          "alice: ack\n"},
    {"503 of a phone is not ours", "ssss",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\nbob: 503\nbob< ACK\nalice< 500\nalice: ack\n"},
    {"nobody is there, UDP", "uuuu",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\n@0.6\nbob< INVITE\n@1.6\nbob< INVITE\n@3.6\nbob< "
     "INVITE\n"
     "@7.6\nbob< INVITE\n@15.6\nbob< INVITE\n@31.6\nbob< INVITE\n@32.1\nalice< 408\nalice: "
     "ack\n@100\n"},
    {"nobody is there, TCP", "tttt",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\n@31.9\n@32.1\nalice< 408\nalice: ack\n@100\n"},
    {"Timer C", "ssss",
     RINGS
     "@184\n@185.1\nbob< CANCEL\nbob: 200 CANCEL\nbob: 487\nbob< ACK\nalice< 487\nalice: ack\n"},
    {"Timer C begins anew with each 18x", "ssss",
     RINGS
     "@184\nbob: 183\nalice< 183\n@368\n@370\nbob< CANCEL\n@403\nalice< 408\nalice: ack\n@500\n"},
    {"a 100 is not passed on", "uuuu",
     "alice: INVITE bob\nalice< 100\nbob< INVITE\nbob: 100\n@10\nalice: again\nalice< 100\n"},
    {"the caller asks again", "uuuu",
     RINGS "alice: again\nalice< 180\nbob: 200\nalice< 200\nalice: again\nbob: again\nalice< "
           "200\nalice: ACK\n"
           "bob< ACK\nalice: again\nbob< ACK\n@100\n"},
    {"no 408 for what is no INVITE", "uuuu",
     "alice: MESSAGE bob\nbob< MESSAGE\n@0.6\nbob< MESSAGE\n@1.6\nbob< MESSAGE\n@3.6\nbob< "
     "MESSAGE\nalice< 100\n"
     "alice: again\nalice< 100\n@7.6\nbob< MESSAGE\n@32.1\nbob< MESSAGE\nbob< MESSAGE\nbob< "
     "MESSAGE\nbob< "
     "MESSAGE\nbob< MESSAGE\nbob< MESSAGE\n@40\nbob: 200\n"},
    {"an answer kept for who asks again", "uuuu",
     "alice: MESSAGE bob\nbob< MESSAGE\nbob: 200\nalice< 200\nalice: again\nalice< "
     "200\n@31\nalice: again\nalice< "
     "200\nbob: again\n@33\n"},
    {"no hop left", "ssss", "alice: INVITE bob hops=0\nalice< 483\nalice: ack\n"},
    {"no hop left in a dialog", "ssss", TALKS "alice: INFO hops=0\nalice< 483\n"},
    {"an extension that we lack", "ssss",
     "alice: INVITE bob proxy-require\nalice< 420\nalice: ack\n"},
    {"a changed token", "ssss", TALKS "alice: BYE flip\nalice< 403\n"},
    {"a token of another dialog", "ssss", TALKS "alice: BYE call=other\nalice< 403\n"},
    {"a token used from the wrong side", "ssss", TALKS "bob: BYE turned\nbob< 403\n"},
    {"an ACK with a changed token goes nowhere", "ssss",
     RINGS "bob: 200\nalice< 200\nalice: ACK flip\n"},
    {"a call over a connection that is gone", "ssss",
     TALKS "alice: BYE\nbob< BYE\n-bob\nalice< 430\n"},
    {"the connection ends while it rings", "ssss", RINGS "-bob\nalice< 480\nalice: ack\n"},
    {"one of two connections ends", "ssss",
     BOTH "-bob\ncarol: 486\ncarol< ACK\nalice< 486\nalice: ack\n"},
    {"the caller's connection ends", "ssss",
     RINGS "-alice\nbob< CANCEL\nbob: 487\nbob< ACK\n@200\n"},
    {"sips goes over TLS only", "suss",
     "alice: INVITE bob sips\nalice< 100\nalice< 480\nalice: ack\n"},
    {"sips over TLS", "ssss",
     "alice: INVITE bob sips\nalice< 100\nbob< INVITE\nbob: 200\nalice< 200\n"},
};

static struct world w;
static const struct scenario *told;
static const char *at_line;

#define FAIL(...)                                                                    \
    do {                                                                             \
        print_error("%s: %.*s: ", told->name, (int)strcspn(at_line, "\n"), at_line); \
        fail_msg(__VA_ARGS__);                                                       \
    } while (0)

static struct phone *phone_named(struct str name, unsigned *ret_i)
{
    for (unsigned i = 0; i < PHONES; i++) {
        if (str_eq(name, str_z(w.phone[i].name))) {
            *ret_i = i;
            return &w.phone[i];
        }
    }
    FAIL("nobody of that name");
    return NULL;
}

static bool word_is(struct str text, const char *word)
{
    return str_find(text, str_z(word)) != STR_NPOS;
}

/* A request of the proxy's to a phone carries what a proxy must add, and nothing it must not pass. */
static void check_request(const struct sip_msg *msg, const struct phone *to)
{
    struct sip_via via;
    struct err_at at;
    assert_int_equal(sip_via_read(sip_value(msg, SIP_VIA), &via, &at), ERR_OK);
    assert_true(call_is_branch(via.branch));
    assert_true(str_eq(via.transport, str_z(via_names[to->flow.transport])));
    assert_null(sip_find(msg, SIP_PROXY_AUTHORIZATION));
    uint16_t shard;
    assert_true(call_branch_shard(via.branch, &shard) && shard == 3);
}

static void check_sent(const struct sent *s)
{
    struct sip_msg msg;
    struct err_at at;
    struct sip_via via;
    const struct phone *to = &w.phone[s->to];
    if (!read_note(&s->bytes, &msg) || sip_check(&msg, &at) != ERR_OK) {
        FAIL("no good message: %.*s", STR_ARG(note_str(&s->bytes)));
        return;
    }
    if (msg.request) {
        check_request(&msg, to);
        return;
    }
    assert_int_equal(sip_via_read(sip_value(&msg, SIP_VIA), &via, &at), ERR_OK);
    if (!word_is(via.branch, to->name)) {
        FAIL("an answer with somebody else's Via");
    }
}

static void expect(struct str who, struct str what)
{
    struct sip_msg msg;
    char status[STR_NUMBER];
    if (w.n_out == 0) {
        FAIL("nothing was sent");
    }
    struct sent *s = &w.out[0];
    check_sent(s);
    if (!read_note(&s->bytes, &msg)) {
        return;
    }
    struct str is = msg.request ? msg.method : str_number(status, msg.status);
    if (!str_eq(is, what) || !str_eq(who, str_z(w.phone[s->to].name))) {
        FAIL("%s got %.*s", w.phone[s->to].name, STR_ARG(is));
    }
    w.n_out--;
    memmove(w.out, w.out + 1, w.n_out * sizeof *w.out);
}

static unsigned targets_of(struct str names)
{
    unsigned set = 0, i = 0;
    while (names.len) {
        (void)phone_named(str_cut(&names, ','), &i);
        set |= 1u << i;
    }
    return set;
}

/* "INVITE bob more" and the like, out of a dialog. */
static void opens(struct phone *p, const char *method, struct str rest)
{
    struct str names = str_word(&rest);
    struct str first = str_head(names, str_chr(names, ','));
    char to[16];
    snprintf(to, sizeof to, "%.*s", STR_ARG(first));
    unsigned hops = word_is(rest, "hops=0") ? 0 : 70;
    p->answer.len = 0;
    phone_invites(p, method, to, hops,
                  word_is(rest, "proxy-require") ? "Proxy-Require: x-none\r\n" : "");
    if (word_is(rest, "sips")) {
        char *uri = strstr(p->sent.p, "sip:");
        memmove(uri + 4, uri + 3, p->sent.len - (size_t)(uri + 3 - p->sent.p));
        uri[3] = 's';
        p->sent.len++;
        p->invite = p->sent;
    }
    (void)world_send(&w, p, targets_of(names));
}

static void in_dialog(struct phone *p, struct str method, struct str rest)
{
    char name[16];
    struct str bare = str_starts(method, STR("re-")) ? str_from(method, 3) : method;
    snprintf(name, sizeof name, "%.*s", STR_ARG(bare));
    if (word_is(rest, "turned")) {
        struct sip_msg msg;
        assert_true(read_note(&p->asked, &msg));
        routes_of(&p->routes, &msg, true);
    }
    phone_says(p, name, word_is(rest, "flip"), word_is(rest, "hops=0") ? 0 : 70);
    if (word_is(rest, "call=other")) {
        memcpy(strstr(p->sent.p, "Call-ID: ") + 9, "d-", 2);
    }
    if (!world_send(&w, p, 0)) {
        FAIL("not taken for one of a dialog");
    }
}

static void says(struct phone *p, struct str what)
{
    struct str rest = what;
    struct str word = str_word(&rest);
    uint64_t status;
    if (str_u64(word, &status)) {
        if (!word_is(rest, "CANCEL")) {
            phone_answers(p, (unsigned)status);
            (void)world_send(&w, p, 0);
        }
    } else if (str_eq(word, STR("again"))) {
        (void)world_send(&w, p, 0);
    } else if (str_eq(word, STR("CANCEL")) || str_eq(word, STR("ack"))) {
        phone_follows(p, str_eq(word, STR("ack")) ? "ACK" : "CANCEL");
        assert_true(world_send(&w, p, 0));
    } else if (str_eq(word, STR("INVITE")) || str_eq(word, STR("MESSAGE"))) {
        opens(p, str_eq(word, STR("INVITE")) ? "INVITE" : "MESSAGE", rest);
    } else {
        in_dialog(p, word, rest);
    }
}

static void line_run(struct str line)
{
    unsigned i = 0;
    if (line.len == 0) {
        return;
    }
    struct str what = line;
    size_t colon = str_chr(line, ':');
    if (colon != STR_NPOS || line.p[0] == '-' || line.p[0] == '@') {
        if (w.n_out != 0) {
            FAIL("%s got something that was not told: %.*s", w.phone[w.out[0].to].name,
                 (int)strcspn(w.out[0].bytes.p, "\r"), w.out[0].bytes.p);
        }
    }
    if (line.p[0] == '@') {
        world_until(&w, 1000 * USEC_S + (usec_t)(strtod(line.p + 1, NULL) * 1e6));
    } else if (line.p[0] == '-') {
        struct phone *p = phone_named(str_from(line, 1), &i);
        call_on_closed(w.call, &p->flow, w.now);
        world_collect(&w);
    } else if (colon != STR_NPOS) {
        struct str who = str_cut(&what, ':');
        says(phone_named(who, &i), str_trim(what));
    } else {
        struct str who = str_cut(&what, '<');
        expect(who, str_trim(what));
    }
}

static void calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scenarios); i++) {
        told = &scenarios[i];
        world_begin(&w, told->over, 0);
        struct str rest = str_z(told->lines);
        while (rest.len) {
            at_line = rest.p;
            line_run(str_cut(&rest, '\n'));
        }
        at_line = "the end";
        if (w.n_out != 0 || w.lost != 0) {
            FAIL("%s got something that was not told: %.*s", w.phone[w.out[0].to].name,
                 (int)strcspn(w.out[0].bytes.p, "\r"), w.out[0].bytes.p);
        }
        world_until(&w, w.now + 1000 * USEC_S);
        if (call_count(w.call) != 0) {
            FAIL("%zu transactions are left", call_count(w.call));
        }
        world_end(&w);
    }
}

/* -- What is in the messages */

static struct str first_sent(const char *to, const char *head)
{
    for (size_t i = 0; i < w.n_out; i++) {
        struct str s = note_str(&w.out[i].bytes);
        if (strcmp(w.phone[w.out[i].to].name, to) == 0 && str_starts(s, str_z(head))) {
            return s;
        }
    }
    fail_msg("%s got no %s", to, head);
    return str_of(NULL, 0);
}

static const struct {
    const char *over;
    bool sips;
    const char *callee_scheme, *callee_end; /* of the Record-Route that the called uses */
    const char *caller_scheme, *caller_end;
} recorded[] = {
    {"ss", false, "<sip:dt-", "@192.0.2.100:5062;transport=tls;lr>", "<sip:dt-",
     "@192.0.2.100:5062;transport=tls;lr>"},
    {"su", false, "<sip:dt-", "@192.0.2.100:5060;lr>", "<sip:dt-",
     "@192.0.2.100:5062;transport=tls;lr>"},
    {"ut", false, "<sip:dt-", "@192.0.2.100:5061;transport=tcp;lr>", "<sip:dt-",
     "@192.0.2.100:5060;lr>"},
    {"ss", true, "<sips:dt-", "@192.0.2.100:5062;lr>", "<sips:dt-", "@192.0.2.100:5062;lr>"},
};

static void record_route_suits_each_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(recorded); i++) {
        char over[PHONES + 1] = "ssss";
        struct sip_msg msg;
        struct err_at at;
        memcpy(over, recorded[i].over, 2);
        told = &scenarios[0];
        at_line = "";
        world_begin(&w, over, 0);
        opens(&w.phone[0], "INVITE", recorded[i].sips ? STR("bob sips") : STR("bob"));
        assert_int_equal(sip_read(first_sent("bob", "INVITE"), &msg, &at), ERR_OK);
        struct str rest = sip_value(&msg, SIP_RECORD_ROUTE), item;
        assert_int_equal(sip_list_next(&rest, &item), ERR_OK);
        assert_true(str_starts(item, str_z(recorded[i].callee_scheme)));
        assert_true(str_ends(item, str_z(recorded[i].callee_end)));
        assert_int_equal(sip_list_next(&rest, &item), ERR_OK);
        assert_true(str_starts(item, str_z(recorded[i].caller_scheme)));
        assert_true(str_ends(item, str_z(recorded[i].caller_end)));
        assert_true(str_eq(msg.uri, STR("sip:bob@192.0.2.2")));
        assert_true(str_eq(sip_value(&msg, SIP_MAX_FORWARDS), STR("69")));
        assert_true(str_eq(msg.body, STR("v=0\n")));
        world_end(&w);
    }
}

static void who_did_not_win_hears_why(void **state)
{
    (void)state;
    world_begin(&w, "ssss", 0);
    opens(&w.phone[0], "INVITE", STR("bob,carol"));
    phone_answers(&w.phone[2], 180);
    (void)world_send(&w, &w.phone[2], 0);
    phone_answers(&w.phone[1], 200);
    (void)world_send(&w, &w.phone[1], 0);
    assert_true(word_is(first_sent("carol", "CANCEL"), "Reason: SIP;cause=200;"));
    world_end(&w);
}

static void a_request_that_comes_back_is_a_loop(void **state)
{
    (void)state;
    world_begin(&w, "uuuu", 0);
    opens(&w.phone[0], "INVITE", STR("bob"));
    /* Bob is a proxy that sends it straight back. */
    struct phone *bob = &w.phone[1];
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    struct str got = first_sent("bob", "INVITE");
    struct str line = str_cut(&got, '\n');
    (void)line;
    sink_z(&out, "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP "
                 "192.0.2.2:5072;branch=z9hG4bK-bob-9\r\n");
    sink_str(&out, got);
    note_set(&bob->sent, buf_str(&b));
    buf_clear(&b);
    (void)world_send(&w, bob, 1u << 2);
    assert_true(first_sent("bob", "SIP/2.0 482").len != 0);
    world_end(&w);
}

/* -- What belongs to nothing, and too much of everything */

static void answers_to_nothing_are_dropped(void **state)
{
    static const char *const branches[] = {"z9hG4bKdt03c0000000000000000ffffffffffffffff",
                                           "z9hG4bKdt03e00", "z9hG4bKdt03c", "z9hG4bK"};
    (void)state;
    world_begin(&w, "ssss", 0);
    opens(&w.phone[0], "INVITE", STR("bob"));
    w.n_out = 0;
    for (size_t i = 0; i < COUNT(branches); i++) {
        struct phone *p = &w.phone[1];
        phone_answers(p, 200);
        char *branch = strstr(p->sent.p, "branch=") + 7;
        size_t rest = p->sent.len - (size_t)(branch - p->sent.p) - 44;
        size_t len = strlen(branches[i]);
        memmove(branch + len, branch + 44, rest);
        memcpy(branch, branches[i], len);
        p->sent.len -= 44 - len;
        (void)world_send(&w, p, 0);
        assert_int_equal(w.n_out, 0);
    }
    world_end(&w);
}

static void branches_name_their_shard(void **state)
{
    uint16_t shard = 0;
    (void)state;
    assert_true(call_branch_shard(STR("z9hG4bKdt2ae"), &shard) && shard == 0x2a);
    assert_true(call_branch_shard(STR("Z9HG4BKDT2Ax"), &shard) && shard == 0x2a);
    assert_false(call_branch_shard(STR("z9hG4bKdt2a"), &shard));
    assert_false(call_branch_shard(STR("z9hG4bKdtxxe"), &shard));
    assert_false(call_branch_shard(STR("z9hG4bK-776asdhds"), &shard));
    assert_false(call_is_branch(STR("z9hG4bKdt2ae0123456789012345678901234567890")));
}

static void a_flood_ends_at_the_limit(void **state)
{
    (void)state;
    world_begin(&w, "usss", 10);
    for (unsigned i = 0; i < 100; i++) {
        w.n_out = 0;
        opens(&w.phone[0], "INVITE", STR("bob"));
        assert_true(call_count(w.call) <= 10);
    }
    struct str refused = first_sent("alice", "SIP/2.0 503");
    assert_true(word_is(refused, "Retry-After: "));
    w.n_out = 0;
    for (unsigned i = 0; i < 100 && call_count(w.call) != 0; i++) {
        world_until(&w, w.now + 10 * USEC_S);
        w.n_out = 0;
    }
    assert_int_equal(call_count(w.call), 0);
    opens(&w.phone[0], "INVITE", STR("bob"));
    assert_true(first_sent("bob", "INVITE").len != 0);
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls),
        cmocka_unit_test(record_route_suits_each_side),
        cmocka_unit_test(who_did_not_win_hears_why),
        cmocka_unit_test(a_request_that_comes_back_is_a_loop),
        cmocka_unit_test(answers_to_nothing_are_dropped),
        cmocka_unit_test(branches_name_their_shard),
        cmocka_unit_test(a_flood_ends_at_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
