/* Digest: reading, form, and the responses of RFC 7616, RFC 2617 and RFC 2069. */
#include "proto/digest/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* Every text that the vectors hash, with its digest: what is tested here is which texts are hashed.
 * The hash functions themselves are the business of io/tls and its test. */
static const struct {
    enum digest_algorithm algorithm;
    struct str text;
    const char *hex;
} hashes[] = {
#define HASH(algorithm, text, hex) {DIGEST_##algorithm, STR_INIT(text), hex},
#include "proto/digest/digest_test.def"
#undef HASH
};

/* Of an unknown text (a wrong password's) some digest that fits nothing. */
static enum err test_digest(enum digest_algorithm algorithm, const struct str *parts, size_t n,
                            uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    char all[1024];
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(len + parts[i].len <= sizeof all);
        memcpy(all + len, parts[i].p, parts[i].len);
        len += parts[i].len;
    }
    *ret_len = digest_hex_len(algorithm) / 2;
    memset(ret_digest, 0xee, DIGEST_MOST);
    for (size_t i = 0; i < COUNT(hashes); i++) {
        if (hashes[i].algorithm == algorithm && str_eq(hashes[i].text, str_of(all, len))) {
            for (size_t b = 0; b < *ret_len; b++) {
                const char *h = hashes[i].hex + 2 * b;
                ret_digest[b] =
                    (uint8_t)((unsigned)ascii_hex(h[0]) << 4 | (unsigned)ascii_hex(h[1]));
            }
        }
    }
    return ERR_OK;
}

static const struct crypto crypto = {.digest = test_digest};

struct vector {
    const char *what;
    const char *credentials; /* with the right response */
    const char *username;    /* where it is not that of the credentials */
    const char *password;
    const char *method;
    const char *body;
};

#define RFC7616                                                                         \
    "realm=\"http-auth@example.org\", uri=\"/dir/index.html\", nc=00000001, qop=auth, " \
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "                          \
    "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", "                         \
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", "
#define BROADWORKS                                                                   \
    "username=\"alice\",realm=\"BroadWorks\",nonce=\"BroadWorksXloyw3v6cT0abcdBW\"," \
    "uri=\"sip:example.com\","

static const struct vector vectors[] = {
    {"RFC 7616 3.9.1 MD5",
     "Digest username=\"Mufasa\", algorithm=MD5, " RFC7616
     "response=\"8ca523f5e9506fed4657c9700eebdbec\"",
     NULL, "Circle of Life", "GET", ""},
    {"RFC 7616 3.9.1 SHA-256",
     "Digest username=\"Mufasa\", algorithm=SHA-256, " RFC7616
     "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"",
     NULL, "Circle of Life", "GET", ""},
    {"RFC 7616 3.9.2 with erratum 4897",
     "Digest username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\", "
     "realm=\"api@example.org\", uri=\"/doe.json\", algorithm=SHA-512-256, nc=00000001, "
     "nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", qop=auth, userhash=true, "
     "cnonce=\"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v\", "
     "opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", "
     "response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\"",
     "J\xc3\xa4s\xc3\xb8n Doe", "Secret, or not?", "GET", ""},
    {"RFC 2617 3.5",
     "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", "
     "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, "
     "nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", "
     "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
     NULL, "Circle Of Life", "GET", ""},
    /* From here on our own, computed apart (digest_test.def). */
    {"RFC 2069 form", "Digest " BROADWORKS "response=\"492064318e65eabfc41f0c217e9de28d\"", NULL,
     "wonderland", "REGISTER", ""},
    {"capital letters in the response",
     "DIGEST " BROADWORKS "response=\"492064318E65EABFC41F0C217E9DE28D\"", NULL, "wonderland",
     "REGISTER", ""},
    {"MD5-sess",
     "Digest " BROADWORKS "algorithm=MD5-sess,qop=auth,nc=00000002,cnonce=\"3be0915c\","
     "response=\"55ff9f17c03bfa6ce7cf0d9267a66d29\"",
     NULL, "wonderland", "REGISTER", ""},
    {"SHA-256-sess, auth-int",
     "Digest " BROADWORKS "algorithm=SHA-256-sess,qop=\"auth-int\",nc=0000000a,cnonce=\"3be0915c\","
     "response=\"e2a2bf23150aaa113e8d30573cf098a62b22b3e9bd8265067eedfd1efd5aed4a\"",
     NULL, "wonderland", "NOTIFY", "<body/>\r\n"},
};

