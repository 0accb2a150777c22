/* Unknown phones and problem reports. */
#include "io/inventory/inside.h"

void unknown_flush(struct inventory *inv)
{
    (void)inv;
}

void unknown_clear(struct inventory *inv)
{
    (void)inv;
}
