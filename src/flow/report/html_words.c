/* Words, numbers and hashes of the HTML report. */
#include <stdio.h>

#include "base/esc.h"
#include "flow/report/html.h"
#include "share/share.h"

void html_word(struct html *h, const char *key)
{
    esc_html(h->out, report_message(h->r, key));
}

struct pairs {
    const struct html_pair *at;
    size_t n;
};

static struct str pair_value(void *ctx, struct str name)
{
    const struct pairs *p = ctx;
    for (size_t i = 0; i < p->n; i++) {
        if (str_eq(str_z(p->at[i].name), name)) {
            return p->at[i].value;
        }
    }
    return str_of(NULL, 0);
}

void html_say(struct html *h, const char *key, const struct html_pair *pairs, size_t n)
{
    struct pairs p = {.at = pairs, .n = n};
    bool whole = true;
    texts_fill(report_message(h->r, key), pair_value, &p, report_message(h->r, "value.unknown"),
               &h->esc, &whole);
}

struct str html_filled(struct html *h, const char *key, const struct html_pair *pairs, size_t n)
{
    struct pairs p = {.at = pairs, .n = n};
    struct buf text = {.limit = 4096};
    struct sink s = buf_sink(&text);
    bool whole = true;
    texts_fill(report_message(h->r, key), pair_value, &p, report_message(h->r, "value.unknown"), &s,
               &whole);
    struct str kept = arena_str(&h->arena, buf_str(&text));
    buf_clear(&text);
    return kept;
}

void html_named(struct html *h, const char *prefix, struct str name)
{
    esc_html(h->out, report_named(h->r, prefix, name));
}

struct str html_number(struct arena *a, uint64_t n)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    return arena_str(a, str_of(text, (size_t)len));
}

/* Milliseconds below a minute, as seconds without the zeros at the end. */
static int seconds(char *text, size_t size, int64_t ms)
{
    int digits = 3;
    int rest = (int)(ms % 1000);
    for (; digits > 0 && rest % 10 == 0; rest /= 10) {
        digits--;
    }
    return digits ? snprintf(text, size, "%d.%0*d s", (int)(ms / 1000), digits, rest)
                  : snprintf(text, size, "%d s", (int)(ms / 1000));
}

struct str html_duration(struct html *h, int64_t ms)
{
    char text[64];
    int n = 0;
    long long s = (long long)ms / 1000;
    if (ms < 0) {
        return str_of(NULL, 0);
    }
    if (ms < 1000) {
        n = snprintf(text, sizeof text, "%lld ms", (long long)ms);
    } else if (s < 60) {
        n = seconds(text, sizeof text, ms);
    } else if (s < 3600) {
        n = snprintf(text, sizeof text, "%lld min %lld s", s / 60, s % 60);
    } else if (s < 172800) {
        n = snprintf(text, sizeof text, "%lld h %lld min", s / 3600, s % 3600 / 60);
    } else {
        n = snprintf(text, sizeof text, "%lld d", s / 86400);
    }
    return arena_str(&h->arena, str_of(text, (size_t)n));
}

/* `at` moved back to where a character begins. */
static size_t whole_char(struct str text, size_t at)
{
    at = at < text.len ? at : text.len;
    for (int i = 0; i < 3 && at > 0 && at < text.len; i++) {
        if (((unsigned char)text.p[at] & 0xC0U) != 0x80U) {
            break;
        }
        at--;
    }
    return at;
}

void html_marked(struct html *h, struct str text, const uint32_t (*range)[2], size_t n)
{
    size_t done = 0;
    for (size_t i = 0; i < n; i++) {
        size_t from = whole_char(text, range[i][0]);
        size_t to = whole_char(text, range[i][1]);
        from = from < done ? done : from;
        if (to <= from) {
            continue;
        }
        esc_html(h->out, str_of(text.p + done, from - done));
        sink_z(h->out, "<mark>");
        esc_html(h->out, str_of(text.p + from, to - from));
        sink_z(h->out, "</mark>");
        done = to;
    }
    esc_html(h->out, str_from(text, done));
}

struct str html_input_name(const struct html *h, uint32_t file)
{
    return file < doctor_inputs(h->r->doctor) ? doctor_input(h->r->doctor, file)->name : STR("?");
}

static void base64(const uint8_t *p, size_t n, struct sink *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        v |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
        v |= i + 2 < n ? p[i + 2] : 0;
        sink_char(out, digits[v >> 18]);
        sink_char(out, digits[v >> 12 & 63]);
        sink_char(out, i + 1 < n ? digits[v >> 6 & 63] : '=');
        sink_char(out, i + 2 < n ? digits[v & 63] : '=');
    }
}

bool html_hash(const struct html *h, struct str text, struct sink *out)
{
    uint8_t digest[DIGEST_MOST];
    size_t len = 0;
    if (!h->r->crypto || h->r->crypto->digest(DIGEST_SHA256, &text, 1, digest, &len) != ERR_OK) {
        return false;
    }
    base64(digest, len, out);
    return true;
}

struct str html_share(const char *name)
{
    for (size_t i = 0; i < share_files_n; i++) {
        if (strcmp(share_files[i].name, name) == 0) {
            return str_of(share_files[i].data, share_files[i].len);
        }
    }
    return str_of(NULL, 0);
}
