/* A problem report as phones bring it: a file as it is, or a form (RFC 7578) with the fields devicename, serialno, username and
 * prt_file. Values may stand in quotes of their own (docs/sources.md, AG8F). */
#ifndef APP_PHONES_FORM_H
#define APP_PHONES_FORM_H

#include "proto/multipart/multipart.h"

enum { FORM_WORD = 128 };

struct form {
    bool parts; /* a form; else all of it is the file */
    bool file;  /* it has one */
    char *into; /* the value that is coming; NULL: of a field that does not matter, or the file */
    bool in_file;
    char device[FORM_WORD], serial[FORM_WORD], username[FORM_WORD];
    char name[FORM_WORD]; /* of the file, without folders */
    struct multipart reader;
};

/* By its Content-Type; empty, or none of a form: the file as it is. False: a form that cannot be read. */
bool form_init(struct form *f, struct str content_type);
/* The next bytes; those of the file go to `keep`. False: the form is damaged. */
bool form_take(struct form *f, struct str bytes, void (*keep)(void *ctx, struct str bytes),
               void *ctx);
/* At the end: whether it was whole, and had a file. Values are without quotes then. */
bool form_whole(struct form *f);

#endif
