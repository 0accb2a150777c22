/* What a registrar must do before a phone registers (RFC 3261 10.3, 22; RFC 7616; RFC 8760). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/edge/edge_fixture.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct fix f;

static int open_edge(void **state)
{
    struct edge_cfg cfg;
    (void)state;
    fix_cfg(&cfg);
    fix_open(&f, &cfg);
    return 0;
}

static int close_edge(void **state)
{
    (void)state;
    fix_close(&f);
    return 0;
}

static const struct fix_register usual;

/* Row 5: each step with a request that would fail at all later ones too. */
static void test_order_of_checks(void **state)
{
    static const struct {
        struct fix_register r;
        bool login;
        unsigned status;
    } rows[] = {
        {{.uri = "sip:example.org", .fields = "Require: path\r\n"}, false, 404},
        {{.uri = "tel:+15550100", .fields = "Require: path\r\n"}, false, 416},
        {{.fields = "Require: path\r\n", .user = "nobody"}, false, 420},
        {{.user = "nobody", .contact = "Contact: *\r\n"}, false, 401},
        {{.contact = "Contact: *\r\n"}, true, 400},
        {{.contact = "Contact: *\r\nExpires: 0\r\n"}, true, 200},
        {{.contact = "Contact: <sip:a@192.0.2.10>;expires=5\r\n"}, true, 423},
        {{.contact = "Contact: <mailto:a@example.com>\r\n"}, false, 400},
        {{.contact = "Contact: <sip:a@192.0.2.10>;q=7\r\n"}, false, 400},
        {{.contact = NULL}, true, 200},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned status = rows[i].login ? fix_login(&f, &rows[i].r) : fix_ask(&f, &rows[i].r);
        assert_int_equal(status, rows[i].status);
    }
    fix_ask(&f, &rows[2].r);
    assert_true(str_eq(fix_value(&f, SIP_UNSUPPORTED), STR("path")));
}

/* Row 6. */
static void test_all_bindings(void **state)
{
    struct fix_register other = {.contact = "Contact: <sip:1001@192.0.2.11>;expires=600\r\n",
                                 .call_id = "c2"};
    (void)state;
    assert_int_equal(fix_login(&f, &usual), 200);
    assert_int_equal(fix_fields(&f, SIP_CONTACT), 1);
    assert_true(str_ends(fix_value(&f, SIP_CONTACT), STR(";expires=3600")));
    assert_true(str_eq(fix_value(&f, SIP_DATE), STR("Tue, 14 Nov 2023 22:13:20 GMT")));
    fix_wait(&f, 10 * USEC_S);
    assert_int_equal(fix_login(&f, &other), 200);
    assert_int_equal(fix_fields(&f, SIP_CONTACT), 2);
    assert_true(str_find(f.sent[0].bytes, STR("10:5060>;expires=3590")) != STR_NPOS);
    assert_true(str_find(f.sent[0].bytes, STR("11>;expires=600")) != STR_NPOS);
    assert_true(fix_told(&f, "edge.registered state=new user=1001"));
    assert_int_equal(f.n_stored, 1);
}

/* Row 7. */
static void test_lifetime(void **state)
{
    static const struct {
        const char *contact;
        const char *fields;
        const char *granted; /* NULL: removed */
    } rows[] = {
        {"Contact: <sip:a@192.0.2.10>;expires=100\r\n", "Expires: 200\r\n", ";expires=100"},
        {"Contact: <sip:a@192.0.2.10>\r\n", "Expires: 200\r\n", ";expires=200"},
        {"Contact: <sip:a@192.0.2.10>\r\n", "", ";expires=3600"},
        {"Contact: <sip:a@192.0.2.10>;expires=4294967295\r\n", "", ";expires=3600"},
        {"Contact: <sip:a@192.0.2.10>;expires=soon\r\n", "Expires: 200\r\n", ";expires=3600"},
        {"Contact: <sip:a@192.0.2.10>;expires=0\r\n", "Expires: 200\r\n", NULL},
    };
    struct fix_register r = usual;
    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        r.contact = rows[i].contact;
        r.fields = rows[i].fields;
        r.cseq = 10 * i + 1;
        assert_int_equal(fix_login(&f, &r), 200);
        struct str contact = fix_value(&f, SIP_CONTACT);
        assert_true(rows[i].granted ? str_ends(contact, str_z(rows[i].granted)) : !contact.p);
    }
    assert_int_equal(edge_bindings(f.e), 0);
    assert_true(fix_told(&f, "edge.ended state=unregistered user=1001"));
}

