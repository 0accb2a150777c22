/* Programs that a fault needs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/lab/case.h"

static bool is_here(const char *name)
{
    static const char more[] = ":/usr/sbin:/sbin";
    const char *env = getenv("PATH");
    char all[4096], path[4400];
    if (strchr(name, '/')) {
        return access(name, X_OK) == 0;
    }
    (void)snprintf(all, sizeof all, "%s%s", env ? env : "/usr/bin:/bin", more);
    struct str rest = str_z(all);
    while (rest.len) {
        struct str folder = str_cut(&rest, ':');
        (void)snprintf(path, sizeof path, "%.*s/%s", STR_ARG(folder), name);
        if (access(path, X_OK) == 0) {
            return true;
        }
    }
    return false;
}

const char *case_missing(const struct fault *f)
{
    static char name[PROGRAM_NAME];
    static const char *const always[] = {"ip", "nft", "dnsmasq"};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        if (!is_here(always[i])) {
            return always[i];
        }
    }
    for (size_t i = 0; f && i < f->n; i++) {
        const struct fault_step *s = &f->step[i];
        struct str command = s->word == WORD_SERVER      ? s->arg[3]
                             : s->word == WORD_WEB       ? STR("nginx")
                             : s->word == WORD_REGISTRAR ? STR("kamailio")
                                                         : STR("");
        struct str program = str_word(&command);
        (void)snprintf(name, sizeof name, "%.*s", STR_ARG(program));
        if (name[0] && !is_here(name)) {
            return name;
        }
    }
    return NULL;
}
