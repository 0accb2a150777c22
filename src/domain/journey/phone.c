/* Stretches become phones: identities, joining, and what is concluded of a stretch as a whole. */
#include <stdio.h>
#include <stdlib.h>

#include "domain/journey/inside.h"

const char *phone_value_name(enum phone_value v)
{
    static const char *const names[PHONE_VALUES] = {
        [PHONE_IP] = "ip",
        [PHONE_GATEWAY] = "gateway",
        [PHONE_DNS1] = "dns1",
        [PHONE_DNS2] = "dns2",
        [PHONE_NTP] = "ntp",
        [PHONE_TFTP] = "dhcp_target",
        [PHONE_RULE] = "profile_rule",
        [PHONE_ACTIVATION] = "activation_host",
        [PHONE_PROVISIONING] = "provisioning_host",
        [PHONE_PROXY] = "outbound_proxy",
        [PHONE_TARGET] = "srv_target",
        [PHONE_EDGE] = "edge",
        [PHONE_RESOLVER] = "resolver",
        [PHONE_SILENT] = "silent_resolver",
        [PHONE_NEIGHBOR] = "switch",
        [PHONE_HOSTNAME] = "hostname",
        [PHONE_USER] = "user",
    };
    return names[v];
}

void stretch_init(struct stretch *s)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        s->slot[i].open = false;
        s->slot[i].kept = NULL;
        s->slot[i].arena.limit = SIZE_MAX;
        arena_reset(&s->slot[i].arena);
    }
    s->arena.limit = SIZE_MAX;
    arena_reset(&s->arena);
    memset((char *)s + offsetof(struct stretch, any), 0, sizeof *s - offsetof(struct stretch, any));
    s->asked = -1;
    s->granted = -1;
    s->first.tod = USEC_NONE;
    s->last.tod = USEC_NONE;
}

void stretch_clear(struct stretch *s)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        arena_clear(&s->slot[i].arena);
    }
    arena_clear(&s->arena);
}

static bool differ(const char *have, struct str v)
{
    return have[0] && v.len && !str_ieq(str_z(have), v);
}

bool stretch_conflicts(const struct stretch *s, const struct fact *f)
{
    struct mac m;
    struct str mac = fact_get(f, FIELD_MAC);
    bool other = s->has_mac && !str_eq(mac, str_of(s->mac_text, MAC_TEXT - 1)) &&
                 mac_read(mac, &m) && !mac_eq(s->mac, m);
    if (f->source == SOURCE_JOURNAL) {
        return other; /* servers spell models as certificates, names and people do */
    }
    return other || differ(s->model, fact_get(f, FIELD_MODEL)) ||
           differ(s->serial, fact_get(f, FIELD_SERIAL));
}

/* Which kind of place a MAC was found in, by the line that told it. */
static const char *mac_origin(struct str line)
{
    static const struct {
        struct str in;
        const char *name;
    } origins[] = {
        {STR_INIT("hostname"), "hostname"},     {STR_INIT("SIP MSG"), "session-id"},
        {STR_INIT("User-Agent"), "user-agent"}, {STR_INIT("callhome"), "activation"},
        {STR_INIT("Ethernet"), "ethernet"},     {STR_INIT(" DHCP "), "dhcp"},
        {STR_INIT(" SIP "), "session-id"},
    };
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        if (str_find(line, origins[i].in) != STR_NPOS) {
            return origins[i].name;
        }
    }
    return "log message";
}

void stretch_identity(struct stretch *s, const struct fact *f)
{
    struct str firmware = fact_get(f, FIELD_FIRMWARE);
    if (!s->model[0]) {
        text_set(s->model, IDENTITY_MOST, fact_get(f, FIELD_MODEL));
    }
    if (!s->serial[0]) {
        text_set(s->serial, IDENTITY_MOST, fact_get(f, FIELD_SERIAL));
    }
    if (firmware.len && (!s->firmware[0] || firmware.len < strlen(s->firmware))) {
        text_set(s->firmware, IDENTITY_MOST, firmware); /* the short form reads better */
    }
    if (!s->has_mac && mac_read(fact_get(f, FIELD_MAC), &s->mac)) {
        s->has_mac = true;
        mac_write(s->mac, s->mac_text);
        s->mac_place = f->place;
        const char *from = f->source == SOURCE_JOURNAL ? "journal" : mac_origin(f->text);
        text_set(s->mac_from, sizeof s->mac_from, str_z(from));
    }
}

