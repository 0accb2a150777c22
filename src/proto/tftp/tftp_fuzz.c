/* TFTP packets: whatever the bytes, views stay inside, and what is written again is read as the
 * same. */
#include <stdlib.h>

#include "proto/tftp/tftp.h"

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

static void again(const struct tftp_message *m)
{
    static char bytes[1 << 17];
    struct tftp_message copy;
    struct err_at at;
    size_t len;
    must(tftp_write(m, bytes, sizeof bytes, &len) == ERR_OK);
    must(tftp_read(str_of(bytes, len), &copy, &at) == ERR_OK);
    must(copy.op == m->op && copy.block == m->block && copy.code == m->code && copy.n == m->n);
    must(str_eq(copy.file, m->file) && str_eq(copy.mode, m->mode) && str_eq(copy.data, m->data));
    must(str_eq(copy.error, m->error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str all = str_of((const char *)data, len);
    struct tftp_message m;
    struct err_at at = {0, NULL, NULL};
    uint64_t n;
    if (len > 65507) {
        return 0; /* no UDP datagram */
    }
    enum err e = tftp_read(all, &m, &at);
    if (e != ERR_OK) {
        must((e == ERR_MALFORMED || e == ERR_LIMIT) && at.what != NULL && at.offset <= len);
        return 0;
    }
    inside(all, m.file);
    inside(all, m.data);
    inside(all, m.error);
    for (size_t i = 0; i < m.n; i++) {
        inside(all, m.options[i].value);
        (void)tftp_option(&m, m.options[i].name, &n);
    }
    again(&m);
    return 0;
}
