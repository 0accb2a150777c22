/* What the files of `dialtone export` share. */
#ifndef APP_EXPORT_INTERNAL_H
#define APP_EXPORT_INTERNAL_H

#include "app/accounts/accounts.h"
#include "app/cli/cli.h"
#include "base/sink.h"

enum { EXPORT_HA1_TEXT = 2 * DIGEST_MOST + 1 };

struct export
{
    const struct cli_args *args;
    struct accounts_file accounts;
    const char *realm;
    const char *folder; /* of the files, from the root; NULL: standard output */
    size_t left_out;    /* accounts that the other system cannot hold */
};

/* One file of an export. */
struct export_file {
    const char *name; /* below the folder */
    void (*write)(struct export *e, struct sink *out);
};

struct export_target {
    const char *name;
    const struct export_file *file; /* ends with a NULL name */
    const char *subfolder;          /* to be made; NULL: none */
};

extern const struct export_target export_kamailio;
extern const struct export_target export_asterisk;

/* The i-th domain; the realm where none was given. NULL at the end. */
const char *export_domain(const struct export *e, size_t i);
const char *export_expires(const struct export *e);

/* A file of share/export with its holes "@name@" filled: by `fill`, which knows their names. */
void export_template(struct export *e, const char *name,
                     void (*fill)(struct export *e, struct str hole, struct sink *out),
                     struct sink *out);
/* site.c: what DHCP and DNS say. NULL: not the name of such a system. */
struct announce_writer;
const struct announce_writer *export_site(const char *name);
int export_site_run(const struct cli_args *a, const struct announce_writer *w);

/* HA1 by MD5 in hexadecimal digits; false when the account has none. */
bool export_ha1(const struct account_row *row, char ret_text[EXPORT_HA1_TEXT]);

#endif
