/* Which option a phone follows, and to which URL. */
#include "app/probe/target.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/dhcp/dhcp_write.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct mac mac = {{0x00, 0x00, 0x5e, 0x00, 0x53, 0xab}};

struct given {
    uint8_t code;
    struct str value;
};

static const struct {
    const char *what;
    struct given given[3];
    const char *order; /* the model's list; NULL: as models.conf has it */
    const char *key;   /* NULL: nothing is followed */
    const char *url;
} rows[] = {
    {"nothing", {{0}}, NULL, NULL, NULL},
    {"a bare host",
     {{66, STR_INIT("tftp.example.com")}},
     NULL,
     "option66",
     "tftp://tftp.example.com/8865-3PCC.xml"},
    {"an address",
     {{66, STR_INIT("192.0.2.69\0")}},
     NULL,
     "option66",
     "tftp://192.0.2.69/8865-3PCC.xml"},
    {"a URL without path",
     {{66, STR_INIT("http://prov.example.com:8667")}},
     NULL,
     "option66",
     "http://prov.example.com:8667/8865-3PCC.xml"},
    {"a URL with a slash",
     {{66, STR_INIT("http://prov.example.com/")}},
     NULL,
     "option66",
     "http://prov.example.com/8865-3PCC.xml"},
    {"a path",
     {{160, STR_INIT("https://prov.example.com/$PN/$MA.cfg")}},
     NULL,
     "option160",
     "https://prov.example.com/CP-8865-3PCC/00005e0053ab.cfg"},
    {"macros",
     {{160, STR_INIT("https://p.example.com/$(PSN)-$MAU-$MAC-$$-$X-$(Y).cfg")}},
     NULL,
     "option160",
     "https://p.example.com/8865-3PCC-00005E0053AB-00:00:5e:00:53:ab-$-$X-$(Y).cfg"},
    {"host and path",
     {{66, STR_INIT("192.0.2.69/a.xml")}},
     NULL,
     "option66",
     "tftp://192.0.2.69/a.xml"},
    {"addresses",
     {{150, STR_INIT("\xc0\x00\x02\x45\xc0\x00\x02\x46")}},
     NULL,
     "option150",
     "tftp://192.0.2.69/8865-3PCC.xml"},
    {"four bytes in 159",
     {{159, STR_INIT("\xc0\x00\x02\x45")}},
     NULL,
     "option159",
     "tftp://192.0.2.69/8865-3PCC.xml"},
    {"the order of the list",
     {{150, STR_INIT("\xc0\x00\x02\x45")}, {160, STR_INIT("https://a.example.com/x")}},
     NULL,
     "option160",
     "https://a.example.com/x"},
    {"another order",
     {{150, STR_INIT("\xc0\x00\x02\x45")}, {160, STR_INIT("https://a.example.com/x")}},
     "150 160",
     "option150",
     "tftp://192.0.2.69/8865-3PCC.xml"},
    {"not in the list", {{66, STR_INIT("tftp.example.com")}}, "160", NULL, NULL},
    {"empty and zero",
     {{66, STR_INIT("0.0.0.0")}, {150, STR_INIT("\0\0\0\0")}, {160, STR_INIT("")}},
     NULL,
     NULL,
     NULL},
    {"a class that is no URL", {{60, STR_INIT("PXEClient")}}, NULL, NULL, NULL},
    {"a URL in sub-options",
     {{43, STR_INIT("\x01\x1a"
                    "http://acs.example.com/tr\x02\x01"
                    "a")}},
     NULL,
     "option43",
     "http://acs.example.com/tr"},
    {"siaddr is not in the list", {{0}}, "66 0 256 x", NULL, NULL},
    {"siaddr", {{0}}, "66 siaddr", "siaddr", "tftp://192.0.2.20/8865-3PCC.xml"},
};

static struct service_model model_of(const char *order)
{
    struct service_model m = {.name = STR("CP-8865-3PCC"), .rule = STR("/$PSN.xml")};
    struct str list = str_z(order ? order : "66 160 159 150 60 43 125");
    for (struct str w = str_word(&list); w.len > 0; w = str_word(&list)) {
        m.dhcp.v[m.dhcp.n++] = w;
    }
    return m;
}

static void choices(void **state)
{
    static char bytes[1500];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dhcp_message request = {.op = DHCP_BOOTREQUEST};
        struct dhcp_message m;
        struct err_at at;
        struct target t = {.key = ""};
        struct dhcp_answer a = {.type = DHCP_OFFER, .siaddr = addr4(0xc0000214)};
        struct dhcp_writer w = dhcp_write_answer(&request, &a, bytes, sizeof bytes);
        for (size_t g = 0; g < COUNT(rows[i].given) && rows[i].given[g].code; g++) {
            dhcp_write_option(&w, rows[i].given[g].code, rows[i].given[g].value);
        }
        assert_int_equal(dhcp_read(str_of(bytes, dhcp_write_end(&w)), &m, &at), ERR_OK);
        struct service_model model = model_of(rows[i].order);
        bool found = target_choose(&model, &mac, &m, &t);
        if (found != (rows[i].key != NULL) ||
            (found && (strcmp(t.key, rows[i].key) != 0 || strcmp(t.url, rows[i].url) != 0))) {
            fail_msg("%s: %s %s", rows[i].what, t.key, t.url);
        }
    }
}

/* Without model or address, what would stand for them stays. */
static void unknown(void **state)
{
    struct service_model model = model_of(NULL);
    struct dhcp_message m = {.options = {{0}}};
    struct target t;
    char out[32];
    (void)state;
    model.name = STR("any");
    model.dhcp.v[0] = STR("siaddr");
    m.siaddr = addr4(0xc0000214);
    assert_true(target_choose(&model, NULL, &m, &t));
    assert_string_equal(t.url, "tftp://192.0.2.20/$PSN.xml");
    model.name = STR("CP-8865-3PCC");
    assert_true(str_eq(target_fill(STR("a {model} {mac} {x}"), &model, &mac, out, sizeof out),
                       STR("a CP-8865-3PCC 00005e0053ab {x}")));
    assert_true(str_eq(target_fill(STR("{model}"), &model, NULL, out, 8), STR("CP-8865")));
    assert_true(str_eq(target_fill(STR("{model}{nul}"), &model, NULL, out, sizeof out),
                       STR("CP-8865-3PCC\0")));
    assert_int_equal(target_fill(STR(""), &model, NULL, out, sizeof out).len, 0);
}

static void hosts(void **state)
{
    (void)state;
    assert_true(
        str_eq(target_host(STR("https://u:p@prov.example.com:8443/x")), STR("prov.example.com")));
    assert_true(str_eq(target_host(STR("http://[2001:db8::1]:80/")), STR("2001:db8::1")));
    assert_true(str_eq(target_host(STR("192.0.2.69")), STR("192.0.2.69")));
    assert_true(str_eq(target_host(STR("")), STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices),
        cmocka_unit_test(unknown),
        cmocka_unit_test(hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
