/* What the servers wrote down about a phone: how far it got with each of them. They see activation, provisioning,
 * the connection and the registration; what is before and between is the phone's. */
#include "domain/journey/inside.h"

/* Text of the facts that are kept, in struct journal. */
enum { KEPT_SERVED, KEPT_ADDED, KEPT_GONE, KEPT_LOST, KEPT_SWAP, KEPT_UNLINED };

static const usec_t idle_after = 300 * USEC_S; /* from a configuration to the first REGISTER */
static const usec_t lost_within = 1800 * USEC_S;
static const usec_t unseen_after =
    900 * USEC_S; /* from the entry in the hub to the first sign: it is unpacked meanwhile */
static const usec_t gone_after = 60 * USEC_S; /* phones come back at once, if they do */

static struct fact kept(struct journal *n, const struct fact *f, unsigned at)
{
    return fact_bare(f, n->text[at], ATTEMPT_TEXT_MOST);
}

/* Lines of one phone are told apart by their users. */
static uint64_t line_of(struct str user)
{
    uint64_t h = 0xCBF29CE484222325U;
    for (size_t i = 0; i < user.len; i++) {
        h = (h ^ (unsigned char)user.p[i]) * 0x100000001B3U;
    }
    return user.len ? h | 1 : 0;
}

/* An attempt of one fact that shows how the stages went. */
static void tell(struct stretch *s, const struct fact *f, uint64_t stages, enum stage_state state)
{
    struct slot *slot = &s->slot[SLOT_REGISTER];
    bool fetch = f->kind >= FACT_ACTIVATION_SERVED;
    slot_open(slot, fetch ? ATTEMPT_FETCH : ATTEMPT_REGISTER, ROLE_NONE, f);
    slot->a.line = line_of(fact_get(f, FIELD_USER));
    slot->a.failed = state == STAGE_FAILED;
    (void)slot_keep(slot, f);
    for (int st = 0; st < STAGES; st++) {
        if (stages >> st & 1) {
            slot_rung(slot, (enum stage)st, state, fact_int(f, FIELD_MS, -1), f);
        }
    }
    slot_close(s, slot);
}

static uint64_t bit(enum stage st)
{
    return UINT64_C(1) << st;
}

static void on_served(struct stretch *s, const struct fact *f)
{
    struct journal *n = &s->journal;
    if (str_eq(fact_get(f, FIELD_STATE), STR("bootstrap"))) {
        slot_loose(s, f, STAGE_NONE, false);
        return;
    }
    tell(s, f, bit(STAGE_PROVISIONING), STAGE_OK);
    if (n->bound == 0 && !n->elsewhere) {
        n->served = true;
        n->served_at = f->mono;
        n->served_fact = kept(n, f, KEPT_SERVED);
        text_set(n->server, sizeof n->server, fact_get(f, FIELD_SERVER));
    }
}

/* The same account, now from a phone that calls itself something else. */
static void swapped(struct stretch *s, const struct fact *f)
{
    struct journal *n = &s->journal;
    struct str agent = fact_get(f, FIELD_TEXT);
    struct str user = fact_get(f, FIELD_USER);
    bool same_user = str_eq(user, str_z(n->user));
    if (same_user && n->agent[0] && agent.len && !str_eq(agent, str_z(n->agent))) {
        n->swaps++;
        n->swap_fact = kept(n, f, KEPT_SWAP);
        text_set(n->other, sizeof n->other, str_z(n->agent));
    }
    text_set(n->agent, sizeof n->agent, agent);
    text_set(n->user, sizeof n->user, user);
}

static void on_registered(struct stretch *s, const struct fact *f)
{
    struct journal *n = &s->journal;
    tell(s, f, bit(STAGE_CONNECT) | bit(STAGE_REGISTER) | bit(STAGE_REGISTERED), STAGE_OK);
    swapped(s, f);
    n->bound++;
    n->served = false;
    n->gone = false;
    text_set(s->value[PHONE_USER], VALUE_MOST, fact_get(f, FIELD_USER));
    text_set(s->value[PHONE_IP], VALUE_MOST, fact_get(f, FIELD_SERVER));
}

