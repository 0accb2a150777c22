/* The facts of a log, read in the simplest way: line by line, every template in turn. It shares no
 * code with the reader that it is there to judge (proto/logcat, proto/text, flow/dissect): only the
 * table of templates as text and the list of fields.
 *
 *     slowread FOLDER-OF-LINES <LOG      prints: line TAB kind TAB field=value TAB field=value ...
 *
 * Of the facts read from SIP messages it tells what a search in the message finds. Identities of
 * phones, which stand in parts of many lines, it leaves out. Only records of the form
 * "1754 INF Aug 10 16:56:46.142687 ..." are known to it. */
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 31, HOLES = 8, ROWS = 1000, LONGEST = 65536 };

/* -- The table of templates ---------------------------------------------------------------- */

struct row {
    char *kind;
    char *tag;
    char *literal[HOLES + 1]; /* literal[i] stands before hole i */
    char *field[HOLES];
    char *constant; /* "state=request", or NULL */
    int holes;
};

static struct row rows[ROWS];
static int n_rows;

static const char *type_of(const char *field)
{
    static const struct {
        const char *name;
        const char *type;
    } fields[] = {
#define FIELD(id, text, type, secret) {text, #type},
#include "domain/fact/field.def"
#undef FIELD
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, field) == 0) {
            return fields[i].type;
        }
    }
    fprintf(stderr, "slowread: no such field: %s\n", field);
    exit(1);
}

/* The next word, or the inside of "quoted text". NULL at the end. */
static char *next_word(char **rest)
{
    char *p = *rest + strspn(*rest, " \n");
    if (*p == '\0' || *p == '#') {
        return NULL;
    }
    char *start = *p == '"' ? p + 1 : p;
    char *end = *p == '"' ? strchr(start, '"') : start + strcspn(start, " \n");
    *rest = *end ? end + 1 : end;
    return strndup(start, (size_t)(end - start));
}

static void add_row(char *line)
{
    char *first = next_word(&line);
    if (!first || strcmp(first, "line") != 0) {
        free(first);
        return;
    }
    free(first);
    struct row *r = &rows[n_rows++];
    r->kind = next_word(&line);
    r->tag = next_word(&line);
    char *text = next_word(&line);
    r->constant = next_word(&line);
    for (char *p = text;;) {
        char *hole = strchr(p, '{');
        if (!hole) {
            r->literal[r->holes] = strdup(p);
            break;
        }
        char *close = strchr(hole, '}');
        r->literal[r->holes] = strndup(p, (size_t)(hole - p));
        r->field[r->holes++] = strndup(hole + 1, (size_t)(close - hole - 1));
        p = close + 1;
    }
    free(text);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_table(const char *folder)
{
    struct dirent **entry;
    char line[4096];
    int n = scandir(folder, &entry, NULL, by_name);
    for (int i = 0; i < n; i++) {
        const char *dot = strrchr(entry[i]->d_name, '.');
        snprintf(line, sizeof line, "%s/%s", folder, entry[i]->d_name);
        FILE *f = dot && strcmp(dot, ".lines") == 0 ? fopen(line, "r") : NULL;
        while (f && fgets(line, sizeof line, f)) {
            add_row(line);
        }
        if (f) {
            fclose(f);
        }
        free(entry[i]);
    }
    if (n_rows == 0) {
        fprintf(stderr, "slowread: no templates in %s\n", folder);
        exit(1);
    }
    free(entry);
}

/* -- Matching ------------------------------------------------------------------------------ */

static void copy(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);
    n = n < size ? n : size - 1;
    memcpy(to, from, n);
    to[n] = '\0';
}

static bool starts(const char *s, const char *head)
{
    return strncmp(s, head, strlen(head)) == 0;
}

static bool in_class(const char *type, char c)
{
    if (strcmp(type, "REST") == 0) {
        return true;
    }
    if (strcmp(type, "WORD") == 0) {
        return c != ' ';
    }
    if (strcmp(type, "HOST") == 0) {
        return c > ' ' && !strchr("'\",;", c);
    }
    if (strcmp(type, "ADDR") == 0) {
        return isalnum((unsigned char)c) || strchr(".:[]*%<>_", c);
    }
    if (strcmp(type, "MAC") == 0) {
        return isalnum((unsigned char)c) || strchr(":-.*<>[]_", c);
    }
    if (strchr("Xx*#_-", c)) {
        return true; /* a redaction */
    }
    return strcmp(type, "INT") == 0 ? isdigit((unsigned char)c) : isxdigit((unsigned char)c);
}

struct match {
    char value[HOLES][LONGEST];
};

