/* The rule table over the facts of a phone's attempts. */
#include "domain/diagnosis/diagnosis.h"

/* The i-th fact of an attempt: conclusions first, they are what rules mostly rest on. */
static const struct fact *fact_at(const struct attempt *a, unsigned i)
{
    return i < a->n_concluded ? a->concluded[i] : a->fact[i - a->n_concluded];
}

static unsigned facts_of(const struct attempt *a)
{
    return a->n_concluded + a->n;
}

static const struct fact *find(const struct attempt *a, const struct pattern *p)
{
    for (unsigned i = 0; i < facts_of(a); i++) {
        if (pattern_holds(p, fact_at(a, i))) {
            return fact_at(a, i);
        }
    }
    return NULL;
}

/* Names agree up to the first dot: a redaction may have taken what stands behind it. */
static bool same_name(struct str a, struct str b)
{
    return str_ieq(str_cut(&a, '.'), str_cut(&b, '.'));
}

/* Whether a question or answer about a name is about that of the decisive fact. */
static bool about(const struct fact *w, const struct fact *on)
{
    if (w->kind != FACT_DNS_QUERY && w->kind != FACT_DNS_FORWARD && w->kind != FACT_DNS_REPLY) {
        return true;
    }
    struct str name = fact_get(w, FIELD_HOST);
    struct str host = fact_get(on, FIELD_HOST);
    struct str target = fact_get(on, FIELD_TARGET);
    return !name.len || (!host.len && !target.len) || same_name(name, host) ||
           same_name(name, target);
}

/* Supporting evidence for `on`. */
static const struct fact *find_with(const struct attempt *a, const struct pattern *p,
                                    const struct fact *on)
{
    for (unsigned i = 0; i < facts_of(a); i++) {
        if (pattern_holds(p, fact_at(a, i)) && about(fact_at(a, i), on)) {
            return fact_at(a, i);
        }
    }
    return NULL;
}

/* The kinds of facts that an attempt holds, a bit each (added kinds fold into the table). */
struct kinds {
    uint64_t bit[8];
};

static unsigned kind_bit(unsigned kind)
{
    return kind % 512;
}

static struct kinds kinds_of(const struct attempt *a)
{
    struct kinds k = {{0}};
    for (unsigned i = 0; i < facts_of(a); i++) {
        unsigned bit = kind_bit(fact_at(a, i)->kind);
        k.bit[bit / 64] |= (uint64_t)1 << bit % 64;
    }
    return k;
}

static bool may_decide(const struct rule *u, const struct kinds *k)
{
    for (unsigned i = 0; i < u->n_when; i++) {
        unsigned bit = kind_bit(u->when[i].kind);
        if (k->bit[bit / 64] >> bit % 64 & 1) {
            return true;
        }
    }
    return false;
}

static const struct fact *decisive(const struct rule *u, const struct attempt *a)
{
    for (unsigned i = 0; i < u->n_unless; i++) {
        if (find(a, &u->unless[i])) {
            return NULL;
        }
    }
    for (unsigned i = 0; i < u->n_when; i++) {
        const struct fact *f = find(a, &u->when[i]);
        if (f) {
            return f;
        }
    }
    return NULL;
}

static void reason(struct finding *f, const char *key, int64_t a, int64_t b, int64_t c)
{
    if (f->n_reasons < REASONS_MOST) {
        f->reason[f->n_reasons++] = (struct reason){.key = key, .a = a, .b = b, .c = c};
    }
}

static bool is_absence(unsigned kind)
{
    return kind == FACT_DNS_SILENT || kind == FACT_REGISTER_SILENT ||
           kind == FACT_ACTIVATION_EMPTY || kind == FACT_CONNECT_NONE ||
           kind == FACT_REGISTER_LAPSED || kind == FACT_PROFILE_IDLE || kind == FACT_JOURNAL_IDLE ||
           kind == FACT_JOURNAL_UNSEEN;
}

static void add_evidence(struct finding *f, struct evidence e)
{
    for (unsigned i = 0; i < f->n_evidence; i++) {
        const struct evidence *have = &f->evidence[i];
        if (!e.absence && !have->absence && have->fact->place.line == e.fact->place.line &&
            have->fact->place.file == e.fact->place.file &&
            have->fact->place.col == e.fact->place.col) {
            return;
        }
    }
    if (f->n_evidence == EVIDENCE_MOST || (!e.absence && e.fact->place.line == 0)) {
        return;
    }
    /* In the order of the text; an absence stands behind the line that it begins at. */
    unsigned at = f->n_evidence++;
    uint64_t key = e.absence ? ((uint64_t)e.from.file << 32 | e.from.line)
                             : ((uint64_t)e.fact->place.file << 32 | e.fact->place.line);
    while (at > 0) {
        const struct evidence *b = &f->evidence[at - 1];
        uint64_t other = b->absence ? ((uint64_t)b->from.file << 32 | b->from.line)
                                    : ((uint64_t)b->fact->place.file << 32 | b->fact->place.line);
        if (other <= key) {
            break;
        }
        f->evidence[at] = *b;
        at--;
    }
    f->evidence[at] = e;
}

