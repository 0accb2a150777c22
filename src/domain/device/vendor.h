/* How phones of the family name themselves to DHCP. */
#ifndef DOMAIN_DEVICE_VENDOR_H
#define DOMAIN_DEVICE_VENDOR_H

/* How the vendor class (option 60) of a phone begins (docs/sources.md, WAZO). */
#define DEVICE_VENDOR_CLASS "CP-"

#endif
