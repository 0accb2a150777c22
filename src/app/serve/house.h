/* All that one `dialtone serve` is made of; its main thread owns it. */
#ifndef APP_SERVE_HOUSE_H
#define APP_SERVE_HOUSE_H

#include "app/accounts/accounts.h"
#include "app/ca/lab.h"
#include "app/hub/hub.h"
#include "app/serve/state.h"
#include "app/serve/worker.h"
#include "app/web/web.h"

/* Names of the accounts that are served, in byte order, to find out which ones a new file lacks. */
struct names {
    struct str *at; /* owned */
    size_t n;
    struct arena text;
};

enum phase { PHASE_START, PHASE_SERVING, PHASE_DRAINING, PHASE_ENDING };

struct house {
    struct plan plan;
    struct loop *loop;
    int fd[LISTENERS_MOST][WORKERS_MOST]; /* until a worker has it: -1 then */
    struct state state;
    struct store *store; /* NULL: no journal */
    struct tls_tickets *tickets;
    struct tls_server *tls, *tls_new;               /* tls_new: not yet with all workers */
    struct tls_server *phones_tls, *phones_tls_new; /* that judges the certificates of phones */
    bool tls_coming; /* new certificates are on their way to the workers */
    size_t tls_left;
    struct tls_server *page_tls, *page_tls_new;
    struct ca_lab *lab; /* owned; NULL: certificates were given */
    struct hub *hub;    /* NULL: the edge alone */
    char hub_url[16 + ENDPOINT_TEXT];
    char hub_outbound[ENDPOINT_TEXT];
    int hub_fd[HUB_LISTENERS];                     /* until the hub has it: -1 then */
    int phones_fd[PHONES_LISTENERS][WORKERS_MOST]; /* as fd */
    struct workers workers;
    struct web *web;
    int admin_fd;
    struct names names;
    struct accounts_file coming; /* being put by the workers */
    struct names coming_names;
    struct str *gone;
    struct worker_accounts put;
    bool loading;              /* a reload is on its way */
    bool again;                /* another was asked for meanwhile */
    struct loop_timer *timer;  /* of draining */
    struct loop_timer *reload; /* one more reload */
    struct loop_timer *watchdog;
    enum phase phase;
    usec_t until; /* run time: end of draining */
    size_t quiet_left;
    bool interrupted; /* by SIGINT */
    usec_t started;   /* date */
};

/* bind.c: opens every port, the chosen ones stand in the plan. False after telling. */
bool house_bind(struct house *h) MUST_CHECK;
/* Lines "listening udp 127.0.0.1:5060" on standard output. */
void house_say_ports(const struct house *h);

/* start.c: everything from the ports to running workers. False after telling. */
bool house_start(struct house *h) MUST_CHECK;
void house_free(struct house *h);
/* One fact for the journal: server.state. */
void house_tell(struct house *h, const char *state, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* house_provision.c */
/* What DHCP is to tell phones: "https://prov.example.com". */
struct str house_provision_url(const struct house *h);
/* Names, keys and certificates for the phones' part, once the ports are open. False after telling. */
bool house_provision(struct house *h) MUST_CHECK;
/* The phones' certificates anew; NULL: they cannot be read, which is told. */
struct tls_server *house_phones_tls(struct house *h);

/* house_hub.c. Each: false after telling. */
/* A certificate where none was given. */
bool house_lab(struct house *h) MUST_CHECK;
/* The hub, with its ports; it does not run yet. */
bool house_hub(struct house *h) MUST_CHECK;
/* Its accounts, before bindings are restored. */
bool house_hub_accounts(struct house *h, struct edge **edges) MUST_CHECK;
/* It runs: everything answers now. */
void house_ready(void *house);

/* reload.c */
/* Reads the accounts; tells every mistake. `what`: how the message begins. */
bool house_read_accounts(const struct plan *p, struct accounts_file *ret) MUST_CHECK;
bool house_read_tls(const struct plan *p, struct tls_tickets *tickets,
                    struct tls_server **ret) MUST_CHECK;
/* The page's: browsers are asked for no certificate. */
bool house_read_page_tls(struct house *h, struct tls_server **ret) MUST_CHECK;
bool names_of(const struct accounts_file *f, struct names *ret) MUST_CHECK;
void names_clear(struct names *n);
/* SIGHUP: accounts and certificates anew; mistakes keep the old ones. */
void house_reload(struct house *h);

/* admin.c: the pages of the admin address. False after telling. */
bool house_open_admin(struct house *h) MUST_CHECK;
/* metrics.c: what they say. */
void house_metrics(const struct house *h, struct sink *out);
bool house_healthy(const struct house *h, struct sink *out);
/* Whether no worker is stuck; says which one is. */
bool house_alive(const struct house *h, struct sink *out);

/* house_live.c: of hub_cfg. */
void house_live(void *ctx, const char *language, struct json *out);

#endif
