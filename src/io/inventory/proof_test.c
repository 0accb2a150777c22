/* The master key, and what phones prove themselves with. */
#include "io/inventory/proof.h"

#include <sys/stat.h>

#include "io/inventory/inventory_fixture.h"

static void hex(const uint8_t *b, size_t n, char *to)
{
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(to + 2 * i, 3, "%02x", b[i]);
    }
}

static size_t passwords(int64_t device, usec_t now, struct device_facts *f)
{
    GOOD(inventory_device_facts(inv, device, false, now, &arena, f, &why));
    return f->n_passwords;
}

static void two_passwords_are_valid(void **state)
{
    (void)state;
    struct device_facts f;
    struct str one, two, got;
    int64_t device = add_device("00005e005301", add_person("Anna", ""), "100");
    REFUSED(inventory_password_get(inv, device, &arena, &got, &why), NOT_FOUND);
    GOOD(inventory_password_rotate(inv, &anna, device, USEC_DAY, &arena, &one, &why));
    assert_int_equal(passwords(device, NOW, &f), 1);
    struct password_proof first = f.password[0];
    GOOD(inventory_password_rotate(inv, &anna, device, USEC_DAY, &arena, &two, &why));
    assert_false(str_eq(one, two));
    again();
    GOOD(inventory_password_get(inv, device, &arena, &got, &why));
    assert_true(str_eq(got, two));
    assert_int_equal(passwords(device, NOW, &f), 2);
    assert_memory_equal(f.password[1].ha1_md5, first.ha1_md5, 16);
    assert_int_equal(f.password[1].expires, NOW + USEC_DAY);
    assert_int_equal(f.password[0].expires, 0);
    assert_int_equal(passwords(device, NOW + USEC_DAY, &f), 1);
    const struct str parts[] = {STR("00005e005301:provisioning:"), two};
    uint8_t digest[DIGEST_MOST];
    char want[65], have[65];
    size_t len = 0;
    assert_int_equal(tls_crypto()->digest(DIGEST_SHA256, parts, 2, digest, &len), ERR_OK);
    hex(digest, 32, want);
    hex(f.password[0].ha1_sha256, 32, have);
    assert_string_equal(have, want);
    GOOD(inventory_device_replace(inv, &anna, device, 0, STR("00005e005302"), STR(""), &why));
    assert_int_equal(passwords(device, NOW, &f), 0);
    GOOD(inventory_device_replace(inv, &anna, device, 0, STR(""), STR(""), &why));
    REFUSED(inventory_password_rotate(inv, &anna, device, 0, &arena, &one, &why), BAD_FIELD);
    REFUSED(inventory_password_rotate(inv, &anna, 99, 0, &arena, &one, &why), NOT_FOUND);
}

static void keys_name_a_device(void **state)
{
    (void)state;
    struct device_keys k, renewed;
    int64_t device = add_device("00005e005301", add_person("Anna", ""), ""), id = 0;
    GOOD(inventory_keys_get(inv, device, &arena, &k, &why));
    assert_true(inventory_device_of_key(inv, k.url_key, &id) && id == device);
    again();
    GOOD(inventory_keys_renew(inv, &anna, device, &why));
    GOOD(inventory_keys_get(inv, device, &arena, &renewed, &why));
    assert_memory_not_equal(renewed.aes, k.aes, sizeof k.aes);
    assert_false(inventory_device_of_key(inv, k.url_key, &id));
    REFUSED(inventory_keys_renew(inv, &anna, 99, &why), NOT_FOUND);
}

static struct mac mac_z(const char *text)
{
    struct mac m = {{0}};
    assert_true(mac_read(str_z(text), &m));
    return m;
}

