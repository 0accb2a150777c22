/* Facts into standings. */
#include "domain/standing/standing.h"

static const char *const names[STANDING_STATUSES] = {
    [STANDING_UNAVAILABLE] = "unavailable", [STANDING_ACTIVATING] = "activating",
    [STANDING_ONLINE] = "online",           [STANDING_ISSUES] = "issues",
    [STANDING_OFFLINE] = "offline",         [STANDING_EXPIRED] = "expired",
};

const char *standing_status_name(enum standing_status s)
{
    return names[s];
}

bool standing_status_read(struct str name, enum standing_status *ret_status)
{
    for (int i = 0; i < STANDING_STATUSES; i++) {
        if (str_eq(name, str_z(names[i]))) {
            *ret_status = (enum standing_status)i;
            return true;
        }
    }
    return false;
}

static uint32_t seconds(usec_t when)
{
    return when <= 0 ? 0 : when / USEC_S > UINT32_MAX ? UINT32_MAX : (uint32_t)(when / USEC_S);
}

static void later(uint32_t *to, uint32_t at)
{
    *to = at > *to ? at : *to;
}

static void one_more(uint8_t *n)
{
    *n = *n < UINT8_MAX ? (uint8_t)(*n + 1) : *n;
}

static void well(struct standing *s, enum standing_part part, uint32_t at)
{
    later(&s->part[part].ok, at);
}

static void badly(struct standing *s, enum standing_part part, uint32_t at)
{
    later(&s->part[part].bad, at);
}

/* The phone asked for something that a boot begins with. Asking again, or on its timer while it is registered, begins
 * none. */
static void asked(struct standing *s, uint32_t at)
{
    bool goes_on = s->asked && at <= s->asked + STANDING_RUN_S && s->run >= s->change;
    if (!goes_on) {
        s->run = at;
    }
    later(&s->asked, at);
    if (s->bindings == 0) {
        s->boot = s->run;
    }
}

static void registered(struct standing *s, uint32_t at)
{
    uint32_t most = s->bindings ? STANDING_BOOT_S : STANDING_RUN_S;
    bool booted = s->run && s->run >= s->boot && at <= s->asked + most && s->run >= s->change;
    if (booted) {
        s->boot = s->run;
    }
    if (booted || (s->boot && s->good != s->boot)) {
        uint32_t took = at >= s->boot ? at - s->boot : 0;
        s->good = s->boot;
        s->good_s = took < UINT16_MAX ? (uint16_t)took : UINT16_MAX;
    }
    if (s->bindings == 0 || booted) {
        s->change = at;
    }
    one_more(&s->bindings);
    s->flags &= (uint8_t)~STANDING_INVITED;
    well(s, STANDING_REGISTER, at);
    well(s, STANDING_REPORT, at);
}

static void ended(struct standing *s, uint32_t at)
{
    if (s->bindings && --s->bindings == 0) {
        s->change = at;
    }
}

/* A connection now and then is lost everywhere; many in a short time are not. */
static void lost(struct standing *s, uint32_t at)
{
    uint32_t from = s->part[STANDING_FLOW].ok;
    uint32_t past = from && at > from ? at - from : 0;
    uint32_t fades = past / 1800;
    s->lost = fades >= s->lost ? 0 : (uint8_t)(s->lost - fades);
    one_more(&s->lost);
    s->part[STANDING_FLOW].ok = at - past % 1800;
    if (s->lost >= STANDING_FLOWS) {
        s->part[STANDING_FLOW].bad = at;
    }
}

