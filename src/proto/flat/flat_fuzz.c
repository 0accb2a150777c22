/* Any bytes as a reported configuration: it goes on and comes to an end, names lie in the document, values in the room. */
#include <stdlib.h>

#include "proto/flat/flat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str all = str_of((const char *)data, size);
    struct str rest = all, name = {0}, value = {0};
    struct err_at at;
    char room[64];
    for (size_t n = 0;; n++) {
        size_t before = rest.len;
        enum err e = flat_next(&rest, room, sizeof room, &name, &value, &at);
        if (e == ERR_END || e == ERR_MORE || e == ERR_MALFORMED) {
            return 0;
        }
        if (rest.len >= before || n > size) {
            abort();
        }
        if (e == ERR_OK && (name.len == 0 || name.p < all.p ||
                            name.p + name.len > all.p + all.len || value.len > sizeof room)) {
            abort();
        }
    }
}
