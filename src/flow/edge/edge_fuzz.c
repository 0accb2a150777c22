/* The edge as a machine: messages, ends of connections, time, in any order. What it sends can be read, its tables agree with
 * each other and stay within their limits, and it never waits for a time that has passed.
 *
 * Input: steps of four bytes (what, which, length) and `length` bytes of text. In it "{nonce}" becomes the nonce of the last
 * challenge, and "{branch}" the branch of the last request that the edge sent. */
#include "flow/edge/edge_fixture.h"
#include "proto/sip/sip_core.h"
#include "proto/stun/stun.h"

enum step { SAY, LOGIN, CLOSED, TIME, NOTIFY, LOAD, BROKEN, ACCOUNT, RESTORE, STEPS };
enum { STEPS_MOST = 200, ACCOUNTS = 4, ACTIONS_MOST = 200 };

struct run {
    struct fix f;
    char nonce[160];
    char branch[160];
    char text[1 << 16];
};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void keep(char *to, size_t cap, struct str s)
{
    snprintf(to, cap, "%.*s", STR_ARG(s));
}

/* An answer or request of ours. */
static void sent(struct run *r, const struct edge_action *a)
{
    static struct sip_msg m;
    struct err_at at;
    struct digest d;
    struct sip_via via;
    if (str_eq(a->bytes, STR("\r\n")) || stun_is(a->bytes)) {
        return;
    }
    must(a->bytes.len > 0 && sip_read(a->bytes, &m, &at) == ERR_OK);
    must(m.len == a->bytes.len);
    if (m.request) {
        must(sip_via_read(sip_value(&m, SIP_VIA), &via, &at) == ERR_OK);
        keep(r->branch, sizeof r->branch, via.branch);
    } else if (digest_read(sip_value(&m, SIP_WWW_AUTHENTICATE), &d, &at) == ERR_OK) {
        keep(r->nonce, sizeof r->nonce, d.nonce);
    }
}

static void drain(struct run *r)
{
    struct edge_action a;
    size_t n = 0;
    uint32_t ticket[ACTIONS_MOST];
    size_t tickets = 0;
    while (edge_next(r->f.e, &a)) {
        must(n++ < 4 * ACTIONS_MOST);
        must(a.flow.transport <= TRANSPORT_TLS);
        if (a.what == EDGE_SEND) {
            sent(r, &a);
        } else if (a.what == EDGE_CLOSE) {
            must(a.flow.transport != TRANSPORT_UDP);
        } else if (a.what == EDGE_STORE) {
            must(a.bytes.len > 0);
        } else if (a.what == EDGE_TELL) {
            for (unsigned i = 0; i < a.fact->n; i++) {
                must(fact_carries(a.fact->kind, (enum field)a.fact->f[i].field));
            }
        } else if (tickets < ACTIONS_MOST) {
            ticket[tickets++] = a.ticket;
        }
    }
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < tickets; i++) {
        struct edge_target target[4];
        n = edge_contacts(r->f.e, STR("1002"), &arena, target, 4);
        edge_on_found(r->f.e, ticket[i], target, n, r->f.now);
        while (edge_next(r->f.e, &a)) {
            if (a.what == EDGE_SEND) {
                sent(r, &a);
            }
        }
    }
    arena_clear(&arena);
}

static enum err count_write(void *ctx, struct str s)
{
    *(size_t *)ctx += s.len > 0;
    return ERR_OK;
}

/* The tables agree. */
static void check(struct run *r)
{
    struct edge *e = r->f.e;
    size_t bytes = 0;
    size_t n = 0;
    uint32_t cursor = 0;
    struct sink out = {.write = count_write, .ctx = &bytes};
    while (edge_snapshot(e, &cursor, 1, &out)) {
        must(++n <= edge_bindings(e));
    }
    must(n == edge_bindings(e) && n <= ACCOUNTS * 8);
    must(edge_accounts(e) <= ACCOUNTS);
}

static void time_on(struct run *r, usec_t step)
{
    r->f.now += step;
    edge_on_time(r->f.e, r->f.now);
    drain(r);
    usec_t d = edge_deadline(r->f.e);
    must(d == USEC_NONE || d > r->f.now);
}

/* The text with what only the edge knows put in. */
static struct str filled(struct run *r, struct str text)
{
    size_t len = 0;
    while (text.len) {
        bool nonce = str_starts(text, STR("{nonce}"));
        bool branch = str_starts(text, STR("{branch}"));
        struct str piece = nonce ? str_z(r->nonce) : branch ? str_z(r->branch) : str_head(text, 1);
        if (piece.len > sizeof r->text - len) {
            break;
        }
        memcpy(r->text + len, piece.p, piece.len);
        len += piece.len;
        text = str_from(text, nonce ? 7 : branch ? 8 : 1);
    }
    return str_of(r->text, len);
}

