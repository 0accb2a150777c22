/* From words to a plan; nothing is opened but configuration files of the test's own. */
#include "app/serve/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/serve/serve.h"

static char path[4200];

static void give(struct cli_args *a, const char *name, const char *value)
{
    for (size_t i = 0; serve_command.options[i].name; i++) {
        if (strcmp(serve_command.options[i].name, name) == 0) {
            a->value[i][a->given[i]++] = value;
            return;
        }
    }
    fail_msg("no option %s", name);
}

/* "name=value name=value ..." */
static void words(struct cli_args *a, char *text)
{
    a->command = &serve_command;
    for (char *w = strtok(text, " "); w; w = strtok(NULL, " ")) {
        char *eq = strchr(w, '=');
        assert_non_null(eq);
        *eq = 0;
        give(a, w, eq + 1);
    }
}

static const struct {
    const char *words;
    bool good;
} cases[] = {
    {"edge-only= accounts=a realm=r", true},
    {"accounts=a realm=r", true},
    {"realm=r", true},
    {"no-state=", false},
    {"edge-only= realm=r", false},
    {"edge-only= accounts=a", false},
    {"edge-only= accounts=a domain=example.com", true},
    {"edge-only= accounts=a realm=a\"b", false},
    {"edge-only= accounts=a realm=r listen=udp:192.0.2.1:5060 listen=tcp:192.0.2.1:5060", true},
    {"edge-only= accounts=a realm=r listen=udp:192.0.2.1:5060 listen=udp:192.0.2.1:5060", false},
    {"edge-only= accounts=a realm=r listen=udp:192.0.2.1:0 listen=udp:192.0.2.1:0", true},
    {"edge-only= accounts=a realm=r listen=udp:[2001:db8::1]:5060", true},
    {"edge-only= accounts=a realm=r listen=udp:2001:db8::1:5060", false},
    {"edge-only= accounts=a realm=r listen=udp:192.0.2.1", false},
    {"edge-only= accounts=a realm=r listen=udp:192.0.2.1:65536", false},
    {"edge-only= accounts=a realm=r listen=sctp:192.0.2.1:5060", false},
    {"edge-only= accounts=a realm=r listen=udp:example.com:5060", false},
    {"edge-only= accounts=a realm=r listen=tls:192.0.2.1:5061", false},
    {"edge-only= accounts=a realm=r listen=tls:192.0.2.1:5061 cert=c key=k", true},
    {"edge-only= accounts=a realm=r cert=c cert=d key=k", false},
    {"edge-only= accounts=a realm=r cert=c cert=d cert=e cert=f cert=g", false},
    {"edge-only= accounts=a realm=r workers=x", false},
    {"edge-only= accounts=a realm=r workers=65", false},
    {"edge-only= accounts=a realm=r workers=64", true},
    {"edge-only= accounts=a realm=r admin=off", true},
    {"edge-only= accounts=a realm=r admin=127.0.0.1", false},
};

static void command_lines_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct cli_args a;
        struct settings s;
        struct plan p;
        char text[512];
        a = (struct cli_args){0};
        (void)snprintf(text, sizeof text, "%s", cases[i].words);
        words(&a, text);
        bool read = settings_read(&a, &s);
        if ((read && plan_make(&s, &p)) != cases[i].good) {
            fail_msg("%s", cases[i].words);
        }
        settings_clear(&s);
    }
}

static struct settings from_file(const char *text)
{
    static struct cli_args a;
    struct settings s;
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
    a = (struct cli_args){.command = &serve_command};
    give(&a, "config", path);
    give(&a, "realm", "of the command line");
    assert_true(settings_read(&a, &s));
    return s;
}

static void later_words_hold(void **state)
{
    (void)state;
    struct plan p;
    assert_int_equal(setenv("DIALTONE_WORKERS", "5", 1), 0);
    struct settings s = from_file("edge_only = yes\nrealm = \"of the file\"\nworkers = 3\n"
                                  "accounts = \"phones.csv\"\nprofile = broadworks\n"
                                  "edge {\n nonce_life = 77\n}\nstream { first = 3 }\n"
                                  "listen = {\"udp:192.0.2.1:5060\", \"tcp:192.0.2.1:5060\"}\n");
    assert_int_equal(unsetenv("DIALTONE_WORKERS"), 0);
    assert_true(plan_make(&s, &p));
    assert_true(str_eq(p.realm, STR("of the command line")));
    assert_int_equal(p.n_workers, 5);
    assert_int_equal(p.n_listeners, 2);
    assert_int_equal(p.edge.nonce_life, 77);
    assert_int_equal(p.edge.look, EDGE_BROADWORKS);
    assert_int_equal(p.edge.expires_most, 120);
    assert_int_equal(p.stream.first, 3 * USEC_S);
    assert_int_equal(p.stream.idle, 0);
    size_t folder = (size_t)(strrchr(path, '/') - path);
    assert_memory_equal(s.accounts, path, folder); /* counts from the file's folder */
    assert_string_equal(s.accounts + folder, "/phones.csv");
    settings_clear(&s);
}