static enum digest_verdict verify(const struct vector *v, const char *password)
{
    struct digest d;
    struct err_at at;
    enum digest_algorithm algorithm = DIGEST_MD5;
    enum digest_verdict verdict;
    bool sess;
    char ha1[DIGEST_HEX];
    size_t len;
    assert_int_equal(digest_read(str_z(v->credentials), &d, &at), ERR_OK);
    assert_string_equal(digest_form_name(digest_check_form(&d, NULL)), "ok");
    if (d.algorithm.p != NULL) {
        assert_true(digest_algorithm_read(d.algorithm, &algorithm, &sess));
    }
    struct str username = v->username ? str_z(v->username) : d.username;
    assert_int_equal(digest_ha1(&crypto, algorithm, username, d.realm, str_z(password), ha1, &len),
                     ERR_OK);
    static struct digest_a2 before; /* of the vector before, and then of this one */
    enum digest_verdict again;
    struct str key = str_of(ha1, len);
    assert_int_equal(
        digest_verify(&crypto, &d, key, str_z(v->method), str_z(v->body), NULL, &verdict), ERR_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            digest_verify(&crypto, &d, key, str_z(v->method), str_z(v->body), &before, &again),
            ERR_OK);
        assert_int_equal(again, verdict);
    }
    return verdict;
}

static void vectors_verify(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        if (verify(&vectors[i], vectors[i].password) != DIGEST_RIGHT) {
            fail_msg("%s: the right password is wrong", vectors[i].what);
        }
        if (verify(&vectors[i], "another") != DIGEST_WRONG) {
            fail_msg("%s: a wrong password is right", vectors[i].what);
        }
    }
}

static void userhash_of_rfc7616(void **state)
{
    (void)state;
    char hex[DIGEST_HEX];
    size_t len;
    assert_int_equal(digest_userhash(&crypto, DIGEST_SHA512_256, STR("J\xc3\xa4s\xc3\xb8n Doe"),
                                     STR("api@example.org"), hex, &len),
                     ERR_OK);
    assert_true(str_eq(str_of(hex, len),
                       STR("793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b")));
}

static void refuses_to_compute(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Digest " BROADWORKS "algorithm=AKAv1-MD5,response=\"00\"",
        "Digest " BROADWORKS "qop=\"auth,auth-int\",response=\"00\"",
        "Digest " BROADWORKS "algorithm=SHA-256,response=\"00\"", /* HA1 is as long as MD5's */
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct digest d;
        struct err_at at;
        char hex[DIGEST_HEX];
        size_t len;
        assert_int_equal(digest_read(str_z(texts[i]), &d, &at), ERR_OK);
        assert_int_equal(digest_response(&crypto, &d, STR("0123456789abcdef0123456789abcdef"),
                                         STR("REGISTER"), STR(""), hex, &len),
                         ERR_MALFORMED);
    }
}

static void several_challenges(void **state)
{
    (void)state;
    struct str rest = STR("DIGEST realm=\"BroadWorks\",qop=\"auth\",nonce=\"n1\",algorithm=MD5 , "
                          "Bearer authz_server=\"https://example.com/\", scope=\"sip\", "
                          "Negotiate YWJj==, Digest realm=\"two\", nonce=\"n\\\"2\",\r\n"
                          " qop=\"auth, auth-int,x\", stale=TRUE, opaque=\"\"");
    struct digest d;
    struct err_at at;
    assert_int_equal(digest_next(&rest, &d, &at), ERR_OK);
    assert_true(d.digest && str_eq(d.realm, STR("BroadWorks")) && str_eq(d.nonce, STR("n1")));
    assert_int_equal(d.qop_set, DIGEST_QOP_AUTH);
    assert_null(d.opaque.p);
    assert_int_equal(digest_next(&rest, &d, &at), ERR_OK);
    assert_true(!d.digest && str_eq(d.scheme, STR("Bearer")) && d.realm.p == NULL);
    assert_int_equal(digest_next(&rest, &d, &at), ERR_OK);
    assert_true(!d.digest && str_eq(d.scheme, STR("Negotiate")));
    assert_int_equal(digest_next(&rest, &d, &at), ERR_OK);
    assert_int_equal(d.qop_set, DIGEST_QOP_AUTH | DIGEST_QOP_AUTH_INT | DIGEST_QOP_OTHER);
    assert_true(str_eq(d.nonce, STR("n\\\"2")) && str_ieq(d.stale, STR("true")));
    assert_true(d.opaque.p != NULL && d.opaque.len == 0);
    char out[8];
    assert_true(str_eq(digest_unquote(d.nonce, out), STR("n\"2")));
    assert_int_equal(digest_next(&rest, &d, &at), ERR_END);
}

