/* The content coding aes128gcm (RFC 8188). */
#ifndef PROTO_AES128GCM_AES128GCM_H
#define PROTO_AES128GCM_AES128GCM_H

#include "base/crypto.h"
#include "base/sink.h"

enum { AES128GCM_SALT = 16, AES128GCM_RECORD = 4096 };

/* Appends header and records of `record` bytes (18 and more, the last may be shorter). `keyid` at most 255 bytes. Never the same salt
 * and key for two contents. ERR_USAGE: record or keyid out of range. Errors of the table, ERR_MEMORY. */
enum err aes128gcm_write(const struct crypto *crypto, struct str ikm, struct str keyid,
                         const uint8_t salt[AES128GCM_SALT], uint32_t record, struct str plain,
                         struct buf *out) MUST_CHECK;

#endif
