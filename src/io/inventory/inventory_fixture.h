/* An inventory in a folder of the test's own, for the tests of this module. */
#ifndef IO_INVENTORY_INVENTORY_FIXTURE_H
#define IO_INVENTORY_INVENTORY_FIXTURE_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/inventory/accounts.h"
#include "io/inventory/audit.h"
#include "io/inventory/config.h"
#include "io/inventory/devices.h"
#include "io/inventory/inventory.h"
#include "io/inventory/people.h"
#include "io/tls/crypto.h"

static char dir[4096];
static struct inventory *inv;
static struct arena arena;
static struct refusal why;
static struct inventory_change told[64]; /* since fresh() */
static size_t n_told;
static char told_user[64]; /* of the last account */

#define NOW ((usec_t)1700000000 * USEC_S)
static struct actor anna = {
    .who = STR_INIT("user:anna"), .source = STR_INIT("192.0.2.1"), .now = NOW};

static inline bool fixture_model(void *ctx, struct str name, struct str *ret_name,
                                 unsigned *ret_lines)
{
    (void)ctx;
    static const struct {
        struct str name, other;
        unsigned lines;
    } models[] = {{STR_INIT("CP-8865-3PCC"), STR_INIT("8865"), 10},
                  {STR_INIT("CP-6841-3PCC"), STR_INIT("6841"), 4},
                  {STR_INIT("CP-6821-3PCC"), STR_INIT("6821"), 2}};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        if (str_ieq(name, models[i].name) || str_ieq(name, models[i].other)) {
            *ret_name = models[i].name;
            *ret_lines = models[i].lines;
            return true;
        }
    }
    return false;
}

static inline void fixture_changed(void *ctx, const struct inventory_change *c, size_t n)
{
    (void)ctx;
    for (size_t i = 0; i < n && n_told < sizeof told / sizeof *told; i++) {
        told[n_told++] = c[i];
        if (c[i].kind == INVENTORY_ACCOUNT) {
            struct str user = c[i].user.len ? c[i].user : c[i].user_was;
            (void)snprintf(told_user, sizeof told_user, "%.*s", STR_ARG(user));
        }
    }
}

static inline struct inventory_cfg fixture_cfg(void)
{
    return (struct inventory_cfg){.dir = dir,
                                  .crypto = tls_crypto(),
                                  .realm = STR("example.org"),
                                  .domain = STR("example.org"),
                                  .provisioning_realm = STR("provisioning"),
                                  .model = fixture_model,
                                  .changed = fixture_changed};
}

static inline void open_inventory(void)
{
    char words[INVENTORY_WHY] = "";
    struct inventory_cfg cfg = fixture_cfg();
    if (inventory_open(&cfg, &inv, words) != ERR_OK) {
        fail_msg("%s", words);
    }
}

/* Closes and opens it: what is asked then comes from the disk. */
static inline void again(void)
{
    inventory_close(inv);
    open_inventory();
}

static inline void fresh(void)
{
    n_told = 0;
}

static inline bool told_of(enum inventory_kind kind, enum inventory_how how, int64_t id)
{
    for (size_t i = 0; i < n_told; i++) {
        if (told[i].kind == kind && told[i].how == how && told[i].id == id) {
            return true;
        }
    }
    return false;
}

static inline int setup(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(dir, sizeof dir, "%s/inventory.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    arena_init(&arena, 0);
    open_inventory();
    fresh();
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    inventory_close(inv);
    inv = NULL;
    arena_clear(&arena);
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *f = readdir(d); f; f = readdir(d)) {
        char path[4400];
        (void)snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
        if (f->d_name[0] != '.') {
            (void)unlink(path);
        }
    }
    (void)closedir(d);
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

/* The call went well, or failed as it should. */
static inline void good(enum err e, const char *call)
{
    if (e != ERR_OK) {
        fail_msg("%s: %s: %s", call, refusal_name(why.code), why.what);
    }
}
static inline void refused(enum err e, enum refusal_code want, const char *call)
{
    assert_int_not_equal(e, ERR_OK);
    if (why.code != want) {
        fail_msg("%s: %s: %s, not %s", call, refusal_name(why.code), why.what, refusal_name(want));
    }
    assert_true(why.what[0] != 0);
}
#define GOOD(call) good((call), #call)
#define REFUSED(call, want) refused((call), REFUSAL_##want, #call)

static inline int64_t add_person(const char *name, const char *mail)
{
    int64_t id = 0;
    struct owner o = {.kind = OWNER_PERSON, .name = str_z(name), .mail = str_z(mail)};
    GOOD(inventory_owner_add(inv, &anna, &o, &id, &why));
    return id;
}

static inline int64_t add_device(const char *mac, int64_t person, const char *number)
{
    int64_t id = 0;
    struct device_new d = {.mac = str_z(mac),
                           .number = str_z(number),
                           .device = {.model = STR("8865"), .person = person}};
    GOOD(inventory_device_add(inv, &anna, &d, &id, &why));
    return id;
}

#endif
