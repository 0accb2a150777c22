/* Names looked up as a phone looks them up, told as facts and shown as rows. Between the files of this
 * folder; checks other than dns use probe_resolve. */
#ifndef APP_PROBE_NAMES_H
#define APP_PROBE_NAMES_H

#include "app/probe/ask.h"

struct names_look {
    struct str host;
    const char *
        role; /* of facts: "activation", "provisioning", "srv", "target", "proxy"; NULL: no facts */
    enum stage stage; /* of rows */
    bool show;
    bool needed; /* its absence is a failure; otherwise a note */
};

struct names_found {
    struct addr addr[PROBE_ADDRESSES]; /* allowed; IPv4 first */
    size_t n;
    bool four, six; /* A, AAAA records are there */
    bool asked;     /* a question went out */
    bool dead;      /* no resolver is there to answer: told, and nothing follows */
};

/* A and AAAA. ERR_MISSING: no address; *ret_found is set all the same. */
enum err names_host(struct probe *p, const struct names_look *l,
                    struct names_found *ret_found) MUST_CHECK;
/* SRV, sorted by priority, then by weight falling. ERR_MISSING: none. */
enum err names_srv(struct probe *p, const struct names_look *l, struct probe_srv *ret, size_t most,
                   size_t *ret_n) MUST_CHECK;
/* Any type, of each resolver, for rows only. */
enum err names_show(struct probe *p, const struct names_look *l, uint16_t type) MUST_CHECK;

/* The host of a URL, or of HOST[:PORT]. */
struct str names_host_of(struct str url);

/* Tells the facts of a look-up of `n` types (names_tell.c). */
void names_tell(struct probe *p, const struct names_look *l, const struct ask *q, size_t n,
                const struct ask_answer *answers);
/* A row for each resolver (names_show.c). */
void names_rows(struct probe *p, const struct names_look *l, const struct ask *q,
                const struct ask_answer *answers);

#endif