static void malformed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        {"", 0},
        {"=", 0},
        {"Digest", 6},
        {"Digest/x realm=\"a\"", 6},
        {"Digest realm=\"a", 15},
        {"Digest realm=", 13},
        {"Digest realm=\"a\" nonce=\"b\"", 17},
        {"Digest realm=\"a\", realm=\"b\"", 18},
        {"Digest realm=\"a\", Basic realm=\"b\"", 18},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct digest d;
        struct err_at at = {99, NULL, NULL};
        if (digest_read(str_z(cases[i].text), &d, &at) != ERR_MALFORMED ||
            at.offset != cases[i].offset || at.what == NULL) {
            fail_msg("%s: offset %zu", cases[i].text, at.offset);
        }
    }
}

static void cut_credentials(void **state)
{
    (void)state;
    static const char whole[] =
        "Digest " BROADWORKS "qop=auth response=\"0123456789abcdef0123456789abcdef\"";
    struct digest d;
    for (size_t n = 0; n < sizeof whole; n++) {
        assert_int_equal(digest_read_cut(str_of(whole, n), &d), n > 0);
    }
    assert_true(digest_read_cut(STR("Digest " BROADWORKS "response=\"0123"), &d));
    assert_true(str_eq(d.username, STR("alice")) && str_eq(d.response, STR("0123")));
    assert_true(digest_read_cut(str_of(whole, sizeof whole - 1), &d));
    assert_int_equal(d.response.len, 32);
    assert_int_equal(d.qop_set, DIGEST_QOP_AUTH);
}

static const char challenge_text[] =
    "Digest realm=\"BroadWorks\",qop=\"auth\",nonce=\"n1\",opaque=\"o\",algorithm=MD5";

/* What stands behind "Digest username=\"u\",realm=\"BroadWorks\",nonce=\"n1\",uri=\"sip:x\",", or
 * the whole. */
static const struct {
    const char *text;
    const char *form;
} forms[] = {
    {"opaque=\"o\",response=\"0123456789abcdef0123456789abcdef\"", "ok"},
    {"opaque=\"o\",qop=auth,nc=00000001,cnonce=\"c\","
     "response=\"0123456789abcdef0123456789ABCDEF\"",
     "ok"},
    {"opaque=\"o\",response=\"XXXXXXXX\"", "ok"},
    {"response=\"0123456789abcdef0123456789abcdef\"", "opaque-differs"},
    {"opaque=\"o\",response=\"0123456789abcdef\"", "response-length"},
    {"opaque=\"o\",response=\"0123456789abcdef0123456789abcdeg\"", "response-not-hex"},
    {"opaque=\"o\"", "response-missing"},
    {"opaque=\"o\",algorithm=SHA1,response=\"01\"", "algorithm-unknown"},
    {"opaque=\"o\",algorithm=SHA-256,response="
     "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
     "algorithm-differs"},
    {"qop=auth,response=\"0123456789abcdef0123456789abcdef\"", "cnonce-missing"},
    {"qop=auth,cnonce=\"c\",response=\"0123456789abcdef0123456789abcdef\"", "nc-missing"},
    {"qop=auth,cnonce=\"c\",nc=1,response=\"0123456789abcdef0123456789abcdef\"", "nc-form"},
    {"qop=auth,cnonce=\"c\",nc=0000000g,response=\"0123456789abcdef0123456789abcdef\"", "nc-form"},
    {"nc=00000001,response=\"0123456789abcdef0123456789abcdef\"", "qop-missing"},
    {"qop=token,cnonce=\"c\",nc=00000001,response=\"0123456789abcdef0123456789abcdef\"",
     "qop-unknown"},
    {"opaque=\"o\",qop=auth-int,cnonce=\"c\",nc=00000001,"
     "response=\"0123456789abcdef0123456789abcdef\"",
     "qop-not-offered"},
    {"algorithm=MD5-sess,response=\"0123456789abcdef0123456789abcdef\"", "cnonce-missing"},
    {"Basic dTpw", "not-digest"},
    {"Digest realm=\"r\"", "username-missing"},
    {"Digest username=\"u\"", "realm-missing"},
    {"Digest username*=UTF-8''u,realm=\"r\"", "nonce-missing"},
    {"Digest username=\"u\",realm=\"r\",nonce=\"n\"", "uri-missing"},
    {"Digest username=\"u\",realm=\"r\",nonce=\"n1\",uri=\"x\","
     "response=\"0123456789abcdef0123456789abcdef\"",
     "realm-differs"},
    {"Digest username=\"u\",realm=\"BroadWorks\",nonce=\"n2\",uri=\"x\","
     "response=\"0123456789abcdef0123456789abcdef\"",
     "nonce-differs"},
    {"Digest username=\"u\",realm=\"XXXXX\",nonce=\"<NONCE>\",uri=\"x\",opaque=\"o\","
     "response=\"0123456789abcdef0123456789abcdef\"",
     "ok"},
};

