/* Names of stages and states. */
#include "domain/stage/stage.h"

static const char *const names[STAGES + 1] = {
#define STAGE(id, text) [STAGE_##id] = (text),
#include "domain/stage/stage.def"
#undef STAGE
    [STAGE_NONE] = "none",
};

const char *stage_name(enum stage s)
{
    return names[s];
}

bool stage_read(struct str name, enum stage *ret_stage)
{
    for (int s = 0; s <= STAGES; s++) {
        if (str_eq(name, str_z(names[s]))) {
            *ret_stage = (enum stage)s;
            return true;
        }
    }
    return false;
}

const char *stage_state_name(enum stage_state s)
{
    static const char *const states[STAGE_STATES] = {
        [STAGE_UNKNOWN] = "unknown",         [STAGE_OK] = "ok",           [STAGE_FAILED] = "failed",
        [STAGE_NOT_REACHED] = "not-reached", [STAGE_SKIPPED] = "skipped",
    };
    return states[s];
}
