/* From power to a lease and the date; reboots. */
#include <stdlib.h>

#include "flow/handset/inside.h"

void handset_boot(struct handset *h)
{
    job_end(h);
    handset_lines_clear(h);
    handset_cache_clear(h);
    free(h->lease);
    h->lease = NULL;
    h->state = HANDSET_LEASING;
    h->state_until = USEC_NONE;
    h->resync_at = h->forced_at = h->upgrade_at = h->report_at = h->prt_at = USEC_NONE;
    h->errors = h->upgrade_errors = h->periods = 0;
    h->wants = 0;
    h->prvst = 0;
    h->trusts = h->by_dhcp = false;
    handset_stage(h, STAGE_LINK);
    handset_stage_end(h, STAGE_LINK, STAGE_OK);
    handset_stage(h, STAGE_DHCP);
    (void)handset_push(h, HANDSET_LEASE);
}

void handset_reboot(struct handset *h, enum phone_reboot why, bool recorded)
{
    job_end(h);
    handset_lines_clear(h);
    if (recorded) {
        phone_rebooted(h->phone, why, handset_date(h, h->now));
        SAY(h, "any", "system request reboot{reason}", STR(""));
    }
    (void)handset_push(h, HANDSET_SAVE);
    struct handset_action *a = handset_push(h, HANDSET_REBOOT);
    if (a) {
        a->why = why;
        a->wait = h->cfg->reboot_time;
    }
    h->changed = false;
    h->state = HANDSET_REBOOTING;
    h->state_until = h->now + h->cfg->reboot_time * USEC_S;
}

/* -- the lease */

static struct str address_text(struct addr a, char room[ADDR_TEXT])
{
    return addr_unset(a) ? STR("0.0.0.0") : addr_write(a, room);
}

static void say_address(struct handset *h, const char *key, struct addr a)
{
    char room[ADDR_TEXT];
    SAY(h, "DHCP", "{key}:{value}", str_z(key), address_text(a, room));
}

static void say_text(struct handset *h, const char *key, struct str value)
{
    SAY(h, "DHCP", "{key}:{value}", str_z(key), value);
}

static struct str host_name(const struct handset *h, char room[16])
{
    static const char digits[] = "0123456789ABCDEF";
    size_t n = 0;
    for (const char *p = "SEP"; *p; p++) {
        room[n++] = *p;
    }
    for (size_t i = 0; i < 6; i++) {
        room[n++] = digits[h->phone->mac.b[i] >> 4];
        room[n++] = digits[h->phone->mac.b[i] & 15];
    }
    return str_of(room, n);
}

static void say_lease(struct handset *h)
{
    const struct handset_lease *l = h->lease;
    char room[ADDR_TEXT], host[16];
    SAY(h, "DHCP", "IP Address: {address}", address_text(l->address, room));
    SAY(h, "DHCP", "Subnet Mask: {address}", address_text(l->mask, room));
    SAY(h, "DHCP", "Default Gwy: {address}", address_text(l->router, room));
    handset_say(h, "DHCP", " ******** dhcpConvConfToExtOptionFile(): Usin", NULL, 0);
    say_text(h, "hostname", host_name(h, host));
    say_address(h, "ipaddr", l->address);
    say_address(h, "netmask", l->mask);
    say_address(h, "router1", l->router);
    say_text(h, "domain", l->domain);
    say_address(h, "ntpsvr1", l->ntp[0]);
    say_address(h, "ntpsvr2", l->ntp[1]);
    say_address(h, "tftpsvr1", l->tftp[0]);
    say_address(h, "tftpsvr2", l->tftp[1]);
    say_address(h, "dns1", l->dns[0]);
    say_address(h, "dns2", l->dns[1]);
    say_text(h, "option160", l->option160);
    say_text(h, "option159", l->option159);
    say_text(h, "option125", l->option125);
    say_text(h, "option66", l->option66);
}

