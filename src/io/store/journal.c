/* The journal: a list that any thread adds to, and the thread that writes it. While one transaction is on its way
 * the next one gathers, so a busy journal needs few of them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "io/store/inside.h"

enum {
    BATCH = 4096,     /* rows of one transaction */
    STEPS = 32,       /* of retention behind it, 256 rows each: more than a batch adds */
    TRIM_EACH = 32,   /* one row in so many has its subject looked after */
    TEXT_MOST = 65536 /* bytes of a row's texts */
};

/* -- adding */

static char *put(char *to, struct str s)
{
    if (s.len) {
        memcpy(to, s.p, s.len);
    }
    return to + s.len;
}

static struct waiting *copy(const struct journal_row *r)
{
    size_t len = r->subject.len + r->source.len + r->line.len;
    struct waiting *w = len <= TEXT_MOST ? malloc(sizeof *w + len) : NULL;
    if (w) {
        *w = (struct waiting){.when = r->when,
                              .kind = r->kind,
                              .subject = (uint32_t)r->subject.len,
                              .source = (uint32_t)r->source.len,
                              .line = (uint32_t)r->line.len};
        (void)put(put(put(w->text, r->subject), r->source), r->line);
    }
    return w;
}

static void wake(struct store *s)
{
    uint64_t one = 1;
    ssize_t n = 0;
    do {
        n = write(s->wake, &one, sizeof one);
    } while (n < 0 && errno == EINTR);
}

bool store_journal(struct store *s, const struct journal_row *row)
{
    bool room = atomic_fetch_add(&s->n, 1) < s->cfg.queue;
    struct waiting *w = room ? copy(row) : NULL;
    if (!w) {
        atomic_fetch_sub(&s->n, 1);
        atomic_fetch_add(&s->dropped, 1);
        return false;
    }
    struct waiting *was = atomic_load(&s->list);
    do {
        w->next = was;
    } while (!atomic_compare_exchange_weak(&s->list, &was, w));
    if (!was) {
        wake(s);
    }
    return true;
}

struct store_counts store_counts(const struct store *s)
{
    return (struct store_counts){.written = atomic_load(&s->written),
                                 .dropped = atomic_load(&s->dropped),
                                 .failed = atomic_load(&s->failed),
                                 .waiting = atomic_load(&s->n)};
}

/* -- writing */

static void bind_text(sqlite3_stmt *q, int at, const char *p, size_t len)
{
    (void)sqlite3_bind_text(q, at, p, (int)len, SQLITE_STATIC);
}

static int run(sqlite3_stmt *q)
{
    int code = sqlite3_step(q);
    (void)sqlite3_reset(q);
    (void)sqlite3_clear_bindings(q);
    return code;
}

/* All but the newest rows of this one's subject; one row in TRIM_EACH, picked so that no pattern of subjects
 * escapes it. */
static void trim(struct store *s, const struct waiting *w)
{
    uint64_t id = (uint64_t)sqlite3_last_insert_rowid(s->db);
    if (w->subject == 0 || (id * UINT64_C(0x9e3779b97f4a7c15) >> 32) % TRIM_EACH) {
        return;
    }
    bind_text(s->trim, 1, w->text, w->subject);
    (void)sqlite3_bind_int64(s->trim, 2, (sqlite3_int64)s->cfg.per_subject);
    (void)run(s->trim);
}

static bool add(struct store *s, const struct waiting *w)
{
    (void)sqlite3_bind_int64(s->add, 1, w->when);
    bind_text(s->add, 2, w->text, w->subject);
    bind_text(s->add, 3, w->text + w->subject, w->source);
    (void)sqlite3_bind_int(s->add, 4, w->kind);
    bind_text(s->add, 5, w->text + w->subject + w->source, w->line);
    if (run(s->add) != SQLITE_DONE) {
        return false;
    }
    trim(s, w);
    return true;
}

