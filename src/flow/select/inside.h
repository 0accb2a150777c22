/* Between the files of this module: entries of a list, and what is known while names are asked for. */
#ifndef FLOW_SELECT_INSIDE_H
#define FLOW_SELECT_INSIDE_H

#include "base/random.h"
#include "flow/select/select.h"
#include "proto/dns/dns.h"

enum {
    SELECT_NONE = 255, /* no entry */
    SELECT_TEXT = SELECT_SRV_MOST * SELECT_NAME_MOST,
    SELECT_AGAIN = 30, /* s: a list that could not be made anew is tried again after it */
};

struct entry {
    struct endpoint at;
    uint16_t priority, weight;
    uint16_t name_at; /* in the list's text */
    uint8_t name_len;
    uint8_t transport;
    bool up;
    uint32_t since; /* s of run time: known since then */
    usec_t down_at;
};

/* One block of memory: the entries in the order of their turns, then the text. */
struct select_list {
    usec_t until;    /* the answers' time to live */
    bool proven;     /* the current entry answered since the last failure */
    uint8_t n;       /* of entry[] */
    uint16_t len;    /* of the text */
    uint8_t current; /* kept while another list is in use */
    struct entry entry[];
};

static inline char *list_text(struct select_list *l)
{
    return (char *)(l->entry + l->n);
}

static inline struct str entry_name(const struct select_list *l, const struct entry *e)
{
    return str_of((const char *)(l->entry + l->n) + e->name_at, e->name_len);
}

/* A host of which the addresses are to be known. */
struct host {
    struct str name;  /* in the text of the resolve, or of the configuration */
    struct str addrs; /* "ip,ip" as a list gives them; empty: they are asked for */
    uint16_t port, priority, weight;
    uint8_t transport;
    uint8_t index; /* in the answer */
};

/* A name that SRV records are asked of. */
struct owner {
    char name[SELECT_NAME_MOST];
    uint8_t len;
    uint8_t transport;
};

enum phase { PHASE_NAPTR, PHASE_SRV, PHASE_A, PHASE_AAAA };

struct select_resolve {
    enum phase phase;
    struct str question;
    struct str proxy; /* the host that all begins with; empty for a list */
    uint16_t port;    /* told with it; 0: none */
    struct owner owner[SELECT_NAPTR_MOST];
    unsigned n_owners, at_owner;
    struct host host[SELECT_SRV_MOST];
    unsigned n_hosts, at_host;
    struct entry entry[SELECT_ENTRIES_MOST];
    unsigned n;
    uint32_t ttl;     /* s: the least */
    bool silent;      /* a question was not answered */
    bool four, six;   /* of the host that is asked for: addresses of that family came */
    unsigned first;   /* its first entry */
    uint32_t context; /* a number that the log shows as an address in memory */
    uint16_t text_len;
    char text[SELECT_TEXT];
    char given[SELECT_NAME_MOST]; /* of a redirection */
};

static inline uint16_t select_port(enum select_transport t)
{
    return t == SELECT_TLS ? 5061 : 5060;
}

/* -- list.c: reading what is configured */
/* Fills in hosts, or the one name and port. False: it is no such text. */
bool select_list_read(struct str servers, enum select_transport transport,
                      struct select_resolve *r);
/* "host", "host:port", "[v6]:port": moves `rest` behind it. False: there is none. */
bool select_hostport_read(struct str *rest, struct str *ret_host, uint16_t *ret_port);

/* -- order.c */
/* hosts from..n in the order of their turns: by priority, within it by chance and weight (RFC 2782). */
void select_hosts_order(struct select_resolve *r, unsigned from, uint64_t *random);
/* Entries with the port of the first before the others. */
void select_entries_by_port(struct select_resolve *r);

/* -- answer.c: what records say */
/* One more name as text; empty where it is too long. */
struct str select_text_keep(struct select_resolve *r, struct str s);
void select_naptr_take(struct select *s, const struct dns_message *m);
void select_srv_take(struct select *s, const struct dns_message *m);
void select_addrs_take(struct select *s, const struct dns_message *m, usec_t now);
bool select_entry_add(struct select_resolve *r, const struct host *h, struct addr ip, usec_t now);

/* -- resolve.c */
enum err select_resolve_begin(struct select *s, struct str servers, enum select_transport transport,
                              usec_t now) MUST_CHECK;

/* What is known of the same entry in the list before. */
void select_entry_inherit(const struct select_list *old, struct entry *e);

/* -- tell.c: the lines of the phone's log */
void select_tell_start(struct select *s, usec_t now);
void select_tell_lookup(struct select *s, struct str name, bool srv, usec_t now);
void select_tell_groups(struct select *s, struct str owner, unsigned from, usec_t now);
void select_tell_refreshing(struct select *s, const struct host *h, usec_t now);
void select_tell_refreshed(struct select *s, const struct host *h, usec_t now);

#endif
