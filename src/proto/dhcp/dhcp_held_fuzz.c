/* Files of leases: whatever the text, values stay inside. */
#include <stdlib.h>

#include "proto/dhcp/dhcp_held.h"

static void inside(struct str all, struct str view)
{
    if (view.len > 0 && (view.p < all.p || view.p + view.len > all.p + all.len)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    struct dhcp_held held;
    if (dhcp_held_read(text, STR("eth0"), &held)) {
        inside(text, held.address);
        inside(text, held.server);
        inside(text, held.dns);
        inside(text, held.boot_file);
        for (size_t i = 0; i < held.n; i++) {
            inside(text, held.other[i].value);
        }
    }
    return 0;
}
