/* Rules of every kind: whatever the bytes, it ends, and what is given out stands in the arena or the rule. */
#include <stdlib.h>

#include "domain/rule/rule.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void readable(struct str s)
{
    unsigned sum = 0;
    for (size_t i = 0; i < s.len; i++) {
        sum += (unsigned char)s.p[i];
    }
    must(sum < 255U * 65536U);
}

static void on_step(void *ctx, const struct rule_step *s)
{
    size_t *n = ctx;
    readable(s->text);
    readable(s->left);
    readable(s->right);
    must(++*n < 100000);
}

static void eval(struct str rule, enum rule_kind kind)
{
    struct rule_phone p = {.model = STR("8851-3PCC"),
                           .firmware = STR("sip8845_65.12-0-2MPP0001-609"),
                           .gpp = {STR("Provisioned"), STR("42")},
                           .gps = {STR("sesame")}};
    size_t steps = 0;
    struct arena a;
    struct rule_result r;
    struct err_at at;
    const struct rule_cfg cfg = {.kind = kind,
                                 .values = {rule_phone_get, &p},
                                 .tftp_server = STR("192.0.2.20"),
                                 .step = on_step,
                                 .step_ctx = &steps};
    arena_init(&a, 1 << 20);
    enum err e = rule_eval(rule, &cfg, &a, &r, &at);
    if (e == ERR_OK) {
        readable(r.key);
        readable(r.uid);
        readable(r.pwd);
        must(!r.has_url || r.chosen);
        must(!r.has_url || r.scheme == RULE_GDS ||
             (r.host.len && r.path.len && r.path.p[0] == '/'));
        for (size_t i = 0; i < r.n_assigns; i++) {
            must(r.assign[i].name.len > 0);
            readable(r.assign[i].value);
        }
    } else {
        must(e == ERR_MALFORMED || e == ERR_LIMIT || e == ERR_MEMORY || e == ERR_MISSING);
        must(e != ERR_MALFORMED || (at.what && at.offset <= rule.len));
    }
    arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    struct str rest = text, one;
    size_t n = 0;
    int order = 0;
    for (int kind = RULE_PROFILE; kind <= RULE_TRIGGER; kind++) {
        eval(text, (enum rule_kind)kind);
    }
    while (rule_report_next(&rest, &one)) {
        must(++n <= len);
    }
    struct str right = text;
    struct str left = str_cut(&right, '\n');
    if (rule_version_compare(left, right, &order)) {
        int back = 0;
        must(rule_version_compare(right, left, &back) && back == -order);
    }
    return 0;
}
