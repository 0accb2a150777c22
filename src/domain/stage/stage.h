/* The journey of a phone from its MAC address to a dial tone: its stages and their states. */
#ifndef DOMAIN_STAGE_STAGE_H
#define DOMAIN_STAGE_STAGE_H

#include "base/str.h"

enum stage {
#define STAGE(id, text) STAGE_##id,
#include "domain/stage/stage.def"
#undef STAGE
    STAGES,
    STAGE_NONE = STAGES, /* belongs to no stage: quality of the evidence, fleets */
};

enum stage_state {
    STAGE_UNKNOWN,     /* evidence is missing */
    STAGE_OK,          /* ended well */
    STAGE_FAILED,      /* did not end well */
    STAGE_NOT_REACHED, /* an earlier stage failed */
    STAGE_SKIPPED,     /* another way was taken */
    STAGE_STATES,
};

/* The stable name: "activation-dns"; "none" for STAGE_NONE. */
const char *stage_name(enum stage s);
/* False when `name` is no stage's name (nor "none"). */
bool stage_read(struct str name, enum stage *ret_stage);
/* "ok", "failed", "not-reached", "skipped", "unknown". */
const char *stage_state_name(enum stage_state s);

#endif
