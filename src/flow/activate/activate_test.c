/* Who hears where its configuration is. */
#include "flow/activate/activate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/provision/provision_fixture.h"

#define CALL(id, more)                                                                           \
    "GET /software/edos/callhome/rc?id=" id "&sw=sip8845_65.12-0-2MPP0001-20230510-156252b771&"  \
    "orig=orig_mpp&authstatus=none" more                                                         \
    " HTTP/1.1\r\nUser-Agent: Cisco-CP-8865-3PCC/12.0.2 (00005e005301)\r\nHost: "                \
    "activate.example.com\r\nAccept-Encoding: deflate, gzip\r\nAccept: */*\r\nAccept-Language: " \
    "en\r\nAccept-Charset: iso-8859-1\r\n\r\n"
#define ID_1 "00005e005301:FCH5E005301:CP-8865-3PCC"

/* A code of "7" is good, of "8" used. */
static void answer(struct provision *p, const struct provision_request *q, struct provision_case *c,
                   const struct prov_device *d, usec_t now)
{
    assert_non_null(d);
    struct prov_device other = d ? *d : (struct prov_device){.known = false};
    if (c->question.code[0] == '7') {
        c->question.code_taken = true;
        other.known = true;
    } else if (c->question.code[0]) {
        c->question.code_why = "code-used";
    }
    activate_answer(p, q, c, &other, now);
}

static const struct row {
    const char *name;
    enum client_verdict verdict;
    unsigned mac; /* of the certificate */
    bool lenient, window;
    enum provision_way way;
    const char *request;
    bool looked_up, rule;
    const char *told;
} rows[] = {
    {"known and proven", CLIENT_VALID, 1, false, false, PROVISION_HTTPS, CALL(ID_1, ""), true, true,
     "activation.served rule certificate 00:00:5e:00:53:01"},
    {"capitals and colons", CLIENT_VALID, 1, false, false, PROVISION_HTTPS,
     CALL("00:00:5E:00:53:01:FCH5E005301:CP-8865-3PCC", ""), true, true,
     "activation.served rule certificate 00:00:5e:00:53:01"},
    {"percent signs", CLIENT_VALID, 1, false, false, PROVISION_HTTPS,
     CALL("00005e005301%3AFCH5E005301%3ACP-8865-3PCC", ""), true, true,
     "activation.served rule certificate 00:00:5e:00:53:01"},
    {"not in the inventory", CLIENT_VALID, 9, false, false, PROVISION_HTTPS,
     CALL("00005e005309:FCH5E005309:CP-8865-3PCC", ""), true, false,
     "device.unknown seen certificate 00:00:5e:00:53:09 text=User-Agent says 00:00:5e:00:53:01\n"
     "activation.refused unknown certificate 00:00:5e:00:53:09 "
     "text=User-Agent says 00:00:5e:00:53:01"},
    {"another's id", CLIENT_VALID, 2, false, false, PROVISION_HTTPS, CALL(ID_1, ""), false, false,
     "activation.refused other-mac certificate 00:00:5e:00:53:01 other=00:00:5e:00:53:02"},
    {"another serial", CLIENT_VALID, 1, false, false, PROVISION_HTTPS,
     CALL("00005e005301:FCHXXXXXXXX:CP-8865-3PCC", ""), true, true,
     "activation.served rule certificate 00:00:5e:00:53:01 text=id says serial FCHXXXXXXXX"},
    {"another model", CLIENT_VALID, 1, false, false, PROVISION_HTTPS,
     CALL("00005e005301:FCH5E005301:CP-7841-3PCC", ""), true, true,
     "activation.served rule certificate 00:00:5e:00:53:01 text=id says model CP-7841-3PCC"},
    {"no id", CLIENT_VALID, 1, false, false, PROVISION_HTTPS, CALL("", ""), false, false,
     "activation.refused bad-request none 00:00:5e:00:53:01"},
    {"an id that is none", CLIENT_NONE, 0, false, false, PROVISION_HTTPS, CALL("a:b:c", ""), false,
     false, "activation.refused bad-request none -"},
    {"no certificate", CLIENT_NONE, 0, false, false, PROVISION_HTTPS, CALL(ID_1, ""), false, false,
     "activation.refused no-proof none 00:00:5e:00:53:01"},
    {"no certificate, nobody known", CLIENT_NONE, 0, false, false, PROVISION_HTTPS,
     CALL("00005e0053ff:FCH5E0053FF:CP-8865-3PCC", ""), false, false,
     "activation.refused no-proof none 00:00:5e:00:53:ff text=User-Agent says 00:00:5e:00:53:01"},
    {"a window", CLIENT_NONE, 0, false, true, PROVISION_HTTPS, CALL(ID_1, ""), true, true,
     "activation.served rule window 00:00:5e:00:53:01"},
    {"expired", CLIENT_EXPIRED, 1, false, false, PROVISION_HTTPS, CALL(ID_1, ""), false, false,
     "activation.refused expired none 00:00:5e:00:53:01 value=2026-09-20T14:13:20.000000Z"},
    {"expired, taken", CLIENT_EXPIRED, 1, true, false, PROVISION_HTTPS, CALL(ID_1, ""), true, true,
     "activation.served rule expired-certificate 00:00:5e:00:53:01 "
     "text=2026-09-20T14:13:20.000000Z"},
    {"expired, its serial is not known", CLIENT_EXPIRED, 2, true, false, PROVISION_HTTPS,
     CALL("00005e005302:FCH5E005302:CP-8865-3PCC", ""), true, false,
     "activation.refused other-serial expired-certificate 00:00:5e:00:53:02 "
     "value=2026-09-20T14:13:20.000000Z text=User-Agent says 00:00:5e:00:53:01"},
    {"of an unknown authority", CLIENT_UNKNOWN, 1, false, false, PROVISION_HTTPS, CALL(ID_1, ""),
     false, false, "activation.refused unknown-authority none 00:00:5e:00:53:01 text=lab CA"},
    {"weak", CLIENT_WEAK, 1, false, false, PROVISION_HTTPS, CALL(ID_1, ""), false, false,
     "activation.refused weak none 00:00:5e:00:53:01"},
    {"by HTTP", CLIENT_NONE, 0, false, false, PROVISION_HTTP, CALL(ID_1, ""), false, false,
     "activation.refused policy none 00:00:5e:00:53:01"},
    {"a code", CLIENT_VALID, 9, false, false, PROVISION_HTTPS,
     CALL("00005e005309:FCH5E005309:CP-8865-3PCC", "&code=7777-8888-9999-0000"), true, true,
     "activation.served code code 00:00:5e:00:53:09 text=User-Agent says 00:00:5e:00:53:01"},
    {"a code that was used", CLIENT_VALID, 9, false, false, PROVISION_HTTPS,
     CALL("00005e005309:FCH5E005309:CP-8865-3PCC", "&code=8888888888888888"), true, false,
     "activation.refused code-used certificate 00:00:5e:00:53:09 "
     "text=User-Agent says 00:00:5e:00:53:01"},
    {"a code that was used, known", CLIENT_VALID, 1, false, false, PROVISION_HTTPS,
     CALL(ID_1, "&code=8888888888888888"), true, true,
     "activation.served rule certificate 00:00:5e:00:53:01"},
    {"a short code", CLIENT_VALID, 1, false, false, PROVISION_HTTPS, CALL(ID_1, "&code=123"), false,
     false, "activation.refused bad-request none 00:00:5e:00:53:01"},
    {"a code without proof", CLIENT_NONE, 0, false, true, PROVISION_HTTPS,
     CALL(ID_1, "&code=7777777777777777"), false, false,
     "activation.refused no-proof none 00:00:5e:00:53:01"},
};