static void changed(struct standing *s, const struct fact *f, uint32_t at)
{
    struct str state = fact_get(f, FIELD_STATE);
    int64_t life = fact_int(f, FIELD_COUNT, 0);
    if (str_eq(state, STR("code-made")) || str_eq(state, STR("window-opened"))) {
        s->flags |= STANDING_INVITED;
        s->until = life > 0 && life < UINT32_MAX - at ? at + (uint32_t)life : 0;
    } else if (str_eq(state, STR("window-closed"))) {
        s->flags &= (uint8_t)~STANDING_INVITED;
    } else if (str_eq(state, STR("released")) || str_eq(state, STR("replaced"))) {
        uint8_t flags = s->flags & STANDING_ELSEWHERE;
        *s = (struct standing){.flags = flags};
    }
}

static void diagnosed(struct standing *s, const struct fact *f, uint32_t at)
{
    struct str state = fact_get(f, FIELD_STATE);
    if (str_eq(state, STR("error")) || str_eq(state, STR("warning"))) {
        badly(s, STANDING_REPORT, at);
    } else {
        well(s, STANDING_REPORT, at);
    }
}

/* What anybody may say in a phone's name is no sign of the phone. */
static bool is_claim(const struct fact *f)
{
    struct str proof = fact_get(f, FIELD_PROOF);
    return str_eq(proof, STR("none"));
}

static void refused(struct standing *s, enum standing_part part, const struct fact *f, uint32_t at)
{
    if (!is_claim(f)) {
        later(&s->seen, at);
    } else if (s->bindings) {
        return; /* it stands where it should: what others say in its name is theirs */
    }
    asked(s, at);
    badly(s, part, at);
}

static void served(struct standing *s, enum standing_part part, const struct fact *f, uint32_t at)
{
    bool bootstrap = str_eq(fact_get(f, FIELD_STATE), STR("bootstrap"));
    asked(s, at);
    if (!is_claim(f)) {
        later(&s->seen, at);
    }
    if (!bootstrap) {
        well(s, part, at);
        s->flags &= (uint8_t)~STANDING_INVITED;
    }
}

bool standing_on(struct standing *s, const struct fact *f, usec_t when)
{
    uint32_t at = seconds(when);
    switch (f->kind) {
    case FACT_ACTIVATION_SERVED:
        served(s, STANDING_ACTIVATION, f, at);
        return true;
    case FACT_ACTIVATION_REFUSED:
        refused(s, STANDING_ACTIVATION, f, at);
        return true;
    case FACT_PROVISION_SERVED:
        served(s, STANDING_PROVISIONING, f, at);
        return true;
    case FACT_PROVISION_REFUSED:
    case FACT_PROVISION_CUT:
    case FACT_PROVISION_TLS:
    case FACT_DEVICE_UNKNOWN:
        refused(s, STANDING_PROVISIONING, f, at);
        return true;
    case FACT_CONFIG_DRIFT:
        later(&s->seen, at);
        return true;
    case FACT_EDGE_REGISTERED:
        later(&s->seen, at);
        registered(s, at);
        return true;
    case FACT_EDGE_ENDED:
        if (!str_eq(fact_get(f, FIELD_STATE), STR("expired"))) {
            later(&s->seen, at);
        }
        ended(s, at);
        return true;
    case FACT_EDGE_REFUSED:
    case FACT_EDGE_THROTTLED:
        badly(s, STANDING_REGISTER, at);
        return true;
    case FACT_EDGE_FLOW_LOST:
        lost(s, at);
        return true;
    case FACT_EDGE_NOTIFIED:
        if (str_eq(fact_get(f, FIELD_STATE), STR("ok"))) {
            later(&s->seen, at);
        }
        return true;
    case FACT_REPORT_RECEIVED:
        later(&s->seen, at);
        return true;
    case FACT_REPORT_DIAGNOSED:
        diagnosed(s, f, at);
        return true;
    case FACT_DEVICE_CHANGED:
        changed(s, f, at);
        return true;
    default:
        return false;
    }
}

bool standing_failing(const struct standing *s, enum standing_part part)
{
    if (part == STANDING_FLOW) {
        return s->part[part].bad > s->change && s->part[part].bad > s->boot;
    }
    return s->part[part].bad > s->part[part].ok;
}

