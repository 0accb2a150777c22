/* Who gets which configuration, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/provision/provision_fixture.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: prov.example.com\r\n\r\n"
#define GET_AS(path, mac)                                                          \
    "GET " path " HTTP/1.1\r\nUser-Agent: Cisco-CP-8865-3PCC/12.0.2 (" mac ")\r\n" \
    "Host: prov.example.com\r\n\r\n"

enum shown {
    NOTHING,
    GOOD,
    UNKNOWN_MAC,
    UNPUBLISHED,
    EXPIRED,
    EXPIRED_2,
    EARLY,
    WEAK,
    FOREIGN,
    FORGED,
    SERVER,
    NO_MAC
};

static struct client_cert show(enum shown s)
{
    switch (s) {
    case NOTHING:
        break;
    case GOOD:
        return fix_client(CLIENT_VALID, 1);
    case UNKNOWN_MAC:
        return fix_client(CLIENT_VALID, 9);
    case UNPUBLISHED:
        return fix_client(CLIENT_VALID, 2);
    case EXPIRED:
        return fix_client(CLIENT_EXPIRED, 1);
    case EXPIRED_2:
        return fix_client(CLIENT_EXPIRED, 2);
    case EARLY:
        return fix_client(CLIENT_NOT_YET, 1);
    case WEAK:
        return fix_client(CLIENT_WEAK, 1);
    case FOREIGN:
        return fix_client(CLIENT_UNKNOWN, 1);
    case FORGED:
        return fix_client(CLIENT_BAD, 1);
    case SERVER:
        return fix_client(CLIENT_PURPOSE, 1);
    case NO_MAC:
        return fix_client(CLIENT_VALID, 0);
    }
    return fix_client(CLIENT_NONE, 0);
}

enum policy { USUAL = 0, SHY = 1, LENIENT = 2, SEALED = 4, WINDOW = 8, CLOSED = 16, BUSY = 32 };

static void open_for(struct fix *f, unsigned policy)
{
    struct provision_cfg cfg;
    fix_cfg(&cfg);
    if (policy & SHY) {
        cfg.bootstrap = cfg.passwords = false;
    }
    if (policy & LENIENT) {
        cfg.expired_until = FIX_NOW + USEC_DAY;
    }
    if (policy & SEALED) {
        cfg.http = cfg.tftp = PROVISION_SEALED;
    }
    if (policy & CLOSED) {
        cfg.http = cfg.tftp = PROVISION_NOTHING;
    }
    fix_open(f, &cfg);
    f->busy = policy & BUSY;
    if (policy & WINDOW) {
        struct prov_window w[3] = {{fix_mac(7), FIX_NOW + USEC_DAY, ""},
                                   {fix_mac(1), FIX_NOW + USEC_DAY, "abcdefghijklmnop"},
                                   {fix_mac(2), FIX_NOW - 1, ""}};
        provision_windows(f->p, w, 3);
    }
}

static const struct row {
    const char *name;
    unsigned policy;
    enum provision_way way;
    enum shown shown;
    const char *request;
    bool looked_up;
    unsigned status;
    enum provision_body body;
    const char *told; /* by and by within a second */
} rows[] = {
    {"by identity", USUAL, PROVISION_HTTPS, GOOD, GET("/"), true, 200, BODY_PLAIN,
     "provision.served whole certificate 00:00:5e:00:53:01"},
    {"by its MAC", USUAL, PROVISION_HTTPS, GOOD, GET("/00005E005301.xml"), true, 200, BODY_PLAIN,
     "provision.served whole certificate 00:00:5e:00:53:01"},
    {"by model and MAC", USUAL, PROVISION_HTTPS, GOOD, GET("/Cisco/CP-8865-3PCC/00005e005301.cfg"),
     true, 200, BODY_PLAIN, "provision.served whole certificate 00:00:5e:00:53:01"},
    {"by model", USUAL, PROVISION_HTTPS, GOOD, GET("/8865-3PCC.xml"), true, 200, BODY_PLAIN,
     "provision.served whole certificate 00:00:5e:00:53:01"},
    {"by its key", USUAL, PROVISION_HTTPS, GOOD, GET("/abcdefghijklmnop"), true, 200, BODY_PLAIN,
     "provision.served whole certificate 00:00:5e:00:53:01"},
    {"by another's key", USUAL, PROVISION_HTTPS, GOOD, GET("/abcdefghijklmnoq"), true, 403,
     BODY_NONE, "provision.refused name certificate 00:00:5e:00:53:01"},
    {"by a key that it has not", USUAL, PROVISION_HTTPS, UNPUBLISHED, GET("/abcdefghijklmnop"),
     true, 403, BODY_NONE, "provision.refused name certificate 00:00:5e:00:53:02"},
    {"by another's MAC", USUAL, PROVISION_HTTPS, GOOD, GET("/00005e005302.xml"), false, 403,
     BODY_NONE, "provision.refused name certificate 00:00:5e:00:53:01 other=00:00:5e:00:53:02"},
    {"the User-Agent differs", USUAL, PROVISION_HTTPS, GOOD, GET_AS("/", "00005e005307"), true, 200,
     BODY_PLAIN,
     "provision.served whole certificate 00:00:5e:00:53:01 text=User-Agent says 00:00:5e:00:53:07"},
    {"not in the inventory", USUAL, PROVISION_HTTPS, UNKNOWN_MAC, GET("/"), true, 404, BODY_NONE,
     "device.unknown seen certificate 00:00:5e:00:53:09\n"
     "provision.refused unknown certificate 00:00:5e:00:53:09"},
    {"nothing is published", USUAL, PROVISION_HTTPS, UNPUBLISHED, GET("/"), true, 404, BODY_NONE,
     "provision.refused no-configuration certificate 00:00:5e:00:53:02"},
    {"no such name", USUAL, PROVISION_HTTPS, GOOD, GET("/favicon.ico"), false, 404, BODY_NONE,
     "provision.refused no-such-name none 00:00:5e:00:53:01"},
    {"a wrong method", USUAL, PROVISION_HTTPS, GOOD,
     "DELETE / HTTP/1.1\r\nHost: prov.example.com\r\n\r\n", false, 405, BODY_NONE,
     "provision.refused bad-request none 00:00:5e:00:53:01"},
    {"HEAD", USUAL, PROVISION_HTTPS, GOOD, "HEAD / HTTP/1.1\r\nHost: prov.example.com\r\n\r\n",
     true, 200, BODY_PLAIN, "provision.served head certificate 00:00:5e:00:53:01"},
    {"compressed", USUAL, PROVISION_HTTPS, GOOD,
     "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: deflate, gzip\r\n\r\n", true, 200, BODY_GZIP,
     "provision.served whole certificate 00:00:5e:00:53:01"},
    {"encrypted", USUAL, PROVISION_HTTPS, GOOD,
     "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip, aes128gcm\r\n\r\n", true, 200,
     BODY_AES128GCM, "provision.served encrypted certificate 00:00:5e:00:53:01"},
    {"it has that already", USUAL, PROVISION_HTTPS, GOOD,
     "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"e1\"\r\n\r\n", true, 304, BODY_NONE,
     "provision.served unchanged certificate 00:00:5e:00:53:01"},
    {"it has the other form of that", USUAL, PROVISION_HTTPS, GOOD,
     "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"e1\"\r\nAccept-Encoding: gzip\r\n\r\n", true,
     200, BODY_GZIP, "provision.served whole certificate 00:00:5e:00:53:01"},
    {"nobody is there to ask", BUSY, PROVISION_HTTPS, GOOD, GET("/"), true, 503, BODY_NONE,
     "provision.refused throttled certificate 00:00:5e:00:53:01"},

    {"no certificate", USUAL, PROVISION_HTTPS, NOTHING, GET("/00005e005301.xml"), false, 401,
     BODY_NONE, "provision.refused no-proof none 00:00:5e:00:53:01"},
    {"no certificate, nobody known", USUAL, PROVISION_HTTPS, NOTHING, GET("/00005e0053ff.xml"),
     false, 401, BODY_NONE, "provision.refused no-proof none 00:00:5e:00:53:ff"},
    {"no certificate, no passwords", SHY, PROVISION_HTTPS, NOTHING, GET("/00005e005301.xml"), false,
     403, BODY_NONE, "provision.refused no-proof none 00:00:5e:00:53:01"},
    {"no certificate, by identity", SHY, PROVISION_HTTPS, NOTHING, GET_AS("/", "00005e005301"),
     false, 403, BODY_NONE, "provision.refused no-proof none 00:00:5e:00:53:01"},
    {"no certificate, by a key", SHY, PROVISION_HTTPS, NOTHING, GET("/abcdefghijklmnop"), false,
     403, BODY_NONE, "provision.refused no-proof none -"},
    {"no certificate, by model", USUAL, PROVISION_HTTPS, NOTHING, GET("/8865-3PCC.xml"), false, 200,
     BODY_BOOTSTRAP, "provision.served bootstrap none -"},
    {"no certificate, by model, no bootstrap", SHY, PROVISION_HTTPS, NOTHING, GET("/8865-3PCC.xml"),
     false, 403, BODY_NONE, "provision.refused no-proof none -"},
    {"expired", SHY, PROVISION_HTTPS, EXPIRED, GET("/"), false, 403, BODY_NONE,
     "provision.refused expired none 00:00:5e:00:53:01 value=2026-09-20T14:13:20.000000Z"},
    {"expired, taken", SHY | LENIENT, PROVISION_HTTPS, EXPIRED, GET("/"), true, 200, BODY_PLAIN,
     "provision.served whole expired-certificate 00:00:5e:00:53:01 "
     "text=2026-09-20T14:13:20.000000Z"},
    {"expired, its serial is not known", SHY | LENIENT, PROVISION_HTTPS, EXPIRED_2, GET("/"), true,
     403, BODY_NONE,
     "provision.refused other-serial expired-certificate 00:00:5e:00:53:02 "
     "value=2026-09-20T14:13:20.000000Z"},
    {"not yet valid", SHY, PROVISION_HTTPS, EARLY, GET("/"), false, 403, BODY_NONE,
     "provision.refused not-yet-valid none 00:00:5e:00:53:01 value=2026-09-20T14:13:20.000000Z"},
    {"weak", SHY, PROVISION_HTTPS, WEAK, GET("/"), false, 403, BODY_NONE,
     "provision.refused weak none 00:00:5e:00:53:01"},
    {"of an unknown authority", SHY, PROVISION_HTTPS, FOREIGN, GET("/00005e005301.xml"), false, 403,
     BODY_NONE, "provision.refused unknown-authority none 00:00:5e:00:53:01 text=lab CA"},
    {"forged", SHY, PROVISION_HTTPS, FORGED, GET("/00005e005301.xml"), false, 403, BODY_NONE,
     "provision.refused bad-certificate none 00:00:5e:00:53:01 text=lab CA"},
    {"a server's", SHY, PROVISION_HTTPS, SERVER, GET("/"), false, 403, BODY_NONE,
     "provision.refused purpose none 00:00:5e:00:53:01"},
    {"without a MAC", SHY, PROVISION_HTTPS, NO_MAC, GET("/00005e005301.xml"), false, 403, BODY_NONE,
     "provision.refused no-mac none 00:00:5e:00:53:01"},

    {"a window", SHY | WINDOW, PROVISION_HTTPS, NOTHING, GET("/00005e005301.xml"), true, 200,
     BODY_PLAIN, "provision.served whole window 00:00:5e:00:53:01"},
    {"a window, by key", SHY | WINDOW, PROVISION_HTTPS, NOTHING, GET("/abcdefghijklmnop"), true,
     200, BODY_PLAIN, "provision.served whole window 00:00:5e:00:53:01"},
    {"a window, by name of itself", SHY | WINDOW, PROVISION_HTTPS, NOTHING,
     GET_AS("/", "00005e005301"), true, 200, BODY_PLAIN,
     "provision.served whole window 00:00:5e:00:53:01"},
    {"a window that is over", SHY | WINDOW, PROVISION_HTTPS, NOTHING, GET("/00005e005302.xml"),
     false, 403, BODY_NONE, "provision.refused no-proof none 00:00:5e:00:53:02"},
    {"another's window", SHY | WINDOW, PROVISION_HTTPS, NOTHING, GET("/00005e005303.xml"), false,
     403, BODY_NONE, "provision.refused no-proof none 00:00:5e:00:53:03"},
    {"a window by TFTP", WINDOW, PROVISION_TFTP, NOTHING, "/00005e005301.cfg", true, 200,
     BODY_PLAIN, "provision.served whole window 00:00:5e:00:53:01"},
    {"a window by HTTP", WINDOW, PROVISION_HTTP, NOTHING, GET("/00005e005301.cfg"), true, 200,
     BODY_PLAIN, "provision.served whole window 00:00:5e:00:53:01"},

    {"TFTP, by model", USUAL, PROVISION_TFTP, NOTHING, "/8851-3PCC.xml", false, 200, BODY_BOOTSTRAP,
     "provision.served bootstrap none -"},
    {"TFTP, by MAC", USUAL, PROVISION_TFTP, NOTHING, "/00005e005301.cfg", false, 403, BODY_NONE,
     "provision.refused policy none 00:00:5e:00:53:01"},
    {"TFTP, closed", CLOSED, PROVISION_TFTP, NOTHING, "/8851-3PCC.xml", false, 403, BODY_NONE,
     "provision.refused policy none -"},
    {"TFTP, no such name", USUAL, PROVISION_TFTP, NOTHING, "/etc/passwd", false, 404, BODY_NONE,
     "provision.refused no-such-name none -"},
    {"TFTP, sealed, without a key", SEALED, PROVISION_TFTP, NOTHING, "/00005e005301.cfg", true, 403,
     BODY_NONE, "provision.refused policy none 00:00:5e:00:53:01"},
    {"TFTP, sealed, nobody known", SEALED, PROVISION_TFTP, NOTHING, "/00005e0053ff.cfg", true, 403,
     BODY_NONE, "provision.refused policy none 00:00:5e:00:53:ff"},
    {"HTTP, by model", USUAL, PROVISION_HTTP, NOTHING, GET("/8851-3PCC.xml"), false, 200,
     BODY_BOOTSTRAP, "provision.served bootstrap none -"},
    {"HTTP, by MAC", USUAL, PROVISION_HTTP, NOTHING, GET("/00005e005301.cfg"), false, 403,
     BODY_NONE, "provision.refused policy none 00:00:5e:00:53:01"},
    {"HTTP, a password", USUAL, PROVISION_HTTP, NOTHING,
     "GET /00005e005301.xml HTTP/1.1\r\nHost: a\r\nAuthorization: Basic "
     "MDAwMDVlMDA1MzAxOm5ldw==\r\n\r\n",
     false, 403, BODY_NONE, "provision.refused policy none 00:00:5e:00:53:01"},

    {"Basic, the new password", USUAL, PROVISION_HTTPS, NOTHING,
     "GET /00005e005301.xml HTTP/1.1\r\nHost: a\r\nAuthorization: Basic "
     "MDAwMDVlMDA1MzAxOm5ldw==\r\n\r\n",
     true, 200, BODY_PLAIN, "provision.served whole password 00:00:5e:00:53:01"},
    {"Basic, the old password", USUAL, PROVISION_HTTPS, NOTHING,
     "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic MDAwMDVlMDA1MzAxOm9sZA==\r\n\r\n", true,
     200, BODY_PLAIN, "provision.served whole old-password 00:00:5e:00:53:01"},
    {"Basic, wrong", USUAL, PROVISION_HTTPS, NOTHING,
     "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic MDAwMDVlMDA1MzAxOm5vcGU=\r\n\r\n", true,
     401, BODY_NONE, "provision.refused password none 00:00:5e:00:53:01"},
    {"Basic, nobody known", USUAL, PROVISION_HTTPS, NOTHING,
     "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic MDAwMDVlMDA1M2ZmOm5ldw==\r\n\r\n", true,
     401, BODY_NONE, "provision.refused password none 00:00:5e:00:53:ff"},
    {"Basic, no MAC", USUAL, PROVISION_HTTPS, NOTHING,
     "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YWRtaW46bmV3\r\n\r\n", false, 401,
     BODY_NONE, "provision.refused password none -"},
    {"Basic, another's name", USUAL, PROVISION_HTTPS, NOTHING,
     "GET /00005e005302.xml HTTP/1.1\r\nHost: a\r\nAuthorization: Basic "
     "MDAwMDVlMDA1MzAxOm5ldw==\r\n\r\n",
     false, 403, BODY_NONE,
     "provision.refused name none 00:00:5e:00:53:01 other=00:00:5e:00:53:02"},
    {"no passwords here", SHY, PROVISION_HTTPS, NOTHING,
     "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic MDAwMDVlMDA1MzAxOm5ldw==\r\n\r\n", false,
     403, BODY_NONE, "provision.refused no-proof none -"},
    {"expired, with a password", USUAL, PROVISION_HTTPS, EXPIRED,
     "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic MDAwMDVlMDA1MzAxOm5ldw==\r\n\r\n", true,
     200, BODY_PLAIN, "provision.served whole password 00:00:5e:00:53:01"},
};