/* What another source of the same phone shows of the same. */
static void second_source(struct finding *f, const struct attempt *a, const struct fact *on)
{
    static const char *const keys[SOURCES] = {"reason.log-too", "reason.capture-too",
                                              "reason.probe-too", "reason.journal-too"};
    add_evidence(f, (struct evidence){.role = EVIDENCE_DECISIVE, .fact = on});
    for (unsigned i = 0; i < f->rule->n_with; i++) {
        const struct fact *w = find_with(a, &f->rule->with[i], on);
        if (w) {
            add_evidence(f, (struct evidence){.role = EVIDENCE_WITH, .fact = w});
        }
    }
    if (f->sources & 1U << on->source) {
        return;
    }
    f->sources |= 1U << on->source;
    f->confidence = f->confidence > 0.94 ? 0.99 : f->confidence + 0.05;
    reason(f, keys[on->source], 0, 0, 0);
}

static void collect_evidence(struct finding *f, const struct attempt *a)
{
    const struct rule *u = f->rule;
    add_evidence(f, (struct evidence){.role = EVIDENCE_DECISIVE, .fact = f->decisive});
    unsigned found = 0;
    for (unsigned i = 0; i < u->n_with; i++) {
        const struct fact *w = find_with(a, &u->with[i], f->decisive);
        if (w) {
            found++;
            add_evidence(f, (struct evidence){.role = EVIDENCE_WITH, .fact = w});
        }
    }
    /* What a probe or a capture concluded by itself stands alone. */
    bool alone = a->kind == ATTEMPT_LOOSE && f->decisive->source != SOURCE_LOG;
    if (u->n_with && !alone) {
        reason(f, "reason.evidence", found, u->n_with, 0);
        f->confidence -= 0.15 * (double)(u->n_with - found) / (double)u->n_with;
    }
    if (is_absence(f->decisive->kind)) {
        struct place to = a->last;
        for (unsigned i = 0; i < a->n; i++) { /* the line that ended the waiting */
            const struct fact *g = a->fact[i];
            if (g->order > f->decisive->order && g->kind >= FACT_FETCH_START &&
                g->kind <= FACT_FETCH_NORESOLVE) {
                to = g->place;
                break;
            }
        }
        struct place from = f->decisive->place;
        if (from.file != to.file || from.line != to.line) {
            add_evidence(f, (struct evidence){.absence = true, .from = from, .to = to});
        }
    }
}

static void weigh(struct finding *f, const struct attempt *a)
{
    static const double base[CLASSES] = {
        [CLASS_SEEN] = 0.95, [CLASS_SHAPE] = 0.85, [CLASS_ASSUMED] = 0.55};
    static const char *const why[CLASSES] = {[CLASS_SEEN] = "reason.seen",
                                             [CLASS_SHAPE] = "reason.shape",
                                             [CLASS_ASSUMED] = "reason.assumed"};
    static const char *const direct[SOURCES] = {NULL, "reason.packets", "reason.live",
                                                "reason.journal"};
    enum source source = (enum source)f->decisive->source;
    /* What packets show is seen; what servers wrote down may still be of something else. */
    bool shown = source == SOURCE_CAPTURE || source == SOURCE_PROBE;
    f->confidence = base[shown ? CLASS_SEEN : f->rule->class];
    bool sign = source == SOURCE_JOURNAL && f->rule->class != CLASS_SEEN;
    const char *key = source == SOURCE_LOG ? why[f->rule->class] : direct[source];
    reason(f, sign ? "reason.journal-sign" : key, 0, 0, 0);
    collect_evidence(f, a);
    if (a->missing && is_absence(f->decisive->kind)) {
        f->confidence -= 0.15;
        reason(f, "reason.gap", a->missing, a->gap_before.line, a->gap_after.line);
    }
    if (a->edited) {
        f->confidence -= 0.1;
        reason(f, "reason.edited", 0, 0, 0);
    }
    for (unsigned i = 0; i < a->n; i++) {
        if (a->fact[i]->kind == FACT_REGISTER_SECRET) {
            bool bad = str_eq(fact_get(a->fact[i], FIELD_STATE), STR("wrong"));
            f->confidence = bad ? 0.99 : f->confidence - 0.3;
            reason(f, bad ? "reason.secret-wrong" : "reason.secret-right", 0, 0, 0);
            break;
        }
    }
    f->confidence = f->confidence > 0.99 ? 0.99 : f->confidence < 0.05 ? 0.05 : f->confidence;
}

