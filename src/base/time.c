/* Calendar arithmetic and the spellings of time. */
#include "base/time.h"

#include <stdio.h>

int64_t time_days(int year, int month, int day)
{
    /* Years run from March, so that the leap day is the last of a year. */
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void time_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *ret_day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *ret_month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret_year = (int)(yoe + era * 400 + (*ret_month <= 2 ? 1 : 0));
}

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

int time_month(struct str name)
{
    if (name.len == 3) {
        for (int i = 0; i < 12; i++) {
            if (memcmp(name.p, months[i], 3) == 0) {
                return i + 1;
            }
        }
    }
    return 0;
}

const char *time_month_name(int month)
{
    return month >= 1 && month <= 12 ? months[month - 1] : "???";
}

void time_write(usec_t t, char ret_text[TIME_TEXT])
{
    int64_t days = t / USEC_DAY - (t % USEC_DAY < 0);
    int64_t rest = t - days * USEC_DAY;
    int y = 0;
    int m = 0;
    int d = 0;
    time_civil(days, &y, &m, &d);
    int64_t s = rest / USEC_S;
    snprintf(ret_text, TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", y, m, d, (int)(s / 3600),
             (int)(s / 60 % 60), (int)(s % 60), (int)(rest % USEC_S));
}

/* "HH:MM:SS" */
static bool read_clock(struct str s, usec_t *ret_t)
{
    uint64_t h = 0;
    uint64_t m = 0;
    uint64_t sec = 0;
    if (s.len != 8 || s.p[2] != ':' || s.p[5] != ':' || !str_u64(str_head(s, 2), &h) ||
        !str_u64(str_of(s.p + 3, 2), &m) || !str_u64(str_of(s.p + 6, 2), &sec) || h > 23 ||
        m > 59 || sec > 60) {
        return false;
    }
    *ret_t = (usec_t)(h * 3600 + m * 60 + sec) * USEC_S;
    return true;
}

static bool read_date(struct str month, struct str day, struct str year, struct str clock,
                      usec_t *ret_t)
{
    int m = time_month(month);
    uint64_t d = 0;
    uint64_t y = 0;
    usec_t t = 0;
    if (m == 0 || !str_u64(day, &d) || d < 1 || d > 31 || !str_u64(year, &y) || y < 1970 ||
        y > 9999 || !read_clock(clock, &t)) {
        return false;
    }
    *ret_t = time_days((int)y, m, (int)d) * USEC_DAY + t;
    return true;
}

bool time_read_ctime(struct str s, usec_t *ret_t)
{
    s = str_trim(s);
    (void)str_word(&s);
    struct str month = str_word(&s);
    struct str day = str_word(&s);
    struct str clock = str_word(&s);
    return read_date(month, day, str_word(&s), clock, ret_t);
}

bool time_read_http(struct str s, usec_t *ret_t)
{
    s = str_trim(s);
    (void)str_word(&s);
    struct str day = str_word(&s);
    struct str month = str_word(&s);
    struct str year = str_word(&s);
    return read_date(month, day, year, str_word(&s), ret_t);
}
