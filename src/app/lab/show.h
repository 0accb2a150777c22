/* What the lab shows to people: sentences in their language, and the ladder of a phone that is on its way. */
#ifndef APP_LAB_SHOW_H
#define APP_LAB_SHOW_H

#include "app/know/know.h"
#include "domain/stage/stage.h"
#include "io/out/out.h"

struct show {
    struct out out;
    struct sink sink;
    struct know know;
    enum language lang;
    bool color;
    bool live;  /* a terminal: the ladder is drawn over itself */
    bool drawn; /* it was before */
    enum stage_state state[STAGES];
    bool begun[STAGES];
    int64_t ms[STAGES]; /* since the phone was switched on; -1 */
};

/* On standard output. False after telling. show_close in any case. */
bool show_open(struct show *s, const struct cli_args *a);
void show_close(struct show *s);
/* The message `key` (share/messages), {1} to {3} filled in, a line of its own. Values NULL: none. */
void show_say(struct show *s, const char *key, const char *v1, const char *v2, const char *v3);
/* The same as a heading, `step` of the demonstration. */
void show_step(struct show *s, unsigned step, const char *key);
/* The ladder anew: a phone is switched on. */
void show_ladder(struct show *s);
/* A stage of it begins or ends, `ms` after that. */
void show_stage(struct show *s, enum stage st, bool begun, enum stage_state state, int64_t ms);
/* What stands there stays. */
void show_ladder_end(struct show *s);
/* Text as it is, a line or more: a picture, a diagnosis. */
void show_text(struct show *s, struct str text);
void show_flush(struct show *s);

#endif
