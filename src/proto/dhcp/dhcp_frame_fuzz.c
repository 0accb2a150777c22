/* Packets with DHCP inside: the payload stays inside, and what is written again is read as the
 * same. */
#include <stdlib.h>

#include "proto/dhcp/dhcp_frame.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t bytes[UINT16_MAX];
    struct str packet = str_of((const char *)data, len);
    struct dhcp_frame f;
    struct dhcp_frame again;
    struct err_at at;
    size_t n;
    if (dhcp_frame_read(packet, &f, &at) != ERR_OK) {
        return 0;
    }
    must(f.payload.p >= packet.p && f.payload.p + f.payload.len <= packet.p + packet.len);
    must(dhcp_frame_write(&f, bytes, sizeof bytes, &n) == ERR_OK);
    must(dhcp_frame_read(str_of((const char *)bytes, n), &again, &at) == ERR_OK);
    must(endpoint_eq(f.src, again.src) && endpoint_eq(f.dst, again.dst));
    must(str_eq(f.payload, again.payload));
    return 0;
}
