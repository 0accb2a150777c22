/* Kills a program that edits, imports and publishes, again and again, and looks at what it left behind.
 *
 *     invcrash FOLDER ROUNDS [SEED]
 *
 * A child tells through a pipe what it begins and what the inventory has acknowledged; it is killed with SIGKILL at some moment. Then
 * everything acknowledged must be there; the one thing that was under way is there as a whole, or not at all; each device has
 * its row in the audit trail. The next round goes on from there. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/sink.h"
#include "io/inventory/audit.h"
#include "io/inventory/config.h"
#include "io/inventory/devices.h"
#include "io/inventory/import.h"
#include "io/inventory/people.h"
#include "io/tls/crypto.h"

enum { DEVICES = 400, IMPORTS = 4000, ROWS = 60, NONE = -1 };

enum what { ADD, CHANGE, REMOVE, IMPORT, PUBLISH };

/* One step: begun, then acknowledged. */
struct told {
    enum what what;
    int place; /* of a device; of an import */
    int value; /* note; number of the publication */
    bool done;
};

/* What must be there. */
static struct {
    int note[DEVICES]; /* NONE: no such device */
    bool import[IMPORTS];
    int n_imports, published, value;
    uint64_t added, removed;
    struct told under_way; /* its outcome is open */
    bool open;
} model;

static uint64_t random_state;
static struct actor actor = {.who = STR_INIT("system"), .now = 1700000000 * USEC_S};
static uint64_t acknowledged;

static unsigned below(unsigned n)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(random_state >> 33) % n;
}

static void fail(const char *what, long long a, long long b)
{
    (void)fprintf(stderr, "invcrash: %s (%lld, %lld)\n", what, a, b);
    exit(1);
}

static bool model_of(void *ctx, struct str name, struct str *ret_name, unsigned *ret_lines)
{
    (void)ctx;
    (void)name;
    *ret_name = STR("CP-8865-3PCC");
    *ret_lines = 10;
    return true;
}

static struct inventory *open_it(const char *dir)
{
    char words[INVENTORY_WHY] = "";
    struct inventory *inv = NULL;
    struct inventory_cfg cfg = {.dir = dir,
                                .crypto = tls_crypto(),
                                .realm = STR("example.org"),
                                .domain = STR("example.org"),
                                .provisioning_realm = STR("provisioning"),
                                .model = model_of};
    if (inventory_open(&cfg, &inv, words) != ERR_OK) {
        (void)fprintf(stderr, "invcrash: %s\n", words);
        exit(1);
    }
    return inv;
}

static void must(enum err e, const struct refusal *why)
{
    if (e != ERR_OK) {
        (void)fprintf(stderr, "invcrash: %s: %s\n", refusal_name(why->code), why->what);
        exit(1);
    }
}

static struct mac mac_at(int range, int place)
{
    return (struct mac){
        {0, 0, 0x5e, (uint8_t)range, (uint8_t)((unsigned)place >> 8), (uint8_t)place}};
}

/* -- the child */

static void tell(int pipe_end, struct told t)
{
    if (write(pipe_end, &t, sizeof t) != (ssize_t)sizeof t) {
        _exit(1);
    }
}

static bool id_at(struct inventory *inv, int place, int64_t *ret_id)
{
    return inventory_device_of_mac(inv, mac_at(0x53, place), ret_id);
}

static void add_one(struct inventory *inv, int place, int value)
{
    char mac[MAC_TEXT], number[STR_NUMBER];
    struct refusal why;
    int64_t id = 0, owner = 0;
    struct owner o = {.name = STR("Anna Meier")};
    mac_write(mac_at(0x53, place), mac);
    must(inventory_owner_add(inv, &actor, &o, &owner, &why), &why);
    char note[STR_NUMBER];
    struct device_new d = {
        .mac = str_z(mac),
        .number = str_number(number, 5000 + place),
        .device = {.model = STR("8865"), .person = owner, .note = str_number(note, value)}};
    must(inventory_device_add(inv, &actor, &d, &id, &why), &why);
}

static void change_one(struct inventory *inv, int64_t id, int value)
{
    char note[STR_NUMBER];
    struct refusal why;
    struct arena a;
    struct device d;
    arena_init(&a, 0);
    must(inventory_device_get(inv, id, &a, &d, &why), &why);
    d.note = str_number(note, value);
    must(inventory_device_change(inv, &actor, &d, &why), &why);
    arena_clear(&a);
}

