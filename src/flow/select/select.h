/* Which server a line of a phone talks to: static lists, NAPTR, SRV, A and AAAA, entries that are up or down, failover and
 * fallback (RFC 3263 4, RFC 2782; MPP administration guide). Pure: answers of name servers in, questions out, time as an argument.
 *
 *     select_begin(s, now);
 *     while (select_ask(s, &question)) ... select_on_answer(s, heard, bytes, now)
 *     select_pick(s, &server): the top entry that is up; select_good(s) or select_down(s, now): how it went
 *     select_back(s): when one above it is to be tried again; select_return(s, now) then */
#ifndef FLOW_SELECT_SELECT_H
#define FLOW_SELECT_SELECT_H

#include "base/addr.h"
#include "base/err.h"
#include "base/time.h"

struct scribe;

/* AUTO: as NAPTR says. The numbers are those of the phone's log. */
enum select_transport { SELECT_UDP, SELECT_TCP, SELECT_TLS, SELECT_AUTO };

enum select_method {
    SELECT_NORMAL,   /* by priority and weight */
    SELECT_SRV_PORT, /* entries with the port of the first one go before the others */
};

enum { SELECT_NAPTR_MOST = 6, SELECT_SRV_MOST = 12 }; /* records of an answer that are used */
enum { SELECT_ENTRIES_MOST = 32, SELECT_NAME_MOST = 256 };

/* May be shared by many; texts must outlive who uses it. */
struct select_cfg {
    struct str
        servers; /* "host[:port]", an address, or a list: "host[:port][:p=prio][:weight][:A=ip,ip]|..." or behind "host:SRV=" */
    enum select_transport transport;
    enum select_method method;
    bool srv;    /* Use_DNS_SRV */
    bool prefix; /* DNS_SRV_Auto_Prefix: "_sip._udp.", "_sip._tcp.", "_sips._tcp." */
    bool ip6;    /* SIP_IP_Preference IPv6: A is skipped instead of AAAA */
    bool
        back_at_once; /* Auto_Register_When_Failover No: back up as soon as the interval is over, with UDP too */
    uint32_t fallback; /* Proxy_Fallback_Intvl, s; 0: never back up */
    /* The phone's log, told to the scribe of select_init: `text` is that of a row of share/lines, constant, `values` go into its
     * holes in their order. NULL: nothing is written; neither without a scribe. */
    void (*line)(void *scribe, const char *tag, const char *text, const struct str *values,
                 size_t n, usec_t now);
};

struct select_list;
struct select_resolve;

/* The caller's memory; fields are the module's own. */
struct select {
    const struct select_cfg *cfg;
    struct scribe *scribe;          /* NULL: nothing is written */
    struct select_list *list;       /* owned: entries; NULL: not resolved yet */
    struct select_list *home;       /* owned: what `list` was before a redirection; NULL: none */
    struct select_resolve *resolve; /* owned: while names are asked for; NULL */
    uint64_t random;
    uint8_t current; /* the entry in use */
};

struct select_server {
    struct endpoint at;
    enum select_transport transport;
    struct str
        name; /* of the SRV target or host, as the certificate should have it; "" for a bare address; until the list changes */
    unsigned index; /* in the list */
};

struct select_question {
    struct str name;
    uint16_t type; /* of DNS */
};

enum select_heard {
    SELECT_ANSWERED, /* with bytes */
    SELECT_SILENT,
    SELECT_REFUSED, /* the port is closed, or nothing to ask */
};

enum select_state {
    SELECT_READY,  /* select_pick may find one */
    SELECT_ASKING, /* a question is open */
    SELECT_FAILED, /* resolved to nothing */
};

void select_init(struct select *s, const struct select_cfg *cfg, struct scribe *scribe,
                 uint64_t seed);
void select_clear(struct select *s);
/* Makes the list ready, asking where it is not there or its time to live is over (entries that come again keep what is known of
 * them). ERR_MEMORY; ERR_USAGE: cfg->servers is no such list. */
enum err select_begin(struct select *s, usec_t now) MUST_CHECK;
enum select_state select_state(const struct select *s);
/* The open question, the same until it is answered. */
bool select_ask(const struct select *s, struct select_question *ret_question);
void select_on_answer(struct select *s, enum select_heard heard, struct str bytes, usec_t now);
/* The server to be used now. False: all are down, or there is none. */
bool select_pick(struct select *s, struct select_server *ret_server);
/* The one that select_pick gave last answers; fails. */
void select_good(struct select *s);
void select_down(struct select *s, usec_t now);
/* All entries are up again: after every one failed and the caller has waited. */
void select_all_up(struct select *s);
/* When an entry above the current one is to be tried again (Proxy_Fallback_Intvl); USEC_NONE: there is none. Over UDP that waits
 * for the refresh, unless cfg->back_at_once; over connections it does not (MPP administration guide). */
usec_t select_back(const struct select *s);
bool select_back_waits(const struct select *s);
/* The next pick starts from the top: entries that have been down for the interval are up. */
void select_return(struct select *s, usec_t now);
/* Another list for one registration: where a redirection points ("host[:port]", copied). ERR_MEMORY. */
enum err select_redirect(struct select *s, struct str host, enum select_transport transport,
                         usec_t now) MUST_CHECK;
/* The list that was before a redirection is there again. */
void select_go_home(struct select *s);

/* What is known of an entry, for pages and tests; false past the last. */
struct select_entry {
    struct select_server server;
    bool up;
    unsigned priority, weight;
};
bool select_entry(const struct select *s, unsigned index, struct select_entry *ret_entry);

#endif
