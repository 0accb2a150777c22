/* Registering: REGISTER, the challenge, the answer to it, the refreshes. */
#include "domain/journey/inside.h"

enum { KEY_SENT, KEY_AUTH, KEY_REPLY, KEY_CHALLENGE, KEY_FINAL };
enum { AT_FIRST, AT_SENT, AT_REPLY };
enum { N_SENT, N_STALE, N_REFUSED, N_FINAL, N_UNCLEAR };

/* Non-INVITE requests time out after 16 s on phones, 32 s in RFC 3261 (17.1.2.2, Timer F). */
#define SILENT_LEAST (15 * USEC_S)
#define AT_ONCE (2 * USEC_S)
#define UNANSWERED_LEAST (5 * USEC_S)

static bool is_register(const struct fact *f)
{
    return str_eq(fact_get(f, FIELD_METHOD), STR("REGISTER"));
}

static void clock_offset(struct stretch *st, const struct slot *s, const struct fact *f)
{
    int64_t epoch = fact_int(f, FIELD_EPOCH, 0);
    if (epoch == 0 || f->tod == USEC_NONE || st->last.month == 0) {
        return;
    }
    int year = 0;
    int month = 0;
    int day = 0;
    time_civil(epoch / 86400000, &year, &month, &day);
    if (!st->year) {
        st->year = year;
    }
    /* The log tells no year: the one in which it comes nearest to the server's clock. */
    const struct fact *sent = s->key[KEY_SENT];
    int64_t days = time_days(year, st->last.month, st->last.day);
    int64_t server_days = epoch / 86400000;
    if (days - server_days > 183) {
        days = time_days(year - 1, st->last.month, st->last.day);
    } else if (server_days - days > 183) {
        days = time_days(year + 1, st->last.month, st->last.day);
    }
    double received = (double)days * 86400e3 + (double)f->tod / 1e3;
    double trip = sent && f->tod >= sent->tod ? (double)(f->tod - sent->tod) / 1e3 : 0;
    double offset = (double)epoch - (received - trip / 2);
    /* The least uncertain wins. */
    if (!st->has_offset || trip / 2 < st->uncertainty_ms) {
        st->has_offset = true;
        st->offset_ms = offset;
        st->uncertainty_ms = trip / 2;
        st->offset_place = f->place;
    }
}

/* The registration that `f` belongs to, by its Call-ID or, where that is lost, its branch. */
static struct slot *slot_of(struct stretch *st, const struct fact *f)
{
    struct str call_id = fact_get(f, FIELD_CALL_ID);
    struct str branch = fact_get(f, FIELD_BRANCH);
    for (unsigned i = 0; i < REGISTER_SLOTS; i++) {
        struct slot *s = &st->slot[SLOT_REGISTER + i];
        const struct fact *last = s->key[KEY_SENT];
        bool whole = call_id.len && s->call_id.len;
        if (s->open &&
            (whole ? str_eq(s->call_id, call_id)
                   : last && branch.len && str_eq(fact_get(last, FIELD_BRANCH), branch))) {
            return s;
        }
    }
    return NULL;
}

static void finish(struct journey *j, struct slot *s);

/* A slot for another registration: a free one, or the one that is under way for longest. */
static struct slot *begin(struct journey *j, const struct fact *f)
{
    struct slot *oldest = &j->s.slot[SLOT_REGISTER];
    struct slot *s = NULL;
    for (unsigned i = 0; i < REGISTER_SLOTS && !s; i++) {
        struct slot *c = &j->s.slot[SLOT_REGISTER + i];
        s = c->open ? NULL : c;
        oldest = c->a.first_order < oldest->a.first_order ? c : oldest;
    }
    if (!s) {
        s = oldest;
        finish(j, s);
    }
    slot_open(s, ATTEMPT_REGISTER, ROLE_NONE, f);
    s->at[AT_FIRST] = f->mono;
    s->at[AT_SENT] = f->mono;
    s->call_id = arena_str(&s->arena, fact_get(f, FIELD_CALL_ID));
    s->host = arena_str(&s->arena, fact_get(f, FIELD_SERVER));
    return s;
}

/* Which line of the phone it is: the user of its Contact, as far as nobody took that out. */
static uint64_t line_of(const struct fact *f)
{
    struct str user =
        str_head(fact_get(f, FIELD_CONTACT), str_chr(fact_get(f, FIELD_CONTACT), '@'));
    uint64_t h = 0xCBF29CE484222325U;
    if (user.len == fact_get(f, FIELD_CONTACT).len) {
        return 0;
    }
    for (size_t i = 0; i < user.len; i++) {
        char c = user.p[i];
        if (c == 'X' || c == '*' || c == '<' || c == '[') {
            return 0;
        }
        h = (h ^ (unsigned char)c) * 0x100000001B3U;
    }
    return h;
}

