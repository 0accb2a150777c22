/* Between the files of this module: the parts of a record's head. */
#ifndef PROTO_LOGCAT_HEADER_H
#define PROTO_LOGCAT_HEADER_H

#include "proto/logcat/logcat.h"

enum { LOGCAT_FIXED = 31 }; /* bytes of the common head: number, level, date, clock */

/* The head and the tag of a record whose blanks are plain. False when `line` is none. */
bool logcat_read_header(struct str line, struct logcat_record *r);
/* A line of network syslog. Its text is that of the tag "voice-fapp-". */
bool logcat_read_syslog(struct str line, struct logcat_record *r);
/* "NOT" at `p`. */
bool logcat_read_level(const char *p, uint8_t *ret_level);
/* "Aug 10" or "Aug  4" at `p`, 6 bytes. */
bool logcat_read_date(const char *p, uint8_t *ret_month, uint8_t *ret_day);
/* "16:56:46.142687" at `p`, 15 bytes. */
bool logcat_read_clock(const char *p, usec_t *ret_tod);

#endif