/* A placeholder such as <CNAME> or [a word] is taken whole, its blanks too. */
static size_t placeholder(const char *s)
{
    const char *end = *s == '<' ? strchr(s, '>') : *s == '[' ? strchr(s, ']') : NULL;
    return end && end - s < 48 ? (size_t)(end - s) + 1 : 0;
}

/* The length of a hole at `s` that the text `next` ends; -1: it does not fit. *cut: the line ended
 * before `next` was there. */
static long hole_length(const char *type, const char *s, const char *next, bool *cut)
{
    bool rest = strcmp(type, "REST") == 0;
    bool may_be_empty = rest || strcmp(type, "MAC") == 0;
    size_t n = rest || (*next && starts(s, next)) ? 0 : placeholder(s);
    *cut = false;
    if (*next == '\0') {
        while (s[n] && in_class(type, s[n])) {
            n++;
        }
        return n || may_be_empty ? (long)n : -1;
    }
    for (;; n++) {
        if (starts(s + n, next)) {
            return n || may_be_empty ? (long)n : -1;
        }
        if (starts(next, s + n)) { /* also at the end of the line */
            *cut = true;
            return (long)n;
        }
        if (!in_class(type, s[n])) {
            return -1;
        }
    }
}

static bool matches(const struct row *r, const char *s, struct match *m)
{
    bool cut = false;
    for (int i = 0; i < r->holes; i++) {
        m->value[i][0] = '\0';
    }
    if (!starts(s, r->literal[0])) {
        return strlen(s) >= 8 && starts(r->literal[0], s); /* the line was cut short */
    }
    s += strlen(r->literal[0]);
    for (int i = 0; i < r->holes && !cut; i++) {
        const char *next = r->literal[i + 1];
        long n = hole_length(type_of(r->field[i]), s, next, &cut);
        if (n < 0 || (cut && r->literal[0][0] == '\0')) {
            return false;
        }
        memcpy(m->value[i], s, (size_t)n);
        m->value[i][n] = '\0';
        s += cut ? strlen(s) : (size_t)n + strlen(next);
    }
    return true;
}

/* Of the rows of `tag` that match the one with the longest first text; the first of equals. */
static const struct row *find(const char *tag, const char *s, struct match *ret_m)
{
    static struct match m;
    const struct row *best = NULL;
    for (int i = 0; i < n_rows; i++) {
        bool longer = !best || strlen(rows[i].literal[0]) > strlen(best->literal[0]);
        if (longer && strcmp(rows[i].tag, tag) == 0 && matches(&rows[i], s, &m)) {
            best = &rows[i];
            for (int k = 0; k < best->holes; k++) {
                copy(ret_m->value[k], LONGEST, m.value[k]);
            }
        }
    }
    return best;
}

/* -- Facts --------------------------------------------------------------------------------- */

/* A SIP message: its head, and all lines below it. */
static struct {
    bool open;
    long line;
    bool sent;
    char server[256], port[64], transport[64];
    char thread[64]; /* "(975-1286)" */
    char tag[64];
    long long time;
    char text[LONGEST];
} sip;

static char below[8]; /* what lines that are no record would be: "sip", "empty" or nothing */

static void tell(long line, const char *kind)
{
    printf("%ld\t%s", line, kind);
}

static void field(const char *name, const char *value)
{
    if (*value) {
        printf("\t%s=%s", name, value);
    }
}

static void strip_end(char *s)
{
    for (size_t n = strlen(s);;) {
        if (n && (s[n - 1] == ' ' || s[n - 1] == '\r' || s[n - 1] == '\t')) {
            n--;
        } else if (n > 1 && s[n - 2] == '^' && s[n - 1] == 'M') {
            n -= 2;
        } else {
            s[n] = '\0';
            return;
        }
    }
}

/* The header field `name` of the message, put together of its lines up to ^M, without blanks. */
static bool header(const char *name, char value[LONGEST])
{
    char find[64];
    snprintf(find, sizeof find, "\n%s:", name);
    const char *at = strstr(sip.text, find);
    if (!at) {
        return false;
    }
    at += strlen(find);
    size_t n = 0;
    for (; *at && !starts(at, "^M"); at++) {
        if (!isspace((unsigned char)*at) && !starts(at, "\xc2\xa0") && *at != '\xa0') {
            value[n++] = *at;
        }
    }
    value[n] = '\0';
    return true;
}

static void expires(const char *name)
{
    static char value[LONGEST];
    char number[32] = "";
    const char *at = header("Contact", value) ? strstr(value, ";expires=") : NULL;
    if (at || header("Expires", value)) {
        sscanf(at ? at + 9 : value, "%31[0-9]", number);
        field(name, number);
    }
}

