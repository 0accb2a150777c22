/* Configuration: layers of values (organisation, site, model, device), drafts, publishing, undo.
 *
 * What a draft holds is an immutable list of values, a *content*, with an id of its own; an edit makes a new one. A layer
 * points at two contents: its draft and what is published. Publishing lets `published` point where `draft` does, for all
 * layers of the scope in one transaction, and notes what it pointed at before: undo puts that back. So publishing copies
 * nothing, 100,000 devices cost as much as one where a common layer changes, and each device's configuration is rendered
 * when it is asked for, from published contents and its lines (which hold at once); the ETag is a hash of the result.
 * A worker's cache may keep a rendering under device_facts.stamp: it changes whenever the rendering could. */
#ifndef IO_INVENTORY_CONFIG_H
#define IO_INVENTORY_CONFIG_H

#include "io/inventory/devices.h"
#include "io/inventory/inventory.h"
#include "io/inventory/proof.h"

enum layer_kind { LAYER_ORGANISATION, LAYER_SITE, LAYER_MODEL, LAYER_DEVICE };
enum { LAYER_KINDS = 4, LAYER_VALUES_MOST = 2048, LAYER_VALUE_MOST = 8192, UNDO_KEPT = 50 };

struct layer_ref {
    enum layer_kind kind;
    int64_t id;       /* of the site or device; else 0 */
    struct str model; /* canonical; else empty */
};

struct config_value {
    struct str name;
    struct str value; /* may be empty: the layer sets it to nothing */
    bool secret;      /* sealed in the database, masked in the audit trail */
};

struct layer {
    struct layer_ref ref;
    int64_t version;   /* of the draft: its content's id; 0: never written */
    int64_t published; /* content's id; 0: nothing published */
    usec_t changed;    /* the draft; 0: never */
    struct str changed_by;
    usec_t published_at; /* 0: never */
    struct str published_by;
    struct config_value *value; /* by name */
    size_t n;
};

/* The layer as draft, or as published; one that was never written is empty. NOT_FOUND: no such site, device or model. */
enum err inventory_layer_get(struct inventory *inv, const struct layer_ref *ref, bool published,
                             struct arena *a, struct layer *ret, struct refusal *reterr) MUST_CHECK;
/* The draft becomes these values, all of them. `version`: -1: any. BAD_FIELD: a name twice, or a limit. */
enum err inventory_layer_put(struct inventory *inv, const struct actor *who,
                             const struct layer_ref *ref, int64_t version,
                             const struct config_value *value, size_t n, int64_t *ret_version,
                             struct refusal *reterr) MUST_CHECK;
/* Layers that were ever written, without values; `unpublished`: only those whose draft differs from what is published. */
enum err inventory_layers(struct inventory *inv, bool unpublished, struct page page,
                          struct arena *a, struct layer **ret, size_t *ret_n, struct str *ret_next,
                          struct refusal *reterr) MUST_CHECK;

/* What is published together: one layer, all below a site (the site's and its devices'), or everything. */
enum publish_scope { PUBLISH_LAYER, PUBLISH_SITE, PUBLISH_ALL };

struct publication {
    int64_t id;
    usec_t at;
    struct str by;
    struct str note;
    enum publish_scope scope;
    struct layer_ref ref; /* of LAYER, SITE */
    uint64_t layers;      /* how many were changed */
    int64_t undoes;       /* the publication it took back; 0: none */
    int64_t undone_by;    /* 0: it holds */
};

/* NOT_FOUND ("scope"): no draft there differs from what is published. */
enum err inventory_publish(struct inventory *inv, const struct actor *who, enum publish_scope scope,
                           const struct layer_ref *ref, struct str note, int64_t *ret_id,
                           uint64_t *ret_layers, struct refusal *reterr) MUST_CHECK;
/* Takes back the newest publication that holds (id 0), or that very one: PRECONDITION where a later one touched a layer
 * of it. Drafts stay. */
enum err inventory_publish_undo(struct inventory *inv, const struct actor *who, int64_t id,
                                int64_t *ret_id, uint64_t *ret_layers,
                                struct refusal *reterr) MUST_CHECK;
/* The newest first. */
enum err inventory_publications(struct inventory *inv, struct page page, struct arena *a,
                                struct publication **ret, size_t *ret_n, struct str *ret_next,
                                struct refusal *reterr) MUST_CHECK;

/* -- all that rendering a device's configuration needs, and what proves its phone, in one read */

struct facts_line {
    unsigned n;
    int64_t account;
    struct str user, domain, number, display, auth, label;
    struct str secret; /* in clear; wipe the arena after use (device_facts_wipe) */
    bool shared;
    int64_t registrar; /* 0: our edge */
    struct str registrar_name, proxy, outbound_proxy, realm;
    int transport; /* enum registrar_transport */
};

struct device_facts {
    struct device device;
    struct facts_line *line;
    size_t n_lines;
    struct layer layer
        [LAYER_KINDS]; /* as published, from the organisation's to the device's; empty where there is none */
    struct device_keys keys;
    struct password_proof password[PASSWORDS_MOST]; /* the newest first; expired ones left out */
    size_t n_passwords;
    usec_t window_until; /* 0: no enrolment window is open */
    uint64_t stamp;      /* of all of this */
    usec_t published_at; /* the newest of its layers'; 0: never */
};

/* `drafts`: the layers as drafts, for a preview. */
enum err inventory_device_facts(struct inventory *inv, int64_t device, bool drafts, usec_t now,
                                struct arena *a, struct device_facts *ret,
                                struct refusal *reterr) MUST_CHECK;
/* Overwrites secrets and keys that it points to. */
void device_facts_wipe(struct device_facts *f);

/* -- what a phone told of itself (Report_Rule): the newest only */

struct config_report {
    usec_t at;        /* 0: none */
    struct str bytes; /* as received, at most 256 KiB */
};
enum err inventory_config_report_put(struct inventory *inv, int64_t device, usec_t at,
                                     struct str bytes, struct refusal *reterr) MUST_CHECK;
enum err inventory_config_report_get(struct inventory *inv, int64_t device, struct arena *a,
                                     struct config_report *ret, struct refusal *reterr) MUST_CHECK;

#endif
