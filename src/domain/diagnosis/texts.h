/* What a finding says to people: one text file per finding and language, and a catalogue of short
 * messages. Prose, with {field} for what the decisive fact carries. */
#ifndef DOMAIN_DIAGNOSIS_TEXTS_H
#define DOMAIN_DIAGNOSIS_TEXTS_H

#include "base/conf.h"
#include "base/sink.h"

enum text_key {
    TEXT_TITLE,
    TEXT_MESSAGE,
    TEXT_EXPLAIN,
    TEXT_CAUSES,
    TEXT_CONFIRM,
    TEXT_REMEDY,
    TEXT_SIDE_EFFECTS,
    TEXT_NEXT,
    TEXT_KEYS,
};

struct finding_text {
    struct str id;
    struct str v[TEXT_KEYS]; /* as it stands in the file, the key taken off; lists: "- " items */
    struct finding_text *next;
};

struct message {
    struct str key;
    struct str text;
    struct message *next;
};

struct texts {
    struct arena *arena;
    struct finding_text *findings;
    struct message *messages;
};

/* One finding's file; `id` is its name without the ending. A later one of the same id wins.
 * ERR_MALFORMED: an unknown key, a missing one, a line that belongs to none. `text` must live as
 * long as the texts. */
enum err texts_add(struct texts *t, struct str id, struct str file, struct str text,
                   struct conf_error *reterr) MUST_CHECK;
/* A catalogue: lines "key: text". */
enum err texts_add_messages(struct texts *t, struct str file, struct str text,
                            struct conf_error *reterr) MUST_CHECK;
/* NULL when there is none. */
const struct finding_text *texts_find(const struct texts *t, struct str id);
/* The key itself where the catalogue has no such message. */
struct str texts_message(const struct texts *t, const char *key);

/* The next item of a list, or paragraph of prose, written into `a` as one line. False at the end.
 * `japanese`: lines are joined without a blank. */
bool texts_item(struct str *rest, struct arena *a, struct str *ret_item);
bool texts_paragraph(struct str *rest, bool japanese, struct arena *a, struct str *ret_paragraph);

/* Values for {names}: an empty view when there is none. */
typedef struct str (*texts_value)(void *ctx, struct str name);
/* `text` with its {names} filled in; <<...>> is dropped when a name inside has no value,
 * <<!{name}...>> when that name has one; otherwise
 * a missing value reads `missing`. *ret_whole: no value was missing outside <<>>. */
void texts_fill(struct str text, texts_value value, void *ctx, struct str missing, struct sink *out,
                bool *ret_whole);

#endif