static void a_code_is_good_once(void **state)
{
    (void)state;
    char code[CODE_TEXT], old[CODE_TEXT], spaced[32];
    usec_t expires = 0;
    int64_t id = 0;
    struct device d;
    struct code_state s;
    int64_t device = add_device("", add_person("Anna", ""), "100");
    (void)add_device("00005e005309", add_person("Bob", ""), "");
    GOOD(inventory_code_make(inv, &anna, device, USEC_DAY, old, &expires, &why));
    GOOD(inventory_code_make(inv, &anna, device, USEC_DAY, code, &expires, &why));
    assert_int_equal(strlen(code), 16);
    assert_int_equal(expires, NOW + USEC_DAY);
    GOOD(inventory_code_state(inv, device, NOW, &s, &why));
    assert_true(s.there && s.expires == expires);
    (void)snprintf(spaced, sizeof spaced, "%.4s-%.4s %.4s-%.4s", code, code + 4, code + 8,
                   code + 12);
    struct mac mine = mac_z("00005e005301"), other = mac_z("00005e005302");
    REFUSED(inventory_code_use(inv, &anna, str_z(old), mine, STR(""), &id, &why), NOT_FOUND);
    REFUSED(inventory_code_use(inv, &anna, STR("12"), mine, STR(""), &id, &why), NOT_FOUND);
    REFUSED(inventory_code_use(inv, &anna, str_z(code), mac_z("00005e005309"), STR(""), &id, &why),
            MAC_USED);
    struct actor late = anna;
    late.now = NOW + USEC_DAY;
    REFUSED(inventory_code_use(inv, &late, str_z(code), mine, STR(""), &id, &why), EXPIRED);
    fresh();
    GOOD(inventory_code_use(inv, &anna, str_z(spaced), mine, STR("FCH7"), &id, &why));
    assert_int_equal(id, device);
    assert_true(told_of(INVENTORY_DEVICE, INVENTORY_CHANGED, device));
    assert_true(told_of(INVENTORY_ACCOUNT, INVENTORY_CHANGED, 1)); /* the edge learns its MAC */
    again();
    REFUSED(inventory_code_use(inv, &anna, str_z(code), other, STR(""), &id, &why), SPENT);
    GOOD(inventory_code_use(inv, &anna, str_z(code), mine, STR(""), &id, &why));
    GOOD(inventory_device_get(inv, device, &arena, &d, &why));
    assert_true(d.has_mac && mac_eq(d.mac, mine) && str_eq(d.serial, STR("FCH7")));
    GOOD(inventory_code_state(inv, device, NOW, &s, &why));
    assert_false(s.there);
}

static void windows_close(void **state)
{
    (void)state;
    struct window *w = NULL;
    size_t n = 0;
    struct str next;
    int64_t id = 0, second = 0;
    usec_t until = 0;
    struct device_facts f;
    int64_t device = add_device("00005e005301", add_person("Anna", ""), "");
    REFUSED(inventory_window_open(inv, &anna, device, 2 * USEC_DAY, &id, &until, &why), BAD_FIELD);
    GOOD(inventory_window_open(inv, &anna, device, 60 * USEC_S, &id, &until, &why));
    fresh();
    GOOD(inventory_window_open(inv, &anna, device, 120 * USEC_S, &second, &until, &why));
    assert_true(told_of(INVENTORY_WINDOW, INVENTORY_CHANGED, device));
    inventory_window_used(inv, device);
    again();
    GOOD(inventory_windows(inv, NOW, (struct page){0}, &arena, &w, &n, &next, &why));
    assert_int_equal(n, 1);
    assert_true(w[0].id == second && w[0].used == 1 && w[0].until == NOW + 120 * USEC_S);
    GOOD(inventory_device_facts(inv, device, false, NOW, &arena, &f, &why));
    assert_int_equal(f.window_until, until);
    GOOD(inventory_windows(inv, until, (struct page){0}, &arena, &w, &n, &next, &why));
    assert_int_equal(n, 0);
    REFUSED(inventory_window_close(inv, &anna, id, &why), NOT_FOUND);
    GOOD(inventory_window_close(inv, &anna, second, &why));
}

/* -- the master key */

static void key_path(char *to, size_t room, const char *tail)
{
    (void)snprintf(to, room, "%s/master.key%s", dir, tail);
}

static void not_opened(enum err want, const char *words)
{
    char said[INVENTORY_WHY] = "";
    struct inventory_cfg cfg = fixture_cfg();
    struct inventory *other = NULL;
    assert_int_equal(inventory_open(&cfg, &other, said), want);
    if (!strstr(said, words)) {
        fail_msg("'%s' is not in: %s", words, said);
    }
}

