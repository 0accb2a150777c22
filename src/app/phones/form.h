/* A problem report as phones bring it: a file as it is, or a form (RFC 7578) with the fields devicename, serialno, username and
 * prt_file. Values may stand in quotes of their own. */
#ifndef APP_PHONES_FORM_H
#define APP_PHONES_FORM_H

#include "base/sink.h"

enum { FORM_WORD = 128 };

struct form {
    bool parts; /* a form; else all of it is the file */
    char device[FORM_WORD], serial[FORM_WORD], username[FORM_WORD],
        name[FORM_WORD]; /* name: of the file */
};

/* By its Content-Type; empty: the file as it is. False: a form that cannot be read. */
bool form_init(struct form *f, struct str content_type);
void form_clear(struct form *f);
/* The next bytes; those of the file go to `keep`. False: the form is damaged. */
bool form_take(struct form *f, struct str bytes, void (*keep)(void *ctx, struct str bytes),
               void *ctx);
/* Whether the form has come to its end, and had a file. */
bool form_whole(const struct form *f);

#endif
