/* The sending side of one TFTP transfer (RFC 1350), with options (RFC 2347: blksize RFC 2348, timeout and tsize RFC 2349, windowsize
 * RFC 7440), for files of any length: the number of a block goes on with 0 or 1 behind 65,535. A block is sent again because time
 * is over, never because an acknowledgement came twice (RFC 1123 4.2.3.1). Pure: packets in, packets out, time is an argument. */
#ifndef FLOW_TFTP_TFTP_SEND_H
#define FLOW_TFTP_TFTP_SEND_H

#include "base/sink.h"
#include "base/time.h"
#include "proto/tftp/tftp.h"

struct tftp_send_cfg {
    unsigned blksize; /* the largest that is agreed to: 1,468 needs no fragments on Ethernet */
    unsigned window;  /* blocks on the way at once, at most */
    unsigned wrap;    /* the number behind 65,535: 0 or 1 */
    usec_t
        timeout; /* before the first repetition, doubled for each more; a client's `timeout` stands as it is */
    unsigned tries; /* of the same packet */
    usec_t whole;   /* for all of it */
};

enum {
    TFTP_SEND_OACK = 128, /* bytes of the options' answer */
};

struct tftp_send {
    const struct tftp_send_cfg *cfg;
    uint64_t size; /* bytes of the file */
    uint64_t
        last; /* number of the last block, from 1; it is shorter than the others, perhaps empty */
    uint64_t acked, next; /* blocks that have arrived; the next to send */
    unsigned blksize, window;
    usec_t timeout, due, end;
    unsigned tries; /* left */
    bool fixed;     /* timeout: the client's */
    bool began;     /* the options, if any, are agreed upon */
    bool oack_due;
    bool again; /* a window was begun anew for an acknowledgement that came twice */
    bool over;
    const char *why;  /* over: NULL, or why not all of it arrived */
    uint64_t packets; /* sent */
    size_t oack_len;  /* 0: no options */
    char oack[TFTP_SEND_OACK];
};

/* A transfer of `size` bytes that `rrq` asks for. */
void tftp_send_init(struct tftp_send *t, const struct tftp_send_cfg *cfg,
                    const struct tftp_message *rrq, uint64_t size, usec_t now);
/* The next packet into `room`, of 4 + blksize bytes at least (TFTP_OACK too). False: nothing is to be sent now. */
bool tftp_send_next(struct tftp_send *t, struct str file, char *room, size_t cap, usec_t now,
                    size_t *ret_len);
/* A packet from the client; what is none for a sender is passed over. */
void tftp_send_on(struct tftp_send *t, struct str packet, usec_t now);
void tftp_send_on_time(struct tftp_send *t, usec_t now);
/* USEC_NONE: it is over. */
usec_t tftp_send_deadline(const struct tftp_send *t);

/* `in` as netascii (RFC 764): LF becomes CR LF, CR becomes CR NUL. */
enum err tftp_netascii(struct str in, struct buf *out) MUST_CHECK;

#endif
