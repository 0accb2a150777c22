/* Texts made alike for searching: letters without case, full-width forms as ASCII, half-width katakana as full, katakana
 * as hiragana. What remains different is different. */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/str.h"

/* Folds `s` into `to`, at most `room` bytes, whole characters; returns how many. Latin letters of ASCII, Latin-1, Latin
 * Extended-A, Greek and Cyrillic lose their case; runs of blanks (also U+3000) become one; none are left at the ends. A byte that is no
 * UTF-8 stays. The result is never longer than `s`. */
size_t fold(struct str s, char *to, size_t room);
/* Whether the folded `word` begins a word of the folded `text`; a word that begins with a letter of a script without
 * blanks (kana, Chinese characters, Hangul) may stand anywhere. An empty one is everywhere. */
bool fold_has(struct str text, struct str word);
/* A quick look before fold_has: a text can have the word only where all bits of fold_need(word) are among those of
 * fold_marks(text). */
uint64_t fold_marks(struct str text);
uint64_t fold_need(struct str word);

#endif
