/* Layers of configuration values: drafts. */
#include "io/inventory/inside.h"

void layer_delete(struct edit *e, enum layer_kind kind, int64_t ref)
{
    (void)sql_run(&e->sql,
                  "DELETE FROM content WHERE layer IN (SELECT id FROM layer WHERE kind = ? AND"
                  " ref = ?)",
                  SQL_ARGS(SQL_INT(kind), SQL_INT(ref)));
    (void)sql_run(&e->sql, "DELETE FROM layer WHERE kind = ? AND ref = ?",
                  SQL_ARGS(SQL_INT(kind), SQL_INT(ref)));
}

void contents_prune(struct edit *e)
{
    (void)e;
}