static bool fits(const struct phone *p, const struct stretch *s)
{
    return !(p->has_mac && s->has_mac && !mac_eq(p->mac, s->mac)) &&
           !(p->serial.len && s->serial[0] && !str_ieq(p->serial, str_z(s->serial))) &&
           !(p->model.len && s->model[0] && !str_ieq(p->model, str_z(s->model)));
}

/* A probe asks in place of a phone, it is none. */
static bool same_kind(const struct phone *p, const struct stretch *s)
{
    unsigned probe = 1U << SOURCE_PROBE;
    return (p->sources & probe) == (s->sources & probe);
}

static struct phone *find(struct journey *j, const struct stretch *s)
{
    for (struct phone *p = j->phones; p && (s->has_mac || s->serial[0]); p = p->next) {
        bool mac = s->has_mac && p->has_mac && mac_eq(p->mac, s->mac);
        bool serial = s->serial[0] && str_ieq(p->serial, str_z(s->serial));
        if ((mac || (serial && fits(p, s))) && same_kind(p, s)) {
            return p;
        }
    }
    bool same = j->current && fits(j->current, s) && same_kind(j->current, s);
    return same ? j->current : NULL;
}

/* Bytes that all phones take together. Over very many of them, first what went well is kept without
 * its lines, then nothing with its lines, then no attempts are, then no further phones. */
enum { LEAN_FROM = 20 << 20, BARE_FROM = 34 << 20, FULL_FROM = 48 << 20, PHONES_UPTO = 52 << 20 };

static struct phone *add(struct journey *j, const struct stretch *s)
{
    bool room = j->n_phones < JOURNEY_PHONES && j->used < PHONES_UPTO;
    struct phone *p = room ? calloc(1, sizeof *p) : NULL;
    if (!p) {
        return NULL;
    }
    arena_init(&p->arena, (size_t)4 << 20);
    p->asked = -1;
    p->granted = -1;
    p->first_order = s->first.order;
    p->first_place = (struct place){.file = s->first.file, .line = s->first.line};
    if (j->last_phone) {
        j->last_phone->next = p;
    } else {
        j->phones = p;
    }
    j->last_phone = p;
    j->n_phones++;
    return p;
}

static void keep(struct phone *p, struct str *to, const char *from)
{
    if (from[0] && !str_eq(*to, str_z(from))) {
        *to = arena_str(&p->arena, str_z(from));
    }
}

/* "Sep 04 22:51:08.236092", or without the date where the record tells none. */
static struct str when(const struct mark *m, char text[PHONE_TIME])
{
    if (m->tod == USEC_NONE) {
        return str_of(NULL, 0);
    }
    int64_t sec = m->tod / USEC_S;
    int n = snprintf(text, PHONE_TIME, "%s %02u %02d:%02d:%02d.%06d",
                     m->month ? time_month_name(m->month) : "", (unsigned)m->day, (int)(sec / 3600),
                     (int)(sec / 60 % 60), (int)(sec % 60), (int)(m->tod % USEC_S));
    struct str s = str_of(text, (size_t)n);
    return m->month ? s : str_from(s, 4);
}

static void join_values(struct phone *p, const struct stretch *s)
{
    if (s->has_mac && !p->has_mac) {
        p->has_mac = true;
        p->mac = s->mac;
        p->mac_place = s->mac_place;
        keep(p, &p->mac_from, s->mac_from);
    }
    if (!p->serial.len) {
        keep(p, &p->serial, s->serial);
    }
    if (!p->model.len) {
        keep(p, &p->model, s->model);
    }
    if (!p->firmware.len || (s->firmware[0] && strlen(s->firmware) < p->firmware.len)) {
        keep(p, &p->firmware, s->firmware);
    }
    for (int v = 0; v < PHONE_VALUES; v++) {
        keep(p, &p->value[v], s->value[v]);
    }
    p->year = s->year ? s->year : p->year;
    if (s->has_offset && (!p->has_offset || s->uncertainty_ms < p->uncertainty_ms)) {
        p->has_offset = true;
        p->offset_ms = s->offset_ms;
        p->uncertainty_ms = s->uncertainty_ms;
        p->offset_place = s->offset_place;
    }
    p->asked = s->asked >= 0 ? s->asked : p->asked;
    p->granted = s->granted >= 0 ? s->granted : p->granted;
}