static void import_some(struct inventory *inv, int place)
{
    struct refusal why;
    struct buf b = {0};
    struct sink out = buf_sink(&b);
    struct import *m = NULL;
    struct import_result result;
    const struct import_row *row = NULL;
    sink_z(&out, "mac,model,owner,number\n");
    for (int i = 0; i < ROWS; i++) {
        sink_fmt(&out, "00005e60%02x%02x,8865,Import %d,%d\n",
                 (unsigned)(place * ROWS + i) >> 8 & 255, (unsigned)(place * ROWS + i) & 255, i,
                 1000000 + place * ROWS + i);
    }
    must(inventory_import_new(inv, &actor, buf_str(&b), false, false, &m, &why), &why);
    inventory_import_run(m);
    must(inventory_import_end(m, &result, &row, &why), &why);
    if (!result.done) {
        fail("an import was refused", place, (long long)result.refused);
    }
    inventory_import_free(m);
    buf_clear(&b);
}

/* A value for everybody and one for each of some devices, published together. */
static void publish_all(struct inventory *inv, int value)
{
    struct refusal why;
    char text[STR_NUMBER];
    int64_t id = 0;
    uint64_t layers = 0;
    const struct config_value v = {.name = STR("A"), .value = str_number(text, value)};
    const struct layer_ref ref[] = {{.kind = LAYER_ORGANISATION},
                                    {.kind = LAYER_MODEL, .model = STR("CP-8865-3PCC")}};
    for (size_t i = 0; i < 2; i++) {
        must(inventory_layer_put(inv, &actor, &ref[i], -1, &v, 1, &id, &why), &why);
    }
    must(inventory_publish(inv, &actor, PUBLISH_ALL, NULL, STR(""), &id, &layers, &why), &why);
}

static struct told choose(struct inventory *inv)
{
    struct told t = {.value = ++model.value};
    unsigned dice = below(20);
    int64_t id = 0;
    if (dice == 0 && model.n_imports < IMPORTS) {
        t.what = IMPORT;
        t.place = model.n_imports++;
        return t;
    }
    if (dice < 4) {
        t.what = PUBLISH;
        return t;
    }
    t.place = (int)below(DEVICES);
    t.what = !id_at(inv, t.place, &id) ? ADD : dice < 7 ? REMOVE : CHANGE;
    return t;
}

static void do_it(struct inventory *inv, const struct told *t)
{
    struct refusal why;
    int64_t id = 0;
    if ((t->what == CHANGE || t->what == REMOVE) && !id_at(inv, t->place, &id)) {
        fail("the index has lost a device", t->place, 0);
    }
    switch (t->what) {
    case ADD:
        add_one(inv, t->place, t->value);
        return;
    case CHANGE:
        change_one(inv, id, t->value);
        return;
    case REMOVE:
        must(inventory_device_remove(inv, &actor, id, 0, true, &why), &why);
        return;
    case IMPORT:
        import_some(inv, t->place);
        return;
    case PUBLISH:
        publish_all(inv, t->value);
        return;
    }
}

static void child(const char *dir, int pipe_end)
{
    struct inventory *inv = open_it(dir);
    for (;;) {
        struct told t = choose(inv);
        tell(pipe_end, t);
        do_it(inv, &t);
        t.done = true;
        tell(pipe_end, t);
    }
}

/* -- the parent */

static void take(const struct told *t)
{
    model.value = t->value;
    model.under_way = *t;
    model.open = !t->done;
    if (t->what == IMPORT && t->place >= model.n_imports) {
        model.n_imports = t->place + 1;
    }
    if (!t->done) {
        return;
    }
    acknowledged++;
    switch (t->what) {
    case ADD:
        model.added++;
        model.note[t->place] = t->value;
        return;
    case CHANGE:
        model.note[t->place] = t->value;
        return;
    case REMOVE:
        model.removed++;
        model.note[t->place] = NONE;
        return;
    case IMPORT:
        model.added += ROWS;
        model.import[t->place] = true;
        return;
    case PUBLISH:
        model.published = t->value;
        return;
    }
}

