/* STUN from anybody: a request that is read gets an answer that is read, of a known size. */
#include <stdlib.h>

#include "proto/stun/stun.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct endpoint source = {{4, {192, 0, 2, 1}}, 5060};
    struct str datagram = str_of((const char *)data, len);
    struct stun s;
    struct stun back;
    struct err_at at = {0, NULL, NULL};
    if (stun_read(datagram, &s, &at) != ERR_OK) {
        must(at.what != NULL && at.offset <= len);
        return 0;
    }
    must(stun_is(datagram));
    struct buf b = {.limit = STUN_ANSWER_MOST};
    struct sink out = buf_sink(&b);
    stun_answer(&out, &s, source);
    must(out.err == ERR_OK && (b.len > 0) == (s.type == STUN_REQUEST));
    if (b.len > 0) {
        must(stun_read(buf_str(&b), &back, &at) == ERR_OK && back.fingerprint == s.fingerprint);
        must(memcmp(back.id, s.id, STUN_ID) == 0 && back.unknown == 0);
        must(back.type == (s.unknown ? STUN_ERROR : STUN_SUCCESS));
        must(s.unknown || endpoint_eq(back.mapped, source));
    }
    buf_clear(&b);
    return 0;
}
