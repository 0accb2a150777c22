/* The certificates of a server that was given none: an authority of its own in a folder, and a certificate by it. */
#ifndef APP_CA_LAB_H
#define APP_CA_LAB_H

#include <stdbool.h>
#include <stddef.h>

enum { CA_LAB_PATH = 4200, CA_LAB_NAMES = 24 };

struct ca_lab {
    char ca[CA_LAB_PATH];                     /* certificate of the authority */
    char cert[CA_LAB_PATH], key[CA_LAB_PATH]; /* of the server */
    bool made;                                /* the authority was not there before */
};

/* Makes what is not there; the server's certificate anew where it ends within 30 days or was made for other names (host names
 * and addresses, CA_LAB_NAMES at most). The folder is made, 0700. False after telling. */
bool ca_lab(const char *folder, const char *const *name, size_t n, struct ca_lab *ret);

#endif
