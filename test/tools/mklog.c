/* Writes logs of phones from scenarios: mklog SCENARIOS FOLDER makes FOLDER/NAME.log for each
 * `log NAME` in the file. Lines are written by the templates that the reader reads by.
 *
 *     set NAME VALUE            a variable; $name stands for it everywhere; $now is the server's
 *                               clock, $ahead seconds before the phone's
 *     who NAME LEVEL THREAD TAG who writes a record: "(975-1286)" or -, "voice" or -; with ^M
 *                               behind the tag its lines end in it
 *     part NAME                 lines that `use NAME [VAR=VALUE]..` repeats
 *     log NAME                  a log; what was set before the first part or log holds again
 *     at DATE CLOCK NUMBER      the time and number of the next record
 *     skip N                    so many records are missing
 *     +MS WHO KIND FIELD=VALUE..   a record by the template of that kind; a bare FIELD= is empty
 *     +MS WHO "text"            a record as it stands
 *     | text                    a line that is no record
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/sink.h"
#include "base/time.h"
#include "flow/doctor/knowledge.h"

enum { LINES_OF_SCRIPT = 6000, VARS = 120, WHOS = 24, PARTS = 80, DEPTH = 8, GIVEN = 10 };

struct pair {
    struct str name, value;
};
struct who {
    struct str name, level, thread, tag;
};
struct part {
    struct str name;
    size_t first, n;
};
/* What `log` begins with again. */
struct scope {
    struct pair var[VARS];
    struct who who[WHOS];
    unsigned n_vars, n_whos;
};

static struct {
    const char *file;
    struct str line[LINES_OF_SCRIPT];
    size_t n;
    size_t at; /* the line that is being carried out */
    struct part part[PARTS];
    unsigned n_parts;
    struct scope s;
    struct arena arena;
    struct knowledge k;
    struct buf out;
    struct sink sink;
    unsigned seq;
    int64_t usec; /* of the day */
    char date[8];
} m;

static _Noreturn void fail(const char *what, struct str about)
{
    fprintf(stderr, "%s:%zu: %s %.*s\n", m.file, m.at + 1, what, STR_ARG(about));
    exit(2);
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || ascii_digit(c) || c == '_';
}

static struct str stored(struct str name)
{
    for (unsigned i = m.s.n_vars; i-- > 0;) {
        if (str_eq(m.s.var[i].name, name)) {
            return m.s.var[i].value;
        }
    }
    fail("no variable is called", name);
}

/* $now: the server's clock, milliseconds of an epoch in 2023, $ahead seconds before the phone's. */
static struct str now(void)
{
    int month = 1;
    uint64_t day = 1;
    char text[32];
    uint64_t ahead = 0;
    while (month < 12 && strncmp(time_month_name(month), m.date, 3) != 0) {
        month++;
    }
    (void)str_u64(str_of(m.date + 4, 2), &day);
    (void)str_u64(stored(STR("ahead")), &ahead);
    int64_t ms = time_days(2023, month, (int)day) * 86400000 + m.usec / 1000;
    snprintf(text, sizeof text, "%lld", (long long)(ms + (int64_t)ahead * 1000 - 24));
    return arena_str(&m.arena, str_z(text));
}

static struct str var(struct str name)
{
    return str_eq(name, STR("now")) ? now() : stored(name);
}

/* `text` with its variables filled in, in memory that stays. */
static struct str filled(struct str text)
{
    struct buf b = {0};
    struct sink s = buf_sink(&b);
    for (size_t i = 0; i < text.len;) {
        size_t end = i + 1;
        while (text.p[i] == '$' && end < text.len && name_char(text.p[end])) {
            end++;
        }
        bool is_var = end > i + 1;
        sink_str(&s, is_var ? var(str_of(text.p + i + 1, end - i - 1)) : str_of(text.p + i, 1));
        i = is_var ? end : i + 1;
    }
    struct str r = arena_str(&m.arena, buf_str(&b));
    buf_clear(&b);
    return r;
}

static void set(struct str name, struct str value)
{
    value = filled(value);
    for (unsigned i = 0; i < m.s.n_vars; i++) {
        if (str_eq(m.s.var[i].name, name)) {
            m.s.var[i].value = value;
            return;
        }
    }
    if (m.s.n_vars == VARS) {
        fail("too many variables:", name);
    }
    m.s.var[m.s.n_vars++] = (struct pair){name, value};
}

static struct who *who_find(struct str name)
{
    for (unsigned i = 0; i < m.s.n_whos; i++) {
        if (str_eq(m.s.who[i].name, name)) {
            return &m.s.who[i];
        }
    }
    return NULL;
}

static void set_who(struct str rest)
{
    struct str name = str_word(&rest);
    struct who *w = who_find(name);
    if (!w && m.s.n_whos == WHOS) {
        fail("too many writers:", name);
    }
    w = w ? w : &m.s.who[m.s.n_whos++];
    w->name = name;
    w->level = str_word(&rest);
    w->thread = str_word(&rest);
    w->tag = str_word(&rest);
}

