/* The rules of the documents, evaluated for one phone. */
#include "domain/rule/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct rule_phone phone(void)
{
    return (struct rule_phone){
        .mac = {{0x00, 0x00, 0x5e, 0x00, 0x53, 0x21}},
        .model = STR("8851-3PCC"),
        .serial = STR("FCH00005321"),
        .firmware = STR("sip8845_65.12-0-2MPP0001-20230510-156252b771"),
        .ip = STR("192.0.2.100"),
        .certificate = true,
        .resync_state = -1,
        .since_resync = 700,
        .since_upgrade = 301,
        .gpp = {STR("ABCDEF"), STR("42"), {0}, STR("$MA"), STR("https://e.example.com")},
        .gps = {STR("sesame")},
    };
}

static const struct {
    enum rule_kind kind;
    const char *rule;
    const char *url;    /* NULL: none */
    const char *assign; /* "NAME=value;" in turn */
    int alternative;    /* -1: none holds; -2: malformed, -3: no server */
} rules[] = {
    {RULE_PROFILE, "/$PSN.xml", "tftp://192.0.2.20:69/8851-3PCC.xml", "", 0},
    {RULE_PROFILE, "/$MA.cfg", "tftp://192.0.2.20:69/00005e005321.cfg", "", 0},
    {RULE_PROFILE, "/cisco/cfg.xml", "tftp://192.0.2.20:69/cisco/cfg.xml", "", 0},
    {RULE_PROFILE, "192.0.2.130/profiles/init.cfg", "tftp://192.0.2.130:69/profiles/init.cfg", "",
     0},
    {RULE_PROFILE, "tftp://prov.example.com/cpe/cisco$MA.cfg",
     "tftp://prov.example.com:69/cpe/cisco00005e005321.cfg", "", 0},
    {RULE_PROFILE, "http://neptune.example.net:8080/prov/$B/$C.cfg",
     "http://neptune.example.net:8080/prov/42/.cfg", "", 0},
    {RULE_PROFILE, "https://secure.example.com/profile?Linksys",
     "https://secure.example.com:443/profile?Linksys", "", 0},
    {RULE_PROFILE, "https://prov.example.com/ ", "https://prov.example.com:443/", "", 0},
    {RULE_PROFILE, "https://prov.example.com", "https://prov.example.com:443/", "", 0},
    {RULE_PROFILE, "https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x", "", 0},
    {RULE_PROFILE, "gds://", "gds://", "", 0},
    {RULE_PROFILE, "$E/$MA.xml", "https://e.example.com:443/00005e005321.xml", "", 0},
    {RULE_PROFILE, "/$PN_$MA.xml", "tftp://192.0.2.20:69/CP-8851-3PCC_00005e005321.xml", "", 0},
    {RULE_PROFILE, "/$(MA:8).cfg", "tftp://192.0.2.20:69/5321.cfg", "", 0},
    {RULE_PROFILE, "/$$MA/$NONE/$(A:2:3)", "tftp://192.0.2.20:69/$MA/$NONE/CDE", "", 0},
    {RULE_PROFILE, "/$D.cfg", "tftp://192.0.2.20:69/$MA.cfg", "", 0}, /* not again */
    {RULE_PROFILE, "/$SA.cfg", "tftp://192.0.2.20:69/$SA.cfg", "", 0},
    {RULE_PROFILE, "", NULL, "", -1},
    {RULE_PROFILE,
     "(\"$A\" ne \"Provisioned\")? (Line_Enable_1_ = \"No\";)! https://p.example.com/init-prov | "
     "https://p.example.com/configs",
     "https://p.example.com:443/init-prov", "Line_Enable_1_=No;", 0},
    {RULE_PROFILE, "(\"$A\" eq \"Provisioned\")? https://p.example.com/a | https://p.example.com/b",
     "https://p.example.com:443/b", "", 1},
    {RULE_PROFILE, "(\"$A\" eq \"x\")? /a", NULL, "", -1},
    {RULE_PROFILE, "( User_ID_1_ = \"uid$B\" ; GPP_C = \"\" ; d = \"$MA\" ; )! /x",
     "tftp://192.0.2.20:69/x", "User_ID_1_=uid42;GPP_C=;GPP_D=00005e005321;", 0},
    {RULE_PROFILE, "($B gt 41 and $B < 43 AND \"$CCERT\" = \"Installed\")?/yes|/no",
     "tftp://192.0.2.20:69/yes", "", 0},
    {RULE_PROFILE, "($PRVST = -1)?/asked|/no", "tftp://192.0.2.20:69/asked", "", 0},
    {RULE_PROFILE, "($SWVER ge sip8845_65.12-0-2MPP0001-1)?/new|/old", "tftp://192.0.2.20:69/new",
     "", 0},
    {RULE_PROFILE, "($SWVER lt sip88xx.11-3-1-1MPP-473)?/old|/new", "tftp://192.0.2.20:69/new", "",
     1},
    {RULE_PROFILE, "(! sip88xx.12-0-2MPP0001-20230510-156252b771)?/other|/same",
     "tftp://192.0.2.20:69/same", "", 1},
    {RULE_PROFILE, "[--key $SA --uid u --pwd \"p q\"]/x", "tftp://192.0.2.20:69/x", "", 0},
    {RULE_PROFILE, "[--uid u --pwd p]http://host.example.com/app/provision/?mac=$MA",
     "http://host.example.com:80/app/provision/?mac=00005e005321", "", 0},
    {RULE_PROFILE,
     "(\"$EMS\" eq \"mobile\" and \"$MUID\" ne \"\")?[--uid $MUID$PDOM --pwd $MPWD] "
     "http://192.0.2.5:80/s.xml"
     "|http://192.0.2.5:80/s.xml",
     "http://192.0.2.5:80/s.xml", "", 1},
    {RULE_PROFILE, "[ --srv --post a --alias b ] https://example.com/x",
     "https://example.com:443/x", "", 0},
    {RULE_PROFILE,
     "(\xe2\x80\x9c$A\xe2\x80\x9d eq \xe2\x80\x9c"
     "ABCDEF\xe2\x80\x9d)?/x|/y",
     "tftp://192.0.2.20:69/x", "", 0},
    {RULE_REPORT, "[--delta --key $SA]https://r.example.com/$MA",
     "https://r.example.com:443/00005e005321", "", 0},
    {RULE_UPGRADE, "http://fw.example.com/sip88xx.loads", "http://fw.example.com:80/sip88xx.loads",
     "", 0},
    {RULE_TRIGGER, "$UPGTMR gt 300 and $PRVTMR ge 600", NULL, "", 0},
    {RULE_TRIGGER, "$UPGTMR gt 301 and $PRVTMR ge 600", NULL, "", -1},
    /* what is refused */
    {RULE_PROFILE, "/a | /b", NULL, "", -2},
    {RULE_PROFILE, "($B = \"42\")?/a", NULL, "", -2},
    {RULE_PROFILE, "(\"$A\" lt \"B\")?/a", NULL, "", -2},
    {RULE_PROFILE, "($SWVER ge 11.0.0)?/a", NULL, "", -2},
    {RULE_PROFILE, "($B = 42 or $B = 43)?/a", NULL, "", -2},
    {RULE_PROFILE, "($B)?/a", NULL, "", -2},
    {RULE_PROFILE, "($B =)?/a", NULL, "", -2},
    {RULE_PROFILE, "(\"$A = 1)?/a", NULL, "", -2},
    {RULE_PROFILE, "($B = 42) /a", NULL, "", -2},
    {RULE_PROFILE, "($B = 42", NULL, "", -2},
    {RULE_PROFILE, "(GPP_A = x)!/a", NULL, "", -2},
    {RULE_PROFILE, "(GPP_A \"x\")!/a", NULL, "", -2},
    {RULE_PROFILE, "(GPP_A = \"x\" GPP_B = \"y\")!/a", NULL, "", -2},
    {RULE_PROFILE, "[--key]/a", NULL, "", -2},
    {RULE_PROFILE, "[--key x /a", NULL, "", -2},
    {RULE_PROFILE, "[--post z]/a", NULL, "", -2},
    {RULE_PROFILE, "[--what]/a", NULL, "", -2},
    {RULE_PROFILE, "[--delta]/a", NULL, "", -2},
    {RULE_PROFILE, "[--srv]tftp://example.com/a", NULL, "", -2},
    {RULE_PROFILE, "ftp://example.com/a", NULL, "", -2},
    {RULE_PROFILE, "http://example.com:0/a", NULL, "", -2},
    {RULE_PROFILE, "http://example.com/a b", NULL, "", -2},
    {RULE_UPGRADE, "/sip88xx.loads", NULL, "", -2},
    {RULE_UPGRADE, "[--uid u]http://example.com/x", NULL, "", -2},
};

