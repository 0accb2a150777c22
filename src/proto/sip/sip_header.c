/* Names of SIP header fields: a table by what tells all of them apart. */
#include "proto/sip/sip_header.h"

static const struct str names[SIP_HEADER_N] = {
#define HEADER(id, name, slot) [SIP_##id] = STR_INIT(name),
#define COMPACT(id, name, slot, letter) [SIP_##id] = STR_INIT(name),
#include "proto/sip/sip_header.def"
#undef HEADER
#undef COMPACT
};

enum { SLOTS = 512 };

/* The header of a slot plus 1; 0: none. A slot that stands twice does not compile. */
static const uint8_t slots[SLOTS] = {
#define HEADER(id, name, slot) [slot] = SIP_##id + 1,
#define COMPACT(id, name, slot, letter) [slot] = SIP_##id + 1,
#include "proto/sip/sip_header.def"
#undef HEADER
#undef COMPACT
};

static enum sip_header compact_id(char letter)
{
    switch (letter) {
#define HEADER(id, name, slot)
#define COMPACT(id, name, slot, c) \
    case c:                        \
        return SIP_##id;
#include "proto/sip/sip_header.def"
#undef HEADER
#undef COMPACT
    default:
        return SIP_OTHER;
    }
}

/* By length, first, middle and last letter, in any case. The factors were tried until no two names met. */
unsigned sip_header_slot(struct str name)
{
    unsigned first = (unsigned char)name.p[0] | 0x20U;
    unsigned middle = (unsigned char)name.p[name.len / 2] | 0x20U;
    unsigned last = (unsigned char)name.p[name.len - 1] | 0x20U;
    return ((unsigned)name.len * 122 + first * 219 + middle * 124 + last * 152) % SLOTS;
}

enum sip_header sip_header_id(struct str name)
{
    if (name.len <= 1) {
        return name.len ? compact_id(ascii_lower(name.p[0])) : SIP_OTHER;
    }
    unsigned id = slots[sip_header_slot(name)];
    bool is = id > 0 && (str_eq(names[id - 1], name) || str_ieq(names[id - 1], name));
    return is ? (enum sip_header)(id - 1) : SIP_OTHER;
}

struct str sip_header_name(enum sip_header id)
{
    return id < SIP_HEADER_N ? names[id] : STR("");
}