static bool same_value(const struct finding *f, const struct fact *d)
{
    static const enum field fields[] = {FIELD_HOST, FIELD_SERVER, FIELD_STATUS, FIELD_ROLE,
                                        FIELD_URL,  FIELD_KEY,    FIELD_TARGET};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (!str_eq(fact_get(f->decisive, fields[i]), fact_get(d, fields[i]))) {
            return false;
        }
    }
    return true;
}

/* The finding that this makes or adds to; NULL: there is no room. */
static struct finding *take(struct diagnosis *d, const struct rule *u, const struct attempt *a,
                            const struct fact *on)
{
    for (unsigned i = 0; i < d->n; i++) {
        struct finding *f = &d->finding[i];
        bool other = f->rule == u && f->decisive->source != on->source && f->stage == on->stage;
        if (other) {
            second_source(f, a, on);
        }
        if (other || (f->rule == u && same_value(f, on))) {
            f->count += other ? 0 : a->count;
            f->last = on->place;
            if (a->last_order > f->attempt->last_order && f->recovered) {
                f->recovered = ladder_recovered(d->phone, a, (enum stage)on->stage);
            }
            return f;
        }
    }
    if (d->n == FINDINGS_MOST) {
        d->dropped++;
        return NULL;
    }
    struct finding *f = &d->finding[d->n++];
    *f = (struct finding){.rule = u,
                          .level = u->level,
                          .stage = (enum stage)on->stage,
                          .decisive = on,
                          .attempt = a,
                          .count = a->count,
                          .sources = 1U << on->source,
                          .first = on->place,
                          .last = on->place};
    f->recovered = u->level == LEVEL_ERROR && ladder_recovered(d->phone, a, f->stage);
    weigh(f, a);
    return f;
}

static void one_attempt(const struct rules *r, const struct attempt *a, struct diagnosis *d)
{
    bool error = false;
    struct kinds kinds = kinds_of(a);
    for (int pass = 0; pass < 2; pass++) {
        for (const struct rule *u = r->first; u; u = u->next) {
            if (u->fallback != (pass == 1) || (u->fallback && error)) {
                continue;
            }
            const struct fact *on = may_decide(u, &kinds) ? decisive(u, a) : NULL;
            if (on) {
                (void)take(d, u, a, on);
                error |= u->level == LEVEL_ERROR;
            }
        }
    }
}

/* A recovered error counts as a warning; then by level, by how far along, what names a cause, by confidence. */
static bool before(const struct diagnosis *d, const struct finding *a, const struct finding *b)
{
    if (a->level != b->level) {
        return a->level > b->level;
    }
    bool fa = d->ladder.failed < STAGES && a->stage == d->ladder.failed;
    bool fb = d->ladder.failed < STAGES && b->stage == d->ladder.failed;
    if (fa != fb) {
        return fa;
    }
    if (a->stage != b->stage) {
        return a->stage < b->stage;
    }
    if (a->rule->fallback != b->rule->fallback) {
        return b->rule->fallback;
    }
    return a->confidence > b->confidence;
}

static void sort(struct diagnosis *d)
{
    for (unsigned i = 1; i < d->n; i++) {
        struct finding f = d->finding[i];
        unsigned k = i;
        while (k > 0 && before(d, &f, &d->finding[k - 1])) {
            d->finding[k] = d->finding[k - 1];
            k--;
        }
        d->finding[k] = f;
    }
}

/* -- what a probe of the same site says now */

static bool about_host(const struct attempt *a, struct str host)
{
    for (unsigned i = 0; i < facts_of(a); i++) {
        if (str_ieq(fact_get(fact_at(a, i), FIELD_HOST), host)) {
            return true;
        }
    }
    return false;
}

/* Whether the probe was refused what the phone was. */
static bool met_too(const struct phone *probe, const struct finding *f, struct str host)
{
    for (const struct attempt *a = probe->attempts.first; a; a = a->next) {
        struct kinds kinds = kinds_of(a);
        const struct fact *on = may_decide(f->rule, &kinds) ? decisive(f->rule, a) : NULL;
        if (on && (!host.len || str_ieq(fact_get(on, FIELD_HOST), host))) {
            return true;
        }
    }
    return false;
}

/* Whether the probe got past the stage, with the same name where the finding has one. */
static bool passed_now(const struct phone *probe, const struct finding *f, struct str host)
{
    for (const struct attempt *a = probe->attempts.first; a && f->stage < STAGES; a = a->next) {
        if (!a->failed && a->rung[f->stage].state == STAGE_OK &&
            (!host.len || about_host(a, host))) {
            return true;
        }
    }
    return false;
}

