/* The time protocol as phones use it: SNTP versions 3 and 4 (RFC 4330, RFC 5905). */
#ifndef PROTO_NTP_H
#define PROTO_NTP_H

#include "base/err.h"
#include "base/time.h"

enum { NTP_HEADER = 48 /* bytes */, NTP_PORT = 123 };

enum ntp_mode {
    NTP_SYMMETRIC_ACTIVE = 1,
    NTP_SYMMETRIC_PASSIVE = 2,
    NTP_CLIENT = 3,
    NTP_SERVER = 4,
    NTP_BROADCAST = 5,
    NTP_CONTROL = 6,
    NTP_PRIVATE = 7,
};

enum { NTP_LEAP_ALARM = 3, NTP_STRATUM_MOST = 15 };

struct ntp_message {
    uint8_t leap;    /* 0 to 3; NTP_LEAP_ALARM: the server's clock is not set */
    uint8_t version; /* 1 to 4 */
    uint8_t mode;    /* enum ntp_mode; 0: reserved */
    uint8_t stratum; /* 0: a kiss-o'-death or unspecified; 1: has the source itself; 16: not set */
    int8_t poll;     /* seconds, as a power of two */
    int8_t precision;
    usec_t root_delay;      /* signed */
    usec_t root_dispersion; /* to the source of the time */
    uint8_t refid[4];       /* an address, or four letters */
    /* Dates; USEC_NONE where the field is zero. */
    usec_t reference; /* when the server's clock was last set */
    usec_t origin;    /* T1: when the client sent, in the client's words */
    usec_t receive;   /* T2: when that arrived */
    usec_t transmit;  /* T3: when this was sent */
    /* As they stand: the client knows its own request by it. */
    uint64_t origin_raw;
    uint64_t transmit_raw;
};

/* A packet of modes 1 to 5; what stands behind its 48 bytes (extensions, MAC) is not read. ERR_MORE: fewer
 * bytes; ERR_MALFORMED: version 0 or over 4. In modes 0, 6 and 7 only leap, version and mode are set. */
enum err ntp_read(struct str bytes, struct ntp_message *ret_m, struct err_at *reterr_at) MUST_CHECK;

/* A timestamp with its era: seconds with the upper bit set are of 1968 to 2036, those without of
 * 2036 to 2104 (RFC 4330 3). USEC_NONE for zero. */
usec_t ntp_time(uint64_t raw);
/* The other way, so that ntp_time gives `t` again; 0 for USEC_NONE. */
uint64_t ntp_raw(usec_t t);

/* A message of NTP_HEADER bytes from the numbers of `m`: the raw timestamps are written for origin
 * and transmit, the dates for the other two. */
void ntp_write(const struct ntp_message *m, uint8_t ret_bytes[NTP_HEADER]);
/* A client's request: version 4, only the transmit timestamp set (RFC 4330 5). `cookie` may be any
 * number but 0: the server sends it back as origin. */
void ntp_request(uint64_t cookie, uint8_t ret_bytes[NTP_HEADER]);

/* What an answer is worth (RFC 4330 5). */
enum ntp_verdict {
    NTP_GOOD,
    NTP_NOT_REPLY, /* mode is neither server nor broadcast */
    NTP_FOREIGN,   /* origin is not the request's transmit timestamp */
    NTP_KISS,      /* stratum 0: refid says why the server refuses (RFC 5905 7.4) */
    NTP_UNSET,     /* the server has no time itself: leap alarm, stratum 16, no transmit time */
};
/* `cookie` is the raw transmit timestamp of the request. */
enum ntp_verdict ntp_check(const struct ntp_message *reply, uint64_t cookie);

/* Clock offset (what to add to the client's clock) and round trip, from a good reply and the
 * client's clock when it sent and got it (RFC 4330 5). */
void ntp_offset(const struct ntp_message *reply, usec_t sent, usec_t arrived, usec_t *ret_offset,
                usec_t *ret_delay);

/* The reference identifier: letters where it is some (stratum 0 and 1), dotted decimal otherwise. */
enum { NTP_REFID_TEXT = 20 };
struct str ntp_refid(const struct ntp_message *m, char ret_text[NTP_REFID_TEXT]);
/* Plain words for a kiss code: "RATE" gives "asked too often"; NULL for one without words. */
const char *ntp_kiss(const struct ntp_message *m);

#endif
