/* The HTML report: well-formed, complete in both languages, and harmless whatever the log holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/report/html.h"

/* -- a small world: knowledge, a log, its report */

static struct knowledge knowledge;

static int load(void **state)
{
    struct conf_error e;
    (void)state;
    return knowledge_init(&knowledge) == ERR_OK && knowledge_add_share(&knowledge, &e) == ERR_OK
               ? 0
               : -1;
}

static int unload(void **state)
{
    (void)state;
    knowledge_clear(&knowledge);
    return 0;
}

static const char log_text[] =
    "1154 NOT Sep 04 22:49:12.226653 (689-695) DHCP-IP Address: 192.168.10.21\n"
    "1158 NOT Sep 04 22:49:12.226790 (689-695) DHCP-hostname:SEP00005E005321\n"
    "1163 NOT Sep 04 22:49:12.226911 (689-695) DHCP-ntpsvr1:192.168.10.1\n"
    "<script>harm()</script> </pre> ]]> -->\n"
    "1173 NOT Sep 04 22:49:20.427061 (968-1290) voice-reqByCurlInternal sending http request "
    "out..., url: https://activate.example.com:443/software/edos/callhome/rc"
    "?id=00005e005321:FCH27010ABC:CP-8865-3PCC&sw=sip8845_65.12-0-3MPP0001-20230801-0a\r\n"
    "1174 INF Sep 04 22:49:20.440200 dnsmasq[564]: query[A] activate.example.com from 127.0.0.1\n"
    "1175 INF Sep 04 22:49:20.440255 dnsmasq[564]: forwarded activate.example.com to "
    "192.168.10.1\n"
    "\x1b[31m \xe2\x80\xae gnp \xff\xc3( \" onclick=\"harm()\" ' &amp;\n"
    "1176 NOT Sep 04 22:49:28.450000 (968-1290) voice-Couldn't resolve host "
    "'activate.example.com'\n"
    "1177 NOT Sep 04 22:49:28.450300 (968-1290) voice-reqByCurlInternal return from http request, "
    "[res] = 6 Error\n"
    "1178 ERR Sep 04 22:49:28.451000 (968-1290) voice-fapp-fprv_eval_profile_rule return "
    "status=FPRV_ERR_SERVER_CONNECTION_FAILED err_count:0, retry_delay:60\n";

struct kept {
    struct str text;
    size_t most; /* bytes that are kept of it */
};

static bool raw(void *ctx, size_t input, struct str *ret_text)
{
    const struct kept *k = ctx;
    *ret_text = str_head(k->text, k->most);
    return input == 0;
}

static enum err digest(enum digest_algorithm algorithm, const struct str *parts, size_t n,
                       uint8_t ret_digest[DIGEST_MOST], size_t *ret_len)
{
    assert_int_equal(algorithm, DIGEST_SHA256);
    assert_int_equal(n, 1);
    assert_true(parts->len > 0);
    for (int i = 0; i < DIGEST_MOST; i++) {
        ret_digest[i] = (uint8_t)i;
    }
    *ret_len = DIGEST_MOST;
    return ERR_OK;
}

static const struct crypto crypto = {.digest = digest};

struct wish {
    enum language lang;
    struct str name;
    struct str text;
    size_t kept;
    bool no_raw;
    bool no_crypto;
};

static struct buf report(struct wish w)
{
    struct doctor_cfg cfg = {.expect = {NULL, 0}};
    struct doctor *d = doctor_new(&knowledge, &cfg);
    struct buf b = {.limit = 0};
    struct sink s = buf_sink(&b);
    struct kept k = {.text = w.text, .most = w.kept ? w.kept : w.text.len};
    assert_non_null(d);
    (void)doctor_begin(d, w.name.len ? w.name : STR("logcat"), INPUT_NOTHING, 0);
    doctor_feed(d, w.text);
    doctor_end(d, true);
    doctor_problem(d, STR("<b>.tar"), STR("a\"b"), 7, STR("it ends too early"), true);
    doctor_finish(d);
    struct report r = {.doctor = d,
                       .lang = w.lang,
                       .version = "1.2.3",
                       .raw = w.no_raw ? NULL : raw,
                       .raw_ctx = &k,
                       .crypto = w.no_crypto ? NULL : &crypto};
    report_html(&r, &s);
    assert_int_equal(s.err, ERR_OK);
    doctor_free(d);
    return b;
}

