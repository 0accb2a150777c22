/* Names of stages and states read back, and nothing else is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "domain/stage/stage.h"

static void test_names_read_back(void **state)
{
    (void)state;
    for (int s = 0; s <= STAGES; s++) {
        enum stage read = STAGES;
        assert_true(stage_read(str_z(stage_name((enum stage)s)), &read));
        assert_int_equal(read, s);
        for (int other = 0; other < s; other++) {
            assert_string_not_equal(stage_name((enum stage)s), stage_name((enum stage)other));
        }
    }
    assert_string_equal(stage_name(STAGE_NONE), "none");
    assert_string_equal(stage_name(STAGE_DHCP), "dhcp");
}

static void test_no_stage(void **state)
{
    static const char *const no[] = {"", "DHCP", "dhcp ", "dhc", "nowhere"};
    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        enum stage read = STAGE_DHCP;
        assert_false(stage_read(str_z(no[i]), &read));
        assert_int_equal(read, STAGE_DHCP);
    }
}

static void test_states(void **state)
{
    static const char *const names[STAGE_STATES] = {"unknown", "ok", "failed", "not-reached",
                                                    "skipped"};
    (void)state;
    for (int s = 0; s < STAGE_STATES; s++) {
        assert_string_equal(stage_state_name((enum stage_state)s), names[s]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_read_back),
        cmocka_unit_test(test_no_stage),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