static void every_case(void **state)
{
    (void)state;
    static struct fix f;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        struct client_cert client = show(r->shown);
        char told[sizeof f.told];
        open_for(&f, r->policy);
        fix_say(&f, r->way, r->way == PROVISION_HTTPS ? &client : NULL, r->request, provision_ask,
                provision_answer);
        memcpy(told, f.told, sizeof told);
        fix_wait(&f, 800 * USEC_MS);
        if (f.looked_up != r->looked_up || f.c.reply.status != r->status ||
            f.c.reply.body != r->body || strcmp(told[0] ? told : f.told, r->told) != 0) {
            fail_msg("%s: looked up %d, status %u, body %u, told '%s' then '%s'", r->name,
                     f.looked_up, f.c.reply.status, f.c.reply.body, told, f.told);
        }
        fix_close(&f);
    }
}

/* Bytes and fields of what nobody proved are the same for all. */
static void the_unproven_look_alike(void **state)
{
    (void)state;
    static struct fix f;
    static const char *const requests[] = {GET("/00005e005301.xml"), GET("/00005e005302.xml"),
                                           GET("/00005e0053ff.xml"), GET("/abcdefghijklmnop"),
                                           GET("/")};
    struct client_cert none = fix_client(CLIENT_NONE, 0);
    for (unsigned shy = 0; shy < 2; shy++) {
        struct provision_reply first;
        open_for(&f, shy ? SHY : USUAL);
        for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
            fix_say(&f, PROVISION_HTTPS, &none, requests[i], provision_ask, provision_answer);
            if (i == 0) {
                first = f.c.reply;
            }
            assert_false(f.looked_up);
            assert_memory_equal(&first, &f.c.reply, sizeof first);
        }
        fix_close(&f);
    }
}

