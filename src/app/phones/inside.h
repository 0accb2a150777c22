/* Inside the module: what the service of a worker is made of. */
#ifndef APP_PHONES_INSIDE_H
#define APP_PHONES_INSIDE_H

#include "app/phones/form.h"
#include "app/phones/phones.h"
#include "app/phones/remember.h"

enum { TFTP_NAME = 256, PHONES_FEW = 64 };

/* Reports from an address that proved nothing, within an hour. */
struct few {
    struct addr from;
    usec_t since;
    unsigned n;
};

/* A request that waits: for the hub, or for its time. */
struct waiter {
    struct waiter *next;
    bool tftp, activation;
    struct web_id web;
    struct tftpd_id transfer;
    struct endpoint peer;
    char name[TFTP_NAME];
    usec_t due; /* run time at which the answer leaves */
    struct provision_case kase;
};

/* A question that is under way, and who waits for its answer. */
struct asking {
    struct hub_ask ask; /* first: the hub gives it back */
    struct phones *phones;
    struct asking *next;
    struct waiter *waiting;
};

struct phones {
    struct phones_cfg cfg;
    struct provision *policy;
    struct memory *memory;
    struct web *web;
    struct tftpd *tftpd;
    struct loop_timer *timer;
    struct loop_turn turn;
    struct asking *asking;
    struct waiter *late, **late_end; /* by their due times, which rise */
    struct buf body;
    size_t n_waiting;
    size_t uploads;
    struct few few[PHONES_FEW];
    bool draining; /* nothing more is asked */
    struct phones_counts counts;
};

/* phones_web.c, phones_tftp.c, phones_report.c */
extern const struct web_handler phones_handler;
extern const struct tftpd_on phones_tftp;
void phones_reply_tftp(struct phones *p, struct tftpd_id id, const struct provision_case *c,
                       const struct prov_device *d);
/* The request anew, as it stands in the exchange. */
struct provision_request phones_request(struct web_exchange *x);
void phones_reply_web(struct phones *p, struct web_exchange *x, const struct provision_case *c,
                      const struct prov_device *d);
/* Whether the path is a report's; then it is answered, now or later. */
bool phones_report(struct phones *p, struct web_exchange *x);
void phones_report_piece(struct phones *p, struct web_exchange *x, struct str bytes);
void phones_report_end(struct phones *p, struct web_exchange *x);
void phones_report_body(struct phones *p, struct web_exchange *x, struct str whole);
void phones_report_gone(struct phones *p, struct web_exchange *x);

/* phones_ask.c */
/* Asks the rules about `w` (whose kind, names and peer are set) with `q`; answers, or keeps a copy of it for later. */
void phones_take(struct phones *p, struct waiter *w, const struct provision_request *q,
                 struct web_exchange *x);
void phones_late(struct phones *p); /* answers whose time has come */
usec_t phones_late_deadline(const struct phones *p);
void phones_ask_clear(struct phones *p);

/* phones.c */
void phones_tell(struct phones *p); /* what there is to tell */
/* The bytes of a form of the configuration: a view of `d`, of what is remembered, or of p->body. Empty where it cannot be made. */
struct str phones_body(struct phones *p, const struct provision_case *c,
                       const struct prov_device *d);

#endif
