/* Time as a number: microseconds, always UTC. Nobody here asks a clock. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/str.h"

typedef int64_t usec_t; /* microseconds; since 1970-01-01T00:00:00Z where it is a date */

#define USEC_MS ((usec_t)1000)
#define USEC_S ((usec_t)1000000)
#define USEC_DAY (86400 * USEC_S)
#define USEC_NONE INT64_MIN

/* Days since 1970-01-01 of a date in the Gregorian calendar. `month` 1 to 12. */
int64_t time_days(int year, int month, int day);
/* The calendar date of a day count. */
void time_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day);
/* 1 to 12 for "Jan" to "Dec" (that spelling), 0 for anything else. */
int time_month(struct str name);
const char *time_month_name(int month);
/* RFC 3339 with six digits and Z, NUL-terminated. */
enum { TIME_TEXT = 40 };
void time_write(usec_t t, char ret_text[TIME_TEXT]);
/* "Wed May 10 17:21:46 2023" as ctime(3) writes it, read as UTC. */
bool time_read_ctime(struct str s, usec_t *ret_t);
/* "Mon, 04 Sep 2023 22:51:08 GMT" (RFC 9110 5.6.7, RFC 3261 20.17). */
bool time_read_http(struct str s, usec_t *ret_t);

#endif