static size_t count(struct str text, const char *what)
{
    size_t n = 0;
    size_t at = 0;
    while ((at = str_find(text, str_z(what))) != STR_NPOS) {
        text = str_from(text, at + 1);
        n++;
    }
    return n;
}

/* -- what holds for every report */

static bool is_void(struct str name)
{
    return str_eq(name, STR("meta")) || str_eq(name, STR("link")) || str_eq(name, STR("input")) ||
           str_eq(name, STR("br"));
}

/* One tag's attributes: quoted, without '<', none that runs or loads; links inside the page only. */
static void check_attributes(struct str tag)
{
    while (tag.len) {
        size_t quote = str_chr(tag, '"');
        struct str name = str_head(tag, quote);
        assert_int_equal(str_find(name, STR(" style=")), STR_NPOS);
        assert_int_equal(str_find(name, STR(" src=")), STR_NPOS);
        assert_int_equal(str_find(name, STR(" on")), STR_NPOS);
        assert_int_equal(str_chr(name, '<'), STR_NPOS);
        if (quote == STR_NPOS) {
            break;
        }
        tag = str_from(tag, quote + 1);
        quote = str_chr(tag, '"');
        assert_true(quote != STR_NPOS);
        struct str value = str_head(tag, quote);
        assert_int_equal(str_chr(value, '<'), STR_NPOS);
        if (str_ends(name, STR(" href="))) {
            assert_true(str_starts(value, STR("#")) || str_eq(value, STR("data:,")));
        }
        tag = str_from(tag, quote + 1);
    }
}

/* Every element is closed where it must be; style and script are passed over. */
static void check_tags(struct str page)
{
    struct str open[64] = {{NULL, 0}};
    size_t depth = 0;
    while (page.len) {
        size_t at = str_chr(page, '<');
        if (at == STR_NPOS) {
            break;
        }
        page = str_from(page, at + 1);
        size_t end = str_chr(page, '>');
        assert_true(end != STR_NPOS);
        struct str tag = str_head(page, end);
        page = str_from(page, end + 1);
        if (str_starts(tag, STR("!"))) {
            continue;
        }
        struct str name = tag;
        name.len = 0;
        while (name.len < tag.len && (ascii_alnum(tag.p[name.len]) || tag.p[name.len] == '/')) {
            name.len++;
        }
        if (str_starts(name, STR("/"))) {
            assert_true(depth > 0);
            assert_true(str_eq(open[--depth], str_from(name, 1)));
            continue;
        }
        check_attributes(tag);
        if (str_eq(name, STR("style")) || str_eq(name, STR("script"))) {
            page = str_from(page, str_find(page, STR("</")));
        }
        if (!is_void(name) && !str_ends(tag, STR("/"))) {
            assert_true(depth < sizeof open / sizeof *open);
            open[depth++] = name;
        }
    }
    assert_int_equal(depth, 0);
}

/* Every "#..." has its id, and no id stands twice. */
static void check_links(struct str page)
{
    char wanted[96];
    struct str rest = page;
    size_t at;
    while ((at = str_find(rest, STR("href=\"#"))) != STR_NPOS) {
        rest = str_from(rest, at + 7);
        struct str to = str_head(rest, str_chr(rest, '"'));
        int n = snprintf(wanted, sizeof wanted, " id=\"%.*s\"", STR_ARG(to));
        assert_true(n > 0);
        assert_int_equal(count(page, wanted), 1);
    }
}

