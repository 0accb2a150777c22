/* Names of configurations: what a phone asks for, and by what name it calls itself. */
#ifndef FLOW_PROVISION_NAME_H
#define FLOW_PROVISION_NAME_H

#include "base/mac.h"

enum provision_name_kind {
    PROVISION_NAME_ROOT,  /* "/": whoever asks */
    PROVISION_NAME_MODEL, /* "/8851-3PCC.xml" ($PSN) */
    PROVISION_NAME_MAC, /* "/00005e005301.xml" ($MA, $MAU), ".cfg", "/Cisco/CP-8851-3PCC/00005e005301.cfg", "/Cisco/00005e005301.cfg" */
    PROVISION_NAME_KEY, /* "/" and 16 to 64 letters, digits, '-', '_': a device's own */
};

struct provision_name {
    enum provision_name_kind kind;
    struct mac mac;
    struct str word; /* model or key, a view */
};

/* `path` is decoded and begins with '/'. False: no name of a configuration. */
bool provision_name_read(struct str path, struct provision_name *ret_name);

/* What a phone says of itself in User-Agent: "Cisco-CP-8865-3PCC/12.0.2 (00005e005301)". What is missing is empty. */
struct provision_agent {
    struct str model, firmware;
    bool has_mac;
    struct mac mac;
};
void provision_agent_read(struct str value, struct provision_agent *ret_agent);

#endif