static const struct {
    const char *settings; /* of the section */
    bool good;
} provisioning[] = {
    {"", true},
    {"listen = {\"https:192.0.2.1:443\", \"tftp:[2001:db8::1]:69\", \"http:192.0.2.1:80\"}", true},
    {"listen = {\"ftp:192.0.2.1:443\"}", false},
    {"listen = {\"https:192.0.2.1\"}", false},
    {"url = \"https://prov.example.com\"", true},
    {"url = \"prov.example.com\"", false},
    {"expired_until = \"2029-05-14\"", true},
    {"expired_until = \"2029-13-14\"", false},
    {"expired_until = \"14.05.2029\"", false},
    {"expired_until = \"2029-05-14-1\"", false},
    {"realm = \"a\\\"b\"", false},
    {"phone_ca = {\"a.crt\", \"b.crt\"} phone_shapes = {\"sep,ou-l-s\"}", true},
    {"phone_ca = {\"a.crt\"} phone_shapes = {\"sep\", \"any\"}", false},
    {"phone_ca = {\"a.crt\"} phone_shapes = {\"none\"}", false},
    {"cert = {\"a.crt\"} key = {\"a.key\", \"b.key\"}", false},
    {"activation_hosts = {\"activate.example.com\"}", true},
};

static void provisioning_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof provisioning / sizeof *provisioning; i++) {
        static struct plan p;
        char text[512];
        (void)snprintf(text, sizeof text, "state { folder = \"state\" }\nprovisioning {\n%s\n}\n",
                       provisioning[i].settings);
        struct settings s = from_file(text);
        if (plan_make(&s, &p) != provisioning[i].good) {
            fail_msg("%s", provisioning[i].settings);
        }
        settings_clear(&s);
    }
}

static void provisioning_is_planned(void **state)
{
    (void)state;
    static struct plan p;
    struct settings s = from_file(
        "state { folder = \"state\" }\ncert = {\"all.crt\"}\nkey = {\"all.key\"}\n"
        "provisioning {\n expired_until = \"1970-01-02\"\n tftp = sealed\n http = nothing\n"
        " phone_ca = {\"a.crt\", \"b.crt\"}\n phone_shapes = {\"sep\"}\n phone_old = yes\n}\n");
    assert_true(plan_make(&s, &p));
    const struct plan_phones *q = &p.phones;
    assert_int_equal(q->policy.expired_until, 2 * USEC_DAY); /* that day too */
    assert_int_equal(q->policy.tftp, PROVISION_SEALED);
    assert_int_equal(q->policy.http, PROVISION_NOTHING);
    assert_true(q->policy.passwords && q->policy.bootstrap && q->tls.judge && q->tls.client_old);
    assert_int_equal(q->shapes[0], 1);
    assert_int_equal(q->shapes[1], UINT32_MAX);
    assert_string_equal(strrchr(q->tls.cert[0], '/'), "/all.crt");
    assert_int_equal(q->n_listeners, 3);
    settings_clear(&s);
}

static void the_printed_defaults_are_the_defaults(void **state)
{
    (void)state;
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    settings_print(&out);
    sink_char(&out, 0);
    struct settings s = from_file(b.p), none = from_file("");
    assert_int_equal(s.expires_usual, none.expires_usual);
    assert_int_equal(s.connections, none.connections);
    assert_int_equal(s.drain, 10);
    assert_string_equal(s.admin, none.admin);
    assert_null(s.user);
    settings_clear(&s);
    settings_clear(&none);
    buf_clear(&b);
}

static int setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(path, sizeof path, "%s/plan_test.conf.%d", tmp ? tmp : "/tmp", (int)getpid());
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(command_lines_are_judged),
        cmocka_unit_test(later_words_hold),
        cmocka_unit_test(provisioning_is_judged),
        cmocka_unit_test(provisioning_is_planned),
        cmocka_unit_test(the_printed_defaults_are_the_defaults),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
