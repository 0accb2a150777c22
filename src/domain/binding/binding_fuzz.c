/* A record that can be read is written again byte for byte; one with a right checksum never harms. */
#include <stdlib.h>

#include "domain/binding/binding.h"

static void check(struct str bytes)
{
    enum binding_change change;
    struct str user;
    struct binding b;
    size_t len = 0;
    if (binding_record_read(bytes, &change, &user, &b, &len) != ERR_OK) {
        return;
    }
    struct buf again = {.limit = 0};
    struct sink out = buf_sink(&again);
    binding_record_write(&out, change, user, &b);
    if (out.err != ERR_OK || !str_eq(buf_str(&again), str_head(bytes, len))) {
        abort();
    }
    buf_clear(&again);
}

/* The bytes as what a record holds: length and checksum are put in front of them. */
static void check_body(const uint8_t *data, size_t len)
{
    const struct hash_key key = {{0x6469616c746f6e65, 0x62696e64696e6773}};
    uint64_t sum = hash_str(&key, str_of((const char *)data, len));
    char *record = malloc(8 + len);
    if (!record) {
        abort();
    }
    for (size_t i = 0; i < 4; i++) {
        record[i] = (char)(len >> (8 * i));
        record[4 + i] = (char)(sum >> (8 * i));
    }
    if (len) {
        memcpy(record + 8, data, len);
    }
    check(str_of(record, 8 + len));
    free(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str all = str_of((const char *)data, len);
    struct str agent = binding_agent(all);
    if (agent.len > BINDING_AGENT_MOST || binding_agent(agent).len != agent.len) {
        abort();
    }
    check(all);
    check_body(data, len);
    return 0;
}