static void form_is_judged(void **state)
{
    (void)state;
    struct digest challenge;
    struct err_at at;
    assert_int_equal(digest_read(str_z(challenge_text), &challenge, &at), ERR_OK);
    for (size_t i = 0; i < COUNT(forms); i++) {
        char text[512];
        struct digest d;
        bool whole = str_starts(str_z(forms[i].text), STR("Digest")) ||
                     str_starts(str_z(forms[i].text), STR("Basic"));
        snprintf(text, sizeof text, "%s%s",
                 whole ? ""
                       : "Digest username=\"u\",realm=\"BroadWorks\",nonce=\"n1\",uri=\"sip:x\",",
                 forms[i].text);
        assert_int_equal(digest_read(str_z(text), &d, &at), ERR_OK);
        assert_string_equal(digest_form_name(digest_check_form(&d, &challenge)), forms[i].form);
    }
    for (int f = 0; f < DIGEST_FORM_N; f++) {
        assert_true(strlen(digest_form_name((enum digest_form)f)) > 0);
        assert_true(strlen(digest_form_text((enum digest_form)f)) > 0);
    }
}

/* RFC 7616 3.9.1, and what must not be written. */
static void answers_a_challenge(void **state)
{
    static const char text[] =
        "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
        "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe\"";
    struct digest challenge, answer;
    struct err_at at;
    struct digest_answer a = {.username = STR("Mufasa"),
                              .password = STR("Circle of Life"),
                              .method = STR("GET"),
                              .uri = STR("/dir/index.html"),
                              .cnonce = STR("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"),
                              .count = 1};
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    (void)state;
    assert_int_equal(digest_read(str_z(text), &challenge, &at), ERR_OK);
    assert_true(digest_answerable(&challenge));
    assert_int_equal(digest_answer_write(&crypto, &challenge, &a, &s), ERR_OK);
    assert_int_equal(digest_read(buf_str(&b), &answer, &at), ERR_OK);
    assert_int_equal(digest_check_form(&answer, &challenge), DIGEST_FORM_OK);
    assert_true(str_eq(answer.response,
                       STR("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")));
    buf_clear(&b);
    a.username = STR("Mufasa\", realm=\"x");
    assert_int_equal(digest_answer_write(&crypto, &challenge, &a, &s), ERR_MALFORMED);
    a.username = STR("Mufasa\r\n");
    assert_int_equal(digest_answer_write(&crypto, &challenge, &a, &s), ERR_MALFORMED);
    a.username = STR("Mufasa");
    challenge.algorithm = STR("SHA-1");
    assert_false(digest_answerable(&challenge));
    assert_int_equal(digest_answer_write(&crypto, &challenge, &a, &s), ERR_MALFORMED);
    assert_int_equal(b.len, 0);
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_verify),     cmocka_unit_test(userhash_of_rfc7616),
        cmocka_unit_test(refuses_to_compute), cmocka_unit_test(several_challenges),
        cmocka_unit_test(malformed),          cmocka_unit_test(cut_credentials),
        cmocka_unit_test(form_is_judged),     cmocka_unit_test(answers_a_challenge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
