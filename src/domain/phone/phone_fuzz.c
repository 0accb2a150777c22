/* The state of a phone from a disk: what is taken, is written and read again the same. */
#include <stdlib.h>

#include "domain/phone/phone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool so)
{
    if (!so) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct phone_pool *pool = NULL;
    struct phone p, q;
    struct phone_identity id = {.mac = {{0x00, 0x00, 0x5e, 0x00, 0x53, 0x21}},
                                .model = STR("8851-3PCC"),
                                .load = STR("sip88xx.12-0-2MPP0001-20230510-156252b771")};
    struct err_at at;
    must(phone_pool_new(1000, &pool) == ERR_OK);
    must(phone_init(&p, pool, &id) == ERR_OK && phone_init(&q, pool, &id) == ERR_OK);
    if (phone_read(&p, str_of((const char *)data, size), &at) == ERR_OK) {
        struct buf first = {0}, second = {0};
        struct sink out = buf_sink(&first);
        phone_write(&p, &out);
        must(phone_read(&q, buf_str(&first), &at) == ERR_OK);
        out = buf_sink(&second);
        phone_write(&q, &out);
        must(str_eq(buf_str(&first), buf_str(&second)));
        buf_clear(&first);
        buf_clear(&second);
    }
    phone_clear(&p);
    phone_clear(&q);
    phone_pool_free(pool);
    return 0;
}
