/* What phones fetch and bring, for one worker: activation, configurations and problem reports, over HTTPS, HTTP and TFTP. Decisions are
 * flow/provision's and flow/activate's; here are the listeners, what is remembered of phones, and questions to the hub. */
#ifndef APP_PHONES_PHONES_H
#define APP_PHONES_PHONES_H

#include "app/hub/hub.h"
#include "app/tftpd/tftpd.h"
#include "app/web/web.h"
#include "flow/provision/provision.h"

enum { PHONES_LISTENERS = 12 };

struct phones;

struct phones_listener {
    enum provision_way way;
    int fd; /* bound; TFTP: udp_bind */
};

/* All but the descriptors stays the caller's and outlives the phones. */
struct phones_cfg {
    struct loop *loop;
    const struct provision_cfg *policy;
    struct hub *hub;        /* NULL: nobody is known */
    struct tls_server *tls; /* that judges clients; NULL where no listener needs it */
    struct phones_listener listener[PHONES_LISTENERS];
    size_t n_listeners;
    struct web_limits web;
    struct tftpd_limits tftp;
    size_t remembered_most, remembered_bytes; /* phones whose configuration is kept at hand */
    uint64_t report_most;                     /* bytes of a problem report */
    bool
        reports_unproven; /* taken from phones without a certificate too, a few an hour from one address */
    void (*tell)(void *ctx, const struct fact *f);
    void *ctx;
};

/* Takes over the descriptors, also when it fails. */
enum err phones_new(const struct phones_cfg *cfg, struct phones **ret) MUST_CHECK;
/* Before loop_free, and once no question to the hub is under way (phones_asking). */
void phones_free(struct phones *p);
/* No more connections, and no more questions; those there are end behind their answers. */
void phones_drain(struct phones *p);
/* Whether the hub still has to answer something, on this loop. */
bool phones_asking(const struct phones *p);
/* Phones that come from now on meet these certificates. */
void phones_tls(struct phones *p, struct tls_server *tls);
/* What was known of these is asked anew; `n` 0: of all. */
void phones_forget(struct phones *p, const struct mac *mac, size_t n);
void phones_windows(struct phones *p, const struct prov_window *w, size_t n);

struct phones_counts {
    uint64_t requests, served, refused, asked, reports, transfers, lost;
    uint64_t connections, handshakes, unshaken;
};
struct phones_counts phones_counts(const struct phones *p);

#endif