static void sip_flush(void)
{
    static char value[LONGEST];
    char a[64] = "";
    char b[64] = "";
    if (!sip.open) {
        return;
    }
    sip.open = false;
    const char *start = sip.text + strspn(sip.text, " \xc2\xa0");
    sscanf(start, "%63s %63s", a, b);
    bool response = starts(a, "SIP/2.0");
    tell(sip.line, response ? "sip.response" : "sip.request");
    field("server", sip.server);
    field("port", sip.port);
    field("transport", sip.transport);
    field("state", sip.sent ? "sent" : "received");
    field("status", response ? b : "");
    if (header("CSeq", value)) {
        char number[64] = "";
        char method[64] = "";
        sscanf(value, "%63[0-9]%63s", number, method);
        field("method", method);
        field("cseq", number);
    }
    if (header("Call-ID", value)) {
        field("call_id", value);
    }
    expires(response ? "granted" : "asked");
    putchar('\n');
}

static void sip_add(const char *text)
{
    size_t have = strlen(sip.text);
    size_t more = strlen(text);
    if (have + more + 2 <= sizeof sip.text) {
        memcpy(sip.text + have, text, more);
        copy(sip.text + have + more, 2, "\n");
    }
}

static const char *value_of(const struct row *r, const struct match *m, const char *name)
{
    for (int i = 0; i < r->holes; i++) {
        if (strcmp(r->field[i], name) == 0) {
            return m->value[i];
        }
    }
    return "";
}

/* The facts of one text. False when it tells none. */
static bool text_fact(long line, const char *tag, const char *text)
{
    static struct match m;
    const struct row *r = find(*tag ? tag : "raw", text, &m);
    r = r ? r : find("any", text, &m);
    if (!r || strcmp(r->kind, "-") == 0) {
        return false;
    }
    sip_flush();
    if (starts(r->kind, "sip.re")) {
        sip.open = true;
        sip.line = line;
        sip.sent = strcmp(r->kind, "sip.request") == 0;
        snprintf(sip.server, sizeof sip.server, "%s", value_of(r, &m, "address"));
        snprintf(sip.port, sizeof sip.port, "%s", value_of(r, &m, "port"));
        snprintf(sip.transport, sizeof sip.transport, "%s", value_of(r, &m, "transport"));
        return true;
    }
    tell(line, r->kind);
    for (int i = 0; i < r->holes; i++) {
        field(r->field[i], m.value[i]);
    }
    if (r->constant) {
        printf("\t%s", r->constant);
    }
    putchar('\n');
    return true;
}

/* `"Couldn't resolve host 'x'`: quotation marks of a copy. */
static char *unquoted(char *s)
{
    s += strspn(s, " ");
    strip_end(s);
    if (*s == '"') {
        s++;
    }
    size_t n = strlen(s);
    if (n && s[n - 1] == '"') {
        s[n - 1] = '\0';
    }
    return s;
}

/* -- Records ------------------------------------------------------------------------------- */

/* Whether `s` begins with "0000 NOT Mon 00 00:00:00.000000". */
static bool is_head(const char *s)
{
    static const char shape[] = "0000 AAA Aaa 00 00:00:00.000000";
    for (int i = 0; i < HEAD; i++) {
        bool fits = shape[i] == '0'   ? isdigit((unsigned char)s[i])
                    : shape[i] == 'A' ? isupper((unsigned char)s[i])
                    : shape[i] == 'a' ? islower((unsigned char)s[i])
                                      : s[i] == shape[i];
        if (!fits) {
            return false;
        }
    }
    char level[4] = {s[5], s[6], s[7], '\0'};
    char month[4] = {s[9], s[10], s[11], '\0'};
    return (s[HEAD] == ' ' || s[HEAD] == '\0' || starts(s + HEAD, "\xc2\xa0")) &&
           strstr("DEB INF NOT WRN ERR CRT ALR EMG", level) &&
           strstr("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", month);
}

/* Microseconds since midnight of "16:56:46.142687", which is known to be well-formed. */
static long long clock_of(const char *s)
{
    long h = strtol(s, NULL, 10);
    long m = strtol(s + 3, NULL, 10);
    long sec = strtol(s + 6, NULL, 10);
    return ((h * 60LL + m) * 60 + sec) * 1000000 + strtol(s + 9, NULL, 10);
}

