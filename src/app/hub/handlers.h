/* One function for each operation of routes.c. Each answers, at once or later. */
#ifndef APP_HUB_HANDLERS_H
#define APP_HUB_HANDLERS_H

#include "app/hub/api.h"
#include "io/inventory/devices.h"

/* sessions.c */
bool user_name_good(struct str s);
void session_begin(struct call *c);
void session_get(struct call *c);
void session_end(struct call *c);
void setup_use(struct call *c);

/* users.c */
void users_list(struct call *c);
void users_get(struct call *c);
void users_add(struct call *c);
void users_change(struct call *c);
void users_remove(struct call *c);
void tokens_list(struct call *c);
void tokens_add(struct call *c);
void tokens_remove(struct call *c);

/* people.c */
void people_list(struct call *c);
void people_get(struct call *c);
void people_add(struct call *c);
void people_change(struct call *c);
void people_remove(struct call *c);
void workspaces_list(struct call *c);
void workspaces_get(struct call *c);
void workspaces_add(struct call *c);
void workspaces_change(struct call *c);
void workspaces_remove(struct call *c);

/* sites.c */
void sites_list(struct call *c);
void sites_get(struct call *c);
void sites_add(struct call *c);
void sites_change(struct call *c);
void sites_remove(struct call *c);
void registrars_list(struct call *c);
void registrars_get(struct call *c);
void registrars_add(struct call *c);
void registrars_change(struct call *c);
void registrars_remove(struct call *c);

/* accounts.c */
void accounts_list(struct call *c);
void accounts_get(struct call *c);
void accounts_add(struct call *c);
void accounts_change(struct call *c);
void accounts_drop(struct call *c);

/* devices.c */
void devices_list(struct call *c);
void devices_get(struct call *c);
void devices_check_macs(struct call *c);
/* The device as it is now, as an answer. */
void device_answer(struct call *c, int64_t id, unsigned status);

/* device_edit.c */
void devices_add(struct call *c);
void devices_change(struct call *c);
void devices_remove(struct call *c);
void devices_lines(struct call *c);
void devices_replace(struct call *c);
/* {"kind", "id"} of member `owner`. */
void owner_read(struct jsonin_object *o, unsigned how, struct device *ret);

/* device_act.c */
void devices_act(struct call *c);
/* Asks the phone to fetch its configuration; what comes of it is not waited for. */
void device_resync(struct call *c, int64_t id);
void codes_make(struct call *c);
void codes_end(struct call *c);
void windows_open(struct call *c);
void windows_list(struct call *c);
void windows_close(struct call *c);
void passwords_rotate(struct call *c);
void keys_get(struct call *c);

/* layers.c */
void layers_organisation_get(struct call *c);
void layers_organisation_put(struct call *c);
void layers_site_get(struct call *c);
void layers_site_put(struct call *c);
void layers_model_get(struct call *c);
void layers_model_put(struct call *c);
void layers_device_get(struct call *c);
void layers_device_put(struct call *c);
void layers_list(struct call *c);

/* publish.c */
void publish_add(struct call *c);
void publish_undo(struct call *c);
void publish_list(struct call *c);

/* effective.c */
void effective_get(struct call *c);
void effective_diff(struct call *c);

/* imports.c */
void imports_add(struct call *c);
void exports_get(struct call *c);
void exports_room(struct hub *h, struct call *c);

/* unknown.c */
void unknown_list(struct call *c);
void unknown_adopt(struct call *c);
void unknown_remove(struct call *c);

/* reports_api.c */
extern const struct call_stream reports_stream;
void reports_list(struct call *c);
void reports_get(struct call *c);
void reports_remove(struct call *c);
void reports_diagnosis(struct call *c);
void reports_file(struct call *c);
void reports_log(struct call *c);

/* trail.c */
void audit_list(struct call *c);
void journal_list(struct call *c);

/* standing_api.c */
void overview_get(struct call *c);
void journey_get(struct call *c);
void facts_list(struct call *c);

/* service.c */
void health_get(struct call *c);
void openapi_get(struct call *c);
void live_get(struct call *c);
void models_list(struct call *c);
void parameters_list(struct call *c);

/* events.c */
void events_get(struct call *c);
void events_room(struct hub *h, struct call *c);
void events_gone(struct hub *h, struct call *c);

#endif
