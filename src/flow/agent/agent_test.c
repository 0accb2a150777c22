/* What a line does as registrars answer this or that: each case is a run in virtual time, told as one line. */
#include "flow/agent/agent_fixture.h"

#include <setjmp.h>

#include <cmocka.h>

#define UDP_LIST "192.0.2.97:p=1|192.0.2.98:p=2|192.0.2.99:p=3"

/* Times in seconds; ">a" REGISTER to server a, "+" with credentials, "=N" asks for N s; "[R120]" registered, "[W403]" waits after
 * that status, "[Wsilence]" after silence, "[S]" stopped. */
struct row {
    const char *name;
    const char *servers; /* "": 192.0.2.97 */
    enum select_transport transport;
    const char *script;
    const char *more; /* settings, see set() */
    double until;
    const char *trace;
};

static void set(struct fix *f, const char *words)
{
    struct agent_cfg *c = &f->cfg;
    struct str rest = str_z(words);
    for (struct str w = str_word(&rest); w.len; w = str_word(&rest)) {
        struct str key = str_cut(&w, '=');
        uint64_t n = 0;
        (void)str_u64(w, &n);
        const struct {
            const char *name;
            uint32_t *to;
        } numbers[] = {{"retry", &c->retry},
                       {"cap", &c->retry_cap},
                       {"long", &c->retry_long},
                       {"random", &c->retry_random},
                       {"expires", &c->expires},
                       {"most", &c->expires_most},
                       {"fallback", &c->servers.fallback},
                       {"timer-f", &c->timer_f_ms}};
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            if (str_eq(key, str_z(numbers[i].name))) {
                *numbers[i].to = (uint32_t)n;
            }
        }
        if (str_eq(key, STR("codes"))) {
            c->retry_codes = w;
        } else if (str_eq(key, STR("backup"))) {
            c->backup_codes = w;
        } else if (str_eq(key, STR("refused"))) {
            f->refused = w.p;
        } else if (str_eq(key, STR("names"))) {
            f->names = w.p;
        } else if (str_eq(key, STR("srv"))) {
            c->servers.srv = c->servers.prefix = true;
        } else if (str_eq(key, STR("at-once"))) {
            c->servers.back_at_once = true;
        } else if (str_eq(key, STR("8760"))) {
            c->rfc8760 = true;
        } else if (str_eq(key, STR("no-password"))) {
            f->line.password = str_of(NULL, 0);
        }
    }
}

static const struct row rows[] = {
#include "flow/agent/agent_test.def"
};

static void every_row(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct fix f;
        fix_init(&f);
        f.cfg.servers.transport = r->transport;
        f.script = r->script;
        if (*r->servers) {
            f.cfg.servers.servers = str_z(r->servers);
        }
        set(&f, r->more);
        fix_start(&f);
        fix_run(&f, r->until);
        if (strcmp(f.trace, r->trace) != 0) {
            print_error("%s\n  is   %s\n  not  %s\n", r->name, f.trace, r->trace);
            wrong++;
        }
        fix_clear(&f);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
