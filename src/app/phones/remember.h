/* Phones that the hub told of, by MAC; the longest unused gives way. */
#ifndef APP_PHONES_REMEMBER_H
#define APP_PHONES_REMEMBER_H

#include "base/hash.h"
#include "flow/provision/prov_device.h"

struct memory;

/* At most `most` phones and about `bytes` bytes. ERR_MEMORY. */
enum err memory_new(const struct hash_key *key, size_t most, size_t bytes,
                    struct memory **ret) MUST_CHECK;
void memory_free(struct memory *m);
/* Good until the next put or forget. NULL: not known, or told more than ten minutes before `now` (run time). */
const struct prov_device *memory_find(struct memory *m, struct mac mac, usec_t now);
/* Takes the block, and `squeezed` (may be NULL, memory that the block points at), over in place of what was known of that MAC. False:
 * it is too large, and both are the caller's still. */
bool memory_put(struct memory *m, struct prov_device *d, char *squeezed, usec_t now);
void memory_forget(struct memory *m, struct mac mac);
void memory_forget_all(struct memory *m);
size_t memory_count(const struct memory *m);

#endif