/* -- Digest */

static void nonce_of(const struct fix *f, char to[128])
{
    const char *at = strstr(f->c.reply.fields, "nonce=\"");
    assert_non_null(at);
    snprintf(to, 128, "%.*s", (int)strcspn(at + 7, "\""), at + 7);
}

static void digest_say(struct fix *f, const char *algorithm, const char *user, const char *password,
                       const char *nonce, const char *path)
{
    char challenge[512], text[2048];
    struct digest c;
    struct err_at at;
    struct buf b = {.limit = 1024};
    struct sink out = buf_sink(&b);
    struct client_cert none = fix_client(CLIENT_NONE, 0);
    snprintf(challenge, sizeof challenge,
             "Digest realm=\"phones\", nonce=\"%s\", algorithm=%s, qop=\"auth\"", nonce, algorithm);
    assert_int_equal(digest_read(str_z(challenge), &c, &at), ERR_OK);
    struct digest_answer a = {.username = str_z(user),
                              .password = str_z(password),
                              .method = STR("GET"),
                              .uri = str_z(path),
                              .cnonce = STR("c"),
                              .count = 1};
    assert_int_equal(digest_answer_write(&fix_crypto, &c, &a, &out), ERR_OK);
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: %.*s\r\n\r\n",
             (int)b.len, b.p);
    buf_clear(&b);
    fix_say(f, PROVISION_HTTPS, &none, text, provision_ask, provision_answer);
}

