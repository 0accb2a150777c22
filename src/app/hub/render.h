/* The configuration of one device: its values, each with the layer that it comes from, and as the document that its phone reads. */
#ifndef APP_HUB_RENDER_H
#define APP_HUB_RENDER_H

#include "app/hub/hub.h"
#include "base/sink.h"
#include "domain/profile/profile.h"
#include "io/inventory/config.h"

enum { LAYER_SCOPE = 96, RENDER_ALONE = 4 }; /* from this rank on a value is of one phone alone */

/* "organisation", "site/3", ...: a constant, or in `room`. */
const char *layer_scope(const struct layer_ref *ref, char room[LAYER_SCOPE]);
bool layer_read_scope(struct str s, struct layer_ref *ret);

struct render_value {
    struct str name, value;
    struct str from; /* "organisation", "line 1", "device/17", ... */
    bool secret;     /* never shown */
    bool over;       /* another value of this name, before it in the list, stands over it */
    unsigned rank;
};

struct render {
    struct render_value *value; /* by name; of one name the strongest first */
    size_t n;
};

/* Views into `f` and the arena. ERR_MEMORY. */
enum err render_values(const struct hub_cfg *cfg, const struct device_facts *f, struct arena *a,
                       struct render *ret) MUST_CHECK;
/* The values that hold, one a name, in the arena. NULL: no memory. */
struct profile_value *render_holding(const struct render *r, struct arena *a, size_t *ret_n);

#endif
