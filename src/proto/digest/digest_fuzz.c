/* Digest fields: whatever the bytes, the views stay inside and the strict reader agrees with the
 * lenient one. */
#include <stdlib.h>

#include "proto/digest/digest.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void inside(struct str all, struct str view)
{
    must(view.p == NULL || (view.p >= all.p && view.p + view.len <= all.p + all.len));
}

static void challenges(struct str text)
{
    struct str rest = text;
    struct digest first = {0};
    struct digest d;
    struct err_at at;
    while (digest_next(&rest, &d, &at) == ERR_OK) {
        inside(text, d.raw);
        inside(text, d.nonce);
        inside(text, d.response);
        inside(text, rest);
        must(d.raw.len > 0);
        must(digest_check_form(&d, first.digest ? &first : NULL) < DIGEST_FORM_N);
        first = d;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    struct digest strict;
    struct digest cut;
    struct err_at at = {0, NULL, NULL};
    challenges(text);
    enum err e = digest_read(text, &strict, &at);
    bool some = digest_read_cut(text, &cut);
    must(e == ERR_OK || (e == ERR_MALFORMED && at.what != NULL && at.offset <= len));
    if (e == ERR_OK) {
        must(some && cut.digest == strict.digest && str_eq(cut.response, strict.response) &&
             str_eq(cut.nonce, strict.nonce) && cut.qop_set == strict.qop_set);
        must(digest_check_form(&strict, NULL) == digest_check_form(&cut, NULL));
    }
    return 0;
}
