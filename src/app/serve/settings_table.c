/* The settings: names, types, ranges, defaults, meanings. */
#include "app/serve/settings_table.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *const settings_section[SETTINGS_SECTIONS] = {"",      "edge", "stream",
                                                         "state", "hub",  "provisioning"};

#define FIELD(name) offsetof(struct settings, name)
#define TEXT(section, name, field, text, help)                                          \
    {                                                                                   \
        SETTINGS_##section, name, SETTING_TEXT, FIELD(field), text, 0, 0, 0, NULL, help \
    }
#define CHOICE(section, name, field, text, choices, help)                                  \
    {                                                                                      \
        SETTINGS_##section, name, SETTING_TEXT, FIELD(field), text, 0, 0, 0, choices, help \
    }
#define PATH(section, name, field, help)                                                \
    {                                                                                   \
        SETTINGS_##section, name, SETTING_PATH, FIELD(field), NULL, 0, 0, 0, NULL, help \
    }
#define TEXTS(section, name, field, help)                                                \
    {                                                                                    \
        SETTINGS_##section, name, SETTING_TEXTS, FIELD(field), NULL, 0, 0, 0, NULL, help \
    }
#define PATHS(section, name, field, help)                                                \
    {                                                                                    \
        SETTINGS_##section, name, SETTING_PATHS, FIELD(field), NULL, 0, 0, 0, NULL, help \
    }
#define NUMBER(section, name, field, number, least, most, help)                                  \
    {                                                                                            \
        SETTINGS_##section, name, SETTING_NUMBER, FIELD(field), NULL, number, least, most, NULL, \
            help                                                                                 \
    }
#define YES(section, name, field, number, help)                                             \
    {                                                                                       \
        SETTINGS_##section, name, SETTING_YES, FIELD(field), NULL, number, 0, 1, NULL, help \
    }

