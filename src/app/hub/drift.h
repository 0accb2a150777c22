/* What a phone reported of its configuration, beside what is published for it. */
#ifndef APP_HUB_DRIFT_H
#define APP_HUB_DRIFT_H

#include "app/hub/render.h"

struct drift_value {
    const struct render_value *published;
    struct str reported;
};

struct drift {
    struct drift_value *value; /* in the order of the report */
    size_t n;
};

/* Parameters that are published and that the phone has otherwise. Secrets are not compared: phones do not report them. ERR_MALFORMED: the
 * report cannot be read to its end, or is no document at all; ERR_MEMORY. */
enum err drift_find(struct str report, const struct render *published, struct arena *a,
                    struct drift *ret) MUST_CHECK;

#endif