/* Row 8. */
static void test_interval_too_brief(void **state)
{
    struct fix_register r = {.contact = "Contact: <sip:a@192.0.2.10>;expires=59\r\n"};
    (void)state;
    assert_int_equal(fix_login(&f, &r), 423);
    assert_true(str_eq(fix_value(&f, SIP_MIN_EXPIRES), STR("60")));
    r.contact = "Contact: <sip:a@192.0.2.10>;expires=60\r\n";
    r.cseq = 10;
    assert_int_equal(fix_login(&f, &r), 200);
    /* A minimum over an hour may shorten nobody who asks for an hour. */
    struct edge_cfg cfg;
    fix_cfg(&cfg);
    cfg.expires_least = cfg.expires_most = 7200;
    fix_close(&f);
    fix_open(&f, &cfg);
    r.contact = "Contact: <sip:a@192.0.2.10>;expires=3600\r\n";
    assert_int_equal(fix_login(&f, &r), 200);
    r.contact = "Contact: <sip:a@192.0.2.10>;expires=3599\r\n";
    r.cseq = 10;
    assert_int_equal(fix_login(&f, &r), 423);
}

/* Row 9. */
static void test_fetch_and_star(void **state)
{
    struct fix_register fetch = {.contact = "", .cseq = 20};
    struct fix_register star = {.contact = "Contact: *\r\nExpires: 0\r\n", .cseq = 30};
    struct fix_register both = {.contact = "Contact: *, <sip:a@192.0.2.10>\r\nExpires: 0\r\n",
                                .cseq = 40};
    struct fix_register late = {.contact = "Contact: *\r\nExpires: 10\r\n", .cseq = 50};
    (void)state;
    assert_int_equal(fix_login(&f, &usual), 200);
    assert_int_equal(fix_login(&f, &fetch), 200);
    assert_int_equal(fix_fields(&f, SIP_CONTACT), 1);
    assert_int_equal(f.n_stored, 0);
    assert_int_equal(fix_login(&f, &both), 400);
    assert_int_equal(fix_login(&f, &late), 400);
    assert_int_equal(edge_bindings(f.e), 1);
    assert_int_equal(fix_login(&f, &star), 200);
    assert_int_equal(edge_bindings(f.e), 0);
    assert_int_equal(fix_fields(&f, SIP_CONTACT), 0);
    assert_int_equal(f.n_stored, 1);
}

/* Row 10, with correction 13. */
static void test_cseq(void **state)
{
    struct fix_register r = {.cseq = 10};
    struct fix_register two = {.contact = "Contact: <sip:1001@192.0.2.10:5060>\r\n"
                                          "Contact: <sip:1001@192.0.2.12>\r\n",
                               .cseq = 10};
    (void)state;
    assert_int_equal(fix_login(&f, &r), 200);
    assert_int_equal(fix_login(&f, &r), 500); /* the same again, with a new branch */
    r.cseq = 5;
    assert_int_equal(fix_login(&f, &r), 500);
    assert_int_equal(fix_login(&f, &two), 500);
    assert_int_equal(edge_bindings(f.e), 1); /* all or nothing */
    r.call_id = "c9";
    assert_int_equal(fix_login(&f, &r), 200);
    /* It restarted and lost count, and comes from another port. */
    r.cseq = 1;
    f.from.flow.peer.port = 5070;
    assert_int_equal(fix_login(&f, &r), 200);
    assert_int_equal(edge_bindings(f.e), 1);
}

/* Row 11. */
static void test_uri_comparison(void **state)
{
    static const char *const same[] = {
        "Contact: <sip:%31001@PHONE.example.com;transport=tcp>\r\n",
        "Contact: <sip:1001@phone.EXAMPLE.com;Transport=TCP>\r\n",
        "Contact: \"x\" <sip:1001@phone.example.com;transport=tcp;other=1>\r\n"};
    static const char *const other[] = {"Contact: <sip:1001@phone.example.com>\r\n",
                                        "Contact: <sip:1001@phone.example.com:5060>\r\n",
                                        "Contact: <sips:1001@phone.example.com>\r\n"};
    struct fix_register r = usual;
    (void)state;
    for (unsigned i = 0; i < COUNT(same); i++) {
        r.contact = same[i];
        r.cseq = 10 * i + 1;
        assert_int_equal(fix_login(&f, &r), 200);
        assert_int_equal(edge_bindings(f.e), 1);
    }
    for (unsigned i = 0; i < COUNT(other); i++) {
        r.contact = other[i];
        r.cseq = 10 * i + 101;
        assert_int_equal(fix_login(&f, &r), 200);
        assert_int_equal(edge_bindings(f.e), 2 + i);
    }
}

