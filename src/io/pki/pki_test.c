/* A lab's certificates: made, kept, loaded, and what is refused. That they verify is shown by
 * test/e2e/70-ca with OpenSSL's own program. */
#include "io/pki/pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const usec_t now = 1767225600 * USEC_S;
static char why[PKI_WHY];

static struct pki_pair *pair(enum pki_role role, enum pki_key key, const struct pki_pair *issuer)
{
    static const struct pki_name names[] = {{PKI_DNS, "sip.example.com"},
                                            {PKI_IP, "192.0.2.1"},
                                            {PKI_IP, "2001:db8::1"},
                                            {PKI_URI, "sip:example.com"}};
    struct pki_request r = {.role = role,
                            .key = key,
                            .subject = {{"CN", "x, CN=y"}},
                            .n_subject = 1,
                            .name = names,
                            .n_names = role == PKI_SERVER ? 4 : 0,
                            .from = now,
                            .until = now + USEC_DAY};
    struct pki_pair *p = NULL;
    assert_int_equal(pki_make(&r, issuer, &p, why), ERR_OK);
    return p;
}

static void save(const struct pki_pair *p, const char *cert, const char *key)
{
    struct buf b = {0};
    struct sink s = buf_sink(&b);
    FILE *out = fopen(cert, "w");
    assert_int_equal(pki_write_cert(p, &s), ERR_OK);
    fwrite(b.p, 1, b.len, out);
    fclose(out);
    buf_reset(&b);
    assert_int_equal(pki_write_key(p, &s), ERR_OK);
    out = fopen(key, "w");
    fwrite(b.p, 1, b.len, out);
    fclose(out);
    buf_clear(&b);
}

static enum err count(void *ctx, struct str der)
{
    assert_true(der.len > 100);
    ++*(int *)ctx;
    return ERR_OK;
}

static void made_kept_loaded(void **state)
{
    (void)state;
    struct pki_pair *ca = pair(PKI_CA, PKI_P256, NULL);
    struct pki_pair *server = pair(PKI_SERVER, PKI_RSA_2048, ca);
    struct pki_pair *phone = pair(PKI_CLIENT, PKI_P256, ca);
    save(ca, "ca.crt", "ca.key");
    save(server, "server.crt", "server.key");
    save(phone, "phone.crt", "phone.key");
    struct pki_pair *again = NULL;
    assert_int_equal(pki_load_ca("ca.crt", "ca.key", &again, why), ERR_OK);
    struct pki_pair *other = pair(PKI_SERVER, PKI_P256, again);
    int n = 0;
    assert_int_equal(pki_each("server.crt", count, &n, why), ERR_OK);
    assert_int_equal(n, 1);
    static const struct {
        const char *cert, *key, *why;
    } rows[] = {
        {"none.crt", "ca.key", "none.crt: No such file or directory"},
        {"ca.crt", "none.key", "none.key: No such file or directory"},
        {"ca.key", "ca.key", "ca.key: no start line"},
        {"ca.crt", "server.key", "server.key: key type mismatch"},
        {"ca.crt", "phone.key", "phone.key: key values mismatch"},
        {"server.crt", "server.key", "server.crt: may not issue certificates"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pki_pair *p = NULL;
        assert_int_equal(pki_load_ca(rows[i].cert, rows[i].key, &p, why), ERR_IO);
        assert_string_equal(why, rows[i].why);
    }
    assert_int_equal(pki_each("ca.key", count, &n, why), ERR_MISSING);
    assert_int_equal(pki_each("none", count, &n, why), ERR_IO);
    pki_free(other);
    pki_free(again);
    pki_free(phone);
    pki_free(server);
    pki_free(ca);
    pki_free(NULL);
}

static void what_openssl_refuses(void **state)
{
    (void)state;
    static const struct pki_name bad_ip = {PKI_IP, "192.0.2.256"};
    static char long_value[100];
    memset(long_value, 'x', sizeof long_value - 1);
    struct pki_request r = {.role = PKI_SERVER,
                            .subject = {{"CN", "x"}},
                            .n_subject = 1,
                            .name = &bad_ip,
                            .n_names = 1,
                            .from = now,
                            .until = now + USEC_DAY};
    struct pki_pair *p = NULL;
    assert_int_equal(pki_make(&r, NULL, &p, why), ERR_IO);
    assert_string_equal(why, "names: bad ip address");
    r.n_names = 0;
    r.subject[0].value = long_value;
    assert_int_equal(pki_make(&r, NULL, &p, why), ERR_IO);
    assert_string_equal(why, "subject: string too long");
    r.subject[0] = (struct pki_attribute){"NOSUCH", "x"};
    assert_int_equal(pki_make(&r, NULL, &p, why), ERR_IO);
}

static int folder(void **state)
{
    (void)state;
    static char root[256];
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(root, sizeof root, "%.200s/pki_test.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(root) && chdir(root) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_kept_loaded),
        cmocka_unit_test(what_openssl_refuses),
    };
    return cmocka_run_group_tests(tests, folder, NULL);
}