static void digests_are_checked(void **state)
{
    (void)state;
    static struct fix f;
    static const struct {
        const char *algorithm, *user, *password, *uri;
        usec_t later;
        unsigned status;
        const char *told;
    } cases[] = {
        {"SHA-256", "00005e005301", "new", "/", 0, 200,
         "provision.served whole password 00:00:5e:00:53:01"},
        {"MD5", "00005e005301", "new", "/", 0, 200,
         "provision.served whole password 00:00:5e:00:53:01"},
        {"MD5", "00005e005301", "old", "/", 0, 200,
         "provision.served whole old-password 00:00:5e:00:53:01"},
        {"SHA-256", "00005e005301", "wrong", "/", 0, 401,
         "provision.refused password none 00:00:5e:00:53:01"},
        {"SHA-256", "00005e0053ff", "new", "/", 0, 401,
         "provision.refused password none 00:00:5e:00:53:ff"},
        {"SHA-256", "00005e005301", "new", "/other", 0, 401, "provision.refused password none -"},
        {"SHA-256", "admin", "new", "/", 0, 401, "provision.refused password none -"},
        {"SHA-256", "00005e005301", "new", "/", 200 * USEC_S, 200,
         "provision.served whole password 00:00:5e:00:53:01"},
        {"SHA-256", "00005e005301", "new", "/", 400 * USEC_S, 401, ""}, /* stale: once more */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char nonce[128];
        struct client_cert none = fix_client(CLIENT_NONE, 0);
        open_for(&f, USUAL);
        fix_say(&f, PROVISION_HTTPS, &none, GET("/"), provision_ask, provision_answer);
        assert_int_equal(f.c.reply.status, 401);
        assert_string_equal(f.told, "");
        nonce_of(&f, nonce);
        if (cases[i].later) {
            fix_wait(&f, cases[i].later);
        }
        digest_say(&f, cases[i].algorithm, cases[i].user, cases[i].password, nonce, cases[i].uri);
        char told[sizeof f.told];
        memcpy(told, f.told, sizeof told);
        bool stale = strstr(f.c.reply.fields, "stale=true") != NULL;
        fix_wait(&f, 800 * USEC_MS);
        if (f.c.reply.status != cases[i].status || stale != (cases[i].told[0] == 0) ||
            strcmp(told[0] ? told : f.told, cases[i].told) != 0) {
            fail_msg("case %zu: %u, told '%s' then '%s'", i, f.c.reply.status, told, f.told);
        }
        if (cases[i].status == 200 && !cases[i].later) {
            assert_string_equal(f.told, ""); /* that it came without first is no refusal */
        }
        fix_close(&f);
    }
}