static void on_ended(struct stretch *s, const struct fact *f)
{
    struct journal *n = &s->journal;
    n->bound -= n->bound > 0;
    slot_loose(s, f, STAGE_NONE, false);
    if (n->bound == 0) {
        n->gone = true;
        n->gone_at = f->mono;
        n->gone_fact = kept(n, f, KEPT_GONE);
        text_set(n->state, sizeof n->state, fact_get(f, FIELD_STATE));
        text_set(n->user, sizeof n->user, fact_get(f, FIELD_USER));
        text_set(n->server, sizeof n->server, fact_get(f, FIELD_SERVER));
    }
}

static void on_lost(struct stretch *s, const struct fact *f)
{
    struct journal *n = &s->journal;
    unsigned now = 1;
    for (unsigned i = 0; i < JOURNAL_LOST - 1; i++) {
        now += n->lost_at[i] && f->mono - n->lost_at[i] <= lost_within;
    }
    memmove(n->lost_at + 1, n->lost_at, sizeof n->lost_at - sizeof *n->lost_at);
    n->lost_at[0] = f->mono;
    slot_loose(s, f, STAGE_NONE, false);
    if (now >= JOURNAL_LOST) {
        n->lost++;
        n->lost_fact = kept(n, f, KEPT_LOST);
        text_set(n->server, sizeof n->server, fact_get(f, FIELD_SERVER));
    }
}

static void on_refused(struct stretch *s, const struct fact *f)
{
    struct str method = fact_get(f, FIELD_METHOD);
    bool registers = !method.len || str_eq(method, STR("REGISTER"));
    s->journal.served = false;
    text_set(s->value[PHONE_USER], VALUE_MOST, fact_get(f, FIELD_USER));
    tell(s, f, registers ? bit(STAGE_REGISTER) : 0, STAGE_FAILED);
}

static void on_changed(struct stretch *s, const struct fact *f)
{
    struct journal *n = &s->journal;
    struct str state = fact_get(f, FIELD_STATE);
    bool begins = str_eq(state, STR("added")) || str_eq(state, STR("replaced")) ||
                  str_eq(state, STR("imported")) || str_eq(state, STR("adopted"));
    n->elsewhere |= str_eq(state, STR("elsewhere"));
    if (begins) {
        n->added = true;
        n->added_at = f->mono;
        n->added_fact = kept(n, f, KEPT_ADDED);
    }
    slot_loose(s, f, STAGE_NONE, false);
}

/* How many lines it has from now on; a publication for many phones does not say. */
static void on_published(struct stretch *s, const struct fact *f)
{
    struct journal *n = &s->journal;
    int64_t lines = fact_int(f, FIELD_COUNT, -1);
    if (lines >= 0) {
        n->unlined = lines == 0;
        n->unlined_fact = kept(n, f, KEPT_UNLINED);
    }
}

/* What the phone did itself, or somebody in its name. */
static bool is_sign(unsigned kind)
{
    return (kind >= FACT_EDGE_REGISTERED && kind <= FACT_EDGE_FLOW_LOST) ||
           (kind >= FACT_ACTIVATION_SERVED && kind <= FACT_PROVISION_TLS) ||
           kind == FACT_REPORT_RECEIVED;
}

void journal_on(struct stretch *s, const struct fact *f)
{
    struct journal *n = &s->journal;
    n->any = true;
    n->added = n->added && !is_sign(f->kind);
    switch (f->kind) {
    case FACT_ACTIVATION_SERVED:
        tell(s, f, bit(STAGE_ACTIVATION), STAGE_OK);
        break;
    case FACT_ACTIVATION_REFUSED:
        tell(s, f, bit(STAGE_ACTIVATION), STAGE_FAILED);
        break;
    case FACT_PROVISION_SERVED:
        on_served(s, f);
        break;
    case FACT_PROVISION_REFUSED:
    case FACT_PROVISION_CUT:
    case FACT_PROVISION_TLS:
    case FACT_DEVICE_UNKNOWN:
    case FACT_DEVICE_NEAR:
        tell(s, f, bit(STAGE_PROVISIONING), STAGE_FAILED);
        break;
    case FACT_EDGE_REGISTERED:
        on_registered(s, f);
        break;
    case FACT_EDGE_ENDED:
        on_ended(s, f);
        break;
    case FACT_EDGE_REFUSED:
    case FACT_EDGE_THROTTLED:
        on_refused(s, f);
        break;
    case FACT_EDGE_FLOW_LOST:
        on_lost(s, f);
        break;
    case FACT_DEVICE_CHANGED:
        on_changed(s, f);
        break;
    case FACT_CONFIG_PUBLISHED:
        on_published(s, f);
        break;
    default:
        slot_loose(s, f, STAGE_NONE, false);
        break;
    }
}

