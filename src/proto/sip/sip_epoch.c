/* The server's clock as BroadWorks lets it be seen (inferred from logs). */
#include "proto/sip/sip_epoch.h"

enum { DIGITS_MOST = 11 }; /* of base 36; more would not fit the range below */

/* Milliseconds since 1970 from 2000 to 2100. */
static bool plausible(uint64_t ms, usec_t *ret_time)
{
    uint64_t from = (uint64_t)time_days(2000, 1, 1) * 86400000;
    uint64_t to = (uint64_t)time_days(2100, 1, 1) * 86400000;
    if (ms < from || ms >= to) {
        return false;
    }
    *ret_time = (usec_t)ms * USEC_MS;
    return true;
}

bool sip_epoch_tag(struct str tag, usec_t *ret_time)
{
    struct str rest = tag;
    struct str serial = str_cut(&rest, '-');
    uint64_t n;
    uint64_t ms;
    return str_u64(serial, &n) && str_u64(rest, &ms) && plausible(ms, ret_time);
}

static int base36(char c)
{
    if (ascii_digit(c)) {
        return c - '0';
    }
    char l = ascii_lower(c);
    return l >= 'a' && l <= 'z' ? l - 'a' + 10 : -1;
}

bool sip_epoch_nonce(struct str nonce, usec_t *ret_time)
{
    static const struct str head = STR_INIT("BroadWorksX");
    if (!str_starts(nonce, head)) {
        return false;
    }
    struct str rest = str_from(nonce, head.len);
    /* The time is in small letters, so the capital 'T' ends it. */
    size_t n = str_chr(rest, 'T');
    uint64_t ms = 0;
    if (n == STR_NPOS || n == 0 || n > DIGITS_MOST) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        int d = base36(rest.p[i]);
        if (d < 0 || (rest.p[i] >= 'A' && rest.p[i] <= 'Z')) {
            return false;
        }
        ms = ms * 36 + (uint64_t)d;
    }
    return plausible(ms, ret_time);
}