/* A nonce that nobody gave out. */
static void a_made_up_nonce_is_none(void **state)
{
    (void)state;
    static struct fix f;
    open_for(&f, USUAL);
    digest_say(&f, "SHA-256", "00005e005301", "new",
               "000000006ab13b8000000000000000000000000000000000", "/");
    assert_int_equal(f.c.reply.status, 401);
    assert_false(f.looked_up);
    fix_close(&f);
}

/* Wrong passwords: after a few of one phone the source waits, others do not. */
static void guessing_is_throttled(void **state)
{
    (void)state;
    static struct fix f;
    static const char wrong[] =
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic MDAwMDVlMDA1MzAxOm5vcGU=\r\n\r\n";
    static const char other[] =
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic MDAwMDVlMDA1MzAyOm5ldw==\r\n\r\n";
    static const char right[] =
        "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic MDAwMDVlMDA1MzAxOm5ldw==\r\n\r\n";
    struct client_cert none = fix_client(CLIENT_NONE, 0), good = fix_client(CLIENT_VALID, 1);
    open_for(&f, USUAL);
    for (unsigned i = 0; i < 5; i++) {
        fix_say(&f, PROVISION_HTTPS, &none, wrong, provision_ask, provision_answer);
        assert_int_equal(f.c.reply.status, 401);
        assert_true(f.c.reply.delay > 0);
    }
    fix_say(&f, PROVISION_HTTPS, &none, right, provision_ask, provision_answer);
    assert_int_equal(f.c.reply.status, 429);
    assert_false(f.looked_up);
    assert_non_null(strstr(f.c.reply.fields, "Retry-After: "));
    fix_say(&f, PROVISION_HTTPS, &none, other, provision_ask, provision_answer);
    assert_int_equal(f.c.reply.status, 404); /* known, nothing published */
    fix_say(&f, PROVISION_HTTPS, &good, GET("/"), provision_ask, provision_answer);
    assert_int_equal(f.c.reply.status, 200);
    fix_wait(&f, 61 * USEC_S);
    fix_say(&f, PROVISION_HTTPS, &none, right, provision_ask, provision_answer);
    assert_int_equal(f.c.reply.status, 200);
    fix_close(&f);
}