/* No control character, no bidirectional override, no invalid UTF-8, no word without translation. */
static void check_text(struct str page)
{
    for (size_t i = 0; i < page.len; i++) {
        unsigned char c = (unsigned char)page.p[i];
        assert_true(c >= 0x20 || c == '\n' || c == '\t');
        assert_true(c < 0xF8 && c != 0xC0 && c != 0xC1 && c != 0x7F);
    }
    assert_int_equal(str_find(page, STR("\xe2\x80\xae")), STR_NPOS);
    assert_int_equal(str_find(page, STR(">html.")), STR_NPOS);
    assert_int_equal(str_find(page, STR("\"html.")), STR_NPOS);
    assert_int_equal(str_find(page, STR(">fact.")), STR_NPOS);
    assert_int_equal(str_find(page, STR("reason.")), STR_NPOS);
    assert_int_equal(str_find(page, STR("<<")), STR_NPOS);
}

static void check_page(struct str page)
{
    check_tags(page);
    check_links(page);
    check_text(page);
}

/* -- tests */

static void test_languages(void **state)
{
    (void)state;
    for (int l = 0; l < LANGS; l++) {
        struct buf a = report((struct wish){.lang = (enum language)l, .text = str_z(log_text)});
        struct buf b = report((struct wish){.lang = (enum language)l, .text = str_z(log_text)});
        struct str page = buf_str(&a);
        check_page(page);
        assert_true(str_eq(page, buf_str(&b)));
        assert_int_equal(count(page, l == LANG_JA ? "<html lang=\"ja\">" : "<html lang=\"en\">"),
                         1);
        assert_int_equal(count(page, "<h1>"), 1);
        assert_int_equal(count(page, ">DN-01</code>"), 1);
        assert_int_equal(count(page, "class=\"ladder\""), 1);
        assert_int_equal(count(page, "class=\"timeline\""), 1);
        assert_int_equal(count(page, "class=\"node "), STAGES);
        buf_clear(&a);
        buf_clear(&b);
    }
}

static void test_hostile(void **state)
{
    (void)state;
    struct buf b =
        report((struct wish){.name = STR("<i>\" onload=\"x\x1b"), .text = str_z(log_text)});
    struct str page = buf_str(&b);
    check_page(page);
    assert_int_equal(count(page, "<script"), 1); /* ours */
    assert_true(count(page, "&lt;script&gt;harm()&lt;/script&gt; &lt;/pre&gt; ]]&gt; --&gt;") >= 1);
    assert_true(count(page, "\\x1B[31m \\u202E gnp \xEF\xBF\xBD\xEF\xBF\xBD( &quot; onclick") >= 1);
    assert_true(count(page, "&lt;i&gt;&quot; onload=&quot;x\\x1B") >= 1);
    assert_int_equal(count(page, "&lt;b&gt;.tar"), 1);
    buf_clear(&b);
}

/* NULs, lines of every kind of byte: still a page. */
static void test_bytes(void **state)
{
    (void)state;
    char text[sizeof log_text + 1024];
    memcpy(text, log_text, sizeof log_text - 1);
    size_t n = sizeof log_text - 1;
    for (int i = 0; i < 1024; i++) {
        text[n++] = (char)(i * 7 % 256);
    }
    struct buf b = report((struct wish){.text = str_of(text, n)});
    check_page(buf_str(&b));
    assert_true(count(buf_str(&b), "\\x00") >= 1);
    buf_clear(&b);
}

static void test_policy(void **state)
{
    static const char hash[] = "'sha256-AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='";
    (void)state;
    struct buf b = report((struct wish){.text = str_z(log_text)});
    assert_int_equal(count(buf_str(&b), hash), 2);
    assert_int_equal(count(buf_str(&b), "default-src 'none'"), 1);
    assert_int_equal(count(buf_str(&b), "unsafe"), 0);
    buf_clear(&b);
    b = report((struct wish){.text = str_z(log_text), .no_crypto = true});
    check_page(buf_str(&b));
    assert_int_equal(count(buf_str(&b), "<script"), 0);
    buf_clear(&b);
}

/* What is inlined could end its element early, or load something. */
static void test_inlined(void **state)
{
    (void)state;
    struct str style = html_share("report/report.css");
    struct str script = html_share("report/report.js");
    assert_true(style.len > 0 && script.len > 0);
    assert_int_equal(count(style, "</"), 0);
    assert_int_equal(count(style, "url("), 0);
    assert_int_equal(count(style, "@import"), 0);
    static const char *const never[] = {"</",     "<!--", "innerHTML", "eval(",
                                        "fetch(", "http", "import"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++) {
        assert_int_equal(count(script, never[i]), 0);
    }
}

