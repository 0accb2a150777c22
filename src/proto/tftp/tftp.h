/* TFTP packets (RFC 1350) with options (RFC 2347: blksize RFC 2348, timeout and tsize RFC 2349,
 * windowsize RFC 7440). */
#ifndef PROTO_TFTP_H
#define PROTO_TFTP_H

#include "base/err.h"
#include "base/str.h"

enum {
    TFTP_PORT = 69,
    TFTP_BLOCK = 512,      /* bytes of a DATA packet when nothing else was agreed */
    TFTP_OPTIONS_MOST = 16 /* options of one packet */
};

enum tftp_op {
    TFTP_RRQ = 1,
    TFTP_WRQ = 2,
    TFTP_DATA = 3,
    TFTP_ACK = 4,
    TFTP_ERROR = 5,
    TFTP_OACK = 6,
};

/* RFC 1350 5, appendix; 8: RFC 2347. */
enum tftp_error {
    TFTP_NOT_DEFINED = 0,
    TFTP_NOT_FOUND = 1,
    TFTP_ACCESS = 2,
    TFTP_DISK_FULL = 3,
    TFTP_ILLEGAL = 4,
    TFTP_UNKNOWN_TID = 5,
    TFTP_EXISTS = 6,
    TFTP_NO_USER = 7,
    TFTP_OPTION = 8,
};

struct tftp_option {
    struct str name;  /* "blksize", in any case */
    struct str value; /* decimal digits, where the option is one of the four */
};

/* A packet. Views of the bytes it was read from; what its kind does not have is 0 and empty. */
struct tftp_message {
    enum tftp_op op;
    struct str file;  /* RRQ, WRQ */
    struct str mode;  /* RRQ, WRQ: "octet", in any case */
    uint16_t block;   /* DATA, ACK */
    struct str data;  /* DATA */
    uint16_t code;    /* ERROR: enum tftp_error or another number */
    struct str error; /* ERROR: the text */
    size_t n;
    struct tftp_option options[TFTP_OPTIONS_MOST]; /* RRQ, WRQ, OACK */
};

/* Reads the whole of `bytes`, a UDP payload. ERR_MALFORMED: no such operation, or a part of it is
 * missing; the NUL behind an error's text may be. ERR_LIMIT: more than TFTP_OPTIONS_MOST options. */
enum err tftp_read(struct str bytes, struct tftp_message *ret_msg,
                   struct err_at *reterr_at) MUST_CHECK;

/* The value of the option called `name`, as a number. False: it is not there, no number, or outside
 * of what its document allows: blksize 8 to 65464, timeout 1 to 255, windowsize 1 to 65535, tsize
 * any. Other names are never found. */
bool tftp_option(const struct tftp_message *m, struct str name, uint64_t *ret_value);

/* Writes `m` into `bytes`. ERR_LIMIT when `cap` bytes are too few; ERR_USAGE when a text has a NUL
 * inside. */
enum err tftp_write(const struct tftp_message *m, void *bytes, size_t cap,
                    size_t *ret_len) MUST_CHECK;

/* "RRQ"; "file not found", "?" for a number that no document names. */
const char *tftp_op_name(enum tftp_op op);
const char *tftp_error_text(uint16_t code);

#endif
