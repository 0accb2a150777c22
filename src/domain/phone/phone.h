/* A phone as it is: what it is called, what it is set to, what became of it; and its state as bytes for a disk. Settings are what a
 * configuration or a person said over the usual values of domain/profile. Equal ones of many phones are kept once, in a pool. */
#ifndef DOMAIN_PHONE_PHONE_H
#define DOMAIN_PHONE_PHONE_H

#include "base/err.h"
#include "base/mac.h"
#include "base/sink.h"
#include "base/time.h"

enum {
    PHONE_SERIAL = 16,       /* bytes with NUL */
    PHONE_VALUE_MOST = 4096, /* bytes of a value */
    PHONE_SETTINGS_MOST = 4096,
    PHONE_REBOOTS = 5, /* kept, as the phone's page shows them */
    PHONE_RESULTS = 3,
};

/* -- texts and settings that many phones share; of one thread */
struct phone_pool;
/* `most`: of different texts and settings together. ERR_MEMORY. */
enum err phone_pool_new(size_t most, struct phone_pool **ret) MUST_CHECK;
void phone_pool_free(struct phone_pool *pool);
size_t phone_pool_memory(const struct phone_pool *pool);
/* The pool's own copy, the same for the same text, until the pool ends; empty where it is full or without memory. */
struct str phone_pool_text(struct phone_pool *pool, struct str text);

/* -- states */
enum phone_customization {
    PHONE_OPEN,           /* as it left the box */
    PHONE_ABORTED,        /* DHCP or a person named a server first */
    PHONE_PENDING,        /* activation is asked */
    PHONE_CUSTOM_PENDING, /* activation named a rule */
    PHONE_ACQUIRED,       /* what it named was fetched */
    PHONE_UNAVAILABLE,    /* activation knows nothing of it */
};
/* "Open", "Aborted", "Pending", "Custom-Pending", "Acquired", "Unavailable". */
const char *phone_customization_name(enum phone_customization c);

enum phone_reboot {
    PHONE_REBOOT_UPGRADE,
    PHONE_REBOOT_PROVISIONING,
    PHONE_REBOOT_SIP,
    PHONE_REBOOT_RC,
    PHONE_REBOOT_USER,
    PHONE_REBOOT_IP,
};
/* "Upgrade", "Provisioning", "SIP Triggered", "RC", "User Triggered", "IP Changed". */
const char *phone_reboot_name(enum phone_reboot r);

enum phone_kind { PHONE_PROVISIONING, PHONE_UPGRADE, PHONE_CA, PHONE_KINDS };

struct phone_result {
    usec_t date; /* the phone's; 0: none */
    uint32_t url, why;
    bool ok;
};

/* -- faults */
enum phone_fault {
#define FAULT(id, name, text) PHONE_FAULT_##id,
#include "domain/phone/fault.def"
#undef FAULT
    PHONE_FAULTS
};
const char *phone_fault_name(enum phone_fault f);
const char *phone_fault_text(enum phone_fault f); /* one sentence */
bool phone_fault_read(struct str name, enum phone_fault *ret_fault);

/* -- a phone; the caller's memory, fields are the module's own but for those named */
struct phone {
    struct phone_pool *pool;
    uint32_t *setting; /* owned; rows of the pool, by name */
    uint16_t n, room;
    /* Who it is: set by phone_init, read by all. */
    struct mac mac;
    uint8_t uuid[16]; /* of the first UUID in User-Agent */
    char serial[PHONE_SERIAL];
    uint32_t model, load, hardware;
    uint8_t customization; /* enum phone_customization */
    uint32_t faults;       /* bits by enum phone_fault */
    struct {
        usec_t date;
        uint8_t why; /* enum phone_reboot */
    } reboot[PHONE_REBOOTS];
    uint8_t n_reboots;
    struct phone_result result[PHONE_KINDS][PHONE_RESULTS];
};

struct phone_identity {
    struct mac mac;
    struct str serial;   /* "FCH00005321" */
    struct str model;    /* "8851-3PCC" */
    struct str load;     /* "sip88xx.12-0-2MPP0001-20230510-156252b771" */
    struct str hardware; /* "V03"; may be empty */
    uint8_t uuid[16];
};
/* Fresh from its box. ERR_MEMORY, ERR_LIMIT (the pool's). */
enum err phone_init(struct phone *p, struct phone_pool *pool,
                    const struct phone_identity *id) MUST_CHECK;
void phone_clear(struct phone *p);

struct str phone_model(const struct phone *p);    /* "8851-3PCC" */
struct str phone_load(const struct phone *p);     /* "sip88xx.12-0-2MPP0001-..." */
struct str phone_hardware(const struct phone *p); /* "V03" */
/* "12.0.2": what User-Agents show of the load; empty where it has another form. */
enum { PHONE_VERSION = 16 };
struct str phone_version(const struct phone *p, char room[PHONE_VERSION]);
enum err phone_set_load(struct phone *p, struct str load) MUST_CHECK;

static inline bool phone_fault(const struct phone *p, enum phone_fault f)
{
    return p->faults >> f & 1;
}

/* -- settings. Names are XML names, "Proxy_1_". What is given back lives as long as the pool. */
/* As it is set, else its usual value, else empty. */
struct str phone_get(const struct phone *p, struct str name);
/* "Proxy" of line 1 is "Proxy_1_". */
struct str phone_of_line(const struct phone *p, const char *name, unsigned line);
bool phone_has(const struct phone *p, struct str name); /* set, if only to nothing */
bool phone_yes(const struct phone *p, const char *name);
/* What is no number gives the usual value, else 0. */
uint64_t phone_number(const struct phone *p, const char *name);
bool phone_line_yes(const struct phone *p, const char *name, unsigned line);
uint64_t phone_line_number(const struct phone *p, const char *name, unsigned line);
/* *ret_changed: it was another before. ERR_USAGE: no name; ERR_LIMIT, ERR_MEMORY. */
enum err phone_set(struct phone *p, struct str name, struct str value,
                   bool *ret_changed) MUST_CHECK;
/* Those that are set, by name: the one at `i`; false behind the last. */
bool phone_setting(const struct phone *p, size_t i, struct str *ret_name, struct str *ret_value);

/* Seconds of step `step` of a list: "60,120,240" (the last again and again), "2400+30" (and up to 30 more, by *random). 0: off, or
 * no such list. */
uint64_t phone_period(struct str list, unsigned step, uint64_t *random);

/* -- history */
void phone_rebooted(struct phone *p, enum phone_reboot why, usec_t date);
void phone_resulted(struct phone *p, enum phone_kind kind, bool ok, struct str url, struct str why,
                    usec_t date);
struct str phone_text(const struct phone *p, uint32_t text); /* of a phone_result */
/* As it left the box, but for who it is, its load and its faults. */
void phone_factory_reset(struct phone *p);

/* -- on disk: lines "key value", by UTF-8 with \xx for control characters, '\' and bytes that are none */
void phone_write(const struct phone *p, struct sink *out);
/* Into an initialised phone of the same MAC, whose state it replaces. Unknown keys are passed over. ERR_MALFORMED, ERR_USAGE (another
 * MAC), ERR_LIMIT, ERR_MEMORY: the phone is as fresh from its box then. */
enum err phone_read(struct phone *p, struct str bytes, struct err_at *reterr_at) MUST_CHECK;

#endif