/* 100,000 guesses from one place: a few rows, the first at once. */
static void a_storm_is_a_few_rows(void **state)
{
    (void)state;
    static struct fix f;
    struct client_cert none = fix_client(CLIENT_NONE, 0);
    unsigned rows_told = 0;
    uint64_t counted = 0;
    open_for(&f, SHY);
    for (unsigned i = 0; i < 100000; i++) {
        char text[128];
        struct fact fact;
        snprintf(text, sizeof text, "GET /00005e%06x.xml HTTP/1.1\r\nHost: a\r\n\r\n", i);
        fix_say(&f, PROVISION_HTTPS, &none, text, provision_ask, provision_answer);
        rows_told += f.told[0] != 0;
        counted += f.told[0] != 0;
        f.now += USEC_MS / 10;
        provision_on_time(f.p, f.now);
        while (provision_next(f.p, &fact)) {
            rows_told++;
            counted += (uint64_t)fact_int(&fact, FIELD_COUNT, 1);
            assert_null(fact_get(&fact, FIELD_MAC).p);
            assert_true(str_ends(fact_get(&fact, FIELD_TEXT), STR("and others")));
        }
    }
    assert_in_range(rows_told, 3, 6);
    fix_wait(&f, 64 * USEC_S);
    assert_true(counted > 50000);
    assert_int_equal(provision_lost(f.p), 0);
    fix_wait(&f, 200 * USEC_S);
    fix_wait(&f, 200 * USEC_S);
    assert_int_equal(provision_deadline(f.p), USEC_NONE);
    fix_close(&f);
}

