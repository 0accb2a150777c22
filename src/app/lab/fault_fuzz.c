/* Fault files: whatever the bytes, they are read or refused with a line, and nothing is past its table. */
#include <stdlib.h>

#include "app/lab/fault.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct fault f; /* large */
    struct arena a;
    struct conf_error err;
    arena_init(&a, 4 << 20);
    enum err e = fault_read(&f, &a, STR("fuzz"), str_of((const char *)data, len), &err);
    must(e == ERR_OK || e == ERR_MEMORY || (e == ERR_MALFORMED && err.what[0]));
    must(f.n <= FAULT_STEPS && f.seconds <= 300);
    for (size_t i = 0; i < f.n; i++) {
        must(f.step[i].word < FAULT_KINDS && f.step[i].n <= FAULT_WORDS);
    }
    for (int i = 0; i < FAULT_VIEWS && e == ERR_OK; i++) {
        must(f.see[i].given && (f.see[i].blind || f.see[i].id.len));
        must(!f.see[i].blind || f.see[i].why[FAULT_JA].p);
    }
    arena_clear(&a);
    return 0;
}
