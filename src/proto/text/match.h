/* Between the files of this module. */
#ifndef PROTO_TEXT_MATCH_H
#define PROTO_TEXT_MATCH_H

#include "proto/text/template.h"

/* template_match for a line that is known to begin with the first literal text. */
bool template_match_holes(const struct template *t, struct str line,
                          struct template_match *ret_match);

#endif
