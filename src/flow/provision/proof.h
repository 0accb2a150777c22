/* What proves who a phone is, and how what came of it is told; for flow/activate too. */
#ifndef FLOW_PROVISION_PROOF_H
#define FLOW_PROVISION_PROOF_H

#include "flow/provision/provision.h"
#include "flow/provision/telling.h"

/* What a certificate is good for. */
struct provision_identity {
    enum provision_proof proof; /* PROOF_CERTIFICATE, PROOF_EXPIRED or PROOF_NONE */
    const char *reason;         /* of none: "no-proof", "expired", "unknown-authority" ... */
    bool
        authentic; /* it is this phone's, whatever else is wrong with it: its authority is known and its signatures are right */
};
struct provision_identity provision_identify(const struct provision_cfg *cfg,
                                             const struct client_cert *client, usec_t now);
/* Whether an expired certificate is this phone's: the inventory knows its serial, and it is that of the certificate. */
bool provision_serial_known(const struct client_cert *client, const struct prov_device *d);

const struct provision_cfg *provision_cfg_of(const struct provision *p);
/* The open window of `mac`, or of the device with this key where `mac` is NULL; NULL: there is none. */
const struct prov_window *provision_window(const struct provision *p, const struct mac *mac,
                                           struct str key, usec_t now);

/* What is asked about a phone that calls itself so. */
void provision_question(const struct provision_request *q, struct mac mac, bool proven,
                        struct prov_question *ret);

/* -- What is told. */

struct provision_told {
    struct telling_like like;
    bool has_mac;
    char note[40]; /* told as text, where nothing better is */
    struct event event;
};
/* Everything that the request itself says; `what` is its state or reason. `mac` NULL: none is claimed. */
void provision_told_begin(const struct provision_request *q, enum fact_kind kind, const char *what,
                          enum provision_proof proof, const struct mac *mac,
                          struct provision_told *ret);
/* `of_its_own`: the phone is known to be it, so it gets rows of its own. */
void provision_tell(struct provision *p, struct provision_told *t, bool of_its_own, usec_t delay,
                    usec_t now);
/* What is worth a word of a certificate that was not taken, or taken although it is over. */
void provision_told_client(struct provision_told *t, const struct client_cert *client,
                           const char *reason);
/* The device.unknown that goes to the inbox. */
void provision_tell_unknown(struct provision *p, const struct provision_request *q,
                            const struct provision_case *c, usec_t now);

#endif
