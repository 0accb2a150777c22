/* Phones that do anything at any time: the number of transactions stays below its limit, everything sent is a
 * SIP message to somebody known, and when all fall silent nothing is left. */
#include "flow/call/call_fixture.h"

enum { MOST = 40 };

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static const char *const methods[] = {"INVITE", "MESSAGE", "SUBSCRIBE", "BYE", "ACK", "UPDATE"};
static const unsigned statuses[] = {100, 180, 183, 200, 202, 302, 401,
                                    407, 408, 480, 486, 487, 503, 600};

#define PICK(a, n) (a)[(n) % (sizeof(a) / sizeof *(a))]

static void look(struct world *w)
{
    static struct sip_msg msg;
    struct err_at at;
    must(w->lost == 0 && call_count(w->call) <= MOST);
    for (size_t i = 0; i < w->n_out; i++) {
        must(read_note(&w->out[i].bytes, &msg) && sip_check(&msg, &at) == ERR_OK);
        must(!msg.request || sip_find(&msg, SIP_PROXY_AUTHORIZATION) == NULL);
    }
    w->n_out = 0;
}

/* The phone's last message with bytes of the input put into it. */
static void spoil(struct phone *p, struct str bytes)
{
    if (p->sent.len != 0 && bytes.len > 2) {
        size_t at = ((size_t)(uint8_t)bytes.p[0] << 8 | (uint8_t)bytes.p[1]) % p->sent.len;
        struct str with = str_head(str_from(bytes, 2), p->sent.len - at);
        memcpy(p->sent.p + at, with.p, with.len);
    }
}

static void step(struct world *w, uint8_t what, uint8_t how, struct str rest)
{
    struct phone *p = &w->phone[what & 3];
    unsigned targets = 0;
    switch (what >> 2 & 7) {
    case 0:
        phone_invites(p, PICK(methods, how), "bob", how & 0x80 ? 0 : 70, "");
        targets = (how >> 3 & 15u) | 1;
        break;
    case 1:
        phone_answers(p, PICK(statuses, how));
        break;
    case 2:
        phone_says(p, PICK(methods, how), how & 0x80, 70);
        break;
    case 3:
        phone_follows(p, how & 1 ? "ACK" : "CANCEL");
        break;
    case 4:
        world_until(w, w->now + (usec_t)how * how * 10 * USEC_MS);
        return;
    case 5:
        call_on_closed(w->call, &p->flow, w->now);
        world_collect(w);
        return;
    case 6:
        spoil(p, rest);
        break;
    default: /* once more what it sent last */
        targets = how & 15;
        break;
    }
    (void)world_send(w, p, targets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct world w;
    static const char kinds[] = "utsu";
    if (len == 0) {
        return 0;
    }
    const char over[PHONES] = {kinds[data[0] & 3], kinds[data[0] >> 2 & 3], kinds[data[0] >> 4 & 3],
                               kinds[data[0] >> 6]};
    world_begin(&w, over, MOST);
    for (size_t i = 1; i + 1 < len && i < 400; i += 2) {
        step(&w, data[i], data[i + 1], str_of((const char *)data + i, len - i));
        look(&w);
    }
    for (unsigned i = 0; i < 1000 && call_count(w.call) != 0; i++) {
        world_until(&w, w.now + 10 * USEC_S);
        look(&w);
    }
    must(call_count(w.call) == 0 && call_deadline(w.call) == USEC_NONE);
    world_end(&w);
    return 0;
}