/* -- what the whole of it shows, when its end is known */

static void conclude(struct stretch *s, struct fact *c, usec_t since, bool failure)
{
    char ms[24];
    fact_add(c, FIELD_MS, str_number(ms, (s->mono - since) / USEC_MS));
    slot_loose(s, c, (enum stage)c->stage, failure);
}

static void end_idle(struct stretch *s)
{
    struct journal *n = &s->journal;
    if (n->served && !n->elsewhere && s->mono - n->served_at > idle_after) {
        struct fact c = slot_conclude(FACT_JOURNAL_IDLE, &n->served_fact, STAGE_REGISTER);
        fact_add(&c, FIELD_SERVER, str_z(n->server));
        conclude(s, &c, n->served_at, true);
    }
}

static void end_gone(struct stretch *s)
{
    struct journal *n = &s->journal;
    if (n->gone && s->mono - n->gone_at > gone_after) {
        struct fact c = slot_conclude(FACT_JOURNAL_GONE, &n->gone_fact, STAGE_REGISTERED);
        fact_add(&c, FIELD_STATE, str_z(n->state));
        fact_add(&c, FIELD_USER, str_z(n->user));
        fact_add(&c, FIELD_SERVER, str_z(n->server));
        conclude(s, &c, n->gone_at, true);
    }
}

static void end_unlined(struct stretch *s)
{
    struct journal *n = &s->journal;
    if (n->unlined && !n->elsewhere) {
        struct fact c = slot_conclude(FACT_CONFIG_PUBLISHED, &n->unlined_fact, STAGE_REGISTER);
        fact_add(&c, FIELD_COUNT, STR("0"));
        fact_add(&c, FIELD_MAC, str_z(s->mac_text));
        slot_loose(s, &c, STAGE_REGISTER, true);
    }
}

static void end_counts(struct stretch *s)
{
    char count[24];
    struct journal *n = &s->journal;
    if (n->lost) {
        struct fact c = slot_conclude(FACT_JOURNAL_FLOWS, &n->lost_fact, STAGE_REGISTERED);
        fact_add(&c, FIELD_SERVER, str_z(n->server));
        fact_add(&c, FIELD_COUNT, str_number(count, n->lost + JOURNAL_LOST - 1));
        slot_loose(s, &c, STAGE_REGISTERED, false);
    }
    if (n->swaps >= 2) { /* once: the phone was replaced, or has new firmware */
        struct fact c = slot_conclude(FACT_JOURNAL_SHARED, &n->swap_fact, STAGE_REGISTERED);
        fact_add(&c, FIELD_USER, str_z(n->user));
        fact_add(&c, FIELD_TEXT, str_z(n->agent));
        fact_add(&c, FIELD_OTHER, str_z(n->other));
        fact_add(&c, FIELD_COUNT, str_number(count, n->swaps));
        slot_loose(s, &c, STAGE_REGISTERED, false);
    }
}

void journal_end(struct stretch *s)
{
    struct journal *n = &s->journal;
    if (!n->any) {
        return;
    }
    end_idle(s);
    end_gone(s);
    end_unlined(s);
    end_counts(s);
    if (n->added && s->mono - n->added_at > unseen_after) {
        struct fact c = slot_conclude(FACT_JOURNAL_UNSEEN, &n->added_fact, STAGE_NONE);
        conclude(s, &c, n->added_at, false);
    }
}
