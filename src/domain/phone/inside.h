/* What the files of this module share. */
#ifndef DOMAIN_PHONE_INSIDE_H
#define DOMAIN_PHONE_INSIDE_H

#include "domain/phone/phone.h"

/* A row: a text, or a setting (name and value). Row 0 is the empty text. ERR_LIMIT, ERR_MEMORY. */
enum err pool_intern(struct phone_pool *pool, struct str name, struct str value,
                     uint32_t *ret_row) MUST_CHECK;
struct str pool_name(const struct phone_pool *pool, uint32_t row);
struct str pool_value(const struct phone_pool *pool, uint32_t row);

#endif
