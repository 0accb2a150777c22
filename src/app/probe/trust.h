/* Whether a certificate is one for the SIP server that was meant, as phones judge it. */
#ifndef APP_PROBE_TRUST_H
#define APP_PROBE_TRUST_H

#include "base/x509.h"

enum trust {
    TRUST_DOMAIN, /* a subject alternative name is the SIP domain (RFC 5922 7.1) */
    TRUST_COMMON, /* only the common name is: phones look there too */
    TRUST_TARGET, /* only the SRV target is named: a phone that compares with the domain refuses it */
    TRUST_WILDCARD, /* only a wildcard fits (RFC 5922 7.2 forbids it) */
    TRUST_NONE,
};

/* `domain`: the SIP domain or outbound proxy; `target`: the SRV target, may be the same. Addresses are compared
 * with addresses. */
enum trust trust_of(const struct x509 *c, struct str domain, struct str target);
/* Whether an expected issuer (a part of its name, letters in any case) stands in it. */
bool trust_issuer(const struct x509 *c, struct str expected);

#endif