static void join_counts(struct journey *j, struct phone *p, const struct stretch *s)
{
    bool follows = j->current == p && p->records;
    p->voice_restarts += s->voice_restarts;
    p->voice_restarts += follows && j->before.voice && s->voice_pid > j->before.pid &&
                         j->before.order && s->dnsmasq_pid == 0;
    p->reboots += s->reboots;
    p->records += s->records;
    p->sources |= s->sources;
    p->voice_records += s->voice_records;
    p->gaps += s->gaps;
    p->missing += s->missing;
    p->jumps += s->jumps;
    p->falls += s->falls;
    p->glued += s->glued;
    p->last_order = s->last.order;
    p->last_place = (struct place){.file = s->last.file, .line = s->last.line};
    if (!p->first_time.len) {
        p->first_time = when(&s->first, p->first_text);
    }
    p->last = s->last;
}

/* A server was chosen and nothing was sent to it, though the log goes on. */
static void conclude_waiting(struct stretch *s)
{
    char ms[24];
    usec_t waited = s->mono - s->awaiting_since;
    if (s->awaiting && waited > 30 * USEC_S && s->missing <= s->awaiting_missing) {
        struct fact c = slot_conclude(FACT_CONNECT_NONE, &s->awaiting_fact, STAGE_CONNECT);
        fact_add(&c, FIELD_HOST, str_z(s->awaiting_host));
        fact_add(&c, FIELD_TARGET, str_z(s->awaiting_target));
        fact_add(&c, FIELD_SERVER, str_z(s->awaiting_address));
        fact_add(&c, FIELD_PORT, str_z(s->awaiting_port));
        fact_add(&c, FIELD_MS, str_number(ms, waited / USEC_MS));
        slot_loose(s, &c, STAGE_CONNECT, true);
    }
}

static void conclude_sent_away(struct stretch *s)
{
    if (s->sent_away) {
        struct fact c = slot_conclude(FACT_TARGET_DHCP, &s->sent_fact, STAGE_DHCP);
        c.order = s->last.order; /* all that followed is behind it */
        c.mono = s->mono;
        fact_add(&c, FIELD_STATE, STR("used"));
        fact_add(&c, FIELD_SERVER, str_z(s->sent_server));
        fact_add(&c, FIELD_URL, str_z(s->sent_url));
        slot_loose(s, &c, STAGE_DHCP, true);
    }
}

static void conclude_lapsed(struct stretch *s)
{
    char ms[24];
    char granted[24];
    usec_t quiet = s->mono - s->bound_since;
    if (s->bound && s->bound_for > 0 && quiet > (s->bound_for + 32) * USEC_S &&
        s->missing <= s->bound_missing) {
        struct fact c = slot_conclude(FACT_REGISTER_LAPSED, &s->bound_fact, STAGE_REGISTERED);
        fact_add(&c, FIELD_GRANTED, str_number(granted, s->bound_for));
        fact_add(&c, FIELD_MS, str_number(ms, quiet / USEC_MS));
        slot_loose(s, &c, STAGE_REGISTERED, true);
    }
}

/* The voice process goes on writing, but no line looks for its server. */
static void conclude_idle(struct stretch *s)
{
    char ms[24];
    usec_t quiet = s->mono - s->idle_since;
    if (s->idle && quiet > 120 * USEC_S && s->missing <= s->idle_missing && s->has_seq &&
        s->voice_records > s->idle_voice) {
        struct fact c = slot_conclude(FACT_PROFILE_IDLE, &s->idle_fact, STAGE_PROVISIONING);
        fact_add(&c, FIELD_MS, str_number(ms, quiet / USEC_MS));
        slot_loose(s, &c, STAGE_PROVISIONING, true);
    }
}

