/* Phone models that can be added. */
#ifndef APP_HUB_MODELS_H
#define APP_HUB_MODELS_H

#include "base/str.h"

struct model {
    const char *name;  /* "CP-8851-3PCC" */
    const char *psn;   /* $PSN: "8851-3PCC" */
    const char *title; /* "Cisco 8851" */
    const char *family;
    unsigned lines; /* that can register */
    bool by_code;   /* an activation code can be typed into it */
};

extern const struct model models[];
extern const size_t models_n;

/* By its name in any usual form: "CP-8851-3PCC", "cp-8851", "8851", "8851-3PCC", "Cisco 8851", "DMS Cisco 8851". NULL: there is none. */
const struct model *model_find(struct str name);

#endif
