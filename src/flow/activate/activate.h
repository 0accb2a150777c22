/* The activation service: a phone that is fresh from its box asks where its configuration is.
 *
 *     GET /software/edos/callhome/rc?id=MAC:SERIAL:PID&sw=...&orig=...&authstatus=...[&code=16 digits]
 *
 * A phone that is known here and proves itself hears its profile rule; all others 200 without a body, so that nobody learns
 * which MACs are known (the field's own answer to a phone without an association). A code gives its device the MAC that was
 * proven. Used as provision_ask and provision_answer are, with the same machine. */
#ifndef FLOW_ACTIVATE_ACTIVATE_H
#define FLOW_ACTIVATE_ACTIVATE_H

#include "flow/provision/provision.h"

/* Whether the path is the activation's. */
bool activate_path(struct str path);

enum provision_step activate_ask(struct provision *p, const struct provision_request *q, usec_t now,
                                 struct provision_case *ret_case);
void activate_answer(struct provision *p, const struct provision_request *q,
                     struct provision_case *c, const struct prov_device *d, usec_t now);

/* The id of the query: "00005e005301:FCH00000000:CP-8865-3PCC". The MAC may be spelled with colons. */
struct activate_id {
    struct mac mac;
    struct str serial, model;
};
bool activate_id_read(struct str value, struct activate_id *ret_id);

#endif
