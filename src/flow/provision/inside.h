/* Inside the module: what a machine is made of. */
#ifndef FLOW_PROVISION_INSIDE_H
#define FLOW_PROVISION_INSIDE_H

#include "flow/guard/guard.h"
#include "flow/provision/name.h"
#include "flow/provision/proof.h"
#include "proto/digest/digest.h"

enum { NONCE_TEXT = 49, BOOTSTRAP_MOST = 1024 };

struct provision {
    struct provision_cfg cfg;
    struct telling *telling;
    struct guard guard;
    struct prov_window *window; /* owned, PROV_WINDOWS; by MAC */
    size_t n_windows;
    char bootstrap[BOOTSTRAP_MOST];
    size_t bootstrap_len;
};

/* One request on its way through the rules. */
struct asked {
    struct provision *p;
    const struct provision_request *q;
    struct provision_case *c;
    struct provision_name name;
    struct provision_identity identity;
    const struct mac
        *claimed; /* what it says it is: certificate, name, password or User-Agent; NULL: nothing */
    struct mac claimed_mac;
    bool authentic; /* the claim is known to be true */
    usec_t now;
};

/* reply.c */
void provision_reply_with(struct provision_case *c, unsigned status);
void provision_reply_fields(struct provision_case *c,
                            const char *text); /* lines with CRLF, behind those there are */
bool provision_reply_is_head(const struct asked *a);
/* `reason` as docs/journal.md lists them. */
void provision_reply_tell_refusal(struct asked *a, const char *reason, usec_t delay);
enum provision_step provision_reply_refuse(struct asked *a, unsigned status, const char *reason);
enum provision_step provision_reply_refuse_unproven(struct asked *a, const char *reason,
                                                    bool stale);
enum provision_step provision_reply_wrong_password(struct asked *a);
enum provision_step provision_reply_bootstrap(struct asked *a);
void provision_reply_serve(struct asked *a, const struct prov_device *d);

/* password.c */
/* Who a request says it is by its Authorization field. */
enum claim {
    CLAIM_NONE,  /* no such field, or no scheme that is known here */
    CLAIM_MADE,  /* of *ret_mac: to be checked when the phone is known */
    CLAIM_STALE, /* it answers a nonce that is over: once more */
    CLAIM_BROKEN /* it can be nobody's */
};
enum claim claim_read(struct provision *p, const struct provision_request *q, usec_t now,
                      struct mac *ret_mac);
/* Which password it is; PROOF_NONE: none of them. Takes the same time for a phone that is not known. */
enum provision_proof claim_check(struct provision *p, const struct provision_request *q,
                                 const struct prov_device *d, usec_t now);
/* WWW-Authenticate lines. */
void challenges_write(struct provision *p, bool stale, usec_t now, char *to, size_t cap);

#endif