/* The lease and its texts in one piece of memory. */
static struct handset_lease *lease_copy(const struct handset_lease *from)
{
    const struct str *text[] = {&from->domain,   &from->option43,  &from->option60,
                                &from->option66, &from->option125, &from->option159,
                                &from->option160};
    size_t n = sizeof text / sizeof *text, len = 0;
    for (size_t i = 0; i < n; i++) {
        len += text[i]->len;
    }
    struct handset_lease *to = malloc(sizeof *to + len);
    if (!to) {
        return NULL;
    }
    *to = *from;
    struct str *copy[] = {&to->domain,    &to->option43,  &to->option60, &to->option66,
                          &to->option125, &to->option159, &to->option160};
    char *p = (char *)(to + 1);
    for (size_t i = 0; i < n; i++) {
        if (text[i]->len) {
            memcpy(p, text[i]->p, text[i]->len);
        }
        *copy[i] = str_of(p, text[i]->len);
        p += text[i]->len;
    }
    return to;
}

static void ask_clock(struct handset *h);

enum err handset_on_lease(struct handset *h, const struct handset_lease *lease, usec_t now)
{
    h->now = now;
    if (h->state == HANDSET_OFF || h->state == HANDSET_REBOOTING) {
        return ERR_OK;
    }
    struct handset_lease *copy = lease_copy(lease);
    if (!copy) {
        return ERR_MEMORY;
    }
    bool moved = h->lease && !addr_eq(h->lease->address, lease->address);
    free(h->lease);
    h->lease = copy;
    if (moved && h->state == HANDSET_UP) {
        handset_reboot(h, PHONE_REBOOT_IP, true);
        return ERR_OK;
    }
    if (h->state == HANDSET_LEASING) {
        (void)handset_push(h, HANDSET_ADDRESS);
        say_lease(h);
        handset_stage_end(h, STAGE_DHCP, STAGE_OK);
        ask_clock(h);
    }
    return ERR_OK;
}

void handset_on_lease_lost(struct handset *h, usec_t now)
{
    h->now = now;
    if (h->state == HANDSET_UP || h->state == HANDSET_SETTING_CLOCK) {
        handset_stage_end(h, STAGE_DHCP, STAGE_FAILED);
        handset_reboot(h, PHONE_REBOOT_IP, true);
    } else if (h->state == HANDSET_LEASING) {
        handset_stage_end(h, STAGE_DHCP, STAGE_FAILED);
    }
}

/* -- the date */

static void up(struct handset *h)
{
    h->state = HANDSET_UP;
    h->state_until = USEC_NONE;
    handset_voice(h);
    handset_plan_first(h);
    handset_plan_report(h);
    job_next(h);
}

static void ask_clock(struct handset *h)
{
    struct str server = handset_get(h, "Primary_NTP_Server");
    char room[ADDR_TEXT];
    bool never = phone_fault(h->phone, PHONE_FAULT_CLOCK_NEVER) ||
                 phone_fault(h->phone, PHONE_FAULT_CLOCK_WRONG);
    if (server.len == 0 && !addr_unset(h->lease->ntp[0])) {
        server = addr_write(h->lease->ntp[0], room);
    }
    handset_stage(h, STAGE_CLOCK);
    if (never || server.len == 0) {
        handset_stage_end(h, STAGE_CLOCK, never ? STAGE_FAILED : STAGE_SKIPPED);
        up(h);
        return;
    }
    struct handset_action *a = handset_push(h, HANDSET_CLOCK);
    if (a) {
        a->text = handset_copy(h, server);
        a->wait = h->cfg->clock_wait;
    }
    h->state = HANDSET_SETTING_CLOCK;
    h->state_until = h->now + (h->cfg->clock_wait + 1) * USEC_S;
}

void handset_on_clock(struct handset *h, usec_t offset, usec_t now)
{
    h->now = now;
    if (h->state != HANDSET_SETTING_CLOCK) {
        return;
    }
    if (offset != USEC_NONE) {
        h->offset = offset;
    }
    handset_stage_end(h, STAGE_CLOCK, offset == USEC_NONE ? STAGE_FAILED : STAGE_OK);
    up(h);
}

void handset_on_state_time(struct handset *h)
{
    if (h->state == HANDSET_SETTING_CLOCK) {
        handset_on_clock(h, USEC_NONE, h->now);
    } else if (h->state == HANDSET_REBOOTING) {
        handset_boot(h);
    } else {
        h->state_until = USEC_NONE;
    }
}
