/* What is said over a TCP connection, or within its TLS: which protocol it is, and its messages one
 * by one. Inside the module only. */
#ifndef FLOW_WIRE_TALK_H
#define FLOW_WIRE_TALK_H

#include "proto/http/http_body.h"

struct conn;
struct wire;

enum {
    TALK_TRIES = 8,    /* pieces of each side that are looked at before a talk is passed over */
    TALK_HELD = 65536, /* bytes of a message that is kept until it is whole */
    TALK_ASKED = 16,   /* HTTP requests whose response is to come; of more the kind is forgotten */
};

/* What kinds of HTTP requests mean for the response. */
enum talk_asked {
    TALK_OTHER,
    TALK_HEAD,
    TALK_CONNECT,
};

/* One side of a talk. */
struct talk {
    char *held;      /* the head of a message whose rest is to come; owned, of the budget */
    uint32_t len;    /* bytes of it */
    uint32_t cap;    /* bytes of room */
    uint32_t looked; /* where in them the end of a header is looked for */
    uint64_t skip;   /* bytes to pass over */
    bool lost;       /* a hole or nonsense was passed: the next message is looked for */
    bool in_body;    /* of HTTP */
    bool joined;     /* TLS: the stream is read from a record on */
    uint8_t tries;   /* pieces that told no protocol */
    struct http_body body;
};

struct talks {
    uint8_t what; /* enum wire_what */
    bool inner;   /* within TLS */
    uint8_t asked[TALK_ASKED];
    uint8_t n_asked;
    struct talk side[2];
};

/* The next bytes of that side; good until the call returns. */
void talk_on(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes);
/* `len` bytes of that side are missing; 0: nobody knows how many. */
void talk_hole(struct wire *w, struct conn *c, struct talks *t, unsigned side, uint32_t len);
/* Frees what is held. */
void talk_clear(struct wire *w, struct talks *t);

/* A message at the head of `bytes`, or a part of one: tells it and returns how many bytes it took.
 * 0: more have to be there first. */
size_t talk_sip(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes);
size_t talk_http(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes);
size_t talk_dns(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes);
/* Takes all of `bytes`. */
void talk_tls(struct wire *w, struct conn *c, unsigned side, struct str bytes);
void talk_tls_hole(struct wire *w, struct conn *c, unsigned side, uint32_t len);
/* Where the header at the head of `bytes` ends, behind its empty line; STR_NPOS: not there yet. What
 * was looked at once is not looked at again. */
size_t talk_header_end(struct talk *s, struct str bytes);
/* Nothing of `bytes` makes sense: they are dropped, and the next message is looked for. */
size_t talk_lose(struct talk *s, struct str bytes);

#endif
