/* How phones of the family name themselves to DHCP. */
#include "domain/device/vendor.h"

const struct str device_vendor_class = STR_INIT("CP-");
