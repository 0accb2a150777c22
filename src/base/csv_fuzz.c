/* Any bytes as comma-separated values: records and mistakes in turn, lines rise, fields lie inside. */
#include <assert.h>
#include <stdint.h>

#include "base/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv c;
    struct err_at at;
    char room[CSV_FIELD_MOST];
    size_t line = 0;
    csv_init(&c, str_of((const char *)data, size));
    for (enum err e = csv_next(&c, &at); e != ERR_END; e = csv_next(&c, &at)) {
        assert(c.line > line);
        line = c.line;
        assert(e == ERR_OK ? c.n >= 1 && c.n <= CSV_FIELDS : e == ERR_MALFORMED && at.what != NULL);
        for (size_t i = 0; e == ERR_OK && i < c.n; i++) {
            struct str v = csv_value(&c, i, room);
            assert(v.len <= c.field[i].len && str_chr(v, '\n') == STR_NPOS);
        }
    }
    return 0;
}
