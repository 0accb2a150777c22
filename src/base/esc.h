/* Text from outside, made harmless for where it goes. Invalid UTF-8 becomes U+FFFD everywhere. */
#ifndef BASE_ESC_H
#define BASE_ESC_H

#include "base/sink.h"

/* Terminal: no control character gets through (shown as \xNN, tabs as one blank), nor do
 * bidirectional overrides. */
void esc_term(struct sink *s, struct str text);
/* HTML text and double-quoted attribute values. */
void esc_html(struct sink *s, struct str text);
/* The inside of a JSON string (RFC 8259 section 7), also safe inside an HTML script element; what a terminal
 * would take for a control is escaped. */
void esc_json(struct sink *s, struct str text);
/* One CSV field, quoted where needed (RFC 4180); a field that a spreadsheet would take for a
 * formula gets a leading apostrophe. */
void esc_csv(struct sink *s, struct str text);
/* Columns that esc_term's output of `text` takes on a terminal (wide East Asian letters: 2). */
size_t esc_term_width(struct str text);
/* One UTF-8 sequence: its length in bytes (1 to 4) and the code point; an invalid byte is length 1
 * and 0xFFFD. `s` is not empty. */
size_t esc_utf8(struct str s, uint32_t *ret_cp);

#endif