static void head(const struct who *w)
{
    int64_t s = m.usec / 1000000;
    sink_fmt(&m.sink, "%04u %.*s %s %02d:%02d:%02d.%06d ", m.seq++, STR_ARG(w->level), m.date,
             (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60), (int)(m.usec % 1000000));
    if (w->thread.p[0] == '(') {
        sink_fmt(&m.sink, "%.*s ", STR_ARG(w->thread));
    }
    struct str tag = str_head(w->tag, str_chr(w->tag, '^'));
    if (!str_eq(tag, STR("-"))) {
        bool daemon = tag.p[tag.len - 1] == ']';
        sink_fmt(&m.sink, "%.*s%s", STR_ARG(tag), daemon ? ": " : "-");
    }
}

/* Where " name=" begins in `s`, or its length. */
static size_t next_pair(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        size_t k = i + 1;
        while (s.p[i] == ' ' && k < s.len && name_char(s.p[k])) {
            k++;
        }
        if (k > i + 1 && k < s.len && s.p[k] == '=') {
            return i;
        }
    }
    return s.len;
}

/* FIELD=VALUE pairs; a value reaches to the next " field=". */
static unsigned given(struct str rest, struct pair p[GIVEN])
{
    unsigned n = 0;
    rest = str_trim(rest);
    while (rest.len && n < GIVEN) {
        p[n].name = str_cut(&rest, '=');
        size_t end = next_pair(rest);
        p[n++].value = filled(str_head(rest, end));
        rest = str_trim(str_from(rest, end));
    }
    return n;
}

static const struct pair *pair_find(const struct pair *p, unsigned n, struct str name)
{
    for (unsigned i = 0; i < n; i++) {
        if (str_eq(p[i].name, name)) {
            return &p[i];
        }
    }
    return NULL;
}

/* The value of every hole, when the row's holes and constants are just what was given. */
static bool fits(const struct line *l, const struct pair *p, unsigned n,
                 struct str values[TEMPLATE_HOLES])
{
    if (l->t.n + l->n_constants != n) {
        return false;
    }
    for (unsigned i = 0; i < l->n_constants; i++) {
        const struct pair *g = pair_find(p, n, str_z(field_name(l->constant[i].field)));
        if (!g || !str_eq(g->value, l->constant[i].v)) {
            return false;
        }
    }
    for (unsigned i = 0; i < l->t.n; i++) {
        const struct pair *g = pair_find(p, n, str_z(field_name(l->t.hole[i].tag)));
        if (!g) {
            return false;
        }
        values[i] = g->value;
    }
    return true;
}

static void by_template(const struct who *w, struct str kind, struct str rest)
{
    struct pair p[GIVEN];
    struct str values[TEMPLATE_HOLES];
    unsigned n = given(rest, p);
    struct str tag = str_head(w->tag, str_chr(w->tag, '['));
    tag = str_head(tag, str_chr(tag, '^'));
    tag = str_eq(tag, STR("-")) ? STR("raw") : tag;
    for (size_t row = 1; row <= lines_count(m.k.lines); row++) {
        const struct line *l = lines_row(m.k.lines, row);
        bool mine = str_eq(l->tag, tag) || str_eq(l->tag, STR("any"));
        if (mine && str_eq(l->name, kind) && fits(l, p, n, values)) {
            template_write(&l->t, values, &m.sink);
            return;
        }
    }
    fail("no template of this tag and these fields:", kind);
}

/* "12.345" milliseconds in microseconds. */
static int64_t milliseconds(struct str text)
{
    struct str fraction = text;
    uint64_t whole = 0;
    uint64_t rest = 0;
    char digits[4] = "000";
    struct str before = str_cut(&fraction, '.');
    memcpy(digits, fraction.p, fraction.len < 3 ? fraction.len : 3);
    if (!str_u64(before, &whole) || !str_u64(str_z(digits), &rest)) {
        fail("no milliseconds:", text);
    }
    return (int64_t)(whole * 1000 + rest);
}

static void record(struct str delta, struct str rest)
{
    m.usec += milliseconds(filled(str_from(delta, 1)));
    struct str name = str_word(&rest);
    const struct who *w = who_find(name);
    if (!w) {
        fail("nobody is called", name);
    }
    head(w);
    rest = str_trim(rest);
    if (rest.len && rest.p[0] == '"') {
        sink_str(&m.sink, filled(str_of(rest.p + 1, rest.len - 2)));
    } else if (rest.len) {
        struct str kind = str_word(&rest);
        by_template(w, kind, rest);
    }
    sink_z(&m.sink, str_ends(w->tag, STR("^M")) ? "^M\n" : "\n");
}

static void at(struct str rest)
{
    struct str month = str_word(&rest);
    struct str day = str_word(&rest);
    struct str clock = str_word(&rest);
    snprintf(m.date, sizeof m.date, "%.*s %.*s", STR_ARG(str_head(month, 3)),
             STR_ARG(str_head(day, 2)));
    uint64_t part[4] = {0};
    static const char ends[] = "::. ";
    for (int i = 0; i < 4; i++) {
        if (!str_u64(str_cut(&clock, ends[i]), &part[i])) {
            fail("no time of day before", clock);
        }
    }
    m.usec = (int64_t)(((part[0] * 60 + part[1]) * 60 + part[2]) * 1000000 + part[3]);
    struct str number = str_word(&rest);
    if (number.len) {
        uint64_t n = 0;
        (void)str_u64(number, &n);
        m.seq = (unsigned)n;
    }
}