static void is_text(struct str s, const char *z)
{
    if (!str_eq(s, str_z(z))) {
        fail_msg("'%.*s' is not '%s'", STR_ARG(s), z);
    }
}

static void check(size_t i)
{
    struct rule_phone p = phone();
    struct rule_result res;
    struct err_at at;
    struct arena a;
    char sets[256] = "";
    struct str extra[][2] = {{STR_INIT("EMS"), STR_INIT("")}, {STR_INIT("MUID"), STR_INIT("")}};
    const struct rule_cfg cfg = {
        .kind = rules[i].kind, .values = {rule_phone_get, &p}, .tftp_server = STR("192.0.2.20")};
    p.extra = (const struct str(*)[2])extra;
    p.n_extra = COUNT(extra);
    arena_init(&a, 0);
    enum err e = rule_eval(str_z(rules[i].rule), &cfg, &a, &res, &at);
    if (rules[i].alternative == -2) {
        if (e != ERR_MALFORMED || !at.what || at.offset > strlen(rules[i].rule)) {
            fail_msg("%s: taken", rules[i].rule);
        }
        arena_clear(&a);
        return;
    }
    if (e != ERR_OK) {
        fail_msg("%s: at %zu: %s", rules[i].rule, at.offset, at.what ? at.what : "");
    }
    assert_int_equal(res.chosen, rules[i].alternative >= 0);
    assert_true(!res.chosen || res.alternative == (size_t)rules[i].alternative);
    assert_int_equal(res.has_url, rules[i].url != NULL);
    if (res.has_url) {
        is_text(res.url, rules[i].url);
    }
    for (size_t k = 0; k < res.n_assigns; k++) {
        size_t n = strlen(sets);
        (void)snprintf(sets + n, sizeof sets - n, "%.*s=%.*s;", STR_ARG(res.assign[k].name),
                       STR_ARG(res.assign[k].value));
    }
    assert_string_equal(sets, rules[i].assign);
    arena_clear(&a);
}

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rules); i++) {
        check(i);
    }
}

