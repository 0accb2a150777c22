/* What the files of this module share. */
#ifndef DOMAIN_BINDING_INSIDE_H
#define DOMAIN_BINDING_INSIDE_H

#include "base/index.h"
#include "base/slab.h"
#include "domain/binding/binding.h"

/* -- agent.c: agents that many phones share, each kept once. Few at a time: what finds no place is kept with
 * its binding. */
enum { AGENTS = 1024, AGENT_TRIES = 8 };

struct agent {
    uint32_t users;
    uint8_t len;
    char text[BINDING_AGENT_MOST];
};

/* The place of `kept` plus 1, with one user more; 0: it is empty, or there is none. */
uint16_t agents_take(struct agent *agents, struct str kept);
void agents_give(struct agent *agents, uint16_t place);
static inline struct str agent_text(const struct agent *agents, uint16_t place)
{
    const struct agent *a = &agents[place - 1];
    return str_of(a->text, a->len);
}

/* -- heap.c: rows by when their time is over. */
struct row {
    uint32_t next; /* of the AOR; plus 1 */
    uint32_t account;
    usec_t registered, refreshed, expires;
    struct index_link link; /* by connection, while serial is not 0 */
    uint32_t heap_at;       /* place in the heap plus 1; 0: the row is free */
    uint32_t text;          /* contact, Call-ID, instance, agent if it has no place */
    uint32_t reg_id, cseq;
    uint32_t slot, serial;
    uint16_t contact_len, call_id_len, instance_len;
    uint16_t agent; /* place plus 1 */
    uint16_t q, node, worker, port;
    uint8_t agent_len; /* in the text */
    uint8_t transport, listener, family;
    uint8_t ip[16];
};

struct heap {
    struct rows *rows; /* struct row */
    struct rows place; /* uint32_t: a row's number */
    uint32_t n;
};

/* Room for one more. ERR_LIMIT, ERR_MEMORY. */
enum err heap_room(struct heap *h) MUST_CHECK;
/* There is room. */
void heap_add(struct heap *h, uint32_t number);
void heap_remove(struct heap *h, uint32_t number);
/* The row's `expires` changed. */
void heap_moved(struct heap *h, uint32_t number);
/* The first; there is one. */
uint32_t heap_first(const struct heap *h);

#endif