/* Row 14. */
static void test_challenge(void **state)
{
    struct digest d;
    struct err_at at;
    (void)state;
    assert_int_equal(fix_ask(&f, &usual), 401);
    assert_int_equal(fix_fields(&f, SIP_WWW_AUTHENTICATE), 1);
    assert_int_equal(digest_read(fix_value(&f, SIP_WWW_AUTHENTICATE), &d, &at), ERR_OK);
    assert_true(str_eq(d.realm, STR("example.com")) && str_eq(d.algorithm, STR("MD5")));
    assert_true(d.qop_set == DIGEST_QOP_AUTH && !d.stale.p);
    assert_int_equal(f.n_told, 0); /* a challenge is nothing to tell of */
}

/* A REGISTER whose credentials are changed in some way between the making and the sending. */
static unsigned login_with(const char *from, const char *to)
{
    char text[4096];
    char credentials[1024];
    char changed[1024];
    assert_int_equal(fix_ask(&f, &usual), 401);
    assert_true(fix_answer(&f, &usual, "REGISTER", 1, credentials, sizeof credentials));
    char *at = strstr(credentials, from);
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - credentials), credentials, to,
             at + strlen(from));
    fix_say(&f, fix_write(&f, &usual, changed, text, sizeof text));
    return fix_status(&f);
}

/* Row 15: what is wrong, and how it is said. */
static void test_credentials(void **state)
{
    (void)state;
    assert_int_equal(login_with("\"1001\"", "\"1002\""), 401);
    assert_int_equal(login_with("realm=\"example.com\"", "realm=\"example.org\""), 401);
    assert_int_equal(login_with("nc=00000001", "nc=1"), 400);
    assert_int_equal(login_with("cnonce=", "other="), 400);
    assert_int_equal(login_with("qop=auth", "qop=\"auth\""), 200);
    assert_int_equal(login_with("algorithm=MD5", "algorithm=FOO"), 401);
    assert_int_equal(login_with("Digest username", "Basic username"), 401);
    assert_int_equal(login_with("uri=\"sip:example.com\"", "uri=\"sip:example.org\""), 401);
}