/* Asked to refresh, the phone turned elsewhere at once: an answer it did not wait for, its connection was gone. */
static void conclude_reset(struct journey *j, struct slot *s, const struct fact *f)
{
    const struct fact *before = s->key[KEY_SENT];
    bool moved = before && (!str_eq(fact_get(before, FIELD_SERVER), fact_get(f, FIELD_SERVER)) ||
                            !str_eq(fact_get(before, FIELD_CONTACT), fact_get(f, FIELD_CONTACT)));
    if (j->s.refreshing && moved && !s->key[KEY_REPLY] &&
        !str_ieq(fact_get(before, FIELD_TRANSPORT), STR("UDP")) &&
        f->mono - s->at[AT_SENT] < AT_ONCE && j->s.missing <= s->missing) {
        struct fact c = slot_conclude(FACT_REGISTER_RESET, before, STAGE_REGISTERED);
        fact_add(&c, FIELD_SERVER, fact_get(before, FIELD_SERVER));
        slot_add(s, &c, false);
        j->s.refreshing = false;
    }
}

static void sent(struct journey *j, const struct fact *f)
{
    struct str call_id = fact_get(f, FIELD_CALL_ID);
    struct slot *s = slot_of(&j->s, f);
    bool auth = fact_get(f, FIELD_NONCE).len != 0;
    if (!s && call_id.len && str_eq(call_id, str_z(j->s.answered_call)) &&
        fact_int(f, FIELD_CSEQ, -2) == j->s.answered_cseq) {
        return; /* two writers out of step: its answer was written first */
    }
    /* A first REGISTER begins a new attempt, unless it is sent again for want of an answer. */
    bool again = s && !s->number[N_FINAL];
    bool later = s && f->mono - s->at[AT_REPLY] >= UNANSWERED_LEAST;
    if (!again || (!auth && s->key[KEY_REPLY] && (s->key[KEY_AUTH] || later))) {
        if (s) {
            finish(j, s);
        }
        select_end(j);
        fetch_end(j);
        j->s.awaiting = false;
        j->s.idle = false;
        j->s.sent_away = false;
        j->s.refreshing = j->s.bound;
        j->s.bound = false;
        s = begin(j, f);
    } else {
        conclude_reset(j, s, f);
    }
    s->a.line = s->a.line ? s->a.line : line_of(f);
    s->a.voice_pid = j->s.voice_pid;
    j->s.sent = s;
    const struct fact *kept = slot_keep(s, f);
    s->number[N_SENT]++;
    s->missing = j->s.missing;
    if (!again || auth || s->key[KEY_REPLY]) {
        s->at[AT_SENT] = f->mono;
    }
    s->key[KEY_SENT] = kept ? kept : s->key[KEY_SENT];
    s->key[KEY_REPLY] = NULL;
    if (auth) {
        s->key[KEY_AUTH] = kept ? kept : s->key[KEY_AUTH];
    }
    int64_t asked = fact_int(f, FIELD_ASKED, -1);
    if (asked > 0) {
        j->s.asked = asked;
    }
}

/* Whether `f` answers the request `sent_f`: records may be missing between them. */
static bool answers(const struct fact *f, const struct fact *sent_f)
{
    struct str a = fact_get(f, FIELD_CSEQ);
    struct str b = sent_f ? fact_get(sent_f, FIELD_CSEQ) : str_of(NULL, 0);
    return b.len && str_eq(a, b);
}

static void challenged(struct slot *s, const struct fact *f)
{
    const struct fact *auth = s->key[KEY_AUTH];
    bool stale = str_ieq(fact_get(f, FIELD_STALE), STR("true"));
    if (!auth || !answers(f, auth)) {
        s->key[KEY_CHALLENGE] = f;
        return;
    }
    if (fact_get(f, FIELD_NONCE).len == 0) {
        s->number[N_UNCLEAR]++;
    } else if (stale) {
        s->number[N_STALE]++;
    } else {
        s->number[N_REFUSED]++;
    }
    s->key[KEY_CHALLENGE] = f;
}

