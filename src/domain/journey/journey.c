/* The stretch that is being read: order, time and gaps of its records, and which machine takes a
 * fact. */
#include "domain/journey/journey.h"

#include <stdlib.h>

#include "domain/journey/inside.h"

enum {
    FALL_LEAST = 50, /* a number lower by more is another run, not two writers out of step */
    NEAR = 20,       /* numbers that close were written at the same time, whatever the date says */
    SEQ_TOP = 9999,  /* after it the number begins again (inferred) */
};

/* Where the date jumps the clock may too; a step that is small is taken for time that passed. */
#define JUMP_STEP (10 * USEC_S)

struct journey *journey_new(const struct journey_cfg *cfg)
{
    struct journey *j = calloc(1, sizeof *j);
    if (j) {
        j->cfg = *cfg;
        stretch_init(&j->s);
    }
    return j;
}

void journey_free(struct journey *j)
{
    if (!j) {
        return;
    }
    while (j->phones) {
        struct phone *next = j->phones->next;
        arena_clear(&j->phones->arena);
        free(j->phones);
        j->phones = next;
    }
    stretch_clear(&j->s);
    free(j);
}

uint64_t journey_dropped(const struct journey *j)
{
    return j->dropped;
}

/* Days from `l` to `m`; 0 where one of them tells no date. Without a year: those of a leap year, so
 * that 29 February is a day. Nearly always both are the same day. */
static int64_t days_between(const struct mark *l, const struct mark *m)
{
    if ((l->month == m->month && l->day == m->day) || !l->month || !m->month) {
        return 0;
    }
    return time_days(2024, m->month, m->day) - time_days(2024, l->month, l->day);
}

/* Whether `m` cannot follow the last record of the stretch in one run of one phone. */
static bool breaks(const struct stretch *s, const struct mark *m)
{
    if (m->dnsmasq && s->dnsmasq_pid && m->pid != s->dnsmasq_pid) {
        return true;
    }
    /* Process numbers only rise in one run. */
    if (m->voice && m->pid && s->voice_pid && m->pid < s->voice_pid) {
        return true;
    }
    if (!m->has_seq || !s->has_seq) {
        return false;
    }
    int64_t days = days_between(&s->last, m);
    if (days < 0 && days > -300 && m->seq >= s->seq_most + NEAR) {
        return true; /* an earlier date behind a gap: a text put together from several */
    }
    if (m->seq + FALL_LEAST >= s->seq_most) {
        return false;
    }
    return !(s->seq_most > SEQ_TOP - 200 && m->seq < 200);
}

/* Run time goes on by what the clock says, unless the date jumped between neighbours. */
static void advance(struct stretch *s, const struct mark *m)
{
    const struct mark *l = &s->last;
    if (m->tod == USEC_NONE || l->tod == USEC_NONE) {
        return;
    }
    usec_t step = m->tod - l->tod;
    int64_t days = days_between(l, m);
    if (days == 0) {
        s->mono += step > -3600 * USEC_S ? step : 0;
        return;
    }
    bool near = m->has_seq && l->has_seq && m->seq >= l->seq && m->seq - l->seq < NEAR;
    bool midnight = days == 1 && step < -72000 * USEC_S;
    bool new_year = days < -300;
    if (midnight || (!near && days > 0)) {
        s->mono += days * USEC_DAY + step;
        return;
    }
    if (new_year) {
        s->mono += (days + 366) * USEC_DAY + step;
        return;
    }
    s->mono += step > 0 && step < JUMP_STEP ? step : 0;
    if (s->jumps++ == 0) {
        s->jump_place = (struct place){.file = m->file, .line = m->line};
        struct str from = str_z(time_month_name(l->month));
        text_set(s->jump_from, sizeof s->jump_from, from);
        text_set(s->jump_to, sizeof s->jump_to, str_z(time_month_name(m->month)));
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        s->slot[i].a.edited |= s->slot[i].open;
    }
}

static void count_missing(struct stretch *s, const struct mark *m)
{
    if (!m->has_seq) {
        return;
    }
    if (!s->has_seq || m->seq + FALL_LEAST < s->seq_most) {
        s->has_seq = true;
        s->seq_most = m->seq;
        return;
    }
    if (m->seq <= s->seq_most) { /* out of step by a few: it was counted as missing */
        bool found = s->missing && m->seq < s->seq_most;
        s->missing -= found;
        for (unsigned i = 0; i < SLOTS && found; i++) {
            s->slot[i].a.missing -= s->slot[i].open && s->slot[i].a.missing;
        }
        return;
    }
    uint32_t gap = m->seq - s->seq_most - 1;
    s->seq_most = m->seq;
    if (gap == 0) {
        return;
    }
    s->missing += gap;
    s->gaps++;
    for (unsigned i = 0; i < SLOTS; i++) {
        struct attempt *a = &s->slot[i].a;
        if (s->slot[i].open) {
            if (a->missing == 0) { /* the first one is shown */
                a->gap_before = (struct place){.file = s->last.file, .line = s->last.line};
                a->gap_after = (struct place){.file = m->file, .line = m->line};
            }
            a->missing += gap;
        }
    }
}