static void compare(struct finding *f, const struct phone *probe)
{
    struct str host = fact_get(f->decisive, FIELD_HOST);
    if (f->rule->level == LEVEL_INFO) {
        return;
    }
    if (met_too(probe, f, host)) {
        f->confidence = f->confidence > 0.94 ? 0.99 : f->confidence + 0.05;
        reason(f, "reason.probe-too", 0, 0, 0);
    } else if (passed_now(probe, f, host)) {
        f->confidence = f->confidence > 0.35 ? f->confidence - 0.3 : 0.05;
        reason(f, "reason.probe-passed", 0, 0, 0);
    }
}

/* Whether the phone's own evidence has an error there, and none that names a cause. */
static bool wants_cause(const struct diagnosis *d, enum stage stage)
{
    bool wants = false;
    for (unsigned i = 0; i < d->n; i++) {
        const struct finding *f = &d->finding[i];
        if (f->stage == stage && f->rule->level == LEVEL_ERROR && !f->recovered) {
            if (!f->rule->fallback) {
                return false;
            }
            wants = true;
        }
    }
    return wants;
}

/* What stops the probe where the phone cannot say what stops it. */
static void causes_of_probe(const struct rules *r, const struct phone *probe, struct diagnosis *d)
{
    for (const struct attempt *a = probe->attempts.first; a; a = a->next) {
        struct kinds kinds = kinds_of(a);
        for (const struct rule *u = r->first; u; u = u->next) {
            bool cause = u->level == LEVEL_ERROR && !u->fallback && may_decide(u, &kinds);
            const struct fact *on = cause ? decisive(u, a) : NULL;
            if (on && on->stage < STAGES && wants_cause(d, (enum stage)on->stage) &&
                !ladder_recovered(probe, a, (enum stage)on->stage)) {
                struct finding *f = take(d, u, a, on);
                if (f) {
                    f->recovered = false; /* as the phone's is not */
                }
            }
        }
    }
}

void diagnose(const struct rules *r, const struct phone *p, const struct phone *probe,
              struct diagnosis *ret_d)
{
    struct diagnosis *d = ret_d;
    d->n = 0;
    d->dropped = 0;
    d->phone = p;
    memset(d->by, 0, sizeof d->by);
    ladder_read(p, &d->ladder);
    for (const struct attempt *a = p->attempts.first; a; a = a->next) {
        one_attempt(r, a, d);
    }
    if (probe && probe != p) {
        causes_of_probe(r, probe, d);
    }
    for (unsigned i = 0; i < d->n; i++) {
        struct finding *f = &d->finding[i];
        if (f->recovered && f->level == LEVEL_ERROR) {
            f->level = LEVEL_WARNING;
        }
        if (f->count > 1) { /* counted over all attempts */
            f->confidence = f->confidence > 0.96 ? 0.99 : f->confidence + 0.03;
            reason(f, "reason.repeated", f->count, 0, 0);
        }
        if (probe && probe != p && f->decisive->source != SOURCE_PROBE) {
            compare(f, probe);
        }
    }
    sort(d);
    for (unsigned i = d->n; i-- > 0;) {
        struct finding *f = &d->finding[i];
        if (f->stage < STAGES && f->rule->level == LEVEL_ERROR) {
            d->by[f->stage] = f;
        }
    }
}

/* Where a TLS server was that a line names without its port: the web's, or that of the SIP server in use. */
static struct str port_of(const struct phone *p, const struct finding *f)
{
    struct str edge = p->value[PHONE_EDGE];
    size_t at = edge.len;
    unsigned kind = f->decisive->kind;
    if (kind != FACT_FETCH_FAILED && (kind < FACT_TLS_CERTIFICATE || kind > FACT_TLS_NOT_TLS)) {
        return str_of(NULL, 0);
    }
    if (f->stage == STAGE_ACTIVATION || f->stage == STAGE_PROVISIONING) {
        return STR("443");
    }
    while (at > 0 && ascii_digit(edge.p[at - 1])) {
        at--;
    }
    return at > 0 && at < edge.len && edge.p[at - 1] == ':' ? str_from(edge, at) : str_of(NULL, 0);
}

struct str finding_value(const struct diagnosis *d, const struct finding *f, struct str name)
{
    enum field field = field_read(name);
    const struct phone *p = d->phone;
    struct str v = field < FIELDS ? fact_get(f->decisive, field) : str_of(NULL, 0);
    if (v.len || field == FIELDS) {
        return v;
    }
    switch (field) {
    case FIELD_OTHER: /* of a silent resolver: one that answered the same phone */
        v = p->value[PHONE_RESOLVER];
        return f->decisive->kind == FACT_DNS_SILENT &&
                       !str_eq(v, fact_get(f->decisive, FIELD_SERVER))
                   ? v
                   : str_of(NULL, 0);
    case FIELD_PORT:
        return port_of(p, f);
    case FIELD_MODEL:
        return p->model;
    case FIELD_SERIAL:
        return p->serial;
    default:
        return v;
    }
}
