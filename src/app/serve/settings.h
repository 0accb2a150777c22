/* What `dialtone serve` is told: by its configuration file (libconfuse), the environment, the command line, each over
 * the one before it. One table (settings.c) gives the file's sections, types, ranges and defaults, and
 * docs/dialtone.conf. */
#ifndef APP_SERVE_SETTINGS_H
#define APP_SERVE_SETTINGS_H

#include "app/cli/cli.h"
#include "base/err.h"

enum { SETTINGS_TEXTS = 16 };

struct texts {
    char *at[SETTINGS_TEXTS]; /* owned */
    size_t n;
};

/* Texts are owned; NULL: not given. Times are in the unit that the table names. */
struct settings {
    char *realm, *accounts, *state, *profile, *user, *admin, *client_ca, *tls_minimum;
    struct texts domains, listen, cert, key;
    uint64_t workers, drain;
    bool edge_only, no_state, client_must, client_old;

    uint64_t expires_least, expires_most, expires_usual, expires_spread, arrivals, nonce_life;
    uint64_t contacts, bindings, accounts_most, replies, node;
    char *server;
    bool mac_must_match, reply_to_source;

    uint64_t connections, connections_of_peer, handshaking, input, output;
    uint64_t handshake, piece, idle, first, write;

    uint64_t sync, journal_queue, journal_per_subject, journal_rows, journal_days;
};

/* All of it, in order: defaults, --config FILE (or DIALTONE_CONFIG, or /etc/dialtone/dialtone.conf where there is one),
 * environment, command line. False after telling on standard error what is wrong, with file and line. */
bool settings_read(const struct cli_args *a, struct settings *ret) MUST_CHECK;
void settings_clear(struct settings *s);
/* A configuration file with every setting at its default, and what it means. */
void settings_print(struct sink *out);

#endif