enum { FLAPS_LEAST = 2 };

static void conclude_flaps(struct stretch *s)
{
    char count[24];
    if (s->edge_changes >= FLAPS_LEAST) {
        struct fact c = slot_conclude(FACT_REGISTER_FLAPS, &s->edge_fact, STAGE_REGISTERED);
        fact_add(&c, FIELD_SERVER, str_z(s->edge));
        fact_add(&c, FIELD_OTHER, str_z(s->edge_before));
        fact_add(&c, FIELD_COUNT, str_number(count, s->edge_changes));
        slot_loose(s, &c, STAGE_REGISTERED, false);
    }
}

static void conclude_clock(struct stretch *s)
{
    struct fact base = {
        .place = s->offset_place, .order = s->last.order, .tod = USEC_NONE, .mono = s->mono};
    if (s->jumps) {
        struct fact c = slot_conclude(FACT_CLOCK_JUMP, &base, STAGE_CLOCK);
        c.place = s->jump_place;
        fact_add(&c, FIELD_FROM, str_z(s->jump_from));
        fact_add(&c, FIELD_VALUE, str_z(s->jump_to));
        slot_loose(s, &c, STAGE_NONE, false);
    }
    /* Whoever is answered by a SIP server got past certificates: its clock was near enough. */
    double day = 86400e3;
    if (s->has_offset && s->offset_ms < day && s->offset_ms > -day) {
        slot_passed(s, &base, STAGE_CLOCK);
    }
}

static void join_attempts(const struct journey *j, struct phone *p, const struct stretch *s)
{
    if (j->used >= FULL_FROM) {
        p->arena.limit = p->arena.used;
    }
    usec_t base = align_began(s, p->year);
    for (struct attempt *a = s->attempts.first; a; a = a->next) {
        bool lean = j->used >= (a->failed ? BARE_FROM : LEAN_FROM);
        if (lean && a->kind != ATTEMPT_LOOSE) {
            a->n = 0;
        }
        align_base(a, base);
        p->dropped_attempts += !attempts_merge(&p->arena, &p->attempts, a);
    }
}

/* A log goes on in the text in which another phone's stands: they were put together. */
static void join_text(const struct journey *j, struct phone *p, const struct stretch *s)
{
    struct phone *other = j->before_phone;
    if (other && other != p && s->first.file == j->before.file && s->first.source == SOURCE_LOG &&
        j->before.source == SOURCE_LOG) {
        p->beside = p->beside ? p->beside : other;
        other->beside = other->beside ? other->beside : p;
    }
}

void stretch_join(struct journey *j)
{
    struct stretch *s = &j->s;
    if (!s->any) {
        return;
    }
    lease_end(j);
    fetch_end(j);
    select_end(j);
    register_end(j);
    conclude_sent_away(s);
    conclude_waiting(s);
    conclude_lapsed(s);
    conclude_idle(s);
    conclude_flaps(s);
    conclude_clock(s);
    journal_end(s);
    struct phone *p = find(j, s);
    if (!p) {
        p = add(j, s);
    }
    if (!p) {
        j->dropped++;
    } else {
        size_t before = p->arena.used;
        join_text(j, p, s);
        join_values(p, s);
        join_counts(j, p, s);
        join_attempts(j, p, s);
        j->used += p->arena.used - before;
        j->current = p;
    }
    j->before = s->last;
    j->before_phone = p;
    stretch_init(s);
}

/* -- what is concluded of a phone as a whole */

static void add_loose(struct phone *p, struct fact *c)
{
    struct attempt a = {.kind = ATTEMPT_LOOSE,
                        .count = 1,
                        .first_order = c->order,
                        .last_order = c->order,
                        .last = c->place,
                        .key = c->kind};
    a.concluded[a.n_concluded++] = c;
    p->dropped_attempts += !attempts_merge(&p->arena, &p->attempts, &a);
}

static struct fact whole(const struct phone *p, enum fact_kind kind)
{
    struct fact c;
    fact_init(&c, kind);
    c.stage = STAGE_NONE;
    c.order = p->last_order;
    return c;
}

