/* Cutting a stream into messages and keepalives (RFC 3261 7.5, 18.3; RFC 5626 4.4.1). Whatever the bytes
 * are cut into, the pieces are the same. A CRLF is a piece as soon as it is there: some phones keep a path open
 * with one, and nothing follows it for a long time.
 *
 * Lines end in CRLF (RFC 3261 7). Some servers take a bare LF too; here it ends the connection, for where two
 * readers of a stream find different ends of a head, one can be shown a message that the other does not see. */
#ifndef PROTO_SIP_FRAME_H
#define PROTO_SIP_FRAME_H

#include "proto/sip/sip.h"

enum sip_piece {
    SIP_PIECE_MESSAGE,
    SIP_PIECE_BLANK, /* a CRLF in front of a message: passed over (RFC 3261 7.5) */
    SIP_PIECE_PING,  /* the second CRLF in a row: answer CRLF (RFC 5626 4.4.1) */
};

/* What was seen of the piece that is not complete yet. All zero: nothing. */
struct sip_frame {
    bool blank;    /* a CRLF was the last piece: the next one makes a ping of it */
    size_t seen;   /* bytes looked at; 0: no message has begun */
    size_t line;   /* where the last line begins */
    size_t bare;   /* of the first LF without CR, plus 1; 0: none */
    size_t head;   /* bytes of start line and header with the empty line; 0: not known yet */
    size_t length; /* of the body; set with `head` */
};

/* The piece at the start of `bytes`, which must begin where it began the last time. ERR_OK: the piece is
 * *ret_len bytes, *f is ready for the next. ERR_MORE.
 * ERR_MALFORMED: the first line is none of SIP, a line ends without CR, there is no Content-Length, one that
 * is no number, or two that differ; *ret_len bytes are the head (0: not even a first line of SIP), good for a
 * 400 before the connection is closed; a lenient reader may be needed for it. ERR_LIMIT: the message would be
 * longer than SIP_MESSAGE_MOST; as with ERR_MALFORMED (513), the head perhaps cut. After these two, *f and
 * the stream are at an end. */
enum err sip_frame_next(struct sip_frame *f, struct str bytes, enum sip_piece *ret_piece,
                        size_t *ret_len, struct err_at *reterr_at) MUST_CHECK;

#endif
