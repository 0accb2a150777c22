/* DHCP messages: whatever the bytes, views stay inside, joined options are as long as their pieces,
 * every value can be printed, and what is written again is read as the same. */
#include <stdlib.h>

#include "proto/dhcp/dhcp_option.h"
#include "proto/dhcp/dhcp_write.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static bool inside(struct str all, struct str view)
{
    return view.p == NULL || (view.p >= all.p && view.p + view.len <= all.p + all.len);
}

static enum err nowhere(void *ctx, struct str s)
{
    (void)ctx;
    (void)s;
    return ERR_OK;
}

static void options(const struct dhcp_message *m)
{
    struct sink out = {.write = nowhere};
    struct str joined = str_of(m->joined, sizeof m->joined);
    for (unsigned code = 1; code < DHCP_OPT_END; code++) {
        struct str value = dhcp_option(m, (uint8_t)code);
        must(inside(m->options[code].n > 1 ? joined : m->all, value));
        must(dhcp_has(m, (uint8_t)code) == (value.p != NULL));
        dhcp_option_print(m, (uint8_t)code, &out);
    }
}

static void again(const struct dhcp_message *m)
{
    static uint8_t bytes[2 * DHCP_MOST];
    struct dhcp_answer a = {.type = DHCP_OFFER, .siaddr = m->siaddr, .sname = m->sname};
    struct dhcp_writer w = dhcp_write_answer(m, &a, bytes, sizeof bytes);
    for (unsigned code = 1; code < DHCP_OPT_END; code++) {
        if (dhcp_has(m, (uint8_t)code) && code != DHCP_OPT_TYPE && code != DHCP_OPT_OVERLOAD) {
            dhcp_write_option(&w, (uint8_t)code, dhcp_option(m, (uint8_t)code));
        }
    }
    size_t len = dhcp_write_end(&w);
    struct dhcp_message copy;
    struct err_at at;
    must(len > 0);
    must(dhcp_read(str_of((const char *)bytes, len), &copy, &at) == ERR_OK);
    must(copy.xid == m->xid && addr_eq(copy.siaddr, m->siaddr) && copy.ended);
    for (unsigned code = 1; code < DHCP_OPT_END; code++) {
        struct str value = dhcp_option(m, (uint8_t)code);
        must(code == DHCP_OPT_TYPE || code == DHCP_OPT_OVERLOAD ||
             str_eq(value, dhcp_option(&copy, (uint8_t)code)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct dhcp_message m;
    struct err_at at = {0, NULL, NULL};
    enum err e = dhcp_read(str_of((const char *)data, len), &m, &at);
    if (e == ERR_OK) {
        must(inside(m.all, m.sname) && inside(m.all, m.file) && inside(m.all, m.chaddr));
        options(&m);
        again(&m);
    } else {
        must((e == ERR_MALFORMED || e == ERR_LIMIT) && at.what != NULL && at.offset <= len);
    }
    return 0;
}