enum { LOOP_LEAST = 3, THIN_LEAST = 20 };

/* The same firmware is asked for again and again, the phone restarting in between. */
static void finish_upgrades(struct phone *p)
{
    char text[24];
    unsigned count = 0;
    const struct attempt *of = NULL;
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        if (a->kind == ATTEMPT_FETCH && a->role == ROLE_UPGRADE && a->n) {
            count += a->count;
            of = a;
        }
    }
    if (count >= LOOP_LEAST && p->reboots + 1 >= LOOP_LEAST) {
        struct fact c = slot_conclude(FACT_UPGRADE_LOOP, of->fact[0], STAGE_NONE);
        fact_add(&c, FIELD_COUNT, str_number(text, count));
        fact_add(&c, FIELD_URL, fact_get(of->fact[0], FIELD_URL));
        add_loose(p, &c);
    }
}

/* Records enough, but none of those that the later stages are read from. */
static void finish_thin(struct phone *p)
{
    bool any = p->voice_records != 0;
    for (const struct attempt *a = p->attempts.first; a && !any; a = a->next) {
        any = a->kind == ATTEMPT_FETCH || a->kind == ATTEMPT_SELECT || a->kind == ATTEMPT_REGISTER;
    }
    if (!any && p->records >= THIN_LEAST && p->sources == 1U << SOURCE_LOG) {
        struct fact c = whole(p, FACT_LOG_THIN);
        fact_add(&c, FIELD_TEXT, STR("voice"));
        c.place = p->first_place;
        add_loose(p, &c);
    }
}

/* A resolver that gave no answer: what many phones of a site may have in common. */
static void finish_silent(struct phone *p)
{
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        for (unsigned i = 0; i < a->n_concluded; i++) {
            struct str server = fact_get(a->concluded[i], FIELD_SERVER);
            if (a->concluded[i]->kind == FACT_DNS_SILENT && server.len) {
                p->value[PHONE_SILENT] = server;
            }
        }
    }
}

static void finish(struct phone *p)
{
    p->last_time = when(&p->last, p->last_text);
    finish_silent(p);
    finish_upgrades(p);
    finish_thin(p);
    char count[24];
    char text[96];
    if (p->voice_restarts) {
        struct fact c = whole(p, FACT_VOICE_RESTART);
        fact_add(&c, FIELD_COUNT, str_number(count, p->voice_restarts));
        add_loose(p, &c);
    }
    /* One jump of the date is how a clock is set. */
    unsigned edited = p->glued / 2 + (p->jumps > 1 ? p->jumps : 0) + p->falls;
    if (edited) {
        struct fact c = whole(p, FACT_LOG_EDITED);
        snprintf(text, sizeof text, "glued=%u date-jumps=%u number-falls=%u", p->glued / 2,
                 p->jumps, p->falls);
        fact_add(&c, FIELD_COUNT, str_number(count, edited));
        fact_add(&c, FIELD_TEXT, str_z(text));
        add_loose(p, &c);
    }
    const struct phone *other = p->beside;
    if (other) {
        struct fact c = whole(p, FACT_LOG_MIXED);
        fact_add(&c, FIELD_COUNT, STR("2"));
        int n = snprintf(text, sizeof text, "%.*s, %.*s", STR_ARG(str_head(p->model, 40)),
                         STR_ARG(str_head(other->model, 40)));
        fact_add(&c, FIELD_TEXT, str_of(text, (size_t)n));
        c.place = p->first_place;
        add_loose(p, &c);
    }
    struct str used = p->value[PHONE_RESOLVER];
    struct str lease = p->value[PHONE_DNS1];
    if (used.len && lease.len && !str_eq(used, lease) && !str_eq(used, p->value[PHONE_DNS2])) {
        struct fact c = whole(p, FACT_LOG_RESOLVER);
        fact_add(&c, FIELD_SERVER, used);
        fact_add(&c, FIELD_OTHER, lease);
        add_loose(p, &c);
    }
}

struct phone *journey_end(struct journey *j)
{
    stretch_join(j);
    for (struct phone *p = j->phones; p; p = p->next) {
        align_sources(p);
        finish(p);
    }
    return j->phones;
}
