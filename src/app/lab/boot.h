/* How the lab switches its phone on, and the problem report that the phone leaves. */
#ifndef APP_LAB_BOOT_H
#define APP_LAB_BOOT_H

#include "app/lab/site.h"

/* The command line of the site's phone, as its fault wants it; `until` NULL, `seconds` 0: without an end. */
void boot_words(const struct site *s, struct words *w, const char *until, unsigned seconds);
/* The problem report that the phone left becomes the file `to`. False: there is none. */
bool boot_report(const char *to);

#endif