static void every_case(void **state)
{
    (void)state;
    static struct fix f;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct provision_cfg cfg;
        struct client_cert client = fix_client(r->verdict, r->mac);
        struct prov_window w = {fix_mac(1), FIX_NOW + USEC_DAY, ""};
        fix_cfg(&cfg);
        cfg.expired_until = r->lenient ? FIX_NOW + 1 : USEC_NONE;
        fix_open(&f, &cfg);
        provision_windows(f.p, &w, r->window);
        fix_say(&f, r->way, r->way == PROVISION_HTTPS ? &client : NULL, r->request, activate_ask,
                answer);
        if (f.looked_up != r->looked_up || (f.c.reply.body == BODY_RULE) != r->rule ||
            f.c.reply.status != 200 || strcmp(f.told, r->told) != 0) {
            fail_msg("%s: looked up %d, status %u, body %u, told '%s'", r->name, f.looked_up,
                     f.c.reply.status, f.c.reply.body, f.told);
        }
        assert_true(activate_path(f.q.path));
        fix_close(&f);
    }
}

/* What was refused looks as if nothing had been asked about. */
static void refusals_look_alike(void **state)
{
    (void)state;
    static struct fix f;
    struct provision_cfg cfg;
    struct provision_reply first = {.status = 0};
    fix_cfg(&cfg);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client_cert client = fix_client(rows[i].verdict, rows[i].mac);
        if (rows[i].rule || rows[i].lenient) {
            continue;
        }
        fix_open(&f, &cfg);
        fix_say(&f, rows[i].way, &client, rows[i].request, activate_ask, answer);
        if (!first.status) {
            first = f.c.reply;
        }
        assert_memory_equal(&first, &f.c.reply, sizeof first);
        fix_close(&f);
    }
}

static void a_busy_hub_is_no_answer(void **state)
{
    (void)state;
    static struct fix f;
    struct provision_cfg cfg;
    struct client_cert client = fix_client(CLIENT_VALID, 1);
    fix_cfg(&cfg);
    fix_open(&f, &cfg);
    f.busy = true;
    fix_say(&f, PROVISION_HTTPS, &client, CALL(ID_1, ""), activate_ask, activate_answer);
    assert_int_equal(f.c.reply.body, BODY_NONE);
    assert_string_equal(f.told, "activation.refused throttled certificate 00:00:5e:00:53:01");
    fix_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(refusals_look_alike),
        cmocka_unit_test(a_busy_hub_is_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
