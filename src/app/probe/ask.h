/* Questions to every resolver at once, and what each of them answers. */
#ifndef APP_PROBE_ASK_H
#define APP_PROBE_ASK_H

#include "app/probe/probe.h"
#include "proto/dns/dns.h"

enum { ASK_QUESTIONS = 4 /* at once */, ASK_EDNS = 1232 /* bytes of UDP that are taken */ };

struct ask {
    struct str name; /* as people write it, in ASCII */
    uint16_t type;
    bool tcp;
    bool edns;  /* otherwise as phones ask: 512 bytes at most by UDP */
    bool spare; /* resolvers that were silent before are left out */
};

enum ask_state {
    ASK_NOT_SENT, /* no leave to send */
    ASK_ANSWERED,
    ASK_NODATA,   /* the name is there, of that type it has nothing */
    ASK_NXDOMAIN, /* there is no such name */
    ASK_ERROR,    /* another response code */
    ASK_SILENT,
    ASK_CLOSED, /* the host says that nobody listens there; TCP: ended without an answer */
    ASK_UNREACHABLE,
    ASK_TRUNCATED, /* did not fit into UDP, and TCP gave nothing */
    ASK_BROKEN,    /* what came is no DNS message */
};

struct ask_answer {
    enum ask_state state;
    struct endpoint server;
    struct dns_message m; /* with ANSWERED, NODATA, NXDOMAIN, ERROR; in p->arena */
    struct dns_answer a;
    bool truncated; /* by UDP; the rest was asked for over TCP */
    bool has_ede;
    struct dns_ede ede;   /* why there is no answer, where the resolver tells (RFC 8914) */
    usec_t sent, arrived; /* dates */
    usec_t took;
    unsigned tries;
    struct endpoint stray; /* an answer came from there; none: no such */
    int os_error;          /* with UNREACHABLE */
};

/* The resolvers to ask: those given, or those of this host. None: a row tells. */
void ask_resolvers(struct probe *p);
/* Asks each of the `n` questions of each resolver. The answers of question i begin at
 * ret[i * p->o.n_resolvers]. Truncated answers are asked for again over TCP; those without records
 * again with EDNS, for the reason. ERR_MEMORY; ERR_IO where this host has no socket left. */
enum err ask(struct probe *p, const struct ask *q, size_t n, struct ask_answer *ret) MUST_CHECK;
/* The answer that a phone goes by, of those to one question: the first that says yes or no, otherwise
 * the first error, otherwise the first that is not known to be dead, otherwise the first. */
const struct ask_answer *ask_best(const struct probe *p, const struct ask_answer *answers);
/* It says that there is something, or that there is not. */
bool ask_definite(const struct ask_answer *a);
/* Nobody listens there, or it cannot be reached: the network says so at once. */
bool ask_dead(const struct ask_answer *a);
/* No resolver of the round has said anything when it was asked last. */
bool ask_mute(const struct probe *p);
/* In words for a row: "198.51.100.31, 198.51.100.32 (ttl 60 s)", "NXDOMAIN", "no answer, asked 2 times". */
struct str ask_text(const struct ask_answer *a, char *buf, size_t cap);

#endif
