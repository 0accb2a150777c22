/* A line told anything in any order: no illegal action, no timer lost. The input is a list of steps; texts of messages come out of it
 * too, whole or as the fixture's registrar would say them with one byte changed. */
#include "flow/agent/agent_fixture.h"

struct input {
    const uint8_t *p;
    size_t len;
};

static unsigned byte(struct input *in)
{
    unsigned b = in->len ? *in->p : 0;
    in->p += in->len > 0;
    in->len -= in->len > 0;
    return b;
}

static struct str take(struct input *in, size_t most)
{
    size_t n = byte(in) * 8U;
    n = n < most ? n : most;
    n = n < in->len ? n : in->len;
    struct str s = str_of((const char *)in->p, n);
    in->p += n;
    in->len -= n;
    return s;
}

static void settings(struct fix *f, struct input *in)
{
    static const char *const servers[] = {
        "192.0.2.97", "192.0.2.97:p=1|192.0.2.98:p=2:A=192.0.2.98,192.0.2.99|x.example.com:3",
        "sip.example.com", "a.example.com:5070"};
    static const char *const scripts[] = {
        "A",          "401 401:stale A", "- A",   "x A", "302:192.0.2.122 A",
        "423:5000 A", "503:9 500 A",     "200:60"};
    unsigned b = byte(in);
    f->cfg.servers.servers = str_z(servers[b & 3]);
    f->cfg.servers.transport = (enum select_transport)(b >> 2 & 3);
    f->cfg.servers.srv = f->cfg.servers.prefix = b >> 4 & 1;
    f->cfg.servers.fallback = b >> 5 & 1 ? 60 : 0;
    f->cfg.retry_cap = b >> 6 & 1 ? 300 : 0;
    b = byte(in);
    f->script = scripts[b & 7];
    f->cfg.backup_codes = b >> 3 & 1 ? STR("5??") : STR("");
    f->cfg.retry_codes = b >> 4 & 1 ? STR("4??,5??") : STR("");
    f->cfg.auth_notify = b >> 5 & 1;
    f->cfg.rfc8760 = b >> 6 & 1;
    f->cfg.alive = b >> 7 ? 15 : 0;
}

/* What holds after every step. */
static void judge(const struct fix *f)
{
    const struct agent *a = &f->a;
    struct select_question q;
    usec_t due = agent_deadline(a);
    switch ((enum agent_state)a->state) {
    case AGENT_RESOLVING:
        fix_must(select_ask(&a->select, &q), "resolves, and asks nothing");
        break;
    case AGENT_CONNECTING:
        fix_must(a->opening, "connects, and opens nothing");
        break;
    case AGENT_SENT:
    case AGENT_LEAVING:
        fix_must(a->timer_f != USEC_NONE && due != USEC_NONE, "a request without its timer");
        fix_must(a->open, "a request without a connection");
        break;
    case AGENT_REGISTERED:
        fix_must(a->refresh != USEC_NONE && due != USEC_NONE, "registered without a refresh");
        break;
    case AGENT_WAITING:
        fix_must(a->retry != USEC_NONE && due != USEC_NONE, "waits without an end");
        break;
    case AGENT_IDLE:
    case AGENT_STOPPED:
        break;
    }
    fix_must(!a->calling || agent_deadline(a) != USEC_NONE || f->call != AGENT_RINGING,
             "rings without an end");
}

/* Lets what waits be told, or not. */
static void settle(struct fix *f, unsigned turns)
{
    for (unsigned i = 0; i < turns && fix_tell(f); i++) {
        judge(f);
    }
}

static void changed_answer(struct fix *f, struct input *in)
{
    unsigned at = byte(in) << 8 | byte(in);
    if (f->answer_len > 0) {
        f->answer[at % f->answer_len] = (char)byte(in);
    }
}

static void step(struct fix *f, struct input *in)
{
    unsigned b = byte(in);
    struct endpoint media = {{4, {192, 0, 2, 6}}, 16384};
    switch (b & 15) {
    case 0:
    case 1:
    case 2:
        fix_run(f, (double)f->now / 1e6 + (b >> 4) * 4);
        break;
    case 3:
        f->now += (usec_t)(b >> 4) * 100 * USEC_MS;
        agent_on_time(&f->a, f->now);
        break;
    case 4:
        changed_answer(f, in);
        break;
    case 5:
    case 6:
        agent_on_bytes(&f->a, take(in, 2048), f->now);
        break;
    case 7:
        agent_on_answer(&f->a, (enum select_heard)((b >> 4) % 3), take(in, 512), f->now);
        f->name_next = FIX_NO_NAME;
        break;
    case 8:
        f->opened = false;
        f->open_next = FIX_NOTHING;
        agent_on_closed(&f->a, f->now);
        break;
    case 9:
        agent_leave(&f->a, f->now);
        break;
    case 10:
        agent_answer(&f->a, media, f->now);
        break;
    case 11:
        agent_refuse(&f->a, 400 + (b >> 4), f->now);
        break;
    case 12:
        agent_hang_up(&f->a, f->now);
        break;
    default:
        settle(f, b >> 4);
        break;
    }
    fix_drain(f);
    judge(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fix f;
    struct input in = {data, size};
    fix_init(&f);
    f.quiet = true;
    settings(&f, &in);
    fix_start(&f);
    fix_drain(&f);
    judge(&f);
    for (unsigned i = 0; i < 60 && in.len > 0; i++) {
        step(&f, &in);
    }
    fix_clear(&f);
    return 0;
}
