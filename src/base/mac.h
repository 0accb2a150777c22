/* MAC addresses in every spelling that phones, logs and people use. */
#ifndef BASE_MAC_H
#define BASE_MAC_H

#include "base/str.h"

struct mac {
    uint8_t b[6];
};

/* The whole of `s`: 12 hexadecimal digits, bare or separated by ':', '-' or '.' in groups of two
 * or four, either case, optionally behind "SEP". */
bool mac_read(struct str s, struct mac *ret_mac);
/* "00:00:5e:00:53:01" with NUL. */
enum { MAC_TEXT = 18 };
void mac_write(struct mac m, char ret_text[MAC_TEXT]);
static inline bool mac_eq(struct mac a, struct mac b)
{
    return memcmp(a.b, b.b, sizeof a.b) == 0;
}

#endif
