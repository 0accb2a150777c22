/* What the doctor knows: line templates, rules and texts, from the files in share/ and from folders
 * that a user adds (`--rules DIR`). Loaded once, never changed afterwards. */
#ifndef FLOW_DOCTOR_KNOWLEDGE_H
#define FLOW_DOCTOR_KNOWLEDGE_H

#include "domain/diagnosis/rules.h"
#include "domain/diagnosis/texts.h"
#include "flow/dissect/lines.h"

enum language { LANG_EN, LANG_JA, LANGS };

struct knowledge {
    struct arena arena;
    struct lines *lines;
    struct rules rules;
    struct texts texts[LANGS];
};

/* "en", "ja". */
const char *language_name(enum language l);

/* Empty. ERR_MEMORY is the only failure. */
enum err knowledge_init(struct knowledge *k) MUST_CHECK;
/* Whether `name` (with its folders, as "findings/en/DH-01.txt") is a file that knowledge_add takes
 * and in which round: line templates (1), rules (2), texts (3). Rounds must come in that order; 0:
 * not ours. */
int knowledge_round(struct str name);
/* Adds one file; `text` must outlive the knowledge. ERR_MALFORMED with file, line and what. */
enum err knowledge_add(struct knowledge *k, struct str name, struct str text,
                       struct conf_error *reterr) MUST_CHECK;
/* All that the program brings along. */
enum err knowledge_add_share(struct knowledge *k, struct conf_error *reterr) MUST_CHECK;
/* After the last file: every rule has its English text. */
enum err knowledge_check(const struct knowledge *k, struct conf_error *reterr) MUST_CHECK;
void knowledge_clear(struct knowledge *k);

#endif
