/* What publishing and rendering need of layers. */
#ifndef IO_INVENTORY_LAYER_H
#define IO_INVENTORY_LAYER_H

#include "io/inventory/config.h"

struct edit;

/* The layer in its canonical form. NOT_FOUND: no such site, device, model. */
enum err layer_check(struct edit *e, const struct layer_ref *ref, struct layer_ref *ret) MUST_CHECK;
/* Its row, without values; 0: never written, *ret is empty. `ref` is canonical. */
int64_t layer_read(struct edit *e, const struct layer_ref *ref, struct arena *a, struct layer *ret);
/* The values of a content, by name; secrets opened. Content 0: none. */
enum err layer_values(struct edit *e, int64_t content, struct arena *a, struct config_value **ret,
                      size_t *ret_n) MUST_CHECK;
struct str layer_name(struct edit *e, const struct layer_ref *ref);

#endif
