/* Service files: whatever the bytes, they are read or refused with a line, and nothing is past its table. */
#include <stdlib.h>

#include "app/probe/service.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct service s; /* large */
    struct arena a;
    struct conf_error err;
    s = (struct service){.n_models = 0};
    arena_init(&a, 1 << 20);
    enum err e = service_read(&s, &a, STR("fuzz"), str_of((const char *)data, len), &err);
    must(e == ERR_OK || e == ERR_MEMORY || (e == ERR_MALFORMED && err.line > 0 && err.what[0]));
    must(s.n_ports <= SERVICE_LIST && s.n_models <= SERVICE_MODELS && s.ntp.n <= SERVICE_LIST);
    for (size_t i = 0; i < s.n_ports; i++) {
        must(s.port[i].port > 0 && s.port[i].transport <= SERVICE_UDP);
    }
    for (size_t i = 0; i < s.n_models && e == ERR_OK; i++) {
        must(s.model[i].dhcp.n <= SERVICE_LIST && s.model[i].tls_minimum.len <= 3);
    }
    arena_clear(&a);
    return 0;
}