static void test_options(void **state)
{
    struct rule_phone p = phone();
    struct rule_result res;
    struct err_at at;
    struct arena a;
    const struct rule_cfg cfg = {.values = {rule_phone_get, &p}};
    (void)state;
    arena_init(&a, 0);
    assert_int_equal(rule_eval(STR("[--key $SA --uid u$B --pwd \"p q\" --post c --srv]"
                                   "https://example.com/x"),
                               &cfg, &a, &res, &at),
                     ERR_OK);
    is_text(res.key, "sesame");
    is_text(res.uid, "u42");
    is_text(res.pwd, "p q");
    assert_int_equal(res.post, 'c');
    assert_true(res.srv && !res.delta && !res.alias);
    assert_int_equal(res.scheme, RULE_HTTPS);
    is_text(res.host, "example.com");
    is_text(res.path, "/x");
    /* Without a lease nobody knows the server. */
    assert_int_equal(rule_eval(STR("/$PSN.xml"), &cfg, &a, &res, &at), ERR_MISSING);
    arena_clear(&a);
}

static void test_versions(void **state)
{
    static const struct {
        const char *a, *b;
        int order; /* 2: no versions */
    } rows[] = {
        {"sip78xx.11-0-1MPP-376", "sip88xx.11-0-1MPP-376", 0},
        {"sip78xx.11-0-1MPP-376", "sip78xx.11-0-1MPP-377", -1},
        {"sip78xx.11-0-1MPP-376", "sip78xx.11-0-1MPP", 0},
        {"sip7832.11-3-2MPP0001-609", "sip7832.11-3-1MSR2-6", 1},
        {"12-0-2MPP0001", "11-3-7MPP0001", 1},
        {"12-0-2MPP", "12-0-2MSR", -1},
        {"12-0-10MPP", "12-0-9MPP", 1},
        {"sip88xx.12-0-2MPP0001-609.loads", "12-0-2MPP0001-609", 0},
        {"11.0.0", "11-0-1MPP", 2},
        {"11-0", "11-0-1MPP", 2},
        {"a-0-1MPP", "11-0-1MPP", 2},
        {"11-0-MPP", "11-0-1MPP", 2},
        {"", "11-0-1MPP", 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int order = 0;
        bool good = rule_version_compare(str_z(rows[i].a), str_z(rows[i].b), &order);
        if (good != (rows[i].order != 2) || (good && order != rows[i].order)) {
            fail_msg("%s, %s: %d", rows[i].a, rows[i].b, order);
        }
        if (good) {
            assert_true(rule_version_compare(str_z(rows[i].b), str_z(rows[i].a), &order));
            assert_int_equal(order, -rows[i].order);
        }
    }
}

static void test_report(void **state)
{
    struct str one,
        rest = STR("[--delta --key \"a b\"] https://a.example.com/x  https://b.example.com/y");
    (void)state;
    assert_true(rule_report_next(&rest, &one));
    is_text(one, "[--delta --key \"a b\"] https://a.example.com/x");
    assert_true(rule_report_next(&rest, &one));
    is_text(one, "https://b.example.com/y");
    assert_false(rule_report_next(&rest, &one));
}

static void test_http(void **state)
{
    static const struct {
        unsigned status;
        enum rule_http is;
    } rows[] = {{200, RULE_HTTP_OK},       {204, RULE_HTTP_OK},     {301, RULE_HTTP_REDIRECT},
                {302, RULE_HTTP_REDIRECT}, {307, RULE_HTTP_FAILED}, {400, RULE_HTTP_FAILED},
                {401, RULE_HTTP_LOGIN},    {407, RULE_HTTP_LOGIN},  {403, RULE_HTTP_FAILED},
                {404, RULE_HTTP_MISSING},  {410, RULE_HTTP_FAILED}, {500, RULE_HTTP_FAILED}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(rule_http_class(rows[i].status), rows[i].is);
    }
}

static void test_limits(void **state)
{
    static char big[RULE_MOST + 2];
    struct rule_phone p = phone();
    struct rule_result res;
    struct err_at at;
    struct arena a;
    const struct rule_cfg cfg = {.values = {rule_phone_get, &p}, .tftp_server = STR("h")};
    (void)state;
    arena_init(&a, 0);
    memset(big, '/', RULE_MOST + 1);
    assert_int_equal(rule_eval(str_of(big, RULE_MOST + 1), &cfg, &a, &res, &at), ERR_LIMIT);
    /* Macros that grow: 2,048 times six letters. */
    for (size_t i = 0; i + 1 < RULE_MOST; i += 2) {
        memcpy(big + i, "$A", 2);
    }
    big[0] = '/';
    assert_int_equal(rule_eval(str_of(big, RULE_MOST), &cfg, &a, &res, &at), ERR_LIMIT);
    arena_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),    cmocka_unit_test(test_options),
        cmocka_unit_test(test_versions), cmocka_unit_test(test_report),
        cmocka_unit_test(test_http),     cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
