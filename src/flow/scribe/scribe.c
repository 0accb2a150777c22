/* Records of a phone's log. */
#include "flow/scribe/scribe.h"

#include "base/random.h"
#include "base/sink.h"

enum {
    LEAST = 12, /* us that writing a record takes */
    MORE = 24,
    MESSAGE_MOST = SCRIBE_TEXT - 256, /* bytes of a dump, with room for its head line */
    NOTICE = 16 * 8 + 5,              /* local0.notice (RFC 3164 4.1.1) */
    PID_MOST = 32000,                 /* then the numbers begin anew */
    SYSLOG_MOST = 1024,               /* bytes of a datagram (RFC 3164 4.1) */
};

/* Which of the voice process's threads says it, by how the text begins; and what is an error. */
static const struct way {
    struct str begins;
    enum { THREAD_MAIN, THREAD_SIP, THREAD_RULES } thread;
    bool error;
} ways[] = {
    {STR_INIT("QPE:"), THREAD_MAIN, false},
    {STR_INIT("RSE_DEBUG"), THREAD_SIP, false},
    {STR_INIT("[SIP_"), THREAD_SIP, false},
    {STR_INIT(" =====> Send"), THREAD_SIP, false},
    {STR_INIT(" <===== Recv"), THREAD_SIP, false},
    {STR_INIT("fapp-fprv_eval_profile_rule return status="), THREAD_RULES, true},
    {STR_INIT(""), THREAD_RULES, false},
};

enum err scribe_init(struct scribe *s, const struct lines *lines, struct scribe_out out,
                     const usec_t *offset, uint64_t seed)
{
    *s = (struct scribe){.lines = lines,
                         .out = out,
                         .offset = offset,
                         .random = seed,
                         .last = INT64_MIN / 2,
                         .text.limit = SCRIBE_TEXT};
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
    s->pid_voice = pid < PID_MOST ? pid : pid - PID_MOST + 1000;
    pid = s->pid_voice;
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
    const struct template *t = NULL;
    size_t at = ((uintptr_t)text >> 2) * 0x9e3779b1U % SCRIBE_KNOWN;
    for (unsigned i = 0; i < SCRIBE_KNOWN; i++, at = (at + 1) % SCRIBE_KNOWN) {
        struct scribe_known *k = &s->known[at];
        if (k->text == text && k->tag == tag) {
            return k->t;
        }
        if (!k->text) {
            t = search(s, tag, text);
            *k = (struct scribe_known){.tag = tag, .text = text, .t = t};
            return t;
        }
    }
    t = search(s, tag, text);
    return t;
}

/* -- a record */

/* Writing takes its time: records of one moment follow each other. */
static usec_t record_date(struct scribe *s, usec_t now)
{
    usec_t next = s->last + LEAST + random_below(&s->random, MORE);
    s->last = now > next || next > now + USEC_S ? now : next;
    return s->last + *s->offset;
}

struct clock {
    int month, day, hour, minute, second, usec;
};

static struct clock clock_of(usec_t date)
{
    int year = 0;
    struct clock c;
    int64_t days = date / USEC_DAY - (date % USEC_DAY < 0);
    usec_t tod = date - days * USEC_DAY;
    time_civil(days, &year, &c.month, &c.day);
    c.hour = (int)(tod / (3600 * USEC_S));
    c.minute = (int)(tod / (60 * USEC_S) % 60);
    c.second = (int)(tod / USEC_S % 60);
    c.usec = (int)(tod % USEC_S);
    return c;
}

static void write_head(struct scribe *s, struct sink *out, const char *level, usec_t now)
{
    struct clock c = clock_of(record_date(s, now));
    s->number = (s->number + 1) % 10000;
    s->written++;
    sink_fmt(out, "%04u %s %s %02d %02d:%02d:%02d.%06d ", s->number, level,
             time_month_name(c.month), c.day, c.hour, c.minute, c.second, c.usec);
}

static const struct way *way_of(struct str text)
{
    const struct way *w = ways;
    while (!str_starts(text, w->begins)) {
        w++;
    }
    return w;
}

/* All that stands before the text. */
static void write_begin(struct scribe *s, struct sink *out, struct str tag, struct str text,
                        usec_t now)
{
    if (str_eq(tag, STR("voice"))) {
        const struct way *w = way_of(text);
        unsigned tid = w->thread == THREAD_MAIN  ? s->pid_voice
                       : w->thread == THREAD_SIP ? s->tid_sip
                                                 : s->tid_rules;
        write_head(s, out, w->error ? "ERR" : "NOT", now);
        sink_fmt(out, "(%u-%u) voice-", s->pid_voice, tid);
    } else if (str_eq(tag, STR("dnsmasq"))) {
        write_head(s, out, "INF", now);
        sink_fmt(out, "dnsmasq[%u]: ", s->pid_names);
    } else {
        write_head(s, out, "NOT", now);
        if (!str_eq(tag, STR("raw")) && !str_eq(tag, STR("any"))) {
            sink_fmt(out, "(%u-%u) %.*s-", s->pid_system, s->tid_system, STR_ARG(tag));
        }
    }
}