const struct setting settings_table[] = {
    YES(TOP, "edge_only", edge_only, 0, "serve the SIP edge and nothing else"),
    TEXT(TOP, "realm", realm, NULL, "realm of the digest; the first of domains without it"),
    TEXTS(TOP, "domains", domains,
          "hosts of the addresses of record that are ours, at most 8; beside them every address "
          "that is listened on"),
    PATH(TOP, "accounts", accounts, "who may register: comma-separated values"),
    TEXTS(TOP, "listen", listen,
          "udp:ADDRESS:PORT, tcp:..., tls:...; without any: udp and tcp 0.0.0.0:5060, and tls "
          "0.0.0.0:5061 where there is a certificate"),
    PATHS(TOP, "cert", cert,
          "certificates (PEM), the chain behind each; P-256 first, RSA beside it"),
    PATHS(TOP, "key", key, "their keys, in the same order; none: in the certificates' files"),
    PATH(TOP, "client_ca", client_ca,
         "client certificates issued by these are asked for; a MAC in one binds it to its account"),
    YES(TOP, "client_must", client_must, 0, "no TLS connection without a client certificate"),
    YES(TOP, "client_old", client_old, 0,
        "take client certificates whose chain is signed with SHA-1 (old phones)"),
    CHOICE(TOP, "tls_minimum", tls_minimum, "1.2", "1.2,1.3", "the oldest version of TLS"),
    CHOICE(TOP, "profile", profile, "standard", "standard,broadworks",
           "how it looks to phones: as the standards say, or as BroadWorks does"),
    NUMBER(TOP, "workers", workers, 0, 0, 64, "threads that serve; 0: one for each core"),
    TEXT(TOP, "admin", admin, "127.0.0.1:9160",
         "where /metrics and /healthz are read, by HTTP; \"off\": nowhere"),
    NUMBER(TOP, "drain", drain, 10, 0, 3600, "s in which connections are ended at SIGTERM"),
    TEXT(TOP, "user", user, NULL, "to become once the ports are bound; only root can"),

    NUMBER(EDGE, "expires_least", expires_least, 60, 1, 86400, "s, a shorter wish gets 423"),
    NUMBER(EDGE, "expires_most", expires_most, 0, 0, 604800,
           "s that are granted at most; 0: 3600, of the profile broadworks 120"),
    NUMBER(EDGE, "expires_usual", expires_usual, 3600, 1, 604800, "s for who asks for nothing"),
    NUMBER(
        EDGE, "expires_spread", expires_spread, 0, 0, 50,
        "per cent by which a grant is shortened at random, so that phones do not come as a herd"),
    NUMBER(EDGE, "arrivals", arrivals, 1000, 0, 1000000,
           "new bindings a second from one address, of each worker; who comes later is put off; 0: "
           "no limit"),
    NUMBER(EDGE, "nonce_life", nonce_life, 30, 1, 3600, "s that a nonce is good for"),
    NUMBER(EDGE, "contacts", contacts, 8, 1, 64, "bindings of one address of record"),
    NUMBER(EDGE, "bindings", bindings, 1000000, 1, 16000000, "bindings in all"),
    NUMBER(EDGE, "accounts", accounts_most, 1000000, 1, 16000000, "accounts in all"),
    NUMBER(EDGE, "replies", replies, 32, 1, 4096,
           "MiB for answers that are kept for retransmissions, over all workers"),
    NUMBER(EDGE, "node", node, 0, 0, 65535, "number of this node among several"),
    TEXT(EDGE, "server", server, "", "Server field of answers; empty: none is sent"),
    YES(EDGE, "mac_must_match", mac_must_match, 0,
        "an account with a MAC registers only by TLS with the certificate of that MAC"),
    YES(EDGE, "reply_to_source", reply_to_source, 1,
        "answers by UDP go where the request came from, whether it asked for that (rport) or not"),

    NUMBER(STREAM, "connections", connections, 16000, 1, 1000000, "at once, of one worker"),
    NUMBER(STREAM, "connections_of_peer", connections_of_peer, 4096, 1, 1000000,
           "of these from one address: a site behind one address is many phones"),
    NUMBER(STREAM, "handshaking", handshaking, 2000, 1, 100000,
           "TLS handshakes at once, of one worker; who comes later waits"),
    NUMBER(STREAM, "input", input, 65535, 4096, 65535, "bytes of a message that is not complete"),
    NUMBER(STREAM, "output", output, 262144, 65536, 16777216,
           "bytes that wait for a slow reader; past it the connection is ended"),
    NUMBER(STREAM, "handshake", handshake, 10, 1, 600, "s for a TLS handshake"),
    NUMBER(STREAM, "piece", piece, 10, 1, 600, "s from the first byte of a message to its last"),
    NUMBER(STREAM, "idle", idle, 0, 0, 604800,
           "s of silence after which a connection is ended; 0: never, phones are silent"),
    NUMBER(STREAM, "first", first, 30, 1, 600, "s from a connection to its first message"),
    NUMBER(STREAM, "write", write, 20, 1, 600, "s in which a peer must read something"),

    PATH(STATE, "folder", state,
         "where bindings and the journal are kept; without it /var/lib/dialtone for root, else "
         "below XDG_STATE_HOME or ~/.local/state"),
    YES(STATE, "none", no_state, 0, "keep nothing: bindings end with the process, no journal"),
    NUMBER(STATE, "sync", sync, 5, 1, 3600,
           "s of bindings that a power failure may lose; the end of the process loses none"),
    NUMBER(STATE, "journal_queue", journal_queue, 8192, 16, 1000000,
           "rows that wait to be written; past it rows are dropped and counted"),
    NUMBER(STATE, "journal_per_subject", journal_per_subject, 500, 10, 1000000,
           "rows that are kept of one phone, about"),
    NUMBER(STATE, "journal_rows", journal_rows, 5000000, 1000, 1000000000,
           "rows that are kept in all"),
    NUMBER(STATE, "journal_days", journal_days, 30, 1, 3650, "older rows are removed"),

    TEXTS(HUB, "listen", hub_listen,
          "http:ADDRESS:PORT or https:...: the page and the API; without any: http 127.0.0.1:8080"),
    TEXT(HUB, "url", hub_url, NULL,
         "how a browser reaches it, where that is not the first of listen: a proxy before it"),
    PATH(HUB, "master_key", master_key,
         "key of the secrets in the database; without it master.key in the state folder, made at "
         "the first start"),
    NUMBER(HUB, "session_hours", session_hours, 12, 1, 720, "h until a browser signs in again"),
    NUMBER(HUB, "code_hours", code_hours, 168, 1, 8760, "h that an activation code is good for"),
    NUMBER(HUB, "password_hours", password_hours, 24, 1, 8760,
           "h that the old password of a phone stays good beside a new one"),
    NUMBER(HUB, "offline_days", offline_days, 30, 1, 3650,
           "days of silence after which a phone counts as expired"),
    NUMBER(HUB, "report_size", report_most, 256, 1, 4096, "MiB of one problem report"),
    NUMBER(HUB, "reports_size", reports_most, 8192, 1, 1048576,
           "MiB of all problem reports; past it the oldest go"),

    TEXTS(PROVISIONING, "listen", phones_listen,
          "https:ADDRESS:PORT, http:..., tftp:...: where phones find activation and their "
          "configuration; without any: https 127.0.0.1:8443, http :8081, tftp :6969"),
    TEXT(PROVISIONING, "url", phones_url, NULL,
         "how phones reach it, \"https://prov.example.com\"; without it the first of listen"),
    TEXT(PROVISIONING, "rule", phones_rule, NULL,
         "profile rule that activation answers and the public file sends phones to; without it "
         "URL/$MA.xml"),
    PATHS(PROVISIONING, "cert", phones_cert,
          "certificates that phones meet (PEM); without any those above"),
    PATHS(PROVISIONING, "key", phones_key, "their keys, in the same order"),
    PATHS(PROVISIONING, "phone_ca", phone_ca,
          "authorities whose certificates prove which phone it is, a file each (PEM)"),
    TEXTS(PROVISIONING, "phone_shapes", phone_shapes,
          "for each of phone_ca which subjects count: any, or some of sep, ou-l-s, ou-l-st, "
          "cn-sep, cn-model-sep, cn, commas between them; without: any"),
    YES(PROVISIONING, "phone_old", phones_old, 0,
        "take phone certificates signed with SHA-1, and short keys (old phones)"),
    TEXT(PROVISIONING, "expired_until", expired_until, "",
         "YYYY-MM-DD: until that day the expired certificate of a phone counts whose MAC and "
         "serial are in the inventory"),
    YES(PROVISIONING, "passwords", passwords, 1,
        "phones without certificate may prove themselves by password (401 instead of 403)"),
    TEXT(PROVISIONING, "realm", phones_realm, "phones", "realm of these passwords"),
    YES(PROVISIONING, "bootstrap", bootstrap, 1,
        "/$PSN.xml sends whoever asks to the profile rule; nothing secret is in it"),
    CHOICE(PROVISIONING, "http", phones_http, "bootstrap", "nothing,bootstrap,sealed",
           "what goes out by plain HTTP beside open enrolment windows; sealed: configurations "
           "too, encrypted with the phone's own key"),
    CHOICE(PROVISIONING, "tftp", phones_tftp, "bootstrap", "nothing,bootstrap,sealed",
           "the same by TFTP"),
    TEXTS(PROVISIONING, "activation_hosts", activation_hosts,
          "names under which only activation is served; without any the path tells"),
    YES(PROVISIONING, "reports_unproven", reports_unproven, 0,
        "take problem reports from phones without certificate too, five an hour from an address"),
    NUMBER(PROVISIONING, "connections", phones_connections, 8192, 16, 1000000,
           "at once, of one worker"),
    NUMBER(PROVISIONING, "connections_of_peer", phones_of_peer, 2048, 1, 1000000,
           "of these from one address"),
    NUMBER(PROVISIONING, "remembered", remembered, 20000, 16, 1000000,
           "phones whose configuration a worker keeps at hand"),
    NUMBER(PROVISIONING, "remembered_size", remembered_bytes, 128, 1, 65536,
           "MiB for them, of one worker"),
    NUMBER(PROVISIONING, "tftp_blksize", tftp_blksize, 1468, 512, 65464,
           "bytes of a block that TFTP agrees to at most"),
    {SETTINGS_TOP, NULL, SETTING_TEXT, 0, NULL, 0, 0, 0, NULL, NULL},
};

