/* The names of types, response codes and extended errors. */
#include <stdio.h>

#include "proto/dns/dns.h"

static const struct {
    uint16_t number;
    const char *name;
} types[] =
    {
#define DNS_TYPE(number, name) {number, #name},
#include "proto/dns/dns_type.def"
#undef DNS_TYPE
},
  rcodes[] = {
#define DNS_RCODE(number, name) {number, #name},
#include "proto/dns/dns_rcode.def"
#undef DNS_RCODE
};

/* RFC 8914 4. */
static const char *const extended[] = {
    "Other Error",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
};

const char *dns_type_name(uint16_t type, char buf[DNS_WORD])
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].number == type) {
            return types[i].name;
        }
    }
    snprintf(buf, DNS_WORD, "TYPE%u", type);
    return buf;
}

bool dns_type_find(struct str name, uint16_t *ret_type)
{
    uint64_t n;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (str_ieq(str_z(types[i].name), name)) {
            *ret_type = types[i].number;
            return true;
        }
    }
    if (!str_istarts(name, STR("TYPE")) || !str_u64(str_from(name, 4), &n) || n > UINT16_MAX) {
        return false;
    }
    *ret_type = (uint16_t)n;
    return true;
}

const char *dns_rcode_name(uint16_t rcode, char buf[DNS_WORD])
{
    for (size_t i = 0; i < sizeof rcodes / sizeof *rcodes; i++) {
        if (rcodes[i].number == rcode) {
            return rcodes[i].name;
        }
    }
    snprintf(buf, DNS_WORD, "RCODE%u", rcode);
    return buf;
}

const char *dns_ede_name(uint16_t code)
{
    return code < sizeof extended / sizeof *extended ? extended[code] : NULL;
}
