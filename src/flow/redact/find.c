/* Goes over a line, word by word. */
#include "flow/redact/find.h"

void find_begin(struct find *f)
{
    f->pem = false;
    f->awaits = false;
}

void find_tell(struct find *f, enum redact_class class, struct str v, bool sure)
{
    v = str_trim(v);
    if (str_ends(v, STR("^M"))) {
        v = str_trim(str_head(v, v.len - 2));
    }
    if (v.len > 0) {
        f->on(f->ctx, class, (size_t)(v.p - f->line.p), v.len, sure);
    }
}

bool find_assigned(struct str *rest, bool colon)
{
    struct str s = *rest;
    if (s.len > 0 && (s.p[0] == '"' || s.p[0] == '\'')) {
        s = str_from(s, 1);
    }
    while (s.len > 0 && s.p[0] == ' ') {
        s = str_from(s, 1);
    }
    if (s.len == 0 || (s.p[0] != '=' && !(colon && s.p[0] == ':'))) {
        return false;
    }
    s = str_from(s, 1);
    while (s.len > 0 && s.p[0] == ' ') {
        s = str_from(s, 1);
    }
    *rest = s;
    return true;
}

struct str find_value(struct str rest, bool phrase)
{
    if (rest.len > 0 && (rest.p[0] == '"' || rest.p[0] == '\'')) {
        char quote = rest.p[0];
        rest = str_from(rest, 1);
        return str_head(rest, str_chr(rest, quote));
    }
    for (size_t i = 0; i < rest.len; i++) {
        char c = rest.p[i];
        if ((!phrase && (c == ' ' || c == ')' || c == ']' || c == '}' || c == '\'')) || c == '\t' ||
            c == '\r' || c == ',' || c == ';' || c == '"' || c == '<' || c == '>' || c == '&' ||
            (c == '^' && i + 1 < rest.len && rest.p[i + 1] == 'M')) {
            return str_head(rest, i);
        }
    }
    return rest;
}

static bool word_char(char c)
{
    return ascii_alnum(c) || c == '_' || c == '-';
}

/* Letters and digits between '_' and '-'. */
static void parts(struct find *f, struct str word)
{
    for (size_t i = 0; i < word.len;) {
        size_t n = i;
        while (n < word.len && ascii_alnum(word.p[n])) {
            n++;
        }
        if (n - i >= 11) {
            find_spelled(f, str_of(word.p + i, n - i));
        }
        i = n + 1;
    }
}

static void words(struct find *f)
{
    for (size_t i = 0; i < f->line.len; i++) {
        size_t from = i;
        while (i < f->line.len && word_char(f->line.p[i])) {
            i++;
        }
        if (i > from) {
            struct str word = str_of(f->line.p + from, i - from);
            find_key(f, word, str_from(f->line, i));
            parts(f, word);
            find_uuids(f, word);
        }
    }
}

/* A private key's lines are secrets, whatever they hold. Returns whether this was one. */
static bool private_key(struct find *f)
{
    if (f->pem) {
        if (str_find(f->line, STR("-----END")) != STR_NPOS) {
            f->pem = false;
        } else {
            find_tell(f, REDACT_SECRET, f->line, true);
        }
        return true;
    }
    size_t at = str_find(f->line, STR("-----BEGIN "));
    f->pem = at != STR_NPOS && str_find(str_from(f->line, at), STR("PRIVATE KEY-----")) != STR_NPOS;
    return f->pem;
}

/* `username=" ` ended a line: the value stands alone on the next that is not blank. */
static void awaited(struct find *f)
{
    struct str line = str_trim(f->line);
    if (line.len == 0) {
        return;
    }
    f->awaits = false;
    size_t end = str_chr(line, '"');
    if (end != STR_NPOS) {
        find_tell(f, f->awaited, str_head(line, end), true);
    }
}

void find_line(struct find *f, struct str line)
{
    f->line = line;
    f->call_id = 0;
    if (private_key(f)) {
        return;
    }
    if (f->awaits) {
        awaited(f);
    }
    words(f);
    find_macs(f);
    find_ats(f);
}