/* The server lists a contact of another host for the same account. */
static void shared(struct slot *s, const struct fact *f)
{
    struct str other = fact_get(f, FIELD_OTHER);
    if (other.len) {
        struct fact c = slot_conclude(FACT_REGISTER_SHARED, f, STAGE_REGISTERED);
        fact_add(&c, FIELD_CONTACT, other);
        fact_add(&c, FIELD_COUNT, STR("2"));
        slot_add(s, &c, false);
    }
}

static const usec_t flap_most = 600 * USEC_S;

/* Counts how often the registration goes back to the server it had left within ten minutes. Over hours a phone may take now one, now another of
 * equal servers. */
static void flap(struct stretch *st, const struct fact *f)
{
    struct str server = fact_get(f, FIELD_SERVER);
    bool soon = f->mono - st->bound_since < flap_most;
    if (server.len == 0 || str_eq(server, str_z(st->edge))) {
        return;
    }
    st->edge_changes += soon && str_eq(server, str_z(st->edge_before));
    memcpy(st->edge_before, st->edge, sizeof st->edge);
    text_set(st->edge, sizeof st->edge, server);
    st->edge_fact = fact_bare(f, st->edge_text, sizeof st->edge_text);
}

static void granted(struct journey *j, struct slot *s, const struct fact *f)
{
    char a[24];
    char g[24];
    struct stretch *st = &j->s;
    int64_t asked = s->key[KEY_SENT] ? fact_int(s->key[KEY_SENT], FIELD_ASKED, -1) : -1;
    int64_t grant = fact_int(f, FIELD_GRANTED, -1);
    if (asked == 0) {
        return; /* it took its registration back */
    }
    struct fact c = slot_conclude(FACT_REGISTER_OK, f, STAGE_REGISTERED);
    if (asked > 0) {
        fact_add(&c, FIELD_ASKED, str_number(a, asked));
    }
    if (grant >= 0) {
        fact_add(&c, FIELD_GRANTED, str_number(g, grant));
        st->granted = grant;
    }
    fact_add(&c, FIELD_SERVER, fact_get(f, FIELD_SERVER));
    slot_add(s, &c, false);
    slot_rung(s, STAGE_REGISTER, STAGE_OK, (f->mono - s->at[AT_FIRST]) / USEC_MS, f);
    slot_rung(s, STAGE_REGISTERED, STAGE_OK, -1, f);
    shared(s, f);
    flap(st, f);
    st->bound = grant != 0;
    st->bound_since = f->mono;
    st->bound_for = grant;
    st->bound_missing = st->missing;
    st->bound_fact = fact_bare(f, st->bound_text, sizeof st->bound_text);
}

static void answered(struct journey *j, const struct fact *f)
{
    struct slot *s = slot_of(&j->s, f);
    int64_t status = fact_int(f, FIELD_STATUS, 0);
    s = s ? s : begin(j, f);
    if (status >= 100 && status < 200) {
        return;
    }
    const struct fact *kept = slot_keep(s, f);
    if (!kept) {
        return;
    }
    clock_offset(&j->s, s, f);
    s->key[KEY_REPLY] = kept;
    s->at[AT_REPLY] = f->mono;
    j->s.refreshing = false;
    s->missing = j->s.missing;
    slot_rung(s, STAGE_CONNECT, STAGE_OK, -1, kept);
    if (status == 401 || status == 407) {
        challenged(s, kept);
        return;
    }
    s->key[KEY_FINAL] = kept;
    s->number[N_FINAL] = (unsigned)status;
    if (status >= 200 && status < 300) {
        text_set(j->s.answered_call, VALUE_MOST, s->call_id);
        j->s.answered_cseq = fact_int(f, FIELD_CSEQ, -1);
        granted(j, s, kept);
        finish(j, s);
    }
}

static void conclude_rejected(struct slot *s)
{
    const struct fact *f = s->key[KEY_FINAL];
    struct fact c = slot_conclude(FACT_REGISTER_REJECTED, f, STAGE_REGISTER);
    fact_add(&c, FIELD_STATUS, fact_get(f, FIELD_STATUS));
    fact_add(&c, FIELD_REASON, fact_get(f, FIELD_REASON));
    /* Which request it was that was refused: without it the log does not tell. */
    bool auth = answers(f, s->key[KEY_AUTH]);
    bool first = !s->key[KEY_AUTH] && !s->key[KEY_CHALLENGE] && answers(f, s->key[KEY_SENT]);
    fact_add(&c, FIELD_STATE, auth ? STR("auth") : first ? STR("first") : STR("unclear"));
    fact_add(&c, FIELD_SERVER, fact_get(f, FIELD_SERVER));
    fact_add(&c, FIELD_RETRY, fact_get(f, FIELD_RETRY));
    fact_add(&c, FIELD_TEXT, fact_get(f, FIELD_TEXT));
    if (s->key[KEY_AUTH]) {
        fact_add(&c, FIELD_USER, fact_get(s->key[KEY_AUTH], FIELD_USER));
    }
    slot_add(s, &c, true);
}

