/* Configurations that only their phone can read. */
#include "flow/provision/provision.h"
#include "proto/aes128gcm/aes128gcm.h"
#include "proto/salted/salted.h"

/* A salt for each configuration and key, without chance in it: what was sealed once can be kept, and seals alike again. */
static enum err salt_of(const struct crypto *crypto, struct str key, struct str plain,
                        uint8_t ret_salt[HMAC_MOST])
{
    const struct str parts[] = {STR("salt"), plain};
    size_t len = 0;
    return crypto->hmac(HMAC_SHA256, key, parts, 2, ret_salt, &len);
}

enum err provision_seal(const struct crypto *crypto, const struct prov_device *d,
                        enum provision_body form, struct buf *out)
{
    uint8_t salt[HMAC_MOST];
    bool cbc = form == BODY_AES_CBC;
    struct str key = cbc ? d->pass : d->ikm;
    struct str plain = cbc && d->gzip.len ? d->gzip : d->plain;
    if (key.len == 0 || !plain.p) {
        return ERR_MISSING;
    }
    enum err e = salt_of(crypto, key, plain, salt);
    if (e != ERR_OK) {
        return e;
    }
    return cbc ? salted_write(crypto, key, salt, plain, out)
               : aes128gcm_write(crypto, key, str_of(NULL, 0), salt, AES128GCM_RECORD, plain, out);
}