static void write_text(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_wrong_key_is_told(void **state)
{
    (void)state;
    char path[4200], kept[4200];
    struct stat st;
    key_path(path, sizeof path, "");
    key_path(kept, sizeof kept, ".kept");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    inventory_close(inv);
    inv = NULL;
    assert_int_equal(rename(path, kept), 0);
    not_opened(ERR_MALFORMED, "is missing");
    assert_int_equal(access(path, F_OK), -1); /* none is made in its place */
    write_text(path, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0600);
    not_opened(ERR_MALFORMED, "is not the key");
    write_text(path, "00112233445566778899aabbccddeeff\n", 0600);
    not_opened(ERR_MALFORMED, "is no master key");
    assert_int_equal(rename(kept, path), 0);
    assert_int_equal(chmod(path, 0640), 0);
    not_opened(ERR_MALFORMED, "can be read by others");
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
    key_path(kept, sizeof kept, "");
    open_inventory(); /* no credential of that name: the folder's own */
    inventory_close(inv);
    (void)snprintf(kept, sizeof kept, "%s/dialtone.key", dir);
    assert_int_equal(rename(path, kept), 0);
    open_inventory();
    assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

static void the_key_can_change(void **state)
{
    (void)state;
    char path[4200], made[4200];
    struct str secret, password, got;
    struct device_keys k, same;
    int64_t version = 0, account = 0;
    const struct layer_ref ref = {.kind = LAYER_ORGANISATION};
    const struct config_value v = {.name = STR("P"), .value = STR("hidden"), .secret = true};
    int64_t device = add_device("00005e005301", add_person("Anna", ""), "");
    struct account_entry a = {.user = STR("100")};
    GOOD(inventory_account_add(inv, &anna, &a, (struct str){0}, &account, &arena, &secret, &why));
    GOOD(inventory_password_rotate(inv, &anna, device, 0, &arena, &password, &why));
    GOOD(inventory_layer_put(inv, &anna, &ref, -1, &v, 1, &version, &why));
    GOOD(inventory_keys_get(inv, device, &arena, &k, &why));
    for (int round = 0; round < 2; round++) {
        GOOD(inventory_rekey(inv, NULL, &anna, &why));
        again();
        GOOD(inventory_account_secret_get(inv, account, &arena, &got, &why));
        assert_true(str_eq(got, secret));
        GOOD(inventory_password_get(inv, device, &arena, &got, &why));
        assert_true(str_eq(got, password));
        GOOD(inventory_keys_get(inv, device, &arena, &same, &why));
        assert_memory_equal(same.aes, k.aes, sizeof k.aes);
        struct layer l;
        GOOD(inventory_layer_get(inv, &ref, false, &arena, &l, &why));
        assert_true(str_eq(l.value[0].value, STR("hidden")));
    }
    /* As a crash would leave it, between the transaction and the file's new name. */
    key_path(path, sizeof path, "");
    key_path(made, sizeof made, ".new");
    assert_int_equal(rename(path, made), 0);
    write_text(path, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0600);
    again();
    GOOD(inventory_account_secret_get(inv, account, &arena, &got, &why));
    assert_true(str_eq(got, secret));
}

static void nothing_secret_is_in_the_file(void **state)
{
    (void)state;
    char path[4200];
    struct str secret;
    int64_t id = 0;
    struct account_entry a = {.user = STR("100")};
    GOOD(inventory_account_add(inv, &anna, &a, STR("Circle-Of-Life"), &id, &arena, &secret, &why));
    inventory_close(inv);
    inv = NULL;
    (void)snprintf(path, sizeof path, "%s/hub.db", dir);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    static char bytes[1 << 20];
    size_t n = fread(bytes, 1, sizeof bytes, f);
    assert_int_equal(fclose(f), 0);
    assert_int_not_equal(str_find(str_of(bytes, n), STR("account.add")), STR_NPOS);
    assert_int_equal(str_find(str_of(bytes, n), STR("Circle")), STR_NPOS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_passwords_are_valid, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_name_a_device, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_is_good_once, setup, teardown),
        cmocka_unit_test_setup_teardown(windows_close, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_key_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(the_key_can_change, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_secret_is_in_the_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
