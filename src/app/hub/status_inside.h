/* What the files of the status share. */
#ifndef APP_HUB_STATUS_INSIDE_H
#define APP_HUB_STATUS_INSIDE_H

#include "app/hub/status.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/index.h"
#include "base/json.h"
#include "base/slab.h"
#include "domain/diagnosis/diagnosis.h"
#include "flow/record/record.h"

enum {
    STATUS_MOST = 4000000,
    STATUS_STRANGERS = 16384, /* phones that are no device, at most */
    STATUS_WAITING = 65536,   /* rows that wait while the journal is read */
    STATUS_ROWS = 300,        /* of a device that the doctor looks at */
    STATUS_USERS = 16,        /* of a device */
};

enum entry_flag {
    ENTRY_DEVICE = 1 << 0,   /* in the inventory */
    ENTRY_CHANGED = 1 << 1,  /* in the list of those to be told */
    ENTRY_ASK = 1 << 2,      /* the doctor is to be asked */
    ENTRY_STRANGER = 1 << 3, /* counted as one */
    ENTRY_NEAR = 1 << 4,     /* it was told which device it is nearly */
};

struct entry {
    struct index_link link;
    struct mac mac;
    uint8_t flags;
    uint8_t told; /* enum standing_status */
    uint8_t stage, level;
    uint32_t next; /* of those to be told: entry plus 1 */
    uint64_t id;   /* of the device */
    const struct rule *verdict;
    uint32_t created; /* seconds */
    struct standing standing;
};

struct user {
    uint32_t spare; /* base/rows keeps it when the row is given back */
    struct index_link by_name, by_mac;
    struct mac mac;
    uint16_t len;
    uint32_t name; /* piece of the slab */
};

struct late_row {
    struct late_row *next;
    usec_t when;
    int kind;
    uint32_t subject, line; /* bytes, one behind the other in `text` */
    char text[];
};

struct status {
    struct status_cfg cfg;
    struct hash_key key;
    struct rows entries, users;
    struct index by_mac, users_by_name, users_by_mac;
    struct slab names;
    uint32_t strangers;
    uint32_t changed, changed_last; /* entries plus 1: to be told, in their order */
    uint32_t sweep;                 /* the entry that is looked at next */
    bool overview_due;
    usec_t overview_at; /* run time of the last one */
    struct loop_timer *timer, *reader;
    bool began;   /* status_rebuild was called */
    bool reading; /* the journal, from the start or again */
    int64_t read_upto;
    struct late_row *late, **late_end;
    size_t n_late;
    struct record record;
    uint32_t order;
    struct fact *fact; /* what the record read last; NULL: nothing */
    struct fact parsed;
    char title[256];
    char finding[16];
};

usec_t status_date(struct status *s);
struct entry *status_find(const struct status *s, struct mac mac);
/* Whether an account of our edge is on a line of it. */
bool status_has_user(const struct status *s, struct mac mac);
/* The fact of a line, good until the next call; NULL: none of a kind that is known. */
const struct fact *status_parse(struct status *s, struct str line);
/* The entry is told anew, and asked about. */
void status_mark(struct status *s, struct entry *e, bool ask);
/* What is marked is told `after` so long. */
void status_tell_soon(struct status *s, usec_t after);
void status_take(struct status *s, const struct journal_row *row);

/* status_rebuild.c: a row that comes while the journal is read waits. True: it was taken. */
bool status_later(struct status *s, const struct journal_row *row);

/* -- status_rows.c: the rows of one device, and what the doctor makes of them */

struct device_row {
    int64_t id;
    usec_t when;
    int kind;
    bool by_user; /* found by its user */
    struct str line, source;
};

struct device_rows {
    struct arena arena;
    struct device_row row[STATUS_ROWS * 2];
    size_t n;
};
/* ERR_IO, ERR_MEMORY; the caller clears the arena either way. */
enum err status_rows(struct status *s, struct mac mac, struct device_rows *ret) MUST_CHECK;

struct doctor;
/* A doctor that has read that the device was added (USEC_NONE: not told), rows [from, to), and the time `now` behind
 * them; NULL without memory. Line *ret_line of its input is row `from`. */
struct doctor *status_ask(struct status *s, struct mac mac, const struct device_rows *rows,
                          size_t from, size_t to, usec_t added, usec_t now, uint32_t *ret_line);
/* Asks about one that was marked, if its rows can be read. */
void status_judge(struct status *s, struct entry *e);

void status_write_time(struct json *j, const char *key, usec_t t);

#endif