/* A digest made for another Request-URI is right, and yet not for this request. */
static void test_digest_uri(void **state)
{
    char text[4096];
    char credentials[1024];
    struct fix_register other = {.uri = "sip:EXAMPLE.com"};
    (void)state;
    assert_int_equal(fix_ask(&f, &usual), 401);
    fix_answer(&f, &other, "REGISTER", 1, credentials, sizeof credentials);
    fix_say(&f, fix_write(&f, &usual, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 200); /* the same URI, spelled otherwise */
    other.uri = "sip:192.0.2.1:5060";
    fix_ask(&f, &usual);
    fix_answer(&f, &other, "REGISTER", 1, credentials, sizeof credentials);
    fix_say(&f, fix_write(&f, &usual, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f),
                     500); /* right: another name of this registrar; the CSeq is old */
    other.uri = "sip:example.org";
    fix_ask(&f, &usual);
    fix_answer(&f, &other, "REGISTER", 1, credentials, sizeof credentials);
    fix_say(&f, fix_write(&f, &usual, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 400);
    assert_true(str_find(f.sent[0].bytes, STR("uri is not the Request-URI")) != STR_NPOS);
}

/* Credentials computed from any digest: algorithms, -sess, the form of RFC 2069, auth-int. */
static unsigned login_as(const char *algorithm, const char *qop, const char *body)
{
    char text[4096];
    char hex[DIGEST_HEX];
    char ha1[DIGEST_HEX];
    size_t len = 0;
    size_t ha1_len = 0;
    struct digest d;
    struct err_at at;
    enum digest_algorithm a = DIGEST_MD5;
    bool sess = false;
    assert_int_equal(fix_ask(&f, &usual), 401);
    assert_int_equal(digest_read(fix_value(&f, SIP_WWW_AUTHENTICATE), &d, &at), ERR_OK);
    assert_true(digest_algorithm_read(str_z(algorithm), &a, &sess));
    struct digest c = {.digest = true,
                       .username = STR("1001"),
                       .realm = d.realm,
                       .nonce = d.nonce,
                       .uri = STR("sip:example.com"),
                       .algorithm = str_z(algorithm),
                       .cnonce = STR("n1")};
    if (qop) {
        c.qop = str_z(qop);
        c.qop_set = strcmp(qop, "auth") == 0 ? DIGEST_QOP_AUTH : DIGEST_QOP_AUTH_INT;
        c.nc = STR("00000001");
    }
    assert_int_equal(digest_ha1(&fix_crypto, a, c.username, c.realm, STR("secret1"), ha1, &ha1_len),
                     ERR_OK);
    assert_int_equal(digest_response(&fix_crypto, &c, str_of(ha1, ha1_len), STR("REGISTER"),
                                     str_z(body), hex, &len),
                     ERR_OK);
    f.branch++;
    int n = snprintf(
        text, sizeof text,
        "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK%u\r\n"
        "From: <sip:1001@example.com>;tag=1\r\nTo: <sip:1001@example.com>\r\nCall-ID: %u\r\n"
        "CSeq: 1 REGISTER\r\nContact: <sip:1001@192.0.2.10>\r\n"
        "Authorization: Digest username=\"1001\", realm=\"%.*s\", nonce=\"%.*s\", "
        "uri=\"sip:example.com\", algorithm=%s, response=\"%.*s\", cnonce=\"n1\"%s%s%s\r\n"
        "Content-Type: text/plain\r\nContent-Disposition: render;handling=optional\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        f.branch, f.branch, STR_ARG(d.realm), STR_ARG(d.nonce), algorithm, (int)len, hex,
        qop ? ", qop=" : "", qop ? qop : "", qop ? ", nc=00000001" : "", strlen(body), body);
    fix_say(&f, str_of(text, (size_t)n));
    return fix_status(&f);
}

static void test_algorithms(void **state)
{
    static const char *const names[] = {"MD5",      "SHA-256",      "SHA-512-256",
                                        "MD5-sess", "SHA-256-sess", "SHA-512-256-sess",
                                        "md5",      "sha-256"};
    (void)state;
    assert_int_equal(fix_account(&f, "1001", "secret1", 7), ERR_OK);
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(login_as(names[i], "auth", ""), 200);
        assert_int_equal(login_as(names[i], "auth-int", "hello"), 200);
        if (!strstr(names[i], "sess")) {
            assert_int_equal(login_as(names[i], NULL, ""), 200);
        }
    }
}

/* Row 16. */
static void test_nonces(void **state)
{
    char text[4096];
    char credentials[1024];
    struct fix_register r = {.cseq = 2};
    struct endpoint elsewhere = fix_phone;
    (void)state;
    assert_int_equal(fix_ask(&f, &usual), 401);
    fix_answer(&f, &usual, "REGISTER", 1, credentials, sizeof credentials);
    fix_say(&f, fix_write(&f, &r, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 200);
    /* Stolen and used elsewhere. */
    elsewhere.ip.b[3] = 66;
    f.from.flow.peer = elsewhere;
    fix_say(&f, str_z(text));
    assert_int_equal(fix_status(&f), 401);
    assert_true(str_find(fix_value(&f, SIP_WWW_AUTHENTICATE), STR("stale=true")) != STR_NPOS);
    assert_int_equal(edge_bindings(f.e), 1);
    /* The same nonce with the next nc is good, once. */
    f.from.flow.peer = fix_phone;
    r.cseq = 3;
    assert_int_equal(fix_ask(&f, &usual), 401);
    fix_answer(&f, &usual, "REGISTER", 7, credentials, sizeof credentials);
    fix_say(&f, fix_write(&f, &r, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 200);
    r.cseq = 4;
    fix_say(&f, fix_write(&f, &r, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 401);
    /* So many others were made since that only its HMAC can tell. */
    assert_int_equal(fix_ask(&f, &usual), 401);
    fix_answer(&f, &usual, "REGISTER", 1, credentials, sizeof credentials);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(fix_ask(&f, &usual), 401);
    }
    r.cseq = 5;
    fix_say(&f, fix_write(&f, &r, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 200);
    /* Too old. */
    assert_int_equal(fix_ask(&f, &usual), 401);
    fix_answer(&f, &usual, "REGISTER", 1, credentials, sizeof credentials);
    f.now += 31 * USEC_S;
    fix_say(&f, fix_write(&f, &r, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 401);
    assert_true(str_find(fix_value(&f, SIP_WWW_AUTHENTICATE), STR("stale=true")) != STR_NPOS);
    /* A wrong password is not stale. */
    struct fix_register bad = {.bad = true, .cseq = 50};
    assert_int_equal(fix_login(&f, &bad), 401);
    assert_true(str_find(fix_value(&f, SIP_WWW_AUTHENTICATE), STR("stale")) == STR_NPOS);
    assert_true(fix_told(&f, "edge.refused status=401"));
}

/* Row 29: a nonce of another node is good here, once; of a node with another key it is stale. */
static void test_nonce_of_another_node(void **state)
{
    char text[4096];
    char credentials[1024];
    static struct fix other;
    struct edge_cfg cfg;
    struct fix_register r = {.cseq = 5};
    (void)state;
    fix_cfg(&cfg);
    cfg.node = 1;
    fix_open(&other, &cfg);
    assert_int_equal(fix_ask(&other, &usual), 401);
    fix_answer(&other, &usual, "REGISTER", 1, credentials, sizeof credentials);
    fix_say(&f, fix_write(&f, &usual, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 200);
    fix_say(&f, fix_write(&f, &r, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 401);
    fix_close(&other);
    cfg.nonce_key[0] ^= 1;
    fix_open(&other, &cfg);
    assert_int_equal(fix_ask(&other, &usual), 401);
    fix_answer(&other, &usual, "REGISTER", 1, credentials, sizeof credentials);
    fix_say(&f, fix_write(&f, &r, credentials, text, sizeof text));
    assert_int_equal(fix_status(&f), 401);
    assert_true(str_find(fix_value(&f, SIP_WWW_AUTHENTICATE), STR("stale=true")) != STR_NPOS);
    fix_close(&other);
}

/* Row 17. */
static void test_two_algorithms(void **state)
{
    struct fix_register r = {.user = "1003", .password = "secret3"};
    (void)state;
    assert_int_equal(fix_account(&f, "1003", "secret3", 3), ERR_OK);
    assert_int_equal(fix_ask(&f, &r), 401);
    assert_int_equal(fix_fields(&f, SIP_WWW_AUTHENTICATE), 2);
    assert_true(str_ends(fix_value(&f, SIP_WWW_AUTHENTICATE), STR("algorithm=SHA-256")));
    assert_int_equal(fix_login(&f, &r), 200);
    r.algorithm = "MD5";
    r.cseq = 10;
    assert_int_equal(fix_login(&f, &r), 200);
    assert_int_equal(fix_ask(&f, &usual), 401);
    assert_int_equal(fix_fields(&f, SIP_WWW_AUTHENTICATE), 1);
}

/* Certificates: an account's MAC must be the device's. */
static void test_certificate(void **state)
{
    struct edge_cfg cfg;
    struct account_row row = {.user = STR("1001"), .has_mac = true, .has_ha1 = 1};
    const struct str parts[] = {STR("1001:example.com:secret1")};
    size_t len;
    (void)state;
    fix_cfg(&cfg);
    cfg.mac_must_match = true;
    fix_close(&f);
    fix_open(&f, &cfg);
    mac_read(STR("00:00:5e:00:53:01"), &row.mac);
    fix_digest(DIGEST_MD5, parts, 1, row.ha1[0], &len);
    assert_int_equal(edge_account_put(f.e, &row, f.now), ERR_OK);
    assert_int_equal(fix_login(&f, &usual), 403);
    f.from.flow.transport = TRANSPORT_TLS;
    f.from.flow.serial = 1;
    assert_int_equal(fix_login(&f, &usual), 403);
    f.from.has_mac = true;
    assert_int_equal(fix_login(&f, &usual), 403);
    f.from.mac = row.mac;
    assert_int_equal(fix_login(&f, &usual), 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_edge, close_edge)
    const struct CMUnitTest tests[] = {
        TEST(test_order_of_checks),
        TEST(test_all_bindings),
        TEST(test_lifetime),
        TEST(test_interval_too_brief),
        TEST(test_fetch_and_star),
        TEST(test_cseq),
        TEST(test_uri_comparison),
        TEST(test_challenge),
        TEST(test_credentials),
        TEST(test_digest_uri),
        TEST(test_algorithms),
        TEST(test_nonces),
        TEST(test_nonce_of_another_node),
        TEST(test_two_algorithms),
        TEST(test_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