/* Challenged again although it answered: the answer was refused, or never good for long. */
static void conclude_again(struct slot *s)
{
    char count[24];
    const struct fact *auth = s->key[KEY_AUTH];
    const struct fact *reply = s->key[KEY_CHALLENGE];
    struct str wanted = fact_get(reply, FIELD_REALM);
    struct str used = fact_get(auth, FIELD_REALM);
    bool realm = wanted.len && used.len && !str_eq(wanted, used);
    bool stale = s->number[N_STALE] > 1 && s->number[N_STALE] > s->number[N_REFUSED];
    bool nobody = str_eq(fact_get(auth, FIELD_USER), STR("?"));
    if (nobody) {
        struct fact u = slot_conclude(FACT_REGISTER_FORM, auth, STAGE_REGISTER);
        fact_add(&u, FIELD_TEXT, STR("no-user"));
        fact_add(&u, FIELD_REALM, used);
        slot_add(s, &u, true);
        return;
    }
    bool unclear = s->number[N_UNCLEAR] > 0 && s->number[N_REFUSED] == 0;
    if (!stale && !unclear && s->number[N_REFUSED] == 0) {
        return; /* one nonce too old: a new one was asked for */
    }
    struct fact c = slot_conclude(FACT_REGISTER_AGAIN, reply, STAGE_REGISTER);
    fact_add(&c, FIELD_STATE,
             realm     ? STR("realm")
             : stale   ? STR("stale")
             : unclear ? STR("unclear")
                       : STR("refused"));
    fact_add(&c, FIELD_USER, fact_get(auth, FIELD_USER));
    fact_add(&c, FIELD_REALM, wanted);
    fact_add(&c, FIELD_STATUS, fact_get(reply, FIELD_STATUS));
    fact_add(&c, FIELD_REASON, fact_get(reply, FIELD_REASON));
    fact_add(&c, FIELD_SERVER, fact_get(reply, FIELD_SERVER));
    fact_add(&c, FIELD_COUNT,
             str_number(count, s->number[N_REFUSED] + s->number[N_STALE] + s->number[N_UNCLEAR]));
    slot_add(s, &c, true);
}

static void conclude_silent(struct journey *j, struct slot *s)
{
    char ms[24];
    usec_t waited = j->s.mono - s->at[AT_SENT];
    const struct fact *f = s->key[KEY_SENT];
    if (!f || waited < SILENT_LEAST || j->s.missing > s->missing) {
        return; /* the text ends too early to tell, or the answer may be among what is missing */
    }
    struct fact c = slot_conclude(FACT_REGISTER_SILENT, f, STAGE_REGISTER);
    fact_add(&c, FIELD_SERVER, fact_get(f, FIELD_SERVER));
    fact_add(&c, FIELD_PORT, fact_get(f, FIELD_PORT));
    fact_add(&c, FIELD_TRANSPORT, fact_get(f, FIELD_TRANSPORT));
    fact_add(&c, FIELD_MS, str_number(ms, waited / USEC_MS));
    slot_add(s, &c, true);
}

/* A phone answers a challenge at once, or not at all: one of an algorithm that it does not know, or 407 where 401 is usual. */
static void conclude_unanswered(struct journey *j, struct slot *s)
{
    const struct fact *f = s->key[KEY_CHALLENGE];
    usec_t waited = j->s.mono - s->at[AT_REPLY];
    if (s->key[KEY_AUTH] || !f || waited < UNANSWERED_LEAST || j->s.missing > s->missing) {
        return;
    }
    if (fact_int(f, FIELD_STATUS, 0) == 407) {
        s->key[KEY_FINAL] = f;
        conclude_rejected(s);
        return;
    }
    struct fact c = slot_conclude(FACT_REGISTER_FORM, f, STAGE_REGISTER);
    fact_add(&c, FIELD_TEXT, STR("unanswered"));
    fact_add(&c, FIELD_REALM, fact_get(f, FIELD_REALM));
    fact_add(&c, FIELD_ALGORITHM, fact_get(f, FIELD_ALGORITHM));
    fact_add(&c, FIELD_SERVER, fact_get(f, FIELD_SERVER));
    slot_add(s, &c, true);
}

