/* Where a lease sends a phone for its configuration: which option its model follows, and to which URL.
 *
 * No document says that the order of the list is the order of precedence, nor what a phone makes of a URL in
 * options 43, 60 and 125; so the list, the order and the rule that is added to a bare server are settings of
 * the model (share/services/models.conf). */
#ifndef APP_PROBE_TARGET_H
#define APP_PROBE_TARGET_H

#include "app/probe/service.h"
#include "base/mac.h"
#include "proto/dhcp/dhcp.h"

enum { TARGET_KEY = 12, TARGET_VALUE = 256, TARGET_URL = 512 };

struct target {
    char key[TARGET_KEY];     /* "option66", "siaddr" */
    char value[TARGET_VALUE]; /* of the option, as text */
    char url[TARGET_URL];     /* complete, macros replaced as far as model and MAC address tell */
};

/* The first option of the model's list that names a server. `mac`: NULL where it is not known. False: none
 * does, and the phone goes on without DHCP. */
bool target_choose(const struct service_model *model, const struct mac *mac,
                   const struct dhcp_message *m, struct target *ret);

/* `text` with {model}, {mac} and {nul} (a byte 0) replaced; what does not fit is cut. */
struct str target_fill(struct str text, const struct service_model *model, const struct mac *mac,
                       char *ret, size_t cap);

/* `rule` with $NAME and $(NAME) replaced as far as model and MAC address tell, as a phone does; what does not fit
 * is cut. */
struct str target_expand(struct str rule, const struct service_model *model, const struct mac *mac,
                         char *ret, size_t cap);

/* The host of a URL, without brackets. */
struct str target_host(struct str url);

#endif
