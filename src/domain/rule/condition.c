/* Conditions: comparisons joined by "and". */
#include "domain/rule/inside.h"

enum op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };

static const struct {
    const char *text;
    enum op op;
} ops[] = {{"!=", OP_NE}, {"<=", OP_LE}, {">=", OP_GE}, {"=", OP_EQ},  {"<", OP_LT},
           {">", OP_GT},  {"!", OP_NE},  {"eq", OP_EQ}, {"ne", OP_NE}, {"lt", OP_LT},
           {"le", OP_LE}, {"gt", OP_GT}, {"ge", OP_GE}};

struct operand {
    struct str written; /* as in the rule */
    struct str value;   /* expanded */
    bool quoted;
};

static bool is_op_byte(char c)
{
    return c == '=' || c == '!' || c == '<' || c == '>';
}

/* Whether a word stands at the start: not only the beginning of a longer one. */
static bool starts_word(struct str s, struct str word)
{
    return str_istarts(s, word) && (s.len == word.len || s.p[word.len] == ' ' ||
                                    s.p[word.len] == '\t' || s.p[word.len] == '"');
}

static enum err read_op(struct reading *r, enum op *ret, struct str *ret_text)
{
    reading_blank(r);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        struct str text = str_z(ops[i].text);
        bool word = ascii_alnum(text.p[0]);
        if (word ? starts_word(r->rest, text) : str_starts(r->rest, text)) {
            *ret = ops[i].op;
            *ret_text = str_head(r->rest, text.len);
            if (text.len == 1 && text.p[0] == '!') {
                reading_step(r, (struct rule_step){.kind = RULE_STEP_NOTE,
                                                   .text = STR("'!' alone is read as '!='")});
            }
            r->rest = str_from(r->rest, text.len);
            return ERR_OK;
        }
    }
    return reading_fail(r, r->rest.p,
                        "a comparison is missing: =, !=, <, <=, >, >=, eq, ne, lt, "
                        "le, gt or ge");
}

static enum err read_operand(struct reading *r, struct operand *ret)
{
    size_t n = 0;
    reading_blank(r);
    *ret = (struct operand){.quoted = false};
    bool whole = true;
    const char *from = r->rest.p;
    if (reading_quoted(r, &ret->written, &whole)) {
        ret->quoted = true;
        return whole ? reading_expand(r, ret->written, false, &ret->value)
                     : reading_fail(r, from, "a quotation mark is not closed");
    }
    while (n < r->rest.len && r->rest.p[n] != ' ' && r->rest.p[n] != '\t' && r->rest.p[n] != '"' &&
           !is_op_byte(r->rest.p[n])) {
        n++;
    }
    ret->written = str_head(r->rest, n);
    r->rest = str_from(r->rest, n);
    return n ? reading_expand(r, ret->written, false, &ret->value)
             : reading_fail(r, from, "a value is missing here");
}

/* Rules of old firmware leave out the left side: "! 1.0.33" is "$SWVER != 1.0.33". */
static enum err read_left(struct reading *r, struct operand *ret)
{
    reading_blank(r);
    if (r->rest.len && is_op_byte(r->rest.p[0])) {
        *ret = (struct operand){.written = STR("$SWVER")};
        reading_step(r, (struct rule_step){.kind = RULE_STEP_NOTE,
                                           .text = STR("nothing stands left: $SWVER is compared")});
        return reading_expand(r, ret->written, false, &ret->value);
    }
    return read_operand(r, ret);
}

static bool by(enum op op, int c)
{
    switch (op) {
    case OP_EQ:
        return c == 0;
    case OP_NE:
        return c != 0;
    case OP_LT:
        return c < 0;
    case OP_LE:
        return c <= 0;
    case OP_GT:
        return c > 0;
    case OP_GE:
        break;
    }
    return c >= 0;
}

static enum err compare(struct reading *r, const struct operand *a, enum op op,
                        const struct operand *b, bool *ret)
{
    int64_t x = 0, y = 0;
    int c = 0;
    if (a->quoted != b->quoted) {
        return reading_fail(r, b->written.p,
                            "a text in quotes is compared with a number or a "
                            "version: put both in quotes, or neither");
    }
    if (a->quoted) {
        *ret = by(op, str_eq(a->value, b->value) ? 0 : 1);
        return op == OP_EQ || op == OP_NE
                   ? ERR_OK
                   : reading_fail(r, b->written.p, "texts are only equal or not: = or !=");
    }
    if (str_i64(a->value, &x) && str_i64(b->value, &y)) {
        c = x < y ? -1 : x > y;
    } else if (!rule_version_compare(a->value, b->value, &c)) {
        return reading_fail(r, b->written.p,
                            "neither two numbers nor two versions (as sip88xx.12-0-2MPP0001-609) "
                            "are compared; texts stand in quotes");
    }
    *ret = by(op, c);
    return ERR_OK;
}

static enum err comparison(struct reading *r, bool *ret)
{
    struct operand a, b;
    enum op op = OP_EQ;
    struct str text;
    enum err e = read_left(r, &a);
    e = e == ERR_OK ? read_op(r, &op, &text) : e;
    e = e == ERR_OK ? read_operand(r, &b) : e;
    e = e == ERR_OK ? compare(r, &a, op, &b, ret) : e;
    if (e == ERR_OK) {
        reading_step(r, (struct rule_step){.kind = RULE_STEP_COMPARED,
                                           .text = a.written,
                                           .left = a.value,
                                           .op = text,
                                           .right = b.value,
                                           .holds = *ret});
    }
    return e;
}

enum err rule_condition(struct reading *r, struct str expr, bool *ret_holds)
{
    struct str behind = r->rest;
    enum err e = ERR_OK;
    bool all = true;
    r->rest = expr;
    for (size_t n = 0; e == ERR_OK; n++) {
        bool holds = false;
        e = n < RULE_COMPARISONS ? comparison(r, &holds)
                                 : reading_fail(r, r->rest.p, "too many comparisons");
        all = all && holds;
        reading_blank(r);
        if (e != ERR_OK || r->rest.len == 0) {
            break;
        }
        if (!starts_word(r->rest, STR("and"))) {
            e = reading_fail(r, r->rest.p,
                             "\"and\" or the end is missing: a phone knows no other "
                             "way to join comparisons");
        }
        r->rest = str_from(r->rest, 3);
    }
    r->rest = behind;
    *ret_holds = all;
    if (e == ERR_OK) {
        reading_step(r,
                     (struct rule_step){.kind = RULE_STEP_CONDITION, .text = expr, .holds = all});
    }
    return e;
}