static bool is_shown(char c)
{
    return (unsigned char)c >= ' ' || c == '\n' || c == '\t';
}

/* CR as the two characters that logs show, other control characters as a question mark. */
static void write_shown(struct sink *out, struct str text)
{
    while (text.len) {
        size_t n = 0;
        while (n < text.len && is_shown(text.p[n])) {
            n++;
        }
        sink_str(out, str_head(text, n));
        if (n < text.len) {
            sink_str(out, text.p[n] == '\r' ? STR("^M") : STR("?"));
            n++;
        }
        text = str_from(text, n);
    }
}

/* `whole`: the message that `piece` is of. */
static void write_record(struct scribe *s, struct str tag, struct str whole, struct str piece,
                         usec_t now)
{
    buf_reset(&s->record);
    struct sink out = buf_sink(&s->record);
    write_begin(s, &out, tag, whole, now);
    write_shown(&out, piece);
    sink_char(&out, '\n');
    if (!out.err) {
        s->out.record(s->out.ctx, buf_str(&s->record));
    }
}

/* In pieces where it is long, each with a head of its own. */
static void write_message(struct scribe *s, struct str tag, struct str text, usec_t now)
{
    struct str rest = text;
    do {
        struct str piece = str_head(rest, SCRIBE_PIECE);
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

/* The message of a Log_*_Msg template for a syslog server: local0, as phones of the family use it. */
static void write_syslog(struct scribe *s, struct str text, usec_t now)
{
    struct clock c = clock_of(now + *s->offset);
    buf_reset(&s->record);
    struct sink out = buf_sink(&s->record);
    sink_fmt(&out, "<%d>%s %2d %02d:%02d:%02d ", NOTICE, time_month_name(c.month), c.day, c.hour,
             c.minute, c.second);
    write_shown(&out, str_head(text, SYSLOG_MOST - s->record.len));
    if (!out.err) {
        s->out.syslog(s->out.ctx, buf_str(&s->record));
    }
}

/* -- what is said */

/* One line: what comes from outside begins no other. */
static void one_line(struct buf *b)
{
    for (size_t i = 0; i < b->len; i++) {
        if (b->p[i] == '\n' || b->p[i] == '\r') {
            b->p[i] = ' ';
        }
    }
}

static bool unknown(struct scribe *s, const char *text)
{
    s->unknown++;
    s->unknown_text = text;
    return false;
}

/* The line into s->text. False: no row holds it. */
static bool compose(struct scribe *s, const char *tag, const char *text, const struct str *values,
                    size_t n)
{
    buf_reset(&s->text);
    struct sink out = buf_sink(&s->text);
    if (!text) {
        sink_str(&out, str_head(values[0], MESSAGE_MOST));
        one_line(&s->text);
        return true;
    }
    const struct template *t = row_of(s, tag, text);
    if (!t || t->n != n) {
        return unknown(s, text);
    }
    template_write(t, values, &out);
    if (out.err) {
        return unknown(s, text);
    }
    one_line(&s->text);
    return true;
}

void scribe_line(void *scribe, const char *tag, const char *text, const struct str *values,
                 size_t n, usec_t now)
{
    struct scribe *s = scribe;
    if (!s || !compose(s, tag, text, values, n)) {
        return;
    }
    struct str line = buf_str(&s->text);
    write_message(s, str_z(tag), line, now);
    struct str head = STR("fapp-{model} {mac} -- ");
    bool message = text ? str_starts(str_z(text), head) : str_eq(str_z(tag), STR("voice"));
    if (s->out.syslog && message && str_starts(line, STR("fapp-"))) {
        write_syslog(s, str_from(line, 5), now);
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
    *(sent ? &s->sip_sent : &s->sip_received) += 1;
    *(sent ? &s->sip_bytes_sent : &s->sip_bytes_received) += text.len;
    buf_reset(&s->text);
    struct sink out = buf_sink(&s->text);
    sink_fmt(&out, " %s (%.*s) [%.*s]:%u SIP MSG:: ", sent ? "=====> Send" : "<===== Recv",
             STR_ARG(transport), STR_ARG(addr_write(peer.ip, ip)), peer.port);
    sink_str(&out, str_head(text, MESSAGE_MOST));
    write_message(s, STR("voice"), buf_str(&s->text), now);
}

void scribe_head(void *scribe, bool sent, struct str head, usec_t now)
{
    struct scribe *s = scribe;
    if (!s) {
        return;
    }
    struct str shown = sent ? head : str_head(head, str_chr(head, '\n'));
    write_record(s, STR("raw"), STR(""), sent ? STR("> ") : STR("< "), now);
    write_message(s, STR("raw"), shown, now);
}
