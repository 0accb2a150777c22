/* Words that screen and pages share. */
#include <stdio.h>

#include "flow/screen/inside.h"

const char *const screen_problems[] = {"The phone does not get its configuration",
                                       "The phone is not registered",
                                       "The phone restarts by itself",
                                       "A call could not be made",
                                       "A call did not come in",
                                       "A call was cut off",
                                       "The other side was not heard",
                                       "The sound is bad",
                                       "The screen or a key does not work",
                                       "Something else",
                                       NULL};

static const struct {
    const char *name, *label;
} keys[] = {
#define SCREEN_KEY(id, name, label) {name, label},
#include "flow/screen/screen_key.def"
#undef SCREEN_KEY
};

const char *screen_key_name(enum screen_key k)
{
    return k < SCREEN_KEYS ? keys[k].name : "";
}

const char *screen_key_label(enum screen_key k)
{
    return k < SCREEN_KEYS ? keys[k].label : "";
}

bool screen_key_read(struct str name, enum screen_key *ret_key)
{
    for (unsigned k = 0; k < SCREEN_KEYS; k++) {
        if (str_ieq(name, str_z(keys[k].name)) ||
            (k <= SCREEN_KEY_HASH && str_eq(name, str_z(keys[k].label)))) {
            *ret_key = (enum screen_key)k;
            return true;
        }
    }
    return false;
}

const char *screen_do_name(enum screen_do what)
{
    static const char *const names[] = {
        "nothing", "report",  "resync", "upgrade", "restart", "factory-reset",
        "answer",  "hang-up", "dial",   "code",    "press",
    };
    return names[what];
}

const char *screen_registration_text(enum screen_registration r)
{
    static const char *const texts[] = {"Not in use", "Registering", "Registered",
                                        "Not registered"};
    return texts[r];
}

struct str screen_line_name(const struct phone *p, unsigned line)
{
    struct str s = phone_of_line(p, "Short_Name", line);
    return s.len && s.p[0] != '$' ? s : phone_of_line(p, "User_ID", line);
}

usec_t screen_zone(const struct phone *p)
{
    struct str s = str_trim(phone_get(p, STR("Time_Zone")));
    uint64_t hours = 0, minutes = 0;
    if (!str_istarts(s, STR("GMT")) || s.len < 5 || (s.p[3] != '+' && s.p[3] != '-')) {
        return 0;
    }
    struct str rest = str_from(s, 4);
    if (!str_u64(str_cut(&rest, ':'), &hours) || (rest.len && !str_u64(rest, &minutes)) ||
        hours > 14 || minutes > 59) {
        return 0;
    }
    usec_t offset = (usec_t)(hours * 60 + minutes) * 60 * USEC_S;
    return s.p[3] == '-' ? -offset : offset;
}

struct str screen_date(usec_t date, char ret_text[SCREEN_DATE])
{
    const usec_t most = 253402300800 * USEC_S; /* the year 10000 */
    int y = 0, m = 0, d = 0, n = 0;
    if (date < 0 || date >= most) {
        return STR("-");
    }
    time_civil(date / USEC_DAY, &y, &m, &d);
    int s = (int)(date % USEC_DAY / USEC_S);
    n = snprintf(ret_text, SCREEN_DATE, "%04d-%02d-%02d %02d:%02d:%02d", y % 10000, m % 100,
                 d % 100, s / 3600 % 100, s / 60 % 60, s % 60);
    return str_of(ret_text, (size_t)n);
}

struct str screen_span(usec_t span, char ret_text[SCREEN_SPAN])
{
    int64_t s = span < 0 ? 0 : span / USEC_S;
    int64_t days = s / 86400;
    int h = (int)(s / 3600 % 24), min = (int)(s / 60 % 60), sec = (int)(s % 60);
    int n = days ? snprintf(ret_text, SCREEN_SPAN, "%lld day%s %02d:%02d:%02d", (long long)days,
                            days == 1 ? "" : "s", h, min, sec)
                 : snprintf(ret_text, SCREEN_SPAN, "%02d:%02d:%02d", h, min, sec);
    return str_of(ret_text, n > 0 ? (size_t)n : 0);
}
