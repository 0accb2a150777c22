#include "app/lab/boot.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* Its lease, as it is told of it where nobody can give one: the site's, and the options that the fault adds. */
static void lease_words(const struct site *s, struct words *w)
{
    static const struct str option = STR_INIT("dhcp-option=");
    words_split(w, "--address 127.0.2.100 --router 127.0.2.1 --dns 127.0.2.53 --dns 127.0.2.54 "
                   "--domain example.org");
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word == WORD_DHCP && site_has(s, step) && str_starts(step->arg[0], option)) {
            struct buf b = {0};
            struct sink out = buf_sink(&b);
            struct str value = str_from(step->arg[0], option.len);
            struct str number = str_cut(&value, ',');
            sink_fmt(&out, "%.*s=", STR_ARG(number));
            site_addresses(s, value, &out);
            words_addz(w, "--dhcp-option");
            words_add(w, buf_str(&b));
            buf_clear(&b);
        }
    }
}

void boot_words(const struct site *s, struct words *w, const char *until, unsigned seconds)
{
    char time[24];
    words_addz(w, s->self);
    words_split(w, "phone --mac " SITE_MAC " --model " SITE_MODEL " --serial " SITE_SERIAL
                   " --activation activate.example.com --ca " SPACE_FOLDER
                   "/ca/ca.crt --cert " SPACE_FOLDER "/phone.crt --key " SPACE_FOLDER
                   "/phone.key --folder " SPACE_FOLDER "/phone --report -o jsonl");
    if (s->space.flat) {
        lease_words(s, w);
    } else {
        words_split(w, "--interface eth0");
    }
    if (seconds) {
        (void)snprintf(time, sizeof time, "%us", seconds);
        words_addz(w, "--time");
        words_addz(w, time);
    }
    if (until) {
        words_addz(w, "--until");
        words_addz(w, until);
    }
    if (s->seed) {
        (void)snprintf(time, sizeof time, "%llu", (unsigned long long)s->seed);
        words_addz(w, "--seed");
        words_addz(w, time);
    }
    for (size_t i = 0; s->fault && i < s->fault->n; i++) {
        if (s->fault->step[i].word == WORD_PHONE && site_has(s, &s->fault->step[i])) {
            site_words(w, &s->fault->step[i], 0);
        }
    }
}

/* The problem report that it left becomes `to`. */
bool boot_report(const char *to)
{
    char from[PROGRAM_PATH] = "";
    DIR *d = opendir(SPACE_FOLDER "/phone");
    const struct dirent *e;
    while (d && (e = readdir(d)) != NULL) {
        if (strncmp(e->d_name, "probrep-", 8) == 0) {
            (void)snprintf(from, sizeof from, SPACE_FOLDER "/phone/%.100s", e->d_name);
        }
    }
    if (d) {
        (void)closedir(d);
    }
    return from[0] && rename(from, to) == 0;
}
