/* Forms of problem reports. */
#include "app/phones/form.h"

bool form_init(struct form *f, struct str content_type)
{
    *f = (struct form){.parts = str_istarts(content_type, STR("multipart/"))};
    return !f->parts;
}

void form_clear(struct form *f)
{
    (void)f;
}

bool form_take(struct form *f, struct str bytes, void (*keep)(void *ctx, struct str bytes),
               void *ctx)
{
    (void)f;
    keep(ctx, bytes);
    return true;
}

bool form_whole(const struct form *f)
{
    return !f->parts;
}
