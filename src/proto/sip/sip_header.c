/* Names of SIP header fields: binary search in the one table. */
#include "proto/sip/sip_header.h"

static const struct str names[SIP_HEADER_N] = {
#define HEADER(id, name) [SIP_##id] = STR_INIT(name),
#define COMPACT(id, name, letter) [SIP_##id] = STR_INIT(name),
#include "proto/sip/sip_header.def"
#undef HEADER
#undef COMPACT
};

static enum sip_header compact_id(char letter)
{
    switch (letter) {
#define HEADER(id, name)
#define COMPACT(id, name, c) \
    case c:                  \
        return SIP_##id;
#include "proto/sip/sip_header.def"
#undef HEADER
#undef COMPACT
    default:
        return SIP_OTHER;
    }
}

/* Below, at or above 0, letters in lower case. */
static int compare(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < n; i++) {
        int d = (unsigned char)ascii_lower(a.p[i]) - (unsigned char)ascii_lower(b.p[i]);
        if (d != 0) {
            return d;
        }
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

enum sip_header sip_header_id(struct str name)
{
    if (name.len == 1) {
        return compact_id(ascii_lower(name.p[0]));
    }
    size_t low = 0;
    size_t high = SIP_HEADER_N;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int d = compare(name, names[mid]);
        if (d == 0) {
            return (enum sip_header)mid;
        }
        if (d < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return SIP_OTHER;
}

struct str sip_header_name(enum sip_header id)
{
    return id < SIP_HEADER_N ? names[id] : STR("");
}
