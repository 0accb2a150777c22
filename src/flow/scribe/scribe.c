/* Records of a phone's log. */
#include "flow/scribe/scribe.h"

#include "base/random.h"
#include "base/sink.h"

enum { LEAST = 12, MORE = 24 /* us that a record takes */ };

/* Which of the voice process's threads says it, by how the text begins; and what is an error. */
static const struct {
    const char *begins;
    enum { THREAD_MAIN, THREAD_SIP, THREAD_RULES } thread;
    bool error;
} ways[] = {
    {"QPE:", THREAD_MAIN, false},
    {"RSE_DEBUG", THREAD_SIP, false},
    {"[SIP_", THREAD_SIP, false},
    {" =====> Send", THREAD_SIP, false},
    {" <===== Recv", THREAD_SIP, false},
    {"fapp-fprv_eval_profile_rule return status=", THREAD_RULES, true},
    {"", THREAD_RULES, false},
};

enum err scribe_init(struct scribe *s, const struct lines *lines, struct scribe_out out,
                     const usec_t *offset, uint64_t seed)
{
    *s = (struct scribe){
        .lines = lines, .out = out, .offset = offset, .random = seed, .text.limit = SCRIBE_TEXT};
    scribe_boot(s);
    /* All of it is there from the start. */
    enum err e = buf_add(&s->text, STR(" "));
    return e == ERR_OK ? buf_add(&s->record, STR(" ")) : e;
}

void scribe_clear(struct scribe *s)
{
    buf_clear(&s->text);
    buf_clear(&s->record);
}

static void voice_begins(struct scribe *s, unsigned pid)
{
    s->pid_voice = pid;
    s->tid_rules = pid + 110 + random_below(&s->random, 220);
    s->tid_sip = s->tid_rules + 1 + random_below(&s->random, 9);
}

void scribe_boot(struct scribe *s)
{
    s->number = 0;
    s->pid_names = 550 + random_below(&s->random, 20);
    s->pid_system = 680 + random_below(&s->random, 20);
    s->tid_system = s->pid_system + 6;
    voice_begins(s, 960 + random_below(&s->random, 20));
}

void scribe_restart(struct scribe *s)
{
    voice_begins(s, s->pid_voice + 590 + random_below(&s->random, 600));
}

/* -- rows */

/* Whether the text of a call is that of the row: the same pieces between as many holes. */
static bool is_row(const struct template *t, const char *text)
{
    struct str rest = str_z(text);
    for (unsigned i = 0; i < t->n; i++) {
        size_t open = str_chr(rest, '{');
        size_t close = open == STR_NPOS ? STR_NPOS : str_chr(rest, '}');
        if (close == STR_NPOS || close < open || !str_eq(str_head(rest, open), t->lit[i])) {
            return false;
        }
        rest = str_from(rest, close + 1);
    }
    return str_eq(rest, t->lit[t->n]);
}

static const struct template *search(const struct scribe *s, const char *tag, const char *text)
{
    for (size_t row = 1; row <= lines_count(s->lines); row++) {
        const struct line *l = lines_row(s->lines, row);
        if (str_eq(l->tag, str_z(tag)) && is_row(&l->t, text)) {
            return &l->t;
        }
    }
    return NULL;
}

/* Texts are constant: the address tells them apart, and each is looked for once. */
static const struct template *row_of(struct scribe *s, const char *tag, const char *text)
{
    size_t at = ((uintptr_t)text >> 2) * 0x9e3779b1U % SCRIBE_KNOWN;
    for (unsigned i = 0; i < SCRIBE_KNOWN; i++, at = (at + 1) % SCRIBE_KNOWN) {
        struct scribe_known *k = &s->known[at];
        if (k->text == text && k->tag == tag) {
            return k->t;
        }
        if (!k->text) {
            *k = (struct scribe_known){tag, text, search(s, tag, text)};
            return k->t;
        }
    }
    return search(s, tag, text);
}

/* -- a record */

static void write_head(struct scribe *s, struct sink *out, const char *level, usec_t now)
{
    int year = 0, month = 0, day = 0;
    usec_t next = s->last + LEAST + random_below(&s->random, MORE);
    s->last = now > next || next > now + USEC_S ? now : next;
    usec_t date = s->last + *s->offset;
    int64_t days = date / USEC_DAY - (date % USEC_DAY < 0);
    usec_t tod = date - days * USEC_DAY;
    time_civil(days, &year, &month, &day);
    s->number = (s->number + 1) % 10000;
    s->written++;
    sink_fmt(out, "%04u %s %s %02d %02d:%02d:%02d.%06d ", s->number, level, time_month_name(month),
             day, (int)(tod / (3600 * USEC_S)), (int)(tod / (60 * USEC_S) % 60),
             (int)(tod / USEC_S % 60), (int)(tod % USEC_S));
}

