/* A phone: who it is, its history, names of its states. */
#include "domain/phone/phone.h"

#include <stdio.h>
#include <stdlib.h>

#include "domain/phone/inside.h"

const char *phone_customization_name(enum phone_customization c)
{
    static const char *const names[] = {"Open",           "Aborted",  "Pending",
                                        "Custom-Pending", "Acquired", "Unavailable"};
    return names[c];
}

const char *phone_reboot_name(enum phone_reboot r)
{
    static const char *const names[] = {"Upgrade", "Provisioning",   "SIP Triggered",
                                        "RC",      "User Triggered", "IP Changed"};
    return names[r];
}

static const struct {
    const char *name, *text;
} faults[] = {
#define FAULT(id, name, text) {name, text},
#include "domain/phone/fault.def"
#undef FAULT
};

const char *phone_fault_name(enum phone_fault f)
{
    return faults[f].name;
}

const char *phone_fault_text(enum phone_fault f)
{
    return faults[f].text;
}

bool phone_fault_read(struct str name, enum phone_fault *ret_fault)
{
    for (unsigned i = 0; i < PHONE_FAULTS; i++) {
        if (str_eq(name, str_z(faults[i].name))) {
            *ret_fault = (enum phone_fault)i;
            return true;
        }
    }
    return false;
}

enum err phone_init(struct phone *p, struct phone_pool *pool, const struct phone_identity *id)
{
    *p = (struct phone){.pool = pool, .mac = id->mac};
    memcpy(p->uuid, id->uuid, sizeof p->uuid);
    (void)snprintf(p->serial, sizeof p->serial, "%.*s", STR_ARG(id->serial));
    enum err err = pool_intern(pool, STR(""), id->model, &p->model);
    if (!err) {
        err = pool_intern(pool, STR(""), id->load, &p->load);
    }
    return err ? err : pool_intern(pool, STR(""), id->hardware, &p->hardware);
}

void phone_clear(struct phone *p)
{
    free(p->setting);
    p->setting = NULL;
    p->n = p->room = 0;
}

struct str phone_text(const struct phone *p, uint32_t text)
{
    return pool_value(p->pool, text);
}

struct str phone_model(const struct phone *p)
{
    return phone_text(p, p->model);
}

struct str phone_load(const struct phone *p)
{
    return phone_text(p, p->load);
}

struct str phone_hardware(const struct phone *p)
{
    return phone_text(p, p->hardware);
}

enum err phone_set_load(struct phone *p, struct str load)
{
    return pool_intern(p->pool, STR(""), load, &p->load);
}

/* "sip8845_65.12-0-2MPP0001-20230510-156252b771": 12, 0, and the digits that the third begins with. */
struct str phone_version(const struct phone *p, char room[PHONE_VERSION])
{
    struct str rest = phone_load(p);
    uint64_t part[3];
    (void)str_cut(&rest, '.');
    for (unsigned i = 0; i < 3; i++) {
        struct str piece = str_cut(&rest, '-');
        if (str_digits(piece, &part[i]) == 0 || part[i] > 999) {
            return STR("");
        }
    }
    int n = snprintf(room, PHONE_VERSION, "%u.%u.%u", (unsigned)part[0], (unsigned)part[1],
                     (unsigned)part[2]);
    return str_of(room, (size_t)n);
}

/* -- history: the newest first */

void phone_rebooted(struct phone *p, enum phone_reboot why, usec_t date)
{
    memmove(p->reboot + 1, p->reboot, (PHONE_REBOOTS - 1) * sizeof *p->reboot);
    p->reboot[0].date = date;
    p->reboot[0].why = (uint8_t)why;
    p->n_reboots = (uint8_t)(p->n_reboots < PHONE_REBOOTS ? p->n_reboots + 1 : PHONE_REBOOTS);
}

void phone_resulted(struct phone *p, enum phone_kind kind, bool ok, struct str url, struct str why,
                    usec_t date)
{
    struct phone_result *r = p->result[kind];
    struct phone_result fresh = {.date = date, .ok = ok};
    if (pool_intern(p->pool, STR(""), url, &fresh.url)) {
        fresh.url = 0; /* the pool is full: the result without its words */
    }
    if (pool_intern(p->pool, STR(""), why, &fresh.why)) {
        fresh.why = 0;
    }
    memmove(r + 1, r, (PHONE_RESULTS - 1) * sizeof *r);
    r[0] = fresh;
}

void phone_factory_reset(struct phone *p)
{
    phone_clear(p);
    p->customization = PHONE_OPEN;
    p->n_reboots = 0;
    memset(p->reboot, 0, sizeof p->reboot);
    memset(p->result, 0, sizeof p->result);
}