/* Removes some rows that are too old or too many; false: nothing is left to remove. */
static bool retain(struct store *s)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    int before = sqlite3_total_changes(s->db);
    (void)sqlite3_bind_int64(s->age, 1, (usec_t)now.tv_sec * USEC_S - s->cfg.age);
    (void)run(s->age);
    (void)sqlite3_bind_int64(s->most, 1, (sqlite3_int64)s->cfg.most);
    (void)run(s->most);
    return sqlite3_total_changes(s->db) != before;
}

/* A batch in one transaction. Returns what is left of the list. */
static struct waiting *write_batch(struct store *s, struct waiting *list)
{
    uint64_t written = 0, n = 0;
    bool ok = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK;
    while (list && n < BATCH) {
        struct waiting *w = list;
        list = w->next;
        n++;
        written += ok && add(s, w);
        free(w);
    }
    if (ok && sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        written = 0;
    }
    atomic_fetch_add(&s->written, written);
    atomic_fetch_add(&s->failed, n - written);
    atomic_fetch_sub(&s->n, n);
    return list;
}

/* What waits, oldest first. */
static struct waiting *take(struct store *s)
{
    struct waiting *w = atomic_exchange(&s->list, NULL);
    struct waiting *list = NULL;
    while (w) {
        struct waiting *next = w->next;
        w->next = list;
        list = w;
        w = next;
    }
    return list;
}

static void *writer(void *ctx)
{
    struct store *s = ctx;
    for (bool end = false; !end;) {
        uint64_t n = 0;
        ssize_t got = read(s->wake, &n, sizeof n);
        if (got < 0 && errno != EINTR) {
            break;
        }
        end = atomic_load(&s->end);
        struct waiting *list = take(s);
        while (list) {
            list = write_batch(s, list);
            for (int i = 0; i < STEPS && retain(s); i++) {
            }
        }
    }
    return NULL;
}

static int prepare(struct store *s)
{
    static const char *const sql[] = {
        "INSERT INTO journal (at, subject, source, kind, line) VALUES (?, ?, ?, ?, ?)",
        "DELETE FROM journal WHERE subject = ?1 AND id <= (SELECT id FROM journal WHERE subject = "
        "?1"
        " ORDER BY id DESC LIMIT 1 OFFSET ?2)",
        "DELETE FROM journal WHERE id IN (SELECT id FROM journal ORDER BY id LIMIT 256) AND at < ?",
        ("DELETE FROM journal WHERE id IN (SELECT id FROM journal ORDER BY id LIMIT 256)"
         " AND id <= (SELECT max(id) FROM journal) - ?"),
    };
    sqlite3_stmt **const to[] = {&s->add, &s->trim, &s->age, &s->most};
    int code = SQLITE_OK;
    for (size_t i = 0; i < sizeof sql / sizeof *sql && code == SQLITE_OK; i++) {
        code = sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, to[i], NULL);
    }
    return code;
}

static void drop_statements(struct store *s)
{
    (void)sqlite3_finalize(s->add);
    (void)sqlite3_finalize(s->trim);
    (void)sqlite3_finalize(s->age);
    (void)sqlite3_finalize(s->most);
}

enum err store_writer_start(struct store *s)
{
    sigset_t all, was;
    s->wake = eventfd(0, EFD_CLOEXEC);
    bool ok = s->wake >= 0 && prepare(s) == SQLITE_OK;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &was);
    ok = ok && pthread_create(&s->thread, NULL, writer, s) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &was, NULL);
    if (!ok) {
        drop_statements(s);
        if (s->wake >= 0) {
            (void)close(s->wake);
        }
    }
    return ok ? ERR_OK : ERR_IO;
}

void store_writer_end(struct store *s)
{
    atomic_store(&s->end, true);
    wake(s);
    (void)pthread_join(s->thread, NULL);
    drop_statements(s);
    (void)close(s->wake);
}