/* What stands between the date and the text: thread and tag. */
static const char *write_tag(const struct scribe *s, struct sink *out, struct str tag,
                             struct str text)
{
    if (str_eq(tag, STR("dnsmasq"))) {
        sink_fmt(out, "dnsmasq[%u]: ", s->pid_names);
        return "INF";
    }
    if (str_eq(tag, STR("raw")) || str_eq(tag, STR("any"))) {
        return "NOT";
    }
    if (!str_eq(tag, STR("voice"))) {
        sink_fmt(out, "(%u-%u) %.*s-", s->pid_system, s->tid_system, STR_ARG(tag));
        return "NOT";
    }
    size_t i = 0;
    while (!str_starts(text, str_z(ways[i].begins))) {
        i++;
    }
    unsigned tid = ways[i].thread == THREAD_MAIN  ? s->pid_voice
                   : ways[i].thread == THREAD_SIP ? s->tid_sip
                                                  : s->tid_rules;
    sink_fmt(out, "(%u-%u) voice-", s->pid_voice, tid);
    return ways[i].error ? "ERR" : "NOT";
}

/* CR as the two characters that logs show; other control characters but the line end as none. */
static void write_shown(struct sink *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c == '\r') {
            sink_z(out, "^M");
        } else if (c == '\n' || c == '\t' || c >= ' ') {
            sink_char(out, (char)c);
        } else {
            sink_char(out, '?');
        }
    }
}

static void write_record(struct scribe *s, struct str tag, struct str whole, struct str piece,
                         usec_t now)
{
    struct buf tagged = {.limit = 128};
    struct sink head = buf_sink(&tagged);
    const char *level = write_tag(s, &head, tag, whole);
    buf_reset(&s->record);
    struct sink out = buf_sink(&s->record);
    write_head(s, &out, level, now);
    sink_str(&out, buf_str(&tagged));
    write_shown(&out, piece);
    sink_char(&out, '\n');
    if (!out.err) {
        s->out.record(s->out.ctx, buf_str(&s->record));
    }
    buf_clear(&tagged);
}

/* In pieces where it is long, each with a head of its own. */
static void write_message(struct scribe *s, struct str tag, struct str text, usec_t now)
{
    struct str rest = text;
    do {
        struct str piece = str_head(rest, rest.len < SCRIBE_PIECE ? rest.len : SCRIBE_PIECE);
        rest = str_from(rest, piece.len);
        /* A line that ends with the piece ends with the record. */
        if (piece.len && piece.p[piece.len - 1] == '\n') {
            piece.len--;
        } else if (rest.len && rest.p[0] == '\n') {
            rest = str_from(rest, 1);
        }
        write_record(s, tag, text, piece, now);
    } while (rest.len);
}

/* -- what is said */

/* One line: what comes from outside begins no other. */
static void one_line(struct str text)
{
    char *p = (char *)(uintptr_t)text.p;
    for (size_t i = 0; i < text.len; i++) {
        if (p[i] == '\n' || p[i] == '\r') {
            p[i] = ' ';
        }
    }
}

void scribe_line(void *scribe, const char *tag, const char *text, const struct str *values,
                 size_t n, usec_t now)
{
    struct scribe *s = scribe;
    if (!s) {
        return;
    }
    buf_reset(&s->text);
    struct sink out = buf_sink(&s->text);
    if (text) {
        const struct template *t = row_of(s, tag, text);
        if (!t || t->n != n) {
            s->unknown++;
            s->unknown_text = text;
            return;
        }
        template_write(t, values, &out);
    } else {
        sink_str(&out, values[0]);
    }
    struct str line = buf_str(&s->text);
    one_line(line);
    write_message(s, str_z(tag), line, now);
    if (s->out.syslog && str_starts(line, STR("fapp-CP-"))) {
        s->out.syslog(s->out.ctx, str_from(line, 5));
    }
}

void scribe_message(void *scribe, bool sent, struct str transport, struct endpoint peer,
                    struct str text, usec_t now)
{
    struct scribe *s = scribe;
    char ip[ADDR_TEXT];
    if (!s) {
        return;
    }
    buf_reset(&s->text);
    struct sink out = buf_sink(&s->text);
    sink_fmt(&out, " %s (%.*s) [%.*s]:%u SIP MSG:: ", sent ? "=====> Send" : "<===== Recv",
             STR_ARG(transport), STR_ARG(addr_write(peer.ip, ip)), peer.port);
    sink_str(&out, str_head(text, text.len < SCRIBE_TEXT - 256 ? text.len : SCRIBE_TEXT - 256));
    write_message(s, STR("voice"), buf_str(&s->text), now);
}

void scribe_head(void *scribe, bool sent, struct str head, usec_t now)
{
    struct scribe *s = scribe;
    if (!s) {
        return;
    }
    size_t end = str_chr(head, '\n');
    struct str shown = sent || end == STR_NPOS ? head : str_head(head, end);
    write_record(s, STR("raw"), STR(""), sent ? STR(">") : STR("<"), now);
    if (shown.len && shown.p[shown.len - 1] == '\n') {
        shown.len--;
    }
    write_record(s, STR("raw"), STR(""), shown, now);
}
