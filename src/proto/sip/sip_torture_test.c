/* RFC 4475's torture messages: accepted or refused as its text says. They are read from
 * $DIALTONE_TESTDATA/rfc4475 (default ../shared/testdata beside the source folder); the test is
 * skipped where that is missing. */
#include "proto/sip/sip.h"
#include "proto/sip/sip_addr.h"
#include "proto/sip/sip_contact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum verdict {
    GOOD,         /* read and checked */
    READ_REFUSES, /* by sip_read */
    READ_MORE,    /* it ends too early: malformed in a datagram */
    CHECK_REFUSES,
    CONTACT_REFUSES, /* read and checked; the Contact is malformed */
};

struct message {
    const char *name;
    enum verdict verdict;
};

static const struct message messages[] = {
    /* 3.1.1: valid */
    {"wsinv", GOOD},
    {"intmeth", GOOD},
    {"esc01", GOOD},
    {"escnull", GOOD},
    {"esc02", GOOD},
    {"lwsdisp", GOOD},
    {"longreq", GOOD},
    {"dblreq", GOOD},
    {"semiuri", GOOD},
    {"transports", GOOD},
    {"mpart01", GOOD},
    {"unreason", GOOD},
    {"noreason", GOOD},
    /* 3.1.2: invalid */
    {"badinv01", CHECK_REFUSES}, /* ";;,;,," in Via and Contact */
    {"clerr", READ_MORE},
    {"ncl", READ_REFUSES},
    {"scalar02", CHECK_REFUSES},
    {"scalarlg", CHECK_REFUSES},
    {"quotbal", CHECK_REFUSES},
    {"ltgtruri", CHECK_REFUSES},
    {"lwsruri", READ_REFUSES},
    {"lwsstart", READ_REFUSES},
    {"trws", READ_REFUSES},
    {"escruri", CHECK_REFUSES},
    {"baddate", GOOD}, /* Date is for those who use it */
    {"regbadct", CONTACT_REFUSES},
    {"badaspec", CHECK_REFUSES},
    {"baddn", READ_MORE}, /* as printed, without the empty line */
    {"badvers", CHECK_REFUSES},
    {"mismatch01", CHECK_REFUSES},
    {"mismatch02", CHECK_REFUSES},
    {"bigcode", READ_REFUSES},
    /* 3.2 to 3.4: well-formed, the fault is the application's matter */
    {"badbranch", GOOD},
    {"insuf", CHECK_REFUSES},
    {"unkscm", GOOD},
    {"novelsc", GOOD},
    {"unksm2", GOOD},
    {"bext01", GOOD},
    {"invut", GOOD},
    {"regaut01", GOOD},
    {"multi01", CHECK_REFUSES},
    {"mcl01", READ_REFUSES},
    {"bcast", GOOD},
    {"zeromf", GOOD},
    {"cparam01", GOOD},
    {"cparam02", GOOD},
    {"regescrt", GOOD},
    {"sdp01", GOOD},
    {"inv2543", GOOD},
};

static const char *const verdict_names[] = {"good", "read refuses", "read wants more",
                                            "check refuses", "Contact refused"};

static bool contacts_good(const struct sip_msg *msg)
{
    struct sip_contact contact;
    struct err_at at;
    enum err e = ERR_END;
    struct str rest = sip_value(msg, SIP_CONTACT);
    do {
        e = sip_contact_next(&rest, SIP_STRICT, &contact, &at);
    } while (e == ERR_OK);
    return e == ERR_END;
}

static enum verdict judge(struct str text)
{
    static struct sip_msg msg;
    struct err_at at = {0, NULL, NULL};
    enum err e = sip_read(text, &msg, &at);
    if (e != ERR_OK) {
        return e == ERR_MORE ? READ_MORE : READ_REFUSES;
    }
    if (sip_check(&msg, &at) != ERR_OK) {
        assert_true(at.offset < text.len && at.rule != NULL);
        return CHECK_REFUSES;
    }
    return contacts_good(&msg) ? GOOD : CONTACT_REFUSES;
}

static void folder(char *out, size_t cap)
{
    const char *data = getenv("DIALTONE_TESTDATA");
    const char *src = getenv("SRC");
    if (data != NULL) {
        snprintf(out, cap, "%s/rfc4475", data);
    } else {
        snprintf(out, cap, "%s/../shared/testdata/rfc4475", src != NULL ? src : ".");
    }
}

/* A stream gives the same answer however it is cut: every shorter text wants more, or is refused
 * already. */
static void prefixes_want_more(const char *text, size_t len, enum verdict whole)
{
    static struct sip_msg msg;
    struct err_at at;
    if (len > 1200 || whole == READ_REFUSES || whole == READ_MORE ||
        sip_read(str_of(text, len), &msg, &at) != ERR_OK || !msg.has_length) {
        return;
    }
    size_t end = msg.len;
    for (size_t n = 1; n < end; n++) {
        assert_int_equal(sip_read(str_of(text, n), &msg, &at), ERR_MORE);
    }
}

static void torture(void **state)
{
    (void)state;
    static char text[65536];
    char dir[400];
    char path[512];
    size_t wrong = 0;
    folder(dir, sizeof dir);
    for (size_t i = 0; i < COUNT(messages); i++) {
        snprintf(path, sizeof path, "%s/%s.dat", dir, messages[i].name);
        FILE *in = fopen(path, "rb");
        if (in == NULL && i == 0) {
            print_message("no %s\n", path);
            skip();
        }
        assert_non_null(in);
        size_t len = fread(text, 1, sizeof text, in);
        fclose(in);
        enum verdict verdict = judge(str_of(text, len));
        if (verdict != messages[i].verdict) {
            print_error("%s: %s, not %s\n", messages[i].name, verdict_names[verdict],
                        verdict_names[messages[i].verdict]);
            wrong++;
        }
        prefixes_want_more(text, len, verdict);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(torture)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
