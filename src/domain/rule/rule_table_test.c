/* The rows of rule_table.def: URL, options, assignments. */
#include "domain/rule/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { NONE = -1, BAD = -2, LOST = -3 };

static const struct row {
    enum rule_kind kind;
    const char *rule, *url, *options, *assigns;
    int alternative;
} rows[] = {
#define ROW(kind, rule, url, options, assigns, alternative) \
    {RULE_##kind, rule, url, options, assigns, alternative},
#include "domain/rule/rule_table.def"
#undef ROW
};

static void put(struct str name, struct str value, char *to, size_t cap)
{
    size_t n = strlen(to);
    if (value.p) {
        (void)snprintf(to + n, cap - n, "%.*s%s%.*s;", STR_ARG(name), name.len ? "=" : "",
                       STR_ARG(value));
    }
}

static void options_text(const struct rule_result *r, char *to, size_t cap)
{
    put(STR("key"), r->key, to, cap);
    put(STR("uid"), r->uid, to, cap);
    put(STR("pwd"), r->pwd, to, cap);
    put(STR("post"), str_of(r->post ? &r->post : NULL, r->post != 0), to, cap);
    put(STR("alias"), str_of(r->alias ? &r->alias : NULL, r->alias != 0), to, cap);
    put(STR(""), str_z(r->srv ? "srv" : NULL), to, cap);
    put(STR(""), str_z(r->delta ? "delta" : NULL), to, cap);
    put(STR(""), str_z(r->status ? "status" : NULL), to, cap);
}

static bool check(const struct row *row)
{
    struct rule_phone p = {
        .mac = {{0x00, 0x00, 0x5e, 0x00, 0x53, 0x21}},
        .model = STR("8851-3PCC"),
        .serial = STR("FCH00005321"),
        .firmware = STR("sip88xx.12-0-2MPP0001-609"),
        .ip = STR("192.0.2.100"),
        .certificate = true,
        .since_resync = 700,
        .upgrade_state = 1,
        .since_upgrade = 400,
        .gpp = {STR("ABCDEF"), STR("42"), STR(""), STR("$MA"), STR("https://e.example.com")},
        .gps = {STR("sesame")}};
    const struct rule_cfg cfg = {
        .kind = row->kind, .values = {rule_phone_get, &p}, .tftp_server = STR("192.0.2.20")};
    struct rule_result r = {.chosen = false};
    struct err_at at;
    struct arena a;
    char got[1024] = "", expected[1024] = "", options[256] = "", assigns[512] = "";
    arena_init(&a, 0);
    enum err err = rule_eval(str_z(row->rule), &cfg, &a, &r, &at);
    int alternative = err == ERR_MALFORMED ? BAD
                      : err == ERR_MISSING ? LOST
                      : r.chosen           ? (int)r.alternative
                                           : NONE;
    if (!err) {
        options_text(&r, options, sizeof options);
        for (size_t i = 0; i < r.n_assigns; i++) {
            put(r.assign[i].name, r.assign[i].value, assigns, sizeof assigns);
        }
    }
    struct str url = !err && r.has_url ? r.url : STR("none");
    (void)snprintf(got, sizeof got, "%d %.*s [%s] (%s)", alternative, STR_ARG(url), options,
                   assigns);
    (void)snprintf(expected, sizeof expected, "%d %s [%s] (%s)", row->alternative,
                   row->url ? row->url : "none", row->options, row->assigns);
    arena_clear(&a);
    if (strcmp(got, expected) != 0) {
        print_error("%s\n  is       %s\n  not      %s\n", row->rule, got, expected);
        return false;
    }
    return true;
}

static void test_table(void **state)
{
    bool good = true;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        good = check(&rows[i]) && good;
    }
    assert_true(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