bool settings_choice(const char *choices, const char *value)
{
    struct str rest = str_z(choices);
    while (rest.len) {
        if (str_eq(str_cut(&rest, ','), str_z(value))) {
            return true;
        }
    }
    return false;
}

void settings_texts_clear(struct texts *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->at[i]);
    }
    *t = (struct texts){.n = 0};
}

void settings_clear(struct settings *s)
{
    for (const struct setting *row = settings_table; row->name; row++) {
        void *field = (char *)s + row->field;
        if (row->kind == SETTING_TEXT || row->kind == SETTING_PATH) {
            free(*(char **)field);
        } else if (row->kind == SETTING_TEXTS || row->kind == SETTING_PATHS) {
            settings_texts_clear(field);
        }
    }
    *s = (struct settings){0};
}

/* -- values */

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool settings_same(const struct setting *row, const struct settings *a, const struct settings *b)
{
    const void *x = (const char *)a + row->field, *y = (const char *)b + row->field;
    const struct texts *s = x, *t = y;
    switch (row->kind) {
    case SETTING_NUMBER:
        return *(const uint64_t *)x == *(const uint64_t *)y;
    case SETTING_YES:
        return *(const bool *)x == *(const bool *)y;
    case SETTING_TEXT:
    case SETTING_PATH:
        return same_text(*(char *const *)x, *(char *const *)y);
    case SETTING_TEXTS:
    case SETTING_PATHS:
        break;
    }
    bool same = s->n == t->n;
    for (size_t i = 0; same && i < s->n; i++) {
        same = same_text(s->at[i], t->at[i]);
    }
    return same;
}

