/* What a phone can prove itself with besides its certificate: passwords, keys, codes, windows. */
#ifndef IO_INVENTORY_PROOF_H
#define IO_INVENTORY_PROOF_H

#include "io/inventory/inventory.h"

/* -- provisioning passwords: user name is the MAC's twelve digits in lower case. Random, told once; two are valid while
 * a rotation lasts. */

enum { PASSWORDS_MOST = 2 };

/* Passwords are sealed in the database; what is checked against is made of them for who asks. */
struct password_proof {
    usec_t expires;      /* 0: the newest, which does not */
    uint8_t ha1_md5[16]; /* of MAC digits:provisioning realm:password; also for Basic */
    uint8_t ha1_sha256[32];
};

/* A new password; what was the newest stays valid until `overlap` microseconds from now, older ones go. BAD_FIELD where
 * the device has no MAC yet. The password can be had again (for the profile rule that must carry it) with
 * inventory_password_get. */
enum err inventory_password_rotate(struct inventory *inv, const struct actor *who, int64_t device,
                                   usec_t overlap, struct arena *a, struct str *ret_password,
                                   struct refusal *reterr) MUST_CHECK;
/* NOT_FOUND: it has none. */
enum err inventory_password_get(struct inventory *inv, int64_t device, struct arena *a,
                                struct str *ret_password, struct refusal *reterr) MUST_CHECK;
enum err inventory_password_drop(struct inventory *inv, const struct actor *who, int64_t device,
                                 struct refusal *reterr) MUST_CHECK;

/* -- keys of a device: made at random when it is added, anew when it is replaced or asked for */

struct device_keys {
    struct str url_key; /* 32 letters and digits: a name below /, no proof */
    uint8_t aes[32]; /* for --key: AES-256-CBC; as the phone's passphrase: its hexadecimal digits */
    uint8_t ikm[16]; /* input keying material of RFC 8188 (aes128gcm) */
};
enum err inventory_keys_get(struct inventory *inv, int64_t device, struct arena *a,
                            struct device_keys *ret, struct refusal *reterr) MUST_CHECK;
enum err inventory_keys_renew(struct inventory *inv, const struct actor *who, int64_t device,
                              struct refusal *reterr) MUST_CHECK;
/* False: no device has that URL key. */
bool inventory_device_of_key(struct inventory *inv, struct str url_key, int64_t *ret_id);

/* -- activation codes: 16 random digits, good once, until they expire; a new one voids the device's older ones */

enum { CODE_TEXT = 17 };
enum err inventory_code_make(struct inventory *inv, const struct actor *who, int64_t device,
                             usec_t valid, char ret_code[CODE_TEXT], usec_t *ret_expires,
                             struct refusal *reterr) MUST_CHECK;
/* A phone whose MAC is proven brings a code: its device gets that MAC (the one it had goes to its history) and the
 * serial (may be empty). NOT_FOUND, EXPIRED, SPENT (not for the very MAC that used it: that is told the device again
 * until the code expires), MAC_USED. */
enum err inventory_code_use(struct inventory *inv, const struct actor *who, struct str code,
                            struct mac mac, struct str serial, int64_t *ret_device,
                            struct refusal *reterr) MUST_CHECK;
struct code_state {
    bool there; /* one that is not used and has not expired */
    usec_t expires;
};
enum err inventory_code_state(struct inventory *inv, int64_t device, usec_t now,
                              struct code_state *ret, struct refusal *reterr) MUST_CHECK;

/* -- enrolment windows: that device is given its configuration without proof until the window closes */

struct window {
    int64_t id;
    int64_t device;
    struct mac mac;
    usec_t opened, until;
    struct str by;
    uint64_t used; /* times */
};
/* `length` at most a day; one that is open is replaced. BAD_FIELD where the device has no MAC. */
enum err inventory_window_open(struct inventory *inv, const struct actor *who, int64_t device,
                               usec_t length, int64_t *ret_id, usec_t *ret_until,
                               struct refusal *reterr) MUST_CHECK;
enum err inventory_window_close(struct inventory *inv, const struct actor *who, int64_t id,
                                struct refusal *reterr) MUST_CHECK;
/* Those open at `now`, the newest first. */
enum err inventory_windows(struct inventory *inv, usec_t now, struct page page, struct arena *a,
                           struct window **ret, size_t *ret_n, struct str *ret_next,
                           struct refusal *reterr) MUST_CHECK;
/* A phone was served through it: counted, not audited. */
void inventory_window_used(struct inventory *inv, int64_t device);

#endif
