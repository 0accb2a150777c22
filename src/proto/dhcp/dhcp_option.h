/* Options of DHCP by name, and their values as text. */
#ifndef PROTO_DHCP_OPTION_H
#define PROTO_DHCP_OPTION_H

#include "base/sink.h"
#include "proto/dhcp/dhcp.h"

/* "TFTP server name"; NULL for a code that has none here. */
const char *dhcp_option_name(uint8_t code);

/* Writes the option's value by its form: addresses as "192.0.2.1, 192.0.2.2", numbers in decimal,
 * text as it stands (control characters included: the caller escapes), sub-options as "1=value".
 * A value that does not have the form of its code, and a code without one, is written as text where
 * all of it is printable ASCII, otherwise in hexadecimal. Nothing when the option is not there. */
void dhcp_option_print(const struct dhcp_message *m, uint8_t code, struct sink *out);

#endif
