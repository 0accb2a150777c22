/* Names of SIP header fields: those of one letter are looked through. */
#include "proto/sip/sip_header.h"

static const struct str names[SIP_HEADER_N] = {
#define HEADER(id, name) [SIP_##id] = STR_INIT(name),
#define COMPACT(id, name, letter) [SIP_##id] = STR_INIT(name),
#include "proto/sip/sip_header.def"
#undef HEADER
#undef COMPACT
};

/* On their own: they tell most of a letter's names apart. */
static const uint8_t lengths[SIP_HEADER_N] = {
#define HEADER(id, name) [SIP_##id] = sizeof(name) - 1,
#define COMPACT(id, name, letter) [SIP_##id] = sizeof(name) - 1,
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

/* Where the names that begin with a letter begin; the names are in order (sip_header.def). */
static const uint8_t first[27] = {
    SIP_ACCEPT,      SIP_CALL_ID,      SIP_CALL_ID,         SIP_DATE,
    SIP_ERROR_INFO,  SIP_FEATURE_CAPS, SIP_GEOLOCATION,     SIP_HISTORY_INFO,
    SIP_IDENTITY,    SIP_JOIN,         SIP_MAX_BREADTH,     SIP_MAX_BREADTH,
    SIP_MAX_BREADTH, SIP_ORGANIZATION, SIP_ORGANIZATION,    SIP_P_ACCESS_NETWORK_INFO,
    SIP_RACK,        SIP_RACK,         SIP_SECURITY_CLIENT, SIP_TARGET_DIALOG,
    SIP_UNSUPPORTED, SIP_VIA,          SIP_WARNING,         SIP_X_CISCO_SERVICE,
    SIP_HEADER_N,    SIP_HEADER_N,     SIP_HEADER_N,
};

enum sip_header sip_header_id(struct str name)
{
    if (name.len == 1) {
        return compact_id(ascii_lower(name.p[0]));
    }
    char c = name.len ? ascii_lower(name.p[0]) : '\0';
    if (c < 'a' || c > 'z') {
        return SIP_OTHER;
    }
    for (unsigned id = first[c - 'a']; id < first[c - 'a' + 1]; id++) {
        if (lengths[id] == name.len && str_ieq(names[id], name)) {
            return (enum sip_header)id;
        }
    }
    return SIP_OTHER;
}

struct str sip_header_name(enum sip_header id)
{
    return id < SIP_HEADER_N ? names[id] : STR("");
}
