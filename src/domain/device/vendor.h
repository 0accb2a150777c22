/* How phones of the family name themselves to DHCP. */
#ifndef DOMAIN_DEVICE_VENDOR_H
#define DOMAIN_DEVICE_VENDOR_H

#include "base/str.h"

/* How the vendor class (option 60) of a phone begins (docs/sources.md, Wazo provd). */
extern const struct str device_vendor_class;

#endif