/* Whether the first record of a text goes on where the text before ended, as in rotated pieces. */
static bool follows(const struct stretch *s, const struct mark *m)
{
    if (!m->has_seq || !s->has_seq || m->seq <= s->seq_most || m->seq - s->seq_most >= NEAR ||
        m->tod == USEC_NONE || s->last.tod == USEC_NONE) {
        return false;
    }
    usec_t step = days_between(&s->last, m) * USEC_DAY + m->tod - s->last.tod;
    return step >= 0 && step < 3600 * USEC_S;
}

void journey_mark(struct journey *j, const struct mark *m)
{
    struct stretch *s = &j->s;
    if (s->turned && !follows(s, m)) {
        stretch_join(j);
    }
    s->turned = false;
    if (s->any && breaks(s, m)) {
        int64_t days = days_between(&s->last, m);
        bool back = m->tod != USEC_NONE && s->last.tod != USEC_NONE &&
                    (days < 0 || (days == 0 && m->tod < s->last.tod));
        stretch_join(j);
        j->s.falls += back;
    }
    if (!s->any) {
        s->any = true;
        s->first = *m;
        s->last = *m;
    }
    advance(s, m);
    count_missing(s, m);
    s->records++;
    s->sources |= 1U << m->source;
    s->year = s->year ? s->year : m->year;
    s->glued += m->glued;
    s->voice_records += m->voice;
    if (m->voice && m->pid) {
        s->voice_restarts += s->voice_pid && m->pid != s->voice_pid;
        s->voice_pid = m->pid;
    } else if (m->dnsmasq) {
        s->dnsmasq_pid = m->pid;
    }
    s->last = *m;
}

static void year_of_expiry(struct stretch *s, const struct fact *f)
{
    usec_t t = 0;
    int month = 0;
    int day = 0;
    int year = 0;
    if (s->year == 0 && time_read_ctime(fact_get(f, FIELD_VALUE), &t)) {
        time_civil(t / USEC_DAY, &year, &month, &day);
        /* An expiry shortly after New Year is of a record of the year before. */
        s->year = s->last.month == 12 && month == 1 ? year - 1 : year;
    }
}

/* What stands alone, and whether it is a failure of its stage by itself. */
static void alone(struct journey *j, const struct fact *f)
{
    struct stretch *s = &j->s;
    switch (f->kind) {
    case FACT_LINK_NEIGHBOR:
        text_set(s->value[PHONE_NEIGHBOR], VALUE_MOST, fact_get(f, FIELD_DEVICE));
        slot_loose(s, f, STAGE_LINK, false);
        break;
    case FACT_LINK_DOT1X: {
        struct str state = fact_get(f, FIELD_STATE);
        slot_loose(s, f, STAGE_LINK, str_find(state, STR("uthenticated")) == STR_NPOS);
        break;
    }
    case FACT_DHCP_TIMEOUT:
    case FACT_DHCP_DUPLICATE:
    case FACT_DHCP_EXPIRED:
    case FACT_ROUTER_SILENT:
        slot_loose(s, f, STAGE_DHCP, true);
        break;
    case FACT_LINE_UNSET:
        s->idle = false;
        slot_loose(s, f, STAGE_REGISTER, true);
        break;
    case FACT_CONNECT_REFUSED:
    case FACT_CONNECT_TIMEOUT:
    case FACT_TLS_CERTIFICATE:
    case FACT_TLS_NAME:
    case FACT_TLS_ALERT:
    case FACT_TLS_RESET:
    case FACT_TLS_NOT_TLS:
        if (f->kind == FACT_TLS_RESET &&
            (s->bound || register_met(j) || str_eq(fact_get(f, FIELD_STATE), STR("used")))) {
            struct fact c = slot_conclude(FACT_REGISTER_RESET, f, STAGE_REGISTERED);
            struct str edge = str_z(s->value[PHONE_EDGE]);
            fact_add(&c, FIELD_SERVER, edge.len ? edge : fact_get(f, FIELD_HOST));
            slot_loose(s, &c, STAGE_REGISTERED, false);
            s->refreshing = false;
            s->broke = true;
            s->broke_at = f->mono;
            break;
        }
        slot_loose(s, f, STAGE_CONNECT, true);
        break;
    case FACT_TLS_HIDDEN:
        slot_loose(s, f, STAGE_CONNECT, str_eq(fact_get(f, FIELD_TEXT), STR("refused")));
        break;
    case FACT_TLS_SILENT:
        slot_loose(s, f, STAGE_CONNECT, true);
        break;
    case FACT_TLS_UP: /* what is said inside may be hidden: the connection stood */
        s->awaiting = false;
        slot_passed(s, f, STAGE_CONNECT);
        break;
    case FACT_CLOCK_ANSWER:
        slot_passed(s, f, STAGE_CLOCK);
        break;
    case FACT_DNS_SILENT: /* one resolver of several: another one answered */
        slot_loose(s, f, (enum stage)f->stage, true);
        break;
    case FACT_PHONE_REBOOT:
        s->reboots++;
        s->bound = false;
        s->awaiting = false;
        s->idle = false;
        slot_loose(s, f, STAGE_NONE, false);
        break;
    default:
        slot_loose(s, f, STAGE_NONE, false);
        break;
    }
}

