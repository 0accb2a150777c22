/* Any text: what is read stays within its limits. */
#include <stdlib.h>

#include "proto/sdp/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sdp s;
    struct err_at at;
    enum err e = sdp_read(str_of((const char *)data, size), &s, &at);
    if (e == ERR_OK && (s.n > SDP_FORMATS || s.audio_index >= s.streams || s.at.port == 0)) {
        abort();
    }
    if (e == ERR_MALFORMED && at.offset > size) {
        abort();
    }
    return 0;
}