static bool read_one(int pipe_end, struct told *t)
{
    size_t n = 0;
    while (n < sizeof *t) {
        ssize_t got = read(pipe_end, (char *)t + n, sizeof *t - n);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false; /* what was told in part was not told */
        }
        n += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static void check_device(struct inventory *inv, int place)
{
    struct refusal why;
    struct arena a;
    struct device d;
    int64_t id = 0, note = NONE;
    arena_init(&a, 0);
    if (id_at(inv, place, &id)) {
        must(inventory_device_get(inv, id, &a, &d, &why), &why);
        if (!str_i64(d.note, &note) || d.n_lines != 1) {
            fail("a device is half there", place, (long long)d.n_lines);
        }
    }
    struct told *t = &model.under_way;
    bool mine = model.open && t->what != IMPORT && t->what != PUBLISH && t->place == place;
    int64_t other = mine ? t->what == REMOVE ? NONE : t->value : model.note[place];
    if (note != model.note[place] && note != other) {
        fail("a device is not as was acknowledged", note, model.note[place]);
    }
    if (note != model.note[place]) {
        model.added += t->what == ADD;
        model.removed += t->what == REMOVE;
    }
    model.note[place] = (int)note;
    arena_clear(&a);
}

static void check_import(struct inventory *inv, int place)
{
    int n = 0;
    int64_t id = 0;
    for (int i = 0; i < ROWS; i++) {
        n += inventory_device_of_mac(inv, mac_at(0x60, place * ROWS + i), &id);
    }
    bool mine = model.open && model.under_way.what == IMPORT && model.under_way.place == place;
    if (n != 0 && n != ROWS) {
        fail("an import is half there", place, n);
    }
    if ((n != 0) != model.import[place]) {
        if (!mine) {
            fail("an acknowledged import is not there", place, n);
        }
        model.import[place] = true;
        model.added += ROWS;
    }
}

static int64_t published(struct inventory *inv, const struct layer_ref *ref)
{
    struct refusal why;
    struct arena a;
    struct layer l;
    int64_t value = 0;
    arena_init(&a, 0);
    must(inventory_layer_get(inv, ref, true, &a, &l, &why), &why);
    if (l.n == 1 && !str_i64(l.value[0].value, &value)) {
        fail("a value is damaged", 0, 0);
    }
    arena_clear(&a);
    return value;
}

static void check_published(struct inventory *inv)
{
    const struct layer_ref organisation = {.kind = LAYER_ORGANISATION};
    const struct layer_ref of_model = {.kind = LAYER_MODEL, .model = STR("CP-8865-3PCC")};
    int64_t a = published(inv, &organisation), b = published(inv, &of_model);
    bool mine = model.open && model.under_way.what == PUBLISH;
    if (a != b) {
        fail("a publication is half there", a, b);
    }
    if (a != model.published && !(mine && a == model.under_way.value)) {
        fail("an acknowledged publication is not there", a, model.published);
    }
    model.published = (int)a;
}

/* Rows of the audit trail: as many as devices came and went. */
static void check_audit(struct inventory *inv)
{
    struct refusal why;
    struct arena a;
    struct audit_query q = {.object = STR("device"), .page = {.limit = 1000}};
    uint64_t added = 0, removed = 0;
    arena_init(&a, 0);
    do {
        struct audit_row *row = NULL;
        size_t n = 0;
        must(inventory_audit(inv, &q, &a, &row, &n, &q.page.cursor, &why), &why);
        for (size_t i = 0; i < n; i++) {
            added += str_eq(row[i].action, STR("device.add"));
            removed += str_eq(row[i].action, STR("device.remove"));
        }
    } while (q.page.cursor.len);
    if (added != model.added || removed != model.removed) {
        fail("the audit trail has lost something", (long long)added - (long long)model.added,
             (long long)removed - (long long)model.removed);
    }
    if (inventory_counts(inv).devices != added - removed) {
        fail("there are other devices than were added", (long long)inventory_counts(inv).devices,
             (long long)added - (long long)removed);
    }
    arena_clear(&a);
}

static void round_of(const char *dir, bool last)
{
    int end[2];
    struct told t;
    unsigned most = 1 + below(120);
    if (pipe(end) != 0) {
        fail("no pipe", errno, 0);
    }
    random_state += 0x9e3779b97f4a7c15U;
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(end[0]);
        child(dir, end[1]);
    }
    (void)close(end[1]);
    for (unsigned n = 0; n < most && read_one(end[0], &t); n++) {
        take(&t);
    }
    /* Somewhere in the step that is under way. */
    const struct timespec moment = {.tv_nsec = (long)below(4000000)};
    (void)nanosleep(&moment, NULL);
    int status = 0;
    if (kill(pid, SIGKILL) != 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status)) {
        fail("the child ended by itself", status, 0);
    }
    while (read_one(end[0], &t)) {
        take(&t);
    }
    (void)close(end[0]);
    struct inventory *inv = open_it(dir);
    for (int i = 0; i < DEVICES; i++) {
        check_device(inv, i);
    }
    for (int i = 0; i < model.n_imports; i++) {
        check_import(inv, i);
    }
    check_published(inv);
    if (last) {
        check_audit(inv);
    }
    model.open = false;
    inventory_close(inv);
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc >= 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (rounds == 0) {
        (void)fprintf(stderr, "usage: invcrash FOLDER ROUNDS [SEED]\n");
        return 2;
    }
    random_state = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    for (int i = 0; i < DEVICES; i++) {
        model.note[i] = NONE;
    }
    for (unsigned long i = 0; i < rounds; i++) {
        round_of(argv[1], i + 1 == rounds || i % 10 == 0);
    }
    (void)printf(
        "%lu kills, %llu changes acknowledged, %d imports begun: all there, nothing half done\n",
        rounds, (unsigned long long)acknowledged, model.n_imports);
    return 0;
}