static void test_evidence(void **state)
{
    (void)state;
    struct buf b = report((struct wish){.text = str_z(log_text)});
    struct str page = buf_str(&b);
    /* the matched part is marked, its line is in the log, and leads back */
    assert_int_equal(count(page, "<mark>forwarded activate.example.com to 192.168.10.1</mark>"), 1);
    assert_int_equal(count(page, "id=\"L0-7\" data-n=\"7\" class=\"near spoken\""), 1);
    assert_true(count(page, "href=\"#L0-7\"") >= 1);
    assert_true(count(page, "class=\"back\" href=\"#p1-f1\"") >= 1);
    assert_int_equal(count(page, "class=\"absence\""), 1);
    buf_clear(&b);
}

/* Without raw text the evidence shows the lines that the facts kept. */
static void test_no_raw(void **state)
{
    (void)state;
    struct buf b = report((struct wish){.text = str_z(log_text), .no_raw = true});
    check_page(buf_str(&b));
    assert_int_equal(count(buf_str(&b), "href=\"#L"), 0);
    assert_int_equal(count(buf_str(&b), "<mark>forwarded activate.example.com"), 1);
    buf_clear(&b);
    /* only the head was kept: the half line at its end is not shown */
    b = report((struct wish){.text = str_z(log_text), .kept = 200});
    check_page(buf_str(&b));
    assert_int_equal(count(buf_str(&b), "data-n="), 2);
    buf_clear(&b);
}

static void test_windows(void **state)
{
    (void)state;
    struct buf text = {.limit = 0};
    char line[128];
    for (int i = 0; i < 80000; i++) {
        int n = snprintf(line, sizeof line,
                         "nothing of a phone stands on this line, nor elsewhere %d\n", i);
        assert_int_equal(buf_add(&text, str_of(line, (size_t)n)), ERR_OK);
        if (i == 40000) {
            assert_int_equal(buf_add(&text, str_z(log_text)), ERR_OK);
        }
    }
    struct buf b = report((struct wish){.text = buf_str(&text)});
    check_page(buf_str(&b));
    assert_true(b.len < 200000);
    assert_int_equal(count(buf_str(&b), "class=\"cut\""), 2);
    assert_true(count(buf_str(&b), "id=\"L0-40008\"") == 1);
    buf_clear(&b);
    buf_clear(&text);
}

static void test_many_phones(void **state)
{
    (void)state;
    enum { PHONES = 400 };
    struct buf text = {.limit = 0};
    for (int i = 0; i < PHONES; i++) {
        char one[sizeof log_text + 64];
        memcpy(one, log_text, sizeof log_text);
        for (char *p = one; (p = strstr(p, "005321")) != NULL;) {
            char mac[8];
            snprintf(mac, sizeof mac, "%06X", 0x10 + (unsigned)i);
            memcpy(p, mac, 6);
        }
        assert_int_equal(buf_add(&text, str_z(one)), ERR_OK);
    }
    struct buf b = report((struct wish){.text = buf_str(&text)});
    check_tags(buf_str(&b));
    check_text(buf_str(&b));
    assert_int_equal(count(buf_str(&b), "<section class=\"phone\""), HTML_PHONES_FULL);
    assert_int_equal(count(buf_str(&b), "id=\"index\""), 1);
    buf_clear(&b);
    buf_clear(&text);
}

static void test_no_phone(void **state)
{
    (void)state;
    struct buf b = report((struct wish){.text = STR("<status/>\n")});
    check_page(buf_str(&b));
    buf_clear(&b);
    b = report((struct wish){.text = STR("")});
    check_page(buf_str(&b));
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages),   cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_bytes),       cmocka_unit_test(test_policy),
        cmocka_unit_test(test_inlined),     cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_no_raw),      cmocka_unit_test(test_windows),
        cmocka_unit_test(test_many_phones), cmocka_unit_test(test_no_phone),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