static bool any_failing(const struct standing *s)
{
    for (int p = 0; p < STANDING_PARTS; p++) {
        if (standing_failing(s, (enum standing_part)p)) {
            return true;
        }
    }
    return false;
}

static bool lapsed(const struct standing *s, uint32_t now)
{
    return s->flags & STANDING_INVITED && s->until && now > s->until;
}

enum standing_status standing_status(const struct standing *s, usec_t now, uint32_t offline_s)
{
    uint32_t at = seconds(now);
    uint32_t most = offline_s ? offline_s : STANDING_OFFLINE_S;
    if (s->bindings) {
        return any_failing(s) ? STANDING_ISSUES : STANDING_ONLINE;
    }
    if (lapsed(s, at)) {
        return STANDING_EXPIRED;
    }
    if (!s->seen && !s->asked) {
        return s->flags & STANDING_INVITED ? STANDING_ACTIVATING : STANDING_UNAVAILABLE;
    }
    bool seen_here = s->part[STANDING_REGISTER].ok != 0;
    if (s->flags & STANDING_ELSEWHERE && !seen_here && s->part[STANDING_PROVISIONING].ok) {
        return any_failing(s) ? STANDING_ACTIVATING : STANDING_UNAVAILABLE;
    }
    if (s->part[STANDING_REGISTER].ok == 0 || s->boot > s->change) {
        return STANDING_ACTIVATING;
    }
    return at > s->change && at - s->change > most ? STANDING_EXPIRED : STANDING_OFFLINE;
}

/* The first failure that stands, or rather the latest known one of it. */
static uint32_t failing_since(const struct standing *s)
{
    uint32_t at = 0;
    for (int p = 0; p < STANDING_PARTS; p++) {
        if (standing_failing(s, (enum standing_part)p)) {
            later(&at, s->part[p].bad);
        }
    }
    return at;
}

/* When all parts went well again. */
static uint32_t well_since(const struct standing *s)
{
    uint32_t at = s->change;
    for (int p = 0; p < STANDING_PARTS; p++) {
        if (s->part[p].bad > s->change) {
            later(&at, s->part[p].ok);
        }
    }
    return at;
}

usec_t standing_since(const struct standing *s, usec_t now, uint32_t offline_s)
{
    uint32_t at = 0;
    uint32_t most = offline_s ? offline_s : STANDING_OFFLINE_S;
    switch (standing_status(s, now, offline_s)) {
    case STANDING_UNAVAILABLE:
        at = s->part[STANDING_PROVISIONING].ok;
        break;
    case STANDING_ACTIVATING:
        at = s->boot;
        break;
    case STANDING_ONLINE:
        at = well_since(s);
        break;
    case STANDING_ISSUES:
        at = failing_since(s);
        break;
    case STANDING_OFFLINE:
        at = s->change;
        break;
    case STANDING_EXPIRED:
        at = lapsed(s, seconds(now)) ? s->until : s->change + most;
        break;
    case STANDING_STATUSES:
        break;
    }
    return at ? at * USEC_S : USEC_NONE;
}

static unsigned digit(struct mac m, unsigned i)
{
    return i % 2 ? m.b[i / 2] & 15U : m.b[i / 2] >> 4U;
}

bool standing_mistyped(struct mac asked, struct mac known, const char **ret_how)
{
    unsigned differ = 0;
    unsigned at[2] = {0, 0};
    for (unsigned i = 0; i < 12; i++) {
        if (digit(asked, i) != digit(known, i)) {
            if (differ == 2) {
                return false;
            }
            at[differ++] = i;
        }
    }
    bool swapped = differ == 2 && at[1] == at[0] + 1 &&
                   digit(asked, at[0]) == digit(known, at[1]) &&
                   digit(asked, at[1]) == digit(known, at[0]);
    if (differ != 1 && !swapped) {
        return false;
    }
    *ret_how = swapped ? "swapped" : "digit";
    return true;
}
