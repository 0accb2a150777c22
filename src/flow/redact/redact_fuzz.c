/* Any bytes: as many come out, line ends where they were, and nothing that is replaced wherever it
 * stands remains. (Where keys and values are nested at random, the check may refuse a short value of
 * the other classes; it then refuses the copy.) */
#include <stdlib.h>

#include "flow/redact/redact.h"

static void pass(struct redact *r, enum redact_pass which, struct str text, struct sink *out,
                 size_t step)
{
    redact_begin(r, which, out);
    while (text.len > 0) {
        struct str part = str_head(text, step);
        if (redact_feed(r, part) != ERR_OK) {
            abort();
        }
        text = str_from(text, part.len);
    }
    if (redact_end(r) != ERR_OK) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct redact *r = NULL;
    struct buf out = {.limit = 0};
    struct redact_leak leak;
    struct str text = str_of((const char *)data, len);
    struct sink s = buf_sink(&out);
    if (len > 65536 || redact_new(4096, &r) != ERR_OK) {
        return 0;
    }
    redact_begin(r, REDACT_COLLECT, NULL);
    bool fits = redact_feed(r, text) == ERR_OK && redact_end(r) == ERR_OK;
    if (fits && redact_seal(r) == ERR_OK) {
        pass(r, REDACT_REPLACE, text, &s, 61);
        if (out.len != len) {
            abort();
        }
        for (size_t i = 0; i < len; i++) {
            if ((data[i] == '\n') != (out.p[i] == '\n')) {
                abort();
            }
        }
        pass(r, REDACT_CHECK, buf_str(&out), NULL, SIZE_MAX);
        if (redact_leaked(r, &leak) && leak.class <= REDACT_PHONE) {
            abort();
        }
    }
    buf_clear(&out);
    redact_free(r);
    return 0;
}