/* What the phone sent and what came back as its Via: somebody on the way rewrote it. */
static void conclude_rewritten(struct slot *s)
{
    const struct fact *sent_f = s->key[KEY_SENT];
    const struct fact *reply = s->key[KEY_FINAL] ? s->key[KEY_FINAL] : s->key[KEY_CHALLENGE];
    if (!sent_f || !reply) {
        return;
    }
    struct str was = fact_get(sent_f, FIELD_VIA);
    struct str is = fact_get(reply, FIELD_VIA);
    if (was.len && is.len && !same_host(was, is) &&
        str_eq(fact_get(sent_f, FIELD_BRANCH), fact_get(reply, FIELD_BRANCH))) {
        struct fact c = slot_conclude(FACT_REGISTER_REWRITTEN, reply, STAGE_REGISTER);
        fact_add(&c, FIELD_VIA, was);
        fact_add(&c, FIELD_VALUE, is);
        slot_add(s, &c, false);
    }
}

static void finish(struct journey *j, struct slot *s)
{
    unsigned status = s->number[N_FINAL];
    if (status >= 300) {
        conclude_rejected(s);
    }
    if (status < 200 || status >= 300) {
        bool nobody = s->key[KEY_AUTH] && str_eq(fact_get(s->key[KEY_AUTH], FIELD_USER), STR("?"));
        unsigned again = s->number[N_STALE] + s->number[N_REFUSED] + s->number[N_UNCLEAR];
        if (s->key[KEY_AUTH] && s->key[KEY_CHALLENGE] && (again || (nobody && status == 403))) {
            conclude_again(s);
        } else if (status == 0 && !s->key[KEY_REPLY]) {
            conclude_silent(j, s);
        } else if (status == 0) {
            conclude_unanswered(j, s);
        }
    }
    conclude_rewritten(s);
    slot_close(&j->s, s);
    j->s.sent = j->s.sent == s ? NULL : j->s.sent;
}

void register_end(struct journey *j)
{
    for (unsigned i = 0; i < REGISTER_SLOTS; i++) {
        if (j->s.slot[SLOT_REGISTER + i].open) {
            finish(j, &j->s.slot[SLOT_REGISTER + i]);
        }
    }
}

bool register_met(const struct journey *j)
{
    bool met = j->s.refreshing;
    for (unsigned i = 0; i < REGISTER_SLOTS; i++) {
        const struct slot *s = &j->s.slot[SLOT_REGISTER + i];
        met = met || (s->open && (s->key[KEY_CHALLENGE] || s->key[KEY_REPLY]));
    }
    return met;
}

void register_secret(struct journey *j, const struct fact *f)
{
    if (j->s.sent) {
        (void)slot_keep(j->s.sent, f);
    }
}

/* Other requests: what became of subscriptions, and of what the server asked of the phone. */
static void other(struct journey *j, const struct fact *f)
{
    struct str method = fact_get(f, FIELD_METHOD);
    bool out = str_eq(fact_get(f, FIELD_STATE), STR("sent"));
    int64_t status = fact_int(f, FIELD_STATUS, 0);
    enum fact_kind kind = FACT_NO_KIND;
    if (!out && str_eq(method, STR("SUBSCRIBE")) && (status == 403 || status == 489)) {
        kind = FACT_SUBSCRIBE_REFUSED;
    } else if (out && str_eq(method, STR("NOTIFY")) &&
               (status == 403 || status == 481 || status == 489)) {
        kind = FACT_NOTIFY_REFUSED;
    }
    if (kind != FACT_NO_KIND) {
        struct fact c = slot_conclude(kind, f, STAGE_REGISTERED);
        fact_add(&c, FIELD_STATUS, fact_get(f, FIELD_STATUS));
        if (kind == FACT_SUBSCRIBE_REFUSED) {
            fact_add(&c, FIELD_REASON, fact_get(f, FIELD_REASON));
        }
        slot_loose(&j->s, &c, STAGE_REGISTERED, false);
    }
}

void register_on(struct journey *j, const struct fact *f)
{
    bool out = str_eq(fact_get(f, FIELD_STATE), STR("sent"));
    /* An answer whose CSeq is lost: its Call-ID tells. */
    bool ours = fact_get(f, FIELD_METHOD).len == 0 && !out && slot_of(&j->s, f);
    if (!is_register(f) && !ours) {
        other(j, f);
    } else if (f->kind == FACT_SIP_REQUEST && out) {
        sent(j, f);
    } else if (f->kind == FACT_SIP_RESPONSE && !out) {
        answered(j, f);
    }
}