/* Quoted for libconfuse. */
static void quote(const char *text, struct sink *out)
{
    sink_char(out, '"');
    for (const char *p = text ? text : ""; *p; p++) {
        if (*p == '"' || *p == '\\') {
            sink_char(out, '\\');
        }
        sink_char(out, *p);
    }
    sink_char(out, '"');
}

void settings_value(const struct setting *row, const struct settings *s, struct sink *out)
{
    const void *field = (const char *)s + row->field;
    const struct texts *t = field;
    switch (row->kind) {
    case SETTING_NUMBER:
        sink_fmt(out, "%llu", (unsigned long long)*(const uint64_t *)field);
        return;
    case SETTING_YES:
        sink_z(out, *(const bool *)field ? "yes" : "no");
        return;
    case SETTING_TEXT:
    case SETTING_PATH:
        quote(*(char *const *)field, out);
        return;
    case SETTING_TEXTS:
    case SETTING_PATHS:
        break;
    }
    sink_char(out, '{');
    for (size_t i = 0; i < t->n; i++) {
        sink_z(out, i ? ", " : "");
        quote(t->at[i], out);
    }
    sink_char(out, '}');
}

/* -- as a file */

static void help_lines(const struct setting *row, const char *indent, struct sink *out)
{
    enum { WIDTH = 100 };
    struct str rest = str_z(row->help);
    size_t column = WIDTH;
    for (struct str w = str_word(&rest); w.len; w = str_word(&rest)) {
        if (column + w.len + 1 > WIDTH) {
            sink_fmt(out, "%s%s#", column == WIDTH ? "" : "\n", indent);
            column = strlen(indent) + 1;
        }
        sink_char(out, ' ');
        sink_str(out, w);
        column += w.len + 1;
    }
    if (row->kind == SETTING_NUMBER) {
        sink_fmt(out, " (%llu to %llu)", (unsigned long long)row->least,
                 (unsigned long long)row->most);
    }
    if (row->choices) {
        sink_fmt(out, " (%s)", row->choices);
    }
    sink_char(out, '\n');
}

static void print_row(const struct setting *row, const char *indent, struct sink *out)
{
    help_lines(row, indent, out);
    switch (row->kind) {
    case SETTING_NUMBER:
        sink_fmt(out, "%s%s = %llu\n", indent, row->name, (unsigned long long)row->number);
        break;
    case SETTING_YES:
        sink_fmt(out, "%s%s = %s\n", indent, row->name, row->number ? "yes" : "no");
        break;
    case SETTING_TEXTS:
    case SETTING_PATHS:
        sink_fmt(out, "%s%s = {}\n", indent, row->name);
        break;
    case SETTING_TEXT:
    case SETTING_PATH:
        sink_fmt(out, "%s%s%s = \"%s\"\n", indent, row->text ? "" : "# ", row->name,
                 row->text ? row->text : "");
        break;
    }
}

void settings_print(struct sink *out)
{
    sink_z(out, "# dialtone.conf: every setting at its default. What is given on the command line "
                "or in the\n"
                "# environment holds over this file; file names count from its folder.\n");
    for (int section = SETTINGS_TOP; section < SETTINGS_SECTIONS; section++) {
        const char *indent = section == SETTINGS_TOP ? "" : "    ";
        if (section != SETTINGS_TOP) {
            sink_fmt(out, "\n%s {\n", settings_section[section]);
        }
        for (const struct setting *row = settings_table; row->name; row++) {
            if ((int)row->section == section) {
                print_row(row, indent, out);
            }
        }
        if (section != SETTINGS_TOP) {
            sink_z(out, "}\n");
        }
    }
}
