/* A site of the lab: a phone's network, its router, DHCP and name servers, and the service that the phone is to find, as hosts of a space.
 *
 *     phone    192.0.2.100 by DHCP, MAC 00:00:5e:00:53:21, on eth0; phone2 beside it, of MAC 00:00:5e:00:53:22
 *     site     192.0.2.1 router; 192.0.2.53 and .54 name servers; 198.51.100.1 toward the service
 *     rival    192.0.2.254, in the phone's network
 *     service  198.51.100.10 activation, .20 provisioning, .31 and .32 SIP edges; 203.0.113.20 somebody else's server
 *
 * What holds is what the steps of a fault say that are on; each server has a configuration that follows from them, and is started anew when that
 * is not what it runs with. So a repair is the same as a fault: other steps, and site_settle. */
#ifndef APP_LAB_SITE_H
#define APP_LAB_SITE_H

#include "app/lab/fault.h"
#include "app/lab/program.h"

#define SITE_MAC "00:00:5e:00:53:21"
#define SITE_MAC2 "00:00:5e:00:53:22"
#define SITE_MODEL "CP-8851-3PCC"
#define SITE_SERIAL "FCH27010ABC"
#define SITE_NUMBER "2001"
#define SITE_PHONE "192.0.2.100"
#define SITE_HUB "http://127.0.0.1:8080"

/* An emulated phone says (-o jsonl) that it has its dial tone. */
#define SITE_REGISTERED "\"stage\":\"registered\",\"state\":\"ok\""

enum { SITE_PARTS = 8, SITE_SERVERS = 4, SITE_ID = 24, SITE_TOKEN = 128 };

/* How an administrator is known to the hub. */
struct site_hub {
    char url[64]; /* as a browser on this machine reaches it; "": none does */
    char user[32], password[40];
    char token[SITE_TOKEN]; /* of the API; "": it was not set up yet */
    char device[SITE_ID], account[SITE_ID], person[SITE_ID];
};

struct site {
    struct space space;
    char self[PROGRAM_PATH];   /* this program */
    const struct fault *fault; /* NULL: all is well */
    uint64_t seed;             /* what is as well one way as another; 0: the usual one */
    bool on, later;            /* its steps are; those behind "later" too */
    struct {
        struct server server;
        struct buf text; /* the configuration that it runs with; empty: it does not run */
    } part[SITE_PARTS];
    struct server extra[SITE_SERVERS]; /* those that a fault brings */
    size_t n_extra;
    struct buf filters; /* that are in force */
    struct server capture;
    struct site_hub hub;
};

/* Without namespaces (space.flat) all hosts are this one, and their addresses become 127.0.2.x, 127.0.100.x and 127.0.113.x: no DHCP, no router, no
 * capture; the phone is given its lease. */
void site_addresses(const struct site *s, struct str text, struct sink *out);

/* Hosts, network, certificates; the servers do not run yet. Within a space. False after telling. */
bool site_open(struct site *s);
void site_close(struct site *s);
/* Whether a step is on. */
bool site_has(const struct site *s, const struct fault_step *step);
/* What is to hold does: servers are started, ended, started anew; filters, the hub's device. False after telling. */
bool site_settle(struct site *s);

/* What passes the phone's port goes into `path` from now until site_capture_end. False after telling. */
bool site_capture(struct site *s, const char *path);
/* All that was sent is in it. */
void site_capture_end(struct site *s);
/* The phone's address, which it gives back when it ends, for what else is to be sent from there. */
bool site_address(struct site *s);

/* `text` with {lab} as the lab's folder, appended to `out`. */
void site_text(struct sink *out, struct str text);
/* Words of a step as words of a command, {lab} replaced. */
void site_words(struct words *w, const struct fault_step *step, size_t from);

/* -- parts.c: the configurations */

enum site_part {
    PART_DHCP,
    PART_RIVAL,
    PART_DNS1,
    PART_DNS2,
    PART_WEB,
    PART_REGISTRAR,
    PART_SERVE,
    PARTS
};
/* What that server is to run with; nothing: it is not to run. */
void part_text(const struct site *s, enum site_part p, struct sink *out);
/* Its name, host, command line (the configuration is in `path`), and what it says when it is ready. */
const char *part_name(enum site_part p);
const char *part_host(enum site_part p);
const char *part_ready(enum site_part p);
void part_words(const struct site *s, enum site_part p, const char *path, struct words *w);
/* What the site's router lets through, in the words of nft. */
void part_filters(const struct site *s, struct sink *out);

/* -- hub.c: what the lab does at its hub */

/* The first administrator, a token, an account, and the device (or what a fault says). False after telling. */
bool hub_set_up(struct site *s);
/* What `word` (WORD_API or WORD_MEND) says. */
bool hub_steps(struct site *s, enum fault_word word);

/* -- certificates.c */

/* An authority, certificates of the web and the edge servers and of the phone, as a fault wants them. False after telling. */
bool certificates_make(struct site *s);

#endif
