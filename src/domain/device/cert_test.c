/* Subjects of phone certificates: each shape, and what only looks like one. */
#include "domain/device/cert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* "CN=x|OU=y" as a certificate. */
static struct x509 subject(const char *text)
{
    struct x509 x = {0};
    struct str rest = str_z(text);
    while (rest.len > 0) {
        struct str value = str_cut(&rest, '|');
        struct str type = str_cut(&value, '=');
        struct x509_attribute *a = &x.attribute[x.n_attributes++];
        snprintf(a->type, sizeof a->type, "%.*s", STR_ARG(type));
        snprintf(a->value, sizeof a->value, "%.*s", STR_ARG(value));
    }
    return x;
}

static void subjects_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *subject, *shape, *mac, *model, *serial;
    } rows[] = {
        {"serialNumber=PID:CP-8865-3PCC SN:FCH00000001|CN=CP-8865-3PCC-SEP00005E005301|O=x", "sep",
         "00:00:5e:00:53:01", "CP-8865-3PCC", "FCH00000001"},
        {"C=US|OU=CP-8841-3PCC|L=88012BA01234|SN=00005e005302", "ou-l-s", "00:00:5e:00:53:02",
         "CP-8841-3PCC", "88012BA01234"},
        {"OU=CP-8841-3PCC|L=FCH00000002|ST=00005E005303", "ou-l-st", "00:00:5e:00:53:03",
         "CP-8841-3PCC", "FCH00000002"},
        {"CN=SEP00005e005304", "cn-sep", "00:00:5e:00:53:04", "", ""},
        {"CN=CP-7841-SEP00005E005305", "cn-model-sep", "00:00:5e:00:53:05", "CP-7841", ""},
        {"CN=00005e005306", "cn", "00:00:5e:00:53:06", "", ""},
        /* Another model beside it: what is left is the common name. */
        {"serialNumber=PID:CP-8865 SN:F|CN=CP-8841-SEP00005E005301", "cn-model-sep",
         "00:00:5e:00:53:01", "CP-8841", ""},
        {"CN=sip.example.com", NULL, NULL, NULL, NULL},
        {"CN=00:00:5e:00:53:01", NULL, NULL, NULL, NULL},
        {"CN=SEP00005E00530", NULL, NULL, NULL, NULL},
        {"CN=SEP00005E0053011", NULL, NULL, NULL, NULL},
        {"CN=-SEP00005E005301", NULL, NULL, NULL, NULL},
        {"CN=SEP00005E005301|CN=SEP00005E005302", NULL, NULL, NULL, NULL},
        {"OU=CP-8841-3PCC|L=00005e005301", NULL, NULL, NULL, NULL},
        {"OU=CP-8841-3PCC|L=00005e005301|SN=", NULL, NULL, NULL, NULL},
        {"", NULL, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct x509 x = subject(rows[i].subject);
        struct device_cert c;
        bool found = device_cert_read(&x, &c);
        if (found != (rows[i].shape != NULL)) {
            fail_msg("%s: %s", rows[i].subject, found ? c.shape : "no shape");
        }
        if (found) {
            char mac[MAC_TEXT];
            mac_write(c.mac, mac);
            assert_string_equal(c.shape, rows[i].shape);
            assert_string_equal(mac, rows[i].mac);
            assert_true(str_eq(c.model, str_z(rows[i].model)));
            assert_true(str_eq(c.serial, str_z(rows[i].serial)));
        }
        x.attributes_cut = true;
        assert_false(device_cert_read(&x, &c));
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    const struct device_cert want = {.mac = {{0, 0, 0x5e, 0, 0x53, 0xab}},
                                     .model = STR("CP-8865-3PCC"),
                                     .serial = STR("FCH00000001")};
    size_t n = 0;
    for (const char *shape = NULL; (shape = device_cert_shape(n)) != NULL; n++) {
        struct x509 x = {0};
        struct device_cert c;
        x.n_attributes = device_cert_subject(shape, &want, x.attribute);
        assert_true(x.n_attributes > 0);
        assert_true(device_cert_read(&x, &c));
        assert_string_equal(c.shape, shape);
        assert_true(mac_eq(c.mac, want.mac));
    }
    assert_true(n >= 4);
}

/* What another authority may say is none of this one's business. */
static void shapes_are_chosen(void **state)
{
    (void)state;
    struct x509 x = {.n_attributes = 1, .attribute = {{"CN", "SEP00005E005301"}}};
    struct device_cert c;
    uint32_t set = 0;
    assert_true(device_cert_shapes(STR("sep, cn-sep"), &set));
    assert_true(device_cert_read_as(&x, set, &c));
    assert_true(device_cert_shapes(STR("sep,ou-l-s"), &set));
    assert_false(device_cert_read_as(&x, set, &c));
    assert_true(device_cert_shapes(STR("any"), &set));
    assert_true(device_cert_read_as(&x, set, &c));
    assert_false(device_cert_shapes(STR("sep,none"), &set));
    assert_false(device_cert_shapes(STR(""), &set));
}

static void too_long_is_not_written(void **state)
{
    (void)state;
    char model[X509_NAME_TEXT];
    struct x509_attribute a[X509_ATTRIBUTES];
    memset(model, 'x', sizeof model);
    struct device_cert c = {.model = str_of(model, sizeof model - 1), .serial = STR("x")};
    assert_int_equal(device_cert_subject("sep", &c, a), 0);
    assert_int_equal(device_cert_subject("none", &c, a), 0);
    c.model = STR("");
    assert_int_equal(device_cert_subject("sep", &c, a), 0);
    assert_int_equal(device_cert_subject("cn", &c, a), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subjects_are_told_apart),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(shapes_are_chosen),
        cmocka_unit_test(too_long_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