/* Blocks of lines that are being carried out, the innermost last. */
struct frames {
    struct {
        size_t at, end;
    } f[DEPTH];
    int n;
};

static void use(struct str rest, struct frames *frames)
{
    struct str name = str_word(&rest);
    struct pair p[GIVEN];
    unsigned n = given(rest, p);
    for (unsigned i = 0; i < n; i++) {
        set(p[i].name, p[i].value);
    }
    for (unsigned i = 0; i < m.n_parts; i++) {
        if (str_eq(m.part[i].name, name) && frames->n < DEPTH) {
            frames->f[frames->n].at = m.part[i].first;
            frames->f[frames->n++].end = m.part[i].first + m.part[i].n;
            return;
        }
    }
    fail("no part is called", name);
}

static void statement(struct str word, struct str rest, struct frames *frames)
{
    if (word.p[0] == '+') {
        record(word, rest);
    } else if (str_eq(word, STR("set"))) {
        struct str name = str_word(&rest);
        set(name, str_trim(rest));
    } else if (str_eq(word, STR("who"))) {
        set_who(rest);
    } else if (str_eq(word, STR("use"))) {
        use(rest, frames);
    } else if (str_eq(word, STR("at"))) {
        at(rest);
    } else if (str_eq(word, STR("skip"))) {
        uint64_t k = 0;
        (void)str_u64(str_trim(rest), &k);
        m.seq += (unsigned)k;
    } else {
        fail("no such statement:", word);
    }
}

static void carry_out(size_t first, size_t n)
{
    struct frames frames = {.f = {{first, first + n}}, .n = 1};
    while (frames.n) {
        if (frames.f[frames.n - 1].at == frames.f[frames.n - 1].end) {
            frames.n--;
            continue;
        }
        m.at = frames.f[frames.n - 1].at++;
        struct str line = str_trim(m.line[m.at]);
        if (line.len == 0 || line.p[0] == '#') {
            continue;
        }
        if (line.p[0] == '|') {
            sink_str(&m.sink, filled(str_from(line, line.len > 1 ? 2 : 1)));
            sink_char(&m.sink, '\n');
            continue;
        }
        struct str rest = line;
        struct str word = str_word(&rest);
        statement(word, rest, &frames);
    }
}

static void write_log(const char *folder, struct str name, size_t first, size_t n)
{
    static struct scope base;
    static bool have_base;
    char path[4096];
    if (!have_base) {
        base = m.s;
        have_base = true;
    }
    m.s = base;
    buf_reset(&m.out);
    carry_out(first, n);
    snprintf(path, sizeof path, "%s/%.*s.log", folder, STR_ARG(name));
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(m.out.p, 1, m.out.len, f) != m.out.len || fclose(f) != 0) {
        perror(path);
        exit(2);
    }
}

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    char *p = malloc(1 << 20);
    if (!f || !p) {
        perror(path);
        exit(2);
    }
    *ret_len = fread(p, 1, 1 << 20, f);
    fclose(f);
    return p;
}

/* Where the block that begins at line `i` ends. */
static size_t block(size_t i)
{
    size_t end = i + 1;
    while (end < m.n && !str_starts(m.line[end], STR("part ")) &&
           !str_starts(m.line[end], STR("log "))) {
        end++;
    }
    return end;
}

int main(int argc, char **argv)
{
    struct conf_error wrong = {.line = 0};
    size_t len = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: mklog SCENARIOS FOLDER\n");
        return 2;
    }
    m.file = argv[1];
    char *script = read_file(argv[1], &len);
    arena_init(&m.arena, (size_t)64 << 20);
    m.sink = buf_sink(&m.out);
    if (knowledge_init(&m.k) != ERR_OK || knowledge_add_share(&m.k, &wrong) != ERR_OK) {
        fprintf(stderr, "%.*s:%zu: %s\n", STR_ARG(wrong.file), wrong.line, wrong.what);
        return 2;
    }
    for (struct str rest = str_of(script, len); rest.len && m.n < LINES_OF_SCRIPT;) {
        m.line[m.n++] = str_cut(&rest, '\n');
    }
    for (size_t i = 0; i < m.n;) {
        size_t end = block(i);
        struct str rest = m.line[i];
        struct str word = str_word(&rest);
        if (str_eq(word, STR("part")) && m.n_parts < PARTS) {
            m.part[m.n_parts++] = (struct part){str_trim(rest), i + 1, end - i - 1};
        } else if (str_eq(word, STR("log"))) {
            write_log(argv[2], str_trim(rest), i + 1, end - i - 1);
        } else {
            carry_out(i, end - i);
        }
        i = end;
    }
    knowledge_clear(&m.k);
    arena_clear(&m.arena);
    buf_clear(&m.out);
    free(script);
    return m.sink.err == ERR_OK ? 0 : 2;
}
