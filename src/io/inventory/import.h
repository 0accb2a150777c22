/* Devices from comma-separated values, and back. The first line names the columns, in any order:
 *
 *     mac      MAC address in any spelling; empty: the phone brings an activation code
 *     model    needed
 *     kind     person (or personal, the default), workspace (or shared)
 *     owner    the name; with kind person one that is there is found by mail, else by name; else it is made
 *     mail     of a person
 *     site     by name; made when it is not there; empty: none
 *     number   of line 1: its account is made, or found (and shared)
 *     user     of line 1's account, where it is not the number
 *     display  of the account that is made
 *     secret   of the account that is made; empty: a random one
 *     registrar  by name; empty: our edge
 *     serial, note
 *
 * A row that repeats a MAC that the inventory has is refused (MAC_USED), so that an import sent twice adds nothing. */
#ifndef IO_INVENTORY_IMPORT_H
#define IO_INVENTORY_IMPORT_H

#include "base/sink.h"
#include "io/inventory/devices.h"

enum { IMPORT_ROWS_MOST = 200000 };

struct import_row {
    size_t line;            /* of the text, from 1 */
    struct refusal refused; /* NONE: good */
    struct mac mac;
    bool has_mac;
    bool new_owner, new_site, new_account; /* what it would make, or has made */
    int64_t device;                        /* made; 0 in a preview */
};

struct import_result {
    uint64_t rows, good, refused;
    bool done; /* written; else nothing was changed */
};

struct import; /* one import on its way */

/* Looks at the header. `text` is copied. `preview`: nothing is written. `partial`: good rows are written although others
 * are refused; else one refused row keeps all from being written. REFUSAL_BAD_CSV, BUSY (another one runs). */
enum err inventory_import_new(struct inventory *inv, const struct actor *who, struct str text,
                              bool preview, bool partial, struct import **ret,
                              struct refusal *reterr) MUST_CHECK;
/* All rows, in one transaction, over a connection of its own: from any thread, while the inventory's own goes on (it reads
 * what was before; from inventory_import_new on changes are refused as BUSY). Kill -9 leaves all of it or nothing. */
void inventory_import_run(struct import *m);
/* Back on the hub's thread, after inventory_import_run: the index learns, changed() is called (INVENTORY_ALL).
 * Rows in order of lines, good until inventory_import_free. */
enum err inventory_import_end(struct import *m, struct import_result *ret,
                              const struct import_row **ret_row, struct refusal *reterr) MUST_CHECK;
void inventory_import_free(struct import *m);

/* Every device as a row of the same columns (but secret), for a spreadsheet: no field begins a formula. Reads in pieces:
 * `*cursor` empty at the start, and at the end. */
enum err inventory_export(struct inventory *inv, struct arena *a, struct str *cursor, size_t rows,
                          struct sink *out, struct refusal *reterr) MUST_CHECK;

#endif