/* Takes "(975-1286) " off, then "voice-" or "dnsmasq[564]: ". */
static char *split_tag(char *s, char thread[64], char tag[64])
{
    int n = 0;
    thread[0] = tag[0] = '\0';
    if (sscanf(s, "(%*d-%*d)%n", &n) == 0 && n > 0) {
        snprintf(thread, 64, "%.*s", n, s);
        s += n;
        s += *s == ' ';
    }
    size_t len = 0;
    while (isalnum((unsigned char)s[len]) || (s[len] && strchr("_()", s[len]))) {
        len++;
    }
    if (len == 0 || len > 24) {
        return s;
    }
    if (s[len] == '-') {
        snprintf(tag, 64, "%.*s", (int)len, s);
        return s + len + 1;
    }
    n = 0;
    if (sscanf(s + len, "[%*d]:%n", &n) == 0 && n > 0) {
        snprintf(tag, 64, "%.*s", (int)len, s);
        s += len + (size_t)n;
        return s + (*s == ' ');
    }
    return s;
}

/* Whether a record is the next piece of the message above it; if so, it is added. */
static bool is_piece(const char *thread, const char *tag, long long time, const char *raw)
{
    size_t n = strlen(sip.text);
    long long gap = time - sip.time;
    if (strcmp(thread, sip.thread) != 0 || strcmp(tag, sip.tag) != 0 || gap > 50000 ||
        gap < -50000 || n < 512) {
        return false;
    }
    if (n > 1 && strncmp(sip.text + n - 3, "^M\n", 3) != 0) {
        sip.text[n - 1] = '\0'; /* goes on within the line */
    }
    sip_add(raw);
    copy(below, sizeof below, "sip");
    return true;
}

static void record(long line, char *s)
{
    static char raw[LONGEST];
    char thread[64];
    char tag[64];
    static int age;
    long long time = clock_of(s + 16);
    s += HEAD + (s[HEAD] == ' ');
    char *text = split_tag(s, thread, tag);
    copy(raw, sizeof raw, text);
    strip_end(text);
    below[0] = '\0';
    if (tag[0] == '\0' && *text == '"') {
        text = unquoted(text);
    }
    bool was_open = sip.open;
    bool told = *text && text_fact(line, tag, text);
    if (told && sip.open) {
        copy(below, sizeof below, "sip");
        copy(sip.thread, sizeof sip.thread, thread);
        copy(sip.tag, sizeof sip.tag, tag);
        sip.time = time;
        sip.text[0] = '\0';
        age = 0;
        const char *message = strstr(raw, "SIP MSG::");
        sip_add(message ? message + 9 : "");
        return;
    }
    if (!told && was_open) {
        if (is_piece(thread, tag, time, raw)) {
            age = 0;
            return;
        }
        if (age++ > 16 || strcmp(thread, sip.thread) == 0) {
            sip_flush();
        }
    }
    if (!told && *text == '\0') {
        copy(below, sizeof below, "empty");
    }
}

static void other(long line, char *s)
{
    if (strcmp(below, "sip") == 0) {
        sip_add(s);
    } else if (strcmp(below, "empty") == 0) {
        char *text = unquoted(s);
        if (*text) {
            below[0] = '\0';
            text_fact(line, "", text);
        }
    }
}

/* Every blank as ' ', as far as logs were seen to hold others. */
static void plain(char *s)
{
    char *to = s;
    for (; *s; s++) {
        if (starts(s, "\xc2\xa0")) {
            s++;
            *to++ = ' ';
        } else {
            *to++ = *s == '\t' ? ' ' : *s;
        }
    }
    *to = '\0';
}

/* A line is cut before every head of a record in it. */
static void one_line(long number, char *line)
{
    static char part[LONGEST];
    char *end = line + strlen(line);
    for (char *s = line; s < end || s == line;) {
        char *next = s + 1;
        while (next < end &&
               !(end - next >= HEAD && isdigit((unsigned char)*next) && is_head(next))) {
            next++;
        }
        size_t n = (size_t)((next < end ? next : end) - s);
        memcpy(part, s, n);
        part[n] = '\0';
        if (is_head(part)) {
            plain(part);
            record(number, part);
        } else {
            other(number, part);
        }
        s = next;
    }
}

int main(int argc, char **argv)
{
    static char line[LONGEST];
    if (argc != 2) {
        fprintf(stderr, "usage: slowread FOLDER-OF-LINES <LOG\n");
        return 2;
    }
    read_table(argv[1]);
    for (long number = 1; fgets(line, sizeof line, stdin); number++) {
        line[strcspn(line, "\n")] = '\0';
        size_t n = strlen(line);
        if (n && line[n - 1] == '\r') {
            line[n - 1] = '\0';
        }
        one_line(number, line);
    }
    sip_flush();
    return 0;
}
