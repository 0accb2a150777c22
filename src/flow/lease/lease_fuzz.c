/* Any packets at any time: every deadline is kept, no action is illegal. */
#include <stdlib.h>

#include "flow/lease/lease.h"
#include "proto/dhcp/dhcp_write.h"

static void judge(bool right)
{
    if (!right) {
        abort();
    }
}

static uint32_t take(const uint8_t **p, const uint8_t *end, unsigned n)
{
    uint32_t v = 0;
    while (n-- && *p < end) {
        v = v << 8 | *(*p)++;
    }
    return v;
}

static void drain(struct lease *l, struct dhcp_message *sent, usec_t now)
{
    struct lease_action a;
    struct err_at at;
    for (unsigned i = 0; lease_next(l, &a); i++) {
        judge(i < 4);
        if (a.what == LEASE_SEND) {
            judge(a.bytes.len && a.to.port == DHCP_SERVER_PORT && a.to.ip.family == 4);
            judge(dhcp_read(a.bytes, sent, &at) == ERR_OK && sent->op == DHCP_BOOTREQUEST);
        } else if (a.what == LEASE_BIND) {
            judge(l->state == LEASE_BOUND && !addr_unset(a.message->yiaddr));
        } else {
            judge(l->state == LEASE_SELECTING);
        }
    }
    /* Off, or for ever; else something is to come, and not in the past. */
    usec_t due = lease_deadline(l);
    judge(due == USEC_NONE ? l->state == LEASE_OFF || (l->state == LEASE_BOUND) : due >= now);
}

/* An answer that fits, made of the next bytes. */
static void answer(struct lease *l, const struct dhcp_message *sent, const uint8_t **p,
                   const uint8_t *end, usec_t now)
{
    uint8_t bytes[600];
    const struct dhcp_answer a = {.type = (uint8_t)(2 + take(p, end, 1) % 5),
                                  .yiaddr = addr4(take(p, end, 2)),
                                  .server = addr4(take(p, end, 2))};
    struct dhcp_writer w = dhcp_write_answer(sent, &a, bytes, sizeof bytes);
    dhcp_write_number(&w, DHCP_OPT_LEASE, 4, take(p, end, 4));
    dhcp_write_number(&w, DHCP_OPT_T1, 4, take(p, end, 3));
    dhcp_write_number(&w, DHCP_OPT_T2, 4, take(p, end, 3));
    lease_on_packet(l, str_of((char *)bytes, dhcp_write_end(&w)), now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lease l;
    static struct dhcp_message sent;
    const uint8_t *p = data, *end = data + size;
    struct lease_cfg cfg;
    usec_t now = 0;
    lease_cfg_usual(&cfg);
    lease_init(&l, &cfg, (struct mac){.b = {0, 0, 0x5e, 0, 0x53, 1}}, 1);
    lease_start(&l, now);
    drain(&l, &sent, now);
    while (p < end) {
        switch (*p++ % 5) {
        case 0:
            answer(&l, &sent, &p, end, now);
            break;
        case 1: {
            size_t n = take(&p, end, 1);
            n = n < (size_t)(end - p) ? n : (size_t)(end - p);
            lease_on_packet(&l, str_of((const char *)p, n), now);
            p += n;
            break;
        }
        case 2:
            now = lease_deadline(&l) == USEC_NONE ? now + USEC_S : lease_deadline(&l);
            lease_on_time(&l, now);
            break;
        case 3:
            now += (usec_t)take(&p, end, 3) * USEC_MS;
            lease_on_time(&l, now);
            break;
        default:
            if (l.state == LEASE_OFF) {
                lease_start(&l, now);
            } else if (take(&p, end, 1) == 7) {
                lease_release(&l, now);
            }
        }
        drain(&l, &sent, now);
    }
    return 0;
}
