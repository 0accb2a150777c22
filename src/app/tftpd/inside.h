/* Inside the module: a transfer and its table. */
#ifndef APP_TFTPD_INSIDE_H
#define APP_TFTPD_INSIDE_H

#include "app/tftpd/tftpd.h"
#include "base/wheel.h"
#include "io/udp/udp.h"

enum {
    TFTPD_LISTENERS = 8,
    TFTPD_NAME = 256, /* bytes of a name; longer ones are not found */
    TFTPD_PACKET = 65536,
};

struct transfer {
    struct wheel_entry entry; /* first: the wheel gives it back */
    struct tftpd *d;
    struct loop_watch *watch;
    int fd;
    uint32_t slot, serial;
    struct endpoint peer, local;
    struct tftp_send send;
    struct str bytes;
    void (*release)(void *owner);
    void *owner;
    bool given, netascii, blocked;
    size_t request_len;
    char request[]; /* the datagram, for its options and to know it again */
};

struct tftpd {
    struct loop *loop;
    struct tftpd_limits limits;
    const struct tftpd_on *on;
    void *ctx;
    struct loop_turn turn;
    struct loop_timer *timer;
    struct wheel wheel;
    struct udp *udp[TFTPD_LISTENERS];
    struct endpoint bound[TFTPD_LISTENERS];
    size_t n_udp, n;
    uint32_t serial;
    struct transfer **at; /* limits.most of them */
    bool draining;
    struct tftpd_counts counts;
    char *room; /* TFTPD_PACKET bytes */
};

/* transfer.c */
/* A socket of its own, from the address that was asked. NULL: no memory, or the system refuses. */
struct transfer *transfer_new(struct tftpd *d, struct endpoint peer, struct endpoint local,
                              struct str request);
void transfer_free(struct transfer *t);
/* Sends what is due; ends it when it is over. */
void transfer_go(struct transfer *t);
/* An error packet, and the end. */
void transfer_refuse(struct transfer *t, enum tftp_error code, const char *text);

#endif
