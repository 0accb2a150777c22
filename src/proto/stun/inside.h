/* What reading and writing STUN share. Inside the module only. */
#ifndef PROTO_STUN_INSIDE_H
#define PROTO_STUN_INSIDE_H

#include "base/str.h"

enum { STUN_HEAD = 20, STUN_COOKIE = 0x2112a442 };

/* RFC 8489 14 and 18.3 */
enum stun_attribute {
    STUN_MAPPED_ADDRESS = 0x0001,
    STUN_USERNAME = 0x0006,
    STUN_INTEGRITY = 0x0008,
    STUN_ERROR_CODE = 0x0009,
    STUN_UNKNOWN_ATTRIBUTES = 0x000a,
    STUN_REALM = 0x0014,
    STUN_NONCE = 0x0015,
    STUN_INTEGRITY_SHA256 = 0x001c,
    STUN_PASSWORD_ALGORITHM = 0x001d,
    STUN_USERHASH = 0x001e,
    STUN_XOR_MAPPED_ADDRESS = 0x0020,
    STUN_FINGERPRINT = 0x8028,
};

/* The value of FINGERPRINT behind `before`, in which the length of the header counts it already (RFC 8489
 * 14.7). */
uint32_t stun_crc(struct str before);

#endif
