/* What was confirmed to an earlier load, asked for again: each user's binding is there as it was granted, or gone where it was
 * removed. */
#include "sipload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

enum { SLACK = 2 /* s: dates and lifetimes are told in whole seconds */ };

/* A line "user granted when"; one that was cut off is none. */
static bool read_line(char *line, struct held *ret)
{
    struct str rest = str_z(line);
    uint64_t user = 0;
    int64_t granted = 0;
    int64_t when = 0;
    if (!str_u64(str_word(&rest), &user) || !str_i64(str_word(&rest), &granted) ||
        !str_i64(str_trim(rest), &when)) {
        return false;
    }
    *ret = (struct held){(uint32_t)user, (long)granted, when};
    return true;
}

/* The last line of each user holds; those that are there move to the front, in the order of their numbers. */
void fetch_read(struct options *o)
{
    uint32_t first = FIRST_USER + o->first;
    FILE *f = fopen(o->fetch, "r");
    o->held = calloc(o->users, sizeof *o->held);
    if (!f) {
        die(o->fetch);
    }
    if (!o->held) {
        die("no memory");
    }
    struct held h;
    char line[128];
    while (fgets(line, sizeof line, f)) {
        if (read_line(line, &h) && h.user >= first && h.user - first < o->users) {
            o->held[h.user - first] = h;
        }
    }
    fclose(f);
    for (uint32_t i = 0; i < o->users; i++) {
        if (o->held[i].user) {
            o->held[o->n_held++] = o->held[i];
        }
    }
    if (o->n_held == 0) {
        errno = 0;
        die("nothing was confirmed");
    }
    o->threads = 1;
    o->count = o->n_held;
    o->time = 0;
}

static int by_user(const void *key, const void *row)
{
    uint32_t user = *(const uint32_t *)key;
    uint32_t other = ((const struct held *)row)->user;
    return user < other ? -1 : user > other;
}

/* Seconds that the answer gives to the contact of `user`; -1: it has none. */
static long lasts(const struct options *o, const struct answer *a, uint32_t user)
{
    static const char *const transports[] = {"udp", "tcp", "tls"};
    char contact[64];
    uint64_t seconds = 0;
    int n = snprintf(contact, sizeof contact, "<sip:%u@192.0.2.7:5060;transport=%s>", user,
                     transports[o->via]);
    struct str rest = str_of(a->text, a->len);
    size_t at = str_find(rest, str_of(contact, (size_t)n));
    if (at == STR_NPOS) {
        return -1;
    }
    rest = str_from(rest, at + (size_t)n);
    struct str params = str_cut(&rest, '\r');
    at = str_ifind(params, STR("expires="));
    if (at == STR_NPOS || str_digits(str_from(params, at + 8), &seconds) == 0) {
        return 0;
    }
    return (long)seconds;
}

bool fetch_check(const struct options *o, const struct answer *a, uint32_t user)
{
    const struct held *h = bsearch(&user, o->held, o->n_held, sizeof *h, by_user);
    if (!h) {
        return false;
    }
    long left = lasts(o, a, user);
    long age = (long)(time(NULL) - (time_t)h->when);
    long least = h->granted - age - SLACK;
    bool good = h->granted <= 0 ? left < 0 : least <= 0 || (left >= least && left <= h->granted);
    if (!good) {
        fprintf(stderr, "sipload: %u was granted %ld s %ld s ago, and %s\n", user, h->granted, age,
                left < 0 ? "is not bound" : "is bound for another time");
    }
    return good;
}
