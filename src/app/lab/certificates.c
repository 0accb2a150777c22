/* Certificates of the lab, as `dialtone ca` makes them: those of all servers and of the phone, and those that a fault wants in their place. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/lab/site.h"

#define CA SPACE_FOLDER "/ca"
#define BAD SPACE_FOLDER "/bad"

/* `dialtone ca WORDS`. False after telling. */
static bool ca(const struct site *s, const char *words)
{
    static const char err[] = SPACE_FOLDER "/ca.err";
    struct words w = {.n = 0};
    struct buf said = {0};
    words_addz(&w, s->self);
    words_addz(&w, "ca");
    words_split(&w, words);
    int code = program_run(NULL, NULL, &w, err, 20 * USEC_S, NULL);
    if (code != 0) {
        (void)file_read(err, &said);
        cli_error("dialtone ca %s: %.*s", words, STR_ARG(str_trim(buf_str(&said))));
    }
    buf_clear(&said);
    return code == 0;
}

static bool copy(const char *from, const char *to)
{
    struct buf b = {0};
    bool ok = file_read(from, &b) && file_write(to, buf_str(&b));
    if (!ok) {
        cli_error("%s: %s", from, strerror(errno));
    }
    buf_clear(&b);
    return ok;
}

static bool copy_pair(const char *from, const char *to)
{
    char a[PROGRAM_PATH], b[PROGRAM_PATH];
    static const char *const ends[] = {"crt", "key"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(a, sizeof a, SPACE_FOLDER "/%s.%s", from, ends[i]);
        (void)snprintf(b, sizeof b, SPACE_FOLDER "/%s.%s", to, ends[i]);
        if (!copy(a, b)) {
            return false;
        }
    }
    return true;
}

/* The names of whose certificate it is; the first is the file's. */
static const struct {
    const char *who, *first, *names;
} servers[] = {
    {"web", "activate.example.com", "activate.example.com config.example.net"},
    {"edge", "edge01.example.net",
     "edge01.example.net edge02.example.net example.com sip.example.com"},
};

/* How a server's certificate can be wrong: words of `dialtone ca server`, behind another authority and other names where they are. */
static const struct {
    const char *kind, *options, *names;
    bool foreign;
} kinds[] = {
    {"expired", "--expired", NULL, false},
    {"not-yet", "--not-yet", NULL, false},
    {"elsewhere", "", "www.example.org", false},
    {"foreign", "", NULL, true},
    {"sha1", "--sha1", NULL, false},
};

static bool another(const struct site *s, bool foreign)
{
    if (mkdir(BAD, 0700) != 0 && errno != EEXIST) {
        cli_error(BAD ": %s", strerror(errno));
        return false;
    }
    return foreign ? access(BAD "/ca.crt", F_OK) == 0 || ca(s, "init " BAD " --name Inspection")
                   : copy_pair("ca/ca", "bad/ca");
}

static bool server_kind(const struct site *s, size_t i, struct str kind)
{
    char words[PROGRAM_PATH], from[PROGRAM_PATH];
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (!str_eq(kind, str_z(kinds[k].kind))) {
            continue;
        }
        const char *first = kinds[k].names ? kinds[k].names : servers[i].first;
        (void)snprintf(words, sizeof words, "server " BAD " %s --force %s",
                       kinds[k].names ? kinds[k].names : servers[i].names, kinds[k].options);
        (void)snprintf(from, sizeof from, "bad/%s", first);
        return another(s, kinds[k].foreign) && ca(s, words) && copy_pair(from, servers[i].who);
    }
    cli_error("certificate: '%.*s' is no kind of a server's", STR_ARG(kind));
    return false;
}

static bool phone_kind(const struct site *s, struct str kind)
{
    bool other = str_eq(kind, STR("other"));
    char words[PROGRAM_PATH];
    const char *options = str_eq(kind, STR("expired")) ? "--expired"
                          : str_eq(kind, STR("sha1"))  ? "--sha1"
                                                       : "";
    if (!other && !*options && !str_eq(kind, STR("foreign"))) {
        cli_error("certificate: '%.*s' is no kind of a phone's", STR_ARG(kind));
        return false;
    }
    (void)snprintf(words, sizeof words, "phone " BAD " %s --model " SITE_MODEL " --force %s",
                   other ? "00:00:5e:00:53:2f" : SITE_MAC, options);
    return another(s, str_eq(kind, STR("foreign"))) && ca(s, words) &&
           copy_pair(other ? "bad/SEP00005E00532F" : "bad/SEP00005E005321", "phone");
}

static bool usual(const struct site *s)
{
    char words[PROGRAM_PATH];
    bool ok = ca(s, "init " CA);
    for (size_t i = 0; ok && i < sizeof servers / sizeof *servers; i++) {
        (void)snprintf(words, sizeof words, "server " CA " %s", servers[i].names);
        ok = ca(s, words);
    }
    return ok && ca(s, "phone " CA " " SITE_MAC " --model " SITE_MODEL " --serial " SITE_SERIAL) &&
           ca(s, "phone " CA " " SITE_MAC2 " --model " SITE_MODEL);
}

/* Those in use, as they are where all is well. */
static bool place(void)
{
    char from[PROGRAM_PATH];
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        (void)snprintf(from, sizeof from, "ca/%s", servers[i].first);
        if (!copy_pair(from, servers[i].who)) {
            return false;
        }
    }
    return copy_pair("ca/SEP00005E005321", "phone") && copy_pair("ca/SEP00005E005322", "phone2");
}

bool certificates_make(struct site *s)
{
    if (access(CA "/ca.crt", F_OK) != 0 && !usual(s)) {
        return false;
    }
    bool ok = place();
    for (size_t i = 0; ok && s->fault && i < s->fault->n; i++) {
        const struct fault_step *step = &s->fault->step[i];
        if (step->word != WORD_CERTIFICATE || !site_has(s, step)) {
            continue;
        }
        if (str_eq(step->arg[0], STR("phone"))) {
            ok = phone_kind(s, step->arg[1]);
            continue;
        }
        size_t of = 0;
        while (of < sizeof servers / sizeof *servers &&
               !str_eq(step->arg[0], str_z(servers[of].who))) {
            of++;
        }
        if (of == sizeof servers / sizeof *servers) {
            cli_error("certificate: '%.*s' is none of web, edge, phone", STR_ARG(step->arg[0]));
            return false;
        }
        ok = server_kind(s, of, step->arg[1]);
    }
    return ok;
}
