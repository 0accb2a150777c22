/* [P, draft 1] -> src/flow/provision/prov_device.h. What the hub thread tells a worker about one phone: all that is needed to answer it
 * without asking again. One malloc'd block (free() releases all of it: the texts stand behind the struct), immutable, the asker's. */
#ifndef FLOW_PROVISION_PROV_DEVICE_H
#define FLOW_PROVISION_PROV_DEVICE_H

#include "base/crypto.h"
#include "base/mac.h"
#include "base/time.h"

enum { PROV_PASSWORDS = 2, PROV_KEY_MOST = 64 };

/* HA1 with username "00005e005301" (12 small digits, as $MA) and the realm of `provisioning.realm`
 * (provision_ha1 below makes both); Basic is checked against the SHA-256 one. */
struct prov_password {
    char md5[33], sha256[65]; /* small hexadecimal digits with NUL; empty: none */
    usec_t until;             /* date; USEC_NONE: for ever. The old one of a rotation ends */
};

/* How the phone expects its configuration, whichever way it comes (its profile rule says --key, or it was given an IKM). */
enum prov_cipher { PROV_PLAIN, PROV_AES_CBC, PROV_AES128GCM };

struct prov_device {
    struct mac mac; /* what was asked about */
    bool known;     /* in the inventory; false: everything below is empty */
    uint64_t id;
    struct str model,
        serial; /* "CP-8865-3PCC" as in the inventory; serial may be empty (learned from the first proof) */
    struct str key; /* URL key: /KEY names this device; empty: none */
    struct str plain,
        gzip; /* published configuration, and the same gzip'ed; plain.p NULL: nothing is published */
    struct str etag; /* of plain: letters and digits, e.g. 16 hex of its SHA-256; no quotes */
    bool secrets;    /* plain holds credentials */
    enum prov_cipher cipher;
    struct str pass; /* passphrase of --key; empty: none */
    struct str ikm;  /* RFC 8188 input keying material, raw bytes; empty: none */
    struct prov_password password[PROV_PASSWORDS]; /* the newest first; empty ones are none */
    struct str rule; /* Profile_Rule that activation answers; empty: the one of the settings */
};

/* An enrolment window: the hub pushes ALL open ones to each worker whenever the set changes (so that a MAC nobody opened a window for
 * costs no lookup at all). At most PROV_WINDOWS; the API refuses more. */
enum { PROV_WINDOWS = 1024 };
struct prov_window {
    struct mac mac;
    usec_t until;                /* date */
    char key[PROV_KEY_MOST + 1]; /* the device's URL key; "" none */
};

/* What a worker asks the hub thread (A: app/hub/hub.h has the letter; wish: struct hub_ask {struct loop_letter letter; struct loop *back;
 * void (*answered)(struct hub_ask *, void *ctx); struct prov_question q; struct prov_device *ret;} and hub_ask(hub, ask)). */
struct prov_question {
    struct mac
        mac; /* the device with this MAC; always PROVEN (certificate), or claimed with a password, or in a window */
    bool proven; /* by certificate: an unknown MAC goes to the inbox, and a code may be redeemed */
    char code
        [17]; /* 16 digits of an activation code: redeem it for `mac` in one transaction, then answer about `mac`; "": none */
    char model[40]; /* as the certificate or the phone says: "CP-8865-3PCC" */
    char serial[40];
    char firmware[64];
    struct addr_text {
        char text[46];
    } source;
    /* answered: */
    bool code_taken; /* the code was good, the device has this MAC now */
    const char
        *code_why; /* else: "unknown", "used", "expired", "wrong-model", "mac-used": a constant */
};

/* The two HA1 of a password, for who stores it (S, A): username as $MA. */
enum err prov_password_make(const struct crypto *crypto, struct mac mac, struct str realm,
                            struct str password, usec_t until, struct prov_password *ret);

/* From hub to the workers (app/serve gives A these by a table of functions; each posts to every worker; `done` (may be NULL) is called on
 * the hub's loop when all have it, so that the edit can be acknowledged after):
 *   forget(ctx, const struct mac *mac, size_t n, done, done_ctx)     n 0: everything
 *   windows(ctx, const struct prov_window *w, size_t n, done, done_ctx)
 * From workers to the hub beside the question:
 *   hub_report(hub, struct hub_report *)  a problem report: file below state/reports/incoming/, size, mac/proof, devicename, serialno,
 *                                         username, file name, content type, source; hub moves and diagnoses it
 *   hub_config_report(hub, ...)           Report_Rule XML: mac, bytes (malloc'd)
 *   hub_fact(hub, ...)                    copies of journal rows
 */
#endif
