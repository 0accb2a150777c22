/* For the tests of screens and pages: a phone that has its number, and what it knows. */
#ifndef FLOW_SCREEN_SCREEN_FIXTURE_H
#define FLOW_SCREEN_SCREEN_FIXTURE_H

#include "flow/screen/screen.h"

struct face {
    struct phone_pool *pool;
    struct phone phone;
    struct handset_lease lease;
    struct screen_line line[2];
    struct screen_call call[2];
    struct screen_report report[1];
    struct screen_facts facts;
};

static inline bool face_set(struct face *d, const char *name, const char *value)
{
    bool changed = false;
    return phone_set(&d->phone, str_z(name), str_z(value), &changed) == ERR_OK;
}

static inline bool face_open(struct face *d)
{
    struct phone_identity id = {.mac = {{0x00, 0x00, 0x5e, 0x00, 0x53, 0x21}},
                                .serial = STR("FCH00005321"),
                                .model = STR("8851-3PCC"),
                                .load = STR("sip88xx.12-0-2MPP0001-20230510-156252b771"),
                                .hardware = STR("V03")};
    const usec_t date = INT64_C(1693867868) * USEC_S; /* 2023-09-04 22:51:08 */
    *d = (struct face){.pool = NULL};
    if (phone_pool_new(10000, &d->pool) != ERR_OK ||
        phone_init(&d->phone, d->pool, &id) != ERR_OK) {
        return false;
    }
    d->lease = (struct handset_lease){.address = addr4(0xc0000209),
                                      .mask = addr4(0xffffff00),
                                      .router = addr4(0xc0000201),
                                      .dns = {addr4(0xc0000235), addr4(0xc0000236)},
                                      .domain = STR("desk.example.com")};
    d->line[0] = (struct screen_line){.line = 1,
                                      .state = SCREEN_LINE_REGISTERED,
                                      .status = 200,
                                      .server = {addr4(0xc6336414), 5061},
                                      .local = {addr4(0xc0000209), 5062},
                                      .registered_at = date - 60 * USEC_S,
                                      .next_in = 1700 * USEC_S};
    d->facts = (struct screen_facts){.now = 1000 * USEC_S,
                                     .date = date,
                                     .up = 93784 * USEC_S,
                                     .power = SCREEN_ON,
                                     .doing = STAGE_NONE,
                                     .phone = &d->phone,
                                     .lease = &d->lease,
                                     .dhcp_server = addr4(0xc0000202),
                                     .line = d->line,
                                     .n_lines = 1,
                                     .call = d->call,
                                     .report = d->report};
    return face_set(d, "User_ID_1_", "2001") && face_set(d, "Display_Name_1_", "Alice") &&
           face_set(d, "Station_Display_Name", "Reception") &&
           face_set(d, "Password_1_", "line-secret") && face_set(d, "Proxy_1_", "sip.example.com");
}

static inline void face_close(struct face *d)
{
    phone_clear(&d->phone);
    phone_pool_free(d->pool);
}

#endif
