/* The inventory under many devices: import, start, memory, search, edits, publishing. Prints a line for each figure.
 *
 *     invload FOLDER N     makes FOLDER/hub.db with N devices; the folder is empty */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/sink.h"
#include "io/inventory/config.h"
#include "io/inventory/devices.h"
#include "io/inventory/import.h"
#include "io/inventory/people.h"
#include "io/tls/crypto.h"

enum { ROUNDS = 200, PAGE = 50 };

static struct actor actor = {.who = STR_INIT("system"), .now = 1700000000 * USEC_S};

static double ms_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double now_ms(void)
{
    return ms_of(CLOCK_MONOTONIC);
}

/* What the processor spent on this thread: on a machine with other work the time by the clock is of no use. */
static double cpu_ms(void)
{
    return ms_of(CLOCK_THREAD_CPUTIME_ID);
}

static double memory_mib(void)
{
    char line[256] = "";
    FILE *f = fopen("/proc/self/statm", "r");
    bool got = f && fgets(line, sizeof line, f);
    if (f) {
        (void)fclose(f);
    }
    /* The second number: pages in memory. */
    struct str rest = str_of(line, strlen(line));
    (void)str_word(&rest);
    struct str word = str_word(&rest);
    uint64_t pages = 0;
    return got && str_u64(word, &pages) ? (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576
                                        : 0;
}

static bool model(void *ctx, struct str name, struct str *ret_name, unsigned *ret_lines)
{
    static const struct str names[] = {STR_INIT("CP-8865-3PCC"), STR_INIT("CP-8851-3PCC"),
                                       STR_INIT("CP-6841-3PCC")};
    (void)ctx;
    for (size_t i = 0; i < 3; i++) {
        if (str_ieq(name, names[i])) {
            *ret_name = names[i];
            *ret_lines = 10;
            return true;
        }
    }
    return false;
}

static void must(enum err e, const struct refusal *why)
{
    if (e != ERR_OK) {
        (void)fprintf(stderr, "invload: %s: %s\n", refusal_name(why->code), why->what);
        exit(1);
    }
}

static struct inventory *open_it(const char *dir)
{
    char words[INVENTORY_WHY];
    struct inventory *inv = NULL;
    struct inventory_cfg cfg = {.dir = dir,
                                .crypto = tls_crypto(),
                                .realm = STR("example.org"),
                                .domain = STR("example.org"),
                                .provisioning_realm = STR("provisioning"),
                                .model = model};
    if (inventory_open(&cfg, &inv, words) != ERR_OK) {
        (void)fprintf(stderr, "invload: %s\n", words);
        exit(1);
    }
    return inv;
}

/* MACs that an attacker of the index would not choose, names with words in two scripts. */
static void write_rows(struct buf *b, size_t n)
{
    static const char *const given[] = {"Anna", "Bob",  "太郎", "花子",
                                        "Zoe",  "健一", "Ines", "Omar"};
    static const char *const family[] = {"Meier", "Smith", "山田", "鈴木", "Adam", "佐藤", "Silva"};
    static const char *const models[] = {"CP-8865-3PCC", "CP-8851-3PCC", "CP-6841-3PCC"};
    struct sink out = buf_sink(b);
    sink_z(&out, "mac,model,owner,mail,site,number\n");
    for (size_t i = 0; i < n; i++) {
        uint32_t mix = (uint32_t)i * 2654435761U;
        sink_fmt(&out, "00005e%02x%02x%02x,%s,%s %s %zu,p%zu@example.com,Site %zu,%zu\n",
                 (unsigned)(mix >> 16 & 255), (unsigned)(mix >> 8 & 255), (unsigned)(mix & 255),
                 models[i % 3], family[i % 7], given[i % 8], i, i, i % 40, 1000000 + i);
    }
}

static void import_rows(const char *dir, size_t n)
{
    struct inventory *inv = open_it(dir);
    struct refusal why;
    struct import *m = NULL;
    struct import_result result;
    const struct import_row *row = NULL;
    struct buf b = {0};
    write_rows(&b, n);
    double t = now_ms(), cpu = cpu_ms();
    must(inventory_import_new(inv, &actor, buf_str(&b), false, true, &m, &why), &why);
    inventory_import_run(m);
    double written = cpu_ms();
    must(inventory_import_end(m, &result, &row, &why), &why);
    double end = cpu_ms();
    (void)printf(
        "import: %zu rows, %llu added, %llu refused, in %.2f s (processor %.2f s, of it %.0f"
        " ms on the hub's thread)\n",
        n, (unsigned long long)result.good, (unsigned long long)result.refused,
        (now_ms() - t) / 1e3, (end - cpu) / 1e3, end - written);
    inventory_import_free(m);
    buf_clear(&b);
    inventory_close(inv);
}

static int by_time(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void search(struct inventory *inv, const char *what, struct device_query q)
{
    double t[ROUNDS], cpu[ROUNDS];
    uint64_t count = 0;
    size_t n = 0;
    q.page.limit = PAGE;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct arena a;
        struct device *d = NULL;
        struct str next;
        struct refusal why;
        arena_init(&a, 0);
        double begin = now_ms(), begin_cpu = cpu_ms();
        must(inventory_devices(inv, &q, &a, &d, &n, &next, &count, &why), &why);
        t[i] = now_ms() - begin;
        cpu[i] = cpu_ms() - begin_cpu;
        arena_clear(&a);
    }
    qsort(t, ROUNDS, sizeof *t, by_time);
    qsort(cpu, ROUNDS, sizeof *cpu, by_time);
    (void)printf("search: %-28s %7llu fit, page of %2zu: median %5.2f ms, 99th %5.2f ms; processor"
                 " %5.2f, %5.2f ms\n",
                 what, (unsigned long long)count, n, t[ROUNDS / 2], t[ROUNDS * 99 / 100],
                 cpu[ROUNDS / 2], cpu[ROUNDS * 99 / 100]);
}

static bool some(void *ctx, int64_t id, const struct mac *mac)
{
    (void)ctx;
    (void)mac;
    return id % 10 == 0;
}

static void searches(struct inventory *inv)
{
    search(inv, "everything", (struct device_query){0});
    search(inv, "everything, by owner", (struct device_query){.order = DEVICE_BY_OWNER});
    search(inv, "fragment of a MAC", (struct device_query){.q = STR("c3:4")});
    search(inv, "end of a MAC", (struct device_query){.mac = STR("4f"), .mac_suffix = true});
    search(inv, "begin of a MAC",
           (struct device_query){.mac = STR("00005ec3"), .mac_prefix = true});
    search(inv, "word", (struct device_query){.q = STR("mei")});
    search(inv, "two letters", (struct device_query){.q = STR("山田")});
    search(inv, "number", (struct device_query){.q = STR("10500")});
    search(inv, "three words, by owner",
           (struct device_query){.q = STR("8865 site me"), .order = DEVICE_BY_OWNER});
    search(inv, "nothing fits", (struct device_query){.q = STR("qqqq")});
    search(inv, "status (one in ten), by MAC",
           (struct device_query){.wanted = some, .order = DEVICE_BY_MAC});
}

static void show(const char *what, size_t n, double begin, double begin_cpu)
{
    (void)printf("%s: %.3f ms each (processor %.3f ms)\n", what, (now_ms() - begin) / (double)n,
                 (cpu_ms() - begin_cpu) / (double)n);
}

static void edits(struct inventory *inv, size_t n)
{
    enum { EDITS = 500, READS = 2000 };
    struct refusal why;
    struct arena a;
    arena_init(&a, 0);
    double begin = now_ms(), cpu = cpu_ms();
    for (size_t i = 0; i < EDITS; i++) {
        struct device d;
        must(inventory_device_get(inv, (int64_t)(i * 7 % n) + 1, &a, &d, &why), &why);
        d.note = i % 2 ? STR("even") : STR("odd");
        must(inventory_device_change(inv, &actor, &d, &why), &why);
    }
    show("edit of a device, on the disk", EDITS, begin, cpu);
    begin = now_ms();
    cpu = cpu_ms();
    for (size_t i = 0; i < READS; i++) {
        struct device_facts f;
        must(inventory_device_facts(inv, (int64_t)(i * 31 % n) + 1, false, actor.now, &a, &f, &why),
             &why);
        device_facts_wipe(&f);
        arena_reset(&a);
    }
    show("facts of a device for rendering", READS, begin, cpu);
    arena_clear(&a);
}

static void publish(struct inventory *inv, size_t n)
{
    struct refusal why;
    int64_t id = 0;
    uint64_t layers = 0;
    const struct config_value common = {.name = STR("Time_Zone"), .value = STR("GMT+09:00")};
    const struct layer_ref top = {.kind = LAYER_ORGANISATION};
    must(inventory_layer_put(inv, &actor, &top, -1, &common, 1, &id, &why), &why);
    double begin = now_ms();
    must(inventory_publish(inv, &actor, PUBLISH_ALL, NULL, STR(""), &id, &layers, &why), &why);
    (void)printf("publish of a value for %zu devices: %.2f ms\n", n, now_ms() - begin);
}

int main(int argc, char **argv)
{
    size_t n = argc == 3 ? (size_t)strtoul(argv[2], NULL, 10) : 0;
    if (n == 0) {
        (void)fprintf(stderr, "usage: invload FOLDER N\n");
        return 2;
    }
    import_rows(argv[1], n);
    double before = memory_mib(), begin = now_ms(), cpu = cpu_ms();
    struct inventory *inv = open_it(argv[1]);
    (void)printf("start: %.0f ms (processor %.0f ms)\n", now_ms() - begin, cpu_ms() - cpu);
    struct inventory_counts c = inventory_counts(inv);
    (void)printf(
        "memory: %.1f MiB of the process (%.1f before it), index %.1f MiB of %llu devices\n",
        memory_mib(), before, (double)c.index_bytes / 1048576, (unsigned long long)c.devices);
    searches(inv);
    edits(inv, n);
    publish(inv, n);
    inventory_close(inv);
    return 0;
}
