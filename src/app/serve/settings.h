/* What `dialtone serve` is told: by its configuration file (libconfuse), the environment, the command line, each over
 * the one before it. One table (settings_table.c) gives the file's sections, types, ranges and defaults, and
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

    struct texts hub_listen;
    char *hub_url, *master_key;
    uint64_t session_hours, code_hours, password_hours, offline_days, report_most, reports_most;

    struct texts phones_listen, phones_cert, phones_key, phone_ca, phone_shapes, activation_hosts;
    char *phones_url, *phones_rule, *phones_realm, *phones_http, *phones_tftp, *expired_until;
    bool bootstrap, passwords, phones_old, reports_unproven;
    uint64_t phones_connections, phones_of_peer, remembered, remembered_bytes, tftp_blksize;

    uint64_t sync, journal_queue, journal_per_subject, journal_rows, journal_days;
};

/* The settings that a command line can give, as rows of a command's options. */
#define SETTINGS_OPTIONS                                                                          \
    {"edge-only", 0, NULL, "serve the SIP edge and nothing else", NULL},                          \
        {"accounts", 'a', "FILE", "who may register: comma-separated values", NULL},              \
        {"config", 'c', "FILE", "configuration (/etc/dialtone/dialtone.conf where there is one)", \
         NULL},                                                                                   \
        {"domain", 'd', "NAME", "host of the addresses of record (repeatable)", NULL},            \
        {"realm", 0, "TEXT", "realm of the digest; the first domain", NULL},                      \
        {"listen", 'l', "URL", "udp:ADDR:PORT, tcp:... or tls:... (repeatable; port 0: any)",     \
         NULL},                                                                                   \
        {"cert", 0, "FILE", "certificate with its chain (repeatable)", NULL},                     \
        {"key", 0, "FILE", "its key (repeatable, in the same order)", NULL},                      \
        {"client-ca", 0, "FILE", "ask for client certificates issued by these", NULL},            \
        {"state", 's', "DIR", "where bindings and the journal are kept", NULL},                   \
        {"no-state", 0, NULL, "keep nothing", NULL},                                              \
        {"profile", 'p', "NAME", "standard or broadworks", "standard,broadworks"},                \
        {"workers", 'w', "N", "threads that serve; 0: one for each core", NULL},                  \
        {"admin", 0, "ADDR:PORT", "for /metrics and /healthz; off: none (127.0.0.1:9160)", NULL}, \
        {"user", 'u', "NAME", "become this user once the ports are bound", NULL},                 \
    {                                                                                             \
        "drain", 0, "SECONDS", "to end connections in at SIGTERM (10)", NULL                      \
    }

/* All of it, in order: defaults, --config FILE (or DIALTONE_CONFIG, or /etc/dialtone/dialtone.conf where there is one),
 * environment, command line. False after telling on standard error what is wrong, with file and line. */
bool settings_read(const struct cli_args *a, struct settings *ret) MUST_CHECK;
/* `file` alone over the defaults; NULL: these alone. */
bool settings_read_file(const char *file, struct settings *ret) MUST_CHECK;
/* --config, or the usual file where there is one; NULL: none. */
const char *settings_file(const struct cli_args *a);
void settings_clear(struct settings *s);
/* A configuration file with every setting at its default, and what it means. */
void settings_print(struct sink *out);

#endif