/* A capture and a probe name the host of a connection: one to another host is not the download's. */
static bool elsewhere(const struct slot *fetch, const struct fact *f)
{
    bool connection = (f->kind >= FACT_TLS_CERTIFICATE && f->kind <= FACT_CONNECT_REFUSED) ||
                      f->kind == FACT_TLS_HELLO || f->kind == FACT_TLS_UP ||
                      f->kind == FACT_CONNECT_UP || f->kind == FACT_TLS_SILENT ||
                      f->kind == FACT_TLS_HIDDEN;
    struct str host = fact_get(f, FIELD_HOST);
    return connection && f->source != SOURCE_LOG && host.len && fetch->host.len &&
           !str_ieq(host, fetch->host);
}

static void dispatch(struct journey *j, const struct fact *f)
{
    unsigned k = f->kind;
    struct stretch *s = &j->s;
    bool fetching = s->slot[SLOT_FETCH].open && !elsewhere(&s->slot[SLOT_FETCH], f);
    if (k >= FACT_EDGE_REGISTERED && k <= FACT_DEVICE_NEAR) {
        journal_on(s, f);
    } else if ((k >= FACT_DHCP_ADDRESS && k <= FACT_DHCP_OPTION) || k == FACT_DHCP_OFFER) {
        lease_on(j, f);
    } else if (k == FACT_DNS_EXPIRY || k == FACT_DNS_TTL) {
        year_of_expiry(s, f);
    } else if (k >= FACT_DNS_QUERY && k <= FACT_DNS_SRV) {
        if (k != FACT_DNS_ERROR && select_wants(j, f)) {
            select_on(j, f);
        } else if (k == FACT_DNS_ERROR && s->slot[SLOT_SELECT].open && !fetching) {
            select_on(j, f);
        } else if (fetching) {
            (void)lookup_on(s, &s->slot[SLOT_FETCH], f, s->slot[SLOT_FETCH].a.role);
        }
    } else if (k >= FACT_SRV_START && k <= FACT_SRV_SAVE) {
        select_on(j, f);
    } else if (k == FACT_REGISTER_SECRET) {
        register_secret(j, f);
    } else if (k == FACT_SIP_REQUEST || k == FACT_SIP_RESPONSE) {
        register_on(j, f);
    } else if (k >= FACT_TLS_CERTIFICATE && k <= FACT_CONNECT_REFUSED && !fetching) {
        alone(j, f);
    } else if (fetching && (k == FACT_TLS_HELLO || k == FACT_TLS_UP || k == FACT_CONNECT_UP ||
                            k == FACT_TLS_SILENT || k == FACT_TLS_HIDDEN)) {
        fetch_on(j, f);
    } else if (k == FACT_LINE_UNSET || k == FACT_PROFILE_BAD || k == FACT_PROFILE_KEY) {
        if (fetching && k != FACT_LINE_UNSET) {
            fetch_on(j, f);
        } else {
            alone(j, f);
        }
    } else if ((k >= FACT_PROV_DHCP && k <= FACT_PROV_STATE) ||
               (k >= FACT_FETCH_START && k <= FACT_FETCH_TRUNCATED)) {
        fetch_on(j, f);
    } else if (k != FACT_NO_KIND) {
        alone(j, f);
    }
}

void journey_fact(struct journey *j, const struct fact *given)
{
    struct fact f;
    /* The fact itself is the reader's: only its head and the fields in use are copied. */
    memcpy(&f, given, offsetof(struct fact, f));
    for (unsigned i = 0; i < given->n; i++) {
        f.f[i] = given->f[i];
    }
    f.mono = j->s.mono;
    if (f.tod != USEC_NONE && j->s.last.tod != USEC_NONE) {
        f.mono += f.tod - j->s.last.tod; /* told later than it was written */
    }
    bool names = f.source == SOURCE_JOURNAL && fact_get(&f, FIELD_MAC).len;
    if (f.kind == FACT_PHONE_MODEL || names) {
        if (stretch_conflicts(&j->s, &f)) {
            struct mark m = j->s.last;
            stretch_join(j);
            j->s.any = true;
            j->s.first = m;
            j->s.last = m;
        }
        stretch_identity(&j->s, &f);
    }
    if (f.kind == FACT_PHONE_MODEL) {
        return;
    }
    dispatch(j, &f);
}

void journey_break(struct journey *j, unsigned group)
{
    if (group == j->group) {
        j->s.turned = j->s.any;
        return;
    }
    stretch_join(j);
    j->current = NULL;
    j->group = group;
}
