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

struct aes128gcm_head {
    struct str salt, keyid; /* keyid: at most 255 bytes, says which key; not authenticated */
    uint32_t record;        /* bytes of each record but the last, 18 and more */
    struct str records;     /* what follows */
};

/* Views into `sealed`. ERR_MALFORMED: cut, or records too small. */
enum err aes128gcm_head_read(struct str sealed, struct aes128gcm_head *ret_head,
                             struct err_at *reterr_at) MUST_CHECK;
/* Opens the records into `room` (head->records.len bytes); *ret_plain is a view of it, padding left out. ERR_MALFORMED: another key,
 * damaged, cut, or records behind the last; its offset counts from the first record. Errors of the table. Nothing of what room holds
 * after an error is to be used. */
enum err aes128gcm_read(const struct crypto *crypto, struct str ikm,
                        const struct aes128gcm_head *head, char *room, struct str *ret_plain,
                        struct err_at *reterr_at) MUST_CHECK;

#endif
