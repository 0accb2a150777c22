/* What happened, for the journal and for who shows it live. */
#include "app/serve/tell.h"

#include "flow/record/record.h"

void serve_tell(struct store *store, struct hub *hub, usec_t now, const struct fact *f,
                struct buf *line)
{
    struct str mac = fact_get(f, FIELD_MAC);
    struct sink out = buf_sink(line);
    if (!store && !hub) {
        return;
    }
    buf_reset(line);
    record_write(&out, now, f);
    if (out.err != ERR_OK) {
        return;
    }
    const struct journal_row row = {.when = now,
                                    .subject = mac.len ? mac : fact_get(f, FIELD_USER),
                                    .source = fact_get(f, FIELD_SERVER),
                                    .kind = f->kind,
                                    .line = str_trim(buf_str(line))};
    if (store) {
        (void)store_journal(store, &row);
    }
    if (hub) {
        (void)hub_tell(hub, &row);
    }
}
