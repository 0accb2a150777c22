/* The operations of the API, in the order of share/api/openapi.json. */
#include "app/hub/handlers.h"

enum { SMALL = 16 * 1024, LISTS = 256 * 1024, VALUES = 4 * 1024 * 1024, TABLE = 64 * 1024 * 1024 };

#define READ(at, who, fn)                                            \
    {                                                                \
        .method = "GET", .path = (at), .need = (who), .handle = (fn) \
    }
#define DROP(at, who, fn)                                               \
    {                                                                   \
        .method = "DELETE", .path = (at), .need = (who), .handle = (fn) \
    }
#define SEND(verb, at, who, fn, most)                                                 \
    {                                                                                 \
        .method = (verb), .path = (at), .need = (who), .handle = (fn), .body = (most) \
    }
#define MAY_SEND(verb, at, who, fn, most)                                              \
    {                                                                                  \
        .method = (verb), .path = (at), .need = (who), .handle = (fn), .body = (most), \
        .optional = true                                                               \
    }

const struct route routes[] = {
    READ("/people", NEED_READER, people_list),
    SEND("POST", "/people", NEED_OPERATOR, people_add, SMALL),
    READ("/people/{id}", NEED_READER, people_get),
    SEND("PATCH", "/people/{id}", NEED_OPERATOR, people_change, SMALL),
    DROP("/people/{id}", NEED_OPERATOR, people_remove),
    READ("/workspaces", NEED_READER, workspaces_list),
    SEND("POST", "/workspaces", NEED_OPERATOR, workspaces_add, SMALL),
    READ("/workspaces/{id}", NEED_READER, workspaces_get),
    SEND("PATCH", "/workspaces/{id}", NEED_OPERATOR, workspaces_change, SMALL),
    DROP("/workspaces/{id}", NEED_OPERATOR, workspaces_remove),
    READ("/sites", NEED_READER, sites_list),
    SEND("POST", "/sites", NEED_OPERATOR, sites_add, SMALL),
    READ("/sites/{id}", NEED_READER, sites_get),
    SEND("PATCH", "/sites/{id}", NEED_OPERATOR, sites_change, SMALL),
    DROP("/sites/{id}", NEED_OPERATOR, sites_remove),
    READ("/accounts", NEED_READER, accounts_list),
    SEND("POST", "/accounts", NEED_OPERATOR, accounts_add, SMALL),
    READ("/accounts/{id}", NEED_READER, accounts_get),
    SEND("PATCH", "/accounts/{id}", NEED_OPERATOR, accounts_change, SMALL),
    DROP("/accounts/{id}", NEED_OPERATOR, accounts_drop),
    READ("/registrars", NEED_READER, registrars_list),
    SEND("POST", "/registrars", NEED_OPERATOR, registrars_add, SMALL),
    READ("/registrars/{id}", NEED_READER, registrars_get),
    SEND("PATCH", "/registrars/{id}", NEED_OPERATOR, registrars_change, SMALL),
    DROP("/registrars/{id}", NEED_OPERATOR, registrars_remove),

    READ("/devices", NEED_READER, devices_list),
    SEND("POST", "/devices", NEED_OPERATOR, devices_add, SMALL),
    SEND("POST", "/devices/validate-macs", NEED_READER, devices_check_macs, LISTS),
    READ("/devices/{id}", NEED_READER, devices_get),
    SEND("PATCH", "/devices/{id}", NEED_OPERATOR, devices_change, SMALL),
    DROP("/devices/{id}", NEED_OPERATOR, devices_remove),
    SEND("PUT", "/devices/{id}/lines", NEED_OPERATOR, devices_lines, SMALL),
    SEND("POST", "/devices/{id}/replace", NEED_OPERATOR, devices_replace, SMALL),
    SEND("POST", "/devices/{id}/actions", NEED_OPERATOR, devices_act, SMALL),
    READ("/devices/{id}/journey", NEED_READER, journey_get),
    READ("/devices/{id}/facts", NEED_READER, facts_list),
    MAY_SEND("POST", "/devices/{id}/code", NEED_OPERATOR, codes_make, SMALL),
    DROP("/devices/{id}/code", NEED_OPERATOR, codes_end),
    MAY_SEND("POST", "/devices/{id}/window", NEED_ADMIN, windows_open, SMALL),
    MAY_SEND("POST", "/devices/{id}/password", NEED_OPERATOR, passwords_rotate, SMALL),
    READ("/devices/{id}/keys", NEED_OPERATOR, keys_get),
    READ("/devices/{id}/configuration", NEED_READER, effective_get),
    READ("/devices/{id}/configuration/diff", NEED_READER, effective_diff),
    READ("/windows", NEED_READER, windows_list),
    DROP("/windows/{id}", NEED_OPERATOR, windows_close),

    READ("/configuration/organisation", NEED_READER, layers_organisation_get),
    SEND("PUT", "/configuration/organisation", NEED_ADMIN, layers_organisation_put, VALUES),
    READ("/configuration/site/{id}", NEED_READER, layers_site_get),
    SEND("PUT", "/configuration/site/{id}", NEED_OPERATOR, layers_site_put, VALUES),
    READ("/configuration/model/{name}", NEED_READER, layers_model_get),
    SEND("PUT", "/configuration/model/{name}", NEED_ADMIN, layers_model_put, VALUES),
    READ("/configuration/device/{id}", NEED_READER, layers_device_get),
    SEND("PUT", "/configuration/device/{id}", NEED_OPERATOR, layers_device_put, VALUES),
    SEND("POST", "/publish", NEED_OPERATOR, publish_add, SMALL),
    MAY_SEND("POST", "/publish/undo", NEED_OPERATOR, publish_undo, SMALL),
    READ("/publications", NEED_READER, publish_list),
    READ("/layers", NEED_READER, layers_list),

    {.method = "POST",
     .path = "/imports",
     .need = NEED_OPERATOR,
     .handle = imports_add,
     .body = TABLE,
     .type = "text/csv"},
    {.method = "GET",
     .path = "/export.csv",
     .need = NEED_READER,
     .handle = exports_get,
     .room = exports_room},
    READ("/unknown", NEED_READER, unknown_list),
    SEND("POST", "/unknown/{id}/adopt", NEED_OPERATOR, unknown_adopt, SMALL),
    DROP("/unknown/{id}", NEED_OPERATOR, unknown_remove),
    READ("/reports", NEED_READER, reports_list),
    {.method = "POST", .path = "/reports", .need = NEED_OPERATOR, .stream = &reports_stream},
    READ("/reports/{id}", NEED_READER, reports_get),
    DROP("/reports/{id}", NEED_OPERATOR, reports_remove),
    READ("/reports/{id}/diagnosis", NEED_READER, reports_diagnosis),
    READ("/reports/{id}/file", NEED_OPERATOR, reports_file),
    READ("/reports/{id}/log", NEED_READER, reports_log),

    READ("/audit", NEED_READER, audit_list),
    READ("/journal", NEED_READER, journal_list),
    READ("/overview", NEED_READER, overview_get),
    READ("/models", NEED_READER, models_list),
    READ("/parameters", NEED_READER, parameters_list),
    {.method = "GET",
     .path = "/events",
     .need = NEED_READER,
     .handle = events_get,
     .room = events_room,
     .gone = events_gone},
    READ("/health", NEED_NOBODY, health_get),
    READ("/openapi.json", NEED_NOBODY, openapi_get),
    READ("/setup/live", NEED_READER, live_get),
    SEND("POST", "/setup", NEED_NOBODY, setup_use, SMALL),
    SEND("POST", "/session", NEED_NOBODY, session_begin, SMALL),
    READ("/session", NEED_READER, session_get),
    DROP("/session", NEED_READER, session_end),
    READ("/users", NEED_ADMIN, users_list),
    SEND("POST", "/users", NEED_ADMIN, users_add, SMALL),
    READ("/users/{id}", NEED_ADMIN, users_get),
    SEND("PATCH", "/users/{id}", NEED_ADMIN, users_change, SMALL),
    DROP("/users/{id}", NEED_ADMIN, users_remove),
    READ("/tokens", NEED_ADMIN, tokens_list),
    SEND("POST", "/tokens", NEED_ADMIN, tokens_add, SMALL),
    DROP("/tokens/{id}", NEED_ADMIN, tokens_remove),
    {.method = NULL},
};