static void handshakes_that_fail_are_told(void **state)
{
    (void)state;
    static struct fix f;
    const struct endpoint peer = {{4, {192, 0, 2, 11}}, 5};
    open_for(&f, USUAL);
    provision_unshaken(f.p, peer, "unknown_ca", "tlsv1 alert unknown ca", f.now);
    provision_unshaken(f.p, peer, "unknown_ca", "tlsv1 alert unknown ca", f.now);
    fix_fetch(&f);
    assert_string_equal(f.told, "provision.tls unknown_ca  - text=tlsv1 alert unknown ca");
    fix_wait(&f, 2 * USEC_S);
    assert_string_equal(f.told, "provision.tls unknown_ca  - text=tlsv1 alert unknown ca");
    fix_close(&f);
}

/* The files that are no phone's secret. */
static void public_files(void **state)
{
    (void)state;
    static struct fix f;
    struct buf b = {.limit = 0};
    struct sink out = buf_sink(&b);
    open_for(&f, USUAL);
    struct str s = provision_bootstrap(f.p);
    assert_true(str_find(s, STR("<Profile_Rule ua=\"na\">https://prov.example.com/$MA.xml</")) !=
                STR_NPOS);
    provision_rule_write(f.p, fix_device(&f, fix_mac(1)), &out);
    assert_true(str_find(buf_str(&b), STR("<Profile_Rule>https://prov.example.com/$MA.xml</")) !=
                STR_NPOS);
    buf_clear(&b);
    fix_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(the_unproven_look_alike),
        cmocka_unit_test(digests_are_checked),
        cmocka_unit_test(a_made_up_nonce_is_none),
        cmocka_unit_test(guessing_is_throttled),
        cmocka_unit_test(a_storm_is_a_few_rows),
        cmocka_unit_test(handshakes_that_fail_are_told),
        cmocka_unit_test(public_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