/* The quick look and the whole reading agree on whose a message is: else a user would live in two shards. */
static void shard_agrees(struct str bytes)
{
    static const struct hash_key key = {{3, 4}};
    static struct sip_msg m;
    struct sip_core core;
    struct err_at at;
    char text[ACCOUNT_USER_MOST];
    uint16_t shard = edge_shard(&key, 16, bytes);
    must(shard < 16);
    if (sip_read(bytes, &m, &at) != ERR_OK || !m.request ||
        sip_core_read(&m, &core, &at) != ERR_OK) {
        return;
    }
    bool registers = str_eq(m.method, STR("REGISTER"));
    const struct sip_uri *uri = registers ? &core.to_uri : &core.from_uri;
    if (uri->user.len <= sizeof text) {
        must(shard == edge_shard_of(&key, 16, sip_uri_user(uri, text)));
    }
}

static void say(struct run *r, struct str bytes)
{
    shard_agrees(bytes);
    char *copy = malloc(bytes.len ? bytes.len : 1);
    must(copy != NULL);
    if (bytes.len) {
        memcpy(copy, bytes.p, bytes.len);
    }
    edge_on_message(r->f.e, &r->f.from, str_of(copy, bytes.len), r->f.now);
    free(copy);
    drain(r);
}

static void login(struct run *r, uint8_t which)
{
    struct fix_register how = {.user = which & 1 ? "1002" : "1001",
                               .password = which & 1 ? "secret2" : "secret1",
                               .bad = (which & 2) != 0,
                               .cseq = r->f.branch + 1,
                               .call_id = which & 4 ? "c2" : "c1"};
    fix_login(&r->f, &how);
}

static void account(struct run *r, uint8_t which)
{
    static const char *const users[ACCOUNTS] = {"1001", "1002", "1003", "1004"};
    const char *user = users[which % ACCOUNTS];
    if (which & 128) {
        (void)edge_account_remove(r->f.e, str_z(user), r->f.now);
    } else {
        must(fix_account(&r->f, user, "secret1", 1U + (which >> 2 & 2)) == ERR_OK);
    }
    drain(r);
}

static void restore(struct run *r, uint8_t which, struct str text)
{
    struct binding b = {.contact = STR("sip:x@192.0.2.77"),
                        .call_id = str_head(text, 20),
                        .cseq = which,
                        .q = 1000,
                        .flow = r->f.from.flow,
                        .expires = r->f.now + which * USEC_S};
    (void)!edge_restore(r->f.e, which & 1 ? BINDING_REMOVE : BINDING_PUT, STR("1001"), &b,
                        r->f.now);
}

static void notify(struct run *r, uint8_t which)
{
    static const char *const events[] = {"check-sync", "report", "XML-service Key:<&>", "none"};
    (void)!edge_notify(r->f.e, which & 4 ? STR("1002") : STR("1001"), str_z(events[which & 3]),
                       r->f.now);
    drain(r);
}

static void step(struct run *r, uint8_t what, uint8_t which, struct str text)
{
    static const usec_t times[] = {1, USEC_MS, 500 * USEC_MS, USEC_S, 33 * USEC_S, 3600 * USEC_S};
    struct flow *flow = &r->f.from.flow;
    flow->transport = (uint8_t)(what / STEPS % 3);
    flow->serial = flow->transport ? 1 + (which & 3U) : 0;
    switch ((enum step)(what % STEPS)) {
    case SAY:
        say(r, filled(r, text));
        break;
    case LOGIN:
        login(r, which);
        break;
    case CLOSED:
        edge_on_closed(r->f.e, flow, r->f.now);
        drain(r);
        break;
    case TIME:
        time_on(r, times[which % (sizeof times / sizeof *times)]);
        break;
    case NOTIFY:
        notify(r, which);
        break;
    case LOAD:
        edge_load(r->f.e, which % 3);
        edge_drain(r->f.e, which & 4 ? 60 : 0);
        break;
    case BROKEN:
        edge_on_broken(r->f.e, &r->f.from, text, which & 1 ? 400 : 513, r->f.now);
        drain(r);
        break;
    case ACCOUNT:
        account(r, which);
        break;
    case RESTORE:
        restore(r, which, text);
        break;
    case STEPS:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct run r;
    struct edge_cfg cfg;
    struct str rest = str_of((const char *)data, len);
    fix_cfg(&cfg);
    cfg.look = len && data[0] & 128 ? EDGE_BROADWORKS : EDGE_STANDARD;
    cfg.replies_bytes = 128 * 1024;
    cfg.accounts_most = 16;
    cfg.bindings_most = 64;
    fix_open(&r.f, &cfg);
    r.nonce[0] = r.branch[0] = '\0';
    for (unsigned i = 0; i < STEPS_MOST && rest.len >= 4; i++) {
        const uint8_t *p = (const uint8_t *)rest.p;
        size_t n = (size_t)p[2] | (size_t)p[3] << 8;
        struct str text = str_head(str_from(rest, 4), n);
        step(&r, p[0] & 127, p[1], text);
        check(&r);
        rest = str_from(rest, 4 + text.len);
    }
    time_on(&r, 7200 * USEC_S);
    time_on(&r, 7200 * USEC_S);
    must(edge_bindings(r.f.e) == 0);
    fix_close(&r.f);
    return 0;
}
