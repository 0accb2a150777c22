/* The little that has to be read of an answer: its status, to what it answers, and the challenge. */
#define _GNU_SOURCE
#include "sipload.h"

#include <string.h>

#include "base/str.h"

static bool read_hex(const char *p, uint32_t *ret)
{
    uint32_t v = 0;
    for (unsigned i = 0; i < 8; i++) {
        int digit = ascii_hex(p[i]);
        if (digit < 0) {
            return false;
        }
        v = v << 4 | (uint32_t)digit;
    }
    *ret = v;
    return true;
}

void answer_read(const char *text, size_t len, struct answer *ret)
{
    *ret = (struct answer){.text = text, .len = len};
    if (len < 12 || memcmp(text, "SIP/2.0 ", 8) != 0) {
        return;
    }
    uint64_t status = 0;
    if (str_digits(str_of(text + 8, 3), &status) != 3) {
        return;
    }
    ret->status = (unsigned)status;
    const char *p = memmem(text, len, "branch=z9hG4bK", 14);
    if (!p || (size_t)(text + len - p) < 14 + 17) {
        return;
    }
    p += 14;
    ret->ours = read_hex(p, &ret->slot) && read_hex(p + 8, &ret->gen) && ascii_digit(p[16]);
    ret->phase = (unsigned)(p[16] - '0');
}

struct challenge {
    struct str realm, nonce, opaque, algorithm, stale;
    bool qop;
};

/* The next name and value of a list with commas; false at its end. */
static bool next_parameter(struct str *rest, struct str *ret_name, struct str *ret_value)
{
    *rest = str_trim(*rest);
    if (rest->len == 0) {
        return false;
    }
    *ret_name = str_cut(rest, '=');
    if (rest->len && rest->p[0] == '"') {
        *rest = str_from(*rest, 1);
        *ret_value = str_cut(rest, '"');
        (void)str_cut(rest, ',');
    } else {
        *ret_value = str_trim(str_cut(rest, ','));
    }
    return true;
}

static void challenge_read(struct str line, struct challenge *ret)
{
    *ret = (struct challenge){.qop = false};
    line = str_trim(line);
    (void)str_cut(&line, ' '); /* Digest */
    struct str name;
    struct str value;
    while (next_parameter(&line, &name, &value)) {
        if (str_ieq(name, STR("realm"))) {
            ret->realm = value;
        } else if (str_ieq(name, STR("nonce"))) {
            ret->nonce = value;
        } else if (str_ieq(name, STR("opaque"))) {
            ret->opaque = value;
        } else if (str_ieq(name, STR("algorithm"))) {
            ret->algorithm = value;
        } else if (str_ieq(name, STR("stale"))) {
            ret->stale = value;
        } else if (str_ieq(name, STR("qop"))) {
            ret->qop = true;
        }
    }
}

static bool keep(struct str v, char **to, const char *end)
{
    if (v.len >= (size_t)(end - *to)) {
        return false;
    }
    if (v.len) {
        memcpy(*to, v.p, v.len);
    }
    *to += v.len;
    *(*to)++ = '\0';
    return true;
}

bool answer_challenge(const struct answer *a, char ret_challenge[CHALLENGE_MOST])
{
    struct str rest = str_of(a->text, a->len);
    size_t at = 0;
    while ((at = str_find(rest, STR("-Authenticate:"))) != STR_NPOS) {
        rest = str_from(rest, at + 14);
        struct challenge c;
        challenge_read(str_cut(&rest, '\n'), &c);
        if (c.algorithm.len && !str_ieq(c.algorithm, STR("MD5"))) {
            continue;
        }
        char *p = ret_challenge;
        const char *end = ret_challenge + CHALLENGE_MOST - 2;
        if (!keep(c.realm, &p, end) || !keep(c.nonce, &p, end) || !keep(c.opaque, &p, end)) {
            return false;
        }
        *p++ = c.qop ? 'q' : '-';
        *p = str_ieq(c.stale, STR("true")) ? 's' : '-';
        return true;
    }
    return false;
}

long answer_expires(const struct answer *a)
{
    struct str rest = str_of(a->text, a->len);
    size_t at = str_ifind(rest, STR(";expires="));
    uint64_t seconds = 0;
    if (at == STR_NPOS || str_digits(str_from(rest, at + 9), &seconds) == 0) {
        return -1;
    }
    return (long)seconds;
}
