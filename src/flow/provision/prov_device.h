/* What a worker is told about one phone: all that is needed to answer it without asking again. One block of memory, free()
 * releases it; the texts stand behind the struct. Nobody changes it. */
#ifndef FLOW_PROVISION_PROV_DEVICE_H
#define FLOW_PROVISION_PROV_DEVICE_H

#include "base/addr.h"
#include "base/crypto.h"
#include "base/mac.h"
#include "base/time.h"

enum { PROV_PASSWORDS = 2, PROV_KEY_MOST = 64, PROV_WINDOWS = 1024, PROV_CODE = 16 };
enum { PROV_WORD = 40, PROV_FIRMWARE = 64 }; /* bytes with NUL */

/* HA1 of the user "00005e005301" (the MAC's small digits, as the macro $MA) in the realm of provisioning. Basic is checked
 * against that of SHA-256. */
struct prov_password {
    char md5[33], sha256[65]; /* small hexadecimal digits with NUL; empty: none */
    usec_t until;             /* date; USEC_NONE: for ever. The old one of a rotation ends */
};

/* How the phone expects its configuration, whichever way it comes: its profile rule has a --key, or it was given input
 * keying material. */
enum prov_cipher { PROV_PLAIN, PROV_AES_CBC, PROV_AES128GCM };

struct prov_device {
    struct mac mac; /* what was asked about */
    bool known;     /* in the inventory; false: everything below is empty */
    uint64_t id;
    struct str model, serial; /* as in the inventory; the serial may be empty */
    struct str key;           /* of its URL: /KEY names this device; empty: none */
    struct str plain;         /* published configuration; p NULL: nothing is published */
    struct str gzip;          /* the same, compressed; may be empty */
    struct str etag;          /* of `plain`: at most 64 letters and digits, no quotes */
    bool secrets;             /* `plain` holds credentials */
    enum prov_cipher cipher;
    struct str pass;                               /* passphrase of --key; empty: none */
    struct str ikm;                                /* RFC 8188 2.1, raw bytes; empty: none */
    struct prov_password password[PROV_PASSWORDS]; /* the newest first */
    struct str rule; /* Profile_Rule that activation answers; empty: that of the settings */
};

/* An enrolment window: until then this phone is served whatever it shows, so that it gets its first configuration. */
struct prov_window {
    struct mac mac;
    usec_t until;                /* date */
    char key[PROV_KEY_MOST + 1]; /* of the device's URL; "": none */
};

/* What is asked about a phone. */
struct prov_question {
    struct mac mac; /* proven, claimed with a password, or with an open window */
    bool
        proven; /* by a good certificate: an unknown phone goes to the inbox, a code may be redeemed */
    char code
        [PROV_CODE +
         1]; /* activation code: gives its device `mac` in one step, then the answer is about `mac`; "": none */
    char model[PROV_WORD], serial[PROV_WORD],
        firmware[PROV_FIRMWARE]; /* as the phone says; may be "" */
    struct addr source;
    /* answered: */
    bool code_taken; /* the code was good, the device has this MAC now */
    const char *
        code_why; /* else: "code-unknown", "code-used", "code-expired" or "code-model"; a constant */
};

/* The user of a phone's password: its MAC's 12 small digits, with NUL. */
enum { PROV_USER = 13 };
void prov_user(struct mac mac, char ret_user[PROV_USER]);
/* What is kept of a password. Errors: those of the table. */
enum err prov_password_make(const struct crypto *crypto, struct mac mac, struct str realm,
                            struct str password, usec_t until,
                            struct prov_password *ret) MUST_CHECK;

#endif
